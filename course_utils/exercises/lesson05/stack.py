"""Exercise 5.4: a stack with three planted bugs that reads clips of different length."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson05.mistakes import mistake


def normalise(x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()


def encode(
    x, W1, W2, lengths, *, layers="own", second="own", seen="real", pool="real", end="norm, mean"
):
    real = torch.arange(x.shape[1]) < lengths[:, None]  # B n
    x = x * real[..., None] if seen == "zeros" else x
    mask = {"real": real, "padding": ~real}.get(seen, torch.ones_like(real))
    mask = mask[:, None]  # B 1 n: for the keys
    if seen == "queries":
        mask = real[..., None]  # B n 1
    own = range(len(W1))
    order = {"own": own, "first": [0] * len(W1), "backwards": own[::-1], "one": own[:1]}
    for k in order[layers]:
        y = normalise(x)
        scores = (y @ y.mT / x.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
        x = x + scores.softmax(-1).masked_fill(~mask, 0.0) @ y  # as `attention` does
        x = x + (normalise(x) @ W1[k]).clamp(min=0) @ W2[k if second == "own" else 0]
    x = normalise(x) if end == "norm, mean" else x
    kept = real[..., None] if pool != "all" else torch.ones_like(real)[..., None]
    divisor = kept.sum(1) if pool != "real over n" else x.shape[1]
    mean = (x * kept).sum(1) / divisor
    return normalise(mean) if end == "mean, norm" else mean


def draw_clips(d):
    B, n, d_model, d_ff = d.distinct(4, low=2, high=8)
    L, n = d.integer(2, 4), n + 2
    lengths = [1 + d.integer(0, n - 2) for _ in range(B)]  # at least one token is a filler
    return {
        "x": d.normal(B, n, d_model, scale=d.choice((0.5, 1.0, 2.0))),
        "W1": d.normal(L, d_model, d_ff, scale=0.7),
        "W2": d.normal(L, d_ff, d_model, scale=0.7),
        "lengths": torch.tensor(lengths),
    }


REPAIR = Exercise(
    "5.4",
    "repair a stack",
    encode,
    draw_clips,
    (
        mistake(
            "nothing repaired yet",
            "the stack",
            "Your function still answers like the one that was given. Change the padding, then the "
            "weights of the last layer: what should move, and what should not?",
            layers="first",
            seen="all",
            pool="all",
        ),
        mistake(
            "the first layer again and again",
            "the stack",
            "You run the first layer as often as there are layers. In Eq. 5.1a the matrices carry "
            "the index l.",
            layers="first",
        ),
        mistake(
            "second matrix of the first layer in all layers",
            "the stack",
            "Each layer has its own W1 now, but all of them use the W2 of the first. Both "
            "matrices of Eq. 4.1 carry the index l.",
            second="first",
        ),
        mistake(
            "layers from the last to the first",
            "the stack",
            "You run the layers from top to bottom. Which of them receives the tokens first?",
            layers="backwards",
        ),
        mistake(
            "only one layer",
            "the stack",
            "You return after the first layer. Is your return statement inside the loop?",
            layers="one",
        ),
        mistake(
            "padding attended to",
            "the stack",
            "Your real tokens look at the padding. Hand attention a mask: True where a key is "
            "real.",
            seen="all",
        ),
        mistake(
            "padding set to zero, and attended to",
            "the stack",
            "You set the padding to zero, but a key of zeros has the score 0, not minus infinity: "
            "it still takes its share of the attention.",
            seen="zeros",
        ),
        mistake(
            "mask on the queries, not on the keys",
            "the stack",
            "Your mask says which tokens may ask, and a real token still looks at the padding. "
            "The last axis of a mask counts the keys: which axis of yours says what is real?",
            seen="queries",
        ),
        mistake(
            "mask inverted",
            "the stack",
            "Your tokens look at the padding and at nothing else. In this course True means *may "
            "attend*.",
            seen="padding",
        ),
        mistake(
            "padding in the mean",
            "name the motion",
            "Your mean takes in the padded tokens. Eq. 5.4 averages over the tokens that a clip "
            "has.",
            pool="all",
        ),
        mistake(
            "divided by the padded length",
            "name the motion",
            "You sum up the real tokens and divide by all of them, so that short clips come out "
            "small. How many did you add up?",
            pool="real over n",
        ),
        mistake(
            "final norm missing",
            "the stack",
            "Nobody normalised the sum of all residuals. What does Eq. 5.1a do after the last "
            "layer?",
            end="mean",
        ),
        mistake(
            "norm after the mean",
            "the stack",
            "You average first and normalise the mean. In Eq. 5.1a the norm belongs to the "
            "encoder: it acts on each token.",
            end="mean, norm",
        ),
    ),
)
