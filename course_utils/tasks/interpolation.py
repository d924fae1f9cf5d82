"""Interpolation: some frames are known, write the others (lesson 10).

    b(t) = the last known frame up to t,   a(t) = the first known frame from t on
    sources of frame t: x_b(t) and x_a(t), at the offsets b(t) - t and a(t) - t

The encoder reads the known frames with their frame numbers, padded to the longest set of a batch.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.models import Condition
from course_utils.tasks.task import Question, Task
from course_utils.worlds import ShapesWorld, read_clips


def neighbours(known: Bool[Tensor, "batch T"]) -> tuple[Tensor, Tensor]:
    """Return b(t) and a(t), "batch T" each: the known frames around each frame, itself if known.

    Before the first known frame both are the first, after the last both are the last. Raises
    ValueError where a clip has no known frame.
    """
    if known.ndim != 2 or known.dtype != torch.bool or not known.any(1).all():
        raise ValueError(
            f'known: got {known.dtype} {tuple(known.shape)}, want bool "batch T" with a known '
            "frame in every clip"
        )
    T = known.shape[1]
    t = torch.arange(T, device=known.device).expand_as(known)
    before = torch.where(known, t, -1).cummax(1).values
    after = torch.where(known, t, T).flip(1).cummin(1).values.flip(1)
    return torch.where(before < 0, after, before), torch.where(after == T, before, after)


def known_frames(
    video: Float[Tensor, "batch T channels height width"], known: Bool[Tensor, "batch T"]
) -> Condition:
    """Return the condition of interpolation; what stands in the missing frames is not looked at."""
    before, after = neighbours(known)
    rows = torch.arange(len(video), device=video.device)[:, None]
    t = torch.arange(known.shape[1], device=video.device)
    most = int(known.sum(1).max())
    order = known.int().argsort(dim=1, descending=True, stable=True)[:, :most]
    real = known.gather(1, order)
    frames = video[rows, order] * real[..., None, None, None]
    sources = torch.stack((video[rows, before], video[rows, after]), 2)  # batch T 2 C H W
    offsets = torch.stack((before - t, after - t), 2).to(video)
    return Condition(frames, order, real, sources=sources, offsets=offsets)


def random_patterns(
    batch: int, frames: int, seed: int, longest: int = 8
) -> Bool[Tensor, "batch T"]:
    """Return which frames are known, for training: gaps of all lengths up to `longest`.

    Half of the clips have every n-th frame and the last one, from a random first on; the others one
    gap of 5 or more frames at a random place. The first and the last frame are always known.
    """
    if frames < 3 or longest < 1:
        raise ValueError(f"frames, longest: got {frames} and {longest}, want at least 3 and 1")
    g = torch.Generator().manual_seed(seed)
    known = torch.zeros(batch, frames, dtype=torch.bool)
    for row in known:
        regular, a, b = torch.rand(3, generator=g).tolist()
        if regular < 0.5:
            step = 2 + int(a * min(longest, frames - 2))
            row[int(b * step) :: step] = True
        else:
            widest = min(longest, frames - 2)
            gap = min(5, widest) + int(a * max(1, widest - 4))
            first = 1 + int(b * (frames - 1 - gap))
            row[:first], row[first + gap :] = True, True
    known[:, 0] = known[:, -1] = True
    return known


class Interpolation(Task):
    """Write the frames that are missing.

    world: anything with `sample(batch, seed)` that returns an object with a `video`; known: the
    numbers of the known frames, or None for a pattern of its own for each clip (training).
    """

    def __init__(self, world=None, known=None, longest=8):
        self.world = ShapesWorld(frames=17) if world is None else world
        self.known, self.longest = known, longest

    def draw(self, batch, seed):
        """Return `batch` clips with their missing frames to write."""
        clips = self.world.sample(batch, seed)
        video = clips.video
        if self.known is None:
            known = random_patterns(batch, video.shape[1], seed, self.longest)
        else:
            known = torch.zeros(video.shape[:2], dtype=torch.bool)
            known[:, list(self.known)] = True
        return Question(known_frames(video, known), video, ~known, clips)

    def baselines(self, question):
        """Return the nearest known frame, and the linear blend of both neighbours (Eq. 10.1)."""
        film, offsets = question.condition.sources, question.condition.offsets.abs()
        near = offsets.argmin(2)[:, :, None, None, None, None].expand_as(film[:, :, :1])
        return {
            "nearest frame": film.gather(2, near)[:, :, 0],
            "linear blend": blend(film, offsets),
        }

    def scores(self, question, video):
        """Return the PSNR of the missing frames and, for one moving shape, its position error."""
        result = super().scores(question, video)
        position = getattr(question.clips, "position", None)
        if position is not None and position.shape[2] == 1:
            whole = torch.where(question.scored[..., None, None, None], video, question.target)
            off = (read_clips(whole).position - position[:, :, 0]).norm(dim=-1)
            result["off by (px)"] = off[question.scored].nanmean().item()
        return result


def blend(sources, offsets):
    """Return sum_k w_k s_k with w ~ 1 / |offset|: Eq. 10.1, for sources "batch T k C H W"."""
    weight = 1 / offsets.abs().clamp(min=1e-3)
    weight = weight / weight.sum(2, keepdim=True)
    return (weight[..., None, None, None] * sources).sum(2)
