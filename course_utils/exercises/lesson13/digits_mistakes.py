"""Mistakes that exercise 13.1 names."""

from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import FSQ

MISTAKES = (
    mistake(
        "first digit counts most",
        FSQ,
        "You write numbers as we do on paper, the first digit in front. Here digit 0 counts "
        "by one, and each further digit by the product of the levels before it.",
        order="first is most",
    ),
    mistake(
        "own levels in the base",
        FSQ,
        "Your digit 0 counts by its own number of levels. How many codes are there before "
        "digit 1 moves for the first time?",
        base="own",
    ),
    mistake(
        "same base for all digits",
        FSQ,
        "You use powers of the first number of levels. That is right only if all digits have "
        "as many levels.",
        base="same",
    ),
    mistake(
        "one level too many",
        FSQ,
        "You stretch to 0 ... L and then round: that has L + 1 values, and the last one "
        "belongs to another code.",
        top="L",
    ),
    mistake(
        "fractions cut off",
        FSQ,
        "You cut where you should round: your last level is reached by almost nobody.",
        cut="floor",
    ),
    mistake(
        "not squashed",
        FSQ,
        "You round what the encoder says as it stands. Which function brings all numbers "
        "between 0 and 1 first?",
        squash="none",
    ),
    mistake(
        "digits below zero",
        FSQ,
        "Your digits become negative: tanh goes from -1 to 1. The formula here wants 0 to 1.",
        squash="tanh",
    ),
    mistake(
        "values from 0 to 1",
        FSQ,
        "Your values begin at 0. The decoder reads them from -1 to 1, so that the middle is 0.",
        spread="one side",
    ),
    mistake(
        "last level not at 1",
        FSQ,
        "Your largest value stays below 1: L levels have L - 1 steps between them.",
        spread="L",
    ),
    mistake(
        "remainder forgotten",
        FSQ,
        "You divide by the base and keep what belongs to the higher digits. What takes them away?",
        digits="whole",
    ),
    mistake(
        "digits with fractions",
        FSQ,
        "You divide without cutting, so that lower digits leak into higher ones as "
        "fractions. Which division of Python gives whole numbers?",
        digits="fraction",
    ),
    mistake(
        "powers of ten",
        FSQ,
        "You count digits by 1, 10, 100, as on paper. Here digit i has L_i levels, so that "
        "the next one counts by the product of the levels before it.",
        base="ten",
    ),
    mistake(
        "levels not multiplied up",
        FSQ,
        "Your digit 2 counts by the levels of digit 1 alone. How many codes do digits 0 and "
        "1 make together?",
        base="alone",
    ),
    mistake(
        "tanh in place of the sigmoid",
        FSQ,
        "You squash by tanh, moved to 0 ... 1. That is a sigmoid of 2z, twice as steep as "
        "the formula's.",
        squash="half tanh",
    ),
    mistake(
        "clamped in place of squashed",
        FSQ,
        "You cut z off at 0 and 1. The sigmoid brings all numbers between them, and keeps "
        "large ones apart.",
        squash="clamp",
    ),
    mistake(
        "stretched without squashing",
        FSQ,
        "You multiply z by L - 1 as it stands, so that digits grow beyond their levels. "
        "Which function brings z between 0 and 1 first?",
        squash="stretch",
    ),
    mistake(
        "softmax over the digits",
        FSQ,
        "Your shares of one token sum to 1 over its digits. Each digit is squashed by itself.",
        squash="softmax",
    ),
    mistake(
        "rounded up",
        FSQ,
        "You round up where you should round to the nearest: level 0 is reached by almost nobody.",
        cut="ceil",
    ),
    mistake(
        "digits added without their bases",
        FSQ,
        "You add the digits as they are, so that (1, 0) and (0, 1) are the same code. What "
        "does each count by?",
        join="sum",
    ),
    mistake(
        "number rounded, not its digits",
        FSQ,
        "You sum first and round then. A fraction of a high digit is many steps of a low "
        "one: round each digit before you multiply.",
        join="number",
    ),
    mistake(
        "number cut, not its digits",
        FSQ,
        "You sum fractions and cut the sum. A fraction of a high digit is many steps of a "
        "low one: round each digit before you multiply.",
        join="number cut",
    ),
    mistake(
        "not divided by the base",
        FSQ,
        "You take every digit as the remainder of the whole code. Before the remainder the "
        "base must be divided out: digit 1 is what is left of code // L_0.",
        digits="not divided",
    ),
    mistake(
        "remainder before the division",
        FSQ,
        "You take the remainder first and divide it then. The other way round: divide by "
        "the base, then take the remainder by the levels.",
        digits="remainder first",
    ),
    mistake(
        "remainder of the base",
        FSQ,
        "You take the remainder by the base, which is 0 for digit 0 always. Divide by the "
        "base; the remainder is by the levels.",
        digits="of the base",
    ),
    mistake(
        "digits read backwards",
        FSQ,
        "Your values come in the order of the last digit first.",
        digits="turned",
    ),
    mistake(
        "digits in place of values",
        FSQ,
        "You return the digits 0, 1, 2. The decoder reads values from -1 to 1.",
        spread="digits",
    ),
    mistake(
        "middles of bins",
        FSQ,
        "Your values stand in the middle of L bins, so that neither -1 nor 1 is reached. L "
        "levels have L - 1 steps, from -1 to 1.",
        spread="bins",
    ),
    mistake(
        "values from 0 to 2",
        FSQ,
        "Your values are stretched and not moved: digit 0 is -1.",
        spread="0 to 2",
    ),
    mistake(
        "values from 1 down to -1",
        FSQ,
        "Your values fall as the digit rises. Digit 0 is -1.",
        spread="turned",
    ),
    mistake(
        "values from -1 to 0",
        FSQ,
        "Your values are moved and not stretched: the last level is 1.",
        spread="-1 to 0",
    ),
)
