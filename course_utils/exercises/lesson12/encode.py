"""Exercise 12.1: word ids, padded in front, with a number for words that nobody knows."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson12.mistakes import mistake

IDS = "words become numbers"


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
):
    words = sorted(vocabulary) if order == "alphabet" else list(vocabulary)
    if order == "met":
        words = [*dict.fromkeys(w for s in sentences for w in s.split() if w in vocabulary)]
        words += [w for w in vocabulary if w not in words]
    number = {word: i for i, word in enumerate(words, first)}
    other = {"after": len(words) + first, "padding": 0, "one": 1}.get(unknown)
    rows = [[number.get(word, other) for word in s.split()] for s in sentences]
    rows = [[i for i in row if i is not None] for row in rows]
    rows = [row[::-1] for row in rows] if turned else rows
    width = {"longest": max, "shortest": min}[length](map(len, rows))
    width = max(width, 1)
    rows = [row[:width] for row in rows]
    gaps = [[0] * (width - len(row)) for row in rows]
    words_there = [[1] * len(row) for row in rows]
    if side == "front":
        ids, there = ([g + r for g, r in zip(gaps, part)] for part in (rows, words_there))
    else:
        ids, there = ([r + g for g, r in zip(gaps, part)] for part in (rows, words_there))
    ids, exists = torch.tensor(ids), torch.tensor(there).bool()
    if mask == "inverted":
        return ids, ~exists
    if mask == "known":
        return ids, exists & (ids != other)
    return ids, torch.ones_like(exists) if mask == "all" else exists


NAMES = ("up", "a", "red", "moves", "circle", "blue", "cross", "down", "small", "and", "left")


def draw_sentences(d):
    V = d.integer(4, 9)
    vocabulary = [NAMES[i] for i in d.permutation(len(NAMES))[:V].tolist()]
    known = [*vocabulary, *vocabulary, "hexagon"]
    sentences = []
    for _ in range(d.integer(3, 6)):
        length = d.integer(1, 7)
        sentences.append(" ".join(d.choice(known) for _ in range(length)))
    sentences[0] = f"{vocabulary[-1]} {vocabulary[0]} hexagon"  # a word that nobody knows
    sentences[1] = vocabulary[0]
    if d.every(3, start=1):
        sentences[-1] = ""
    return {"sentences": tuple(sentences), "vocabulary": tuple(vocabulary)}


ENCODE = Exercise(
    "12.1",
    "word ids, padded in front",
    encode,
    draw_sentences,
    (
        mistake(
            "padding at the end",
            IDS,
            "You fill up behind the words, as the lesson does. Here the last word of every "
            "sentence is to stand in the last column.",
            side="end",
        ),
        mistake(
            "first word has the number 0",
            IDS,
            "You number the words from 0 on, so that the first word of the vocabulary cannot be "
            "told from padding.",
            first=0,
        ),
        mistake(
            "unknown word left out",
            IDS,
            "A word that is not in the vocabulary vanishes from your sentence, and all that stands "
            "before it moves by one place. Which number is still free?",
            unknown="dropped",
        ),
        mistake(
            "unknown word as padding",
            IDS,
            "You give an unknown word the number 0. Padding says that no word is there; here is "
            "one that nobody knows.",
            unknown="padding",
        ),
        mistake(
            "unknown word takes the first number",
            IDS,
            "An unknown word gets the number of the first word of the vocabulary, and means it "
            "from then on.",
            unknown="one",
        ),
        mistake(
            "mask inverted",
            IDS,
            "Your mask is True at the padding. In this course True means may attend.",
            mask="inverted",
        ),
        mistake(
            "padding visible",
            IDS,
            "Your mask is True everywhere. Which places hold no word?",
            mask="all",
        ),
        mistake(
            "unknown words hidden",
            IDS,
            "Your mask hides the words that nobody knows. A word stands there, and the model may "
            "learn what it means that it does not know it.",
            mask="known",
        ),
        mistake(
            "vocabulary sorted",
            IDS,
            "You sort the vocabulary first. The number of a word is its place in the vocabulary as "
            "it was given.",
            order="alphabet",
        ),
        mistake(
            "numbered as they were met",
            IDS,
            "You number the words in the order in which the sentences say them: the same word gets "
            "another number in the next batch. Where does the number come from?",
            order="met",
        ),
        mistake(
            "cut to the shortest sentence",
            IDS,
            "You cut all sentences to the length of the shortest one, and words are lost.",
            length="shortest",
        ),
        mistake(
            "words turned around",
            IDS,
            "Padding is in front, and your words run backwards. They keep their order.",
            turned=True,
        ),
    ),
    returns=("ids", "exists"),
)
