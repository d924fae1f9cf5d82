"""From captions to numbers and back (lesson 12).

    ids = [number of each word, 0, ..., 0]: as long as the longest sentence of the batch  (Eq. 12.1)

0 is padding and stands for no word.
"""

from difflib import get_close_matches

import torch
from jaxtyping import Int
from torch import Tensor

PADDING = 0


class WordTokenizer:
    """Numbers the words of a fixed vocabulary from 1 on; words are what spaces separate.

    vocabulary: the words, in the order of their numbers. Raises ValueError for a word that stands
    there twice, is empty, or has a space in it.
    """

    def __init__(self, vocabulary):
        self.words = tuple(vocabulary)
        wrong = [w for w in self.words if w.split() != [w] or self.words.count(w) > 1]
        if wrong:
            raise ValueError(f"vocabulary: got {wrong[0]!r}, want different words without spaces")
        self.number = {word: i for i, word in enumerate(self.words, 1)}

    def __len__(self):
        """How many rows a table of words needs: one for each word, and one for the padding."""
        return len(self.words) + 1

    def encode(self, sentences) -> Int[Tensor, "sentences words"]:
        """Return the ids of a list of sentences, padded with 0 at the end (Eq. 12.1).

        Raises ValueError for a single string, no sentence, or a word that is not in the vocabulary.
        """
        if isinstance(sentences, str) or not len(sentences):
            raise ValueError(f"sentences: got {sentences!r}, want a list with at least one")
        rows = [self._numbers(sentence) for sentence in sentences]
        ids = torch.full((len(rows), max(1, *map(len, rows))), PADDING)
        for row, numbers in zip(ids, rows):
            row[: len(numbers)] = torch.tensor(numbers, dtype=torch.long)
        return ids

    def decode(self, ids: Int[Tensor, "sentences words"]) -> list:
        """Return the sentences of ids; padding is left out, wherever it stands."""
        return [" ".join(self.words[i - 1] for i in row if i != PADDING) for row in ids.tolist()]

    def _numbers(self, sentence):
        for word in sentence.split():
            if word not in self.number:
                near = get_close_matches(word, self.words, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"sentences: the word {word!r} is not in the vocabulary{hint}")
        return [self.number[word] for word in sentence.split()]
