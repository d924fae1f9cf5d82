"""Exercise 12.3: attention to the words of sentences of unequal length, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson12.mistakes import mistake

ASKS, BREAK = "Eq. 12.2", "break it: padding that answers"


def ask(
    query,
    key,
    value,
    exists,
    *,
    axis=-1,
    mask="before",
    empty="zeros",
    scale="root",
    batch="each",
):
    d = key.shape[-1]
    scores = query @ key.mT / {"root": d**0.5, "none": 1.0, "whole": d}[scale]
    seen = exists[:, None]
    if batch == "shortest":  # words that exist in every sentence of the batch
        seen = seen & exists.all(0)
    low = {"before": -torch.inf, "zero": 0.0, "inverted": -torch.inf}.get(mask)
    if low is not None:
        scores = scores.masked_fill(seen if mask == "inverted" else ~seen, low)
    weights = torch.softmax(scores, axis)
    if axis == -1 and empty == "mean":
        weights = weights.nan_to_num(1 / key.shape[1])
    if empty != "nan":
        weights = weights.nan_to_num(0.0)
    if mask == "after":
        weights = weights * seen
    return weights @ value


def draw_words(d):
    B, Q, L, dim, dv = d.distinct(5, low=2, high=9)
    L = L + 1
    lengths = [d.integer(1, L) for _ in range(B)]
    lengths[0], lengths[-1] = L, 1
    if d.every(3, start=2):
        lengths[-1] = 0  # a sentence without a word
    return {
        "query": d.normal(B, Q, dim),
        "key": d.normal(B, L, dim),
        "value": d.normal(B, L, dv) + 1,
        "exists": torch.arange(L) < torch.tensor(lengths)[:, None],
    }


ASK = Exercise(
    "12.3",
    "repair the attention to words",
    ask,
    draw_words,
    (
        mistake(
            "softmax over the pixels",
            ASKS,
            "Your weights sum to 1 over the pixels, as in the function that was given: each word "
            "chooses pixels. Each *pixel* shares its attention out among the words.",
            axis=-2,
        ),
        mistake(
            "mask after the softmax",
            BREAK,
            "You set weights of padding to zero after the softmax, and what is left no longer sums "
            "to 1: the shorter the sentence, the paler its answer.",
            mask="after",
        ),
        mistake(
            "score of padding set to zero",
            BREAK,
            "You set the *score* of padding to 0. exp(0) is 1: padding still gets its part. Which "
            "score has the weight 0?",
            mask="zero",
        ),
        mistake(
            "no mask",
            BREAK,
            "Padding takes part in your softmax. A sentence then means something else beside a "
            "longer one.",
            mask="none",
        ),
        mistake(
            "mask inverted",
            BREAK,
            "Your pixels attend to the padding alone. In this course True means may attend.",
            mask="inverted",
        ),
        mistake(
            "NaN for a sentence without a word",
            BREAK,
            "A sentence of padding alone gives NaN: all its scores are minus infinity, and the "
            "softmax divides 0 by 0. Whoever may attend nowhere gets zeros.",
            empty="nan",
        ),
        mistake(
            "mean of the padding for a sentence without a word",
            BREAK,
            "Where no word exists your answer is the mean of the padding: a very low score is no "
            "help when all are equally low. Whoever may attend nowhere gets zeros.",
            empty="mean",
        ),
        mistake(
            "scale forgotten",
            ASKS,
            "The root of d_k is missing in your scores: the softmax becomes too sharp.",
            scale="none",
        ),
        mistake(
            "divided by d_k",
            ASKS,
            "You divide by d_k and not by its root.",
            scale="whole",
        ),
        mistake(
            "only the words that all sentences have",
            BREAK,
            "A place counts for you only where every sentence of the batch has a word. Each "
            "sentence has a row of its own in `exists`.",
            batch="shortest",
        ),
    ),
)
