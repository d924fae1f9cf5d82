"""Exercise 15.6: give some frames noise again and let the network write them anew."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.mistakes import ON_EDIT, mistake


def edit(
    predict,
    clip,
    chosen,
    level,
    noise,
    steps,
    *,
    start="line",
    whose="chosen",
    kept="untouched",
    told="each",
    begin="level",
    count="steps",
    safe=True,
    strength=False,
):
    if strength:
        level = 1 - level
    pick = chosen[:, None]
    change = torch.ones_like(pick) if whose == "all" else (~pick if whose == "others" else pick)
    if level >= 1 and safe is not None:
        return clip if safe else torch.where(change, float("nan"), clip)
    mixed = {
        "line": (1 - level) * noise + level * clip,
        "added": clip + (1 - level) * noise,
        "replaced": noise,
    }[start]
    z = torch.where(change, mixed, clip)
    first = level if begin == "level" else 0.0
    n = steps if count == "steps" else 1
    for i in range(n):
        now = first + i / n * (1 - first)
        levels = torch.where(change[:, 0], now, 1.0)
        if told == "same":
            levels = torch.full_like(levels, now)
        x = predict(z, levels)
        moved = z + (1 - first) / n / (1 - now) * (x - z)
        z = moved if kept == "moved" else torch.where(change, moved, z)
    return torch.where(change, z, x) if kept == "predicted" else z


def network(mixing):
    """A small network: every frame leans on the others by their levels."""

    def predict(z, levels):
        mean = (levels[:, None] * z).sum(0) / levels.sum().clamp(min=0.1)
        return torch.tanh((0.6 * z + 0.4 * mean) @ mixing + 0.2 * levels[:, None])

    return predict


def use(function, mixing, clip, chosen, level, noise, steps):
    return function(network(mixing), clip, chosen, level, noise, steps)


def draw_edit(d):
    T, D, steps = (n + 2 for n in d.distinct(3, low=0, high=6))
    T = T + 1
    chosen = d.mask(T, share=0.5)
    chosen[0], chosen[-1] = (True, False) if d.every(2) else (False, True)
    level = d.choice((0.2, 0.4, 0.7))
    if d.every(4, start=2):
        level = 1.0  # no noise at all
    if d.every(4, start=3):
        level = 0.0  # nothing is kept
    return {
        "mixing": d.normal(D, D),
        "clip": d.uniform(T, D),
        "chosen": chosen,
        "level": level,
        "noise": d.normal(T, D),
        "steps": steps,
    }


EDIT = Exercise(
    "15.6",
    "edit some frames",
    edit,
    draw_edit,
    (
        mistake(
            "all frames edited",
            ON_EDIT,
            "All your frames change. Those that were not chosen stay as they are.",
            whose="all",
        ),
        mistake(
            "other frames edited",
            ON_EDIT,
            "You change the frames that were not chosen.",
            whose="others",
        ),
        mistake(
            "noise added to the frames",
            ON_EDIT,
            "You add noise to the whole frame. On the line the frame fades as the noise comes: "
            "the shares sum to 1.",
            start="added",
        ),
        mistake(
            "frames replaced by noise",
            ON_EDIT,
            "Your chosen frames start as pure noise and are told to be half clean.",
            start="replaced",
        ),
        mistake(
            "steps from level 0",
            ON_EDIT,
            "Your frames stand at `level`, and your steps begin at 0.",
            begin="zero",
        ),
        mistake(
            "one level for the whole clip",
            ON_EDIT,
            "You tell the network that the untouched frames are noisy too. They are clean, and it "
            "should trust them.",
            told="same",
        ),
        mistake(
            "untouched frames moved along",
            ON_EDIT,
            "The frames that were not chosen take your steps too. They are clean already.",
            kept="moved",
        ),
        mistake(
            "untouched frames replaced by the prediction",
            ON_EDIT,
            "In place of the untouched frames you return what the network says of them.",
            kept="predicted",
        ),
        mistake(
            "one step",
            ON_EDIT,
            "You jump to the clean frames at once. Take `steps` steps.",
            count="one",
        ),
        mistake(
            "0 / 0 where there is no noise",
            ON_EDIT,
            "At level 1 nothing is to be done, and your steps divide 0 by 0. Return the clip as it "
            "is.",
            safe=False,
        ),
        mistake(
            "stopped by 0 / 0 where there is no noise",
            ON_EDIT,
            "At level 1 nothing is to be done, and your steps divide by 0. Return the clip as it "
            "is.",
            stops=True,
            safe=None,
        ),
        mistake(
            "level taken for the amount of noise",
            ON_EDIT,
            "At level 0.7 your frames are mostly noise. Level 1 is clean.",
            strength=True,
        ),
    ),
    use=use,
)
