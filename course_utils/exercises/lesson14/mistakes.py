"""How the exercises of lesson 14 declare a mistake, and where the lesson explains it."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 14")

ON_LINE = "Eq. 14.1"
ON_FIELD = "Eq. 14.1b"
ON_CLEAN = "Eq. 14.1a"
ON_LOSS = "Eq. 14.2"
ON_STEPS = "Eq. 14.3"
ON_GUIDANCE = "Eq. 14.4"
ON_DISTANCE = "Eq. 14.5"
