"""What attention refuses, in words: each function raises a ValueError that names the argument."""

import torch
from torch import Tensor


def check_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> torch.Size:
    """Return the leading dimensions after broadcasting, or say in words what does not fit."""
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.dim() < 2 or not x.is_floating_point():
            raise ValueError(
                f'{name}: want floats "*batch tokens d", got {x.dtype} {tuple(x.shape)}'
            )
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            f"key: want the last size of query, {query.shape[-1]}, got {tuple(key.shape)}"
        )
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(
            f"value: want a row for each of {key.shape[-2]} keys, got {tuple(value.shape)}"
        )
    try:
        batch = query.shape[:-2]
        # to broadcast costs as much as a small layer
        if not batch == key.shape[:-2] == value.shape[:-2]:
            batch = torch.broadcast_shapes(batch, key.shape[:-2], value.shape[:-2])
    except RuntimeError:
        shapes = ", ".join(str(tuple(x.shape)) for x in (query, key, value))
        raise ValueError(
            f"query, key, value: want leading dimensions that broadcast, got {shapes}"
        ) from None
    if mask is not None:
        check_mask(mask, (*batch, query.shape[-2], key.shape[-2]))
    return batch


def check_mask(mask: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse a mask that is not bool, or does not broadcast to shape, "*batch queries keys"."""
    if mask.dtype != torch.bool:
        raise ValueError(f"mask: want dtype torch.bool (True = may attend), got {mask.dtype}")
    aligned = zip(reversed(mask.shape), reversed(shape))
    if not 2 <= mask.dim() <= len(shape) or any(m not in (1, n) for m, n in aligned):
        got = tuple(mask.shape)
        raise ValueError(
            f'mask: want what broadcasts to "*batch queries keys" = {shape}, got {got}'
        )
