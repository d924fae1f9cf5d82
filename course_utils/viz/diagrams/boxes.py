"""Single parts as blocks: boxes, circles, tensors, the little grid of a mask."""

from course_utils.viz.diagrams.canvas import INK, LINE, Block, text_width
from course_utils.viz.diagrams.masks import CELLS, grid
from course_utils.viz.diagrams.parts import LOOKS, Box

ROW, LINE_HEIGHT = 32, 24  # height of a box with one line of text; what a second line adds
ROUND = 26  # a plus or a times
NARROWEST = 140
CELL = 5
RADIUS = {"round": 10, "square": 3}
SEEN, UNSEEN, RULE, FRAME_TINT = "#0072B2", "#FFFFFF", "#A9B4BC", "#D6E9F5"


def shape_text(shape):
    """A shape as it is written on an arrow."""
    return "" if shape is None else "×".join(map(str, shape)) or "one number"


def label_of(part):
    """What is written on the arrow that leaves a part."""
    return " ".join(filter(None, (part.gives, shape_text(part.out))))


def lay_box(part, least=0):
    """A box with what stands beside it; least: pixels that it has to be wide."""
    body = _circle(part) if LOOKS[part.kind].shape == "circle" else _body(part, least)
    beside = part.beside
    if beside is None:
        return body
    other = _feeder(beside)
    gap = 34
    height = max(body.height, other.height)
    down, across = (height - body.height) / 2, (height - other.height) / 2
    left = other.width + gap if part.side == "left" else 0
    block = Block(body.width + gap + other.width, height, body.axis + left)
    block.put(body, left, down)
    middle = height / 2
    if part.side == "left":
        block.put(other, 0, across)
        block.line((other.width + 2, middle), (left + body.core[0], middle), arrow=True)
    else:
        block.put(other, body.width + gap, across)
        block.line((body.width + gap - 2, middle), (body.core[1], middle), arrow=True)
    block.inset = down, down  # arrows go on to the box itself
    return block


def lay_tensor(part, stacked=False):
    """A tensor's name, for a video with a few frames before it; stacked: its shape below."""
    lines = [part.name] + ([label_of(part)] if stacked and part.out is not None else [])
    words = max(text_width(line, i == 0) for i, line in enumerate(lines))
    frames = 60 if part.video else 0
    block = Block(words + frames, max(28, 26 * len(lines), 40 if part.video else 0), 0)
    block.axis = block.width / 2
    if part.video:
        y = (block.height - 38) / 2
        for step in (0, 1, 2):
            x = 7 * step + 1
            block.rect(x, y + 6 * step, 32, 24, FRAME_TINT, SEEN, 2)
    for i, line in enumerate(lines):
        y = block.height / 2 + 26 * (i - (len(lines) - 1) / 2)
        block.text(frames + words / 2, y, line, bold=i == 0)
    return block


def _feeder(part):
    if isinstance(part, Box):
        return lay_box(part)
    return lay_tensor(part, stacked=True)


def _circle(part):
    r = ROUND / 2
    block = Block(ROUND, ROUND, r)
    block.circle(r, r, r - 1, LOOKS[part.kind].tint, LOOKS[part.kind].edge)
    if part.kind == "add":
        block.line((r - 6, r), (r + 6, r))
        block.line((r, r - 6), (r, r + 6))
    else:
        block.line((r - 5, r - 5), (r + 5, r + 5))
        block.line((r - 5, r + 5), (r + 5, r - 5))
    block.core = 0, ROUND
    return block


def _body(part, least):
    look = LOOKS[part.kind]
    height = ROW + (LINE_HEIGHT if part.note else 0)
    words = max(text_width(part.label, True), text_width(part.note))
    width = max(NARROWEST, words + 36, least)
    behind = 8 if part.times > 1 else 0  # the others of its kind peep out
    chip = 0 if part.mask is None else 8 + CELL * CELLS + 8 + text_width(part.mask) + 12
    block = Block(width + max(chip, 2 * behind), height + 2 * behind, width / 2)
    radius = RADIUS.get(look.shape, height / 2)
    top = 2 * behind
    for step in (2, 1) if behind else ():
        block.rect(behind * step, top - behind * step, width, height, look.tint, look.edge, radius)
    if chip:
        block.rect(0, top, width + chip, height, "#FFFFFF", look.edge, radius)
    block.rect(0, top, width, height, look.tint, look.edge, radius)
    middle = top + height / 2
    if part.note:
        block.text(width / 2, middle - LINE_HEIGHT / 2, part.label, bold=True)
        block.text(width / 2, middle + LINE_HEIGHT / 2, part.note)
    else:
        block.text(width / 2, middle, part.label, bold=True)
    if chip:
        _grid(block, part.mask, width + 8, middle - CELL * CELLS / 2)
        block.text(width + 16 + CELL * CELLS, middle, part.mask, "start", colour=INK)
    block.core = 0, width + max(chip, behind)
    if part.kind == "cross-attention":
        block.ports.append((0, width, middle))
    return block


def _grid(block, kind, x, y):
    """The mask as a grid: blue = may attend. Cells of a row that are alike are one rectangle."""
    side = CELL * CELLS
    block.rect(x, y, side, side, UNSEEN, LINE, thick=1)
    for i, row in enumerate(grid(kind)):
        edges = [j for j in range(CELLS + 1) if j in (0, CELLS) or row[j] != row[j - 1]]
        for start, end in zip(edges, edges[1:]):
            if row[start]:
                left, wide = x + CELL * start, CELL * (end - start)
                block.rect(left, y + CELL * i, wide, CELL, SEEN, SEEN, thick=0)
    for k in range(1, CELLS):
        block.rect(x + CELL * k - 0.4, y, 0.8, side, RULE, RULE, thick=0)
        block.rect(x, y + CELL * k - 0.4, side, 0.8, RULE, RULE, thick=0)
