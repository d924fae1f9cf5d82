"""The condition: what a task gives a model, and the encoder that reads it (lessons 10 to 12).

    tokens = [read(frames) + W(time) + P,  read(reference) + P,  E(words) + W(position)] + kind
    memory = encoder(tokens),   where a token may attend to tokens that exist             (Eq. 10.2)

read turns each patch of a frame into a token (a convolution that sees a rim around it), W are the
waves of Eq. 3.2, P is a learned vector for each place in the frame that starts as the waves of its
row and column, E a table of words, and kind one learned vector for each of the three streams.
Padding exists for no one (Eq. 6.3); under `causal` a token sees tokens of its own time and of
earlier ones. Words and references belong to no time and are seen by all.
"""

from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from course_utils.patches import patch_grid
from course_utils.positions import sinusoidal_positions
from course_utils.transformer import Encoder

ALWAYS = -1  # the time of a word or a reference


@dataclass(frozen=True)
class Condition:
    """What a task gives the model: streams for the encoder, and frames that the hand may move.

    frames stand at the frame numbers `times` of the clip; where `known` is False there is none
    (padding). reference frames belong to no time. words are ids, 0 is padding. sources lie
    `offsets` frames after the frame that is written. Whatever a task does not have is None.
    """

    frames: Float[Tensor, "batch F channels height width"] | None = None
    times: Int[Tensor, "batch F"] | None = None
    known: Bool[Tensor, "batch F"] | None = None
    reference: Float[Tensor, "batch R channels height width"] | None = None
    words: Int[Tensor, "batch L"] | None = None
    sources: Float[Tensor, "batch T k channels height width"] | None = None
    offsets: Float[Tensor, "batch T k"] | None = None

    def map(self, change) -> "Condition":
        """Return the condition with `change` applied to each tensor, such as `lambda x: x[:4]`."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{n: change(x) for n, x in held.items() if x is not None})

    def to(self, like: Tensor) -> "Condition":
        """Return it on the device of `like`, its pixels and offsets in the dtype of `like`."""
        return self.map(lambda x: x.to(like) if x.is_floating_point() else x.to(like.device))


def waves(places: Tensor, like: Float[Tensor, "... d"]) -> Float[Tensor, "*places d"]:
    """Return sines and cosines of any places, whole or not, as wide as `like` (Eq. 3.2, base 100).

    First all sines, then all cosines; a clip has tens of frames, so that slower waves say nothing.
    """
    half = like.shape[-1] // 2
    speeds = 100.0 ** -(torch.arange(half, device=like.device).to(like) / half)
    turn = places.to(like)[..., None] * speeds
    return torch.cat((turn.sin(), turn.cos()), -1)


class ConditionEncoder(nn.Module):
    """Turns a condition into the memory of the decoder (Eq. 10.2).

    words: size of the vocabulary with its padding, 0 for none; num_layers: of the `Encoder`; the
    other arguments: as in `VideoEncoderDecoder`.
    """

    def __init__(
        self, words: int, causal: bool, size: int, patch: int, channels: int, d_model: int,
        num_heads: int, num_layers: int, d_ff: int, overlap: int,
    ):  # fmt: skip
        super().__init__()
        _, rows, columns = patch_grid((1, channels, size, size), (1, patch, patch))
        self.causal, self.frame = causal, (channels, size, size)
        self.read = nn.Conv2d(channels, d_model, patch + 2 * overlap, patch, overlap)
        self.place = nn.Parameter(sinusoidal_positions((rows, columns), d_model, base=100.0))
        self.words = nn.Embedding(words, d_model) if words else None
        self.kind = nn.Parameter(0.02 * torch.randn(3, d_model))  # frame, reference, word
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, activation="gelu")

    def forward(self, condition: Condition):
        """Return the memory "B M d", the time of each of its tokens, and which exist, "B M"."""
        self._check(condition)
        streams = []  # tokens, times, exists
        if condition.frames is not None:
            streams.append(self._frames(condition))
        if condition.reference is not None:
            tokens = self._patches(condition.reference).flatten(1, 2) + self.kind[1]
            when = torch.full(tokens.shape[:2], ALWAYS, device=tokens.device)
            streams.append((tokens, when, torch.ones_like(when, dtype=torch.bool)))
        if condition.words is not None:
            ids = condition.words
            order = waves(torch.arange(ids.shape[1], device=ids.device), self.place)
            tokens = self.words(ids) + order + self.kind[2]
            streams.append((tokens, torch.full_like(ids, ALWAYS), ids != 0))
        tokens, when, exists = (torch.cat(parts, 1) for parts in zip(*streams))
        mask = exists[:, None]  # B 1 M: who may be attended to
        if self.causal:
            mask = mask & (when[:, None] <= when[:, :, None])
        return self.encoder(tokens, mask), when, exists

    def _frames(self, condition):
        when, tokens = condition.times, self._patches(condition.frames)
        known = condition.known
        if known is None:
            known = torch.ones_like(when, dtype=torch.bool)
        N = tokens.shape[2]
        tokens = tokens + waves(when, self.place)[:, :, None] + self.kind[0]
        times, exists = (x.repeat_interleave(N, 1) for x in (when, known))
        return tokens.flatten(1, 2), times, exists

    def _patches(self, film):
        """A token for each patch: "B F C H W" -> "B F N d"."""
        tokens = self.read(film.flatten(0, 1)).flatten(2).transpose(1, 2)
        return tokens.unflatten(0, film.shape[:2]) + self.place

    def _check(self, condition):
        if all(x is None for x in (condition.frames, condition.reference, condition.words)):
            raise ValueError("condition: got no stream to read, want frames, reference or words")
        if condition.words is not None and self.words is None:
            raise ValueError("words: got ids for a model that was built with words=0")
        if condition.frames is not None and condition.times is None:
            raise ValueError("times: got None beside frames, want the frame number of each")
        C, H, W = self.frame
        for name in ("frames", "reference"):
            film = getattr(condition, name)
            if film is not None and (film.ndim != 5 or film.shape[2:] != self.frame):
                got = tuple(film.shape)
                raise ValueError(f'{name}: got {got}, want "batch frames {C} {H} {W}"')
