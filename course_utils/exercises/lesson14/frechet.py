"""Exercise 14.6: the Frechet distance between two weighted sets of features."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson14.mistakes import ON_DISTANCE, mistake


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
        if weighted == "means":
            w = torch.full_like(w, 1 / len(w))
        off = x - mean if centred else x
        cov = off.T @ (w[:, None] * off)
        moments.append((mean, cov / (1 - w.square().sum()) if unbiased else cov))
    (m, p), (n, q) = moments
    gap = (m - n).square().sum()
    gap = {"squared": gap, "plain": gap.sqrt(), "none": 0 * gap}[means]
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
    else:
        first = half(p, clamp != "last")
        values = torch.linalg.eigvalsh(first @ q @ first)
        values = values - 1e-15 if clamp == "first" else values.clamp(min=0)
        overlap = values.sqrt().sum()
    out = gap + (p.trace() + q.trace() - factor * overlap if spread == "both" else 0)
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
    (
        mistake(
            "roots multiplied one by one",
            ON_DISTANCE,
            "You multiply the two roots. That is right when the covariances share their "
            "directions, and too large a distance otherwise: take the root of the whole product.",
            cross="roots",
        ),
        mistake(
            "root of each entry",
            ON_DISTANCE,
            "You take the root of every entry of the product. The root of a matrix is the one "
            "whose square is the matrix: it has the roots of the eigenvalues.",
            cross="elements",
        ),
        mistake(
            "variances alone",
            ON_DISTANCE,
            "You use the diagonals. Two sets whose features vary alike one by one, and together "
            "otherwise, are then the same to you.",
            cross="diagonal",
        ),
        mistake(
            "singular values in place of eigenvalues",
            ON_DISTANCE,
            "You take the singular values of the product of two covariances. It is not symmetric, "
            "so that they are not its eigenvalues. Which product is symmetric?",
            cross="singular",
        ),
        mistake(
            "no root at all",
            ON_DISTANCE,
            "You subtract the trace of the product, which has the unit of a fourth power.",
            cross="no root",
        ),
        mistake(
            "factor two forgotten",
            ON_DISTANCE,
            "A set is not at distance 0 from itself: there are two traces to cancel.",
            factor=1,
        ),
        mistake(
            "distance of the means not squared",
            ON_DISTANCE,
            "You add a distance to variances. Which unit have they?",
            means="plain",
        ),
        mistake(
            "means left out",
            ON_DISTANCE,
            "Two sets of the same spread in different places are the same to you.",
            means="none",
        ),
        mistake(
            "spread left out",
            ON_DISTANCE,
            "You compare the means alone. A generator that makes the mean clip every time would "
            "be perfect.",
            spread="none",
        ),
        mistake(
            "not centred",
            ON_DISTANCE,
            "Your covariance has the mean in it: subtract it from the features first.",
            centred=False,
        ),
        mistake(
            "weights forgotten",
            ON_DISTANCE,
            "All your clips count alike. The weights belong into the mean and into the covariance.",
            weighted="none",
        ),
        mistake(
            "weights in the mean only",
            ON_DISTANCE,
            "Your covariance counts all clips alike. It is a mean too: of products.",
            weighted="means",
        ),
        mistake(
            "root of a negative eigenvalue",
            ON_DISTANCE,
            "With fewer clips than features some eigenvalues are 0, and rounding makes them "
            "slightly negative: their root is NaN. Clamp before the last root.",
            clamp="first",
        ),
        mistake(
            "root of a covariance without a clamp",
            ON_DISTANCE,
            "With fewer clips than features some eigenvalues of the first covariance are 0, and "
            "rounding makes them slightly negative: its root is NaN, and nothing after it works. "
            "Clamp before every root.",
            stops=True,
            clamp="last",
        ),
        mistake(
            "root of the distance",
            ON_DISTANCE,
            "You return the root. Papers report the square, and so does this course.",
            root=True,
        ),
        mistake(
            "divided by one fewer",
            ON_DISTANCE,
            "You correct the covariance for the mean that was estimated. Here the weights are the "
            "distribution itself.",
            unbiased=True,
        ),
    ),
)
