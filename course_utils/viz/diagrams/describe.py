"""A drawing in words: one line per part for a comparison, one sentence for who does not see it."""

from functools import singledispatch

from course_utils.viz.diagrams.parts import (
    LOOKS,
    Box,
    Columns,
    Flow,
    Fork,
    Repeat,
    Residual,
    Tensor,
)


def listing(part, title=""):
    """The parts with what leaves them, indented by what they stand in."""
    return "\n".join(([title] if title else []) + _lines(part))


def sentence(part, title=""):
    """The parts in the order of the drawing, as one sentence."""
    return f"{title or 'Block drawing'}: {_said(part)}."


def _name(part):
    if LOOKS[part.kind].shape == "circle":
        return {"add": "plus", "times": "times"}[part.kind]
    return part.label


def _size(part):
    return "" if part.out is None else " x ".join(map(str, part.out)) or "one number"


def _line(part):
    words = f"{part.times} x {_name(part)}" if part.times > 1 else _name(part)
    words += f" ({part.note})" if part.note else ""
    words += f" [{part.mask}]" if part.mask else ""
    return f"{words} -> {_size(part)}" if part.out is not None else words


def _indent(lines):
    return [f"  {line}" for line in lines]


@singledispatch
def _lines(part):
    raise ValueError(f"part: got {type(part).__name__}, want a part of a drawing")


@_lines.register
def _(part: Box):
    beside = [] if part.beside is None else [f"  from {part.side}: {_lines(part.beside)[0]}"]
    return [_line(part), *beside]


@_lines.register
def _(part: Tensor):
    return [": ".join(filter(None, (part.name, _size(part))))]


@_lines.register
def _(part: Flow):
    return [line for one in part.parts for line in _lines(one)]


@_lines.register
def _(part: Residual):
    end = [] if part.turned is None else [f"{part.gives} -> {_size(part)}"]
    return ["residual around", *_indent(_lines(part.inner)), *end]


@_lines.register
def _(part: Repeat):
    return [f"{part.times} x {part.name or 'the same'}", *_indent(_lines(part.inner))]


@_lines.register
def _(part: Fork):
    lines = ["side by side"]
    for branch in part.branches:
        first, *rest = _lines(branch)
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    return [*lines, f"into {_lines(part.into)[0]}", *_lines(part.into)[1:]]


@_lines.register
def _(part: Columns):
    if part.memory is None:
        return [line for one in part.flows for line in _lines(one)]
    memory = f"to every cross-attention: {_lines(part.memory)[0]}"
    return [*_lines(part.flows[0]), memory, *_lines(part.flows[1])]


@singledispatch
def _said(part):
    raise ValueError(f"part: got {type(part).__name__}, want a part of a drawing")


@_said.register
def _(part: Box):
    words = _name(part) + (f" with the mask {part.mask}" if part.mask else "")
    return words + ("" if part.beside is None else f" fed by {_said(part.beside)}")


@_said.register
def _(part: Tensor):
    return " ".join(filter(None, (part.name, part.out and "of " + _size(part))))


@_said.register
def _(part: Flow):
    return ", then ".join(_said(one) for one in part.parts)


@_said.register
def _(part: Residual):
    return f"a residual around ({_said(part.inner)})"


@_said.register
def _(part: Repeat):
    return f"{part.times} times ({_said(part.inner)})"


@_said.register
def _(part: Fork):
    return " beside ".join(f"({_said(one)})" for one in part.branches) + f" into {_said(part.into)}"


@_said.register
def _(part: Columns):
    if part.memory is None:
        return ", then ".join(_said(one) for one in part.flows)
    first, second = map(_said, part.flows)
    return f"{first}, which gives the {_said(part.memory)}; beside it {second}"
