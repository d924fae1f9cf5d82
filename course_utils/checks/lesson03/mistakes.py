"""Mistakes that several exercises of lesson 03 know."""

from course_utils.checks.exercise import Misconception


def mistake(name, see, says, **switch):
    """A misconception that is a switch of the reference."""
    return Misconception(name, says, f"lesson 03, {see}", switch=switch)


PAIRS = mistake("first half paired with second half", "Eq. 3.4",
    "You turn x_i together with x_(i + d/2). Some published code does; Eq. 3.4 pairs neighbours, x_2i and "
    "x_(2i+1), and weights of one kind do not fit the other.",
    pairs="halves",
)
