"""Exercise 7.5: read once, write often."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson07.mistakes import JOIN, mistake


class Reader:
    """A stand-in for a trained model, small enough to follow, that counts how often it reads."""

    def __init__(self):
        self.reads = 0

    def read(self, context):
        """context "B T C H W" -> memory "B C H W": mean motion and a little of the first frame."""
        self.reads += 1
        return (context[:, -1] - context[:, 0]) / max(1, context.shape[1] - 1) + 0.1 * context[:, 0]

    def write(self, memory, shown):
        """memory, shown "B k C H W" -> for each frame shown, the one after it, "B k C H W"."""
        count = torch.arange(1, shown.shape[1] + 1).view(1, -1, 1, 1, 1)
        return 0.7 * (1 - shown) + 0.3 * shown.cumsum(1) / count + 2 * memory[:, None]


def generate(
    model,
    context,
    frames,
    *,
    reads="once",
    start="last",
    take="last",
    clamp=True,
    history="all",
    given="no",
):
    memory = model.read(context) if reads == "once" else None
    starts = {
        "last": context[:, -1:],
        "first": context[:, :1],
        "zeros": 0 * context[:, :1],
        "all": context,
    }
    shown = context[:, -1] if start == "no axis" else starts[start]
    first = shown.shape[1]
    for _ in range(frames):
        if reads == "often":
            memory = model.read(context)
        if reads == "grow":
            memory = model.read(torch.cat((context, shown[:, first:]), 1))
        seen = shown if history == "all" else shown[:, -1:]
        following = model.write(memory, seen)
        following = following[:, -1:] if take == "last" else following[:, :1]
        shown = torch.cat((shown, following.clamp(0, 1) if clamp is True else following), 1)
    shown = shown.clamp(0, 1) if clamp == "late" else shown
    return {"late": shown[:, first - 1 : -1], "kept": shown[:, first - 1 :]}.get(
        given, shown[:, first:]
    )


def run(generate, context, frames):
    """Call the learner's function with a fresh model, and count how often it read."""
    model = Reader()
    written = generate(model, context, frames)
    return {"frames": written, "times it read": model.reads}


def draw_context(d):
    batch, past, channels, height, width = d.distinct(5, low=2, high=8)
    return {"context": d.uniform(batch, past, channels, height, width), "frames": d.integer(3, 7)}


GENERATE = Exercise(
    "7.5",
    "read once, write often",
    generate,
    draw_context,
    (
        mistake(
            "read again for every frame",
            JOIN,
            "Your frames are right, but the encoder reads the same context again for each of "
            "them. What does not change while you write?",
            reads="often",
        ),
        mistake(
            "written frames read as context",
            JOIN,
            "You put what was written behind the context and read it anew. The memory holds what "
            "was given; what was written goes to the decoder.",
            reads="grow",
        ),
        mistake(
            "starts with the first frame of the context",
            "the loss",
            "Your clip goes on from its oldest frame. Which frame does the first written one "
            "follow?",
            start="first",
        ),
        mistake(
            "starts with an empty frame",
            "the loss",
            "Your decoder is shown a black frame first. It was trained to be shown the last frame "
            "of the context.",
            start="zeros",
        ),
        mistake(
            "frame without its axis of time",
            "the loss",
            "`context[:, -1]` has lost its second axis, and torch takes the channels for frames. "
            "Which slice keeps an axis of length 1?",
            start="no axis",
            stops=True,
        ),
        mistake(
            "whole context shown to the decoder",
            "the loss",
            "You show the decoder all given frames. It was trained to be shown the last one and "
            "what comes after it; the others are in the memory.",
            start="all",
        ),
        mistake(
            "first prediction taken in place of the last",
            "the loss",
            "`write` predicts the frame after *each* one shown, and you take the first of these "
            "every time. Which one is new?",
            take="first",
        ),
        mistake(
            "values outside 0 to 1 fed back",
            JOIN,
            "Your frames leave the range of a video, and what leaves it once goes on from there. "
            "Clip every frame before it is fed back.",
            clamp=False,
        ),
        mistake(
            "clipped only in what is returned",
            JOIN,
            "You clip the frames that you return, but feed back those that left the range. Which "
            "of the two does the next frame follow?",
            clamp="late",
        ),
        mistake(
            "only the newest frame shown",
            JOIN,
            "You show the decoder one frame at a time, so that it forgets what it wrote before.",
            history="one",
        ),
        mistake(
            "one frame late",
            "the loss",
            "Your clip begins with the frame that was given and misses the last one that was "
            "written.",
            given="late",
        ),
        mistake(
            "the given frame returned too",
            "the loss",
            "Your clip begins with the last frame of the context. That one was given, not written.",
            given="kept",
        ),
    ),
    use=run,
)
