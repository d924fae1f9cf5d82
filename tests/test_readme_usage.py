"""What the README shows runs as it stands there, and leaves the files that it names."""

import re
from pathlib import Path

import pytest

from course_utils.worlds import load_clip

README = Path(__file__).parents[1] / "README.md"


def code_of(heading):
    """The indented lines of a section of the README that are code."""
    section = README.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))


def test_every_model_is_used_in_a_few_lines(tmp_path, monkeypatch):
    code = code_of("Use a model")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    files = re.findall(r'"(\w+\.(?:mp4|gif))", fps', code)
    assert len(files) == len(set(files)) >= 6
    for name in files:
        clip = load_clip(name, size=32, stride=1)
        assert 8 <= len(clip) <= 16 and clip.std() > 0.01


def test_every_checkpoint_is_in_the_section():
    named = set(re.findall(r'load_checkpoint\("([\w-]+)"', code_of("Use a model")))
    shipped = {p.stem for p in (README.parent / "data/checkpoints").glob("*.safetensors")}
    apart = {"recurrent-shapes", "coin-gpt", "interpolate"}  # baselines; one in slow motion
    assert named == shipped - apart


def test_a_section_that_is_not_there_is_an_error():
    with pytest.raises(IndexError):
        code_of("Use a model that is not there")
