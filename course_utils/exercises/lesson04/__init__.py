"""Exercises of lesson 04, "Add the feed-forward network, the residual and the norm".

    FFN(x) = max(0, x W_1 + b_1) W_2 + b_2                                  (Eq. 4.1)
    LN(x) = scale * (x - mean(x)) / sqrt(var(x) + eps) + shift              (Eq. 4.3)
    pre-norm residual: x + S(LN(x))                                         (Eq. 4.4)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson04.backward import BACKWARD
from course_utils.exercises.lesson04.block import REPAIR
from course_utils.exercises.lesson04.feed_forward import FEED_FORWARD
from course_utils.exercises.lesson04.norm import LAYER_NORM
from course_utils.exercises.lesson04.spread import PREDICT
from course_utils.exercises.lesson04.tone_curve import TONE_CURVE

EXERCISES = (FEED_FORWARD, LAYER_NORM, REPAIR, PREDICT, BACKWARD, TONE_CURVE)
