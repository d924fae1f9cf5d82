"""Pieces that the video models share (lessons 09 to 15)."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


def zero_(*layers: nn.Module) -> None:
    """Set weight and bias of layers to 0, so that a fresh model begins with what they add to."""
    for layer in layers:
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)


def join_patches(
    patches: Float[Tensor, "*batch N C p p"], rows: int
) -> Float[Tensor, "*batch C H W"]:
    """Put the N patches of a frame together, `rows` of them below each other, in reading order."""
    return rearrange(patches, "... (r c) C h w -> ... C (r h) (c w)", r=rows)


def feature_maps(channels: int, maps: int) -> nn.Sequential:
    """Return phi of Eq. 11.5: small convolutions on a frame, `maps` features at each pixel."""
    return nn.Sequential(
        nn.Conv2d(channels, maps, 3, padding=1), nn.GELU(),
        nn.Conv2d(maps, maps, 3, padding=1), nn.GELU(),
    )  # fmt: skip


def retouch(
    maps: nn.Module,
    mix: nn.Module,
    X: Float[Tensor, "batch T N d"],
    film: Float[Tensor, "batch T C height width"],
) -> Float[Tensor, "batch T C height width"]:
    """Return sum_f M_f(X_t) phi_f(film_t), the colours themselves among the phi (Eq. 11.5)."""
    side, frames = round(X.shape[2] ** 0.5), film.flatten(0, 1)  # BT C H W
    phi = torch.cat((maps(frames), frames), 1)
    cut = rearrange(phi, "b f (r h) (c w) -> b (r c) f (h w)", r=side, c=side)
    weights = mix(X.flatten(0, 1)).unflatten(-1, (frames.shape[1], -1))  # BT N C F
    patch = film.shape[-1] // side
    patches = (weights @ cut).unflatten(-1, (patch, patch)).unflatten(0, X.shape[:2])
    return join_patches(patches, side)
