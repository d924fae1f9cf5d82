"""Exercise 15.3: a loss with a level for each frame; clean frames and padding are silent."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.mistakes import ON_LOSS, mistake


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
):
    error = (predicted - clip).square().mean((2, 3, 4))
    left = 1 - levels
    left = {"floor": left.clamp(min=floor), "none": left, "above": left.clamp(max=floor)}[cap]
    w = {"left": 1, "inverted": -1, "none": 0}[weight]
    w = left ** (-power * w)
    scored = torch.ones_like(exists)
    if clean == "ignored":
        scored = scored & (levels < 1)
    if padding == "ignored":
        scored = scored & exists
    part = torch.where(scored, error * torch.where(scored, w, 0.0), 0.0)
    if not safe and cap == "none":
        part = error * w * scored
    count = {
        "scored": scored.sum(),
        "all": torch.tensor(scored.numel()),
        "weights": torch.where(scored, w, 0.0).sum(),
        "nothing": torch.tensor(1),
    }[divide]
    if pool == "clips":
        return (part.sum(1) / scored.sum(1).clamp(min=1)).mean()
    return part.sum() / (count.clamp(min=1 if divide != "weights" else 1e-6) if safe else count)


def draw_loss(d):
    B, T, C, H, W = (n + 1 for n in d.distinct(5, low=1, high=7))
    levels = d.uniform(B, T, low=0.0, high=0.9)
    levels[d.mask(B, T, share=0.3)] = 1.0
    levels[0, 0] = 0.97  # almost clean: the floor counts
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
    (
        mistake(
            "clean frames scored",
            ON_LOSS,
            "A frame at level 1 counts in your loss, with the largest weight of all. It was "
            "given: there is nothing to learn from it.",
            clean="scored",
        ),
        mistake(
            "padding scored",
            ON_LOSS,
            "Frames that do not exist count in your loss.",
            padding="scored",
        ),
        mistake(
            "weight not capped",
            ON_LOSS,
            "A frame at level 0.97 has a weight of 1111 in your loss. What is left counts as "
            "`floor` at least.",
            cap="none",
        ),
        mistake(
            "floor used as a ceiling",
            ON_LOSS,
            "What is left never exceeds the floor in yours, so that every frame has the same "
            "large weight. `clamp(min=...)` holds from below.",
            cap="above",
        ),
        mistake(
            "weight not squared",
            ON_LOSS,
            "Your weight is 1 / (1 - level). The error is squared, and so is what divides it.",
            power=1,
        ),
        mistake(
            "weight inverted",
            ON_LOSS,
            "You weigh the noisiest frames most. The velocity's error is the clean frame's, "
            "divided by what is left.",
            weight="inverted",
        ),
        mistake(
            "no weight",
            ON_LOSS,
            "Your loss is that of the clean frames. How does an error in a clean frame become one "
            "in the velocity?",
            weight="none",
        ),
        mistake(
            "divided by all frames",
            ON_LOSS,
            "A batch with many clean frames has a smaller loss in yours, though nothing was "
            "learned. Divide by the frames that are scored.",
            divide="all",
        ),
        mistake(
            "divided by the weights",
            ON_LOSS,
            "You return a weighted mean. Divide by the number of scored frames: the weights turn "
            "an error of clips into one of velocities, and are not to be normalised away.",
            divide="weights",
        ),
        mistake(
            "not divided",
            ON_LOSS,
            "Your loss grows with the batch. It is a mean over the scored frames.",
            divide="nothing",
        ),
        mistake(
            "0 / 0 when all is clean",
            ON_LOSS,
            "When every frame is clean you divide 0 by 0. There is nothing to learn: the loss is "
            "0.",
            safe=False,
        ),
        mistake(
            "mean of the clips' means",
            ON_LOSS,
            "You average within each clip first. A frame of a clip with one scored frame then "
            "counts as much as all frames of another.",
            pool="clips",
        ),
    ),
)
