"""A homework with blanks, by nbgrader's preprocessors alone: no database, no course folder."""

import copy

import nbformat

from .text import HOMEWORK_TAG


def student_version(solutions: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take solutions, hidden tests and outputs out of a homework, and lock its graded cells.

    Args:
        solutions: a homework as `read_text` gives it, executed or not; it is left as it is.
    """
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    class NameTheExercise(ClearSolutions):
        """nbgrader knows one text for all blanks; here each says which exercise it belongs to."""

        def preprocess_cell(self, cell, resources, cell_index):
            for mark in filter(None, map(HOMEWORK_TAG.fullmatch, cell.metadata.get("tags", []))):
                self.code_stub = {
                    "python": f'raise NotImplementedError("Exercise {mark.group(2)}")'
                }
            return super().preprocess_cell(cell, resources, cell_index)

    notebook, resources = copy.deepcopy(solutions), {}
    for step in (
        CheckCellMetadata,
        LockCells,
        NameTheExercise,
        ClearHiddenTests,
        ClearOutput,
        ComputeChecksums,
    ):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook
