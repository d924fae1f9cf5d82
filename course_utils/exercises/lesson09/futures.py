"""Exercise 9.3: the best single answer to several possible futures, under two losses."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson09.futures_formula import best_answers, draw_futures
from course_utils.exercises.lesson09.mistakes import mistake

TWO = "break it: two futures"


FUTURES = Exercise(
    "9.3",
    "the best answer to several futures",
    best_answers,
    draw_futures,
    (
        mistake(
            "probabilities left out of the mean",
            TWO,
            "Your answer to the squared error counts every future the same. With two equally "
            "likely futures that is right; here some are more probable than others.",
            mean="plain",
        ),
        mistake(
            "sum of the futures",
            TWO,
            "Your first answer adds the futures up, so that it is brighter than any of them. What "
            "must the weights of a mean sum to?",
            mean="sum",
        ),
        mistake(
            "divided by the number of futures once more",
            TWO,
            "Your first answer is too dark: you take `mean` over futures that are weighted "
            "already. Weights that sum to 1 want a sum.",
            mean="twice",
        ),
        mistake(
            "likeliest future for the squared error",
            TWO,
            "You bet on one future. In the lesson a bet had twice the expected squared error of "
            "another answer: set the derivative of sum_k p_k (a - x_k)^2 to 0.",
            mean="likeliest",
        ),
        mistake(
            "median without the probabilities",
            TWO,
            "You sort the values and take the middle one, as if all futures were equally likely. "
            "Half of what must lie on each side: half of the futures, or half of the probability?",
            middle="plain",
        ),
        mistake(
            "quantile without the probabilities",
            TWO,
            "`quantile` knows no probabilities, and between two values it makes up a third. The "
            "answer is one of the values: the first at which the added probabilities reach one "
            "half.",
            middle="quantile",
        ),
        mistake(
            "middle one of the sorted values",
            TWO,
            "You take the value with the middle number. Half of what must lie on each side: half "
            "of the futures, or half of the probability?",
            middle="upper",
        ),
        mistake(
            "probabilities sorted by themselves",
            TWO,
            "You sort the probabilities by their own size. Each must stay with its value: index "
            "them with the order that `sort` of the values returns.",
            middle="sorted apart",
        ),
        mistake(
            "picked from the futures as given",
            TWO,
            "You find the right place in the *sorted* values and then pick from the futures in "
            "the order in which they came. Pick from the sorted ones.",
            middle="given order",
        ),
        mistake(
            "value nearest to one half",
            TWO,
            "You take the value whose added probability is nearest to one half. On the way up, "
            "that may be one too early: which is the first that *reaches* it?",
            middle="nearest",
        ),
        mistake(
            "first value beyond one half",
            TWO,
            "Where the added probabilities meet one half exactly, you take the next value: you "
            "ask for *more* than one half, or you add up from the largest value down. Both values "
            "cost the same, and the text fixes which: from the smallest on, the first at which one "
            "half is *reached*.",
            middle="beyond",
        ),
        mistake(
            "largest value",
            TWO,
            "You return the largest value of each pixel. `argmax` of the sums finds where they "
            "are largest, at the end; compare them with one half first.",
            middle="largest",
        ),
        mistake(
            "mean of the two values around the half",
            TWO,
            "You average the two values on either side of one half. As soon as the one side "
            "weighs more, every step towards it pays: the answer is one of the values.",
            middle="between",
        ),
        mistake(
            "one whole future for the absolute error",
            TWO,
            "You return the one future that is best as a whole. Each pixel may choose for itself: "
            "the best answer is put together pixel by pixel.",
            middle="whole",
        ),
        mistake(
            "probabilities not sorted along",
            TWO,
            "You sorted the values but left the probabilities in their old order, so that each "
            "value carries the weight of another. `sort` also returns where each value came from.",
            middle="not sorted along",
        ),
        mistake(
            "values not sorted",
            TWO,
            "You add up the probabilities in the order in which the futures were given. The "
            "argument about the two sides needs the values of a pixel in rising order.",
            middle="not sorted",
        ),
        mistake(
            "value before the half",
            TWO,
            "You stop one value too early, at the last one *below* one half of the probability. "
            "Wanted is the first at which one half is reached.",
            middle="one before",
        ),
        mistake(
            "mean for the absolute error too",
            TWO,
            "Your second answer is the mean. Take the values 0, 0 and 1: what does an answer "
            "between 0 and 1 cost in absolute errors, and what does 0 cost?",
            middle="mean",
        ),
        mistake(
            "likeliest future for the absolute error",
            TWO,
            "You take the likeliest future. When it has less than half of the probability, the "
            "others together pull harder: move your answer a little and count who gains and who "
            "loses.",
            middle="likeliest",
        ),
        mistake(
            "median of values times probabilities",
            TWO,
            "You multiply each value by its probability and take the middle of the products. That "
            "changes the values: the answer must be one of them. A probability says how much a "
            "value *counts*.",
            middle="of weighted values",
        ),
        mistake(
            "middle between the extremes",
            TWO,
            "You take the middle between the smallest and the largest value. That is best for the "
            "largest error, not for the expected one.",
            middle="mean of extremes",
        ),
        Misconception(
            "median for the squared error too",
            "Your first answer is the median as well. Set the derivative of sum_k p_k (a - x_k)^2 "
            "to 0: which mean solves it?",
            f"lesson 09, {TWO}",
            wrong=lambda futures, probability: best_answers(futures, probability)[1:] * 2,
        ),
        Misconception(
            "the two answers exchanged",
            "Both answers are right, but they come in the wrong order: first that of the squared "
            "error, then that of the absolute error.",
            f"lesson 09, {TWO}",
            wrong=lambda futures, probability: best_answers(futures, probability)[::-1],
        ),
    ),
    examples=(
        {
            "futures": torch.tensor([[[0.0]], [[1.0]], [[0.5]]]),
            "probability": torch.tensor([0.4, 0.35, 0.25]),
        },
    ),
    returns=("best under the squared error", "best under the absolute error"),
)
