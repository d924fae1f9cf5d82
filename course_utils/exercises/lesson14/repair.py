"""Exercise 14.4: the loss of flow matching with three mistakes, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.mistakes import ON_LINE, ON_LOSS, mistake


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
):
    B, T = clips.shape[:2]
    if levels == "clips":
        level = torch.rand(B, generator=generator)
        a = level.view(-1, 1, 1, 1, 1)
    elif levels == "one":
        level = torch.rand(1, generator=generator).expand(B)
        a = level.view(-1, 1, 1, 1, 1)
    else:
        level = torch.rand(T, generator=generator)
        a = level.view(-1, 1, 1, 1)
    drawn = torch.randn(clips.shape if noise == "each" else clips.shape[1:], generator=generator)
    drawn = drawn.expand_as(clips)
    point = (1 - a) * drawn + a * clips
    clean = predict(point, level if told == "level" else 1 - level)
    error = (clean - {"clips": clips, "velocity": clips - drawn, "noise": drawn}[target]) ** 2
    left = (1 - a).clamp(min=0.1 if cap else 0.0)
    w = {"left": 1 / left**power, "inverted": left**power, "none": torch.ones_like(a)}[weight]
    if joined == "apart":
        return w.mean() * error.mean()
    return (w * error).mean()


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
    (
        mistake(
            "nothing repaired yet",
            ON_LINE,
            "Your function still answers like the one that was given. Print the shapes of the "
            "level and of the noise, and the weight at level 0.9.",
            levels="frames",
            noise="shared",
            weight="inverted",
        ),
        mistake(
            "level along the frames",
            ON_LINE,
            "Your levels belong to the frames, the same for every clip of the batch. A shape of "
            "(n, 1, 1, 1) meets the second axis of a clip, for axes are matched from the right.",
            levels="frames",
        ),
        mistake(
            "one level for the batch",
            ON_LINE,
            "All your clips stand at one level, so that a step of training learns one level. Draw "
            "one for each clip.",
            levels="one",
        ),
        mistake(
            "noise shared by the batch",
            ON_LINE,
            "All your clips get the same noise: a network that learns to recognise it has an easy "
            "task. Draw as many numbers as the batch has.",
            noise="shared",
        ),
        mistake(
            "weight inverted",
            ON_LOSS,
            "You weigh the noisy clips most. An error of the clean clip is an error of the "
            "velocity divided by 1 - level: which weight follows for its square?",
            weight="inverted",
        ),
        mistake(
            "no weight",
            ON_LOSS,
            "Your loss is that of the clean clip. The loss of the velocity weighs each clip by how "
            "little is left to walk.",
            weight="none",
        ),
        mistake(
            "weight not capped",
            ON_LOSS,
            "One clip at level 0.999 outweighs the whole batch a million times. What is left "
            "counts as 0.1 at least.",
            cap=False,
        ),
        mistake(
            "weight not squared",
            ON_LOSS,
            "Your weight is 1 / (1 - level). The error is squared, and so is what divides it.",
            power=1,
        ),
        mistake(
            "clean prediction held to the velocity",
            ON_LOSS,
            "You compare the prediction with clip minus noise. This network predicts the clip.",
            target="velocity",
        ),
        mistake(
            "clean prediction held to the noise",
            ON_LOSS,
            "You compare the prediction with the noise. This network predicts the clip.",
            target="noise",
        ),
        mistake(
            "weight and error averaged apart",
            ON_LOSS,
            "You multiply the mean weight by the mean error. Each clip's error belongs to its own "
            "weight: multiply first, then take the mean.",
            joined="apart",
        ),
        mistake(
            "network told how much noise",
            ON_LINE,
            "You tell the network 1 - level. The sampler will tell it the level.",
            told="noise",
        ),
    ),
    use=use,
)
