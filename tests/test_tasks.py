"""Tasks: what is known and what is asked, baselines, the loss, the evaluation."""

import pytest
import torch

from course_utils.baselines import linear_blend
from course_utils.metrics import psnr
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Films, Interpolation, Mixed, known_frames, split_by_scene, write
from course_utils.tasks.interpolation import neighbours, random_patterns
from course_utils.worlds import ShapesWorld

SMALL = dict(d_model=16, num_heads=2, encoder_layers=1, decoder_layers=1, d_ff=16, reach=2)


def test_neighbours_by_hand():
    known = torch.tensor([[0, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 1]]).bool()
    before, after = neighbours(known)
    assert before.tolist() == [[1, 1, 1, 1, 4, 4], [0, 0, 0, 0, 0, 5]]
    assert after.tolist() == [[1, 1, 4, 4, 4, 4], [0, 5, 5, 5, 5, 5]]


@pytest.mark.parametrize(
    "known", [torch.zeros(2, 4).bool(), torch.ones(4).bool(), torch.ones(1, 4)]
)
def test_a_clip_without_a_known_frame_is_refused(known):
    with pytest.raises(ValueError, match="known"):
        neighbours(known)


def test_the_condition_holds_the_known_frames_in_order_and_their_times():
    video = torch.arange(12.0).view(2, 6, 1, 1, 1).expand(2, 6, 3, 8, 8)
    known = torch.tensor([[0, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 1]]).bool()
    c = known_frames(video, known)
    assert c.known.tolist() == [[True, True, False], [True, True, True]]
    assert c.times[0, :2].tolist() == [1, 4] and c.times[1].tolist() == [0, 2, 5]
    assert c.frames[..., 0, 0, 0].tolist() == [[1, 4, 0], [6, 8, 11]]
    assert c.sources[0, 2, :, 0, 0, 0].tolist() == [1, 4]
    assert c.offsets[0, 2].tolist() == [-1, 2] and c.offsets[0, 1].tolist() == [0, 0]


def test_patterns_have_gaps_of_every_length_known_ends_and_a_seed():
    known = random_patterns(400, 16, seed=3)
    assert known[:, 0].all() and known[:, -1].all()
    gaps = set()
    for row in known.tolist():
        word = "".join("x" if k else "." for k in row)
        gaps |= {len(gap) for gap in word.split("x") if gap}
    assert gaps == set(range(1, 9))
    assert not (known.sum(1) == 16).any() and known.sum(1).max() <= 11
    assert torch.equal(known, random_patterns(400, 16, seed=3))
    assert not torch.equal(known, random_patterns(400, 16, seed=4))
    assert random_patterns(50, 5, seed=0)[:, [0, -1]].all()
    with pytest.raises(ValueError, match="frames"):
        random_patterns(2, 2, seed=0)


def test_the_blend_is_eq_10_1_and_the_nearest_frame_is_one_of_the_two():
    task = Interpolation(known=(0, 5, 15))
    question = task.draw(3, seed=5)
    video, free = question.target, task.baselines(question)
    assert torch.allclose(free["linear blend"][:, 1:5], linear_blend(video[:, 0], video[:, 5], 4))
    near = free["nearest frame"]
    assert torch.equal(near[:, 2], video[:, 0]) and torch.equal(near[:, 3], video[:, 5])
    for name in free:
        assert torch.allclose(free[name][:, [0, 5, 15]], video[:, [0, 5, 15]])


def test_loss_and_score_count_the_missing_frames_alone():
    task = Interpolation(known=(0, 4, 15))
    question, model = task.draw(4, seed=7), VideoEncoderDecoder(2, **SMALL)
    blend = task.baselines(question)["linear blend"]
    missing = [t for t in range(17) if t not in (0, 4, 15)]
    error = (blend - question.target)[:, missing].square().mean()
    assert torch.isclose(task.error(model, question), error, rtol=1e-4)
    score = task.scores(question, blend)["PSNR (dB)"]
    truth, answer = question.target[:, missing], blend[:, missing]
    assert score == pytest.approx(psnr(truth, answer, data_range=1.0).item())
    assert task.loss(model, 3) == task.loss(model, 3) != task.loss(model, 4)


def test_the_table_has_baselines_models_and_videos():
    task = Interpolation(known=(0, 7, 15))
    question, model = task.draw(5, seed=9), VideoEncoderDecoder(2, **SMALL).eval()
    table = task.evaluate({"fresh": model, "truth": question.target}, question)
    assert list(table) == ["nearest frame", "linear blend", "fresh", "truth"]
    blend, fresh = table["linear blend"], table["fresh"]
    assert fresh["PSNR (dB)"] == pytest.approx(blend["PSNR (dB)"], abs=1e-3)
    assert table["truth"]["PSNR (dB)"] == float("inf")
    assert table["truth"]["off by (px)"] < 0.05 < table["nearest frame"]["off by (px)"]


