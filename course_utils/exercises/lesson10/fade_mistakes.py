"""Mistakes that exercise 10.5 names."""

from course_utils.exercises.lesson10.mistakes import mistake

MISTAKES = (
    mistake(
        "nearness forgotten",
        "Eq. 10.4",
        "With scores of 0 all your sources count the same. Which term makes the nearer one "
        "count more, before anything is learned?",
        near="none",
    ),
    mistake(
        "far sources preferred",
        "Eq. 10.4",
        "Your shares grow with the distance: look at the sign in front of the logarithm.",
        near="far",
    ),
    mistake(
        "distance without its logarithm",
        "Eq. 10.4",
        "You subtract the distance itself. Then distances 1 and 3 do not give three quarters "
        "and one quarter: what must stand in the exponent so that e to it is 1 / distance?",
        near="plain",
    ),
    mistake(
        "scores not used",
        "Eq. 10.4",
        "Your shares depend on the distances alone: that is the linear blend. Where do the "
        "learned scores come in?",
        use="nothing",
    ),
    mistake(
        "softmax over the pixels",
        "Eq. 10.4",
        "Your shares of one pixel do not sum to 1: the softmax runs along a row of pixels. "
        "Who shares with whom?",
        axis="pixels",
    ),
    mistake(
        "missing sources counted",
        "two hands and a fade",
        "A source that does not exist gets a share, and shows what stands in its place.",
        missing="counted",
    ),
    mistake(
        "missing sources dark",
        "two hands and a fade",
        "A source that does not exist takes a share and gives nothing, so that the frame gets "
        "darker. The others must sum to 1 without it: when must it leave, before the softmax "
        "or after?",
        missing="dark",
    ),
    mistake(
        "0 / 0 where nobody is",
        "the condition",
        "Where no source exists your pixels are NaN: a softmax over nothing. The sum over no "
        "source is 0, as for a query that may attend nowhere.",
        nobody="nan",
    ),
    mistake(
        "winner takes all",
        "Eq. 10.4",
        "You take the best source alone. Between two positions of half a pixel a mixture is "
        "nearer than either.",
        norm="hard",
    ),
    mistake(
        "shares that do not sum to 1",
        "Eq. 10.4",
        "You weigh by the exponential and do not divide by the sum.",
        norm="exponential",
    ),
    mistake(
        "infinite nearness",
        "Eq. 10.4",
        "The logarithm of the distance 0 is minus infinity, and the softmax of infinity is "
        "NaN. A distance of 0 counts as 0.001.",
        zero="infinite",
    ),
    mistake(
        "inverse distance in the exponent",
        "Eq. 10.4",
        "You add 1 / distance to the scores. What must stand in the exponent so that e to "
        "it is 1 / distance?",
        near="inverse",
    ),
    mistake(
        "logarithm counted twice",
        "Eq. 10.4",
        "You subtract the logarithm twice: your shares fall like the square of the distance.",
        near="twice",
    ),
    mistake(
        "logarithm to the base 2",
        "Eq. 10.4",
        "You take the logarithm to the base 2. The softmax has the base e, and so must it.",
        near="bits",
    ),
    mistake(
        "logarithm of one more",
        "Eq. 10.4",
        "You take log(1 + d). Then distances 1 and 3 do not give three quarters and one quarter.",
        near="one more",
    ),
    mistake(
        "divided by the distance after the softmax",
        "Eq. 10.4",
        "You divide the shares by the distance, so that they no longer sum to 1. The "
        "nearness belongs into the exponent.",
        near="after",
    ),
    mistake(
        "scores times the nearness",
        "Eq. 10.4",
        "You multiply scores and nearness. A score of 0 would then switch the nearness off: "
        "they are added.",
        use="times",
    ),
    mistake(
        "scores divided by the distance",
        "Eq. 10.4",
        "You divide the scores by the distance. Its logarithm is subtracted.",
        use="divided",
    ),
    mistake(
        "scores with the sign turned",
        "Eq. 10.4",
        "You subtract the scores: a source with a high score gets a small share.",
        use="turned",
    ),
    mistake(
        "0.001 added to every distance",
        "Eq. 10.4",
        "You add 0.001 to all distances. Only a distance of 0 counts as 0.001.",
        zero="added",
    ),
    mistake(
        "another small number for a distance of 0",
        "Eq. 10.4",
        "Your distance of 0 counts as less than 0.001, and such a source gets nearly everything.",
        zero="tiny",
    ),
    mistake(
        "distances below 1 count as 1",
        "Eq. 10.4",
        "You lift distances to 1. A distance of 0 counts as 0.001.",
        zero="one",
    ),
    mistake(
        "softmax over the rows of pixels",
        "Eq. 10.4",
        "Your shares of one pixel do not sum to 1: the softmax runs down a column of "
        "pixels. Who shares with whom?",
        axis="rows",
    ),
    mistake(
        "softmax over the clips",
        "Eq. 10.4",
        "Your softmax runs over the clips of the batch. The sources of one clip share among "
        "themselves.",
        axis="clips",
    ),
    mistake(
        "missing sources alone",
        "two hands and a fade",
        "You leave out the sources that exist. `exists` is True where there is one.",
        missing="alone",
    ),
    mistake(
        "only sources that all clips have",
        "two hands and a fade",
        "A source counts for you only where it exists in every clip of the batch. Each clip "
        "has its own row in `exists`.",
        missing="in any clip",
    ),
    mistake(
        "score of missing sources set to 0",
        "two hands and a fade",
        "You set the score of a missing source to 0. exp(0) is 1: it still gets a share. "
        "Which score has the share 0?",
        missing="zero",
    ),
    mistake(
        "score of missing sources low",
        "two hands and a fade",
        "You give missing sources a low score. Where all scores are lower still they get "
        "everything: only minus infinity is below all.",
        missing="low",
    ),
    mistake(
        "mean of missing sources where nobody is",
        "the condition",
        "Where no source exists you show the mean of what stands there: a very low score is "
        "no help when all are equally low. There the frame is black.",
        nobody="mean",
    ),
    mistake(
        "sigmoid in place of the softmax",
        "Eq. 10.4",
        "You squash every score by itself, and the shares do not sum to 1.",
        norm="sigmoid",
    ),
    mistake(
        "divided by the number of sources",
        "Eq. 10.4",
        "You take the mean of the weighted sources. The shares sum to 1 already: sum.",
        whole="mean",
    ),
    mistake(
        "held distance without its logarithm",
        "Eq. 10.4",
        "You hold the distance at 0.001 and subtract it as it is. What must stand in the "
        "exponent so that e to it is 1 / distance?",
        near="plain, held",
    ),
)
