"""The frame-causal video Transformer: every frame predicts the next one (lesson 09).

    p(x_0 .. x_T-1) = p(x_0) prod_t p(x_t+1 | x_0 .. x_t)                                  (Eq. 9.5)
    x_hat_t+1 = move(X_t) x_t + paint(X_t),   X = layers(embed([x_t, x_t - x_t-1]) + P)    (Eq. 9.7)
    (move x)[y, x] = sum_dy sum_dx down[dy] across[dx] x[y + dy, x + dx]                   (Eq. 9.8)
    loss = MSE( f(x_0 + e_0 .. x_t + e_t), x_t+1 )                                         (Eq. 9.9)
    rollout: x_hat_t+1 = f(x_0 .. x_c, x_hat_c+1 .. x_hat_t)                              (Eq. 9.10)

In Eq. 9.8 |dy| and |dx| go up to `reach`; in Eq. 9.9 e ~ N(0, sigma^2) with sigma ~ U(0, noise).
P is a learned vector for each place in the frame. To move, each pixel becomes a weighted sum of its
neighbours in the last frame, with weights that the model writes for each patch, along the rows and
along the columns (separable adaptive kernels, Niklaus et al., 2017). To paint is to add what moving
cannot explain. Both start at nothing: a fresh model repeats the last frame. A layer attends in two
steps, space and then time ("divided attention", Bertasius et al., 2021): N x N weights within each
frame and T x T weights, causal, along each patch, instead of TN x TN.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from course_utils.attention import KeyValueCache, MultiHeadAttention, causal_mask
from course_utils.layers import FeedForward, LayerNorm, Residual
from course_utils.models.pieces import zero_
from course_utils.patches import patch_grid, unpatchify
from course_utils.positions import RotaryPositions


class SpaceTimeLayer(nn.Module):
    """Attend within the frame, then along time, then change each token alone; each a residual.

    The output projections start at zero, so that a fresh layer is the identity. rotary positions
    tell the frames apart along time. Raises ValueError when num_heads does not divide d_model.
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int):
        super().__init__()
        # clips are tens of frames, not thousands
        rotary = RotaryPositions(d_model // num_heads, base=100.0)
        self.space = MultiHeadAttention(d_model, num_heads)
        self.time = MultiHeadAttention(d_model, num_heads, rotary=rotary)
        self.feed_forward = FeedForward(d_model, d_ff, activation="gelu")
        self.residuals = nn.ModuleList(Residual(d_model) for _ in range(3))
        zero_(self.space.output, self.time.output, self.feed_forward.second)

    def forward(
        self,
        x: Float[Tensor, "batch frames patches d_model"],
        mask: Tensor,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch frames patches d_model"]:
        """mask: "frames past+frames", True = may attend; cache: holds the frames before these."""
        in_space, in_time, alone = self.residuals
        x = in_space(x, lambda y: self.space(y, y, y))
        # batch patches frames d_model: the tokens of one patch are now a sequence
        x = x.transpose(1, 2)
        x = in_time(x, lambda y: self.time(y, y, y, mask, cache))
        x = x.transpose(1, 2)  # batch frames patches d_model
        return alone(x, self.feed_forward)


def move(
    video: Float[Tensor, "batch frames channels height width"],
    down: Float[Tensor, "batch frames patches taps"],
    across: Float[Tensor, "batch frames patches taps"],
    patch: int,
) -> Float[Tensor, "batch frames channels height width"]:
    """Move each patch's pixels: a weighted sum of the rows, then columns, around them (Eq. 9.8).

    down, across: weights of the 2 reach + 1 rows and columns around a pixel, for each patch.
    A pixel outside the frame counts as 0.
    """
    height, width = video.shape[-2:]
    grid = (height // patch, width // patch)
    for kernel, axis, size in ((down, -2, height), (across, -1, width)):
        reach = kernel.shape[-1] // 2
        each = kernel.unflatten(2, grid).repeat_interleave(patch, 2).repeat_interleave(patch, 3)
        each = each.movedim(-1, 0).unsqueeze(3)  # taps batch frames 1 height width
        rim = (0, 0, reach, reach) if axis == -2 else (reach, reach, 0, 0)
        padded = F.pad(video, rim)
        video = sum(weight * padded.narrow(axis, a, size) for a, weight in enumerate(each))
    return video


class VideoTransformer(nn.Module):
    """Predicts frame t + 1 from the frames up to t, for all t at once (Eq. 9.7).

    size: height and width in pixels; patch: side of a patch, a divisor of size; channels: C;
    overlap: pixels that the embedding of a patch sees beyond each of its sides; reach: how far a
    pixel can move per frame. Raises ValueError when patch does not divide size or num_heads does
    not divide d_model.
    """

    def __init__(
        self,
        size: int = 32,
        patch: int = 8,
        channels: int = 3,
        d_model: int = 64,
        num_heads: int = 4,
        num_layers: int = 4,
        d_ff: int = 256,
        overlap: int = 4,
        reach: int = 3,
    ):
        super().__init__()
        _, rows, columns = patch_grid((1, channels, size, size), (1, patch, patch))
        self.size, self.patch, self.channels, self.reach = size, patch, channels, reach
        # A strided convolution is a matrix applied to each patch; a wider kernel sees a rim around
        # it too.
        self.embed = nn.Conv2d(
            2 * channels, d_model, patch + 2 * overlap, stride=patch, padding=overlap
        )
        self.place = nn.Parameter(0.02 * torch.randn(rows * columns, d_model))
        self.layers = nn.ModuleList(
            SpaceTimeLayer(d_model, num_heads, d_ff) for _ in range(num_layers)
        )
        self.norm = LayerNorm(d_model)
        self.motion = nn.Linear(d_model, 2 * (2 * reach + 1))
        self.pixels = nn.Linear(d_model, patch * patch * channels)
        zero_(self.motion, self.pixels)  # start at the baseline: stay, and add nothing
        with torch.no_grad():
            self.motion.bias.view(2, -1)[:, reach] = 1.0

    def tokens(
        self,
        video: Float[Tensor, "batch frames channels height width"],
        before: Float[Tensor, "batch channels height width"] | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch frames patches d_model"]:
        """Return X of Eq. 9.7. before: the frame before the first; cache: all earlier frames."""
        B, T = self._check(video)
        first = video[:, :1] if before is None else before[:, None]
        # x_t - x_{t-1}; zero where nothing came before
        change = video - torch.cat((first, video[:, :-1]), dim=1)
        pixels = torch.cat((video, change), dim=2).flatten(0, 1)  # B*T 2C H W
        x = self.embed(pixels).flatten(2).transpose(1, 2)  # B*T N d
        x = x.unflatten(0, (B, T)) + self.place  # B T N d
        mask = causal_mask(T, 0 if cache is None else cache.tokens)
        for layer in self.layers:
            x = layer(x, mask, cache)
        return self.norm(x)

    def kernels(
        self, tokens: Float[Tensor, "batch frames patches d_model"]
    ) -> Float[Tensor, "2 batch frames patches taps"]:
        """Return the weights of `move`, down and across (Eq. 9.8)."""
        return self.motion(tokens).unflatten(-1, (2, -1)).movedim(-2, 0)

    def forward(
        self,
        video: Float[Tensor, "batch frames channels height width"],
        before: Float[Tensor, "batch channels height width"] | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Return x_hat: x_hat[:, t] is the prediction of the frame after video[:, t] (Eq. 9.7).

        before: the frame before the first one, if there is one; cache: holds all earlier frames.
        """
        X = self.tokens(video, before, cache)
        frame = (1, self.channels, self.size, self.size)
        painted = unpatchify(self.pixels(X), (1, self.patch, self.patch), frame).squeeze(2)
        return move(video, *self.kernels(X), self.patch) + painted

    @torch.no_grad()
    def rollout(
        self, context: Float[Tensor, "batch past channels height width"], frames: int
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Predict `frames` frames after the context, each from the ones before it (Eq. 9.10).

        Predictions are clipped to [0, 1] before they are fed back. Keys and values of past frames
        are cached. Raises ValueError for frames < 1.
        """
        if frames < 1:
            raise ValueError(f"frames: got {frames}, want at least 1")
        self._check(context)
        cache, predicted = KeyValueCache(), []
        newest, before = context, None
        while True:
            following = self(newest, before, cache)[:, -1:].clamp(0, 1)
            predicted.append(following)
            if len(predicted) == frames:
                return torch.cat(predicted, dim=1)
            newest, before = following, newest[:, -1]

    def _check(self, video):
        wanted = (self.channels, self.size, self.size)
        if video.dim() != 5 or video.shape[1] < 1 or tuple(video.shape[2:]) != wanted:
            C, H, W = wanted
            raise ValueError(f'video: got {tuple(video.shape)}, want "batch frames {C} {H} {W}"')
        return video.shape[:2]


def next_frame_loss(
    model: VideoTransformer,
    video: Float[Tensor, "batch frames channels height width"],
    seed: int,
    noise: float = 0.03,
) -> Float[Tensor, ""]:
    """Return the error of all next frames at once, with noise on what the model reads (Eq. 9.9).

    noise: the largest standard deviation; each clip draws its own between 0 and S from `seed`.
    Raises ValueError for fewer than two frames or a negative noise.
    """
    if video.dim() != 5 or video.shape[1] < 2 or noise < 0:
        raise ValueError(
            f"video, noise: got {tuple(video.shape)} and {noise}, want two frames or more and 0 or "
            "more"
        )
    generator = torch.Generator().manual_seed(seed)
    seen, wanted = video[:, :-1], video[:, 1:]
    strength = noise * torch.rand(len(video), 1, 1, 1, 1, generator=generator)
    return F.mse_loss(model(seen + strength * torch.randn(seen.shape, generator=generator)), wanted)
