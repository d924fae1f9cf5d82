"""Exercise 14.2: the exact velocity when the data are a few weighted points."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.mistakes import ON_FIELD, mistake


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
):
    spread = 1 - level
    middle = (level if centre == "scaled" else 1.0) * points
    gap = where[:, None] - middle  # queries points d
    square = gap.square()
    far = {"squared": square.sum(-1), "plain": square.sum(-1).sqrt(), "mean": square.mean(-1)}
    divisor = {"variance": spread**2, "deviation": spread, "none": 1.0}[noise]
    logits = -far[distance] / ((2 if half else 1) * divisor)
    logits = logits + {"log": weights.log(), "plain": weights, "none": 0 * weights}[prior]
    if choose == "nearest":
        share = torch.nn.functional.one_hot(logits.argmax(1), len(points)).to(points)
    elif safe:
        share = logits.softmax(1 if axis == "points" else 0)
    else:
        share = logits.exp() / logits.exp().sum(1, keepdim=True)
    clean = share @ points
    return (clean - where) / {"left": spread, "none": 1.0, "level": max(level, 0.01)}[rate]


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
    return {"points": points, "weights": weights, "where": where, "level": level}


FIELD = Exercise(
    "14.2",
    "the exact velocity towards weighted points",
    exact_velocity,
    draw_field,
    (
        mistake(
            "weights forgotten",
            ON_FIELD,
            "All your points count alike. A point that is drawn twice as often deserves twice the "
            "share, and one of weight 0 none.",
            prior="none",
        ),
        mistake(
            "weights without their logarithm",
            ON_FIELD,
            "You add the weight itself to the exponent. What must stand there so that the "
            "exponential is multiplied by the weight?",
            prior="plain",
        ),
        mistake(
            "distance to the clean point",
            ON_FIELD,
            "You measure from the clean points. At this level the noisy points that come from x "
            "lie around level * x.",
            centre="clean",
        ),
        mistake(
            "noise of full size at every level",
            ON_FIELD,
            "Your shares do not sharpen as the level rises. The noise around level * x has the "
            "standard deviation 1 - level.",
            noise="none",
        ),
        mistake(
            "deviation in place of variance",
            ON_FIELD,
            "You divide the squared distance by 1 - level. In a Gaussian it is divided by the "
            "variance.",
            noise="deviation",
        ),
        mistake(
            "factor one half forgotten",
            ON_FIELD,
            "Your shares are too sharp: the exponent of a Gaussian has a 2 below the fraction.",
            half=False,
        ),
        mistake(
            "nearest point only",
            ON_FIELD,
            "You run to the likeliest point. Far from the end many points are possible, and the "
            "velocity is that of their mean.",
            choose="nearest",
        ),
        mistake(
            "softmax over the queries",
            ON_FIELD,
            "For one query your shares do not sum to 1. Who competes: the points, or the places "
            "that ask?",
            axis="queries",
        ),
        mistake(
            "0 / 0 of exponentials",
            ON_FIELD,
            "Far from all points, or near level 1, every exponential is 0 and your shares are 0 / "
            "0. Take the largest exponent out first; `softmax` and `logsumexp` do.",
            safe=False,
        ),
        mistake(
            "not divided by what is left",
            ON_FIELD,
            "You return the way to the mean. It has to be walked between this level and 1.",
            rate="none",
        ),
        mistake(
            "divided by the level",
            ON_FIELD,
            "You divide by the level, which is the time gone by. How much is left?",
            rate="level",
        ),
        mistake(
            "distance not squared",
            ON_FIELD,
            "You use the distance. The exponent of a Gaussian has its square.",
            distance="plain",
        ),
        mistake(
            "mean over the dimensions",
            ON_FIELD,
            "You average the squares over the dimensions. A product of Gaussians is the "
            "exponential of a sum.",
            distance="mean",
        ),
    ),
    rtol=1e-5,
    atol=1e-6,
)
