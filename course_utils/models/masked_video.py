"""Masked parallel decoding: many codes of a clip at once, the surest first (lesson 13).

    step k of K:  n_k = floor(cos(pi/2 k/K) T N) codes stay hidden; of those drawn, the most
                  confident are kept                                                      (Eq. 13.9)

A Transformer without a causal mask sees the codes that stand, the mask token elsewhere, and the
words, and says every hidden code at once (MaskGIT, Chang et al., 2022; MAGVIT, Yu et al., 2023).
It is trained on clips of which a random share, cos(pi/2 u) for u in [0, 1], is hidden. Within one
step codes do not know of each other: few steps are fast, and rough. Layers are those of lesson 10.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_utils.models.encoder_decoder import WriterLayer
from course_utils.models.video_gpt import CodeTable
from course_utils.transformer import Encoder


class MaskedVideo(nn.Module):
    """Says the hidden codes of a clip, "B T N", from those that stand and from words.

    codes, patches, frames, words, sentence, levels: as in `VideoGPT`. The mask is code number
    `codes`.
    """

    def __init__(
        self, codes: int, patches: int, words: int, frames: int = 16, sentence: int = 9,
        levels=None, d_model: int = 96, num_layers: int = 4, num_heads: int = 4,
    ):  # fmt: skip
        super().__init__()
        self.codes, self.frames, self.patches, self.sentence = codes, frames, patches, sentence
        self.read = CodeTable(codes, d_model, levels)
        self.hidden = nn.Parameter(0.02 * torch.randn(d_model))
        self.time = nn.Parameter(0.1 * torch.randn(frames, 1, d_model))
        self.place = nn.Parameter(0.1 * torch.randn(patches, d_model))
        self.word = nn.Embedding(words, d_model)
        self.order = nn.Parameter(0.02 * torch.randn(sentence, d_model))
        self.memory = Encoder(d_model, num_heads, 2 * d_model, 1, activation="gelu")
        self.layers = nn.ModuleList(
            WriterLayer(d_model, num_heads, 4 * d_model) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, codes)
        nn.init.zeros_(self.head.weight)

    def forward(
        self, codes: Int[Tensor, "B T N"], hidden: Tensor, words: Int[Tensor, "B L"]
    ) -> Float[Tensor, "B T N codes"]:
        """Return logits of all codes; where hidden, "B T N" bool, is True the code is not read."""
        x = torch.where(hidden[..., None], self.hidden, self.read(codes.masked_fill(hidden, 0)))
        x = x + self.time[: x.shape[1]] + self.place
        memory = self.memory(self.word(words) + self.order[: words.shape[1]])
        stands = torch.ones(len(x), 1, words.shape[1], dtype=torch.bool, device=x.device)
        for layer in self.layers:
            x = layer(x, memory, None, stands)
        return self.head(self.norm(x))

    def loss(self, codes: Int[Tensor, "B T N"], words, seed: int) -> Float[Tensor, ""]:
        """Return the cross-entropy of the hidden codes, a random share of each clip."""
        g = torch.Generator().manual_seed(seed)
        share = torch.cos(math.pi / 2 * torch.rand(len(codes), 1, 1, generator=g))
        hidden = (torch.rand(codes.shape, generator=g) < share).to(codes.device)
        hidden[:, 0, 0] |= ~hidden.flatten(1).any(1)  # at least one
        logits = self(codes, hidden, words)
        return F.cross_entropy(logits[hidden], codes[hidden])

    @torch.no_grad()
    def generate(
        self, words: Int[Tensor, "B L"], steps: int = 16, seed: int = 0, temperature: float = 1.0,
        doubt: float = 4.0,
    ) -> Int[Tensor, "B T N"]:  # fmt: skip
        """Return codes written in `steps` rounds (Eq. 13.9).

        Confidence is log p of the drawn code plus noise, `doubt` (1 - k/K) times a Gumbel number,
        so that the order of the places differs from clip to clip.
        """
        g = torch.Generator().manual_seed(seed)
        shape = (len(words), self.frames, self.patches)
        codes = torch.zeros(shape, dtype=torch.long)
        hidden = torch.ones(shape, dtype=torch.bool)
        total, device = self.frames * self.patches, self.order.device
        for k in range(1, steps + 1):
            logits = self(codes.to(device), hidden.to(device), words.to(device)).float().cpu()
            p = (logits / temperature).softmax(-1)
            drawn = torch.multinomial(p.flatten(0, 2), 1, generator=g).view(shape)
            codes = torch.where(hidden, drawn, codes)
            sure = p.gather(-1, codes[..., None])[..., 0].clamp(min=1e-9).log()
            noise = torch.rand(shape, generator=g).clamp(1e-9, 1 - 1e-7)
            sure = sure - doubt * (1 - k / steps) * (-noise.log()).log()
            sure = sure.masked_fill(~hidden, float("inf"))  # what stands, stands
            stay = math.floor(math.cos(math.pi / 2 * k / steps) * total)
            order = sure.flatten(1).argsort(1)  # the least sure first
            hidden = torch.zeros(len(words), total, dtype=torch.bool)
            hidden = hidden.scatter(1, order[:, :stay], True).view(shape)
        return codes.to(device)
