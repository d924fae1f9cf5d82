"""Frames on screen: a strip to read, a player to watch, a line of numbers to compare (lesson 00).

A video is "T C H W" or "1 T C H W", C = 1 or 3: a tensor or a numpy array of floats in [0, 1], of
uint8 in 0 to 255, or of bool. A value outside of [0, 1] is drawn as the nearest one inside; where
one is off by more than 1/2 the label says so.
"""

import textwrap
from math import ceil

import numpy as np


def to_array(tensor, name):
    """Return a tensor or an array as a numpy array of bool, integers, or float32/64."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point() and tensor.element_size() < 4:
            tensor = tensor.float()  # numpy has no bfloat16
        return tensor.numpy()
    if isinstance(tensor, (str, bytes, dict)) or not hasattr(tensor, "__len__"):
        raise ValueError(f"{name}: got {type(tensor).__name__}, want a tensor or an array")
    return np.asarray(tensor)


def no_nan(array, name):
    """Raise ValueError where a float array holds anything that cannot be drawn."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ValueError(
            f"{name}: {bad} of {array.size} values are NaN or infinite, want finite ones"
        )


def to_frames(video, name="video"):
    """Return (frames, note): a video as uint8 "T H W 3", a remark if values were far off [0, 1].

    Raises ValueError for wrong dimensions or channels, an empty video, a wrong type, NaN or
    infinity.
    """
    array = to_array(video, name)
    shape = tuple(array.shape)
    if array.ndim == 5 and shape[0] == 1:
        array = array[0]
    if array.ndim != 4 or array.shape[1] not in (1, 3) or 0 in array.shape:
        raise ValueError(
            f'{name}: got shape {shape}, want "T C H W" or "1 T C H W" with 1 or 3 channels'
        )
    note = ""
    if array.dtype.kind == "f":
        no_nan(array, name)
        low, high = float(array.min()), float(array.max())
        if low < -0.5 or high > 1.5:
            note = f"clipped: {low:.3g} to {high:.3g}"
        array = np.round(np.clip(array, 0, 1) * 255).astype(np.uint8)
    elif array.dtype == bool:
        array = array.astype(np.uint8) * 255
    elif array.dtype != np.uint8:
        raise ValueError(f"{name}: got {array.dtype}, want floats in [0, 1], uint8 or bool")
    array = array.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:3], 3))), note


def to_rows(videos):
    """Return a list of (name, frames) of a video or of a dict of videos of equal length."""
    if not isinstance(videos, dict):
        videos = {"": videos}
    if not videos:
        raise ValueError("videos: got an empty dict, want at least one video")
    rows = []
    for name, video in videos.items():
        frames, note = to_frames(video, str(name) or "video")
        rows.append((" ".join(filter(None, (str(name), note and f"({note})"))), frames))
    lengths = {name: len(frames) for name, frames in rows}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"videos: got {lengths} frames, want the same number in each")
    return rows


def filmstrip(videos, every=1, title="", start=0, columns=None, unit="frame"):
    """Draw a video, or {"name": video, ...} one row each, as frames side by side; returns a Figure.

    Shows each `every`-th frame. The number under a frame counts from `start`, for a clip that
    begins later. `columns` is the number of frames in a line (default: up to 10 of one or two
    videos, 16 of more). `unit` is the word before the numbers, for pictures that are no frames.
    Raises ValueError as `to_frames` does, for videos of unequal length, and for every < 1 or
    columns < 1.
    """
    from course_utils.viz.figure import STYLE, canvas, rc_context

    for name, value in (("every", every), ("columns", 1 if columns is None else columns)):
        if value < 1:
            raise ValueError(f"{name}: got {value}, want 1 or more")
    rows = to_rows(videos)
    chosen = range(0, len(rows[0][1]), every)
    if columns is None:
        lines = ceil(len(chosen) / (10 if len(rows) <= 2 else 16))
        columns = ceil(len(chosen) / lines)
    columns = min(columns, len(chosen))
    lines = ceil(len(chosen) / columns)
    labels = [textwrap.fill(name, 18) for name, _ in rows]
    left = 14 + 9 * max(len(part) for label in [*labels, unit] for part in label.split("\n"))
    H, W = rows[0][1].shape[1:3]
    room = min(max((1000 - left) / columns - 4, 64), 146)
    zoom = int(room / W) if W <= room else room / W  # whole numbers keep pixels square and crisp
    w, h = round(W * zoom) + 4, round(H * zoom) + 4
    top, block = 34 if title else 4, len(rows) * h + 26
    with rc_context(STYLE):
        figure, axes = canvas(left + columns * w, top + lines * block)
        if title:
            axes.text(left, 14, title, fontsize=14, va="center")
        for line in range(lines):
            y = top + line * block
            for r, (_, frames) in enumerate(rows):
                axes.text(
                    left - 8, y + (r + 0.5) * h, labels[r], ha="right", va="center", fontsize=12
                )
                for c, t in enumerate(chosen[line * columns : (line + 1) * columns]):
                    x0, y0 = left + c * w, y + r * h
                    smooth = "nearest" if zoom >= 1 else "auto"
                    axes.imshow(
                        frames[t], extent=(x0, x0 + w - 4, y0 + h - 4, y0), interpolation=smooth
                    )
            y += len(rows) * h + 10
            axes.text(left - 8, y, unit, ha="right", va="center", fontsize=11)
            for c, t in enumerate(chosen[line * columns : (line + 1) * columns]):
                middle = left + c * w + (w - 4) / 2
                axes.text(middle, y, str(start + t), ha="center", va="center", fontsize=11)
        axes.set(xlim=(0, left + columns * w), ylim=(top + lines * block, 0), aspect="auto")
    return figure


def compare(videos, fps=8, scale=None, title=""):
    """Play {"name": video, ...} side by side on one clock: HTML without kernel and network.

    fps: frames per second; scale: screen pixels per pixel (default: what makes the videos 130 to
    220 wide). Raises ValueError as `to_frames` does, for videos of unequal length, and for more
    pixels than a notebook should carry.
    """
    from course_utils.viz.player import LARGEST, Player

    for name, value in (("fps", fps), ("scale", 1 if scale is None else scale)):
        if not value > 0:
            raise ValueError(f"{name}: got {value}, want a number above 0")
    rows = to_rows(videos)
    size = sum(frames.size for _, frames in rows)
    if size > LARGEST:
        want = f"{LARGEST / 1e6:.0f} or less: fewer or smaller frames"
        raise ValueError(f"video: got {size / 1e6:.0f} MB of pixels, want {want}")
    return Player(rows, fps, scale, title)


def show_video(video, fps=8, scale=None, title=""):
    """Play one video; see `compare`."""
    frames, note = to_frames(video)
    return compare({note: frames.transpose(0, 3, 1, 2)}, fps=fps, scale=scale, title=title)


def fixed(value, digits):
    """A rounded number that prints the same everywhere: no -0.00, three digits from 1000 on."""
    if abs(value) >= 1000:
        return f"{value:.3g}"
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def digest(video, reference=None, name=""):
    """Print one line about a video or any other tensor: shape, type, range, mean, spread, motion.

    Spread is the standard deviation; motion, of a video, the mean absolute change of a pixel
    between frames. With a `reference` of the same shape the line ends with the PSNR (data range 1,
    squared errors pooled over all frames). Numbers are rounded so far that the line is the same on
    every machine; NaN is counted. Raises ValueError for an empty tensor, for what is no tensor, and
    for a reference of another shape.
    """
    array = to_array(video, "video")
    if array.size == 0 or array.dtype.kind not in "bifu":
        raise ValueError(
            f"video: got shape {array.shape} of {array.dtype}, want at least one number"
        )
    kind = str(getattr(video, "dtype", array.dtype)).removeprefix("torch.")
    line = [f"{' x '.join(map(str, array.shape)) or 'one number'} {kind}"]
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    if finite.size < values.size:
        line.append(f"{values.size - finite.size} of {values.size} not finite")
    if finite.size:
        line.append(f"{fixed(finite.min(), 2)} to {fixed(finite.max(), 2)}")
        line.append(f"mean {fixed(finite.mean(), 3)}, spread {fixed(finite.std(), 3)}")
    video_like = array.ndim in (4, 5) and array.shape[-3] in (1, 3) and array.shape[-4] > 1
    if video_like and finite.size == values.size:
        line.append(f"motion {fixed(np.abs(np.diff(values, axis=-4)).mean(), 3)}")
    if reference is not None:
        line.append(_closeness(values, to_array(reference, "reference").astype(np.float64)))
    print((f"{name}: " if name else "") + " | ".join(line))


def _closeness(values, reference):
    import torch

    from course_utils.metrics import psnr

    if reference.shape != values.shape:
        raise ValueError(
            f"reference: got shape {reference.shape}, want that of the video, {values.shape}"
        )
    if (reference == values).all():
        return "equal to the reference"
    if not (np.isfinite(values).all() and np.isfinite(reference).all()):
        return "no PSNR"
    both = (reference, values)
    pair = (torch.from_numpy(array).reshape(1, 1, -1) for array in both)  # pooled: any shape does
    return f"PSNR {psnr(*pair, data_range=1.0).item():.1f} dB"
