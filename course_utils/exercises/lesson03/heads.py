"""Exercise 3.1: multi-head attention."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson03.mistakes import SCALED_TWICE, mistake


def split(x, H, cut):
    """Cut "*batch tokens d" into "*batch heads tokens d_k", rightly or in a wrong way."""
    if cut == "view":
        return x.reshape(*x.shape[:-2], H, x.shape[-2], -1)
    if cut == "kept":
        return x.unflatten(-1, (H, -1))
    if cut == "strided":
        return x.unflatten(-1, (-1, H)).movedim(-1, -3)
    if cut == "counts":
        return x.unflatten(-1, (-1, H)).transpose(-3, -2)
    return x.unflatten(-1, (H, -1)).transpose(-3, -2)


def multihead(
    x,
    W_Q,
    W_K,
    W_V,
    W_O,
    H,
    *,
    cut="right",
    scale="d_k",
    merge="side by side",
    mix="right",
    swap=False,
    values="own",
    over=-1,
    flipped=False,
    sliced=False,
    heads="H",
    plus=False,
):
    if flipped:
        W_Q, W_K, W_V, W_O = (W.mT for W in (W_Q, W_K, W_V, W_O))
    H = 1 if heads == "one" else H
    if sliced:  # each head reads its own slice of the tokens: the blocks on the diagonal alone
        blocks = torch.block_diag(*[torch.ones(x.shape[-1] // H, x.shape[-1] // H)] * H)
        W_Q, W_K, W_V = (W * blocks for W in (W_Q, W_K, W_V))
    wide = [x @ W_Q, x @ W_K, {"own": x @ W_V, "bare": x, "keys": x @ W_K}[values]]
    q, k, v = (split(y, H, cut) for y in wide)
    if swap:
        q, k = k, q
    d_k = q.shape[-1]
    divisor = {"d_k": d_k, "d": x.shape[-1], "none": 1, "twice": d_k**2}[scale]
    found = (q @ k.mT / math.sqrt(divisor)).softmax(over) @ v
    if cut == "kept":
        together = found.flatten(-2)
    elif merge == "view":
        together = found.reshape(x.shape)
    else:
        together = found.transpose(-3, -2).flatten(-2)
    if merge == "strided":
        together = found.movedim(-3, -1).flatten(-2)
    if mix == "none":
        return together
    return together @ (W_O if mix == "right" else W_O.mT) + (x if plus else 0)


def draw_multihead(d):
    H = (2, 3, 2, 4)[d.index % 4]
    d_k, tokens = d.distinct(2, low=2, high=6)
    width = H * d_k
    x = d.normal(*d.leading(), tokens, width, scale=1.5)
    W = [d.normal(width, width, scale=1.5 / math.sqrt(width)) for _ in range(4)]
    return {"x": x, "W_Q": W[0], "W_K": W[1], "W_V": W[2], "W_O": W[3], "num_heads": H}


MULTIHEAD = Exercise(
    "3.1",
    "multi-head attention",
    multihead,
    draw_multihead,
    (
        mistake(
            "heads cut out by one view",
            "heads",
            "Your heads mix tokens: a view from (tokens, d) to (heads, tokens, d_k) gives head 0 "
            "the first tokens, not the first columns. Cut the last axis first; what has to follow?",
            cut="view",
        ),
        mistake(
            "heads attend to heads",
            "heads",
            "In your scores the heads of one token meet each other, and tokens never meet. "
            "Attention works on the last two axes: which two should they be?",
            cut="kept",
        ),
        mistake(
            "number of heads and width of a head exchanged",
            "heads",
            "You cut H numbers for each of d_k heads. `unflatten(-1, (heads, width))`: which of "
            "the two is given, and which is -1?",
            cut="counts",
        ),
        mistake(
            "one head over the whole width",
            "heads",
            "Your answer is that of a single head: num_heads changes nothing. Where is the width "
            "cut?",
            heads="one",
        ),
        mistake(
            "each head reads its own slice of the tokens",
            "Eq. 3.1",
            "You cut the tokens and give each head a block of the matrices. Every head reads "
            "*all* d numbers of a token; its own are the columns of W, not the rows.",
            sliced=True,
        ),
        mistake(
            "values not projected",
            "Eq. 3.1",
            "Your heads hand over slices of the tokens themselves. Which matrix makes the values?",
            values="bare",
        ),
        mistake(
            "keys handed over in place of values",
            "Eq. 3.1",
            "Your heads hand over keys. Which matrix makes the values?",
            values="keys",
        ),
        mistake(
            "all matrices transposed",
            "Eq. 3.1",
            "You multiply with the transpose of every matrix. nn.Linear stores its weights like "
            "this; Eq. 3.1 says X W.",
            flipped=True,
        ),
        mistake(
            "softmax over the queries",
            "Eq. 3.1",
            "In your weights the columns sum to 1. Each query shares out one whole: over which "
            "axis?",
            over=-2,
        ),
        mistake(
            "tokens added to the result",
            "Eq. 3.1",
            "You add the tokens to what the heads bring home. That sum comes in lesson 04; Eq. "
            "3.1 has none.",
            plus=True,
        ),
        mistake(
            "every H-th column taken for a head",
            "Eq. 3.1",
            "Head h owns the columns h d_k to (h + 1) d_k, side by side. You deal the columns out "
            "in turn. Which of the two new axes comes first, heads or d_k?",
            cut="strided",
        ),
        mistake(
            "scaled by the root of d",
            "Eq. 3.1",
            "Your weights are too even. Each score is now a sum over one head's numbers: how many "
            "are they?",
            scale="d",
        ),
        SCALED_TWICE,
        mistake(
            "scale forgotten",
            "Eq. 3.1",
            "Your weights are too sharp: a head is the attention of lesson 02, with its scale. "
            "How wide is a key of one head?",
            scale="none",
        ),
        mistake(
            "heads merged by one view",
            "heads",
            "Each head is right, and then they are stacked in the wrong order: a reshape from "
            "(heads, tokens, d_k) puts heads one below the other. Which axis must move next to "
            "d_k first?",
            merge="view",
        ),
        mistake(
            "numbers of the heads interleaved",
            "Eq. 3.1",
            "The heads stand side by side: all the numbers of head 0 come first, then all those "
            "of head 1. Yours take turns.",
            merge="strided",
        ),
        mistake(
            "W_O forgotten",
            "heads",
            "Your heads are right and never meet: each output number comes from one head alone. "
            "What mixes them?",
            mix="none",
        ),
        mistake(
            "W_O transposed",
            "Eq. 3.1",
            "You multiply with the transpose of W_O. nn.Linear stores its weights like this; Eq. "
            "3.1 says [heads] W_O.",
            mix="turned",
        ),
        mistake(
            "query and key exchanged",
            "Eq. 3.1",
            "Your softmax runs over those who ask. Which of the two gives the rows of the scores?",
            swap=True,
        ),
    ),
)
