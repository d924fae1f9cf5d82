"""Exercise 15.2: a schedule of levels in which later frames lag behind earlier ones."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.mistakes import ON_LEVELS, mistake


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
):
    missing = ~known
    place = missing.cumsum(0) - 1 if rank == "missing" else torch.arange(len(known))
    count = int(missing.sum())
    most = int(place[missing].max()) if count else 0
    if order == "earlier lag":
        place = most - place
    wait = {"lag": lag, "none": 0, "whole": steps}[delay]
    last = steps + wait * most if count else 0
    if not count and empty == "rounds":
        last = max(steps - wait, 0)
    rounds = torch.arange(last + 1)
    rounds = {"all": rounds, "no start": rounds[1:], "no end": rounds[:-1]}[rows]
    if len(rounds) == 0:
        rounds = torch.arange(1)
    length = steps if step == "steps" else steps + 1
    levels = (rounds[:, None] - wait * place) / length
    if clamp == "both":
        levels = levels.clamp(0, 1)
    elif clamp == "above":
        levels = levels.clamp(max=1)
    elif clamp == "below":
        levels = levels.clamp(min=0)
    if keep == "clean":
        levels[:, known] = 1.0
    return levels


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
    (
        mistake(
            "known frames wait their turn too",
            ON_LEVELS,
            "A missing frame behind a known one starts later than it must: the known one counted. "
            "Only missing frames stand in the queue.",
            rank="all",
        ),
        mistake(
            "earlier frames lag",
            ON_LEVELS,
            "Your last frames are clean first. Here the past goes ahead, so that the future can "
            "be told from it.",
            order="earlier lag",
        ),
        mistake(
            "known frames made noisy",
            ON_LEVELS,
            "Your known frames do not stay at level 1. They are given, in every round.",
            keep="written",
        ),
        mistake(
            "levels above 1 and below 0",
            ON_LEVELS,
            "Your levels go on beyond the ends. A frame waits at 0, and stays at 1 when it is "
            "done.",
            clamp="none",
        ),
        mistake(
            "levels below 0",
            ON_LEVELS,
            "A frame that waits has a level below 0 in yours. It is noise, and that is 0.",
            clamp="above",
        ),
        mistake(
            "levels above 1",
            ON_LEVELS,
            "A frame that is done goes on rising in yours. Clean is 1.",
            clamp="below",
        ),
        mistake(
            "start left out",
            ON_LEVELS,
            "Your first row is the state after the first step. The first row is where all "
            "missing frames are noise.",
            rows="no start",
        ),
        mistake(
            "last frame never clean",
            ON_LEVELS,
            "Your last row still has a frame below 1. How many rounds has the last frame to wait, "
            "and how many steps to go?",
            rows="no end",
        ),
        mistake(
            "no lag",
            ON_LEVELS,
            "All your frames rise together. Each starts `lag` rounds after the missing frame "
            "before it.",
            delay="none",
        ),
        mistake(
            "one frame after the other",
            ON_LEVELS,
            "Your frames wait until the one before is done. That is a lag of `steps`; here it may "
            "be shorter.",
            delay="whole",
        ),
        mistake(
            "rounds though nothing is missing",
            ON_LEVELS,
            "Where every frame is known you still plan rounds. The start is the end there: one "
            "row.",
            empty="rounds",
        ),
        mistake(
            "one step too small",
            ON_LEVELS,
            "Your steps are 1 / (steps + 1): a frame is not done after `steps` of them.",
            step="more",
        ),
    ),
)
