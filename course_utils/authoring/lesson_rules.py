"""Rules for how a lesson or homework is made; each returns what is wrong, or an empty list."""

import ast
import re
import statistics

from .rules import network_problems
from .text import HOMEWORK_TAG, is_homework

SHORT, LONGEST = 8, 25  # lines: half of the code cells are short, none is longer
OPENING = ("**You will build**", "**You will learn**", "**You need**", "**Time**")
CLOSING = ("Recap", "Try it", "Homework", "Go further")
SLIDES = ("slide", "subslide", "fragment", "skip", "notes")
VARYING_TAGS = ("nbval-ignore-output", "nbval-skip")
KNOWN_TAGS = (*VARYING_TAGS, "nbval-check-output", "raises-exception", "subject")
ADDRESS = re.compile(r"(https?|wss?|ftp)://")
CLAIMS = re.compile(r"^\s*claim\(", re.MULTILINE)
VARIES = re.compile(r"^\s*# varies: \w+", re.MULTILINE)
FIRST_HOMEWORK = 1  # lesson 00 only sets up and shows; it has no homework


def part_problems(name: str, notebook) -> list[str]:
    """Parts a lesson misses or has in the wrong order: title, what it offers, how it closes."""
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    first = notebook.cells[0]
    problems = []
    if first.cell_type != "markdown" or not re.match(r"# \S", first.source):
        problems.append("the first cell is not prose that opens with '# Title'")
    closing = [word for word in CLOSING if word != "Homework" or number_of(name) >= FIRST_HOMEWORK]
    wanted = [(word, re.compile(re.escape(word))) for word in OPENING]
    wanted += [(f"## {word}", re.compile(rf"^##+ {word}\b", re.MULTILINE)) for word in closing]
    last = -1
    for word, pattern in wanted:
        if not (found := pattern.search(prose)):
            problems.append(f"there is no {word}")
        elif found.start() < last:
            problems.append(f"{word} stands too early")
        else:
            last = found.start()
    if "Homework" in closing and not re.search(
        rf"\(homework/hw{number_of(name):02d}_\w+\.ipynb\)", prose
    ):
        problems.append(f"there is no link to homework/hw{number_of(name):02d}_NAME.ipynb")
    time = re.search(r"\*\*Time\*\*(.*?)(?:\n\n|\*\*|\Z)", prose, re.DOTALL)
    if time and len(re.findall(r"\d+", time.group(1))) < 2:
        problems.append("**Time** does not say reading minutes and measured seconds")
    return problems


def size_problems(notebook) -> list[str]:
    """Code cells that are too long, or too many long ones."""
    code = [
        (number, cell) for number, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"
    ]
    lines = {number: len(cell.source.splitlines()) for number, cell in code}
    problems = []
    if lines and (middle := statistics.median_low(lines.values())) > SHORT:
        problems.append(f"half of the code cells have more than {SHORT} lines (median {middle})")
    for number, cell in code:
        subject = "subject" in cell.metadata.get("tags", [])
        if subject and not re.search(r"^class ", cell.source, re.MULTILINE):
            problems.append(f"cell {number} is tagged subject, but defines no class")
        elif lines[number] > LONGEST and not subject:
            problems.append(f"cell {number} has {lines[number]} lines, more than {LONGEST}")
    return problems


def execution_problems(notebook) -> list[str]:
    """Code cells not run in order from a fresh start, or that do not fail although they say so."""
    problems = []
    code = [
        (number, cell) for number, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"
    ]
    for position, (number, cell) in enumerate(code, 1):
        if cell.execution_count is None:
            problems.append(f"cell {number} was not executed")
        elif cell.execution_count != position:
            problems.append(
                f"cell {number} ran as number {cell.execution_count}, not as number {position}"
            )
        expected = "raises-exception" in cell.metadata.get("tags", [])
        if expected and all(output.output_type != "error" for output in cell.outputs):
            problems.append(f"cell {number} is tagged raises-exception, but raises nothing")
    return problems


def tag_problems(name: str, notebook) -> list[str]:
    """Unknown tags, outputs that vary without a reason, and cells of a lesson on no slide."""
    problems = []
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        for tag in tags:
            homework = is_homework(name) and HOMEWORK_TAG.fullmatch(tag)
            if tag not in KNOWN_TAGS and not homework:
                problems.append(f"cell {number} has the unknown tag {tag}")
        varies, reason = (
            bool({*tags} & {*VARYING_TAGS}),
            cell.cell_type == "code" and VARIES.search(cell.source),
        )
        if varies and not reason:
            problems.append(f"cell {number} may differ, but no comment '# varies: ' says why")
        if reason and not varies:
            problems.append(
                f"cell {number} says that it varies, but has no tag nbval-ignore-output"
            )
        if cell.cell_type == "code" and CLAIMS.search(cell.source) and not varies:
            problems.append(f"cell {number} claims, which quick mode prints otherwise: let it vary")
        slide = cell.metadata.get("slideshow", {}).get("slide_type")
        if not is_homework(name) and slide not in SLIDES:
            problems.append(f"cell {number} has no slide type (one of {', '.join(SLIDES)})")
    return problems


