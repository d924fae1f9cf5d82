"""Finds an exercise by its number and judges what a learner wrote for it (all homework).

    check("2.1", my_softmax)      # prints what it found and returns a Report
    grade("2.1", my_softmax)      # the same on hidden inputs; AssertionError if not passed

Both open from `course_utils.checks` too, which is the name that notebooks use.
"""

import importlib
import pkgutil
import re

import course_utils.exercises
from course_utils.checks.judge import judge


def exercises():
    """All exercises of all lessons, in order of their numbers."""
    names = sorted(
        m.name
        for m in pkgutil.iter_modules(course_utils.exercises.__path__)
        if re.fullmatch(r"lesson\d\d", m.name)
    )
    return [exercise for name in names for exercise in lesson(name)]


def lesson(name):
    """The exercises of one module such as "lesson02"."""
    return importlib.import_module(f"course_utils.exercises.{name}").EXERCISES


def find(number):
    """The exercise with this number ("2.1"); raises ValueError that names the numbers."""
    parts = re.fullmatch(r"(\d{1,2})\.(\d{1,2})", number) if isinstance(number, str) else None
    if not parts:
        raise ValueError(
            f'exercise: got {number!r}, want lesson and number in quotes, such as "2.1"'
        )
    name = f"lesson{int(parts[1]):02d}"
    if name not in (m.name for m in pkgutil.iter_modules(course_utils.exercises.__path__)):
        have = sorted({int(e.number.split(".")[0]) for e in exercises()})
        some = ", ".join(map(str, have))
        raise ValueError(
            f"exercise: got {number!r}, but lesson {parts[1]} has none; lessons with some: {some}"
        )
    for exercise in lesson(name):
        if exercise.number == number:
            return exercise
    have = ", ".join(e.number for e in lesson(name))
    raise ValueError(f"exercise: got {number!r}, but lesson {parts[1]} has {have}")


def check(number, thing, hidden=False, seed=0, seconds=None):
    """Run what a learner wrote or answered on an exercise's cases; print and return a Report.

    number: "2.1"; hidden: cases of other sizes, drawn from `seed`; seconds: the time of one call,
    in place of the exercise's own. Raises ValueError for an unknown number.
    """
    report = judge(find(number), thing, hidden, seed, seconds)
    print(report)
    return report


def grade(number, thing, seed=0, seconds=None):
    """Run it on hidden cases; print and return a Report, or raise AssertionError with its message.

    seed: whoever grades a class picks one that nobody knows.
    """
    report = judge(find(number), thing, hidden=True, seed=seed, seconds=seconds)
    if not report.passed:
        raise AssertionError(report.message)
    print(report)
    return report
