"""The engine of the checks, on toy exercises: whatever a learner writes is met with a sentence."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.checks import Exercise, Misconception, audit, check, grade
from course_utils.checks.calls import call
from course_utils.checks.draw import Draw
from course_utils.checks.judge import judge


def mean_square(x, factor=1.0, *, root=False, axis=-1):
    mean = factor * (x**2).mean(axis)
    return mean.sqrt() if root else mean


def draw(d):
    rows, columns = d.distinct(2, low=2, high=6)
    return {"x": d.normal(*d.leading(), rows, columns), "factor": d.uniform(low=0.5, high=2.0)}


ROOT = Misconception(
    "root taken", "Your numbers are the roots.", "lesson 99", switch={"root": True}
)
AXIS = Misconception("wrong axis", "You average over the rows.", "lesson 99", switch={"axis": -2})
SUM = Misconception("sum", "Your numbers grow.", "lesson 99", wrong=lambda x, f: f * (x**2).sum(-1))
TOY = Exercise("99.1", "mean square", mean_square, draw, (ROOT, AXIS, SUM))


def say(thing, exercise=TOY, **options):
    report = judge(exercise, thing, **options)
    assert not report.passed
    return " ".join(report.message.split())


def right(x, factor):
    return factor * (x**2).mean(-1)


# What is right


def test_a_right_function_passes_in_float32_and_float64():
    for kind in (torch.float32, torch.float64):
        report = judge(TOY, lambda x, factor, kind=kind: right(x.to(kind), factor))
        assert report and report.cases == 8 and report.failed == 0
    assert report.message == "Exercise 99.1, mean square: passed, 8 of 8 cases."


def test_an_answer_that_requires_grad_passes():
    assert judge(TOY, lambda x, factor: right(x.requires_grad_(), factor))


# Mistakes


def test_two_mistakes_at_once_are_both_named():
    report = judge(TOY, lambda x, factor: right(x.mT, factor).sqrt())
    assert report.misconception == "root taken + wrong axis"
    assert "The first: root taken." in report.message
    assert "The second: wrong axis." in report.message
    assert ROOT.says in report.message and AXIS.says in report.message


def test_a_mistake_on_some_cases_only_is_named():
    def sometimes(x, factor):
        return right(x, factor).sqrt() if x.ndim > 2 else right(x, factor)

    report = judge(TOY, sometimes)
    assert report.misconception == "root taken" and 0 < report.failed < report.cases


def test_the_most_specific_of_two_mistakes_is_named():
    def broad(x, factor):
        return right(x, factor) * (2 if x.ndim > 2 else 3)

    def narrow(x, factor):
        return right(x, factor) * (2 if x.ndim > 2 else 1)

    both = (Misconception("b", "B.", wrong=broad), Misconception("n", "N.", wrong=narrow))
    exercise = Exercise("99.2", "", mean_square, draw, both)
    assert judge(exercise, narrow).misconception == "n"
    assert judge(exercise, broad).misconception == "b"
    assert audit(exercise) == []


def test_a_mistake_that_gives_nan_or_stops_is_named():
    def nan(x, factor):
        return right(x, factor) * float("nan")

    def stops(x, factor):
        return x @ x

    wrong = (Misconception("nan", "N.", wrong=nan), Misconception("not turned", "T.", wrong=stops))
    exercise = Exercise("99.2", "", mean_square, draw, wrong)
    assert judge(exercise, lambda x, factor: x.mean(-1) / 0 * 0).misconception == "nan"
    assert judge(exercise, lambda x, factor: (x @ x).mean(-1)).misconception == "not turned"


def test_an_unknown_mistake_shows_the_smallest_input_with_both_answers():
    report = judge(TOY, lambda x, factor: right(x, factor) + 0.125)
    lines = report.message.splitlines()
    case = min(TOY.cases(), key=lambda case: case["x"].numel())
    assert report.misconception is None and "smallest input" in report.message
    assert any(line.strip().startswith("x = ") for line in lines)
    row = lines[next(i for i, line in enumerate(lines) if "expected" in line) + 1].split()
    wanted = [f"{v:.3f}" for v in right(**case).tolist()]
    assert row[: len(wanted)] == wanted
    assert len(lines) < 15 and max(map(len, lines)) <= 110


def test_only_the_part_that_differs_is_shown_of_a_large_answer():
    def draw_large(d):
        return {"x": d.normal(2, 30, 40)}

    def spoil(x):
        out = x.clone()
        out[1, 25, 35] += 1
        return out

    large = Exercise("99.2", "", lambda x: x, draw_large)
    text = judge(large, spoil).message
    assert "at [1]" in text and "from row 22 and column 31" in text
    assert len(text.splitlines()) < 15


def test_an_authors_errors_are_found():
    same = Misconception("harmless", "H.", wrong=lambda x, f: right(x, f) + 1e-7)
    twin = Misconception("twin of sum", "T.", wrong=lambda x, f: f * (x * x).sum(-1))
    faults = audit(Exercise("99.2", "", mean_square, draw, (same, SUM, twin)))
    assert any("'harmless' equals the reference" in fault for fault in faults)
    assert any("'twin of sum' is named 'sum'" in fault for fault in faults)
    raises = Misconception("not turned", "T.", wrong=lambda x, f: x @ x)
    faults = audit(Exercise("99.2", "", mean_square, draw, (raises,)))
    assert any("does not say stops=True" in fault for fault in faults)
    with pytest.raises(ValueError, match="either `wrong` or `switch`"):
        Misconception("nothing", "N.")
    with pytest.raises(RuntimeError, match="own reference"):
        judge(Exercise("99.2", "", lambda x: x.nothing, lambda d: {"x": 1}), lambda x: x)


# Types, shapes, dtypes


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (lambda x, f: None, "forget the line with `return`"),
        (lambda x, f: ..., "not written yet"),
        (lambda x, f: right(x, f).numpy(), "NumPy array"),
        (lambda x, f: right(x, f).tolist(), "returns a list"),
        (lambda x, f: (right(x, f), 1), "returns a tuple"),
        (lambda x, f: 0.5, "returns a float; want a tensor of 3 numbers"),
        (lambda x, f: "0.5", "returns a str"),
        (lambda x, f: right(x, f)[..., None], "axis of size 1"),
        (lambda x, f: right(x, f).mean(), "a single number; want 3 numbers. An axis is gone"),
        (lambda x, f: x, "returns a tensor of 3 x 2; want 3 numbers"),
        (lambda x, f: (right(x, f) * 9).long(), "whole numbers (int64)"),
        (lambda x, f: right(x, f) > 0, "returns bool; want float32"),
        (lambda x, f: right(x, f).half(), "float16, which keeps too few digits"),
        (lambda x, f: right(x, f).to(torch.complex64), "complex numbers"),
        (lambda x, f: right(x, f) / 0, "returns infinity"),
        (
            lambda x, f: right(x, f) * torch.nan,
            "returns NaN (not a number) in 3 of 3 places, first at [0]",
        ),
    ],
)
def test_what_is_no_tensor_like_the_wanted_one_is_said(wrong, sentence):
    assert sentence in say(wrong)


def test_exchanged_axes_are_said():
    turned = Exercise("99.2", "", lambda x: x, lambda d: {"x": d.normal(2, 5)})
    assert "2 x 5. The sizes are right, their order is not" in say(lambda x: x.mT, turned)


def test_several_values_are_named():
    pair = Exercise(
        "99.2",
        "",
        lambda x: (x.mean(), x.amax(-1)),
        lambda d: {"x": d.normal(3, 4)},
        (Misconception("exchanged", "E.", wrong=lambda x: (x.amax(-1), x.mean())),),
        returns=("mean", "largest"),
    )
    assert judge(pair, lambda x: [x.mean().item(), x.amax(-1)])  # a list, a number of Python
    assert "want 2 values, separated by commas: mean, largest" in say(lambda x: x.mean(), pair)
    assert "returns 3 values; want 2" in say(lambda x: (1, 2, 3), pair)
    assert "Value 2 (largest): It returns NaN" in say(
        lambda x: (x.mean(), x.amax(-1) * float("nan")), pair
    )
    assert "largest: expected" in say(lambda x: (x.mean(), x.amin(-1)), pair)
    assert judge(pair, lambda x: (x.amax(-1), x.mean())).misconception == "exchanged"


# Errors, printing, time


def test_an_error_shows_the_learners_own_line():
    def stops(x, factor):
        return torch.cat((x, x[:1, :1]))

    text = say(stops)
    assert "It stops with RuntimeError: Sizes of tensors must match" in text
    assert f"(line {stops.__code__.co_firstlineno + 1}: `return torch.cat((x, x[:1, :1]))`)" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "error", [SystemExit(3), RecursionError("deep"), KeyError("k"), ZeroDivisionError()]
)
def test_every_error_is_met_calmly(error):
    def stops(x, factor):
        raise error

    assert f"It stops with {type(error).__name__}" in say(stops)


def test_a_blank_says_its_name_and_fails_when_graded():
    def blank(query, key, mask):
        raise NotImplementedError("Exercise 2.2")

    report = check("2.2", blank)
    assert report.message.startswith("Exercise 2.2, ") and "not written yet" in report.message
    with pytest.raises(AssertionError, match="Exercise 2.2.*\n.*not written yet"):
        grade("2.2", blank)
    report = check("2.1", lambda scores, temperature: blank(scores, scores, None))
    assert "It calls what you write in exercise 2.2, and that is still blank." in report.message


def test_other_arguments_and_a_called_function_are_said():
    assert "called with 2 arguments (x, factor), but yours takes (x)" in say(lambda x: x)
    assert "Hand over the function itself, without calling it: check('99.1', name)" in say(
        torch.ones(2)
    )


def test_an_input_that_is_changed_in_place_is_named():
    def changes(x, factor):
        x -= x.mean() * 0 + 1e-3
        return right(x + 1e-3, factor)

    report = judge(TOY, changes)
    assert not report.passed and report.failed == 0
    assert "changes its input `x` in place" in report.message


def test_printing_is_kept_short(capsys):
    def chatty(x, factor):
        for i in range(2_000):
            print("line", i)
        return right(x, factor)

    report = judge(TOY, chatty)
    assert report.passed and len(report.message.splitlines()) <= 8
    assert "line 0" in report.message and "line 9" not in report.message
    assert capsys.readouterr().out == ""


def test_random_answers_are_named_and_global_randomness_is_left_alone():
    torch.manual_seed(3)
    np.random.seed(3)
    text = say(lambda x, factor: right(x, factor) + torch.randn(()) + np.random.rand())
    after = torch.rand(3), np.random.rand()
    assert "another answer the second time" in text and "torch.Generator" in text
    torch.manual_seed(3)
    np.random.seed(3)
    assert torch.equal(after[0], torch.rand(3)) and after[1] == np.random.rand()


def endless(x, factor):
    while True:
        factor += 1


def stubborn(x, factor):
    while True:
        try:
            factor += 1
        except Exception:
            continue


@pytest.mark.parametrize("loop", [endless, stubborn])
def test_an_endless_loop_ends(loop):
    before = threading.active_count()
    start = time.monotonic()
    text = say(loop, seconds=0.3)
    for words in ("longer than 0.3 s", "a loop that never ends", "It was at line"):
        assert words in text
    assert time.monotonic() - start < 5
    assert threading.active_count() == before


def test_an_endless_loop_that_cannot_be_stopped_is_left_behind():
    gate = threading.Event()
    outcome = call(lambda: gate.wait(20), {}, 0.2)  # inside one call of a library, out of reach
    gate.set()
    assert outcome.late and outcome.stuck


def test_a_process_of_its_own_loads_exercises_late_and_ends_endless_loops():
    code = (
        "import sys\n"
        "from course_utils.checks import check\n"
        "print(any('.lesson' in module for module in sys.modules))\n"
        "def f(scores, temperature):\n"
        "    while True:\n"
        "        print('still here')\n"
        "print(check('2.1', f, seconds=0.3).passed)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0
    assert done.stdout.startswith("False\n") and done.stdout.endswith("False\n")
    assert done.stdout.count("still here") <= 6


# Answers, classes, gradients

NUMBER = Exercise(
    "99.2", "a number", 24.0, misconceptions=(Misconception("root", "R.", wrong=8.0),), rtol=0.01
)
CHOICE = Exercise(
    "99.2", "a word", "it falls", choices=("it falls", "it rises"),
    misconceptions=(Misconception("upside down", "U.", wrong="it rises"),),
)  # fmt: skip
PAIR = Exercise(
    "99.2", "two", (2, "a"), misconceptions=(Misconception("one off", "O.", wrong=(3, "a")),)
)


def test_an_answer_may_be_a_number_a_word_or_several():
    for value in (24, 24.1, np.float32(24), torch.tensor(24.0)):
        assert judge(NUMBER, value)
    assert judge(NUMBER, 8).misconception == "root"
    assert judge(CHOICE, "it rises").misconception == "upside down"
    assert judge(CHOICE, " It  falls") and judge(PAIR, [2, "A"])
    assert judge(PAIR, (3, "a")).misconception == "one off"
    assert audit(NUMBER) == audit(CHOICE) == audit(PAIR) == []


def test_an_answer_of_the_wrong_kind_is_said_and_the_right_one_is_kept():
    assert "24" not in say(7.5, NUMBER) and "is not it" in say(7.5, NUMBER)
    assert "no answer yet" in say(..., NUMBER) and "no answer yet" in say(None, CHOICE)
    assert "not for a function" in say(lambda: 24, NUMBER)
    assert "want a single number" in say("24", NUMBER) and "want a single number" in say(
        [24], NUMBER
    )
    assert "Choose one of: 'it falls', 'it rises'" in say("sideways", CHOICE)


class Affine(nn.Module):
    def __init__(self, width, bias=True):
        super().__init__()
        self.linear = nn.Linear(width, width, bias=bias)

    def forward(self, x):
        return self.linear(x)


class NoBias(Affine):
    def __init__(self, width):
        super().__init__(width, bias=False)


def run_layer(layer, x):
    torch.manual_seed(1)
    built = layer(x.shape[-1])
    return {"output": built(x), "parameters": sum(p.numel() for p in built.parameters())}


def test_a_class_can_be_an_exercise():
    layer = Exercise(
        "99.2", "a layer", Affine, lambda d: {"x": d.normal(2, d.integer(2, 5))},
        (Misconception("bias forgotten", "B.", wrong=NoBias),), use=run_layer,
    )  # fmt: skip
    assert judge(layer, Affine) and judge(layer, NoBias).misconception == "bias forgotten"
    assert audit(layer) == []
    assert "Hand over the class itself" in say(Affine(2)(torch.ones(2)), layer)

    class Empty(Affine):
        def forward(self, x):
            return None

    class Blank(Affine):
        def __init__(self, width):
            raise NotImplementedError("Exercise 99.2")

    assert "output: Your function returns None" in say(Empty, layer)
    assert "not written yet" in say(Blank, layer)


def test_a_gradient_can_be_an_exercise():
    def gradient(function, x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(function(x).sum(), x)[0]

    exercise = Exercise(
        "99.2", "a gradient", torch.sin, lambda d: {"x": d.normal(3)},
        (Misconception("detached", "D.", wrong=lambda x: x.detach().sin() + 0 * x),), use=gradient,
    )  # fmt: skip
    assert judge(exercise, lambda x: (x + 2 * torch.pi).sin())
    assert judge(exercise, lambda x: 0 * x + torch.sin(x.detach())).misconception == "detached"


# Numbers and names


def test_unknown_numbers_are_errors_in_words():
    for number, words in (
        ("2.99", "lesson 2 has 2.1, 2.2"),
        ("88.1", "lesson 88 has none; lessons with some: 1, 2"),
        (2.1, "in quotes"),
        ("two", "in quotes"),
    ):
        with pytest.raises(ValueError, match=words):
            check(number, right)


def test_the_report_is_not_shown_twice_in_a_notebook():
    from IPython.core.formatters import DisplayFormatter

    report = judge(TOY, right)
    assert DisplayFormatter().format(report) == ({}, {})
    assert str(report) == report.message and bool(report)


def test_hidden_failures_show_sizes_but_no_numbers():
    report = judge(TOY, lambda x, factor: right(x, factor) + (x.shape[-1] > 5), hidden=True)
    assert "hidden cases differ" in report.message and "x: " in report.message
    assert "expected" not in report.message


def test_drawing_is_small_first_and_repeats():
    assert Draw("a", index=0).integer(2, 50) <= 3
    assert len(set(Draw("a", index=9).distinct(4, low=2, high=9))) == 4
    assert torch.equal(Draw("a", 1, index=2).normal(3), Draw("a", 1, index=2).normal(3))
    assert not torch.equal(Draw("a", 1, index=2).normal(3), Draw("a", 2, index=2).normal(3))
    assert sorted(Draw("a").permutation(5).tolist()) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="4 different integers"):
        Draw("a").distinct(4, low=1, high=3)
    with pytest.raises(ValueError, match="low 3 above high 2"):
        Draw("a").integer(3, 2)
