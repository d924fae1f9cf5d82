"""How the misconceptions of lesson 01 are written down, and the headings they point at."""

from functools import partial

from course_utils.checks import exercise

STATE = "a state that is carried along"
FELT = "what the loss still feels of an old frame"
GATE = "a gate that keeps"
NEXT = "the next frame"


mistake = partial(exercise.mistake, "lesson 01")


answer = partial(exercise.answer, "lesson 01, vanishing and exploding")
