"""Both predictors of the next frame: nothing from the future, one rollout, gradients, bad input."""

from functools import partial

import pytest
import torch

from course_utils.attention import record_attention
from course_utils.models import VideoRNN, VideoTransformer, next_frame_loss

PREDICTORS = {
    "rnn": partial(VideoRNN, cell="rnn"),
    "gru": partial(VideoRNN, cell="gru"),
    "transformer": VideoTransformer,
}
SMALL = {
    "rnn": dict(width=8, overlap=1),
    "gru": dict(width=8, overlap=1),
    "transformer": dict(d_model=16, num_heads=2, num_layers=2, d_ff=32, overlap=2),
}
# a changed frame moves each later one by more
FELT = {"rnn": 1e-6, "gru": 1e-6, "transformer": 1e-4}


def small(name):
    """A small predictor in which also the weights that start at zero are not zero."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = PREDICTORS[name](size=16, patch=4, **SMALL[name])
        for p in model.parameters():
            p.data += 0.1 * torch.randn_like(p)
    return model.eval()


@pytest.fixture(scope="module")
def video():
    return torch.rand(2, 6, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", PREDICTORS)
def test_a_fresh_model_repeats_the_last_frame(name, video):
    fresh = PREDICTORS[name](size=16, patch=8)
    assert torch.equal(fresh(video), video)
    assert torch.equal(fresh.rollout(video, 3), video[:, -1:].expand(-1, 3, -1, -1, -1))


@pytest.mark.parametrize("name", PREDICTORS)
@pytest.mark.parametrize("t", range(6))
def test_a_change_at_frame_t_moves_nothing_before_it_and_everything_after(name, video, t):
    model, changed = small(name), video.clone()
    changed[:, t] = 1 - changed[:, t]
    moved = (model(changed) - model(video)).abs().amax(dim=(0, 2, 3, 4))
    assert (moved[:t] == 0).all() and (moved[t:] > FELT[name]).all()


@pytest.mark.parametrize("name", PREDICTORS)
def test_the_rollout_equals_the_one_that_starts_over_each_time(name, video):
    model, whole = small(name), video[:, :3]
    for _ in range(4):
        with torch.no_grad():
            whole = torch.cat((whole, model(whole)[:, -1:].clamp(0, 1)), dim=1)
    assert torch.allclose(model.rollout(video[:, :3], 4), whole[:, 3:], atol=1e-5)


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_weight_gets_a_gradient_from_the_course_loss(name, video):
    model = small(name)
    next_frame_loss(model, video, seed=0).backward()
    still = [
        name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().any()
    ]
    assert not still


@pytest.mark.parametrize("name", ["rnn", "gru"])
def test_a_clip_in_two_pieces_gives_the_states_of_the_whole(name, video):
    model = small(name)
    first = model.states(video[:, :4])
    second = model.states(video[:, 4:], before=video[:, 3], state=first[:, -1])
    assert torch.allclose(torch.cat((first, second), 1), model.states(video), atol=1e-6)


def test_the_loss_reads_noise_but_is_measured_against_the_clean_frames(video):
    model = small("transformer")
    clean = next_frame_loss(model, video, seed=0, noise=0.0)
    assert clean == torch.nn.functional.mse_loss(model(video[:, :-1]), video[:, 1:])
    noisy = next_frame_loss(model, video, seed=0, noise=0.5)
    assert noisy != clean and noisy == next_frame_loss(model, video, seed=0, noise=0.5)
    assert noisy != next_frame_loss(model, video, seed=1, noise=0.5)
    with pytest.raises(ValueError, match="noise"):
        next_frame_loss(model, video, seed=0, noise=-1.0)
    with pytest.raises(ValueError, match="two frames"):
        next_frame_loss(model, video[:, :1], seed=0)


def test_the_attention_of_the_transformer_can_be_recorded(video):
    model = small("transformer")
    with record_attention(model) as record:
        model(video)
    assert record["layers.0.space"][0].shape == (2, 6, 2, 16, 16)
    time = record["layers.1.time"][0]
    assert time.shape == (2, 16, 2, 6, 6)
    assert (time.triu(1) == 0).all()


@pytest.mark.parametrize("name", PREDICTORS)
def test_bad_input_is_named(name, video):
    model = small(name)
    for wrong in (video[..., :8], video[0], video[:, :0]):
        with pytest.raises(ValueError, match='want "batch frames 3 16 16"'):
            model(wrong)
    with pytest.raises(ValueError, match="video"):
        model.rollout(video[0], 2)
    with pytest.raises(ValueError, match="frames"):
        model.rollout(video, 0)
    with pytest.raises(ValueError, match="patch"):
        PREDICTORS[name](size=30, patch=8)


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="cell"):
        VideoRNN(cell="lstm")
    with pytest.raises(ValueError, match="kernel"):
        VideoRNN(kernel=2)
    with pytest.raises(ValueError, match="num_heads"):
        VideoTransformer(d_model=64, num_heads=5)
