"""Encoder, decoder and Transformer against torch, in value and gradient; masks; caches; records."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.attention import (
    KeyValueCache,
    causal_mask,
    frame_causal_mask,
    padding_mask,
    record_attention,
    to_torch_mask,
)
from course_utils.positions import RotaryPositions
from course_utils.transformer import Decoder, DecoderLayer, Encoder, EncoderLayer, Transformer

pytestmark = pytest.mark.filterwarnings("ignore:enable_nested_tensor")  # torch on its own fast path
drawn = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**31 - 1)
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-5}
layouts = st.fixed_dictionaries(
    {
        "norm_first": st.booleans(),
        "batch_first": st.booleans(),
        "activation": st.sampled_from(["relu", "gelu", nn.SiLU()]),
        "bias": st.booleans(),
        "layer_norm_eps": st.sampled_from([1e-5, 1e-3]),
    }
)


def random(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def jitter(module, seed):
    """Move every parameter off its start, so that a forgotten bias or scale shows."""
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.add_(random(seed + i, *parameter.shape, dtype=parameter.dtype), alpha=0.2)
    return module


def random_mask(seed, *shape):
    """Half of the pairs may meet; everybody may attend to the first key."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] = True
    return mask


def attention_parameters(layer):
    """Our four matrices and biases, put together as torch keeps them."""
    for kind in ("weight", "bias"):
        parts = [getattr(p, kind) for p in (layer.query, layer.key, layer.value, layer.output)]
        if parts[0] is not None:
            yield parts[:3]
            yield parts[3:]


def parameter_pairs(ours, theirs):
    """Yield (our parameters, their parameter): concatenated, ours are theirs."""
    if isinstance(theirs, nn.Transformer):
        yield from parameter_pairs(ours.encoder, theirs.encoder)
        yield from parameter_pairs(ours.decoder, theirs.decoder)
    elif hasattr(theirs, "layers"):
        for a, b in zip(ours.layers, theirs.layers, strict=True):
            yield from parameter_pairs(a, b)
        yield from zip(
            ([p] for p in ours.norm.parameters()), theirs.norm.parameters() if theirs.norm else ()
        )
    else:
        decoder = hasattr(theirs, "multihead_attn")
        names = ["self_attention", "cross_attention"] if decoder else ["attention"]
        for name, part in zip(names, ["self_attn", "multihead_attn"]):
            a, b = getattr(ours, name), getattr(theirs, part)
            their_parameters = [
                b.in_proj_weight,
                b.out_proj.weight,
                b.in_proj_bias,
                b.out_proj.bias,
            ]
            yield from zip(
                attention_parameters(a), [p for p in their_parameters if p is not None], strict=True
            )
        for i, name in enumerate((*names, "feed_forward"), start=1):
            norm = getattr(ours, f"around_{name}").norm
            yield from zip(
                ([p] for p in norm.parameters()),
                getattr(theirs, f"norm{i}").parameters(),
                strict=True,
            )
        for a, b in (
            (ours.feed_forward.first, theirs.linear1),
            (ours.feed_forward.second, theirs.linear2),
        ):
            yield from zip(([p] for p in a.parameters()), b.parameters(), strict=True)


def assert_same(ours, theirs, got, wanted, inputs, dtype=torch.float64):
    """Equal in value, and in the gradient of every input and of every parameter."""
    near = dict(atol=CLOSE[dtype], rtol=CLOSE[dtype])
    torch.testing.assert_close(got, wanted, **near)
    slope = random(0, *got.shape, dtype=dtype)
    pairs = list(parameter_pairs(ours, theirs))
    assert sum(p.numel() for a, _ in pairs for p in a) == sum(
        p.numel() for p in theirs.parameters()
    )
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
    input_gradients = []
    for y, module in ((got, ours), (wanted, theirs)):
        for parameter in module.parameters():
            parameter.grad = None
        input_gradients.append(torch.autograd.grad((y * slope).sum(), inputs, retain_graph=True))
        (y * slope).sum().backward()
    for a, b in zip(*input_gradients):
        torch.testing.assert_close(a, b, **near)
    for a, b in pairs:
        torch.testing.assert_close(torch.cat([p.grad for p in a]), b.grad, **near)


@drawn
@given(layouts, st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), seeds, st.booleans())
def test_encoder_equals_torch(layout, layers, batch, n, seed, final_norm):
    layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, **layout)
    theirs = nn.TransformerEncoder(
        layer, layers, norm=nn.LayerNorm(8) if final_norm else None, enable_nested_tensor=False
    )
    theirs = jitter(theirs.double(), seed)
    ours = Encoder.from_torch(theirs)
    x, mask = random(seed, batch, n, 8).requires_grad_(), random_mask(seed, n, n)
    turned = x if layout["batch_first"] else x.transpose(0, 1)
    wanted = theirs(turned, mask=to_torch_mask(mask))
    wanted = wanted if layout["batch_first"] else wanted.transpose(0, 1)
    assert_same(ours, theirs, ours(x, mask), wanted, [x])


