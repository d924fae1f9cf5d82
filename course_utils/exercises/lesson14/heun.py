"""Exercise 14.3: Heun's steps when the network predicts the clean clip."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.field import exact_velocity
from course_utils.exercises.lesson14.heun_mistakes import MISTAKES


def heun(
    predict,
    noise,
    levels,
    *,
    order=2,
    second="ahead",
    at="point ahead",
    mean=0.5,
    spacing="given",
    end="Euler",
    slope="velocity",
    last="by its end",
):
    levels = levels.tolist()
    if spacing == "from 0":
        levels = [(a - levels[0]) / (levels[-1] - levels[0]) * levels[-1] for a in levels]
    if spacing == "last left out":
        levels = levels[:-1]
    if spacing == "even":
        n = len(levels) - 1
        levels = [levels[0] + i / n * (levels[-1] - levels[0]) for i in range(n)] + levels[-1:]

    def velocity(z, level):
        clean = predict(z, level)
        if slope == "clean clip":
            return clean
        if slope == "way":
            return clean - z
        left = max(1 - level, 0.001) if end == "clamped" else 1 - level
        return (clean - z) / left if left else (clean - z) * float("nan")

    z = noise
    for i, (now, after) in enumerate(zip(levels, levels[1:])):
        step = after - now
        first = velocity(z, now)
        ahead = z + step * first
        is_last = after == 1 if last == "by its end" else i == len(levels) - 2
        clean = z + (1 - now) * first
        if order == 1 or (is_last and end == "Euler"):
            z = ahead
            continue
        if order == "middle":
            z = z + step * velocity(z + step / 2 * first, now + step / 2)
            continue
        level = after if second == "ahead" else now
        other = velocity(ahead if at == "point ahead" else z, level)
        clean = predict(ahead, after)
        if second == "told now":
            other = (predict(ahead, now) - ahead) / (1 - after)
        if second == "divided by now":
            other = (clean - ahead) / (1 - now)
        if at == "clean ahead":
            other = (clean - z) / (1 - after)
        if mean == "of the clean clips":
            other = 2 * ((predict(z, now) + clean) / 2 - z) / (1 - now) - first
        if mean == "second alone":
            first = other
        if mean == "a third":
            first, other = 4 / 3 * first, 2 / 3 * other
        base = ahead if mean in ("on top", "half on top") else z
        if mean == "half on top":
            first = 0 * first
        z = base + step * (mean if isinstance(mean, float) else 0.5) * (first + other)
    return clean if slope == "last prediction" else z


def exact_prediction(points, calls=None):
    """A predictor that knows all about a few points of equal weight: where they lie on average."""

    def predict(z, level):
        level = float(level)
        if level >= 1:
            return z  # nothing is left to predict
        weights = torch.full((len(points),), 1 / len(points), dtype=points.dtype)
        return z + (1 - level) * exact_velocity(points, weights, z, level)

    return predict


def use(function, points, noise, levels):
    return function(exact_prediction(points), noise, levels)


def draw_heun(d):
    N, D, B, steps = (n + 1 for n in d.distinct(4, low=1, high=7))
    gaps = d.uniform(steps, low=0.3, high=1.0).double()
    levels = torch.cat((torch.zeros(1).double(), gaps.cumsum(0) / gaps.sum()))
    levels[-1] = 1.0
    if d.every(3, start=1):  # ends before the clean clip
        levels = (0.92 if d.index == 1 else 0.8) * levels
    if d.every(3, start=2):  # starts from a clip that is half noise
        levels = 0.4 + 0.6 * levels
        levels[-1] = 1.0
    points, noise = d.normal(N, D).double(), d.normal(B, D).double()
    return {"points": points, "noise": noise, "levels": levels}


HEUN = Exercise(
    "14.3",
    "Heun's steps from clean predictions",
    heun,
    draw_heun,
    MISTAKES,
    use=use,
    rtol=1e-5,
    atol=1e-6,
)
