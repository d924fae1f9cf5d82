"""Exercises 3.2 and 3.3: positions as waves and as rotations."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson03.mistakes import PAIRS, mistake


def speeds(d, base, speed):
    """The speeds w_i of d / 2 clocks, or what a mistake makes of them."""
    i = torch.arange(d // 2, dtype=torch.float64)
    base = 10000.0 if speed == "fixed" else base
    power = {
        "right": 2 * i / d,
        "fixed": 2 * i / d,
        "half": i / d,
        "twice": 4 * i / d,
        "all": 2 * i,
        "sign": -2 * i / d,
        "same": 0 * i,
        "late": 2 * (i + 1) / d,
        "last": i / max(1, d // 2 - 1),
    }[speed]
    return base ** -(power.clamp(max=30) if speed == "all" else power)


# 3.2 positions as waves


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


# 3.3 positions as rotations


def turn_pairs(x, angle, *, pairs="neighbours", sign=1, matrix="right"):
    """Turn the pairs of "... d" by "... d/2" angles, or do it wrongly."""
    if pairs == "mixed":
        both = angle.repeat_interleave(2, -1)
        first, second = x.chunk(2, -1)
        return x * both.cos().to(x) + torch.cat((-second, first), -1) * (sign * both).sin().to(x)
    half = x.shape[-1] // 2
    even, odd = (
        (x[..., 0::2], x[..., 1::2]) if pairs != "halves" else (x[..., :half], x[..., half:])
    )
    cos, sin = angle.cos().to(x), (sign * angle).sin().to(x)
    minus = 1 if matrix == "no minus" else -1
    a = even * cos + minus * odd * sin
    b = (a if matrix == "one by one" else even) * sin + (
        -odd if matrix == "two minuses" else odd
    ) * cos
    if pairs == "exchanged":
        a, b = b, a
    if pairs in ("neighbours", "exchanged"):
        return torch.stack((a, b), -1).flatten(-2)
    return torch.cat((a, b), -1)


def rotary(
    x,
    positions,
    base,
    *,
    speed="right",
    pairs="neighbours",
    sign=1,
    matrix="right",
    add=False,
    given=True,
):
    positions = positions if given else torch.arange(len(positions))
    angle = positions.double()[:, None] * speeds(x.shape[-1], base, speed)
    if add:
        return x + torch.stack((angle.sin(), angle.cos()), -1).flatten(-2).to(x)
    return turn_pairs(x, angle, pairs=pairs, sign=sign, matrix=matrix)


def draw_rotary(d):
    tokens, pairs = d.distinct(2, low=2, high=7)
    x = d.normal(*d.leading(), tokens, 2 * (pairs + 1))
    positions = 2 * d.index + d.permutation(tokens + 3)[:tokens]
    return {"x": x, "positions": positions, "base": d.choice((10.0, 100.0, 500.0))}


ROTARY = Exercise(
    "3.3",
    "positions as rotations",
    rotary,
    draw_rotary,
    (
        PAIRS,
        mistake(
            "neighbours turned, then put back as two halves",
            "Eq. 3.4",
            "Your pairs are right and their order is not: all first numbers come first. Put x_2i "
            "and x_(2i+1) back where they were.",
            pairs="moved",
        ),
        mistake(
            "angles of one pairing, partners of another",
            "Eq. 3.4",
            "Your angles go with the pairs x_2i, x_(2i+1), but the partner you mix in is x_(i + "
            "d/2). Those two conventions do not mix: the length of a token changes.",
            pairs="mixed",
        ),
        mistake(
            "turned the other way",
            "Eq. 3.4",
            "You turn by -p w_i. Scores would still be relative, but weights of others would not "
            "fit. Where does (1, 0) go for a small positive angle?",
            sign=-1,
        ),
        mistake(
            "minus sign of the rotation lost",
            "Eq. 3.4",
            "Your pairs change their length: that is no rotation. Which of the four entries of "
            "the matrix is negative?",
            matrix="no minus",
        ),
        mistake(
            "a minus sign too many",
            "Eq. 3.4",
            "Your pairs are mirrored: at position 0 the second number already changes its sign. "
            "Only one of the four entries of the matrix is negative.",
            matrix="two minuses",
        ),
        mistake(
            "a number already turned used again",
            "Eq. 3.4",
            "Your second number of a pair is made from the first one *after* its turn. Both lines "
            "of the rotation read the old pair: keep it until both are done.",
            matrix="one by one",
        ),
        mistake(
            "numbers of each pair exchanged",
            "Eq. 3.4",
            "Your pairs are turned rightly and put back the wrong way round: x_2i comes first.",
            pairs="exchanged",
        ),
        mistake(
            "positions numbered anew",
            "Eq. 3.4",
            "You turn by 0, 1, 2, ..., whatever positions are given.",
            given=False,
        ),
        mistake(
            "base fixed at 10000",
            "Eq. 3.2",
            "Your pairs have the speeds of the paper, whatever base is asked for. Where does "
            "`base` enter?",
            speed="fixed",
        ),
        mistake(
            "exponent i / d in place of 2 i / d",
            "Eq. 3.2",
            "Your pairs slow down half as fast as they should. i counts pairs, and there are d_k "
            "/ 2 of them.",
            speed="half",
        ),
        mistake(
            "exponent 4 i / d in place of 2 i / d",
            "Eq. 3.2",
            "Your pairs slow down twice as fast as they should. Counting in steps of two is the "
            "factor 2 of 2i already: does it stand there once more?",
            speed="twice",
        ),
        mistake(
            "clocks that speed up",
            "Eq. 3.2",
            "Your angles grow with i. The exponent is negative: the first pair turns fastest.",
            speed="sign",
        ),
        mistake(
            "all pairs turned by the same angle",
            "Eq. 3.4",
            "All your pairs turn at speed 1. With one clock, which positions cannot be told apart?",
            speed="same",
        ),
        mistake(
            "waves added in place of a rotation",
            "Eq. 3.4",
            "You added sine and cosine to the token, as in Eq. 3.2. Rotary adds nothing: it "
            "multiplies pairs by a rotation.",
            add=True,
        ),
    ),
    atol=1e-3,
)
