"""Homework 10: the function to repair is recognised, and mistakes as learners type them are."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw10_fill_in_the_missing_frames.py"
MISSING = "used though it is missing"
EXISTS = ("torch.ones_like(times, dtype=torch.bool)", "known.sum(1)[:, None] > torch.arange(most)")
PADDED = (
    "return times, exists, before, after",
    "return times * exists, exists, before, after",
)
FIRST = ("torch.where(known, t, 0)", "torch.where(known, t, known.int().argmax(1, True))")
LAST = (
    "torch.where(known, t, T - 1)",
    "torch.where(known, t, T - 1 - known.flip(1).int().argmax(1, True))",
)


@pytest.mark.parametrize(
    "repairs, named",
    [
        ((), "nothing repaired yet"),
        ((FIRST,), f"last frame {MISSING} + padding counted as a frame"),
        ((FIRST, LAST), "padding counted as a frame"),
        ((EXISTS, PADDED), f"frame 0 {MISSING} + last frame {MISSING}"),
        ((EXISTS, PADDED, FIRST), f"last frame {MISSING}"),
        ((EXISTS, PADDED, LAST), f"frame 0 {MISSING}"),
        ((EXISTS, PADDED, FIRST, LAST), None),
    ],
)  # fmt: skip
def test_the_condition_that_peeks_is_named_at_each_stage_of_its_repair(repairs, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_neighbours.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    for old, new in repairs:
        assert old in given
        given = given.replace(old, new)
    scope = {"torch": torch}
    exec(given, scope)
    report = check("10.4", scope["given_neighbours"])
    assert report.misconception == named and report.passed == (named is None)


def blend_by_interp_of_places(frames, times, total):
    place = torch.linspace(0, len(times) - 1, total)
    low = place.floor().long().clamp(max=max(len(times) - 2, 0))
    w = (place - low).view(-1, 1, 1, 1)
    return (1 - w) * frames[low] + w * frames[(low + 1).clamp(max=len(times) - 1)]


def blend_without_a_guard(frames, times, total):
    out = []
    for t in range(total):
        clamped = min(max(t, int(times[0])), int(times[-1]))
        a = (times <= clamped).nonzero()[-1, 0]
        b = (times >= clamped).nonzero()[0, 0]
        w = (clamped - times[a]) / (times[b] - times[a])
        if clamped != t:
            w = torch.tensor(0.0)
        out.append((1 - w) * frames[a] + w * frames[b])
    return torch.stack(out)


def mask_tiled(times, known, frames, patches, causal):
    seen = known[:, None].expand(-1, frames, -1)
    if causal:
        seen = seen & (times[:, None] <= torch.arange(frames)[:, None])
    return seen.repeat(1, patches, 1).repeat_interleave(patches, 2)


def mask_of_numbers(times, known, frames, patches, causal):
    seen = known[:, None].expand(-1, frames, -1)
    if causal:
        seen = seen & (torch.arange(known.shape[1]) <= torch.arange(frames)[:, None])
    return seen.repeat_interleave(patches, 1).repeat_interleave(patches, 2)


def mask_without_padding(times, known, frames, patches, causal):
    t = torch.arange(frames).repeat_interleave(patches)[:, None]
    when = times.repeat_interleave(patches, 1)[:, None]
    return when <= t if causal else torch.ones(len(times), len(t), when.shape[-1]).bool()


def neighbours_strictly_before(known):
    B, T = known.shape
    times, exists, before, after = good(known)
    for b in range(B):
        have = known[b].nonzero().flatten().tolist()
        for t in range(T):
            left = [s for s in have if s < t]
            before[b, t] = left[-1] if left else after[b, t]
    return times, exists, before, after


def good(known):
    T, t = known.shape[1], torch.arange(known.shape[1]).expand_as(known)
    before = torch.where(known, t, -1).cummax(1).values
    after = torch.where(known, t, T).flip(1).cummin(1).values.flip(1)
    exists = torch.arange(int(known.sum(1).max())) < known.sum(1)[:, None]
    times = (~known).int().argsort(dim=1, stable=True)[:, : exists.shape[1]] * exists
    lone = before < 0, after == T
    return times, exists, torch.where(lone[0], after, before), torch.where(lone[1], before, after)


def fade_masked_after_the_softmax(moved, scores, distances, exists):
    u = scores - distances.clamp(min=0.001).log()[..., None, None]
    return ((u.softmax(1) * exists[..., None, None])[:, :, None] * moved).sum(1)


def fade_without_nan_guard(moved, scores, distances, exists):
    u = scores - distances.clamp(min=0.001).log()[..., None, None]
    share = u.masked_fill(~exists[..., None, None], -torch.inf).softmax(1)
    return (share[:, :, None] * moved).sum(1)


def fade_by_distance(moved, scores, distances, exists):
    u = scores - distances[..., None, None]
    share = u.masked_fill(~exists[..., None, None], -1e9).softmax(1) * exists[..., None, None]
    return (share[:, :, None] * moved).sum(1)


def slide_of_the_first(first, last, background, frames):
    from solutions_10 import centre_of, tents

    stage = background[:, None, None]
    way = centre_of(last, background) - centre_of(first, background)
    H, W = first.shape[-2:]
    out = []
    for k in range(1, frames + 1):
        dy, dx = k / (frames + 1) * way
        out.append(stage + tents(H, dy) @ (first - stage) @ tents(W, dx).T)
    return torch.stack(out)


def slide_that_blends(first, last, background, frames):
    a = (torch.arange(1, frames + 1) / (frames + 1)).view(-1, 1, 1, 1)
    return (1 - a) * first + a * last


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("10.1", 15, "far end not known"),
        ("10.2", blend_by_interp_of_places, "known frames spread evenly"),
        ("10.2", blend_without_a_guard, "zero divided by zero"),
        ("10.3", mask_tiled, "queries counted place by place"),
        ("10.3", mask_of_numbers, "place in the batch for time"),
        ("10.3", mask_without_padding, "padding visible"),
        ("10.4", neighbours_strictly_before, "frame before must be earlier"),
        ("10.5", fade_masked_after_the_softmax, "missing sources dark"),
        ("10.5", fade_without_nan_guard, "0 / 0 where nobody is"),
        ("10.5", fade_by_distance, "distance without its logarithm"),
        ("10.6", slide_of_the_first, "first frame only"),
        ("10.6", slide_that_blends, "nothing moved"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    assert check(number, wrong).misconception == named
