"""From the stored notebook of a lesson to its slides: pieces of HTML that are not laid out yet."""

import html
import re
from dataclasses import dataclass, field

import nbformat

STARTS = ("slide", "subslide")
WORDS, LINES = 200, 8  # read in a minute, as in a lesson's **Time**
PAUSE = 1.0  # minutes that a question to the class takes
PREDICT = re.compile(r"\*\*Predict", re.IGNORECASE)
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FORMULA = re.compile(r"(?<![$\\`])\$(?![$ ])(?:[^$`\n]|\n(?!\n))+?(?<![ \\])\$(?!\$)")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@dataclass
class Slide:
    """One idea of a lesson: what is shown, what the lecturer says, and how long it takes.

    Attributes:
        title: its heading, or else its first words in bold.
        pieces: what is shown, in order; each a dict that page/paginate.js knows.
        notes: what the class may ask, as HTML.
        words, lines: of text and of code that are shown.
        predicts: whether the class is asked to predict before a cell runs.
    """

    title: str
    pieces: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    words: int = 0
    lines: int = 0
    predicts: bool = False

    @property
    def minutes(self) -> float:
        """Time to read it at the pace of a lesson, and one minute for a question."""
        return self.words / WORDS + self.lines / LINES + PAUSE * bool(self.predicts or self.notes)

    @property
    def pause(self) -> str:
        """Why to stop here, in words; empty if there is no reason."""
        why = ["the class predicts"] * self.predicts + ["questions, see the notes"] * bool(
            self.notes
        )
        return ", then ".join(why)


def read_slides(path, decks=()) -> list[Slide]:
    """The slides of a stored notebook, without what its cells skip.

    Args:
        path: an executed notebook.
        decks: names of lessons that have a deck, to which links between lessons lead.
    """
    notebook = nbformat.read(path, as_version=4)
    slides = []
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind == "skip":
            continue
        if kind == "notes":
            slides[-1].notes.append(render(cell.source, decks))
            continue
        if kind in STARTS or not slides:
            slides.append(Slide(_title(cell, slides[-1].title if slides else path.stem)))
        add = _add_prose if cell.cell_type == "markdown" else _add_code
        add(slides[-1], cell, decks)
    return slides


def _title(cell, before):
    if cell.cell_type == "markdown":
        if found := HEADING.search(cell.source):
            return found[1].strip()
        if found := BOLD.match(cell.source):
            return " ".join(found[1].split()).rstrip(".:?,")
    return before


def _add_prose(slide, cell, decks):
    slide.words += len(cell.source.split())
    slide.predicts |= bool(PREDICT.search(cell.source))
    slide.pieces.append(
        {
            "kind": "text",
            "html": render(cell.source, decks),
            "asks": bool(PREDICT.search(cell.source)),
        }
    )


def _add_code(slide, cell, _):
    """Code, then its outputs; `with` marks what belongs to the piece before.

    The listing of a machine that is printed beside its drawing says the same in words: on a slide
    the drawing is enough.
    """
    slide.lines += len(cell.source.splitlines())
    slide.pieces.append({"kind": "code", "lines": highlight(cell.source)})
    outputs = [output_piece(output) for output in cell.outputs]
    drawn = any(piece["kind"] == "drawing" for piece in outputs)
    for piece in outputs:
        if not (drawn and piece["kind"] == "print"):
            slide.pieces.append({**piece, "with": True})


def output_piece(output) -> dict:
    """A stored output as a piece: a film, a drawing, a table, a picture or printed lines."""
    if output.output_type == "stream":
        return printed(output.text)
    if output.output_type == "error":
        return printed(f"{output.ename}: {output.evalue}")
    data = output.data
    if "text/html" in data:
        page = data["text/html"]
        for mark, kind in (("data-viewer", "film"), ("data-diagram", "drawing")):
            if mark in page:
                return {"kind": kind, "html": page}
        return {"kind": "table", "html": re.sub(r"font-size:\d+px;?", "", page)}
    for form in ("image/png", "image/jpeg"):
        if form in data:
            code = "".join(data[form].split())
            alt = html.escape(data.get("text/plain", "picture"))
            page = f'<img src="data:{form};base64,{code}" alt="{alt}">'
            return {"kind": "picture", "html": page}
    if "image/svg+xml" in data:
        return {"kind": "picture", "html": data["image/svg+xml"]}
    return printed(data["text/plain"])


def printed(text) -> dict:
    """Lines as a program prints them."""
    return {"kind": "print", "lines": [html.escape(line) for line in text.rstrip().split("\n")]}


def highlight(source) -> list[str]:
    """Lines of Python as HTML, one string for each line, no tag open across two."""
    from pygments import lex
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    tokens = lex(source, PythonLexer(stripnl=False, ensurenl=True))
    lines = list(HtmlFormatter(nowrap=True)._format_lines(tokens))
    return [line.rstrip("\n") for _, line in lines]


def render(source, decks=()) -> str:
    """Markdown with formulas as HTML; the formulas stay as they are, for MathJax."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    # a line of a formula that begins with + would begin a list
    source = FORMULA.sub(lambda found: found[0].replace("\n", " "), source)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    page = MarkdownWithMath(renderer=renderer).render(source)
    return re.sub(
        r'<a href="([^"]*)"[^>]*>(.*?)</a>', lambda m: _link(m, decks), page, flags=re.DOTALL
    )


def _link(found, decks):
    """Between lessons a link leads to a deck; one to a homework or a file leads nowhere."""
    address, label = found.groups()
    name, _, rest = address.partition(".ipynb")
    if name in decks and not rest.startswith("/"):
        return f'<a href="{name}.html">{label}</a>'
    return found[0] if re.match(r"https?://|#", address) else label
