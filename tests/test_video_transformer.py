"""The video Transformer: nothing from the future, the same rollout with and without a cache, bad input."""

import pytest
import torch

from course_utils.attention import record_attention
from course_utils.models import VideoTransformer


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


def test_a_fresh_model_repeats_the_last_frame(video):
    fresh = VideoTransformer(size=16, patch=8)
    assert torch.equal(fresh(video), video)
    assert torch.equal(fresh.rollout(video, 3), video[:, -1:].expand(-1, 3, -1, -1, -1))


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
