"""Every house rule can fail: each is shown a small bad example, and a good one that passes."""

import textwrap
from pathlib import Path

import nbformat
import pytest

from course_utils.authoring.lesson_rules import (
    drawing_problems,
    execution_problems,
    part_problems,
    picture_problems,
    size_problems,
    source_problems,
    tag_problems,
    varying_cells,
)
from course_utils.authoring.source_rules import (
    floor_problems,
    long_lines,
    long_modules,
    repeated,
    table_rows,
    undocumented,
)

GOOD = """
    # %% [markdown] slideshow={"slide_type": "slide"}
    # # Add two numbers
    #
    # **You will build** a sum. **You will learn** to add. **You need** 00.
    # **Time**: 5 minutes, 1 s of computing

    # %% slideshow={"slide_type": "fragment"}
    print(1 + 1)

    # %% [markdown] slideshow={"slide_type": "slide"}
    # ## Recap
    # One formula.
    # ## Try it
    # Add three.
    # ## Homework
    # [Homework 02](homework/hw02_add.ipynb)
    # ## Go further
    # Euclid.
"""


def notebook(text=GOOD, run=True):
    """A small notebook; its code cells count as executed unless `run` is False."""
    import jupytext

    made = jupytext.reads(textwrap.dedent(text).lstrip(), fmt="py:percent")
    for position, cell in enumerate((c for c in made.cells if c.cell_type == "code"), 1):
        cell.execution_count = position if run else None
    return made


def with_output(text, *outputs):
    """A small notebook whose code cells store these outputs, in order; None for none."""
    made = notebook(text)
    for cell, output in zip((c for c in made.cells if c.cell_type == "code"), outputs):
        cell.outputs = [output] if output else []
    return made


PICTURE = nbformat.v4.new_output("display_data", data={"image/png": "iVBOR"})
PLAYER = nbformat.v4.new_output("display_data", data={"text/html": "<div><canvas></canvas></div>"})
PRINTED = nbformat.v4.new_output("stream", name="stdout", text="8 frames\n")
SHOWN = "# %%\nshow()\n\n# %% [markdown]\n# The circle moves to the right.\n\n# %%\ndigest()\n"


def test_a_good_lesson_passes_every_rule():
    good = notebook()
    assert part_problems("02_add", good) == []
    assert size_problems(good) == [] and execution_problems(good) == []
    assert tag_problems("02_add", good) == [] and source_problems(good) == []
    assert picture_problems(with_output(SHOWN, PICTURE, PRINTED)) == []


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("# # Add", "# Add", "opens with '# Title'"),
        ("**You will learn**", "You learn", "no **You will learn**"),
        ("5 minutes, 1 s of computing", "short", "measured seconds"),
        ("# ## Recap", "# Recap", "no ## Recap"),
        ("# ## Try it", "# ## Go further\n    # ## Try it", "Go further stands too early"),
        ("homework/hw02_add", "homework/hw03_add", "no link to homework/hw02_NAME"),
        ("# ## Homework", "# More", "no ## Homework"),
    ],
)
def test_a_lesson_without_a_part_fails(old, new, words):
    assert old in GOOD
    assert any(
        words in problem for problem in part_problems("02_add", notebook(GOOD.replace(old, new, 1)))
    )


def test_lesson_00_has_no_homework():
    text = GOOD.replace("# ## Homework", "#").replace("[Homework 02](homework/hw02_add.ipynb)", "")
    assert part_problems("00_start", notebook(text)) == []
    assert part_problems("01_next", notebook(text)) != []


DRAWN = """
    # %% slideshow={"slide_type": "fragment"}
    machine = viz.diagram(MultiHeadAttention(8, 2), x)
"""
WRITTEN = """
    # %% tags=["subject"] slideshow={"slide_type": "fragment"}
    class Heads(nn.Module):
        pass
"""


def test_a_model_that_is_written_before_the_machine_is_drawn_fails():
    opening, rest = GOOD[: GOOD.index("    # %% [markdown]", 60)], WRITTEN
    assert drawing_problems(notebook(opening + DRAWN + rest)) == []
    (problem,) = drawing_problems(notebook(opening + rest + DRAWN))
    assert "Heads before the machine is drawn" in problem
    assert drawing_problems(notebook(rest + opening)) == []  # the opening shows where it ends
    assert (
        drawing_problems(notebook(opening + rest.replace('"subject"', '"raises-exception"'))) == []
    )


