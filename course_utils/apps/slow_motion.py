"""Slow motion: write the frames that a camera did not take (lesson 10).

    python -m course_utils.apps.slow_motion clip.mp4 out.mp4 --times 8

reads any file that FFmpeg's libraries read, cuts its middle square to 32 x 32 pixels (or 64: nine
tiles that overlap), writes `times - 1` new frames between each two with the checkpoint of lesson
10, and says how much that is worth: it hides every second frame of the file, fills them in, and
prints the PSNR beside that of the linear blend (Eq. 10.1). The ending of the second name says what
is written: .mp4, .webm or .gif.
"""

import argparse
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from course_utils.checkpoints import load_checkpoint
from course_utils.metrics import psnr
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import known_frames
from course_utils.tasks.interpolation import blend
from course_utils.worlds import clip_info, load_clip, save_clip
from course_utils.worlds.clips import WRITERS

CHECKPOINT, SPAN, TILE = "interpolate", 16, 32  # a window has SPAN + 1 frames of TILE pixels
CUT = 0.15  # neighbours that differ by more on average belong to two scenes
SLOWEST = 8  # no longer gap was trained


def windows(frames: int, times: int) -> list[tuple[int, int, int, int]]:
    """Return (first, last, from, to) for each window: its known frames, and the gaps it fills.

    A window holds as many known frames as fit into SPAN + 1; each gap is filled by the window in
    which it lies nearest to the middle.
    """
    most = min(SPAN // times, frames - 1)  # gaps in a window
    starts = [min(max(i - (most - 1) // 2, 0), frames - 1 - most) for i in range(frames - 1)]
    found = []
    for start in sorted(set(starts)):
        gaps = [i for i, s in enumerate(starts) if s == start]
        found.append((start, start + most, gaps[0], gaps[-1] + 1))
    return found


def tiles(video: torch.Tensor) -> torch.Tensor:
    """Return "n T 3 32 32": tiles of a "T 3 size size" video, half a tile apart, row by row."""
    cut = video.unfold(-2, TILE, TILE // 2).unfold(-2, TILE, TILE // 2)  # T 3 rows columns 32 32
    return cut.flatten(2, 3).movedim(2, 0)


def join(parts: torch.Tensor, size: int) -> torch.Tensor:
    """Return "T 3 size size" from its tiles, faded into each other; undoes `tiles`."""
    ramp = 1 - (torch.arange(TILE) - (TILE - 1) / 2).abs() / (TILE / 2)
    weight, rows = torch.outer(ramp, ramp), 2 * size // TILE - 1
    total = parts.new_zeros(parts.shape[1], 3, size, size)
    shares = parts.new_zeros(size, size)
    for number, part in enumerate(parts):
        y, x = (TILE // 2 * place for place in divmod(number, rows))
        total[..., y : y + TILE, x : x + TILE] += weight * part
        shares[y : y + TILE, x : x + TILE] += weight
    return total / shares


def fill(model, video: torch.Tensor, times: int, bar: bool = False) -> torch.Tensor:
    """Return "T' 3 H W" with times - 1 frames written between each two of a "T 3 H W" video.

    bar: show the progress, where there is a terminal.
    """
    size, gaps = video.shape[-1], []
    plan = windows(len(video), times)
    hidden = None if bar else True  # None: where there is no terminal
    for first, last, start, stop in tqdm(plan, "filling", leave=False, disable=hidden):
        frames = (last - first) * times + 1
        known = torch.arange(frames) % times == 0
        film = video.new_zeros(frames, *video.shape[1:])
        film[known] = video[first : last + 1]
        parts = tiles(film)
        condition = known_frames(parts, known.expand(len(parts), -1))
        written = torch.where(known[:, None, None, None], film, join(_ask(model, condition), size))
        gaps.append(written[(start - first) * times : (stop - first) * times])
    return torch.cat((*gaps, video[-1:]))


def _ask(model, condition):
    """The model's clips; without a model the linear blend."""
    if model is None:
        return blend(condition.sources, condition.offsets)
    return model.write(condition, condition.sources.shape[1])


def scenes(video: torch.Tensor) -> list[torch.Tensor]:
    """Return the video in pieces, cut where two neighbours differ by more than CUT on average."""
    change = (video[1:] - video[:-1]).abs().flatten(1).mean(1)
    cuts = [0, *((change > CUT).nonzero().flatten() + 1).tolist(), len(video)]
    return [video[a:b] for a, b in zip(cuts, cuts[1:])]


def slow(model, video: torch.Tensor, times: int, bar: bool = False) -> torch.Tensor:
    """Return the video `times` times slower, "times T 3 H W"; nothing is written across a cut.

    The last frame of each scene is held for as long as a gap.
    """
    parts = []
    for scene in scenes(video):
        whole = fill(model, scene, times, bar) if len(scene) > 1 else scene
        parts += [whole, scene[-1:].expand(times - 1, -1, -1, -1)]
    return torch.cat(parts)


def worth(model, video: torch.Tensor) -> dict:
    """Return {"model" | "linear blend": PSNR of every second frame, hidden and filled in}."""
    hidden, answers = [], {"model": [], "linear blend": []}
    for scene in scenes(video):
        if len(scene) < 3:
            continue
        scene = scene[: len(scene) - 1 + len(scene) % 2]  # an odd number: the last one is known
        hidden.append(scene[1::2])
        for name, answer in answers.items():
            filled = fill(model if name == "model" else None, scene[::2], 2)
            answer.append(filled[1::2])
    if not hidden:
        return {}
    truth = torch.cat(hidden)
    return {n: psnr(truth, torch.cat(a), data_range=1.0).item() for n, a in answers.items()}


def sentence(scores: dict) -> str:
    """Say in one sentence what the test on hidden frames found."""
    if not scores:
        return "No scene has three frames, so that the filling could not be tested on it."
    model, free = scores["model"], scores["linear blend"]
    verdict = "the model is better" if model > free else "the linear blend is better here"
    return (
        f"Test: every second frame hidden and filled in, model {model:.1f} dB, linear blend "
        f"{free:.1f} dB: {verdict}."
    )


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    line = argparse.ArgumentParser(
        prog="python -m course_utils.apps.slow_motion",
        description="Make a clip slower: frames are written between those that were taken.",
    )
    line.add_argument("source", help="a video file: mp4, mov, webm, gif, ...")
    line.add_argument("target", help="what to write, named by its ending: .mp4, .webm or .gif")
    line.add_argument("--times", type=int, default=8, help="how many times slower, 2 to 8")
    line.add_argument("--size", type=int, default=32, help="pixels of the square: 32 or 64")
    line.add_argument("--stride", type=int, default=1, help="read every n-th frame (default 1)")
    line.add_argument("--start", type=int, default=0, help="first frame to read (default 0)")
    line.add_argument("--frames", type=int, help="how many to read (default: at most 100)")
    line.add_argument("--fps", type=float, help="frames per second to write (default: as read)")
    line.add_argument("--blend", action="store_true", help="write the linear blend instead")
    return line


def run(asked) -> list[str]:
    """Do what was asked; return the sentences to print. Raises ValueError with what is wrong."""
    if not 2 <= asked.times <= SLOWEST:
        raise ValueError(f"--times: got {asked.times}, want 2 to {SLOWEST}: no longer gap was seen")
    if asked.size not in (TILE, 2 * TILE):
        raise ValueError(f"--size: got {asked.size}, want {TILE} or {2 * TILE} pixels")
    if Path(asked.target).suffix.lower() not in WRITERS:
        raise ValueError(f"{asked.target}: want a name that ends in {', '.join(WRITERS)}")
    info = clip_info(asked.source)
    wanted = asked.frames
    if wanted is None and info.frames:
        wanted = max(1, min(100, len(range(asked.start, info.frames, asked.stride))))
    video = load_clip(asked.source, asked.size, asked.stride, asked.start, wanted)[:100]
    if len(video) < 2:
        raise ValueError(
            f"{asked.source}: got {len(video)} frame, want two or more to fill between"
        )
    model, _ = load_checkpoint(CHECKPOINT, VideoEncoderDecoder)
    tested = sentence(worth(model, video))
    film = slow(None if asked.blend else model, video, asked.times, bar=True)
    rate = asked.fps or (info.fps or 25.0) / asked.stride
    path = save_clip(film, asked.target, fps=rate)
    known = "for that is what the model knows"
    if asked.size > TILE:
        known = f"nine tiles of the {TILE} x {TILE} that the model knows"
    return [
        f"Read {len(video)} frames of {info.width} x {info.height} pixels; the middle square was "
        f"cut to {asked.size} x {asked.size}, {known}.",
        tested,
        f"Wrote {len(film)} frames at {rate:g} per second to {path}.",
    ]


def main(arguments=None) -> int:
    """Run the command line; return the exit code."""
    try:
        print("\n".join(run(parser().parse_args(arguments))))
        return 0
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