@drawn
@given(layouts, st.integers(1, 2), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), seeds)
def test_decoder_equals_torch(layout, layers, batch, n, m, seed):
    theirs = nn.TransformerDecoder(
        nn.TransformerDecoderLayer(8, 2, 12, dropout=0.0, **layout), layers
    )
    theirs = jitter(theirs.double(), seed)
    ours = Decoder.from_torch(theirs)
    x, memory = (
        random(seed, batch, n, 8).requires_grad_(),
        random(seed + 1, batch, m, 8).requires_grad_(),
    )
    mask, memory_mask = causal_mask(n), random_mask(seed, n, m)
    turn = (lambda z: z) if layout["batch_first"] else (lambda z: z.transpose(0, 1))
    masks = dict(tgt_mask=to_torch_mask(mask), memory_mask=to_torch_mask(memory_mask))
    wanted = turn(theirs(turn(x), turn(memory), **masks))
    assert_same(ours, theirs, ours(x, memory, mask, memory_mask), wanted, [x, memory])


@drawn
@given(layouts, st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), seeds)
def test_transformer_equals_torch(layout, batch, n, m, seed):
    theirs = jitter(nn.Transformer(8, 2, 2, 1, 12, dropout=0.0, **layout).double(), seed)
    ours = Transformer.from_torch(theirs)
    source, target = (
        random(seed, batch, m, 8).requires_grad_(),
        random(seed + 1, batch, n, 8).requires_grad_(),
    )
    masks = [random_mask(seed, m, m), causal_mask(n), random_mask(seed + 1, n, m)]
    turn = (lambda z: z) if layout["batch_first"] else (lambda z: z.transpose(0, 1))
    wanted = turn(theirs(turn(source), turn(target), *map(to_torch_mask, masks)))
    assert_same(ours, theirs, ours(source, target, *masks), wanted, [source, target])


@pytest.mark.parametrize("norm_first", [True, False])
def test_float32_and_padding_and_the_default_sizes_of_torch(norm_first):
    theirs = nn.Transformer(32, 4, 2, 2, 64, batch_first=True, norm_first=norm_first, dropout=0.0)
    ours = Transformer.from_torch(theirs)
    source, target = (
        random(0, 3, 7, 32, dtype=torch.float32),
        random(1, 3, 5, 32, dtype=torch.float32),
    )
    source.requires_grad_(), target.requires_grad_()
    keys = padding_mask(torch.tensor([7, 4, 1]), 7)
    got = ours(source, target, keys, causal_mask(5), keys)
    padding = to_torch_mask(keys[:, 0])
    wanted = theirs(
        source,
        target,
        tgt_mask=to_torch_mask(causal_mask(5)),
        src_key_padding_mask=padding,
        memory_key_padding_mask=padding,
    )
    assert_same(ours, theirs, got, wanted, [source, target], torch.float32)


def test_from_torch_keeps_dropout_mode_and_dtype():
    theirs = nn.Transformer(8, 2, 1, 1, 12, dropout=0.3, batch_first=True).double().eval()
    ours = Transformer.from_torch(theirs)
    x = random(0, 2, 4, 8)
    torch.testing.assert_close(ours(x, x), theirs(x, x))
    assert not any(module.training for module in ours.modules())
    ours.train()
    assert not torch.equal(ours(x, x), ours(x, x))
    layer = ours.decoder.layers[0]
    parts = (
        layer.self_attention,
        layer.cross_attention,
        layer.feed_forward,
        layer.around_cross_attention,
    )
    assert {part.dropout for part in parts} == {0.3}


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_dropout_drops_as_often_as_in_torch(norm):
    """In training the two draw differently, so their means over many draws are compared."""
    theirs = nn.TransformerEncoderLayer(
        8, 2, 12, dropout=0.2, batch_first=True, norm_first=norm == "pre"
    )
    ours = EncoderLayer.from_torch(theirs)
    x = random(0, 1, 4, 8, dtype=torch.float32).expand(20000, 4, 8)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        got, wanted = ours(x), theirs(x)
    torch.testing.assert_close(got.mean(0), wanted.mean(0), atol=0.03, rtol=0)
    torch.testing.assert_close(got.std(0), wanted.std(0), atol=0.03, rtol=0)


# Masks, caches, records


@drawn
@given(st.integers(2, 4), st.integers(1, 3), seeds, st.sampled_from(["pre", "post"]), st.data())
def test_a_future_frame_never_moves_an_earlier_output(frames, per_frame, seed, norm, data):
    changed = data.draw(st.integers(1, frames - 1)) * per_frame
    mask, memory = frame_causal_mask(frames, per_frame), random(seed, 2, 5, 8)
    encoder, decoder = (
        jitter(stack(8, 2, 12, 2, norm=norm).double(), seed) for stack in (Encoder, Decoder)
    )
    x = random(seed + 1, 2, frames * per_frame, 8)
    y = x.clone()
    y[:, changed:] = random(seed + 2, *y[:, changed:].shape)
    for run in (lambda z: encoder(z, mask), lambda z: decoder(z, memory, mask)):
        torch.testing.assert_close(run(y)[:, :changed], run(x)[:, :changed], atol=1e-10, rtol=0)
        assert not torch.allclose(run(y)[:, changed:], run(x)[:, changed:])


