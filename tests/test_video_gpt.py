"""The GPT over codes, masked parallel decoding, and scores of open captions (lesson 13)."""

import math

import pytest
import torch

from course_utils.models import MaskedVideo, VideoGPT
from course_utils.tasks.open_captions import (
    caption_tokenizer,
    open_scores,
    start_cells,
    starts_reached,
)
from course_utils.worlds import ShapesWorld

SMALL = {"d_model": 32, "num_layers": 1, "num_heads": 2, "narrow": 24, "narrow_layers": 1}


def gpt(**settings):
    torch.manual_seed(0)
    model = VideoGPT(**{"codes": 30, "patches": 5, "frames": 4, "words": 9, "sentence": 3}
                     | SMALL | settings).eval()  # fmt: skip
    torch.nn.init.normal_(model.head.weight)
    return model


def drawn(batch=2, frames=4, patches=5, codes=30, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.randint(codes, (batch, frames, patches), generator=g)


@torch.no_grad()
@pytest.mark.parametrize("frame, place", [(0, 0), (1, 3), (2, 4)])
def test_a_code_is_seen_by_what_comes_after_it_and_nothing_else(frame, place):
    model, codes, words = gpt(), drawn(), torch.tensor([[1, 2, 0], [3, 4, 5]])
    changed = codes.clone()
    changed[0, frame, place] = (codes[0, frame, place] + 7) % 30
    moved = (model(changed, words) - model(codes, words)).abs().amax(-1) > 1e-5
    assert not moved[1].any()
    flat, at = moved[0].flatten(), frame * 5 + place
    assert not flat[: at + 1].any() and flat[at + 1 :].any()
    assert moved[0, frame + 1 :].all() if frame < 3 else True


@torch.no_grad()
@pytest.mark.parametrize("words", [0, 9])
def test_with_the_cache_it_writes_the_same(words):
    model = gpt(words=words)
    ids = torch.tensor([[1, 2, 0], [3, 4, 5]]) if words else None
    batch = {} if words else {"batch": 2}
    made = [model.generate(ids, 4, seed=5, cached=cached, **batch) for cached in (True, False)]
    assert made[0].shape == (2, 4, 5) and torch.equal(*made)
    assert not torch.equal(made[0], model.generate(ids, 4, seed=6, **batch))
    given = made[0][:, :2]
    longer = model.generate(ids, 4, seed=1, given=given)
    assert torch.equal(longer[:, :2], given)


@torch.no_grad()
def test_temperature_0_takes_the_likeliest_and_a_list_goes_frame_by_frame():
    model, ids = gpt(), torch.tensor([[1, 2, 3]])
    sure = model.generate(ids, 4, seed=0, temperature=0)
    assert torch.equal(sure, model.generate(ids, 4, seed=9, temperature=0))
    logits = model(sure, ids)
    assert torch.equal(logits.argmax(-1), sure)
    mixed = model.generate(ids, 4, seed=3, temperature=(1.0, 0))
    again = model.generate(ids, 4, seed=4, temperature=0, given=mixed[:, :1])
    assert torch.equal(mixed, again)


def test_the_loss_of_a_fresh_model_is_that_of_even_odds():
    model = VideoGPT(codes=30, patches=5, frames=4, **SMALL)
    assert math.isclose(model.loss(drawn()).item(), math.log(30), rel_tol=1e-2)
    with pytest.raises(ValueError, match="codes"):
        model.loss(drawn(patches=6))
    with pytest.raises(ValueError, match="words"):
        gpt().loss(drawn(), torch.ones(2, 4, dtype=torch.long))


def masked(**settings):
    torch.manual_seed(0)
    model = MaskedVideo(30, 5, words=9, frames=4, sentence=3, d_model=32, num_layers=1, **settings)
    torch.nn.init.normal_(model.head.weight)
    return model.eval()


@torch.no_grad()
def test_a_hidden_code_is_not_read_and_the_others_are():
    model, codes, words = masked(), drawn(1), torch.tensor([[1, 2, 3]])
    hidden = torch.zeros(1, 4, 5, dtype=torch.bool)
    hidden[0, 2, 1] = True
    changed = codes.clone()
    changed[0, 2, 1] = (changed[0, 2, 1] + 3) % 30
    assert torch.equal(model(codes, hidden, words), model(changed, hidden, words))
    assert not torch.equal(model(codes, ~hidden, words), model(changed, ~hidden, words))


@torch.no_grad()
@pytest.mark.parametrize("steps", [1, 3, 20])
def test_masked_decoding_leaves_nothing_hidden(steps, monkeypatch):
    model, words = masked(), torch.tensor([[1, 2, 3], [4, 5, 0]])
    left = []
    whole = model.forward
    monkeypatch.setattr(
        model,
        "forward",
        lambda c, h, w: (left.append(h.flatten(1).sum(1).tolist()), whole(c, h, w))[1],
    )
    codes = model.generate(words, steps=steps, seed=1)
    assert codes.shape == (2, 4, 5) and 0 <= codes.min() and codes.max() < 30
    wanted = [math.floor(math.cos(math.pi / 2 * k / steps) * 20) for k in range(steps)]
    assert left == [[n, n] for n in wanted]  # Eq. 13.9, all hidden at first
    assert torch.equal(codes, model.generate(words, steps=steps, seed=1))


def test_the_loss_counts_hidden_codes_alone():
    model = MaskedVideo(30, 5, words=9, frames=4, sentence=3, d_model=32, num_layers=1)
    loss = model.loss(drawn(6), torch.ones(6, 3, dtype=torch.long), seed=0)
    assert math.isclose(loss.item(), math.log(30), rel_tol=1e-2)


def test_true_clips_are_scored_right_and_others_wrong():
    clips = ShapesWorld().sample(24, seed=3)
    scores = open_scores(clips.caption, clips.video)
    assert scores["all (%)"] > 95 and scores["colour (%)"] == 100
    assert scores["jitter (px)"] < 0.1
    wrong = open_scores(clips.caption[1:] + clips.caption[:1], clips.video)
    assert wrong["all (%)"] < 60
    with pytest.raises(ValueError, match="captions"):
        open_scores(clips.caption[:3], clips.video)


def test_starts_are_counted_in_cells():
    assert start_cells(torch.tensor([[0.0, 5.0], [3.9, 7.0], [8.0, 5.0], [math.nan, 1.0]])) == {
        (0, 1), (2, 1)
    }  # fmt: skip
    clips = ShapesWorld(frames=2).sample(16, seed=0)
    assert starts_reached(clips.video, clips.position[:, 0, 0]) == 100
    assert starts_reached(clips.video[:1].expand(16, -1, -1, -1, -1), clips.position[:, 0, 0]) < 30


def test_captions_fit_the_tokenizer():
    ids = caption_tokenizer().encode(ShapesWorld().sample(200, seed=0).caption)
    assert ids.shape[1] <= 9 and ids.max() < len(caption_tokenizer())
