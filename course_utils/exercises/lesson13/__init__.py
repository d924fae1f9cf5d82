"""Exercises of lesson 13, "Write video as discrete tokens": digits, gradients, bits, leaks, masks.

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson13.bits import BITS_PER_FRAME
from course_utils.exercises.lesson13.dead import RESEED
from course_utils.exercises.lesson13.digits import DIGITS
from course_utils.exercises.lesson13.gradients import GRADIENTS
from course_utils.exercises.lesson13.leak import LEAK
from course_utils.exercises.lesson13.unmask import UNMASK

EXERCISES = (DIGITS, GRADIENTS, RESEED, BITS_PER_FRAME, LEAK, UNMASK)
