"""The house rule on comparisons of trained models can fail, and leaves everything else alone."""

import nbformat
import pytest

from course_utils.authoring.evidence import caption, comparisons, evidence_problems

TWO = """
for name in ("with", "without"):
    models[name] = build(name)
    fit(models[name], loss, steps=10)
"""
TABLE = (
    'rows = {name: [score(model)] for name, model in models.items()}\nviz.table(rows, ["a", "b"])'
)


def lesson(*cells):
    """A notebook of cells; a text that opens with '# ' is prose."""
    book = nbformat.v4.new_notebook()
    for source in cells:
        prose = source.startswith("# ")
        make = nbformat.v4.new_markdown_cell if prose else nbformat.v4.new_code_cell
        book.cells.append(make(source[2:] if prose else source))
    return book


@pytest.mark.parametrize(
    "cells",
    [
        (TWO, TABLE),
        (TWO, "viz.bars({name: score(m) for name, m in models.items()})"),
        # two trainings by hand, through several names
        (
            "fit(a, loss, 10)\nfit(b, loss, 10)",
            "first, second = a.rollout(x, 8), b.rollout(x, 8)",
            'shown = {"one": first}\nshown["two"] = second',
            "viz.filmstrip(shown)",
        ),
        # a history is what a training left behind
        ("old = fit(a, loss, 10)\nnew = fit(b, loss, 10)", "viz.loss_curve([old, new])"),
        # a function of the lesson that trains
        (
            "def learn(rate):\n    fit(model, loss, 10, lr=rate)\n    return model",
            "viz.lines({str(rate): curve(learn(rate)) for rate in (0.1, 0.2)})",
        ),
        # a loop of one's own, twice
        (
            "def learn(m):\n    for _ in range(9):\n        loss(m).backward()\n"
            "        optimizer.step()\n    return m",
            "fast, slow = learn(a), learn(b)",
            'viz.table([["fast", score(fast)], ["slow", score(slow)]], ["model", "score"])',
        ),
        # a run against a checkpoint
        (
            'finished, header = load_checkpoint("predict-shapes", VideoTransformer)',
            "history = fit(model, loss, 10)",
            "viz.lines({'this run': history.losses, 'checkpoint': header.scores['loss']})",
        ),
        # said, but under another picture, or of too few seeds
        (TWO, TABLE, "viz.bars({'a': 1.0})", "# Our run, one run each, is an anecdote."),
        (TWO, TABLE, "# With 2 seeds the order is the same."),
    ],
)
def test_comparisons_that_say_nothing_are_found(cells):
    assert len(evidence_problems(lesson(*cells))) == 1
    assert "one run" in evidence_problems(lesson(*cells))[0]


@pytest.mark.parametrize(
    "cells",
    [
        (TWO, TABLE, "# One run each: an anecdote."),
        (TWO, TABLE, "# Mean over three seeds."),
        (TWO, TABLE.replace('["a", "b"])', '["a", "b"], title="5 seeds, mean")')),
        (TWO, TABLE, "print(1)", "# Each number is from one\nrun."),
    ],
)
def test_comparisons_that_say_it_pass(cells):
    assert comparisons(lesson(*cells)) and evidence_problems(lesson(*cells)) == []


@pytest.mark.parametrize(
    "cells",
    [
        # one model beside what costs nothing
        (
            "history = fit(model, loss, 10)",
            'viz.table({"model": score(model), "repeat": score(repeat)}, ["a", "b"])',
            "viz.loss_curve({'this run': history}, baseline={'repeat': 0.1})",
        ),
        # a study has its seeds
        ('study = load_study("parts")', "viz.bars(study.bars('psnr'))"),
        # a study beside one run of the lesson
        (
            'study = load_study("parts")\nfit(model, loss, 10)',
            "viz.bars(study.bars('psnr'), baseline={'this run': score(model)})",
        ),
        # the name was used again for something else
        (TWO, "models = {'x': 1, 'y': 2}", "viz.bars(models)"),
        # of two names on the left, each goes back to its own side
        (
            "old = fit(a, loss, 10)\nnew = fit(b, loss, 10)",
            "video, losses = test.video, old.losses\nviz.lines({'x': video, 'y': losses})",
        ),
        # a name of a comprehension is its own
        (TWO, "viz.bars({models: 1 for models in 'ab'})"),
        (TWO, "print(models)"),
    ],
)
def test_what_compares_no_trainings_is_left_alone(cells):
    assert comparisons(lesson(*cells)) == []


def test_the_caption_is_what_the_picture_says_and_the_prose_under_it():
    book = lesson("# Above.", 'viz.bars(x, title="Bars")', "# Below.", "viz.bars(y)", "# Far.")
    assert caption(book, 2) == "Bars Below."
