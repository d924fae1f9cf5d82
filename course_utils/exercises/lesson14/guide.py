"""Exercise 14.5: guidance towards several captions, in a part of the way only."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.mistakes import ON_CLEAN, ON_GUIDANCE, mistake


def guided(
    empty,
    captions,
    shares,
    point,
    level,
    weight,
    interval,
    *,
    start="empty",
    outside="plain",
    where="interval",
    whose="each",
    mix="shares",
    velocity="guided",
    rate="left",
    swapped=False,
    edges="both",
):
    low, high = interval
    s = shares.view(-1, 1, 1, 1, 1, 1)
    if mix == "mean":
        plain = captions.mean(0)
    elif mix == "largest":
        plain = captions[shares.argmax()]
    else:
        plain = (s * captions).sum(0)
    base = empty
    if mix == "added":  # every caption pulls with its full strength
        plain = empty + (captions - empty).sum(0)
    if swapped:
        plain, base = base, plain
    inside = (level >= low) & (level <= high)
    if edges == "open":
        inside = (level > low) & (level < high)
    inside = {"interval": inside, "everywhere": torch.ones_like(inside), "outside": ~inside}[where]
    if whose == "first":
        inside = inside[:1].expand_as(inside)
    inside = inside.view(-1, 1, 1, 1, 1)
    strong = (base if start == "empty" else plain) + weight * (plain - base)
    weak = {"plain": plain, "empty": base, "nothing": 0 * plain}[outside]
    clean = torch.where(inside, strong, weak)
    left = 1 - level if rate == "left" else level.clamp(min=0.01)
    way = (clean if velocity == "guided" else plain) - point
    return clean, way / left.view(-1, 1, 1, 1, 1)


def draw_guide(d):
    K, B, T, C, H, W = (n + 1 for n in d.distinct(6, low=1, high=8))
    shares = d.uniform(K, low=0.2, high=1.0)
    level = d.uniform(B, low=0.02, high=0.95)
    low, high = d.uniform(low=0.1, high=0.4), d.uniform(low=0.5, high=0.8)
    on, off = (1, 0) if d.every(3) else (0, 1)  # the first clip is outside, or inside
    level[on], level[off] = (low + high) / 2, 0.02 if d.every(2) else 0.97
    if d.every(2):  # a level on an edge is inside
        low = level[on].item()
    else:
        high = level[on].item()
    return {
        "empty": d.uniform(B, T, C, H, W),
        "captions": d.uniform(K, B, T, C, H, W),
        "shares": shares / shares.sum(),
        "point": d.normal(B, T, C, H, W),
        "level": level,
        "weight": d.choice((0.0, 1.5, 2.0, 4.0)) if d.index > 1 else 3.0,
        "interval": (low, high),
    }


GUIDE = Exercise(
    "14.5",
    "guidance towards several captions, part of the way",
    guided,
    draw_guide,
    (
        mistake(
            "weight counted from the captions",
            ON_GUIDANCE,
            "With weight 1 you are already beyond the captions. Here weight 1 is the plain answer "
            "with captions: start from the answer without.",
            start="captions",
        ),
        mistake(
            "empty answer outside the interval",
            ON_GUIDANCE,
            "Outside the interval you forget the captions. No guidance is weight 1, not weight 0.",
            outside="empty",
        ),
        mistake(
            "nothing outside the interval",
            ON_GUIDANCE,
            "Outside the interval your clean clip is black. No guidance is weight 1.",
            outside="nothing",
        ),
        mistake(
            "guided everywhere",
            ON_GUIDANCE,
            "You guide at every level. Asked for is guidance between the two levels of the "
            "interval alone.",
            where="everywhere",
        ),
        mistake(
            "guided outside the interval",
            ON_GUIDANCE,
            "You guide where you should not, and not where you should.",
            where="outside",
        ),
        mistake(
            "edges of the interval left out",
            ON_GUIDANCE,
            "A clip that stands exactly on an edge of the interval gets no guidance from you. Both "
            "edges belong to it.",
            edges="open",
        ),
        mistake(
            "first clip decides for all",
            ON_GUIDANCE,
            "You look at the level of the first clip, and treat the whole batch alike. Each clip "
            "stands at its own level.",
            whose="first",
        ),
        mistake(
            "captions averaged without their shares",
            ON_GUIDANCE,
            "All your captions count alike. `shares` says how much each does.",
            mix="mean",
        ),
        mistake(
            "largest share alone",
            ON_GUIDANCE,
            "You follow the caption with the largest share and ignore the others.",
            mix="largest",
        ),
        mistake(
            "every caption in full",
            ON_GUIDANCE,
            "You add the whole pull of every caption, so that two captions of one half each pull "
            "twice. The shares sum to 1.",
            mix="added",
        ),
        mistake(
            "with and without exchanged",
            ON_GUIDANCE,
            "You step from the answer with captions to the one without, and beyond.",
            swapped=True,
        ),
        mistake(
            "velocity not guided",
            ON_CLEAN,
            "Your clean clip is guided, and your velocity still leads to the one that is not.",
            velocity="plain",
        ),
        mistake(
            "divided by the level",
            ON_CLEAN,
            "You divide the way by the level, which is the time gone by. How much is left?",
            rate="level",
        ),
    ),
    returns=("clean", "velocity"),
)
