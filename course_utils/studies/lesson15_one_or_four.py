"""Is one model for four tasks as good as four models, each of which does one, at equal total cost?

Every run trains a small VideoDiT of lesson 15 on clips that grow, as the shipped one is trained.
The one model draws a task for each step; each single model has a quarter of its steps, all on its
own task, so that the four of them together cost what the one does. A task that needs two frames
spends the first stage on clips of four frames, a quarter as many. Scores: 48 unseen clips a task
(repainting: 8 for each of the twelve pairs), in dB; of 96 open captions the share that the reader
finds right, in per cent. -1 stands where a model was not trained for a task.
"""

import torch

from course_utils.models import VideoDiT
from course_utils.studies.declare import Study
from course_utils.tasks.four_answers import (
    score_interpolation,
    score_prediction,
    score_repainting,
    score_sentences,
)
from course_utils.tasks.four_tasks import FourTasks
from course_utils.training import fit

TEST_SEED, CLIPS = 1_000_000_000, 48  # no training step draws from here
STAGES = ((1, 64, 800, 0.02), (4, 16, 800, 0.02), (16, 6, 1200, 0.015))
MODES = {
    "predict": "prediction",
    "full": "interpolation",
    "beside": "repainting",
    "causal": "sentence",
}
SIZE = {"words": FourTasks.words, "d_model": 64, "num_layers": 3}


def task_of(modes, frames, clips):
    """Return the batches of a stage: single frames for the tasks that have them."""
    alone = {mode: share for mode, share in modes.items() if mode in ("causal", "beside")}
    if frames > 1:
        return FourTasks(modes, batch=clips, extra=16, frames=frames)
    if alone:
        return FourTasks(alone, batch=clips, extra=0, frames=1)
    return FourTasks(modes, batch=clips // 4, frames=4)


def train(seed, modes, share):
    """Train one model on some of the four tasks; return its scores on these."""
    torch.manual_seed(seed)
    model, losses = VideoDiT(**SIZE), []
    for number, (frames, clips, steps, lr) in enumerate(STAGES):
        task = task_of(modes, frames, clips)
        settings = {"seed": 10 * seed + number, "lr": lr, "optimizer": "muon", "progress": False}
        losses = fit(model, task.loss, steps // share, **settings).losses
    tests = {
        "predict": (score_prediction, CLIPS),
        "full": (score_interpolation, CLIPS),
        "beside": (score_repainting, CLIPS // 6),
    }
    found = {
        MODES[mode]: test(model, clips, TEST_SEED)["one model"] if mode in modes else -1.0
        for mode, (test, clips) in tests.items()
    }
    said = dict.fromkeys(("colour", "shape", "direction"), -1.0)
    if "causal" in modes:
        said = score_sentences(model, 2 * CLIPS, TEST_SEED)
    return (
        found
        | {what: said[what] for what in ("colour", "shape", "direction")}
        | {"loss of the last stage": losses[::10]}
    )


ALONE = {f"{name} alone": {mode: 1.0} for mode, name in MODES.items()}
STUDY = Study(
    question="Is one model for four tasks as good as four single ones at equal total cost?",
    settings={"one model": dict.fromkeys(MODES, 1.0), **ALONE},
    seeds=(0, 1, 2),
    steps={"one model": sum(s for _, _, s, _ in STAGES)}
    | dict.fromkeys(ALONE, sum(s for _, _, s, _ in STAGES) // 4),
    run=lambda modes, seed: train(seed, modes, 1 if len(modes) == 4 else 4),
)
