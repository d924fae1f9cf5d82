"""Exercise 4.3: a block with three planted bugs."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson04.mistakes import mistake

RESIDUAL, ORDER = "the residual", "before or after"


def normalise(x, axis=-1, correction=0, eps=1e-5):
    return (x - x.mean(axis, keepdim=True)) / (
        x.var(axis, keepdim=True, correction=correction) + eps
    ).sqrt()


def block(
    x, weights, W1, W2, *,
    axis=-1, order="pre", stream="x", first=True, second=True, outer=True, inner=True, relu=True,
    correction=0, eps=1e-5,
):  # fmt: skip
    def norm(x):
        return normalise(x, axis, correction, eps)

    def feed_forward(x):
        hidden = x @ W1
        return (hidden.clamp(min=0) if relu else hidden) @ W2

    if order == "post":
        x = norm(first * x + weights @ x)
        return norm(second * x + feed_forward(x))
    if order == "outside":
        x = first * x + norm(weights @ x)
        return second * x + norm(feed_forward(x))
    start = norm(x) if stream == "normed" else x
    h = first * start + weights @ (norm(x) if outer else x)
    seen = {"post": h, "parallel": x}.get(order, h)
    again = {"normed twice": norm(h), "old": x}.get(stream, h)
    y = second * again + feed_forward(norm(seen) if inner else seen)
    return norm(y) if order == "final" else y


def draw_block(d):
    tokens, d_model, d_ff = d.distinct(3, low=3, high=9)
    x = 0.7 + d.normal(*d.leading(), tokens, d_model, scale=d.choice((0.5, 2.0, 3.0)))
    if d.every(3, start=1):
        # a patch of nearly one colour: eps matters
        x[..., 0, :] = 0.7 + d.normal(d_model, scale=0.003)
    return {
        "x": x,
        "weights": d.normal(tokens, tokens).softmax(-1),
        "W1": d.normal(d_model, d_ff),
        "W2": d.normal(d_ff, d_model, scale=0.5),
    }


REPAIR = Exercise(
    "4.3",
    "repair a pre-norm block",
    block,
    draw_block,
    (
        mistake(
            "nothing repaired yet",
            ORDER,
            "Your function still answers like the one that was given. Set W2 to 0, then the "
            "weights: what must be left of x? And does a token's output change when another token "
            "is replaced?",
            axis=-2,
            stream="normed",
            second=False,
        ),
        mistake(
            "residual of the normalised tokens",
            ORDER,
            "You add to LN(x), not to x: the first norm throws away the length of every token for "
            "good. What runs straight through in Eq. 4.4?",
            stream="normed",
        ),
        mistake(
            "residual around the feed-forward network missing",
            RESIDUAL,
            "With W2 = 0 your block returns 0. Everything that attention found passes through the "
            "ReLU or is lost: what has to be added?",
            second=False,
        ),
        mistake(
            "residual around attention missing",
            RESIDUAL,
            "Your tokens are mixed with their neighbours, and what they were themselves is gone. "
            "What has to be added to the output of attention?",
            first=False,
        ),
        mistake(
            "norm over the tokens",
            "batch norm on clips that are filled up",
            "Your norm takes its mean over the tokens, so that the length of the clip changes "
            "every output. Over which axis does a layer norm go?",
            axis=-2,
        ),
        mistake(
            "post-norm",
            ORDER,
            "You normalise after the sum. That is the order of Vaswani et al. (2017); this block "
            "is to be pre-norm: where does LN stand in x + S(LN(x))?",
            order="post",
        ),
        mistake(
            "second norm missing",
            ORDER,
            "Your feed-forward network reads tokens that nobody normalised. Each sublayer of a "
            "pre-norm block has its own norm.",
            inner=False,
        ),
        mistake(
            "first norm missing",
            ORDER,
            "Your attention mixes tokens that nobody normalised. Each sublayer of a pre-norm "
            "block has its own norm.",
            outer=False,
        ),
        mistake(
            "norm behind the sublayers",
            ORDER,
            "You normalise what a sublayer returns, not what it reads. Where does LN stand in x + "
            "S(LN(x))?",
            order="outside",
        ),
        mistake(
            "norm at the end of the block",
            ORDER,
            "Your last line normalises the sum. A pre-norm stack does so once, behind its last "
            "block; a single block leaves the sum alone.",
            order="final",
        ),
        mistake(
            "second sum from the input",
            RESIDUAL,
            "Your second sum starts from the x of the beginning, so that what attention found is "
            "lost. From what does it start?",
            stream="old",
        ),
        mistake(
            "variance divided by d - 1",
            "the norm",
            "Your norm divides by d - 1, as torch.var does unless you say `correction=0`.",
            correction=1,
        ),
        mistake(
            "both sublayers read the input",
            RESIDUAL,
            "Your feed-forward network does not see what attention found. It reads the sum, not "
            "the x of the beginning.",
            order="parallel",
        ),
        mistake(
            "second residual of the normalised tokens",
            ORDER,
            "Your second sum starts from the normalised tokens. What runs straight through in Eq. "
            "4.4?",
            stream="normed twice",
        ),
        mistake(
            "eps forgotten",
            "the norm",
            "Your blocks are right but for tokens of nearly one colour, which come out too large. "
            "The norm's eps is 1e-5; where does it stand in Eq. 4.3?",
            eps=0.0,
        ),
        mistake(
            "ReLU forgotten",
            "the feed-forward network",
            "Two matrices in a row are one. What stands between them in Eq. 4.1?",
            relu=False,
        ),
    ),
)
