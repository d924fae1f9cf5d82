"""How the checkpoints of the encoder-decoder are remade (lessons 10 to 12); see remake.py."""

import torch

from course_utils.authoring.growing import TEST_SEED
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Films, Interpolation, Mixed, split_by_scene
from course_utils.training import fit
from course_utils.worlds import ShapesWorld

GAP = (0, 1, 2, 3, 12, 13, 14, 15)  # one gap of 8, four known frames on either side


def interpolation(batch):
    """The training of lesson 10: of 8 clips 4 with one shape, 2 with two, 2 windows of films."""
    films = [film for size in (32, 48, 64) for film in split_by_scene(size)[0].values()]
    real = Films(films, frames=17, strides=(1, 2, 4))
    share = batch // 4
    one, two = ShapesWorld(frames=17), ShapesWorld(frames=17, shapes=2)
    return Interpolation(Mixed((one, 2 * share), (two, share), (real, share)))


def interpolate(resume):
    """Lesson 10: frames between known ones, for gaps of 1 to 8."""
    config = {"sources": 2, "encoder_layers": 1}
    seed, steps, batch = 0, 2700, 8
    torch.manual_seed(seed)
    model, task = VideoEncoderDecoder(**config), interpolation(batch)
    task.batch = batch
    history = fit(model, task.loss, steps, seed=seed, resume=resume, lr=0.02, optimizer="muon")
    scores = {"steps": steps}
    tests = {
        "every 4th": Interpolation(known=range(0, 17, 4)),
        "gap of 8": Interpolation(ShapesWorld(), known=GAP),
    }
    for name, test in tests.items():
        question = test.draw(128, TEST_SEED)
        for who, row in test.evaluate({"model": model}, question).items():
            scores |= {f"{name}, {who}, {what}": round(value, 2) for what, value in row.items()}
    return model, config, seed, scores, history


TASK_RECIPES = {"interpolate": interpolate}
