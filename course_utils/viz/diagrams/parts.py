"""The words of a drawing: what each part looks like, and how parts are put together.

A drawing is a tree of the classes below. Every part has `out`, the shape of the tensor that leaves
it (or None), which is written on the arrow that carries it.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Look:
    """How one kind of part is drawn, in every lesson: its label, tint, edge and shape."""

    label: str
    tint: str
    edge: str
    shape: str = (
        "round"  # "round", "square" (a plain matrix), "pill" (no weights to mix) or "circle"
    )


_BLUE, _ORANGE, _GREEN = ("#D6E9F5", "#0072B2"), ("#FCE8C3", "#B87700"), ("#CDEBE1", "#007A59")
_PINK, _SKY, _RED = ("#F6E1EC", "#A8457E"), ("#E3F3FC", "#2A86BD"), ("#FADCCB", "#B84E00")
_GREY = ("#EFEFEF", "#555555")
LOOKS = {
    "linear": Look("linear", *_SKY, "square"),
    "embedding": Look("embedding", *_BLUE, "square"),
    "patchify": Look("patchify", *_BLUE, "square"),
    "unpatchify": Look("unpatchify", *_BLUE, "square"),
    "positions": Look("positions", *_BLUE),
    "attention": Look("attention", *_ORANGE),
    "multi-head attention": Look("multi-head attention", *_ORANGE),
    "masked attention": Look("masked attention", *_ORANGE),
    "cross-attention": Look("cross-attention", *_ORANGE),
    "feed-forward": Look("feed-forward", *_GREEN),
    "activation": Look("activation", *_GREEN, "pill"),
    "norm": Look("layer norm", *_PINK, "pill"),
    "softmax": Look("softmax", *_RED, "pill"),
    "scale": Look("scale", *_GREY, "pill"),
    "mask": Look("mask", *_GREY, "pill"),
    "product": Look("product", *_GREY),
    "split heads": Look("split heads", *_GREY),
    "concat": Look("concat", *_GREY),
    "add": Look("+", "#FFFFFF", "#222222", "circle"),
    "times": Look("×", "#FFFFFF", "#222222", "circle"),
    "move": Look("move", *_RED),
    "paint": Look("paint", *_RED),
    "state": Look("state", *_ORANGE),
    "encoder layer": Look("encoder layer", *_GREY),
    "decoder layer": Look("decoder layer", *_GREY),
    "module": Look("", *_GREY),
}


@dataclass(frozen=True)
class Box:
    """One part. kind: a key of `LOOKS`; name: what tells it from others of its kind ("W_Q").

    note: a second line; gives: the name of the tensor that leaves; out: its shape; mask: a kind of
    `MASKS`, drawn beside the box; beside: parts that feed it from the left ("left") or from the
    right. Raises ValueError for an unknown kind or mask.
    """

    kind: str
    name: str = ""
    note: str = ""
    out: tuple | None = None
    gives: str = ""
    mask: str | None = None
    beside: object = None
    side: str = "right"
    times: int = 1  # how many of it stand behind one another, as heads do

    def __post_init__(self):
        from course_utils.viz.diagrams.masks import MASKS

        _known("kind", self.kind, LOOKS)
        _known("side", self.side, ("left", "right"))
        if self.mask is not None:
            _known("mask", self.mask, MASKS)

    @property
    def label(self):
        """The text on the box: the label of its kind, then its name."""
        return " ".join(filter(None, (LOOKS[self.kind].label, self.name)))


@dataclass(frozen=True)
class Tensor:
    """A tensor that comes in or goes out: its name, its shape; video: drawn as frames."""

    name: str
    out: tuple | None = None
    video: bool = False
    gives: str = ""


@dataclass(frozen=True)
class Flow:
    """Parts one after the other."""

    parts: tuple
    out: tuple | None = field(init=False)
    gives: str = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "out", self.parts[-1].out)
        object.__setattr__(self, "gives", self.parts[-1].gives)


@dataclass(frozen=True)
class Residual:
    """What goes in passes by `inner` and is added to what comes out of it."""

    inner: Flow
    side: str = "left"  # where the by-pass runs
    gives: str = ""
    turned: tuple | None = None  # the shape of the sum once its axes are swapped

    @property
    def out(self):
        """The shape of the sum, which is that of what goes in, unless its axes are swapped."""
        return self.turned or self.inner.out


@dataclass(frozen=True)
class Repeat:
    """A frame around what stands `times` times on top of itself, with other weights each time."""

    times: int
    inner: Flow
    name: str = ""
    gives: str = ""

    @property
    def out(self):
        """The shape of what the last one gives."""
        return self.inner.out


@dataclass(frozen=True)
class Fork:
    """Flows side by side that meet in `into`; split: they begin with the same tensor."""

    branches: tuple
    into: Box
    split: bool = False

    @property
    def out(self):
        """The shape of what the last part gives."""
        return self.into.out

    @property
    def gives(self):
        """The name of what the last part gives."""
        return self.into.gives


@dataclass(frozen=True)
class Columns:
    """Flows beside each other, on a phone below each other. memory: the tensor of the first flow
    that every cross-attention of the second one reads; without it the second flow goes on where the
    first one ends.
    """

    flows: tuple
    memory: Tensor | None = None
    gives: str = ""

    @property
    def out(self):
        """The shape of what the last flow gives."""
        return self.flows[-1].out


PARTS = (Box, Tensor, Flow, Residual, Repeat, Fork, Columns)


def box(kind, name="", **details):
    """A part: `box("linear", "W_Q", out=(2, 36, 64))`; see `Box` for the details."""
    return Box(kind, name, **details)


def tensor(name, shape=None, video=False):
    """A tensor that comes in or goes out: `tensor("tokens", (2, 36, 64))`."""
    return Tensor(name, _shape(shape), video)


def flow(*parts):
    """Parts one after the other. A string is a tensor without a shape."""
    if not parts:
        raise ValueError("flow: got no parts, want one or more")
    return Flow(tuple(_part(part) for part in parts))


def residual(*parts, side="left"):
    """Parts with a by-pass around them that ends in a plus."""
    _known("side", side, ("left", "right"))
    return Residual(flow(*parts), side)


def repeat(times, *parts, name=""):
    """Parts in a frame that says how often they stand on top of each other."""
    if times < 1:
        raise ValueError(f"times: got {times}, want 1 or more")
    return Repeat(times, flow(*parts), name)


def side_by_side(*flows, into, split=False):
    """Flows next to each other that meet in the box `into`; split: they begin with one tensor."""
    if len(flows) < 2:
        raise ValueError(f"flows: got {len(flows)}, want two or more")
    return Fork(tuple(one if isinstance(one, Flow) else flow(one) for one in flows), into, split)


def columns(*flows, memory=None):
    """Two flows beside each other, or three: the third comes back below the first. Each goes on
    where the one before it ends; or, with memory (a `tensor`), the cross-attention of the second of
    two reads what the first gives.
    """
    if not 2 <= len(flows) <= (3 if memory is None else 2):
        raise ValueError(f"flows: got {len(flows)}, want two or three, and two with a memory")
    return Columns(tuple(one if isinstance(one, Flow) else flow(one) for one in flows), memory)


def _part(part):
    if isinstance(part, str):
        return Tensor(part)
    if not isinstance(part, PARTS):
        raise ValueError(f"parts: got {type(part).__name__}, want parts of a drawing")
    return part


def _shape(shape):
    return None if shape is None else tuple(int(size) for size in shape)


def _known(what, value, allowed):
    if value not in allowed:
        raise ValueError(f"{what}: got {value!r}, want one of {', '.join(allowed)}")
