"""What a layout draws on: rectangles, lines, circles and texts, as SVG and as PNG.

Widths of texts are those of DejaVu Sans, which comes with matplotlib: it is the widest of the usual
sans-serif fonts, so that what fits in it fits in all of them, and a drawing is the same everywhere.
"""

import html
import io
import math
import re
from functools import lru_cache
from pathlib import Path

SIZE = 20  # of every text, in pixels at full size
LOW = 15  # of a subscript, which stands DROP pixels lower
DROP = 5
BEND = 7  # how round the corner of a line is
INK, LINE = "#1A1A1A", "#333333"
FONT = "'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


@lru_cache
def _font(size, bold):
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", name)
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def runs(text):
    """A text in pieces (piece, is it a subscript): "W_Q" is W with a small, low Q; "z_{t-1}"."""
    pieces = re.split(r"_(\w+|\{[^}]*\})", text)
    return [(piece.strip("{}"), i % 2 == 1) for i, piece in enumerate(pieces) if piece]


@lru_cache(maxsize=1024)
def text_width(text, bold=False):
    """Pixels that a text takes at most."""
    font = _font(1000, bold)
    sizes = (font.getlength(piece) * (LOW if low else SIZE) for piece, low in runs(text))
    return math.ceil(sum(sizes) / 1000)


class Block:
    """Shapes with a size and an axis: the x at which an arrow comes in at the top and goes out."""

    def __init__(self, width, height, axis):
        self.width, self.height, self.axis = width, height, axis
        self.inset = 0, 0  # how far its first and last box stand from its upper and lower edge
        self.shapes = []
        self.ports = []  # (x left, x right, y) of each box that reads the memory

    def rect(self, x, y, w, h, fill, stroke, r=0, thick=2, dash=False):
        """Draw a rectangle with corners of radius r."""
        self.shapes.append(("rect", x, y, w, h, fill, stroke, r, thick, dash))

    def circle(self, x, y, r, fill, stroke):
        """Draw a circle around (x, y)."""
        self.shapes.append(("circle", x, y, r, fill, stroke))

    def line(self, *points, arrow=False):
        """Draw a line through points; with arrow it ends in a tip."""
        self.shapes.append(("line", points, arrow))

    def text(self, x, y, text, anchor="middle", bold=False, colour=INK):
        """Write a text, if there is one, with its middle at height y."""
        if text:
            self.shapes.append(("text", x, y, text, anchor, bold, colour))

    def put(self, other, x, y):
        """Draw another block at (x, y)."""
        for kind, *rest in other.shapes:
            if kind == "line":
                points, arrow = rest
                rest = [tuple((px + x, py + y) for px, py in points), arrow]
            else:
                rest = [rest[0] + x, rest[1] + y, *rest[2:]]
            self.shapes.append((kind, *rest))
        self.ports += [(left + x, right + x, py + y) for left, right, py in other.ports]


def _number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _tip(points):
    """The three corners of an arrow's head and where the line stops before it."""
    (x0, y0), (x1, y1) = points[-2:]
    length = math.hypot(x1 - x0, y1 - y0) or 1
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    foot = x1 - 10 * dx, y1 - 10 * dy
    wings = [(foot[0] - 6 * s * dy, foot[1] + 6 * s * dx) for s in (1, -1)]
    return [(x1, y1), *wings], foot


def _bends(points):
    """Each point of a line as (start, corner, end, is it bent): corners are a little round."""
    out = [(points[0], points[0], points[0], False)]
    for before, corner, after in zip(points, points[1:], points[2:]):
        ends = []
        for other in (before, after):
            away = math.dist(corner, other)
            share = min(BEND, away / 2) / away if away else 0
            ends.append(tuple(c + share * (o - c) for c, o in zip(corner, other)))
        out.append((ends[0], corner, ends[1], True))
    return [*out, (points[-1], points[-1], points[-1], False)]


