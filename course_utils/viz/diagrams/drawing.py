"""`viz.diagram`: what a lesson calls, and the object that it gets."""

import base64
import hashlib
import html
from pathlib import Path

from course_utils.viz.diagrams.canvas import to_png, to_svg
from course_utils.viz.diagrams.describe import listing, sentence
from course_utils.viz.diagrams.layout import draw
from course_utils.viz.diagrams.parts import PARTS, flow

PHONE = 700  # a window narrower than this gets the drawing with all columns below each other
# a drawing is not made smaller than this, but scrolled in its box: texts have 11 pixels or more
SMALLEST = 0.56


class Diagram:
    """A drawing: shown by a notebook, written by `svg` and `png`, told by `digest`."""

    def __init__(self, part, title=""):
        self.part, self.title = part, title

    def svg(self, wide=True):
        """The drawing as one SVG; wide: columns beside each other, as on a screen."""
        return to_svg(draw(self.part, wide, self.title), self.alt)

    def png(self, path=None, wide=True, zoom=1.5):
        """Return the bytes of a PNG, or write them to a file; zoom 1 has texts of 20 pixels."""
        page = to_png(draw(self.part, wide, self.title), zoom)
        if path is None:
            return page
        Path(path).write_bytes(page)

    @property
    def alt(self):
        """One sentence that tells the drawing to somebody who does not see it."""
        return sentence(self.part, self.title)

    def digest(self):
        """Print the parts and shapes, one line each: what a comparison of notebooks compares."""
        print(listing(self.part, self.title))

    def __repr__(self):
        return listing(self.part, self.title)

    def _repr_html_(self):
        wide, narrow = draw(self.part, True, self.title), draw(self.part, False, self.title)
        name = "v-" + hashlib.sha256(self.svg().encode()).hexdigest()[:8]
        pages = {to_svg(wide, self.alt): ""}
        pages.setdefault(to_svg(narrow, self.alt), f' media="(max-width: {PHONE}px)"')
        sources = "".join(  # the first that fits is shown
            f'<source type="image/svg+xml"{media} '
            f'srcset="data:image/svg+xml;base64,{_base64(page)}">'
            for page, media in reversed(pages.items())
        )
        poster = base64.b64encode(to_png(wide, 1)).decode()
        return (
            f'<div data-diagram="{name}" style="background:#fff;color:#222;padding:4px;'
            "display:inline-block;max-width:100%;box-sizing:border-box;border-radius:8px;"
            'overflow-x:auto">'
            f'<picture>{sources}<img src="data:image/png;base64,{poster}" '
            f'alt="{html.escape(self.alt)}" style="max-width:100%;height:auto;display:block;'
            f'margin:0;border:0;min-width:{round(SMALLEST * narrow.width)}px">'
            "</picture></div>"
        )


def _base64(text):
    return base64.b64encode(text.encode()).decode()


def diagram(what, example=None, *, title=""):
    """Draw a model, a formula or parts put together by hand; returns a `Diagram`.

    From the real model: its parts, and the shapes that flow when it is called with the example.
    The call changes neither the model nor the random state. Masks are drawn as they are passed.

        viz.diagram(EncoderLayer(64, 4, 256), torch.zeros(2, 36, 64))
        viz.diagram(Transformer(64, 4, 128, 2, 2), (source, target, source_mask, target_mask))
        viz.diagram(VideoTransformer(), torch.zeros(1, 6, 3, 32, 32))

    Drawn with their insides: `MultiHeadAttention`, `FeedForward`, `Residual`, `EncoderLayer`,
    `DecoderLayer`, `Encoder`, `Decoder`, `Transformer`, `VideoTransformer`, `SpaceTimeLayer`,
    `VideoEncoderDecoder`, `WriterLayer`, `VideoRNN` and `nn.Sequential`; any other module is one
    box with the name of its class.

    What has no module has a name: "one head" is Eq. 2.1, its example (Q, K, V) or (Q, K, V, mask).

        viz.diagram("one head", (Q, K, V, mask))

    By hand, from `course_utils.viz.diagrams`: `flow`, `residual`, `repeat`, `side_by_side`,
    `columns`, and for single parts `box` (kinds: the keys of `parts.LOOKS`) and `tensor`.

        viz.diagram(flow(tensor("tokens", (36, 64)), repeat(4, box("feed-forward")), "output"))

    Raises ValueError for an unknown name, a model without an example or with one that it does not
    take, and parts that do not go together.
    """
    if isinstance(what, PARTS):
        part = flow(what)
    elif isinstance(what, str):
        part = _named(what, example)
    else:
        part = _derived(what, example)
    return Diagram(part, title)


def _named(name, example):
    from course_utils.viz.diagrams.attending import one_head
    from course_utils.viz.diagrams.record import as_example

    if name != "one head":
        raise ValueError(f"what: got {name!r}, want 'one head', a model, or parts of a drawing")
    example = as_example(example)
    if len(example) not in (3, 4):
        raise ValueError(f"example: got {len(example)} tensors, want Q, K, V or Q, K, V, mask")
    return one_head(*example)


def _derived(model, example):
    from torch import nn

    # they teach drawing_of their models
    from course_utils.viz.diagrams import conditions, flows, videos  # noqa: F401
    from course_utils.viz.diagrams.models import drawing_of
    from course_utils.viz.diagrams.record import as_example, run

    if not isinstance(model, nn.Module):
        raise ValueError(
            f"what: got {type(model).__name__}, want a model, 'one head', or parts of a drawing"
        )
    return drawing_of(model, run(model, as_example(example)))
