"""What an exercise is: a reference, a way to draw inputs, and the mistakes people really make."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from course_utils.checks.draw import Draw

VISIBLE, HIDDEN = 8, 16  # cases of `check`, and of `grade`


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation with the name of the mistake and the sentence that a tutor would say.

    name: a few words ("scale forgotten").
    says: what it does to the answer, and the question that leads out of it.
    see: where the lesson explains it. Give either `wrong` (a function, a class or, for an answer, a
    value) or `switch` (keyword arguments of the reference that bring it about; two such can be
    found together).
    stops: it is meant to raise an error on some inputs.
    """

    name: str
    says: str
    see: str = ""
    wrong: object = None
    switch: dict = field(default_factory=dict)
    stops: bool = False

    def __post_init__(self):
        if (self.wrong is None) == (not self.switch):
            raise ValueError(
                f"misconception {self.name!r}: want either `wrong` or `switch`, one of the two"
            )


def mistake(
    lesson: str, name: str, see: str, says: str, *, stops: bool = False, **switch
) -> Misconception:
    """Return a misconception that is a switch of the reference, explained in a lesson at `see`."""
    return Misconception(name, says, f"{lesson}, {see}", switch=switch, stops=stops)


def answer(see: str, value, name: str, says: str) -> Misconception:
    """Return a misconception that is a wrong answer, explained at `see`: "lesson 02, the scale"."""
    return Misconception(name, says, see, wrong=value)


@dataclass(frozen=True, repr=False)
class Exercise:
    """One exercise, declared once, for `check`, `grade` and the tests alike.

    number: "2.1"; title: a few words.
    reference: the right function or class; or, without `draw`, the right answer (a number, a word,
    a tuple of them).
    draw: takes a `Draw`, returns a dict of name -> input, passed to the function in this order.
    misconceptions: what is named; the first that fits best wins.
    examples: dicts of inputs that are tried before the drawn ones, such as the lesson's numbers by
    hand.
    use: `use(thing, *inputs)` says how to get an answer out of what the learner wrote (a class, a
    gradient); the default calls it. A dict as the answer gives each part a name.
    returns: names of the parts where the function returns several values.
    choices: for an answer that is one word out of a few. atol, rtol: tolerances. seconds: the time
    of one call.
    """

    number: str
    title: str
    reference: object
    draw: Callable[[Draw], dict] | None = None
    misconceptions: tuple[Misconception, ...] = ()
    examples: tuple[dict, ...] = ()
    use: Callable | None = None
    returns: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    atol: float = 1e-4
    rtol: float = 1e-3
    seconds: float = 5.0

    def __repr__(self):
        return f"Exercise {self.number}: {self.title} ({len(self.misconceptions)} misconceptions)"

    @property
    def is_answer(self):
        """Whether the learner gives a value, not a function."""
        return self.draw is None and not self.examples

    def cases(self, hidden=False, seed=0):
        """The inputs as dicts, small first; hidden ones have other seeds and other shapes."""
        if self.is_answer:
            return [{}]
        drawn = []
        if self.draw is not None:
            key = (self.number, "hidden" if hidden else "visible", seed)
            first, count = (3, HIDDEN) if hidden else (0, VISIBLE)
            drawn = [self.draw(Draw(*key, index=i)) for i in range(first, first + count)]
        return drawn if hidden and drawn else [*self.examples, *drawn]

    def runner(self, thing):
        """A function of the inputs that gets the answer out of `thing`."""
        if self.is_answer:
            return lambda: tidy(thing)
        return thing if self.use is None else functools.partial(self.use, thing)

    def wrong(self, *misconceptions):
        """What someone writes who makes these mistakes; several at once only by `switch`."""
        if len(misconceptions) == 1 and not misconceptions[0].switch:
            return misconceptions[0].wrong
        changes = {key: value for m in misconceptions for key, value in m.switch.items()}
        return functools.partial(self.reference, **changes)

    def mistakes(self):
        """All misconceptions alone, then all pairs of switches not about the same thing."""
        yield from ((m,) for m in self.misconceptions)
        switches = [m for m in self.misconceptions if m.switch]
        for i, m in enumerate(switches):
            yield from ((m, n) for n in switches[i + 1 :] if not m.switch.keys() & n.switch.keys())


def tidy(answer):
    """An answer without the accidents of typing: spaces and capitals of words, lists for tuples."""
    if isinstance(answer, str):
        return " ".join(answer.lower().split())
    return tuple(tidy(part) for part in answer) if isinstance(answer, (list, tuple)) else answer
