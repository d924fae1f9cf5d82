"""Exercise 14.1: a point on the line between noise and clip, and the velocity there."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.mistakes import ON_LINE, mistake


def noisy_point(
    clip,
    noise,
    level,
    *,
    ends="clip at 1",
    sign=1,
    start="noise",
    mix="line",
    speed="whole",
    whose="each",
    parts="point first",
):
    one = {"first": level[:1], "mean": level.mean()}.get(whose, level)
    a = one.expand_as(level).view(-1, 1, 1, 1, 1)
    share = a if ends == "clip at 1" else 1 - a
    if mix == "line":
        point = (1 - share) * noise + share * clip
    elif mix == "root":
        point = (1 - share).sqrt() * noise + share.sqrt() * clip
    elif mix == "arc":
        point = (1 - share**2).sqrt() * noise + share * clip
    elif mix == "clip whole":
        point = clip + (1 - share) * noise
    else:
        point = noise + share * clip
    velocity = clip - {"noise": noise, "point": point, "nothing": 0 * noise}[start]
    pace = {"by level": a, "whole": 1, "left": 1 / (1 - a).clamp(min=0.1)}
    velocity = sign * velocity * (pace | {"by division": 1 / (1 - a)})[speed]
    return (point, velocity) if parts == "point first" else (velocity, point)


def draw_line(d):
    B, T, C, H, W = (n + 1 for n in d.distinct(5, low=0, high=6))
    level = d.uniform(B)
    level[0] = 0.25
    if d.every(3, start=1):
        level[-1] = 1.0
    if d.every(3, start=2):
        level[-1] = 0.0
    return {"clip": d.uniform(B, T, C, H, W), "noise": d.normal(B, T, C, H, W), "level": level}


LINE = Exercise(
    "14.1",
    "a point on the line, and its velocity",
    noisy_point,
    draw_line,
    (
        mistake(
            "noise and clip exchanged",
            ON_LINE,
            "At level 1 your point is the noise. In this course 1 is the clean clip and 0 the "
            "noise; papers differ, so look before you copy.",
            ends="noise at 1",
        ),
        mistake(
            "velocity points back to the noise",
            ON_LINE,
            "Your velocity leads from the clip to the noise. Where does a sampler want to go when "
            "the level rises?",
            sign=-1,
        ),
        mistake(
            "velocity from the point",
            ON_LINE,
            "Your velocity is the way that is left from the point to the clip. It shrinks as the "
            "level rises; on a straight line the velocity is the same everywhere.",
            start="point",
        ),
        mistake(
            "shares under a root",
            ON_LINE,
            "Your shares are square roots, as in diffusion with constant variance: that path is an "
            "arc. Here the path is a straight line, and the shares sum to 1.",
            mix="root",
        ),
        mistake(
            "noise not faded out",
            ON_LINE,
            "You add the clip to noise of full strength, so that nothing is clean at level 1. What "
            "is the share of the noise?",
            mix="added",
        ),
        mistake(
            "velocity times the level",
            ON_LINE,
            "You return the way that is behind the point, which is 0 at the start. Take the "
            "derivative of the point by the level.",
            speed="by level",
        ),
        mistake(
            "one level for the whole batch",
            ON_LINE,
            "All your clips stand at the level of the first. Each clip has its own.",
            whose="first",
        ),
        mistake(
            "mean level for the whole batch",
            ON_LINE,
            "All your clips stand at the mean of the levels. Each clip has its own.",
            whose="mean",
        ),
        mistake(
            "clip not faded in",
            ON_LINE,
            "You add noise to the whole clip, so that nothing but the noise changes with the "
            "level. On the line the shares of both sum to 1.",
            mix="clip whole",
        ),
        mistake(
            "arc in place of a line",
            ON_LINE,
            "Your shares lie on a quarter circle, as in diffusion with constant variance. Here "
            "the path is a straight line, and the shares sum to 1.",
            mix="arc",
        ),
        mistake(
            "clip taken for the velocity",
            ON_LINE,
            "Your velocity is the clip itself. A walk from the noise to the clip goes by their "
            "difference.",
            start="nothing",
        ),
        mistake(
            "velocity divided by what is left",
            ON_LINE,
            "You divide clip minus noise by what is left. The whole line is walked in a time of "
            "1: its velocity needs no division.",
            speed="left",
        ),
        mistake(
            "parts exchanged",
            ON_LINE,
            "Your first part is the velocity. First comes the point.",
            parts="velocity first",
        ),
    ),
    returns=("point", "velocity"),
)
