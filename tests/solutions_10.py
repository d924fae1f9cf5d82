"""Correct solutions of homework 10 in different styles: every one must pass its check."""

import math

import numpy as np
import torch
import torch.nn.functional as F

# 10.2


def blend_neighbours(frames, times, total):
    out, place = [], {int(s): i for i, s in enumerate(times)}
    for t in range(total):
        before = max((s for s in place if s <= t), default=min(place))
        after = min((s for s in place if s >= t), default=max(place))
        share = (t - before) / (after - before) if after > before else 0.0
        share = min(max(share, 0.0), 1.0)
        out.append((1 - share) * frames[place[before]] + share * frames[place[after]])
    return torch.stack(out)


def blend_numpy(frames, times, total):
    pixels = frames.flatten(1).numpy().T
    lines = [np.interp(np.arange(total), times.numpy(), line) for line in pixels]
    return torch.tensor(np.array(lines).T.reshape(total, *frames.shape[1:])).float()


def blend_matrix(frames, times, total):
    t = torch.arange(total)[:, None].clamp(int(times[0]), int(times[-1]))
    left = torch.searchsorted(times, t.flatten(), right=True).sub(1).clamp(0, len(times) - 2)
    gap = (times[1:] - times[:-1])[left]
    share = (t.flatten() - times[left]) / gap
    weights = torch.zeros(total, len(times))
    weights[torch.arange(total), left] = 1 - share
    weights[torch.arange(total), left + 1] = share
    return torch.einsum("tf,fchw->tchw", weights, frames)


# 10.3


