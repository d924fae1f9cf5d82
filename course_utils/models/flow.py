"""Flow matching for video: its loss, its levels and its samplers (lessons 14 and 15).

    z = (1 - level) noise + level x,   velocity = x - noise = (x - z) / (1 - level)       (Eq. 14.1)
    loss = mean of |x_hat(z, level) - x|^2 / max(1 - level, floor)^2                      (Eq. 14.2)
    Euler:  z <- z + (next - level) (x_hat - z) / (1 - level),   from 0 (noise) to 1      (Eq. 14.3)
    guided: x_hat = x_hat(no words) + w (x_hat(words) - x_hat(no words))                  (Eq. 14.4)

Eq. 14.1 to 14.3 are flow matching along straight lines (Lipman et al., 2023; Liu et al., 2023),
Eq. 14.4 is classifier-free guidance (Ho and Salimans, 2022). Each frame has its own level (Chen et
al., 2024): training draws them in patterns, and a task is which frames start as noise. All noise is
drawn on the CPU from `seed`, so that it is the same on every device.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.attention import KeyValueCache

PAST = 2  # frames before this one that the model may move


def draw_levels(
    batch: int, frames: int, generator: torch.Generator
) -> Float[Tensor, "batch frames"]:
    """Return a level for each frame, independent: the sigmoid of a normal number, or 0.

    Most fall in the middle, where the answer is decided (Esser et al., 2024); one of six is 0,
    where every sampling starts.
    """
    levels = torch.sigmoid(1.2 * torch.randn(batch, frames, generator=generator) - 0.3)
    start = torch.rand(batch, frames, generator=generator) < 1 / 6
    return torch.where(start, 0.0, levels)


def causal_levels(batch: int, frames: int, generator: torch.Generator):
    """Return levels "B T" for training under the causal mask, and which clips are taught, "B".

    In half of the clips a random share of the frames, up to two thirds, is clean; in the others all
    frames before a random one, as when a clip is written frame by frame. All else has independent
    levels. Three of four clips are taught: their hands get the clean frames before.
    """
    levels = draw_levels(batch, frames, generator)
    share = 2 / 3 * torch.rand(batch, 1, generator=generator)
    clean = torch.rand(batch, frames, generator=generator) < share
    begin, run, taught = torch.rand(3, batch, generator=generator)
    past = torch.arange(frames) < (begin * frames).long()[:, None]
    clean = torch.where(run[:, None] < 0.5, clean, past)
    return torch.where(clean, 1.0, levels), taught < 0.75


def full_levels(
    batch: int, frames: int, generator: torch.Generator
) -> Float[Tensor, "batch frames"]:
    """Return levels "B T" for training under the full mask.

    Of ten clips five have every n-th frame clean, n from 2 to 8, two a gap between clean ends, and
    the missing frames share one level; two have independent levels, one has one level for all.
    """
    kind, step, phase, start, width = torch.rand(5, batch, 1, generator=generator)
    t = torch.arange(frames)
    step = 2 + (step * 7).long()
    every = (t + (phase * step).long()) % step == 0
    first = 1 + (start * (frames - 2)).long()
    gap = (t < first) | (t > first + 1 + (width * 8).long())
    known = torch.where(kind < 0.5, every, gap) & (kind < 0.7)
    known = known | ((kind < 0.7) & ((t == 0) | (t == frames - 1)))
    own, shared = (draw_levels(batch, n, generator) for n in (frames, 1))
    levels = torch.where((kind >= 0.7) & (kind < 0.9), own, shared.expand_as(own))
    return torch.where(known, 1.0, levels)


def flow_loss(
    model,
    video: Float[Tensor, "batch frames channels height width"],
    seed: int,
    words: Int[Tensor, "batch L"] | None = None,
    beside: Float[Tensor, "batch frames channels height width"] | None = None,
    causal: bool = True,
    levels: Float[Tensor, "batch frames"] | None = None,
    taught: Bool[Tensor, " batch"] | None = None,
    floor: float = 0.1,
    smear: float = 0.03,
) -> Float[Tensor, ""]:
    """Return the error of the velocity, averaged over the frames that are not clean (Eq. 14.2).

    levels: "B T", by default independent; a frame at level 1 is given and not scored. taught: clips
    whose hands get the clean frames before, not the noisy ones (by default all under the causal
    mask, none under the full one, where that would hand over the answer). smear: largest noise on
    what is given, so that the model forgives its own errors. Raises ValueError for taught clips
    under the full mask.
    """
    g = torch.Generator().manual_seed(seed)
    B, T = video.shape[:2]
    if taught is None:
        taught = torch.full((B,), causal)
    if taught.any() and not causal:
        raise ValueError("taught: want none under the full mask, where a frame would see itself")
    levels = draw_levels(B, T, g) if levels is None else levels
    noise = torch.randn(video.shape, generator=g).to(video)
    smear = smear * torch.rand(B, 1, 1, 1, 1, generator=g).to(video)
    smeared = video + smear * torch.randn(video.shape, generator=g).to(video)
    levels, taught = levels.to(video), taught.to(video.device)
    l = levels[..., None, None, None]  # noqa: E741
    noisy = torch.where(l < 1, (1 - l) * noise + l * video, smeared)
    given = (
        torch.where(taught[:, None, None, None, None], smeared, noisy),
        torch.where(taught[:, None], 1.0, levels),
    )
    answer = model(noisy, levels, words, beside, causal, given=given)
    error = (answer - video).square().mean((2, 3, 4)) / (1 - levels).clamp(min=floor) ** 2
    scored = (levels < 1).to(error)
    return (error * scored).sum() / scored.sum().clamp(min=1)


def solve(predict, z: Tensor, start: float, steps: int, heun: bool = False) -> Tensor:
    """Follow the velocity from level `start` to 1 in equal steps and return the clean frames.

    predict(z, level) -> x_hat. heun: average the velocity over both ends of a step (Heun's rule),
    at two calls for each step but the last. The last Euler step lands on x_hat (Eq. 14.3).
    """
    levels = torch.linspace(start, 1, steps + 1).tolist()
    for now, then in zip(levels, levels[1:]):
        velocity = (predict(z, now) - z) / (1 - now)
        if heun and then < 1:
            ahead = z + (then - now) * velocity
            velocity = (velocity + (predict(ahead, then) - ahead) / (1 - then)) / 2
        z = z + (then - now) * velocity
    return z


@torch.no_grad()
def sample(
    model,
    words: Int[Tensor, "batch L"] | None = None,
    frames: int = 16,
    seed: int = 0,
    steps: int = 10,
    guidance: float = 1.0,
    video: Float[Tensor, "batch frames channels height width"] | None = None,
    known: Bool[Tensor, " frames"] | None = None,
    start: float = 0.0,
    beside: Float[Tensor, "batch frames channels height width"] | None = None,
    causal: bool = True,
    heun: bool = False,
    later: int | None = None,
    open_frames: int = 3,
    window: int = 16,
) -> Float[Tensor, "batch frames channels height width"]:
    """Return clips in [0, 1]: the frames of `video` that are `known`, and the others from noise.

    Under the causal mask frame by frame, with a cache; under the full mask all missing frames at
    once. start: the level at which a missing frame starts; above 0 it is the frame of `video` with
    noise, an edit. later: steps for each frame after the first `open_frames` (`steps` by default),
    where the past says nearly all; guidance acts on the open frames. window: the cache holds at
    most so many frames; when it is full, the last half is read anew. Raises ValueError when nothing
    says how many clips, or when `known` or `start` comes without a video.
    """
    like = next(model.parameters())
    source = next((x for x in (words, video, beside) if x is not None), None)
    if source is None:
        raise ValueError(
            "words, video, beside: got None for all, want one that says how many clips"
        )
    if video is None and (known is not None or start > 0):
        raise ValueError("video: got None, want the clip that `known` and `start` speak of")
    given = torch.zeros(frames, dtype=torch.bool)  # frames beyond those that `known` speaks of
    if known is not None:
        given[: len(known)] = known[:frames].cpu()
    known = given.to(like.device)
    shape = (len(source), frames, *model.frame)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(like)
    film = torch.zeros_like(noise)
    if video is not None:
        film[:, : video.shape[1]] = video[:, :frames].to(like)
    z = torch.where(known[:, None, None, None], film, (1 - start) * noise + start * film)
    beside = None if beside is None else beside.to(like)
    words = None if words is None else words.to(like.device)
    if not causal:
        given = known.expand(len(z), -1)

        def predict(z, level):
            z = torch.where(given[..., None, None, None], film, z)
            levels = torch.where(given, 1.0, level).to(z)
            answer = model(z, levels, words, beside, causal=False)
            if guidance != 1 and words is not None:
                free = model(z, levels, None, beside, causal=False)
                answer = free + guidance * (answer - free)
            return torch.where(given[..., None, None, None], film, answer)

        return solve(predict, z, start, steps, heun).clamp(0, 1)

    guided = guidance != 1 and words is not None
    writer = FrameWriter(model, words, window)
    free = FrameWriter(model, None, window) if guided else None
    for t in range(frames):
        if free is not None and t >= open_frames:
            free = None
        frame, other = z[:, t : t + 1], None if beside is None else beside[:, t : t + 1]
        if not known[t]:

            def predict(z, level, other=other, free=free):
                answer = writer.predict(z, level, other)
                if free is not None:
                    blind = free.predict(z, level, other)
                    answer = blind + guidance * (answer - blind)
                return answer

            count = steps if t < open_frames or later is None else later
            frame = solve(predict, frame, start, count, heun).clamp(0, 1)
        for each in (writer, free):
            if each is not None:
                each.add(frame, other)
    return writer.film.clamp(0, 1)


class FrameWriter:
    """The frames so far, and the cache of their keys and values: what the next frame is told."""

    def __init__(self, model, words, window: int):
        self.model, self.words, self.window = model, words, window
        self.film, self.cache, self.held = None, KeyValueCache(), 0

    def predict(self, z, level: float, beside=None, keep: bool = False):
        """Return x_hat of the next frames "B T C H W" at one level; keep: put them in the cache."""
        past = z[:, :0] if self.film is None else self.film[:, -min(PAST, self.film.shape[1]) :]
        levels = torch.full(z.shape[:2], level).to(z)
        given = (
            torch.cat((past, z), 1),
            torch.cat((torch.ones_like(past[:, :, 0, 0, 0]), levels), 1),
        )
        answer = self.model(z, levels, self.words, beside, cache=self.cache, given=given)
        self.held += z.shape[1] if keep else 0
        self.cache.keep(self.held)  # what was only tried is forgotten
        return answer

    def add(self, frame, beside=None):
        """Put clean frames behind the others."""
        if self.held + frame.shape[1] > self.window:
            self.cache, self.held = KeyValueCache(), 0
            half = self.film[:, -(self.window // 2) :]
            self.film, before = self.film[:, : -half.shape[1]], self.film
            self.film = self.film if self.film.shape[1] else None
            self.predict(half, 1.0, None, keep=True)
            self.film = before
        self.predict(frame, 1.0, beside, keep=True)
        self.film = frame if self.film is None else torch.cat((self.film, frame), 1)
