"""Exercise 10.4: a condition that peeks at missing frames, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.repair_mistakes import MISTAKES


def neighbours(
    known,
    *,
    first="held",
    last="held",
    padding="hidden",
    own="both",
    sides="right",
    order="time",
    fill="0",
    named="frames",
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
    times = places.clamp(max=T - 1) if padding == "exists" else places.masked_fill(~exists, 0)
    if padding in ("inverted", "frame 0"):
        times = places.masked_fill(~exists, 0)
        exists = ~exists if padding == "inverted" else times > 0
    elif fill != "0":
        times = places.masked_fill(~exists, {"T": T, "T - 1": T - 1, "-1": -1}[fill])
    exists = torch.ones_like(exists) if padding == "exists" else exists
    before, after = torch.where(known, t, -1), torch.where(known, t, T)
    if own == "after":  # a known frame does not count as the one before itself
        before = torch.cat((torch.full_like(before[:, :1], -1), before[:, :-1]), 1)
    if own == "before":
        after = torch.cat((after[:, 1:], torch.full_like(after[:, :1], T)), 1)
    before = before.cummax(1).values
    after = after.flip(1).cummin(1).values.flip(1)
    early, late = before < 0, after == T
    earliest, latest = torch.where(known, t, T).amin(), torch.where(known, t, -1).amax()
    wrapped = {
        "peek": (0, T - 1),
        "held": (after, before),
        "open": (-1, T),
        "itself": (t, t),
        "wrapped": (
            torch.where(known, t, -1).amax(1, True),
            torch.where(known, t, T).amin(1, True),
        ),
        "batch": (earliest, latest),
    }
    start, end = (wrapped[how][i] for i, how in enumerate((first, last)))
    if own == "neither":
        before = torch.cat((torch.full_like(before[:, :1], -1), before[:, :-1]), 1)
        after = torch.cat((after[:, 1:], torch.full_like(after[:, :1], T)), 1)
        early, late = before < 0, after == T
        start, end = torch.where(late, t, after), torch.where(early, t, before)
    before, after = torch.where(early, start, before), torch.where(late, end, after)
    if sides == "nearer":
        before = after = torch.where(t - before <= after - t, before, after)
    if named == "places":
        place = known.long().cumsum(1) - 1
        before, after = (place.gather(1, x) for x in (before, after))
    if named == "distances":
        before, after = t - before, after - t
    pair = (after, before) if sides == "exchanged" else (before, after)
    return times if fill == "-1" else times.clamp(min=0), exists, *pair


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
    MISTAKES,
    returns=("times", "exists", "before", "after"),
)
