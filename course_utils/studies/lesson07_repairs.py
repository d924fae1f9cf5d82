"""What is each repair of lesson 07's listing worth, and how near does it come to the predictor?

The listing is PyTorch's encoder and decoder as the lesson calls them; repair k keeps those before
it. Every run sees the lesson's batches, 8 new clips a step; it is scored on the lesson's 64 test
clips, 8 at a time as in training, because the unrepaired listing mixes the clips of a batch.
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.attention import frame_causal_mask, to_torch_mask
from course_utils.baselines import repeat_last
from course_utils.metrics import psnr
from course_utils.patches import patchify, unpatchify
from course_utils.positions import sinusoidal_positions
from course_utils.studies.declare import Study
from course_utils.training import fit
from course_utils.transformer import Transformer
from course_utils.worlds import ShapesWorld

PATCH, PATCHES, CLIPS = (1, 4, 4), 16, 8
TEST_SEED = 999_999  # the lesson's
PLACES = sinusoidal_positions((8, 4, 4), 64, base=100.0)


class Pixels(nn.Module):
    """From frames to tokens with a place, and back; how the two halves are joined is a subclass."""

    def __init__(self, repairs):
        super().__init__()
        self.repairs = repairs
        self.embed, self.pixels = nn.Linear(48, 64), nn.Linear(64, 48)
        nn.init.zeros_(self.pixels.weight)

    def forward(self, context, shown):
        source, target = (self.embed(patchify(video, PATCH)) for video in (context, shown))
        if self.repairs >= 3:
            source = source + PLACES[: source.shape[1]]
            target = target + PLACES[3 * PATCHES :][: target.shape[1]]
        mask = frame_causal_mask(shown.shape[1], PATCHES) if self.repairs >= 4 else None
        written = self.pixels(self.join(source, target, mask))
        return unpatchify(written, PATCH, tuple(shown.shape[1:]))


class Listing(Pixels):
    """The article's architecture with its first `repairs` repairs."""

    def __init__(self, repairs):
        super().__init__(repairs)
        reader = nn.TransformerEncoderLayer(64, 4, 128, 0.0)
        writer = nn.TransformerDecoderLayer(64, 4, 128, 0.0)
        self.encoder = nn.TransformerEncoder(reader, 1, enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(writer, 1)

    def join(self, source, target, mask):
        mask = None if mask is None else to_torch_mask(mask)
        turn = (lambda x: x.transpose(0, 1)) if self.repairs >= 2 else (lambda x: x)
        memory_mask = None if self.repairs >= 5 else mask
        out = self.decoder(turn(target), self.encoder(turn(source)), mask, memory_mask)
        return turn(out)


class Predictor(Pixels):
    """The lesson's predictor: the course's own Transformer, pre-norm, with all repairs."""

    def __init__(self):
        super().__init__(repairs=5)
        self.transformer = Transformer(64, 4, 128, 1, 1)

    def join(self, source, target, mask):
        return self.transformer(source, target, target_mask=mask)


@torch.no_grad()
def rollout(model, context, frames=4):
    """Write frames one after the other, each from those before it."""
    shown = repeat_last(context, frames + 1)
    for k in range(frames):
        shown[:, k + 1] = model(context, shown[:, :-1])[:, k].clamp(0, 1)
    return shown[:, 1:]


def train(seed, build, steps, lr=5e-3):
    """Train one model; return its error with true frames shown, and the PSNR of its own clip."""
    world = ShapesWorld(size=16, frames=8, radius=(2.5, 3.5), speed=(0.8, 1.4))

    def loss(model, batch_seed):
        video = world.sample(CLIPS, batch_seed).video
        noise = torch.randn(8, 4, 3, 16, 16, generator=torch.Generator().manual_seed(batch_seed))
        return F.mse_loss(model(video[:, :4], video[:, 3:7] + 0.05 * noise), video[:, 4:])

    torch.manual_seed(seed)
    model = build()
    fit(model, loss, steps, seed=seed, lr=lr, progress=False)
    video = world.sample(64, TEST_SEED).video
    batches = video.split(CLIPS)
    with torch.no_grad():
        told = torch.cat([model(part[:, :4], part[:, 3:7]) for part in batches])
    own = torch.cat([rollout(model, part[:, :4]) for part in batches])
    return {
        "error": 1000 * F.mse_loss(told, video[:, 4:]).item(),
        "psnr": psnr(video[:, 4:], own, data_range=1.0).item(),
    }


STEPS = 1200
SETTINGS = {
    "1 patches": {"build": lambda: Listing(1)},
    "2 + sequence first": {"build": lambda: Listing(2)},
    "3 + positions": {"build": lambda: Listing(3)},
    "3 + positions, short": {"build": lambda: Listing(3), "steps": 400},
    "4 + mask": {"build": lambda: Listing(4)},
    "5 + memory slot": {"build": lambda: Listing(5)},
    "5 + memory slot, short": {"build": lambda: Listing(5), "steps": 400},
    "predictor": {"build": Predictor},
}
STUDY = Study(
    question="What is each repair of the listing worth?",
    settings=SETTINGS,
    seeds=(0, 1, 2),
    steps={name: setting.get("steps", STEPS) for name, setting in SETTINGS.items()},
    run=lambda setting, seed: train(seed, **({"steps": STEPS} | setting)),
)
