"""Exercises 8.3 and 8.4: a convolution's weights as a matrix, and how many tokens a clip has."""

from functools import partial

from einops import rearrange

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson08.mistakes import mistake

# 8.3 the weights of a convolution as a matrix


def as_matrix(weight, *, inner="t h w C", transposed=False, plain=False):
    if plain:
        return weight.flatten(1).reshape(-1, len(weight))
    matrix = rearrange(weight, f"d C t h w -> ({inner}) d")
    return matrix.mT if transposed else matrix


def draw_weight(d):
    return {"weight": d.normal(*d.distinct(3, low=2, high=6), *d.distinct(2, low=2, high=5))}


MATRIX = Exercise(
    "8.3",
    "a convolution as a matrix",
    as_matrix,
    draw_weight,
    (
        mistake(
            "kernels flattened as they are",
            "break it: carry the weights over without rearranging",
            "Your rows are ordered colour first, as the convolution stores them, but tokens hold "
            "the colour last. Which axis of the weight must move?",
            inner="C t h w",
        ),
        mistake(
            "reshaped into the right shape",
            "break it: carry the weights over without rearranging",
            "The shape is right and the numbers are in the wrong places: reshape does not "
            "transpose. First move axes, then melt them together.",
            plain=True,
        ),
        mistake(
            "matrix lies on its side",
            "Eq. 8.2",
            "In X W_E + b_E each column of W_E is one kernel. You have the kernels in the rows, "
            "as nn.Linear stores them.",
            transposed=True,
        ),
        mistake(
            "columns before rows",
            "Eq. 8.1",
            "Your rows have width before height. In m of Eq. 8.1 the column f stands behind the "
            "row e.",
            inner="t w h C",
        ),
        mistake(
            "colour behind the frames",
            "Eq. 8.1",
            "Your rows are ordered frame, colour, row, column. In m of Eq. 8.1 the colour c "
            "stands last and runs fastest.",
            inner="t C h w",
        ),
    ),
)


# 8.4 predict a token count


answer = partial(exercise.answer, "lesson 08, count the tokens, and what they cost")


COUNT = Exercise(
    "8.4",
    "predict a token count",
    720,
    misconceptions=(
        answer(
            675,
            "parts of patches counted",
            "90 / 16 is 5.625. There are no parts of a patch: after padding, how many rows of "
            "patches are there?",
        ),
        answer(
            600,
            "cropped in place of padded",
            "Five rows of patches hold only 80 of the 90 rows of pixels. Here the video is "
            "padded: round up.",
        ),
        answer(
            1440,
            "frames not shared",
            "You gave each frame its own tokens. Two frames share a tubelet.",
        ),
        answer(
            60,
            "tokens of a single step in time",
            "60 is what two frames have together. How many such steps does the clip have?",
        ),
        answer(
            2160,
            "colours counted",
            "The three colours of a pixel are inside the token. They do not make tokens of their "
            "own.",
        ),
    ),
    rtol=0.0005,
)
