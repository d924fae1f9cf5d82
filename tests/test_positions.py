"""Positions: the shift is a rotation, the rotation is relative, and no position is too far."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.attention import KeyValueCache, MultiHeadAttention, causal_mask
from course_utils.positions import (
    LearnedPositions,
    RotaryPositions,
    coordinates,
    sinusoidal_positions,
)

drawn = settings(max_examples=40, deadline=None, derandomize=True)
seeds = st.integers(0, 2**31 - 1)
inners = st.lists(st.integers(1, 4), max_size=2).map(tuple)


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_sinusoidal_positions_follow_the_formula():
    table = sinusoidal_positions(7, 6, dtype=torch.float64)
    for p in range(7):
        for i in range(3):
            angle = p / 10000 ** (2 * i / 6)
            assert table[p, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-12)
            assert table[p, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-12)


@drawn
@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 8))
def test_a_shift_of_a_sinusoidal_position_is_a_rotation(start, shift, pairs):
    """P[p + k] = R(k) P[p], with one R(k) for all p."""
    d = 2 * pairs
    here = sinusoidal_positions(9, d, offset=start, dtype=torch.float64)
    there = sinusoidal_positions(9, d, offset=start + shift, dtype=torch.float64)
    rotation = torch.zeros(d, d, dtype=torch.float64)
    for i in range(pairs):
        angle = shift / 10000 ** (2 * i / d)
        cos, sin = math.cos(angle), math.sin(angle)
        rotation[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = torch.tensor(
            [[cos, sin], [-sin, cos]], dtype=torch.float64
        )
    torch.testing.assert_close(here @ rotation.T, there, atol=1e-10, rtol=0)
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(d, dtype=torch.float64))


def test_a_grid_gives_each_axis_its_own_share():
    T, H, W, d = 3, 4, 5, 20  # 10 pairs: 4 for time, 3 for height, 3 for width
    grid = sinusoidal_positions((T, H, W), d).view(T, H, W, d)
    for axis, size, columns in ((0, T, slice(0, 8)), (1, H, slice(8, 14)), (2, W, slice(14, 20))):
        line = sinusoidal_positions(size, columns.stop - columns.start)
        shape = [1, 1, 1, -1]
        shape[axis] = size
        assert grid[..., columns].equal(line.view(shape).expand(T, H, W, -1))
    assert sinusoidal_positions((2, H, W), d, offset=H * W).equal(grid[1:].flatten(0, 2))
    assert len(grid.flatten(0, 2).unique(dim=0)) == T * H * W


def test_coordinates_count_row_by_row():
    places = torch.stack(coordinates(24, (2, 3), offset=6))
    assert places.T.tolist() == [[t, h, w] for t in range(1, 5) for h in range(2) for w in range(3)]


@drawn
@given(
    inners,
    st.integers(1, 4),
    st.lists(st.integers(0, 200), min_size=2, max_size=2),
    st.integers(0, 1000),
    seeds,
)
def test_rotary_scores_depend_on_the_difference_of_positions_alone(
    inner, extra, places, shift, seed
):
    rotary = RotaryPositions(2 * (len(inner) + extra), inner)
    q, k = random(seed, 1, rotary.d_k), random(seed + 1, 1, rotary.d_k)
    frame = math.prod(inner)  # a shift of whole frames keeps height and width

    def score(offset):
        return rotary(q, offset=places[0] + offset) @ rotary(k, offset=places[1] + offset).T

    torch.testing.assert_close(score(0), score(shift * frame), atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(rotary(q, offset=places[0]).norm(), q.norm())
    assert rotary(q).equal(q)  # position 0 turns nothing


@drawn
@given(st.integers(1, 3), st.integers(1, 3), seeds)
def test_rotary_scores_are_relative_along_height_and_width_too(down, right, seed):
    H, W, d = 5, 6, 12
    rotary = RotaryPositions(d, (H, W))
    q, k = (rotary(random(seed + i, 1, d).expand(H * W, d)).view(H, W, d) for i in range(2))
    scores = torch.einsum("ijd,kld->ijkl", q, k)
    moved = scores[down:, right:, down:, right:]
    torch.testing.assert_close(moved, scores[: H - down, : W - right, : H - down, : W - right])


def test_rotary_is_the_product_with_a_rotation_matrix():
    x, turned = random(0, 4), RotaryPositions(4)(random(0, 4).expand(6, 4))
    for p in range(6):
        for i, w in enumerate((1.0, 0.01)):
            a, b = x[2 * i : 2 * i + 2].tolist()
            wanted = [
                a * math.cos(p * w) - b * math.sin(p * w),
                a * math.sin(p * w) + b * math.cos(p * w),
            ]
            assert turned[p, 2 * i : 2 * i + 2].tolist() == pytest.approx(wanted, abs=1e-12)


@drawn
@given(inners, st.integers(2, 9), st.integers(1, 3), seeds)
def test_rotary_attention_with_a_cache_equals_the_whole(inner, tokens, chunk, seed):
    layer = MultiHeadAttention(16, 2, rotary=RotaryPositions(8, inner)).double()
    x, cache = random(seed, 2, tokens, 16), KeyValueCache()
    whole = layer(x, x, x, causal_mask(tokens))
    parts = [
        layer(new, new, new, causal_mask(new.shape[1], past=cache.tokens), cache)
        for new in x.split(chunk, dim=1)
    ]
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-10, rtol=1e-10)


def test_rotary_attention_knows_the_order_but_not_the_start():
    layer, x = MultiHeadAttention(16, 2, rotary=RotaryPositions(8)).double(), random(0, 6, 16)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    assert not torch.allclose(layer(x[order], x[order], x[order]), layer(x, x, x)[order])
    layer.rotary = None
    torch.testing.assert_close(layer(x[order], x[order], x[order]), layer(x, x, x)[order])


@pytest.mark.parametrize("sizes", [7, (7,), (3, 2), (2, 3, 4)])
def test_learned_positions_add_one_vector_per_axis(sizes):
    learned, total = (
        LearnedPositions(sizes, 6),
        math.prod((sizes,) if isinstance(sizes, int) else sizes),
    )
    added = learned(torch.zeros(2, total, 6))
    for i, place in enumerate(torch.stack(coordinates(total, learned.sizes[1:])).T.tolist()):
        wanted = sum(table[p] for table, p in zip(learned.tables, place))
        torch.testing.assert_close(added[1, i], wanted)
    torch.testing.assert_close(learned(torch.zeros(total - 2, 6), offset=2), added[0, 2:])
    added.sum().backward()
    assert all((table.grad != 0).all() for table in learned.tables)
    with pytest.raises(ValueError, match=f"x: want tokens at positions below {total}"):
        learned(torch.zeros(1, 6), offset=total)


def test_bad_input_is_named():
    with pytest.raises(
        ValueError, match="d: want an even number with a pair for each of 1 axes, at least 2, got 7"
    ):
        sinusoidal_positions(4, 7)
    with pytest.raises(ValueError, match="at least 6, got 4"):
        RotaryPositions(4, (2, 2))
    with pytest.raises(ValueError, match="n: want positive sizes, got 0"):
        sinusoidal_positions(0, 4)
    with pytest.raises(ValueError, match="n: want positive sizes"):
        LearnedPositions((2, 0), 4)
    with pytest.raises(ValueError, match="inner: want positive sizes"):
        RotaryPositions(8, (0,))
    with pytest.raises(ValueError, match=r'x: want "\*batch tokens 8", got \(3, 4\)'):
        RotaryPositions(8)(torch.zeros(3, 4))
    layer, x = MultiHeadAttention(8, 2, rotary=RotaryPositions(4)), torch.zeros(1, 2, 8)
    with pytest.raises(ValueError, match="cache: rotary positions are for self-attention"):
        layer(x, x, x, cache=KeyValueCache(fixed=True))
    with pytest.raises(ValueError, match="rotary: want RotaryPositions"):
        MultiHeadAttention(8, 2, rotary=RotaryPositions(8))


def test_angles_first_used_without_gradients_serve_a_gradient_later():
    rotary, x = RotaryPositions(4, base=77.0), random(0, 1, 3, 4).requires_grad_()
    with torch.inference_mode():
        rotary(x.detach())
    (slope,) = torch.autograd.grad(rotary(x).square().sum(), x)
    torch.testing.assert_close(slope, 2 * x)  # to turn changes no length