def test_given_frames_stand_as_they_are_in_what_is_written():
    task = Interpolation(known=(0, 7, 15))
    question, model = task.draw(3, seed=9), VideoEncoderDecoder(2, **SMALL).eval()
    model.paint.bias.data += 0.2
    film = write(model, question, at_once=2)
    assert torch.equal(film[:, [0, 7, 15]], question.target[:, [0, 7, 15]])
    alone = model.write(question.condition, 17)
    assert torch.allclose(film[:, 1:7], alone[:, 1:7], atol=1e-5)


def test_two_shapes_have_no_position_error():
    task = Interpolation(ShapesWorld(shapes=2), known=(0, 15))
    question = task.draw(2, seed=0)
    assert set(task.scores(question, question.target)) == {"PSNR (dB)"}


def test_a_model_in_float64_answers_in_the_dtype_of_the_question():
    task = Interpolation(known=(0, 7, 15))
    question, model = task.draw(3, seed=9), VideoEncoderDecoder(2, **SMALL).double()
    assert task.error(model, question).dtype == torch.float64
    assert "PSNR (dB)" in task.evaluate({"m": model}, question)["m"]


def a_film(frames, size=40):
    """A film whose pixels say the frame, the row and the column they stand in."""
    t, y, x = torch.meshgrid(*(torch.arange(n) / 100 for n in (frames, size, size)), indexing="ij")
    return torch.stack((t, y, x), 1)


def test_windows_of_films_keep_time_and_place_together_and_turn():
    windows = Films([a_film(60)], size=8, frames=5, strides=(1, 3))
    clips = windows.sample(64, seed=4).video
    assert clips.shape == (64, 5, 3, 8, 8) and torch.equal(clips, windows.sample(64, 4).video)
    assert not torch.equal(clips, windows.sample(64, 5).video)
    steps = (clips[:, 1:, 0] - clips[:, :-1, 0]).flatten(1).mul(100).round()
    assert set(steps[:, 0].tolist()) == {-3.0, -1.0, 1.0, 3.0}  # both strides, both ways
    assert (steps == steps[:, :1]).all()
    columns = (clips[:, 0, 2, 0, 1] - clips[:, 0, 2, 0, 0]).mul(100).round()
    assert set(columns.tolist()) == {-1.0, 1.0}  # mirrored or not
    assert len(clips[:, 0, 1, 0, 0].unique()) > 10  # cut out at many places
    plain = Films([a_film(60)], size=8, frames=5, turn=False).sample(32, 1).video
    assert (plain[:, 1:, 0] > plain[:, :-1, 0]).all() and (plain[..., 2, :, 1:] > 0).all()


def test_a_film_too_short_for_a_stride_is_read_frame_by_frame():
    clips = Films([a_film(6)], size=8, frames=5, strides=(4,), turn=False).sample(4, 0).video
    assert torch.allclose(clips[:, 1, 0] - clips[:, 0, 0], torch.tensor(0.01))


@pytest.mark.parametrize("films", [[], [torch.rand(4, 3, 40, 40)], [torch.rand(9, 3, 6, 40)]])
def test_films_that_do_not_fit_are_refused(films):
    with pytest.raises(ValueError, match="films"):
        Films(films, size=8, frames=5)


def test_a_mixture_has_its_shares():
    one, film = ShapesWorld(frames=5), Films([a_film(9)], size=32, frames=5)
    mixed = Mixed((one, 3), (film, 2))
    video = mixed.sample(5, seed=2).video
    assert torch.equal(video[:3], one.sample(3, 2).video)
    assert torch.equal(video[3:], film.sample(2, 2).video)
    with pytest.raises(ValueError, match="batch"):
        mixed.sample(4, seed=2)
    question = Interpolation(mixed, known=(0, 4)).draw(5, 1)
    assert set(Interpolation().scores(question, question.target)) == {"PSNR (dB)"}


def test_held_out_films_share_no_frame_with_the_training():
    train, held_out = split_by_scene(16)
    assert list(train) == list(held_out) == ["city", "earth"]
    assert len(train["city"]) == 116 and len(held_out["city"]) == 74
    assert len(train["earth"]) == 210 and len(held_out["earth"]) == 91