def to_svg(block, alt):
    """One self-contained SVG: no script, no style sheet, no font and nothing from elsewhere."""
    n = _number
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{n(block.width)}" '
        f'height="{n(block.height)}" viewBox="0 0 {n(block.width)} {n(block.height)}" role="img" '
        f'aria-label="{html.escape(alt)}" font-family="{FONT}" font-size="{SIZE}">',
        f"<title>{html.escape(alt)}</title>",
        f'<rect width="{n(block.width)}" height="{n(block.height)}" rx="8" fill="#FFFFFF"/>',
    ]
    for kind, *rest in block.shapes:
        if kind == "rect":
            x, y, w, h, fill, stroke, r, thick, dash = rest
            out.append(
                f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}" rx="{n(r)}" '
                f'fill="{fill}" stroke="{stroke}" stroke-width="{n(thick)}"'
                + (' stroke-dasharray="7 5"/>' if dash else "/>")
            )
        elif kind == "circle":
            x, y, r, fill, stroke = rest
            out.append(
                f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(r)}" fill="{fill}" stroke="{stroke}" '
                'stroke-width="2"/>'
            )
        elif kind == "line":
            points, arrow = rest
            tip, foot = _tip(points) if arrow else ([], points[-1])
            path = " ".join(
                "ML"[i > 0] + f"{n(a)} {n(b)}" + (f"Q{n(x)} {n(y)} {n(c)} {n(d)}" if bent else "")
                for i, ((a, b), (x, y), (c, d), bent) in enumerate(_bends([*points[:-1], foot]))
            )
            out.append(f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="2"/>')
            if tip:
                corners = " ".join(f"{n(x)},{n(y)}" for x, y in tip)
                out.append(f'<polygon points="{corners}" fill="{LINE}"/>')
        else:
            x, y, text, anchor, bold, colour = rest
            weight = ' font-weight="600"' if bold else ""
            out.append(
                f'<text x="{n(x)}" y="{n(y + 0.35 * SIZE)}" text-anchor="{anchor}" '
                f'fill="{colour}"{weight}>{_tspans(text)}</text>'
            )
    return "\n".join([*out, "</svg>"])


def _tspans(text):
    """A text with its subscripts, and back to the line behind each."""
    out, raised = [], False
    for piece, low in runs(text):
        words = html.escape(piece)
        if low:
            words = f'<tspan font-size="{LOW}" dy="{DROP}">{words}</tspan>'
        elif raised:
            words = f'<tspan dy="{-DROP}">{words}</tspan>'
        raised = low
        out.append(words)
    return "".join(out)


def to_png(block, zoom=1.5):
    """The same picture as the bytes of a PNG, `zoom` pixels for each of the drawing's."""
    from PIL import Image, ImageDraw

    fine = 2 * zoom  # drawn twice as large, then made smaller: smooth edges
    image = Image.new("RGB", (round(block.width * fine), round(block.height * fine)), "#FFFFFF")
    draw = ImageDraw.Draw(image)

    def at(*values):
        return [value * fine for value in values]

    for kind, *rest in block.shapes:
        if kind == "rect":
            x, y, w, h, fill, stroke, r, thick, dash = rest
            half = thick / 2  # as in SVG, half of an edge lies outside
            edge = at(x - half, y - half, x + w + half, y + h + half)
            width = round(thick * fine)
            if dash:
                _dashes(draw, x, y, w, h, stroke, fine)
                continue
            draw.rounded_rectangle(
                edge,
                r * fine,
                fill=None if fill == "none" else fill,
                outline=stroke if width else None,
                width=width,
            )
        elif kind == "circle":
            x, y, r, fill, stroke = rest
            edge = at(x - r - 1, y - r - 1, x + r + 1, y + r + 1)
            draw.ellipse(edge, fill=fill, outline=stroke, width=round(2 * fine))
        elif kind == "line":
            points, arrow = rest
            tip, foot = _tip(points) if arrow else ([], points[-1])
            path = [
                tuple(at(*((1 - t) ** 2 * p + 2 * t * (1 - t) * q + t * t * r
                           for p, q, r in zip(start, corner, end))))
                for start, corner, end, bent in _bends([*points[:-1], foot])
                for t in ((0, 0.25, 0.5, 0.75, 1) if bent else (0,))
            ]  # fmt: skip
            draw.line(path, fill=LINE, width=round(2 * fine), joint="curve")
            if tip:
                draw.polygon([tuple(at(*point)) for point in tip], fill=LINE)
        else:
            x, y, text, anchor, bold, colour = rest
            x -= {"middle": 0.5, "start": 0, "end": 1}[anchor] * text_width(text, bold)
            for piece, low in runs(text):
                font = _font(round((LOW if low else SIZE) * fine), bold)
                base = y + 0.35 * SIZE + (DROP if low else 0)
                draw.text(at(x, base), piece, colour, font, "ls")
                x += font.getlength(piece) / fine
    image = image.resize((round(block.width * zoom), round(block.height * zoom)), Image.LANCZOS)
    page = io.BytesIO()
    few = image.quantize(128, dither=Image.Dither.NONE)
    few.save(page, "PNG", optimize=True)
    return page.getvalue()


def _dashes(draw, x, y, w, h, stroke, fine):
    """A dashed frame."""
    for x0, y0, dx, dy, length in (
        (x, y, 1, 0, w),
        (x, y + h, 1, 0, w),
        (x, y, 0, 1, h),
        (x + w, y, 0, 1, h),
    ):
        for start in range(0, round(length), 12):
            end = min(start + 7, length)
            ends = (x0 + dx * start, y0 + dy * start, x0 + dx * end, y0 + dy * end)
            draw.line([value * fine for value in ends], fill=stroke, width=round(2 * fine))
