"""What lessons use of PyTorch and einops is explained first; each rule is shown able to fail."""

import nbformat
import pytest

from course_utils.authoring import api_rules, first_explained
from course_utils.authoring.api_rules import (
    api_problems,
    need_problems,
    place_of,
    said,
    sections,
    table_problems,
    used,
    uses,
)
from course_utils.authoring.lesson_rules import order_of
from course_utils.authoring.text import Course, is_homework, read_text

COURSE = Course()
LESSONS = [name for name in COURSE.names() if not is_homework(name)]
PRIMER = first_explained.PRIMER


def text(name):
    """The cells of a text; the texts are held, so that a lesson counts before it is built."""
    return read_text(COURSE.text(name))


@pytest.fixture(scope="module")
def last():
    """The number of the primer's last section."""
    return max(sections(text(PRIMER)))


# ---- on all lessons ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_every_call_of_pytorch_is_explained_before_or_where_it_stands(name):
    assert api_problems(name, text(name)) == []


@pytest.mark.parametrize("name", [name for name in LESSONS if name != PRIMER])
def test_a_lesson_points_to_the_sections_of_the_primer_that_it_uses(name, last):
    assert need_problems(name, text(name), last) == []


def test_the_table_says_where_and_holds_nothing_that_no_lesson_uses():
    assert table_problems({name: text(name) for name in LESSONS}) == []


def test_the_primer_counts_its_sections():
    assert list(sections(text(PRIMER))) == list(range(1, 11))


def test_the_rule_sees_what_the_lessons_do():
    found = uses(text("08_video_tokens"))
    assert {"rearrange", "Conv2d", "unfold", "eigh", "Module"} <= set(found)
    assert len(found) > 60 and "backward" not in found


# ---- each can fail -------------------------------------------------------------------------------


def book(*cells):
    """A notebook of cells; a text that opens with a sharp or an asterisk is prose."""
    made = nbformat.v4.new_notebook()
    for source in cells:
        prose = source.startswith(("#", "*"))
        make = nbformat.v4.new_markdown_cell if prose else nbformat.v4.new_code_cell
        made.cells.append(make(source))
    return made


IMPORTS = "import math, torch\nimport torch.nn.functional as F\nfrom torch import nn\n"


@pytest.mark.parametrize(
    "source, names",
    [
        ("torch.linalg.lstsq(X, y).solution", {"lstsq"}),
        ("from einops import rearrange as cut\ncut(x)", {"rearrange"}),
        ("from torch.optim import AdamW\ndescend(AdamW, 0.1)", {"AdamW"}),
        ("from torch.func import functional_call\nfunctional_call(f, w, x)", {"functional_call"}),
        ("class A(nn.Module):\n    pass", {"Module"}),
        ("y = x.gather(1, i).softmax(-1)", {"gather", "softmax"}),
        ("g = theta.grad", {"grad"}),
        ("F.unfold(x, 3)\nx.unfold(0, 2, 1)", {"unfold"}),
        ("with torch.no_grad():\n    %timeit 1", {"no_grad"}),
        # not PyTorch: other modules, fields of an object, functions of the lesson
        ("math.sqrt(2) + record.gather", set()),
        ("def gather(x):\n    return x\ngather(1)", set()),
        ("from course_utils.viz import where\nwhere(1)", set()),
    ],
)
def test_what_a_cell_uses(source, names):
    modules = {}
    used(IMPORTS, modules)
    assert used(source, modules) == names


def test_a_name_that_nobody_explained_is_found():
    assert "does not know" in api_problems("02_x", book(IMPORTS + "torch.fft_x = x.addcmul(y)"))[0]


def test_a_name_that_comes_only_later_is_found():
    early = book(IMPORTS + "nn.TransformerDecoderLayer(8, 2)")
    assert "comes only in 06" in api_problems("05_x", early)[0]
    assert api_problems("07_x", early) == []


def test_the_lesson_before_the_primer_may_point_to_it():
    assert api_problems("00_x", book(IMPORTS + "x.gather(1, i)")) == []


@pytest.mark.parametrize(
    "cells, good",
    [
        (("# Say", "torch.polar(a, b)", "x = 1", "# As `torch.polar` does."), True),
        (("# `polar` first", "torch.polar(a, b)"), True),
        (("# Say polar", "torch.polar(a, b)", "# More", "# `polar` too late"), False),
        (("# Say `bipolar`", "torch.polar(a, b)"), False),
    ],
)
def test_what_a_lesson_explains_itself_stands_near(cells, good):
    problems = api_problems("03_x", book(IMPORTS, *cells))
    assert (problems == []) == good
    assert good or "polar in cell 3 and does not explain it" in problems[0]


def test_speaker_notes_explain_nothing():
    made = book(IMPORTS, "# `polar`", "torch.polar(a, b)")
    made.cells[1].metadata["slideshow"] = {"slide_type": "notes"}
    assert api_problems("03_x", made)


def test_said_wants_the_whole_name_between_backticks():
    assert said("`F.unfold(x, 3)`", "unfold") and said("a `x.mT`", "mT")
    assert not said("unfold", "unfold") and not said("`unfolded`", "unfold")


def test_a_bad_table_is_found(monkeypatch):
    primer = book("# T", "## 1. A\nread `gather`", "## 2. B\nread `topk`", IMPORTS + "x.gather(1)")
    table = {f"{PRIMER} 1": "gather topk", "03": "polar"}
    monkeypatch.setattr(api_rules, "EXPLAINED", table)
    monkeypatch.setattr(api_rules, "EVERYDAY", "sum topk")
    books = {PRIMER: primer, "03_x": book("# Nothing", IMPORTS + "torch.polar(x) + x.sum()")}
    assert table_problems(books) == [
        "topk stands in the table twice",
        "topk: no lesson uses it",
        f"{PRIMER} 1 does not explain topk",
        "03 does not explain polar",
    ]


NEED = "**You need** 00. Of the [primer]({}) (sections {}) read.\n\n**Time** 5"


@pytest.mark.parametrize(
    "need, words",
    [
        (NEED.format("00p_primer.ipynb", "1 to 3, 4 and 9"), []),
        (NEED.format("00p_primer.ipynb", "1,\n4 and 9"), ["leaves out section 3 "]),
        (NEED.format("00p_primer.ipynb", "1 to 4"), ["leaves out section 9 "]),
        (NEED.format("00p_primer.ipynb", "1 to 11"), ["names section 11"]),
        (NEED.format("primer.ipynb", "1 to 10"), ["has no [primer]"]),
        ("**You need** 00.", ["has no [primer]"]),
        ("# You want the [primer](00p_primer.ipynb) (sections 1 to 9)", ["has no [primer]"]),
    ],
)
def test_what_you_need_leaves_out_is_found(need, words):
    code = IMPORTS + "fit(nn.Linear(2, 2), loss, 9)\nx.gather(1, i).backward()"
    found = need_problems("02_x", book(need, code), 10)
    assert len(found) == len(words) and all(w in p for w, p in zip(words, found))


def test_places_and_orders():
    assert place_of("gather") == (PRIMER, 1) and place_of("polar") == ("03", None)
    assert place_of("sum") is None
    names = ["00_a", "00p_primer", "01_b", "07_c", "07b_d", "08_e"]
    assert sorted(names, key=order_of) == names and order_of("hw07_c") == (7, "")
