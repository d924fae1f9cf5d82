"""The slides of every lesson, measured in Chromium screen by screen, with the network off."""

import os
import re
import textwrap
from pathlib import Path

import nbformat
import pytest

from course_utils.authoring.slides import assets, cells, decks, lecturer
from course_utils.authoring.text import Course

MEASURE = Path(__file__).with_name("slide_measures.js").read_text()
COURSE = Course()
LESSONS = decks.lessons(COURSE)
FEWEST, MOST = 20, 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for decks with what all of them need."""
    if lack := assets.lacking():
        if os.environ.get("COURSE_BROWSER") == "required":
            pytest.fail(f"COURSE_BROWSER=required, but {lack}", pytrace=False)
        pytest.skip(f"slides: {lack}; to run these tests: make slides")
    made = tmp_path_factory.mktemp("slides")
    assets.write_assets(made)
    return made


def measure(browser, path):
    """Walk a deck without a network; return what was measured, and what was asked of a network."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else faults.append(r.url),
    )
    page.goto(path.as_uri())
    page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    page.evaluate("() => document.fonts.ready.then(() => 0)")
    found = page.evaluate(MEASURE)
    context.close()
    wrong = [f"slide {s['slide']}: {one}" for s in found["screens"] for one in s["found"]]
    return found, wrong + faults


def on_slides(notebook, kind):
    """Cells of a kind that are shown on a slide."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == kind and cell.metadata.slideshow.slide_type not in ("skip", "notes")
    ]


@pytest.mark.parametrize("name", LESSONS)
def test_every_screen_of_a_lesson_holds_what_it_shows(browser, folder, name):
    deck = decks.lay_out(name, COURSE, browser, folder / "assets")
    found, wrong = measure(browser, decks.write_deck(deck, folder))
    assert wrong == []
    assert FEWEST <= found["slides"] <= MOST
    assert found["slides"] == deck.count
    assert len(found["screens"]) == 1 + sum(map(len, deck.screens))

    notebook = nbformat.read(COURSE.notebook(name), as_version=4)
    code = on_slides(notebook, "code")
    lines = [line.rstrip() for cell in code for line in cell.source.splitlines()]
    assert found["code"] == lines  # every line once, in order
    shown = [output.get("data", {}) for cell in code for output in cell.outputs]
    pages = ["".join(data.get("text/html", "")) for data in shown]
    drawings = sum("data-diagram" in page for page in pages)
    pngs = sum("image/png" in data and "text/html" not in data for data in shown)
    assert found["pictures"] == drawings + pngs
    assert found["films"] == sum("data-viewer" in page for page in pages)
    assert found["formulas"] > 20 and (found["films"] or found["pictures"])
    asked = [cell for cell in notebook.cells if cell.metadata.slideshow.slide_type == "notes"]
    assert found["notes"] == len(asked)


LONG = "a_long_name = " + " + ".join(f"term_{k}" for k in range(9))
CELLS = f"""
markdown slide
# A lesson

Its first paragraph, with $a^2 + b^2 = c^2$ in it.
---
code fragment
{LONG}
print(a_long_name)
---
markdown subslide
## A formula

$$ x_t = \\sum_k a_k x_{{t-k}} \\tag{{1}} $$

**Predict, then run.** What comes out?
---
markdown fragment
<details><summary>What you saw</summary>

