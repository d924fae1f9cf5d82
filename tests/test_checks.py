"""All exercises of all lessons: misconceptions are named, correct styles pass, memorising fails."""

import importlib
import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import audit, check, exercises, grade

ALL = exercises()
SOLUTIONS = {
    number: solutions
    for path in sorted(Path(__file__).parent.glob("solutions_??.py"))
    for number, solutions in importlib.import_module(path.stem).SOLUTIONS.items()
}
NAMES = [e.number for e in ALL]
MISCONCEPTIONS = [(e, m) for e in ALL for m in e.misconceptions]
STYLES = [(number, style) for number, styles in SOLUTIONS.items() for style in styles]

FUNCTIONS = [e for e in ALL if not e.is_answer and e.use is None]
WITH_CASES = [e for e in ALL if not e.is_answer]

each = pytest.mark.parametrize("exercise", ALL, ids=NAMES)


@pytest.mark.parametrize(
    "exercise, m", MISCONCEPTIONS, ids=[f"{e.number}-{m.name}" for e, m in MISCONCEPTIONS]
)
def test_a_misconception_is_rejected_and_named(exercise, m, capsys):
    report = check(exercise.number, exercise.wrong(m))
    assert not report.passed
    assert report.misconception == m.name
    assert " ".join(m.says.split()) in " ".join(capsys.readouterr().out.split())
    with pytest.raises(AssertionError, match=f"Exercise {exercise.number}"):
        grade(exercise.number, exercise.wrong(m), seed=17)


@each
def test_nothing_is_declared_twice_or_without_effect(exercise):
    assert audit(exercise) == []


@each
def test_a_misconception_has_a_name_a_sentence_and_a_place_in_the_lesson(exercise):
    names = [m.name for m in exercise.misconceptions]
    assert 4 <= len(names) == len(set(names))
    for m in exercise.misconceptions:
        assert len(m.says.split()) >= 6 and m.says.strip()[-1] in ".?"
        assert m.see in places(exercise)


def places(exercise):
    """Where a mistake may point: a heading, "lesson 02, the scale", or a formula (Eq. 2.1)."""
    lesson = f"{int(exercise.number.split('.')[0]):02d}"
    (path,) = (Path(__file__).parents[1] / "notebooks" / "text").glob(f"{lesson}_*.py")
    text = path.read_text("utf-8")
    headings = re.findall(r"^# ##+ (.+)$", text, re.MULTILINE)
    formulas = re.findall(r"\\tag\{(.+?)\}", text)
    names = [h[0].lower() + h[1:] for h in headings] + [f"Eq. {tag}" for tag in formulas]
    return [f"lesson {lesson}, {name}" for name in names]


@pytest.mark.parametrize(
    "number, style", STYLES, ids=[f"{n}-{getattr(s, '__name__', repr(s))}" for n, s in STYLES]
)
def test_a_correct_solution_passes_whatever_its_style(number, style, capsys):
    report = check(number, style)
    assert report.passed, report.message
    assert report.misconception is None and report.failed == 0
    assert capsys.readouterr().out == report.message + "\n"
    for seed in (0, 5):
        assert grade(number, style, seed=seed).passed


@each
def test_at_least_three_styles_are_tried(exercise):
    assert len(SOLUTIONS.get(exercise.number, ())) >= 3


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=[e.number for e in FUNCTIONS])
def test_who_memorises_the_visible_cases_fails_the_hidden_ones(exercise):
    seen = [(case, exercise.reference(*case.values())) for case in exercise.cases()]

    def memorised(*inputs):
        for case, answer in seen:
            if all(same_input(a, b) for a, b in zip(inputs, case.values())):
                return answer
        return seen[0][1]

    assert check(exercise.number, memorised).passed
    with pytest.raises(AssertionError, match="hidden"):
        grade(exercise.number, memorised)


def same_input(a, b):
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return torch.equal(a, b)
    return a is b or (type(a) is type(b) and a == b)


@pytest.mark.parametrize("exercise", WITH_CASES, ids=[e.number for e in WITH_CASES])
def test_hidden_cases_have_other_numbers_and_other_shapes(exercise):
    def shapes(cases):
        found = [tuple(getattr(v, "shape", ()) for v in case.values()) for case in cases]
        if any(map(any, found)):
            return found
        return [tuple(case.values()) for case in cases]  # no tensor: the numbers are the sizes

    seen, hidden = set(shapes(exercise.cases())), shapes(exercise.cases(hidden=True))
    assert sum(shape not in seen for shape in hidden) >= len(hidden) / 2


@each
def test_cases_are_the_same_in_every_run(exercise):
    for hidden in (False, True):
        for a, b in zip(exercise.cases(hidden), exercise.cases(hidden)):
            assert a.keys() == b.keys() and all(same_input(a[name], b[name]) for name in a)


def test_the_function_to_repair_in_homework_02_is_recognised():
    text = (Path(__file__).parents[1] / "notebooks" / "text" / "hw02_attention.py").read_text(
        "utf-8"
    )
    given = re.search(r"^def given_local_attention.*?\n\n", text, re.DOTALL | re.MULTILINE).group()
    scope = {}
    exec(given, scope)
    assert check("2.4", scope["given_local_attention"]).misconception == "nothing repaired yet"
