"""How exercises of lesson 08 declare a mistake."""

from course_utils.checks.exercise import Misconception


def mistake(name, see, says, **switch):
    """A misconception that is a switch of the reference."""
    return Misconception(name, says, f"lesson 08, {see}", switch=switch)
