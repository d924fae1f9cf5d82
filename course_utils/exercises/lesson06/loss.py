"""Exercise 6.2: the loss of a model that writes, in bits per frame."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson06.masks import mistake


def bits_per_frame(
    logits, tokens, *, target="next", base=2.0, over="mean", axis=-1, from_logits=True, sign=-1
):
    log_p = (logits.log_softmax(axis) if from_logits else logits) / math.log(base)
    if target == "next":
        log_p, wanted = log_p[..., :-1, :], tokens[..., 1:]
    elif target == "last":
        log_p, wanted = log_p[..., 1:, :], tokens[..., :-1]
    elif target == "answers shifted":
        log_p, wanted = log_p[..., 1:, :], tokens[..., 1:]
    else:
        wanted = tokens
    paid = sign * log_p.gather(-1, wanted[..., None])[..., 0]
    if over == "probabilities":
        return sign * (-paid * math.log(base)).exp().mean().log() / math.log(base)
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
            "Row t of your logits is held against frame t, which the model has already seen: "
            "copying would cost nothing. Row t is the model's opinion about which frame?",
            target="same",
        ),
        mistake("shifted the wrong way", "why writing needs a mask",
            "You hold row t against frame t - 1, the past. The model is to say what comes next.",
            target="last",
        ),
        mistake("first row dropped, last row kept", "why writing needs a mask",
            "You dropped frame 0 from the targets, which is right, and row 0 of the logits, which "
            "is not: it answers for frame 1. Which row has nothing to answer for?",
            target="answers shifted",
        ),
        mistake("natural logarithm", "Eq. 6.6",
            "Your numbers are 0.693 times too small: cross-entropy counts in powers of e. Bits "
            "are powers of two. What is ln 2?",
            base=math.e,
        ),
        mistake("multiplied by ln 2", "Eq. 6.6",
            "You turn the wrong way: a bit is smaller than a unit of the natural logarithm, so "
            "that the number of bits is the larger one. Multiply by ln 2, or divide?",
            base=math.exp(1 / math.log(2)),
        ),
        mistake("minus forgotten", "Eq. 6.6",
            "Your bits are negative. The logarithm of a probability is below 0; the loss is what "
            "is paid.",
            sign=1,
        ),
        mistake("logarithm of the mean probability", "Eq. 6.6",
            "You average the probabilities and take the logarithm at the end. Eq. 6.6 takes it "
            "for each frame: a clip is a product of probabilities, and a product becomes a sum of "
            "logarithms.",
            over="probabilities",
        ),
        mistake("sum in place of the mean", "Eq. 6.6",
            "Your number grows with the batch and with the length of the clips. Bits *per frame* "
            "are a mean.",
            over="sum",
        ),
        mistake("bits of a clip in place of bits per frame", "Eq. 6.6",
            "You add up the frames of a clip and average over clips. Divide by the T - 1 "
            "predictions, too.",
            over="frames",
        ),
        mistake("divided by T in place of T - 1", "Eq. 6.6",
            "Frame 0 is given and pays nothing. T frames make how many predictions?",
            over="all frames",
        ),
        mistake("softmax over the frames", "why writing needs a mask",
            "Your probabilities sum to 1 over time. For each frame they must sum to 1 over the "
            "vocabulary: which axis is that?",
            axis=-2,
        ),
        mistake("logits taken for log-probabilities", "why writing needs a mask",
            "You take minus the logit itself. Logits are not normalised: what must be subtracted, "
            "so that the probabilities sum to 1?",
            from_logits=False,
        ),
    ),
)  # fmt: skip