def test_long_cells_fail():
    nine, many = "# %%\n" + "x = 1\n" * 9, "x = 1\n" * 26
    assert "half of the code cells" in size_problems(notebook(nine + "\n" + nine))[0]
    assert size_problems(notebook(nine + "\n# %%\n1\n")) == []
    assert "cell 2 has 26 lines" in size_problems(notebook("# %%\n1\n\n# %%\n" + many))[0]
    tagged = '# %%\n1\n\n# %% tags=["subject"]\n'
    assert size_problems(notebook(tagged + "class A:\n" + textwrap.indent(many, "    "))) == []
    assert "defines no class" in size_problems(notebook(tagged + many))[0]


def test_cells_that_were_not_executed_fail():
    assert execution_problems(notebook(run=False)) == ["cell 2 was not executed"]
    twice = notebook()
    twice.cells[1].execution_count = 7
    assert execution_problems(twice) == ["cell 2 ran as number 7, not as number 1"]
    calm = notebook('# %% tags=["raises-exception"]\n1\n')
    assert execution_problems(calm) == ["cell 1 is tagged raises-exception, but raises nothing"]


@pytest.mark.parametrize(
    "header, source, words",
    [
        ('tags=["nbval-ignore-outputs"]', "1", "unknown tag nbval-ignore-outputs"),
        ('tags=["nbval-ignore-output"]', "1", "no comment '# varies: '"),
        ('tags=["nbval-skip"]', "# varies:\n1", "no comment '# varies: '"),
        ("", "# varies: the clock\n1", "no tag nbval-ignore-output"),
        ("", 'claim(1 < 2, "one is less")', "quick mode prints otherwise"),
        ("", "1", "no slide type"),
        ('tags=["exercise-2.1"]', "1", "unknown tag exercise-2.1"),
    ],
)
def test_unknown_and_unjustified_tags_fail(header, source, words):
    assert words in "\n".join(tag_problems("02_add", notebook(f"# %% {header}\n{source}\n")))


def test_homework_may_have_homework_tags_and_no_slides():
    assert tag_problems("hw02_add", notebook('# %% tags=["exercise-2.1"]\n1\n')) == []


def test_cells_that_vary_are_counted():
    text = '# %% tags=["nbval-ignore-output"]\n1\n\n# %% tags=["nbval-skip"]\n2\n\n# %%\n3\n'
    assert varying_cells(notebook(text)) == 2


@pytest.mark.parametrize("picture", [PICTURE, PLAYER])
def test_pictures_without_words_fail(picture):
    bare = with_output("# %%\nshow()\n\n# %%\n1\n", picture, None)
    assert len(picture_problems(bare)) == 2
    only_heading = SHOWN.replace("The circle moves to the right.", "# The next idea of this lesson")
    assert "no sentence" in picture_problems(with_output(only_heading, picture, PRINTED))[0]
    assert "no digest" in picture_problems(with_output(SHOWN, picture, None))[0]
    second = "# %%\nshow()\n\n" + SHOWN
    assert (
        "cell 1 shows a picture, but no sentence"
        in picture_problems(with_output(second, picture, picture))[0]
    )


def test_a_picture_that_varies_needs_no_digest():
    text = SHOWN.replace("# %%\nshow", '# %% tags=["nbval-ignore-output"]\nshow')
    assert picture_problems(with_output(text, PICTURE, None)) == []


@pytest.mark.parametrize(
    "source, words",
    [
        ('download("https://example.org/clip.mp4")', "loads from the network"),
        ("%matplotlib inline\nload('http://example.org')", "loads from the network"),
        ('import os\nos.environ["COURSE_QUICK"]', "COURSE_QUICK"),
        ("from course_utils.authoring.text import Course", "authoring"),
    ],
)
def test_cells_that_load_or_know_too_much_fail(source, words):
    cell = nbformat.v4.new_code_cell(source)
    assert words in source_problems(nbformat.v4.new_notebook(cells=[cell]))[0]
    prose = nbformat.v4.new_markdown_cell("![clip](https://example.org/clip.png)")
    assert source_problems(nbformat.v4.new_notebook(cells=[prose]))
    quoted = nbformat.v4.new_code_cell("# see https://example.org\n%timeit 1\nx = 'a // b'")
    assert source_problems(nbformat.v4.new_notebook(cells=[quoted])) == []


