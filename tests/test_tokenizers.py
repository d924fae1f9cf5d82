"""Video to codes and back: quantizers, the tokenizer of frames (lesson 13)."""

import pytest
import torch

from course_utils.tokenizers import FSQ, VQ, VideoTokenizer, tokenizer_loss
from course_utils.worlds import ShapesWorld


@pytest.mark.parametrize("levels", [(8, 8, 8), (2, 3, 5), (4,)])
def test_every_fsq_code_comes_back(levels):
    layer = FSQ(levels)
    codes = torch.arange(layer.codes)
    values = layer.values(codes)
    assert values.min() == -1 and values.max() == 1 and len(values.unique(dim=0)) == layer.codes
    most = torch.tensor(levels) - 1
    place = (values + 1) / 2 * most  # a whole level; the sigmoid of z has to land on it
    z = torch.logit((place / most).clamp(1e-4, 1 - 1e-4))
    q, found, loss = layer(z)
    assert torch.equal(found, codes) and torch.allclose(q, values, atol=1e-6) and loss == 0


def test_the_gradient_goes_straight_through_the_rounding():
    z = torch.zeros(3, 3, requires_grad=True)
    q, _, _ = FSQ((8, 8, 8))(z)
    (gradient,) = torch.autograd.grad(q.sum(), z)
    assert torch.allclose(gradient, torch.full((3, 3), 2 * 0.25))  # of 2 sigmoid(z) - 1


def test_vq_takes_the_nearest_and_holds_to_it():
    layer = VQ(codes=7, dim=3).eval()
    z = torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    q, codes, loss = layer(z)
    assert torch.equal(codes, torch.cdist(z, layer.book.expand(5, -1, -1)).argmin(-1))
    assert torch.allclose(q, layer.book[codes])
    passed = torch.autograd.grad(q.sum(), (z, layer.book), retain_graph=True, allow_unused=True)
    assert torch.equal(passed[0], torch.ones_like(z)) and passed[1] is None
    gap = z - layer.book[codes]
    assert torch.isclose(loss, 1.25 * gap.square().mean())
    to_codes, to_vectors = torch.autograd.grad(loss, (layer.book, z))
    assert torch.allclose(to_vectors, 0.25 * 2 * gap / gap.numel(), atol=1e-6)
    assert to_codes.abs().sum() > 0


def test_kmeans_starts_on_the_data_and_dead_codes_are_laid_on_it():
    vectors = 5 + torch.randn(400, 4, generator=torch.Generator().manual_seed(1))
    started = VQ(codes=16, dim=4, revive=0.0)
    started(vectors)
    assert len(started.nearest(vectors).unique()) == 16
    alone = VQ(codes=16, dim=4, start="random", revive=0.0)
    alone(vectors)
    assert len(alone.nearest(vectors).unique()) < 8
    moved = VQ(codes=16, dim=4, start="random", revive=0.5)
    for _ in range(60):
        moved(vectors)
    assert len(moved.nearest(vectors).unique()) > 8


def test_the_same_seed_gives_the_same_codes():
    vectors = torch.randn(50, 4, generator=torch.Generator().manual_seed(2))
    first, second = (VQ(codes=8, dim=4, seed=3) for _ in range(2))
    assert torch.equal(first(vectors)[1], second(vectors)[1])


@pytest.mark.parametrize("vq", [None, {"codes": 32, "dim": 4}])
def test_a_tokenizer_writes_and_reads_clips(vq):
    torch.manual_seed(0)
    model = VideoTokenizer(vq=vq).eval()
    video = ShapesWorld(frames=3).sample(2, seed=0).video
    codes = model.encode(video)
    assert codes.shape == (2, 3, 16) and 0 <= codes.min() and codes.max() < model.codes
    read, again, _ = model(video)
    assert torch.equal(again, codes) and read.shape == video.shape
    assert torch.allclose(model.decode(codes), read.clamp(0, 1), atol=1e-5)
    frame = model.encode(video[:, 1:2])  # frames know nothing of each other
    assert torch.equal(frame, codes[:, 1:2])
    tokenizer_loss(model.train(), video).backward()
    assert all(p.grad is not None for p in model.encoder.parameters())


def test_codes_stand_in_reading_order():
    torch.manual_seed(0)
    model = VideoTokenizer().eval()
    video = torch.zeros(1, 1, 3, 32, 32)
    changed = video.clone()
    changed[..., 2:6, 26:30] = 1.0  # inside the last patch of the first row
    moved = (model.vectors(video) != model.vectors(changed)).any(-1)[0, 0]
    assert moved[3] and not moved[12] and not moved[0]


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: FSQ((8, 1)), "levels"),
        (lambda: VQ(start="middle"), "start"),
        (lambda: VideoTokenizer().encode(torch.zeros(1, 2, 1, 32, 32)), "video"),
        (lambda: VideoTokenizer().encode(torch.zeros(1, 2, 3, 30, 30)), "video"),
        (lambda: VideoTokenizer().decode(torch.full((1, 1, 16), 512)), "codes"),
    ],
)
def test_bad_input_gets_a_sentence(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_it_runs_in_float64_and_on_meta():
    model = VideoTokenizer().double()
    read, _, _ = model(torch.zeros(1, 2, 3, 32, 32, dtype=torch.float64))
    assert read.dtype == torch.float64
    with torch.device("meta"):
        assert VideoTokenizer()(torch.zeros(1, 2, 3, 32, 32))[0].device.type == "meta"
