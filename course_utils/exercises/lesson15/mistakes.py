"""How the exercises of lesson 15 declare a mistake, and where the lesson explains it."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 15")

ON_LEVELS = "Eq. 15.1"
ON_TASKS = "a task is a row of levels"
ON_LOSS = "Eq. 15.6"
ON_CACHE = "go on without end"
ON_LENGTH = "go on without end"
ON_EDIT = "edit"
