"""How the checkpoint of the one model for four tasks is remade (lesson 15); see remake.py."""

import torch

from course_utils.authoring.growing import TEST_SEED, fit_growing
from course_utils.models import VideoDiT
from course_utils.tasks.four_answers import four_tests
from course_utils.tasks.four_tasks import FourTasks

# frames, clips, steps, learning rate: the first frames are learned with many clips
STAGES = ((1, 64, 1500, 0.02), (4, 24, 2200, 0.02), (8, 12, 1600, 0.015), (16, 8, 5400, 0.015))


def four_tasks(resume):
    """Lesson 15: one network that predicts, interpolates, repaints and writes from a sentence."""
    config = {"words": FourTasks.words}
    torch.manual_seed(0)
    model = VideoDiT(**config)

    def task_of(frames):
        if frames == 1:  # nothing stands between two frames, and no second one is to come
            return FourTasks({"causal": 0.7, "beside": 0.3}, extra=0, frames=1)
        return FourTasks(frames=frames)

    history = fit_growing(model, STAGES, task_of, resume)
    scores = {"steps": len(history.losses)}
    scores |= {"frames, clips, steps, rate": [list(stage) for stage in STAGES]}
    return model, config, 0, scores | four_tests(model, TEST_SEED, clips=48), history


FLOW_RECIPES = {"four-tasks": four_tasks}
