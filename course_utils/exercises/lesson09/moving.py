"""Exercise 9.4: move the frames of a clip with weights for rows and columns (Eq. 9.8)."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson09.mistakes import explained, mistake

formula_mistake = explained("Eq. 9.8")


def neighbour(video, offset, axis, border):
    """The video read `offset` pixels further along an axis."""
    size = video.shape[axis]
    index = torch.arange(size) + offset
    inside = (index >= 0) & (index < size)
    index = index % size if border == "wrap" else index.clamp(0, size - 1)
    read = video.index_select(axis, index)
    return read * inside.view(-1, *(1,) * (-1 - axis)) if border == "zeros" else read


def move(
    video,
    down,
    across,
    *,
    sign=1,
    exchanged=False,
    border="zeros",
    centred=True,
    own=True,
    total=False,
    join="product",
    use="both",
    loop="whole",
    clip=False,
):
    if exchanged:
        down, across = across, down
    if join == "diagonal":
        return one_loop(video, down, across)
    if use == "down twice":
        across = down
    if use == "across twice":
        down = across
    alone = use in ("rows", "columns")
    passes = []
    for kernel, axis in ((down, -2), (across, -1)):
        taps = kernel.shape[-1]
        side = -1 if sign in (-1, "rows" if axis == -2 else "columns") else 1
        kernel = kernel.softmax(-1) if total == "softmax" else kernel
        kernel = kernel / kernel.sum(-1, keepdim=True) if total is True else kernel
        kernel = kernel if own else kernel[:1].expand_as(kernel)
        start = taps // 2 if centred else 0
        source = passes[-1] if passes and join == "product" and not alone else video
        pieces = [
            kernel[:, a].view(-1, 1, 1, 1) * neighbour(source, side * (a - start), axis, border)
            for a in range(taps)
        ]
        pieces = {"short": pieces[:-1], "overwritten": pieces[-1:]}.get(loop, pieces)
        passes.append(sum(pieces))
    if alone:
        return passes[0 if use == "rows" else 1]
    if join == "passes":
        return passes[0] * passes[1]
    moved = sum(passes) if join == "sum" else passes[-1]
    return moved.clamp(0, 1) if clip else moved


def one_loop(video, down, across):
    """One loop for both sums: only the neighbours on the diagonal are read."""
    pieces = []
    for a in range(down.shape[-1]):
        offset = a - down.shape[-1] // 2
        diagonal = neighbour(neighbour(video, offset, -2, "zeros"), offset, -1, "zeros")
        pieces.append((down[:, a] * across[:, a]).view(-1, 1, 1, 1) * diagonal)
    return sum(pieces)


def only_inside(video, down, across):
    """What a convolution without a rim gives: the frame loses `reach` pixels on each side."""
    reach, (H, W) = down.shape[-1] // 2, video.shape[-2:]
    return move(video, down, across)[..., reach : H - reach, reach : W - reach]


def draw_moves(d):
    T, H, W = d.distinct(3, low=3, high=9)
    taps = 5 if min(H, W) >= 5 and d.every(2) else 3
    weights = d.uniform(2, T, taps, low=-0.3)
    return {"video": d.uniform(T, d.choice((1, 3)), H, W), "down": weights[0], "across": weights[1]}


MOVE = Exercise(
    "9.4",
    "move every frame by its own weights",
    move,
    draw_moves,
    (
        formula_mistake(
            "read from the wrong side",
            "Your frames move the opposite way: you read x[y - dy, x - dx], or your weights run "
            "backward. The weight at offset +1 belongs to the pixel one further down, or one "
            "further right.",
            sign=-1,
        ),
        formula_mistake(
            "rows read from the wrong side",
            "Left and right are fine, but your frames move up where they should move down. Weight "
            "number a of `down` belongs to the row y + a - reach.",
            sign="rows",
        ),
        formula_mistake(
            "columns read from the wrong side",
            "Up and down are fine, but your frames move left where they should move right. Weight "
            "number a of `across` belongs to the column x + a - reach.",
            sign="columns",
        ),
        formula_mistake(
            "rows and columns exchanged",
            "`down` weighs the rows around a pixel and runs along the height, axis -2; `across` "
            "runs along the width, axis -1. Yours do it the other way round.",
            exchanged=True,
        ),
        formula_mistake(
            "wrapped around",
            "What leaves the frame on one side enters it on the other, as `torch.roll` does it. A "
            "pixel outside the frame counts as 0.",
            border="wrap",
        ),
        formula_mistake(
            "border pixels repeated",
            "You continue the frame with its outermost pixels. A pixel outside the frame counts "
            "as 0.",
            border="edge",
        ),
        formula_mistake(
            "offsets counted from 0",
            "Your first weight belongs to the pixel itself. The offsets run from -reach to "
            "+reach: where in the row of weights is offset 0?",
            centred=False,
        ),
        mistake(
            "one row of weights for all frames",
            "move",
            "You use the weights of the first frame for all frames. Each frame has its own: which "
            "axis of `down` must line up with which axis of the video?",
            own=False,
        ),
        formula_mistake(
            "rows and columns added",
            "You add what the rows give and what the columns give. In Eq. 9.8 the weights are "
            "multiplied: apply the second row of weights to the *result* of the first.",
            join="sum",
        ),
        formula_mistake(
            "the two passes multiplied",
            "You move the frame by rows, move it by columns, and multiply the two pictures. The "
            "*weights* are multiplied, the pixel enters once: let the second pass start from the "
            "result of the first.",
            join="passes",
        ),
        formula_mistake(
            "one loop for both sums",
            "You count both offsets with one number, so that only neighbours on a diagonal are "
            "read. Eq. 9.8 has two sums: every row offset meets every column offset.",
            join="diagonal",
        ),
        formula_mistake(
            "down used twice",
            "`across` never enters: the columns get the weights of `down` too.",
            use="down twice",
        ),
        formula_mistake(
            "across used twice",
            "`down` never enters: the rows get the weights of `across` too.",
            use="across twice",
        ),
        formula_mistake(
            "last weight left out",
            "Your loop ends one weight early. From -reach to +reach there are 2 reach + 1 offsets.",
            loop="short",
        ),
        formula_mistake(
            "only the last weight",
            "Each turn of your loop overwrites the one before, so that the last weight alone is "
            "left. The sums of Eq. 9.8 *add* the turns up.",
            loop="overwritten",
        ),
        formula_mistake(
            "cut off at 0 and 1",
            "You clip the moved frame to [0, 1]. Eq. 9.8 is a plain sum; the model paints on top "
            "of it before anything is clipped.",
            clip=True,
        ),
        formula_mistake(
            "only the rows",
            "The weights of `across` do not enter: your frames move up and down only.",
            use="rows",
        ),
        formula_mistake(
            "only the columns",
            "The weights of `down` do not enter: your frames move left and right only. Does the "
            "second pass start from the result of the first?",
            use="columns",
        ),
        formula_mistake(
            "weights divided by their sum",
            "You normalise the weights. Nothing in Eq. 9.8 asks for it: weights with a sum below "
            "1 darken, and the model may want that.",
            total=True,
        ),
        formula_mistake(
            "softmax over the weights",
            "You send the weights through a softmax. This is attention's way; here nothing forces "
            "the weights to be positive or to sum to 1.",
            total="softmax",
        ),
        Misconception(
            "rim lost",
            "Your frames get smaller: a window that must lie inside the frame cannot stand on its "
            "border. Give the frame a rim of zeros first, `reach` pixels on each side.",
            "lesson 09, Eq. 9.8",
            wrong=only_inside,
        ),
    ),
    examples=(
        {
            "video": torch.tensor([0.0, 0.0, 1.0, 1.0, 0.0]).view(1, 1, 1, 5),
            "down": torch.tensor([[0.0, 1.0, 0.0]]),
            "across": torch.tensor([[0.5, 0.5, 0.0]]),
        },
    ),
)
