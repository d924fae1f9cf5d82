"""What is each part of lesson 09's predictor worth, at the 450 steps that the lesson trains?

A part is left out by freezing it at its zero start. Every run sees the lesson's batches: 16 new
clips a step, drawn from its own seed; the rollout is scored on the lesson's 128 test clips.
"""

import torch

from course_utils.metrics import psnr
from course_utils.models import VideoTransformer, next_frame_loss
from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.worlds import ShapesWorld

TEST_SEED = 1_000_000_000  # no training step draws from here
LEFT_OUT = {
    "time": lambda model: [layer.time.output for layer in model.layers],
    "space": lambda model: [layer.space.output for layer in model.layers],
}


def train(seed, steps, clips, without=None, noise=0.03, watch=()):
    """Train one predictor, and return its scores; `watch`: steps at which the rollout is scored."""
    world = ShapesWorld()
    video = world.sample(128, TEST_SEED).video
    context, truth = video[:, :8], video[:, 8:]
    torch.manual_seed(seed)
    model, scores, count = VideoTransformer(), [], iter(range(steps))
    for part in LEFT_OUT[without](model) if without else []:
        part.requires_grad_(False)

    def score(future):
        return psnr(truth, future, data_range=1.0).item()

    def loss(model, batch_seed):
        if next(count) in watch:
            scores.append(score(model.rollout(context, 8)))
        return next_frame_loss(model, world.sample(clips, batch_seed).video, batch_seed, noise)

    history = fit(model, loss, steps, seed=seed, lr=0.02, optimizer="muon", progress=False)
    future, smooth = model.rollout(context, 8), history.smoothed(25)
    with torch.no_grad():
        errors = (model(video[:, :-1]) - video[:, 1:]).square().mean((0, 2, 3, 4))
    ahead = [psnr(truth[:, k], future[:, k], data_range=1.0).item() for k in range(8)]
    return {
        "psnr": score(future),
        "loss": smooth[-1],
        "rollout": ([*watch, steps], [*scores, score(future)]),
        "ahead": ([*range(1, 9)], ahead),
        "error by frame": ([*range(1, 16)], errors.tolist()),
        "loss by step": ([*range(25, steps + 1, 25)], smooth[24::25]),
    }


STUDY = Study(
    question="What is each part of the next-frame predictor worth?",
    settings={
        "whole": {},
        "without attention in time": {"without": "time"},
        "without attention in space": {"without": "space"},
        "without noise": {"noise": 0.0},
    },
    seeds=(0, 1, 2),
    steps=450,
    run=lambda setting, seed: train(seed, 450, 16, watch=(30, 60, 120, 225, 340), **setting),
)
