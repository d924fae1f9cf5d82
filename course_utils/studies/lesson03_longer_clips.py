"""Which positions still work on clips that are longer than those of the training?

The task of lesson 03 (Eq. 3.5): contents go in, the change since the frame before comes out. One
attention layer of 2 heads and width 32, 500 steps of 32 clips of 8 frames, error as a share of the
variance on 256 unseen clips. "late" asks eight frames that begin at frame 100 and see only each
other: their positions are new, their distances are not. A learned table ends at frame 8 and is
stretched over longer clips; it has no frame 100.
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.attention import MultiHeadAttention
from course_utils.positions import RotaryPositions, sinusoidal_positions
from course_utils.studies.declare import Study
from course_utils.training import fit

STEPS, LENGTHS, TEST_SEED, START = 500, (8, 10, 12, 16, 24, 32), 1_000_000_000, 100


class Motion(nn.Module):
    """One attention layer that knows the place in one of four ways."""

    def __init__(self, kind, d=32):
        super().__init__()
        self.kind, self.embed, self.out = kind, nn.Linear(12, d), nn.Linear(d, 12)
        rotary = RotaryPositions(d // 2, base=100.0) if kind == "rotary" else None
        self.attention = MultiHeadAttention(d, 2, rotary=rotary)
        self.table = nn.Parameter(torch.randn(8, d)) if kind == "learned" else None

    def forward(self, c, mask=None):
        """Return the answer "B T 12" to contents "B T 12"."""
        x, n = self.embed(c), c.shape[1]
        if self.kind == "sinusoidal":
            x = x + sinusoidal_positions(n, x.shape[2], base=100.0)
        if self.kind == "learned":
            table = self.table.T[None]
            x = x + F.interpolate(table, n, mode="linear", align_corners=True)[0].T
        return self.out(self.attention(x, x, x, mask))


def error(model, seed, length=8, clips=32, first=0):
    """Return the error of the frames from `first` on, which see only each other."""
    g = torch.Generator().manual_seed(seed)
    c = torch.randn(clips, first + length, 12, generator=g)
    mask = (torch.arange(first + length) >= first).expand(first + length, -1)
    answer = model(c, mask if first else None)[:, first + 1 :]
    return ((answer - c[:, first:].diff(dim=1)) ** 2).mean() / 2


def train(seed, kind):
    """Train one layer on 8 frames; return its error by length, and late in a clip."""
    torch.manual_seed(seed)
    model = Motion(kind)
    fit(model, error, STEPS, seed=seed, lr=0.01, progress=False)
    with torch.no_grad():
        found = [error(model, TEST_SEED, n, 256).item() for n in LENGTHS]
        late = error(model, TEST_SEED, 8, 128, START).item() if kind != "learned" else None
    numbers = {f"{n} frames": value for n, value in zip(LENGTHS, found)}
    if late is not None:
        numbers["late"] = late
    return numbers | {"error by frames": (list(LENGTHS), found)}


STUDY = Study(
    question="Which positions still work on clips longer than those of the training?",
    settings={k: {"kind": k} for k in ("no place", "sinusoidal", "learned", "rotary")},
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, **setting),
)
