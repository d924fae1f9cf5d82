"""Homework as a learner opens it: a cell that needs a blank says which exercise is missing."""

import ast
import re

import nbformat
import pytest

from course_utils.authoring.text import Course, is_homework

COURSE = Course()
HOMEWORK = [name for name in COURSE.names() if is_homework(name)]
NOT_YET = re.compile("not yet|no answer yet")


def assigned(source):
    """The names that a cell would have made, had it not failed."""
    nodes = ast.walk(ast.parse(source))
    return {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def problems(cells):
    """Run cells one by one, past every failure; return the failures that name no exercise."""
    scope, missing, found = {"__name__": "__main__"}, set(), []
    for number, source in cells:
        try:
            exec(compile(source, f"cell {number}", "exec"), scope)
        except Exception as error:
            said = str(error)
            blank = isinstance(error, NotImplementedError) and said.startswith("Exercise ")
            graded = (
                isinstance(error, AssertionError) and "Exercise " in said and NOT_YET.search(said)
            )
            follows = isinstance(error, NameError) and error.name in missing
            missing |= assigned(source)
            if not (blank or graded or follows):
                found.append(f"cell {number}: {type(error).__name__}: {said}")
    return found


@pytest.mark.parametrize("name", HOMEWORK)
def test_every_blank_names_its_exercise_and_nothing_else_fails(name, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_QUICK", "1")
    monkeypatch.chdir(COURSE.student(name).parent)
    notebook = nbformat.read(COURSE.student(name), 4)
    cells = [
        (i, cell.source) for i, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"
    ]
    assert problems(cells) == []


def test_a_failure_that_names_no_exercise_is_found():
    cells = [
        (1, "def f(x):\n    raise NotImplementedError('Exercise 1.1')\nanswer = None"),
        (2, "y = f(1)"),
        (3, "y + 1"),
        (4, "answer + 1"),
        (5, "z + 1"),
    ]
    assert [line.split(":")[0] for line in problems(cells)] == ["cell 4", "cell 5"]