@pytest.mark.parametrize(
    "module, source",
    [
        ("attention.py", "from course_utils.layers import FeedForward"),
        ("attention.py", "from .training import fit"),
        ("training.py", "def fit():\n    from course_utils import viz"),
        ("viz/frames.py", "import course_utils.checks.engine"),
        ("worlds/shapes.py", "from .. import baselines"),
        ("worlds/shapes.py", "from course_utils.nowhere import x"),
        ("nowhere.py", ""),
    ],
)
def test_imports_that_go_up_or_sideways_fail(module, source):
    assert len(floor_problems(Path("course_utils") / module, source)) == 1


@pytest.mark.parametrize(
    "module, source",
    [
        ("transformer.py", "import torch\nfrom .attention import attention"),
        ("viz/frames.py", "from .player import Player\nfrom course_utils.metrics import psnr"),
        (
            "viz/__init__.py",
            "from .frames import digest\nfrom course_utils.viz.attention import attention_map",
        ),
        (
            "models/video.py",
            "from ..attention import MultiHeadAttention\nfrom .. import transformer",
        ),
        ("__init__.py", ""),
    ],
)
def test_imports_that_go_down_pass(module, source):
    assert floor_problems(Path("course_utils") / module, source) == []


def test_undocumented_functions_are_found():
    source = """
        def a():
            pass
        def _b():
            pass
        class C:
            'c'
            def d(self):
                pass
            def forward(self):
                pass
            def __init__(self):
                pass
        def e():
            'e'
    """
    assert undocumented(textwrap.dedent(source)) == ["a", "C.d"]


def test_long_lines_are_found():
    assert long_lines("x" * 100) == [] and long_lines("x" * 101) == [1]
    assert long_lines("x" * 84, prose=True) == [] and long_lines("x" * 85, prose=True) == [1]
    long = "x" * 101
    free = f"# | {long} |\n# [{long}](a)\n# https://{long}\n# %% {long}\n# $${long}$$\n"
    free += f"# ## {long}\n# <details><summary>{long}</summary>\n"
    assert long_lines(free) == [1, 2, 3, 4, 5, 6, 7]
    assert long_lines(free + f"# {long}\n{long}\n", prose=True) == [8, 9]
    formula = f"# $$\n# {long}\n# $$\n# {long}\n"
    assert long_lines(formula, prose=True) == [4]
    assert long_lines(f"# $$\n# %%\n{long}\n", prose=True) == [3]


@pytest.mark.parametrize(
    "lengths, over, words",
    [
        ({"a.py": 251}, {}, "a.py has 251 lines, want 250 or fewer"),
        ({"a.py": 250}, {"a.py": 260}, "a.py has 250 lines: take it out of OVER"),
        ({"a.py": 259}, {"a.py": 260}, "a.py has 259 lines, OVER says 260"),
        ({"a.py": 261}, {"a.py": 260}, "a.py has 261 lines, OVER says 260"),
        ({}, {"gone.py": 260}, "gone.py has 0 lines: take it out of OVER"),
    ],
)
def test_long_modules_are_found(lengths, over, words):
    assert long_modules(lengths, over) == [words]


def test_short_modules_and_listed_ones_pass():
    assert long_modules({"a.py": 250, "b.py": 260}, {"b.py": 260}) == []


def test_repeated_symbols_are_found():
    page = "| symbol | term | 中文 |\n|---|---|---|\n| $B$ | batch | 批 |\n| $T$ | frames | 帧 |\n"
    assert repeated(table_rows(page)) == []
    page += "\n| symbol | term | 中文 |\n|---|---|---|\n"
    page += "| $B$ | bias | 偏置 |\n| $b$ | Frames | 帧数 |\n"
    assert repeated(table_rows(page)) == ["$B$", "frames"]
