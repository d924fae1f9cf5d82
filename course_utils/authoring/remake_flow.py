"""How the checkpoint of the one model for four tasks is remade (lesson 15); see remake.py."""

import torch

from course_utils.authoring.growing import TEST_SEED
from course_utils.models import VideoDiT
from course_utils.tasks.four_answers import four_tests
from course_utils.tasks.four_tasks import FourTasks
from course_utils.training import fit

STEPS = 3300


def four_tasks(resume):
    """Lesson 15: one network that predicts, interpolates, repaints and writes from a sentence."""
    seed, config = 0, {"words": FourTasks.words}
    torch.manual_seed(seed)
    model, task = VideoDiT(**config), FourTasks()
    settings = {"lr": 0.015, "optimizer": "muon", "cooldown": 0.6}
    history = fit(model, task.loss, STEPS, seed=seed, resume=resume, **settings)
    scores = {"steps": STEPS} | four_tests(model, TEST_SEED, clips=48)
    return model, config, seed, scores, history


FLOW_RECIPES = {"four-tasks": four_tasks}
