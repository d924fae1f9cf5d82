"""Exercise 1.1: a recurrent network from its formula."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson01.mistakes import STATE, mistake

SQUASH = {"tanh": torch.tanh, "none": lambda a: a, "sigmoid": torch.sigmoid, "relu": torch.relu}
BIAS = {"inside": 1, "outside": 0, "none": 0, "twice": 2}


def squashed(x, old, b, squash, bias):
    """The new state of the frame's part x and the old state's part, or as a mistake has them."""
    if squash == "each":
        return torch.tanh(x) + torch.tanh(old) + b
    if squash == "frame":
        return torch.tanh(x + b) + old
    if squash == "old":
        return x + torch.tanh(old + b)
    return SQUASH[squash](x + old + BIAS[bias] * b) + (b if bias == "outside" else 0)


def rnn(
    frames,
    W_x,
    W_z,
    b,
    *,
    carry="new",
    squash="tanh",
    turn=False,
    bias="inside",
    keep="all",
    start="zeros",
    along="time",
):
    W_z = W_z.mT if turn else W_z
    rows = frames.unbind(-2 if along == "time" else 0)
    shape = (*rows[0].shape[:-1], len(b))
    z, states = b.expand(shape) if start == "bias" else getattr(torch, start)(shape), []
    before = first = z
    for x in rows:
        states.append(z)  # the state before this frame
        old = {"new": z, "none": torch.zeros_like(z), "older": before}[carry]
        before = z
        z = squashed(x @ W_x.mT, old @ W_z.mT, b, squash, bias)
    after = [*states[1:], z]
    if keep == "last":
        return z
    kept = {"all": after, "front": after, "before": states, "with": [first, *after]}[keep]
    return torch.stack(kept, dim=0 if keep == "front" or along == "batch" else -2)


def draw_clip(d):
    T, inputs, width = d.distinct(3, low=2, high=8)
    return {
        "frames": d.normal(*d.leading(), T, inputs),
        "W_x": d.normal(width, inputs, scale=0.5),
        "W_z": d.normal(width, width, scale=0.5),
        "b": d.normal(width, scale=0.5),
    }


RNN = Exercise(
    "1.1",
    "a recurrent network from its formula",
    rnn,
    draw_clip,
    (
        mistake(
            "state not carried along",
            STATE,
            "Your state after a frame depends on that frame alone: W_z never meets the state "
            "before. Which variable has to live longer than one turn of the loop?",
            carry="none",
        ),
        mistake(
            "the state before last",
            STATE,
            "Your first two states are right, and then each step reads the state of two frames "
            "ago. When is the old state replaced by the new one?",
            carry="older",
        ),
        mistake(
            "batch walked through in place of time",
            STATE,
            "For one clip you are right; for a batch you go from clip to clip, and the state of "
            "one clip runs into the next. Which axis does `for x in frames` take?",
            along="batch",
        ),
        mistake(
            "state starts at one",
            STATE,
            "Before the first frame nothing has been read: z_0 = 0.",
            start="ones",
        ),
        mistake(
            "state starts at b",
            STATE,
            "Your first state reads W_z b besides the frame. Before the first frame nothing has "
            "been read: z_0 = 0.",
            start="bias",
        ),
        mistake(
            "tanh forgotten",
            STATE,
            "Your states are not between -1 and 1. What stops them from growing with every frame?",
            squash="none",
        ),
        mistake(
            "sigmoid in place of tanh",
            STATE,
            "None of your states is negative: that is a sigmoid. Eq. 1.1 squashes to (-1, 1).",
            squash="sigmoid",
        ),
        mistake(
            "ReLU in place of tanh",
            STATE,
            "None of your states is negative, and some are above 1: that is a ReLU. Eq. 1.1 "
            "squashes to (-1, 1).",
            squash="relu",
        ),
        mistake(
            "old state outside the tanh",
            STATE,
            "You squash the frame's part and add the old state's part behind it. The tanh of Eq. "
            "1.1 stands around the whole sum: look at your brackets.",
            squash="frame",
        ),
        mistake(
            "frame outside the tanh",
            STATE,
            "You squash the old state's part and add the frame's part behind it. The tanh of Eq. "
            "1.1 stands around the whole sum: look at your brackets.",
            squash="old",
        ),
        mistake(
            "recurrent matrix transposed",
            STATE,
            "Your first state is right, the others multiply with W_z from the wrong side. Row i "
            "of W_z makes number i of the new state.",
            turn=True,
        ),
        mistake(
            "bias after the tanh",
            STATE,
            "You add b to the squashed sum. In Eq. 1.1 it stands inside the brackets.",
            bias="outside",
        ),
        mistake(
            "bias forgotten",
            STATE,
            "Your states are those of a network with b = 0. Which term of Eq. 1.1 is missing?",
            bias="none",
        ),
        mistake(
            "bias added twice",
            STATE,
            "Your states are those of a network with 2 b. One b serves both products.",
            bias="twice",
        ),
        mistake(
            "z_0 returned as well",
            STATE,
            "You return one state too many: the zeros that you started from are the state of no "
            "frame.",
            keep="with",
        ),
        mistake(
            "state returned before the frame is read",
            STATE,
            "Your first state is z_0 = 0 and your last one is missing: you keep the state before "
            "the frame has entered it.",
            keep="before",
        ),
        mistake(
            "last state only",
            STATE,
            "You return the state after the last frame. Every frame has one: collect them on the "
            "way.",
            keep="last",
        ),
        mistake(
            "time stacked in front of the batch",
            STATE,
            "With a batch of clips your first axis is time. torch.stack makes a new axis where "
            "`dim` says; time stood before the last axis.",
            keep="front",
        ),
        mistake(
            "a tanh for each product",
            STATE,
            "You squash the frame and the old state one by one and add them up, so that your "
            "states leave (-1, 1). Eq. 1.1 has one tanh, around the sum.",
            squash="each",
        ),
    ),
)
