"""What a check found, and how its words are set."""

import re
import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """What `check` found. It has been printed already, so a notebook does not show it again.

    exercise: its number; passed: bool; misconception: its name (two are joined by " + ") or None;
    message: the whole text; cases, failed: how many were run and how many differ.
    """

    exercise: str
    passed: bool
    misconception: str | None
    message: str
    cases: int
    failed: int

    def __str__(self):
        return self.message

    def __bool__(self):
        return self.passed

    def _ipython_display_(self):
        """Show nothing: `check` has printed the message."""


def headline(exercise, passed, cases, failed, hidden):
    """The first line of a report, with the exercise's number and name."""
    kind = " hidden" if hidden else ""
    if exercise.is_answer:
        counts = "" if passed else "not yet."
    elif passed:
        counts = f", {cases} of {cases}{kind} cases"
    else:
        counts = "not yet." + (f" {failed} of {cases}{kind} cases differ." if failed else "")
    return f"Exercise {exercise.number}, {exercise.title}: " + (
        f"passed{counts}." if passed else counts
    )


def wrapped(text):
    """A paragraph as indented lines; what starts with a bar is a table's row and stays as it is."""
    if text.startswith("| "):
        return ["    " + text[2:]]
    return textwrap.wrap(
        text, 96, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def echo(printed):
    """The first lines of what the learner's function printed."""
    lines = printed.strip().splitlines()
    if not lines:
        return []
    more = ["    ..."] if len(lines) > 5 else []
    return ["  It printed:", *(f"    {line[:90]}" for line in lines[:5]), *more]


def about_error(outcome):
    """An exception as one sentence with the learner's own line."""
    words = (str(outcome.error).strip().splitlines() or [""])[0][:160]
    kind = type(outcome.error).__name__
    where = f" ({outcome.line})" if outcome.line else ""
    return f"It stops with {kind}{': ' if words else ''}{words}{where}"


def about_blank(error, number):
    """A sentence about a blank: the exercise's own, or that of another one which it calls."""
    other = re.search(r"Exercise (\d+\.\d+)", str(error))
    if other and other[1] != number:
        return f"It calls what you write in exercise {other[1]}, and that is still blank."
    return "It is not written yet: replace the line with `raise NotImplementedError`."


def about_time(outcome, seconds):
    """A sentence about a call that did not end in time."""
    text = f"It ran longer than {seconds:g} s on a small input: is there a loop that never ends?"
    if outcome.line:
        text += f" It was at {outcome.line}."
    return text + (
        " It could not be stopped: restart the kernel before you go on." if outcome.stuck else ""
    )


def about_changes(names):
    """A sentence about inputs that were changed in place."""
    return (
        f"It changes its input {' and '.join(f'`{name}`' for name in names)} in place, and the "
        "caller still needs it. Look for +=, for x[...] = and for methods that end in an "
        "underscore."
    )


def about_mistakes(mistakes):
    """What a tutor says to one misconception, or to two at once."""
    two = "Two mistakes together explain it. The first: "
    start = two if len(mistakes) > 1 else "It looks like: "
    texts = []
    for m in mistakes:
        texts.append(f"{start}{m.name}. {m.says}" + (f" (See {m.see}.)" if m.see else ""))
        start = "The second: "
    return texts


UNSTEADY = (
    "The same input gives another answer the second time. Does it draw random numbers, or remember "
    "something between calls? Randomness belongs in a torch.Generator that is passed in."
)
