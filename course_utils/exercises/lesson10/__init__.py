"""Exercises of lesson 10, "Fill in the missing frames": blend, condition, mask, hands, a rival.

    x_hat_t = share_- x_t- + share_+ x_t+,   share_+ = (t - t_-) / (t_+ - t_-)            (Eq. 10.1)
    M_ij = token j exists, under a causal mask also: its time is not later                (Eq. 10.2)
    share_k = softmax_k( u_k - log |t_k - t| )                                            (Eq. 10.4)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson10.blend import BLEND, PREDICT
from course_utils.exercises.lesson10.fade import FADE
from course_utils.exercises.lesson10.masks import MASK
from course_utils.exercises.lesson10.repair import REPAIR
from course_utils.exercises.lesson10.slide import SLIDE

EXERCISES = (PREDICT, BLEND, MASK, REPAIR, FADE, SLIDE)
