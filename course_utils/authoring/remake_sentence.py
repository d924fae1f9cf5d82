"""How the checkpoint of text-to-video is remade (lesson 12); see remake.py."""

import torch

from course_utils.authoring.growing import TEST_SEED, fit_growing
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Sentences
from course_utils.worlds import SentenceWorld

KINDS = {"settled": 6, "open": 1, "pair": 1}
# frames, sentences, steps, learning rate: the first frames are learned with many sentences
STAGES = ((1, 64, 1200, 0.02), (4, 32, 900, 0.02), (8, 16, 800, 0.01), (16, 8, 2000, 0.01))


def sentence(resume):
    """Lesson 12: the clip that a sentence describes, trained on clips that grow."""
    seed, tokenizer = 0, Sentences().tokenizer
    config = {"sources": 0, "words": len(tokenizer)}
    torch.manual_seed(seed)
    model = VideoEncoderDecoder(**config)

    def task_of(frames):
        return Sentences(KINDS, SentenceWorld(frames))

    history = fit_growing(model, STAGES, task_of, resume)
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
