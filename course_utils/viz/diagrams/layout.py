"""From parts to places: flows run from top to bottom, arrows end at boxes, texts keep their room.

`wide` sets columns beside each other, for a screen; without it they stand below each other, for a
phone. `shown` is the part whose label stood on the last arrow: one that says the same is left out.
"""

from functools import singledispatch

from course_utils.viz.diagrams.boxes import label_of, lay_box, lay_tensor
from course_utils.viz.diagrams.canvas import SIZE, Block, text_width
from course_utils.viz.diagrams.parts import (
    LOOKS,
    Box,
    Flow,
    Fork,
    Repeat,
    Residual,
    Tensor,
)

SHORT, LONG = 16, 34  # an arrow without and with a text beside it
CLOSE = 8  # a line without a tip, into what goes on with it
RISE = 22  # from where the by-pass leaves to the first box
BYPASS = 24  # from a box to the line that passes by it
BETWEEN = 14  # flows side by side
MARGIN = 8


def draw(part, wide, title=""):
    """The whole picture: a block with a margin and its title."""
    from course_utils.viz.diagrams import beside  # noqa: F401  (it teaches `lay` columns)

    inner = lay(part, wide, None)[0]
    head = SIZE + 22 if title else 0
    width = max(inner.width, text_width(title, True)) + 2 * MARGIN
    page = Block(width, inner.height + 2 * MARGIN + head, 0)
    page.put(inner, (width - inner.width) / 2, MARGIN + head)
    if title:
        page.text(width / 2, MARGIN + SIZE / 2 + 2, title, bold=True)
    return page


@singledispatch
def lay(part, wide, shown):
    """Return (block, shown): the part with everything in it, and the part that was named last."""
    raise ValueError(f"part: got {type(part).__name__}, want a part of a drawing")


@lay.register
def _(part: Box, wide, shown):
    return lay_box(part), shown


@lay.register
def _(part: Tensor, wide, shown):
    return lay_tensor(part), shown


def enters(part):
    """Whether an arrow into this part has a tip, or goes on as a line inside it."""
    if isinstance(part, Flow):
        return enters(part.parts[0])
    return isinstance(part, (Box, Tensor)) or (isinstance(part, Fork) and not part.split)


@lay.register
def _(part: Flow, wide, shown):
    blocks, labels = [], []
    for i, one in enumerate(part.parts):
        block, shown = lay(one, wide, shown)
        blocks.append(block)
        if i + 1 < len(part.parts):
            label = label_of(one)
            ends = isinstance(one, Tensor) or isinstance(part.parts[i + 1], Tensor)
            labels.append(label if ends or news(one, shown) else "")
            shown = one if labels[-1] else shown
    axis = max(block.axis for block in blocks)
    right = max(block.width - block.axis for block in blocks)
    right = max([right] + [12 + text_width(label) for label in labels if label])
    gaps = [_gap(label, after) for label, after in zip(labels, part.parts[1:])]
    page = Block(axis + right, sum(b.height for b in blocks) + sum(gaps), axis)
    y = 0
    for i, block in enumerate(blocks):
        page.put(block, axis - block.axis, y)
        y += block.height
        if i < len(labels):
            start, end = y - block.inset[1], y + gaps[i] + blocks[i + 1].inset[0]
            page.line((axis, start), (axis, end), arrow=enters(part.parts[i + 1]))
            if labels[i]:
                free = gaps[i] + (RISE if gaps[i] < LONG else 0)
                page.text(axis + 12, y + free / 2 - 2, labels[i], "start")
            y += gaps[i]
    page.inset = blocks[0].inset[0], blocks[-1].inset[1]
    return page, shown


def news(part, shown):
    """Whether what leaves a part is something else than what the last label said (a part)."""
    if label_of(part) == "":
        return False
    if part.gives and (shown is None or part.gives != shown.gives):
        return True
    return shown is None or part.out != shown.out


def _gap(label, after):
    """The length of an arrow. A by-pass on the left leaves room for a text beside its own line."""
    if not label:
        return SHORT if enters(after) else CLOSE
    beside = isinstance(after, Residual) and after.side == "left"
    return LONG - RISE if beside else LONG


