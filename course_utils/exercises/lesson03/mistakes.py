"""Mistakes that several exercises of lesson 03 know."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 03")


PAIRS = mistake(
    "first half paired with second half",
    "Eq. 3.4",
    "You turn x_i together with x_(i + d/2). Some published code does; Eq. 3.4 pairs neighbours, "
    "x_2i and x_(2i+1), and weights of one kind do not fit the other.",
    pairs="halves",
)

SCALED_TWICE = mistake(
    "scaled twice, or without the root",
    "Eq. 3.1",
    "Your weights are too even: the scores are divided by d_k. `attention` divides by its root "
    "already; does something else divide too, or is the root missing?",
    scale="twice",
)
