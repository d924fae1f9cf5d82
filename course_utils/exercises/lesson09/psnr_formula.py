"""The reference of exercise 9.1 with a switch for every mistake, and mistakes beyond switches."""

import torch


def clip_psnr(
    video,
    prediction,
    data_range,
    *,
    power=2,
    total="mean",
    peak=2,
    log="ten",
    factor=10,
    pool="clip",
    safety=0.0,
):
    error = (video - prediction).abs() ** power
    axes = {
        "clip": (1, 2, 3, 4),
        "batch": (0, 1, 2, 3, 4),
        "across": (0, 2, 3, 4),
        "channel": (1, 3, 4),
        "pixel": (),
    }.get(pool, (2, 3, 4))
    if pool != "pixel":
        error = (error.sum(axes) if total == "sum" else error.mean(axes)) + safety
    if total == "root":
        error = error.sqrt()
    if total == "frames":
        error = error * video.shape[1]
    if total == "mean first":
        error = (video - prediction).mean((1, 2, 3, 4)) ** 2
    square = {
        "seen": video.amax() ** 2,
        "spread": (video.amax() - video.amin()) ** 2,
        "byte": torch.tensor(255.0**2),
        "signal": (video**2).mean((1, 2, 3, 4)),
    }
    ratio = (square[peak] if peak in square else torch.tensor(data_range) ** peak) / error
    decibel = factor * (ratio.log10() if log == "ten" else ratio.log())
    if pool == "pixel":
        return decibel.mean((1, 2, 3, 4))
    return decibel.mean(1) if pool in ("frame", "channel") else decibel


def outside(video, prediction, data_range):
    """The fraction bar of Eq. 9.1 outside of the logarithm."""
    error = ((video - prediction) ** 2).mean((1, 2, 3, 4))
    return 10 * torch.log10(torch.tensor(data_range) ** 2) / error


def amplitudes(video, prediction, data_range):
    """The factor 20 of amplitudes, but with the mean of the absolute errors for their root."""
    return 20 * torch.log10(data_range / (video - prediction).abs().mean((1, 2, 3, 4)))


def capped(largest):
    """Decibels that are cut off, so that an exact clip gets a finite number."""

    def psnr(video, prediction, data_range):
        decibel = clip_psnr(video, prediction, data_range)
        return decibel.nan_to_num(posinf=largest)

    return psnr
