"""The video tokenizer: one code for each patch of 8 x 8 pixels and frame, and back (lesson 13).

    z = encoder(x_t),  code = Q(z),  x_hat_t = decoder(q(z))                              (Eq. 13.5)
    loss = 10 mean (x_hat - x)^2 + loss of Q

Both ways are small convolutional networks that see some pixels beyond a patch; frames know nothing
of each other. A frame of 32 x 32 pixels becomes 16 codes, one of 512 each: 144 bits instead of
24576. Everything runs where the weights are.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_utils.tokenizers.quantize import FSQ, VQ

PATCH = 8


def _conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class VideoTokenizer(nn.Module):
    """Writes clips as codes and reads them back (Eq. 13.5).

    levels: those of an `FSQ`; or vq: settings of a `VQ`, such as {"codes": 512, "dim": 8};
    channels: of the video; width, deep: channels of the networks at 4 and at 8 pixels.
    """

    def __init__(self, levels=(8, 8, 8), vq=None, channels: int = 3, width=64, deep=96):
        super().__init__()
        self.channels = channels
        self.quantize = VQ(**vq) if vq else FSQ(levels)
        dim, bend = self.quantize.dim, nn.GELU
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, width, 4, 4), bend(), _conv(width, width), bend(),
            nn.Conv2d(width, deep, 4, 2, 1), bend(), nn.Conv2d(deep, dim, 1),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Conv2d(dim, deep, 1), _conv(deep, deep), bend(),
            _conv(deep, 4 * width), nn.PixelShuffle(2), bend(), _conv(width, width), bend(),
            _conv(width, 16 * channels), nn.PixelShuffle(4),
        )  # fmt: skip

    @property
    def codes(self) -> int:
        """How many different codes there are."""
        return self.quantize.codes

    def forward(self, video: Float[Tensor, "B T C H W"]):
        """Return the clip read back, the codes, and the loss of the quantizer."""
        q, codes, loss = self.quantize(self.vectors(video))
        return self._read(q, video.shape[-2:]), codes, loss

    def vectors(self, video: Float[Tensor, "B T C H W"]) -> Float[Tensor, "B T N dim"]:
        """Return z, a vector for each patch, before it is quantized."""
        if video.ndim != 5 or video.shape[2] != self.channels or video.shape[-1] % PATCH:
            raise ValueError(
                f'video: got {tuple(video.shape)}, want "batch time {self.channels} height width" '
                f"with sides that {PATCH} divides"
            )
        z = self.encoder(2 * video.flatten(0, 1) - 1)
        return z.flatten(2).transpose(1, 2).unflatten(0, video.shape[:2])

    @torch.no_grad()
    def encode(self, video: Float[Tensor, "B T C H W"]) -> Int[Tensor, "B T N"]:
        """Return the codes of a clip, patch by patch in reading order."""
        return self.quantize(self.vectors(video))[1]

    @torch.no_grad()
    def decode(self, codes: Int[Tensor, "B T N"], size=(32, 32)) -> Float[Tensor, "B T C H W"]:
        """Return the clip of the codes, in [0, 1]; size: its height and width."""
        if codes.min() < 0 or codes.max() >= self.codes:
            raise ValueError(f"codes: got {int(codes.max())}, want 0 to {self.codes - 1}")
        return self._read(self.quantize.values(codes), size).clamp(0, 1)

    def _read(self, q, size):
        rows = size[0] // PATCH
        image = q.flatten(0, 1).transpose(1, 2).unflatten(2, (rows, -1))
        return ((self.decoder(image) + 1) / 2).unflatten(0, q.shape[:2])


def tokenizer_loss(model: VideoTokenizer, video: Float[Tensor, "B T C H W"]) -> Tensor:
    """Return the loss of Eq. 13.5."""
    read, _, loss = model(video)
    return 10 * F.mse_loss(read, video) + loss
