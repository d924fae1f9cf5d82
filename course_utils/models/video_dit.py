"""The diffusion Transformer for video: from noisy frames to the clean clip (lessons 14 and 15).

    z_t = (1 - level_t) noise_t + level_t x_t,   noise ~ N(0, 1): a level for each frame (15.1)
    c_t = MLP(waves(levels of t, a, b; a - t, b - t)) + MLP(sum of E(words))              (Eq. 15.2)
    x <- x + gate(c) S(scale(c) LN(x) + shift(c)),   S: space, time, feed-forward         (Eq. 15.3)
    x_hat_t = sum_k share_k move_k(s_k) + share_z z_t / level_t + paint(X_t) + retouch    (Eq. 15.4)
    share = softmax(score(X_t) - log variance); of z / level: ((1 - level) / level)^2     (Eq. 15.5)

Level 0 is noise, level 1 is the clean frame; a level for each frame is from Chen et al. (2024),
"Diffusion Forcing". Eq. 15.3 is AdaLN-Zero (Peebles and Xie, 2023): every gate starts at zero. The
sources s_k are the nearest frames a before and b after t that are cleaner than frame t and that the
mask lets it see (a second one on one side where the other has none), and the same frame of the clip
`beside`, which is not moved, but retouched (Eq. 11.5). move is Eq. 9.8. A fresh model weighs what
it has by its precision, as if each source were off by a fixed variance and z / level, frame plus
noise, by its own; one share goes to nothing, so that paint can stand alone. Only the first weights
are random, drawn from torch's seed; everything runs where the weights are, in their dtype.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_utils.attention import KeyValueCache, MultiHeadAttention, causal_mask
from course_utils.layers import FeedForward, LayerNorm
from course_utils.models.condition import waves
from course_utils.models.encoder_decoder import move_windows
from course_utils.models.pieces import feature_maps, join_patches, retouch, zero_
from course_utils.positions import RotaryPositions, sinusoidal_positions

SOURCE, SECOND, NOTHING = 0.005, 0.1, 0.02  # variances that a fresh model takes for granted

Video = Float[Tensor, "batch frames channels height width"]
Levels = Float[Tensor, "batch frames"]


def nearest_cleaner(
    levels: Levels, given: Float[Tensor, "batch all"], causal: bool
) -> tuple[Int[Tensor, "batch frames 2"], Tensor]:
    """Return which two of the given frames each frame may move, and which exist, "B T 2" each.

    given: levels of all frames to choose from; the last T stand at the places of `levels`. First
    the nearest cleaner frame before; second the nearest after, or, where there is none or the mask
    hides it, one more before. Where none is before, both lie after.
    """
    T, S = levels.shape[1], given.shape[1]
    place = torch.arange(S, device=levels.device)
    here = place[S - T :, None]  # T 1
    cleaner = given[:, None] > levels[:, :, None]  # B T S
    far = 4 * S  # stands for "none"
    before = torch.where(cleaner & (place < here), here - place, far)
    after = torch.where(cleaner & (place > here) & (not causal), place - here, far)
    pad = (0, max(0, 2 - S))
    b, a = (F.pad(x, pad, value=far).topk(2, largest=False).values for x in (before, after))
    first = torch.where(b[..., 0] < far, -b[..., 0], a[..., 0])
    second = torch.where(b[..., 0] < far, -b[..., 1], a[..., 1])
    second = torch.where((a[..., 0] < far) & (b[..., 0] < far), a[..., 0], second)
    offset = torch.stack((first, second), -1)
    exists = offset.abs() < far
    return torch.where(exists, here + offset, here), exists


class DiTLayer(nn.Module):
    """Attend in space, in time, then change each token; scale, shift and gate from c (Eq. 15.3)."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int):
        super().__init__()
        rotary = RotaryPositions(d_model // num_heads, base=100.0)  # clips are tens of frames
        self.space = MultiHeadAttention(d_model, num_heads)
        self.time = MultiHeadAttention(d_model, num_heads, rotary=rotary)
        self.feed_forward = FeedForward(d_model, d_ff, activation="gelu")

    def forward(self, x, adapted, mask=None, cache=None):
        """x: "B T N d"; adapted: "B T 9d"; mask: "T past+T" or None; cache: the frames before."""
        parts = adapted.unsqueeze(2).chunk(9, -1)  # B T 1 d each

        def adapt(number):  # AdaLN: the norm's scale and shift come from the condition
            scale, shift = parts[3 * number : 3 * number + 2]
            return (1 + scale) * F.layer_norm(x, x.shape[-1:]) + shift

        y = adapt(0)
        x = x + parts[2] * self.space(y, y, y)
        y = adapt(1).transpose(1, 2)  # B N T d: the tokens of one place are now a sequence
        x = x + parts[5] * self.time(y, y, y, mask, cache).transpose(1, 2)
        return x + parts[8] * self.feed_forward(adapt(2))


class VideoDiT(nn.Module):
    """Predicts the clean frames from noisy ones, each at its own level (Eq. 15.1 to 15.4).

    words: size of the vocabulary with its padding, 0 for none; size, patch, channels, overlap: as
    in `VideoTransformer`; reach: how far a pixel of a source may move; retouch: features of the
    clip beside. Raises ValueError when patch does not divide size or num_heads d_model.
    """

    def __init__(
        self, words: int = 0, size: int = 32, patch: int = 8, channels: int = 3, d_model: int = 96,
        num_layers: int = 4, num_heads: int = 4, d_ff: int | None = None, overlap: int = 4,
        reach: int = 6, retouch: int = 16,
    ):  # fmt: skip
        super().__init__()
        if size % patch:
            raise ValueError(f"patch: want a divisor of size = {size}, got {patch}")
        self.patch, self.frame = patch, (channels, size, size)
        d, grid = d_model, (size // patch,) * 2
        self.embed = nn.Conv2d(4 * channels, d, patch + 2 * overlap, stride=patch, padding=overlap)
        self.place = nn.Parameter(sinusoidal_positions(grid, d, base=100.0))
        self.level = nn.Sequential(nn.Linear(5 * d + 4, d), nn.SiLU(), nn.Linear(d, d))
        self.words = nn.Embedding(words, d) if words else None
        self.sentence = nn.Sequential(nn.Linear(d, d), nn.SiLU(), nn.Linear(d, d))
        d_ff = 4 * d if d_ff is None else d_ff
        self.modulate = nn.Linear(d, num_layers * 9 * d)  # every scale, shift and gate
        self.layers = nn.ModuleList(DiTLayer(d, num_heads, d_ff) for _ in range(num_layers))
        self.norm = LayerNorm(d)
        self.motion = nn.Linear(d, 2 * 2 * (2 * reach + 1))  # two sources, down and across
        self.score = nn.Linear(d, 4 * patch * patch)  # two sources, the one beside, z / level
        self.paint = nn.Linear(d, channels * patch * patch)
        zero_(self.modulate, self.motion, self.score, self.paint)
        if words:
            nn.init.normal_(self.words.weight, std=0.3)
        self.maps = feature_maps(channels, retouch)
        self.mix = nn.Linear(d, channels * (retouch + channels))
        zero_(self.mix)
        with torch.no_grad():
            self.motion.bias.view(4, -1)[:, reach] = 1.0  # stay

    def forward(
        self,
        noisy: Video,
        levels: Levels,
        words: Int[Tensor, "batch L"] | None = None,
        beside: Video | None = None,
        causal: bool = True,
        cache: KeyValueCache | None = None,
        given: tuple[Video, Levels] | None = None,
    ) -> Video:
        """Return x_hat, the clean frames (Eq. 15.4).

        words: ids, 0 is padding, all 0 is no caption; beside: the same clip in another style;
        causal: frame t sees no later one; cache: holds all frames before these. given: the frames
        to move and their levels, if not `noisy` at `levels`: with a cache, the last frames before
        these and then these; in training, the clean clip (teacher forcing, under the causal mask).
        """
        B, T = self._check(noisy, levels, beside, causal, cache)
        film, given_levels = (noisy, levels) if given is None else given
        index, exists = nearest_cleaner(levels, given_levels, causal)
        rows = torch.arange(B, device=noisy.device)[:, None, None]
        sources = film[rows, index] * exists.to(film)[..., None, None, None]  # B T 2 C H W
        other = torch.zeros_like(noisy) if beside is None else beside
        seen = torch.cat((noisy[:, :, None], sources, other[:, :, None]), 2).flatten(2, 3)
        x = self.embed(seen.flatten(0, 1)).flatten(2).transpose(1, 2).unflatten(0, (B, T))

        offset = (
            index - torch.arange(film.shape[1] - T, film.shape[1], device=index.device)[:, None]
        )
        facts = torch.cat((levels[..., None], given_levels[rows, index]), -1)  # B T 3
        numbers = torch.cat((100 * facts, offset.to(facts)), -1)  # B T 5
        flags = torch.stack(
            (*exists.unbind(-1), torch.full_like(exists[..., 0], beside is not None)), -1
        ).to(x)
        mode = torch.full_like(flags[..., :1], float(causal))
        c = self.level(torch.cat((waves(numbers, self.place).flatten(-2), flags, mode), -1))
        c = c + self.caption(words, B)[:, None]

        x = x + self.place + c[:, :, None]
        mask = causal_mask(T, 0 if cache is None else cache.tokens).to(x.device) if causal else None
        adapted = self.modulate(F.silu(c)).chunk(len(self.layers), -1)
        for layer, parts in zip(self.layers, adapted):
            x = layer(x, parts, mask, cache)
        same_side = offset.prod(-1) > 0  # then the second source tells the speed
        variance = torch.where(same_side, SECOND, SOURCE)
        trust = torch.stack((torch.full_like(variance, SOURCE), variance), -1).to(x)
        trust = trust.masked_fill(~exists, torch.inf)
        last = torch.full_like(trust[..., :1], torch.inf if beside is None else SOURCE)
        trust = torch.cat((trust, last), -1)
        X = self.norm(x)
        film = self.hands(X, noisy, levels, sources, other, trust)
        return film if beside is None else film + retouch(self.maps, self.mix, X, beside)

    def caption(self, words, batch: int) -> Float[Tensor, "batch d_model"]:
        """Return the vector of each caption: an MLP of the sum of its words (Eq. 15.2)."""
        if words is None or self.words is None:
            return self.sentence(self.place.new_zeros(batch, self.place.shape[1]))
        there = (words != 0)[..., None].to(self.place)
        return self.sentence((self.words(words) * there).sum(1))

    def hands(self, X, noisy, levels, sources, other, trust) -> Video:
        """Move, share and paint (Eq. 15.4). trust: the variance of each source, inf for none."""
        taps = self.motion(X).unflatten(-1, (2, 2, -1)).movedim(2, 4)  # B T 2 2 N taps
        moved = self._join(move_windows(sources, *taps.unbind(3), self.patch))  # B T 2 C H W
        maps = self.score(X).unflatten(-1, (4, 1, self.patch, self.patch)).transpose(2, 3)
        level = levels.clamp(0.01, 0.999)[..., None]
        trust = torch.cat((trust, ((1 - level) / level) ** 2), -1)[..., None, None, None]
        score = self._join(maps) - trust.clamp(max=1e8).log()  # B T 4 1 H W
        nothing = torch.full_like(score[:, :, :1], NOTHING).log().neg()
        share = torch.cat((score, nothing), 2).softmax(2)[:, :, :4]
        unmixed = noisy / level[..., None, None]
        film = torch.cat((moved, other[:, :, None], unmixed[:, :, None]), 2)
        painted = self._join(self.paint(X).unflatten(-1, (-1, self.patch, self.patch)))
        return (share * film).sum(2) + painted

    def _join(self, patches):
        return join_patches(patches, self.frame[1] // self.patch)

    def _check(self, noisy, levels, beside, causal, cache):
        if noisy.dim() != 5 or noisy.shape[1] < 1 or tuple(noisy.shape[2:]) != self.frame:
            C, H, W = self.frame
            raise ValueError(f'noisy: got {tuple(noisy.shape)}, want "batch frames {C} {H} {W}"')
        if levels.shape != noisy.shape[:2]:
            raise ValueError(f"levels: got {tuple(levels.shape)}, want {tuple(noisy.shape[:2])}")
        if beside is not None and beside.shape != noisy.shape:
            raise ValueError(f"beside: got {tuple(beside.shape)}, want {tuple(noisy.shape)}")
        if cache is not None and not causal:
            raise ValueError("cache: want causal=True with a cache, got causal=False")
        return noisy.shape[:2]
