"""How the misconceptions of lesson 01 are written down, and the headings they point at."""

from course_utils.checks.exercise import Misconception

STATE = "a state that is carried along"
FELT = "what the loss still feels of an old frame"
GATE = "a gate that keeps"
NEXT = "the next frame"


def mistake(name, see, says, **switch):
    """A misconception that is a switch of the reference."""
    return Misconception(name, says, f"lesson 01, {see}", switch=switch)


def answer(value, name, says):
    """A misconception that is a wrong number."""
    return Misconception(name, says, "lesson 01, vanishing and exploding", wrong=value)
