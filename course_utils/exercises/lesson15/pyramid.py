"""Exercise 15.2: a schedule of levels in which later frames lag behind earlier ones."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.pyramid_mistakes import MISTAKES


def pyramid(
    known,
    steps,
    lag,
    *,
    rank="missing",
    order="later lag",
    keep="clean",
    clamp="both",
    rows="all",
    delay="lag",
    step="steps",
    empty="one row",
    sign=-1,
    level="level",
    queue="from 0",
):
    missing = ~known
    place = missing.cumsum(0) - 1 if rank == "missing" else torch.arange(len(known))
    count = int(missing.sum())
    most = int(place[missing].max()) if count else 0
    if order == "earlier lag":
        place = most - place
    wait = {
        "lag": lag,
        "none": 0,
        "whole": steps,
        "times": lag * steps,
        "not in steps": lag,
        "one": max(lag, 1),
    }[delay]
    place = place + (queue == "from 1")
    last = steps + wait * most if count else 0
    if rows == "of all frames":
        last = steps + wait * (len(known) - 1)
    last = last + (1 if rows == "one more" else wait if rows == "a lag more" else 0)
    if not count and empty == "rounds":
        last = max(steps - wait, 0)
    rounds = torch.arange(last + 1)
    rounds = {"no start": rounds[1:], "no end": rounds[:-1], "shifted": rounds + 1}.get(
        rows, rounds
    )
    if len(rounds) == 0:
        rounds = torch.arange(1)
    length = {"steps": steps, "more": steps + 1, "fewer": max(steps - 1, 1)}[step]
    levels = (rounds[:, None] + sign * wait * place) / length
    if delay == "not in steps":
        levels = rounds[:, None] / length - lag * place
    if clamp == "both":
        levels = levels.clamp(0, 1)
    elif clamp == "above":
        levels = levels.clamp(max=1)
    elif clamp == "below":
        levels = levels.clamp(min=0)
    if keep == "clean":
        levels[:, known] = 1.0
    if keep == "noise":
        levels[:, known] = 0.0
    if keep == "rising":
        levels[:, known] = (rounds[:, None] / length).clamp(0, 1).expand(-1, int(known.sum()))
    levels = levels.flip(0) if level == "backwards" else levels
    return 1 - levels if level == "noise" else levels


def draw_pyramid(d):
    T = 2 + d.index + d.integer(1, 3)
    steps = 2 + d.integer(0, 7)
    steps += steps == T
    known = d.mask(T, share=0.3)
    known[-1] = False
    known[0] = d.every(2)
    if d.every(5, start=4):
        known[:] = True  # nothing to do
    lag = 0 if d.every(4, start=3) else d.integer(1, 3)
    return {"known": known, "steps": steps, "lag": lag}


PYRAMID = Exercise(
    "15.2",
    "a pyramid of levels",
    pyramid,
    draw_pyramid,
    MISTAKES,
)
