"""Screens become decks: one HTML file for each lesson, and a PDF of it."""

import html
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course_utils.authoring.text import Course, write_text

from .assets import MATHJAX, PAGE, SlideError, packaged
from .cells import Slide, read_slides

COURSE = "Video generation with Transformers, from the formula to the moving picture"
MATHS = """window.MathJax = {
  startup: {typeset: false},
  tex: {inlineMath: [["$", "$"]], tags: "none", processEscapes: true},
  svg: {fontCache: "none"},
  options: {menuOptions: {settings: {assistiveMml: false}}},
}"""
SHOW = """Promise.all([...document.fonts].map(font => font.load())).then(() => Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 3, center: false, hash: true,
  transition: "none", backgroundTransition: "none", slideNumber: "c/t", plugins: [RevealNotes],
}))"""
# A strip of frames that is larger than its page becomes smaller.
FIT = """() => {
  for (const body of document.querySelectorAll(".body"))
    for (const film of body.querySelectorAll(".film"))
      for (let z = 1.5; z > 0.3; z -= 0.05) {
        film.style.zoom = z;
        film.style.setProperty("--size", 26.2 / z + "px");
        if (body.scrollHeight <= body.clientHeight && body.scrollWidth <= 1184) break;
      }
}"""


@dataclass
class Deck:
    """A lesson as slides.

    Attributes:
        name: of the lesson.
        slides: what is shown; the first is the title of the lesson.
        screens: for each slide, the class and the HTML of each of its screens.
        sheet: the style of its formulas.
    """

    name: str
    slides: list[Slide]
    screens: list[list[tuple[str, str]]]
    sheet: str

    @property
    def title(self) -> str:
        """The lesson's own title."""
        return self.slides[0].title

    @property
    def count(self) -> int:
        """How many slides there are, with the cover."""
        return 1 + len(self.slides)

    @property
    def minutes(self) -> float:
        """Minutes of all slides."""
        return sum(slide.minutes for slide in self.slides)


def lessons(course: Course) -> list[str]:
    """Names of the numbered lessons that have a notebook, in order; the primer is for reading."""
    return [n for n in course.names() if re.match(r"\d\d_", n) and course.notebook(n).exists()]


def lay_out(name: str, course: Course, browser, assets: Path) -> Deck:
    """Read a lesson and lay its slides on screens, in a browser.

    Args:
        name: of a lesson.
        course: where its notebook is.
        browser: a running Chromium of Playwright.
        assets: the folder that `write_assets` filled.

    Raises:
        SlideError: something fits on no screen.
    """
    slides = read_slides(course.notebook(name), lessons(course))
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    try:
        with _stored(_document(name, "", ("reveal.css", "deck.css")), assets.parent) as address:
            page.goto(address)
        page.evaluate(MATHS)
        page.add_script_tag(path=packaged(MATHJAX, "mathjax/tex-svg.js"))
        page.evaluate("() => MathJax.startup.promise")
        sheet = page.evaluate("() => MathJax.svgStylesheet().textContent")
        page.add_style_tag(content=sheet)
        page.add_script_tag(path=PAGE / "paginate.js")
        plain = [{"title": slide.title, "pieces": slide.pieces} for slide in slides]
        answer = page.evaluate("slides => paginate(slides)", plain)
    finally:
        page.close()
    if answer["problems"]:
        raise SlideError(f"{name}: no screen holds this: {'; '.join(answer['problems'])}")
    screens = [
        [("bare" if one["bare"] else "", one["html"]) for one in slide]
        for slide in answer["slides"]
    ]
    return Deck(name, slides, screens, sheet)


class _stored(tempfile.TemporaryDirectory):
    """A page as a file in the folder of the decks, where it finds the assets; gone afterwards."""

    def __init__(self, page, folder):
        super().__init__(dir=folder, prefix=".page-")
        self.page = page.replace('href="assets/', 'href="../assets/')

    def __enter__(self):
        path = Path(super().__enter__()) / "page.html"
        path.write_text(self.page, encoding="utf-8")
        return path.resolve().as_uri()


def _document(title, body, sheets, sheet="", kind=""):
    links = "".join(f'<link rel="stylesheet" href="assets/{name}">' for name in sheets)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>{links}<style>{sheet}</style></head>\n"
        f'<body class="{kind}">\n{body}\n</body></html>\n'
    )


def _cover(deck):
    page = f'<p class="course">{COURSE}</p><p class="number">Lesson {deck.name[:2]}</p>'
    return "cover", f'<div class="body">{page}<h1>{html.escape(deck.title)}</h1></div>'


def _steps(screens):
    """Screens that cover each other, one after the other, as steps of reveal.js."""
    pages = []
    for k, (kind, inner) in enumerate(screens):
        step = dots = ""
        if len(screens) > 1:
            how = "current-visible" if k else "fade-out"
            step = f' fragment {how}" data-fragment-index="{max(k - 1, 0)}'
            points = "".join(("<i></i>", "<i class=here></i>")[j == k] for j in range(len(screens)))
            dots = f'<div class="dots">{points}</div>'
        pages.append(f'<div class="screen {kind}{step}">{inner}{dots}</div>')
    return "".join(pages)


def write_deck(deck: Deck, folder: Path) -> Path:
    """Write a deck that a browser shows, and return its path."""
    sections = [f"<section>{_steps([_cover(deck)])}</section>"]
    for slide, screens in zip(deck.slides, deck.screens):
        notes = "".join(f'<aside class="notes">{note}</aside>' for note in slide.notes)
        sections.append(f"<section>{_steps(screens)}{notes}</section>")
    scripts = "".join(f'<script src="assets/{n}.js"></script>' for n in ("reveal", "notes"))
    body = f'<div class="reveal"><div class="slides">\n{chr(10).join(sections)}\n</div></div>\n'
    path = folder / f"{deck.name}.html"
    sheets = ("reveal.css", "deck.css")
    title = f"{deck.name[:2]} {deck.title}"
    body += f"{scripts}<script>{SHOW}</script>"
    write_text(path, _document(title, body, sheets, deck.sheet))
    return path


def write_pdf(deck: Deck, browser, folder: Path) -> Path:
    """Print a deck, one screen on a page, films as strips of their frames; return its path."""
    screens = [_cover(deck), *(screen for slide in deck.screens for screen in slide)]
    body = "\n".join(f'<div class="screen {kind}">{inner}</div>' for kind, inner in screens)
    title = f"{deck.name[:2]} {deck.title}"
    page = browser.new_context(java_script_enabled=True).new_page()
    path = folder / f"{deck.name}.pdf"
    with _stored(_document(title, body, ("deck.css",), deck.sheet, "paper"), folder) as address:
        page.goto(address)
        page.evaluate(FIT)
        page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    page.context.close()
    return path
