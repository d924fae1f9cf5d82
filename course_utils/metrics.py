"""How far a predicted video is from the true one: PSNR and SSIM (lesson 09).

    MSE(x, y)  = 1/N sum_i (x_i - y_i)^2
    PSNR(x, y) = 10 log10( R^2 / MSE(x, y) )                                               (Eq. 9.1)
    SSIM(x, y) = (2 m_x m_y + C1) (2 s_xy + C2)                                            (Eq. 9.2)
                 / ( (m_x^2 + m_y^2 + C1) (s_x^2 + s_y^2 + C2) )

R is the data range. m, s^2 and s_xy are the mean, the variance and the covariance under a Gaussian
window of 11 x 11 pixels with a standard deviation of 1.5 pixels that slides over the frame;
C1 = (0.01 R)^2, C2 = (0.03 R)^2. SSIM is that of Wang, Bovik, Sheikh and Simoncelli, "Image quality
assessment: from error visibility to structural similarity", IEEE Transactions on Image Processing
13 (2004); a frame's value is the mean over all places where the window lies inside the frame. Both
functions are differentiable, and count and answer in float64.
"""

import torch
from jaxtyping import Float
from torch import Tensor

WINDOW, SIGMA = 11, 1.5
REDUCTIONS = ("pooled", "mean", "clip", "frame")


def psnr(video, prediction, *, data_range=None, reduction="pooled"):
    """Return the peak signal-to-noise ratio in decibel (Eq. 9.1), higher is better; inf if exact.

    video, prediction: "... channels height width", most often "batch time channels height width".
    data_range: R, the largest possible difference of two values; 1.0 for videos in [0, 1]. It must
    be given.
    reduction: over what the squared errors are averaged before the logarithm is taken:
        "pooled" all numbers of all clips, one PSNR;
        "clip" all numbers of a clip, "..." without the time axis;
        "frame" all numbers of a frame, "...";
        "mean" is the mean of "frame", infinite once one frame is exact.
    Raises ValueError for a missing data_range, NaN, an empty or mismatched shape, or an unknown
    reduction.
    """
    video, prediction = _checked(video, prediction, data_range, reduction)
    # "...": every frame has as many numbers
    error = ((video - prediction) ** 2).flatten(-3).mean(-1)
    if reduction == "pooled":
        error = error.mean()
    elif reduction == "clip":
        error = error.mean(-1)
    decibel = 10 * torch.log10(float(data_range) ** 2 / error)
    return decibel.mean() if reduction == "mean" else decibel


def ssim(video, prediction, *, data_range=None, reduction="pooled"):
    """Return the structural similarity (Eq. 9.2), 1 for equal videos; higher is better.

    video, prediction: "... channels height width", frames of 11 x 11 pixels or more.
    data_range: R, the largest possible difference of two values; 1.0 for videos in [0, 1]. It must
    be given.
    reduction: over what the window's values are averaged, as for psnr; "pooled" and "mean" are
        equal here, because every frame has as many windows.
    Channels are treated one by one and averaged. The settings are those of Wang et al. (2004), in
    scikit-image `gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.
    Raises ValueError for a missing data_range, NaN, a mismatched shape, a frame too small, or an
    unknown reduction.
    """
    video, prediction = _checked(video, prediction, data_range, reduction)
    height, width = video.shape[-2:]
    if min(height, width) < WINDOW:
        raise ValueError(
            f"video: got frames of {height} x {width} pixels, want at least {WINDOW} x {WINDOW}: "
            "the window of SSIM does not fit into a smaller frame"
        )
    x, y = video.flatten(0, -3)[:, None], prediction.flatten(0, -3)[:, None]  # (... C) 1 H W
    stack = torch.cat((x, y, x * x, y * y, x * y))
    mean_x, mean_y, mean_xx, mean_yy, mean_xy = _window_mean(stack).chunk(5)
    variance_x, variance_y = mean_xx - mean_x**2, mean_yy - mean_y**2
    covariance = mean_xy - mean_x * mean_y
    c1, c2 = (0.01 * float(data_range)) ** 2, (0.03 * float(data_range)) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    texture = (2 * covariance + c2) / (variance_x + variance_y + c2)
    frames = (light * texture).mean((-3, -2, -1)).unflatten(0, video.shape[:-2]).mean(-1)  # "..."
    if reduction == "frame":
        return frames
    return frames.mean(-1) if reduction == "clip" else frames.mean()


def frechet_distance(
    features: Float[Tensor, "clips d"], others: Float[Tensor, "others d"]
) -> Float[Tensor, ""]:
    """Return how far two sets of features are apart, as two Gaussians (Eq. 14.5).

    D = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of their means m and covariances C, which are
    those of the sets themselves (divided by their size). Dowson and Landau (1982); on features of
    images Heusel et al. (2017). float64. The trace of the root is the sum of the roots of the
    eigenvalues of C1^(1/2) C2 C1^(1/2). Raises ValueError for sets of unlike width or of one clip.
    """
    if features.ndim != 2 or features.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"others: got {tuple(others.shape)} beside features {tuple(features.shape)}, want two "
            'of one width, "clips d"'
        )
    if min(len(features), len(others)) < 2:
        raise ValueError(f"features: got {len(features)} and {len(others)} clips, want 2 or more")
    (m1, C1), (m2, C2) = (
        (x.mean(0), (x - x.mean(0)).T @ (x - x.mean(0)) / len(x))
        for x in (features.double(), others.double())
    )
    values, vectors = torch.linalg.eigh(C1)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    overlap = torch.linalg.eigvalsh(root @ C2 @ root).clamp(min=0).sqrt().sum()
    return (m1 - m2).square().sum() + C1.trace() + C2.trace() - 2 * overlap


def _window_mean(images):
    """Mean under the Gaussian window, at each place where it fits: "n 1 h w" -> "n 1 h-10 w-10"."""
    offset = torch.arange(WINDOW, dtype=images.dtype, device=images.device) - WINDOW // 2
    bell = torch.exp(-(offset**2) / (2 * SIGMA**2))
    bell = bell / bell.sum()
    down = torch.nn.functional.conv2d(images, bell.view(1, 1, WINDOW, 1))
    return torch.nn.functional.conv2d(down, bell.view(1, 1, 1, WINDOW))


def _checked(video, prediction, data_range, reduction):
    if data_range is None:
        raise ValueError(
            "data_range: missing, want the largest difference, 1.0 for videos in [0, 1]"
        )
    if not 0 < float(data_range) < float("inf"):
        raise ValueError(
            f"data_range: got {data_range}, want a number above 0, 1.0 for videos in [0, 1]"
        )
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction: got {reduction!r}, want one of {', '.join(REDUCTIONS)}")
    for name, tensor in (("video", video), ("prediction", prediction)):
        if not isinstance(tensor, torch.Tensor):
            raise ValueError(f"{name}: got {type(tensor).__name__}, want a torch.Tensor")
    if video.shape != prediction.shape:
        raise ValueError(
            f"prediction: got shape {tuple(prediction.shape)}, want that of video, "
            f"{tuple(video.shape)}"
        )
    least = 4 if reduction == "clip" else 3
    if video.ndim < least or video.numel() == 0:
        axes = "time channels height width" if least == 4 else "channels height width"
        raise ValueError(
            f'video: got shape {tuple(video.shape)}, want "... {axes}", none of them 0'
        )
    for name, tensor in (("video", video), ("prediction", prediction)):
        if torch.isnan(tensor).any():
            raise ValueError(f"{name}: has {int(torch.isnan(tensor).sum())} NaN values, want none")
    return video.double(), prediction.double()
