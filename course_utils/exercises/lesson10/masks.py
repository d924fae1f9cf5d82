"""Exercise 10.3: who in the decoder may ask which frame of the memory."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.masks_mistakes import MISTAKES


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
    joined="both",
    pairs="all",
):
    t = torch.arange(frames)[:, None]
    when = torch.arange(times.shape[1]).expand_as(times) if clock == "places" else times
    when = when[:, None]  # B 1 F
    seen = {
        "not later": when <= t,
        "earlier": when < t,
        "later": when >= t,
        "same": when == t,
        "one more": when <= t + 1,
        "strictly later": when > t,
    }[compare]
    if not {"argument": causal, "never": False, "always": True, "opposite": not causal}[obey]:
        seen = torch.ones_like(seen)
    there = {
        "alone": ~known,
        "first clip": known[:1].expand_as(known),
        "every clip": known.all(0).expand_as(known),
        "time": times > 0,
        "seen": torch.ones_like(known),
        "full only": known | causal,
        "causal only": known | (not causal),
    }.get(padding, known)[:, None]
    seen = seen | there if joined == "either" and causal else seen & there
    for axis, order in ((1, queries), (2, keys)):
        if order == "by frame":
            seen = seen.repeat_interleave(patches, axis)
        else:
            seen = seen.repeat(1, *(patches if axis == a else 1 for a in (1, 2)))
    if pairs == "same patch":
        n = torch.arange(patches)
        seen = seen & (n.repeat(frames)[:, None] == n.repeat(times.shape[1]))
    if pairs == "token by token" and causal:
        n = torch.arange(patches)
        later = n.repeat(times.shape[1]) > n.repeat(frames)[:, None]
        now = (when == t).repeat_interleave(patches, 1).repeat_interleave(patches, 2)
        seen = seen & ~(now & later)
    return ~seen if inverted else seen


def draw_mask(d):
    B, F, T, N = d.distinct(4, low=2, high=8)
    T = T + F
    times = torch.stack([d.permutation(T)[:F].sort().values for _ in range(B)])
    lengths = [d.integer(1, F) for _ in range(B)]
    full = 0 if d.every(2) else -1
    lengths[full], lengths[-1 - full] = F, 1  # one clip without padding, one with much
    known = torch.arange(F) < torch.tensor(lengths)[:, None]
    return {"times": times, "known": known, "frames": T, "patches": N, "causal": not d.every(3)}


MASK = Exercise(
    "10.3",
    "the mask of the memory",
    memory_mask,
    draw_mask,
    MISTAKES,
)
