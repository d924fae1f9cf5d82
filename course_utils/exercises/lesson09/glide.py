"""Exercise 9.6: a baseline that finds the object, measures its velocity and lets it glide on."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson09.glide_formula import glide
from course_utils.exercises.lesson09.mistakes import mistake

VELOCITY, BASELINE, FORMULA = "what did it learn?", "on video: what costs nothing", "Eq. 9.8"


def draw_gliding(d):
    T, frames, H, W = d.distinct(4, low=3, high=6)
    H, W, C = 3 * H, 3 * W, d.choice((1, 3))
    background = d.uniform(C, low=0.4, high=0.6)
    steps = (d.uniform(T, low=0.4, high=1.6), d.uniform(T, low=-0.9, high=-0.2))
    way = torch.stack(steps, -1).cumsum(0)
    place = torch.tensor([W / 4, H / 2]) + way * (1 if d.every(3) else 0.7)  # faster and slower
    video = background[:, None, None].expand(T, C, H, W)
    for offset, low, high in ((0, 0.15, 0.35), (2, -0.2, -0.05)):  # bright, and darker beside it
        x, y = (place[:, i, None, None] for i in (0, 1))
        squared = (torch.arange(W) - x - offset) ** 2 + (torch.arange(H)[:, None] - y) ** 2
        video = video + d.uniform(C, 1, 1, low=low, high=high) * torch.exp(-squared / 4)[:, None]
    return {"context": video, "background": background, "frames": frames}


GLIDE = Exercise(
    "9.6",
    "a baseline that glides on",
    glide,
    draw_gliding,
    (
        mistake(
            "background in the centre of mass",
            BASELINE,
            "You weigh each pixel by its own value, so that the background counts too and pulls "
            "the centre to the middle of the frame. What is special about the pixels of the "
            "object?",
            weigh="pixels",
        ),
        mistake(
            "differences with their sign",
            BASELINE,
            "Where the object is darker than the background your weights are negative, and they "
            "cancel others. Weigh by how *far* a pixel is from the background.",
            weigh="signed",
        ),
        mistake(
            "squared differences as weights",
            BASELINE,
            "You square the differences, so that a pixel half covered by the object counts a "
            "quarter. What weight makes an edge that crosses a pixel count for the part it covers?",
            weigh="squared",
        ),
        mistake(
            "length of the difference of colours",
            BASELINE,
            "You weigh by the root of the squares over the channels. That is a sensible choice "
            "too, but s is the *sum* of the absolute differences.",
            weigh="length",
        ),
        mistake(
            "sum over the channels before the distance",
            BASELINE,
            "You add the channels up and take the absolute value of the sum: where one colour is "
            "brighter and another darker than the background, they cancel. Take the absolute "
            "value of each first.",
            weigh="sum first",
        ),
        mistake(
            "strongest pixel for the centre",
            BASELINE,
            "You take the place of the pixel that differs most. It jumps by whole pixels, and "
            "within one colour it is chance; the centre of mass uses every pixel.",
            weigh="peak",
        ),
        mistake(
            "sums not divided by the total",
            BASELINE,
            "Your centre is a sum of places times weights, far outside the frame. A *mean* place "
            "is that sum divided by the sum of the weights.",
            weigh="undivided",
        ),
        mistake(
            "object stands still",
            VELOCITY,
            "All your frames show the object where it was: the velocity does not enter. How far "
            "has it moved after k frames?",
            sign=0,
        ),
        mistake(
            "y counted upward",
            VELOCITY,
            "Left and right are fine, but the object goes up where it should go down. Row 0 is "
            "the top row, so that a positive v_y moves *down*.",
            sign="up",
        ),
        mistake(
            "wrong way",
            VELOCITY,
            "Your object goes back where it came from. A pixel that shows something moving right "
            "must read from its *left*.",
            sign=-1,
        ),
        mistake(
            "x and y exchanged",
            VELOCITY,
            "What should move right moves down. x runs along the width, the last axis, and y "
            "along the height.",
            swapped=True,
        ),
        mistake(
            "velocity over the whole context",
            VELOCITY,
            "You take the mean velocity since frame 0. After a bounce it mixes two directions: "
            "how fast is the object *now*, between its last two frames?",
            pace="average",
        ),
        mistake(
            "velocity of the first two frames",
            VELOCITY,
            "You measure the velocity between the first two frames. How fast is the object *now*, "
            "between its last two?",
            pace="first",
        ),
        mistake(
            "whole way in place of the velocity",
            VELOCITY,
            "You move by the way from the first frame to the last in every step. A velocity is a "
            "way for each frame.",
            pace="whole way",
        ),
        mistake(
            "the same step for all frames",
            BASELINE,
            "Your object jumps once and then stands still. Frame k lies k steps after the last "
            "frame of the context.",
            count="one",
        ),
        mistake(
            "first frame not moved",
            BASELINE,
            "Your first frame repeats the last of the context, and all the others come one late. "
            "k starts at 1.",
            count="from 0",
        ),
        mistake(
            "moved again and again",
            "let go: the rollout",
            "You move each frame from the one before. Each move by a part of a pixel blurs the "
            "edge once more; move the last true frame by k steps at once.",
            count="again",
        ),
        mistake(
            "whole pixels only",
            FORMULA,
            "You round the way to whole pixels. Speeds are fractions: share the weight between "
            "the two nearest pixels, as in the example by hand of Eq. 9.8.",
            rounded="way",
        ),
        mistake(
            "reach of 3 pixels",
            FORMULA,
            "Your object disappears once it has more than 3 pixels to go. That reach is enough "
            "for the model, which moves by one frame; here k frames are one shift.",
            rounded="reach",
        ),
        mistake(
            "velocity rounded",
            FORMULA,
            "You round the velocity, and the error grows with every frame: 0.4 pixels per frame "
            "become none. Speeds are fractions: share the weight between the two nearest pixels.",
            rounded="velocity",
        ),
        mistake(
            "wrapped around",
            FORMULA,
            "You move by whole pixels with `torch.roll`, and what leaves the frame on one side "
            "enters it on the other. From outside the frame comes 0, and a part of a pixel is "
            "shared between two.",
            rounded="roll",
        ),
        mistake(
            "background moved too",
            FORMULA,
            "You move the whole frame, and what enters from outside is 0: black strips grow at "
            "the border. Take the background off, move the rest, and put it back.",
            keep="everything",
        ),
        mistake(
            "background not put back",
            BASELINE,
            "You return the object on black. What was taken off the last frame must be added to "
            "every frame that you draw.",
            keep="object",
        ),
        mistake(
            "background added without being taken off",
            BASELINE,
            "Your frames are too bright by one background: you move the last frame as it is and "
            "add the background to it. Take it off first.",
            keep="twice",
        ),
        mistake(
            "absolute differences moved",
            BASELINE,
            "You move |x - g|, and what was darker than the background comes back brighter. The "
            "absolute value finds the object; what moves keeps its sign.",
            keep="size",
        ),
    ),
)
