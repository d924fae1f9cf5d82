"""Real clips: any file that FFmpeg's libraries read, cut to a square of floats (lesson 00)."""

import os
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

DATA = Path(__file__).resolve().parents[2] / "data" / "clips"
# First frame of each shot, and the one after its last.
SHOTS = {"city": ((0, 116), (116, 190)), "earth": ((0, 301),)}


@dataclass(frozen=True)
class ClipInfo:
    """What the header of a video file says; frames is 0 where it does not say how many."""

    width: int
    height: int
    fps: float
    frames: int
    codec: str


def load_clip(path, size=64, stride=4, start=0, frames=None):
    """Return a clip of a video file as "time channels height width" (RGB), float32 in [0, 1].

    The middle square of each frame is taken and resized to size x size pixels, smoothed where that
    makes it smaller. Frames start, start + stride, start + 2 stride, ... of the file are kept:
    `frames` of them, or all there are. A turned phone video is turned upright, pixels that are not
    square are made so, and what is transparent is black.
    Raises FileNotFoundError for a missing file; ValueError for a bad argument, a file that is
    empty, damaged or not a video, and one that is too short.
    """
    _want_whole(size=(size, 1), stride=(stride, 1), start=(start, 0))
    if frames is not None:
        _want_whole(frames=(frames, 1))
    stop = None if frames is None else start + (frames - 1) * stride + 1
    clip, seen = [], 0
    for frame, aspect in _frames(Path(path)):
        if seen >= start and (seen - start) % stride == 0:
            clip.append(_square(frame, aspect, size))
        seen += 1
        if seen == stop:
            break
    if not clip or stop is not None and seen < stop:
        wanted = f"{start} to {stop - 1}" if stop else f"{start} and later"
        raise ValueError(
            f"path: {Path(path).name} has {seen} frames; start, stride, frames want {wanted}"
        )
    return torch.stack(clip)


def bundled_clip(name, size=64, stride=4, start=0, frames=None, shot=0):
    """Return a clip that comes with the course, as load_clip does; it never crosses a cut.

    name: "city" (two shots: 116 and 74 frames at 25 per second) or "earth" (one of 301 frames at 10
    per second); start counts from the first frame of the shot. Credits and licences:
    data/clips/README.md. Raises FileNotFoundError where the course's data folder is missing;
    ValueError as load_clip does.
    """
    path = bundled_path(name)
    _want_whole(stride=(stride, 1), start=(start, 0), shot=(shot, 0))
    if shot >= len(SHOTS[name]):
        raise ValueError(f"shot: got {shot}, want at most {len(SHOTS[name]) - 1} for {name!r}")
    first, after = SHOTS[name][shot]
    fit = len(range(first + start, after, stride))
    if fit < (frames or 1):
        raise ValueError(
            f"frames: got {frames} from start {start} at stride {stride}, but shot {shot} of "
            f"{name!r} has {after - first} frames, enough for {fit}"
        )
    return load_clip(path, size, stride, first + start, fit if frames is None else frames)


def bundled_path(name):
    """Return the file of a clip that comes with the course; ValueError for an unknown name."""
    if name not in SHOTS:
        raise ValueError(f"name: got {name!r}, want one of {', '.join(SHOTS)}")
    path = DATA / f"{name}.mp4"
    if not path.is_file():
        raise FileNotFoundError(
            f"data/clips/{name}.mp4 is not beside course_utils. The clips belong to the course's "
            "folder, not to the package: run the course from there, installed by `make lab` or "
            "`pip install -e .`"
        )
    return path


