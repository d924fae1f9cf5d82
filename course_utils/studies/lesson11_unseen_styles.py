"""A style that training never showed, from one picture: does a wider training help?

Every run trains the encoder-decoder of lesson 11 on 32 new clips of two frames a step, half of the
batches by word, half by reference frame, and never sees a triangle in outline. "four styles": the
references show the four styles of the world. "and random stages": half of the references show a
filled shape before a flat stage of a random colour. Scores: PSNR of clips that no step saw, in the
twelve pairs by word and by reference, for triangles in outline, and in three looks that no training
shows.
"""

import torch

from course_utils.models import VideoEncoderDecoder
from course_utils.studies.declare import Study
from course_utils.tasks import Restyle, write
from course_utils.tasks.style import WORDS, unseen_looks
from course_utils.training import fit
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import STYLES

TEST_SEED, STEPS, FRAMES = 1_000_000_000, 300, 2  # no training step draws from here
HELD = ("triangle", "outline")
CONFIG = {"retouch": 16, "reach": 1, "encoder_layers": 1, "decoder_layers": 3}
WORLD = ShapesWorld(frames=FRAMES)


def score(model, task, clips):
    """Return the PSNR of one task's answers."""
    question = task.draw(clips, TEST_SEED)
    return task.scores(question, write(model, question))["PSNR (dB)"]


def train(seed, stages):
    """Train one model; return its scores."""
    torch.manual_seed(seed)
    model = VideoEncoderDecoder(sources=1, words=WORDS, **CONFIG)
    task = Restyle(WORLD, held_out=HELD, stages=stages)
    task.batch = 32
    history = fit(model, task.loss, STEPS, seed=seed, lr=0.02, optimizer="muon", progress=False)
    pairs = [(a, b) for a in STYLES for b in STYLES if a != b]
    found = {
        f"by {by}": sum(
            score(model, Restyle(WORLD, pair=p, by=by, shape="circle"), 32) for p in pairs
        )
        / 12
        for by in ("word", "reference")
    }
    held = [(a, HELD[1]) for a in STYLES if a != HELD[1]]
    found["held out"] = (
        sum(score(model, Restyle(WORLD, pair=p, by="word", shape=HELD[0]), 32) for p in held) / 3
    )
    for name, look in unseen_looks().items():
        found[name] = score(model, Restyle(WORLD, look=look), 64)
    return found | {"loss by step": ([*range(25, STEPS + 1, 25)], history.smoothed(25)[24::25])}


STUDY = Study(
    question="Does a model that reads pictures follow a style it never saw?",
    settings={"four styles": 0.0, "and random stages": 0.5},
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, setting),
)