def varying_cells(notebook) -> int:
    """How many cells nbval does not compare."""
    return sum(bool({*cell.metadata.get("tags", [])} & {*VARYING_TAGS}) for cell in notebook.cells)


def picture_problems(notebook) -> list[str]:
    """Pictures without a sentence under them, or without a printed line to compare."""
    problems = []
    cells = list(enumerate(notebook.cells, 1))
    for index, (number, cell) in enumerate(cells):
        if not shows_picture(cell):
            continue
        after = [following for _, following in cells[index + 1 :]]
        until = next(
            (i for i, following in enumerate(after) if shows_picture(following)), len(after)
        )
        sentences = [c.source for c in after[:until] if c.cell_type == "markdown"]
        if not any(
            re.search(r"^(?!#)\W*(?:\S+\s+){4,}\S+", source, re.MULTILINE) for source in sentences
        ):
            problems.append(
                f"cell {number} shows a picture, but no sentence under it says what to see"
            )
        next_code = [following for following in after if following.cell_type == "code"][:1]
        varies = {*cell.metadata.get("tags", [])} & {*VARYING_TAGS}
        if not varies and not any(prints(candidate) for candidate in [cell, *next_code]):
            problems.append(
                f"cell {number} shows a picture, but no digest is printed with it or right after it"
            )
    return problems


def shows_picture(cell) -> bool:
    """Whether a cell stored a picture or a viewer."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        page = "".join(data.get("text/html", ""))
        if (
            "image/png" in data
            or "image/svg+xml" in data
            or re.search(r"<(canvas|img|svg|video)\b", page)
        ):
            return True
    return False


def drawing_problems(notebook) -> list[str]:
    """Models that are the subject of the lesson and are written before any machine is drawn.

    The opening, up to "You will build", shows where the lesson ends and may run a model undrawn.
    """
    opened = drawn = False
    problems = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown":
            opened = opened or OPENING[0] in cell.source
            continue
        drawn = drawn or "viz.diagram(" in cell.source
        subject = "subject" in cell.metadata.get("tags", [])
        model = re.search(r"^class (\w+)\(nn\.Module\)", cell.source, re.MULTILINE)
        if opened and subject and model and not drawn:
            problems.append(f"cell {number} writes {model[1]} before the machine is drawn")
    return problems


def prints(cell) -> bool:
    """Whether a cell stored a line of text."""
    return any(output.output_type == "stream" for output in cell.get("outputs", []))


def source_problems(notebook) -> list[str]:
    """Cells that load from a network or know of quick mode, which is for `fit` and `claim`."""
    problems = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown":
            found = network_problems(cell.source)
        else:
            found = _strings_with_addresses(cell.source)
            if "COURSE_QUICK" in cell.source:
                found.append("knows of COURSE_QUICK; fit and claim are what quick mode changes")
            if re.search(r"course_utils\.authoring|import authoring", cell.source):
                found.append("imports the authoring tools")
        problems += [f"cell {number} {problem}" for problem in found]
    return problems


def _strings_with_addresses(source):
    """Addresses in the strings of Python code; comments may hold links."""
    code = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)  # magics
    strings = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    found = (text for text in strings if isinstance(text, str) and ADDRESS.match(text))
    return [f"loads from the network: {address[:80]}" for address in found]


def number_of(name: str) -> int:
    """The number of a lesson or homework: 2 for `02_attention` and for `hw02_attention`."""
    return order_of(name)[0]


def order_of(name: str) -> tuple[int, str]:
    """Where a notebook stands: (2, "") for `02_attention`, and (0, "p"), after 00, for the primer.

    A letter after the number is for what stands between two lessons and renumbers none.
    """
    number, letter = re.match(r"(?:hw)?(\d\d)([a-z]?)(?:_|$)", name).groups()
    return int(number), letter


def budget(name: str) -> int:
    """Seconds that a notebook may take on 2 cores: homework 60, video lessons 300, others 180."""
    if is_homework(name):
        return 60
    return 300 if 9 <= number_of(name) <= 15 else 180
