"""Mistakes that exercise 13.4 names."""

from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import BITS, FRAMES

MISTAKES = (
    mistake(
        "model in nats",
        BITS,
        "The model's number is too small by the factor 0.693: the natural logarithm counts "
        "nats. One bit is log 2 nats.",
        unit="nats",
    ),
    mistake(
        "table in nats",
        BITS,
        "The table's number is too small by the factor 0.693: the natural logarithm counts "
        "nats. One bit is log 2 nats.",
        table_unit="nats",
    ),
    mistake(
        "mean over the tokens of a frame",
        FRAMES,
        "You give the model's bits per token. A frame is all of its tokens: their bits add up.",
        over="mean",
    ),
    mistake(
        "table of one token",
        FRAMES,
        "You give the table's bits per token. A frame has several, and the table knows of no "
        "tie between them: how many bits for all?",
        table_over="token",
    ),
    mistake(
        "sum over all frames",
        FRAMES,
        "Your number grows with the clips. Bits per *frame*: sum over the tokens, mean over "
        "frames and clips.",
        over="all",
    ),
    mistake(
        "first frame counted",
        FRAMES,
        "You count the bits of frame 0, which nothing comes before. Here the frames from 1 on "
        "count.",
        start=0,
    ),
    mistake(
        "table of all frames",
        FRAMES,
        "Your table counts the codes of frame 0 too. Compare both on the same frames.",
        table_from=0,
    ),
    mistake(
        "all codes alike",
        FRAMES,
        "Your table gives each code the same probability. Count how often each occurs.",
        table="even",
    ),
    mistake(
        "one added to every count",
        FRAMES,
        "You add one to each count. The entropy of what was seen takes the counts as they "
        "are; a code that never occurs adds nothing.",
        table="smoothed",
    ),
    mistake(
        "0 times infinity",
        BITS,
        "A code that never occurs makes your entropy NaN: 0 log 0. Its limit is 0, and such a "
        "code adds nothing.",
        empty="nan",
    ),
    mistake(
        "the model's own entropy",
        FRAMES,
        "You measure how unsure the model is, not how well it says what happened. A model "
        "that is sure and wrong would win. Which code happened?",
        what="entropy",
    ),
    mistake(
        "impossible codes counted as usual ones",
        FRAMES,
        "A logit of minus infinity became 0 with you, a quite probable code. It stands for "
        "probability 0; if such a code happens, the bits are infinite, and rightly so.",
        impossible="zero",
    ),
    mistake(
        "logarithm of a softmax",
        FRAMES,
        "A very unlikely code costs you infinitely many bits, because its probability is "
        "rounded to 0 before the logarithm. `log_softmax` takes both steps in one.",
        stable=False,
    ),
    mistake(
        "a table for each place",
        FRAMES,
        "You count codes apart for each place of the frame. That is a better table, but here "
        "one table serves all places.",
        tables="each place",
    ),
    mistake(
        "softmax over the tokens",
        FRAMES,
        "Your probabilities sum to 1 over the tokens of a frame. Over what does the model choose?",
        axis="tokens",
    ),
    mistake(
        "shifted once more",
        FRAMES,
        "You compare the logits of frame t with the codes of frame t + 1. The model's inputs "
        "were shifted already: logits of frame t are about frame t.",
        late=1,
    ),
    mistake(
        "frame t against frame t + 1",
        FRAMES,
        "You hold the logits of frame t to the codes of frame t + 1, as for a model whose "
        "outputs are about the next frame. Here logits at frame t are about frame t.",
        late="one less",
    ),
    mistake(
        "logits taken for logarithms",
        FRAMES,
        "You read off logits. What makes the logarithm of a probability of them?",
        what="logits",
    ),
    mistake(
        "logarithm of a probability and a small number",
        FRAMES,
        "You add a small number before the logarithm. A code that was ruled out and happens "
        "costs infinitely many bits, a code with a logit of -200 some 290, and neither "
        "costs 30 or 40.",
        stable=1e-9,
    ),
    mistake(
        "one-hot product of 0 and infinity",
        FRAMES,
        "A logit of minus infinity makes your sum NaN: 0 times infinity. `gather` reads off "
        "what happened and leaves the rest alone.",
        what="one-hot",
    ),
    mistake(
        "likeliest code in place of what happened",
        FRAMES,
        "You count the bits of the code that the model likes best. Which one happened?",
        what="best",
    ),
    mistake(
        "bits per clip",
        FRAMES,
        "You sum over frames too. Bits per *frame*: sum over the tokens, mean over frames "
        "and clips.",
        over="clip",
    ),
    mistake(
        "logarithm of the mean probability",
        FRAMES,
        "You average probabilities and take the logarithm then. Bits are a logarithm for "
        "each code: the mean comes last.",
        over="probabilities",
    ),
    mistake(
        "divided by all frames",
        FRAMES,
        "Frame 0 adds nothing to your sum and still divides it. The mean is over the frames "
        "that count.",
        each="all frames",
    ),
    mistake(
        "multiplied by log 2",
        BITS,
        "You multiply the model's nats by 0.693. One bit is log 2 nats, so that there are "
        "*more* bits than nats.",
        unit="times",
    ),
    mistake(
        "decimal digits",
        BITS,
        "You count the model in decimal digits, with a logarithm to the base 10. A bit is a "
        "choice between two.",
        unit="digits",
    ),
    mistake(
        "model with the sign turned",
        BITS,
        "Your model needs a negative number of bits: a probability below 1 has a negative "
        "logarithm.",
        unit="minus",
    ),
    mistake(
        "table with the sign turned",
        BITS,
        "Your table needs a negative number of bits: a probability below 1 has a negative "
        "logarithm.",
        table_unit="minus",
    ),
    mistake(
        "table of a clip",
        FRAMES,
        "Your table pays for all frames of a clip. Asked for is one frame.",
        table_over="clip",
    ),
    mistake(
        "entropy averaged over the codes",
        FRAMES,
        "You divide the table's entropy by the number of codes. It is a sum: each term has "
        "its probability in it already.",
        table_over="code",
    ),
    mistake(
        "a table for each frame",
        FRAMES,
        "You count codes apart for each frame. That is a better table, but here one table "
        "serves all.",
        tables="each frame",
    ),
    mistake(
        "table of what the model says",
        FRAMES,
        "Your table is the model's mean probability. It is to be counted from the codes: it "
        "knows no model.",
        table="the model's",
    ),
    mistake(
        "parts exchanged",
        FRAMES,
        "Your first number is the table's. First comes the model's.",
        parts="table first",
    ),
)
