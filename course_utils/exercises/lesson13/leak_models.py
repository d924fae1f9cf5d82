"""Small models of known leaks, for exercise 13.5."""

from dataclasses import dataclass
from functools import lru_cache

import torch


@dataclass(frozen=True, repr=False)
class Planted:
    """A small model of known leaks: codes "batch frames tokens" in, logits for each place out."""

    seed: int
    frames: int
    tokens: int
    count: int
    kind: str

    def __repr__(self):
        return f"a model of {self.frames} frames of {self.tokens} tokens"

    def __call__(self, codes):
        B, T, S = codes.shape
        wrong = (codes < 0) | (codes >= self.count)
        if (T, S) != (self.frames, self.tokens) or wrong.any():
            raise ValueError(
                f"codes: got shape {tuple(codes.shape)}, want batch {self.frames} {self.tokens}, "
                f"each code from 0 to {self.count - 1}"
            )
        weights = _weights(self)  # place, place it reads, code there, logits
        flat = codes.flatten(1)
        read = weights[:, torch.arange(T * S), flat].movedim(1, 0)  # B place other logits
        if self.kind == "some clips":  # the leak shows where the first code is 0
            shut = (flat[:, 0] != 0)[:, None, None] & _leaks(self)
            read = read.masked_fill(shut[..., None], 0.0)
        if self.kind == "rounding":  # everything moves everything, by less than counts
            read = read.double() + 1e-8 * torch.cos(flat.double() + 1)[:, None, :, None]
        return read.sum(2).unflatten(1, (T, S))


def _leaks(model):
    """Which place reads which, of those that it must not read: "place place"."""
    T, S = model.frames, model.tokens
    frame = torch.arange(T).repeat_interleave(S)
    token = torch.arange(S).repeat(T)
    same = frame[:, None] == frame
    itself = torch.eye(T * S, dtype=torch.bool)
    last = T * S - 1
    one = torch.zeros_like(itself)
    one[last, last] = True
    return {
        "clean": itself & ~itself,
        "rounding": itself & ~itself,
        "a frame back": itself & ~itself,
        "token itself": itself,
        "own frame": same.triu(),
        "end of the frame": same & (token[:, None] == 0) & (token == S - 1),
        "last frame": (frame[:, None] == 0) & (frame == T - 1),
        "one code": one,
        "some clips": one,
        "faint": one,
        "one logit": one,
        "falling": one,
    }[model.kind]


@lru_cache(maxsize=64)
def _weights(model):
    T, S, K = model.frames, model.tokens, model.count
    P = T * S
    generator = torch.Generator().manual_seed(model.seed)
    weights = torch.randn(P, P, K, K, generator=generator)
    weights -= weights.mean(-1, keepdim=True)  # no change of all logits at once
    earlier = torch.ones(P, P, dtype=torch.bool).tril(-1)
    if model.kind == "a frame back":
        frame = torch.arange(T).repeat_interleave(S)
        earlier = frame[:, None] == frame + 1
    leaks = _leaks(model)
    if model.kind == "one code":  # what the last place reads of itself is whether it is code 0
        weights[-1, -1, 1:] = 0.0
    if model.kind == "faint":
        weights[-1, -1] *= 1e-4
    if model.kind == "one logit":  # the last one alone
        weights[-1, -1, :, :-1] = 0.0
    if model.kind == "falling":  # without code 0 every logit is smaller
        weights[-1, -1] = 0.0
        weights[-1, -1, 0] = 1.0 + torch.arange(K)
    return weights * (earlier | leaks)[..., None, None]


KINDS = (
    "clean",
    "own frame",
    "one code",
    "some clips",
    "one code",
    "some clips",
    "end of the frame",
    "last frame",
    "token itself",
    "a frame back",
    "faint",
    "one logit",
    "falling",
    "rounding",
)
