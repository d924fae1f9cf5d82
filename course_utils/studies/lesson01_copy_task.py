"""How far back do recurrent networks and attention learn to look, each from its best known start?

The question of lesson 01: the first picture of a clip shows a shape in a white frame, a gap of
other shapes follows, and a black picture asks for the colour of the framed one. 64 numbers for each
picture, 400 steps of 32 clips, the share of right answers on 512 unseen ones. The orthogonal start
is that of Saxe et al. (2014); the open gate has a bias of 3 (Eq. 1.4).
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.worlds import COLOURS, ShapesWorld

STEPS, GAPS, TEST_SEED = 400, (2, 8, 32, 64), 1_000_000_000


class Reader(nn.Module):
    """Answers from the last state of a recurrent layer, or from what the last picture finds."""

    def __init__(self, layer, start=None):
        super().__init__()
        self.attention = layer is nn.MultiheadAttention
        self.embed = nn.Linear(192, 64) if self.attention else nn.Identity()
        self.layer = layer(64 if self.attention else 192, 1 if self.attention else 64,
                           batch_first=True)  # fmt: skip
        self.answer = nn.Linear(64, 4)
        if start == "orthogonal":
            nn.init.orthogonal_(self.layer.weight_hh_l0)
        if start == "open":
            self.layer.bias_hh_l0.data[64:128] = 3.0

    def forward(self, video):
        """Return the logits of the four colours, "B 4", for clips "B T 3 8 8"."""
        x = self.embed(video.flatten(2))
        if self.attention:
            return self.answer(self.layer(x[:, -1:], x, x, need_weights=False)[0][:, 0])
        return self.answer(self.layer(x)[0][:, -1])


def train(seed, layer, start=None):
    """Train one model for each gap; return the share of right answers."""
    pool = ShapesWorld(size=8, frames=1, radius=(2.5, 3.0)).sample(512, seed=0)
    labels = torch.tensor([[*COLOURS].index(shape[0]) for shape in pool.colour])

    def question(batch, gap, draw):
        g = torch.Generator().manual_seed(draw)
        which = torch.randint(512, (batch, gap + 1), generator=g)
        video = torch.zeros(batch, gap + 2, 3, 8, 8)
        video[:, :-1] = pool.video[which, 0]
        framed = torch.ones(8, 8, dtype=torch.bool)
        framed[1:-1, 1:-1] = False
        video[:, 0, :, framed] = 1.0
        return video, labels[which[:, 0]]

    def loss(model, draw, gap):
        video, label = question(32, gap, draw)
        return F.cross_entropy(model(video), label)

    right = []
    for gap in GAPS:
        torch.manual_seed(seed)
        model = Reader(layer, start)
        fit(model, lambda m, draw, gap=gap: loss(m, draw, gap), STEPS, seed=seed, lr=3e-3,
            progress=False)  # fmt: skip
        video, label = question(512, gap, TEST_SEED)
        with torch.no_grad():
            right.append((model(video).argmax(-1) == label).float().mean().item())
    return {f"gap {gap}": share for gap, share in zip(GAPS, right)} | {
        "share right by gap": (list(GAPS), right)
    }


STUDY = Study(
    question="How far back does each network learn to look, from which start?",
    settings={
        "plain RNN": {"layer": nn.RNN},
        "plain RNN, orthogonal start": {"layer": nn.RNN, "start": "orthogonal"},
        "GRU": {"layer": nn.GRU},
        "GRU, gate open": {"layer": nn.GRU, "start": "open"},
        "attention": {"layer": nn.MultiheadAttention},
    },
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, **setting),
)
