"""The video Transformer: nothing from the future, the same rollout with and without a cache, bad input."""

import itertools

import pytest
import torch

from course_utils.attention import record_attention
from course_utils.models import VideoTransformer, next_frame_loss
from course_utils.models.video_transformer import move


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VideoTransformer(size=16, patch=4, d_model=16, num_heads=2, num_layers=2, d_ff=32, overlap=2)
        for p in model.parameters():  # also the ones that start at zero
            p.data += 0.1 * torch.randn_like(p)
    return model.eval()


@pytest.fixture(scope="module")
def video():
    return torch.rand(2, 6, 3, 16, 16, generator=torch.Generator().manual_seed(1))


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
    assert torch.allclose(move(video, down, across, 4), move_loop(video, down, across, 4), atol=1e-12)


def test_move_by_whole_pixels_is_a_shift(video):
    down, across = torch.zeros(2, 2, 6, 16, 5)
    down[..., 2 + 1] = across[..., 2 - 2] = 1  # take from one row below and two columns to the left
    moved = move(video, down, across, 4)
    assert torch.equal(moved[..., :-1, 2:], video[..., 1:, :-2])
    assert (moved[..., -1, :] == 0).all() and (moved[..., :2] == 0).all()


def test_a_fresh_model_repeats_the_last_frame(video):
    fresh = VideoTransformer(size=16, patch=8)
    assert torch.equal(fresh(video), video)
    assert torch.equal(fresh.rollout(video, 3), video[:, -1:].expand(-1, 3, -1, -1, -1))


def test_the_loss_reads_noise_but_is_measured_against_the_clean_frames(model, video):
    clean = next_frame_loss(model, video, seed=0, noise=0.0)
    assert clean == torch.nn.functional.mse_loss(model(video[:, :-1]), video[:, 1:])
    noisy = next_frame_loss(model, video, seed=0, noise=0.5)
    assert noisy != clean and noisy == next_frame_loss(model, video, seed=0, noise=0.5)
    assert noisy != next_frame_loss(model, video, seed=1, noise=0.5)
    with pytest.raises(ValueError, match="noise"):
        next_frame_loss(model, video, seed=0, noise=-1.0)
    with pytest.raises(ValueError, match="two frames"):
        next_frame_loss(model, video[:, :1], seed=0)


@pytest.mark.parametrize("t", range(6))
def test_a_change_at_frame_t_moves_nothing_before_it_and_everything_after(model, video, t):
    changed = video.clone()
    changed[:, t] = 1 - changed[:, t]
    moved = (model(changed) - model(video)).abs().amax(dim=(0, 2, 3, 4))
    assert (moved[:t] == 0).all() and (moved[t:] > 1e-4).all()


def test_the_cached_rollout_equals_the_one_that_starts_over_each_time(model, video):
    whole = video[:, :3]
    for _ in range(4):
        with torch.no_grad():
            whole = torch.cat((whole, model(whole)[:, -1:].clamp(0, 1)), dim=1)
    assert torch.allclose(model.rollout(video[:, :3], 4), whole[:, 3:], atol=1e-5)


def test_every_weight_gets_a_gradient(model, video):
    model.zero_grad()
    (model(video) ** 2).mean().backward()
    without = [name for name, p in model.named_parameters() if p.grad is None]
    still = [name for name, p in model.named_parameters() if p.grad is not None and not p.grad.abs().any()]
    assert not without and not still


def test_its_attention_can_be_recorded(model, video):
    with record_attention(model) as record:
        model(video)
    assert record["layers.0.space"][0].shape == (2, 6, 2, 16, 16)
    time = record["layers.1.time"][0]
    assert time.shape == (2, 16, 2, 6, 6)
    assert (time.triu(1) == 0).all()


def test_bad_input_is_named(model, video):
    with pytest.raises(ValueError, match='want "batch frames 3 16 16"'):
        model(video[..., :8])
    with pytest.raises(ValueError, match="video"):
        model.rollout(video[0], 2)
    with pytest.raises(ValueError, match="frames"):
        model.rollout(video, 0)
    with pytest.raises(ValueError, match="patch"):
        VideoTransformer(size=30, patch=8)
    with pytest.raises(ValueError, match="num_heads"):
        VideoTransformer(d_model=64, num_heads=5)
