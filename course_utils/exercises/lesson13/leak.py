"""Exercise 13.5: a test that finds out which code each answer of a model depends on."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.leak_mistakes import MISTAKES
from course_utils.exercises.lesson13.leak_models import KINDS, Planted

LEAST = 1e-6  # a difference below this is rounding


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
    put_back="each time",
    asked="leak",
    shown="reads",
):
    B, T, S = codes.shape
    P = T * S
    before = model(codes)
    table = torch.ones(P, P, dtype=torch.bool) if values == "all" else torch.zeros(P, P).bool()
    left = codes.flatten(1).clone()
    for j in range(P):
        for v in range(1, 2 if values in ("next", "zero") else count):
            other = left if put_back == "never" else codes.flatten(1).clone()
            here = slice(j // S * S, j // S * S + S) if unit == "frame" else j
            other[:, here] = (other[:, here] + v) % count
            if values == "zero":
                other[:, here] = 0
            moved = _moved(model(other.view(B, T, S)), before, compare).flatten(1)  # B P
            moved = {
                "any": moved.any(0),
                "first": moved[0],
                "last": moved[-1],
                "all": moved.all(0),
            }[clips]
            table[:, j] = table[:, j] & moved if values == "all" else table[:, j] | moved
    frame = torch.arange(T).repeat_interleave(S)
    bad = {
        "earlier": table.triu(),
        "itself": table.triu(1),
        "later": table.tril(-1),
        "own frame": table & (frame > frame[:, None]),
        "others": table.diagonal(),
    }[allowed]
    leaks = bool(bad.any()) != (asked == "sound")
    if asked == "all":
        leaks = bool(bad.all())
    if asked == "complete":
        leaks = not torch.equal(table, torch.ones_like(table).tril(-1))
    if order == "by token":
        places = torch.arange(P).view(T, S).T.flatten()
        table = table[places][:, places]
    table = ~table if shown == "does not read" else table
    return (table.T if turned else table), leaks


def _moved(after, before, compare):
    """Which logits differ, "batch frames tokens"."""
    if compare == "choice":
        return after.argmax(-1) != before.argmax(-1)
    if compare == "sum":
        return (after - before).sum(-1).abs() > 1e-4
    if compare == "signed":
        return (after - before).amax(-1) > LEAST
    if compare == "first":
        return (after - before)[..., 0].abs() > LEAST
    least = {"coarse": 0.01, "exact": 0.0}.get(compare, LEAST)
    return (after - before).abs().amax(-1) > least


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
    if kind == "falling":
        codes[:, -1, -1] = 0
    seed = int(torch.randint(1000, (), generator=d.generator))
    return {"model": Planted(seed, T, S, K, kind), "codes": codes, "count": K}


CODES = torch.tensor(
    [[1, 2, 0, 3, 2, 0], [2, 0, 3, 1, 3, 0], [3, 1, 2, 0, 4, 0], [0, 4, 1, 2, 0, 0]]
)

LEAK = Exercise(
    "13.5",
    "a test that finds a leak",
    reads,
    draw_leak,
    MISTAKES,
    returns=("table", "leaks"),
    examples=tuple(
        {"model": Planted(n, 2, 3, 5, kind), "codes": CODES.view(4, 2, 3), "count": 5}
        for n, kind in enumerate(KINDS[-5:])
    ),
    seconds=20.0,
)
