"""Exercises of lesson 14, "Generate by flow": line, field, Heun, a loss, guidance, a distance.

Level 0 is noise and level 1 the clean clip; the line between them and its velocity are

    x_level = (1 - level) noise + level x,   velocity = x - noise = (x_hat - x_level) / (1 - level)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson14.field import FIELD
from course_utils.exercises.lesson14.frechet import FRECHET
from course_utils.exercises.lesson14.guide import GUIDE
from course_utils.exercises.lesson14.heun import HEUN
from course_utils.exercises.lesson14.line import LINE
from course_utils.exercises.lesson14.repair import REPAIR

EXERCISES = (LINE, FIELD, HEUN, REPAIR, GUIDE, FRECHET)
