"""Exercise 6.6: a film that is written from a table of probabilities."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson06.masks import mistake


def write(table, start, uniforms, *, past="two", swapped=False, pick="draw", whole=True):
    cells = start.tolist()
    for u in uniforms:
        before, last = cells[-2:]
        if past == "one":
            before = last
        if past in ("frozen", "half"):
            before, last = cells[0], cells[1] if past == "frozen" else last
        p = table[last, before] if swapped else table[before, last]
        if pick == "likeliest":
            cells.append(int(p.argmax()))
            continue
        if pick == "single":
            cells.append(int((p > u).int().argmax()))
            continue
        held = p.cumsum(-1)
        if pick == "reached":
            cells.append(min(int((held < u).sum()), len(p) - 1))
            continue
        count = int((held <= (1 - u if pick == "mirrored" else u)).sum())
        cells.append(min(count - 1 if pick == "early" else count, len(p) - 1))
    return torch.tensor(cells if whole else cells[2:])


def draw_table(d):
    cells, frames = d.distinct(2, low=3, high=7)
    p = (d.normal(cells, cells, cells, scale=1.5) + 0.3).softmax(-1)
    start = torch.randint(cells, (2,), generator=d.generator)
    start[1] = (start[0] + 1) % cells  # two different cells, so that their order shows
    uniforms = d.uniform(frames + 4)
    if d.every(3, start=1):  # impossible first cells, and a draw of exactly 0
        p[..., 0] = 0.0
        p, uniforms[::2] = p / p.sum(-1, keepdim=True), 0.0
    return {"table": p, "start": start, "uniforms": uniforms}


WRITE = Exercise(
    "6.6",
    "write a film frame by frame",
    write,
    draw_table,
    (
        mistake("always the likeliest", "choosing the next frame",
            "You never use the numbers in `uniforms`: your film is the greedy one. Draw: the "
            "first cell at which the cumulative sum exceeds u.",
            pick="likeliest",
        ),
        mistake("last frame alone", "why writing needs a mask",
            "Your next frame depends on the last one only. The table wants both: table[before, "
            "last].",
            past="one",
        ),
        mistake("past never grows", "teacher forcing",
            "Every frame of yours is drawn from the two that were given. After each draw the new "
            "frame is the last one: feed it back.",
            past="frozen",
        ),
        mistake("half of the past stands still", "teacher forcing",
            "The last frame moves on, the frame before it stays the first that was given. After "
            "each draw both move: the last becomes the one before.",
            past="half",
        ),
        mistake("the two past frames exchanged", "why writing needs a mask",
            "You ask table[last, before]. The order is that of time: first the frame before, then "
            "the last.",
            swapped=True,
        ),
        mistake("drawn from the other end", "choosing the next frame",
            "Your draws are mirrored: a small u must give an early cell. Compare the cumulative "
            "sum with u, not with 1 - u.",
            pick="mirrored",
        ),
        mistake("no cumulative sum", "choosing the next frame",
            "You look for a cell whose own probability exceeds u. It is the *cumulative* sum that "
            "must exceed it: then each cell is hit as often as it is likely.",
            pick="single",
        ),
        mistake("one cell too early", "choosing the next frame",
            "You pick the last cell whose cumulative sum does not exceed u; for a small u there "
            "is none. The first that exceeds it is the next one.",
            pick="early",
        ),
        mistake("a cell that cannot happen", "choosing the next frame",
            "Your film holds a cell of probability 0. With u = 0 the first cell whose cumulative "
            "sum *reaches* u is cell 0, possible or not. It has to *exceed* it; `searchsorted` "
            "wants right=True.",
            pick="reached",
        ),
        mistake("the given frames left out", "why writing needs a mask",
            "Your film lacks its first two frames, which were given. Return all of them.",
            whole=False,
        ),
    ),
)  # fmt: skip
