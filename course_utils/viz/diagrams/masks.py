"""Which kind of mask is this, and what does its little grid look like?"""

import torch

CELLS = 6  # rows and columns of the grid; two tokens make a frame


def _causal(i, j):
    return j <= i


def _frame_causal(i, j):
    return j // 2 <= i // 2


def _real(i, j):
    return j < 4


MASKS = {
    "full": lambda i, j: True,
    "padding": _real,
    "causal": _causal,
    "frame-causal": _frame_causal,
    "causal + padding": lambda i, j: _causal(i, j) and _real(i, j),
    "frame-causal + padding": lambda i, j: _frame_causal(i, j) and _real(i, j),
    "own mask": lambda i, j: (i * 2 + j * 3) % 5 < 3,
}


def grid(kind):
    """The cells of a mask's picture, row by row: True = may attend."""
    return [[bool(MASKS[kind](i, j)) for j in range(CELLS)] for i in range(CELLS)]


def mask_kind(mask):
    """Name the kind of a mask ("*batch queries keys", True = may attend), a key of `MASKS`.

    None is "full". A mask that is no kind that the course names is an "own mask".
    """
    if mask is None or bool(mask.all()):
        return "full"
    mask = mask.detach().reshape(-1, *mask.shape[-2:])
    queries, keys = mask.shape[-2:]
    columns = mask.any(-2, keepdim=True)  # the keys that at least one query may see
    # a clip's real tokens come first: nothing seen after something unseen
    padded = not bool((columns[..., 1:] & ~columns[..., :-1]).any())
    if padded and bool((mask == columns).all()):
        return "padding"
    for kind, base in _bases(queries, keys):
        if bool((mask == base).all()):
            return kind
        if padded and bool((mask == (base & columns)).all()):
            return f"{kind} + padding"
    return "own mask"


def _bases(queries, keys):
    """Every causal and frame-causal mask of this size, by the number of tokens in a frame."""
    for size in range(1, queries):
        if queries % size == 0 and keys % size == 0 and keys >= queries:
            frame = torch.arange(keys) // size
            yield ("causal" if size == 1 else "frame-causal"), frame <= frame[-queries:, None]
