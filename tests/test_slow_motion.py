"""Slow motion: which window fills which gap, tiles, cuts, files in and out, and what is refused."""

import pytest
import torch

from course_utils.apps import slow_motion as app
from course_utils.models import VideoEncoderDecoder
from course_utils.worlds import clip_info, load_clip, save_clip

TINY = dict(d_model=16, num_heads=2, encoder_layers=1, decoder_layers=1, d_ff=16, reach=2)


@pytest.fixture(scope="module")
def fresh():
    """A model that answers with the linear blend."""
    return VideoEncoderDecoder(2, **TINY).eval()


@pytest.fixture
def known_model(fresh, monkeypatch):
    monkeypatch.setattr(app, "load_checkpoint", lambda name, kind: (fresh, None))


def film(frames, size=32, seed=0):
    """A smooth film: a ramp that drifts."""
    place = torch.arange(size) / size
    drift = torch.arange(frames).view(-1, 1, 1, 1) / 40
    ramp = (place.view(1, 1, -1, 1) + 2 * place) / 3
    return (0.3 + 0.4 * ramp + drift * 0.5).expand(-1, 3, -1, -1).clamp(0, 1).clone()


@pytest.mark.parametrize("frames", [2, 3, 5, 9, 20])
@pytest.mark.parametrize("times", [2, 3, 5, 8])
def test_every_gap_is_filled_once_by_a_window_that_fits(frames, times):
    filled = []
    for first, last, start, stop in app.windows(frames, times):
        assert 0 <= first <= start < stop <= last < frames
        assert (last - first) * times <= app.SPAN
        filled += range(start, stop)
    assert filled == [*range(frames - 1)]


def test_a_gap_lies_in_the_middle_of_its_window_where_it_can():
    for first, last, start, stop in app.windows(20, 4):
        if 0 < first and last < 19:
            assert (start - first, last - stop) in ((1, 2), (2, 1), (1, 1))


@pytest.mark.parametrize("size, count", [(32, 1), (64, 9)])
def test_tiles_join_to_what_was_cut(size, count):
    video = torch.rand(3, 3, size, size, generator=torch.Generator().manual_seed(0))
    parts = app.tiles(video)
    assert parts.shape == (count, 3, 3, 32, 32)
    assert torch.allclose(app.join(parts, size), video, atol=1e-6)


@pytest.mark.parametrize("size", [32, 64])
def test_known_frames_stay_and_a_fresh_model_is_the_blend(fresh, size):
    video = film(5, size)
    slow = app.fill(fresh, video, 4)
    assert slow.shape == (17, 3, size, size)
    assert torch.equal(slow[::4], video)
    assert torch.allclose(slow[1], 0.75 * video[0] + 0.25 * video[1], atol=1e-4)
    assert torch.allclose(slow, app.fill(None, video, 4), atol=1e-4)


def test_nothing_is_written_across_a_cut():
    video = torch.cat((film(3), 0.2 * film(3)))
    assert [len(scene) for scene in app.scenes(video)] == [3, 3]
    slow = app.slow(None, video, 4)
    assert len(slow) == 24
    assert torch.equal(slow[8:12], video[2:3].expand(4, -1, -1, -1))
    assert torch.equal(slow[12], video[3])


def test_the_test_on_hidden_frames_says_who_is_better(fresh):
    video = film(7)
    scores = app.worth(fresh, video)
    assert scores["model"] == pytest.approx(scores["linear blend"], abs=0.1)
    assert scores["model"] > 40  # on a drift the blend is nearly right
    assert app.worth(fresh, film(2)) == {} and "could not" in app.sentence({})
    assert "the model is better" in app.sentence({"model": 30.0, "linear blend": 29.0})
    assert "blend is better" in app.sentence({"model": 28.0, "linear blend": 29.0})


@pytest.mark.parametrize("ending", [".mp4", ".gif", ".webm"])
def test_a_file_becomes_a_slower_file(known_model, tmp_path, capsys, ending):
    source, target = tmp_path / "clip.mp4", tmp_path / f"out{ending}"
    save_clip(film(6), source, fps=10)
    assert app.main([str(source), str(target), "--times", "3"]) == 0
    said = capsys.readouterr().out
    assert "Read 6 frames" in said and "linear blend" in said and "Wrote 18 frames" in said
    assert len(load_clip(target, 32, stride=1)) == 18
    assert clip_info(target).fps == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    "options, said",
    [
        (["--times", "9"], "--times"),
        (["--times", "1"], "--times"),
        (["--size", "48"], "--size"),
        (["--frames", "1"], "two or more"),
        (["--start", "99"], "has 6 frames"),
    ],
)
def test_a_bad_argument_gets_a_sentence(known_model, tmp_path, capsys, options, said):
    source = tmp_path / "clip.mp4"
    save_clip(film(6), source)
    assert app.main([str(source), str(tmp_path / "out.gif"), *options]) == 1
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1


def test_a_bad_file_gets_a_sentence(known_model, tmp_path, capsys):
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "empty.mp4").write_text("")
    save_clip(film(6), tmp_path / "clip.mp4")
    for source, target in (
        ("missing.mp4", "out.gif"),
        ("text.mp4", "out.gif"),
        ("empty.mp4", "out.gif"),
        (".", "out.gif"),
        ("clip.mp4", "out.avi"),
    ):
        assert app.main([str(tmp_path / source), str(tmp_path / target)]) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out.avi").exists()
