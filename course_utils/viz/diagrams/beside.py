"""Flows in columns: there and back, or a reader beside a writer with the memory between them."""

from course_utils.viz.diagrams.boxes import label_of
from course_utils.viz.diagrams.canvas import Block, text_width
from course_utils.viz.diagrams.layout import CLOSE, LONG, SHORT, enters, lay, news
from course_utils.viz.diagrams.parts import Columns, Flow

TURN, GUTTER = 8, 18  # from a column to the line that leaves it: below or above, and beside


@lay.register
def _(part: Columns, wide, shown):
    if part.memory is not None:
        return _with_memory(part, wide, shown)
    if not wide:
        return lay(Flow(sum((flow.parts for flow in part.flows), ())), wide, shown)
    return _there_and_back(part, shown)


def _there_and_back(part, shown):
    """The first flow on the left, the second on the right, the third on the left again, below."""
    blocks, labels = [], []
    for flow in part.flows:
        block, shown = lay(flow, True, shown)
        blocks.append(block)
        labels.append(label_of(flow) if news(flow, shown) else "")
        shown = flow if labels[-1] else shown
    first, second, *third = blocks
    there, back = [TURN + (LONG if label else SHORT + CLOSE) for label in labels[:2]]
    axis = max(block.axis for block in blocks[::2])
    gutter = axis + max(block.width - block.axis for block in blocks[::2]) + GUTTER
    right = gutter + GUTTER
    below = there + first.height + 2 * TURN + back  # where the third flow begins
    ends = [there + second.height + TURN] + [below + block.height for block in third]
    width = right + max(second.width, second.axis + 12 + text_width(labels[0]))
    page = Block(width, max(ends), axis if third else right + second.axis)

    def way(out, start, into, end, flow, room, label):
        """From a column's lower end to the gutter, along it, and into the other one from above."""
        (x0, y0), (x1, y1) = start, end
        over = y1 - room + TURN
        turns = (x0, y0 + TURN), (gutter, y0 + TURN), (gutter, over), (x1, over)
        begin, finish = (x0, y0 - out.inset[1]), (x1, y1 + into.inset[0])
        page.line(begin, *turns, finish, arrow=enters(flow))
        page.text(x1 + 12, (over + y1) / 2, label, "start")

    page.put(first, axis - first.axis, there)
    page.put(second, right, there)
    far = right + second.axis
    way(first, (axis, there + first.height), second, (far, there), part.flows[1], there, labels[0])
    for block in third:
        page.put(block, axis - block.axis, below)
        start = far, there + second.height
        way(second, start, block, (axis, below), part.flows[2], back, labels[1])
    return page, shown


def _with_memory(part, wide, shown):
    """A reader and a writer: what the reader gives enters the writer's cross-attention."""
    reader, shown = lay(part.flows[0], wide, shown)
    writer, shown = lay(part.flows[1], wide, None)
    if not writer.ports:
        raise ValueError("memory: want a cross-attention in the second flow, which reads it")
    label = label_of(part.memory)
    label = f"{part.memory.name} {label}".strip()
    right = max(reader.width - reader.axis, 12 + text_width(label))
    turn = reader.height + LONG
    if wide:
        gutter = reader.axis + right + 24
        place = gutter + 24, 0
        page = Block(place[0] + writer.width, max(turn + 4, writer.height), place[0] + writer.axis)
        offset = 0
    else:
        axis = max(reader.axis, writer.axis + 44)
        gutter, offset = axis - writer.axis - 42, axis - reader.axis
        gutter = max(1, gutter)
        place = axis - writer.axis, turn + 24
        width = axis + max(right, writer.width - writer.axis)
        page = Block(width, place[1] + writer.height, axis)
    page.put(reader, offset, 0)
    page.put(writer, *place)
    page.ports = []
    start = offset + reader.axis
    page.text(start + 12, reader.height + LONG / 2 - 2, label, "start")
    for left, _, y in writer.ports:
        at = left + place[0], y + place[1]
        page.line(
            (start, reader.height), (start, turn), (gutter, turn), (gutter, at[1]), at, arrow=True
        )
    return page, shown
