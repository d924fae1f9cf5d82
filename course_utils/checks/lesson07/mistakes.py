"""What the exercises of lesson 07 share: the places they point at, and mistakes as switches."""

from course_utils.checks.exercise import Misconception

JOIN = "two halves, one function"
AXES = "experiment 1: the axis of time"
MASK = "experiment 4: the masks, and what True means"
SLOT = "experiment 5: the memory-mask slot"


def mistake(name, see, says, stops=False, **switch):
    """A misconception that is a switch of the reference; `stops` if it ends in an error."""
    return Misconception(name, says, f"lesson 07, {see}", switch=switch, stops=stops)
