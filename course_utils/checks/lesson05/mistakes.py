"""What several exercises of lesson 05 need."""

from course_utils.checks.exercise import Misconception


def mistake(name, see, says, **switch):
    """A misconception that is a switch of the reference."""
    return Misconception(name, says, f"lesson 05, {see}", switch=switch)
