"""Exercise 10.4: a condition that peeks at missing frames, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.mistakes import mistake


def neighbours(
    known,
    *,
    first="held",
    last="held",
    padding="hidden",
    own="both",
    sides="right",
    order="time",
):
    T = known.shape[1]
    t = torch.arange(T).expand_as(known)
    most = int(known.sum(1).max())
    places = torch.where(known, t, T).sort(1).values[:, :most]
    if order == "backwards":
        places = torch.where(known, t, -1).sort(1, descending=True).values[:, :most]
        exists = places >= 0
    else:
        exists = places < T
    times = places.clamp(max=T - 1) if padding != "hidden" else places.masked_fill(~exists, 0)
    exists = torch.ones_like(exists) if padding != "hidden" else exists
    before, after = torch.where(known, t, -1), torch.where(known, t, T)
    if own == "after":  # a known frame does not count as the one before itself
        before = torch.cat((torch.full_like(before[:, :1], -1), before[:, :-1]), 1)
    if own == "before":
        after = torch.cat((after[:, 1:], torch.full_like(after[:, :1], T)), 1)
    before = before.cummax(1).values
    after = after.flip(1).cummin(1).values.flip(1)
    early, late = before < 0, after == T
    wrapped = {"peek": (0, T - 1), "held": (after, before)}
    start, end = (wrapped[how][i] for i, how in enumerate((first, last)))
    before, after = torch.where(early, start, before), torch.where(late, end, after)
    pair = (after, before) if sides == "exchanged" else (before, after)
    return times.clamp(min=0), exists, *pair


def draw_known(d):
    B, T = d.distinct(2, low=3, high=12)
    T = T + 2
    known = d.mask(B, T, share=0.4)
    known[0, T // 2] = True
    known[1] = False
    known[1, 1] = True  # one known frame: much padding, and neither end
    for row in known:
        if not row.any():
            row[int(d.permutation(T)[0])] = True
    if d.every(2, start=1):
        known[-1, 0] = known[-1, -1] = True
    return {"known": known}


REPAIR = Exercise(
    "10.4",
    "repair a condition that peeks",
    neighbours,
    draw_known,
    (
        mistake(
            "nothing repaired yet",
            "the gap",
            "Your function still answers like the one that was given. Take a clip whose only "
            "known frame is number 1, and write down by hand what each of the four should say.",
            first="peek",
            last="peek",
            padding="exists",
        ),
        mistake(
            "frame 0 used though it is missing",
            "the gap",
            "Before the first known frame your `before` says 0, and frame 0 is missing there: the "
            "model would read what it must write. Which known frame is nearest?",
            first="peek",
        ),
        mistake(
            "last frame used though it is missing",
            "the gap",
            "After the last known frame your `after` says T - 1, and that frame is missing there: "
            "the model would read what it must write. Which known frame is nearest?",
            last="peek",
        ),
        mistake(
            "padding counted as a frame",
            "the condition",
            "Your `exists` is True everywhere. A clip with fewer known frames than another has "
            "places without a frame, and nobody may attend to them.",
            padding="exists",
        ),
        mistake(
            "frame before must be earlier",
            "the gap",
            "Your `before` of a known frame is another frame. A known frame is its own neighbour "
            "on both sides: up to t includes t.",
            own="after",
        ),
        mistake(
            "frame after must be later",
            "the gap",
            "Your `after` of a known frame is another frame. A known frame is its own neighbour "
            "on both sides: from t on includes t.",
            own="before",
        ),
        mistake(
            "sides exchanged",
            "the gap",
            "Your `before` stands after and your `after` before. Which one did you fill from the "
            "left?",
            sides="exchanged",
        ),
        mistake(
            "times from the last to the first",
            "the condition",
            "Your times run backwards. The encoder would not mind, for it reads a set, but here "
            "they are asked for in order.",
            order="backwards",
        ),
    ),
    returns=("times", "exists", "before", "after"),
)
