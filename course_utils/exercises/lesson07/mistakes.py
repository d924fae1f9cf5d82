"""What the exercises of lesson 07 share: the places they point at, and mistakes as switches."""

from functools import partial

from course_utils.checks import exercise

JOIN = "two halves, one function"
AXES = "experiment 1: the axis of time"
MASK = "experiment 4: the masks, and what True means"
SLOT = "experiment 5: the memory-mask slot"


mistake = partial(exercise.mistake, "lesson 07")
