"""Execute a text and store its notebook; compare stored notebooks with their texts."""

import copy
import json
import os
import time
from itertools import zip_longest
from pathlib import Path

import nbformat

from .links import add_links
from .rules import output_problems
from .text import Course, is_homework, read_text, write_notebook


class BuildError(Exception):
    """A notebook that could not be built; the message says which cell, and why."""


def execute(notebook: nbformat.NotebookNode, name: str, folder, timeout: float) -> float:
    """Run all cells in full mode, in place, and return the seconds that it took.

    Args:
        notebook: cells without outputs.
        name: for messages.
        folder: the working directory of the kernel.
        timeout: seconds that one cell may take.

    Raises:
        BuildError: a cell failed, ran out of time, or killed its kernel.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    running = []
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=lambda cell, cell_index: running.append(cell_index + 1),
    )
    full_mode = {key: value for key, value in os.environ.items() if key != "COURSE_QUICK"}
    started = time.perf_counter()
    try:
        client.execute(env=full_mode)
    except (CellControlSignal, DeadKernelError) as error:
        number = running[-1] if running else 1
        reason = f"{error.ename}: {error.evalue}" if hasattr(error, "ename") else str(error)
        source = "\n".join(f"    {line}" for line in notebook.cells[number - 1].source.splitlines())
        raise BuildError(f"{name}: cell {number} failed with {reason.strip()}\n{source}") from error
    return time.perf_counter() - started


def build(name: str, course: Course | None = None, timeout: float = 1200) -> float:
    """Build one notebook from its text (of a homework, both versions); record, return its seconds.

    Raises:
        BuildError: a cell failed or stored an output that no notebook may hold; the old notebook
        stays.
        ValueError: the text is not one that can be built.
    """
    course = course or Course()
    target = course.notebook(name)
    notebook = read_text(course.text(name))
    seconds = execute(notebook, name, target.parent, timeout)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = json.loads(json.dumps(read_text(course.text(name)).metadata))
    _store(notebook, name, course)
    course.record_seconds(name, seconds)
    return seconds


def refresh(name: str, course: Course | None = None) -> None:
    """Take over the prose and the links of a text without executing it; the outputs stay.

    Raises:
        BuildError: the text's code is not the stored code, or there is no notebook to keep.
        ValueError: the text is not one that can be built.
    """
    course = course or Course()
    path = course.notebook(name)
    if not path.exists():
        raise BuildError(f"{name}: there is no notebook whose outputs could be kept")
    notebook, stored = read_text(course.text(name)), nbformat.read(path, as_version=4)
    code = ([c for c in cells if c.cell_type == "code"] for cells in (notebook.cells, stored.cells))
    for number, (cell, old) in enumerate(zip_longest(*code), 1):
        if cell is None or old is None or cell.source != old.source:
            raise BuildError(
                f"{name}: code cell {number} is not the stored one, whose outputs would be kept; "
                "build it without --text"
            )
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    _store(notebook, name, course)


def _store(notebook, name, course):
    problems = output_problems(notebook)
    if problems:
        raise BuildError("\n".join(f"{name}: {problem}" for problem in problems))
    path = course.notebook(name)
    write_notebook(add_links(notebook, name, path, course), path)
    if is_homework(name):
        build_student(name, course)


def build_student(name: str, course: Course | None = None) -> None:
    """Make the version of a homework with blanks from its text, without executing anything."""
    course = course or Course()
    path = course.student(name)
    write_notebook(_expected(name, course)[path], path)


def _expected(name, course) -> dict[Path, nbformat.NotebookNode]:
    """What a text says that each notebook made from it holds, without outputs."""
    text = read_text(course.text(name))
    notebooks = {course.notebook(name): text}
    if is_homework(name):
        from .student import student_version

        notebooks[course.student(name)] = student_version(text)
    return {path: add_links(made, name, path, course) for path, made in notebooks.items()}


def difference(name: str, course: Course | None = None) -> str | None:
    """The first place where a stored notebook is not what its text says, in words; else None.

    Compares type, source, metadata and id of each cell, and the notebook's own metadata, but no
    outputs. The links are compared too, although the build adds them.
    """
    course = course or Course()
    found = (
        _first_difference(expected, path, course)
        for path, expected in _expected(name, course).items()
    )
    return next(filter(None, found), None)


def _first_difference(expected, path, course) -> str | None:
    where = path.relative_to(course.root)
    if not path.exists():
        return f"{where} does not exist"
    try:
        stored = nbformat.reads(path.read_text(encoding="utf-8"), as_version=nbformat.NO_CONVERT)
    # whatever is wrong with the file, the answer is the same: build it again
    except Exception as error:
        return f"{where} cannot be read ({type(error).__name__})"
    pairs = list(zip(_bare(expected), _bare(stored)))
    for number, (wanted, got) in enumerate(pairs, 1):
        for key in ("cell_type", "source", "metadata", "id"):
            if wanted.get(key) != got.get(key):
                values = f"text {wanted.get(key)!r:.90}, notebook {got.get(key)!r:.90}"
                return f"{where}: cell {number} differs in {key}: {values}"
    if len(expected.cells) != len(stored.cells):
        counts = f"text has {len(expected.cells)} cells, notebook {len(stored.cells)}"
        return f"{where}: cell {len(pairs) + 1} differs: {counts}"
    if expected.metadata != stored.metadata:
        return f"{where}: the notebook's own metadata differ"
    return None


def _bare(notebook):
    cells = copy.deepcopy(notebook.cells)
    for cell in cells:
        cell.source = "".join(cell.source)
    return cells
