"""Quick mode: a whole notebook is checked in seconds, without its training runs (lesson 09).

With COURSE_QUICK=1 every `fit` stops after QUICK_STEPS steps and says so, and `claim`, which a
lesson uses for every statement about a trained model, prints what it would have asserted.
"""

import os

QUICK_STEPS = 3


def quick():
    """Return True in quick mode, that is when the environment says COURSE_QUICK=1."""
    return os.environ.get("COURSE_QUICK", "0") == "1"


def claim(condition, sentence):
    """Assert a sentence about a trained model, or in quick mode print what would be asserted."""
    if quick():
        print(f"not checked in quick mode: {sentence}")
        return
    if not bool(condition):
        raise AssertionError(f"this claim does not hold: {sentence}")
    print(f"holds: {sentence}")
