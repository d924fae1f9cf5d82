"""Exercise 6.5: nucleus sampling."""

import functools

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson06.masks import mistake


def nucleus(probabilities, share, *, divide="sum", back=True, rule="share", descending=True):
    ordered, order = probabilities, torch.arange(probabilities.shape[-1]).expand_as(probabilities)
    if descending is not None:
        ordered, order = probabilities.sort(dim=-1, descending=descending)
    held = ordered.cumsum(-1)
    kept = {
        "share": held - ordered < share,
        "crossing": held < share,
        "tie": held - ordered <= share,
        "threshold": ordered >= 1 - share,
        "likely": ordered >= share,
        "the rest": held - ordered >= share,
    }[rule]
    rest, ordered = (ordered * ~kept).sum(-1, keepdim=True), ordered * kept
    if divide == "alike":
        ordered = kept * (ordered + rest / kept.sum(-1, keepdim=True))
    if divide == "uniform":
        ordered = kept / kept.sum(-1, keepdim=True)
    if divide in ("sum", "bare", "batch"):
        total = ordered.sum() if divide == "batch" else ordered.sum(-1, keepdim=True)
        ordered = ordered / (total if divide == "bare" else total.clamp(min=1e-9))
    if divide == "share":
        ordered = ordered / share
    if back == "gathered":
        return ordered.gather(-1, order)
    return torch.zeros_like(ordered).scatter(-1, order, ordered) if back else ordered


def draw_nucleus(d):
    vocabulary = d.integer(4, 10)
    if d.every(4, start=3):  # halves of halves, so that a sum meets the share exactly
        p = 0.5 ** torch.tensor([*range(1, vocabulary), vocabulary - 1])
        return {"probabilities": p[d.permutation(vocabulary)], "share": d.choice((0.5, 0.75))}
    p = d.normal(*d.leading(), vocabulary, scale=1.5).softmax(-1)
    return {"probabilities": p, "share": d.choice((0.55, 0.7, 0.85))}


def renormalised_by_softmax(probabilities, share):
    """Kept probabilities put through another softmax, which is the habit of who works on logits."""
    kept = nucleus(probabilities, share) > 0
    return probabilities.masked_fill(~kept, -torch.inf).softmax(-1)


NUCLEUS = Exercise(
    "6.5",
    "nucleus sampling",
    nucleus,
    draw_nucleus,
    (
        mistake("the token that crosses the border is dropped", "Eq. 6.10",
            "Your tokens hold less than the share. The set must hold *at least* the share: the "
            "token with which the sum gets there belongs to it. Compare what the tokens *before* "
            "it hold.",
            rule="crossing",
        ),
        Misconception("the token that crosses the border is dropped, and nothing may be left",
            "Your tokens hold less than the share, and where the likeliest alone holds it, none "
            "is left: 0 / 0 is NaN. The token with which the sum gets there belongs to the set. "
            "Compare what the tokens *before* it hold.",
            "lesson 06, Eq. 6.10", wrong=functools.partial(nucleus, rule="crossing", divide="bare"),
        ),
        mistake("one token more when the share is met exactly", "Eq. 6.10",
            "Where the tokens so far hold exactly the share, you take one more. *At least* the "
            "share is reached: should the comparison be < or <=?",
            rule="tie",
        ),
        mistake("not divided by the sum", "Eq. 6.10",
            "Your rows sum to less than 1. What the dropped tokens had goes to those that are "
            "kept.",
            divide="none",
        ),
        mistake("divided by the share", "Eq. 6.10",
            "Your rows sum to more than 1: what is kept holds *at least* the share, mostly more. "
            "Divide by what it holds.",
            divide="share",
        ),
        mistake("divided by the sum of all rows", "Eq. 6.10",
            "One row comes out right, several do not: you divide by the sum over the whole batch. "
            "Each row is a distribution of its own: what does `sum` need?",
            divide="batch",
        ),
        mistake("tail shared out alike", "Eq. 6.10",
            "Each kept token gets the same part of the tail. Eq. 6.10 divides by the sum: who has "
            "more gets more.",
            divide="alike",
        ),
        mistake("all kept tokens alike", "Eq. 6.10",
            "The right tokens, but all with the same probability. Divide what they *have* by its "
            "sum.",
            divide="uniform",
        ),
        mistake("left in sorted order", "Eq. 6.10",
            "Your numbers are right and stand in the wrong places: the largest is always first. "
            "Put each token back where it came from; `scatter` undoes a sort.",
            back=False,
        ),
        mistake("gathered in place of scattered", "Eq. 6.10",
            "`gather(-1, order)` sorts once more; it does not undo a sort. What stands at place j "
            "now came from place order[j], and must go back there: that is `scatter`.",
            back="gathered",
        ),
        mistake("sorted from the smallest", "Eq. 6.10",
            "You collect the least likely tokens first. The nucleus begins with the likeliest.",
            descending=False,
        ),
        mistake("not sorted", "Eq. 6.10",
            "You add up in the order of the vocabulary. The nucleus begins with the likeliest "
            "token: sort first.",
            descending=None,
        ),
        mistake("a threshold on each probability", "Eq. 6.10",
            "You keep each token that is likely enough by itself. The nucleus asks what the "
            "tokens hold *together*.",
            rule="threshold",
        ),
        Misconception("the share as a threshold on each probability",
            "You keep tokens that hold the share by themselves; often there is none, and 0 / 0 is "
            "NaN. The nucleus asks what the tokens hold *together*.",
            "lesson 06, Eq. 6.10", wrong=functools.partial(nucleus, rule="likely", divide="bare"),
        ),
        mistake("tail kept in place of the nucleus", "Eq. 6.10",
            "You keep exactly the tokens that should go.",
            rule="the rest",
        ),
        Misconception("a second softmax",
            "The right tokens, but their ratios have changed: probabilities are not logits. "
            "Divide by their sum.",
            "lesson 06, Eq. 6.10", wrong=renormalised_by_softmax,
        ),
    ),
)  # fmt: skip