@drawn
@given(
    st.integers(1, 4),
    st.integers(1, 3),
    seeds,
    st.sampled_from(["pre", "post"]),
    st.booleans(),
    st.sampled_from([torch.enable_grad, torch.no_grad, torch.inference_mode]),
)
def test_cached_equals_whole_frame_by_frame(frames, per_frame, seed, norm, rotary, mode):
    """With one token per frame this is token by token; without gradients the path is another."""
    with mode():
        cached_equals_whole(frames, per_frame, seed, norm, rotary)


def cached_equals_whole(frames, per_frame, seed, norm, rotary):
    options = dict(norm=norm, rotary=RotaryPositions(4, (per_frame,)) if rotary else None)
    encoder, decoder = (
        jitter(stack(8, 2, 12, 2, **options).double(), seed) for stack in (Encoder, Decoder)
    )
    x, memory = random(seed, 2, frames * per_frame, 8), random(seed + 1, 2, 5, 8)
    mask, memory_mask = frame_causal_mask(frames, per_frame), random_mask(seed, 2, 1, 5)
    cache, parts = KeyValueCache(), []
    for new in x.split(per_frame, dim=1):
        parts.append(decoder(new, memory, memory_mask=memory_mask, cache=cache))
    whole = decoder(x, memory, mask, memory_mask)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-10, rtol=1e-10)
    assert cache.tokens == frames * per_frame and cache.memory.tokens == 5

    cache = KeyValueCache()
    parts = [encoder(new, cache=cache) for new in x.split(per_frame, dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), encoder(x, mask), atol=1e-10, rtol=1e-10)


def test_records_name_every_attention_and_leave_the_output_alone():
    model = Transformer(8, 2, 12, 2, 1)
    source, target = (
        random(0, 3, 5, 8, dtype=torch.float32),
        random(1, 3, 4, 8, dtype=torch.float32),
    )
    wanted = model(source, target, target_mask=causal_mask(4))
    with record_attention(model) as record:
        got = model(source, target, target_mask=causal_mask(4))
    torch.testing.assert_close(got, wanted)
    assert {name: tuple(weights.shape) for name, (weights,) in record.items()} == {
        "encoder.layers.0.attention": (3, 2, 5, 5),
        "encoder.layers.1.attention": (3, 2, 5, 5),
        "decoder.layers.0.self_attention": (3, 2, 4, 4),
        "decoder.layers.0.cross_attention": (3, 2, 4, 5),
    }
    assert (record["decoder.layers.0.self_attention"][0][..., ~causal_mask(4)] == 0).all()


def test_any_leading_dimensions_are_a_batch():
    model, x, memory = Transformer(8, 2, 12, 1, 1), torch.randn(2, 3, 4, 8), torch.randn(2, 3, 5, 8)
    got = model(memory, x, None, causal_mask(4))
    for i in range(2):
        torch.testing.assert_close(got[i], model(memory[i], x[i], None, causal_mask(4)))


# Arguments


def test_the_final_norm_follows_the_norm():
    for stack in (Encoder, Decoder):
        assert hasattr(stack(8, 2, 12, 1).norm, "scale")
        assert not hasattr(stack(8, 2, 12, 1, norm="post").norm, "scale")
        assert hasattr(stack(8, 2, 12, 1, norm="post", final_norm=True).norm, "scale")
        assert not hasattr(stack(8, 2, 12, 1, final_norm=False).norm, "scale")


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="num_layers: want at least 1, got 0"):
        Encoder(8, 2, 12, 0)
    with pytest.raises(ValueError, match="decoder_layers: want at least 1, got 0"):
        Transformer(8, 2, 12, 1, 0)
    with pytest.raises(ValueError, match="theirs: want an nn.Transformer, got Linear"):
        Transformer.from_torch(nn.Linear(1, 1))
    with pytest.raises(
        ValueError, match="theirs: want an nn.TransformerDecoderLayer, got TransformerEncoderLayer"
    ):
        DecoderLayer.from_torch(nn.TransformerEncoderLayer(8, 2))
    for f in (torch.tanh, nn.GELU(approximate="tanh")):
        with pytest.raises(ValueError, match="theirs: want the activation relu, gelu or silu"):
            EncoderLayer.from_torch(nn.TransformerEncoderLayer(8, 2, activation=f))
    uneven = nn.TransformerEncoderLayer(8, 2, dropout=0.1)
    uneven.dropout1.p = 0.2
    with pytest.raises(
        ValueError, match=r"theirs: want one dropout rate in a layer, got \[0.1, 0.2\]"
    ):
        EncoderLayer.from_torch(uneven)
    with pytest.raises(ValueError, match="theirs: want an nn.LayerNorm"):
        Encoder.from_torch(
            nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 1, norm=nn.RMSNorm(8))
        )
