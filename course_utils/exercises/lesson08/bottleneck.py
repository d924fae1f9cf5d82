"""Exercise 8.6: the best linear bottleneck, fitted to some tokens and used on others."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson08.mistakes import mistake


def bottleneck(
    train, new, d_b, *, centre="train", back=True, first=True, fit="train", white=False, raw=False
):
    source = train if fit == "train" else new
    nothing = torch.zeros_like(train[0])
    means = {"train": train.mean(0), "new": new.mean(0), "one": nothing + train.mean()}
    mu = means.get("train" if centre == "later" else centre, nothing)
    middle = {"none": nothing, "later": nothing, "one": mu}.get(centre, source.mean(0))
    deviation = (source - middle).double()
    variances, directions = torch.linalg.eigh(deviation.T @ deviation / len(source))
    if first:
        variances, directions = variances.flip(0), directions.flip(1)
    W = directions[:, :d_b]
    z = (new if raw else new - mu).double() @ W
    if white:
        z = z / variances[:d_b].sqrt()
    return (z @ W.T + (mu if back else 0)).to(new.dtype)


def svd_columns(train, new, d_b):
    mu = train.mean(0)
    W = torch.linalg.svd(train - mu, full_matrices=False).Vh[:, :d_b]
    return (new - mu) @ W @ W.mT + mu


def eigh_rows(train, new, d_b):
    mu = train.mean(0)
    W = torch.linalg.eigh((train - mu).mT @ (train - mu)).eigenvectors[-d_b:]
    return (new - mu) @ W.mT @ W + mu


def draw_bottleneck(d):
    m = d.integer(4, 9)
    spread = 3.0 * 0.7 ** torch.arange(m)
    mix = torch.linalg.qr(d.normal(m, m)).Q
    mean = d.normal(m, scale=1.5)
    sizes = (4 * m + d.integer(1, 6), m + 3)
    train, new = (d.normal(rows, m) * spread @ mix + mean for rows in sizes)
    return {"train": train, "new": new, "d_b": d.integer(1, m - 2)}


BOTTLENECK = Exercise(
    "8.6",
    "the best linear bottleneck",
    bottleneck,
    draw_bottleneck,
    (
        mistake(
            "mean not put back",
            "Eq. 8.7",
            "Your tokens are off by the same vector everywhere. What you subtract on the way in, "
            "you add on the way out.",
            back=False,
        ),
        mistake(
            "no mean at all",
            "the best linear one",
            "Your directions are those of X^T X. They have to be those of the covariance: take "
            "the mean off first, and put it back at the end.",
            centre="none",
        ),
        mistake(
            "mean taken off for the directions only",
            "Eq. 8.7",
            "Your directions are right. But the new tokens go in as they are: subtract the mean "
            "before the first matrix, and add it after the second.",
            centre="directions",
        ),
        mistake(
            "mean only added",
            "Eq. 8.7",
            "You add the mean at the end and did not subtract it before the first matrix: its "
            "part along the directions counts twice.",
            raw=True,
        ),
        mistake(
            "mean not taken off for the directions",
            "the best linear one",
            "Your way through is right, but your directions are those of X^T X. The covariance "
            "takes the mean off first.",
            centre="later",
        ),
        mistake(
            "one mean for all numbers",
            "Eq. 8.7",
            "You subtract a single number. The mean token has m numbers, one for each place: mean "
            "over the examples, mean(0).",
            centre="one",
        ),
        mistake(
            "smallest variances kept",
            "the best linear one",
            "You keep what matters least. torch.linalg.eigh sorts upward: where do the largest "
            "eigenvalues stand?",
            first=False,
        ),
        mistake(
            "mean of the new tokens",
            "Eq. 8.7",
            "You subtract the mean of the tokens that you compress. A decoder does not know it: "
            "mean and directions both come from training.",
            centre="new",
        ),
        mistake(
            "directions of the new tokens",
            "what each patch size loses",
            "You fitted the directions to the tokens that you test on. That is a better number "
            "and a worse test: fit on training tokens only.",
            fit="new",
        ),
        Misconception(
            "rows for columns",
            "You cut the directions from the wrong side of the matrix. eigh returns them as "
            "columns; svd returns them as the rows of Vh: which axis do you cut?",
            "lesson 08, the best linear one",
            wrong=svd_columns,
        ),
        Misconception(
            "rows of eigenvectors",
            "You cut d_b rows from the matrix of eigenvectors. eigh returns them as columns: "
            "which axis do you cut?",
            "lesson 08, the best linear one",
            wrong=eigh_rows,
        ),
        mistake(
            "divided by the standard deviations",
            "Eq. 8.7",
            "You divide each of the d_b numbers by its standard deviation on the way in and do not "
            "multiply on the way out. Equation 8.7 has only W_E and W_D.",
            white=True,
        ),
    ),
    atol=1e-3,
)
