"""viz.diagram: the shapes that flow, one look for each part, texts in their room."""

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache

import pytest
import torch
from PIL import Image
from torch import nn

from course_utils import viz
from course_utils.attention import (
    MultiHeadAttention,
    causal_mask,
    frame_causal_mask,
    padding_mask,
)
from course_utils.layers import FeedForward, LayerNorm, Residual
from course_utils.models import video_transformer
from course_utils.models.recurrent import VideoRNN
from course_utils.models.video_transformer import SpaceTimeLayer, VideoTransformer
from course_utils.positions import RotaryPositions
from course_utils.transformer import Decoder, DecoderLayer, Encoder, EncoderLayer, Transformer
from course_utils.viz import diagrams
from course_utils.viz.diagrams import parts
from course_utils.viz.diagrams.boxes import ROW, shape_text
from course_utils.viz.diagrams.canvas import INK, SIZE, text_width
from course_utils.viz.diagrams.layout import draw
from course_utils.viz.diagrams.masks import CELLS, MASKS, grid, mask_kind

X, MEMORY = torch.zeros(2, 36, 64), torch.zeros(2, 20, 64)
VIDEO = torch.zeros(2, 6, 3, 32, 32)
PADDING = padding_mask(torch.tensor([20, 12]), 20)
CAUSAL, FRAMES = causal_mask(36), frame_causal_mask(9, 4)


def one_head():
    return "one head", (torch.zeros(4, 8), torch.zeros(6, 8), torch.zeros(6, 5), CAUSAL[-4:, :6])


# name -> what viz.diagram is called with; the first five stand in lessons 02, 06, 07 and 09
DRAWINGS = {
    "one head": one_head,
    "decoder layer": lambda: (DecoderLayer(64, 4, 256), (X, MEMORY, CAUSAL, PADDING)),
    "transformer": lambda: (Transformer(64, 4, 128, 2, 2), (MEMORY, X, PADDING, FRAMES, PADDING)),
    "video": lambda: (VideoTransformer(), VIDEO),
    "recurrent": lambda: (VideoRNN(), VIDEO),
    "heads": lambda: (MultiHeadAttention(64, 4), (X, X, X, CAUSAL)),
    "cross heads": lambda: (MultiHeadAttention(64, 4), (X, MEMORY, MEMORY, PADDING)),
    "rotary": lambda: (MultiHeadAttention(64, 4, rotary=RotaryPositions(16)), (X, X, X)),
    "feed-forward": lambda: (FeedForward(64, 256), X),
    "gated": lambda: (FeedForward(64, 256, "swiglu"), X),
    "encoder layer": lambda: (EncoderLayer(64, 4, 256), X),
    "post": lambda: (EncoderLayer(64, 4, 256, norm="post"), (X, CAUSAL)),
    "encoder": lambda: (Encoder(64, 4, 256, 6), X),
    "decoder": lambda: (Decoder(64, 4, 256, 3, norm="post"), (X, MEMORY)),
    "space and time": lambda: (SpaceTimeLayer(64, 4, 256), (X[None], causal_mask(2))),
    "sequence": lambda: (nn.Sequential(nn.Linear(64, 8), nn.ReLU(), LayerNorm(8), Own()), X),
    "own": lambda: (Own(), X),
    "own of two": lambda: (OwnOfTwo(), (X, X)),
}
each = pytest.mark.parametrize("name", DRAWINGS)
in_lessons = pytest.mark.parametrize("name", list(DRAWINGS)[:5])


class Own(nn.Module):
    def forward(self, x):
        return x[..., :3]


class OwnOfTwo(nn.Module):
    def forward(self, left, right):
        return left + right


@cache
def drawn(name):
    return viz.diagram(*DRAWINGS[name]())


@cache
def page_of(name):
    """The HTML of a drawing."""
    return drawn(name)._repr_html_()


