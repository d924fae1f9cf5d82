"""Predictions without training, by hand and against the promised statistics (lessons 09 to 11)."""

import pytest
import torch

from course_utils.baselines import colour_transfer, linear_blend, linear_extrapolation, repeat_last
from course_utils.metrics import psnr
from course_utils.worlds.shapes import ShapesWorld


def moments(video):
    x = video.double().movedim(-3, 0).flatten(1)
    return x.mean(1), torch.cov(x, correction=0)


def random_video(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_repeat_last_is_the_last_frame(lead):
    context = random_video(*lead, 4, 3, 5, 6)
    future = repeat_last(context, 3)
    assert future.shape == (*lead, 3, 3, 5, 6)
    assert all(torch.equal(future[..., k, :, :, :], context[..., -1, :, :, :]) for k in range(3))


def test_linear_extrapolation_carries_a_line_on_and_stays_in_range():
    t = torch.arange(4).view(4, 1, 1, 1) / 10
    ramp = 0.2 + t.expand(4, 3, 2, 2)
    future = linear_extrapolation(ramp, 8)
    wanted = [0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0]
    assert torch.allclose(future[:, 0, 0, 0], torch.tensor(wanted), atol=1e-6)


def test_linear_blend_by_hand_and_by_symmetry():
    first, last = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)
    assert torch.allclose(linear_blend(first, last, 3).flatten(), torch.tensor([0.25, 0.5, 0.75]))
    a, b = random_video(2, 3, 4, 4, seed=1), random_video(2, 3, 4, 4, seed=2)
    between = linear_blend(a, b, 4)
    assert between.shape == (2, 4, 3, 4, 4)
    assert torch.allclose(between, linear_blend(b, a, 4).flip(1))


@pytest.mark.parametrize("lead", [(), (2,)])
def test_colour_transfer_matches_mean_and_covariance(lead):
    video = 0.3 + 0.2 * random_video(*lead, 4, 3, 8, 8, seed=3)
    mix = torch.tensor([[0.3, 0.1, 0.0], [0.1, 0.2, 0.1], [0.0, 0.05, 0.3]])
    reference = 0.35 + 0.5 * torch.einsum(
        "dc,...chw->...dhw", mix, random_video(*lead, 2, 3, 9, 7, seed=4)
    )
    out = colour_transfer(video, reference)
    assert out.shape == video.shape and out.dtype == video.dtype
    for got, wanted in zip(out.reshape(-1, 4, 3, 8, 8), reference.reshape(-1, 2, 3, 9, 7)):
        assert got.min() > 0 and got.max() < 1  # nothing was cut, so the moments must be met
        for mine, theirs in zip(moments(got), moments(wanted)):
            assert torch.allclose(mine, theirs, atol=1e-6)


def test_colour_transfer_of_each_channel_by_itself():
    video, reference = (
        random_video(4, 3, 8, 8, seed=5),
        0.4 + 0.2 * random_video(4, 3, 8, 8, seed=6),
    )
    mean, S = moments(colour_transfer(video, reference, "deviation"))
    mean_r, S_r = moments(reference)
    assert torch.allclose(mean, mean_r, atol=1e-6) and torch.allclose(
        S.diag(), S_r.diag(), atol=1e-6
    )
    assert not torch.allclose(S, S_r, atol=1e-6)


def test_colour_transfer_to_itself_changes_nothing():
    video = random_video(1, 4, 3, 8, 8, seed=7)
    assert (colour_transfer(video, video) - video).abs().max() < 1e-5


def test_colour_transfer_survives_colours_without_spread():
    flat = torch.full((1, 2, 3, 6, 6), 0.25)
    grey = random_video(1, 2, 1, 6, 6).expand(1, 2, 3, 6, 6)
    for match in ("covariance", "deviation"):
        colours = random_video(1, 2, 3, 6, 6)
        assert torch.allclose(colour_transfer(flat, colours, match).std((1, 3, 4)), torch.zeros(3))
        assert torch.isfinite(colour_transfer(grey, colours, match)).all()
        assert torch.allclose(colour_transfer(grey, flat, match), flat, atol=1e-6)


def test_one_reference_may_serve_a_batch():
    video, reference = random_video(3, 2, 3, 6, 6, seed=8), random_video(1, 2, 3, 6, 6, seed=9)
    assert torch.equal(
        colour_transfer(video, reference)[1], colour_transfer(video[1:2], reference)[0]
    )


def test_repeat_last_on_the_world_of_shapes_is_the_number_to_beat():
    video = ShapesWorld().sample(256, seed=0).video
    score = psnr(video[:, 8:], repeat_last(video[:, :8], 8), data_range=1.0).item()
    assert abs(score - 16.37) < 0.05
    worse = psnr(video[:, 8:], linear_extrapolation(video[:, :8], 8), data_range=1.0).item()
    assert worse < score  # pixels do not move: carrying their values on is worse than stopping


def test_bad_input_is_named():
    video = random_video(2, 4, 3, 6, 6)
    with pytest.raises(ValueError, match="frames: got 0, want a whole number of at least 1"):
        repeat_last(video, 0)
    with pytest.raises(ValueError, match="frames: got 1.5"):
        linear_blend(video[:, 0], video[:, 1], 1.5)
    with pytest.raises(ValueError, match="context: got shape .3, 6, 6.*time channels height width"):
        repeat_last(video[0, 0], 2)
    with pytest.raises(ValueError, match="at least 2 frames"):
        linear_extrapolation(video[:, :1], 2)
    with pytest.raises(ValueError, match="last: got shape"):
        linear_blend(video[:, 0], video[:, 1, :, :5], 2)
    with pytest.raises(ValueError, match="match: got 'hue'"):
        colour_transfer(video, video, "hue")
    with pytest.raises(ValueError, match="reference: got shape"):
        colour_transfer(video, video[:, :, :1])
    with pytest.raises(ValueError, match="reference: got shape"):
        colour_transfer(video, torch.cat((video, video)))
