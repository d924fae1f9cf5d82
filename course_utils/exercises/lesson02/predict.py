"""Exercise 2.5: predict the divisor of the scores."""

import math
from functools import partial

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise

answer = partial(exercise.answer, "lesson 02, the scale")


PREDICT = Exercise(
    "2.5",
    "predict the right divisor",
    24.0,
    misconceptions=(
        answer(
            8.0,
            "spread of the query forgotten",
            "8 is right when both sides have standard deviation 1.",
        ),
        answer(
            576.0,
            "variance in place of standard deviation",
            "576 is the variance of the scores. Dividing by c divides the variance by c squared.",
        ),
        answer(
            192.0,
            "d_k in place of its root",
            "64 independent terms: their variances add up, their standard deviations do not.",
        ),
        answer(
            64.0,
            "d_k alone",
            "64 is how many terms there are. What is the variance of one term, and of their sum?",
        ),
        answer(
            72.0,
            "variance of the query in place of its standard deviation",
            "A variance and a standard deviation are multiplied here. Stay with variances until "
            "the last step.",
        ),
        answer(
            math.sqrt(192),
            "standard deviation in place of the variance",
            "You took 3 for the variance of one term; it is 3 squared times 1.",
        ),
        answer(
            11.0,
            "standard deviations added",
            "3 and 8 are both there, but they are added. One term has the variance 9: what is the "
            "variance of the sum of 64 of them?",
        ),
    ),
    rtol=0.005,
)
