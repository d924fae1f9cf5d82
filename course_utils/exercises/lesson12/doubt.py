"""Exercise 12.6: the error that is left when a sentence says one thing more."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson12.mistakes import mistake

MEAN = "a sentence that leaves the start open"


def doubt_after(
    clips,
    groups,
    *,
    weigh="clips",
    what="left",
    divide="n",
    pixels="mean",
    centre="mean",
    power=2,
    label="value",
):
    numbers = groups.unique()
    if label == "place":  # counts 0, 1, 2, ... up to the largest number
        numbers = torch.arange(len(numbers))
    total, answers = clips.new_zeros(()), torch.zeros_like(clips)
    overall = clips.mean(0)
    for g in numbers:
        mine = groups == g
        if not mine.any():
            continue
        own = clips[mine]
        middle = own.median(0).values if centre == "median" else own.mean(0)
        middle = overall if what == "before" else middle
        answers[mine] = middle
        way = (middle - overall) if what == "gained" else (own - middle)
        size = way.abs() ** power if power != 2 else way.square()
        each = size.flatten(0 if what == "gained" else 1)
        each = each.sum(-1) if pixels == "sum" else each.mean(-1)
        if divide == "n-1" and what != "gained":
            spread = each.sum() / max(len(own) - 1, 1)
        else:
            spread = each.mean()
        weight = len(own) / len(clips) if weigh == "clips" else 1 / len(numbers)
        total = total + (1 if weigh == "sum" else weight) * spread
    return total, answers


def draw_groups(d):
    K, T, H, W = d.distinct(4, low=3, high=7)
    K = K + 4
    groups = 3 * torch.tensor([int(d.permutation(3)[0]) for _ in range(K)]) + 2
    groups[0], groups[1], groups[2:4] = 11, 2, 5  # a group of one, and numbers with gaps
    shape = (T, H, W) if d.every(2) else (T, d.integer(1, 3), H, W)
    clips = d.uniform(K, *shape)
    clips = clips + 0.5 * (groups == 2).view(-1, *(1 for _ in shape)) * d.normal(K, *shape)
    return {"clips": clips, "groups": groups}


DOUBT = Exercise(
    "12.6",
    "the doubt that is left",
    doubt_after,
    draw_groups,
    (
        mistake(
            "groups counted the same",
            MEAN,
            "Each group counts the same in your error, however few clips it has. Every *clip* "
            "counts the same: a group of one is met less often.",
            weigh="groups",
        ),
        mistake(
            "errors of the groups added",
            MEAN,
            "You add the errors of the groups up, so that more groups mean more doubt. It is a "
            "mean over the clips.",
            weigh="sum",
        ),
        mistake(
            "the gain in place of the rest",
            "Eq. 12.9",
            "You measure how far the means of the groups lie from the mean of all. That is what "
            "the new fact *gains*; asked is what it leaves.",
            what="gained",
        ),
        mistake(
            "groups not used",
            MEAN,
            "You compare every clip with the mean of all. Whoever knows the group answers with the "
            "mean of the group.",
            what="before",
        ),
        mistake(
            "variance of a sample",
            "Eq. 12.8",
            "You divide by one less than the number of clips, as for a sample. These are all clips "
            "that fit, and a group of one leaves no doubt at all.",
            divide="n-1",
        ),
        mistake(
            "pixels added up",
            "Eq. 12.8",
            "You add the squares of all pixels of a clip. The error is a mean over them, as in the "
            "loss.",
            pixels="sum",
        ),
        mistake(
            "absolute errors",
            "Eq. 12.8",
            "Your errors are not squared: the mean is best for squares, the median for these.",
            power=1,
        ),
        mistake(
            "median of the group",
            "Eq. 12.8",
            "Your answer is the median of a group. Which answer has the smallest *squared* error?",
            centre="median",
        ),
        mistake(
            "groups taken to be 0, 1, 2",
            MEAN,
            "You count through 0, 1, 2, ... and miss the groups whose numbers have gaps. "
            "`unique` says which there are.",
            label="place",
        ),
    ),
    returns=("doubt", "answers"),
)
