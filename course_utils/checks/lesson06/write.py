"""Exercises 6.5 and 6.6: nucleus sampling, and a film that is written from a table of probabilities."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.checks.lesson06.masks import mistake

# 6.5 the nucleus


def nucleus(probabilities, share, *, crossing=True, divide=True, back=True, rule="share", descending=True):
    ordered, order = probabilities.sort(dim=-1, descending=descending)
    held = ordered.cumsum(-1)
    kept = held - ordered < share if crossing else held < share
    if rule == "threshold":
        kept = ordered >= 1 - share
    if rule == "the rest":
        kept = held - ordered >= share
    ordered = ordered * kept
    if divide:
        ordered = ordered / ordered.sum(-1, keepdim=True).clamp(min=1e-9)
    if back == "gathered":
        return ordered.gather(-1, order)
    return torch.zeros_like(ordered).scatter(-1, order, ordered) if back else ordered


def draw_nucleus(d):
    vocabulary = d.integer(4, 10)
    p = d.normal(*d.leading(), vocabulary, scale=1.5).softmax(-1)
    return {"probabilities": p, "share": d.choice((0.55, 0.7, 0.85))}


def renormalised_by_softmax(probabilities, share):
    """Kept probabilities put through another softmax, which is the habit of who works on logits."""
    kept = nucleus(probabilities, share) > 0
    return probabilities.masked_fill(~kept, -torch.inf).softmax(-1)


NUCLEUS = Exercise(
    "6.5",
    "nucleus sampling",
    nucleus,
    draw_nucleus,
    (
        mistake("the token that crosses the border is dropped", "Eq. 6.10",
            "Your tokens hold less than the share. The set must hold *at least* the share: the token with "
            "which the sum gets there belongs to it. Compare what the tokens *before* it hold.",
            crossing=False,
        ),
        mistake("not divided by the sum", "Eq. 6.10",
            "Your rows sum to less than 1. What the dropped tokens had goes to those that are kept.",
            divide=False,
        ),
        mistake("left in sorted order", "Eq. 6.10",
            "Your numbers are right and stand in the wrong places: the largest is always first. Put each "
            "token back where it came from; `scatter` undoes a sort.",
            back=False,
        ),
        mistake("gathered in place of scattered", "Eq. 6.10",
            "`gather(-1, order)` sorts once more; it does not undo a sort. What stands at place j now came "
            "from place order[j], and must go back there: that is `scatter`.",
            back="gathered",
        ),
        mistake("sorted from the smallest", "Eq. 6.10",
            "You collect the least likely tokens first. The nucleus begins with the likeliest.",
            descending=False,
        ),
        mistake("a threshold on each probability", "Eq. 6.10",
            "You keep each token that is likely enough by itself. The nucleus asks what the tokens hold "
            "*together*.",
            rule="threshold",
        ),
        mistake("tail kept in place of the nucleus", "Eq. 6.10",
            "You keep exactly the tokens that should go.",
            rule="the rest",
        ),
        Misconception("a second softmax",
            "The right tokens, but their ratios have changed: probabilities are not logits. Divide by "
            "their sum.",
            "lesson 06, Eq. 6.10", wrong=renormalised_by_softmax,
        ),
    ),
)  # fmt: skip


# 6.6 write a film


def write(table, start, uniforms, *, past="two", swapped=False, pick="draw", border=False, whole=True):
    cells = start.tolist()
    for u in uniforms:
        before, last = cells[-2:]
        if past == "one":
            before = last
        if past == "frozen":
            before, last = start.tolist()
        p = table[last, before] if swapped else table[before, last]
        if pick == "likeliest":
            cells.append(int(p.argmax()))
            continue
        held = p.cumsum(-1)
        count = int((held <= u).sum()) if not border else int((held <= 1 - u).sum())
        cells.append(min(count, len(p) - 1))
    return torch.tensor(cells if whole else cells[2:])


def draw_table(d):
    cells, frames = d.distinct(2, low=3, high=7)
    p = (d.normal(cells, cells, cells, scale=1.5) + 0.3).softmax(-1)
    start = torch.randint(cells, (2,), generator=d.generator)
    start[1] = (start[0] + 1) % cells  # two different cells, so that their order shows
    return {"table": p, "start": start, "uniforms": d.uniform(frames + 4)}


WRITE = Exercise(
    "6.6",
    "write a film frame by frame",
    write,
    draw_table,
    (
        mistake("always the likeliest", "choosing the next frame",
            "You never use the numbers in `uniforms`: your film is the greedy one. Draw: the first cell "
            "at which the cumulative sum exceeds u.",
            pick="likeliest",
        ),
        mistake("last frame alone", "why writing needs a mask",
            "Your next frame depends on the last one only. The table wants both: table[before, last].",
            past="one",
        ),
        mistake("past never grows", "teacher forcing",
            "Every frame of yours is drawn from the two that were given. After each draw the new frame "
            "is the last one: feed it back.",
            past="frozen",
        ),
        mistake("the two past frames exchanged", "why writing needs a mask",
            "You ask table[last, before]. The order is that of time: first the frame before, then the last.",
            swapped=True,
        ),
        mistake("drawn from the other end", "choosing the next frame",
            "Your draws are mirrored: a small u must give an early cell. Compare the cumulative sum with u, "
            "not with 1 - u.",
            border=True,
        ),
        mistake("the given frames left out", "why writing needs a mask",
            "Your film lacks its first two frames, which were given. Return all of them.",
            whole=False,
        ),
    ),
)  # fmt: skip
