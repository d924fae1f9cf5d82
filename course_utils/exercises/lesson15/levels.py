"""Exercise 15.1: each task as the levels at which its frames start."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.mistakes import ON_TASKS, mistake

TASKS = ("predict", "interpolate", "generate", "repaint", "edit")


def start_levels(
    task,
    frames,
    known,
    strength,
    *,
    clean=1.0,
    ends="both",
    edit="strength",
    beside="repaint",
    rows="clip first",
    given="known",
    repaint="noise",
):
    """known: how many frames are known at the start, and at the end where both ends are."""
    clip, other = torch.full((frames,), 1 - clean), torch.full((frames,), 1 - clean)
    last = frames - known + (1 if ends == "short" else 0)
    count = known + 1 if given == "one more" else known
    if task in ("predict", "interpolate", "edit"):
        clip[:count] = clean
    if task == "edit":
        renoised = {"strength": 1 - strength, "clean share": strength, "noise": 0.0}[edit]
        clip[count:last] = abs(1 - clean - renoised)
    if task in ("interpolate", "edit") and ends != "first":
        clip[last:] = clean
    if beside == "always" or (beside == "repaint" and task == "repaint"):
        other[:] = clean
    if repaint == "clean" and task == "repaint":
        clip[:] = clean
    return torch.stack((clip, other) if rows == "clip first" else (other, clip))


def draw_levels(d):
    T = 6 + d.integer(1, 8)
    task = TASKS[(d.index + 4) % 5]
    known = d.integer(1, 2)
    return {
        "task": task,
        "frames": T,
        "known": known,
        "strength": d.choice((0.3, 0.6, 0.8)),
    }


LEVELS = Exercise(
    "15.1",
    "a task as levels",
    start_levels,
    draw_levels,
    (
        mistake(
            "clean and noise exchanged",
            ON_TASKS,
            "Your known frames are noise and your missing ones clean. Level 1 is clean.",
            clean=0.0,
        ),
        mistake(
            "far end forgotten",
            ON_TASKS,
            "Your interpolation knows the start alone, and is a prediction.",
            ends="first",
        ),
        mistake(
            "far end one frame short",
            ON_TASKS,
            "At the far end one known frame too few is clean: the last K of T frames start at T - "
            "K.",
            ends="short",
        ),
        mistake(
            "edit starts from pure noise",
            ON_TASKS,
            "Your edited frames start at level 0, where nothing of them is left: that is "
            "interpolation. How much noise does the strength ask for?",
            edit="noise",
        ),
        mistake(
            "strength taken for a level",
            ON_TASKS,
            "With strength 0.8 your frames keep four fifths. The strength is the share of noise, "
            "the level that of the clip.",
            edit="clean share",
        ),
        mistake(
            "clip beside in every task",
            ON_TASKS,
            "Your second row is always clean. Only a repainting has the same clip in another "
            "style beside it; elsewhere nothing is known there.",
            beside="always",
        ),
        mistake(
            "no clip beside",
            ON_TASKS,
            "Your repainting knows nothing. The clip in the old style stands beside it, clean.",
            beside="never",
        ),
        mistake(
            "rows exchanged",
            ON_TASKS,
            "Your first row is the clip beside. First comes the clip that is written.",
            rows="beside first",
        ),
        mistake(
            "one known frame too many",
            ON_TASKS,
            "Frame number `known` is clean in yours. Counting starts at 0.",
            given="one more",
        ),
        mistake(
            "repainted clip already clean",
            ON_TASKS,
            "The clip that you repaint is clean before you begin. Which of the two rows is to be "
            "written?",
            repaint="clean",
        ),
    ),
)
