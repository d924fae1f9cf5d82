"""The encoder-decoder video Transformer: the encoder reads a condition, the decoder writes a clip.

    X = layers(see(sources) + V(offsets) + W(t) + P, memory)                              (Eq. 10.3)
    x_hat_t = sum_k share_k move_k(s_t,k) + paint(X_t),
        share = softmax_k(score_k(X_t) - log |o_t,k|)                                     (Eq. 10.4)

Lessons 10, 11 and 12 use this one class. A task is nothing but its condition: the frames that are
known (10), a clip to repaint and the wanted style (11), a sentence (12). s_t,k are the k source
frames that the hand may move to write frame t, and o_t,k says how many frames away they lie: the
known frames before and after (k = 2), the same frame in another style (k = 1), or none (k = 0).
retouch adds sum_f M_f(X_t) phi_f(s_t) (Eq. 11.5, lesson 11): phi are `retouch` maps of features
of the first source at full resolution, and each token mixes them into colours for its patch.
move is Eq. 9.8, in a window around each patch. score, move and paint start at nothing: a fresh
model blends its sources by nearness (Eq. 10.1), repeats its one source, or writes grey.

A layer attends in space, in time and to the memory (Vaswani et al., 2017; Bertasius et al., 2021);
two kernels for each patch and source come from Niklaus et al. (2017). Only the first weights are
random, drawn from torch's seed; everything runs where the weights are, in their dtype.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from course_utils.attention import MultiHeadAttention
from course_utils.layers import FeedForward, LayerNorm, Residual
from course_utils.models.condition import Condition, ConditionEncoder, waves
from course_utils.models.pieces import feature_maps, join_patches, retouch, zero_
from course_utils.positions import RotaryPositions, sinusoidal_positions


def move_windows(
    sources: Float[Tensor, "*batch channels height width"],
    down: Float[Tensor, "*batch patches taps"],
    across: Float[Tensor, "*batch patches taps"],
    patch: int,
) -> Float[Tensor, "*batch patches channels patch patch"]:
    """Move the pixels of each patch by its own weights (Eq. 9.8), as two products of matrices.

    Each patch reads a window that is `reach` pixels wider on every side; row i of its matrix holds
    the taps, shifted i to the right. Outside the frame the nearest pixel counts.
    """
    reach, channels = down.shape[-1] // 2, sources.shape[-3]
    side = patch + 2 * reach

    def matrix(taps):  # "*batch patches taps" -> "b patches patch side", a band
        band = torch.cat([F.pad(taps.flatten(0, -3), (0, patch))] * patch, -1)
        return band[..., : patch * side].unflatten(-1, (patch, side))

    padded = F.pad(sources.flatten(0, -4), (reach,) * 4, mode="replicate")
    windows = padded.unfold(-2, side, patch).unfold(-2, side, patch)  # b C rows columns side side
    windows = rearrange(windows, "b C r c h w -> b (r c) h (C w)")
    rows = (matrix(down) @ windows).unflatten(-1, (channels, side)).flatten(2, 3)  # b N p*C side
    moved = (rows @ matrix(across).mT).unflatten(2, (patch, channels)).transpose(2, 3)
    return moved.unflatten(0, sources.shape[:-3])


class WriterLayer(nn.Module):
    """Attend within the frame, along time, to the memory, then change each token; all residuals.

    The output projections start at zero, so that a fresh layer is the identity. Raises ValueError
    when num_heads does not divide d_model.
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int):
        super().__init__()
        rotary = RotaryPositions(d_model // num_heads, base=100.0)  # clips are tens of frames
        self.space = MultiHeadAttention(d_model, num_heads)
        self.time = MultiHeadAttention(d_model, num_heads, rotary=rotary)
        self.cross = MultiHeadAttention(d_model, num_heads)
        self.feed_forward = FeedForward(d_model, d_ff, activation="gelu")
        self.residuals = nn.ModuleList(Residual(d_model) for _ in range(4))
        outputs = [part.output for part in (self.space, self.time, self.cross)]
        zero_(*outputs, self.feed_forward.second)

    def forward(self, x, memory, time_mask, memory_mask):
        """x: "B T N d"; memory: "B M d"; time_mask: "T T" or None; memory_mask: "B 1|T*N M"."""
        in_space, in_time, to_memory, alone = self.residuals
        x = in_space(x, lambda y: self.space(y, y, y))
        x = x.transpose(1, 2)  # B N T d: the tokens of one place are now a sequence
        x = in_time(x, lambda y: self.time(y, y, y, time_mask)).transpose(1, 2)  # B T N d
        frames = x.shape[1:3]
        x = x.flatten(1, 2)  # B T*N d: every token asks the whole memory
        x = to_memory(x, lambda y: self.cross(y, memory, memory, memory_mask))
        return alone(x, self.feed_forward).unflatten(1, frames)


class VideoEncoderDecoder(nn.Module):
    """Writes the clip that a condition asks for (Eq. 10.2 to 10.4).

    sources: k; words: size of the vocabulary with its padding, 0 for none; causal: frame t reads
    nothing later than t, neither in time nor in the memory nor among its sources; reach: how far a
    pixel of a source may move; retouch: maps of features of the source, 0 for none; size, patch,
    channels, overlap: as in `VideoTransformer`.
    Raises ValueError when patch does not divide size or num_heads does not divide d_model.
    """

    def __init__(
        self, sources: int, words: int = 0, causal: bool = False, size: int = 32, patch: int = 8,
        channels: int = 3, d_model: int = 64, num_heads: int = 4, encoder_layers: int = 2,
        decoder_layers: int = 4, d_ff: int = 256, overlap: int = 4, reach: int = 8,
        retouch: int = 0,
    ):  # fmt: skip
        super().__init__()
        self.k, self.causal, self.patch, self.frame = sources, causal, patch, (channels, size, size)
        self.read = ConditionEncoder(
            words, causal, size, patch, channels, d_model, num_heads, encoder_layers, d_ff, overlap
        )
        grid = (size // patch,) * 2
        self.place = nn.Parameter(sinusoidal_positions(grid, d_model, base=100.0))
        if sources:
            self.see = nn.Conv2d(sources * channels, d_model, patch + 2 * overlap, patch, overlap)
            self.distance = nn.Linear(sources * d_model, d_model)
            self.motion = nn.Linear(d_model, sources * 2 * (2 * reach + 1))
        self.maps = None
        if retouch:
            self.maps = feature_maps(channels, retouch)
            self.mix = nn.Linear(d_model, channels * (retouch + channels))
            zero_(self.mix)
        if sources > 1:
            self.score = nn.Linear(d_model, sources * patch * patch)
            zero_(self.score)
        self.layers = nn.ModuleList(
            WriterLayer(d_model, num_heads, d_ff) for _ in range(decoder_layers)
        )
        self.norm = LayerNorm(d_model)
        self.paint = nn.Linear(d_model, channels * patch * patch)
        zero_(self.paint)
        with torch.no_grad():
            if sources:  # stay
                zero_(self.motion)
                self.motion.bias.view(sources, 2, -1)[..., reach] = 1.0
            else:  # grey
                self.paint.bias.fill_(0.5)

    def forward(
        self, condition: Condition, frames: int = 16
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Return x_hat, the clip that the condition asks for (Eq. 10.4)."""
        X = self.tokens(condition, frames)
        painted = self._join(self.paint(X).unflatten(-1, (-1, self.patch, self.patch)))
        if not self.k:
            return painted
        moved, share = self.hands(condition, X)
        written = (share[:, :, :, None] * moved).sum(2) + painted
        return written if self.maps is None else written + self.retouched(condition, X)

    @torch.no_grad()
    def write(
        self, condition: Condition, frames: int = 16
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Return the clip without a gradient, cut to [0, 1]."""
        return self(condition, frames).clamp(0, 1)

    def tokens(
        self, condition: Condition, frames: int = 16
    ) -> Float[Tensor, "batch frames patches d_model"]:
        """Return X, a token for each frame and patch of the clip to write (Eq. 10.3)."""
        memory, when, exists = self.read(condition)
        t = torch.arange(frames, device=memory.device)
        x = (waves(t, self.place)[:, None] + self.place).expand(len(memory), -1, -1, -1)  # B T N d
        if self.k:
            film, offsets = self._sources(condition, frames)
            seen = self.see(film.flatten(2, 3).flatten(0, 1)).flatten(2).transpose(1, 2)
            far = self.distance(waves(offsets, self.place).flatten(-2))  # B T d
            x = x + seen.unflatten(0, film.shape[:2]) + far[:, :, None]
        time_mask, memory_mask = None, exists[:, None]
        if self.causal:
            time_mask = t <= t[:, None]
            earlier = when[:, None] <= t[:, None]  # B T M
            memory_mask = memory_mask & earlier.repeat_interleave(x.shape[2], 1)
        for layer in self.layers:
            x = layer(x, memory, time_mask, memory_mask)
        return self.norm(x)

    def hands(self, condition: Condition, X: Float[Tensor, "batch frames patches d_model"]):
        """Return every source moved, "B T k C H W", and its share of each pixel, "B T k H W"."""
        film, offsets = self._sources(condition, X.shape[1])
        taps = self.motion(X).unflatten(-1, (self.k, 2, -1)).movedim(2, 4)  # B T k 2 N taps
        moved = self._join(move_windows(film, *taps.unbind(3), self.patch))
        nearness = -offsets.abs().clamp(min=1e-3).log()
        if self.causal:
            nearness = nearness.masked_fill(offsets > 0, -30.0)
        nearness = nearness[..., None, None].expand(*film.shape[:3], *film.shape[-2:])
        if self.k == 1:
            return moved, nearness.softmax(2)
        scores = self.score(X).unflatten(-1, (self.k, 1, self.patch, self.patch))
        return moved, (self._join(scores.transpose(2, 3)).squeeze(3) + nearness).softmax(2)

    def retouched(self, condition: Condition, X: Float[Tensor, "batch frames patches d_model"]):
        """Return what the features of the first source add, "B T C H W" (Eq. 11.5)."""
        film = self._sources(condition, X.shape[1])[0][:, :, 0]
        return retouch(self.maps, self.mix, X, film)

    def _sources(self, condition, frames):
        """The sources and their offsets; under a causal mask those of the future are black."""
        film, offsets, wanted = condition.sources, condition.offsets, (frames, self.k, *self.frame)
        if film is None or offsets is None or film.shape[1:] != wanted:
            got = None if film is None else tuple(film.shape)
            raise ValueError(f'sources: got {got}, want "batch {" ".join(map(str, wanted))}"')
        if self.causal:
            film = film * (offsets <= 0).to(film)[..., None, None, None]
        return film, offsets

    def _join(self, patches):
        return join_patches(patches, self.frame[1] // self.patch)
