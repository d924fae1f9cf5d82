"""VideoDiT and the flow around it: sources, masks, cache, devices, loss and samplers."""

import pytest
import torch
from torch import nn

from course_utils.models import VideoDiT, flow_loss, sample
from course_utils.models.flow import FrameWriter, causal_levels, full_levels, solve
from course_utils.models.video_dit import NOTHING, SECOND, SOURCE, nearest_cleaner
from course_utils.tasks.four_tasks import TOKENIZER, FourTasks, captions, say_less
from course_utils.worlds.shapes import STYLES

SMALL = {
    "words": 9,
    "size": 8,
    "patch": 4,
    "d_model": 24,
    "num_layers": 2,
    "overlap": 2,
    "reach": 2,
}


def small(seed=0, **settings):
    """A small model in which nothing is at its zero start."""
    torch.manual_seed(seed)
    model = VideoDiT(**SMALL | settings)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.1)
    return model.eval()


def clip(frames=5, batch=2, seed=1):
    return torch.rand(batch, frames, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    "levels, causal, wanted",
    [  # the sources of each frame, None for none
        ([1, 0, 0, 0, 1], True, [(None, None), (0, None), (0, None), (0, None), (None, None)]),
        ([1, 0, 0, 0, 1], False, [(None, None), (0, 4), (0, 4), (0, 4), (None, None)]),
        ([1, 1, 0.5, 0.2], True, [(None, None), (None, None), (1, 0), (2, 1)]),
        ([0, 0, 1, 1], False, [(2, 3), (2, 3), (None, None), (None, None)]),
        ([0.5, 0.5, 0.5], False, [(None, None)] * 3),  # equally noisy frames teach nothing
        ([0.3], True, [(None, None)]),
    ],
)
def test_the_hands_take_the_nearest_cleaner_frames(levels, causal, wanted):
    levels = torch.tensor([levels], dtype=torch.float)
    index, exists = nearest_cleaner(levels, levels, causal)
    rows = zip(index[0].tolist(), exists[0].tolist())
    assert [tuple(i if e else None for i, e in zip(*row)) for row in rows] == wanted


def test_frames_in_front_count_as_sources():
    index, exists = nearest_cleaner(torch.tensor([[0.5]]), torch.tensor([[1.0, 1.0, 0.5]]), True)
    assert index.tolist() == [[[1, 0]]] and exists.all()


def test_a_fresh_model_weighs_its_frames_by_their_precision():
    model, video = VideoDiT(**SMALL), clip(3)
    answer = model(video, torch.tensor([[1.0, 1.0, 0.0]] * 2))
    assert torch.allclose(answer[:, :2], video[:, :2], atol=0.02)  # clean frames stay
    weights = torch.tensor([1 / SECOND, 1 / SOURCE, 1 / 0.99**2 * 0.01**2])
    weights = weights / (weights.sum() + 1 / NOTHING)
    sources = torch.stack((video[:, 0], video[:, 1], video[:, 2] / 0.01))
    wanted = (weights.view(3, 1, 1, 1, 1) * sources).sum(0)
    inner = (..., slice(2, -2), slice(2, -2))
    assert torch.allclose(answer[:, 2][inner], wanted[inner], atol=1e-4)


def test_under_the_causal_mask_no_frame_sees_a_later_one():
    model, video, levels = small(), clip(), torch.rand(2, 5)
    changed, other = video.clone(), levels.clone()
    changed[:, 3:], other[:, 3:] = 1 - video[:, 3:], 1.0
    before = model(video, levels)[:, :3]
    assert torch.allclose(before, model(changed, other)[:, :3], atol=1e-6)
    full = model(video, levels, causal=False)[:, :3]
    assert not torch.allclose(full, model(changed, other, causal=False)[:, :3], atol=1e-3)


def test_the_cache_gives_what_the_whole_clip_gives():
    model, video, words = small(), clip(), torch.randint(1, 9, (2, 4))
    levels = torch.ones(2, 5)
    levels[:, 4] = 0.3
    with torch.no_grad():
        whole = model(video, levels, words)[:, 4:]
        writer = FrameWriter(model, words, window=16)
        writer.add(video[:, :3])
        writer.add(video[:, 3:4])
        for _ in range(2):  # a try leaves nothing behind
            assert torch.allclose(writer.predict(video[:, 4:], 0.3), whole, atol=1e-5)


@pytest.mark.parametrize("part", ["words", "beside", "levels"])
def test_every_condition_counts(part):
    model, video, levels = small(), clip(), torch.full((2, 5), 0.4)
    asked = {"words": torch.full((2, 3), 4), "beside": clip(seed=5)}
    if part == "levels":
        other = model(video, levels + 0.3, **asked)
    else:
        other = model(video, levels, **{k: v for k, v in asked.items() if k != part})
    assert not torch.allclose(model(video, levels, **asked), other, atol=1e-4)


