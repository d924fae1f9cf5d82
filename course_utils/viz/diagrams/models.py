"""From a model that ran to its drawing: its parts, and the shapes that really flowed."""

from functools import singledispatch

from torch import Tensor as TorchTensor
from torch import nn

from course_utils.attention import MultiHeadAttention
from course_utils.layers import FeedForward, LayerNorm, Residual
from course_utils.transformer import Decoder, DecoderLayer, Encoder, EncoderLayer, Transformer
from course_utils.viz.diagrams import parts as p
from course_utils.viz.diagrams.attending import attention_box, attention_flow

ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.ELU)
SILENT = (nn.Dropout, nn.Identity)  # nothing to see in a drawing
NAMES = {"x": "tokens", "input": "tokens"}


@singledispatch
def drawing_of(model, calls):
    """The whole drawing of a model: what comes in, its parts, what goes out."""
    call = calls[model][0]
    given = _inputs(call)
    last = p.Tensor("output")
    if len(given) == 1:
        return p.flow(given[0], *parts_of(model, calls), last)
    inner = list(parts_of(model, calls))
    if isinstance(inner[0], p.Box) and inner[0].kind != "add":
        return p.flow(p.side_by_side(*map(p.flow, given), into=inner[0]), *inner[1:], last)
    return p.flow(given[0], *inner, last)


@singledispatch
def parts_of(module, calls):
    """What is inside a module, as a list of parts; a module that is not known is one box."""
    return [box_of(module, calls)]


def box_of(module, calls):
    """A module as one box."""
    out = calls[module][0].out if module in calls else None
    if isinstance(module, MultiHeadAttention):
        return attention_box(module, calls)
    kind, name = _kind(module)
    return p.Box(kind, name, out=out)


def _kind(module):
    for classes, kind in (
        (nn.Linear, "linear"),
        (nn.Embedding, "embedding"),
        ((LayerNorm, nn.LayerNorm), "norm"),
        (FeedForward, "feed-forward"),
        (nn.Softmax, "softmax"),
        (nn.MultiheadAttention, "multi-head attention"),
        ((EncoderLayer, nn.TransformerEncoderLayer), "encoder layer"),
        ((DecoderLayer, nn.TransformerDecoderLayer), "decoder layer"),
    ):
        if isinstance(module, classes):
            return kind, ""
    if isinstance(module, ACTIVATIONS):
        return "activation", type(module).__name__
    return "module", type(module).__name__


def _inputs(call):
    given = [
        p.Tensor(NAMES.get(name, name), tuple(value.shape), video="video" in name)
        for name, value in call.arguments.items()
        if isinstance(value, TorchTensor) and "mask" not in name
    ]
    if not given:
        raise ValueError("example: want at least one tensor that is not a mask")
    return given


@parts_of.register
def _(module: nn.Sequential, calls):
    inner = [one for one in module if not isinstance(one, SILENT)]
    flat = [part for one in inner for part in _in_sequence(one, calls)]
    return flat or [box_of(module, calls)]


def _in_sequence(module, calls):
    """A stack in a sequence is shown with its layers, another part as its box."""
    if isinstance(module, (nn.Sequential, Encoder)):
        return parts_of(module, calls)
    return [box_of(module, calls)]


drawing_of.register(MultiHeadAttention, attention_flow)


@parts_of.register
def _(module: FeedForward, calls):
    first, second = (calls[one][0].out for one in (module.first, module.second))
    last = p.Box("linear", "W_2", out=second)
    if module.gate is None:
        bend = p.Box("activation", module.activation, out=first)
        return [p.Box("linear", "W_1", out=first), bend, last]
    bent = {"geglu": "gelu", "swiglu": "silu"}[module.activation]
    return [
        p.side_by_side(
            p.flow(p.Box("linear", "W_1", out=first), p.Box("activation", bent, out=first)),
            p.flow(p.Box("linear", "V", out=calls[module.gate][0].out)),
            into=p.Box("times", out=first),
            split=True,
        ),
        last,
    ]


def around(residual, inner, calls, side="left"):
    """A sublayer with its residual, the norm where the order puts it (Eq. 4.4)."""
    norm = [] if residual.order == "none" else [p.Box("norm", out=calls[residual.norm][0].out)]
    if residual.order == "pre":
        return [p.residual(*norm, inner, side=side)]
    return [p.residual(inner, side=side), *norm]


@parts_of.register
def _(module: Residual, calls):
    inner = calls[module][0].arguments["sublayer"]
    known = isinstance(inner, nn.Module) and inner in calls
    sublayer = box_of(inner, calls) if known else p.Box("module", "S", out=calls[module][0].out)
    return around(module, sublayer, calls)


@parts_of.register
def _(module: EncoderLayer, calls):
    return [
        *around(module.around_attention, box_of(module.attention, calls), calls),
        *around(module.around_feed_forward, box_of(module.feed_forward, calls), calls),
    ]


def _decoder_layer(module, calls, memory=None):
    crossed = attention_box(module.cross_attention, calls, beside=memory)
    steps = (
        (module.around_self_attention, box_of(module.self_attention, calls)),
        (module.around_cross_attention, crossed),
        (module.around_feed_forward, box_of(module.feed_forward, calls)),
    )
    return [part for r, inner in steps for part in around(r, inner, calls, side="right")]


def _stack(module, calls, layer_parts, name):
    """The layers of a stack in one frame, and the norm behind them."""
    last = [box_of(module.norm, calls)] if isinstance(module.norm, LayerNorm) else []
    return [p.repeat(len(module.layers), *layer_parts, name=name), *last]


@parts_of.register
def _(module: Encoder, calls):
    return _stack(module, calls, parts_of(module.layers[0], calls), "encoder layer")


def _decoder(module, calls, memory=None):
    inner = _decoder_layer(module.layers[0], calls, memory)
    return _stack(module, calls, inner, "decoder layer")


@drawing_of.register(DecoderLayer)
@drawing_of.register(Decoder)
def _(model, calls):
    call = calls[model][0]
    memory = p.tensor("memory", call.shape("memory"))
    inner = _decoder_layer if isinstance(model, DecoderLayer) else _decoder
    tokens = p.tensor("tokens", call.shape("x"))
    return p.flow(tokens, *inner(model, calls, memory), p.tensor("output"))


@drawing_of.register
def _(model: Transformer, calls):
    call = calls[model][0]
    return p.columns(
        p.flow(p.tensor("source", call.shape("source")), *parts_of(model.encoder, calls)),
        p.flow(
            p.tensor("target", call.shape("target")),
            *_decoder(model.decoder, calls),
            p.tensor("output"),
        ),
        memory=p.tensor("memory", calls[model.encoder][0].out),
    )
