"""Two pieces that the video models share (lessons 09 to 15)."""

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
