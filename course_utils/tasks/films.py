"""Where a task gets clips from, beside ShapesWorld: windows of real films, and mixtures.

Both have `sample(batch, seed)`, whose result has a `video`, like a world; the same seed gives the
same clips.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.worlds import bundled_clip


@dataclass(frozen=True)
class Sample:
    """A batch of clips of which nothing is known but the pixels."""

    video: Float[Tensor, "batch T channels size size"]

    def __len__(self):
        return len(self.video)


class Films:
    """Draws windows of films: any place, any start, forwards or backwards, mirrored or not.

    films: videos "T C H W" with sides of `size` or more; size, frames: of a window; strides: one of
    them is drawn for each clip, if the film is long enough for it. turn: False draws neither
    backwards nor mirrored. Raises ValueError for a film that is too short or too small.
    """

    def __init__(self, films, size=32, frames=17, strides=(1,), turn=True):
        for film in films:
            if film.ndim != 4 or min(film.shape[-2:]) < size or len(film) < frames:
                raise ValueError(
                    f'films: got {tuple(film.shape)}, want "T C H W" with {frames} frames of '
                    f"{size} x {size} pixels or more"
                )
        if not films or min(strides) < 1:
            raise ValueError(f"films, strides: got {len(films)}, {strides}, want one or more each")
        self.films, self.size, self.frames = list(films), size, frames
        self.strides, self.turn = tuple(strides), turn

    def sample(self, batch, seed):
        """Return `batch` windows as a `Sample`, drawn from `seed`."""
        g = torch.Generator().manual_seed(seed)
        return Sample(torch.stack([self._window(g) for _ in range(batch)]))

    def _window(self, g):
        def whole(n):
            return int(torch.randint(n, (1,), generator=g))

        film = self.films[whole(len(self.films))]
        fitting = [s for s in self.strides if (self.frames - 1) * s < len(film)] or [1]
        stride = fitting[whole(len(fitting))]
        span = (self.frames - 1) * stride + 1
        start = whole(len(film) - span + 1)
        y, x = (whole(side - self.size + 1) for side in film.shape[-2:])
        clip = film[start : start + span : stride, :, y : y + self.size, x : x + self.size]
        backwards, mirrored = whole(2), whole(2)
        if self.turn and backwards:
            clip = clip.flip(0)
        return clip.flip(-1) if self.turn and mirrored else clip


class Mixed:
    """Draws from several worlds in fixed shares: parts is a list of (world, clips of a batch)."""

    def __init__(self, *parts):
        self.parts = parts

    def sample(self, batch, seed):
        """Return a `Sample`; batch must be the sum of the parts, each part drawn from `seed`."""
        if batch != (total := sum(count for _, count in self.parts)):
            raise ValueError(f"batch: got {batch}, want {total}, the sum of the parts")
        return Sample(torch.cat([world.sample(n, seed).video for world, n in self.parts]))


def split_by_scene(size):
    """Return two dicts of the bundled films "T C size size": for training, and held out.

    city: its first shot against its second; earth, which is one shot: the first 70 % of the time
    against the rest.
    """
    earth = bundled_clip("earth", size, stride=1)
    cut = int(0.7 * len(earth))
    shots = [bundled_clip("city", size, stride=1, shot=shot) for shot in (0, 1)]
    return {"city": shots[0], "earth": earth[:cut]}, {"city": shots[1], "earth": earth[cut:]}
