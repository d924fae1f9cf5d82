"""From text to notebook: deterministic, careful with what is stored, honest about what failed."""

import json
import subprocess
import sys
import textwrap

import nbformat
import pytest

from course_utils.authoring.__main__ import main
from course_utils.authoring.build import (
    BuildError,
    build,
    build_student,
    difference,
    refresh,
)
from course_utils.authoring.rules import network_problems, output_problems, text_problems
from course_utils.authoring.text import Course, read_text

LESSON = textwrap.dedent(
    """\
    # %% [markdown] slideshow={"slide_type": "slide"}
    # # Add two numbers
    #
    # $$ a + b $$

    # %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
    # varies: nothing, in fact
    import os

    print("quick" if os.environ.get("COURSE_QUICK") else "full")
    print("second line")

    # %%
    1 + 1

    # %%
    1 + 1
    """
)
HOMEWORK = textwrap.dedent(
    """\
    # %% [markdown]
    # # Homework

    # %% tags=["exercise-2.1"]
    def double(x):
        \"\"\"Twice x.\"\"\"
        ### BEGIN SOLUTION
        secret = 2
        return secret * x
        ### END SOLUTION

    # %% tags=["exercise-2.2"]
    def half(x):
        ### BEGIN SOLUTION
        return x / 2
        ### END SOLUTION

    # %% tags=["graded-2.1"] points=2
    assert double(1) == 2
    ### BEGIN HIDDEN TESTS
    assert double(21) == 42
    ### END HIDDEN TESTS

    # %%
    print(double(3))
    """
)


@pytest.fixture
def course(tmp_path):
    """A course of one lesson and one homework in an empty folder."""
    course = Course(tmp_path)
    course.text("02_add").parent.mkdir(parents=True)
    course.text("02_add").write_text(LESSON)
    course.text("hw02_add").write_text(HOMEWORK)
    return course


def edit(path, old, new):
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))


def test_two_builds_are_byte_identical(course, monkeypatch):
    monkeypatch.setenv("COURSE_QUICK", "1")
    build("02_add", course)
    first = course.notebook("02_add").read_bytes()
    build("02_add", course)
    assert course.notebook("02_add").read_bytes() == first
    notebook = nbformat.reads(first.decode(), as_version=4)
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3]
    # a build never runs in quick mode
    assert notebook.cells[1].outputs[0].text == "full\nsecond line\n"
    assert len({cell.id for cell in notebook.cells}) == 4
    assert notebook.cells[1].metadata == {
        "tags": ["nbval-ignore-output"],
        "slideshow": {"slide_type": "fragment"},
    }


def test_notes_for_the_lecturer_are_folded_in_the_notebook(course):
    edit(course.text("02_add"), '"fragment"', '"notes"')
    cells = read_text(course.text("02_add")).cells
    notes = [cell.metadata.get("slideshow", {}).get("slide_type") == "notes" for cell in cells]
    assert [cell.metadata.get("jupyter") for cell in cells] == [
        {"source_hidden": True} if note else None for note in notes
    ]
    assert any(notes)


def test_an_inserted_cell_leaves_the_other_ids_alone(course):
    before = [cell.id for cell in read_text(course.text("02_add")).cells]
    edit(course.text("02_add"), "# %%\n1 + 1", "# %%\n3 * 3\n\n# %%\n1 + 1")
    after = [cell.id for cell in read_text(course.text("02_add")).cells]
    assert after[:2] + after[3:] == before