def test_padding_and_no_caption_are_the_same():
    model, video, levels = small(), clip(), torch.full((2, 5), 0.4)
    nothing = torch.zeros(2, 3, dtype=torch.long)
    assert torch.allclose(model(video, levels, nothing), model(video, levels))
    words = torch.tensor([[3, 5], [2, 1]])
    padded = torch.cat((words, nothing), 1)
    assert torch.allclose(model(video, levels, words), model(video, levels, padded), atol=1e-6)


def test_it_runs_in_float64_and_on_meta():
    model, video, levels = small().double(), clip().double(), torch.rand(2, 5).double()
    answer = model(video, levels, torch.ones(2, 2, dtype=torch.long), video)
    assert answer.dtype == torch.float64
    assert flow_loss(model, video, 0).dtype == torch.float64
    assert sample(model, video=video, known=torch.arange(5) < 2, frames=5).dtype == torch.float64
    meta = VideoDiT(**SMALL).to("meta")
    shape = meta(video.float().to("meta"), levels.float().to("meta"), causal=False).shape
    assert shape == video.shape


@pytest.mark.parametrize(
    "change, words",
    [
        ({"noisy": torch.rand(2, 5, 3, 8, 9)}, "noisy"),
        ({"levels": torch.rand(2, 4)}, "levels"),
        ({"beside": torch.rand(2, 4, 3, 8, 8)}, "beside"),
        ({"cache": object(), "causal": False}, "cache"),
    ],
)
def test_wrong_arguments_are_named(change, words):
    asked = {"noisy": clip(), "levels": torch.rand(2, 5)} | change
    with pytest.raises(ValueError, match=words):
        small()(**asked)
    with pytest.raises(ValueError, match="patch"):
        VideoDiT(size=10, patch=4)


class Echo(nn.Module):
    """Answers with what it was given, and keeps the call."""

    def forward(self, noisy, levels, words, beside, causal, given):
        self.call = noisy, levels, given
        return noisy


def test_the_loss_is_the_error_of_the_velocity():
    echo, video = Echo(), clip(4)
    levels = torch.tensor([[0.0, 0.5, 0.95, 1.0]] * 2)
    loss = flow_loss(echo, video, 3, levels=levels, taught=torch.tensor([True, False]))
    noisy, _, (film, given) = echo.call
    by_frame = (noisy - video).square().mean((2, 3, 4))
    wanted = (by_frame[:, :3] / torch.tensor([1.0, 0.5, 0.1]) ** 2).mean()  # 1 - 0.95 is capped
    assert torch.allclose(loss, wanted)
    assert given.tolist() == [[1.0] * 4, levels[1].tolist()]
    assert torch.equal(film[1], noisy[1]) and (film[0] - video[0]).abs().max() < 0.2
    assert torch.equal(loss, flow_loss(echo, video, 3, levels=levels, taught=given[:, 0] == 1))
    with pytest.raises(ValueError, match="taught"):
        flow_loss(echo, video, 0, causal=False, taught=torch.tensor([True, False]))


def test_levels_practise_what_sampling_needs():
    g = torch.Generator().manual_seed(0)
    levels, taught = causal_levels(400, 16, g)
    assert 0.2 < (levels == 1).float().mean() < 0.45 and 0.65 < taught.float().mean() < 0.85
    full = full_levels(400, 16, g)
    ends = (full[:, 0] == 1) & (full[:, -1] == 1)
    assert 0.6 < ends.float().mean() < 0.8
    missing = full[ends].masked_fill(full[ends] == 1, torch.nan)
    spread = missing.nan_to_num(2).amin(1) - missing.nan_to_num(-2).amax(1)
    assert spread.abs().max() == 0  # the missing frames of a clip share one level


@pytest.mark.parametrize("heun", [False, True])
def test_the_solver_follows_a_straight_line_exactly(heun):
    target, z = clip(1), torch.randn(2, 1, 3, 8, 8)
    for steps in (1, 3):
        assert torch.allclose(solve(lambda z, level: target, z, 0.0, steps, heun), target)


def test_heun_is_nearer_on_a_curved_path():
    # x_hat = c z (1 - l): v = z (c - 1 / (1 - l)), so z = z_0 e^(c l) (1 - l)
    def error(steps, heun):
        path, z = [], torch.ones(1, dtype=torch.float64)

        def predict(z, level):
            path.append((level, z.item()))
            return z * (1 - level)

        solve(predict, z, 0.0, steps, heun)
        last = [value for level, value in path if abs(level - 0.5) < 1e-9][-1]
        return abs(last - 0.5 * torch.tensor(0.5).exp().item())

    assert error(8, True) < 0.5 * error(8, False)


