"""Exercises of lesson 08, "Turn video into tokens and back": Eqs. 8.1, 8.2, 8.4, 8.6 and 8.7.

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson08.bottleneck import BOTTLENECK
from course_utils.exercises.lesson08.embedding import COUNT, MATRIX
from course_utils.exercises.lesson08.mosaic import MOSAIC
from course_utils.exercises.lesson08.tubelets import CUT, JOIN

EXERCISES = (CUT, JOIN, MATRIX, COUNT, MOSAIC, BOTTLENECK)
