"""PSNR and SSIM against scikit-image, by hand, and on bad input (lesson 09)."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from course_utils.metrics import frechet_distance, psnr, ssim


def pair(*shape, seed=0, noise=0.1, data_range=1.0):
    g = torch.Generator().manual_seed(seed)
    video = torch.rand(shape, generator=g)
    prediction = (video + noise * torch.randn(shape, generator=g)).clamp(0, 1)
    return video * data_range, prediction * data_range


def skimage_ssim(x, y, data_range=1.0):
    """One frame "C H W" at the settings of Wang et al. (2004)."""
    x, y = x.numpy().astype(np.float64), y.numpy().astype(np.float64)
    paper = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    return structural_similarity(x, y, channel_axis=0, data_range=data_range, **paper)


def test_psnr_by_hand():
    truth, guess = torch.tensor([0.2, 0.4, 0.6, 0.8]), torch.tensor([0.3, 0.4, 0.6, 0.7])
    got = psnr(truth.view(1, 2, 2), guess.view(1, 2, 2), data_range=1.0)
    assert got.item() == pytest.approx(10 * math.log10(200), abs=1e-5)


@pytest.mark.parametrize("size", [(11, 11), (11, 40), (32, 32), (33, 17)])
@pytest.mark.parametrize("data_range", [1.0, 255.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_agree_with_scikit_image_frame_by_frame_and_pooled(size, data_range, channels):
    x, y = pair(2, 4, channels, *size, seed=size[1], data_range=data_range)
    frames = [(a, b) for a, b in zip(x.flatten(0, 1), y.flatten(0, 1))]
    wanted = torch.tensor([skimage_ssim(a, b, data_range) for a, b in frames]).view(2, 4).double()
    assert (ssim(x, y, data_range=data_range, reduction="frame") - wanted).abs().max() < 1e-6
    assert (ssim(x, y, data_range=data_range, reduction="clip") - wanted.mean(1)).abs().max() < 1e-6
    assert abs(ssim(x, y, data_range=data_range) - wanted.mean()) < 1e-6
    assert ssim(x, y, data_range=data_range, reduction="mean") == ssim(x, y, data_range=data_range)

    wanted = torch.tensor(
        [peak_signal_noise_ratio(a.numpy(), b.numpy(), data_range=data_range) for a, b in frames]
    ).view(2, 4)
    assert (psnr(x, y, data_range=data_range, reduction="frame") - wanted).abs().max() < 1e-4
    assert abs(psnr(x, y, data_range=data_range, reduction="mean") - wanted.mean()) < 1e-4
    pooled = peak_signal_noise_ratio(x.numpy(), y.numpy(), data_range=data_range)
    assert abs(psnr(x, y, data_range=data_range) - pooled) < 1e-4
    for clip in range(2):
        one = peak_signal_noise_ratio(x[clip].numpy(), y[clip].numpy(), data_range=data_range)
        assert abs(psnr(x, y, data_range=data_range, reduction="clip")[clip] - one) < 1e-4


def test_flat_frames_agree_with_scikit_image():
    """Where the variance is mere rounding, float32 would be off by as much as the tolerance."""
    for level, other in ((1.0, 1.0), (1.0, 0.9), (0.7, 0.1), (0.0, 0.0)):
        x, y = torch.full((1, 3, 16, 16), level), torch.full((1, 3, 16, 16), other)
        assert abs(ssim(x, y, data_range=1.0) - skimage_ssim(x[0], y[0])) < 1e-8


def test_pooled_and_mean_differ_and_an_exact_frame_is_infinite():
    video = torch.zeros(1, 2, 1, 12, 12)
    prediction = video.clone()
    prediction[:, 1] = 0.1
    pooled = psnr(video, prediction, data_range=1.0).item()
    assert pooled == pytest.approx(10 * math.log10(2 / 0.01), abs=1e-4)
    frames = psnr(video, prediction, data_range=1.0, reduction="frame")
    assert frames.shape == (1, 2) and frames[0, 0] == math.inf
    assert frames[0, 1].item() == pytest.approx(20, abs=1e-4)
    assert psnr(video, prediction, data_range=1.0, reduction="mean") == math.inf
    assert psnr(video, video, data_range=1.0) == math.inf
    assert ssim(video, video, data_range=1.0).item() == pytest.approx(1, abs=1e-12)


def test_whole_numbers_of_eight_bits_are_welcome():
    x, y = (
        torch.randint(0, 256, (3, 12, 12), generator=torch.Generator().manual_seed(s))
        for s in (1, 2)
    )
    wanted = psnr(x / 255.0, y / 255.0, data_range=1.0)
    assert psnr(x.byte(), y.byte(), data_range=255).item() == pytest.approx(wanted.item(), abs=1e-4)


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_gradients_are_those_of_the_formula(metric):
    x, y = pair(2, 1, 11, 12, seed=3)
    x, y = x.double(), y.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda p: metric(x, p, data_range=1.0), (y,))
    y32 = y.detach().float().requires_grad_()
    metric(x.float(), y32, data_range=1.0).backward()
    assert y32.grad.dtype == torch.float32 and torch.isfinite(y32.grad).all()


def test_ssim_as_a_loss_brings_a_frame_back():
    x, y = pair(1, 16, 16, seed=5, noise=0.3)
    y = y.requires_grad_()
    optimizer = torch.optim.Adam([y], lr=0.02)
    before = ssim(x, y, data_range=1.0).item()
    for _ in range(60):
        optimizer.zero_grad()
        (1 - ssim(x, y, data_range=1.0)).backward()
        optimizer.step()
    assert before < 0.9 and ssim(x, y, data_range=1.0).item() > 0.97


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_bad_input_is_named(metric):
    x, y = pair(2, 4, 3, 16, 16)
    with pytest.raises(ValueError, match="data_range: missing"):
        metric(x, y)
    with pytest.raises(TypeError):
        metric(x, y, 1.0)  # by keyword only: a bare 1.0 could be anything
    for wrong in (0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="data_range: got"):
            metric(x, y, data_range=wrong)
    with pytest.raises(
        ValueError, match=r"prediction: got shape \(2, 4, 3, 16, 15\), want that of video"
    ):
        metric(x, y[..., :15], data_range=1.0)
    with pytest.raises(ValueError, match="prediction: has 1 NaN"):
        bad = y.clone()
        bad[0, 0, 0, 0, 0] = math.nan
        metric(x, bad, data_range=1.0)
    with pytest.raises(ValueError, match="reduction: got 'sum', want one of pooled"):
        metric(x, y, data_range=1.0, reduction="sum")
    with pytest.raises(ValueError, match="channels height width"):
        metric(x[0, 0, 0], y[0, 0, 0], data_range=1.0)
    with pytest.raises(ValueError, match="time channels height width"):
        metric(x[0, 0], y[0, 0], data_range=1.0, reduction="clip")
    with pytest.raises(ValueError, match="none of them 0"):
        metric(x[:0], y[:0], data_range=1.0)
    with pytest.raises(ValueError, match="video: got ndarray, want a torch.Tensor"):
        metric(x.numpy(), y.numpy(), data_range=1.0)


def test_ssim_needs_eleven_pixels():
    for height, width in ((10, 32), (32, 10)):
        x, y = pair(1, height, width)
        with pytest.raises(
            ValueError, match=f"got frames of {height} x {width} pixels, want at least 11"
        ):
            ssim(x, y, data_range=1.0)
        assert psnr(x, y, data_range=1.0).isfinite()


@pytest.mark.parametrize("d, clips, others", [(1, 2, 2), (3, 40, 25), (6, 50, 90)])
def test_the_frechet_distance_is_that_of_two_gaussians(d, clips, others):
    from scipy.linalg import sqrtm

    g = torch.Generator().manual_seed(d)
    a = torch.randn(clips, d, generator=g, dtype=torch.float64) @ torch.randn(
        d, d, generator=g, dtype=torch.float64
    )
    b = 1 + torch.randn(others, d, generator=g, dtype=torch.float64)
    C1, C2 = (torch.cov(x.T, correction=0).reshape(d, d).numpy() for x in (a, b))
    root = sqrtm(C1 @ C2 + 1e-14 * torch.eye(d).numpy()).real
    oracle = (a.mean(0) - b.mean(0)).square().sum() + (C1 + C2 - 2 * root).trace()
    assert frechet_distance(a, b).item() == pytest.approx(float(oracle), abs=1e-5)
    assert frechet_distance(a, b).item() == pytest.approx(frechet_distance(b, a).item(), abs=1e-9)
    assert frechet_distance(a, a).item() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "a, b, says",
    [((4, 3), (4, 2), "others"), ((4,), (4,), "others"), ((1, 3), (4, 3), "2 or more")],
)
def test_the_frechet_distance_refuses_what_it_cannot_compare(a, b, says):
    with pytest.raises(ValueError, match=says):
        frechet_distance(torch.zeros(a), torch.zeros(b))
