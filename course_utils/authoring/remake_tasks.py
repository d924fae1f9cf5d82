"""How the checkpoints of the encoder-decoder are remade (lessons 10 to 12); see remake.py."""

import torch

from course_utils.authoring.growing import TEST_SEED, fit_growing
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Films, Interpolation, Mixed, split_by_scene
from course_utils.worlds import ShapesWorld

GAP = (0, 1, 2, 3, 12, 13, 14, 15)  # one gap of 8, four known frames on either side
# longest gap, steps, learning rate: short gaps teach to move, long ones come after
STAGES = ((4, 4000, 0.02), (8, 5000, 0.015))


def interpolation(longest):
    """The training of lesson 10: of 8 clips 6 with one shape, 1 with two, 1 window of a film."""
    films = [film for size in (32, 48, 64) for film in split_by_scene(size)[0].values()]
    real = Films(films, frames=17, strides=(1, 2, 4))
    one, two = ShapesWorld(frames=17), ShapesWorld(frames=17, shapes=2)
    return Interpolation(Mixed((one, 6), (two, 1), (real, 1)), longest=longest)


def interpolate(resume):
    """Lesson 10: frames between known ones, for gaps of 1 to 8."""
    config = {"sources": 2, "encoder_layers": 1}
    torch.manual_seed(0)
    model = VideoEncoderDecoder(**config)
    stages = [(longest, 8, steps, lr) for longest, steps, lr in STAGES]
    history = fit_growing(model, stages, interpolation, resume)
    scores = {"steps": len(history.losses)}
    scores |= {"longest gap, steps, rate": [list(stage) for stage in STAGES]}
    tests = {
        "every 4th": Interpolation(known=range(0, 17, 4)),
        "gap of 8": Interpolation(ShapesWorld(), known=GAP),
    }
    for name, test in tests.items():
        question = test.draw(128, TEST_SEED)
        for who, row in test.evaluate({"model": model}, question).items():
            scores |= {f"{name}, {who}, {what}": round(value, 2) for what, value in row.items()}
    return model, config, 0, scores, history


TASK_RECIPES = {"interpolate": interpolate}
