"""The broken stack that homework 05 hands out is recognised as unrepaired."""

import re
from pathlib import Path

import torch.nn.functional as F

from course_utils.attention import attention
from course_utils.checks import check


def test_the_given_stack_is_known_as_not_repaired():
    text = (Path(__file__).parents[1] / "notebooks/text/hw05_stack_an_encoder.py").read_text("utf-8")
    given = re.search(r"^def norm\(x\).*?^def given_encode.*?\n\n", text, re.DOTALL | re.MULTILINE).group()
    scope = {"F": F, "attention": attention}
    exec(given, scope)
    assert check("5.4", scope["given_encode"]).misconception == "nothing repaired yet"
