"""The Transformer: attention and feed-forward networks, stacked (built in lessons 05, 06 and 07).

    encoder layer:  x <- R(x, attend to x),  x <- R(x, FFN)                                (Eq. 5.1)
    decoder layer:  x <- R(x, attend to x),  x <- R(x, attend to memory),  x <- R(x, FFN)  (Eq. 6.5)
    Transformer:    memory = encoder(source),  output = decoder(target, memory)            (Eq. 7.1)

R(x, S) is the residual of Eq. 4.4, its norm before S ("pre") or after the sum ("post", as in the
paper). The architecture is section 3.1 of Vaswani et al. (2017). Tokens come batch first; in masks
True means may attend.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from course_utils import from_torch
from course_utils.attention import KeyValueCache, MultiHeadAttention
from course_utils.layers import FeedForward, LayerNorm, Residual

Tokens = Float[Tensor, "*batch tokens d_model"]
Mask = Bool[Tensor, "*batch queries keys"] | None


class EncoderLayer(nn.Module):
    """Lets tokens look at each other, then changes each by itself (Eq. 5.1; Vaswani et al., 2017).

    d_model, num_heads, bias, rotary: as in `MultiHeadAttention`; d_ff, activation: as in
        `FeedForward`;
    norm, eps: as in `Residual`. dropout: on the weights, inside the feed-forward network, and on
    what each sublayer adds, while training. Raises ValueError as they do.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        *,
        norm: str = "pre",
        activation: str = "relu",
        dropout: float = 0.0,
        rotary=None,
        eps: float = 1e-5,
        bias: bool = True,
    ):
        super().__init__()
        around = dict(norm=norm, dropout=dropout, eps=eps, bias=bias)
        self.attention = MultiHeadAttention(
            d_model, num_heads, bias=bias, dropout=dropout, rotary=rotary
        )
        self.around_attention = Residual(d_model, **around)
        self.feed_forward = FeedForward(d_model, d_ff, activation, dropout=dropout, bias=bias)
        self.around_feed_forward = Residual(d_model, **around)

    @classmethod
    def from_torch(cls, theirs: nn.TransformerEncoderLayer) -> "EncoderLayer":
        """Return torch's layer as ours, its weights copied."""
        return from_torch.layer(cls, theirs, nn.TransformerEncoderLayer, from_torch.ENCODER_LAYER)

    def forward(self, x: Tokens, mask: Mask = None, cache: KeyValueCache | None = None) -> Tokens:
        """Apply Eq. 5.1. mask and cache: as in `MultiHeadAttention`."""
        x = self.around_attention(x, lambda y: self.attention(y, y, y, mask, cache))
        return self.around_feed_forward(x, self.feed_forward)


class Encoder(nn.Module):
    """num_layers encoder layers on top of each other (Eq. 5.1); under a causal mask, a GPT.

    others: those of `EncoderLayer`. final_norm: a layer norm at the end; by default where norm is
    "pre", for there nothing else normalises the sum of all residuals. Raises ValueError for
    num_layers < 1.
    """

    def __init__(
        self, d_model: int, num_heads: int, d_ff: int, num_layers: int, *, final_norm=None, **others
    ):
        super().__init__()
        _check_layers("num_layers", num_layers)
        self.layers = nn.ModuleList(
            EncoderLayer(d_model, num_heads, d_ff, **others) for _ in range(num_layers)
        )
        self.norm = _final_norm(d_model, final_norm, others)

    @classmethod
    def from_torch(cls, theirs: nn.TransformerEncoder) -> "Encoder":
        """Return torch's encoder as ours, its weights copied. Ours is batch first, always."""
        return from_torch.stack(cls, EncoderLayer, LayerNorm, theirs, nn.TransformerEncoder)

    def forward(self, x: Tokens, mask: Mask = None, cache: KeyValueCache | None = None) -> Tokens:
        """Apply every layer in turn. mask and cache: as in `MultiHeadAttention`."""
        for layer in self.layers:
            x = layer(x, mask, cache)
        return self.norm(x)


