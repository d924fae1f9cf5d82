"""Attention: every token asks, every token answers (built in lessons 02, 03 and 06).

    attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V                                      (Eq. 2.1)
    multihead(Q, K, V) = [head_0 ... head_(H-1)] W_O                                       (Eq. 3.1)
    head_h             = attention(Q W_Q^h, K W_K^h, V W_V^h)

Eq. 2.1 and 3.1 are Eq. 1 and section 3.2.2 of Vaswani et al. (2017), "Attention Is All You Need".
In every mask True means *may attend*. A query that may attend nowhere gets zeros, and passes no
gradient on.
"""

import math
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from course_utils import from_torch
from course_utils.cache import KeyValueCache
from course_utils.fits import check_attention, check_mask
from course_utils.masks import (  # noqa: F401  (attention and its masks are imported together)
    causal_mask,
    frame_causal_mask,
    padding_mask,
    to_torch_mask,
)

# Attention: Eq. 2.1, twice. `attention` is fused and never holds the weights; `attention_weights`
# shows them.


def attention_weights(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    mask: Bool[Tensor, "*batch queries keys"] | None = None,
) -> Float[Tensor, "*batch queries keys"]:
    """Return what a query takes from each key: softmax(Q K^T / sqrt(d_k)), the weights of Eq. 2.1.

    Leading dimensions broadcast. A row sums to 1, or to 0 where the query may attend nowhere.
    Raises ValueError when shapes do not fit or the mask is not bool.
    """
    check_attention(query, key, key, mask)
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is None:
        return scores.softmax(-1)
    # The lowest finite number, not -inf: softmax of a row of -inf is NaN, and so is its gradient.
    weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)
    return weights.masked_fill(~mask, 0.0)


def attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*batch queries keys"] | None = None,
    dropout: float = 0.0,
) -> Float[Tensor, "*batch queries d_v"]:
    """Return each query's weighted mean of the values: softmax(Q K^T / sqrt(d_k)) V (Eq. 2.1).

    Equals `attention_weights(query, key, mask) @ value`, but fused: the weights are never stored.
    Leading dimensions broadcast. A query that may attend nowhere gets zeros.
    dropout: the share of weights set to zero, the others scaled up to make good for them.
    Raises ValueError when shapes do not fit or the mask is not bool.
    """
    batch = check_attention(query, key, value, mask)
    # The fused kernel wants exactly two leading dimensions. A batch that has two is not copied.
    two = batch if len(batch) == 2 else (batch.numel(), 1)
    q, k, v = (
        x.expand(*batch, *x.shape[-2:]).reshape(*two, *x.shape[-2:]) for x in (query, key, value)
    )
    # one mask for the whole batch is not copied either
    if mask is not None and mask.shape[:-2].numel() == 1:
        mask = mask.reshape(1, 1, *mask.shape[-2:])
    elif mask is not None:
        mask = mask.expand(*batch, *mask.shape[-2:]).reshape(*two, *mask.shape[-2:])
    heads = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
    return heads.reshape(*batch, *heads.shape[-2:])


