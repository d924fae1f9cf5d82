"""Draw the moving picture of the README: python -m course_utils.authoring.readme

Sixteen frames of two clips: the truth, what the shipped model draws after its eight frames of
context, and the last frame repeated. An orange rim marks what is predicted.
"""

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from course_utils.baselines import repeat_last
from course_utils.checkpoints import load_checkpoint
from course_utils.files import replace_file
from course_utils.models import VideoTransformer
from course_utils.worlds import ShapesWorld

from .text import ROOT

SEEDS = (1_000_000_011, 1_000_000_021)  # no training step draws from here
SIDE, RIM, LINE = 192, 12, 28  # pixels


def frames():
    """Return the pictures of the animation, one for each of the 16 frames."""
    model, _ = load_checkpoint("predict-shapes", VideoTransformer)
    film = torch.cat([ShapesWorld().sample(1, seed).video for seed in SEEDS])
    context = film[:, :8]
    rows = {
        "truth": film,
        "the model, from frame 8 on": torch.cat((context, model.rollout(context, 8)), dim=1),
        "the last frame repeated": torch.cat((context, repeat_last(context, 8)), dim=1),
    }
    width, height = len(rows) * (SIDE + RIM) + RIM, len(SEEDS) * (SIDE + RIM) + RIM + LINE
    font = ImageFont.load_default(size=15)
    for t in range(film.shape[1]):
        picture = Image.new("RGB", (width, height), "white")
        pen = ImageDraw.Draw(picture)
        for column, (name, video) in enumerate(rows.items()):
            left = RIM + column * (SIDE + RIM)
            for row in range(len(SEEDS)):
                pixels = (255 * video[row, t].permute(1, 2, 0)).round().byte().numpy()
                tile = Image.fromarray(np.ascontiguousarray(pixels)).resize(
                    (SIDE, SIDE), Image.Resampling.NEAREST
                )
                picture.paste(tile, (left, RIM + row * (SIDE + RIM)))
                if column and t >= 8:
                    top = RIM + row * (SIDE + RIM)
                    pen.rectangle(
                        (left, top, left + SIDE - 1, top + SIDE - 1), outline="#E69F00", width=4
                    )
            pen.text(
                (left + SIDE / 2, height - LINE + 4), name, fill="black", font=font, anchor="mt"
            )
        pen.text((RIM, height - LINE + 4), f"frame {t}", fill="#555555", font=font)
        yield picture


def draw():
    """Write docs/predict.gif through a temporary file."""
    pictures = list(frames())
    settings = {
        "save_all": True,
        "append_images": pictures[1:],
        "duration": 180,
        "loop": 0,
        "format": "GIF",
    }
    replace_file(ROOT / "docs" / "predict.gif", lambda path: pictures[0].save(path, **settings))


if __name__ == "__main__":
    draw()
