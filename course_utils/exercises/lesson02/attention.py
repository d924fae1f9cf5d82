"""Exercise 2.3: attention."""

import math

from torch.nn.functional import one_hot

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson02.mistakes import (
    BLOCKED,
    INVERTED,
    MASK_AFTER,
    OVER_QUERIES,
    SCALE,
    mistake,
)
from course_utils.exercises.lesson02.weights import attention_weights, draw_mask


def attention(query, key, value, mask, *, take="mean", of="value", divide=False, **switch):
    weights = attention_weights(query, key, mask, **switch)
    if take == "best":
        weights = one_hot(weights.argmax(-1), weights.shape[-1]).float() * (weights > 0)
    if take == "even":
        allowed = (weights > 0).float()
        weights = allowed / allowed.sum(-1, keepdim=True).clamp(min=1)
    output = weights @ (value if of == "value" else key)
    return output / key.shape[-2] if divide else output


def draw_attention(d):
    queries, keys, d_k, d_v = d.distinct(4, low=2, high=9)
    lead = d.leading()
    copies = (2,) if d.every(3, start=1) and d.index > 1 else ()  # the same weights, read twice
    return {
        "query": d.normal(*lead, queries, d_k, scale=1.5),
        "key": d.normal(*lead, keys, d_k, scale=1.5),
        "value": d.normal(*copies, *lead, keys, d_v),
        "mask": draw_mask(d, queries, keys),
    }


def turned(turn):
    """Attention whose key is turned by `turn` instead of by exchanging its last two axes."""

    def wrong(query, key, value, mask):
        scores = query @ turn(key) / math.sqrt(query.shape[-1])
        if mask is None:
            return scores.softmax(-1) @ value
        return scores.masked_fill(~mask, -1e9).softmax(-1).masked_fill(~mask, 0.0) @ value

    return wrong


TURNED = (
    Misconception(
        "key not transposed",
        "Q K cannot be multiplied: the product needs K^T, so that each score is the dot product "
        "of one query and one key, both of d_k numbers.",
        "lesson 02, Eq. 2.1",
        wrong=turned(lambda key: key),
        stops=True,
    ),
    Misconception(
        "key transposed over its first two axes",
        "It works for a single matrix and breaks with leading dimensions: transpose(0, 1) "
        "exchanges the first two axes, and you want the last two, counted from the end.",
        "lesson 02, Eq. 2.1",
        wrong=turned(lambda key: key.transpose(0, 1)),
        stops=True,
    ),
    Misconception(
        "all axes of the key turned around",
        "It works for a single matrix and breaks with leading dimensions: .T turns all the axes "
        "around. .mT or transpose(-2, -1) exchanges the last two.",
        "lesson 02, Eq. 2.1",
        wrong=turned(lambda key: key.permute(*range(key.ndim - 1, -1, -1))),
        stops=True,
    ),
)

ATTENTION = Exercise(
    "2.3",
    "attention for any leading dimensions",
    attention,
    draw_attention,
    (
        *TURNED,
        SCALE["forgotten"],
        OVER_QUERIES,
        INVERTED,
        MASK_AFTER,
        mistake(
            "mask ignored",
            "the mask",
            "The mask changes nothing in your output. Did you hand `mask` on to "
            "`attention_weights`?",
            masked="never",
        ),
        *BLOCKED.values(),
        mistake(
            "keys averaged in place of the values",
            "the output as a weighted mean",
            "Your output has d_k numbers per query and consists of keys. The keys decide how much "
            "to take; what is taken is the value.",
            of="key",
        ),
        mistake(
            "value of the best key only",
            "the output as a weighted mean",
            "You take the value with the largest weight. That is where attention goes as scores "
            "become large, but it has no gradient with respect to the scores: take the mean of "
            "all values, each by its weight.",
            take="best",
        ),
        mistake(
            "plain mean of the values",
            "the output as a weighted mean",
            "Every key that a query may see counts the same in your output: the weights do not "
            "enter.",
            take="even",
        ),
        mistake(
            "divided by the number of keys",
            "the output as a weighted mean",
            "Your output is too small by the number of keys. The weights of a row sum to 1 "
            "already: sum, not mean.",
            divide=True,
        ),
    ),
)
