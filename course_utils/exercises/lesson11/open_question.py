"""Exercise 11.4: how well can anyone answer where the board's place is left open? Two numbers."""

from functools import partial

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise

answer = partial(exercise.answer, "lesson 11, what the question leaves open")

OPEN = Exercise(
    "11.4",
    "a board that may have slipped",
    (0.4, 15.23),
    None,
    (
        answer(
            (0.3, 13.98),
            "both places counted alike",
            "Your answer is the middle between the two greys. One place is three times as likely "
            "as the other: the mean leans towards it.",
        ),
        answer(
            (0.2, 15.23),
            "value of the other pixels",
            "The PSNR is right, and the value is that of a pixel that is 0.1 in the likely place. "
            "The question is about one that is 0.5 there.",
        ),
        answer(
            (0.5, 13.98),
            "bet on the likely place",
            "You answer with the likely grey. It is right in three of four cases and off by 0.4 "
            "in the fourth, and squares make that dear. What is the mean?",
        ),
        answer(
            (0.4, 13.98),
            "error of a fair coin",
            "The value is right. Weigh both squared errors with the probabilities 3/4 and 1/4, "
            "not with one half each.",
        ),
        answer(
            (0.4, 7.96),
            "PSNR of one place against the other",
            "The value is right. Your error is that between the two places, 0.4. How far is your "
            "answer from each of them, and how likely is each?",
        ),
        answer(
            (0.4, 7.61),
            "half of the decibels",
            "The value is right. Take ten times the logarithm of 1 over the mean *squared* error, "
            "without a root.",
        ),
    ),
    atol=0.006,
    rtol=1e-4,
)
