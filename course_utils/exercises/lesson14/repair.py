"""Exercise 14.4: the loss of flow matching with three mistakes, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.repair_mistakes import MISTAKES


def flow_loss(
    predict,
    clips,
    generator,
    *,
    levels="clips",
    noise="each",
    weight="left",
    cap=True,
    power=2,
    target="clips",
    joined="inside",
    told="level",
    first="levels",
    line="clip at 1",
    size="mean",
):
    B, T = clips.shape[:2]
    early = torch.randn(clips.shape, generator=generator) if first == "noise" else None
    if levels in ("clips", "bell"):
        draw = torch.rand if levels == "clips" else torch.randn
        level = draw(B, generator=generator)
        level = level if levels == "clips" else level.sigmoid()
        a = level.view(-1, 1, 1, 1, 1)
    elif levels == "each frame":
        level = torch.rand(B, T, generator=generator)
        a = level.view(B, T, 1, 1, 1)
    elif levels == "one":
        level = torch.rand(1, generator=generator).expand(B)
        a = level.view(-1, 1, 1, 1, 1)
    else:
        level = torch.rand(T, generator=generator)
        a = level.view(-1, 1, 1, 1)
    shapes = {"each": clips.shape, "shared": clips.shape[1:], "frame": (B, 1, *clips.shape[2:])}
    spread = torch.rand if noise == "even" else torch.randn
    drawn = spread(shapes.get(noise, clips.shape), generator=generator) if early is None else early
    drawn = drawn.expand_as(clips)
    point = (1 - a) * drawn + a * clips
    if line == "noise at 1":
        point = a * drawn + (1 - a) * clips
    clean = predict(point, level if told == "level" else 1 - level)
    error = clean - {"clips": clips, "velocity": clips - drawn, "noise": drawn}[target]
    error = error.abs() if size == "absolute" else error**2
    left = (1 - a).clamp(min=0.1 if cap else 0.0)
    if cap == "after":
        left = ((1 - a) ** 2).clamp(min=0.1).sqrt()
    if cap == "above":
        left = (1 - a).clamp(max=0.1)
    w = {
        "left": 1 / left**power,
        "inverted": left**power,
        "none": torch.ones_like(a),
        "level": 1 / a.clamp(min=0.1) ** power,
    }[weight]
    if joined == "apart":
        return w.mean() * error.mean()
    if joined == "weighted mean":
        return (w * error).mean() / w.mean()
    if size == "clip":
        return (w * error).flatten(1).sum(1).mean()
    return (w * error).sum() if size == "sum" else (w * error).mean()


def use(function, clips, seed):
    """What the network is shown and told, and the loss, on a generator with this seed."""
    heard = {}

    def predict(point, level):
        heard.update(level=level, point=point)
        return 0.7 * point + 0.1

    loss = function(predict, clips, torch.Generator().manual_seed(seed))
    if not heard:
        raise ValueError("predict was never called, want predict(point, level)")
    return {"level": heard["level"], "noisy clips": heard["point"], "loss": loss}


def draw_repair(d):
    B, T, C, H, W = (n + 1 for n in d.distinct(5, low=1, high=7))
    seed = int(d.permutation(1000)[0])
    while d.every(2) and most(seed, B) < 0.93:  # one clip almost clean: the cap is needed
        seed += 1
    return {"clips": d.uniform(B, T, C, H, W), "seed": seed}


def most(seed, batch):
    """The highest of the first levels that a generator with this seed gives."""
    return torch.rand(batch, generator=torch.Generator().manual_seed(seed)).max().item()


REPAIR = Exercise(
    "14.4",
    "repair the loss of a flow",
    flow_loss,
    draw_repair,
    MISTAKES,
    use=use,
)
