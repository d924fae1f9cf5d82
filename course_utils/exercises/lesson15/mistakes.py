"""How the exercises of lesson 15 declare a mistake, and where the lesson explains it."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 15")

ON_LEVELS = "Eq. 15.1"
ON_TASKS = "Eq. 15.1"
ON_LOSS = "Eq. 15.1"
ON_CACHE = "Eq. 15.1"
ON_LENGTH = "Eq. 15.1"
ON_EDIT = "Eq. 15.1"
