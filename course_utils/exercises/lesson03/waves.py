"""Exercise 3.2: positions as waves."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson03.mistakes import mistake
from course_utils.exercises.lesson03.speeds import speeds


def waves(
    positions,
    d_model,
    base,
    *,
    speed="right",
    order="turns",
    first="sine",
    start=0,
    own=False,
    given=True,
    second="cosine",
):
    positions = positions if given else torch.arange(len(positions))
    turn = (positions.double() + start)[:, None] * speeds(d_model, base, speed)
    sine, cosine = turn.sin(), (turn * base ** (-1 / d_model) if own else turn).cos()
    cosine = sine if second == "sine" else cosine
    pair = (sine, cosine) if first == "sine" else (cosine, sine)
    table = torch.stack(pair, -1).flatten(-2) if order == "turns" else torch.cat(pair, -1)
    return table.float()


def draw_positions(d):
    n, pairs = d.distinct(2, low=2, high=16)
    first = 5 * d.index
    return {
        "positions": first + d.permutation(n + 3)[:n],
        "d_model": 2 * (pairs + 1),
        "base": d.choice((10.0, 100.0, 500.0)),
    }


WAVES = Exercise(
    "3.2",
    "positions as waves",
    waves,
    draw_positions,
    (
        mistake(
            "all sines first, then all cosines",
            "Eq. 3.2",
            "You have the right numbers in another order. In Eq. 3.2 each clock's sine and cosine "
            "stand side by side, in columns 2i and 2i + 1.",
            order="blocks",
        ),
        mistake(
            "sine and cosine exchanged",
            "Eq. 3.2",
            "The even columns hold the sine. What does position 0 look like?",
            first="cosine",
        ),
        mistake(
            "exponent i / d in place of 2 i / d",
            "Eq. 3.2",
            "Your clocks slow down half as fast as they should. i counts pairs, and there are d / "
            "2 of them: how far does 2i / d run?",
            speed="half",
        ),
        mistake(
            "exponent 4 i / d in place of 2 i / d",
            "Eq. 3.2",
            "Your clocks slow down twice as fast as they should. Counting in steps of two is the "
            "factor 2 of 2i already: does it stand there once more?",
            speed="twice",
        ),
        mistake(
            "exponent not divided by d",
            "Eq. 3.2",
            "All but your first clock stand still: base to the power of -2i is tiny. What is the "
            "exponent divided by?",
            speed="all",
        ),
        mistake(
            "clocks that speed up",
            "Eq. 3.2",
            "Your speeds grow with i. The exponent is negative: the first clock is the fastest.",
            speed="sign",
        ),
        mistake(
            "all clocks of one speed",
            "Eq. 3.2",
            "All your pairs are the same. With one clock, which positions cannot be told apart?",
            speed="same",
        ),
        mistake(
            "a speed of its own for each column",
            "Eq. 3.2",
            "Your sines are right and your cosines belong to other clocks. Columns 2i and 2i + 1 "
            "are the two sides of one hand: which speed do they share?",
            own=True,
        ),
        mistake(
            "base fixed at 10000",
            "Eq. 3.2",
            "Your clocks have the speeds of the paper, whatever base is asked for. Where does "
            "`base` enter?",
            speed="fixed",
        ),
        mistake(
            "speeds counted from 1",
            "Eq. 3.2",
            "Your first clock is already slowed down. Its index i is 0, its speed 1.",
            speed="late",
        ),
        mistake(
            "slowest clock at 1 / base",
            "Eq. 3.2",
            "Your speeds run down to 1 / base itself: you divide i by the number of the last "
            "pair. Eq. 3.2 divides 2 i by d, so that the slowest clock is a little faster than 1 "
            "/ base.",
            speed="last",
        ),
        mistake(
            "positions numbered anew",
            "Eq. 3.2",
            "Your rows are those of 0, 1, 2, ..., whatever positions are given. A clip that goes "
            "on needs the later rows.",
            given=False,
        ),
        mistake(
            "sines in both columns",
            "Eq. 3.2",
            "Your odd columns repeat the even ones. A sine alone does not say whether its hand is "
            "on the way up or down.",
            second="sine",
        ),
        mistake(
            "counted from 1",
            "Eq. 3.2",
            "Your row for position p is that of p + 1. Positions are given; take them as they are.",
            start=1,
        ),
    ),
    examples=({"positions": torch.arange(3), "d_model": 4, "base": 10000.0},),
    atol=1e-3,
)
