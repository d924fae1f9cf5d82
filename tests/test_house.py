"""The house rules, on all that is stored. That each can fail is shown in test_house_rules.py."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from course_utils.authoring.build import difference
from course_utils.authoring.evidence import evidence_problems
from course_utils.authoring.lesson_rules import (
    budget,
    drawing_problems,
    execution_problems,
    part_problems,
    picture_problems,
    size_problems,
    source_problems,
    tag_problems,
    varying_cells,
)
from course_utils.authoring.rules import output_problems
from course_utils.authoring.source_rules import (
    floor_problems,
    imports,
    long_lines,
    long_modules,
    repeated,
    table_rows,
    undocumented,
)
from course_utils.authoring.text import ROOT, Course, is_homework

COURSE = Course()
NAMES = COURSE.names()
LESSONS = [name for name in NAMES if not is_homework(name)]
HOMEWORK = [name for name in NAMES if is_homework(name)]
MODULES = sorted((ROOT / "course_utils").rglob("*.py"))
each_notebook = pytest.mark.parametrize("name", NAMES)
each_lesson = pytest.mark.parametrize("name", LESSONS)
each_homework = pytest.mark.parametrize("name", HOMEWORK)
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))

# recorded seconds may exceed the budget by this factor: the build may share its cores
SLOW_MACHINE = 1.5
MEGABYTE = 2**20
LARGEST_FILE = 5 * MEGABYTE  # checkpoints have 4 MB or less


def stored(name):
    """The executed notebook of a text."""
    return nbformat.read(COURSE.notebook(name), as_version=nbformat.NO_CONVERT)


# ---- notebooks -----------------------------------------------------------------------------------


@each_notebook
def test_text_and_notebook_agree(name):
    assert difference(name) is None


@each_notebook
def test_every_code_cell_was_executed_in_order(name):
    assert execution_problems(stored(name)) == []


@each_notebook
def test_outputs_are_the_same_on_every_machine_and_load_nothing(name):
    assert output_problems(stored(name)) == []


@each_notebook
def test_sources_load_nothing(name):
    assert source_problems(stored(name)) == []


@each_notebook
def test_tags_are_known_and_justified(name):
    assert tag_problems(name, stored(name)) == []


@each_notebook
def test_code_cells_are_short(name):
    if is_homework(name):
        pytest.skip("an exercise is as long as it must be")
    assert size_problems(stored(name)) == []


@each_lesson
def test_a_lesson_has_its_parts(name):
    assert part_problems(name, stored(name)) == []


@each_lesson
def test_a_machine_is_drawn_before_its_class_is_written(name):
    assert drawing_problems(stored(name)) == []


@each_lesson
def test_every_picture_has_a_sentence_and_a_digest(name):
    assert picture_problems(stored(name)) == []


@each_lesson
def test_a_comparison_of_trained_models_says_on_how_many_runs(name):
    assert evidence_problems(stored(name)) == []


@each_notebook
def test_the_number_of_cells_that_nobody_compares_is_held(name):
    held = json.loads((ROOT / "tests" / "varying_cells.json").read_text())
    found = varying_cells(stored(name))
    assert found == held.get(name, 0), (
        f"{found} cells of {name} are not compared, tests/varying_cells.json allows "
        f"{held.get(name, 0)}: make them print what does not vary, or raise the number and say why "
        "in the commit"
    )


def test_no_number_is_held_for_a_notebook_that_is_gone():
    assert set(json.loads((ROOT / "tests" / "varying_cells.json").read_text())) <= set(NAMES)


@each_notebook
def test_measured_seconds_are_within_the_budget(name):
    assert name in COURSE.seconds(), f"notebooks/seconds.json has no {name}: build it"
    assert 0 < COURSE.seconds()[name] <= SLOW_MACHINE * budget(name)


def test_seconds_are_recorded_for_notebooks_alone():
    assert set(COURSE.seconds()) == set(NAMES)


def test_every_notebook_has_a_text():
    made = {COURSE.notebook(name) for name in NAMES} | {COURSE.student(name) for name in HOMEWORK}
    found = {
        p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
    }
    assert sorted(found - made) == []


@each_homework
def test_the_version_with_blanks_holds_no_output_and_fails_by_name(name):
    student = nbformat.read(COURSE.student(name), as_version=nbformat.NO_CONVERT)
    exercises = [c for c in student.cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert exercises and all(not cell.outputs for cell in student.cells if cell.cell_type == "code")
    for cell in exercises:
        assert re.search(r'raise NotImplementedError\("Exercise \d+\.\d+"\)', cell.source), (
            cell.source
        )


@each_notebook
def test_lines_of_a_text_fit(name):
    assert long_lines(COURSE.text(name).read_text(), prose=True) == []


@each_lesson
def test_the_readme_maps_every_lesson(name):
    readme = ROOT / "README.md"
    assert readme.exists() and f"notebooks/{name}.ipynb" in readme.read_text()


# ---- modules and files ---------------------------------------------------------------------------


@each_module
def test_modules_import_from_lower_floors(path):
    assert floor_problems(path.relative_to(ROOT), path.read_text()) == []


@each_module
def test_public_functions_have_docstrings(path):
    if path.parent.name.startswith("lesson") or path.name.startswith("lesson"):
        pytest.skip("wrong implementations: each stands beside the message that explains it")
    assert undocumented(path.read_text()) == []


def test_importing_the_package_imports_nothing_heavy():
    """The package needs `threads` alone, which must come before torch and needs no package."""
    package = ROOT / "course_utils"
    names = {node.module for node in imports((package / "__init__.py").read_text())}
    assert names == {"course_utils"}
    assert "from course_utils import threads\n" in (package / "__init__.py").read_text()
    needs = {node.module for node in imports((package / "threads.py").read_text())} - {"torch"}
    assert needs <= sys.stdlib_module_names
    code = "import sys, course_utils; assert not {'torch', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def tracked_files():
    """Files under version control; outside a repository, all that would be."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [
            ROOT / line for line in listed.stdout.split("\0") if line and (ROOT / line).is_file()
        ]
    skipped = {".venv", ".git", "__pycache__", "build"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.parts)]


def test_no_file_is_large():
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked_files()}
    assert len(sizes) > 10
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}
    checkpoints = sum(size for name, size in sizes.items() if name.startswith("data/checkpoints/"))
    assert checkpoints <= 30 * MEGABYTE


def test_lines_of_code_fit():
    kinds = {".py", ".toml", ".yml", ".cfg", ".sh"}
    apart = {ROOT / "notebooks" / "text"}  # held above, where rows of tables may be long
    code = [p for p in tracked_files() if p.suffix in kinds and not apart & set(p.parents)]
    found = {str(path.relative_to(ROOT)): long_lines(path.read_text()) for path in code}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_modules_are_short():
    lengths = {
        path.relative_to(ROOT / "course_utils").as_posix(): len(path.read_text().splitlines())
        for path in MODULES
    }
    assert len(lengths) > 10
    assert long_modules(lengths) == []


def test_notation_lists_no_symbol_and_no_term_twice():
    rows = table_rows((ROOT / "notebooks" / "notation.md").read_text())
    assert len(rows) >= 80
    assert repeated(rows) == []
    for row in rows:
        assert all(row), f"an empty field in {row}"
        assert re.search(r"[\u4e00-\u9fff]", row[2]), f"no Chinese in {row}"
