"""Exercise 1.4: a gated cell with three planted bugs, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson01.mistakes import GATE, mistake


def gated(
    x,
    z,
    W_x,
    W_z,
    b,
    *,
    swapped=False,
    squash="tanh",
    read="product",
    exchanged=False,
    use=True,
    write="rest",
    biases=1,
):
    x_read, x_keep, x_new = (x @ W_x.mT + b).chunk(3, -1)
    z_read, z_keep, z_new = (z @ W_z.mT + (biases - 1) * b).chunk(3, -1)
    if exchanged:
        x_read, x_keep, z_read, z_keep = x_keep, x_read, z_keep, z_read
    r, keep = torch.sigmoid(x_read + z_read), torch.sigmoid(x_keep + z_keep)
    r = r if use else torch.ones_like(r)
    total = {
        "product": x_new + r * z_new,
        "all": r * (x_new + z_new),
        "frame": r * x_new + z_new,
        "state": x_new + (r * z) @ W_z.chunk(3)[2].mT,
    }[read]
    new = torch.tanh(total) if squash == "tanh" else torch.sigmoid(total)
    if write == "all":
        return keep * z + new
    return (1 - keep) * z + keep * new if swapped else keep * z + (1 - keep) * new


def draw_gated(d):
    batch, inputs, width = d.distinct(3, low=2, high=7)
    return {
        "x": d.normal(batch, inputs),
        "z": torch.tanh(d.normal(batch, width)),
        "W_x": d.normal(3 * width, inputs),
        "W_z": d.normal(3 * width, width),
        "b": d.normal(3 * width),
    }


REPAIR = Exercise(
    "1.4",
    "repair a gated cell",
    gated,
    draw_gated,
    (
        mistake(
            "nothing repaired yet",
            GATE,
            "Your function still answers like the one that was given. Test one thing at a time: "
            "keep gate near 1 (a large bias), and the state must stay; read gate near 0, and the "
            "old state must not enter the proposal; and the proposal must be able to be negative.",
            swapped=True,
            squash="sigmoid",
            read="all",
        ),
        mistake(
            "keep gate the wrong way round",
            GATE,
            "Where your keep gate is 1 the state is replaced, and where it is 0 it stays. Which "
            "of the two does Eq. 1.4 multiply with the old state?",
            swapped=True,
        ),
        mistake(
            "sigmoid around the proposal",
            GATE,
            "Your proposal is never negative, so that a state can only rise. A gate lies between "
            "0 and 1, a state between -1 and 1.",
            squash="sigmoid",
        ),
        mistake(
            "read gate on the frame as well",
            GATE,
            "Your read gate also shuts out the new frame. It says how much of the *old state* the "
            "proposal may read.",
            read="all",
        ),
        mistake(
            "read gate on the frame in place of the state",
            GATE,
            "Your read gate shuts out the new frame, and the old state always enters. It says how "
            "much of the *old state* the proposal may read.",
            read="frame",
        ),
        mistake(
            "read gate before the matrix",
            GATE,
            "You multiply the read gate with the old state and the matrix with the result: the "
            "form of the first paper. Eq. 1.4, as PyTorch computes it, has the gate after the "
            "matrix.",
            read="state",
        ),
        mistake(
            "proposal written in full",
            GATE,
            "You add the whole proposal to what is kept, so that a state leaves (-1, 1). What is "
            "kept and what is written are two shares of one whole.",
            write="all",
        ),
        mistake(
            "bias added to both projections",
            GATE,
            "You add b to the frame's part and to the old state's part. Here each row has one "
            "bias, and it stands with the frame.",
            biases=2,
        ),
        mistake(
            "read and keep gate exchanged",
            GATE,
            "You take the first third of the projections for the keep gate. The order is read, "
            "keep, new.",
            exchanged=True,
        ),
        mistake(
            "read gate not used",
            GATE,
            "Your proposal reads the whole old state: the read gate has no effect.",
            use=False,
        ),
    ),
)
