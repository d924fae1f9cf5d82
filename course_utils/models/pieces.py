"""Pieces that the video models share (lessons 09 to 15)."""

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


def mix_maps(
    weights: Float[Tensor, "batch N C F"], phi: Float[Tensor, "batch F height width"]
) -> Float[Tensor, "batch N C p p"]:
    """Return what each of N patches makes of the features under it: weights phi (Eq. 11.5)."""
    side = round(weights.shape[1] ** 0.5)
    cut = rearrange(phi, "b f (r h) (c w) -> b (r c) f (h w)", r=side, c=side)
    patch = phi.shape[-1] // side
    return (weights @ cut).unflatten(-1, (patch, patch))
