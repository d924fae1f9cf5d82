"""Moving a frame by weights: equal to the loop of Eq. 9.8; one weight is a shift (lesson 09)."""

import itertools

import torch

from course_utils.models.video_transformer import move


def move_loop(video, down, across, patch):
    """Eq. 9.8, one index at a time."""
    out = torch.zeros_like(video)
    (_, _, _, H, W), R = video.shape, down.shape[-1] // 2
    for i, j in itertools.product(range(H), range(W)):
        n = (i // patch) * (W // patch) + j // patch
        for a, b in itertools.product(range(-R, R + 1), range(-R, R + 1)):
            if 0 <= i + a < H and 0 <= j + b < W:
                weight = down_at(down, across, i, j, a, b, n, patch, W)
                out[..., i, j] += weight[..., None] * video[..., i + a, j + b]
    return out


def down_at(down, across, i, j, a, b, n, patch, width):
    """The rows are moved first: a pixel takes `down` from the patch of the column it comes from."""
    R, columns = down.shape[-1] // 2, width // patch
    source = (i // patch) * columns + (j + b) // patch
    return down[..., source, a + R] * across[..., n, b + R]


def test_move_equals_the_loop():
    generator = torch.Generator().manual_seed(3)
    video = torch.rand(1, 2, 2, 8, 8, generator=generator, dtype=torch.float64)
    down, across = torch.rand(2, 1, 2, 4, 5, generator=generator, dtype=torch.float64).softmax(-1)
    assert torch.allclose(
        move(video, down, across, 4), move_loop(video, down, across, 4), atol=1e-12
    )


def test_move_by_whole_pixels_is_a_shift():
    video = torch.rand(2, 6, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    down, across = torch.zeros(2, 2, 6, 16, 5)
    down[..., 2 + 1] = across[..., 2 - 2] = 1  # take from one row below and two columns to the left
    moved = move(video, down, across, 4)
    assert torch.equal(moved[..., :-1, 2:], video[..., 1:, :-2])
    assert (moved[..., -1, :] == 0).all() and (moved[..., :2] == 0).all()
