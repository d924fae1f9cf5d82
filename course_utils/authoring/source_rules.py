"""House rules for modules and pages; each returns what is wrong, or an empty list."""

import ast
import re
from collections import Counter

LINE = 110

# A module imports only from floors below its own, or from its own folder.
FLOORS = {
    "files": 0,
    "attention": 0, "positions": 0, "layers": 0, "patches": 0, "metrics": 0, "sampling": 0,
    "transformer": 1, "tokenizers": 1, "worlds": 1, "baselines": 1,
    "models": 2, "training": 2, "checkpoints": 2,
    "viz": 3, "checks": 3,
    "authoring": 4,
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
    """Names of public functions, classes and methods without a docstring; torch names what `forward` does."""
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
    """Numbers of lines that are too long; in prose, rows of tables, links and cell headers may be."""
    free = re.compile(r"# \||# %%|.*\]\(|.*https?://")
    return [
        number
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > LINE and not (prose and free.match(line))
    ]


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
    return sorted(name for counts in (symbols, terms) for name, count in counts.items() if count > 1)
