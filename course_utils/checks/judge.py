"""Judge what a learner wrote: run the cases, and find the mistake that gives the same answers."""

import inspect

import torch

from course_utils.checks import report as say
from course_utils.checks.calls import call, same_randomness_after
from course_utils.checks.compare import complaint, same, words
from course_utils.checks.exercise import Exercise, tidy
from course_utils.checks.report import Report
from course_utils.checks.show import show_input, side_by_side


def judge(exercise: Exercise, thing, hidden=False, seed=0, seconds=None):
    """Run `thing` on the exercise's visible or hidden cases ; return a Report, print nothing."""
    with same_randomness_after():
        return Judge(exercise, thing, hidden, seed, seconds or exercise.seconds).report()


class Judge:
    """One run of an exercise. `verdict` reads from top to bottom: the first thing wrong is said."""

    def __init__(self, exercise, thing, hidden, seed, seconds):
        self.exercise, self.thing, self.hidden, self.seconds = exercise, thing, hidden, seconds
        self.cases = exercise.cases(hidden, seed)
        self.got, self.failing, self.named = [], [], None

    def report(self):
        """Return the Report: headline, paragraphs and counts."""
        paragraphs, passed = self.verdict()
        count, failed = len(self.cases), len(self.failing)
        lines = [say.headline(self.exercise, passed, count, failed, self.hidden)]
        lines += [line for text in paragraphs for line in say.wrapped(text)]
        if self.got:
            first = self.failing[0] if self.failing else 0
            lines += say.echo(self.got[first].printed)
        return Report(self.exercise.number, passed, self.named, "\n".join(lines), count, failed)

    def verdict(self):
        """Paragraphs to print below the headline, and whether the exercise is passed."""
        trouble = self.wrong_kind()
        if trouble:
            return [trouble], False
        run = self.exercise.runner(self.thing)
        self.wanted = [self.right(case) for case in self.cases]
        for case in self.cases:
            outcome = call(run, case, self.seconds)
            self.got.append(outcome)
            if isinstance(outcome.error, NotImplementedError):
                return [say.about_blank(outcome.error, self.exercise.number)], False
            if outcome.late:
                return [say.about_time(outcome, self.seconds)], False
        self.failing = [i for i, got in enumerate(self.got) if not self.agrees(got, self.wanted[i])]
        again = {len(self.cases) - 1, *self.failing[:1]}
        if not all(self.steady(i, call(run, self.cases[i], self.seconds)) for i in again):
            return [say.UNSTEADY], False
        changed = sorted({name for got in self.got for name in got.changed})
        texts = [say.about_changes(changed)] if changed else []
        return (self.explain() if self.failing else []) + texts, not self.failing and not changed

    def wrong_kind(self):
        """A sentence when `thing` cannot be run: no function, other arguments, no answer yet."""
        e = self.exercise
        if e.is_answer:
            return self.wrong_kind_of_answer()
        if not callable(self.thing):
            what = "class" if inspect.isclass(e.reference) else "function"
            return f"Hand over the {what} itself, without calling it: check({e.number!r}, name)."
        names = list(self.cases[0])
        try:
            if e.use is None:
                inspect.signature(self.thing).bind(*names)
        except TypeError:
            mine = inspect.signature(self.thing)
            listed = ", ".join(names)
            return f"It is called with {len(names)} arguments ({listed}), but yours takes {mine}."
        except ValueError:  # some built-in functions have no signature to look at
            return None
        return None

    def wrong_kind_of_answer(self):
        """A sentence when an answer is missing or is no number or choice."""
        if self.thing is None or self.thing is Ellipsis:
            return "There is no answer yet: replace the blank."
        if callable(self.thing):
            return "This exercise asks for an answer, not for a function."
        if self.exercise.choices and tidy(self.thing) not in self.exercise.choices:
            return f"Choose one of: {', '.join(repr(c) for c in self.exercise.choices)}."
        return None

    def right(self, case):
        """The reference's answer; an error in it is the author's, not the learner's."""
        outcome = call(self.exercise.runner(self.exercise.reference), case, None)
        if outcome.error is not None or outcome.late:
            number = self.exercise.number
            raise RuntimeError(f"exercise {number}: its own reference fails") from outcome.error
        return outcome.value

    def agrees(self, got, wanted):
        """Whether the learner's outcome is the reference's answer, within the tolerances."""
        if got.error is not None or complaint(got.value, wanted, self.exercise.returns):
            return False
        return same(got.value, wanted, self.exercise.atol, self.exercise.rtol)

    def alike(self, a, b):
        """Whether two outcomes are the same: equal answers, or the same error in the same words."""
        if a.error is not None or b.error is not None:
            return type(a.error) is type(b.error) and str(a.error) == str(b.error)
        return same(a.value, b.value, self.exercise.atol, self.exercise.rtol)

    def steady(self, i, again):
        """Whether a second call gave the same answer, as far as such answers can be compared."""
        first = self.got[i]
        if first.error is not None or again.error is not None:
            return type(first.error) is type(again.error)
        if complaint(first.value, self.wanted[i], self.exercise.returns):
            return True
        return self.alike(first, again)

    def find_mistake(self):
        """The mistake that gives the learner's answer on all failing cases and most others."""
        best, most = (), -1
        others = [i for i in range(len(self.cases)) if i not in self.failing]
        for mistake in self.exercise.mistakes():
            if len(mistake) > 1 and best:
                break  # one mistake that explains everything is better than two
            run = self.exercise.runner(self.exercise.wrong(*mistake))

            def fits(i, run=run):
                return self.alike(call(run, self.cases[i], None), self.got[i])

            if all(map(fits, self.failing)):
                score = sum(map(fits, others))
                if score > most:
                    best, most = mistake, score
        return best

    def explain(self):
        """Why cases fail: a known mistake, an error, a wrong type or shape, or else the numbers."""
        mistake = self.find_mistake()
        if mistake:
            self.named = " + ".join(m.name for m in mistake)
            return say.about_mistakes(mistake)
        e = self.exercise
        i = min(self.failing, key=lambda i: (size(self.cases[i]), i))
        got, wanted, inputs = self.got[i], self.wanted[i], self.input_lines(self.cases[i])
        if got.error is not None:
            return [say.about_error(got), *inputs]
        text = complaint(got.value, wanted, e.returns)
        if text:
            return [text, *inputs]
        if e.is_answer:
            shown = f"{got.value:.4g}" if isinstance(got.value, float) else repr(got.value)
            return [f"{shown} is not it, and no mistake that is known here. Work it out once more."]
        if self.hidden:
            start = "It differs on inputs of these sizes:"
            if judge(e, self.thing, seconds=self.seconds).passed:
                rely = "It passes the visible cases. Does it rely on their numbers or sizes?"
                start = f"{rely} {start}"
            return [start, *inputs]
        numbers = side_by_side(wanted, got.value, e.atol, e.rtol, e.returns)
        return ["The smallest input that differs:", *inputs, *("| " + line for line in numbers)]

    def input_lines(self, case):
        """The inputs of a case, marked so as not to be wrapped; of a hidden one only the sizes."""
        if self.hidden:
            tensors = {
                name: value for name, value in case.items() if isinstance(value, torch.Tensor)
            }
            return [f"| {name}: {words(value.shape)}" for name, value in tensors.items()]
        return [f"| {line}" for name, value in case.items() for line in show_input(name, value)]


def size(case):
    """How many numbers a case holds."""
    return sum(value.numel() for value in case.values() if isinstance(value, torch.Tensor))
