"""Can attention without a feed-forward network learn a tone curve, and what does it need for it?

Every model imitates "solarise" on clips of 64 random colours, drawn anew in every step, at the rate
that did best of 0.003, 0.01 and 0.03 (2000 steps, seed 0, error on random clips). It is scored on
random clips that it never saw, on the city, on clips of one grey and on clips without bright
colours.
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.attention import MultiHeadAttention
from course_utils.layers import FeedForward
from course_utils.patches import patchify
from course_utils.positions import sinusoidal_positions
from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.worlds import bundled_clip

TEST_SEED, TOKENS = 1_000_000_000, 64  # no training step draws from here


class AttentionOnly(nn.Module):
    """Layers of attention with a residual, between two matrices: nothing else bends."""

    def __init__(self, layers, constants=0, positions=False, d_model=16):
        super().__init__()
        self.embed, self.read = nn.Linear(3, d_model), nn.Linear(d_model, 3)
        self.layers = nn.ModuleList(MultiHeadAttention(d_model, 4) for _ in range(layers))
        self.constants = nn.Parameter(torch.randn(constants, d_model))
        places = sinusoidal_positions((TOKENS,), d_model)
        self.register_buffer("places", places if positions else 0 * places)

    def forward(self, colours):
        x = self.embed(colours) + self.places
        x = torch.cat((x, self.constants.expand(len(x), -1, -1)), 1)
        for layer in self.layers:
            x = x + layer(x, x, x)
        return self.read(x[:, :TOKENS])


def solarise(x):
    return 1 - (2 * x - 1).abs()


def colours(seed, clips=8):
    return torch.rand(clips, TOKENS, 3, generator=torch.Generator().manual_seed(seed))


def imitate(model, seed):
    return F.mse_loss(model(colours(seed)), solarise(colours(seed)))


def train(seed, steps, lr, **parts):
    """Train one model and return its errors (root mean square) and what it makes of each grey."""
    torch.manual_seed(seed)
    model = AttentionOnly(**parts) if parts else FeedForward(3, 64)
    losses = fit(model, imitate, steps, seed=seed, lr=lr, progress=False).smoothed(50)
    held, grey = colours(TEST_SEED, 256), torch.linspace(0, 1, 21)
    clips = {
        "random": held,
        "city": patchify(bundled_clip("city", size=64, stride=4, frames=8), (1, 1, 1)).view(
            -1, TOKENS, 3
        ),
        "grey": grey[:, None, None].expand(-1, TOKENS, 3),
        "dark": held / 2,
    }
    with torch.no_grad():
        written = {name: model(clip) for name, clip in clips.items()}
    errors = {n: F.mse_loss(written[n], solarise(clip)).sqrt().item() for n, clip in clips.items()}
    return errors | {
        "curve on grey": (grey.tolist(), written["grey"].mean((1, 2)).tolist()),
        "error by step": ([*range(50, steps + 1, 50)], [x**0.5 for x in losses[49::50]]),
    }


STEPS = 4000
SETTINGS = {
    "2 layers, 300 steps": {"layers": 2, "lr": 0.01, "steps": 300},
    "1 layer": {"layers": 1, "lr": 0.01},
    "2 layers": {"layers": 2, "lr": 0.01},
    "4 layers": {"layers": 4, "lr": 0.01},
    "2 layers + positions": {"layers": 2, "positions": True, "lr": 0.003},
    "1 layer + 4 constants": {"layers": 1, "constants": 4, "lr": 0.03},
    "2 layers + 4 constants": {"layers": 2, "constants": 4, "lr": 0.03},
    "FFN, 300 steps": {"lr": 0.01, "steps": 300},
    "FFN": {"lr": 0.03},
}
STUDY = Study(
    question="What does attention alone need to learn a tone curve?",
    settings=SETTINGS,
    seeds=(0, 1, 2),
    steps={name: setting.get("steps", STEPS) for name, setting in SETTINGS.items()},
    run=lambda setting, seed: train(seed, **({"steps": STEPS} | setting)),
)
