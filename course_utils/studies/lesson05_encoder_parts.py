"""What is each part of the encoder of lesson 05 worth, early and later in training?

The task of lesson 05: name the direction, one of eight, and the bounce of a clip of 4 frames. All
settings have equally many weights to within 6 %: without its networks the encoder gets four layers
in place of two, with a single layer its network is three times as wide. 600 steps of 64 clips; the
share of right directions on 1024 unseen ones, "early" after a training of 150 steps.
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.attention import MultiHeadAttention
from course_utils.layers import FeedForward, LayerNorm
from course_utils.patches import patchify
from course_utils.positions import sinusoidal_positions
from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import DIRECTIONS

STEPS = 600


class Layer(nn.Module):
    """The encoder layer of lesson 05 with three switches."""

    def __init__(self, d, heads, d_ff, ffn=True, residual=True, norm=True):
        super().__init__()
        self.attention = MultiHeadAttention(d, heads)
        self.feed_forward = FeedForward(d, d_ff) if ffn else None
        self.norms = nn.ModuleList(LayerNorm(d) if norm else nn.Identity() for _ in range(1 + ffn))
        self.residual = residual

    def forward(self, x):
        """Return tokens "B N d" to tokens "B N d"."""
        normed = self.norms[0](x)
        x = self.residual * x + self.attention(normed, normed, normed)
        if self.feed_forward is None:
            return x
        return self.residual * x + self.feed_forward(self.norms[1](x))


class MotionNamer(nn.Module):
    """Names direction and bounce from 36 tokens of 64 numbers."""

    def __init__(self, num_layers=2, heads=4, d_ff=64, position=True, **switches):
        super().__init__()
        self.embed = nn.Linear(64, 32)
        waves = position * sinusoidal_positions((4, 3, 3), 32)
        self.places = nn.Parameter(waves, requires_grad=position)
        self.layers = nn.ModuleList(Layer(32, heads, d_ff, **switches) for _ in range(num_layers))
        self.norm = LayerNorm(32) if switches.get("norm", True) else nn.Identity()
        self.head = nn.Linear(32, 8 + 2)

    def forward(self, tokens):
        """Return the logits of the directions, "B 8", and of the bounce, "B 2"."""
        x = self.embed(tokens) + self.places
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x).mean(1)).split((8, 2), dim=-1)


def clips(count, seed):
    """Return tokens "B 36 64", the number of the direction, and whether the shape bounces."""
    world = ShapesWorld(size=24, frames=4, radius=(3, 4), speed=(1.75, 3))
    drawn = world.sample(count, seed)
    said = [caption.split(" moves ")[1] for caption in drawn.caption]
    bounced = torch.tensor([int(words.endswith(" and bounces")) for words in said])
    where = [DIRECTIONS.index(words.removesuffix(" and bounces")) for words in said]
    tokens = patchify(drawn.video.amax(2, keepdim=True), (1, 8, 8))
    return (tokens - 0.2) / 0.3, torch.tensor(where), bounced


def train(seed, steps=STEPS, **config):
    """Train one encoder; return the shares of right directions and bounces."""
    (tokens, *labels), (unseen, where, bounced) = clips(4096, 1), clips(1024, 2)

    def loss(model, draw):
        g = torch.Generator().manual_seed(draw)
        chosen = torch.randint(len(tokens), (64,), generator=g)
        pairs = zip(model(tokens[chosen]), labels)
        return sum(F.cross_entropy(logits, label[chosen]) for logits, label in pairs)

    def score(steps):
        torch.manual_seed(seed)
        model = MotionNamer(**config)
        fit(model, loss, steps, seed=seed, lr=0.01, progress=False)
        with torch.no_grad():
            found = [logits.argmax(-1) for logits in model(unseen)]
        return [(f == t).float().mean().item() for f, t in zip(found, (where, bounced))]

    early, late = score(150), score(steps)
    return {"direction, early": early[0], "direction": late[0], "bounce": late[1]}


STUDY = Study(
    question="What is each part of the encoder worth?",
    settings={
        "all parts": {},
        "one head": {"heads": 1},
        "no position": {"position": False},
        "no FFN, four layers": {"ffn": False, "num_layers": 4},
        "no residual": {"residual": False},
        "no norm": {"norm": False},
        "one layer, wide": {"num_layers": 1, "d_ff": 195},
    },
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, **setting),
)
