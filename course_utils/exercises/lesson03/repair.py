"""Exercise 3.4: a rotary attention with three planted bugs, to find and repair."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson03.mistakes import PAIRS, SCALED_TWICE, mistake
from course_utils.exercises.lesson03.rotary import rotary


def rotary_attention(
    query,
    key,
    value,
    num_heads,
    base,
    *,
    when="after",
    turned="query and key",
    scale="d_k",
    merge="cut",
    **pairs,
):
    d = query.shape[-1]

    def split(x):
        return x.unflatten(-1, (num_heads, -1)).transpose(-3, -2)

    def turn(x):
        return rotary(x, torch.arange(x.shape[-2]), base, **pairs)

    q, k, v = (split(turn(x)) if when == "before" else turn(split(x)) for x in (query, key, value))
    q = q if "query" in turned else split(query)
    k = k if "key" in turned else split(key)
    v = v if "value" in turned else split(value)
    divisor = {"d_k": d // num_heads, "d": d, "none": 1, "twice": (d // num_heads) ** 2}[scale]
    heads = (q @ k.mT / math.sqrt(divisor)).softmax(-1) @ v
    return heads.reshape(query.shape) if merge == "view" else heads.transpose(-3, -2).flatten(-2)


def draw_attention(d):
    num_heads = (2, 3)[d.index % 2]
    pairs, tokens = d.distinct(2, low=2, high=6)
    shape = (*d.leading(), tokens + 1, 2 * pairs * num_heads)
    query, key, value = (d.normal(*shape, scale=s) for s in (1.5, 1.5, 1.0))
    base = d.choice((10.0, 100.0))
    return {"query": query, "key": key, "value": value, "num_heads": num_heads, "base": base}


REPAIR = Exercise(
    "3.4",
    "repair a rotary attention",
    rotary_attention,
    draw_attention,
    (
        mistake(
            "nothing repaired yet",
            "Eq. 3.4",
            "Your function still answers like the one that was given. Ask three questions: what "
            "is turned, how wide is what is turned, and by what are the scores divided?",
            when="before",
            turned="query, key and value",
            scale="d",
        ),
        mistake(
            "turned before the heads are cut",
            "Eq. 3.4",
            "You turn the whole width d, so the speeds run out over all heads and the last head "
            "hardly turns. Each head must turn its own d_k numbers, with all the speeds.",
            when="before",
        ),
        mistake(
            "values turned as well",
            "Eq. 3.4",
            "Your values are turned too, so that what is brought home depends on where it lay. "
            "Only the scores should know of places: which two are turned?",
            turned="query, key and value",
        ),
        mistake(
            "key not turned",
            "Eq. 3.4b",
            "Only the query turns, so the score knows where the query stands and not how far the "
            "key is from it.",
            turned="query",
        ),
        mistake(
            "query not turned",
            "Eq. 3.4b",
            "Only the key turns, so the score knows where the key stands and not how far from the "
            "query.",
            turned="key",
        ),
        mistake(
            "nothing turned",
            "Eq. 3.4",
            "Your function is attention with heads, and blind to order: shuffle the tokens and "
            "see.",
            turned="nothing",
        ),
        mistake(
            "scaled by the root of d",
            "Eq. 3.1",
            "Your weights are too even. How many numbers does one head's score sum over?",
            scale="d",
        ),
        SCALED_TWICE,
        mistake(
            "heads merged by one view",
            "heads",
            "Each head is right, and then they are stacked in the wrong order: which axis must "
            "move next to d_k before the last two are joined?",
            merge="view",
        ),
        mistake(
            "scale forgotten",
            "Eq. 3.1",
            "Your weights are too sharp: where is the root of d_k?",
            scale="none",
        ),
        PAIRS,
    ),
)
