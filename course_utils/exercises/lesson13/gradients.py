"""Exercise 13.2: which gradient reaches the encoder, and which the codebook."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.gradients_mistakes import MISTAKES


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
    copied="whole",
    parts="z first",
):
    squares = ((z[:, None] - book) ** 2).sum(-1)
    far = {
        "distance": squares,
        "product": -(z @ book.T),
        "farthest": -squares,
        "half": (book**2).sum(-1) - z @ book.T,
    }
    idx = far[nearest].argmin(1)
    sizes = {"numbers": z.numel(), "tokens": len(z), "one": 1}
    n = (sizes | {"width": z.shape[1], "book": book.numel()})[over]
    gap = (2 if two else 1) * (z - book[idx]) / n
    weigh = {"weighed": beta, "plain": 1.0, "none": 0.0}[commitment]
    pull, follow = (1.0, weigh) if sides == "exchanged" else (weigh, 1.0)
    follow = weigh if sides == "beta in both" else follow
    pull = 1.0 + weigh if stop in ("none", "book's") else pull
    follow = 1.0 + weigh if stop in ("none", "z's") else follow
    pushed = {"z": (-1, 1), "book": (1, -1)}.get(sign, (sign, sign))
    grad_z = pushed[0] * pull * gap
    if through == "copied" and decoder != "book alone":
        grad_z = grad_z + upstream * {"whole": 1, "mean": 1 / z.numel(), "beta": beta}[copied]
    step = -pushed[1] * follow * gap
    if decoder != "encoder":
        step = step + upstream
    if decoder == "book, nothing else":
        grad_z, step = upstream + pull * gap, upstream
    grad_book = torch.zeros_like(book)
    if repeats in ("last", "first"):
        for row in range(len(z)) if repeats == "last" else range(len(z))[::-1]:
            grad_book[idx[row]] = step[row]
        return grad_z, grad_book
    if repeats == "every code":
        return grad_z, follow * ((2 if two else 1) * (book[:, None] - z) / n).sum(1)
    grad_book.index_add_(0, idx, step)
    if repeats == "averaged":
        grad_book = grad_book / torch.bincount(idx, minlength=len(book)).clamp(min=1)[:, None]
    if parts == "rows":
        return grad_z, step
    return (grad_z, grad_book) if parts == "z first" else (grad_book, grad_z)


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
    MISTAKES,
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
