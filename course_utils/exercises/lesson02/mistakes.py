"""Mistakes that several exercises of lesson 02 know."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 02")


SCALE = {
    "forgotten": mistake(
        "scale forgotten",
        "the scale",
        "Your weights are sharper than they should be, and the more so the larger d_k is. What is "
        "the variance of a dot product of d_k terms, and what brings it back to 1?",
        scale="none",
    ),
    "d_k": mistake(
        "scaled by d_k, not by its root",
        "the scale",
        "Your weights are too even. The variance of a dot product grows like d_k: by what does its "
        "standard deviation grow?",
        scale="d_k",
    ),
    "inverse": mistake(
        "multiplied by the root of d_k",
        "the scale",
        "Your scores grow where they should shrink: the root of d_k belongs below the fraction "
        "line.",
        scale="inverse",
    ),
}
OVER_QUERIES = mistake(
    "softmax over the queries",
    "the weights and their rows",
    "Your columns sum to 1, your rows do not. Each query shares out one unit of attention among "
    "the keys: which axis of the scores holds the keys?",
    axis=-2,
)
INVERTED = mistake(
    "mask inverted",
    "the mask",
    "Your queries attend to exactly the keys that they may not see. In this course True means *may "
    "attend*; masked_fill fills where its argument is True.",
    inverted=True,
)
MASK_AFTER = mistake(
    "mask applied after the softmax",
    "the mask",
    "The blocked keys get 0, but your rows no longer sum to 1: the blocked keys took their share "
    "before you removed them. Mask the scores, then take the softmax.",
    masked="after",
)
BLOCKED = {
    "uniform": mistake(
        "uniform weights where nothing may be attended to",
        "the mask",
        "A query that may attend nowhere shares its attention evenly among keys that it may not "
        "see: when all scores are the same large negative number, softmax makes them equal. Such "
        "a row must be 0.",
        blocked="uniform",
    ),
    "nan": mistake(
        "NaN where nothing may be attended to",
        "the mask",
        "The softmax of a row of -inf is 0 / 0. A query that may attend nowhere gets weights of 0: "
        "treat such a row before or after the softmax.",
        blocked="nan",
    ),
}
