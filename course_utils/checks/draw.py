"""Inputs for exercises: drawn from a seed, the small ones first (homework of every lesson).

A case has an index. Case 0 is tiny and sizes grow with the index, so that the first case that fails
is also the easiest to read. Hidden cases draw from other seeds and grow further.
"""

import zlib

import torch


class Draw:
    """Draws one case: numbers, shapes and tensors that depend only on `key` and `index`.

    index: 0, 1, 2, ...; the upper end of every range grows with it. key: any values that print the
    same everywhere.
    """

    def __init__(self, *key, index=0):
        self.index = index
        seed = zlib.crc32("/".join(map(str, (*key, index))).encode())
        self.generator = torch.Generator().manual_seed(seed)

    def every(self, n, start=0):
        """True on cases start, start + n, start + 2n, ...: corners not left to chance."""
        return self.index % n == start

    def integer(self, low, high):
        """An integer from low to high, both included; the first cases stay close to low."""
        if low > high:
            raise ValueError(f"integer: got low {low} above high {high}")
        top = min(high, low + self.index + 1)
        return int(torch.randint(low, top + 1, (), generator=self.generator))

    def distinct(self, count, low, high):
        """`count` different integers from low to high: these make exchanged axes visible."""
        if high - low + 1 < count:
            raise ValueError(
                f"distinct: want {count} different integers, got only {low} to {high} to draw from"
            )
        top = min(high, low + count + self.index)
        order = torch.randperm(top - low + 1, generator=self.generator)
        return [low + int(i) for i in order[:count]]

    def leading(self, most=2):
        """Sizes of 0 to `most` leading dimensions, none in first cases: () or (3,) or (2, 3)."""
        count = min(self.index // 2, self.index % (most + 1))
        return tuple(self.integer(1, 4) for _ in range(count))

    def normal(self, *shape, scale=1.0):
        """A float32 tensor of normal numbers with standard deviation `scale`."""
        return scale * torch.randn(shape, generator=self.generator)

    def uniform(self, *shape, low=0.0, high=1.0):
        """A float32 tensor of numbers between low and high; a Python float if no shape is given."""
        values = low + (high - low) * torch.rand(shape, generator=self.generator)
        return values if shape else round(values.item(), 3)

    def mask(self, *shape, share=0.6):
        """A bool tensor in which about `share` of the entries are True."""
        return torch.rand(shape, generator=self.generator) < share

    def permutation(self, n):
        """The numbers 0 to n - 1 in a random order."""
        return torch.randperm(n, generator=self.generator)

    def choice(self, options):
        """One of a sequence of options."""
        return options[int(torch.randint(len(options), (), generator=self.generator))]
