"""Exercises 5.5 and 5.6: attention through the depth of a stack, and what three seeds can say."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson05.mistakes import mistake

LOOKS, WORTH = "where each layer looks", "what each part is worth"


# 5.5 rollout


def rollout(weights, *, heads="mean", keep=0.5, order="later first", over="product", T=False):
    joined = {
        "mean": weights.mean(1),
        "sum": weights.sum(1),
        "first": weights[:, 0],
        "max": weights.amax(1),
        "layers": weights.mean(0),
    }[heads]
    eye = torch.eye(joined.shape[-1])
    layers = {0.5: 0.5 * joined + 0.5 * eye, 0: joined, 1: joined + eye, "once": joined}[keep]
    if over == "mean":
        return layers.mean(0)
    if over == "last":
        return layers[-1]
    total = eye
    for layer in layers:
        if over == "entries":
            total = layer if total is eye else total * layer
        else:
            total = layer @ total if order == "later first" else total @ layer
    total = 0.5 * total + 0.5 * eye if keep == "once" else total
    return total.mT if T else total


def draw_weights(d):
    heads, tokens = d.distinct(2, low=2, high=7)
    layers = d.integer(2, 4)
    return {"weights": d.normal(layers, heads, tokens, tokens, scale=2.0).softmax(-1)}


ROLLOUT = Exercise(
    "5.5",
    "follow attention through the stack",
    rollout,
    draw_weights,
    (
        mistake(
            "layers multiplied in the wrong order",
            LOOKS,
            "Your product has the first layer on the left. A row of the last layer says which "
            "tokens it reads; what those have read stands in the matrix to its right.",
            order="earlier first",
        ),
        mistake(
            "residual forgotten",
            LOOKS,
            "Your tokens keep nothing of themselves. Eq. 5.1 adds what attention found to what "
            "was there: mix each matrix with the identity.",
            keep=0,
        ),
        mistake(
            "sum with the identity not halved",
            LOOKS,
            "Your rows sum to a power of 2. Half from attention, half from the residual: the two "
            "shares sum to 1.",
            keep=1,
        ),
        mistake(
            "identity mixed in once, at the end",
            LOOKS,
            "You multiply the weights first and mix the product with the identity. Each layer has "
            "a residual of its own: mix before you multiply.",
            keep="once",
        ),
        mistake(
            "mean over the layers in place of the heads",
            LOOKS,
            'You average the first axis and multiply along the second. Which axis of "layers '
            'heads tokens tokens" counts the heads?',
            heads="layers",
        ),
        mistake(
            "largest head in place of their mean",
            LOOKS,
            "You take the largest weight over the heads, so that rows sum to more than 1. The "
            "formula averages them.",
            heads="max",
        ),
        mistake(
            "heads summed up",
            LOOKS,
            "Your numbers grow with the number of heads. Each head shares out 1; what do they "
            "share out together on average?",
            heads="sum",
        ),
        mistake(
            "only the first head",
            LOOKS,
            "Your result ignores all heads but the first.",
            heads="first",
        ),
        mistake(
            "mean over the layers",
            LOOKS,
            "You average the layers as if they lay side by side. Each one reads what the one "
            "below has written: what operation follows a path through both?",
            over="mean",
        ),
        mistake(
            "last layer alone",
            LOOKS,
            "That is what the last layer looks at. Its tokens have read others before: which "
            "layers are missing?",
            over="last",
        ),
        mistake(
            "entries multiplied",
            LOOKS,
            "You multiply entry by entry, which finds pairs that look at each other in all "
            "layers. A path may change the token in each layer: a matrix product sums over it.",
            over="entries",
        ),
        mistake(
            "transposed",
            LOOKS,
            "Your columns sum to 1, your rows do not. Row i should say where output i comes from.",
            T=True,
        ),
    ),
)


# 5.6 three seeds


def compare(full, other, *, correction=1, error="root", paired=True, sign=1, centre="mean"):
    difference = sign * (other - full)
    middle = difference.mean() if centre == "mean" else difference.median()
    if paired:
        spread = difference.std(correction=correction)
    else:
        spread = (full.var(correction=correction) + other.var(correction=correction)).sqrt()
    G = len(full)
    if error == "variance":
        return middle, spread.square() / G**0.5
    divisor = {
        "root": G**0.5,
        "none": 1.0,
        "seeds": G,
        "three": 3**0.5,
        "one less": (G - 1) ** 0.5,
    }[error]
    return middle, spread / divisor


def draw_scores(d):
    seeds = 3 + d.integer(0, 12)
    batches = d.normal(seeds, scale=0.1)  # what a seed does to both: an easy or a hard run
    return {
        "full": 0.6 + batches + d.normal(seeds, scale=0.05),
        "other": 0.6 + d.uniform(low=-0.2, high=0.1) + batches + d.normal(seeds, scale=0.05),
    }


COMPARE = Exercise(
    "5.6",
    "judge an ablation",
    compare,
    draw_scores,
    (
        mistake(
            "sign turned around",
            WORTH,
            "Your difference is full minus other. It should say what taking the part away *adds*: "
            "a loss is negative.",
            sign=-1,
        ),
        mistake(
            "divided by G, not by G - 1",
            WORTH,
            "Your standard error is too small, most of all for three seeds. The mean was "
            "estimated from the same runs: what does Eq. 5.6 divide by?",
            correction=0,
        ),
        mistake(
            "spread of one run, not of the mean",
            WORTH,
            "That is how far single runs scatter. How far does a mean of G runs scatter?",
            error="none",
        ),
        mistake(
            "divided by G, not by its root",
            WORTH,
            "The variance of a mean of G runs is G times smaller. And its root?",
            error="seeds",
        ),
        mistake(
            "variance for the spread",
            WORTH,
            "Over your root of G stands the variance. The spread is its root: Eq. 5.6.",
            error="variance",
        ),
        mistake(
            "three seeds taken for granted",
            WORTH,
            "You divide by the root of 3 however many seeds there are. How long is the list?",
            error="three",
        ),
        mistake(
            "root of G - 1 for the mean",
            WORTH,
            "The G - 1 belongs to the spread of the runs. Their mean is taken over G of them.",
            error="one less",
        ),
        mistake(
            "pairs torn apart",
            WORTH,
            "You add the variances of the two columns. Both runs of a seed saw the same batches: "
            "what that seed did to both cancels in their difference. Subtract first, then take "
            "the spread.",
            paired=False,
        ),
        mistake(
            "median for the mean",
            WORTH,
            "Your difference is the middle one of the runs. Eq. 5.6 wants the mean.",
            centre="median",
        ),
    ),
    returns=("difference", "standard error"),
    atol=1e-6,
)
