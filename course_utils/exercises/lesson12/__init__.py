"""Exercises of lesson 12, "Make a video from a sentence": ids, attention to words, judging, doubt.

    ids = [0, ..., 0, number of each word]: padded in front, unlike Eq. 12.1
    a_ij = exists_j exp(q_i k_j / sqrt(d_k)) / sum_l exists_l exp(...)               (Eq. 12.2)
    share_j = sum_{i on the object} a_ij / sum_i a_ij                             (Eq. 12.7)
    doubt = mean over the clips of (x - mean of its group)^2                              (Eq. 12.8)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson12.ask import ASK
from course_utils.exercises.lesson12.confusion import CONFUSION
from course_utils.exercises.lesson12.doubt import DOUBT
from course_utils.exercises.lesson12.encode import ENCODE
from course_utils.exercises.lesson12.lift import LIFT
from course_utils.exercises.lesson12.meanings import MEANINGS

EXERCISES = (ENCODE, LIFT, ASK, MEANINGS, CONFUSION, DOUBT)
