"""What does a model that fills gaps lose when it does not see the far end, or without the memory?

Every run trains the encoder-decoder of lesson 10 on one moving shape, 8 new clips a step, each with
a pattern of known frames of its own. "causal" is the same model under causal masks: frame t reads
nothing that was taken later, neither in time nor in the memory nor among its sources. Without the
memory the cross-attention is frozen at its zero start. Scores: missing frames of 64 unseen clips.
"""

import torch

from course_utils.metrics import psnr
from course_utils.models import VideoEncoderDecoder
from course_utils.studies.declare import Study
from course_utils.tasks import Interpolation, write
from course_utils.training import fit
from course_utils.worlds import ShapesWorld

TEST_SEED, STEPS = 1_000_000_000, 200  # no training step draws from here
GAP = (0, 1, 2, 3, 12, 13, 14, 15)


def train(seed, steps, causal=False, memory=True):
    """Train one model; return its scores on two patterns, and the PSNR of each frame of the gap."""
    torch.manual_seed(seed)
    model = VideoEncoderDecoder(sources=2, encoder_layers=1, causal=causal)
    for layer in [] if memory else model.layers:
        layer.cross.output.requires_grad_(False)
    task = Interpolation()
    task.batch = 8
    history = fit(model, task.loss, steps, seed=seed, lr=0.02, optimizer="muon", progress=False)
    every, gap = Interpolation(known=range(0, 17, 4)), Interpolation(ShapesWorld(), known=GAP)
    found = {}
    for name, test in (("every 4th", every), ("gap of 8", gap)):
        question = test.draw(64, TEST_SEED)
        film = write(model, question)
        pair = (video[question.scored] for video in (question.target, film))
        found[name] = psnr(*pair, data_range=1.0).item()
    truth = question.target
    each = [psnr(truth[:, t], film[:, t], data_range=1.0).item() for t in range(4, 12)]
    return found | {
        "dB in the gap": ([*range(1, 9)], each),
        "loss by step": ([*range(25, steps + 1, 25)], history.smoothed(25)[24::25]),
    }


STUDY = Study(
    question="What is the far end of a gap worth, and what is the memory?",
    settings={
        "both ends": {},
        "causal": {"causal": True},
        "without the memory": {"memory": False},
    },
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, STEPS, **setting),
)
