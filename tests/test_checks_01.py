"""Homework 01: the cell to repair is recognised, and each of its bugs alone is named."""

import re
from pathlib import Path

import pytest

from course_utils.checks import check

TEXT = (Path(__file__).parents[1] / "notebooks" / "text" / "hw01_recurrence.py").read_text("utf-8")
GIVEN = re.search(r"^def given_gated.*?\n\n", TEXT, re.DOTALL | re.MULTILINE).group()
REPAIRS = {
    "keep gate the wrong way round": ("(1 - keep) * z + keep * new", "keep * z + (1 - keep) * new"),
    "sigmoid around the proposal": ("new = torch.sigmoid(", "new = torch.tanh("),
    "read gate on the frame as well": ("read * (x_new + z_new)", "x_new + read * z_new"),
}


def built(source):
    scope = {}
    exec("import torch\n" + source, scope)
    return scope["given_gated"]


def test_the_cell_to_repair_is_recognised():
    assert check("1.4", built(GIVEN)).misconception == "nothing repaired yet"


@pytest.mark.parametrize("left", REPAIRS)
def test_a_bug_that_is_left_is_named(left):
    source = GIVEN
    for name, (bug, repair) in REPAIRS.items():
        assert bug in source
        source = source if name == left else source.replace(bug, repair)
    assert check("1.4", built(source)).misconception == left


def test_all_three_repairs_pass():
    source = GIVEN
    for bug, repair in REPAIRS.values():
        source = source.replace(bug, repair)
    assert check("1.4", built(source)).passed
