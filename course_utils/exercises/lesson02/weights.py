"""Exercise 2.2: the weights of attention."""

import math

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson02.mistakes import (
    BLOCKED,
    INVERTED,
    MASK_AFTER,
    OVER_QUERIES,
    SCALE,
    mistake,
)

INF = float("inf")


def attention_weights(
    query, key, mask, *, scale="root", axis=-1, masked="before", blocked="zeros", inverted=False
):
    d_k, keys = query.shape[-1], key.shape[-2]
    root = math.sqrt(d_k)
    divisor = {
        "root": root,
        "none": 1.0,
        "late": 1.0,
        "d_k": d_k,
        "inverse": 1 / root,
        "keys": math.sqrt(keys),
    }[scale]
    scores = query @ key.mT / divisor
    if scale == "late":
        return attention_weights(query, key, mask, scale="none") / root
    if mask is None or masked == "never":
        return scores.softmax(axis)
    if masked == "added":
        return (scores + mask.float()).softmax(axis)
    right, mask = mask, ~mask if inverted else mask
    if masked == "after":
        return scores.softmax(axis) * mask
    if masked == "low":
        return scores.masked_fill(~mask, -15.0).softmax(axis).masked_fill(~mask, 0.0)
    if masked.startswith("as zero"):
        weights = (scores * mask).softmax(axis)
        return weights * mask if masked == "as zero, removed later" else weights
    if inverted == "once":
        return scores.masked_fill(right, -1e9).softmax(axis) * right
    weights = scores.masked_fill(~mask, -INF if blocked == "nan" else -1e9).softmax(axis)
    return weights.masked_fill(~mask, 0.0) if blocked == "zeros" else weights


def draw_mask(d, *shape):
    """A mask: none in each fourth case, else random; in each third one query may attend nowhere."""
    mask = d.mask(*shape)
    mask[..., 0] = True
    if d.every(3, start=2):
        mask[..., -1, :] = False
    return None if d.every(4, start=3) else mask


def draw_query_and_key(d):
    queries, keys, d_k = d.distinct(3, low=2, high=9)
    lead = d.leading()
    query, key = d.normal(*lead, queries, d_k, scale=1.5), d.normal(*lead, keys, d_k, scale=1.5)
    if d.every(4, start=1):  # all scores far below zero: what fills the blocked is lower still
        query, key = 6 * query.abs() + 3, -6 * key.abs() - 3
    return {"query": query, "key": key, "mask": draw_mask(d, queries, keys)}


WEIGHTS = Exercise(
    "2.2",
    "attention weights with scale and mask",
    attention_weights,
    draw_query_and_key,
    (
        *SCALE.values(),
        mistake(
            "scaled by the number of keys",
            "the scale",
            "You divide by the root of how many keys there are. Each score is a sum over "
            "something else: over what?",
            scale="keys",
        ),
        mistake(
            "scaled after the softmax",
            "the scale",
            "Your rows sum to 1 / root of d_k. The *scores* are divided, before the softmax sees "
            "them.",
            scale="late",
        ),
        OVER_QUERIES,
        INVERTED,
        mistake(
            "mask added to the scores",
            "the mask",
            "Your blocked keys lose 1 against the others and still take part. A score that is "
            "added has to push them to exp(score) = 0; or write over theirs.",
            masked="added",
        ),
        mistake(
            "mask inverted before the softmax",
            "the mask",
            "You block exactly the keys that the query may see, and then remove the others: "
            "almost nothing is left. In this course True means *may attend*; masked_fill fills "
            "where its argument is True.",
            inverted="once",
        ),
        MASK_AFTER,
        mistake(
            "blocked scores set to zero",
            "the mask",
            "A score of 0 is not the lowest score: exp(0) = 1, so that blocked keys still take "
            "part. Which score gives exp(score) = 0?",
            masked="as zero",
        ),
        mistake(
            "blocked scores too high",
            "the mask",
            "You remove blocked keys afterwards, but they took their share before. Which score "
            "gives exp(score) = 0?",
            masked="as zero, removed later",
        ),
        mistake(
            "blocked scores low, but not lowest",
            "the mask",
            "You fill blocked scores with a number like -15 and remove them afterwards. Where the "
            "allowed scores are lower still, the blocked keys have taken nearly everything. Only "
            "a number below every possible score is safe: the smallest that the dtype holds.",
            masked="low",
        ),
        mistake(
            "mask ignored",
            "the mask",
            "Your weights are right where everything may be attended to, and the mask changes "
            "nothing.",
            masked="never",
        ),
        *BLOCKED.values(),
    ),
)
