"""The drawing of the encoder-decoder: its streams, its hands, the shapes that flow."""

import pytest
import torch

from course_utils import viz
from course_utils.models import Condition, VideoEncoderDecoder
from course_utils.tasks import known_frames

SMALL = dict(d_model=16, num_heads=2, encoder_layers=1, decoder_layers=3, d_ff=16, reach=2)


def drawn(sources, words, condition, **options):
    model = VideoEncoderDecoder(sources, words, **SMALL, **options)
    return repr(viz.diagram(model, (condition, 5)))


@pytest.fixture(scope="module")
def video():
    return torch.rand(2, 5, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_filling_has_known_frames_two_hands_and_a_fade(video):
    pattern = torch.tensor([[1, 0, 0, 0, 1], [1, 0, 1, 0, 1]]).bool()
    text = drawn(2, 0, known_frames(video, pattern))
    assert "known frames: 2 x 3 x 3 x 32 x 32" in text and "3 x layer" in text
    assert "to every cross-attention: memory: 2 x 48 x 16" in text
    assert "move (each source) -> 2 x 5 x 2 x 3 x 32 x 32" in text
    assert "softmax over the sources -> 2 x 5 x 2 x 32 x 32" in text
    assert "cross-attention [full]" not in text  # padding hides a part of the memory


def test_words_and_a_reference_stand_in_one_line(video):
    still = dict(sources=video[:, :, None], offsets=torch.zeros(2, 5, 1))
    words = torch.tensor([[1, 2], [3, 4]])
    text = drawn(1, 6, Condition(words=words, reference=video[:, :1], **still))
    assert "word ids: 2 x 2" in text and "reference frames: 2 x 1 x 3 x 32 x 32" in text
    assert "into concat (one line) -> 2 x 18 x 16" in text and "softmax" not in text


def test_writing_from_words_alone_only_paints():
    text = drawn(0, 6, Condition(words=torch.tensor([[1, 2, 3]])), causal=True)
    assert "a token for each frame and patch: 1 x 5 x 16 x 16" in text
    assert "paint" in text and "move" not in text and "causal" in text