def test_the_build_records_seconds(course):
    seconds = build("02_add", course)
    build("hw02_add", course)
    stored = json.loads(course.seconds_file.read_text())
    assert list(stored) == ["02_add", "hw02_add"]
    assert stored["02_add"] == round(seconds, 1) and 0 < seconds < 60


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda path: path.unlink(), "does not exist"),
        (lambda path: path.write_text("{"), "cannot be read"),
        (lambda path: edit(path, '"1 + 1"', '"1 + 2"'), "cell 3 differs in source"),
        (
            lambda path: edit(path, "nbval-ignore-output", "nbval-skip"),
            "cell 2 differs in metadata",
        ),
        (lambda path: edit(path, '"Python 3 (ipykernel)"', '"mine"'), "own metadata"),
    ],
)
def test_check_names_the_first_difference(course, capsys, change, words):
    build("02_add", course)
    assert difference("02_add", course) is None
    assert main(["--root", str(course.root), "check", "02_add"]) == 0
    change(course.notebook("02_add"))
    assert words in difference("02_add", course)
    assert main(["--root", str(course.root), "check", "02_add"]) == 1
    assert words in capsys.readouterr().err


def test_check_sees_a_changed_text(course):
    build("02_add", course)
    edit(course.text("02_add"), "# # Add two", "# # Sum two")
    assert "cell 1 differs in source" in difference("02_add", course)
    course.text("02_add").write_text(LESSON + "\n# %%\n7\n")
    assert "cell 5 differs: text has 5 cells, notebook 4" in difference("02_add", course)


def test_changed_builds_what_changed(course, capsys):
    arguments = ["--root", str(course.root), "build", "--changed"]
    assert main(arguments) == 0
    assert "2 of 2 texts changed" in capsys.readouterr().out
    edit(course.text("02_add"), "second line", "another line")
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[0] == "1 of 2 texts changed"
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == ["0 of 2 texts changed"]


@pytest.mark.parametrize(
    "cell, words",
    [
        ("undefined_name", "cell 5 failed with NameError: name 'undefined_name' is not defined"),
        ("import os\nos._exit(1)", "cell 5 failed with"),
        ("import time\ntime.sleep(60)", "cell 5 failed with"),
        ("import warnings\nwarnings.warn('old')", "cell 5 writes to stderr"),
        ("print('/home/me/clip.mp4')", "cell 5 prints an absolute path"),
        ("print(object())", "cell 5 prints what differs on every run"),
        ("from ipywidgets import IntSlider\nIntSlider()", "widget"),
    ],
)
def test_a_failed_build_names_its_cell_and_leaves_the_old_notebook(course, capsys, cell, words):
    build("02_add", course)
    before, seconds = course.notebook("02_add").read_bytes(), course.seconds_file.read_bytes()
    course.text("02_add").write_text(LESSON + f"\n# %%\n{cell}\n")
    assert main(["--root", str(course.root), "build", "--timeout", "5", "02_add"]) == 1
    assert words in capsys.readouterr().err
    assert course.notebook("02_add").read_bytes() == before
    assert course.seconds_file.read_bytes() == seconds
    assert not list(course.root.rglob(".*ipynb*"))


def test_the_error_holds_the_source_of_the_cell(course):
    course.text("02_add").write_text("# %%\nx = 1\n1 / 0\n")
    with pytest.raises(
        BuildError, match=r"02_add: cell 1 failed with Zero.*\n    x = 1\n    1 / 0"
    ):
        build("02_add", course)


def test_a_homework_gives_solutions_and_a_version_with_blanks(course):
    build("hw02_add", course)
    assert difference("hw02_add", course) is None
    solutions = nbformat.read(course.notebook("hw02_add"), as_version=4)
    assert "secret" in solutions.cells[2].source and solutions.cells[-2].outputs[0].text == "6\n"
    student = nbformat.read(course.student("hw02_add"), as_version=4)
    everything = course.student("hw02_add").read_text()
    for word in ("secret", "x / 2", "42", "SOLUTION", "HIDDEN"):
        assert word not in everything
    code = [cell for cell in student.cells if cell.cell_type == "code"]
    assert len(code) == 4
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    names = {}
    for cell in code[:2]:
        exec(cell.source, names)
        assert cell.metadata.deletable is False and "editable" not in cell.metadata
    for function, exercise in (("double", "Exercise 2.1"), ("half", "Exercise 2.2")):
        with pytest.raises(NotImplementedError, match=f"^{exercise}$"):
            names[function](1)
    graded = code[2]
    assert graded.metadata.deletable is False and graded.metadata.editable is False
    assert graded.metadata.nbgrader.points == 2 and graded.metadata.nbgrader.locked is True
    assert len(graded.metadata.nbgrader.checksum) == 32
    assert graded.source == "assert double(1) == 2"


