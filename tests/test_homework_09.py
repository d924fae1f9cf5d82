"""Homework 09: the function to repair is recognised, and after each repair the next mistake is named."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw09_predict_the_next_frames.py"
FED_BACK = "seen[:, 1:], video[:, t : t + 1]"


@pytest.mark.parametrize(
    "repaired, named",
    [
        (FED_BACK, "nothing repaired yet"),
        ("seen, video[:, t : t + 1]", "true frames fed back"),
        ("seen[:, 1:], following", "clipped only in what is returned + oldest frame dropped"),
        ("seen, following", "clipped only in what is returned"),
        ("seen, following.clamp(0, 1)", None),
    ],
)
def test_the_rollout_that_peeks_is_named_at_each_stage_of_its_repair(repaired, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_rollout.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    assert FED_BACK in given
    scope = {"torch": torch}
    exec(given.replace(FED_BACK, repaired), scope)
    report = check("9.5", scope["given_rollout"])
    assert report.misconception == named and report.passed == (named is None)
