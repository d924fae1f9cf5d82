"""Exercise 5.3: where attention becomes the larger half."""

from functools import partial

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise

answer = partial(exercise.answer, "lesson 05, the larger half")


HALF = Exercise(
    "5.3",
    "predict when attention is the larger half",
    24,
    misconceptions=(
        answer(
            1536,
            "tokens in place of frames",
            "1536 is the number of tokens. How many tokens has a frame, and how many frames is "
            "that?",
        ),
        answer(
            16,
            "projections, or half of the network, forgotten",
            "Your number of tokens is 1024. Two slips lead there: the four projections left out, "
            "or one of the two matrices of the network. Which of the terms of Eq. 5.3 has your "
            "sum?",
        ),
        answer(
            22,
            "output projection forgotten",
            "You count three projections. After the heads have looked, one more matrix joins what "
            "they found.",
        ),
        answer(
            25,
            "more than half in place of at least half",
            "At 25 frames attention takes more than half. From which number of frames on does it "
            "take *at least* half?",
        ),
        answer(
            8,
            "network forgotten",
            "You compare attention with its projections alone. The feed-forward network works on "
            "each token as well.",
        ),
        answer(
            48,
            "only one product of attention",
            "You count the scores or the weighted mean, not both. Which term of Eq. 5.3 grows "
            "with n squared?",
        ),
        answer(
            192,
            "tokens along one side of a frame",
            "A frame of 64 x 64 pixels has 8 patches in a row. And how many rows?",
        ),
    ),
    rtol=0.001,
)
