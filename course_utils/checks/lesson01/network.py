"""Exercise 1.1: a recurrent network from its formula."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.checks.lesson01.mistakes import STATE, mistake


def rnn(frames, W_x, W_z, b, *, carry="new", squash="tanh", turn=False, bias="inside", keep="all"):
    W_z = W_z.mT if turn else W_z
    z, states = torch.zeros(*frames.shape[:-2], len(b)), []
    before = z
    for x in frames.unbind(-2):
        states.append(z)  # the state before this frame
        old = {"new": z, "none": torch.zeros_like(z), "older": before}[carry]
        total = x @ W_x.mT + old @ W_z.mT + (b if bias == "inside" else 0)
        before = z
        if squash == "each":
            z = torch.tanh(x @ W_x.mT) + torch.tanh(old @ W_z.mT) + b
            continue
        z = {"tanh": torch.tanh, "none": lambda a: a, "sigmoid": torch.sigmoid}[squash](total)
        z = z + b if bias == "outside" else z
    if keep == "last":
        return z
    return torch.stack(states if keep == "before" else [*states[1:], z], dim=0 if keep == "front" else -2)


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
        mistake("state not carried along", STATE,
            "Your state after a frame depends on that frame alone: W_z never meets the state before. Which "
            "variable has to live longer than one turn of the loop?",
            carry="none",
        ),
        mistake("the state before last", STATE,
            "Your first two states are right, and then each step reads the state of two frames ago. When is "
            "the old state replaced by the new one?",
            carry="older",
        ),
        mistake("tanh forgotten", STATE,
            "Your states are not between -1 and 1. What stops them from growing with every frame?",
            squash="none",
        ),
        mistake("sigmoid in place of tanh", STATE,
            "None of your states is negative: that is a sigmoid. Eq. 1.1 squashes to (-1, 1).",
            squash="sigmoid",
        ),
        mistake("recurrent matrix transposed", STATE,
            "Your first state is right, the others multiply with W_z from the wrong side. Row i of W_z makes "
            "number i of the new state.",
            turn=True,
        ),
        mistake("bias after the tanh", STATE,
            "You add b to the squashed sum. In Eq. 1.1 it stands inside the brackets.",
            bias="outside",
        ),
        mistake("bias forgotten", STATE,
            "Your states are those of a network with b = 0. Which term of Eq. 1.1 is missing?",
            bias="none",
        ),
        mistake("state returned before the frame is read", STATE,
            "Your first state is z_0 = 0 and your last one is missing: you keep the state before the frame "
            "has entered it.",
            keep="before",
        ),
        mistake("last state only", STATE,
            "You return the state after the last frame. Every frame has one: collect them on the way.",
            keep="last",
        ),
        mistake("time stacked in front of the batch", STATE,
            "With a batch of clips your first axis is time. torch.stack makes a new axis where `dim` says; "
            "time stood before the last axis.",
            keep="front",
        ),
        mistake("a tanh for each product", STATE,
            "You squash the frame and the old state one by one and add them up, so that your states leave "
            "(-1, 1). Eq. 1.1 has one tanh, around the sum.",
            squash="each",
        ),
    ),
)
