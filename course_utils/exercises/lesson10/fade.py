"""Exercise 10.5: a fade among any number of sources, some of which may not exist."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.mistakes import mistake

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
):
    d = distances.clamp(min=LEAST) if zero == "least" else distances
    nearness = {
        "log": -d.log(),
        "far": d.log(),
        "plain": -d,
        "none": torch.zeros_like(d),
    }[near]
    u = torch.zeros_like(scores) if use == "nothing" else scores
    u = u + nearness[..., None, None]
    there = exists[..., None, None].expand_as(u)
    if missing == "left out":
        u = u.masked_fill(~there, -torch.inf)
    share = {"sources": 1, "pixels": -1}[axis]
    if norm == "softmax":
        share = u.softmax(share)
    elif norm == "hard":
        share = (u == u.max(1, keepdim=True).values).float()
    else:
        share = u.exp()
    if nobody == "black":
        share = share.nan_to_num(0.0) if zero == "least" else share.where(there.any(1, True), 0)
    if missing == "dark":
        share = share * there
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
    return {
        "moved": d.uniform(B, k, C, H, W),
        "scores": d.normal(B, k, H, W),
        "distances": distances,
        "exists": exists,
    }


FADE = Exercise(
    "10.5",
    "fade among any number of sources",
    fade,
    draw_fade,
    (
        mistake(
            "nearness forgotten",
            "Eq. 10.4",
            "With scores of 0 all your sources count the same. Which term makes the nearer one "
            "count more, before anything is learned?",
            near="none",
        ),
        mistake(
            "far sources preferred",
            "Eq. 10.4",
            "Your shares grow with the distance: look at the sign in front of the logarithm.",
            near="far",
        ),
        mistake(
            "distance without its logarithm",
            "Eq. 10.4",
            "You subtract the distance itself. Then distances 1 and 3 do not give three quarters "
            "and one quarter: what must stand in the exponent so that e to it is 1 / distance?",
            near="plain",
        ),
        mistake(
            "scores not used",
            "Eq. 10.4",
            "Your shares depend on the distances alone: that is the linear blend. Where do the "
            "learned scores come in?",
            use="nothing",
        ),
        mistake(
            "softmax over the pixels",
            "Eq. 10.4",
            "Your shares of one pixel do not sum to 1: the softmax runs along a row of pixels. "
            "Who shares with whom?",
            axis="pixels",
        ),
        mistake(
            "missing sources counted",
            "two hands and a fade",
            "A source that does not exist gets a share, and shows what stands in its place.",
            missing="counted",
        ),
        mistake(
            "missing sources dark",
            "two hands and a fade",
            "A source that does not exist takes a share and gives nothing, so that the frame gets "
            "darker. The others must sum to 1 without it: when must it leave, before the softmax "
            "or after?",
            missing="dark",
        ),
        mistake(
            "0 / 0 where nobody is",
            "the condition",
            "Where no source exists your pixels are NaN: a softmax over nothing. The sum over no "
            "source is 0, as for a query that may attend nowhere.",
            nobody="nan",
        ),
        mistake(
            "winner takes all",
            "Eq. 10.4",
            "You take the best source alone. Between two positions of half a pixel a mixture is "
            "nearer than either.",
            norm="hard",
        ),
        mistake(
            "shares that do not sum to 1",
            "Eq. 10.4",
            "You weigh by the exponential and do not divide by the sum.",
            norm="exponential",
        ),
        mistake(
            "infinite nearness",
            "Eq. 10.4",
            "The logarithm of the distance 0 is minus infinity, and the softmax of infinity is "
            "NaN. A distance of 0 counts as 0.001.",
            zero="infinite",
        ),
    ),
)
