"""Where texts and notebooks are, and how a text becomes cells (see the package's docstring)."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course_utils.files import replace_file

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
HOMEWORK_TAG = re.compile(r"(exercise|graded)-(\d+\.\d+)([a-z]?)")
KEPT_CELL_METADATA = ("tags", "slideshow", "points")


@dataclass(frozen=True)
class Course:
    """The files of a course below one folder.

    Args:
        root: the folder that holds `notebooks/`.
    """

    root: Path = ROOT

    def names(self) -> list[str]:
        """Names of all texts, in order, without folder and ending."""
        return sorted(path.stem for path in (self.root / "notebooks" / "text").glob("*.py"))

    def text(self, name: str) -> Path:
        """The text of one notebook."""
        return self.root / "notebooks" / "text" / f"{name}.py"

    def notebook(self, name: str) -> Path:
        """The executed notebook: of a homework, the solutions."""
        folder = "homework/solutions" if is_homework(name) else "."
        return self.root / "notebooks" / folder / f"{name}.ipynb"

    def student(self, name: str) -> Path:
        """The version of a homework with blanks."""
        return self.root / "notebooks" / "homework" / f"{name}.ipynb"

    @property
    def seconds_file(self) -> Path:
        """Where the build records how long each notebook took."""
        return self.root / "notebooks" / "seconds.json"

    def seconds(self) -> dict[str, float]:
        """Measured seconds of each notebook, by name; empty before the first build."""
        return json.loads(self.seconds_file.read_text()) if self.seconds_file.exists() else {}

    def record_seconds(self, name: str, seconds: float) -> None:
        """Store how long a notebook took, next to what the others took."""
        rows = {**self.seconds(), name: round(seconds, 1)}
        write_text(self.seconds_file, json.dumps(rows, indent=1, sort_keys=True) + "\n")


def is_homework(name: str) -> bool:
    """Whether a name belongs to a homework, `hw02_...`, and not to a lesson, `02_...`."""
    return re.match(r"hw\d\d_", name) is not None


def read_text(path: Path) -> nbformat.NotebookNode:
    """Read a py:percent text as a notebook without outputs: metadata and ids depend on it alone.

    Raises:
        ValueError: the file has no cells, an empty cell, or homework tags that do not fit together.
    """
    import jupytext

    read = jupytext.read(path, fmt="py:percent")
    notebook = nbformat.v4.new_notebook(metadata=json.loads(json.dumps(NOTEBOOK_METADATA)))
    seen: Counter = Counter()
    for number, cell in enumerate(read.cells, 1):
        if not cell.source.strip():
            raise ValueError(f"{path.name}: cell {number} is empty")
        unknown = sorted(set(cell.metadata) - {*KEPT_CELL_METADATA, "lines_to_next_cell"})
        if unknown:
            raise ValueError(
                f"{path.name}: cell {number} has unknown metadata {', '.join(unknown)}; "
                f"known are {', '.join(KEPT_CELL_METADATA)}"
            )
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        made = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")(cell.source)
        made.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        made.metadata.update(
            {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
        )
        if made.metadata.get("slideshow", {}).get("slide_type") == "notes":
            made.metadata["jupyter"] = {"source_hidden": True}  # folded for who reads alone
        notebook.cells.append(made)
    if not notebook.cells:
        raise ValueError(f"{path.name}: has no cells")
    add_grading(notebook, path.name)
    return notebook


def add_grading(notebook: nbformat.NotebookNode, name: str) -> None:
    """Turn the tags `exercise-2.1` and `graded-2.1` with `points` into nbgrader metadata, in place.

    Raises:
        ValueError: a tag twice, on prose, without points or a solution region, or a region outside
        its cell.
    """
    seen = set()
    for number, cell in enumerate(notebook.cells, 1):
        where = f"{name}: cell {number}"
        marks = [
            mark for tag in cell.metadata.get("tags", []) if (mark := HOMEWORK_TAG.fullmatch(tag))
        ]
        points = cell.metadata.pop("points", None)
        kind = marks[0].group(1) if marks else None
        if len(marks) > 1 or (marks and cell.cell_type != "code"):
            raise ValueError(
                f"{where}: one homework tag, on a code cell, is what is possible; got "
                f"{cell.metadata.tags}"
            )
        if (points is not None) != (kind == "graded"):
            raise ValueError(
                f"{where}: a graded cell has points=NUMBER in its header, and no other cell has"
            )
        for region, owner in (("SOLUTION", "exercise"), ("HIDDEN TESTS", "graded")):
            begins, ends = (cell.source.count(f"### {word} {region}") for word in ("BEGIN", "END"))
            if begins != ends:
                raise ValueError(
                    f"{where}: {begins} '### BEGIN {region}' but {ends} '### END {region}'"
                )
            if begins and kind != owner:
                raise ValueError(
                    f"{where}: '### BEGIN {region}' belongs into a cell tagged {owner}-NUMBER"
                )
        if not marks:
            continue
        if kind == "exercise" and "### BEGIN SOLUTION" not in cell.source:
            raise ValueError(
                f"{where}: an exercise cell needs '### BEGIN SOLUTION' and '### END SOLUTION'"
            )
        grade_id = marks[0].group(0).replace(".", "-")  # nbgrader takes no dot
        if grade_id in seen:
            raise ValueError(
                f"{where}: the tag {marks[0].group(0)} is taken; a second cell takes a letter: "
                "exercise-2.1b"
            )
        seen.add(grade_id)
        graded = kind == "graded"
        cell.metadata["nbgrader"] = {
            "grade": graded,
            "grade_id": grade_id,
            "locked": graded,
            "schema_version": 3,
            "solution": not graded,
            "task": False,
            **({"points": points} if graded else {}),
        }


def write_text(path: Path, content: str) -> None:
    """Write a file so that readers see the old or the new one whole, never a part."""
    replace_file(path, lambda temporary: Path(temporary).write_text(content, encoding="utf-8"))


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Validate a notebook and store it, with sorted keys."""
    nbformat.validate(notebook)
    write_text(path, nbformat.writes(notebook, version=4) + "\n")
