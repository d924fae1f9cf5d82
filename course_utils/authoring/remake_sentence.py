"""How the checkpoint of text-to-video is remade (lesson 12); see remake.py."""

import torch

from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Sentences
from course_utils.training import fit
from course_utils.worlds import SentenceWorld

TEST_SEED = 1_000_000_000  # no training step draws from here
KINDS = {"settled": 6, "open": 1, "pair": 1}
STAGES = ((1, 64, 600), (4, 32, 600), (8, 16, 600), (16, 8, 2200))  # frames, sentences, steps


def sentence(resume):
    """Lesson 12: the clip that a sentence describes, trained on clips that grow."""
    seed, tokenizer = 0, Sentences().tokenizer
    config = {"sources": 0, "words": len(tokenizer)}
    torch.manual_seed(seed)
    model, losses, seconds = VideoEncoderDecoder(**config), [], 0.0
    for number, (frames, batch, steps) in enumerate(STAGES):
        task = Sentences(KINDS, SentenceWorld(frames))
        task.batch = batch
        name = f"{resume}-{frames}"
        settings = {"seed": number, "resume": name, "lr": 0.02, "optimizer": "muon"}
        history = fit(model, task.loss, steps, **settings)
        losses, seconds = losses + history.losses, seconds + history.seconds
    history.losses, history.seconds = losses, seconds
    scores = {"frames, sentences, steps": [list(stage) for stage in STAGES]}
    for kind, split in (("settled", "test"), ("settled", "held out"), ("pair", "test")):
        test = Sentences(kind, split=split)
        clips = 100 if kind == "pair" else 256
        question = test.draw(clips, TEST_SEED)
        for who, row in test.evaluate({"model": model}, question).items():
            for what, value in row.items():
                scores[f"{kind}, {split}, {who}, {what}"] = round(value, 2)
    return model, config, seed, scores, history


SENTENCE_RECIPES = {"sentence": sentence}
