"""Correct solutions of homework 11 in different styles: every one must pass its check."""

import math

import torch

from course_utils.baselines import colour_transfer
from course_utils.tasks.style import flicker

# 11.1


def transfer_lines(video, mask, reference):
    inside = mask[:, :, None].float()
    count = inside.sum((1, 3, 4), keepdim=True)
    mean = (inside * video).sum((1, 3, 4), keepdim=True) / count
    spread = ((inside * (video - mean) ** 2).sum((1, 3, 4), keepdim=True) / count).sqrt()
    mean_r = reference.mean((1, 3, 4), keepdim=True)
    spread_r = reference.std((1, 3, 4), correction=0, keepdim=True)
    moved = (spread_r / spread * (video - mean) + mean_r).clamp(0, 1)
    return torch.where(mask[:, :, None], moved, video)


def transfer_loops(video, mask, reference):
    out = video.clone()
    for b in range(len(video)):
        for c in range(3):
            chosen, given = video[b, :, c][mask[b]], reference[b, :, c]
            ratio = given.std(correction=0) / chosen.std(correction=0)
            moved = ratio * (chosen - chosen.mean()) + given.mean()
            out[b, :, c][mask[b]] = moved.clamp(0, 1)
    return out


def transfer_by_the_library(video, mask, reference):
    out = video.clone()
    for film, inside, result, wanted in zip(video, mask, out, reference):
        pixels = film.movedim(1, -1)[inside].T[None, :, None]  # 1 3 1 n: a clip of one row
        moved = colour_transfer(pixels, wanted, "deviation")
        result.movedim(1, -1)[inside] = moved[0, :, 0].T
    return out


# 11.2


def flicker_lines(target, video, mask):
    change = (video - target).diff(dim=1)
    either = (mask[:, 1:] | mask[:, :-1])[:, :, None].float()
    total = (change**2 * either).sum((2, 3, 4))
    return (total / (3 * either.sum((2, 3, 4))).clamp(min=1)).sqrt()


def flicker_loops(target, video, mask):
    B, T = mask.shape[:2]
    out = torch.zeros(B, T - 1)
    for b in range(B):
        for t in range(T - 1):
            where = mask[b, t] | mask[b, t + 1]
            seen = video[b, t + 1] - video[b, t]
            true = target[b, t + 1] - target[b, t]
            if where.any():
                out[b, t] = (seen - true)[:, where].square().mean().sqrt()
    return out


def flicker_by_the_library(target, video, mask):
    either = (mask[:, 1:] | mask[:, :-1])[:, :, None]
    found = []
    for t in range(mask.shape[1] - 1):
        pair = [torch.where(either[:, t : t + 1], x[:, t : t + 2], 0) for x in (target, video)]
        share = either[:, t].float().mean((1, 2, 3))
        found.append(flicker(*pair) / share.clamp(min=1e-9).sqrt())
    return torch.stack(found, 1)


# 11.3


def condition_lines(films, start, goal, other):
    B, _, T = films.shape[:3]
    b = torch.arange(B)
    middle = T // 2
    return (
        (goal + 1)[:, None],
        films[other, goal, middle][:, None],
        films[b, start][:, :, None],
        torch.zeros(B, T, 1),
    )


def condition_loops(films, start, goal, other):
    T = films.shape[2]
    words, shown, sources = [], [], []
    for b, (a, z, o) in enumerate(zip(start.tolist(), goal.tolist(), other.tolist())):
        words.append([z + 1])
        shown.append(films[o, z, T // 2 : T // 2 + 1])
        sources.append(films[b, a].unsqueeze(1))
    offsets = films.new_zeros(len(films), T, 1)
    return torch.tensor(words), torch.stack(shown), torch.stack(sources), offsets


def condition_gather(films, start, goal, other):
    def pick(which, number):
        at = number.view(-1, 1, 1, 1, 1, 1).expand(-1, 1, *films.shape[2:])
        return which.gather(1, at)[:, 0]

    shown = pick(films[other], goal).chunk(films.shape[2], 1)[films.shape[2] // 2]
    source = pick(films, start)
    return 1 + goal.unsqueeze(-1), shown, source.unsqueeze(2), source[..., 0, 0, :1] * 0


# 11.4


def slipped_board():
    likely, other, p = 0.5, 0.1, 0.75
    best = p * likely + (1 - p) * other
    mse = p * (likely - best) ** 2 + (1 - p) * (other - best) ** 2
    return best, 10 * math.log10(1 / mse)


# 11.5


def histogram_lines(video, reference):
    x, r = (v.movedim(1, 0).flatten(1) for v in (video, reference))  # 3 n, 3 k
    below = (x[:, None] < x[:, :, None]).sum(-1)
    equal = (x[:, None] == x[:, :, None]).sum(-1)
    share = (below + (equal - 1) / 2) / (x.shape[1] - 1)
    place = share * (r.shape[1] - 1)
    low = place.long()
    r = r.sort(1).values
    high = (low + 1).clamp(max=r.shape[1] - 1)
    out = torch.lerp(r.gather(1, low), r.gather(1, high), place - low)
    return out.unflatten(1, video[:, 0].shape).movedim(0, 1)


def histogram_loops(video, reference):
    channels = []
    for c in range(video.shape[1]):
        found = []
        values, wanted = sorted(video[:, c].flatten().tolist()), reference[:, c].flatten().sort()[0]
        for v in video[:, c].flatten().tolist():
            ranks = [k for k, u in enumerate(values) if u == v]
            place = sum(ranks) / len(ranks) / (len(values) - 1) * (len(wanted) - 1)
            low, part = int(place), place - int(place)
            high = min(low + 1, len(wanted) - 1)
            found.append((1 - part) * wanted[low] + part * wanted[high])
        channels.append(torch.stack(found).view(video[:, c].shape))
    return torch.stack(channels, 1)


def histogram_by_unique(video, reference):
    out = torch.empty_like(video)
    for c in range(3):
        _, group, count = video[:, c].flatten().unique(return_inverse=True, return_counts=True)
        last = count.cumsum(0) - 1
        share = (last - (count - 1) / 2) / (len(group) - 1)
        found = torch.quantile(reference[:, c].flatten(), share.float())
        out[:, c] = found[group].reshape(video[:, c].shape)
    return out


SOLUTIONS = {
    "11.1": (transfer_lines, transfer_loops, transfer_by_the_library),
    "11.2": (flicker_lines, flicker_loops, flicker_by_the_library),
    "11.3": (condition_lines, condition_loops, condition_gather),
    "11.4": (slipped_board(), (0.4, 15.23), [0.4, 15.229]),
    "11.5": (histogram_lines, histogram_loops, histogram_by_unique),
}
