"""The function that homework 07 asks to repair is the mistake that its check knows."""

import re
from pathlib import Path

from course_utils.attention import frame_causal_mask
from course_utils.checks import check


def test_the_function_to_repair_in_homework_07_is_recognised():
    path = Path(__file__).parents[1] / "notebooks" / "text" / "hw07_join_encoder_and_decoder.py"
    given = re.search(r"^def given_call.*?\n\n", path.read_text("utf-8"), re.DOTALL | re.MULTILINE).group()
    scope = {"frame_causal_mask": frame_causal_mask}
    exec(given, scope)
    assert check("7.3", scope["given_call"]).misconception == "nothing repaired yet"
