"""Exercise 13.3: codes that nobody uses get another life, with exact books."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.dead_mistakes import MISTAKES


def reseed(
    book,
    uses,
    vectors,
    limit,
    *,
    border="lives",
    first="worst",
    ties="early",
    against="living",
    count="one",
    beyond="again",
    pick="each",
    renew="once",
    nobody="all equal",
    distance="squares",
    turn="number",
    laid="there",
):
    dead = {"dies": uses <= limit, "lives": uses < limit, "never": uses == 0, "many": uses >= limit}
    dead = dead[border]
    others = {"living": ~dead, "all": torch.ones_like(dead), "dead": dead}[against]
    before, book, places = book, book.clone(), dead.nonzero().flatten().tolist()
    if nobody == "stays" and dead.all():
        return book, uses.clone()
    if nobody == "stops" and dead.all():
        raise IndexError("min(): the smallest of no number")
    places = places[::-1] if turn == "backwards" else places
    if turn == "count":
        places = sorted(places, key=lambda place: uses[place].item())
    order = _order(book, others, vectors, first, ties, distance)
    for i, place in enumerate(places):
        if beyond == "stays dead" and i >= len(vectors):
            continue
        if renew == "each time" and 0 < i < len(vectors):
            others = others.clone()
            others[places[i - 1]] = True
            order = _order(book, others, vectors, first, ties, distance)
            book[place] = vectors[order[0]]
            continue
        nth = min(i, len(vectors) - 1) if beyond == "last one" else i % len(vectors)
        nth = {"one": 0, "own number": place % len(vectors)}.get(pick, nth)
        book[place] = vectors[order[nth]]
    if laid == "half way":
        book = (before + book) / 2
    if count == "all":
        return book, torch.ones_like(uses)
    if count == "living":
        return book, (~dead).float()
    new = {"one": 1.0, "kept": uses, "zero": 0.0, "limit": limit, "more": uses + 1}
    return book, torch.where(dead, (new | {"mean": uses.mean()})[count], uses)


def _order(book, others, vectors, first, ties, distance):
    """The places of the vectors, in the order in which they are handed out."""
    error = torch.zeros(len(vectors))
    if others.any() and first != "as they come":
        gap = vectors[:, None] - book[others]
        far = gap.abs().sum(-1) if distance == "steps" else (gap**2).sum(-1)
        error = {"farthest": far.amax(1), "mean": far.mean(1)}.get(distance, far.amin(1))
    if distance == "length":
        error = (vectors**2).sum(-1)
    if ties == "late":
        return error.sort(stable=True).indices.flip(0)
    return error.sort(descending=first != "best", stable=True).indices


def draw_reseed(d):
    D, K, N = d.distinct(3, low=2, high=7)
    K = K + 3
    limit = d.choice((0.25, 0.5))
    book = (3 * d.normal(K, D)).round()
    vectors = (3 * d.normal(N, D)).round()  # whole numbers: equal errors are equal exactly
    if N > 2:
        vectors[-1] = vectors[0]
    uses = 2 + 8 * d.uniform(K)
    low = d.permutation(K)
    uses[low[: d.integer(1, K - 2)]] = 0.125
    uses[low[-1]] = limit  # neither above nor below
    uses[low[-2]] = 6.5
    if d.every(4, start=1):
        uses = uses.clamp(max=0.2)  # all dead
    if d.every(4, start=2):
        uses = uses.clamp(min=limit)  # none dead
    if d.every(4, start=3):
        vectors = vectors[:2]  # as a rule fewer than there are dead codes
        uses[low[:-2]] = 0.0
    return {"book": book, "uses": uses, "vectors": vectors, "limit": limit}


RESEED = Exercise(
    "13.3",
    "another life for dead codes",
    reseed,
    draw_reseed,
    MISTAKES,
    returns=("book", "uses"),
    examples=(
        {
            "book": torch.tensor([[0.0, 0.0], [4.0, 0.0], [7.0, 7.0]]),
            "uses": torch.tensor([5.0, 0.25, 0.5]),
            "vectors": torch.tensor([[1.0, 0.0], [5.0, 0.0], [0.0, 2.0]]),
            "limit": 0.5,
        },
        {
            "book": torch.tensor([[0.0, 0.0], [10.0, 0.0], [3.0, 3.0], [0.0, 1.0]]),
            "uses": torch.tensor([5.0, 2.0, 0.125, 3.0]),
            "vectors": torch.tensor([[-0.5, 0.0], [5.0, 6.0]]),
            "limit": 0.25,
        },
    ),
)