@pytest.mark.parametrize("causal", [True, False])
def test_known_frames_stay_as_they_are(causal):
    model, video = small(), clip(6)
    known = torch.tensor([True, False, False, True, False, True])
    film = sample(model, video=video, known=known, frames=6, steps=2, causal=causal)
    assert torch.equal(film[:, known], video[:, known])
    assert film.min() >= 0 and film.max() <= 1
    again = sample(model, video=video, known=known, frames=6, steps=2, causal=causal)
    assert torch.equal(film, again)


def test_an_edit_that_starts_near_the_clip_changes_little():
    class Still(nn.Module):
        frame = (3, 8, 8)

        def __init__(self):
            super().__init__()
            self.at = nn.Parameter(torch.zeros(1))

        def forward(self, noisy, levels, words, beside, causal=True):
            return noisy

    video = 0.2 + 0.6 * clip(4)
    near, far = (sample(Still(), video=video, frames=4, start=s, causal=False) for s in (0.9, 0.2))
    assert (near - video).abs().mean() < (far - video).abs().mean()


def test_a_clip_goes_on_beyond_the_window():
    model, video = small(), clip(6)
    film = sample(model, video=video, known=torch.arange(6) < 6, frames=14, steps=1, window=4)
    assert film.shape[1] == 14 and torch.isfinite(film).all()


def test_guidance_asks_twice():
    model, words = small(), torch.tensor([[1, 2], [3, 4]])
    plain = sample(model, words, frames=3, steps=2)
    assert torch.allclose(plain, sample(model, words, frames=3, steps=2, guidance=1.0))
    assert not torch.allclose(plain, sample(model, words, frames=3, steps=2, guidance=3.0))
    blind = sample(model, torch.zeros_like(words), frames=3, steps=2)
    assert torch.allclose(blind, sample(model, words, frames=3, steps=2, guidance=0.0), atol=1e-5)


@pytest.mark.parametrize("asked", [{}, {"words": torch.ones(1, 2).long(), "start": 0.5}])
def test_sample_says_what_is_missing(asked):
    with pytest.raises(ValueError, match="video"):
        sample(small(), **asked)


@pytest.mark.parametrize("mode", ["causal", "predict", "full", "beside"])
def test_every_mode_of_training_passes_a_gradient(mode):
    torch.manual_seed(0)
    model = VideoDiT(words=FourTasks.words, d_model=24, num_layers=1)
    task = FourTasks({mode: 1}, batch=2, extra=2)
    loss = task.loss(model, 5)
    assert torch.equal(loss, task.loss(model, 5))
    loss.backward()
    assert model.paint.weight.grad.abs().sum() > 0
    assert (model.mix.weight.grad is not None) == (mode == "beside")


@pytest.mark.parametrize("mode", ["causal", "beside"])
def test_single_frames_are_a_task(mode):
    model = VideoDiT(words=FourTasks.words, d_model=24, num_layers=1)
    loss = FourTasks({mode: 1}, batch=2, extra=0, frames=1).loss(model, 5)
    assert loss > 0


def test_each_clip_is_repainted_from_its_own_style_to_another():
    task = FourTasks(batch=40, frames=1)
    clips = task.world.sample(40, 7)
    seen, wanted, ids = task.repainted(clips, torch.Generator().manual_seed(0))
    said = TOKENIZER.decode(ids)
    assert set(said) == set(STYLES)
    for k, style in enumerate(said):
        assert torch.equal(wanted[k], task.world.restyle(clips, style).video[k])
        others = [s for s in STYLES if s != style]
        assert any(torch.equal(seen[k], task.world.restyle(clips, s).video[k]) for s in others)


def test_half_of_the_causal_clips_are_clean_up_to_a_frame():
    levels, taught = causal_levels(400, 8, torch.Generator().manual_seed(0))
    clean = levels == 1
    run = (clean.int().diff(dim=1) <= 0).all(1)  # clean frames first, then none
    assert 0.5 < run.float().mean() < 0.75  # some clips of the other half look the same by chance
    assert {*clean[run].sum(1).tolist()} >= set(range(8)) and 0.65 < taught.float().mean() < 0.85


def test_first_frames_are_those_of_the_whole_clips():
    task = FourTasks()
    whole, firsts = task.world.sample(4, 7), task.firsts.sample(4, 7)
    assert torch.equal(whole.video[:, :2], firsts.video) and whole.caption == firsts.caption


def test_captions_are_told_whole_in_part_or_not_at_all():
    said = ["a red circle moves up and bounces"] * 200
    ids = captions(said, torch.Generator().manual_seed(0), blank=0.3, short=0.3)
    found = TOKENIZER.decode(ids)
    assert set(found) == {"", "a red circle", said[0]} and say_less(said[0]) == "a red circle"
