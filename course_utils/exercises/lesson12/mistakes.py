"""How the exercises of lesson 12 declare a mistake."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 12")
