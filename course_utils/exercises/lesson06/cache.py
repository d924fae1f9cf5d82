"""Exercises 6.3 and 6.4: a cached attention with three planted bugs, and the memory of a cache."""

from functools import partial

import torch

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson06.masks import mistake

# 6.3 repair a cached attention


def cached_attention(
    query,
    key,
    value,
    past_key,
    past_value,
    *,
    front="",
    values="all",
    offset="past",
    mask=True,
    scale=0.5,
):
    keys = torch.cat((key, past_key) if "k" in front else (past_key, key), dim=-2)
    kept = torch.cat((value, past_value) if "v" in front else (past_value, value), dim=-2)
    if values == "keys":
        kept = keys
    new, past = query.shape[-2], past_key.shape[-2]
    scores = query @ keys.mT / query.shape[-1] ** scale
    if mask:
        reach = {"past": past, "none": 0, "short": past - 1, "far": past + 1, "new": new}[offset]
        closed = torch.arange(past + new) > torch.arange(new)[:, None] + reach
        scores = scores.masked_fill(~closed if mask == "inverted" else closed, -1e9)
    return scores.softmax(-1) @ kept


def draw_cache(d):
    new, past, d_k = d.distinct(3, low=2, high=9)
    lead = d.leading()
    names = {"query": new, "key": new, "value": new, "past_key": past, "past_value": past}
    return {name: d.normal(*lead, tokens, d_k, scale=1.5) for name, tokens in names.items()}


REPAIR = Exercise(
    "6.3",
    "repair a cached attention",
    cached_attention,
    draw_cache,
    (
        mistake("nothing repaired yet", "the key-value cache",
            "Your function still answers like the one that was given. Check three things with one "
            "new token and a past of two: what it may see, which value belongs to which key, and "
            "the scale.",
            front="kv", offset="none", scale=0.0,
        ),
        mistake("new tokens in front of the past", "the key-value cache",
            "Your keys stand in the wrong order: the mask takes the first columns for the oldest "
            "tokens. What comes first in time?",
            front="kv",
        ),
        mistake("keys behind the past, values in front of it", "the key-value cache",
            "Your keys stand in the order of time, your values do not. Value j belongs to key j: "
            "which of the two calls of `torch.cat` is left to repair?",
            front="v",
        ),
        mistake("values behind the past, keys in front of it", "the key-value cache",
            "Your values stand in the order of time, your keys do not. Value j belongs to key j: "
            "which of the two calls of `torch.cat` is left to repair?",
            front="k",
        ),
        mistake("mask without the past", "the key-value cache",
            "Your new tokens see as much as if no token had come before them: the first one sees "
            "only the first column. By how much must the triangle move to the right?",
            offset="none",
        ),
        mistake("triangle one column short", "three masks",
            "Your new tokens do not see themselves. `tril(k)` keeps the diagonal and k more, "
            "`triu(k)` begins at the k-th: which columns may the first new token see?",
            offset="short",
        ),
        mistake("triangle one column too far", "three masks",
            "Each of your new tokens sees the one behind it. With a past of 3, how many columns "
            "may the first new token see, itself included?",
            offset="far",
        ),
        mistake("triangle moved by the number of new tokens", "the key-value cache",
            "You move the triangle by as many columns as there are new tokens. Which tokens stand "
            "in front of the first new one, and how many are they?",
            offset="new",
        ),
        mistake("mask inverted", "three masks",
            "You close what should be open. In this course True means *may attend*, and "
            "`masked_fill` fills where its mask is True.",
            mask="inverted",
        ),
        mistake("new tokens see each other's future", "three masks",
            "With one new token no mask is needed. With several, the first of them must not see "
            "those behind it.",
            mask=False,
        ),
        mistake("scale forgotten", "the key-value cache",
            "Your weights are too sharp. A cache changes nothing in Eq. 2.1: the scores are "
            "divided by the root of d_k.",
            scale=0.0,
        ),
        mistake("divided by d_k in place of its root", "the key-value cache",
            "Your weights are too flat. What is the spread of a sum of d_k products, d_k or its "
            "root?",
            scale=1.0,
        ),
        mistake("keys averaged in place of the values", "the key-value cache",
            "Your output consists of keys. A cache keeps two tensors: the keys decide how much to "
            "take, and what is taken are the values.",
            values="keys",
        ),
    ),
)  # fmt: skip


# 6.4 the memory of a cache: 2 B L n d b, B = 4, L = 6, n = 16 frames x 64 patches, d = 256, b = 2

BYTES = 2 * 4 * 6 * 16 * 64 * 256 * 2


answer = partial(exercise.answer, "lesson 06, Eq. 6.4")


MEMORY = Exercise(
    "6.4",
    "predict the memory of a cache",
    BYTES / 2**20,
    misconceptions=(
        answer(BYTES / 2 / 2**20, "keys or values alone",
            "Half of it is missing. What does the cache keep besides the keys?"),
        answer(BYTES * 2 / 2**20, "float32 in place of float16",
            "Twice too much: float16 takes 2 bytes for a number, not 4."),
        answer(BYTES / 4 / 2**20, "one clip in place of the batch",
            "Each of the four clips has a past of its own."),
        answer(BYTES / 6 / 2**20, "one layer",
            "Each of the six layers makes keys and values of its own."),
        answer(BYTES * 8 / 2**20, "multiplied by 8: heads, or bits",
            "The 8 heads share the 256 numbers among themselves: 32 each, they are counted "
            "already. And float16 means 16 bits: 2 bytes."),
        answer(BYTES / 8 / 2**20, "divided by the heads",
            "`d_model` counts all heads together, and every head keeps its own share of it."),
        answer(BYTES / 16 / 2**20, "one frame", "The cache keeps the tokens of all 16 frames."),
        answer(BYTES / 64 / 2**20, "one token per frame",
            "A frame has 64 patches, and each is a token with a key and a value."),
        answer(float(BYTES), "bytes in place of MiB",
            "Your number is in bytes. One MiB is 2^20 bytes."),
        answer(BYTES / 2**10, "KiB in place of MiB",
            "Your number is in KiB. One MiB is 1024 of them."),
        answer(BYTES / 1e6, "megabytes in place of MiB",
            "You divided by a million. One MiB is 2^20 = 1 048 576 bytes."),
    ),
)  # fmt: skip
