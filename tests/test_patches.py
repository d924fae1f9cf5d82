"""Patches: cut and put together, against einops, a loop and a strided convolution."""

import pytest
import torch
from einops import rearrange
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.patches import pad_to_multiple, patch_grid, patchify, unpatchify

drawn = settings(max_examples=40, deadline=None, derandomize=True)
triples = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
leading = st.lists(st.integers(1, 3), max_size=2).map(tuple)


def random(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@drawn
@given(leading, triples, triples, st.integers(1, 3), st.integers(0, 99))
def test_patchify_equals_a_loop_and_einops_and_comes_back(batch, grid, patch, C, seed):
    shape = (grid[0] * patch[0], C, grid[1] * patch[1], grid[2] * patch[2])
    video, (t, h, w) = random(seed, *batch, *shape), patch
    tokens = patchify(video, patch)
    loop = [
        video[..., k : k + t, :, i : i + h, j : j + w].movedim(-3, -1).flatten(-4)
        for k in range(0, shape[0], t)
        for i in range(0, shape[2], h)
        for j in range(0, shape[3], w)
    ]
    assert tokens.equal(torch.stack(loop, dim=-2))
    pattern = "... (T t) C (H h) (W w) -> ... (T H W) (t h w C)"
    assert tokens.equal(rearrange(video, pattern, t=t, h=h, w=w))
    assert patch_grid(shape, patch) == grid
    assert unpatchify(tokens, patch, shape).equal(video)


@drawn
@given(triples, triples, st.integers(1, 3), st.integers(0, 99))
def test_a_linear_layer_on_patches_is_a_strided_convolution(grid, patch, C, seed):
    video = random(seed, 2, grid[0] * patch[0], C, grid[1] * patch[1], grid[2] * patch[2])
    conv = nn.Conv3d(C, 5, kernel_size=patch, stride=patch)
    weight = rearrange(conv.weight, "d C t h w -> d (t h w C)")
    wanted = rearrange(conv(video.transpose(1, 2)), "B d T H W -> B (T H W) d")
    torch.testing.assert_close(
        nn.functional.linear(patchify(video, patch), weight, conv.bias), wanted
    )


@drawn
@given(leading, triples, st.tuples(*[st.integers(1, 7)] * 3))
def test_padding_repeats_the_edge_until_the_patch_fits(batch, patch, sizes):
    T, H, W = sizes
    video = random(0, *batch, T, 2, H, W)
    padded = pad_to_multiple(video, patch)
    patchify(padded, patch)
    assert padded[..., :T, :, :H, :W].equal(video)
    assert padded[..., -1, :, -1, -1].equal(video[..., -1, :, -1, -1])
    assert all(
        p - s < step for p, s, step in zip((padded.shape[-4], *padded.shape[-2:]), sizes, patch)
    )


def test_sizes_that_do_not_fit_are_named_with_those_that_would():
    with pytest.raises(
        ValueError, match="patch: height H = 30 is no multiple of 8; 24 or 32 would fit: crop or"
    ):
        patchify(torch.zeros(1, 4, 3, 30, 32), (2, 8, 8))
    with pytest.raises(ValueError, match="patch: frames T = 3 is no multiple of 4; 4 would fit"):
        patchify(torch.zeros(3, 3, 8, 8), (4, 8, 8))
    with pytest.raises(ValueError, match="width W = 9"):
        unpatchify(torch.zeros(1, 1), (1, 8, 8), (1, 1, 8, 9))
    with pytest.raises(ValueError, match=r'tokens: want "\*batch 4 192", got \(1, 4, 191\)'):
        unpatchify(torch.zeros(1, 4, 191), (1, 8, 8), (1, 3, 16, 16))
    for call in (patchify, pad_to_multiple):
        with pytest.raises(ValueError, match=r'video: want "\*batch T C H W", got \(3, 8, 8\)'):
            call(torch.zeros(3, 8, 8), (1, 8, 8))
    for bad in ((8, 8), (0, 8, 8)):
        with pytest.raises(ValueError, match="shape, patch: want positive"):
            patchify(torch.zeros(1, 3, 8, 8), bad)
