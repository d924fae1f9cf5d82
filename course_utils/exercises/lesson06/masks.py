"""Exercise 6.1: the frame-causal mask behind a past."""

from functools import partial

import torch

from course_utils.checks import exercise
from course_utils.checks.exercise import Exercise

mistake = partial(exercise.mistake, "lesson 06")


def frame_causal_mask(
    frames,
    tokens_per_frame,
    past,
    *,
    turned=False,
    inverted=False,
    order="frames",
    ahead=0,
    kept="open",
):
    N = tokens_per_frame
    queries, keys, offset = torch.arange(frames * N), torch.arange((past + frames) * N), past * N
    if kept == "counted as tokens":
        keys, offset = torch.arange(frames * N + past), past
    if kept in ("not counted", "added to tokens"):
        offset = past if kept == "added to tokens" else 0
    queries = queries + offset
    if order == "places":
        queries, keys = queries % N, keys % N
    elif order != "tokens":
        queries, keys = queries // N, keys // N
    mask = keys[None, :] <= queries[:, None] + ahead
    if order == "own":
        mask = keys[None, :] == queries[:, None]
    if kept == "closed":
        mask[:, :offset] = False
    if kept == "behind":
        mask = mask.roll(-offset, dims=1)
    mask = ~mask if inverted else mask
    return mask.mT if turned else mask


def draw_mask(d):
    frames, N, past = d.distinct(3, low=1, high=6)
    return {"frames": frames + 1, "tokens_per_frame": N + 1, "past": 0 if d.every(3) else past}


MASK = Exercise(
    "6.1",
    "the frame-causal mask behind a past",
    frame_causal_mask,
    draw_mask,
    (
        mistake("queries and keys exchanged", "three masks",
            "Your mask is turned over: each token looks at what comes after it. Rows are queries, "
            "columns are keys. Which of the two must be the later one?",
            turned=True,
        ),
        mistake("mask inverted", "three masks",
            "You open what should be closed. In this course True means *may attend*.",
            inverted=True,
        ),
        mistake("token by token inside a frame", "three masks",
            "Your mask is causal by tokens: a token does not see the tokens behind it in its own "
            "frame. Those are written at the same time. What do you compare in place of i and j?",
            order="tokens",
        ),
        mistake("one frame ahead", "the proof by perturbation",
            "Your tokens see the frame that they are to predict. Does <= or < hold between the "
            "frames, and where does a + 1 come from?",
            ahead=1,
        ),
        mistake("own frame closed", "three masks",
            "Your tokens see earlier frames only. A token may look at all tokens of its own "
            "frame, itself included.",
            ahead=-1,
        ),
        mistake("past counted in tokens", "the key-value cache",
            "Your mask has too few columns. `past` counts frames: how many tokens, and so how many "
            "columns, does one frame bring?",
            kept="counted as tokens",
        ),
        mistake("new frames counted from 0", "the key-value cache",
            "The shape is right, but your new frames take the numbers 0, 1, 2, as if no frame "
            "came before them. Which number does the first new frame have?",
            kept="not counted",
        ),
        mistake("frames added to tokens", "the key-value cache",
            "The shape is right, but you add `past`, which counts frames, to the number of a "
            "token and divide the sum. Divide first: which of the new frames is token i in, and "
            "how many came before?",
            kept="added to tokens",
        ),
        mistake("past behind the new frames", "the key-value cache",
            "The last columns of your mask are the past. Keys stand in the order of time: what is "
            "in the cache comes first.",
            kept="behind",
        ),
        mistake("own frame alone", "three masks",
            "Your tokens see their own frame and nothing before it. Should == stand between the "
            "frames?",
            order="own",
        ),
        mistake("place in place of frame", "three masks",
            "You compare where a token stands within its frame: that is `%`. Which operator says "
            "in which frame it is?",
            order="places",
        ),
        mistake("past closed", "the key-value cache",
            "Your new tokens do not look at the frames that the cache holds. All of them are "
            "earlier: every new token may see them.",
            kept="closed",
        ),
    ),
)  # fmt: skip
