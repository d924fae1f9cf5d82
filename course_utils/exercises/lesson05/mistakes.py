"""What several exercises of lesson 05 need."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 05")
