"""What all figures share: a colour-blind-safe palette, sizes for the back row, a white ground."""

import io

from matplotlib import rc_context
from matplotlib.figure import Figure

# Okabe and Ito's eight colours without the yellow, which is too pale on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DPI = 100
STYLE = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "figure.titlesize": 14,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": "#dddddd",
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "text.color": "#222222",
    "axes.labelcolor": "#222222",
    "lines.linewidth": 2.0,
    "axes.axisbelow": True,
}


class Picture(Figure):
    """A matplotlib Figure unknown to pyplot: a notebook shows it once, as its cell's value."""

    full_colour = False  # True for frames of a video; 256 colours are enough for the others

    def _repr_png_(self):
        from PIL import Image

        page, small = io.BytesIO(), io.BytesIO()
        with rc_context(STYLE):
            self.savefig(
                page, format="png", dpi=DPI, bbox_inches="tight", metadata={"Software": None}
            )
        if self.full_colour:
            return page.getvalue()
        image = Image.open(page).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        image.save(small, "PNG", optimize=True)
        return small.getvalue()


def canvas(width, height):
    """Return (figure, axes): axes that fill the figure, in pixels, y downward, for video frames."""
    figure = Picture(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    figure.full_colour = True
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes
