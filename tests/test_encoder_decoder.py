"""The encoder-decoder: its baselines when fresh, who sees whom, gradients, devices, bad input."""

import pytest
import torch

from course_utils.models import Condition, VideoEncoderDecoder
from course_utils.models.encoder_decoder import move_windows
from course_utils.models.video_transformer import move
from course_utils.tasks import known_frames

SMALL = dict(size=16, patch=4, d_model=16, num_heads=2, encoder_layers=1, decoder_layers=2)
SMALL |= dict(d_ff=32, overlap=2, reach=3)
T = 6


def small(sources=2, words=0, **options):
    """A small model in which also the weights that start at zero are not zero."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VideoEncoderDecoder(sources, words, **SMALL, **options)
        for p in model.parameters():
            p.data += 0.1 * torch.randn_like(p)
    return model.eval()


@pytest.fixture(scope="module")
def video():
    return torch.rand(2, T, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def known():
    return torch.tensor([[1, 0, 0, 1, 0, 1], [1, 1, 0, 0, 0, 1]]).bool()


def text(ids):
    return Condition(words=torch.tensor(ids))


def conditions(video, known):
    """One of each kind: filling, repainting by token and by reference, writing from words."""
    sources = dict(sources=video[:, :, None], offsets=torch.zeros(2, T, 1))
    return {
        "fill": (2, 0, known_frames(video, known)),
        "token": (1, 5, Condition(words=torch.tensor([[1, 2], [4, 3]]), **sources)),
        "reference": (1, 0, Condition(reference=video[:, :2].flip(0), **sources)),
        "text": (0, 9, text([[1, 2, 3], [4, 8, 0]])),
    }


PICTURES = {"read.read.weight", "read.read.bias", "read.place"}  # for those who read none
KINDS = ("fill", "token", "reference", "text")


def test_a_fresh_model_is_the_baseline(video, known):
    fill = known_frames(video, known)
    blended = VideoEncoderDecoder(2, **SMALL)(fill, T)
    assert torch.allclose(blended[0, 1], video[0, 0] * 2 / 3 + video[0, 3] / 3, atol=1e-5)
    assert torch.allclose(blended[known], video[known], atol=1e-5)
    _, _, token = conditions(video, known)["token"]
    assert torch.allclose(VideoEncoderDecoder(1, 5, **SMALL)(token, T), video, atol=1e-5)
    grey = VideoEncoderDecoder(0, 9, **SMALL)(text([[1, 2]]), T)
    assert grey.shape == (1, T, 3, 16, 16) and (grey == 0.5).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_gets_a_gradient_and_clips_do_not_mix(kind, video, known):
    k, words, condition = conditions(video, known)[kind]
    model = small(k, words)
    out = model(condition, T)
    assert out.shape == video.shape
    alone = torch.cat([model(condition.map(lambda x, i=i: x[i : i + 1]), T) for i in (0, 1)])
    assert torch.allclose(out, alone, atol=1e-5)
    out.square().mean().backward()
    still = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().any()}
    silent = {"fill": set(), "reference": set(), "text": PICTURES, "token": PICTURES}
    assert still == silent[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_it_runs_in_float64_and_on_the_meta_device(kind, video, known):
    k, words, condition = conditions(video, known)[kind]
    model = small(k, words)
    double = model.double()
    out = double(condition.to(double.place), T)
    assert out.dtype == torch.float64
    assert torch.allclose(out.float(), small(k, words)(condition, T), atol=1e-4)
    meta = small(k, words).to("meta")
    assert meta(condition.to(meta.place), T).device.type == "meta"
    assert small(k, words, causal=True).to("meta")(condition.to(meta.place), T).shape == out.shape


def test_missing_frames_and_padding_are_not_looked_at(video, known):
    model, changed = small(), video.clone()
    changed[~known] = torch.rand(int((~known).sum()), 3, 16, 16)
    out = model(known_frames(video, known), T)
    assert torch.equal(out, model(known_frames(changed, known), T))
    condition = known_frames(video, torch.tensor([[1, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 1]]).bool())
    assert condition.known.tolist() == [[True, True, True], [True, True, False]]
    noise = condition.frames.clone()
    noise[1, 2] = 7.0
    other = Condition(noise, *list(vars(condition).values())[1:])
    assert torch.equal(model(condition, T), model(other, T))
    words = small(0, 9)
    short, padded = words(text([[1, 2, 3]]), T), words(text([[1, 2, 3, 0, 0]]), T)
    assert torch.allclose(short, padded, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_the_full_mask_sees_the_far_end_and_the_causal_one_does_not(causal, video):
    known = torch.tensor([[1, 0, 0, 1, 0, 1]] * 2).bool()
    model, changed = small(causal=causal), video.clone()
    changed[:, 3] = 1 - changed[:, 3]
    conditions = known_frames(video, known), known_frames(changed, known)
    a, b = (model(condition, T) for condition in conditions)
    moved = (a - b).abs().amax(dim=(0, 2, 3, 4))
    assert (moved[3:] > 1e-4).all()
    assert (moved[:3] == 0).all() if causal else (moved[:3] > 1e-4).all()


def test_windows_move_like_lesson_09_where_they_read_no_border(video):
    g = torch.Generator().manual_seed(2)
    down, across = torch.rand(2, 2, T, 1, 5, generator=g).expand(2, 2, T, 16, 5)
    moved = small()._join(move_windows(video, down, across, 4))
    inside = (..., slice(2, -2), slice(2, -2))
    assert torch.allclose(moved[inside], move(video, down, across, 4)[inside], atol=1e-5)
    stay = torch.tensor([0.0, 0, 0, 0, 1]).expand(2, T, 16, 5)  # from two pixels to the right
    middle = torch.tensor([0.0, 0, 1, 0, 0]).expand(2, T, 16, 5)
    moved = small()._join(move_windows(video, middle, stay, 4))
    assert torch.equal(moved[..., :-2], video[..., 2:])
    assert torch.equal(moved[..., -1], video[..., -1])  # beyond the border the nearest pixel


def test_the_shares_of_the_sources_sum_to_one(video, known):
    model, condition = small(), known_frames(video, known)
    moved, share = model.hands(condition, model.tokens(condition, T))
    assert moved.shape == (2, T, 2, 3, 16, 16) and share.shape == (2, T, 2, 16, 16)
    assert torch.allclose(share.sum(2), torch.ones(2, T, 16, 16), atol=1e-6)


def test_write_has_no_gradient_and_stays_within_the_range(video, known):
    film = small().write(known_frames(video, known), T)
    assert not film.requires_grad and film.min() >= 0 and film.max() <= 1


def test_bad_input_is_named(video, known):
    model, condition = small(), known_frames(video, known)
    with pytest.raises(ValueError, match="stream"):
        model(Condition(sources=condition.sources, offsets=condition.offsets), T)
    with pytest.raises(ValueError, match="sources"):
        model(condition, T + 1)
    with pytest.raises(ValueError, match="sources"):
        model(Condition(condition.frames, condition.times), T)
    with pytest.raises(ValueError, match="times"):
        small(0)(Condition(condition.frames), T)
    with pytest.raises(ValueError, match='want "batch frames 3 16 16"'):
        model(known_frames(video[..., :8], known), T)
    with pytest.raises(ValueError, match="words"):
        small(0)(text([[1]]), T)
    with pytest.raises(ValueError, match="patch"):
        VideoEncoderDecoder(2, size=30, patch=8)
    with pytest.raises(ValueError, match="num_heads"):
        VideoEncoderDecoder(2, d_model=64, num_heads=5)
