"""How many of 512 codes does a tokenizer use, and what does it cost not to?

The tokenizer of lesson 13 on single frames of ShapesWorld, 300 steps of 64. VQ has codes of 8
numbers: drawn at random, started on k-means of the first batch, or that and dead codes laid on
vectors of the batch. FSQ rounds three numbers to 8 levels. Scores: 64 unseen clips.
"""

import torch

from course_utils.metrics import psnr
from course_utils.studies.declare import Study
from course_utils.tokenizers import VideoTokenizer, tokenizer_loss
from course_utils.training import fit
from course_utils.worlds import ShapesWorld

TEST_SEED, STEPS = 1_000_000_000, 300  # no training step draws from here


def train(seed, vq=None):
    """Train one tokenizer; return how many codes it uses, their perplexity, and the PSNR."""
    torch.manual_seed(seed)
    model = VideoTokenizer(vq=None if vq is None else vq | {"seed": seed})
    world = ShapesWorld(frames=1)

    def loss(model, draw):
        return tokenizer_loss(model, world.sample(64, draw).video)

    fit(model, loss, STEPS, seed=seed, lr=3e-3, progress=False)
    model.eval()
    video = ShapesWorld().sample(64, TEST_SEED).video
    codes = model.encode(video)
    share = codes.flatten().bincount(minlength=model.codes) / codes.numel()
    entropy = -(share * share.clamp(min=1e-12).log()).sum()
    return {
        "used": int((share > 0).sum()),
        "perplexity": entropy.exp().item(),
        "PSNR": psnr(video, model.decode(codes), data_range=1.0).item(),
    }


BOOK = {"codes": 512, "dim": 8}
STUDY = Study(
    question="How many of 512 codes are used, and what does it cost not to?",
    settings={
        "VQ, random start": {"vq": BOOK | {"start": "random", "revive": 0.0}},
        "VQ, k-means start": {"vq": BOOK | {"revive": 0.0}},
        "VQ, k-means, dead codes moved": {"vq": BOOK},
        "FSQ": {},
    },
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, **setting),
)
