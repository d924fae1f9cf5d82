"""The frame-causal video Transformer: every frame predicts the next one (lesson 09).

    p(x_1 .. x_T) = prod_t p(x_{t+1} | x_1 .. x_t)                                           (Eq. 9.3)
    x_hat_{t+1}   = x_t + U(h_t),   h = layers(E([x_t, x_t - x_{t-1}]) + P)                  (Eq. 9.5)
    rollout:        x_hat_{t+1} = f(x_1 .. x_c, x_hat_{c+1} .. x_hat_t)                      (Eq. 9.7)

E embeds patches, P is a learned vector for each patch of the frame, U turns a token back into the pixels of
its patch. A layer attends in two steps, space and then time ("divided attention", Bertasius et al., 2021):
N x N weights within each frame and T x T weights, causal, along each patch, instead of TN x TN.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_utils.attention import KeyValueCache, MultiHeadAttention, causal_mask
from course_utils.layers import FeedForward, LayerNorm, Residual
from course_utils.patches import patch_grid, unpatchify
from course_utils.positions import RotaryPositions


class SpaceTimeLayer(nn.Module):
    """Attend within the frame, then along time, then change each token by itself; each step a residual.

    The output projections start at zero, so that a fresh layer is the identity. rotary positions tell the
    frames apart along time. Raises ValueError when num_heads does not divide d_model.
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int):
        super().__init__()
        rotary = RotaryPositions(d_model // num_heads, base=100.0)  # clips are tens of frames, not thousands
        self.space = MultiHeadAttention(d_model, num_heads)
        self.time = MultiHeadAttention(d_model, num_heads, rotary=rotary)
        self.feed_forward = FeedForward(d_model, d_ff, activation="gelu")
        self.residuals = nn.ModuleList(Residual(d_model) for _ in range(3))
        for last in (self.space.output, self.time.output, self.feed_forward.second):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(
        self,
        x: Float[Tensor, "batch frames patches d_model"],
        mask: Tensor,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch frames patches d_model"]:
        """mask: "frames past+frames", True = may attend; cache: holds the frames before these."""
        in_space, in_time, alone = self.residuals
        x = in_space(x, lambda y: self.space(y, y, y))
        x = x.transpose(1, 2)  # batch patches frames d_model: the tokens of one patch are now a sequence
        x = in_time(x, lambda y: self.time(y, y, y, mask, cache))
        x = x.transpose(1, 2)  # batch frames patches d_model
        return alone(x, self.feed_forward)


class VideoTransformer(nn.Module):
    """Predicts frame t + 1 from the frames up to t, for all t at once (Eq. 9.5).

    size: height and width in pixels; patch: side of a patch, a divisor of size; channels: C; overlap: pixels
    that the embedding of a patch sees beyond each of its sides.
    Raises ValueError when patch does not divide size or num_heads does not divide d_model.
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
    ):
        super().__init__()
        _, rows, columns = patch_grid((1, channels, size, size), (1, patch, patch))
        self.size, self.patch, self.channels, self.grid = size, patch, channels, (rows, columns)
        # A strided convolution is a matrix applied to each patch; a wider kernel sees a rim around it too.
        self.embed = nn.Conv2d(2 * channels, d_model, patch + 2 * overlap, stride=patch, padding=overlap)
        self.place = nn.Parameter(0.02 * torch.randn(rows * columns, d_model))
        self.layers = nn.ModuleList(SpaceTimeLayer(d_model, num_heads, d_ff) for _ in range(num_layers))
        self.norm = LayerNorm(d_model)
        self.pixels = nn.Linear(d_model, patch * patch * channels)
        nn.init.zeros_(self.pixels.weight)
        nn.init.zeros_(self.pixels.bias)

    def forward(
        self,
        video: Float[Tensor, "batch frames channels height width"],
        before: Float[Tensor, "batch channels height width"] | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Return x_hat: x_hat[:, t] is the prediction of the frame after video[:, t] (Eq. 9.5).

        before: the frame before the first one, if there is one; cache: holds all earlier frames.
        """
        B, T = self._check(video)
        first = video[:, :1] if before is None else before[:, None]
        change = video - torch.cat(
            (first, video[:, :-1]), dim=1
        )  # x_t - x_{t-1}; zero where nothing came before
        pixels = torch.cat((video, change), dim=2).flatten(0, 1)  # B*T 2C H W
        tokens = self.embed(pixels).flatten(2).transpose(1, 2)  # B*T N d
        x = tokens.unflatten(0, (B, T)) + self.place  # B T N d
        past = 0 if cache is None else cache.tokens
        mask = causal_mask(T, past)
        for layer in self.layers:
            x = layer(x, mask, cache)
        frame = (1, self.channels, self.size, self.size)
        return video + unpatchify(self.pixels(self.norm(x)), (1, self.patch, self.patch), frame).squeeze(2)

    @torch.no_grad()
    def rollout(
        self, context: Float[Tensor, "batch past channels height width"], frames: int
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Predict `frames` frames after the context, each from the ones before it (Eq. 9.7).

        Predictions are clipped to [0, 1] before they are fed back. Keys and values of past frames are cached.
        Raises ValueError for frames < 1.
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
        if video.dim() != 5 or tuple(video.shape[2:]) != wanted:
            C, H, W = wanted
            raise ValueError(f'video: got {tuple(video.shape)}, want "batch frames {C} {H} {W}"')
        return video.shape[:2]
