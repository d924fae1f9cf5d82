"""Mistakes that exercise 13.2 names."""

from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import THROUGH, VQ

MISTAKES = (
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
        "Your gradients of the two terms are half as large: the derivative of a square has a 2.",
        two=False,
    ),
    mistake(
        "nearest by the scalar product",
        VQ,
        "A long code wins all of your tokens. Nearest means the smallest distance.",
        nearest="product",
    ),
    mistake(
        "farthest code",
        VQ,
        "Your tokens take the code that is farthest away: the smallest distance wins.",
        nearest="farthest",
    ),
    mistake(
        "two of the product forgotten",
        VQ,
        "You look for the nearest by |e|^2 - z e. In |z - e|^2 the product counts twice.",
        nearest="half",
    ),
    mistake(
        "divided by the width alone",
        VQ,
        "You divide by the width of a token. The mean is over all numbers, tokens times width.",
        over="width",
    ),
    mistake(
        "divided by the size of the book",
        VQ,
        "You divide by the numbers in the codebook. Both means go over the numbers of z, "
        "tokens times width.",
        over="book",
    ),
    mistake(
        "beta before both terms",
        VQ,
        "Your beta slows the codebook too. It stands before one of the two terms: which "
        "side moves there?",
        sides="beta in both",
    ),
    mistake(
        "codebook moves z too",
        VQ,
        "Your z gets 1 + beta times the pull. In the first term z stands inside sg(...), a "
        "constant.",
        stop="book's",
    ),
    mistake(
        "commitment moves the codebook too",
        VQ,
        "Your codes get 1 + beta times the pull. In the second term q stands inside "
        "sg(...), a constant.",
        stop="z's",
    ),
    mistake(
        "encoder pushed away",
        VQ,
        "Your gradient of z has the other sign: a step *against* it leads away from the "
        "code. What is the derivative of (z - q)^2 with respect to z?",
        sign="z",
    ),
    mistake(
        "codes pushed away",
        VQ,
        "Your gradient of the codes has the other sign: a step *against* it leads away from "
        "the tokens. What is the derivative of (z - q)^2 with respect to q?",
        sign="book",
    ),
    mistake(
        "upstream divided once more",
        THROUGH,
        "You divide the decoder's gradient by the number of numbers. It is a gradient "
        "already, and passes as it is.",
        copied="mean",
    ),
    mistake(
        "upstream weighed by beta",
        THROUGH,
        "You multiply the decoder's gradient by beta, which weighs the commitment alone.",
        copied="beta",
    ),
    mistake(
        "codebook follows the decoder alone",
        THROUGH,
        "Your codes get what the decoder sends, and nothing pulls them to their tokens. "
        "Which of the three places has q outside sg(...)?",
        decoder="book, nothing else",
    ),
    mistake(
        "only the first token counts",
        VQ,
        "A code that several tokens chose gets the gradient of the first. Their gradients add up.",
        repeats="first",
    ),
    mistake(
        "every code follows every token",
        VQ,
        "You pull all codes to all tokens. A code moves for the tokens that chose it; for "
        "the others it was not there.",
        repeats="every code",
    ),
    mistake(
        "a gradient for each token",
        VQ,
        "Your second part has a row for each token. The codebook has a row for each code: "
        "sum what the tokens of a code send.",
        parts="rows",
    ),
    mistake(
        "parts exchanged",
        VQ,
        "Your first part is the gradient of the codebook. First comes that of z.",
        parts="book first",
    ),
)
