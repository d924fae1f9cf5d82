"""Attention against torch in value and gradient, its masks, its cache, its records."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.attention import (
    KeyValueCache,
    MultiHeadAttention,
    attention,
    attention_weights,
    causal_mask,
    frame_causal_mask,
    padding_mask,
    record_attention,
    to_torch_mask,
)

drawn = settings(max_examples=40, deadline=None, derandomize=True)
size = st.integers(1, 6)
leading = st.lists(st.integers(1, 3), max_size=3).map(tuple)
seeds = st.integers(0, 2**31 - 1)
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-5}


def random(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def random_mask(seed, *shape):
    """Half of the pairs may meet; the first row of every "queries keys" is blocked."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0, :] = False
    return mask


def gradients(output, *inputs):
    slope = torch.linspace(-1, 1, output.numel()).view_as(output)
    return torch.autograd.grad((output * slope).sum(), inputs, retain_graph=True)


def assert_close(got, wanted, dtype=torch.float64):
    torch.testing.assert_close(got, wanted, atol=CLOSE[dtype], rtol=CLOSE[dtype])


def jitter(layer, seed=0):
    """Move every parameter off its start, so that a forgotten bias shows."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.add_(noise.to(parameter), alpha=0.3)
    return layer


# Attention


@drawn
@given(
    leading,
    size,
    size,
    size,
    size,
    seeds,
    st.sampled_from(["none", "shared", "full"]),
    st.sampled_from(list(CLOSE)),
)
def test_attention_equals_torch_in_value_and_gradient(batch, n, m, d_k, d_v, seed, masked, dtype):
    shapes = ((*batch, n, d_k), (*batch, m, d_k), (*batch, m, d_v))
    inputs = [
        random(seed + i, *shape, dtype=dtype).requires_grad_() for i, shape in enumerate(shapes)
    ]
    mask = {
        "none": None,
        "shared": random_mask(seed, n, m),
        "full": random_mask(seed, *batch, n, m),
    }[masked]
    theirs = F.scaled_dot_product_attention(*inputs, attn_mask=mask)
    weights = attention_weights(*inputs[:2], mask)
    for ours in (attention(*inputs, mask), weights @ inputs[2]):
        assert_close(ours, theirs, dtype)
        for got, wanted in zip(gradients(ours, *inputs), gradients(theirs, *inputs)):
            assert_close(got, wanted, dtype)
    rows = torch.ones(weights.shape[:-1], dtype=dtype)
    assert_close(weights.sum(-1), rows if mask is None else mask.any(-1) * rows, dtype)


@drawn
@given(leading, size, size, seeds, st.data())
def test_leading_dimensions_broadcast(batch, n, m, seed, data):
    def shrunk():
        cut = data.draw(st.integers(0, len(batch)))
        return tuple(data.draw(st.sampled_from([1, length])) for length in batch[cut:])

    q, k, v = (
        random(seed, *shrunk(), n, 4),
        random(seed + 1, *shrunk(), m, 4),
        random(seed + 2, *shrunk(), m, 3),
    )
    whole = torch.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    mask = random_mask(seed, *(data.draw(st.sampled_from([1, length])) for length in whole), n, m)
    expanded = [x.expand(*whole, *x.shape[-2:]).contiguous() for x in (q, k, v, mask)]
    wanted = F.scaled_dot_product_attention(*expanded[:3], attn_mask=expanded[3])
    assert_close(attention(q, k, v, mask), wanted)
    assert_close(attention_weights(expanded[0], k, mask) @ v, wanted)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3), (2, 2, 2)])
def test_a_query_that_may_attend_nowhere_gets_zeros_and_passes_no_gradient(batch, fused):
    q, k, v = (random(i, *batch, 4, 8).requires_grad_() for i in range(3))
    mask = causal_mask(4)
    mask[2] = False
    output = attention(q, k, v, mask) if fused else attention_weights(q, k, mask) @ v
    assert (output[..., 2, :] == 0).all()
    for gradient in gradients(output[..., 2, :], q, k, v):
        assert (gradient == 0).all()
    assert all(g.isfinite().all() for g in gradients(output, q, k, v))
    nowhere = attention(q, k, v, torch.zeros(4, 4, dtype=torch.bool))
    assert (nowhere == 0).all() and all((g == 0).all() for g in gradients(nowhere, q, k, v))


def test_scores_far_from_zero_stay_finite():
    q, k, v = 1e4 * random(0, 3, 8), 1e4 * random(1, 5, 8), random(2, 5, 2)
    assert attention_weights(q, k, random_mask(0, 3, 5)).isfinite().all()
    assert_close(attention_weights(q, k) @ v, attention(q, k, v))


# Masks


def test_masks_follow_their_formulas():
    assert causal_mask(3).tolist() == [[j <= i for j in range(3)] for i in range(3)]
    assert frame_causal_mask(3, 2).tolist() == [
        [j // 2 <= i // 2 for j in range(6)] for i in range(6)
    ]
    assert padding_mask(torch.tensor([2, 0]), 3).tolist() == [[[True, True, False]], [[False] * 3]]


@drawn
@given(size, size, st.integers(0, 4))
def test_a_mask_with_a_past_is_the_lower_part_of_the_whole_mask(n, per_frame, past):
    assert causal_mask(n, past).equal(causal_mask(past + n)[past:])
    whole = frame_causal_mask(past + n, per_frame)
    assert frame_causal_mask(n, per_frame, past).equal(whole[past * per_frame :])


@drawn
@given(st.integers(2, 4), size, seeds, st.data())
def test_a_future_frame_never_moves_an_earlier_output(frames, per_frame, seed, data):
    changed = data.draw(st.integers(1, frames - 1)) * per_frame
    layer, mask = (
        jitter(MultiHeadAttention(8, 2).double(), seed),
        frame_causal_mask(frames, per_frame),
    )
    x = random(seed, 2, frames * per_frame, 8)
    y = x.clone()
    y[:, changed:] += 100.0
    before, after = layer(x, x, x, mask), layer(y, y, y, mask)
    assert_close(after[:, :changed], before[:, :changed])
    assert not torch.allclose(after[:, changed:], before[:, changed:])


def test_the_torch_mask_is_the_flip():
    mask = causal_mask(5)
    x = random(0, 2, 5, 8)
    theirs = nn.MultiheadAttention(8, 2, batch_first=True).double()
    wanted, weights = theirs(x, x, x, attn_mask=to_torch_mask(mask))
    assert_close(MultiHeadAttention.from_torch(theirs)(x, x, x, mask), wanted)
    assert (weights[:, ~mask] == 0).all()


def test_what_torch_does_with_a_row_blocked_everywhere():
    """The statement in the docstring of `to_torch_mask`."""
    theirs, x = (
        nn.MultiheadAttention(8, 2, batch_first=True),
        random(0, 1, 3, 8, dtype=torch.float32),
    )
    mask = to_torch_mask(torch.tensor([[True, False, False], [False] * 3, [True] * 3]))
    assert theirs(x, x, x, attn_mask=mask, need_weights=True)[0][:, 1].isnan().all()
    zeros = theirs(x, x, x, attn_mask=mask, need_weights=False)[0][:, 1]
    assert_close(zeros, theirs.out_proj.bias[None].detach() + 0 * zeros, torch.float32)
    with torch.no_grad():
        assert theirs.eval()(x, x, x, attn_mask=mask, need_weights=False)[0].isnan().any()


# MultiHeadAttention


@drawn
@given(
    st.integers(1, 3),
    size,
    size,
    st.sampled_from([1, 2, 4]),
    seeds,
    st.booleans(),
    st.sampled_from(list(CLOSE)),
)
def test_multi_head_attention_equals_torch_with_copied_weights(
    batch, n, m, heads, seed, bias, dtype
):
    theirs = jitter(nn.MultiheadAttention(8, heads, bias=bias, batch_first=True).to(dtype), seed)
    ours = MultiHeadAttention.from_torch(theirs)
    inputs = [
        random(seed + i, batch, tokens, 8, dtype=dtype).requires_grad_()
        for i, tokens in enumerate((n, m, m))
    ]
    mask = random_mask(seed, n, m) | torch.eye(n, m, dtype=torch.bool) | (torch.arange(m) == 0)
    got = ours(*inputs, mask)
    wanted = theirs(*inputs, attn_mask=to_torch_mask(mask), need_weights=False)[0]
    assert_close(got, wanted, dtype)
    packed = [theirs.in_proj_weight, theirs.out_proj.weight]
    *ours_inputs, query, key, value, output = gradients(
        got, *inputs, ours.query.weight, ours.key.weight, ours.value.weight, ours.output.weight
    )
    *their_inputs, in_proj, out_proj = gradients(wanted, *inputs, *packed)
    for a, b in zip(
        (*ours_inputs, torch.cat((query, key, value)), output),
        (*their_inputs, in_proj, out_proj),
        strict=True,
    ):
        assert_close(a, b, dtype)


@drawn
@given(leading, size, size, seeds, st.booleans())
def test_leading_dimensions_of_a_layer_are_a_batch(batch, n, m, seed, shared):
    layer = jitter(MultiHeadAttention(8, 2).double(), seed)
    x, memory = random(seed, *batch, n, 8), random(seed + 1, *batch, m, 8)
    mask = random_mask(seed, n, m) if shared else random_mask(seed, *batch, n, m)
    got = layer(x, memory, memory, mask)
    rows = mask.expand(*batch, n, m).reshape(-1, n, m)
    one_by_one = [
        layer(a, b, b, row)
        for a, b, row in zip(x.reshape(-1, n, 8), memory.reshape(-1, m, 8), rows, strict=True)
    ]
    assert_close(got, torch.stack(one_by_one).view_as(x))


def test_dropout_acts_in_training_alone():
    layer, x = MultiHeadAttention(8, 2, dropout=0.5), random(0, 2, 5, 8, dtype=torch.float32)
    assert not layer(x, x, x).equal(layer(x, x, x))
    with record_attention(layer) as record:
        layer(x, x, x)
    kept = record[""][0] > 0
    assert 0.2 < kept.float().mean() < 0.8
    layer.eval()
    assert layer(x, x, x).equal(layer(x, x, x))


# Cache


@drawn
@given(leading, st.integers(1, 5), size, seeds)
def test_cached_attention_equals_the_whole_frame_by_frame(batch, frames, per_frame, seed):
    """With one token per frame this is token by token."""
    layer = jitter(MultiHeadAttention(8, 2).double(), seed)
    x = random(seed, *batch, frames * per_frame, 8)
    whole = layer(x, x, x, frame_causal_mask(frames, per_frame))
    cache = KeyValueCache()
    parts = [layer(new, new, new, cache=cache) for new in x.split(per_frame, dim=-2)]
    assert_close(torch.cat(parts, dim=-2), whole)
    assert cache.tokens == cache.length(layer) == frames * per_frame
    assert cache.nbytes == 2 * x.nbytes  # Eq. 6.4


def test_several_frames_at_once_go_through_the_cache_under_a_mask_with_a_past():
    layer, x = jitter(MultiHeadAttention(8, 2).double()), random(0, 2, 10, 8)
    cache, wanted = KeyValueCache(), layer(x, x, x, frame_causal_mask(5, 2))
    first, second = x[:, :4], x[:, 4:]
    got = [
        layer(first, first, first, frame_causal_mask(2, 2), cache),
        layer(second, second, second, frame_causal_mask(3, 2, past=2), cache),
    ]
    assert_close(torch.cat(got, dim=1), wanted)


def test_a_fixed_cache_projects_the_memory_once():
    layer, x, memory = (
        jitter(MultiHeadAttention(8, 2).double()),
        random(0, 2, 3, 8),
        random(1, 2, 7, 8),
    )
    cache, calls = KeyValueCache(fixed=True), []
    layer.key.register_forward_hook(lambda *_: calls.append(1))
    wanted = layer(x, memory, memory)
    for token in range(3):
        got = layer(x[:, token : token + 1], memory, memory, cache=cache)
        assert_close(got, wanted[:, token : token + 1])
    assert len(calls) == 2 and cache.length(layer) == 7


def test_a_cache_refuses_another_batch_and_a_mask_that_does_not_fit():
    layer, cache = MultiHeadAttention(8, 2), KeyValueCache()
    layer(*[torch.zeros(2, 1, 8)] * 3, cache=cache)
    with pytest.raises(ValueError, match="cache: holds a batch of 2, got 3"):
        layer(*[torch.zeros(3, 1, 8)] * 3, cache=cache)
    with pytest.raises(ValueError, match=r"mask: .* = \(2, 1, 2\), got \(1, 3\)"):
        layer(*[torch.zeros(2, 1, 8)] * 3, causal_mask(1, past=2), cache=cache)
    assert cache.tokens == 1  # as it was


# Records


@drawn
@given(leading, st.integers(1, 3), st.integers(1, 3), seeds, st.booleans())
def test_recorded_weights_are_the_ones_used(batch, frames, per_frame, seed, cached):
    layer = jitter(MultiHeadAttention(8, 2).double(), seed)
    x = random(seed, *batch, frames * per_frame, 8)
    mask, cache = frame_causal_mask(frames, per_frame), KeyValueCache() if cached else None
    steps = x.split(per_frame, dim=-2) if cached else [x]
    wanted = layer(x, x, x, mask)
    with record_attention(layer) as record:
        got = [layer(new, new, new, None if cached else mask, cache) for new in steps]
    assert_close(torch.cat(got, dim=-2), wanted)
    assert len(record[""]) == len(steps)
    value = layer.value(x).unflatten(-1, (2, 4)).transpose(-3, -2)  # "*batch heads tokens d_k"
    for weights, output in zip(record[""], got, strict=True):
        assert not weights.requires_grad and weights.shape == (
            *batch,
            2,
            output.shape[-2],
            weights.shape[-1],
        )
        heads = weights @ value[..., : weights.shape[-1], :]
        assert_close(layer.output(heads.transpose(-3, -2).flatten(-2)), output)
    if not cached:
        assert (record[""][0][..., ~mask] == 0).all()


def test_records_have_names_and_end_with_the_block():
    model = nn.ModuleDict({"space": MultiHeadAttention(8, 2), "time": MultiHeadAttention(8, 4)})
    x = torch.zeros(3, 5, 8)
    with record_attention(model) as outer:
        with record_attention(model["time"]) as inner:
            model["time"](x, x, x)
        model["time"](x, x, x)
    model["time"](x, x, x)
    assert {name: len(calls) for name, calls in outer.items()} == {"space": 0, "time": 2}
    assert (
        len(inner[""]) == 1
        and inner[""][0].equal(outer["time"][0])
        and inner[""][0].shape == (3, 4, 5, 5)
    )
    with pytest.raises(RuntimeError), record_attention(model):
        raise RuntimeError
    assert not model["time"].records
    with (
        pytest.raises(ValueError, match="model: want one with a MultiHeadAttention"),
        record_attention(nn.Linear(1, 1)),
    ):
        pass


# Bad input


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((2, 3, 4), (2, 3, 5), (2, 3, 4)), "key: want the last size of query, 4"),
        (((2, 3, 4), (2, 3, 4), (2, 4, 4)), "value: want a row for each of 3 keys"),
        (((2, 3, 4), (3, 3, 4), (3, 3, 4)), "leading dimensions that broadcast"),
        (((4,), (3, 4), (3, 4)), "query: want floats"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shapes, words):
    with pytest.raises(ValueError, match=words):
        attention(*(torch.zeros(shape) for shape in shapes))


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (torch.zeros(3, 3), "mask: want dtype torch.bool"),
        (
            torch.ones(3, 4, dtype=torch.bool),
            r"mask: want what broadcasts to .* = \(2, 3, 3\), got \(3, 4\)",
        ),
        (torch.ones(3, dtype=torch.bool), r"got \(3,\)"),
        (torch.ones(1, 2, 3, 3, dtype=torch.bool), r"got \(1, 2, 3, 3\)"),
    ],
)
def test_masks_that_do_not_fit_are_named(mask, words):
    x = torch.zeros(2, 3, 4)
    for call in (attention, MultiHeadAttention(4, 2)):
        with pytest.raises(ValueError, match=words):
            call(x, x, x, mask)
    with pytest.raises(ValueError, match=words):
        attention_weights(x, x, mask)


def test_other_bad_input_is_named():
    x = torch.zeros(2, 3, 8)
    with pytest.raises(ValueError, match="num_heads: want a divisor of d_model = 8, got 3"):
        MultiHeadAttention(8, 3)
    with pytest.raises(ValueError, match=r'key: want "\*batch tokens 8", got \(2, 3, 4\)'):
        MultiHeadAttention(8, 2)(x, x[..., :4], x)
    with pytest.raises(ValueError, match="query: want floats"):
        attention(x.long(), x, x)
    with pytest.raises(ValueError, match="frames, tokens_per_frame, past"):
        frame_causal_mask(0, 2)
    with pytest.raises(ValueError, match="lengths: want numbers from 0 to n = 3"):
        padding_mask(torch.tensor([4]), 3)
    with pytest.raises(ValueError, match="mask: want dtype torch.bool"):
        to_torch_mask(torch.zeros(2, 2))
    with pytest.raises(ValueError, match="theirs: want kdim"):
        MultiHeadAttention.from_torch(nn.MultiheadAttention(8, 2, kdim=4))


@drawn
@given(st.integers(2, 6), seeds, st.booleans())
def test_attention_is_permutation_equivariant(n, seed, shared_order):
    x = random(seed, 2, n, 8)
    layer = jitter(MultiHeadAttention(8, 2), seed).double()
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    keys = x[:, order] if shared_order else x  # the order of keys and values does not matter at all
    assert_close(layer(x[:, order], keys, keys), layer(x, x, x)[:, order])


# What makes the cached path fast must not show


def step_by_step(layer, x, cache):
    return torch.cat([layer(new, new, new, cache=cache) for new in x.split(1, dim=-2)], dim=-2)


@pytest.mark.parametrize("without_gradient", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_the_buffers_and_the_joint_projection_change_nothing(without_gradient, bias, dtype, error):
    layer = jitter(MultiHeadAttention(8, 2, bias=bias).to(dtype))
    x, cache = random(0, 2, 37, 8).to(dtype), KeyValueCache()
    with without_gradient():
        got, whole = step_by_step(layer, x, cache), layer(x, x, x, causal_mask(37))
    assert (got - whole).abs().max() < error
    assert cache.nbytes == 2 * x.nbytes  # what is filled, not the room behind it
    key, value = cache.held(layer)
    wanted = layer.key(x).unflatten(-1, (2, 4)).transpose(1, 2)
    assert key.shape == value.shape == wanted.shape and (key - wanted).abs().max() < error


def test_a_gradient_flows_through_a_cache_filled_in_any_mode():
    """Some tokens without gradients, then some with, then more without: nothing is written over."""
    layer, x = jitter(MultiHeadAttention(8, 2).double()), random(0, 2, 9, 8)
    first, second, third = x.split(3, dim=1)

    def loss(cache):
        with torch.no_grad():
            step_by_step(layer, first, cache)
        y = step_by_step(layer, second, cache)
        with torch.no_grad():
            step_by_step(layer, third, cache)
        return y.square().sum()

    layer.zero_grad()
    loss(KeyValueCache()).backward()
    got = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    with torch.no_grad():
        key, value = (
            f(first).unflatten(-1, (2, 4)).transpose(1, 2) for f in (layer.key, layer.value)
        )
    heads = []
    for f in (layer.query, layer.key, layer.value):
        heads.append(f(second).unflatten(-1, (2, 4)).transpose(1, 2))
    q, k, v = heads
    y = attention(q, torch.cat((key, k), -2), torch.cat((value, v), -2), causal_mask(3, past=3))
    layer.output(y.transpose(1, 2).flatten(-2)).square().sum().backward()
    for ours, parameter in zip(got, layer.parameters(), strict=True):
        assert_close(ours, parameter.grad)


def test_a_cache_filled_in_inference_mode_goes_on_outside_of_it():
    layer, x, cache = jitter(MultiHeadAttention(8, 2).double()), random(0, 1, 6, 8), KeyValueCache()
    with torch.inference_mode():
        parts = [step_by_step(layer, x[:, :3], cache)]
    with torch.no_grad():
        parts.append(step_by_step(layer, x[:, 3:], cache))
        assert_close(torch.cat(parts, dim=1), layer(x, x, x, causal_mask(6)))


def changed_in_place(layer):
    layer.value.weight.mul_(2.0)


def changed_parameter(layer):
    layer.value.weight = nn.Parameter(2.0 * layer.value.weight)


def changed_part(layer):
    layer.value = nn.Linear(8, 8).double()


def changed_data(layer):
    layer.value.weight.data = 2.0 * layer.value.weight.data


@pytest.mark.parametrize(
    "change", [changed_in_place, changed_parameter, changed_part, changed_data]
)
def test_new_tokens_meet_the_weights_of_now(change):
    """What the cache holds is from the old weights; what comes after is not."""
    layer, x, cache = jitter(MultiHeadAttention(8, 2).double()), random(0, 1, 2, 8), KeyValueCache()
    with torch.no_grad():
        step_by_step(layer, x[:, :1], cache)
        change(layer)
        step_by_step(layer, x[:, 1:], cache)
        new = layer.value(x[:, 1:]).unflatten(-1, (2, 4)).transpose(1, 2)
    assert_close(cache.held(layer)[1][:, :, 1:], new)


class Doubled(nn.Linear):
    def forward(self, x):
        return 2.0 * super().forward(x)


def test_a_part_with_a_hook_or_of_another_kind_is_called_itself():
    layer, x = jitter(MultiHeadAttention(8, 2).double()), random(0, 1, 4, 8)
    cache, calls = KeyValueCache(), []
    with torch.no_grad():
        step_by_step(layer, x[:, :2], cache)
        hook = layer.key.register_forward_hook(lambda *_: calls.append(1))
        step_by_step(layer, x[:, 2:3], cache)
        hook.remove()
        step_by_step(layer, x[:, 3:], cache)
        assert calls == [1]
        twice = Doubled(8, 8).double()
        layer.value = twice
        whole = layer(x, x, x, causal_mask(4))
        assert_close(step_by_step(layer, x, KeyValueCache()), whole)


def test_a_layer_made_in_inference_mode_can_be_cached():
    with torch.inference_mode():
        layer, x = MultiHeadAttention(8, 2), torch.randn(1, 3, 8)
        got = step_by_step(layer, x, KeyValueCache())
        torch.testing.assert_close(got, layer(x, x, x, causal_mask(3)))


def test_the_room_grows_by_doubling():
    """n tokens are moved fewer than 2 n times in all."""
    layer, cache, moved, buffer = MultiHeadAttention(8, 2), KeyValueCache(), 0, None
    with torch.no_grad():
        for t in range(100):
            layer(*[torch.randn(1, 1, 8)] * 3, cache=cache)
            if cache.entries[layer].keys is not buffer:
                buffer, moved = cache.entries[layer].keys, moved + t
    assert moved < 200


@torch.no_grad()
def test_a_cache_forgets_what_was_only_tried():
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(8, 2), torch.randn(1, 5, 8)
    cache, plain = KeyValueCache(), KeyValueCache()
    layer(x[:, :3], x[:, :3], x[:, :3], causal_mask(3), cache)
    tried = torch.randn(1, 1, 8)
    layer(tried, tried, tried, None, cache)
    cache.keep(3)
    assert cache.tokens == 3
    cache.keep(9)  # there are not so many: nothing changes
    assert cache.tokens == 3
    layer(x[:, :3], x[:, :3], x[:, :3], causal_mask(3), plain)
    last = x[:, 3:4]
    assert torch.equal(*(layer(last, last, last, None, c) for c in (cache, plain)))
