"""Mistakes that exercise 14.6 names."""

from course_utils.exercises.lesson14.mistakes import ON_DISTANCE, mistake

MISTAKES = (
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
    mistake(
        "weights in the covariance only",
        ON_DISTANCE,
        "Your means count all clips alike. The weights belong into the mean and into the "
        "covariance.",
        weighted="covariances",
    ),
    mistake(
        "weights squared",
        ON_DISTANCE,
        "Each of your products has the weight twice. The covariance is the mean of "
        "products: one weight for each.",
        weighted="squares",
    ),
    mistake(
        "covariance not divided",
        ON_DISTANCE,
        "You sum the products. The covariance is their mean, by the weights.",
        weighted="sums",
    ),
    mistake(
        "divided by the number less one",
        ON_DISTANCE,
        "You correct by n - 1. Here the weights are the distribution itself, and nothing is "
        "corrected.",
        unbiased="count",
    ),
    mistake(
        "distance of the means averaged",
        ON_DISTANCE,
        "You average the squares of the difference of means. A distance is their sum over "
        "the features.",
        means="mean",
    ),
    mistake(
        "root of the trace",
        ON_DISTANCE,
        "You take the trace first and its root then. The trace of a root is the sum of the "
        "roots of the eigenvalues.",
        cross="root of the trace",
    ),
    mistake(
        "first covariance not rooted",
        ON_DISTANCE,
        "You put the first covariance itself on both sides. Its *root* stands there, so "
        "that the product has the unit of a fourth power, and its root that of a variance.",
        cross="first not rooted",
    ),
    mistake(
        "eigenvectors in rows",
        ON_DISTANCE,
        "You put the root together from the rows. `eigh` returns eigenvectors as columns: "
        "vectors * roots @ vectors.T.",
        cross="basis turned",
    ),
    mistake(
        "root on one side only",
        ON_DISTANCE,
        "Your product is root times covariance, and not symmetric: `eigvalsh` reads half of "
        "it and believes that it is. The root stands on both sides.",
        cross="one side",
    ),
    mistake(
        "traces added",
        ON_DISTANCE,
        "You add the overlap. What two sets share makes them nearer: it is subtracted.",
        factor=-2,
    ),
    mistake(
        "covariances compared entry by entry",
        ON_DISTANCE,
        "You sum the squares of the difference of the covariances, which has the unit of a "
        "fourth power.",
        spread="entries",
    ),
)
