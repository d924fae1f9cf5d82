"""Exercise 15.3: a loss with a level for each frame; clean frames and padding are silent."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.loss_mistakes import MISTAKES


def frame_loss(
    predicted,
    clip,
    levels,
    exists,
    floor,
    *,
    clean="ignored",
    padding="ignored",
    cap="floor",
    power=2,
    weight="left",
    divide="scored",
    safe=True,
    pool="frames",
    size="mean",
):
    error = (predicted - clip).square()
    error = (predicted - clip).abs() if size == "absolute" else error
    error = error.sum(2, keepdim=True) if size == "channels" else error
    error = error.sum((2, 3, 4)) if size == "sum" else error.mean((2, 3, 4))
    left = levels if weight == "level" else 1 - levels
    left = {
        "floor": left.clamp(min=floor),
        "none": left,
        "above": left.clamp(max=floor),
        "added": left + floor,
        "square": (left**2).clamp(min=floor).sqrt(),
        "sum of squares": (left**2 + floor**2).sqrt(),
    }[cap]
    w = {"left": 1, "level": 1, "inverted": -1, "none": 0}[weight]
    w = left ** (-power * w)
    scored = torch.ones_like(exists)
    if clean == "ignored":
        scored = scored & (levels < 1)
    if padding == "ignored":
        scored = scored & exists
    if clean == "noise too":
        scored = scored & (levels > 0)
    if clean == "near":
        scored = scored & (levels < 1 - floor)
    if clean == "alone":
        scored = (levels == 1) & exists
    if padding == "alone":
        scored = (levels < 1) & ~exists
    if padding == "or":
        scored = (levels < 1) | exists
    part = torch.where(scored, error * torch.where(scored, w, 0.0), 0.0)
    if not safe and cap == "none":
        part = error * w * scored
    count = {
        "scored": scored.sum(),
        "all": torch.tensor(scored.numel()),
        "weights": torch.where(scored, w, 0.0).sum(),
        "nothing": torch.tensor(1),
        "existing": exists.sum(),
        "noisy": (levels < 1).sum(),
        "clips": torch.tensor(len(clip)),
        "one more": scored.sum() + 1,
    }[divide]
    if pool == "clips":
        return (part.sum(1) / scored.sum(1).clamp(min=1)).mean()
    return part.sum() / (count.clamp(min=1 if divide != "weights" else 1e-6) if safe else count)


def draw_loss(d):
    B, T, C, H, W = (n + 1 for n in d.distinct(5, low=1, high=7))
    levels = d.uniform(B, T, low=0.0, high=0.9)
    levels[d.mask(B, T, share=0.3)] = 1.0
    levels[0, 0] = 0.97  # almost clean: the floor counts
    levels[-1, 0] = 0.0  # pure noise is scored
    lengths = [T] + [1 + int(d.permutation(T)[0]) for _ in range(B - 1)]
    exists = torch.arange(T) < torch.tensor(lengths)[:, None]
    if d.every(4, start=3):
        levels[:] = 1.0  # nothing is scored
    return {
        "predicted": d.uniform(B, T, C, H, W),
        "clip": d.uniform(B, T, C, H, W),
        "levels": levels,
        "exists": exists,
        "floor": d.choice((0.1, 0.05, 0.2)),
    }


LOSS = Exercise(
    "15.3",
    "a loss with a level for each frame",
    frame_loss,
    draw_loss,
    MISTAKES,
)
