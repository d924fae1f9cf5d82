"""Exercise 13.2: which gradient reaches the encoder, and which the codebook."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import THROUGH, VQ


def vq_gradients(
    z,
    book,
    upstream,
    beta,
    *,
    through="copied",
    decoder="encoder",
    sides="right",
    stop="both",
    sign=1,
    repeats="summed",
    over="numbers",
    commitment="weighed",
    two=True,
    nearest="distance",
):
    squares = ((z[:, None] - book) ** 2).sum(-1)
    idx = (-(z @ book.T) if nearest == "product" else squares).argmin(1)
    n = {"numbers": z.numel(), "tokens": len(z), "one": 1}[over]
    gap = sign * (2 if two else 1) * (z - book[idx]) / n
    weigh = {"weighed": beta, "plain": 1.0, "none": 0.0}[commitment]
    pull, follow = (1.0, weigh) if sides == "exchanged" else (weigh, 1.0)
    if stop == "none":
        pull = follow = 1.0 + weigh
    grad_z = pull * gap
    if through == "copied" and decoder != "book alone":
        grad_z = grad_z + upstream
    step = -follow * gap
    if decoder != "encoder":
        step = step + upstream
    grad_book = torch.zeros_like(book)
    if repeats == "last":
        grad_book[idx] = step
        return grad_z, grad_book
    grad_book.index_add_(0, idx, step)
    if repeats == "averaged":
        grad_book = grad_book / torch.bincount(idx, minlength=len(book)).clamp(min=1)[:, None]
    return grad_z, grad_book


def draw_gradients(d):
    D, K, N = d.distinct(3, low=2, high=7)
    N = N + K + 2  # some codes are asked for twice
    book = d.normal(K, D)
    book[-1] = 9.0  # and one by nobody
    return {
        "z": d.normal(N, D),
        "book": book,
        "upstream": 0.3 * d.normal(N, D),
        "beta": d.choice((0.25, 0.4, 0.7)),
    }


GRADIENTS = Exercise(
    "13.2",
    "two gradients by hand",
    vq_gradients,
    draw_gradients,
    (
        mistake(
            "nothing comes through",
            THROUGH,
            "The decoder's gradient does not reach your encoder, which then never learns to "
            "reconstruct. Backward, the straight-through step is the identity.",
            through="stopped",
        ),
        mistake(
            "decoder's gradient in both",
            THROUGH,
            "You hand the decoder's gradient to the codebook too. z + sg(q - z) has q inside the "
            "stop: what is its derivative with respect to q?",
            decoder="both",
        ),
        mistake(
            "decoder's gradient in the codebook alone",
            THROUGH,
            "The decoder reads q, but its gradient goes past q to z: straight through. You sent "
            "it where the stop is.",
            decoder="book alone",
        ),
        mistake(
            "stop-gradient on the wrong side",
            VQ,
            "Your beta slows the codebook and leaves the encoder alone. In which of the two terms "
            "does z move: the one in which z stands outside sg(...).",
            sides="exchanged",
        ),
        mistake(
            "no stop-gradient",
            VQ,
            "Both of your sides get both terms, 1 + beta each. Each term moves one side only: "
            "what is inside sg(...) counts as a constant.",
            stop="none",
        ),
        mistake(
            "pushed apart",
            VQ,
            "Your signs push encoder and code away from each other: a step goes *against* the "
            "gradient. What is the derivative of (z - q)^2 with respect to z?",
            sign=-1,
        ),
        mistake(
            "only the last token counts",
            VQ,
            "A code that several tokens chose gets the gradient of one of them: an assignment "
            "with repeated indices keeps one. Their gradients add up.",
            repeats="last",
        ),
        mistake(
            "averaged over the tokens of a code",
            VQ,
            "You divide each code's gradient by the number of its tokens. The loss is one mean "
            "over all numbers, and a popular code has a larger gradient.",
            repeats="averaged",
        ),
        mistake(
            "divided by tokens alone",
            VQ,
            "Your loss is a sum over the dimensions. The mean here is over all numbers, tokens "
            "times dimensions, as in F.mse_loss.",
            over="tokens",
        ),
        mistake(
            "sum in place of mean",
            VQ,
            "Your gradients grow with the number of tokens. The mean over all numbers divides.",
            over="one",
        ),
        mistake(
            "no commitment",
            VQ,
            "Nothing pulls your z towards its code. That is the second term, with beta before it.",
            commitment="none",
        ),
        mistake(
            "commitment without beta",
            VQ,
            "Your two terms weigh the same. Which one has beta before it?",
            commitment="plain",
        ),
        mistake(
            "two forgotten",
            VQ,
            "Your gradients of the two terms are half as large: the derivative of a square has a "
            "2.",
            two=False,
        ),
        mistake(
            "nearest by the scalar product",
            VQ,
            "A long code wins all of your tokens. Nearest means the smallest distance.",
            nearest="product",
        ),
    ),
    returns=("grad_z", "grad_book"),
    examples=(
        {
            "z": torch.tensor([[1.0, 0.0], [3.0, 0.0]]),
            "book": torch.tensor([[2.0, 0.0], [9.0, 9.0]]),
            "upstream": torch.tensor([[0.5, 0.0], [0.0, -0.5]]),
            "beta": 0.25,
        },
    ),
)
