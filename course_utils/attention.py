"""Attention: every token asks, every token answers (built in lessons 02, 03 and 06).

    attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V                                      (Eq. 2.1)
    multihead(Q, K, V) = [head_0 ... head_(H-1)] W_O                                       (Eq. 3.1)
    head_h             = attention(Q W_Q^h, K W_K^h, V W_V^h)
    causal:        query i may attend to key j  when  j <= i                               (Eq. 6.1)
    frame-causal:  query i may attend to key j  when  floor(j / N) <= floor(i / N)         (Eq. 6.2)

Eq. 2.1 and 3.1 are Eq. 1 and section 3.2.2 of Vaswani et al. (2017), "Attention Is All You Need".
In every mask True means *may attend*. A query that may attend nowhere gets zeros, and passes no
gradient on.
"""

import math
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

# Masks: "*batch queries keys", True = may attend.


def causal_mask(n: int, past: int = 0) -> Bool[Tensor, "n past+n"]:
    """Let each of n tokens attend to itself and to what came before it: j <= i (Eq. 6.1).

    past: tokens that a cache already holds; they become the first columns, and every new token sees
    them. Raises ValueError for n < 1 or past < 0.
    """
    return frame_causal_mask(n, 1, past)


def frame_causal_mask(
    frames: int, tokens_per_frame: int, past: int = 0
) -> Bool[Tensor, "queries keys"]:
    """Let each token attend to its own frame and to the frames before it (Eq. 6.2).

    frames: T new frames of N = tokens_per_frame tokens each; past: frames that a cache already
    holds. Returns "T*N (past+T)*N". Raises ValueError for frames or tokens_per_frame < 1, or past
    < 0.
    """
    if frames < 1 or tokens_per_frame < 1 or past < 0:
        raise ValueError(
            "frames, tokens_per_frame, past: want at least 1, 1 and 0, "
            f"got {frames}, {tokens_per_frame} and {past}"
        )
    frame = torch.arange(past + frames).repeat_interleave(tokens_per_frame)
    return frame <= frame[past * tokens_per_frame :, None]


def padding_mask(lengths: Int[Tensor, "*batch"], n: int) -> Bool[Tensor, "*batch 1 n"]:
    """Let every query attend to the first lengths[b] of n keys: j < length (Eq. 6.3).

    Combine it with another mask by `&`. Raises ValueError when a length is not in 0..n.
    """
    if ((lengths < 0) | (lengths > n)).any():
        raise ValueError(f"lengths: want numbers from 0 to n = {n}, got {lengths.tolist()}")
    return torch.arange(n, device=lengths.device) < lengths[..., None, None]


def to_torch_mask(mask: Bool[Tensor, "*batch queries keys"]) -> Bool[Tensor, "*batch queries keys"]:
    """Turn a mask (True = may attend) into one for torch.nn's layers of attention (True = may NOT).

    This is the only converter; `scaled_dot_product_attention` needs none: there, too, True means
    may. A row that is blocked everywhere is zeros here. torch's layers do not agree with themselves
    about it: nn.MultiheadAttention answers NaN when it returns weights, and in eval mode under
    no_grad; else zeros. Raises ValueError when the mask is not bool.
    """
    if mask.dtype != torch.bool:
        raise ValueError(f"mask: want dtype torch.bool (True = may attend), got {mask.dtype}")
    return ~mask


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
    _check(query, key, key, mask)
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
    batch = _check(query, key, value, mask)
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


def _check(query, key, value, mask):
    """Return the leading dimensions after broadcasting, or say in words what does not fit."""
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.dim() < 2 or not x.is_floating_point():
            raise ValueError(
                f'{name}: want floats "*batch tokens d", got {x.dtype} {tuple(x.shape)}'
            )
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            f"key: want the last size of query, {query.shape[-1]}, got {tuple(key.shape)}"
        )
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(
            f"value: want a row for each of {key.shape[-2]} keys, got {tuple(value.shape)}"
        )
    try:
        batch = query.shape[:-2]
        # to broadcast costs as much as a small layer
        if not batch == key.shape[:-2] == value.shape[:-2]:
            batch = torch.broadcast_shapes(batch, key.shape[:-2], value.shape[:-2])
    except RuntimeError:
        shapes = ", ".join(str(tuple(x.shape)) for x in (query, key, value))
        raise ValueError(
            f"query, key, value: want leading dimensions that broadcast, got {shapes}"
        ) from None
    if mask is not None:
        _check_mask(mask, (*batch, query.shape[-2], key.shape[-2]))
    return batch


