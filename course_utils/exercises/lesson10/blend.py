"""Exercises 10.1 and 10.2: what both ends leave open, and a blend of many known frames."""

from functools import partial

import torch

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.blend_mistakes import MISTAKES

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
    sum_of="shares",
    shown="all",
):
    when = [t + (spacing == "one late") for t in times.tolist()]
    if spacing == "even":
        when = torch.linspace(0, total - 1, len(when)).tolist()
    out = []
    for t in range(total):
        before = [i for i, s in enumerate(when) if s <= t]
        after = [i for i, s in enumerate(when) if s >= t]
        if not before or not after:
            end = frames[-1] if before else frames[0]
            end = {"mean": frames.mean(0), "first": frames[0], "last": frames[-1]}.get(ends, end)
            out.append(_beyond(frames, when, t, bool(before), ends, end))
            continue
        a = before[0] if around in ("ends", "from the first") else before[-1]
        b = after[-1] if around in ("ends", "to the last") else after[0]
        gap = when[b] - when[a]
        if gap == 0:
            around_it = frames[max(a - 1, 0)], frames[min(a + 1, len(when) - 1)]
            known = (around_it[0] + around_it[1]) / 2 if at_known == "written" else frames[a]
            out.append(known * {"divided": float("nan"), "black": 0.0}.get(at_known, 1.0))
            continue
        step = t - when[a]
        w = step / {"gap": gap, "missing": max(gap - 1, 1), "more": gap + 1}[divisor]
        near, far = gap - step, step
        w = {
            "linear": w,
            "half": 0.5 if 0 < w < 1 else w,
            "nearest": float(w > 0.5),
            "before": 0.0,
            "after": 1.0,
            "smooth": w * w * (3 - 2 * w),
            "one late": (step + 1) / gap,
            "of the clip": t / (total - 1),
            "of the time": t / gap,
            "squares": far**2 / (far**2 + near**2),
        }[share]
        w = 1 - w if swapped else w
        first = {"second more": 1.0, "second alone": 0.0, "both": 1.0}.get(sum_of, 1 - w)
        out.append(first * frames[a] + (1.0 if sum_of == "both" else w) * frames[b])
    if shown == "missing":
        out = [frame for t, frame in enumerate(out) if t not in when]
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
    MISTAKES,
    examples=(
        {
            "frames": torch.tensor([0.2, 0.6]).view(2, 1, 1, 1),
            "times": torch.tensor([1, 5]),
            "total": 7,
        },
    ),
)
