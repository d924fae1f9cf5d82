"""What is the order of the words worth?

Every run trains the encoder-decoder on sentences of two shapes, "a red circle moves up and a blue
square moves down", 8 new ones a step, clips of 8 frames. "shuffled" gives it the same words, those
of each sentence in a random order, in training and in the test. Scores: what the reader finds right
in both shapes at once, on 96 sentences that no step said; px: how far off the centres are.
"""

import torch

from course_utils.models import VideoEncoderDecoder
from course_utils.studies.declare import Study
from course_utils.tasks import Sentences, write
from course_utils.training import fit
from course_utils.worlds import SentenceWorld

TEST_SEED, STEPS = 1_000_000_000, 240  # no training step draws from here


def train(seed, steps, shuffled=False):
    """Train one model; return what the reader finds in its clips of the test sentences."""
    world = SentenceWorld(frames=8)
    task = Sentences("pair", world, shuffled=shuffled)
    task.batch = 8
    torch.manual_seed(seed)
    model = VideoEncoderDecoder(sources=0, words=len(task.tokenizer))
    history = fit(model, task.loss, steps, seed=seed, lr=0.02, optimizer="muon", progress=False)
    test = Sentences("pair", world, split="test", shuffled=shuffled)
    question = test.draw(96, TEST_SEED)
    row = test.scores(question, write(model, question))
    names = {"PSNR (dB)": "dB", "colour (%)": "colour", "shape (%)": "shape"}
    names |= {"direction (%)": "direction", "all (%)": "all", "off by (px)": "px"}
    return {short: row[name] for name, short in names.items()} | {
        "loss": ([*range(20, steps + 1, 20)], history.smoothed(20)[19::20])
    }


STUDY = Study(
    question="What is the order of the words worth?",
    settings={"in order": {}, "shuffled": {"shuffled": True}},
    seeds=(0, 1, 2),
    steps=STEPS,
    run=lambda setting, seed: train(seed, STEPS, **setting),
)