def _check_mask(mask, shape):
    """Say in words why a mask does not broadcast to `shape`, "*batch queries keys"."""
    if mask.dtype != torch.bool:
        raise ValueError(f"mask: want dtype torch.bool (True = may attend), got {mask.dtype}")
    aligned = zip(reversed(mask.shape), reversed(shape))
    if not 2 <= mask.dim() <= len(shape) or any(m not in (1, n) for m, n in aligned):
        got = tuple(mask.shape)
        raise ValueError(
            f'mask: want what broadcasts to "*batch queries keys" = {shape}, got {got}'
        )


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
        if theirs.in_proj_weight is None or theirs.bias_k is not None or theirs.add_zero_attn:
            raise ValueError(
                "theirs: want kdim = vdim = embed_dim, no add_bias_kv and no add_zero_attn"
            )
        bias = theirs.in_proj_bias is not None
        ours = cls(theirs.embed_dim, theirs.num_heads, bias=bias, dropout=theirs.dropout)
        ours.to(theirs.in_proj_weight).train(theirs.training)
        with torch.no_grad():
            # torch stacks the three
            for i, projection in enumerate((ours.query, ours.key, ours.value)):
                projection.weight.copy_(theirs.in_proj_weight.chunk(3)[i])
                if bias:
                    projection.bias.copy_(theirs.in_proj_bias.chunk(3)[i])
        ours.output.load_state_dict(theirs.out_proj.state_dict())
        return ours

    def forward(
        self,
        query: Float[Tensor, "*batch queries d_model"],
        key: Float[Tensor, "*batch keys d_model"],
        value: Float[Tensor, "*batch keys d_model"],
        mask: Bool[Tensor, "*batch queries keys"] | None = None,
        cache: "KeyValueCache | None" = None,
    ) -> Float[Tensor, "*batch queries d_model"]:
        """Let each query token gather from the key tokens, in every head (Eq. 3.1).

        mask: broadcasts to "*batch queries keys", the same for all heads.
        cache: puts the keys of earlier calls in front of these; mask then has a column for each of
        them too, and without a mask every new token sees all of them.
        Raises ValueError when shapes do not fit or the mask is not bool.
        """
        for name, x in (("query", query), ("key", key), ("value", value)):
            if x.dim() < 2 or x.shape[-1] != self.d_model:
                raise ValueError(
                    f'{name}: want "*batch tokens {self.d_model}", got {tuple(x.shape)}'
                )
        batch = _check(query, key, value, mask=None)
        if self.rotary is not None and cache is not None and cache.fixed:
            raise ValueError(
                "cache: rotary positions are for self-attention, got a cache with fixed=True"
            )
        held = 0 if cache is None else cache.length(self)
        reuse = held > 0 and cache.fixed
        if mask is not None:  # before the cache grows, so that a refused call leaves it as it was
            _check_mask(mask, (*batch, query.shape[-2], held if reuse else held + key.shape[-2]))
            if mask.dim() > 2:  # to "b 1 queries keys"
                mask = mask.expand(*batch, *mask.shape[-2:]).reshape(-1, 1, *mask.shape[-2:])

        q = self._split(self.query(query), batch)  # "b heads queries d_k", b = all of batch in one
        if reuse:
            k, v = cache.entries[self]
        else:
            k, v = self._split(self.key(key), batch), self._split(self.value(value), batch)
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
        else:
            heads = attention(q, k, v, mask, dropout)
        return self.output(heads.transpose(1, 2).reshape(*batch, -1, self.d_model))

    def _split(self, x, batch):
        """Cut "*batch tokens d_model" into "b heads tokens d_k", b = all of batch in one axis."""
        tokens = x.shape[-2]
        return (
            x.expand(*batch, *x.shape[-2:])
            .reshape(-1, tokens, self.num_heads, self.d_k)
            .transpose(1, 2)
        )


class KeyValueCache:
    """Keeps keys and values of tokens already seen, so that each is projected once (lesson 06).

    One cache serves a whole model: every MultiHeadAttention finds its own entry in it. Feed only
    the new tokens; the outputs equal those of the whole sequence under the causal, or frame-causal,
    mask.
    fixed: for cross-attention. The first call projects the memory and all later ones reuse it,
    whatever their `key` and `value`. `cache.memory` is the fixed cache that travels with a growing
    one.
    Size: 2 * tokens * d_model numbers for each clip and layer (Eq. 6.4).
    """

    def __init__(self, fixed: bool = False):
        self.fixed = fixed
        self.entries = {}  # attention layer -> (keys, values), each "b heads tokens d_k"
        self.memory = self if fixed else KeyValueCache(fixed=True)

    @property
    def tokens(self) -> int:
        """How many tokens the fullest layer holds: the position of the next token of a sequence."""
        return max((key.shape[-2] for key, _ in self.entries.values()), default=0)

    @property
    def nbytes(self) -> int:
        """Bytes held for all layers, without those of `memory` (Eq. 6.4)."""
        return sum(x.nbytes for entry in self.entries.values() for x in entry)

    def length(self, layer: MultiHeadAttention) -> int:
        """How many tokens this layer holds."""
        return self.entries[layer][0].shape[-2] if layer in self.entries else 0

    def append(
        self, layer: MultiHeadAttention, key: Tensor, value: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Put new keys and values, "b heads tokens d_k", behind this layer's own; return them all.

        Raises ValueError when the batch is not the one that the cache holds.
        """
        if layer in self.entries:
            old_key, old_value = self.entries[layer]
            if old_key.shape[0] != key.shape[0]:
                held = old_key.shape[0]
                raise ValueError(
                    f"cache: holds a batch of {held}, got {key.shape[0]}; start a new cache"
                )
            key, value = torch.cat((old_key, key), dim=-2), torch.cat((old_value, value), dim=-2)
        self.entries[layer] = key, value
        return key, value


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
