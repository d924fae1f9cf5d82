"""ShapesWorld: coloured shapes that move at constant speed and bounce off the walls (lesson 00).

    x(t) = lo + fold(x(0) - lo + v t, hi - lo),   fold(u, L) = L - |(u mod 2L) - L|        (Eq. 0.2)
    pixel = (1 - a) ground + a colour,            a = clip(1/2 - d, 0, 1)                  (Eq. 0.3)

d is the signed distance from the pixel's centre to the edge of the shape, in pixels and negative
inside, so that an edge that crosses a pixel covers a part of it: motion smaller than a pixel stays
visible.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

SHAPES = ("circle", "square", "triangle", "cross")
COLOURS = {
    "red": (0.90, 0.25, 0.20),
    "green": (0.10, 0.70, 0.45),
    "blue": (0.25, 0.50, 0.95),
    "yellow": (0.95, 0.85, 0.25),
}
STYLES = ("plain", "outline", "night", "checkerboard")
DIRECTIONS = (
    "right", "down and right", "down", "down and left",
    "left", "up and left", "up", "up and right",
)  # fmt: skip


@dataclass(frozen=True)
class Clips:
    """A batch of clips with everything that is known about them: B clips, T frames, S shapes each.

    Coordinates are (x, y) in pixels, y downward; (0, 0) is the centre of the top left pixel.
    """

    video: torch.Tensor  # "B T 3 size size", in [0, 1]
    mask: torch.Tensor  # "B T S size size", bool: more than half of the pixel shows this shape
    position: torch.Tensor  # "B T S 2", centre of each shape, in pixels
    velocity: torch.Tensor  # "B T S 2", in pixels per frame, right after the frame was taken
    radius: torch.Tensor  # "B S", half of the width of each shape, in pixels
    shape: list[list[str]]  # B lists of S names out of SHAPES
    colour: list[list[str]]  # B lists of S names out of COLOURS
    caption: list[str]  # B sentences
    style: str  # one of STYLES

    def __len__(self):
        return len(self.caption)


def fold(u, length):
    """Fold the line onto [0, length], as a ball folds between two walls (Eq. 0.2)."""
    return length - np.abs(np.mod(u, 2 * length) - length)


def signed_distance(shape, x, y, radius):
    """Distance in pixels from (x, y) to the edge of a shape at the origin, negative inside."""
    if shape == "circle":
        return np.sqrt(x * x + y * y) - radius
    if shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) - np.float32(0.9) * radius
    if shape == "triangle":  # around the centre of mass: apex at -radius, base at radius / 2
        slope = np.float32(0.857492926) * np.abs(x) - np.float32(0.514495755) * (y + radius)
        return np.maximum(y - np.float32(0.5) * radius, slope)
    arm = np.float32(0.36) * radius
    across = np.maximum(np.abs(x) - radius, np.abs(y) - arm)
    down = np.maximum(np.abs(y) - radius, np.abs(x) - arm)
    return np.minimum(across, down)


def describe(shapes, colours, velocities):
    """The caption: for each shape its colour, its name, its first direction and whether it bounced.

    velocities: "T S 2".  All frames count: an object that bounces off two opposite walls ends as it
    began.
    """
    clauses = []
    for shape, colour, v in zip(shapes, colours, velocities.transpose(1, 0, 2)):
        turn = int(np.floor(np.arctan2(v[0, 1], v[0, 0]) / (np.pi / 4) + 0.5)) % 8
        bounced = bool((np.sign(v) != np.sign(v[0])).any())
        clause = f"a {colour} {shape} moves {DIRECTIONS[turn]}"
        clauses.append(clause + " and bounces" if bounced else clause)
    return ", ".join(clauses)


def ground(style, size):
    """The empty stage of a style: "3 size size" or what broadcasts to it."""
    if style == "night":
        sky = np.linspace(0.02, 0.10, size, dtype=np.float32)[:, None]
        sky = np.stack((0.5 * sky, 0.7 * sky, 1.6 * sky)).astype(np.float32)
        return sky * np.ones((1, 1, size), np.float32)
    if style == "checkerboard":
        square = np.add.outer(np.arange(size) // 4, np.arange(size) // 4) % 2
        grey = np.where(square, np.float32(0.42), np.float32(0.22))
        return np.broadcast_to(grey, (3, size, size))
    level = 0.95 if style == "outline" else 0.08
    return np.full((3, 1, 1), level, dtype=np.float32)


def paint(frame, chosen, inside, distance, colour, style):
    """Paint a shape into the chosen clips of `frame`, in place: fill, outline, or lamp at night."""
    inside, distance = inside[:, :, None], distance[:, :, None]
    if style == "outline":
        inside = np.clip(np.float32(1.25) - np.abs(distance + np.float32(0.75)), 0, 1)
        colour = colour * np.float32(0.8)
    below = frame[chosen]
    if style == "night":
        glow = np.clip(1 - distance / 5, 0, 1) ** 2 * (distance > 0)
        below = below + np.float32(0.45) * colour * glow
    frame[chosen] = (1 - inside) * below + inside * colour


class ShapesWorld:
    """Draws batches of clips: coloured shapes move at constant speed and bounce off the walls.

    size: width and height in pixels; frames: T; shapes: objects per clip, 1 to 3;
    style: one of STYLES; speed: (lowest, highest) in pixels per frame; radius: the same in pixels.
    The same arguments and seed give the same bytes on every machine: drawing uses only exactly
    rounded operations, and pixels are rounded to 8 bits. Clip i of a seed does not depend on how
    many clips are drawn. Raises ValueError for an unknown style, more than 3 shapes, or shapes that
    do not fit into the box.
    """

    def __init__(
        self, size=32, frames=16, shapes=1, style="plain", speed=(1.0, 2.5), radius=(4.0, 6.0)
    ):
        if style not in STYLES:
            raise ValueError(f"style: got {style!r}, want one of {', '.join(STYLES)}")
        if not 1 <= shapes <= 3:
            raise ValueError(f"shapes: got {shapes}, want 1, 2 or 3 objects per clip")
        if frames < 1:
            raise ValueError(f"frames: got {frames}, want at least 1")
        if not 0 <= speed[0] <= speed[1]:
            raise ValueError(
                f"speed: got {speed}, want (lowest, highest) with 0 <= lowest <= highest"
            )
        if not 1 <= radius[0] <= radius[1] or 2 * radius[1] + 1 > size:
            raise ValueError(
                f"radius: got {radius} in a box of {size} pixels, "
                "want 1 <= lowest <= highest < size / 2"
            )
        self.size, self.frames, self.shapes, self.style = size, frames, shapes, style
        self.speed, self.radius = speed, radius

    def sample(self, batch, seed):
        """Return `batch` clips as `Clips`, drawn from `seed` (an int >= 0)."""
        if batch < 1:
            raise ValueError(f"batch: got {batch}, want at least 1")
        draw = np.random.default_rng(seed).random((batch, self.shapes, 7))
        kind = np.floor(draw[..., 0] * len(SHAPES)).astype(int)
        hue = np.floor(draw[..., 1] * len(COLOURS)).astype(int)
        radius = self.radius[0] + draw[..., 2] * (self.radius[1] - self.radius[0])
        speed = self.speed[0] + draw[..., 3] * (self.speed[1] - self.speed[0])
        angle = 2 * np.pi * draw[..., 4]
        velocity = np.round(speed[..., None] * np.stack((np.cos(angle), np.sin(angle)), -1), 6)
        start = draw[..., 5:7] * (self.size - 2 * radius[..., None])
        return self.film(kind, hue, radius, start, velocity)

    def film(self, kind, hue, radius, start, velocity):
        """Return the clips of shapes that are given: numbers in SHAPES and COLOURS, radii, "B S".

        start: x(0) - lo of Eq. 0.2, how far from the wall the centre is in the first frame;
        velocity: pixels per frame; "B S 2" each, as x and y.
        """
        lo, length = (radius - 0.5)[..., None], self.size - 2 * radius[..., None]
        t = np.arange(self.frames)[:, None, None]
        travelled = start[:, None] + velocity[:, None] * t  # B T S 2
        position = lo[:, None] + fold(travelled, length[:, None])
        returning = np.mod(travelled, 2 * length[:, None]) >= length[:, None]
        velocity = np.where(returning, -velocity[:, None], velocity[:, None])

        names = [[SHAPES[k] for k in row] for row in kind]
        colours = [[list(COLOURS)[k] for k in row] for row in hue]
        video, mask = self._draw(kind, hue, radius, position, self.style)
        return Clips(
            video=video,
            mask=mask,
            position=torch.from_numpy(position).float(),
            velocity=torch.from_numpy(velocity).float(),
            radius=torch.from_numpy(radius).float(),
            shape=names,
            colour=colours,
            caption=[describe(*row) for row in zip(names, colours, velocity)],
            style=self.style,
        )

    def restyle(self, clips, style):
        """Return the same motion drawn in another style: the exact target of style transfer."""
        if style not in STYLES:
            raise ValueError(f"style: got {style!r}, want one of {', '.join(STYLES)}")
        kind = np.array([[SHAPES.index(name) for name in row] for row in clips.shape])
        hue = np.array([[list(COLOURS).index(name) for name in row] for row in clips.colour])
        video, mask = self._draw(kind, hue, clips.radius.numpy(), clips.position.numpy(), style)
        return replace(clips, video=video, mask=mask, style=style)

    def _draw(self, kind, hue, radius, position, style):
        B, T, S, _ = position.shape
        pixel = np.arange(self.size, dtype=np.float32)
        palette = np.array(list(COLOURS.values()), dtype=np.float32)
        frame = np.broadcast_to(ground(style, self.size), (B, T, 3, self.size, self.size)).copy()
        mask = np.zeros((B, T, S, self.size, self.size), dtype=bool)
        for s in range(S):
            for k in range(len(SHAPES)):
                chosen = np.flatnonzero(kind[:, s] == k)
                centre = position[chosen, :, s].astype(np.float32)  # b T 2
                x = pixel - centre[..., 0, None, None]  # b T 1 size
                y = pixel[:, None] - centre[..., 1, None, None]  # b T size 1
                distance = signed_distance(
                    SHAPES[k], x, y, radius[chosen, s, None, None, None].astype(np.float32)
                )
                inside = np.clip(np.float32(0.5) - distance, 0, 1)  # Eq. 0.3
                colour = palette[hue[chosen, s]][:, None, :, None, None]
                paint(frame, chosen, inside, distance, colour, style)
                mask[chosen, :, :s] &= (inside <= 0.5)[:, :, None]
                mask[chosen, :, s] = inside > 0.5
        video = np.round(np.clip(frame, 0, 1) * 255).astype(np.uint8)
        return torch.from_numpy(video).float() / 255, torch.from_numpy(mask)
