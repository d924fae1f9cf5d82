"""Each slip of a learner is rejected and named for what it is; without a slip the answer passes."""

import importlib

import pytest

from course_utils.checks import check

TYPED = [importlib.import_module(f"typed_{lesson}") for lesson in (10, 12, 13, 14, 15)]
RIGHT = [(number, learner) for typed in TYPED for number, learner in typed.LEARNERS.items()]
WRONG = [
    (number, typed.LEARNERS[number], slips, named)
    for typed in TYPED
    for number, rows in typed.NAMED.items()
    for slips, named in rows.items()
]


@pytest.mark.parametrize("number, learner", RIGHT, ids=[number for number, _ in RIGHT])
def test_without_a_slip_the_answer_passes(number, learner):
    assert check(number, learner()).passed


@pytest.mark.parametrize(
    "number, learner, slips, named", WRONG, ids=[f"{row[0]}-{row[2]}" for row in WRONG]
)
def test_a_slip_is_rejected_and_named(number, learner, slips, named):
    report = check(number, learner(*slips.split()))
    assert not report.passed and report.misconception == named
