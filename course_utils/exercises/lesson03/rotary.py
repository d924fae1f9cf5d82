"""Exercise 3.3: positions as rotations."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson03.mistakes import PAIRS, mistake
from course_utils.exercises.lesson03.speeds import speeds


def turn_pairs(x, angle, *, pairs="neighbours", sign=1, matrix="right"):
    """Turn the pairs of "... d" by "... d/2" angles, or do it wrongly."""
    if pairs == "mixed":
        both = angle.repeat_interleave(2, -1)
        first, second = x.chunk(2, -1)
        return x * both.cos().to(x) + torch.cat((-second, first), -1) * (sign * both).sin().to(x)
    even, odd = x.chunk(2, -1) if pairs == "halves" else (x[..., 0::2], x[..., 1::2])
    cos, sin = angle.cos().to(x), (sign * angle).sin().to(x)
    minus = 1 if matrix == "no minus" else -1
    a = even * cos + minus * odd * sin
    first = a if matrix == "one by one" else even
    second = -odd if matrix == "two minuses" else odd
    b = first * sin + second * cos
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
