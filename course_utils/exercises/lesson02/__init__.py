"""Exercises of lesson 02, "Build attention from one dot product": Eq. 2.1 and its parts.

    softmax(s)_j = exp(s_j / tau) / sum_k exp(s_k / tau)         tau: the temperature
    attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V            (Eq. 2.1)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson02.attention import ATTENTION
from course_utils.exercises.lesson02.backward import BACKWARD
from course_utils.exercises.lesson02.follow import FOLLOW
from course_utils.exercises.lesson02.predict import PREDICT
from course_utils.exercises.lesson02.repair import REPAIR
from course_utils.exercises.lesson02.softmax import SOFTMAX
from course_utils.exercises.lesson02.weights import WEIGHTS

EXERCISES = (SOFTMAX, WEIGHTS, ATTENTION, REPAIR, PREDICT, BACKWARD, FOLLOW)
