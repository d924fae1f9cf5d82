"""Remake the shipped checkpoints from their seeds and settings.

    python -m course_utils.authoring.remake                    all of them
    python -m course_utils.authoring.remake predict-shapes     one

Each is trained in steps by the lesson's own model and loss, scored on clips it never saw, and
written with its command, seed and scores in its header. data/checkpoints/README.md records the hash
and the time of each. A run that was interrupted goes on from build/NAME.pt. Another machine may
round the last bit of a product differently, and training amplifies that: compare scores there, not
bytes.
"""

import hashlib
import os
import sys
import time

import torch

from course_utils.authoring.growing import TEST_SEED
from course_utils.authoring.remake_flow import FLOW_RECIPES
from course_utils.authoring.remake_repaint import REPAINT_RECIPES
from course_utils.authoring.remake_sentence import SENTENCE_RECIPES
from course_utils.authoring.remake_tasks import TASK_RECIPES
from course_utils.authoring.remake_tokens import TOKEN_RECIPES
from course_utils.baselines import repeat_last
from course_utils.checkpoints import FOLDER, save_checkpoint
from course_utils.metrics import psnr, ssim
from course_utils.models import VideoRNN, VideoTransformer, next_frame_loss
from course_utils.training import fit
from course_utils.worlds import ShapesWorld


def predicts_shapes(model_class, config, steps, resume, **settings):
    """Train a model to predict one moving shape, and score its rollout, eight frames from eight."""
    seed, world = 0, ShapesWorld()
    torch.manual_seed(seed)
    model = model_class(**config)

    def loss(model, batch_seed):
        return next_frame_loss(model, world.sample(16, batch_seed).video, batch_seed, noise=0.03)

    history = fit(model, loss, steps, seed=seed, resume=resume, **settings)
    video = world.sample(128, TEST_SEED).video
    future, baseline = model.rollout(video[:, :8], 8), repeat_last(video[:, :8], 8)
    scores = {
        "steps": steps,
        "psnr": round(psnr(video[:, 8:], future, data_range=1.0).item(), 2),
        "ssim": round(ssim(video[:, 8:], future, data_range=1.0).item(), 3),
        "repeat_last_psnr": round(psnr(video[:, 8:], baseline, data_range=1.0).item(), 2),
    }
    return model, config, seed, scores, history


def predict_shapes(resume):
    """Lesson 09: the frame-causal Transformer."""
    config = {"d_model": 96, "num_layers": 4, "d_ff": 384}
    return predicts_shapes(VideoTransformer, config, 4000, resume, lr=0.02, optimizer="muon")


def recurrent_shapes(resume):
    """Lesson 01: the recurrent baseline, which predicts the same frames from a carried state."""
    config = {"cell": "gru", "patch": 4, "width": 48, "overlap": 2}
    return predicts_shapes(VideoRNN, config, 1500, resume, lr=3e-3)


RECIPES = {"predict-shapes": predict_shapes, "recurrent-shapes": recurrent_shapes}
RECIPES |= TASK_RECIPES | REPAINT_RECIPES | SENTENCE_RECIPES | TOKEN_RECIPES | FLOW_RECIPES


def remake(name):
    """Train, score and write one checkpoint; print its hash, size, seconds and scores."""
    command = f"python -m course_utils.authoring.remake {name}"
    torch.set_num_threads(1)  # one order of summation, however many cores there are
    started = time.process_time()
    os.makedirs("build", exist_ok=True)
    model, config, seed, scores, history = RECIPES[name](f"build/{name}.pt")
    curve = [float(f"{loss:.3g}") for loss in history.smoothed(50)[49::50]]
    scores = scores | {"loss_every_50_steps": curve}
    path = FOLDER / f"{name}.safetensors"
    save_checkpoint(path, model, config=config, command=command, seed=seed, scores=scores)
    data = path.read_bytes()
    print(f"{name}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    print(
        f"{history.seconds:.0f} s of training, {time.process_time() - started:.0f} s of processor "
        "time"
    )
    print({key: value for key, value in scores.items() if not isinstance(value, list)})


if __name__ == "__main__":
    names = sys.argv[1:] or list(RECIPES)
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        sys.exit(f"no checkpoint named {unknown[0]}; there are: {', '.join(RECIPES)}")
    for name in names:
        remake(name)
