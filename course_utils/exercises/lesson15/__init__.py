"""Exercises of lesson 15, "One model, four tasks": levels, a pyramid, a loss, a cache, an edit.

Each frame t has its own level l_t: 0 is noise, 1 the clean frame. A task is which frames are noise.

    x_level = (1 - l_t) noise_t + l_t x_t,   velocity_t = (x_hat_t - x_level_t) / (1 - l_t)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson15.edit import EDIT
from course_utils.exercises.lesson15.leak import LEAK
from course_utils.exercises.lesson15.levels import LEVELS
from course_utils.exercises.lesson15.loss import LOSS
from course_utils.exercises.lesson15.pyramid import PYRAMID
from course_utils.exercises.lesson15.window import WINDOW

EXERCISES = (LEVELS, PYRAMID, LOSS, LEAK, WINDOW, EDIT)
