"""Exercise 10.3: who in the decoder may ask which frame of the memory."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.mistakes import mistake


def memory_mask(
    times,
    known,
    frames,
    patches,
    causal,
    *,
    padding="hidden",
    compare="not later",
    obey="argument",
    inverted=False,
    queries="by frame",
    keys="by frame",
    clock="times",
):
    t = torch.arange(frames)[:, None]
    when = torch.arange(times.shape[1]).expand_as(times) if clock == "places" else times
    when = when[:, None]  # B 1 F
    seen = {
        "not later": when <= t,
        "earlier": when < t,
        "later": when >= t,
        "same": when == t,
    }[compare]
    if not {"argument": causal, "never": False, "always": True}[obey]:
        seen = torch.ones_like(seen)
    if padding == "hidden":
        seen = seen & known[:, None]
    for axis, order in ((1, queries), (2, keys)):
        if order == "by frame":
            seen = seen.repeat_interleave(patches, axis)
        else:
            seen = seen.repeat(1, *(patches if axis == a else 1 for a in (1, 2)))
    return ~seen if inverted else seen


def draw_mask(d):
    B, F, T, N = d.distinct(4, low=2, high=8)
    T = T + F
    times = torch.stack([d.permutation(T)[:F].sort().values for _ in range(B)])
    lengths = [d.integer(1, F) for _ in range(B)]
    lengths[0], lengths[-1] = F, 1  # one clip without padding, one with much
    known = torch.arange(F) < torch.tensor(lengths)[:, None]
    return {"times": times, "known": known, "frames": T, "patches": N, "causal": not d.every(3)}


MASK = Exercise(
    "10.3",
    "the mask of the memory",
    memory_mask,
    draw_mask,
    (
        mistake(
            "padding visible",
            "the condition",
            "Your queries may attend to places where no frame is. What the black frame of the "
            "padding says would then count.",
            padding="seen",
        ),
        mistake(
            "own frame hidden",
            "who sees the far end?",
            "Frame t may not ask the frame that was taken at t itself. Not later than t includes "
            "t.",
            compare="earlier",
        ),
        mistake(
            "future in place of past",
            "who sees the far end?",
            "Under your causal mask frame t asks what was taken later and not what was before.",
            compare="later",
        ),
        mistake(
            "own frame only",
            "who sees the far end?",
            "Frame t asks only a frame taken at t, so that a missing frame sees nothing at all.",
            compare="same",
        ),
        mistake(
            "causal ignored",
            "who sees the far end?",
            "Your mask is the same for causal=True and False. When it is True, a frame must not "
            "see what was taken later.",
            obey="never",
        ),
        mistake(
            "always causal",
            "who sees the far end?",
            "Your mask hides the far end of the gap even for causal=False. There every known "
            "frame may be seen.",
            obey="always",
        ),
        mistake(
            "mask inverted",
            "the condition",
            "Your True means may not. In this course True means may attend.",
            inverted=True,
        ),
        mistake(
            "queries counted place by place",
            "the decoder",
            "Your rows run through all frames of the first patch, then of the second. Tokens "
            "stand frame by frame: all N patches of frame 0 come first.",
            queries="by place",
        ),
        mistake(
            "keys counted place by place",
            "the condition",
            "Your columns run through all known frames of the first patch, then of the second. "
            "The memory holds all N tokens of its first frame, then those of the next.",
            keys="by place",
        ),
        mistake(
            "place in the batch for time",
            "the condition",
            "You compare t with the place of a frame in the batch, 0, 1, 2. When it was taken "
            "stands in `times`.",
            clock="places",
        ),
    ),
)
