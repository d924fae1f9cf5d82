"""Exercises 3.1 and 3.5: multi-head attention, and what one head cannot see."""

import math

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.checks.lesson03.mistakes import mistake

# 3.1 multi-head attention


def split(x, H, cut):
    """Cut "*batch tokens d" into "*batch heads tokens d_k", rightly or in a wrong way."""
    if cut == "view":
        return x.reshape(*x.shape[:-2], H, x.shape[-2], -1)
    if cut == "kept":
        return x.unflatten(-1, (H, -1))
    if cut == "strided":
        return x.unflatten(-1, (-1, H)).movedim(-1, -3)
    return x.unflatten(-1, (H, -1)).transpose(-3, -2)


def multihead(
    x, W_Q, W_K, W_V, W_O, H, *, cut="right", scale="d_k", merge="side by side", mix="right", swap=False
):
    q, k, v = (split(x @ W, H, cut) for W in (W_Q, W_K, W_V))
    if swap:
        q, k = k, q
    divisor = {"d_k": q.shape[-1], "d": x.shape[-1], "none": 1}[scale]
    heads = (q @ k.mT / math.sqrt(divisor)).softmax(-1) @ v
    if cut == "kept":
        together = heads.flatten(-2)
    elif merge == "view":
        together = heads.reshape(x.shape)
    else:
        together = heads.transpose(-3, -2).flatten(-2)
    if merge == "strided":
        together = heads.movedim(-3, -1).flatten(-2)
    if mix == "none":
        return together
    return together @ (W_O if mix == "right" else W_O.mT)


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
        mistake("heads cut out by one view", "heads",
            "Your heads mix tokens: a view from (tokens, d) to (heads, tokens, d_k) gives head 0 the first "
            "tokens, not the first columns. Cut the last axis first; what has to follow?",
            cut="view",
        ),
        mistake("heads attend to heads", "heads",
            "In your scores the heads of one token meet each other, and tokens never meet. Attention works "
            "on the last two axes: which two should they be?",
            cut="kept",
        ),
        mistake("every H-th column taken for a head", "Eq. 3.1",
            "Head h owns the columns h d_k to (h + 1) d_k, side by side. You deal the columns out in turn. "
            "Which of the two new axes comes first, heads or d_k?",
            cut="strided",
        ),
        mistake("scaled by the root of d", "Eq. 3.1",
            "Your weights are too even. Each score is now a sum over one head's numbers: how many are they?",
            scale="d",
        ),
        mistake("scale forgotten", "Eq. 3.1",
            "Your weights are too sharp: a head is the attention of lesson 02, with its scale. How wide is "
            "a key of one head?",
            scale="none",
        ),
        mistake("heads merged by one view", "heads",
            "Each head is right, and then they are stacked in the wrong order: a reshape from (heads, "
            "tokens, d_k) puts heads one below the other. Which axis must move next to d_k first?",
            merge="view",
        ),
        mistake("numbers of the heads interleaved", "Eq. 3.1",
            "The heads stand side by side, [head_1 ... head_H]: all the numbers of head 1 come first. Yours "
            "take turns.",
            merge="strided",
        ),
        mistake("W_O forgotten", "heads",
            "Your heads are right and never meet: each output number comes from one head alone. What mixes "
            "them?",
            mix="none",
        ),
        mistake("W_O transposed", "Eq. 3.1",
            "You multiply with the transpose of W_O. nn.Linear stores its weights like this; Eq. 3.1 says "
            "[heads] W_O.",
            mix="turned",
        ),
        mistake("query and key exchanged", "Eq. 3.1",
            "Your softmax runs over those who ask. Which of the two gives the rows of the scores?",
            swap=True,
        ),
    ),
)


# 3.5 how much of an acceleration one head can see


def answer(value, name, says):
    return Misconception(name, says, "lesson 03, Eq. 3.1b", wrong=value)


ACCELERATION = Exercise(
    "3.5",
    "how much of an acceleration one head must miss",
    1 / 3,
    misconceptions=(
        answer(0.5, "the answer for the difference of two frames",
            "One half is right for v_t - v_(t-1). Here three frames enter, with the factors 1, -2 and 1.",
        ),
        answer(2 / 3, "the share seen in place of the share left, or the wrong sign chosen",
            "If the head looks at the two frames with factor 1, it sees 2 of 6. But W may be negative: "
            "which frame alone carries more?",
        ),
        answer(5 / 6, "only one of the outer frames",
            "A head that looks at frame t alone sees 1 of 6. Which choice of weights sees most?",
        ),
        answer(2.0, "not divided by the variance",
            "2 is the variance that is left. The question is for the share: divide by the variance of the "
            "acceleration.",
        ),
        answer(0.0, "all of it seen",
            "That would need a weight that is negative. Which of the factors 1, -2, 1 can one head carry at "
            "once?",
        ),
        answer(1.0, "nothing seen",
            "Weights in proportion to 1, 1, 1 see nothing. But the head may choose its weights.",
        ),
    ),
    rtol=0.01,
)
