"""Is there a question that two layers answer and one does not, with equally many weights?

Nine pictures: eight cards, in any order, and a question. A card has a colour around its edge and
another in its middle: "after this colour comes that one"; the eight cards make one cycle. The
question shows a colour around its edge. One hop asks what comes after it, two hops what comes after
that. An encoder of width 32 with 2 heads and no positions reads the pictures as tokens; one layer
has a feed-forward network of 192, two layers have 64 each. 2000 steps of 64 questions.
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.transformer import Encoder

STEPS, TEST_SEED, SIDE = 2000, 1_000_000_000, 8
INK = torch.cartesian_prod(*[torch.tensor([0.15, 0.85])] * 3)  # the eight colours, 8 x 3


def cards(batch, hops, seed):
    """Return clips "B 9 3 8 8" of eight cards and a question, and the right colours, "B" of 8."""
    g = torch.Generator().manual_seed(seed)
    cycle = torch.rand(batch, 8, generator=g).argsort(1)
    after = torch.empty_like(cycle).scatter_(1, cycle, cycle.roll(-1, 1))  # the next colour of each
    edge = torch.rand(batch, 8, generator=g).argsort(1)  # the cards lie in any order
    asked = torch.randint(8, (batch, 1), generator=g)
    answer = asked
    for _ in range(hops):
        answer = after.gather(1, answer)
    outer = INK[torch.cat((edge, asked), 1)]  # B 9 3
    inner = torch.cat((INK[after.gather(1, edge)], torch.full((batch, 1, 3), 0.5)), 1)
    clip = outer[..., None, None].repeat(1, 1, 1, SIDE, SIDE)
    clip[..., 2:-2, 2:-2] = inner[..., None, None]
    return clip, answer[:, 0]


class Follow(nn.Module):
    """Reads the cards and names the answer, with one layer or two of equally many weights."""

    def __init__(self, layers, d=32):
        super().__init__()
        self.embed = nn.Linear(3 * SIDE * SIDE, d)
        self.encoder = Encoder(d, 2, {1: 192, 2: 64}[layers], layers)
        self.name = nn.Linear(d, 8)

    def forward(self, clip):
        """Return the logits of the eight colours, read off the question: "B 9 3 8 8" -> "B 8"."""
        return self.name(self.encoder(self.embed(2 * clip.flatten(2) - 1))[:, -1])


def train(seed, layers, hops):
    """Train one model; return the share of right answers to 2000 unseen questions."""
    torch.manual_seed(seed)
    model = Follow(layers)

    def loss(model, draw):
        clip, answer = cards(64, hops, draw)
        return F.cross_entropy(model(clip), answer)

    history = fit(model, loss, STEPS, seed=seed, lr=3e-3, progress=False)
    clip, answer = cards(2000, hops, TEST_SEED)
    with torch.no_grad():
        right = (model(clip).argmax(-1) == answer).float().mean().item()
    curve = history.smoothed(50)[49::50]
    return {"right": right, "weights": sum(p.numel() for p in model.parameters())} | {
        "loss by step": ([*range(50, STEPS + 1, 50)], curve)
    }


STUDY = Study(
    question="Is there a question that two layers answer and one does not?",
    settings={
        f"{n} hop{'s' * (n > 1)}, {k} layer{'s' * (k > 1)}": {"hops": n, "layers": k}
        for n in (1, 2)
        for k in (1, 2)
    },
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, **setting),
)
