"""Exercises 6.1 and 6.2: the frame-causal mask behind a past, and the loss of a model that writes."""

import math

import torch

from course_utils.checks.exercise import Exercise, Misconception


def mistake(name, see, says, **switch):
    """A misconception that is a switch of the reference."""
    return Misconception(name, says, f"lesson 06, {see}", switch=switch)


# 6.1 the frame-causal mask


def frame_causal_mask(
    frames, tokens_per_frame, past, *, turned=False, inverted=False, order="frames", ahead=0, kept="open"
):
    queries, keys = torch.arange(frames * tokens_per_frame), torch.arange((past + frames) * tokens_per_frame)
    offset = past * tokens_per_frame
    if kept == "counted as tokens":
        keys, offset = torch.arange(frames * tokens_per_frame + past), past
    if kept == "not counted":
        offset = 0
    queries = queries + offset
    if order == "frames":
        queries, keys = queries // tokens_per_frame, keys // tokens_per_frame
    mask = keys[None, :] <= queries[:, None] + ahead
    if kept == "closed":
        mask[:, :offset] = False
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
            "Your mask is turned over: each token looks at what comes after it. Rows are queries, columns "
            "are keys. Which of the two must be the later one?",
            turned=True,
        ),
        mistake("mask inverted", "three masks",
            "You open what should be closed. In this course True means *may attend*.",
            inverted=True,
        ),
        mistake("token by token inside a frame", "three masks",
            "Your mask is causal by tokens: a token does not see the tokens behind it in its own frame. "
            "Those are written at the same time. What do you compare in place of i and j?",
            order="tokens",
        ),
        mistake("one frame ahead", "the proof by perturbation",
            "Your tokens see the frame that they are to predict. Does <= or < hold between the frames, and "
            "where does a + 1 come from?",
            ahead=1,
        ),
        mistake("own frame closed", "three masks",
            "Your tokens see earlier frames only. A token may look at all tokens of its own frame, itself "
            "included.",
            ahead=-1,
        ),
        mistake("past counted in tokens", "the key-value cache",
            "Your mask has too few columns. `past` counts frames: how many tokens, and so how many "
            "columns, does one frame bring?",
            kept="counted as tokens",
        ),
        mistake("new frames counted from 0", "the key-value cache",
            "The shape is right, but your new frames take the numbers 0, 1, 2, as if no frame came before "
            "them. Which number does the first new frame have?",
            kept="not counted",
        ),
        mistake("past closed", "the key-value cache",
            "Your new tokens do not look at the frames that the cache holds. All of them are earlier: every "
            "new token may see them.",
            kept="closed",
        ),
    ),
)  # fmt: skip


# 6.2 the loss in bits


def bits_per_frame(logits, tokens, *, target="next", base=2.0, over="mean", axis=-1, from_logits=True):
    log_p = (logits.log_softmax(axis) if from_logits else logits) / math.log(base)
    if target == "next":
        log_p, wanted = log_p[..., :-1, :], tokens[..., 1:]
    elif target == "last":
        log_p, wanted = log_p[..., 1:, :], tokens[..., :-1]
    elif target == "answers shifted":
        log_p, wanted = log_p[..., 1:, :], tokens[..., 1:]
    else:
        wanted = tokens
    paid = -log_p.gather(-1, wanted[..., None])[..., 0]
    if over == "sum":
        return paid.sum()
    if over == "frames":
        return paid.sum(-1).mean()
    return paid.sum() / tokens.numel() if over == "all frames" else paid.mean()


def draw_logits(d):
    frames, vocabulary = d.distinct(2, low=3, high=9)
    lead = (d.integer(2, 5),) if d.index < 2 else (*d.leading(1), d.integer(2, 5))
    tokens = torch.randint(vocabulary, (*lead, frames), generator=d.generator)
    return {"logits": d.normal(*lead, frames, vocabulary, scale=2.0), "tokens": tokens}


LOSS = Exercise(
    "6.2",
    "bits per frame of a model that writes",
    bits_per_frame,
    draw_logits,
    (
        mistake("targets not shifted", "a leak and its impossible loss",
            "Row t of your logits is held against frame t, which the model has already seen: copying would "
            "cost nothing. Row t is the model's opinion about which frame?",
            target="same",
        ),
        mistake("shifted the wrong way", "why writing needs a mask",
            "You hold row t against frame t - 1, the past. The model is to say what comes next.",
            target="last",
        ),
        mistake("first row dropped, last row kept", "why writing needs a mask",
            "You dropped frame 1 from the targets, which is right, and the first row of the logits, which "
            "is not: row 1 answers for frame 2. Which row has nothing to answer for?",
            target="answers shifted",
        ),
        mistake("natural logarithm", "Eq. 6.6",
            "Your numbers are 0.693 times too small: cross-entropy counts in powers of e. Bits are powers "
            "of two. What is ln 2?",
            base=math.e,
        ),
        mistake("sum in place of the mean", "Eq. 6.6",
            "Your number grows with the batch and with the length of the clips. Bits *per frame* are a mean.",
            over="sum",
        ),
        mistake("bits of a clip in place of bits per frame", "Eq. 6.6",
            "You add up the frames of a clip and average over clips. Divide by the T - 1 predictions, too.",
            over="frames",
        ),
        mistake("divided by T in place of T - 1", "Eq. 6.6",
            "Frame 1 is given and pays nothing. T frames make how many predictions?",
            over="all frames",
        ),
        mistake("softmax over the frames", "why writing needs a mask",
            "Your probabilities sum to 1 over time. For each frame they must sum to 1 over the vocabulary: "
            "which axis is that?",
            axis=-2,
        ),
        mistake("logits taken for log-probabilities", "why writing needs a mask",
            "You take minus the logit itself. Logits are not normalised: what must be subtracted, so that "
            "the probabilities sum to 1?",
            from_logits=False,
        ),
    ),
)  # fmt: skip
