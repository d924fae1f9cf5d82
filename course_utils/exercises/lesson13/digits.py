"""Exercise 13.1: from what the encoder says to a code number, and from a number to values."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import FSQ


class Codes:
    """Digits of different bases: each rounded, all written as one number."""

    def __init__(
        self,
        levels,
        *,
        order="first is least",
        base="before",
        top="L - 1",
        cut="round",
        squash="sigmoid",
        spread="both sides",
        digits="remainder",
    ):
        self.L = torch.tensor(levels)
        n, turned = len(levels), tuple(reversed(levels))
        bases = {
            "before": [math.prod(levels[:i]) for i in range(n)],
            "own": [math.prod(levels[: i + 1]) for i in range(n)],
            "same": [levels[0] ** i for i in range(n)],
            "big": [math.prod(turned[:i]) for i in range(n)][::-1],
        }
        self.base = torch.tensor(bases["big" if order == "first is most" else base])
        self.top, self.cut, self.squash = top, cut, squash
        self.spread, self.digits = spread, digits

    def encode(self, z):
        most = self.L if self.top == "L" else self.L - 1
        u = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "none": lambda z: z}[self.squash](z)
        u = u.clamp(torch.zeros_like(self.L), most) if self.squash == "none" else u * most
        d = u.floor() if self.cut == "floor" else u.round()
        return (d.long() * self.base).sum(-1)

    def decode(self, codes):
        d = torch.div(codes[..., None], self.base, rounding_mode="floor")
        if self.digits == "fraction":
            d = codes[..., None] / self.base
        if self.digits != "whole":
            d = d % self.L
        share = d / (self.L if self.spread == "L" else self.L - 1)
        return share if self.spread == "one side" else 2 * share - 1


def both_ways(thing, z, codes, levels):
    made = thing(levels)
    return {"codes": made.encode(z), "values": made.decode(codes)}


def away_from_ties(z, L):
    """Move what would round up or down by a hair."""
    for _ in range(8):
        u = z.sigmoid() * (L - 1)
        z = torch.where((u - u.floor() - 0.5).abs() < 0.004, z + 0.05, z)
    return z


def draw_digits(d):
    n = d.integer(2, 4)
    levels = tuple(d.distinct(n, low=2, high=7))
    B, N, M = d.distinct(3, low=5, high=12)
    z = away_from_ties(d.normal(B, N, n, scale=2.0), torch.tensor(levels))
    codes = torch.randint(math.prod(levels), (M,), generator=d.generator)
    codes[0] = math.prod(levels) - 1
    return {"z": z, "codes": codes, "levels": levels}


DIGITS = Exercise(
    "13.1",
    "digits of different bases",
    Codes,
    draw_digits,
    (
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
            "You divide by the base and keep what belongs to the higher digits. What takes them "
            "away?",
            digits="whole",
        ),
        mistake(
            "digits with fractions",
            FSQ,
            "You divide without cutting, so that lower digits leak into higher ones as "
            "fractions. Which division of Python gives whole numbers?",
            digits="fraction",
        ),
    ),
    examples=(
        {
            "z": torch.tensor([[9.0, 9.0], [9.0, -9.0], [0.2, 9.0]]),
            "codes": torch.tensor([0, 1, 4, 9]),
            "levels": (5, 2),
        },
    ),
    use=both_ways,
)
