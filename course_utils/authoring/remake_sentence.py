"""How the checkpoint of text-to-video is remade (lesson 12); see remake.py."""

import torch

from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Sentences
from course_utils.training import fit
from course_utils.worlds import SentenceWorld

TEST_SEED = 1_000_000_000  # no training step draws from here
KINDS = {"settled": 6, "open": 1, "pair": 1}
# frames, sentences, steps, learning rate: the first frames are learned with many sentences
STAGES = ((1, 64, 1200, 0.02), (4, 32, 900, 0.02), (8, 16, 800, 0.01), (16, 8, 2000, 0.01))


def sentence(resume):
    """Lesson 12: the clip that a sentence describes, trained on clips that grow."""
    seed, tokenizer = 0, Sentences().tokenizer
    config = {"sources": 0, "words": len(tokenizer)}
    torch.manual_seed(seed)
    model, losses, seconds = VideoEncoderDecoder(**config), [], 0.0
    for number, (frames, batch, steps, lr) in enumerate(STAGES):
        task = Sentences(KINDS, SentenceWorld(frames))
        task.batch = batch
        settings = {"seed": number, "resume": f"{resume}-{frames}", "lr": lr}
        history = fit(model, task.loss, steps, optimizer="muon", **settings)
        losses, seconds = losses + history.losses, seconds + history.seconds
    history.losses, history.seconds = losses, seconds
    return model, config, seed, sentence_scores(model), history


def sentence_scores(model):
    """Return what the model and the free answers score on sentences that were never trained on."""
    scores = {"frames, sentences, steps, rate": [list(stage) for stage in STAGES]}
    for kind, split in (("settled", "test"), ("settled", "held out"), ("pair", "test")):
        test = Sentences(kind, split=split)
        clips = 100 if kind == "pair" else 256
        question = test.draw(clips, TEST_SEED)
        for who, row in test.evaluate({"model": model}, question).items():
            for what, value in row.items():
                scores[f"{kind}, {split}, {who}, {what}"] = round(value, 2)
    return scores


SENTENCE_RECIPES = {"sentence": sentence}
