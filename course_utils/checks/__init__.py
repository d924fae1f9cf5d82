"""Checks that name the mistake: an exercise, its known misconceptions, what to say (all homework).

For learners:

    check("2.1", my_softmax)   # prints what it found; a Report (.passed, .misconception, ...)
    grade("2.1", my_softmax)   # the same on hidden inputs of other sizes; AssertionError if wrong
    exercises()                # everything there is

This package is the engine. What it judges is declared in `course_utils/exercises`, and
`course_utils/homework.py`, one floor above both, finds an exercise by its number: the three names
above are kept there and open from here too.

For authors: an exercise of lesson NN is declared once, in `course_utils/exercises/lessonNN.py` or,
when that grows past 200 lines, in a package `lessonNN/`. It is imported when someone first asks for
one of its numbers, and it ends with a tuple EXERCISES.

    from course_utils.checks.exercise import Exercise, Misconception

    def mean_square(x, *, root=False, axis=-1):   # reference; keyword switches plant mistakes
        mean = (x**2).mean(axis)
        return mean.sqrt() if root else mean

    def draw(d):                                  # d: a Draw; sizes grow from case to case
        rows, columns = d.distinct(2, low=2, high=6)           # exchanged axes show
        return {"x": d.normal(*d.leading(), rows, columns)}    # name -> input, passed in order

    EXERCISES = (
        Exercise("9.1", "mean square", mean_square, draw, (
            Misconception("root taken", "Your numbers are the square roots ...",
                          "lesson 09, on the MSE",
                          switch={"root": True}),              # alone, or with another switch
            Misconception("over the wrong axis", "You average over ...", "lesson 09, on the MSE",
                          switch={"axis": -2}),
            Misconception("sum for mean", "Your numbers grow with ...", "lesson 09, on the MSE",
                          wrong=lambda x: (x**2).sum(-1)),     # any wrong implementation
        )),
    )

Other kinds of exercise:

- *An answer* (a number, a word, a tuple of them): leave `draw` out, give the right value as
  `reference` and wrong values as `wrong=`; `choices=("rises", "falls")` for a word out of a few;
  `rtol=0.02` for an estimate.
- *A class or an nn.Module*: `use=` says how to get an answer out of it, for the learner's class,
  the reference and the wrong ones alike: `use=lambda Layer, x, seed: run(Layer, x, seed)`, where
  `run` seeds, builds the layer and calls it. A dict as the answer ({"output": ..., "parameters":
  ...}) gives each part its name in the message.
- *Several values*: the reference returns a tuple; `returns=("weights", "output")` names its parts.
- *A gradient*: `use=` runs the learner's function, calls `torch.autograd.grad` on it and returns
  the gradients.

Cases: 8 visible ones, small first (index 0 to 7), and 16 hidden ones (index 3 to 18, another seed).
`d.every(3)` plants a corner (a mask that blocks a whole row) in every third case. `examples=({"x":
...},)` puts the lesson's numbers by hand in front. A test holds `see` to a heading or a formula of
the lesson. `audit(exercise)` lists an author's errors: a misconception that equals the reference on
the drawn inputs, that cannot be told from another one, that is named wrongly, or that stops with an
error without having said `stops=True`. tests/test_checks.py holds it empty for every exercise.
"""

import importlib

from course_utils.checks.audit import audit
from course_utils.checks.exercise import Exercise, Misconception
from course_utils.checks.report import Report

__all__ = ["Exercise", "Misconception", "Report", "audit", "check", "exercises", "grade"]

UPSTAIRS = ("check", "exercises", "grade")


def __getattr__(name):
    """The names that need to know every exercise; they are kept one floor above the exercises."""
    if name in UPSTAIRS:
        return getattr(importlib.import_module("course_utils.homework"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
