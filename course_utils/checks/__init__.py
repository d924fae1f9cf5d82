"""Checks that name the mistake: exercises, their known misconceptions, and what to say about them (all
homework).

For learners:

    check("2.1", my_softmax)      # prints what it found and returns a Report (.passed, .misconception, ...)
    grade("2.1", my_softmax)      # the same on hidden inputs of other sizes; AssertionError if not passed
    exercises()                   # everything there is

For authors: an exercise of lesson NN is declared once, in `course_utils/checks/lessonNN.py` or, when that
grows past 200 lines, in a package `lessonNN/`. It is imported when someone first asks for one of its numbers,
and it ends with a tuple EXERCISES.

    from course_utils.checks.exercise import Exercise, Misconception

    def mean_square(x, *, root=False, axis=-1):               # reference; keyword switches plant mistakes
        mean = (x**2).mean(axis)
        return mean.sqrt() if root else mean

    def draw(d):                                              # d: a Draw; sizes grow from case to case
        rows, columns = d.distinct(2, low=2, high=6)          # different sizes, so that exchanged axes show
        return {"x": d.normal(*d.leading(), rows, columns)}   # name -> input, passed in this order

    EXERCISES = (
        Exercise("9.1", "mean square", mean_square, draw, (
            Misconception("root taken", "Your numbers are the square roots ...", 'lesson 09, on the MSE',
                          switch={"root": True}),             # found alone, or together with another switch
            Misconception("over the wrong axis", "You average over ...", 'lesson 09, on the MSE',
                          switch={"axis": -2}),
            Misconception("sum for mean", "Your numbers grow with ...", 'lesson 09, on the MSE',
                          wrong=lambda x: (x**2).sum(-1)),    # any wrong implementation
        )),
    )

Other kinds of exercise:

- *An answer* (a number, a word, a tuple of them): leave `draw` out, give the right value as `reference` and
  wrong values as `wrong=`; `choices=("rises", "falls")` for a word out of a few; `rtol=0.02` for an estimate.
- *A class or an nn.Module*: `use=` says how to get an answer out of it, for the learner's class, the
  reference and the wrong ones alike: `use=lambda Layer, x, seed: run(Layer, x, seed)`, where `run` seeds,
  builds the layer and calls it. A dict as the answer ({"output": ..., "parameters": ...}) gives each part its
  name in the message.
- *Several values*: the reference returns a tuple; `returns=("weights", "output")` names its parts.
- *A gradient*: `use=` runs the learner's function, calls `torch.autograd.grad` on it and returns the
  gradients.

Cases: 8 visible ones, small first (index 0 to 7), and 16 hidden ones (index 3 to 18, another seed).
`d.every(3)` plants a corner (a mask that blocks a whole row) in every third case. `examples=({"x": ...},)`
puts the lesson's numbers by hand in front. A test holds `see` to a heading or a formula of the lesson.
`audit(exercise)` lists an author's errors: a misconception that equals the reference on the drawn inputs,
that cannot be told from another one, that is named wrongly, or that stops with an error without having said
`stops=True`. tests/test_checks.py holds it empty for every exercise.
"""

import importlib
import pkgutil
import re

from course_utils.checks.calls import call
from course_utils.checks.exercise import Exercise, Misconception
from course_utils.checks.judge import judge
from course_utils.checks.report import Report

__all__ = ["Exercise", "Misconception", "Report", "audit", "check", "exercises", "grade"]


def exercises():
    """All exercises of all lessons, in order of their numbers."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if re.fullmatch(r"lesson\d\d", m.name))
    return [exercise for name in names for exercise in lesson(name)]


def lesson(name):
    """The exercises of one module such as "lesson02"."""
    return importlib.import_module(f"{__name__}.{name}").EXERCISES


def find(number):
    """The exercise with this number ("2.1"); raises ValueError that says which numbers there are."""
    parts = re.fullmatch(r"(\d{1,2})\.(\d{1,2})", number) if isinstance(number, str) else None
    if not parts:
        raise ValueError(f'exercise: got {number!r}, want lesson and number in quotes, such as "2.1"')
    name = f"lesson{int(parts[1]):02d}"
    if name not in (m.name for m in pkgutil.iter_modules(__path__)):
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
    """Run a learner's function (class, answer) on the cases of an exercise; print and return a Report.

    number: "2.1"; hidden: cases of other sizes, drawn from `seed`; seconds: the time of one call, in place of
    the exercise's own. Raises ValueError for an unknown number.
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


def first_error(exercise, misconception, hidden):
    """The first exception that a misconception raises, or None."""
    run = exercise.runner(exercise.wrong(misconception))
    outcomes = (call(run, case, None) for case in exercise.cases(hidden))
    return next((outcome.error for outcome in outcomes if outcome.error is not None), None)


def audit(exercise):
    """What is wrong with a declaration, as a list of sentences: for authors and for the tests."""
    faults, number = [], exercise.number
    for hidden in (False, True):
        where = "hidden" if hidden else "visible"
        if not judge(exercise, exercise.reference, hidden=hidden).passed:
            faults.append(f"{number}: the reference does not pass the {where} cases")
        for m in exercise.misconceptions:
            report = judge(exercise, exercise.wrong(m), hidden=hidden)
            if report.passed:
                faults.append(f"{number}: {m.name!r} equals the reference on the {where} cases")
            elif report.misconception != m.name:
                faults.append(f"{number}: {m.name!r} is named {report.misconception!r} on the {where} cases")
            error = None if m.stops else first_error(exercise, m, hidden)
            if error is not None:
                faults.append(f"{number}: {m.name!r} stops with {error!r} and does not say stops=True")
    return faults
