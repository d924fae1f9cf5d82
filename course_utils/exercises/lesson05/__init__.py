"""Exercises of lesson 05, "Stack an encoder".

parameters of a layer: 4 (d^2 + d) + 2 d d_ff + d_ff + d + 4 d            (Eq. 5.2)
operations of a layer: 8 n d^2 + 4 n d d_ff + 4 n^2 d                     (Eq. 5.3)
rollout: M_L ... M_1,  M_l = (mean over heads of A_l + I) / 2             (Abnar and Zuidema, 2020)
mean and spread over seeds                                                (Eq. 5.6)
"""

from course_utils.exercises.lesson05.flow import COMPARE, ROLLOUT
from course_utils.exercises.lesson05.half import HALF
from course_utils.exercises.lesson05.operations import FLOPS
from course_utils.exercises.lesson05.parameters import PARAMETERS
from course_utils.exercises.lesson05.stack import REPAIR

EXERCISES = (PARAMETERS, FLOPS, HALF, REPAIR, ROLLOUT, COMPARE)
