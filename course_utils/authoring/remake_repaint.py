"""How the checkpoint of style transfer is remade (lesson 11); see remake.py."""

import torch

from course_utils.authoring.growing import TEST_SEED, fit_growing
from course_utils.metrics import psnr
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Restyle, write
from course_utils.tasks.style import WORDS
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import STYLES

HELD = ("triangle", "outline")  # what no training clip of lesson 11 shows
# frames, clips, steps, learning rate: most of a style can be learned from single frames
STAGES = ((1, 64, 2600, 0.02), (4, 16, 600, 0.01), (16, 8, 400, 0.01))


def repaint(resume):
    """Lesson 11: a clip in the style that a word or a picture names."""
    config = {"sources": 1, "words": WORDS, "reach": 1, "retouch": 16, "d_model": 96, "d_ff": 384}
    config |= {"encoder_layers": 1, "decoder_layers": 3}
    torch.manual_seed(0)
    model = VideoEncoderDecoder(**config)

    def task_of(frames):
        return Restyle(ShapesWorld(frames=frames), held_out=HELD, stages=0.3)

    history = fit_growing(model, STAGES, task_of, resume)
    return model, config, 0, repaint_scores(model), history


def repaint_scores(model, clips=64):
    """Return the mean PSNR by word of the twelve pairs, beside the best free answer of each."""
    seen, hidden = {"model": [], "best free": []}, {"model": [], "best free": []}
    for pair in ((a, b) for a in STYLES for b in STYLES if a != b):
        for shape, found in ((None, seen), (HELD[0], hidden)):
            if shape and pair[1] != HELD[1]:
                continue
            task = Restyle(pair=pair, by="word", shape=shape)
            question = task.draw(clips, TEST_SEED)
            known = [bool(shape) or HELD[0] != s or HELD[1] not in pair
                     for (s,) in question.clips.shape]  # fmt: skip
            answers = task.baselines(question) | {"model": write(model, question)}
            values = {
                name: psnr(question.target[known], video[known], data_range=1.0).item()
                for name, video in answers.items()
            }
            found["model"].append(values.pop("model"))
            found["best free"].append(max(values.values()))
    return {"frames, clips, steps, rate": [list(stage) for stage in STAGES]} | {
        f"{name}, {who}, PSNR (dB)": round(sum(values) / len(values), 2)
        for name, found in (("seen", seen), ("triangle in outline", hidden))
        for who, values in found.items()
    }


REPAINT_RECIPES = {"repaint": repaint}
