"""Exercise 14.3: Heun's steps when the network predicts the clean clip."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.field import exact_velocity
from course_utils.exercises.lesson14.mistakes import ON_CLEAN, ON_STEPS, mistake


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
        if order == 1 or (is_last and end == "Euler"):
            z = ahead
            continue
        if order == "middle":
            z = z + step * velocity(z + step / 2 * first, now + step / 2)
            continue
        level = after if second == "ahead" else now
        other = velocity(ahead if at == "point ahead" else z, level)
        z = z + step * mean * (first + other)
    return z


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
        levels = 0.8 * levels
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
    (
        mistake(
            "Euler",
            ON_STEPS,
            "You use the velocity at the start of each step alone. Heun looks at the end of the "
            "step too, and takes the mean of both.",
            order=1,
        ),
        mistake(
            "midpoint in place of Heun",
            ON_STEPS,
            "You step with the velocity in the middle of the step. That is another method of "
            "second order; asked for is the mean of both ends.",
            order="middle",
        ),
        mistake(
            "second velocity told the old level",
            ON_STEPS,
            "At the end of the step you tell the network the level of its start, and divide by "
            "what was left there.",
            second="now",
        ),
        mistake(
            "second velocity at the old point",
            ON_STEPS,
            "You ask for the velocity at the level ahead, but at the point where the step began. "
            "Go there first.",
            at="old point",
        ),
        mistake(
            "both velocities added",
            ON_STEPS,
            "Your steps are twice as long as they should be: the sum of two velocities is not "
            "their mean.",
            mean=1.0,
        ),
        mistake(
            "even steps",
            ON_STEPS,
            "You walk in equal steps between the first level and the last. `levels` says where to "
            "stop on the way.",
            spacing="even",
        ),
        mistake(
            "0 / 0 at the end",
            ON_CLEAN,
            "At level 1 nothing is left, and way through time is 0 / 0. A step that ends there "
            "needs no second look: it lands on the predicted clip.",
            end="divided",
        ),
        mistake(
            "end saved by a small number",
            ON_CLEAN,
            "You keep the division at level 1 finite with a small number below it. Then the second "
            "velocity is wrong, or only rounding; a step that ends at 1 has one velocity.",
            end="clamped",
        ),
        mistake(
            "prediction taken for a velocity",
            ON_CLEAN,
            "You step along the predicted clip as if it were a direction. The network says where "
            "to arrive: from that and the point follows the velocity.",
            slope="clean clip",
        ),
        mistake(
            "way in place of velocity",
            ON_CLEAN,
            "You step along the way to the predicted clip, and never arrive. That way is to be "
            "walked in the time that is left.",
            slope="way",
        ),
        mistake(
            "last step always Euler",
            ON_STEPS,
            "Your last step is Euler's also when it ends before level 1. There both velocities "
            "exist.",
            last="by its number",
        ),
    ),
    use=use,
    rtol=1e-5,
    atol=1e-6,
)
