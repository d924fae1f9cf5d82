"""What every model must beat: predictions that need no training (lessons 09 to 11).

    repeat the last frame       y_k = x_T                                              (Eq. 9.3)
    extrapolate each pixel      y_k = x_T + k (x_T - x_{T-1})                          (Eq. 9.4)
    blend the two neighbours    y_k = (1 - a_k) first + a_k last,   a_k = k / (K + 1)  (Eq. 10.1)
    transfer the colours        y = G (x - m_x) + m_r,   G S_x G^T = S_r               (Eq. 11.1)

k = 1 ... K counts the predicted frames; m and S are the mean and the covariance of the colours of
the video x and of the reference r. Matching the statistics of colours is due to Reinhard,
Ashikhmin, Gooch and Shirley, "Color transfer between images" (2001); the G with the least change of
colours is that of Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping for
example-based colour transfer" (2007).
"""

import torch


def repeat_last(context, frames):
    """Return the last frame of the context `frames` times (Eq. 9.3).

    context: "... time channels height width" -> "... frames channels height width".
    Raises ValueError for a context without a time axis or without frames, or frames < 1.
    """
    _want_video("context", context, 1)
    _want_frames(frames)
    return context[..., -1:, :, :, :].repeat_interleave(frames, dim=-4)


def linear_extrapolation(context, frames):
    """Return each pixel carried on along the line of its last two values, cut to [0, 1] (Eq. 9.4).

    context: "... time channels height width" with two frames or more -> "... frames channels height
    width". Right for slow changes of light; a moving edge leaves the range of values after a step
    or two. Raises ValueError for a context of fewer than two frames, or frames < 1.
    """
    _want_video("context", context, 2)
    _want_frames(frames)
    before, last = context[..., -2:-1, :, :, :], context[..., -1:, :, :, :]
    k = torch.arange(1, frames + 1, dtype=context.dtype, device=context.device).view(-1, 1, 1, 1)
    return (last + k * (last - before)).clamp(0, 1)


def linear_blend(first, last, frames):
    """Return `frames` frames between two given ones, each a weighted mean of the two (Eq. 10.1).

    first, last: "... channels height width" -> "... frames channels height width", without first
    and last. Raises ValueError for frames of different shape, or frames < 1.
    """
    _want_frames(frames)
    if first.shape != last.shape or first.ndim < 3:
        raise ValueError(
            f"last: got shape {tuple(last.shape)} beside first {tuple(first.shape)}, "
            'want two frames "... channels height width" of one shape'
        )
    a = torch.arange(1, frames + 1, dtype=first.dtype, device=first.device) / (frames + 1)
    a = a.view(-1, 1, 1, 1)
    return (1 - a) * first.unsqueeze(-4) + a * last.unsqueeze(-4)


def colour_transfer(video, reference, match="covariance"):
    """Return the video with the colour statistics of the reference, cut to [0, 1] (Eq. 11.1).

    video: "... time channels height width"; reference: the same number of axes and channels; any
    number of frames and pixels, and as many clips as the video or one for all. Statistics are taken
    clip by clip.
    match: "covariance" matches the mean and the covariance of the channels; "deviation" the mean
    and the standard deviation of each channel by itself, so that G is diagonal.
    Raises ValueError for a different number of channels or clips, or an unknown match.
    """
    _want_video("video", video, 1)
    _want_video("reference", reference, 1)
    if match not in ("covariance", "deviation"):
        raise ValueError(f"match: got {match!r}, want 'covariance' or 'deviation'")
    clips, clips_r = video.shape[:-4], reference.shape[:-4]
    if video.shape[-3] != reference.shape[-3] or clips_r not in (clips, (1,) * len(clips)):
        raise ValueError(
            f"reference: got shape {tuple(reference.shape)} for a video {tuple(video.shape)}, "
            "want as many channels, and as many clips or one"
        )
    mean_x, deviation_x, x = _colours(video)
    mean_r, deviation_r, _ = _colours(reference)
    if match == "deviation":
        std_x, std_r = (
            d.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt() for d in (deviation_x, deviation_r)
        )
        G = torch.diag_embed(std_r / std_x.clamp(min=1e-8))
    else:
        # S_x^(-1/2) (S_x^(1/2) S_r S_x^(1/2))^(1/2) S_x^(-1/2): the symmetric root that moves
        # colours least
        root, inverse = _power(deviation_x, 0.5), _power(deviation_x, -0.5)
        G = inverse @ _power(root @ deviation_r @ root, 0.5) @ inverse
    y = G @ (x - mean_x) + mean_r  # ... C (T H W)
    T, C, H, W = video.shape[-4:]
    y = y.unflatten(-1, (T, H, W)).movedim(-4, -3)
    return y.clamp(0, 1).to(video.dtype)


def _colours(video):
    """Mean "... C 1" and covariance "... C C" of each clip's colours, and these, "... C n"."""
    x = video.double().movedim(-3, -4).flatten(-3)
    mean = x.mean(-1, keepdim=True)
    return mean, (x - mean) @ (x - mean).mT / x.shape[-1], x


def _power(S, exponent):
    """Power of a symmetric matrix that is not negative; directions without spread stay so."""
    values, vectors = torch.linalg.eigh(S)
    powers = torch.where(values > 1e-10, values.clamp(min=1e-10) ** exponent, 0.0)
    return vectors @ torch.diag_embed(powers) @ vectors.mT


def _want_video(name, tensor, least):
    if tensor.ndim < 4 or tensor.shape[-4] < least:
        raise ValueError(
            f'{name}: got shape {tuple(tensor.shape)}, want "... time channels height width" '
            f"with at least {least} frame{'s' if least > 1 else ''}"
        )


def _want_frames(frames):
    if isinstance(frames, bool) or not isinstance(frames, int) or frames < 1:
        raise ValueError(f"frames: got {frames!r}, want a whole number of at least 1")
