"""Exercise 4.4: what the residuals of 24 blocks add up to."""

from functools import partial

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise

answer = partial(exercise.answer, "lesson 04, before or after")


PREDICT = Exercise(
    "4.4",
    "predict the spread after 48 sublayers",
    7.0,
    misconceptions=(
        answer(
            49.0,
            "variance in place of standard deviation",
            "49 is the variance: 1 at the start and 1 from each of 48 sublayers. What is asked is "
            "its root.",
        ),
        answer(
            48.0,
            "variance, and the start forgotten",
            "48 is what the sublayers add to the variance. The input counts as well, and a "
            "standard deviation is a root.",
        ),
        answer(
            48**0.5,
            "start forgotten",
            "The sublayers alone give the root of 48. What variance did x have before the first "
            "of them?",
        ),
        answer(
            1 + 48**0.5,
            "deviations added",
            "You add the deviation of the start to that of the sublayers. Which of variance and "
            "deviation adds up?",
        ),
        answer(
            24**0.5,
            "a block counted as one sublayer, and the start forgotten",
            "The root is right. How many sublayers do 24 blocks have, and what variance did x "
            "have before them?",
        ),
        answer(
            1.0,
            "taken for post-norm",
            "1 is what post-norm leaves: it normalises every sum. Here LN only stands before each "
            "sublayer; who normalises the sum?",
        ),
        answer(
            2.0**24,
            "taken for a residual without norm",
            "You double the variance in each sublayer, which is right if its output is as large "
            "as its input. Here the input is normalised first: how large is the output?",
        ),
        answer(
            2.0**48,
            "variance of a residual without norm",
            "You double the variance in each sublayer, as if its output were as large as its "
            "input; and what is asked is the root. Here the input is normalised first: how large "
            "is the output?",
        ),
        answer(
            25.0,
            "a block counted as one sublayer",
            "24 blocks have 48 sublayers, and what they add is a variance, not a standard "
            "deviation.",
        ),
        answer(
            5.0,
            "a block counted as one sublayer, with the root",
            "The root is right. How many sublayers do 24 blocks have?",
        ),
    ),
    rtol=0.002,
)
