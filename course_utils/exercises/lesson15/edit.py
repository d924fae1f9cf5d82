"""Exercise 15.6: give some frames noise again and let the network write them anew."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.edit_mistakes import MISTAKES


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
    walk="Euler",
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
        "exchanged": level * noise + (1 - level) * clip,
    }[start]
    z = mixed if whose == "all noisy, some written" else torch.where(change, mixed, clip)
    first = level if begin == "level" else 0.0
    n = {"steps": steps, "one": 1, "share": max(1, round(steps * (1 - level)))}.get(
        count, steps - 1
    )
    for i in range(n):
        now = first + i / n * (1 - first)
        after = now + (1 - first) / n
        said = {"start": first, "after": after}.get(told, now)
        levels = torch.where(change[:, 0], said, 0.0 if told == "others as noise" else 1.0)
        if told == "same":
            levels = torch.full_like(levels, now)
        x = predict(z, levels)
        length = (1 / n if walk == "steps of 1 / n" else (1 - first) / n) / (1 - now)
        if walk == "divided after":
            length = (1 - first) / n / max(1 - after, 0.001)
        length = {"way": (1 - first) / n, "jump": 1.0}.get(walk, length)
        moved = z + length * (x - z)
        if walk == "noise again":
            moved = (1 - after) * noise + after * x
        z = moved if kept in ("moved", "put back") else torch.where(change, moved, z)
    if kept == "put back":
        return torch.where(change, z, clip)
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
    MISTAKES,
    use=use,
)
