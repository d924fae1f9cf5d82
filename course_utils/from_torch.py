"""From torch's layers to ours: same weights (copied), same outputs, same gradients (lesson 07).

Each function serves a classmethod `from_torch` of the class that it is given, and raises ValueError
where torch's layer holds what ours cannot. The tables name the parts: ours left, torch's right.
"""

import torch.nn.functional as F
from torch import nn

ENCODER_LAYER = {
    "attention": "self_attn",
    "around_attention.norm": "norm1",
    "around_feed_forward.norm": "norm2",
}
DECODER_LAYER = {
    "self_attention": "self_attn",
    "around_self_attention.norm": "norm1",
    "cross_attention": "multihead_attn",
    "around_cross_attention.norm": "norm2",
    "around_feed_forward.norm": "norm3",
}
ACTIVATIONS = {
    F.relu: "relu",
    nn.ReLU: "relu",
    F.gelu: "gelu",
    nn.GELU: "gelu",
    F.silu: "silu",
    nn.SiLU: "silu",
}


def attention(cls, theirs: nn.MultiheadAttention):
    """Return torch's attention as a `MultiHeadAttention`, which is cls."""
    if theirs.in_proj_weight is None or theirs.bias_k is not None or theirs.add_zero_attn:
        raise ValueError(
            "theirs: want kdim = vdim = embed_dim, no add_bias_kv and no add_zero_attn"
        )
    bias = theirs.in_proj_bias is not None
    ours = cls(theirs.embed_dim, theirs.num_heads, bias=bias, dropout=theirs.dropout)
    ours.to(theirs.in_proj_weight)
    state = {f"output.{name}": x for name, x in theirs.out_proj.state_dict().items()}
    for kind in ("weight", "bias") if bias else ("weight",):  # torch stacks the three
        stacked = getattr(theirs, f"in_proj_{kind}").chunk(3)
        state |= {f"{name}.{kind}": x for name, x in zip(("query", "key", "value"), stacked)}
    ours.load_state_dict(state)
    return ours.train(theirs.training)


def layer(cls, theirs, kind, parts: dict[str, str]):
    """Return torch's layer as an `EncoderLayer` or `DecoderLayer`, which is cls; parts: a table."""
    ours = cls(**_options(theirs, kind))
    for name, its in parts.items():
        part = type(ours.get_submodule(name)).from_torch(getattr(theirs, its))
        ours.set_submodule(name, part)
    ours.feed_forward.to(theirs.linear1.weight)
    ours.feed_forward.first.load_state_dict(theirs.linear1.state_dict())
    ours.feed_forward.second.load_state_dict(theirs.linear2.state_dict())
    return ours.train(theirs.training)


def stack(cls, layer_class, norm_class, theirs, kind):
    """Return torch's stack of layers as an `Encoder` or `Decoder`, which is cls."""
    check_kind(theirs, kind)
    return assembled(
        cls,
        theirs,
        layers=nn.ModuleList(layer_class.from_torch(layer) for layer in theirs.layers),
        norm=nn.Identity() if theirs.norm is None else norm_class.from_torch(theirs.norm),
    )


def assembled(cls, theirs: nn.Module, **parts: nn.Module):
    """Return a module of class cls made of parts that come from torch, without its `__init__`."""
    ours = cls.__new__(cls)
    nn.Module.__init__(ours)
    for name, part in parts.items():
        setattr(ours, name, part)
    return ours.train(theirs.training)


def check_kind(theirs: nn.Module, kind: type) -> None:
    """Raise ValueError when theirs is not a kind of torch.nn."""
    if not isinstance(theirs, kind):
        raise ValueError(f"theirs: want an nn.{kind.__name__}, got {type(theirs).__name__}")


def _options(theirs, kind):
    """Read the arguments of our layer off torch's, or say which of them ours cannot follow."""
    check_kind(theirs, kind)
    f = theirs.activation
    activation = ACTIVATIONS.get(type(f) if isinstance(f, nn.Module) else f)
    if activation is None or getattr(f, "approximate", "none") != "none":
        raise ValueError(f"theirs: want the activation relu, gelu or silu, got {f}")
    rates = {part.p for part in theirs.children() if isinstance(part, nn.Dropout)}
    rates |= {part.dropout for part in theirs.children() if isinstance(part, nn.MultiheadAttention)}
    if len(rates) > 1:
        raise ValueError(f"theirs: want one dropout rate in a layer, got {sorted(rates)}")
    return dict(
        d_model=theirs.linear1.in_features,
        num_heads=theirs.self_attn.num_heads,
        d_ff=theirs.linear1.out_features,
        norm="pre" if theirs.norm_first else "post",
        activation=activation,
        dropout=rates.pop(),
        bias=theirs.linear1.bias is not None,
    )
