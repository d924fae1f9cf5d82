"""What a study is, and where it is found: one module for each, named after the study."""

import ast
import hashlib
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = "course_utils.studies"
MODULE = re.compile(r"lesson(\d\d\w??)_(\w+)\.py")


@dataclass(frozen=True)
class Study:
    """Trainings that are compared: every setting with every seed.

    question: one line that says what is compared; settings: {"name": value}, in the order of the
    tables; seeds: three or more; steps: of each run, an int or {"name": int}; run(value, seed):
    trains, measures, and returns {"number": 27.7, "curve": [y, ...], "other curve": (x, y)};
    tolerance: {"number": how far a remade one may lie from the stored one}, which --check needs;
    digits: significant digits that are kept. Raises ValueError for a study that compares nothing.
    """

    question: str
    settings: dict
    seeds: tuple
    steps: int | dict
    run: Callable
    tolerance: dict = field(default_factory=dict)
    digits: int = 4

    def __post_init__(self):
        if len(self.settings) < 2:
            raise ValueError(f"settings: got {[*self.settings]}, want two or more to compare")
        if len(set(self.seeds)) < 3:
            raise ValueError(f"seeds: got {self.seeds}, want three different ones or more")
        if isinstance(self.steps, dict) and set(self.steps) != set(self.settings):
            raise ValueError(f"steps: got {[*self.steps]}, want one for each of the settings")

    def steps_of(self, setting):
        """Return how many steps a run of this setting takes."""
        return self.steps[setting] if isinstance(self.steps, dict) else self.steps


def modules(folder=HERE):
    """Return {"name": (number of the lesson, module)} of all studies, in the order of lessons."""
    found = [MODULE.fullmatch(path.name) for path in sorted(Path(folder).glob("lesson*.py"))]
    return {m[2].replace("_", "-"): (m[1], m[0].removesuffix(".py")) for m in found if m}


def names():
    """Return the names of all studies."""
    return [*modules()]


def find(name):
    """Return the `Study` of this name; raises ValueError that says which there are."""
    if name not in modules():
        raise ValueError(f"study: got {name!r}, there are: {', '.join(modules())}")
    study = getattr(importlib.import_module(f"{PACKAGE}.{modules()[name][1]}"), "STUDY", None)
    if not isinstance(study, Study):
        raise ValueError(f"study: {modules()[name][1]}.py has no Study named STUDY")
    return study


def command(name):
    """Return the line that remakes a study."""
    return f"python -m {PACKAGE} {name}"


def digest(name, folder=HERE):
    """Return a fingerprint of the code that declares a study, without comments and layout.

    It covers the module and the other modules of this folder that it imports. The stored numbers
    carry it: where it differs, what was run is not what stands in the module now.
    """
    code, waiting, seen = [], [modules(folder)[name][1]], set()
    while waiting:
        module = waiting.pop(0)
        if module in seen:
            continue
        seen.add(module)
        tree = ast.parse((Path(folder) / f"{module}.py").read_text())
        code.append(ast.unparse(_bare(tree)))
        waiting += sorted(_siblings(tree))
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:16]


def _bare(tree):
    """The tree without docstrings and other lone strings."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _lone_string(line)] or [ast.Pass()]
    return tree


def _lone_string(node):
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def _siblings(tree):
    """Modules that declare studies or serve them, imported by this one."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}.lesson"):
            found.add(node.module.split(".")[-1])
    return found
