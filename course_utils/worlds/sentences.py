"""Sentences that settle a clip, and the clips that they settle (lesson 12).

    clip(size, colour, shape, column, row, speed, direction): one clip for each of 115 200 sentences

Everything that ShapesWorld draws at random is a word here: "a small red circle at column 12 row 20
moves slowly down and right". Without "at column 12 row 20" the start is open, and exactly 100 clips
fit. A second kind of sentence names two shapes, the left one first: "a red circle moves up and a
blue square moves down". The speeds are low, so that about half of the clips do not bounce.
"""

from itertools import product

import numpy as np
import torch

from course_utils.worlds.shapes import COLOURS, DIRECTIONS, SHAPES, ShapesWorld

SIZES = {"small": 4.0, "medium": 5.0, "large": 6.0}  # radius in pixels
SPEEDS = {"slowly": 0.4, "steadily": 0.8, "quickly": 1.2}  # pixels per frame
PLACES = tuple(range(6, 26, 2))  # columns and rows of the centre in the first frame
FACTS = {
    "size": tuple(SIZES),
    "colour": tuple(COLOURS),
    "shape": SHAPES,
    "column": PLACES,
    "row": PLACES,
    "speed": tuple(SPEEDS),
    "direction": DIRECTIONS,
}
COUNTS = tuple(map(len, FACTS.values()))
WORDS = (
    *("a", *SIZES, *COLOURS, *SHAPES, "at", "column", "row", *map(str, PLACES)),
    *("moves", *SPEEDS, "right", "down", "left", "up", "and"),
)
HELD_OUT = {"colour": "blue", "shape": "triangle", "direction": "up"}  # in no training sentence
PAIR_PLACES = ((8, 16), (23, 16))  # (column, row) of the shape that is named first, and second
SPLITS = ("train", "test", "held out")


def parse_sentence(sentence):
    """Return the facts of a settled sentence, 7 numbers in the order of FACTS.

    Raises ValueError for anything else.
    """
    words = sentence.split()
    frame = [words[i] if i < len(words) else "" for i in (0, 4, 5, 7, 9)]
    said = [*words[1:4], *words[6:9:2], *words[10:11], " ".join(words[11:])]
    numbers = [
        list(map(str, names)).index(word) if word in map(str, names) else -1
        for word, names in zip(said, FACTS.values())
    ]
    if frame != ["a", "at", "column", "row", "moves"] or len(said) != 7 or min(numbers) < 0:
        raise ValueError(
            f"sentence: got {sentence!r}, want one like "
            "'a small red circle at column 12 row 20 moves slowly down and right'"
        )
    return torch.tensor(numbers)


class SentenceWorld:
    """Sentences as rows of facts, what they say, and the clips that they settle.

    A row of facts has the numbers of a word in each of FACTS, "B 7"; that of a pair has colour,
    shape and direction (0 up, 1 down) of the left and of the right shape, "B 6". 5000 sentences and
    128 pairs, always the same ones, are set aside for tests, and with them everything that says
    HELD_OUT. frames: T.
    """

    def __init__(self, frames=16):
        self.frames, self.size = frames, 32
        order = torch.randperm(int(np.prod(COUNTS)), generator=torch.Generator().manual_seed(12))
        self._single = self._split(order, 5000, COUNTS, self._held_out)
        order = torch.randperm(1024, generator=torch.Generator().manual_seed(12))
        self._pairs = self._split(order, 128, (4, 4, 2, 4, 4, 2), self._held_out_pair)

    def draw(self, batch, seed, split="train", pairs=False):
        """Return the facts of `batch` sentences of a split, "B 7", or of pairs, "B 6".

        From the test splits none is drawn twice. Raises ValueError for an unknown split or more
        sentences than it has.
        """
        if split not in SPLITS:
            raise ValueError(f"split: got {split!r}, want one of {', '.join(SPLITS)}")
        rows = (self._pairs if pairs else self._single)[split]
        g = torch.Generator().manual_seed(seed)
        if split == "train":
            return rows[torch.randint(len(rows), (batch,), generator=g)]
        if batch > len(rows):
            raise ValueError(f"batch: got {batch}, the split {split!r} has {len(rows)}")
        return rows[torch.randperm(len(rows), generator=g)[:batch]]

    def say(self, facts, start=True):
        """Return the sentences of facts "B 7", without the start if `start` is False, or "B 6"."""
        if facts.shape[-1] == 6:
            return [" and ".join(self._clause(row[i : i + 3]) for i in (0, 3)) for row in facts]
        said = []
        for row in facts.tolist():
            size, colour, shape, column, line, speed, way = (
                names[i] for names, i in zip(FACTS.values(), row)
            )
            place = f" at column {column} row {line}" if start else ""
            said.append(f"a {size} {colour} {shape}{place} moves {speed} {way}")
        return said

    def all_starts(self, facts):
        """Return the facts of the 100 sentences that differ from `facts`, "7", in the start."""
        starts = torch.tensor([*product(range(len(PLACES)), repeat=2)])
        rows = facts.expand(len(starts), -1).clone()
        rows[:, 3:5] = starts
        return rows

    def clips(self, facts):
        """Return the `Clips` of facts "B 7" (one shape each) or "B 6" (two, the left one first).

        Their captions are those of ShapesWorld, which say whether the shape bounces.
        """
        if facts.shape[-1] not in (6, 7):
            raise ValueError(f'facts: got shape {tuple(facts.shape)}, want "B 7" or "B 6"')
        rows = facts.numpy()
        if rows.shape[1] == 7:
            size, hue, kind, column, line, speed, way = (x[:, None] for x in rows.T)
            radius = np.array([*SIZES.values()])[size]
            start = np.stack([np.array(PLACES)[x] for x in (column, line)], -1).astype(float)
            pace, turn = np.array([*SPEEDS.values()])[speed], way
        else:
            hue, kind, sink = rows[:, 0::3], rows[:, 1::3], rows[:, 2::3]
            radius = np.full(hue.shape, SIZES["medium"])
            start = np.broadcast_to(np.array(PAIR_PLACES, float), (*hue.shape, 2))
            pace = np.full(hue.shape, SPEEDS["steadily"])
            turn = np.where(sink == 1, DIRECTIONS.index("down"), DIRECTIONS.index("up"))
        angle = np.pi / 4 * turn
        velocity = np.round(pace[..., None] * np.stack((np.cos(angle), np.sin(angle)), -1), 6)
        world = ShapesWorld(self.size, self.frames, shapes=hue.shape[1])
        return world.film(kind, hue, radius, start - (radius - 0.5)[..., None], velocity)

    @staticmethod
    def _clause(row):
        colour, shape, sink = row.tolist()
        return f"a {[*COLOURS][colour]} {SHAPES[shape]} moves {('up', 'down')[sink]}"

    @staticmethod
    def _split(order, tests, counts, held_out):
        facts = torch.stack(torch.unravel_index(order, counts), -1)
        hidden = held_out(facts)
        kept, aside = facts[tests:], facts[:tests]
        return {
            "train": kept[~hidden[tests:]],
            "test": aside[~hidden[:tests]],
            "held out": facts[hidden],
        }

    @staticmethod
    def _held_out(facts):
        columns = [list(FACTS).index(name) for name in HELD_OUT]
        wanted = torch.tensor([FACTS[name].index(word) for name, word in HELD_OUT.items()])
        return (facts[:, columns] == wanted).all(1)

    @staticmethod
    def _held_out_pair(facts):
        colour, shape = (FACTS[name].index(HELD_OUT[name]) for name in ("colour", "shape"))
        return (facts.unflatten(1, (2, 3)) == torch.tensor([colour, shape, 0])).all(2).any(1)
