"""Repainting (lesson 11): what is shown, what is held out, and three scores that can be fooled."""

import pytest
import torch

from course_utils.metrics import psnr
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Restyle, repaint
from course_utils.tasks.style import WORDS, best_colour_map, flicker, on_stage, unseen_looks
from course_utils.worlds import ShapesWorld, read_clips
from course_utils.worlds.shapes import STYLES, ground

WORLD = ShapesWorld(frames=6)
HELD = ("triangle", "outline")


def test_a_question_is_one_motion_in_two_styles():
    task = Restyle(WORLD, pair=("plain", "night"), by="word")
    question = task.draw(5, 3)
    clips = WORLD.sample(5, 3)
    assert torch.equal(question.condition.sources[:, :, 0], clips.video)
    assert torch.equal(question.target, WORLD.restyle(clips, "night").video)
    assert question.condition.words.tolist() == [[STYLES.index("night") + 1]] * 5
    assert question.condition.reference is None and not question.condition.offsets.any()
    again = task.draw(5, 3)
    assert torch.equal(again.target, question.target)
    assert not torch.equal(task.draw(5, 4).target, question.target)


def test_the_reference_shows_another_clip_in_the_wanted_style():
    question = Restyle(WORLD, pair=("outline", "plain"), by="reference").draw(40, 3)
    reference = question.condition.reference
    assert reference.shape == (40, 1, 3, 32, 32) and question.condition.words is None
    frames = (question.target - reference).square().flatten(2).mean(-1)  # against each frame
    assert frames.min() > 1e-4  # no frame of the target is shown
    assert torch.equal(reference[:, 0, 0].flatten(1).median(1).values, torch.full((40,), 20 / 255))
    assert {*read_clips(reference[:, 0][:, None]).shape} == {
        "circle", "square", "triangle", "cross"
    }  # fmt: skip


@pytest.mark.parametrize("by", ["word", "reference"])
def test_what_is_held_out_is_neither_read_nor_written(by):
    task = Restyle(WORLD, by=by, held_out=HELD)
    bright = torch.tensor(ground("outline", 32)).mean()
    for seed in range(3):
        question = task.draw(40, seed)
        hidden = torch.tensor([row[0] == HELD[0] for row in question.clips.shape])
        assert hidden.any() and not hidden.all()
        for film in (question.condition.sources[:, :, 0], question.target):
            corner = film.flatten(1).median(1).values
            assert (corner[hidden] < bright - 0.1).all() and (corner[~hidden] > bright - 0.1).any()
        if by == "reference":
            lines = question.condition.reference.flatten(1).median(1).values > bright - 0.1
            shown = read_clips(question.condition.reference[lines], "outline").shape
            assert lines.any() and HELD[0] not in shown


def test_a_shape_given_to_all_clips_keeps_the_motion():
    question = Restyle(WORLD, pair=("plain", "outline"), by="word", shape="cross").draw(6, 2)
    clips = WORLD.sample(6, 2)
    assert question.clips.shape == [["cross"]] * 6
    assert torch.equal(question.clips.position, clips.position)
    assert all("cross" in caption for caption in question.clips.caption)
    assert read_clips(question.target, "outline").shape == ["cross"] * 6


@pytest.mark.parametrize("style", ["plain", "checkerboard"])
def test_a_stage_of_the_world_comes_out_as_the_world_draws_it(style):
    clips = WORLD.sample(6, 2)
    stage = torch.from_numpy(ground(style, 32).copy())
    drawn = on_stage(WORLD, clips, stage)
    assert (drawn - WORLD.restyle(clips, style).video).abs().max() < 2.5 / 255
    lines = on_stage(WORLD, clips, torch.from_numpy(ground("outline", 32)), line=True)
    assert (lines - WORLD.restyle(clips, "outline").video).abs().max() < 2.5 / 255


def test_random_stages_come_with_a_reference_on_the_same_stage():
    question = Restyle(WORLD, by="reference", stages=1.0).draw(12, 5)
    stage = question.target.flatten(3).median(-1).values  # "B T C"
    shown = question.condition.reference.flatten(3).median(-1).values
    assert (stage - shown).abs().max() < 1e-5 and stage[:, 0].std(0).min() > 0.1
    plain = Restyle(WORLD, by="reference").draw(12, 5)
    assert not torch.equal(plain.target, question.target)


