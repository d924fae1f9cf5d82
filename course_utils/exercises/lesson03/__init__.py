"""Exercises of lesson 03, "Give attention heads and a sense of place": Eq. 3.1, 3.2 and 3.4.

    multihead(Q, K, V) = [head_0 ... head_(H-1)] W_O                     (Eq. 3.1)
    P[p, 2i] = sin(p w_i),  P[p, 2i+1] = cos(p w_i)                      (Eq. 3.2)
    (x_2i, x_2i+1) is turned by the angle p w_i                          (Eq. 3.4)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson03.acceleration import ACCELERATION
from course_utils.exercises.lesson03.convolution import CONVOLUTION
from course_utils.exercises.lesson03.heads import MULTIHEAD
from course_utils.exercises.lesson03.repair import REPAIR
from course_utils.exercises.lesson03.rotary import ROTARY
from course_utils.exercises.lesson03.waves import WAVES

EXERCISES = (MULTIHEAD, WAVES, ROTARY, REPAIR, ACCELERATION, CONVOLUTION)
