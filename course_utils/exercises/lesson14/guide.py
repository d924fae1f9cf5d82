"""Exercise 14.5: guidance towards several captions, in a part of the way only."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.guide_mistakes import MISTAKES


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
    rule="difference",
    parts="clean first",
):
    low, high = interval
    s = shares.view(-1, 1, 1, 1, 1, 1)
    if mix == "mean":
        plain = captions.mean(0)
    elif mix in ("first", "sum", "shares turned"):
        plain = {"first": captions[0], "sum": captions.sum(0)}.get(
            mix, (s.flip(0) * captions).sum(0)
        )
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
    inside = {
        "interval": inside,
        "everywhere": torch.ones_like(inside),
        "outside": ~inside,
        "from the lower edge": level >= low,
        "to the upper edge": level <= high,
    }[where]
    if whose != "each":
        one = {"first": inside[:1], "all": inside.all(), "any": inside.any()}
        inside = one[whose].expand_as(inside)
    inside = inside.view(-1, 1, 1, 1, 1)
    strong = (base if start == "empty" else plain) + weight * (plain - base)
    weak = {"plain": plain, "empty": base, "nothing": 0 * plain}[outside]
    w = torch.where(inside, weight, 1.0)
    if rule != "difference":
        strong = weak = {
            "captions first": plain + w * (plain - base),
            "one less": base + (w - 1) * (plain - base),
            "captions alone": w * plain,
            "added": base + w * plain,
        }[rule]
    clean = torch.where(inside, strong, weak)
    gaps = {"left": 1 - level, "level": level.clamp(min=0.01), "none": torch.ones_like(level)}
    gaps |= {"capped": (1 - level).clamp(min=0.1), "mean": (1 - level.mean()).expand_as(level)}
    way = {"guided": clean - point, "plain": plain - point, "back": point - clean}
    way = (way | {"from empty": clean - base})[velocity] / gaps[rate].view(-1, 1, 1, 1, 1)
    return (clean, way) if parts == "clean first" else (way, clean)


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
    MISTAKES,
    returns=("clean", "velocity"),
)
