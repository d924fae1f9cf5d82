"""Exercise 13.3: codes that nobody uses get another life, with exact books."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import DEAD


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
):
    dead = uses <= limit if border == "dies" else uses < limit
    others = torch.ones_like(dead) if against == "all" else ~dead
    book, places = book.clone(), dead.nonzero().flatten().tolist()
    order = _order(book, others, vectors, first, ties)
    for i, place in enumerate(places):
        if beyond == "stays dead" and i >= len(vectors):
            continue
        if renew == "each time" and 0 < i < len(vectors):
            others = others.clone()
            others[places[i - 1]] = True
            order = _order(book, others, vectors, first, ties)
            book[place] = vectors[order[0]]
            continue
        nth = min(i, len(vectors) - 1) if beyond == "last one" else i % len(vectors)
        book[place] = vectors[order[0 if pick == "one" else nth]]
    if count == "all":
        return book, torch.ones_like(uses)
    new = {"one": 1.0, "kept": uses, "zero": 0.0, "limit": limit}[count]
    return book, torch.where(dead, new, uses)


def _order(book, others, vectors, first, ties):
    """The places of the vectors, in the order in which they are handed out."""
    error = torch.zeros(len(vectors))
    if others.any() and first != "as they come":
        error = ((vectors[:, None] - book[others]) ** 2).sum(-1).min(1).values
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
    (
        mistake(
            "at the limit counts as dead",
            DEAD,
            "A code whose count is exactly the limit moved. Below the limit is dead, at it lives.",
            border="dies",
        ),
        mistake(
            "best represented first",
            DEAD,
            "You hand out the vectors that already have a code nearby. Who needs one most?",
            first="best",
        ),
        mistake(
            "vectors as they come",
            DEAD,
            "You hand out the batch from its start. Here the vector with the largest error comes "
            "first.",
            first="as they come",
        ),
        mistake(
            "ties from the end",
            DEAD,
            "Of two vectors with the same error you take the later one. An ascending sort that is "
            "turned round turns ties round too.",
            ties="late",
        ),
        mistake(
            "distance to dead codes",
            DEAD,
            "You measure the error against codes that are about to move. Only the living ones are "
            "still there afterwards; where none lives, all vectors are as badly off.",
            against="all",
        ),
        mistake(
            "count not reset",
            DEAD,
            "Your new codes keep the count of the old ones and are dead again in the next step. "
            "They start with 1.",
            count="kept",
        ),
        mistake(
            "count reset to 0",
            DEAD,
            "Your new codes start with 0 uses, so that they are dead again in the next step. They "
            "start with 1.",
            count="zero",
        ),
        mistake(
            "count reset to the limit",
            DEAD,
            "Your new codes start at the limit and get no time to be chosen. They start with 1.",
            count="limit",
        ),
        mistake(
            "all counts reset",
            DEAD,
            "You reset the counts of living codes too. Theirs still hold.",
            count="all",
        ),
        mistake(
            "the rest stays dead",
            DEAD,
            "When there are more dead codes than vectors some of yours stay where they are. "
            "Start again from the first vector.",
            beyond="stays dead",
        ),
        mistake(
            "last vector for all the rest",
            DEAD,
            "When there are more dead codes than vectors all of the rest get your last one. Start "
            "again from the first vector.",
            beyond="last one",
        ),
        mistake(
            "one vector for all",
            DEAD,
            "All your dead codes go to the same place. Ties go to the first, and the others are "
            "dead again at once.",
            pick="one",
        ),
        mistake(
            "errors counted again",
            DEAD,
            "You measure the errors again after each new code. That is a fine rule, but not this "
            "one: the order is settled once, against the codes that live now.",
            renew="each time",
        ),
    ),
    returns=("book", "uses"),
    examples=(
        {
            "book": torch.tensor([[0.0, 0.0], [4.0, 0.0], [7.0, 7.0]]),
            "uses": torch.tensor([5.0, 0.25, 0.5]),
            "vectors": torch.tensor([[1.0, 0.0], [5.0, 0.0], [0.0, 2.0]]),
            "limit": 0.5,
        },
    ),
)