def boxes(part):
    """All boxes of a drawing, in its order."""
    if isinstance(part, parts.Box):
        beside = [part.beside] if isinstance(part.beside, parts.Box) else []
        return [part, *beside]
    inner = {
        parts.Flow: lambda: part.parts,
        parts.Residual: lambda: [part.inner],
        parts.Repeat: lambda: [part.inner],
        parts.Fork: lambda: [*part.branches, part.into],
        parts.Columns: lambda: part.flows,
        parts.Tensor: lambda: [],
    }[type(part)]()
    return [box for one in inner for box in boxes(one)]


def shapes_of(svg):
    return set(re.findall(r"\b\d+(?:×\d+)+\b", svg))


# ---- the shapes that flow


def flowing(model, example, monkeypatch):
    """All shapes that go into and out of modules and of the functions between them."""
    seen = set()

    def note(*values):
        for value in values:
            if isinstance(value, torch.Tensor):
                seen.add(shape_text(tuple(value.shape)))

    def watched(function):
        def call(*args, **kwargs):
            out = function(*args, **kwargs)
            note(*args, out)
            return out

        return call

    from course_utils import attention

    fused = "scaled_dot_product_attention"  # what a layer calls on its heads
    monkeypatch.setattr(attention.F, fused, watched(getattr(attention.F, fused)))
    monkeypatch.setattr(video_transformer, "move", watched(video_transformer.move))
    monkeypatch.setattr(video_transformer, "unpatchify", watched(video_transformer.unpatchify))
    for module in model.modules():
        module.register_forward_hook(
            lambda _, args, named, out: note(*args, *named.values(), out), with_kwargs=True
        )
    model(*(example if isinstance(example, tuple) else (example,)))
    return seen | {shape_text(tuple(p.shape)) for p in model.parameters()}


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name != "one head"])
def test_every_shape_on_an_arrow_flows(name, monkeypatch):
    model, example = DRAWINGS[name]()
    shown = shapes_of(viz.diagram(model, example).svg())
    kernel = {"16×16"} if name == "video" else set()  # of the embedding, in its box
    assert len(shown) >= (1 if name != "own" else 2)
    assert shown - kernel <= flowing(model, example, monkeypatch)


def test_the_shapes_of_one_head_are_those_of_its_formula():
    told = [box.out for box in boxes(drawn("one head").part)]
    assert told == [(4, 6), (4, 6), (4, 6), (4, 6), (4, 5)]
    batched = viz.diagram("one head", [torch.zeros(2, 3, 4, 8)] * 3)
    assert [box.kind for box in boxes(batched.part)] == ["product", "scale", "softmax", "product"]
    assert shapes_of(batched.svg()) == {"2×3×4×8", "2×3×4×4"}


