"""Exercise 12.5: a confusion table with a column for what could not be read."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson12.mistakes import mistake

WRONG = "what does it get wrong?"


def confusion(
    said,
    read,
    names,
    *,
    axis="said",
    rows="said",
    other="column",
    unsaid="zero",
    unit="share",
):
    n = len(names)
    counts = torch.zeros(n, n + 1)
    number = {name: i for i, name in enumerate(names)}
    for s, r in zip(said, read):
        if r not in number and other in ("dropped", "first"):
            if other == "first":
                counts[number[s], 0] += 1
            continue
        if r not in number and other == "right":
            counts[number[s], number[s]] += 1
            continue
        counts[number[s], number.get(r, n)] += 1
    if rows == "read":
        square = counts[:, :n].T.clone()
        counts = torch.cat((square, counts[:, n:]), 1)
    if unit == "count":
        return counts
    total = {
        "said": counts.sum(1, keepdim=True),
        "read": counts.sum(0, keepdim=True),
        "all": counts.sum().expand(n, n + 1),
        "known": counts[:, :n].sum(1, keepdim=True),
    }[axis]
    shares = counts / total.clamp(min=1)
    if unsaid == "even":
        shares = torch.where(total > 0, shares, torch.full_like(shares, 1 / (n + 1)))
    return 100 * shares if unit == "per cent" else shares


def draw_words(d):
    n = d.integer(3, 6)
    clips = 2 * n + d.integer(3, 12)
    names = tuple("abcdefgh"[i] for i in d.permutation(8)[:n].tolist())
    skip = names[-1] if d.every(2) else None
    said = [d.choice([x for x in names if x != skip]) for _ in range(clips)]
    read = [d.choice((s, s, *names, "nothing")) for s in said]
    said[0], read[0] = names[1], names[0]
    said[1], read[1] = names[1], names[2]
    said[2], read[2] = names[0], "nothing"
    return {"said": tuple(said), "read": tuple(read), "names": names}


CONFUSION = Exercise(
    "12.5",
    "a confusion table",
    confusion,
    draw_words,
    (
        mistake(
            "rows and columns exchanged",
            WRONG,
            "Your rows are what was read. A row is to say what becomes of one word that was said.",
            rows="read",
        ),
        mistake(
            "columns sum to one",
            WRONG,
            "You divide by how often a word was *read*. A row answers: of all clips that should "
            "show this, how many do?",
            axis="read",
        ),
        mistake(
            "the whole table sums to one",
            WRONG,
            "You divide by the number of all clips, so that a rare word looks badly drawn. Each "
            "row has its own sum.",
            axis="all",
        ),
        mistake(
            "unreadable clips not counted in the sum",
            WRONG,
            "You divide by the clips that could be read. A model that writes nothing in half of "
            "its clips would look perfect in your table.",
            axis="known",
        ),
        mistake(
            "unreadable clips left out",
            WRONG,
            "Clips in which nothing was read are missing in your table, and its last column stays "
            "empty.",
            other="dropped",
        ),
        mistake(
            "unreadable clips in the first column",
            WRONG,
            "What could not be read lands on the first name in your table. It has the last column "
            "to itself.",
            other="first",
        ),
        mistake(
            "unreadable clips counted as right",
            WRONG,
            "What could not be read lands on the diagonal in your table: a model that writes "
            "nothing would be right.",
            other="right",
        ),
        mistake(
            "a word that was never said gets even shares",
            WRONG,
            "No clip was asked to show this word, and your row says otherwise. Leave it at zero.",
            unsaid="even",
        ),
        mistake(
            "counts in place of shares",
            WRONG,
            "Your rows hold counts. Divided by how often the word was said they become shares.",
            unit="count",
        ),
        mistake(
            "per cent in place of shares",
            WRONG,
            "Your rows sum to 100. Asked are shares, which sum to 1.",
            unit="per cent",
        ),
    ),
)
