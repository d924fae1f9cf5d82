"""House rules for modules and pages; each returns what is wrong, or an empty list."""

import ast
import re
from collections import Counter

LINE, TEXT = 100, 84  # columns of a module, and of a text that becomes a notebook
LINES = 250  # of a module

# Modules that are longer all the same, with the number of their lines; the aim is none.
OVER = {}

# A module imports only from floors below its own, or from its own folder.
FLOORS = {
    "files": -1, "masks": -1, "fits": -1, "cache": -1, "from_torch": -1, "threads": -1,
    "quick": 0, "progress": 0, "optimizers": 0,
    "attention": 0, "positions": 0, "layers": 0, "patches": 0, "metrics": 0, "sampling": 0,
    "transformer": 1, "tokenizers": 1, "worlds": 1, "baselines": 1,
    "models": 2, "training": 2, "checkpoints": 2,
    "viz": 3, "checks": 3, "tasks": 3,
    "exercises": 4, "apps": 4, "studies": 4,
    "homework": 5,
    "authoring": 6, "grading": 6,
}  # fmt: skip


def imports(source):
    """Import statements of a module, wherever they stand, one node for each imported module."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [ast.ImportFrom(module=alias.name, names=[], level=0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node)
    return found


def floor_problems(path, source):
    """Imports of a module of course_utils that go up, sideways, or to a module without a floor."""
    own = path.with_suffix("").parts[1:]
    package = ["course_utils", *own[:-1]]
    if own[0] == "__init__":
        return []
    if own[0] not in FLOORS:
        return [f"{own[0]} has no floor"]
    problems = []
    for node in imports(source):
        base = package[: len(package) - node.level + 1] if node.level else []
        target = [*base, *(node.module or "").split(".")] if node.module else base
        if target[:1] != ["course_utils"]:
            continue
        for name in target[1:2] or [alias.name for alias in node.names]:
            if name not in FLOORS:
                problems.append(f"imports {name}, which has no floor")
            elif name != own[0] and FLOORS[name] >= FLOORS[own[0]]:
                problems.append(f"imports {name} of floor {FLOORS[name]} on floor {FLOORS[own[0]]}")
    return problems


def undocumented(source):
    """Public functions, classes and methods without a docstring; `forward` is torch's name."""
    missing = []

    def look(body, prefix=""):
        for node in body:
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            if node.name.startswith("_") or node.name in ("forward", "extra_repr"):
                continue
            if ast.get_docstring(node) is None:
                missing.append(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                look(node.body, f"{node.name}.")

    look(ast.parse(source).body)
    return missing


def long_lines(source, prose=False):
    """Numbers of lines that are too long.

    In prose there are lines that cannot be broken: rows of tables, links, cell headers, headings,
    the heading of a part that folds, and the formulas between double dollars.
    """
    free = re.compile(r"# \||# %%|# #+ |# <details><summary>|.*\]\(|.*https?://")
    widest = TEXT if prose else LINE
    found, inside = [], False
    for number, line in enumerate(source.splitlines(), 1):
        inside = inside and re.match(r"#(?! %%)", line) is not None  # a formula ends with its cell
        formula = inside or line.startswith("# $$")
        if line.startswith("# ") and line.count("$$") % 2:
            inside = not inside
        if len(line) > widest and not (prose and (formula or free.match(line))):
            found.append(number)
    return found


def long_modules(lengths, over=None):
    """Modules (path -> lines) over `LINES` that are not in `over`, and what is wrong in `over`."""
    over = OVER if over is None else over
    problems = [
        f"{name} has {lines} lines, want {LINES} or fewer"
        for name, lines in lengths.items()
        if lines > LINES and name not in over
    ]
    for name, allowed in over.items():
        lines = lengths.get(name, 0)
        if lines <= LINES:
            problems.append(f"{name} has {lines} lines: take it out of OVER")
        elif lines != allowed:
            problems.append(f"{name} has {lines} lines, OVER says {allowed}")
    return problems


def table_rows(page):
    """Fields of all rows of all tables of a page, without the headings."""
    rows = []
    for table in re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        for line in table.splitlines()[2:]:
            rows.append([field.strip() for field in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def repeated(rows):
    """Symbols (first fields) and English terms (second fields) that stand in more than one row."""
    symbols = Counter(row[0] for row in rows if row[0] != "-")
    terms = Counter(row[1].lower() for row in rows)
    return sorted(
        name for counts in (symbols, terms) for name, count in counts.items() if count > 1
    )