def clip_info(path):
    """Return the `ClipInfo` of a video file; raises as load_clip does."""
    with _opened(Path(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or 0
        codec = stream.codec_context
        return ClipInfo(codec.width, codec.height, float(rate), stream.frames, codec.name)


def save_clip(video, path, fps=8, scale=None):
    """Write a clip to an .mp4, .webm or .gif file, named by its ending, and return its path.

    video: "time channels height width" with 1 or 3 channels in [0, 1], or a batch of one.
    fps: frames per second.
    scale: each pixel becomes scale x scale, by default as many as make the picture 256 pixels wide
    or more. The file appears whole or not at all. Raises ValueError for another shape, ending, or a
    value that is not above 0.
    """
    path = Path(path)
    if video.ndim == 5 and len(video) == 1:
        video = video[0]
    if video.ndim != 4 or video.shape[1] not in (1, 3) or not video.numel():
        raise ValueError(
            f'video: got shape {tuple(video.shape)}, want "T C H W" with 1 or 3 channels'
        )
    if path.suffix.lower() not in WRITERS:
        raise ValueError(f"path: got {str(path)!r}, want a name that ends in {', '.join(WRITERS)}")
    if scale is None:
        scale = -(-256 // video.shape[-1])
    if not fps > 0 or not isinstance(scale, int) or scale < 1:
        raise ValueError(
            f"fps, scale: got {fps!r}, {scale!r}, want a number and a whole number above 0"
        )
    video = video.detach().float().clamp(0, 1).mul(255).round().byte().expand(-1, 3, -1, -1)
    video = video.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    pixels = video.permute(0, 2, 3, 1).numpy()
    odd = [(0, size % 2) for size in pixels.shape[1:3]]
    pixels = np.pad(pixels, ((0, 0), *odd, (0, 0)), "edge")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix.lower())
    os.close(handle)
    try:
        _write(pixels, partial, path.suffix.lower(), Fraction(fps).limit_denominator(1000))
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return path


# ending: codec, pixel format, settings of the codec
WRITERS = {
    ".mp4": ("libx264", "yuv420p", {"crf": "12"}),
    ".webm": ("libvpx-vp9", "yuv420p", {"crf": "12", "b": "0", "cpu-used": "4"}),
    ".gif": ("gif", "rgb8", {}),
}


def _write(pixels, path, ending, rate):
    import av

    codec, pixel_format, settings = WRITERS[ending]
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate, options=settings)
        stream.height, stream.width = pixels.shape[1:3]
        stream.pix_fmt = pixel_format
        for frame in pixels:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _want_whole(**arguments):
    for name, (value, least) in arguments.items():
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: got {value!r}, want a whole number of at least {least}")


def _opened(path):
    """Open a file that holds a video, or say why it does not."""
    import av

    if not path.exists():
        raise FileNotFoundError(f"path: there is no file {str(path)!r}")
    if not path.is_file():
        raise ValueError(f"path: {str(path)!r} is a folder, want a video file")
    if path.stat().st_size == 0:
        raise ValueError(f"path: {path.name} is empty (0 bytes), want a video file")
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise ValueError(
            f"path: {path.name} is not a video file, or is damaged ({error.strerror})"
        ) from None
    plain_text = container.format.name == "tty"  # played as a film of letters
    if not container.streams.video or plain_text:
        container.close()
        raise ValueError(f"path: {path.name} holds no moving picture, want a video file")
    return container


def _frames(path):
    """Yield a file's frames one after the other; a damaged one is an error, not a grey picture."""
    import av

    with _opened(path) as container:
        stream = container.streams.video[0]
        # Otherwise it paints over what it cannot read.
        stream.codec_context.options = {"err_detect": "explode"}
        seen = 0
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    raise ValueError(f"path: {path.name} is damaged at frame {seen}")
                yield frame, float(stream.sample_aspect_ratio or 1)
                seen += 1
        except av.FFmpegError as error:
            raise ValueError(
                f"path: {path.name} is damaged after frame {seen} ({error.strerror})"
            ) from None


def _square(frame, aspect, size):
    """The middle square, upright, "3 size size", of a frame; pixels are `aspect` times as wide."""
    if any(part.is_alpha for part in frame.format.components) or frame.format.has_palette:
        rgba = frame.to_ndarray(format="rgba").astype(np.float32)
        pixels = rgba[..., :3] * (rgba[..., 3:] / 255)
    else:
        pixels = frame.to_ndarray(format="rgb24").astype(np.float32)
    height, width = pixels.shape[:2]
    side = min(height, width * aspect)
    rows, columns = max(1, round(side)), max(1, round(side / aspect))
    top, left = (height - rows) // 2, (width - columns) // 2
    pixels = pixels[top : top + rows, left : left + columns]
    pixels = np.rot90(pixels, round(frame.rotation / 90)).copy()
    square = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    if square.shape[2:] != (size, size):
        square = torch.nn.functional.interpolate(
            square, (size, size), mode="bicubic", antialias=True
        )
    return square[0].clamp(0, 1)