@pytest.mark.parametrize("heads, d, n", [(2, 32, 7), (4, 64, 36)])
def test_shapes_follow_the_example(heads, d, n):
    x = torch.zeros(3, n, d)
    flow = viz.diagram(MultiHeadAttention(d, heads), (x, x, x)).part
    split = [box.out for box in boxes(flow) if box.kind == "split heads"]
    assert split == [(3, heads, n, d // heads)] * 3
    inner = [box.out for box in boxes(viz.diagram(FeedForward(d, 5 * d), x).part)]
    assert inner == [(3, n, 5 * d), (3, n, 5 * d), (3, n, d)]


def test_time_is_attended_with_axes_swapped():
    found = [box for box in boxes(drawn("video").part) if box.mask]
    assert [(box.kind, box.mask, box.out) for box in found] == [
        ("multi-head attention", "full", (2, 6, 16, 64)),
        ("masked attention", "causal", (2, 16, 6, 64)),
    ]
    assert [box.note for box in found] == ["within each frame", "along time, rotary"]


def test_the_number_of_layers_and_heads_is_the_models():
    assert "encoder layer × 2" in drawn("transformer").svg()
    assert "encoder layer × 6" in drawn("encoder").svg()
    assert "layer × 3" in viz.diagram(VideoTransformer(num_layers=3), VIDEO).svg()
    assert "4 heads" in drawn("heads").svg()


def test_the_order_of_the_norm_is_the_layers():
    def order(layer):
        return [box.kind for box in boxes(viz.diagram(layer, X).part)]

    pre, post = (order(EncoderLayer(64, 4, 8, norm=norm)) for norm in ("pre", "post"))
    assert pre == ["norm", "multi-head attention", "norm", "feed-forward"]
    assert post == ["multi-head attention", "norm", "feed-forward", "norm"]
    assert order(EncoderLayer(64, 4, 8, norm="none")) == ["multi-head attention", "feed-forward"]
    assert [type(part).__name__ for part in drawn("post").part.parts] == [
        "Tensor", "Residual", "Box", "Residual", "Box", "Tensor",
    ]  # fmt: skip


def test_a_residual_alone_shows_what_it_wraps():
    x = torch.zeros(2, 5, 8)
    wrapped = viz.diagram(Residual(8), (x, FeedForward(8, 16)))
    assert [box.kind for box in boxes(wrapped.part)] == ["norm", "feed-forward"]
    assert "S -> 2 x 5 x 8" in repr(viz.diagram(Residual(8), (x, lambda y: 2 * y)))


# ---- masks


def test_masks_are_named_by_what_they_let_through():
    lengths = torch.tensor([3, 6])
    for mask, kind in (
        (None, "full"),
        (torch.ones(4, 6, dtype=torch.bool), "full"),
        (causal_mask(6), "causal"),
        (causal_mask(4, past=2), "causal"),
        (frame_causal_mask(3, 2), "frame-causal"),
        (frame_causal_mask(2, 3, past=1), "frame-causal"),
        (padding_mask(lengths, 6), "padding"),
        (padding_mask(lengths, 6).expand(2, 4, 6), "padding"),
        (causal_mask(6) & padding_mask(lengths, 6), "causal + padding"),
        (frame_causal_mask(3, 2) & padding_mask(lengths, 6), "frame-causal + padding"),
        (~causal_mask(6), "own mask"),
        (torch.eye(6, dtype=torch.bool), "own mask"),
    ):
        assert mask_kind(mask) == kind


def test_each_mask_has_its_own_grid_and_it_is_of_its_kind():
    assert len({str(grid(kind)) for kind in MASKS}) == len(MASKS)
    for kind in MASKS:
        assert mask_kind(torch.tensor(grid(kind))) == kind and len(grid(kind)) == CELLS


def test_the_three_masks_stand_at_their_attentions():
    marked = [(box.kind, box.mask) for box in boxes(drawn("transformer").part) if box.mask]
    assert marked == [
        ("multi-head attention", "padding"),
        ("masked attention", "frame-causal"),
        ("cross-attention", "padding"),
    ]
    bare = viz.diagram(Transformer(64, 4, 128, 1, 1), (MEMORY, X))
    assert [box.mask for box in boxes(bare.part) if box.mask] == ["full"] * 3


# ---- one look for one part


def look(diagram, label):
    """(height, tint, edge, radius) of the boxes with this label."""
    shapes = draw(diagram.part, True).shapes
    found = set()
    for kind, *rest in shapes:
        if kind == "text" and rest[2] == label:
            around = [r for k, *r in shapes if k == "rect" and inside(rest, r)]
            found.add((around[-1][3], *around[-1][4:7]))
    return found


def inside(text, rect):
    x, y, w, h = rect[:4]
    left, top, right, bottom = extent(text)
    return x <= left and right <= x + w and y <= top and bottom <= y + h


def extent(text):
    x, y, words, anchor, bold, _ = text
    width = text_width(words, bold)
    left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
    return left, y - 0.4 * SIZE, left + width, y + 0.4 * SIZE


def test_the_same_part_looks_the_same_in_all_drawings():
    looks = {}
    for name in DRAWINGS:
        diagram = drawn(name)
        for box in boxes(diagram.part):
            if box.note == "" and parts.LOOKS[box.kind].shape != "circle":
                looks.setdefault(box.kind, set()).update(look(diagram, box.label))
    assert {"norm", "feed-forward", "cross-attention", "linear", "softmax"} <= looks.keys()
    for kind, found in looks.items():
        tint, edge = parts.LOOKS[kind].tint, parts.LOOKS[kind].edge
        assert {(ROW, tint, edge)} == {one[:3] for one in found} and len(found) == 1


def test_parts_differ_in_more_than_colour():
    named = [(look.label, look.shape) for look in parts.LOOKS.values()]
    assert len(set(named)) == len(named)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_and_edges_stand_out():
    for look in parts.LOOKS.values():
        assert (luminance(look.tint) + 0.05) / (luminance(INK) + 0.05) >= 7
        assert 1.05 / (luminance(look.edge) + 0.05) >= 3


# ---- places


def pages(name):
    part = drawn(name).part
    return [draw(part, wide, title) for wide in (True, False) for title in ("", "A title")]


@each
def test_texts_stay_in_their_boxes_and_clear_of_each_other(name):
    for page in pages(name):
        texts = [rest for kind, *rest in page.shapes if kind == "text"]
        rects = [rest for kind, *rest in page.shapes if kind == "rect" and rest[3] >= ROW]
        lines = [rest[0] for kind, *rest in page.shapes if kind == "line"]
        for i, text in enumerate(texts):
            left, top, right, bottom = extent(text)
            assert 0 <= left and right <= page.width and 0 <= top and bottom <= page.height, text
            for other in texts[i + 1 :]:
                a, b, c, d = extent(other)
                assert right <= a or c <= left or bottom <= b or d <= top, (text, other)
            holders = [i for i, rect in enumerate(rects) if inside(text, rect)]
            # what lies under the box that holds the text is not seen
            for x, y, w, h, *_ in rects[max(holders, default=0) :]:
                apart = right <= x or x + w <= left or bottom <= y or y + h <= top
                assert apart or inside(text, (x, y, w, h)), (text, (x, y, w, h))
            for points in lines:
                for (x0, y0), (x1, y1) in zip(points, points[1:]):
                    apart = (
                        max(x0, x1) <= left
                        or right <= min(x0, x1)
                        or max(y0, y1) <= top
                        or bottom <= min(y0, y1)
                    )
                    assert apart, (text, points)


@each
def test_arrows_end_at_boxes_and_lines_run_straight(name):
    for page in pages(name):
        ends = 0
        for kind, *rest in page.shapes:
            if kind != "line":
                continue
            points, arrow = rest
            plus = len(points) == 2 and not arrow
            for (x0, y0), (x1, y1) in zip(points, points[1:]):
                assert plus or x0 == pytest.approx(x1) or y0 == pytest.approx(y1)
            if arrow:
                ends += 1
                assert any(touches(points[-1], shape) for shape in page.shapes), points
        assert ends >= 2


def touches(point, shape):
    (x, y), (kind, *rest) = point, shape
    if kind == "rect":
        left, top, right, bottom = rest[0], rest[1], rest[0] + rest[2], rest[1] + rest[3]
    elif kind == "circle":
        left, top, right, bottom = (
            rest[0] - rest[2], rest[1] - rest[2], rest[0] + rest[2], rest[1] + rest[2],
        )  # fmt: skip
    elif kind == "text":  # an arrow ends a little before a name
        left, top, right, bottom = extent(rest)
        return left - 62 <= x <= right and -20 <= y - top <= 0
    else:
        return False
    near = 3
    on_x = left - near <= x <= right + near and min(abs(y - top), abs(y - bottom)) <= near
    on_y = top - near <= y <= bottom + near and min(abs(x - left), abs(x - right)) <= near
    return on_x or on_y


@each
def test_boxes_do_not_overlap(name):
    for page in pages(name):
        tints = {look.tint for look in parts.LOOKS.values()} - {"#FFFFFF"}
        rects = [
            rest
            for kind, *rest in page.shapes
            if kind == "rect" and rest[4] in tints and rest[3] >= ROW
        ]
        for i, (x, y, w, h, *_) in enumerate(rects):
            for a, b, c, d, *_ in rects[i + 1 :]:
                stacked = (w, h) == (c, d) and {abs(x - a), abs(y - b)} <= {8, 16}
                assert stacked or x + w <= a or a + c <= x or y + h <= b or b + d <= y


@in_lessons
def test_a_slide_and_a_phone_hold_the_drawings_of_the_lessons(name):
    part = drawn(name).part
    wide, narrow = draw(part, True), draw(part, False)
    assert SIZE >= 20 and wide.width <= 1280 and wide.height <= 684  # 95 % of 720
    assert SIZE * min(1, 366 / narrow.width) >= 11
    assert diagrams.drawing.SMALLEST * SIZE >= 11


# ---- the page


@each
def test_a_page_needs_nothing_from_outside_and_runs_nothing(name):
    diagram = drawn(name)
    page = page_of(name)
    inner = [
        base64.b64decode(one).decode() for one in re.findall(r"svg\+xml;base64,([^\"]+)", page)
    ]
    assert 1 <= len(inner) <= 2
    for text in [page, *inner]:
        assert not re.search(r"<script|<style|<foreignObject|<image|@import|url\(|\son\w+=", text)
        assert set(re.findall(r"\w+://[^\"]+", text)) <= {"http://www.w3.org/2000/svg"}
    for svg in inner:
        ET.fromstring(svg)
    assert inner[-1] == diagram.svg() and inner[0] == diagram.svg(wide=False)
    assert len(page) < 130_000


def test_only_a_drawing_with_columns_is_stored_twice():
    assert page_of("transformer").count("<source") == 2
    assert page_of("decoder layer").count("<source") == 1


@each
def test_the_poster_is_the_drawing_as_png(name, tmp_path):
    diagram = drawn(name)
    poster = re.search(r'<img src="data:image/png;base64,([^"]+)"', page_of(name))[1]
    image = Image.open(io.BytesIO(base64.b64decode(poster)))
    page = draw(diagram.part, True)
    assert image.size == (round(page.width), round(page.height))
    diagram.png(tmp_path / "d.png", zoom=1)
    assert (tmp_path / "d.png").read_bytes() == base64.b64decode(poster)
    # the colours of the parts are in it, and what lies between them is white
    colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    for box in boxes(diagram.part):
        tint = parts.LOOKS[box.kind].tint
        wanted = tuple(int(tint[i : i + 2], 16) for i in (1, 3, 5))
        assert min(max(abs(a - b) for a, b in zip(c, wanted)) for c in colours) <= 6
    assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


@each
def test_who_does_not_see_it_is_told(name):
    diagram = drawn(name)
    root = ET.fromstring(diagram.svg())
    title = root.find("{http://www.w3.org/2000/svg}title").text
    assert root.get("role") == "img" and root.get("aria-label") == title == diagram.alt
    page = page_of(name)
    assert f'alt="{diagram.alt}"' in page
    for box in boxes(diagram.part):
        word = {"add": "plus", "times": "times"}.get(box.kind, box.label)
        assert word in diagram.alt and word in repr(diagram)
        if box.out is not None and box.mask:
            assert f"[{box.mask}] -> " + " x ".join(map(str, box.out)) in repr(diagram)


def test_a_digest_is_printed_and_is_what_a_notebook_stores(capsys):
    diagram = viz.diagram(EncoderLayer(64, 4, 256), X, title="One layer")
    diagram.digest()
    assert capsys.readouterr().out == repr(diagram) + "\n"
    assert repr(diagram).splitlines() == [
        "One layer",
        "tokens: 2 x 36 x 64",
        "residual around",
        "  layer norm -> 2 x 36 x 64",
        "  multi-head attention [full] -> 2 x 36 x 64",
        "residual around",
        "  layer norm -> 2 x 36 x 64",
        "  feed-forward -> 2 x 36 x 64",
        "output",
    ]


@each
def test_two_drawings_of_two_models_are_the_same(name):
    assert page_of(name) == viz.diagram(*DRAWINGS[name]())._repr_html_()


def test_a_drawing_is_the_same_in_another_process_and_viz_imports_none_before():
    code = (
        "import sys, torch, hashlib; from course_utils import viz\n"
        "from course_utils.models.video_transformer import VideoTransformer\n"
        "print('course_utils.viz.diagrams' in sys.modules)\n"
        "d = viz.diagram(VideoTransformer(), torch.zeros(2, 6, 3, 32, 32))\n"
        "print(hashlib.sha256(d._repr_html_().encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    here = hashlib.sha256(page_of("video").encode()).hexdigest()
    assert out.stdout.split() == ["False", here]
    assert viz.diagram is diagrams.diagram and callable(diagrams.columns)


# ---- by hand


def test_parts_put_together_by_hand_are_drawn_as_derived_ones_are():
    size = (2, 36, 64)
    norm = diagrams.box("norm", out=size)
    attend = diagrams.box("multi-head attention", mask="full", out=size)
    hand = viz.diagram(
        diagrams.flow(
            diagrams.tensor("tokens", size),
            diagrams.residual(norm, attend),
            diagrams.residual(norm, diagrams.box("feed-forward", out=size)),
            "output",
        )
    )
    assert hand.svg() == drawn("encoder layer").svg()


def test_columns_of_two_and_three_and_a_memory():
    flows = [diagrams.flow(diagrams.box("linear", str(i), out=(i, 2))) for i in range(3)]
    for count in (2, 3):
        drawing = viz.diagram(diagrams.columns(*flows[:count]))
        wide, narrow = draw(drawing.part, True), draw(drawing.part, False)
        assert wide.width > narrow.width and wide.height < narrow.height + 100
    reads = diagrams.flow("target", diagrams.box("cross-attention", mask="full"))
    joined = viz.diagram(
        diagrams.columns(flows[0], reads, memory=diagrams.tensor("memory", (1, 2)))
    )
    assert "to every cross-attention: memory: 1 x 2" in repr(joined)


# ---- what is refused


class Broken(nn.Module):
    def forward(self, x):
        raise RuntimeError("it does not work")


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: viz.diagram("two heads", X), "what: got 'two heads', want 'one head'"),
        (lambda: viz.diagram("one head"), "example: want the arguments of a call"),
        (lambda: viz.diagram("one head", (X, X)), "want Q, K, V or Q, K, V, mask"),
        (lambda: viz.diagram("one head", (X, MEMORY, X)), "value: want a row for each"),
        (lambda: viz.diagram(3, X), "what: got int, want a model"),
        (lambda: viz.diagram(EncoderLayer(64, 4, 8)), "example: want the arguments of a call"),
        (lambda: viz.diagram(EncoderLayer(64, 4, 8), ()), "example: want the arguments"),
        (lambda: viz.diagram(EncoderLayer(32, 4, 8), X), "example: want what EncoderLayer takes"),
        (lambda: viz.diagram(Broken(), X), "it does not work"),
        (lambda: viz.diagram(nn.Identity(), (3,)), "want at least one tensor"),
        (lambda: diagrams.flow(), "flow: got no parts"),
        (lambda: diagrams.flow(3), "parts: got int, want parts"),
        (lambda: diagrams.box("linaer"), "kind: got 'linaer', want one of linear, embedding"),
        (lambda: diagrams.box("linear", mask="half"), "mask: got 'half', want one of full"),
        (lambda: diagrams.box("linear", side="top"), "side: got 'top', want one of left, right"),
        (lambda: diagrams.residual("x", side="top"), "side: got 'top'"),
        (lambda: diagrams.repeat(0, "x"), "times: got 0"),
        (lambda: diagrams.side_by_side("x", into=diagrams.box("add")), "flows: got 1"),
        (lambda: diagrams.columns("x"), "flows: got 1"),
        (lambda: diagrams.columns("x", "y", "z", "w"), "flows: got 4"),
        (lambda: diagrams.columns("x", "y", "z", memory=diagrams.tensor("m")), "flows: got 3"),
        (
            lambda: viz.diagram(diagrams.columns("x", "y", memory=diagrams.tensor("m"))).svg(),
            "memory: want a cross-attention",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        call()


# ---- the model stays as it was


class Noisy(nn.Module):
    """Has all that a run could change: modes, buffers, gradients, dropout, a random number."""

    def __init__(self, fails=False):
        super().__init__()
        self.norm, self.drop, self.line = nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 4)
        self.register_buffer("count", torch.zeros(1))
        self.fails = fails

    def forward(self, x):
        self.count += 1
        x = self.drop(self.line(self.norm(x))) + torch.rand(4)
        if self.fails:
            raise RuntimeError("at the end")
        return x


@pytest.mark.parametrize("fails", [False, True])
def test_the_run_leaves_the_model_and_the_random_state_as_they_were(fails):
    torch.manual_seed(0)
    model = Noisy(fails)
    model.line.eval()
    model.line(torch.randn(3, 4)).sum().backward()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    modes = [module.training for module in model.modules()]
    state = torch.get_rng_state()
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(1), requires_grad=True)
    if fails:
        with pytest.raises(ValueError, match="at the end"):
            viz.diagram(model, x)
    else:
        viz.diagram(model, x)
    assert torch.equal(torch.get_rng_state(), state) and x.grad is None
    assert [module.training for module in model.modules()] == modes == [True, True, True, False]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    for p, gradient in zip(model.parameters(), gradients):
        assert (p.grad is None) == (gradient is None)
        assert gradient is None or torch.equal(p.grad, gradient)
    assert not any(module._forward_hooks for module in model.modules())


# ---- in a browser


PLACES = """() => [...document.querySelectorAll('text, path')].map(e => {
    const b = e.getBoundingClientRect();
    return [e.tagName, e.textContent, b.left, b.top, b.right, b.bottom];
})"""


@in_lessons
def test_a_browsers_own_font_stays_in_the_room_of_each_text(browser, name):
    for wide in (True, False):
        part = drawn(name).part
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        page = context.new_page()
        page.set_content(f"<body style='margin:0'>{drawn(name).svg(wide)}")
        found = [place for place in page.evaluate(PLACES) if place[0] == "text"]
        texts = [rest for kind, *rest in draw(part, wide).shapes if kind == "text"]
        assert len(found) == len(texts)
        for (_, _, left, _, right, _), text in zip(found, texts):
            a, _, b, _ = extent(text)
            assert a - 2 <= left and right <= b + 2, text
        context.close()


@in_lessons
@pytest.mark.parametrize("width, height", [(1280, 720), (390, 844)])
def test_a_screen_and_a_phone_show_it_whole_and_legible(browser, name, width, height):
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    asked = []
    page.on("request", lambda r: None if r.url.startswith("data:") else asked.append(r.url))
    diagram = drawn(name)
    page.set_content("<!doctype html><meta charset=utf-8>" + page_of(name))
    page.wait_for_function("document.querySelector('img').complete")
    source, natural, shown, over = page.evaluate(
        "() => { const i = document.querySelector('img'); return [i.currentSrc, i.naturalWidth, "
        "i.clientWidth, document.documentElement.scrollWidth]; }"
    )
    chosen = draw(diagram.part, width > 700)
    assert source.startswith("data:image/svg+xml") and natural == round(chosen.width)
    assert over <= width and asked == []
    assert SIZE * shown / natural >= (20 if width == 1280 else 11)
    context.close()
