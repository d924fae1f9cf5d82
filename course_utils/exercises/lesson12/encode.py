"""Exercise 12.1: word ids, padded in front, with a number for words that nobody knows."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson12.encode_mistakes import MISTAKES


def encode(
    sentences,
    vocabulary,
    *,
    side="front",
    first=1,
    unknown="after",
    mask="words",
    order="given",
    length="longest",
    turned=False,
    padding=0,
    split="words",
    several="one number",
    parts="ids first",
):
    words = sorted(vocabulary) if order == "alphabet" else list(vocabulary)
    if order == "met":
        words = [*dict.fromkeys(w for s in sentences for w in s.split() if w in vocabulary)]
        words += [w for w in vocabulary if w not in words]
    number = {word: i for i, word in enumerate(words, first)}
    after = len(words) + first
    other = {"after": after, "last": after - 1, "later": after + 1}.get(unknown)
    other = {"padding": 0, "one": 1, "minus": -1}.get(unknown, other)
    if unknown == "first":  # words move up by one
        number, other = {word: i + 1 for word, i in number.items()}, first
    cut = {"letters": list, "spaces": lambda s: s.split(" ")}.get(split, str.split)
    if several == "each its own":
        strange = [w for s in sentences for w in s.split() if w not in number]
        number |= {w: after + i for i, w in enumerate(dict.fromkeys(strange))}
    rows = [[number.get(word, other) for word in cut(s)] for s in sentences]
    rows = [[i for i in row if i is not None] for row in rows]
    if several == "once":
        rows = [list(dict.fromkeys(row)) for row in rows]
    rows = [sorted(row) for row in rows] if order == "numbers" else rows
    rows = [row[::-1] for row in rows] if turned else rows
    width = {"shortest": min}.get(length, max)(map(len, rows))
    width = max(width, 1) + (length == "one more")
    rows = [row[:width] for row in rows]
    fill = after if padding == "after" else padding
    gaps = [[fill] * (width - len(row)) for row in rows]
    words_there = [[1] * len(row) for row in rows]
    if side != "end":
        ids, there = ([g + r for g, r in zip(gaps, part)] for part in (rows, words_there))
    else:
        ids, there = ([r + g for g, r in zip(gaps, part)] for part in (rows, words_there))
    ids, exists = torch.tensor(ids), torch.tensor(there).bool()
    if side == "ids at the end":
        ids = torch.tensor([r + g for g, r in zip(gaps, rows)])
    if mask == "at the end":
        exists = exists.flip(1)
    if side == "turned round":
        ids, exists = ids.flip(1), exists.flip(1)
    if parts == "mask first":
        return exists, ids
    if mask == "inverted":
        return ids, ~exists
    if mask == "known":
        return ids, exists & (ids != other)
    return ids, torch.ones_like(exists) if mask == "all" else exists


NAMES = ("up", "a", "red", "moves", "circle", "blue", "cross", "down", "small", "and", "left")


def draw_sentences(d):
    V = d.integer(4, 9)
    vocabulary = [NAMES[i] for i in d.permutation(len(NAMES))[:V].tolist()]
    known = [*vocabulary, *vocabulary, "hexagon", "slanted"]
    sentences = []
    for _ in range(d.integer(3, 6)):
        length = d.integer(1, 7)
        sentences.append(" ".join(d.choice(known) for _ in range(length)))
    sentences[0] = f"{vocabulary[-1]} {vocabulary[0]} hexagon"  # a word that nobody knows
    sentences[1] = vocabulary[0]
    sentences[2] = f"slanted {vocabulary[1]} {vocabulary[0]} {vocabulary[1]}"  # nor this one
    if d.every(3, start=1):
        sentences[-1] = ""
    return {"sentences": tuple(sentences), "vocabulary": tuple(vocabulary)}


ENCODE = Exercise(
    "12.1",
    "word ids, padded in front",
    encode,
    draw_sentences,
    MISTAKES,
    returns=("ids", "exists"),
)
