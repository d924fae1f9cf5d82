"""The course's models beside rivals at equal processor time, data and evaluation: `make bench`.

    python tests/bench/bench_rivals.py [seconds]        the table alone
    python tests/bench/bench_rivals.py rates SECONDS    each rival at each rate, on other clips

Every model trains for BUDGET seconds of processor time on one thread, in batches of 16 fresh clips
of ShapesWorld: to predict eight frames from eight, and to write the frames between every 4th of 17.
All read the same clips in the same order; who is faster reads more. The rate rises, stays, and
falls over the second half of the budget. The rivals stand in rivals.py. The course's models keep
the optimizer and the rate of lessons 09 and 10; Muon takes matrices, and a convolution is none, so
the rivals have AdamW. Off by: how far the centre that a reader finds is from the true one.
"""

import sys
import time

import pytest
import torch
from rivals import ConvLSTMInterpolator, ConvLSTMPredictor, PlainInterpolator, PlainPredictor

from course_utils.baselines import repeat_last
from course_utils.metrics import psnr
from course_utils.models import VideoEncoderDecoder, VideoTransformer, next_frame_loss
from course_utils.optimizers import make_optimizers
from course_utils.tasks import Interpolation
from course_utils.worlds import ShapesWorld, read_clips

pytestmark = pytest.mark.timeout(7200)  # on the wall: a busy machine may take its time
BUDGET = 120.0  # seconds of processor time for each model
BATCH, PAST, TEST_CLIPS, TEST_SEED, CHOICE_SEED = 16, 8, 64, 1_000_000_000, 2_000_000_000
RATES = (1e-3, 3e-3)  # both tried for each rival, with equal time, on CHOICE_SEED
COURSE = {
    "predict": (VideoTransformer, "muon", 0.02),
    "interpolate": (lambda: VideoEncoderDecoder(sources=2, encoder_layers=1), "muon", 0.02),
}
# The better of RATES after 8 s each on 32 other clips; the plain ones were within 0.1 dB.
RIVALS = {
    "predict": {"ConvLSTM": (ConvLSTMPredictor, 3e-3), "plain": (PlainPredictor, 1e-3)},
    "interpolate": {"ConvLSTM": (ConvLSTMInterpolator, 1e-3), "plain": (PlainInterpolator, 1e-3)},
}


class Predict:
    """Eight frames from eight: the loss of a step, the free answers, and the scores."""

    def __init__(self, clips=TEST_CLIPS, seed=TEST_SEED):
        self.world = ShapesWorld()
        self.test = self.world.sample(clips, seed)
        self.context, self.truth = self.test.video[:, :PAST], self.test.video[:, PAST:]

    def loss(self, model, seed):
        video = self.world.sample(BATCH, seed).video
        if isinstance(model, VideoTransformer):
            return next_frame_loss(model, video, seed)
        return model.loss(video, seed)

    def free(self):
        frames = self.truth.shape[1]
        ground = self.context.flatten(3).median(-1).values.median(1).values  # of each clip
        flat = ground[:, None, :, None, None].expand_as(self.truth)
        return {
            "repeat the last frame": self.scores(repeat_last(self.context, frames)),
            "flat colour": self.scores(flat),
        }

    def judge(self, model):
        return self.scores(model.rollout(self.context, self.truth.shape[1]))

    def scores(self, answer):
        whole = torch.cat((self.context, answer), 1)
        off = (read_clips(whole).position - self.test.position[:, :, 0]).norm(dim=-1)
        return psnr(self.truth, answer, data_range=1.0).item(), off[:, PAST:].nanmean().item()


class Interpolate:
    """The frames between every 4th of 17, by the task of lesson 10."""

    def __init__(self, clips=TEST_CLIPS, seed=TEST_SEED):
        self.task = Interpolation(known=range(0, 17, 4))
        self.question = self.task.draw(clips, seed)
        self.loss = self.task.loss

    def free(self):
        return {
            name: tuple(s.values()) for name, s in self.task.evaluate({}, self.question).items()
        }

    def judge(self, model):
        return tuple(self.task.evaluate({"model": model}, self.question)["model"].values())


TASKS = {"predict": Predict, "interpolate": Interpolate}


def train(model, loss, budget, optimizer, rate):
    """Train for `budget` seconds of processor time, and return the number of steps."""
    optimizers = make_optimizers(model, optimizer, rate, 0.0)
    peaks = [[group["lr"] for group in o.param_groups] for o in optimizers]
    steps, began = 0, time.process_time()
    while (share := (time.process_time() - began) / budget) < 1:
        factor = min(1.0, 0.02 + 50 * share, 2 * (1 - share))
        for o, lrs in zip(optimizers, peaks):
            for group, peak in zip(o.param_groups, lrs):
                group["lr"] = peak * factor
            o.zero_grad(set_to_none=True)
        loss(model, steps).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in optimizers:
            o.step()
        steps += 1
    return steps


def row(name, task, make, optimizer, rate, budget):
    """Train a fresh model, print its row, and return its PSNR and how far it is off."""
    torch.manual_seed(0)
    model = make()
    steps = train(model.train(), task.loss, budget, optimizer, rate)
    scores = task.judge(model.eval())
    line(name, sum(p.numel() for p in model.parameters()), steps, scores)
    return scores


def line(name, parameters, steps, scores):
    shown = "none" if scores[1] != scores[1] else f"{scores[1]:.2f}"
    print(f"{name:36}{parameters:>11}{steps:>8}{scores[0]:>11.2f}{shown:>13}", flush=True)


def table(budget=BUDGET):
    """Print the table, and return {task: {name: (PSNR, off by)}}, free answers first."""
    before, results = torch.get_num_threads(), {}
    torch.set_num_threads(1)
    print(f"\n{budget:.0f} s of processor time each, one thread, {TEST_CLIPS} test clips")
    print(f"{'':36}{'parameters':>11}{'steps':>8}{'PSNR (dB)':>11}{'off by (px)':>13}")
    try:
        for name, make_task in TASKS.items():
            task = make_task()
            results[name] = task.free()
            for free, scores in results[name].items():
                line(f"{name}: {free}", "", "", scores)
            entries = {"the course's": COURSE[name]}
            for rival, (make, rate) in RIVALS[name].items():
                entries[rival] = (make, "adamw", rate)
            for who, (make, optimizer, rate) in entries.items():
                label = f"{name}: {who}, {optimizer} {rate:g}"
                results[name][who] = row(label, task, make, optimizer, rate, budget)
    finally:
        torch.set_num_threads(before)
    return results


def rates(budget):
    """Print each rival at each of RATES: how the rates above were chosen."""
    torch.set_num_threads(1)
    for name, rivals in RIVALS.items():
        task = TASKS[name](32, CHOICE_SEED)
        for who, (make, _) in rivals.items():
            for rate in RATES:
                row(f"{name}: {who}, adamw {rate:g}", task, make, "adamw", rate, budget)


def test_every_model_beats_what_is_free():
    """The order of the models is printed, not asserted: it is the outcome of one run."""
    for name, scores in table().items():
        models = {"the course's", *RIVALS[name]}
        free = max(score[0] for who, score in scores.items() if who not in models)
        for who in models:
            assert scores[who][0] > free, f"{name}: {who} is no better than a free answer"


if __name__ == "__main__":
    if sys.argv[1:2] == ["rates"]:
        rates(float(sys.argv[2]))
    else:
        table(*map(float, sys.argv[1:2]))