class MultiHeadAttention(nn.Module):
    """Attention in H subspaces: [head_0 ... head_(H-1)] W_O (Eq. 3.1; Vaswani et al., 2017).

    d_model: width of the tokens, divisible by num_heads, so that d_k = d_v = d_model / num_heads.
    dropout: on the weights, while training. rotary: for self-attention, a `RotaryPositions(d_k)`
    that turns each query and key by its position. Raises ValueError when num_heads does not divide
    d_model.
    """

    def __init__(
        self, d_model: int, num_heads: int, *, bias=True, dropout: float = 0.0, rotary=None
    ):
        super().__init__()
        if num_heads < 1 or d_model < 1 or d_model % num_heads:
            raise ValueError(f"num_heads: want a divisor of d_model = {d_model}, got {num_heads}")
        if rotary is not None and rotary.d_k != d_model // num_heads:
            raise ValueError(
                f"rotary: want RotaryPositions({d_model // num_heads}), got d_k = {rotary.d_k}"
            )
        self.d_model, self.num_heads, self.d_k = d_model, num_heads, d_model // num_heads
        self.dropout, self.rotary = dropout, rotary
        self.query = nn.Linear(d_model, d_model, bias=bias)
        self.key = nn.Linear(d_model, d_model, bias=bias)
        self.value = nn.Linear(d_model, d_model, bias=bias)
        self.output = nn.Linear(d_model, d_model, bias=bias)
        for projection in (self.query, self.key, self.value, self.output):
            nn.init.xavier_uniform_(projection.weight)
            if bias:
                nn.init.zeros_(projection.bias)
        self.records = []  # lists that `record_attention` wants filled; empty means the fused path

    @classmethod
    def from_torch(cls, theirs: nn.MultiheadAttention) -> "MultiHeadAttention":
        """Return torch's layer as ours, its weights copied. Ours is batch first, always."""
        return from_torch.attention(cls, theirs)

    def forward(
        self,
        query: Float[Tensor, "*batch queries d_model"],
        key: Float[Tensor, "*batch keys d_model"],
        value: Float[Tensor, "*batch keys d_model"],
        mask: Bool[Tensor, "*batch queries keys"] | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "*batch queries d_model"]:
        """Let each query token gather from the key tokens, in every head (Eq. 3.1).

        mask: broadcasts to "*batch queries keys", the same for all heads.
        cache: puts the keys of earlier calls in front of these; mask then has a column for each of
        them too, and without a mask every new token sees all of them.
        Raises ValueError when shapes do not fit or the mask is not bool.
        """
        batch = self._check(query, key, value)
        if cache is not None and cache.fixed and self.rotary is not None:
            raise ValueError(
                "cache: rotary positions are for self-attention, got a cache with fixed=True"
            )
        held = 0 if cache is None else cache.length(self)
        reuse = held > 0 and cache.fixed
        if mask is not None:  # before the cache grows, so that a refused call leaves it as it was
            check_mask(mask, (*batch, query.shape[-2], held if reuse else held + key.shape[-2]))
            if mask.dim() > 2:  # to "b 1 queries keys"
                mask = mask.expand(*batch, *mask.shape[-2:]).reshape(-1, 1, *mask.shape[-2:])

        # q, k, v: "b heads tokens d_k", b = all of batch in one
        if reuse:
            (q,), (k, v) = self._heads(self.query(query), batch), cache.held(self)
        else:
            q, k, v = self._project(query, key, value, batch, cache)
            if self.rotary is not None:
                q, k = self.rotary(q, offset=held), self.rotary(k, offset=held)
            if cache is not None:
                k, v = cache.append(self, k, v)

        dropout = self.dropout if self.training else 0.0
        if self.records:
            weights = F.dropout(attention_weights(q, k, mask), dropout)
            heads = weights @ v
            for record in self.records:
                record.append(weights.detach().reshape(*batch, *weights.shape[1:]))
        else:  # as in `attention`, for tensors that are known to fit
            heads = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
        return self.output(heads.transpose(1, 2).reshape(*batch, -1, self.d_model))

    def _check(self, query, key, value):
        """Return the leading dimensions after broadcasting, or say in words what does not fit."""
        for name, x in (("query", query), ("key", key), ("value", value)):
            if x.dim() < 2 or x.shape[-1] != self.d_model:
                raise ValueError(
                    f'{name}: want "*batch tokens {self.d_model}", got {tuple(x.shape)}'
                )
            if query is key is value and query.is_floating_point():  # one to look at, not three
                return query.shape[:-2]
        return check_attention(query, key, value)

    def _project(self, query, key, value, batch, cache):
        """Return queries, keys and values; in one product where a cache has use for it."""
        parts = self.query, self.key, self.value
        if query is key is value and cache is not None and not torch.is_grad_enabled():
            joint = cache.joint(self)(query, parts)
            if joint is not None:
                return self._heads(joint, batch)
        tokens = zip(parts, (query, key, value))
        return [self._heads(part(x), batch)[0] for part, x in tokens]

    def _heads(self, x, batch):
        """Cut x, "*batch tokens parts*d_model", into its parts, each "b heads tokens d_k"."""
        tokens, width = x.shape[-2:]
        if x.shape[:-2] != batch:
            x = x.expand(*batch, tokens, width)
        heads = x.reshape(-1, tokens, width // self.d_k, self.d_k).transpose(1, 2)
        return heads.chunk(width // self.d_model, dim=1)


@contextmanager
def record_attention(model: nn.Module):
    """Record the weights that each MultiHeadAttention of `model` uses inside the `with` block.

    Yields a dict: name of the layer in `model` ("" for the model itself) -> list with one item per
    call: the weights "*batch heads queries keys", detached, after dropout. Recording is not fused,
    so it is slower. Raises ValueError when the model holds no MultiHeadAttention.
    """
    layers = {
        name: layer
        for name, layer in model.named_modules()
        if isinstance(layer, MultiHeadAttention)
    }
    if not layers:
        raise ValueError(
            f"model: want one with a MultiHeadAttention in it, got {type(model).__name__}"
        )
    record = {name: [] for name in layers}
    for name, layer in layers.items():
        layer.records.append(record[name])
    try:
        yield record
    finally:
        for name, layer in layers.items():
            layer.records = [r for r in layer.records if r is not record[name]]
