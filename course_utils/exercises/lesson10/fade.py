"""Exercise 10.5: a fade among any number of sources, some of which may not exist."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.fade_mistakes import MISTAKES

LEAST = 0.001  # a distance of 0 counts as this


def fade(
    moved,
    scores,
    distances,
    exists,
    *,
    near="log",
    use="scores",
    axis="sources",
    missing="left out",
    nobody="black",
    norm="softmax",
    zero="least",
    whole="sum",
):
    least = {"least": LEAST, "tiny": 1e-9, "one": 1.0}.get(zero)
    d = distances if least is None else distances.clamp(min=least)
    d = distances + LEAST if zero == "added" else d
    nearness = {
        "log": -d.log(),
        "far": d.log(),
        "plain": -distances,
        "plain, held": -d,
        "none": torch.zeros_like(d),
        "inverse": 1 / d,
        "twice": -2 * d.log(),
        "bits": -d.log2(),
        "one more": -distances.log1p(),
        "after": torch.zeros_like(d),
    }[near]
    u = {"nothing": torch.zeros_like(scores), "turned": -scores}.get(use, scores)
    u = u * nearness[..., None, None] if use == "times" else u + nearness[..., None, None]
    if use == "divided":
        u = scores / d[..., None, None]
    there = exists[..., None, None].expand_as(u)
    there = ~there if missing == "alone" else there
    there = exists.all(0)[None, :, None, None].expand_as(u) if missing == "in any clip" else there
    if missing in ("left out", "alone", "in any clip"):
        u = u.masked_fill(~there, -torch.inf)
    if missing in ("zero", "low"):
        u = u.masked_fill(~there, {"zero": 0.0, "low": -10.0}[missing])
    if norm == "softmax":
        share = u.softmax({"sources": 1, "pixels": -1, "rows": -2, "clips": 0}[axis])
    elif norm == "hard":
        share = ((u == u.max(1, keepdim=True).values) & there).float()
    elif norm == "sigmoid":
        share = u.sigmoid()
    else:
        share = u.exp()
    if near == "after":
        share = share / d[..., None, None]
    if nobody == "mean":
        share = torch.where(exists[..., None, None].any(1, True), share, 1 / len(u[0]))
    if missing == "low":
        share = share * there.any(1, True)
    if nobody == "black":
        share = share.nan_to_num(0.0) if zero == "least" else share.where(there.any(1, True), 0)
    if missing == "dark":
        share = share * there
    if whole == "mean":
        return (share[:, :, None] * moved).mean(1)
    return (share[:, :, None] * moved).sum(1)


def draw_fade(d):
    B, k, C, H, W = d.distinct(5, low=1, high=7)
    k, B = k + 1, B + 1
    distances = d.uniform(B, k, low=0.5, high=6.0).round()
    exists = d.mask(B, k, share=0.7)
    exists[0] = True
    if d.every(3, start=1):
        exists[-1] = False
    if d.every(2):
        distances[0, 0] = 0.0  # the frame itself is a source
    scores = d.normal(B, k, H, W)
    if d.every(3, start=2):  # all low: what counts is the difference
        scores = scores - 60
        exists[0, -1] = False
    return {
        "moved": d.uniform(B, k, C, H, W),
        "scores": scores,
        "distances": distances,
        "exists": exists,
    }


FADE = Exercise(
    "10.5",
    "fade among any number of sources",
    fade,
    draw_fade,
    MISTAKES,
    rtol=1e-5,
    atol=1e-5,
)
