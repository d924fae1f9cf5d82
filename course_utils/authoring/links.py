"""Links to the lesson before and after, which the build writes: no text holds them.

A cell of links stands at the end, and at the top: under the title of a lesson, above that of a
homework, whose first cell is long. On slides both are skipped.
"""

import os
import re
from pathlib import Path

import nbformat

from .lesson_rules import order_of
from .text import Course, is_homework

PLACES = ("links-top", "links-end")  # the ids of the two cells
TITLE = re.compile(r"^# # (.+)$", re.MULTILINE)


def neighbours(name: str, course: Course) -> tuple[str | None, str | None]:
    """The lessons before and after a lesson; of a homework, its own lesson and the one after."""
    lessons = [other for other in course.names() if not is_homework(other)]
    place = order_of(name)
    before = [
        o for o in lessons if order_of(o) < place or is_homework(name) and order_of(o) == place
    ]
    after = [other for other in lessons if order_of(other) > place]
    return (before or [None])[-1], (after or [None])[0]


def label(name: str) -> str:
    """What a link calls a lesson: "Lesson 02", "Lesson 07b"; the primer is called by its name."""
    number, word = name.split("_")[:2]
    return word.capitalize() if word == "primer" else f"Lesson {number}"


def link_line(name: str, path: Path, course: Course) -> str:
    """The links of one notebook as Markdown, relative to its folder; empty if it has none."""
    parts = []
    for other, form in zip(neighbours(name, course), ("[← {}]({})", "[{} →]({})")):
        if other:
            address = os.path.relpath(course.notebook(other), path.parent)
            text = f"{label(other)}: {title(other, course)}"
            parts.append(form.format(text, Path(address).as_posix()))
    return " · ".join(parts)


def title(name: str, course: Course) -> str:
    """The title of a text, or its name if it has none."""
    found = TITLE.search(course.text(name).read_text(encoding="utf-8"))
    return found.group(1).strip() if found else name


def add_links(
    notebook: nbformat.NotebookNode, name: str, path: Path, course: Course
) -> nbformat.NotebookNode:
    """Put the links into a notebook that is to be stored at `path`, in place, and return it."""
    if line := link_line(name, path, course):
        top, end = (nbformat.v4.new_markdown_cell(line, id=place) for place in PLACES)
        for cell in (top, end):
            cell.metadata["slideshow"] = {"slide_type": "skip"}
        notebook.cells.insert(0 if is_homework(name) else 1, top)
        notebook.cells.append(end)
    return notebook