def test_style_content_and_flicker_are_each_fooled_by_something():
    task = Restyle(WORLD, pair=("plain", "outline"), by="word")
    question = task.draw(24, 7)
    truth, unchanged = question.target, question.condition.sources[:, :, 0]
    empty = torch.from_numpy(ground("outline", 32)).expand_as(truth)
    right, same, stage, still = (
        task.scores(question, v) for v in (truth, unchanged, empty, truth[:, :1].expand_as(truth))
    )
    style, shape, shaking = "style reached (%)", "shape kept (%)", "flicker (of 255)"
    assert (
        right[style] == right[shape] == 100 and right[shaking] == 0 and right["off by (px)"] < 0.1
    )
    assert same[style] == 0 and same[shape] == 100 and same["off by (px)"] < 0.1
    assert stage[style] == 100 and stage[shape] < 60 and stage["off by (px)"] > 5
    assert still[style] == 100 and still[shaking] > 10
    brighter = task.scores(question, (truth - 0.05).clamp(0, 1))
    assert brighter[shaking] < 1 and brighter["PSNR (dB)"] < 30


def test_flicker_is_how_the_error_changes():
    target = torch.zeros(1, 3, 1, 1, 2)
    video = target.clone()
    video[0, 1, 0, 0, 0] = 0.2  # one pixel of two is wrong in the middle frame: changes 0.2, -0.2
    assert flicker(target, video).item() == pytest.approx((2 * 0.2**2 / 4) ** 0.5)
    assert flicker(target, target + 0.3).item() == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="video: got"):
        flicker(target, video[:, :2])


def test_no_colour_map_beats_the_best_one():
    question = Restyle(WORLD, pair=("plain", "outline"), by="word").draw(8, 1)
    film, target = question.condition.sources[:, :, 0], question.target
    best = psnr(target, best_colour_map(film, target), data_range=1.0)
    for free in Restyle.baselines(Restyle(), question).values():
        assert best > psnr(target, free, data_range=1.0)
    swapped = film.flip(2) * 0.5 + 0.2  # a map of colours: it is found exactly
    assert torch.allclose(best_colour_map(film, swapped), swapped, atol=1e-5)


def test_an_untrained_model_leaves_the_clip_as_it_is_and_reads_both_kinds_of_style():
    torch.manual_seed(0)
    model = VideoEncoderDecoder(sources=1, words=WORDS, d_model=16, encoder_layers=1, d_ff=32)
    task = Restyle(WORLD, held_out=HELD)
    task.batch = 4
    kinds = set()
    for seed in range(6):
        condition = task.draw(4, seed).condition
        kinds.add(condition.words is None)
        assert torch.equal(model.write(condition, 6), condition.sources[:, :, 0])
    assert kinds == {True, False}
    loss = task.loss(model, 0)
    loss.backward()
    assert loss > 0 and model.paint.weight.grad.abs().sum() > 0
    film = torch.rand(2, 6, 3, 32, 32)
    wanted = repaint(film, words=torch.tensor([[2], [3]]))
    assert torch.equal(wanted.sources[:, :, 0], film) and wanted.offsets.shape == (2, 6, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "name"},
        {"pair": ("plain", "plain")},
        {"pair": ("plain", "watercolour")},
        {"held_out": ("star", "night")},
    ],
)
def test_a_wrong_argument_is_named(wrong):
    with pytest.raises(ValueError, match=f"{[*wrong][0]}: got"):
        Restyle(**wrong)


@pytest.mark.parametrize("name", ["dusk", "chalk", "stripes"])
def test_an_unseen_look_is_named_by_a_reference_and_is_near_no_style_of_the_world(name):
    stage, line = unseen_looks()[name]
    task = Restyle(WORLD, look=(stage, line))
    question = task.draw(8, 2)
    assert question.condition.words is None
    for film in (question.target, question.condition.reference):
        empty = (film - stage).abs().amax(2) < 2 / 255  # pixels of the stage
        assert 0.7 < empty.float().mean() < 1
    filled = on_stage(WORLD, question.clips, stage)
    assert torch.equal(question.target, filled) != line
    for style in STYLES:
        drawn = WORLD.restyle(question.clips, style).video
        assert psnr(drawn, question.target, data_range=1.0) < 30
    assert {*task.scores(question, question.target)} == {"PSNR (dB)", "flicker (of 255)"}
