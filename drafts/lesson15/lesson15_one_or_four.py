"""Is one model for four tasks as good as four models, each of which does one, at equal total cost?

Every run trains a small VideoDiT of lesson 15. The one model draws a task for each step; each
single model has a quarter of its steps, all on its own task, so that the four of them together
cost what the one does. Scores: 48 unseen clips a task, in dB; of
the sentence the share of clips in the right colour, in per cent. -1 stands where a model was not
trained for a task.
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

TEST_SEED, STEPS, CLIPS = 1_000_000_000, 480, 48  # no training step draws from here
MODES = {
    "predict": "prediction",
    "full": "interpolation",
    "beside": "repainting",
    "causal": "sentence",
}
SIZE = {"words": FourTasks.words, "d_model": 64, "num_layers": 3}


def train(seed, modes, steps):
    """Train one model on some of the four tasks; return its scores on these."""
    torch.manual_seed(seed)
    model, task = VideoDiT(**SIZE), FourTasks(modes, batch=6, extra=16, others=6)
    history = fit(model, task.loss, steps, seed=seed, lr=0.02, optimizer="muon", progress=False)
    tests = {
        "predict": (score_prediction, CLIPS),
        "full": (score_interpolation, CLIPS),
        "beside": (score_repainting, CLIPS // 6),
    }
    found = {
        MODES[mode]: test(model, clips, TEST_SEED)["one model"] if mode in modes else -1.0
        for mode, (test, clips) in tests.items()
    }
    found["sentence"] = -1.0
    if "causal" in modes:
        found["sentence"] = score_sentences(model, 2 * CLIPS, TEST_SEED)["colour"]
    every, losses = 30, history.smoothed(30)[29::30]
    return found | {"loss by step": ([*range(every, steps + 1, every)], losses)}


ALONE = {f"{name} alone": {mode: 1.0} for mode, name in MODES.items()}
STUDY = Study(
    question="Is one model for four tasks as good as four single ones at equal total cost?",
    settings={"one model": dict.fromkeys(MODES, 1.0), **ALONE},
    seeds=(0, 1, 2),
    steps={"one model": STEPS} | dict.fromkeys(ALONE, STEPS // 4),
    run=lambda modes, seed: train(seed, modes, STEPS if len(modes) == 4 else STEPS // 4),
)
