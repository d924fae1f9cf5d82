"""The video GPT: writes the codes of a clip one after the other (lesson 13).

    p(codes | words) = prod_t prod_s p(code_t,s | words, frames before t, codes before s) (Eq. 13.6)
    h_t = frames(words, E_1 c_0 ... E_1 c_(t-1));                                         (Eq. 13.7)
    logits_t,s = patches(U_s h_t + E_2 c_t,<s + E_3 c_(t-1),s)

Two causal Transformers: a wide one with one token for each word and frame, and a narrow one over
the codes of a frame, which also reads the code at its place in the frame before. So a clip of T
frames of N codes costs T tokens and T short sequences in place of one of T N tokens, as in
RQ-Transformer (Lee et al., 2022) and MegaByte (Yu et al., 2023).

Everything runs where the weights are. `generate` draws from a generator on the CPU, so that the
same seed draws the same numbers on every device.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_utils import sampling
from course_utils.attention import causal_mask
from course_utils.cache import KeyValueCache
from course_utils.tokenizers.quantize import FSQ
from course_utils.transformer import Encoder


class CodeTable(nn.Module):
    """A vector for each code; with FSQ levels also a linear map of its values (Eq. 13.4).

    Codes that share digits then begin near each other: what is learned of one holds for the other.
    """

    def __init__(self, codes: int, d_model: int, levels=None):
        super().__init__()
        self.table = nn.Embedding(codes, d_model)
        nn.init.normal_(self.table.weight, std=0.02 if levels else 0.3)
        if levels:
            self.digits = nn.Linear(len(levels), d_model, bias=False)
            self.register_buffer("values", FSQ(levels).values(torch.arange(codes)), False)

    def forward(self, codes: Int[Tensor, " *batch"]) -> Float[Tensor, "*batch d_model"]:
        """Return the vectors of codes."""
        found = self.table(codes)
        return found + self.digits(self.values[codes]) if hasattr(self, "digits") else found


class VideoGPT(nn.Module):
    """Models the codes of clips, "B T N", after words (Eq. 13.6 and 13.7).

    codes: how many different ones; patches: N codes in a frame; frames: most frames T; words: size
    of the vocabulary with its padding, 0 for none; sentence: most words; levels: those of the FSQ
    that made the codes, or None; d_model and num_layers: of the wide Transformer, narrow and
    narrow_layers: of the other.
    """

    def __init__(
        self, codes: int, patches: int, frames: int = 16, words: int = 0, sentence: int = 9,
        levels=None, d_model: int = 128, num_layers: int = 4, num_heads: int = 4,
        narrow: int = 96, narrow_layers: int = 2, narrow_heads: int = 3,
    ):  # fmt: skip
        super().__init__()
        self.frames, self.sentence, self.patches = frames, sentence if words else 1, patches
        self.word = nn.Embedding(max(words, 1), d_model)
        nn.init.normal_(self.word.weight, std=0.3)
        self.order = nn.Parameter(0.02 * torch.randn(self.sentence, d_model))
        self.time = nn.Parameter(0.1 * torch.randn(frames, d_model))
        self.read = CodeTable(codes, 32, levels)  # E_1
        self.frame = nn.Linear(patches * 32, d_model)
        self.wide = Encoder(d_model, num_heads, 4 * d_model, num_layers, activation="gelu")
        self.up = nn.Linear(d_model, patches * narrow)  # U
        self.here = CodeTable(codes, narrow, levels)  # E_2
        self.before = CodeTable(codes, narrow, levels)  # E_3
        self.place = nn.Parameter(0.1 * torch.randn(patches, narrow))
        self.narrow = Encoder(narrow, narrow_heads, 4 * narrow, narrow_layers, activation="gelu")
        self.head = nn.Linear(narrow, codes)
        nn.init.zeros_(self.head.weight)

    def forward(
        self, codes: Int[Tensor, "B T N"], words: Int[Tensor, "B L"] | None = None
    ) -> Float[Tensor, "B T N codes"]:
        """Return the logits of every code, each from what comes before it alone."""
        B, T, N = codes.shape
        if N != self.patches or T > self.frames:
            raise ValueError(
                f'codes: got {tuple(codes.shape)}, want "batch frames {self.patches}" with at most '
                f"{self.frames} frames"
            )
        x = torch.cat((self._prefix(words, B), self._frames(codes[:, :-1], 0)), 1)
        h = self.wide(x, causal_mask(x.shape[1]).to(x.device))[:, self.sentence - 1 :]
        x = self._sites(h) + F.pad(self.before(codes[:, :-1]), (0, 0, 0, 0, 1, 0))
        x = x + F.pad(self.here(codes[..., :-1]), (0, 0, 1, 0))
        x = self.narrow(x.flatten(0, 1), causal_mask(N).to(x.device))
        return self.head(x).unflatten(0, (B, T))

    def loss(self, codes: Int[Tensor, "B T N"], words=None, first: int = 0) -> Float[Tensor, ""]:
        """Return the mean cross-entropy in nats per code, of the frames from `first` on."""
        logits = self(codes, words)[:, first:]
        return F.cross_entropy(logits.flatten(0, 2), codes[:, first:].flatten())

    @torch.no_grad()
    def generate(
        self, words: Int[Tensor, "B L"] | None = None, frames: int = 16, seed: int = 0,
        temperature=1.0, top_k: int | None = None, given: Int[Tensor, "B t N"] | None = None,
        batch: int = 1, cached: bool = True,
    ) -> Int[Tensor, "B frames N"]:  # fmt: skip
        """Return codes drawn one after the other from Eq. 13.6.

        temperature: a number, or one for each frame, of which the last serves all later frames; 0
        takes the likeliest; top_k: draw among the k likeliest alone; given: first frames that
        stand; batch: how many clips, where there are neither words nor frames; cached=False
        computes everything anew for each frame, which is slower and draws the same.
        """
        known = words if words is not None else given
        B = batch if known is None else len(known)
        codes = torch.zeros(B, 0, self.patches, dtype=torch.long, device=self.order.device)
        codes = codes if given is None else given.to(codes.device)
        heat = list(temperature) if hasattr(temperature, "__len__") else [temperature]
        g = torch.Generator().manual_seed(seed)
        cache, x = KeyValueCache(), self._prefix(words, B)
        if codes.shape[1]:
            x = torch.cat((x, self._frames(codes, 0)), 1)
        for t in range(codes.shape[1], frames):
            if cached:
                mask = causal_mask(x.shape[1]).to(x.device) if x.shape[1] > 1 else None
                h = self.wide(x, mask, cache)[:, -1]
            else:
                x = torch.cat((self._prefix(words, B), self._frames(codes, 0)), 1)
                h = self.wide(x, causal_mask(x.shape[1]).to(x.device))[:, -1]
            frame = self._write_frame(h, codes, heat[min(t, len(heat) - 1)], top_k, g)
            codes = torch.cat((codes, frame[:, None]), 1)
            x = self._frames(codes[:, -1:], t)
        return codes

    def _write_frame(self, h, codes, tau, top_k, g):
        sites, cache, written = self._sites(h[:, None])[:, 0], KeyValueCache(), []
        if codes.shape[1]:
            sites = sites + self.before(codes[:, -1])
        for s in range(self.patches):
            x = sites[:, s] + (self.here(written[-1]) if written else 0)
            logits = self.head(self.narrow(x[:, None], None, cache)[:, 0]).float().cpu()
            if tau == 0:
                code = logits.argmax(-1)
            else:
                p = sampling.temperature(logits, tau)
                code = sampling.draw(sampling.top_k(p, top_k) if top_k else p, g)
            written.append(code.to(h.device))
        return torch.stack(written, 1)

    def _prefix(self, words, batch):
        ids = torch.zeros(batch, self.sentence, dtype=torch.long, device=self.order.device)
        if words is not None:
            if words.shape[1] > self.sentence:
                raise ValueError(f"words: got {words.shape[1]}, want at most {self.sentence}")
            ids[:, : words.shape[1]] = words
        return self.word(ids) + self.order

    def _frames(self, codes, first):
        at = self.time[first : first + codes.shape[1]]
        return self.frame(self.read(codes).flatten(2)) + at

    def _sites(self, h):
        return self.up(h).unflatten(-1, (self.patches, -1)) + self.place
