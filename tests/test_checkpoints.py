"""Checkpoints: what is written comes back, the same bytes each time, and damage is met in words."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from course_utils.authoring.remake import RECIPES
from course_utils.checkpoints import FOLDER, load_checkpoint, read_checkpoint, save_checkpoint
from course_utils.files import replace_file


class Tiny(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, 2)
        self.register_buffer("count", torch.tensor(3))


class Other(Tiny):
    pass


FACTS = {"config": {"width": 4}, "command": "make checkpoints", "seed": 7, "scores": {"psnr": 30.5}}


def test_round_trip(tmp_path):
    model = Tiny(4)
    save_checkpoint(tmp_path / "a.safetensors", model, **FACTS)
    loaded, header = load_checkpoint(tmp_path / "a.safetensors", Tiny)
    assert torch.equal(loaded.linear.weight, model.linear.weight.half().float())
    assert loaded.count == 3 and not loaded.training
    assert (header.model, header.config, header.seed) == ("Tiny", {"width": 4}, 7)
    assert (header.command, header.scores) == ("make checkpoints", {"psnr": 30.5})
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_the_same_weights_give_the_same_bytes(tmp_path):
    model, digests = Tiny(4), set()
    for name in "abcdef":
        save_checkpoint(tmp_path / name, model, **FACTS)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_missing_damaged_and_foreign_files_are_met_in_words(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        load_checkpoint("no-such-checkpoint", Tiny)
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, Tiny(4), **FACTS)
    with pytest.raises(ValueError, match="holds a Tiny, got Other"):
        load_checkpoint(path, Other)
    whole = path.read_bytes()
    for damaged in (whole[:-5], whole[:20], b"", b"\x00" * 64):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged"):
            read_checkpoint(path)
    save_file({"x": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match="not a checkpoint of this course"):
        read_checkpoint(path)
    save_checkpoint(path, Tiny(4), **{**FACTS, "config": {"width": 5}})
    with pytest.raises(ValueError, match="do not fit"):
        load_checkpoint(path, Tiny)


def test_weights_that_float16_cannot_hold_are_refused(tmp_path):
    model = Tiny(4)
    with torch.no_grad():
        model.linear.weight[0, 0] = 1e6
    with pytest.raises(ValueError, match="linear.weight"):
        save_checkpoint(tmp_path / "a", model, **FACTS)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def failing(temporary):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        replace_file(path, failing)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


BUNDLED = sorted(FOLDER.glob("*.safetensors"))


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_a_bundled_checkpoint_is_small_recorded_and_can_be_remade(path):
    data, listed = path.read_bytes(), (FOLDER / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(data).hexdigest() in listed, (
        f"the hash of {path.name} is not in its README.md"
    )
    assert len(data) <= 4_000_000
    _, header = read_checkpoint(path)
    assert path.stem in RECIPES and header.command.endswith(
        f"course_utils.authoring.remake {path.stem}"
    )
    pairs = [*beside_its_baselines(header.scores)]
    assert pairs and all(own > free for own, free in pairs)


def beside_its_baselines(scores):
    """Yield (score of the model, score of a baseline), the higher the better, of each test."""
    if "bits per frame, model" in scores:
        yield -scores["bits per frame, model"], -scores["bits per frame, unigram"]
    if "temperature 1, all (%)" in scores:
        yield scores["temperature 1, all (%)"], scores["another clip, all (%)"]
    if "repeat_last_psnr" in scores:
        yield scores["psnr"], scores["repeat_last_psnr"]
    end = ", PSNR (dB)"
    for name in [key for key in scores if key.endswith(", model" + end)]:
        test = name.removesuffix("model" + end)
        for other in scores:
            if other.startswith(test) and other.endswith(end) and other != name:
                yield scores[name], scores[other]


def test_all_checkpoints_together_stay_below_30_megabytes():
    assert BUNDLED, f"there is no checkpoint in {FOLDER}"
    assert sum(path.stat().st_size for path in BUNDLED) <= 30_000_000
