"""Exercise 13.5: a test that finds out which code each answer of a model depends on."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import SHIFT

LEAST = 1e-6  # a difference below this is rounding


@dataclass(frozen=True, repr=False)
class Planted:
    """A small model of known leaks: codes "batch frames tokens" in, logits for each place out."""

    seed: int
    frames: int
    tokens: int
    count: int
    kind: str

    def __repr__(self):
        return f"a model of {self.frames} frames of {self.tokens} tokens"

    def __call__(self, codes):
        B, T, S = codes.shape
        wrong = (codes < 0) | (codes >= self.count)
        if (T, S) != (self.frames, self.tokens) or wrong.any():
            raise ValueError(
                f"codes: got shape {tuple(codes.shape)}, want batch {self.frames} {self.tokens}, "
                f"each code from 0 to {self.count - 1}"
            )
        weights = _weights(self)  # place, place it reads, code there, logits
        flat = codes.flatten(1)
        read = weights[:, torch.arange(T * S), flat].movedim(1, 0)  # B place other logits
        if self.kind == "some clips":  # the leak shows where the first code is 0
            shut = (flat[:, 0] != 0)[:, None, None] & _leaks(self)
            read = read.masked_fill(shut[..., None], 0.0)
        return read.sum(2).unflatten(1, (T, S))


def _leaks(model):
    """Which place reads which, of those that it must not read: "place place"."""
    T, S = model.frames, model.tokens
    frame = torch.arange(T).repeat_interleave(S)
    token = torch.arange(S).repeat(T)
    same = frame[:, None] == frame
    itself = torch.eye(T * S, dtype=torch.bool)
    last = T * S - 1
    one = torch.zeros_like(itself)
    one[last, last] = True
    return {
        "clean": itself & ~itself,
        "a frame back": itself & ~itself,
        "token itself": itself,
        "own frame": same.triu(),
        "end of the frame": same & (token[:, None] == 0) & (token == S - 1),
        "last frame": (frame[:, None] == 0) & (frame == T - 1),
        "one code": one,
        "some clips": one,
    }[model.kind]


@lru_cache(maxsize=64)
def _weights(model):
    T, S, K = model.frames, model.tokens, model.count
    P = T * S
    generator = torch.Generator().manual_seed(model.seed)
    weights = torch.randn(P, P, K, K, generator=generator)
    weights -= weights.mean(-1, keepdim=True)  # no change of all logits at once
    earlier = torch.ones(P, P, dtype=torch.bool).tril(-1)
    if model.kind == "a frame back":
        frame = torch.arange(T).repeat_interleave(S)
        earlier = frame[:, None] == frame + 1
    leaks = _leaks(model)
    if model.kind == "one code":  # what the last place reads of itself is whether it is code 0
        weights[-1, -1, 1:] = 0.0
    return weights * (earlier | leaks)[..., None, None]


KINDS = (
    "clean",
    "own frame",
    "one code",
    "some clips",
    "one code",
    "some clips",
    "end of the frame",
    "last frame",
    "token itself",
    "a frame back",
)


def reads(
    model,
    codes,
    count,
    *,
    values="any",
    clips="any",
    compare="logits",
    unit="token",
    turned=False,
    order="by frame",
    allowed="earlier",
):
    B, T, S = codes.shape
    P = T * S
    before = model(codes)
    table = torch.ones(P, P, dtype=torch.bool) if values == "all" else torch.zeros(P, P).bool()
    for j in range(P):
        for v in range(1, 2 if values == "next" else count):
            other = codes.flatten(1).clone()
            here = slice(j // S * S, j // S * S + S) if unit == "frame" else j
            other[:, here] = (other[:, here] + v) % count
            moved = _moved(model(other.view(B, T, S)), before, compare).flatten(1)  # B P
            moved = {"any": moved.any(0), "first": moved[0], "all": moved.all(0)}[clips]
            table[:, j] = table[:, j] & moved if values == "all" else table[:, j] | moved
    frame = torch.arange(T).repeat_interleave(S)
    bad = {
        "earlier": table.triu(),
        "itself": table.triu(1),
        "later": table.tril(-1),
        "own frame": table & (frame > frame[:, None]),
    }[allowed]
    leaks = bool(bad.any())
    if order == "by token":
        places = torch.arange(P).view(T, S).T.flatten()
        table = table[places][:, places]
    return (table.T if turned else table), leaks


def _moved(after, before, compare):
    """Which logits differ, "batch frames tokens"."""
    if compare == "choice":
        return after.argmax(-1) != before.argmax(-1)
    if compare == "sum":
        return (after - before).sum(-1).abs() > 1e-4
    return (after - before).abs().amax(-1) > LEAST


def draw_leak(d):
    T, S, K = d.distinct(3, low=2, high=5)
    K = K + 1
    kind = KINDS[d.index % len(KINDS)]
    B = d.choice([n for n in (2, 3, 4) if n not in (T, S, K)])
    codes = torch.randint(K, (B, T, S), generator=d.generator)
    again = d.index % len(KINDS) in (4, 5)
    if kind == "one code":  # code 0 shows: not the next one of 1, but the next one of K - 1
        codes[:, -1, -1] = K - 1 if again else 1
    codes[0, 0, 0], codes[-1, 0, 0] = (0, 1) if again else (1, 0)
    seed = int(torch.randint(1000, (), generator=d.generator))
    return {"model": Planted(seed, T, S, K, kind), "codes": codes, "count": K}


LEAK = Exercise(
    "13.5",
    "a test that finds a leak",
    reads,
    draw_leak,
    (
        mistake(
            "one other code tried",
            SHIFT,
            "You try one other code at each place. A model may look for a single code: only when "
            "all others were tried and nothing moved does it not read there.",
            values="next",
        ),
        mistake(
            "every other code must show",
            SHIFT,
            "You ask that all other codes change the answer. One that does is enough: the model "
            "reads there.",
            values="all",
        ),
        mistake(
            "first clip only",
            SHIFT,
            "You look at the first clip. A leak may show in some clips only: any clip counts.",
            clips="first",
        ),
        mistake(
            "every clip must show",
            SHIFT,
            "You ask that all clips change. One that does is enough: the model reads there.",
            clips="all",
        ),
        mistake(
            "most probable code compared",
            SHIFT,
            "You compare which code is the most probable. A probability can move without "
            "changing who is first: compare the logits.",
            compare="choice",
        ),
        mistake(
            "sum of the logits compared",
            SHIFT,
            "You compare the sums of the logits. What one code gains others may lose, and the sum "
            "stays: compare each.",
            compare="sum",
        ),
        mistake(
            "a whole frame changed at once",
            SHIFT,
            "You change all tokens of a frame together and cannot tell them apart. Change one "
            "place, and put it back before the next.",
            unit="frame",
        ),
        mistake(
            "rows and columns exchanged",
            SHIFT,
            "Your table stands on its side: the row is the place that answers, the column the one "
            "that it reads.",
            turned=True,
        ),
        mistake(
            "counted token by token",
            SHIFT,
            "Your places run through all frames of token 0, then of token 1. Here they run frame "
            "by frame.",
            order="by token",
        ),
        mistake(
            "a place may see itself",
            SHIFT,
            "You let a place read itself. Then the answer is the question: the diagonal of the "
            "table is a leak too.",
            allowed="itself",
        ),
        mistake(
            "the past counted as a leak",
            SHIFT,
            "You raise the alarm for what lies before. Which side of the diagonal is later?",
            allowed="later",
        ),
        mistake(
            "own frame allowed",
            SHIFT,
            "You look for later frames alone. Within a frame token s may read tokens before s, "
            "not itself and not those behind it.",
            allowed="own frame",
        ),
    ),
    returns=("table", "leaks"),
    seconds=20.0,
)