class DecoderLayer(nn.Module):
    """Looks at what was generated, then at the memory, then changes each token by itself (Eq. 6.5).

    Arguments: those of `EncoderLayer`. rotary acts in the self-attention alone.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        *,
        norm: str = "pre",
        activation: str = "relu",
        dropout: float = 0.0,
        rotary=None,
        eps: float = 1e-5,
        bias: bool = True,
    ):
        super().__init__()
        around = dict(norm=norm, dropout=dropout, eps=eps, bias=bias)
        self.self_attention = MultiHeadAttention(
            d_model, num_heads, bias=bias, dropout=dropout, rotary=rotary
        )
        self.around_self_attention = Residual(d_model, **around)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, bias=bias, dropout=dropout)
        self.around_cross_attention = Residual(d_model, **around)
        self.feed_forward = FeedForward(d_model, d_ff, activation, dropout=dropout, bias=bias)
        self.around_feed_forward = Residual(d_model, **around)

    @classmethod
    def from_torch(cls, theirs: nn.TransformerDecoderLayer) -> "DecoderLayer":
        """Return torch's layer as ours, its weights copied."""
        return from_torch.layer(cls, theirs, nn.TransformerDecoderLayer, from_torch.DECODER_LAYER)

    def forward(
        self,
        x: Tokens,
        memory: Float[Tensor, "*batch keys d_model"],
        mask: Mask = None,
        memory_mask: Mask = None,
        cache: KeyValueCache | None = None,
    ) -> Tokens:
        """Apply Eq. 6.5. mask: who in x sees whom in x; memory_mask: who in x sees whom in memory.

        cache: holds the past of x, and in `cache.memory` the memory, projected once.
        """
        kept = None if cache is None else cache.memory
        x = self.around_self_attention(x, lambda y: self.self_attention(y, y, y, mask, cache))
        x = self.around_cross_attention(
            x, lambda y: self.cross_attention(y, memory, memory, memory_mask, kept)
        )
        return self.around_feed_forward(x, self.feed_forward)


class Decoder(nn.Module):
    """num_layers decoder layers on top of each other (Eq. 6.5). Arguments: those of `Encoder`."""

    def __init__(
        self, d_model: int, num_heads: int, d_ff: int, num_layers: int, *, final_norm=None, **others
    ):
        super().__init__()
        _check_layers("num_layers", num_layers)
        self.layers = nn.ModuleList(
            DecoderLayer(d_model, num_heads, d_ff, **others) for _ in range(num_layers)
        )
        self.norm = _final_norm(d_model, final_norm, others)

    @classmethod
    def from_torch(cls, theirs: nn.TransformerDecoder) -> "Decoder":
        """Return torch's decoder as ours, its weights copied. Ours is batch first, always."""
        return from_torch.stack(cls, DecoderLayer, LayerNorm, theirs, nn.TransformerDecoder)

    def forward(
        self,
        x: Tokens,
        memory: Float[Tensor, "*batch keys d_model"],
        mask: Mask = None,
        memory_mask: Mask = None,
        cache: KeyValueCache | None = None,
    ) -> Tokens:
        """Apply all layers; see `DecoderLayer`. To train, pass a causal mask: none is made."""
        for layer in self.layers:
            x = layer(x, memory, mask, memory_mask, cache)
        return self.norm(x)


class Transformer(nn.Module):
    """An encoder that reads and a decoder that writes (Eq. 7.1; Vaswani et al., 2017).

    encoder_layers, decoder_layers: how many; the other arguments: those of `Encoder`.
    To generate: once `memory = model.encoder(source)`, then often `model.decoder(new, memory,
    cache=cache)`.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        encoder_layers: int,
        decoder_layers: int,
        **options,
    ):
        super().__init__()
        _check_layers("encoder_layers", encoder_layers)
        _check_layers("decoder_layers", decoder_layers)
        self.encoder = Encoder(d_model, num_heads, d_ff, encoder_layers, **options)
        self.decoder = Decoder(d_model, num_heads, d_ff, decoder_layers, **options)

    @classmethod
    def from_torch(cls, theirs: nn.Transformer) -> "Transformer":
        """Return torch's model as ours: same weights (copied), same outputs, same gradients.

        Ours takes batch first and True = may attend, whatever theirs takes: see `to_torch_mask`.
        Raises ValueError where torch's model holds what ours cannot.
        """
        from_torch.check_kind(theirs, nn.Transformer)
        return from_torch.assembled(
            cls,
            theirs,
            encoder=Encoder.from_torch(theirs.encoder),
            decoder=Decoder.from_torch(theirs.decoder),
        )

    def forward(
        self,
        source: Float[Tensor, "*batch keys d_model"],
        target: Tokens,
        source_mask: Mask = None,
        target_mask: Mask = None,
        memory_mask: Mask = None,
    ) -> Tokens:
        """Read source, then turn target into the output, in its shape (Eq. 7.1)."""
        memory = self.encoder(source, source_mask)
        return self.decoder(target, memory, target_mask, memory_mask)


def _check_layers(name, number):
    if number < 1:
        raise ValueError(f"{name}: want at least 1, got {number}")


def _final_norm(d_model, final_norm, options):
    """The layer norm after the last layer, or nothing: Encoder and Decoder say when."""
    if final_norm is None:
        final_norm = options.get("norm", "pre") == "pre"
    return (
        LayerNorm(d_model, options.get("eps", 1e-5), options.get("bias", True))
        if final_norm
        else nn.Identity()
    )