def test_check_sees_a_solution_that_slipped_into_the_version_with_blanks(course):
    build("hw02_add", course)
    edit(course.student("hw02_add"), r"raise NotImplementedError(\"Exercise 2.2\")", "return x / 2")
    assert "homework/hw02_add.ipynb: cell 4 differs in source" in difference("hw02_add", course)
    build_student("hw02_add", course)
    assert difference("hw02_add", course) is None


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "has no cells"),
        ("# %%\n\n# %%\n1\n", "cell 1 is empty"),
        ('# %% tag=["subject"]\n1\n', "cell 1 has unknown metadata tag"),
        ('# %% tags=["graded-2.1"]\n1\n', "points=NUMBER"),
        ("# %% points=2\n1\n", "points=NUMBER"),
        ('# %% tags=["exercise-2.1"]\n1\n', "needs '### BEGIN SOLUTION'"),
        ("# %%\n### BEGIN SOLUTION\n1\n### END SOLUTION\n", "belongs into a cell tagged exercise"),
        ('# %% tags=["exercise-2.1"]\n### BEGIN SOLUTION\n1\n', "1 '### BEGIN SOLUTION' but 0"),
        (
            "# %%\n### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS\n",
            "belongs into a cell tagged graded",
        ),
        ('# %% [markdown] tags=["exercise-2.1"]\n# prose\n', "on a code cell"),
        (2 * '# %% tags=["graded-2.1"] points=1\n1\n\n', "the tag graded-2.1 is taken"),
    ],
)
def test_a_text_that_makes_no_sense_is_refused(tmp_path, text, words):
    path = tmp_path / "02_bad.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"02_bad\.py: ") as error:
        read_text(path)
    assert words in str(error.value)


def test_prose_is_taken_over_without_running_anything(course, capsys):
    build("02_add", course)
    before, seconds = course.notebook("02_add").read_bytes(), course.seconds_file.read_bytes()
    refresh("02_add", course)
    assert course.notebook("02_add").read_bytes() == before
    edit(course.text("02_add"), "# # Add two", "# # Sum two")
    edit(course.text("02_add"), '"fragment"', '"subslide"')
    course.text("02_add").write_text(
        course.text("02_add").read_text() + "\n# %% [markdown]\n# That is 2.\n"
    )
    assert main(["--root", str(course.root), "build", "--text", "02_add"]) == 0
    assert "02_add: text taken over, outputs kept" in capsys.readouterr().out
    assert difference("02_add", course) is None
    old, new = (
        nbformat.reads(source, as_version=4)
        for source in (before.decode(), course.notebook("02_add").read_text())
    )
    assert [cell.source for cell in new.cells if cell.cell_type == "markdown"] == [
        "# Sum two numbers\n\n$$ a + b $$",
        "That is 2.",
    ]
    assert new.cells[1].metadata.slideshow.slide_type == "subslide"
    for key in ("outputs", "execution_count", "source", "id"):
        assert [c[key] for c in new.cells[1:4]] == [c[key] for c in old.cells[1:4]]
    assert new.cells[1].outputs and course.seconds_file.read_bytes() == seconds


@pytest.mark.parametrize(
    "old, new, number",
    [
        ("1 + 1", "1 + 2", 2),
        ("# %%\n1 + 1\n", "", 3),  # one of two equal cells: the last is missing
        ("# %%\n1 + 1", "# %%\n0\n\n# %%\n1 + 1", 2),
        ("# varies: nothing, in fact", "# varies: nothing", 1),
    ],
)
def test_outputs_are_not_kept_under_other_code(course, capsys, old, new, number):
    build("02_add", course)
    before = course.notebook("02_add").read_bytes()
    edit(course.text("02_add"), old, new)
    assert main(["--root", str(course.root), "build", "--text", "02_add"]) == 1
    assert f"code cell {number} is not the stored one" in capsys.readouterr().err
    assert course.notebook("02_add").read_bytes() == before


