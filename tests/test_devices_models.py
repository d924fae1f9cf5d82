"""Every video model runs where its weights are, in their dtype: float64, and the meta device."""

import pytest
import torch

from course_utils.models import (
    Condition,
    MaskedVideo,
    VideoDiT,
    VideoEncoderDecoder,
    VideoGPT,
    VideoRNN,
    flow_loss,
)
from course_utils.tasks import known_frames, repaint
from course_utils.tokenizers import VideoTokenizer, tokenizer_loss

VIDEO = (2, 4, 3, 32, 32)


def video():
    return torch.rand(VIDEO, generator=torch.Generator().manual_seed(0))


def filling():
    known = torch.tensor([[True, False, False, True]]).expand(2, -1)
    return known_frames(video(), known)


MODELS = {
    "recurrent": (lambda: VideoRNN(), lambda m, like: m(video().to(like))),
    "tokenizer": (lambda: VideoTokenizer(), lambda m, like: m(video().to(like))[0]),
    "fill": (
        lambda: VideoEncoderDecoder(sources=2, encoder_layers=1, decoder_layers=1),
        lambda m, like: m(filling().to(like), 4),
    ),
    "repaint": (
        lambda: VideoEncoderDecoder(sources=1, words=5, retouch=4, decoder_layers=1),
        lambda m, like: m(repaint(video(), torch.ones(2, 1, dtype=torch.long)).to(like), 4),
    ),
    "sentence": (
        lambda: VideoEncoderDecoder(sources=0, words=9, decoder_layers=1),
        lambda m, like: m(Condition(words=torch.ones(2, 5, dtype=torch.long)).to(like), 4),
    ),
    "dit": (
        lambda: VideoDiT(words=9, d_model=32, num_layers=1),
        lambda m, like: m(video().to(like), torch.full((2, 4), 0.5).to(like)),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_it_keeps_float64(name):
    torch.manual_seed(0)
    make, run = MODELS[name]
    model = make().eval()
    single = run(model, torch.zeros(1))
    double = run(model.double(), torch.zeros(1, dtype=torch.float64))
    assert double.dtype == torch.float64 and torch.allclose(double.float(), single, atol=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_it_runs_on_the_device_of_its_weights(name):
    make, run = MODELS[name]
    with torch.device("meta"):
        model = make()
    assert run(model, torch.zeros(1, device="meta")).device.type == "meta"


@pytest.mark.parametrize("make", [
    lambda: VideoGPT(codes=20, patches=4, frames=3, words=5),
    lambda: MaskedVideo(codes=20, patches=4, words=5, frames=3),
])  # fmt: skip
def test_models_of_codes_keep_float64(make):
    model, codes = make().double(), torch.zeros(2, 3, 4, dtype=torch.long)
    words = torch.ones(2, 4, dtype=torch.long)
    rest = (words,) if isinstance(model, VideoGPT) else (torch.ones_like(codes).bool(), words)
    assert model(codes, *rest).dtype == torch.float64


def test_losses_are_scalars_of_the_models_dtype():
    dit = VideoDiT(d_model=32, num_layers=1).double()
    assert flow_loss(dit, video().double(), 0).dtype == torch.float64
    assert tokenizer_loss(VideoTokenizer().double(), video().double()).dtype == torch.float64
