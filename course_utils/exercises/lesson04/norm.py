"""Exercise 4.2: layer norm."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson04.mistakes import mistake

NORM = "the norm"


def layer_norm(
    x, scale, shift, eps, *,
    axis=-1, count="all", stable="inside", root=True, centre="both", g="after", b=True,
):  # fmt: skip
    over = tuple(range(x.ndim)) if axis is None else axis
    mean = x.mean(over, keepdim=True)
    deviation = x if centre in ("neither", "above") else x - mean
    square = (deviation**2).mean(over, keepdim=True)
    if count == "one less":
        square = x.var(over, keepdim=True)
    elif count == "sum":
        square = (deviation**2).sum(over, keepdim=True)
    eps = 1e-5 if stable == "own" else eps
    inside, outside = (
        eps if stable in sides else 0.0 for sides in (("inside", "own"), ("outside",))
    )
    divisor = (square + inside).sqrt() + outside if root else square + inside
    y = (x if centre in ("neither", "below") else x - mean) / divisor
    y = x - mean / divisor if centre == "unbracketed" else y
    if g == "exchanged":
        return shift * y + scale
    if g == "both":
        return scale * (y + (shift if b else 0))
    return (scale if g == "after" else 1) * y + (shift if b else 0)


def draw_tokens(d):
    tokens, d_model = d.distinct(2, low=3, high=9)
    x = d.uniform(low=-2, high=3) + d.normal(
        *d.leading(), tokens, d_model, scale=d.choice((0.5, 2.0, 4.0))
    )
    if d.every(4, start=2):
        x[..., 0, :] = 1.25  # a token without contrast
    return {
        "x": x,
        "scale": d.normal(d_model),
        "shift": d.normal(d_model),
        "eps": d.choice((0.02, 0.1, 0.5)),
    }


LAYER_NORM = Exercise(
    "4.2",
    "layer norm",
    layer_norm,
    draw_tokens,
    (
        mistake(
            "mean and variance over the tokens",
            "batch norm on clips that are filled up",
            "You take mean and variance of each component over the tokens, as batch norm does: a "
            "token's output then depends on its neighbours. Which axis holds the numbers of one "
            "token?",
            axis=-2,
        ),
        mistake(
            "mean and variance over everything",
            NORM,
            "One mean and one variance for the whole tensor. Each token should have its own: over "
            "which axis, and with which keepdim?",
            axis=None,
        ),
        mistake(
            "variance divided by d - 1",
            NORM,
            "Your numbers are a little too small, most of all for short tokens. torch.var divides "
            "by d - 1; what does Eq. 4.3 divide by?",
            count="one less",
        ),
        mistake(
            "eps outside the root",
            NORM,
            "You add eps to the standard deviation. Where does it stand in Eq. 4.3?",
            stable="outside",
        ),
        mistake(
            "eps of your own",
            NORM,
            "You divide with 1e-5. The function is given another `eps`: where does it go?",
            stable="own",
        ),
        mistake(
            "eps forgotten",
            NORM,
            "Tokens with little contrast come out too large, and one without any is 0 / 0. What "
            "keeps the division of Eq. 4.3 finite?",
            stable="missing",
        ),
        mistake(
            "divided by the variance",
            NORM,
            "You divide by the variance; the variance has the unit of x squared. What has the "
            "unit of x?",
            root=False,
        ),
        mistake(
            "mean not subtracted",
            NORM,
            "Your tokens keep their mean, scaled. Eq. 4.3 takes it off above the fraction line as "
            "well.",
            centre="below",
        ),
        mistake(
            "mean not subtracted, above or below",
            NORM,
            "You divide by the root mean square of the token as it came. That is RMSNorm, a "
            "relative. What does Eq. 4.3 take off first, in both places?",
            centre="neither",
        ),
        mistake(
            "mean of the squares in place of the variance",
            NORM,
            "You divide by the root of the mean of x squared. The variance takes the mean off "
            "*before* squaring.",
            centre="above",
        ),
        mistake(
            "parentheses around x minus the mean missing",
            NORM,
            "You divide the mean alone. A division binds more tightly than a minus: what has to "
            "be divided?",
            centre="unbracketed",
        ),
        mistake(
            "sum of the squares in place of their mean",
            NORM,
            "Your numbers are too small, the more so the wider a token is. Is a variance a sum or "
            "a mean?",
            count="sum",
        ),
        mistake(
            "mean and variance over a whole clip",
            NORM,
            "One mean and one variance for all tokens of a clip, so that a bright token makes the "
            "others darker. How many axes hold the numbers of *one* token?",
            axis=(-2, -1),
        ),
        mistake(
            "scale and shift exchanged",
            NORM,
            "You multiply by the shift and add the scale. Which of gamma and beta is called "
            "`scale`?",
            g="exchanged",
        ),
        mistake(
            "scale forgotten",
            NORM,
            "Mean and variance are right, and the learned scale has no effect. Where does it "
            "enter Eq. 4.3?",
            g="missing",
        ),
        mistake(
            "shift forgotten",
            NORM,
            "Your output differs from the right one by the same vector in every token. Which term "
            "of Eq. 4.3 does not depend on x?",
            b=False,
        ),
        mistake(
            "shift multiplied by the scale",
            NORM,
            "You add the shift first and multiply afterwards. Which of the two comes first in Eq. "
            "4.3?",
            g="both",
        ),
    ),
)
