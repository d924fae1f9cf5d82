"""Should a network say the clean picture or the velocity, where patches are large?

Single frames of ShapesWorld, captions of two words (colour and shape), 16 tokens of 8 x 8 x 3 = 192
numbers and a Transformer of width 64: a patch does not fit into a token. Both settings have the
same network, noise and loss, the error of the velocity (Eq. 14.2); they differ in what the last
layer is taken for. 900 steps of 64. Scores: the error of the velocity on 512 unseen frames, and
what the reader sees in 128 frames made in 20 steps of Euler.
"""

import torch
from torch import nn

from course_utils.models.flow import solve
from course_utils.patches import patchify, unpatchify
from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.transformer import Encoder
from course_utils.worlds import COLOURS, SHAPES, ShapesWorld, read_clips

STEPS, TEST_SEED, PATCH, FRAME = 900, 1_000_000_000, (1, 8, 8), (1, 3, 32, 32)


class Denoiser(nn.Module):
    """Returns x_hat of noisy frames "B 1 3 32 32" at levels "B", for colours and shapes "B 2"."""

    def __init__(self, says, d=64):
        super().__init__()
        self.says, self.embed = says, nn.Linear(192, d)
        self.place = nn.Parameter(0.1 * torch.randn(16, d))
        self.words = nn.ModuleList(nn.Embedding(4, d) for _ in range(2))
        self.level = nn.Sequential(nn.Linear(16, d), nn.SiLU(), nn.Linear(d, d))
        self.encoder = Encoder(d, 4, 4 * d, 4, activation="gelu")
        self.out = nn.Linear(d, 192)
        nn.init.zeros_(self.out.weight)

    def forward(self, z, level, said):
        """Return the clean frames as the network sees them."""
        turns = level[:, None] * 2.0 ** torch.arange(8)
        c = self.level(torch.cat((turns.sin(), turns.cos()), -1))
        c = c + sum(table(said[:, i]) for i, table in enumerate(self.words))
        x = self.embed(patchify(z, PATCH)) + self.place + c[:, None]
        answer = unpatchify(self.out(self.encoder(x)), PATCH, FRAME)
        if self.says == "velocity":
            answer = z + (1 - level.view(-1, 1, 1, 1, 1)) * answer
        return answer


def question(batch, seed):
    """Return frames, what is said of them, noisy frames and levels."""
    clips = ShapesWorld(frames=1).sample(batch, seed)
    said = [
        (list(COLOURS).index(c[0]), SHAPES.index(s[0])) for c, s in zip(clips.colour, clips.shape)
    ]
    g = torch.Generator().manual_seed(seed)
    level = torch.sigmoid(1.2 * torch.randn(batch, generator=g) - 0.3)
    noise, at = torch.randn(clips.video.shape, generator=g), level.view(-1, 1, 1, 1, 1)
    return clips.video, torch.tensor(said), (1 - at) * noise + at * clips.video, level


def velocity_error(model, seed, batch=64):
    """Return the mean squared error of the velocity, of frames drawn from seed (Eq. 14.2)."""
    video, said, z, level = question(batch, seed)
    error = (model(z, level, said) - video).square().flatten(1).mean(1)
    return (error / (1 - level).clamp(min=0.1) ** 2).mean()


def train(seed, says):
    """Train one network; return its error and what the reader sees in its frames."""
    torch.manual_seed(seed)
    model = Denoiser(says)
    fit(model, velocity_error, STEPS, seed=seed, lr=0.02, optimizer="muon", progress=False)
    _, said, _, _ = question(128, TEST_SEED)
    noise = torch.randn(128, *FRAME, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        error = velocity_error(model, TEST_SEED, 512).item()
        made = solve(lambda z, k: model(z, torch.full((128,), k), said), noise, 0.0, 20)
    read = read_clips(made.clamp(0, 1).expand(-1, 2, -1, -1, -1))
    colours = [read.colour[k] == list(COLOURS)[said[k, 0]] for k in range(128)]
    shapes = [read.shape[k] == SHAPES[said[k, 1]] for k in range(128)]
    return {
        "velocity error": error,
        "colour": 100 * sum(colours) / 128,
        "shape": 100 * sum(shapes) / 128,
    }


STUDY = Study(
    question="Should a network say the clean picture or the velocity, on large patches?",
    settings={"clean picture": {"says": "clean"}, "velocity": {"says": "velocity"}},
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, **setting),
)
