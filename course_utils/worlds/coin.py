"""CoinWorld: a sprite tosses a coin at each step: the next frame's bits are known (lessons 06, 13).

    H = - sum_a p_a log2 p_a,   a in {turn left, go straight, turn right}
    bits of a clip of T frames = log2 G^2 + log2 4 + (T - 2) H,   T >= 2 (lesson 06, the floor)

The sprite lives on a grid of G x G cells without walls: who leaves on the right comes back on the
left. At each step it turns left, goes straight or turns right with the probabilities p, then moves
by one cell in its new direction. A frame shows where the sprite is, not where it is heading. So

  - frame 0 is one of G^2 cells, all as likely;
  - frame 1 is one of the 4 cells around it, all as likely, because the first heading is drawn
    evenly and hidden;
  - from frame 2 on, the last two frames give the heading away (on 3 x 3 cells and more the four
    steps differ), and what is left to guess is the coin, H bits in every frame, wherever the sprite
    stands.
"""

from dataclasses import dataclass

import numpy as np
import torch

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # (x, y) of right, down, left, up: + 1 turns right
SPRITE = (0.95, 0.85, 0.25)
STAGE = 0.08


@dataclass(frozen=True)
class CoinClips:
    """A batch of B clips of T frames with all that is known about them."""

    video: torch.Tensor  # "B T 3 size size", in [0, 1], size = grid * cell
    mask: torch.Tensor  # "B T 1 size size", bool: the pixels of the sprite
    position: torch.Tensor  # "B T 1 2", centre of the sprite (x, y) in pixels, as in ShapesWorld
    tokens: torch.Tensor  # "B T", int64: cell of the sprite, row * grid + column
    heading: torch.Tensor  # "B T", int64: the step that led here; of frame 0, the hidden one
    caption: list[str]  # B sentences

    def __len__(self):
        return len(self.caption)


