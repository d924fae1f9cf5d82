"""What the reader says of clips, and whether captions say the same (lesson 12)."""

import re
from dataclasses import dataclass

import torch

from course_utils.worlds.shapes import COLOURS, DIRECTIONS, SHAPES


@dataclass(frozen=True)
class Reading:
    """What the pixels of B clips say, one object each; the fields mean what they mean in Clips."""

    shape: list[str]  # B names out of SHAPES, or "nothing" where no object is seen
    colour: list[str]  # B names out of COLOURS, or "nothing"
    direction: list[str]  # B of DIRECTIONS: where it moves at first
    bounced: list[bool]  # B
    position: torch.Tensor  # "B T 2", centre (x, y) in pixels, NaN in a frame without the object
    velocity: torch.Tensor  # "B 2", in pixels per frame, at the first frame
    radius: torch.Tensor  # "B", in pixels
    error: torch.Tensor  # "B", root of the mean squared difference between a clip and its drawing
    caption: list[str]  # B sentences, in the words of ShapesWorld

    def agrees(self, captions):
        """Return {"shape" | "colour" | "direction" | "bounced" | "all": "B" bool} for B captions.

        Raises ValueError for a number of captions other than B, or a caption that parse_caption
        cannot read.
        """
        if len(captions) != len(self.caption):
            raise ValueError(
                f"captions: got {len(captions)}, want {len(self.caption)}, one for each clip"
            )
        said = [parse_caption(caption) for caption in captions]
        names = ("shape", "colour", "direction", "bounced")
        result = {
            name: torch.tensor([got == want[name] for got, want in zip(getattr(self, name), said)])
            for name in names
        }
        return result | {"all": torch.stack([result[name] for name in names]).all(0)}


def parse_caption(caption):
    """Return {"shape", "colour", "direction", "bounced"} of a caption of one object."""
    pattern = r"a (\w+) (\w+) moves ([a-z ]+?)( and bounces)?"
    match = re.fullmatch(pattern, caption)
    if not match or match[1] not in COLOURS or match[2] not in SHAPES or match[3] not in DIRECTIONS:
        raise ValueError(f"caption: got {caption!r}, want 'a red cross moves up[ and bounces]'")
    return {"colour": match[1], "shape": match[2], "direction": match[3], "bounced": bool(match[4])}
