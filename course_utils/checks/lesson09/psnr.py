"""Exercise 9.1: the PSNR of each clip of a batch, pooled over its frames (Eq. 9.1)."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.checks.lesson09.mistakes import mistake


def clip_psnr(
    video, prediction, data_range, *, power=2, total="mean", peak=2, log="ten", factor=10, pool="clip",
    safety=0.0,
):
    error = (video - prediction).abs() ** power
    axes = {"clip": (1, 2, 3, 4), "batch": (0, 1, 2, 3, 4), "across": (0, 2, 3, 4)}.get(pool, (2, 3, 4))
    error = (error.sum(axes) if total == "sum" else error.mean(axes)) + safety
    if total == "root":
        error = error.sqrt()
    R = video.amax() if peak == "seen" else torch.tensor(data_range)
    ratio = R ** (2 if peak == "seen" else peak) / error
    decibel = factor * (ratio.log10() if log == "ten" else ratio.log())
    return decibel.mean(1) if pool == "frame" else decibel


def draw_clips(d):
    B, T, H, W = d.distinct(4, low=2, high=7)
    data_range = d.choice((0.5, 2.0, 255.0))
    video = data_range * 0.9 * d.uniform(B, T, d.choice((1, 3)), H, W)
    noise = 0.3 * data_range * d.normal(*video.shape) * d.uniform(B, T, 1, 1, 1)  # every frame its own error
    if d.every(3, start=1):
        noise[:, 0] = 0  # one exact frame in each clip: decibels of single frames are infinite
    if d.every(3, start=2):
        noise[0] = 0  # and one exact clip: so is its own PSNR
    return {"video": video, "prediction": video + noise, "data_range": data_range}


PSNR = Exercise(
    "9.1",
    "the PSNR of each clip",
    clip_psnr,
    draw_clips,
    (
        mistake("decibels of the frames averaged", "how wrong is a prediction?",
            "You take the logarithm frame by frame and average after it, so that one exact frame makes a "
            "whole clip infinite. Which step must come first if the errors are to be pooled?",
            pool="frame",
        ),
        mistake("one value for each frame", "how wrong is a prediction?",
            "You keep the time axis and return a value for each frame. All frames of a clip share one mean: "
            "which axes does it run over?",
            pool="each frame",
        ),
        mistake("pooled over the batch too", "how wrong is a prediction?",
            "You return one number for all clips together. Over which axes may the mean run, if every clip "
            "keeps a value of its own?",
            pool="batch",
        ),
        mistake("pooled over the clips, not over time", "how wrong is a prediction?",
            "You return one number for each frame number, pooled over the batch. Axis 0 holds the clips, "
            "axis 1 their frames: which one must stay?",
            pool="across",
        ),
        mistake("sum in place of the mean", "Eq. 9.1",
            "Your PSNR falls as clips get longer, whatever their quality. Which part of Eq. 9.1 keeps the "
            "size of a clip out of the answer?",
            total="sum",
        ),
        mistake("range not squared", "Eq. 9.1",
            "You are right only for R = 1. What is the unit of R, what is the unit of the MSE, and what "
            "must a logarithm be taken of?",
            peak=1,
        ),
        mistake("range left at 1", "how wrong is a prediction?",
            "You ignore data_range. On values up to 255 this costs 48 dB and makes most numbers negative.",
            peak=0,
        ),
        mistake("largest value of the clip as the range", "Eq. 9.1",
            "You read R off the video. R is the largest difference that two values *can* have: a dark clip "
            "is measured on the same scale as a bright one.",
            peak="seen",
        ),
        mistake("natural logarithm", "Eq. 9.1",
            "Your numbers are 2.30 times too large. A decibel speaks of powers of which number?",
            log="e",
        ),
        mistake("factor 20", "Eq. 9.1",
            "Your numbers are twice too large. 20 belongs to a ratio of amplitudes, R to the root of the "
            "MSE; 10 belongs to a ratio of energies.",
            factor=20,
        ),
        mistake("root of the mean squared error", "Eq. 9.1",
            "You compare the squared range with an error that is not squared any more. Either both are "
            "squared, or neither is and the factor is 20.",
            total="root",
        ),
        mistake("errors not squared", "Eq. 9.1",
            "You average absolute errors. Eq. 9.1 squares them first, so that one large error counts more "
            "than many small ones.",
            power=1,
        ),
        mistake("sign turned around", "Eq. 9.1",
            "A better prediction gets a lower number from you: the range stands above the fraction line.",
            factor=-10,
        ),
        mistake("small number added to the error", "how wrong is a prediction?",
            "An exact clip gets a finite number from you. Its PSNR is infinite, and saying so is honest: do "
            "not add a small number to the MSE.",
            safety=1e-8,
        ),
    ),
    examples=(
        {
            "video": torch.tensor([0.2, 0.4, 0.6, 0.8]).view(1, 1, 1, 2, 2),
            "prediction": torch.tensor([0.3, 0.4, 0.6, 0.7]).view(1, 1, 1, 2, 2),
            "data_range": 1.0,
        },
    ),
)
