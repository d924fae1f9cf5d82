"""Exercises of lesson 01, "See why recurrence gives up".

z_t = tanh(W_x x_t + W_z z_{t-1} + b)                        (Eq. 1.1)
g_{k-1} = W_z^T ((1 - z_k^2) g_k)                            (Eq. 1.2, one step backward)
z_t = g_keep z_{t-1} + (1 - g_keep) z_new                    (Eq. 1.4)
"""

from course_utils.exercises.lesson01.backward import PREDICT, THROUGH_TIME
from course_utils.exercises.lesson01.network import RNN
from course_utils.exercises.lesson01.repair import REPAIR
from course_utils.exercises.lesson01.rollout import ROLLOUT

EXERCISES = (RNN, THROUGH_TIME, PREDICT, REPAIR, ROLLOUT)