class CoinWorld:
    """Draws clips of a sprite that turns by chance, and knows the exact probability of each.

    grid: cells on a side, 3 or more; frames: T; probability: of (turn left, go straight, turn
    right); cell: pixels on the side of a cell. The same arguments and seed give the same bytes on
    every machine, and clip i of a seed does not depend on how many clips are drawn. Raises
    ValueError for a grid below 3, fewer than one frame or pixel, or probabilities that are negative
    or do not sum to 1.
    """

    def __init__(self, grid=8, frames=16, probability=(0.25, 0.5, 0.25), cell=4):
        if grid < 3:
            raise ValueError(
                f"grid: got {grid}, want at least 3 cells, or two of the steps look the same"
            )
        if frames < 1:
            raise ValueError(f"frames: got {frames}, want at least 1")
        if cell < 1:
            raise ValueError(f"cell: got {cell}, want at least 1 pixel")
        p = np.asarray(probability, dtype=np.float64)
        if p.shape != (3,) or not (p >= 0).all() or abs(p.sum() - 1) > 1e-9:
            raise ValueError(
                f"probability: got {probability}, want three numbers (left, straight, right) "
                "of at least 0 that sum to 1"
            )
        self.grid, self.frames, self.cell = grid, frames, cell
        self.probability = tuple(float(value) for value in p)

    @property
    def bits_per_frame(self):
        """Entropy in bits of the next frame given all frames before, from frame 2 on: H."""
        return sum(-p * float(np.log2(p)) for p in self.probability if p > 0)

    @property
    def bits_first_frame(self):
        """Entropy in bits of frame 0: one of grid^2 cells, all as likely."""
        return 2 * float(np.log2(self.grid))

    @property
    def bits_second_frame(self):
        """Entropy in bits of frame 1 given frame 0: one of four neighbours, all as likely."""
        return 2.0

    @property
    def frame_bits(self):
        """Entropy in bits of each frame given its past, "frames"; the sum: a clip's."""
        bits = [self.bits_first_frame, self.bits_second_frame] + [self.bits_per_frame] * self.frames
        return torch.tensor(bits[: self.frames], dtype=torch.float64)

    def sample(self, batch, seed):
        """Return `batch` clips as `CoinClips`, drawn from `seed` (an int >= 0)."""
        if batch < 1:
            raise ValueError(f"batch: got {batch}, want at least 1")
        G = self.grid
        draw = np.random.default_rng(seed).random((batch, self.frames + 1))
        left, straight, _ = self.probability
        coin = draw[:, 2:]
        turn = (coin >= left).astype(int) + (coin >= left + straight) - 1  # -1 left, 0, 1 right
        heading = np.floor(draw[:, 1:2] * 4).astype(int)
        heading = np.concatenate((heading, heading + np.cumsum(turn, 1)), 1) % 4
        steps = np.array(STEPS)[heading]
        start = np.floor(draw[:, 0] * G * G).astype(int)
        steps[:, 0] = np.stack((start % G, start // G), -1)
        xy = np.cumsum(steps, 1) % G
        tokens = torch.from_numpy(xy[..., 1] * G + xy[..., 0])
        video = self.render(tokens)
        return CoinClips(
            video=video,
            mask=video[:, :, :1] > 0.5,
            position=torch.from_numpy((xy[:, :, None] + 0.5) * self.cell - 0.5).float(),
            tokens=tokens,
            heading=torch.from_numpy(heading),
            caption=[
                f"a sprite turns left {(row < 0).sum()} times and right {(row > 0).sum()} times"
                for row in turn
            ],
        )

    def render(self, tokens):
        """Return the video "... T 3 size size" of cells "... T"; a cell of -1 is an empty frame."""
        tokens = torch.as_tensor(tokens)
        if ((tokens < -1) | (tokens >= self.grid**2)).any():
            raise ValueError(f"tokens: got values outside -1 ... {self.grid**2 - 1}")
        lit = torch.arange(self.grid**2) == tokens[..., None]
        lit = lit.unflatten(-1, (1, self.grid, self.grid))
        lit = lit.repeat_interleave(self.cell, -1).repeat_interleave(self.cell, -2)
        sprite = torch.tensor(SPRITE).mul(255).round().view(3, 1, 1) / 255
        return torch.where(lit, sprite, torch.tensor(round(STAGE * 255) / 255))

    def read(self, video):
        """Return the cells "... T" that a video "... T 3 size size" shows, -1 if no clear sprite.

        A pixel counts as lit when it is nearer to the colour of the sprite than to the stage.
        """
        size = self.grid * self.cell
        if video.ndim < 4 or tuple(video.shape[-3:]) != (3, size, size):
            raise ValueError(
                f'video: got shape {tuple(video.shape)}, want "... time 3 {size} {size}"'
            )
        sprite = torch.tensor(SPRITE, dtype=video.dtype).view(3, 1, 1)
        lit = ((video - sprite) ** 2).sum(-3) < ((video - STAGE) ** 2).sum(-3)
        cells = lit.unflatten(-1, (self.grid, self.cell)).unflatten(-3, (self.grid, self.cell))
        count = cells.sum((-1, -3)).flatten(-2)  # ... T grid*grid, lit pixels of each cell
        clear = (count.amax(-1) == self.cell**2) & (count.sum(-1) == self.cell**2)
        return torch.where(clear, count.argmax(-1), -1)

    def next_distribution(self, tokens):
        """Return each next cell's exact probability after a past: "... past" -> "... grid*grid".

        No past: all cells alike. One frame: its four neighbours alike. Else the coin, turned to the
        last heading. After a last step that this world never makes, the heading is unknown and the
        four neighbours are alike. float64. Raises ValueError for cells outside the grid.
        """
        G = self.grid
        tokens = torch.as_tensor(tokens)
        if ((tokens < 0) | (tokens >= G * G)).any():
            raise ValueError(f"tokens: got values outside 0 ... {G * G - 1}")
        if tokens.shape[-1] == 0:
            return torch.full((*tokens.shape[:-1], G * G), 1 / G**2, dtype=torch.float64)
        around = self._neighbours(tokens[..., -1])  # ... 4, by heading
        even = torch.full(around.shape, 0.25, dtype=torch.float64)
        if tokens.shape[-1] > 1:
            before = self._neighbours(tokens[..., -2])
            arrived = before == tokens[..., -1:]  # ... 4, the last heading marked
            left, straight, right = self.probability
            coin = torch.tensor([[straight, right, 0, left]], dtype=torch.float64)  # from heading 0
            coin = torch.cat([coin.roll(heading, -1) for heading in range(4)])
            even = torch.where(arrived.any(-1, keepdim=True), arrived.double() @ coin, even)
        return torch.zeros(*around.shape[:-1], G * G, dtype=torch.float64).scatter(-1, around, even)

    def log2_likelihood(self, clips):
        """Return log2 of the probability of each clip, "...", -inf for one that cannot happen.

        clips: a video "... T 3 size size", or cells "... T" of an integer type. float64.
        """
        clips = torch.as_tensor(clips)
        tokens = self.read(clips) if clips.is_floating_point() else clips
        legible = ((tokens >= 0) & (tokens < self.grid**2)).all(-1)
        tokens = torch.where(legible[..., None], tokens, 0)
        total = torch.zeros(tokens.shape[:-1], dtype=torch.float64)
        for t in range(tokens.shape[-1]):
            # A step that never happens made the total minus infinity; nothing brings it back.
            p = self.next_distribution(tokens[..., :t]).gather(-1, tokens[..., t : t + 1])[..., 0]
            total = total + torch.log2(p)
        return torch.where(legible, total, -torch.inf)

    def _neighbours(self, tokens):
        """The cells around each cell, "..." -> "... 4", in the order of the headings."""
        G = self.grid
        x, y = tokens % G, tokens // G
        return torch.stack([(y + dy) % G * G + (x + dx) % G for dx, dy in STEPS], -1)
