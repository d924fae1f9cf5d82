"""Exercises 4.2 and 4.5: layer norm and its gradient."""

from course_utils.checks.exercise import Exercise
from course_utils.checks.lesson04.mistakes import mistake

NORM, SLOPE = "the norm", "the gradient of the norm"


# 4.2 layer norm


def layer_norm(
    x, scale, shift, eps, *, axis=-1, count="all", stable="inside", root=True, centre=True, g="after", b=True
):
    everything = tuple(range(x.ndim))
    over = everything if axis is None else axis
    mean = x.mean(over, keepdim=True)
    square = ((x - mean) ** 2).mean(over, keepdim=True)
    if count == "one less":
        square = x.var(over, keepdim=True)
    inside, outside = (eps if stable == side else 0.0 for side in ("inside", "outside"))
    divisor = (square + inside).sqrt() + outside if root else square + inside
    y = (x - mean if centre else x) / divisor
    if g == "both":
        return scale * (y + (shift if b else 0))
    return (scale if g == "after" else 1) * y + (shift if b else 0)


def draw_tokens(d):
    tokens, d_model = d.distinct(2, low=3, high=9)
    x = d.uniform(low=-2, high=3) + d.normal(*d.leading(), tokens, d_model, scale=d.choice((0.5, 2.0, 4.0)))
    if d.every(4, start=2):
        x[..., 0, :] = 1.25  # a token without contrast
    return {"x": x, "scale": d.normal(d_model), "shift": d.normal(d_model), "eps": d.choice((0.02, 0.1, 0.5))}


LAYER_NORM = Exercise(
    "4.2",
    "layer norm",
    layer_norm,
    draw_tokens,
    (
        mistake("mean and variance over the tokens", "batch norm on clips of different length",
            "You take mean and variance of each component over the tokens, as batch norm does: a token's "
            "output then depends on its neighbours. Which axis holds the numbers of one token?",
            axis=-2,
        ),
        mistake("mean and variance over everything", NORM,
            "One mean and one variance for the whole tensor. Each token should have its own: over which "
            "axis, and with which keepdim?",
            axis=None,
        ),
        mistake("variance divided by d - 1", NORM,
            "Your numbers are a little too small, most of all for short tokens. torch.var divides by d - 1; "
            "what does Eq. 4.3 divide by?",
            count="one less",
        ),
        mistake("eps outside the root", NORM,
            "You add eps to the standard deviation. Where does it stand in Eq. 4.3?",
            stable="outside",
        ),
        mistake("eps forgotten", NORM,
            "Tokens with little contrast come out too large, and one without any is 0 / 0. What keeps the "
            "division of Eq. 4.3 finite?",
            stable="missing",
        ),
        mistake("divided by the variance", NORM,
            "You divide by the variance; the variance has the unit of x squared. What has the unit of x?",
            root=False,
        ),
        mistake("mean not subtracted", NORM,
            "Your tokens keep their mean, scaled. Eq. 4.3 takes it off above the fraction line as well.",
            centre=False,
        ),
        mistake("scale forgotten", NORM,
            "Mean and variance are right, and the learned scale has no effect. Where does it enter Eq. 4.3?",
            g="missing",
        ),
        mistake("shift forgotten", NORM,
            "Your output differs from the right one by the same vector in every token. Which term of Eq. 4.3 "
            "does not depend on x?",
            b=False,
        ),
        mistake("shift multiplied by the scale", NORM,
            "You add the shift first and multiply afterwards. Which of the two comes first in Eq. 4.3?",
            g="both",
        ),
    ),
)


# 4.5 the gradient of layer norm


def layer_norm_backward(
    x, scale, upstream, eps, *, axis=-1, g="first", mean=True, along=True, sums=False, root="divide", sign=1
):
    centred = x - x.mean(axis, keepdim=True)
    deviation = ((centred**2).mean(axis, keepdim=True) + eps).sqrt()
    y = centred / deviation
    slope = upstream * scale if g == "first" else upstream
    count = x.shape[axis] if sums else 1
    change = slope
    if mean:
        change = change - count * slope.mean(axis, keepdim=True)
    if along:
        change = change - count * y * (slope * y).mean(axis, keepdim=True)
    change = change * scale if g == "last" else change
    return sign * {"divide": change / deviation, "multiply": change * deviation, "ignore": change}[root]


def draw_backward(d):
    tokens, d_model = d.distinct(2, low=3, high=9)
    shape = (*d.leading(), tokens, d_model)
    x = d.uniform(low=-2, high=3) + d.normal(*shape, scale=d.choice((0.5, 2.0, 4.0)))
    eps = d.choice((0.02, 0.1, 0.5))
    return {"x": x, "scale": d.normal(d_model), "upstream": d.normal(*shape), "eps": eps}


BACKWARD = Exercise(
    "4.5",
    "the gradient of layer norm by hand",
    layer_norm_backward,
    draw_backward,
    (
        mistake("path through the mean forgotten", SLOPE,
            "Your gradient does not sum to 0 over a token. Raise all its numbers alike: the output does not "
            "change, because the mean moves along. Which term says so?",
            mean=False,
        ),
        mistake("path through the variance forgotten", SLOPE,
            "Your gradient can make a token longer, although its length is divided out. Which term removes "
            "the part along the normalised token?",
            along=False,
        ),
        mistake("only the division kept", SLOPE,
            "You treat mean and deviation as constants. Both depend on x, and each brings a term: which two?",
            mean=False, along=False,
        ),
        mistake("sums in place of means", SLOPE,
            "Your two corrections are too large by the number of components. Sum or mean?",
            sums=True,
        ),
        mistake("scale forgotten", SLOPE,
            "Your gradient is that for a scale of 1. By the chain rule, what does the upstream gradient meet "
            "first on its way back?",
            g="missing",
        ),
        mistake("scale at the end", SLOPE,
            "You multiply by the scale last. Forward it comes last, so backward it comes first: before both "
            "means are taken.",
            g="last",
        ),
        mistake("deviation forgotten", SLOPE,
            "The direction is right, the length is not. A token that is ten times as long has a gradient ten "
            "times as small: what is missing?",
            root="ignore",
        ),
        mistake("multiplied by the deviation", SLOPE,
            "The derivative of x / s with respect to x is not s. A longer token has a smaller gradient.",
            root="multiply",
        ),
        mistake("means over the tokens", "batch norm on clips of different length",
            "Your means run over the tokens, which know nothing of each other in a layer norm. Which axis "
            "holds the numbers of one token?",
            axis=-2,
        ),
        mistake("sign turned around", SLOPE,
            "Everything is right but for the sign: raising the largest number of a token raises its output.",
            sign=-1,
        ),
    ),
)
