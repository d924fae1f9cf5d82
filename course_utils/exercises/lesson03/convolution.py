"""Exercise 3.6: nine heads that look to fixed places make a convolution."""

import torch
import torch.nn.functional as F

from course_utils.attention import attention
from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson03.mistakes import mistake


def convolve(
    tokens,
    height,
    width,
    kernel,
    *,
    flip=False,
    swap=False,
    border="zeros",
    mean=False,
    turn=False,
    by=0,
    only=False,
):
    if border == "next row":
        return run_on(tokens, width, kernel)
    frame = tokens.mT.unflatten(-1, (height, width))
    if flip:
        kernel = kernel.flip((-1, -2))
    if swap:
        kernel = kernel.mT
    lead = frame.shape[:-3]
    frame = frame.reshape(-1, *frame.shape[-3:])
    if border == "zeros":
        frame = F.pad(frame, (1, 1, 1, 1))
    else:
        frame = F.pad(frame, (1, 1, 1, 1), mode={"wrap": "circular", "edge": "replicate"}[border])
    if only:
        kernel = F.pad(kernel[..., 2:, 2:], (2, 0, 2, 0))
    if by:  # the same windows, taken one row and one column later
        frame = F.pad(frame, (by, -by, by, -by))
    out = F.conv2d(frame, kernel)
    out = out / 9 if mean else out
    out = out.mT if turn else out
    return out.flatten(-2).mT.reshape(*lead, height * width, -1)


def run_on(tokens, width, kernel):
    """What finds neighbours by adding to the number of the token, across the ends of rows."""
    n, out = tokens.shape[-2], 0
    for a in range(3):
        for b in range(3):
            key = torch.arange(n) + (a - 1) * width + b - 1
            inside = ((key >= 0) & (key < n))[:, None]
            out = out + (tokens[..., key.clamp(0, n - 1), :] * inside) @ kernel[:, :, a, b].T
    return out


def by_masks(tokens, width, kernel, both=True, invert=False):
    """The heads as the exercise builds them, for mistakes in their masks."""
    index, out = torch.arange(tokens.shape[-2]), 0
    row, column = index // width, index % width
    for a in range(3):
        for b in range(3):
            rows, columns = row == row[:, None] + a - 1, column == column[:, None] + b - 1
            mask = rows & columns if both else rows | columns
            found = attention(tokens, tokens, tokens, ~mask if invert else mask)
            out = out + found @ kernel[:, :, a, b].T
    return out


def all_around(tokens, height, width, kernel):
    """Nine heads that share one mask, of the whole window."""
    index = torch.arange(height * width)
    row, column = index // width, index % width
    mask = ((row - row[:, None]).abs() <= 1) & ((column - column[:, None]).abs() <= 1)
    return attention(tokens, tokens, tokens, mask) @ kernel.sum((-1, -2)).T


def draw_frame(d):
    height, width = d.distinct(2, low=3, high=6)
    channels, out = d.distinct(2, low=1, high=4)
    tokens = d.normal(*d.leading(), height * width, channels)
    return {
        "tokens": tokens,
        "height": height,
        "width": width,
        "kernel": d.normal(out, channels, 3, 3),
    }


CONVOLUTION = Exercise(
    "3.6",
    "nine heads make a convolution",
    convolve,
    draw_frame,
    (
        mistake(
            "kernel turned by half a turn",
            "over time, height and width",
            "Your heads look to the opposite side: the head of kernel[..., 0, 0] must look up and "
            "left, to row r - 1 and column s - 1.",
            flip=True,
        ),
        mistake(
            "rows and columns of the kernel exchanged",
            "over time, height and width",
            "kernel[..., a, b] belongs to the place a - 1 rows down and b - 1 columns to the "
            "right. Yours goes the other way round.",
            swap=True,
        ),
        mistake(
            "frame wraps around at its border",
            "over time, height and width",
            "At the right border your heads look at the left one: a patch at the end of a row and "
            "the next in the list are no neighbours. What does a head bring home that may attend "
            "nowhere?",
            border="wrap",
        ),
        mistake(
            "rows run on into the next",
            "over time, height and width",
            "The token after the last of a row is the first of the next row: no neighbour. "
            "Compare rows and columns, each by itself, and not the numbers of the tokens.",
            border="next row",
        ),
        mistake(
            "border repeated",
            "over time, height and width",
            "Beyond the border your heads find the last patch again. In this course a query that "
            "may attend nowhere gets zeros.",
            border="edge",
        ),
        mistake(
            "mean over the heads in place of their sum",
            "Eq. 3.1",
            "Your numbers are nine times too small. W_O multiplies the heads side by side, and a "
            "matrix product sums.",
            mean=True,
        ),
        mistake(
            "tokens counted column by column",
            "over time, height and width",
            "Your output counts the places down each column. Tokens are numbered row by row: "
            "token n stands at row n // width.",
            turn=True,
        ),
        mistake(
            "places counted from the corner of the window",
            "over time, height and width",
            "Your head (0, 0) looks at the token itself. The window is centred: it begins one row "
            "up and one column to the left.",
            by=-1,
        ),
        mistake(
            "only the last head kept",
            "Eq. 3.1",
            "Your answer is that of the head (2, 2) alone. The heads are *summed*: does each turn "
            "of your loop add to the result, or replace it?",
            only=True,
        ),
        Misconception(
            "tokens cut into rows of the wrong length",
            "Your rows have `height` tokens. How many tokens has one row of a frame?",
            "lesson 03, over time, height and width",
            wrong=lambda tokens, height, width, kernel: by_masks(tokens, height, kernel),
        ),
        Misconception(
            "row or column, in place of both",
            "Each of your heads may attend to a whole row and a whole column. The key has to be "
            "in the right row *and* in the right column.",
            "lesson 03, over time, height and width",
            wrong=lambda tokens, height, width, kernel: by_masks(tokens, width, kernel, both=False),
        ),
        Misconception(
            "mask inverted",
            "Each of your heads sees every token but the one that it should see. True means *may "
            "attend*.",
            "lesson 03, over time, height and width",
            wrong=lambda tokens, height, width, kernel: by_masks(
                tokens, width, kernel, invert=True
            ),
        ),
        Misconception(
            "one mask for all nine heads",
            "Each of your heads takes the mean of all the places around the token. Head (a, b) "
            "has a mask of its own and sees one token alone.",
            "lesson 03, over time, height and width",
            wrong=all_around,
        ),
        Misconception(
            "kernel of one channel only",
            "Your numbers are right for one channel in and out. W_O sums over all the channels of "
            "each head: which axes of the kernel are `out` and `channels`?",
            "lesson 03, Eq. 3.1",
            wrong=lambda tokens, height, width, kernel: convolve(
                tokens.mean(-1, keepdim=True), height, width, kernel.sum(1, keepdim=True)
            ),
        ),
    ),
)