It came out.
</details>
---
markdown notes
A class asks: *why?*
---
code skip
not_shown = 1
---
markdown skip
Nor is this.
"""


@pytest.fixture
def small(tmp_path):
    """A course of one lesson of few cells."""
    text = tmp_path / "notebooks" / "text"
    text.mkdir(parents=True)
    (text / "01_small.py").write_text("# %%\n")
    notebook = nbformat.v4.new_notebook()
    for part in CELLS.strip().split("\n---\n"):
        head, source = part.split("\n", 1)
        kind, slide = head.split()
        cell = getattr(nbformat.v4, f"new_{kind}_cell")(source)
        cell.metadata["slideshow"] = {"slide_type": slide}
        notebook.cells.append(cell)
    course = Course(tmp_path)

    def stored():
        nbformat.write(notebook, course.notebook("01_small"))
        return course

    stored.notebook = notebook
    return stored


def made(course, browser, folder):
    deck = decks.lay_out("01_small", course, browser, folder / "assets")
    return deck, decks.write_deck(deck, folder)


def test_a_small_deck_has_a_cover_steps_and_notes(browser, folder, small):
    deck, path = made(small(), browser, folder)
    found, wrong = measure(browser, path)
    assert wrong == []
    page = path.read_text()
    assert found["slides"] == deck.count == 3 and found["formulas"] == 2 and found["notes"] == 1
    # the answer stands on a screen of its own, after the question
    assert [len(screens) for screens in deck.screens] == [1, 2]
    assert "What comes out" in deck.screens[1][0][1] and "It came out" in deck.screens[1][1][1]
    assert "not_shown" not in page and "Nor is this" not in page
    assert [slide.pause for slide in deck.slides] == [
        "",
        "the class predicts, then questions, see the notes",
    ]
    assert not re.search(r"(src|href)=\"(?:https?:)?//", page)

    # 200 words or 8 lines a minute, and one minute for the class
    words = sum(len(small.notebook.cells[k].source.split()) for k in (2, 3))
    assert deck.slides[1].minutes == pytest.approx(words / 200 + 1)
    index = lecturer.write_lecturer([deck], folder).read_text()
    rows = re.findall(r'<tr class="(\w*)">.*?#/(\d)">.*?<td>(.*?)</td>.*?</tr>', index)
    assert rows == [("", "1", "A lesson"), ("pause", "2", "A formula")]


def test_what_is_too_long_goes_on_on_the_next_screen(browser, folder, small):
    body = "\n".join(f"    y{k} = x  # line {k}" for k in range(30))
    cell = small.notebook.cells[1]
    cell.source = f"def long(x):\n{body}\n    return y0"
    cell.outputs = [nbformat.v4.new_output("stream", text="\n".join(f"row {k}" for k in range(60)))]
    paragraph = "A sentence that says something of no weight, in twelve words. " * 9
    small.notebook.cells[2].source += "\n\n" + "\n\n".join([paragraph] * 4)
    small.notebook.cells[2].source += "\n\n" + "\n".join(f"- item {k}" for k in range(40))
    table = "\n".join(f"| {k} | {k * k} |" for k in range(40))
    small.notebook.cells[2].source += f"\n\n| n | square |\n|---|---|\n{table}"
    deck, path = made(small(), browser, folder)
    found, wrong = measure(browser, path)
    assert wrong == []
    assert found["code"] == cell.source.splitlines()
    text = re.sub(r"<[^>]+>", " ", " ".join(page for _, page in deck.screens[0]))
    assert re.findall(r"row (\d+)", text) == [str(k) for k in range(60)]
    text = re.sub(r"<[^>]+>", " ", " ".join(page for _, page in deck.screens[1]))
    assert re.findall(r"item (\d+)", text) == [str(k) for k in range(40)]
    assert " 1521 " in text and text.count("square") > 1  # the header again on each screen
    assert text.count("of no weight") == 36


DAMAGE = {
    "code of 18.0 px": ".screen pre { font-size: 18px !important }",
    "text of 24.0 px": ".screen p { font-size: 24px }",
    "overflow": ".screen p { margin-top: 700px !important }",
    "code line cut": ".screen pre { width: 300px; white-space: pre !important; overflow: hidden }",
    "screens at once": ".reveal section > .screen.screen.screen { display: flex !important; "
    "opacity: 1 !important; visibility: visible !important }",
    "formula not set": None,
    "https://": None,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_the_measurement_finds_what_is_wrong(browser, folder, small, what):
    _, path = made(small(), browser, folder)
    page = path.read_text()
    if DAMAGE[what]:
        page = page.replace("</style>", DAMAGE[what] + "</style>", 1)
    elif what == "https://":
        page = page.replace("</head>", '<script src="https://example.org/a.js"></script></head>')
    else:
        page = re.sub(r"<mjx-container.*?</mjx-container>", "$a^2$", page, count=1)
    path.write_text(page)
    wrong = measure(browser, path)[1]
    assert any(what in one for one in wrong), wrong


def test_a_film_that_stands_still_or_leaves_the_screen_is_found(browser, folder, small):
    from course_utils import viz
    from course_utils.worlds import ShapesWorld

    clip = ShapesWorld(frames=4).sample(1, 3).video[0]
    film = viz.show_video(clip)._repr_html_()
    data = {"text/html": film, "text/plain": "film"}
    small.notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", data)]
    _, path = made(small(), browser, folder)
    assert measure(browser, path)[1] == []
    page = path.read_text()
    path.write_text(page.replace("if (t < frames - 1) go(t + 1)", "if (t < 0) go(t)"))
    assert any("does not move" in one for one in measure(browser, path)[1])
    path.write_text(page.replace("</style>", ".film { margin-top: 500px !important }</style>", 1))
    assert any("not wholly visible" in one for one in measure(browser, path)[1])


def test_the_listing_of_a_machine_is_left_out_beside_its_drawing(small):
    outputs = [
        nbformat.v4.new_output("stream", text="a listing"),
        nbformat.v4.new_output("display_data", {"text/html": "<div data-diagram=x></div>"}),
    ]
    cell = small.notebook.cells[1]
    for shown, kinds in ((outputs, ["drawing"]), (outputs[:1], ["print"])):
        cell.outputs = shown
        slide = cells.read_slides(small().notebook("01_small"))[0]
        assert [piece["kind"] for piece in slide.pieces] == ["text", "code", *kinds]


def test_a_pdf_has_one_page_for_each_screen(browser, folder, small):
    small.notebook.cells[1].source = textwrap.dedent("a = 1\n" * 60)
    deck, _ = made(small(), browser, folder)
    pdf = decks.write_pdf(deck, browser, folder).read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1 + sum(map(len, deck.screens)) > 4
    assert re.search(rb"/MediaBox\s*\[0 0 960 540\]", pdf)  # points: 1280 x 720 pixels
