"""The drawing of the diffusion Transformer: what is told, what is seen, the shapes that flow."""

import torch

from course_utils import viz
from course_utils.models import VideoDiT

SMALL = dict(d_model=24, num_heads=2, num_layers=3, reach=2)


def test_the_drawing_shows_levels_gates_masks_and_hands():
    noisy, levels, words = torch.rand(2, 5, 3, 32, 32), torch.rand(2, 5), torch.ones(2, 4).long()
    text = repr(viz.diagram(VideoDiT(words=9, **SMALL), (noisy, levels, words)))
    assert "noisy frame, two cleaner ones: 2 x 5 x 12 x 32 x 32" in text
    assert "embedding c (levels, distances, words) -> 2 x 5 x 24" in text
    assert text.count("scale by the gate") == 3 and "[causal]" in text and "3 x layer" in text
    assert "move (each source) -> 2 x 5 x 2 x 3 x 32 x 32" in text
    full = repr(viz.diagram(VideoDiT(**SMALL), (noisy, levels, None, noisy, False)))
    assert "retouch: weights" in full and "retouch" not in text
    assert "one beside" in full and "words" not in full and "[causal]" not in full