def mask_loops(times, known, frames, patches, causal):
    B, F_ = times.shape
    out = torch.zeros(B, frames * patches, F_ * patches, dtype=torch.bool)
    for b in range(B):
        for i in range(frames * patches):
            for j in range(F_ * patches):
                here = known[b, j // patches]
                early = times[b, j // patches] <= i // patches
                out[b, i, j] = here & (early | (not causal))
    return out


def mask_broadcast(times, known, frames, patches, causal):
    t = torch.arange(frames).view(1, -1, 1, 1, 1)
    seen = known[:, None, None, :, None] & ((times[:, None, None, :, None] <= t) | (not causal))
    seen = seen.expand(-1, -1, patches, -1, patches)
    return seen.reshape(len(times), frames * patches, -1)


def mask_repeated(times, known, frames, patches, causal):
    when = times.repeat_interleave(patches, 1)
    exists = known.repeat_interleave(patches, 1)
    t = torch.arange(frames).repeat_interleave(patches)
    mask = exists[:, None].expand(-1, len(t), -1)
    return mask & (when[:, None] <= t[:, None]) if causal else mask.clone()


# 10.4


def neighbours_loops(known):
    B, T = known.shape
    most = int(known.sum(1).max())
    times = torch.zeros(B, most, dtype=torch.long)
    exists = torch.zeros(B, most, dtype=torch.bool)
    before, after = torch.zeros(B, T).long(), torch.zeros(B, T).long()
    for b in range(B):
        have = [t for t in range(T) if known[b, t]]
        times[b, : len(have)] = torch.tensor(have)
        exists[b, : len(have)] = True
        for t in range(T):
            left = [s for s in have if s <= t]
            right = [s for s in have if s >= t]
            before[b, t] = left[-1] if left else right[0]
            after[b, t] = right[0] if right else left[-1]
    return times, exists, before, after


def neighbours_sorted(known):
    B, T = known.shape
    t = torch.arange(T).expand(B, T)
    length = known.sum(1)
    order = known.int().argsort(dim=1, descending=True, stable=True)[:, : int(length.max())]
    exists = torch.arange(order.shape[1]) < length[:, None]
    before = torch.where(known, t, -1).cummax(1)[0]
    after = torch.where(known, t, T).flip(1).cummin(1)[0].flip(1)
    lone = (before < 0, after >= T)
    return (
        order * exists,
        exists,
        torch.where(lone[0], after, before),
        torch.where(lone[1], before, after),
    )


def neighbours_by_distance(known):
    T = known.shape[1]
    away = torch.arange(T)[None, :, None] - torch.arange(T)  # frame, other frame
    far = 10 * T
    left = torch.where(known[:, None] & (away >= 0), away, far)
    right = torch.where(known[:, None] & (away <= 0), -away, far)
    before, after = left.argmin(-1), right.argmin(-1)
    none_left, none_right = left.min(-1).values == far, right.min(-1).values == far
    before, after = torch.where(none_left, after, before), torch.where(none_right, before, after)
    rows = [row.nonzero().flatten() for row in known]
    times = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    exists = torch.arange(times.shape[1]) < known.sum(1)[:, None]
    return times, exists, before, after


# 10.5


def fade_weights(moved, scores, distances, exists):
    weight = scores.exp() / distances.clamp(min=0.001)[..., None, None] * exists[..., None, None]
    total = weight.sum(1, keepdim=True)
    share = weight / torch.where(total == 0, 1.0, total)
    return torch.einsum("bkhw,bkchw->bchw", share, moved)


def fade_softmax(moved, scores, distances, exists):
    u = scores - distances.clamp(min=1e-3).log()[..., None, None]
    share = F.softmax(u.masked_fill(~exists[..., None, None], -1e9), dim=1)
    share = share * exists[..., None, None]
    return (share.unsqueeze(2) * moved).sum(dim=1)


def fade_loops(moved, scores, distances, exists):
    B, k = distances.shape
    out = torch.zeros_like(moved[:, 0])
    for b in range(B):
        have = [i for i in range(k) if exists[b, i]]
        if not have:
            continue
        u = torch.stack([scores[b, i] - math.log(max(0.001, distances[b, i])) for i in have])
        for share, i in zip(torch.softmax(u, 0), have):
            out[b] += share * moved[b, i]
    return out


# 10.6


def centre_of(picture, background):
    strength = (picture - background[:, None, None]).abs().sum(0)
    y, x = torch.meshgrid(*map(torch.arange, strength.shape), indexing="ij")
    return torch.stack(((strength * y).sum(), (strength * x).sum())) / strength.sum()


def tents(n, by):
    place = torch.arange(n)
    return (1 - (place[:, None] - by - place).abs()).clamp(min=0)


def slide_matrices(first, last, background, frames):
    stage = background[:, None, None]
    way = centre_of(last, background) - centre_of(first, background)
    out = []
    for k in range(1, frames + 1):
        a = k / (frames + 1)
        H, W = first.shape[-2:]
        one = tents(H, a * way[0]) @ (first - stage) @ tents(W, a * way[1]).mT
        b = a - 1
        two = tents(H, b * way[0]) @ (last - stage) @ tents(W, b * way[1]).mT
        out.append(stage + (1 - a) * one + a * two)
    return torch.stack(out)


def slide_grid_sample(first, last, background, frames):
    stage = background[:, None, None]
    vy, vx = centre_of(last, background) - centre_of(first, background)
    H, W = first.shape[-2:]

    def shift(picture, dy, dx):
        y, x = torch.meshgrid(torch.arange(H) - dy, torch.arange(W) - dx, indexing="ij")
        grid = torch.stack((2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1), -1)
        return F.grid_sample(picture[None], grid[None], align_corners=True)[0]

    out = []
    for a in (torch.arange(frames) + 1) / (frames + 1):
        one = shift(first - stage, a * vy, a * vx)
        two = shift(last - stage, (a - 1) * vy, (a - 1) * vx)
        out.append(stage + torch.lerp(one, two, a))
    return torch.stack(out)


def slide_batched(first, last, background, frames):
    stage = background[:, None, None]
    way = centre_of(last, background) - centre_of(first, background)
    a = torch.arange(1, frames + 1) / (frames + 1)
    (H, W), C = first.shape[-2:], first.shape[0]
    ends = torch.stack((first - stage, last - stage))
    by = torch.stack((a, a - 1))  # 2 frames
    down = torch.stack([torch.stack([tents(H, s * way[0]) for s in row]) for row in by])
    across = torch.stack([torch.stack([tents(W, s * way[1]) for s in row]) for row in by])
    moved = torch.einsum("ekij,ecjl,ekml->kecim", down, ends, across)
    share = torch.stack((1 - a, a), 1)[..., None, None, None]
    assert moved.shape == (frames, 2, C, H, W)
    return stage + (share * moved).sum(1)


SOLUTIONS = {
    "10.1": (3.75, 15 * 5 / 20, 15 - 15**2 / 20),
    "10.2": (blend_neighbours, blend_numpy, blend_matrix),
    "10.3": (mask_loops, mask_broadcast, mask_repeated),
    "10.4": (neighbours_loops, neighbours_sorted, neighbours_by_distance),
    "10.5": (fade_weights, fade_softmax, fade_loops),
    "10.6": (slide_matrices, slide_grid_sample, slide_batched),
}
