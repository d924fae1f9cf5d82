"""Exercise 14.2: the exact velocity when the data are a few weighted points."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.field_mistakes import MISTAKES


def exact_velocity(
    points,
    weights,
    where,
    level,
    *,
    prior="log",
    centre="scaled",
    noise="variance",
    half=True,
    choose="softmax",
    axis="points",
    rate="left",
    safe=True,
    distance="squared",
    sign=-1,
    mean="of the points",
):
    spread = 1 - level
    middle = {"scaled": level, "clean": 1.0, "other end": spread}[centre] * points
    gap = where[:, None] - middle  # queries points d
    square = gap.square()
    far = {"squared": square.sum(-1), "plain": square.sum(-1).sqrt(), "mean": square.mean(-1)}
    divisor = {"variance": spread**2, "deviation": spread, "none": 1.0, "level": level**2}[noise]
    logits = sign * far[distance] / ((2 if half else 1) * divisor)
    logits = {
        "log": logits + weights.log(),
        "plain": logits + weights,
        "times": logits * weights,
        "small": logits + (weights + 1e-12).log(),
    }.get(prior, logits)
    if choose == "nearest":
        share = torch.nn.functional.one_hot(logits.argmax(1), len(points)).to(points)
    elif choose == "weights":
        share = weights.expand(len(where), -1)
    elif choose == "densities":
        share = logits.exp()
    elif safe is True:
        share = logits.softmax(1 if axis == "points" else 0)
    elif safe == "small number":
        share = logits.exp() / (logits.exp().sum(1, keepdim=True) + 1e-12)
    elif safe == "largest of all":
        share = (logits - logits.max()).exp()
        share = share / share.sum(1, keepdim=True)
    else:
        share = logits.exp() / logits.exp().sum(1, keepdim=True)
    if prior == "after":
        share = share * weights / (share * weights).sum(1, keepdim=True)
    clean = share @ (points if mean == "of the points" else middle)
    if rate == "clean clip":
        return clean
    rates = {"left": spread, "none": 1.0, "level": level, "square": spread**2}
    rates |= {"capped": max(spread, 0.1), "back": -spread}
    return (clean - where) / torch.tensor(rates[rate]).double()


def draw_field(d):
    D, N, M = d.distinct(3, low=2, high=9)
    points = d.normal(N, D).double()
    weights = d.uniform(N, low=0.2, high=1.0).double()
    if d.every(2, start=1):
        weights[0] = 0.0
    weights = weights / weights.sum()
    level = d.choice((0.0, 0.3, 0.6)) if d.every(2) else d.uniform(low=0.1, high=0.8)
    where = d.normal(M, D).double()
    if d.every(4, start=2):  # near the end, and beside every point
        level = 0.99
        where = points[d.permutation(N)[:1]] + 0.4 * where
    if d.every(4, start=3):
        where = where + 60.0  # so far that every exponential is 0
        if d.every(8, start=3):  # and beside a point of weight 0
            points[0] = 60.0 / level
    return {"points": points, "weights": weights, "where": where, "level": level}


FIELD = Exercise(
    "14.2",
    "the exact velocity towards weighted points",
    exact_velocity,
    draw_field,
    MISTAKES,
    rtol=1e-5,
    atol=1e-6,
)
