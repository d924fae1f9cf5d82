"""Exercises of lesson 11, "Repaint a video in another style": colours, flicker, the condition.

    x_hat_m = G (x_m - mu_x) + mu_r                                                       (Eq. 11.1)
    flicker = sqrt(mean (e_t+1 - e_t)^2),   e = x_hat - x                                 (Eq. 11.3)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson11.condition import CONDITION
from course_utils.exercises.lesson11.histogram import HISTOGRAM
from course_utils.exercises.lesson11.open_question import OPEN
from course_utils.exercises.lesson11.steady import STEADY
from course_utils.exercises.lesson11.transfer import TRANSFER

EXERCISES = (TRANSFER, STEADY, CONDITION, OPEN, HISTOGRAM)
