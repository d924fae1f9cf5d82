"""House rule: what compares trained models says how many runs it rests on.

A picture or table compares trained models if its arguments go back to two trainings or more: to
calls of `fit`, of `load_checkpoint`, or of a function of the lesson that calls them or the `step`
of an optimizer. A training inside a loop counts as several. Names are followed through the whole
notebook: what is made from a trained model goes back to its training too. What comes out of
`load_study` has three seeds or more, and counts as none.

Such a cell needs, in its title or in the prose under it, "one run", or "N seeds" with N of three
or more.

The rule reads names, not values. It does not see a training loop that is written out at the top of
a cell, outside a function, nor a model that reaches a picture through a file; and where one name
holds several models, a picture of one of them counts as a picture of all.
"""

import ast
import re

SHOWS = ("table", "bars", "lines", "loss_curve", "filmstrip", "compare", "show_video")
NUMBERS = "three|four|five|six|seven|eight|nine|ten"
SAID = re.compile(rf"\bone run\b|\b(?:{NUMBERS}|[3-9]|\d\d+) seeds\b", re.IGNORECASE)
LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Origins(ast.NodeVisitor):
    """Which trainings each name of a notebook goes back to, and what is shown of them."""

    def __init__(self):
        self.of = {}  # name -> set of trainings
        self.trainers = set()  # functions of the lesson that train
        self.shown, self.cell, self.depth = [], 0, 0

    def read(self, number, source):
        """Follow one code cell; `shown` then has (cell, trainings) for each picture of it."""
        self.cell = number
        code = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)  # magics
        self.visit(ast.parse(code))

    def origins(self, node):
        """All trainings that the names and calls under a node go back to."""
        found, own = set(), _own_names(node)
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                found |= self.of.get(part.id, set()) if part.id not in own else set()
            elif isinstance(part, ast.Call) and self._trains(part):
                found |= self._training(part, part in _looped(node))
        return found

    def _trains(self, call):
        name = _called(call)
        return name in ("fit", "load_checkpoint") or name in self.trainers

    def _training(self, call, looped):
        """Names for the trainings of a call: one, or two for a call inside a loop."""
        place = (self.cell, call.lineno, call.col_offset)
        return {(*place, turn) for turn in range(1 + bool(self.depth or looped))}

    def _bind(self, target, found):
        """Add trainings to the name under a target: `a`, `a.b`, `a[i]`, or several."""
        for part in [target] if not isinstance(target, (ast.Tuple, ast.List)) else target.elts:
            root = _root(part)
            if isinstance(part, ast.Name):
                self.of[root] = set(found)
            elif root:
                self.of[root] = self.of.get(root, set()) | found

    def visit_FunctionDef(self, node):
        """A function that trains is a trainer; one that reads trained names hands them on."""
        inside = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        steps = any(_called(call) == "step" for call in inside)
        if steps or any(self._trains(call) for call in inside):
            self.trainers.add(node.name)
        else:
            own = {a.arg for a in [*node.args.args, *node.args.kwonlyargs]}
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            self.of[node.name] = set().union(*(self.of.get(n, set()) for n in names - own))

    def visit_ClassDef(self, node):
        """What stands inside a class trains nothing by itself."""

    def visit_For(self, node):
        """Bind the loop's names, then read its body as something that happens several times."""
        self._bind(node.target, self.origins(node.iter))
        if _called(node.iter) in ("items", "enumerate"):  # the first is a word or a number
            self._bind(node.target.elts[0], set())
        self._deeper(node)

    def visit_While(self, node):
        """Read the body as something that happens several times."""
        self._deeper(node)

    def _deeper(self, node):
        self.depth += 1
        for statement in node.body:
            self.visit(statement)
        self.depth -= 1

    def visit_Assign(self, node):
        """The names on the left go back to what stands on the right, in `a, b = x, y` pairwise."""
        self.generic_visit(node)
        for target in node.targets:
            both = [target, node.value]
            if all(isinstance(side, ast.Tuple) for side in both) and len({*map(_size, both)}) == 1:
                for part, value in [(p, self.origins(v)) for p, v in zip(*(b.elts for b in both))]:
                    self._bind(part, value)
            else:
                self._bind(target, self.origins(node.value))

    def visit_AugAssign(self, node):
        """The name on the left keeps what it had."""
        self.generic_visit(node)
        self._bind(node.target, self.origins(node.value) | self.origins(node.target))

    def visit_With(self, node):
        """`with f(x) as y`: y goes back to x."""
        for item in node.items:
            if item.optional_vars is not None:
                self._bind(item.optional_vars, self.origins(item.context_expr))
        self.generic_visit(node)

    def visit_Call(self, node):
        """A training marks its model, a method marks what it is called on, a picture is noted."""
        self.generic_visit(node)
        name, passed = _called(node), [*node.args, *(k.value for k in node.keywords)]
        if name in SHOWS and isinstance(node.func, ast.Attribute) and _root(node.func) == "viz":
            self.shown.append((self.cell, set().union(*map(self.origins, passed), set()), node))
        elif self._trains(node):
            if passed and (root := _root(passed[0])):
                self.of[root] = self.of.get(root, set()) | self._training(node, False)
        elif isinstance(node.func, ast.Attribute) and (root := _root(node.func)):
            found = set().union(*map(self.origins, passed), set())
            if found and root in self.of or name in ("append", "update", "load_state_dict"):
                self.of[root] = self.of.get(root, set()) | found


def _called(call):
    function = getattr(call, "func", None)
    return getattr(function, "attr", getattr(function, "id", None))


def _root(node):
    """The name that an attribute, an element or a call of a method hangs on."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _size(node):
    return len(node.elts)


def _own_names(node):
    """Names that a comprehension or a lambda under a node binds for itself."""
    own = set()
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            own |= {name.id for name in ast.walk(part.target) if isinstance(name, ast.Name)}
        elif isinstance(part, ast.Lambda):
            own |= {a.arg for a in part.args.args}
    return own


def _looped(node):
    """Calls under a node that stand in a comprehension."""
    return {
        call
        for loop in ast.walk(node)
        if isinstance(loop, LOOPS)
        for call in ast.walk(loop)
        if isinstance(call, ast.Call)
    }


def comparisons(notebook):
    """Return (number of the cell, how many trainings) of each cell that compares trained models."""
    reader, found = Origins(), {}
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            reader.read(number, cell.source)
    for number, trainings, _ in reader.shown:
        if len(trainings) > 1:
            found[number] = max(len(trainings), found.get(number, 0))
    return [*found.items()]


def caption(notebook, number):
    """Return the words in the calls that draw, and the prose under them up to the next picture."""
    cell, *after = notebook.cells[number - 1 :]
    reader = Origins()
    reader.read(number, cell.source)
    drawn = [part for *_, call in reader.shown for part in ast.walk(call)]
    words = [part.value for part in drawn if isinstance(getattr(part, "value", None), str)]
    prose = []
    for following in after:
        if following.cell_type == "markdown":
            prose.append(following.source)
        elif re.search(rf"\bviz\.({'|'.join(SHOWS)})\b", following.source):
            break
    return " ".join(" ".join(words + prose).split())


def evidence_problems(notebook):
    """Return the cells that compare trained models without saying on how many runs."""
    return [
        f"cell {number} compares {trainings} trainings or more, but neither its title nor the "
        'prose under it says "one run" or "three seeds" (course_utils.studies makes them)'
        for number, trainings in comparisons(notebook)
        if not SAID.search(caption(notebook, number))
    ]
