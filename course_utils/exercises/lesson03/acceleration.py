"""Exercise 3.5: how much of an acceleration one head can see."""

from functools import partial

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise

answer = partial(exercise.answer, "lesson 03, Eq. 3.1b")


ACCELERATION = Exercise(
    "3.5",
    "how much of an acceleration one head must miss",
    1 / 3,
    misconceptions=(
        answer(
            0.5,
            "the answer for the difference of two frames",
            "One half is right for v_t - v_(t-1). Here three frames enter, with the factors 1, -2 "
            "and 1.",
        ),
        answer(
            2 / 3,
            "the share seen in place of the share left, or the wrong sign chosen",
            "If the head looks at the two frames with factor 1, it sees 2 of 6. But W may be "
            "negative: which frame alone carries more?",
        ),
        answer(
            1 / 6,
            "the share that an outer frame shows",
            "Frame t alone shows 1 of 6. Which choice of weights shows most, and how much is then "
            "left?",
        ),
        answer(
            5 / 6,
            "only one of the outer frames",
            "A head that looks at frame t alone sees 1 of 6. Which choice of weights sees most?",
        ),
        answer(
            2.0,
            "not divided by the variance",
            "2 is the variance that is left. The question is for the share: divide by the "
            "variance of the acceleration.",
        ),
        answer(
            4.0,
            "the variance seen in place of the share left",
            "4 is the variance that the middle frame alone explains. The question is for what is "
            "left, as a share of the variance of the acceleration.",
        ),
        answer(
            0.0,
            "all of it seen",
            "That would need a weight that is negative. Which of the factors 1, -2, 1 can one "
            "head carry at once?",
        ),
        answer(
            1.0,
            "nothing seen",
            "Weights in proportion to 1, 1, 1 see nothing. But the head may choose its weights.",
        ),
    ),
    rtol=0.01,
)
