"""Exercise 13.1: from what the encoder says to a code number, and from a number to values."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.digits_mistakes import MISTAKES


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
        join="digits",
    ):
        self.L = torch.tensor(levels)
        n, turned = len(levels), tuple(reversed(levels))
        bases = {
            "before": [math.prod(levels[:i]) for i in range(n)],
            "own": [math.prod(levels[: i + 1]) for i in range(n)],
            "same": [levels[0] ** i for i in range(n)],
            "ten": [10**i for i in range(n)],
            "alone": [1, *levels[:-1]],
            "big": [math.prod(turned[:i]) for i in range(n)][::-1],
        }
        self.base = torch.tensor(bases["big" if order == "first is most" else base])
        self.top, self.cut, self.squash = top, cut, squash
        self.spread, self.digits, self.join = spread, digits, join

    def encode(self, z):
        most = self.L if self.top == "L" else self.L - 1
        u = SQUASH[self.squash](z)
        u = u.clamp(torch.zeros_like(self.L), most) if self.squash == "none" else u * most
        if self.join.startswith("number"):
            number = (u * self.base).sum(-1)
            return (number.floor() if self.join == "number cut" else number.round()).long()
        d = {"floor": u.floor, "ceil": u.ceil, "round": u.round}[self.cut]().long()
        return (d * (1 if self.join == "sum" else self.base)).sum(-1)

    def decode(self, codes):
        d = torch.div(codes[..., None], self.base, rounding_mode="floor")
        if self.digits == "fraction":
            d = codes[..., None] / self.base
        if self.digits != "whole":
            d = d % self.L
        number = codes[..., None].expand_as(d)
        d = {
            "not divided": number % self.L,
            "remainder first": number % self.L // self.base,
            "of the base": number % self.base,
            "turned": d.flip(-1),
        }.get(self.digits, d)
        share = d / (self.L if self.spread == "L" else self.L - 1)
        return {
            "one side": share,
            "digits": d.float(),
            "bins": (2 * d + 1) / self.L - 1,
            "0 to 2": 2 * share,
            "turned": 1 - 2 * share,
            "-1 to 0": share - 1,
        }.get(self.spread, 2 * share - 1)


SQUASH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "none": lambda z: z,
    "half tanh": lambda z: (z.tanh() + 1) / 2,
    "clamp": lambda z: z.clamp(0, 1),
    "stretch": lambda z: z + 0.0,
    "softmax": lambda z: z.softmax(-1),
}


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
    MISTAKES,
    examples=(
        {
            "z": torch.tensor([[9.0, 9.0], [9.0, -9.0], [0.2, 9.0]]),
            "codes": torch.tensor([0, 1, 4, 9]),
            "levels": (5, 2),
        },
    ),
    use=both_ways,
)
