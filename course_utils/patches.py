"""Patches: cut a video into tubelet tokens, and put it together again (built in lesson 08).

    token[n] = video[t k : t k + t, :, h i : h i + h, w j : w j + w]                       (Eq. 8.1)
    n        = (k H/h + i) W/w + j

A tubelet is a block of t frames, h rows and w columns; its numbers are flattened as "t h w C".
Tokens are ordered by time, then height, then width. Nothing is lost: `unpatchify` undoes `patchify`
exactly.
"""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

Patch = tuple[int, int, int]  # t, h, w: frames, rows and columns of a tubelet


def patch_grid(shape: tuple[int, int, int, int], patch: Patch) -> tuple[int, int, int]:
    """Return how many tubelets a video (T, C, H, W) has in (time, height, width): (T/t, H/h, W/w).

    Raises ValueError, which names sizes that would fit, when a size is no multiple of the patch's.
    """
    if len(shape) != 4 or len(patch) != 3 or min(patch) < 1 or min(shape) < 1:
        raise ValueError(
            f"shape, patch: want positive (T, C, H, W) and (t, h, w), got {shape} and {patch}"
        )
    T, _, H, W = shape
    for name, size, step in zip(("frames T", "height H", "width W"), (T, H, W), patch):
        if size % step:
            below, above = size - size % step, size + step - size % step
            fits = f"{below} or {above}" if below else f"{above}"
            ways = "crop or `pad_to_multiple`"
            raise ValueError(
                f"patch: {name} = {size} is no multiple of {step}; {fits} would fit: {ways}"
            )
    return T // patch[0], H // patch[1], W // patch[2]


def patchify(
    video: Float[Tensor, "*batch T C H W"], patch: Patch
) -> Float[Tensor, "*batch tokens t*h*w*C"]:
    """Cut a video into tubelets of (t, h, w) = patch and flatten each into a token (Eq. 8.1).

    With a matrix behind it this is a strided convolution: kernel and stride are the patch.
    Raises ValueError when a size is no multiple of the patch's.
    """
    if video.dim() < 4:
        raise ValueError(f'video: want "*batch T C H W", got {tuple(video.shape)}')
    patch_grid(tuple(video.shape[-4:]), patch)
    t, h, w = patch
    return rearrange(video, "... (T t) C (H h) (W w) -> ... (T H W) (t h w C)", t=t, h=h, w=w)


def unpatchify(
    tokens: Float[Tensor, "*batch tokens t*h*w*C"], patch: Patch, shape: tuple[int, int, int, int]
) -> Float[Tensor, "*batch T C H W"]:
    """Put tokens together to the video (T, C, H, W) that `patchify` cut into them (Eq. 8.1).

    Raises ValueError when tokens, patch and shape do not fit together.
    """
    grid = patch_grid(shape, patch)
    t, h, w = patch
    wanted = (grid[0] * grid[1] * grid[2], t * h * w * shape[1])
    if tuple(tokens.shape[-2:]) != wanted:
        raise ValueError(
            f'tokens: want "*batch {wanted[0]} {wanted[1]}", got {tuple(tokens.shape)}'
        )
    T, H, _ = grid
    return rearrange(
        tokens, "... (T H W) (t h w C) -> ... (T t) C (H h) (W w)", T=T, H=H, t=t, h=h, w=w
    )


def pad_to_multiple(
    video: Float[Tensor, "*batch T C H W"], patch: Patch
) -> Float[Tensor, "*batch T_up C H_up W_up"]:
    """Repeat the last frame, row and column until the patch fits; `[..., :T, :, :H, :W]` undoes it.

    Raises ValueError when video has fewer than four dimensions.
    """
    if video.dim() < 4:
        raise ValueError(f'video: want "*batch T C H W", got {tuple(video.shape)}')
    for axis, step in zip((-4, -2, -1), patch):
        size = video.shape[axis]
        up = -(-size // step) * step
        video = video.index_select(axis, torch.arange(up, device=video.device).clamp(max=size - 1))
    return video
