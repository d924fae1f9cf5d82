"""Exercise 15.1: each task as the levels at which its frames start."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.levels_mistakes import MISTAKES

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
    side="start",
    unknown="noise",
):
    """known: how many frames are known at the start, and at the end where both ends are."""
    clip, other = torch.full((frames,), 1 - clean), torch.full((frames,), 1 - clean)
    last = frames - known + (1 if ends == "short" else 0)
    count = known + {"one more": 1, "one fewer": -1}.get(given, 0)
    count = count // 2 if given == "half" and task != "predict" else max(count, 0)
    last = frames - count if given == "half" else last
    if ends == "one frame":
        last = frames - 1
    if task in ("predict", "interpolate", "edit"):
        clip[:count] = clean
    if side == "end" and task == "predict":
        clip = clip.flip(0)
    if task == "edit":
        renoised = {"strength": 1 - strength, "clean share": strength, "noise": 0.0}.get(
            edit, 1 - strength
        )
        wide = int(edit == "one frame wider" and known > 0)
        clip[count - wide : last + wide] = abs(1 - clean - renoised)
    if task in ("interpolate", "edit") and ends != "first":
        begin = 0 if ends == "slice" and not known else last
        clip[begin + int(edit == "one frame wider" and task == "edit" and known > 0) :] = clean
    if beside == "always" or (beside == "repaint" and task == "repaint"):
        other[:] = clean
    if beside == "known" and task == "repaint":
        other[:known] = clean
    if unknown == "known" and task in ("generate", "repaint"):
        clip[:known] = clean
    if edit == "everywhere" and task == "edit":
        clip[:] = 1 - strength
    if repaint == "clean" and task == "repaint":
        clip[:] = clean
    return torch.stack((clip, other) if rows == "clip first" else (other, clip))


def draw_levels(d):
    T = 6 + d.integer(1, 8)
    task = TASKS[(d.index + 4) % 5]
    known = d.integer(1, 3)
    if task == "edit":
        known = 0 if d.every(2, start=1) else 2 + d.index // 10  # the whole clip, or its middle
    if d.every(10, start=7):  # nothing known of an interpolation
        known = 0
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
    MISTAKES,
)
