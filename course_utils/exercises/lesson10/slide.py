"""Exercise 10.6: a rival without training, which slides the object from one end to the other."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.slide_mistakes import MISTAKES


def slide(
    first,
    last,
    background,
    frames,
    *,
    sign=1,
    swapped=False,
    divisor="gap",
    steps="part",
    ground="kept",
    weigh="difference",
    hands="both",
    second="back",
    axes="yx",
    ahead_by="part",
    lay="stage",
):
    stage = background[:, None, None]
    lift = torch.zeros_like(stage) if ground == "moved" else stage
    spot = torch.zeros_like(stage) if weigh == "brightness" else stage
    (y0, x0), (y1, x1) = (_centre(picture, spot, weigh) for picture in (first, last))
    vy, vx = sign * (y1 - y0), sign * (x1 - x0)
    if axes == "xy":
        vy, vx = vx, vy
    if axes in ("rows", "columns"):
        vy, vx = (vy, 0 * vx) if axes == "rows" else (0 * vy, vx)
    if axes == "shares":
        vy, vx = vy / first.shape[-2], vx / first.shape[-1]
    out = []
    for k in range(1, frames + 1):
        a = k / {"missing": frames}.get(divisor, frames + 1)
        a = (
            (k - 1) / (max(frames - 1, 1) if divisor == "one less" else frames + 1)
            if divisor
            in (
                "one less",
                "from 0",
            )
            else a
        )
        b = {"ahead": a, "turned": 1 - a, "all": -1.0, "none": 0.0}.get(second, a - 1)
        f = {"all": 1.0, "none": 0.0}.get(ahead_by, a)
        ahead, back = (f * vy, f * vx), (b * vy, b * vx)
        if steps == "whole":
            ahead, back = (tuple(s.round() for s in pair) for pair in (ahead, back))
        if steps == "none":
            ahead = back = (0 * vy, 0 * vx)
        if steps == "cut":
            ahead, back = (tuple(s.floor() for s in pair) for pair in (ahead, back))
        one, two = _shift(first - lift, *ahead), _shift(last - lift, *back)
        w = {"both": a, "first": 0.0, "last": 1.0, "half": 0.5, "nearer": float(a > 0.5)}.get(
            hands, a
        )
        w = 1 - w if swapped else w
        both = one + two if hands == "added" else (1 - w) * one + w * two
        both = torch.where(one.abs() > two.abs(), one, two) if hands == "stronger" else both
        out.append({"stage": lift + both, "nothing": both, "twice": 2 * lift + both}[lay])
    return torch.stack(out[::-1] if divisor == "backwards" else out)


def _centre(picture, stage, weigh):
    """Row and column of the centre of what differs from the stage."""
    strength = (picture - stage).abs().sum(0)
    strength = {
        "signed": (picture - stage).sum(0),
        "squares": (picture - stage).square().sum(0),
        "first channel": (picture - stage)[0].abs(),
        "threshold": (strength > 0.1).float(),
        "brightest": (strength == strength.max()).float(),
    }.get(weigh, strength)
    rows, columns = (torch.arange(n) for n in strength.shape)
    total = strength.sum()
    return (strength.sum(1) * rows).sum() / total, (strength.sum(0) * columns).sum() / total


def _shift(picture, dy, dx):
    """Move a picture down by dy and right by dx, with a tent for parts of a pixel, 0 outside."""
    for axis, by in ((-2, dy), (-1, dx)):
        place = torch.arange(picture.shape[axis])
        tent = (1 - (place - place[:, None] + by).abs()).clamp(min=0)  # from column to row
        picture = tent @ picture if axis == -2 else picture @ tent.T
    return picture


def draw_slide(d):
    H, W = (n + 6 for n in d.distinct(2, low=2, high=8))
    C, frames = d.choice((1, 3)), d.integer(2, 6)
    background = d.uniform(C, low=0.1, high=0.4)
    y, x = torch.arange(H)[:, None], torch.arange(W)
    colour = d.uniform(C, low=0.3, high=0.6)[:, None, None]
    if C > 1:  # brighter than the ground in one channel, darker in another
        background[1] += 0.5
        colour[1] *= -1.2
    pictures = []
    for _ in range(2):
        cy = d.uniform(low=2.0, high=H - 3.0)
        cx = d.uniform(low=2.0, high=W - 3.0)
        spot = ((y - cy).abs() < 1.6) & ((x - cx).abs() < 1.2)
        soft = torch.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 3) + 0.3 * spot
        soft = soft.expand(C, -1, -1).clone()
        soft[0] += 0.4 * torch.exp(-((y - cy - 1) ** 2 + (x - cx) ** 2)) * d.uniform(low=0.2)
        pictures.append((background[:, None, None] + colour * soft).clamp(0, 1))
    return {"first": pictures[0], "last": pictures[1], "background": background, "frames": frames}


SLIDE = Exercise(
    "10.6",
    "a rival that slides",
    slide,
    draw_slide,
    MISTAKES,
)
