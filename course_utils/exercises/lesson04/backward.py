"""Exercise 4.5: the gradient of layer norm."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson04.mistakes import mistake

SLOPE = "the gradient of the norm"


def layer_norm_backward(
    x, scale, upstream, eps, *,
    axis=-1, g="first", mean=True, along="right", sums=False, root="divide", sign=1, spread="right",
):  # fmt: skip
    centred = x - x.mean(axis, keepdim=True)
    variance = x.var(axis, keepdim=True, correction=1 if spread == "one less" else 0)
    deviation = variance.sqrt() + eps if spread == "outside" else (variance + eps).sqrt()
    y = centred / deviation
    slope = upstream * scale if g == "first" else upstream
    count = x.shape[axis] if sums else 1
    change = slope
    if mean:
        change = change - count * slope.mean(axis, keepdim=True)
    shared = count * (slope * y).mean(axis, keepdim=True)
    part = {
        "right": y * shared,
        "missing": 0 * y,
        "added": -y * shared,
        "bare": shared.expand_as(y),
        "long": centred * (slope * centred).mean(axis, keepdim=True),
    }[along]
    if root == "last":
        return change - part / deviation
    change = (change - part) * (scale if g == "last" else 1)
    divided = {"divide": deviation**-1, "multiply": deviation, "ignore": 1, "twice": deviation**-2}[
        root
    ]
    return sign * change * divided


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
        mistake(
            "path through the mean forgotten",
            SLOPE,
            "Your gradient does not sum to 0 over a token. Raise all its numbers alike: the "
            "output does not change, because the mean moves along. Which term says so?",
            mean=False,
        ),
        mistake(
            "path through the variance forgotten",
            SLOPE,
            "Your gradient can make a token longer, although its length is divided out. Which "
            "term removes the part along the normalised token?",
            along="missing",
        ),
        mistake(
            "only the division kept",
            SLOPE,
            "You treat mean and deviation as constants. Both depend on x, and each brings a term: "
            "which two?",
            mean=False,
            along="missing",
        ),
        mistake(
            "sums in place of means",
            SLOPE,
            "Your two corrections are too large by the number of components. Sum or mean?",
            sums=True,
        ),
        mistake(
            "scale forgotten",
            SLOPE,
            "Your gradient is that for a scale of 1. By the chain rule, what does the upstream "
            "gradient meet first on its way back?",
            g="missing",
        ),
        mistake(
            "scale at the end",
            SLOPE,
            "You multiply by the scale last. Forward it comes last, so backward it comes first: "
            "before both means are taken.",
            g="last",
        ),
        mistake(
            "deviation forgotten",
            SLOPE,
            "The direction is right, the length is not. A token that is ten times as long has a "
            "gradient ten times as small: what is missing?",
            root="ignore",
        ),
        mistake(
            "multiplied by the deviation",
            SLOPE,
            "You multiply by the deviation where Eq. 4.3b divides by it. A longer token has a "
            "smaller gradient.",
            root="multiply",
        ),
        mistake(
            "divided by the variance",
            SLOPE,
            "You divide by the deviation twice. It stands in the normalised token already: how "
            "often does it stand before the parentheses of Eq. 4.3b?",
            root="twice",
        ),
        mistake(
            "only the last term divided",
            SLOPE,
            "You divide the last term alone by the deviation. Where do the parentheses of Eq. "
            "4.3b begin?",
            root="last",
        ),
        mistake(
            "normalised token missing in the last term",
            SLOPE,
            "You take off the mean of g' times the normalised token, the same for all components. "
            "Which components have to give most?",
            along="bare",
        ),
        mistake(
            "sign of the last term",
            SLOPE,
            "You add the part along the normalised token where it has to go. A longer token gives "
            "the same output: what must be left of that part?",
            along="added",
        ),
        mistake(
            "deviations in place of the normalised token",
            SLOPE,
            "Your last term uses x minus its mean, which is not yet divided by the deviation. It "
            "fits tokens of deviation 1 alone.",
            along="long",
        ),
        mistake(
            "variance divided by d - 1",
            SLOPE,
            "Your deviation is a little too large: torch.var divides by d - 1, unless you say "
            "`correction=0`.",
            spread="one less",
        ),
        mistake(
            "eps outside the root",
            SLOPE,
            "You add eps to the standard deviation. Where does it stand in Eq. 4.3?",
            spread="outside",
        ),
        mistake(
            "means over the tokens",
            "batch norm on clips that are filled up",
            "Your means run over the tokens, which know nothing of each other in a layer norm. "
            "Which axis holds the numbers of one token?",
            axis=-2,
        ),
        mistake(
            "sign turned around",
            SLOPE,
            "Everything is right but for the sign: raising the largest number of a token raises "
            "its output.",
            sign=-1,
        ),
    ),
)
