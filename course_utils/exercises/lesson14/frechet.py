"""Exercise 14.6: the Frechet distance between two weighted sets of features."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.frechet_mistakes import MISTAKES


def frechet(
    a,
    weights_a,
    b,
    weights_b,
    *,
    cross="root",
    factor=2,
    means="squared",
    spread="both",
    centred=True,
    weighted="both",
    clamp="both",
    root=False,
    unbiased=False,
):
    moments = []
    for x, w in ((a, weights_a), (b, weights_b)):
        if weighted == "none":
            w = torch.full_like(w, 1 / len(w))
        mean = w @ x
        if weighted == "covariances":
            mean = x.mean(0)
        if weighted == "means":
            w = torch.full_like(w, 1 / len(w))
        w = {"squares": w**2, "sums": torch.ones_like(w)}.get(weighted, w)
        off = x - mean if centred else x
        cov = off.T @ (w[:, None] * off)
        one_fewer = {True: 1 / (1 - w.square().sum()), "count": len(w) / (len(w) - 1), False: 1}
        moments.append((mean, cov * one_fewer[unbiased]))
    (m, p), (n, q) = moments
    gap = (m - n).square().sum()
    gap = {"squared": gap, "plain": gap.sqrt(), "none": 0 * gap, "mean": gap / len(m)}[means]
    if cross == "elements":
        overlap = (p @ q).clamp(min=0).sqrt().trace()
    elif cross == "diagonal":
        p, q = p.diag().diag(), q.diag().diag()
        overlap = (p * q).sqrt().trace()
    elif cross == "roots":
        overlap = (half(p) @ half(q)).trace()
    elif cross == "singular":
        overlap = torch.linalg.svdvals(p @ q).sqrt().sum()
    elif cross == "no root":
        overlap = (p @ q).trace()
    elif cross == "root of the trace":
        overlap = (p @ q).trace().clamp(min=0).sqrt()
    elif cross in ("first not rooted", "basis turned", "one side"):
        values, vectors = torch.linalg.eigh(p)
        vectors = vectors.T if cross == "basis turned" else vectors
        first = (
            p if cross == "first not rooted" else vectors * values.clamp(min=0).sqrt() @ vectors.T
        )
        product = first @ q if cross == "one side" else first @ q @ first
        overlap = torch.linalg.eigvalsh(product).clamp(min=0).sqrt().sum()
    else:
        first = half(p, clamp != "last")
        values = torch.linalg.eigvalsh(first @ q @ first)
        values = values - 1e-15 if clamp == "first" else values.clamp(min=0)
        overlap = values.sqrt().sum()
    part = p.trace() + q.trace() - factor * overlap
    out = gap + {"both": part, "none": 0, "entries": (p - q).square().sum()}[spread]
    return out.clamp(min=0).sqrt() if root else out


def half(cov, clamp=True):
    """The symmetric root of a covariance."""
    values, vectors = torch.linalg.eigh(cov)
    values = values.clamp(min=0) if clamp else values - 1e-15  # rounded to below 0
    return vectors * values.sqrt() @ vectors.T


def draw_frechet(d):
    n, m, D = d.distinct(3, low=3, high=9)
    few = d.every(2, start=1)  # fewer clips than features: the covariances have no inverse
    D, n, m = (D + 8, n, m) if few else (D, n + 8, m + 8)
    sets = []
    for count in (n, m):
        x = d.normal(count, D).double() @ d.normal(D, D).double() / D**0.5
        x = x + d.normal(D).double()
        w = d.uniform(count, low=0.2, high=1.0).double()
        if d.every(3, start=2):
            w[0] = 0.0
        sets += [x, w / w.sum()]
    return dict(zip(("a", "weights_a", "b", "weights_b"), sets))


FRECHET = Exercise(
    "14.6",
    "the Frechet distance between weighted sets",
    frechet,
    draw_frechet,
    MISTAKES,
)
