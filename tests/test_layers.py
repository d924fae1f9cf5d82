"""Feed-forward network, layer norm and residual, against torch and against their formulas."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.layers import FeedForward, LayerNorm, Residual, layer_norm

drawn = settings(max_examples=40, deadline=None, derandomize=True)
leading = st.lists(st.integers(1, 4), max_size=3).map(tuple)
seeds = st.integers(0, 2**31 - 1)
CLOSE = {torch.float64: 1e-10, torch.float32: 1e-5}
dtypes = st.sampled_from(list(CLOSE))


def random(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def assert_same(got, wanted, inputs, dtype=torch.float64):
    """Equal in value and in the gradient of every input."""
    near = dict(atol=CLOSE[dtype], rtol=CLOSE[dtype])
    torch.testing.assert_close(got, wanted, **near)
    slope = random(0, *got.shape, dtype=dtype)
    for a, b in zip(*(torch.autograd.grad((y * slope).sum(), inputs) for y in (got, wanted))):
        torch.testing.assert_close(a, b, **near)


@drawn
@given(
    leading,
    st.integers(1, 6),
    st.integers(1, 9),
    seeds,
    st.sampled_from(["relu", "gelu", "silu"]),
    dtypes,
)
def test_feed_forward_follows_its_formula(batch, d_model, d_ff, seed, activation, dtype):
    network = FeedForward(d_model, d_ff, activation).to(dtype)
    x = random(seed, *batch, d_model, dtype=dtype).requires_grad_()
    f = {"relu": lambda z: z.clamp(min=0), "gelu": F.gelu, "silu": lambda z: z * z.sigmoid()}[
        activation
    ]
    W1, b1, W2, b2 = (
        network.first.weight,
        network.first.bias,
        network.second.weight,
        network.second.bias,
    )
    assert_same(network(x), f(x @ W1.T + b1) @ W2.T + b2, (x, W1, b1, W2, b2), dtype)


@drawn
@given(leading, seeds, st.sampled_from(["geglu", "swiglu"]))
def test_gated_feed_forward_follows_its_formula(batch, seed, activation):
    network = FeedForward(4, 6, activation).double()
    x = random(seed, *batch, 4).requires_grad_()
    f = {"geglu": F.gelu, "swiglu": F.silu}[activation]
    wanted = network.second(f(network.first(x)) * network.gate(x))
    assert_same(network(x), wanted, (x, *network.parameters()))
    plain = sum(p.numel() for p in FeedForward(4, 9).parameters() if p.dim() == 2)
    # two thirds of 9 is 6
    assert plain == sum(p.numel() for p in network.parameters() if p.dim() == 2)


def test_feed_forward_is_a_convolution_with_a_kernel_of_one():
    network, x = FeedForward(4, 8), random(0, 2, 5, 4, dtype=torch.float32)
    conv = nn.Sequential(nn.Conv1d(4, 8, 1), nn.ReLU(), nn.Conv1d(8, 4, 1))
    for linear, kernel in ((network.first, conv[0]), (network.second, conv[2])):
        kernel.weight.data, kernel.bias.data = linear.weight.data[..., None], linear.bias.data
    torch.testing.assert_close(network(x), conv(x.mT).mT)


@drawn
@given(
    leading,
    st.integers(2, 9),
    seeds,
    st.floats(-3, 3),
    st.sampled_from([1e-5, 1e-3]),
    st.booleans(),
    dtypes,
)
def test_layer_norm_equals_torch_and_its_formula(batch, d, seed, centre, eps, bias, dtype):
    theirs = nn.LayerNorm(d, eps=eps, bias=bias).to(dtype)
    with torch.no_grad():
        for i, parameter in enumerate(theirs.parameters()):
            parameter.copy_(random(seed + i, d, dtype=dtype))
    ours = LayerNorm.from_torch(theirs)
    # Numbers well apart: a variance near 0 would blow up the rounding of float32, in theirs as in
    # ours.
    apart = torch.linspace(-2, 2, d, dtype=dtype)
    x = (centre + apart + 0.3 * random(seed, *batch, d, dtype=dtype)).requires_grad_()
    formula = layer_norm(x, ours.scale, ours.shift, eps)
    assert_same(formula, ours(x), (x, *ours.parameters()), dtype)
    torch.testing.assert_close(ours(x), theirs(x), atol=0, rtol=0)


def test_layer_norm_gives_each_token_mean_0_and_variance_1():
    y = LayerNorm(64)(5 + 3 * random(0, 2, 7, 64, dtype=torch.float32))
    torch.testing.assert_close(y.mean(-1), torch.zeros(2, 7), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.var(-1, unbiased=False), torch.ones(2, 7), atol=1e-4, rtol=0)


def test_residual_wraps_in_each_order():
    x, sublayer, norm = random(0, 2, 3, 4), torch.sin, nn.LayerNorm(4).double()
    wanted = {"pre": x + sublayer(norm(x)), "post": norm(x + sublayer(x)), "none": x + sublayer(x)}
    for order, y in wanted.items():
        torch.testing.assert_close(Residual(4, order).double()(x, sublayer), y)


def test_dropout_acts_in_training_alone():
    x = random(0, 2, 50, 4, dtype=torch.float32)
    network, residual = FeedForward(4, 8, dropout=0.5), Residual(4, "none", dropout=0.5)
    assert not network(x).equal(network(x))
    assert 0.3 < (residual(x, torch.sin) == x).float().mean() < 0.7
    network.eval(), residual.eval()
    assert network(x).equal(network(x)) and residual(x, torch.sin).equal(x + x.sin())


def test_bad_input_is_named():
    with pytest.raises(
        ValueError, match="activation: want one of relu, gelu, silu, geglu, swiglu, got 'tanh'"
    ):
        FeedForward(4, 8, "tanh")
    with pytest.raises(ValueError, match="norm: want 'pre', 'post' or 'none', got 'both'"):
        Residual(4, "both")
    with pytest.raises(ValueError, match=r'x: want "\*batch 4", got \(2, 5\)'):
        LayerNorm(4)(torch.zeros(2, 5))
    for theirs in (
        nn.BatchNorm1d(4),
        nn.LayerNorm((3, 4)),
        nn.LayerNorm(4, elementwise_affine=False),
    ):
        with pytest.raises(ValueError, match="theirs: want an nn.LayerNorm"):
            LayerNorm.from_torch(theirs)
