"""House rule: a call of PyTorch or einops that a lesson makes was explained before, or is there.

`first_explained.py` holds the table: the text, and of the primer the section, that explains each
name first. A name is known by its last word, so that `x.softmax(-1)` and `torch.softmax(x, -1)` are
one. "Explained" is what a machine can see of it: the name stands between backticks in the prose of
that place, in a lesson at the latest in the prose that follows the first cell that uses it.
"""

import ast
import inspect
import re
from collections import Counter
from functools import cache

from .first_explained import EVERYDAY, EXPLAINED, PRIMER
from .lesson_rules import order_of

NEED = re.compile(r"\*\*You need\*\*(.*?)(?:\n\n|\*\*Time|\Z)", re.DOTALL)
SECTIONS = re.compile(rf"\[primer\]\({PRIMER}\.ipynb\)\s*\(([^)]*)\)")
BY_WORD = {"fit": 9, "process_time": 10}  # words of the course and of Python: their sections
PROPERTIES = (
    "data device dtype grad grad_fn imag is_leaf itemsize mT nbytes ndim real requires_grad shape T"
)


@cache
def universe():
    """All public names that PyTorch and einops give to functions, classes and methods."""
    import einops
    import torch
    from torch import nn

    homes = (torch, torch.Tensor, nn, nn.functional, nn.Module, nn.init, nn.utils, einops)
    homes += (torch.linalg, torch.func, torch.autograd, torch.optim)
    names = {(n, inspect.ismodule(getattr(home, n, None))) for home in homes for n in dir(home)}
    return {n for n, module in names if not module and not n.startswith("_")}


def used(source, modules):
    """Names of PyTorch and einops in one code cell.

    modules: what imported names stand for, such as {"rearrange": "rearrange"} and {"torch": True},
    with False for those of other packages; imports of the cell are added to it, in place.
    """
    tree = ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                home = getattr(node, "module", None) or alias.name
                ours = home.split(".")[0] in ("torch", "einops")
                own = alias.name if isinstance(node, ast.ImportFrom) else True
                modules[alias.asname or alias.name.split(".")[0]] = ours and own
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found |= {modules[node.id]} if modules.get(node.id) else set()
        elif isinstance(node, ast.Attribute):
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            home = modules.get(root.id) if isinstance(root, ast.Name) else None
            counts = id(node) in called or node.attr in PROPERTIES.split()
            if home or (home is None and counts):
                found |= {node.attr}
    return {name for name in found if name in universe()}


def uses(notebook):
    """{name: index of the first cell that uses it} of a notebook."""
    modules, first = {}, {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            for name in used(cell.source, modules):
                first.setdefault(name, index)
    return first


def said(prose, name):
    """Whether a name stands between backticks in a piece of prose."""
    spans = re.findall(r"`([^`\n]+)`", prose)
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", span) for span in spans)


def sections(notebook):
    """{number: prose} of the numbered sections of the primer."""
    parts = re.split(r"^## ", prose_of(notebook.cells), flags=re.MULTILINE)[1:]
    numbered = ((re.match(r"(\d+)\. ", part), part) for part in parts)
    return {int(number[1]): part for number, part in numbered if number}


def place_of(name):
    """(text, section) that explains a name first: ("00p_primer", 3) or ("06", None); else None."""
    for place, names in EXPLAINED.items():
        if name in names.split():
            text, _, section = place.partition(" ")
            return text, int(section) if section else None
    return None


def api_problems(name, notebook):
    """Names that a lesson uses and that nobody explained, or somebody only later.

    The primer may come after: lesson 00, which stands before it, points to it too.
    """
    problems, everyday, own = [], EVERYDAY.split(), order_of(name)
    for word, index in sorted(uses(notebook).items()):
        place = place_of(word)
        if word in everyday:
            continue
        if place is None:
            problems.append(f"uses {word}, which first_explained.py does not know")
        elif order_of(place[0]) > max(own, order_of(PRIMER)):
            problems.append(f"uses {word}, which comes only in {place[0]}")
        elif order_of(place[0]) == own and not place[1]:
            end = index + 1
            while end < len(notebook.cells) and notebook.cells[end].cell_type == "code":
                end += 1
            if not said(prose_of(notebook.cells[: end + 1]), word):
                problems.append(f"uses {word} in cell {index + 1} and does not explain it there")
    return problems


def table_problems(notebooks):
    """What is wrong in the table: places that do not say a name, names twice or never used.

    notebooks: {name: notebook} of the primer and all lessons.
    """
    names = Counter(word for words in [*EXPLAINED.values(), EVERYDAY] for word in words.split())
    problems = [f"{word} stands in the table twice" for word, count in names.items() if count > 1]
    everywhere = set().union(*(uses(notebook) for notebook in notebooks.values()))
    problems += [f"{word}: no lesson uses it" for word in sorted(set(names) - everywhere)]
    numbered = {order_of(name): notebook for name, notebook in notebooks.items()}
    parts = sections(notebooks[PRIMER])
    for place, words in EXPLAINED.items():
        text, _, section = place.partition(" ")
        book = numbered[order_of(text)]
        prose = parts.get(int(section), "") if section else prose_of(book.cells)
        problems += [f"{place} does not explain {w}" for w in words.split() if not said(prose, w)]
    return problems


def need_problems(name, notebook, last):
    """What *You need* of a lesson leaves out: sections of the primer that its code uses.

    last: the number of the primer's last section.
    """
    need = NEED.search(prose_of(notebook.cells))
    named = SECTIONS.search(need[1]) if need else None
    if not named:
        return [f"You need has no [primer]({PRIMER}.ipynb) (sections ...)"]
    numbers = set()
    for low, high in re.findall(r"(\d+)(?:\s+to\s+(\d+))?", named[1]):
        numbers |= set(range(int(low), int(high or low) + 1))
    places = [place for word in uses(notebook) if (place := place_of(word))]
    wanted = {section for text, section in places if text == PRIMER}
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    wanted |= {section for word, section in BY_WORD.items() if re.search(rf"\b{word}\(", code)}
    problems = [f"You need leaves out section {n} of the primer" for n in sorted(wanted - numbers)]
    gone = sorted(numbers - set(range(1, last + 1)))
    return problems + [f"You need names section {n}, which the primer has not" for n in gone]


def prose_of(cells):
    """All prose of some cells, paragraphs apart; speaker notes do not count."""
    kept = (cell for cell in cells if cell.cell_type == "markdown" and not _notes(cell))
    return "\n\n".join(cell.source for cell in kept)


def _notes(cell):
    return cell.metadata.get("slideshow", {}).get("slide_type") == "notes"
