"""How the exercises of lesson 09 declare a mistake."""

from functools import partial

from course_utils.checks import exercise

mistake = partial(exercise.mistake, "lesson 09")


def explained(see):
    """Return `mistake` for many that are explained at one place, which need not be said again."""
    return lambda name, says, **switch: mistake(name, see, says, **switch)
