"""Exercise 4.1: the feed-forward network."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson04.mistakes import mistake


def feed_forward(
    x,
    W1,
    b1,
    W2,
    b2,
    *,
    act="relu",
    first="inside",
    second=True,
    last=False,
    add=False,
    early=False,
):
    inner = (x.clamp(min=0) if early else x) @ W1 + (b1 if first == "inside" else 0)
    inner = {
        "relu": lambda z: z.clamp(min=0),
        "none": lambda z: z,
        "gelu": torch.nn.functional.gelu,
        "softmax": lambda z: z.softmax(-1),
        "lower": lambda z: z.clamp(max=0),
        "abs": torch.abs,
        "sigmoid": torch.sigmoid,
    }[act](inner)
    inner = inner + b1 if first == "after" else inner
    y = inner @ W2 + (b2 if second else 0)
    y = y.clamp(min=0) if last else y
    return x + y if add else y


def draw_network(d):
    tokens, d_model, d_ff = d.distinct(3, low=2, high=9)
    return {
        "x": d.normal(*d.leading(), tokens, d_model),
        "W1": d.normal(d_model, d_ff),
        "b1": d.normal(d_ff),
        "W2": d.normal(d_ff, d_model),
        "b2": d.normal(d_model),
    }


NETWORK = "the feed-forward network"
FEED_FORWARD = Exercise(
    "4.1",
    "the feed-forward network",
    feed_forward,
    draw_network,
    (
        mistake(
            "ReLU forgotten",
            NETWORK,
            "Your function is linear: two matrices in a row are one matrix. What stands between "
            "them in Eq. 4.1?",
            act="none",
        ),
        mistake(
            "first bias forgotten",
            NETWORK,
            "All your hidden units switch on at 0. Which term of Eq. 4.1 moves the place where a "
            "unit switches on?",
            first="missing",
        ),
        mistake(
            "first bias added after the ReLU",
            NETWORK,
            "You add b_1 to what the ReLU let through, so that it moves no threshold. Which comes "
            "first in Eq. 4.1, the bias or the maximum?",
            first="after",
        ),
        mistake(
            "second bias forgotten",
            NETWORK,
            "Your output differs from the right one by the same vector in every token. Which term "
            "of Eq. 4.1 does not depend on x?",
            second=False,
        ),
        mistake(
            "ReLU on the output as well",
            NETWORK,
            "No number of your output is negative, so that this network could only ever add. How "
            "many maxima does Eq. 4.1 have?",
            last=True,
        ),
        mistake(
            "smaller one of the two taken",
            NETWORK,
            "You keep the negative inner numbers and remove the positive ones. Is it max(0, z) or "
            "min(0, z)?",
            act="lower",
        ),
        mistake(
            "absolute value in place of the maximum",
            NETWORK,
            "You turn negative inner numbers around; Eq. 4.1 replaces them by 0. What is max(0, "
            "-3)?",
            act="abs",
        ),
        mistake(
            "GELU in place of ReLU",
            "which function inside?",
            "You took GELU, the smooth relative of max(0, z). It is a good choice, but not Eq. "
            "4.1: which of the two is exactly 0 at -2?",
            act="gelu",
        ),
        mistake(
            "softmax in place of ReLU",
            "a memory of keys and values",
            "Your hidden units share one unit of attention among them. In a feed-forward network "
            "each one fires for itself: which function of a single number do you need?",
            act="softmax",
        ),
        mistake(
            "sigmoid in place of ReLU",
            "which function inside?",
            "Each of your hidden units says something between 0 and 1, however strongly it fires. "
            "Which function of Eq. 4.1 passes large numbers on as they are?",
            act="sigmoid",
        ),
        mistake(
            "ReLU on the tokens",
            NETWORK,
            "You remove what is negative from x, and nothing bends between the two matrices. "
            "Which numbers does the maximum of Eq. 4.1 see?",
            early=True,
            act="none",
        ),
        mistake(
            "input added to the output",
            "the residual",
            "You return x + FFN(x). The residual is a part of its own; which layer of the course "
            "adds it?",
            add=True,
        ),
        Misconception(
            "matrix transposed",
            "The product does not fit: here W1 has the shape d_model x d_ff, and x comes from the "
            "left. Only nn.Linear stores its matrix the other way round.",
            "lesson 04, the feed-forward network",
            wrong=lambda x, W1, b1, W2, b2: (x @ W1.mT + b1).clamp(min=0) @ W2.mT + b2,
            stops=True,
        ),
    ),
)
