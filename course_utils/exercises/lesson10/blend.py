"""Exercises 10.1 and 10.2: what both ends leave open, and a blend of many known frames."""

from functools import partial

import torch

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.mistakes import mistake

# 10.1 predict a variance

answer = partial(exercise.answer, "lesson 10, what the far end is worth")

PREDICT = Exercise(
    "10.1",
    "predict what both ends leave open",
    3.75,
    misconceptions=(
        answer(
            15.0,
            "far end not known",
            "15 is right when the start alone is known. The far end tells how the 15 steps and "
            "the 5 after them add up: what does that take away?",
        ),
        answer(
            5.0,
            "counted from the far end alone",
            "5 is what the far end would leave open by itself. The start knows something too, so "
            "that the two together leave less than either.",
        ),
        answer(
            75.0,
            "not divided by the whole length",
            "15 times 5 is more than either end leaves open by itself, and knowing more never "
            "leaves more open. Which length have you not used yet?",
        ),
        answer(
            0.1875,
            "shares in place of steps",
            "You multiplied the two shares. Each is a number of steps divided by 20, and that "
            "divides once too often.",
        ),
        answer(
            1.94,
            "standard deviation in place of variance",
            "You took the root. Asked for is the variance.",
        ),
        answer(
            5.0 * 0.75 * 0.75,
            "share squared",
            "You weighed the variance of the blend. A walk that is known at its end is not the "
            "same walk scaled: list the walks of 4 steps, as the lesson does, and count.",
        ),
    ),
    rtol=0.01,
)


# 10.2 blend between many known frames


def blend_all(
    frames,
    times,
    total,
    *,
    swapped=False,
    divisor="gap",
    ends="held",
    around="neighbours",
    share="linear",
    at_known="kept",
    spacing="times",
):
    when = times.tolist()
    if spacing == "even":
        when = torch.linspace(0, total - 1, len(when)).tolist()
    out = []
    for t in range(total):
        before = [i for i, s in enumerate(when) if s <= t]
        after = [i for i, s in enumerate(when) if s >= t]
        if not before or not after:
            end = frames[-1] if before else frames[0]
            out.append(_beyond(frames, when, t, bool(before), ends, end))
            continue
        a, b = (before[-1], after[0]) if around == "neighbours" else (0, len(when) - 1)
        gap = when[b] - when[a]
        if gap == 0:
            out.append(frames[a] * (float("nan") if at_known == "divided" else 1.0))
            continue
        step = t - when[a]
        w = step / {"gap": gap, "missing": max(gap - 1, 1), "more": gap + 1}[divisor]
        w = {"linear": w, "half": 0.5 if 0 < w < 1 else w, "nearest": float(w > 0.5)}[share]
        w = 1 - w if swapped else w
        out.append((1 - w) * frames[a] + w * frames[b])
    return torch.stack(out)


def _beyond(frames, when, t, after_last, ends, end):
    """A frame before the first known one, or after the last."""
    if ends == "black":
        return torch.zeros_like(end)
    if ends == "wrapped":
        return frames[0] if after_last else frames[-1]
    if ends == "line" and len(when) > 1:
        a, b = (-2, -1) if after_last else (0, 1)
        w = (t - when[a]) / (when[b] - when[a])
        return (1 - w) * frames[a] + w * frames[b]
    return end


def draw_blend(d):
    C, H, W = d.distinct(3, low=1, high=5)
    total = 5 + d.integer(1, 9)
    count = d.integer(2, total - 2)
    chosen = d.permutation(total)[:count]
    if d.every(3):  # neither end is known
        chosen = chosen[(chosen > 0) & (chosen < total - 1)]
        chosen = torch.cat((chosen, torch.tensor([2]))).unique()
    times = chosen.sort().values
    return {"frames": d.uniform(len(times), C, H, W), "times": times, "total": total}


BLEND = Exercise(
    "10.2",
    "blend between many known frames",
    blend_all,
    draw_blend,
    (
        mistake(
            "shares exchanged",
            "Eq. 10.1",
            "Right after a known frame you show mostly the other one. The nearer frame gets the "
            "larger share.",
            swapped=True,
        ),
        mistake(
            "divided by the number of missing frames",
            "Eq. 10.1",
            "Your last missing frame of a gap is the known frame after it. Between 4 and 8 there "
            "are three missing frames and four steps: which of the two divides?",
            divisor="missing",
        ),
        mistake(
            "divided by one step too many",
            "Eq. 10.1",
            "Your blend never arrives: the last missing frame is too far from the known one. From "
            "4 to 8 are four steps.",
            divisor="more",
        ),
        mistake(
            "black outside the known frames",
            "the gap",
            "Before the first known frame, or after the last, there is only one neighbour. Here "
            "it is held.",
            ends="black",
        ),
        mistake(
            "line carried on outside",
            "the gap",
            "You go on along the line of two known frames, and leave the range of the pixels. "
            "Outside the known frames the nearest one is held.",
            ends="line",
        ),
        mistake(
            "ends wrapped round",
            "the gap",
            "After the last known frame you show the first, and before the first the last. An "
            "index of -1 is an element in Python, not an error.",
            ends="wrapped",
        ),
        mistake(
            "first and last known frame only",
            "Eq. 10.1",
            "You blend the outermost known frames and ignore those between. Which two stand "
            "around frame t?",
            around="ends",
        ),
        mistake(
            "half of each",
            "Eq. 10.1",
            "All your missing frames of a gap are the same mean. How near is each to either side?",
            share="half",
        ),
        mistake(
            "nearest frame",
            "what costs nothing",
            "You show the nearer of the two frames. Here both count, each by its nearness.",
            share="nearest",
        ),
        mistake(
            "zero divided by zero",
            "Eq. 10.1",
            "In a known frame the frame before and the frame after are the same one, and 0 / 0 is "
            "not a share. A known frame is its own answer.",
            at_known="divided",
        ),
        mistake(
            "known frames spread evenly",
            "the gap",
            "You use the known frames as if they stood at equal distances. `times` says where "
            "each was taken.",
            spacing="even",
        ),
    ),
    examples=(
        {
            "frames": torch.tensor([0.2, 0.6]).view(2, 1, 1, 1),
            "times": torch.tensor([1, 5]),
            "total": 7,
        },
    ),
)
