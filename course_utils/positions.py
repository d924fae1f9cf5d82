"""Positions: tell attention where a token stands, in time and in the frame (built in lesson 03).

    sinusoidal:  P[p, 2i] = sin(p w_i),  P[p, 2i+1] = cos(p w_i),  w_i = base^(-2i / d)    (Eq. 3.2)
    learned:     x_p + E[p],  E a table of parameters                                      (Eq. 3.3)
    rotary:      (x_2i, x_2i+1) is turned by the angle p w_i, in queries and in keys       (Eq. 3.4)

Eq. 3.2 is section 3.5 of Vaswani et al. (2017); Eq. 3.4 is Su et al. (2021), "RoFormer". A grid of
several axes, such as (time, height, width), counts its tokens row by row; each axis gets its own
share of the d numbers (Eq. 3.2 and 3.4) or its own table (Eq. 3.3).
"""

import math
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def coordinates(
    tokens: int, inner: tuple[int, ...] = (), offset: int = 0
) -> list[Int[Tensor, " tokens"]]:
    """Return where each token stands, one tensor for each axis of (time, *inner), row by row.

    inner: sizes of all axes but the first, which has no end: () for a line, (height, width) for a
    video.
    offset: number of the first token, for a sequence that goes on.
    """
    index, axes = torch.arange(offset, offset + tokens), []
    for size in reversed(inner):
        axes.append(index % size)
        index = index // size
    return [index, *reversed(axes)]


def angles(
    places: list[Int[Tensor, " tokens"]], d: int, base: float = 10000.0
) -> Float[Tensor, "tokens d/2"]:
    """Return the angle p w_i of every pair of numbers, in float64 (Eq. 3.2 and 3.4).

    Each axis of `places` gets an equal share of the d / 2 pairs; the first takes what remains.
    Raises ValueError when d is odd or has no pair for some axis.
    """
    axes, pairs = len(places), d // 2
    if d % 2 or pairs < axes:
        raise ValueError(
            f"d: want an even number with a pair for each of {axes} axes, at least {2 * axes}, got "
            f"{d}"
        )
    share = pairs // axes
    shares = [pairs - share * (axes - 1)] + [share] * (axes - 1)
    # w_i; 2i / d is i / s
    speeds = [base ** -(torch.arange(s, dtype=torch.float64) / s) for s in shares]
    return torch.cat([p[:, None] * w for p, w in zip(places, speeds)], dim=-1)


def sinusoidal_positions(
    n: int | tuple[int, ...],
    d_model: int,
    *,
    offset: int = 0,
    base: float = 10000.0,
    dtype=torch.float32,
) -> Float[Tensor, "tokens d_model"]:
    """Return a wave pattern for each position, to add to tokens (Eq. 3.2; Vaswani et al., 2017).

    A shift by k positions turns every pair (sin, cos) by the same angle k w_i, wherever it starts.
    n: tokens of a line, or sizes of a grid such as (time, height, width), whose tokens come row by
    row.
    offset: number of the first token. Raises ValueError for sizes below 1 and for a d_model too
    small.
    """
    sizes = (n,) if isinstance(n, int) else tuple(n)
    if not sizes or min(sizes) < 1:
        raise ValueError(f"n: want positive sizes, got {n}")
    turn = angles(coordinates(math.prod(sizes), sizes[1:], offset), d_model, base)
    # sin and cos take turns
    return torch.stack((turn.sin(), turn.cos()), dim=-1).flatten(-2).to(dtype)


class LearnedPositions(nn.Module):
    """Adds a learned vector to each token: x_p + E[p], one table for each axis of a grid (Eq. 3.3).

    n: the longest line, or the sizes of a grid such as (time, height, width); tokens come row by
    row.
    What it has never seen it cannot know: a position beyond n raises ValueError.
    """

    def __init__(self, n: int | tuple[int, ...], d_model: int):
        super().__init__()
        self.sizes = (n,) if isinstance(n, int) else tuple(n)
        if not self.sizes or min(self.sizes) < 1:
            raise ValueError(f"n: want positive sizes, got {n}")
        self.tables = nn.ParameterList(
            nn.Parameter(0.02 * torch.randn(size, d_model)) for size in self.sizes
        )

    def forward(
        self, x: Float[Tensor, "*batch tokens d_model"], offset: int = 0
    ) -> Float[Tensor, "*batch tokens d_model"]:
        """Add the positions offset, offset + 1, ... to the tokens of x (Eq. 3.3)."""
        last, most = offset + x.shape[-2], math.prod(self.sizes)
        if last > most:
            raise ValueError(
                f"x: want tokens at positions below {most}, which were learned, got one at "
                f"{last - 1}"
            )
        places = coordinates(x.shape[-2], self.sizes[1:], offset)
        return x + sum(table[p] for table, p in zip(self.tables, places))


class RotaryPositions(nn.Module):
    """Turns the pairs of a query or key by angles that grow with place (Eq. 3.4; Su et al., 2021).

    The dot product of a turned query and a turned key depends on the difference of their positions
    alone, along every axis. Nothing is learned, and no position is too far.
    d_k: numbers in a query or key of one head. inner: sizes of all axes but the first, which has no
    end: () for a line, (height, width) for the tokens of a video.
    Raises ValueError when d_k is odd or has no pair for some axis.
    """

    def __init__(self, d_k: int, inner: tuple[int, ...] = (), base: float = 10000.0):
        super().__init__()
        self.d_k, self.inner, self.base = d_k, tuple(inner), base
        if min(self.inner, default=1) < 1:
            raise ValueError(f"inner: want positive sizes, got {inner}")
        # refuses a d_k that is too small now, not at the first call
        angles(coordinates(1, self.inner), d_k)

    def forward(
        self, x: Float[Tensor, "*batch tokens d_k"], offset: int = 0
    ) -> Float[Tensor, "*batch tokens d_k"]:
        """Turn the tokens of x, which stand at positions offset, offset + 1, ... (Eq. 3.4)."""
        if x.dim() < 2 or x.shape[-1] != self.d_k:
            raise ValueError(f'x: want "*batch tokens {self.d_k}", got {tuple(x.shape)}')
        tokens = (offset, x.shape[-2])
        cos, sin = _turns(*tokens, self.inner, self.d_k, self.base, x.dtype, x.device)
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


@lru_cache(maxsize=8)
def _turns(offset, tokens, inner, d_k, base, dtype, device):
    """cos and sin of the angles of Eq. 3.4: the same for queries, keys and all layers of a call."""
    with torch.inference_mode(False):  # an ordinary tensor, that a gradient may meet later
        turn = angles(coordinates(tokens, inner, offset), d_k, base)
        return turn.cos().to(device, dtype), turn.sin().to(device, dtype)
