"""What an author did wrong in declaring an exercise (all homework)."""

from course_utils.checks.calls import call
from course_utils.checks.judge import judge


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
                faults.append(
                    f"{number}: {m.name!r} is named {report.misconception!r} on the {where} cases"
                )
            error = None if m.stops else first_error(exercise, m, hidden)
            if error is not None:
                faults.append(
                    f"{number}: {m.name!r} stops with {error!r} and does not say stops=True"
                )
    return faults
