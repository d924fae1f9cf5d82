"""What several exercises of lesson 04 need."""

from course_utils.checks.exercise import Misconception


def mistake(name, see, says, **switch):
    """A misconception that is a switch of the reference."""
    return Misconception(name, says, f"lesson 04, {see}", switch=switch)