@lay.register
def _(part: Residual, wide, shown):
    inner, shown = lay(part.inner, wide, shown)
    plus = lay_box(Box("add"))
    left = part.side == "left"
    shift = BYPASS + 2 if left else 0
    top = RISE
    page = Block(inner.width + BYPASS + 2, top + inner.height + SHORT + plus.height, 0)
    page.axis = axis = inner.axis + shift
    page.put(inner, shift, top)
    page.put(plus, axis - plus.axis, top + inner.height + SHORT)
    middle = page.height - plus.height / 2
    x = 1 if left else page.width - 1
    edge = axis - plus.axis if left else axis + plus.axis
    page.line((axis, 0), (axis, top + inner.inset[0]), arrow=enters(part.inner))
    bottom = top + inner.height - inner.inset[1]
    page.line((axis, bottom), (axis, page.height - plus.height), arrow=True)
    page.line((axis, 6), (x, 6), (x, middle), (edge, middle), arrow=True)
    return page, shown


@lay.register
def _(part: Repeat, wide, shown):
    inner, shown = lay(part.inner, wide, shown)
    pad, top, below = 12, 28, 10
    caption = f"{part.name} × {part.times}".strip()
    right = max(inner.width - inner.axis + pad, text_width(caption, True) + 26)
    page = Block(inner.axis + pad + right, inner.height + top + below, inner.axis + pad)
    page.rect(1, 1, page.width - 2, page.height - 2, "none", "#777777", 12, dash=True)
    page.text(page.width - 12, 19, caption, "end", bold=True)
    page.put(inner, pad, top)
    page.line((page.axis, 0), (page.axis, top + inner.inset[0]), arrow=enters(part.inner))
    page.line((page.axis, top + inner.height - inner.inset[1]), (page.axis, page.height))
    return page, shown


@lay.register
def _(part: Fork, wide, shown):
    laid = [lay(flow, wide, shown) for flow in part.branches]
    blocks = [block for block, _ in laid]
    circle = LOOKS[part.into.kind].shape == "circle"
    labels = [
        label_of(flow) if news(flow, before) and not (circle and flow.out == part.out) else ""
        for flow, (_, before) in zip(part.branches, laid)
    ]
    top = SHORT + 8 if part.split else 0
    tallest = max(block.height for block in blocks)
    axes = [blocks[0].axis]
    for before, label, block in zip(blocks, labels, blocks[1:]):
        apart = before.width - before.axis + BETWEEN + block.axis
        # below the boxes a text has to stay clear of the next arrow only
        axes.append(axes[-1] + max(apart, 12 + text_width(label) + BETWEEN if label else 0))
    places = [at - block.axis for at, block in zip(axes, blocks)]
    right = axes[-1] + max(blocks[-1].width - blocks[-1].axis, 12 + text_width(labels[-1]))
    joined = top + tallest + (LONG if any(labels) else SHORT)
    into = lay_box(part.into, 0 if circle else axes[-1] - axes[0] + 60)
    axis = (axes[0] + axes[-1]) / 2
    left = max(0, into.axis - axis)
    width = max(right + left, axis + left + into.width - into.axis)
    page = Block(width, joined + into.height, axis + left)
    page.put(into, page.axis - into.axis, joined)
    if part.split:
        page.line((page.axis, 0), (page.axis, 10))
        page.line((axes[0] + left, 10), (axes[-1] + left, 10))
    for i, (block, place) in enumerate(zip(blocks, places)):
        at = axes[i] + left
        page.put(block, place + left, top)
        if part.split:
            page.line((at, 10), (at, top + block.inset[0]), arrow=enters(part.branches[i]))
        if labels[i]:
            page.text(at + 12, joined - LONG / 2 - 2, labels[i], "start")
        leaves = top + block.height - block.inset[1]
        if circle and at != page.axis:
            middle = joined + into.height / 2
            edge = page.axis + (into.width if at > page.axis else -into.width) / 2
            page.line((at, leaves), (at, middle), (edge, middle), arrow=True)
        else:
            page.line((at, leaves), (at, joined + into.inset[0]), arrow=True)
    told = [flow for flow, label in zip(part.branches, labels) if label]
    return page, told[-1] if told else laid[-1][1]
