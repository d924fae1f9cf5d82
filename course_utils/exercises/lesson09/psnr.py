"""Exercise 9.1: the PSNR of each clip of a batch, pooled over its frames (Eq. 9.1)."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson09.mistakes import mistake
from course_utils.exercises.lesson09.psnr_formula import amplitudes, capped, clip_psnr, outside


def draw_clips(d):
    B, T, H, W = d.distinct(4, low=2, high=7)
    data_range = d.choice((0.5, 2.0, 255.0))
    video = data_range * 0.9 * d.uniform(B, T, d.choice((1, 3)), H, W)
    noise = 0.3 * data_range * d.normal(*video.shape)
    noise = noise * d.uniform(B, T, 1, 1, 1)  # every frame its own size of error
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
        mistake(
            "decibels of the frames averaged",
            "how wrong is a prediction?",
            "You take the logarithm frame by frame and average after it, so that one exact frame "
            "makes a whole clip infinite. Which step must come first if the errors are to be "
            "pooled?",
            pool="frame",
        ),
        mistake(
            "decibels of the channels averaged",
            "how wrong is a prediction?",
            "You take the logarithm channel by channel and average after it. Pool the errors of "
            "all three colours first: there is one logarithm for each clip.",
            pool="channel",
        ),
        mistake(
            "decibels of the pixels averaged",
            "how wrong is a prediction?",
            "You take the logarithm of every squared error and average after it: a single exact "
            "pixel makes the clip infinite. The mean comes before the logarithm.",
            pool="pixel",
        ),
        mistake(
            "one value for each frame",
            "how wrong is a prediction?",
            "You keep the time axis and return a value for each frame. All frames of a clip share "
            "one mean: which axes does it run over?",
            pool="each frame",
        ),
        mistake(
            "pooled over the batch too",
            "how wrong is a prediction?",
            "You return one number for all clips together. Over which axes may the mean run, if "
            "every clip keeps a value of its own?",
            pool="batch",
        ),
        mistake(
            "pooled over the clips, not over time",
            "how wrong is a prediction?",
            "You return one number for each frame number, pooled over the batch. Axis 0 holds the "
            "clips, axis 1 their frames: which one must stay?",
            pool="across",
        ),
        mistake(
            "sum in place of the mean",
            "Eq. 9.1",
            "Your PSNR falls as clips get longer, whatever their quality. Which part of Eq. 9.1 "
            "keeps the size of a clip out of the answer?",
            total="sum",
        ),
        mistake(
            "errors of the frames added",
            "Eq. 9.1",
            "You average over a frame and add the frames up, so that a longer clip looks worse. "
            "The mean runs over all numbers of the clip, those of all frames.",
            total="frames",
        ),
        mistake(
            "mean before the square",
            "Eq. 9.1",
            "You average the errors and square after it, so that too dark and too bright cancel. "
            "Square each error first.",
            total="mean first",
        ),
        mistake(
            "range not squared",
            "Eq. 9.1",
            "You are right only for R = 1. What is the unit of R, what is the unit of the MSE, "
            "and what must a logarithm be taken of?",
            peak=1,
        ),
        mistake(
            "range left at 1",
            "how wrong is a prediction?",
            "You ignore data_range. On values up to 255 this costs 48 dB and makes most numbers "
            "negative.",
            peak=0,
        ),
        mistake(
            "largest value of the clip as the range",
            "Eq. 9.1",
            "You read R off the video. R is the largest difference that two values *can* have: a "
            "dark clip is measured on the same scale as a bright one.",
            peak="seen",
        ),
        mistake(
            "spread of the clip as the range",
            "Eq. 9.1",
            "You take the largest value minus the smallest that occurs. R is the largest "
            "difference that two values *can* have; it is handed over as data_range.",
            peak="spread",
        ),
        mistake(
            "range left at 255",
            "how wrong is a prediction?",
            "You write 255 for R. That is the range of bytes; here it is data_range, and 1 for "
            "the videos of the course.",
            peak="byte",
        ),
        mistake(
            "range divided out twice",
            "Eq. 9.1",
            "You divide the videos by the range and multiply its square in again. One of the two "
            "is enough: errors of values in [0, 1] have R = 1.",
            peak=4,
        ),
        mistake(
            "energy of the signal in place of the range",
            "Eq. 9.1",
            "You compare the error with the mean square of the clip. That is the signal-to-noise "
            "ratio; the P of PSNR is for the *peak*, the range R.",
            peak="signal",
        ),
        mistake(
            "natural logarithm",
            "Eq. 9.1",
            "Your numbers are 2.30 times too large. A decibel speaks of powers of which number?",
            log="e",
        ),
        mistake(
            "factor 20",
            "Eq. 9.1",
            "Your numbers are twice too large. 20 belongs to a ratio of amplitudes, R to the root "
            "of the MSE; 10 belongs to a ratio of energies.",
            factor=20,
        ),
        mistake(
            "factor 10 forgotten",
            "Eq. 9.1",
            "Your numbers are ten times too small: they are bels. A decibel is a tenth of one.",
            factor=1,
        ),
        mistake(
            "root of the mean squared error",
            "Eq. 9.1",
            "You compare the squared range with an error that is not squared any more. Either "
            "both are squared, or neither is and the factor is 20.",
            total="root",
        ),
        mistake(
            "errors not squared",
            "Eq. 9.1",
            "You average absolute errors. Eq. 9.1 squares them first, so that one large error "
            "counts more than many small ones.",
            power=1,
        ),
        mistake(
            "sign turned around",
            "Eq. 9.1",
            "A better prediction gets a lower number from you: the range stands above the "
            "fraction line.",
            factor=-10,
        ),
        mistake(
            "small number added to the error",
            "how wrong is a prediction?",
            "An exact clip gets a finite number from you. Its PSNR is infinite, and saying so is "
            "honest: do not add a small number to the MSE.",
            safety=1e-8,
        ),
        mistake(
            "small number (1e-10) added to the error",
            "how wrong is a prediction?",
            "An exact clip gets a finite number from you. Its PSNR is infinite, and saying so is "
            "honest: do not add a small number to the MSE.",
            safety=1e-10,
        ),
        *(
            Misconception(
                f"{number} dB for an exact clip",
                f"You replace the infinity of an exact clip by {number}. Leave it: whoever "
                "averages over clips has to see that one of them is exact.",
                "lesson 09, how wrong is a prediction?",
                wrong=capped(number),
            )
            for number in (0, 100)
        ),
        Misconception(
            "fraction outside of the logarithm",
            "You take the logarithm of the range alone and divide by the error after it. A "
            "bracket closes too early: the logarithm is that of the whole fraction.",
            "lesson 09, Eq. 9.1",
            wrong=outside,
        ),
        Misconception(
            "absolute errors with the factor 20",
            "The factor 20 is right for the *root* of the mean squared error. The mean of the "
            "absolute errors is another number, and smaller.",
            "lesson 09, Eq. 9.1",
            wrong=amplitudes,
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