def test_there_must_be_outputs_to_keep(course):
    with pytest.raises(BuildError, match="no notebook whose outputs could be kept"):
        refresh("02_add", course)


def test_the_prose_of_a_homework_reaches_both_versions(course):
    build("hw02_add", course)
    edit(course.text("hw02_add"), "# # Homework", "# # Homework two")
    refresh("hw02_add", course)
    assert difference("hw02_add", course) is None
    for path in (course.notebook("hw02_add"), course.student("hw02_add")):
        assert nbformat.read(path, as_version=4).cells[1].source == "# Homework two"


def test_names_that_do_not_exist_are_refused(course, capsys):
    assert main(["--root", str(course.root), "build", "99_no"]) == 2
    assert "02_add, hw02_add" in capsys.readouterr().err


def test_list_puts_the_slowest_first(course, tmp_path, capsys):
    course.record_seconds("02_add", 1)
    course.record_seconds("hw02_add", 5)
    assert main(["--root", str(course.root), "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == ["notebooks/homework/solutions/hw02_add.ipynb", "notebooks/02_add.ipynb"]
    assert main(["--root", str(tmp_path / "empty"), "list"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "/home/me/clip.mp4",
        "in '/tmp/x.py', line 3",
        "C:\\Users\\me",
        "<object at 0x7f2a11d03c40>",
        'id="p8d3f0a9b1c"',
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_text_that_no_other_machine_would_print_is_found(text):
    assert text_problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "data/clips/city.mp4",
        "16 frames/second",
        "4/tmpl",
        "0x7f",
        "#ff00aa12",
        "and/or",
        "a (1/2) b",
        "x /tmpx",
        "data:image/png;base64,iVBOR/home/me+/tmp/aaaa0x7f2a11d03c40==",
    ],
)
def test_harmless_text_passes(text):
    assert text_problems(text) == []


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example.org/a.js"></script>',
        "<img alt='' src=//example.org/a.png>",
        '<link rel="stylesheet" href="http://example.org/a.css">',
        "<style>@import 'https://example.org/a.css'</style>",
        "<style>p {background: url(https://example.org/a.png)}</style>",
        "![a picture](https://example.org/a.png)",
        '<script>fetch("https://example.org/a.json")</script>',
        "<script>import('//example.org/a.js')</script>",
    ],
)
def test_what_a_browser_would_load_is_found(page):
    assert network_problems(page)


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://example.org">paper</a>',
        "[paper](https://example.org/a.png)",
        "see https://example.org",
        '<img src="data:image/png;base64,AAAA//example">',
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        '<script>document.createElementNS("http://www.w3.org/2000/svg", "g") // draw</script>',
    ],
)
def test_links_that_a_reader_may_follow_pass(page):
    assert network_problems(page) == []


def test_widget_state_and_failures_are_found():
    notebook = nbformat.v4.new_notebook(
        metadata={"widgets": {}}, cells=[nbformat.v4.new_code_cell("1 / 0")]
    )
    error = nbformat.v4.new_output(
        "error", ename="ZeroDivisionError", evalue="division", traceback=["1"]
    )
    notebook.cells[0].outputs = [error]
    problems = output_problems(notebook)
    assert problems == [
        "the notebook holds widget state",
        "cell 1 failed with ZeroDivisionError: division",
    ]
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    assert output_problems(notebook) == ["the notebook holds widget state"]


def test_building_a_lesson_does_not_need_nbgrader(course):
    code = "import sys; sys.modules['nbgrader'] = None; "
    code += "from course_utils.authoring.__main__ import main; "
    code += f"sys.exit(main(['--root', {str(course.root)!r}, 'build', '02_add']))"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
