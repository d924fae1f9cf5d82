"""Homework 08: the function to repair has all three bugs; one repaired, the others are named."""

import re
from pathlib import Path

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw08_video_tokens.py"


def given(*repairs):
    source = re.search(r"(?ms)^def given_join.*?\n\n", TEXT.read_text("utf-8")).group()
    for wrong, right in repairs:
        assert wrong in source
        source = source.replace(wrong, right)
    scope = {}
    exec("from einops import rearrange\n" + source, scope)
    return scope["given_join"]


ORDER, COLOUR, FRAMES = ("(T W H)", "(T H W)"), ("(C t h w)", "(t h w C)"), ("(t T)", "(T t)")


def test_the_function_to_repair_is_recognised():
    assert check("8.2", given()).misconception == "nothing repaired yet"


def test_what_is_left_after_two_repairs_is_named():
    grid = "rows and columns of the grid exchanged"
    assert check("8.2", given(COLOUR, FRAMES)).misconception == grid
    assert check("8.2", given(ORDER, FRAMES)).misconception == "colour read first"
    assert check("8.2", given(ORDER, COLOUR)).misconception == "frames of a tubelet spread out"


def test_what_is_left_after_one_repair_is_named(capsys):
    check("8.2", given(ORDER))
    text = " ".join(capsys.readouterr().out.split())
    assert "colour read first" in text and "frames of a tubelet spread out" in text


def test_all_three_repairs_pass():
    assert check("8.2", given(ORDER, COLOUR, FRAMES)).passed
