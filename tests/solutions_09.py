"""Correct solutions of homework 09 in different styles: every one must pass its check."""

import math

import torch
import torch.nn.functional as F

from course_utils import metrics
from course_utils.models.video_transformer import move as library_move

# 9.1


def psnr_lines(video, prediction, data_range):
    mse = ((video - prediction) ** 2).mean(dim=(1, 2, 3, 4))
    return 10 * torch.log10(data_range**2 / mse)


def psnr_loops(video, prediction, data_range):
    out = []
    for clip, guess in zip(video, prediction):
        errors = [(a - b) ** 2 for a, b in zip(clip.flatten().tolist(), guess.flatten().tolist())]
        mse = sum(errors) / len(errors)
        out.append(10 * math.log10(data_range**2 / mse) if mse else math.inf)
    return torch.tensor(out)


def psnr_amplitudes(video, prediction, data_range):
    root = (video - prediction).flatten(1).square().mean(1).sqrt()
    return 20 * torch.log10(data_range / root)


def psnr_library(video, prediction, data_range):
    return metrics.psnr(video, prediction, data_range=data_range, reduction="clip")


# 9.2


def ssim_lines(x, y, weights, data_range):
    C1, C2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mu_x, mu_y = x @ weights, y @ weights
    var_x = (x - mu_x[..., None]) ** 2 @ weights
    var_y = (y - mu_y[..., None]) ** 2 @ weights
    cov = ((x - mu_x[..., None]) * (y - mu_y[..., None])) @ weights
    light = (2 * mu_x * mu_y + C1) / (mu_x**2 + mu_y**2 + C1)
    return light * (2 * cov + C2) / (var_x + var_y + C2)


def ssim_loops(x, y, weights, data_range):
    C1, C2, out = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2, []
    w = weights.tolist()
    for a, b in zip(x.flatten(0, -2).tolist(), y.flatten(0, -2).tolist()):
        m, n = sum(p * v for p, v in zip(w, a)), sum(p * v for p, v in zip(w, b))
        aa = sum(p * (v - m) ** 2 for p, v in zip(w, a))
        bb = sum(p * (v - n) ** 2 for p, v in zip(w, b))
        ab = sum(p * (u - m) * (v - n) for p, u, v in zip(w, a, b))
        out.append((2 * m * n + C1) / (m * m + n * n + C1) * (2 * ab + C2) / (aa + bb + C2))
    return torch.tensor(out).reshape(x.shape[:-1])


def ssim_moments(x, y, weights, data_range):
    x, y, w = x.double() / data_range, y.double() / data_range, weights.double()
    m = torch.einsum("i...p,p->i...", torch.stack((x, y, x * x, y * y, x * y)), w)
    cov, var = m[4] - m[0] * m[1], m[2] - m[0] ** 2 + m[3] - m[1] ** 2
    light = (2 * m[0] * m[1] + 1e-4) / (m[0] ** 2 + m[1] ** 2 + 1e-4)
    return light * (2 * cov + 9e-4) / (var + 9e-4)


# 9.3


def best_lines(futures, probability):
    mean = torch.einsum("k,k...->...", probability, futures)
    values, order = futures.sort(dim=0)
    reached = probability[order].cumsum(dim=0) >= 0.5
    return mean, values.gather(0, reached.int().argmax(dim=0, keepdim=True))[0]


def best_loops(futures, probability):
    mean, median = torch.zeros_like(futures[0]), []
    for p, x in zip(probability, futures):
        mean = mean + p * x
    for values in futures.flatten(1).T.tolist():
        total = 0.0
        for value, p in sorted(zip(values, probability.tolist())):
            total += p
            if total >= 0.5:
                median.append(value)
                break
    return mean, torch.tensor(median).reshape(mean.shape)


def best_by_trying(futures, probability):
    """The best answer under the absolute error is one of the futures' own values: try them all."""
    p = probability.view(-1, *(1,) * (futures.ndim - 1))
    tried = futures.sort(0).values  # of two that cost the same the smaller comes first
    cost = torch.stack([(p * (futures - x).abs()).sum(0) for x in tried])
    return (p * futures).sum(0), tried.gather(0, cost.argmin(0, keepdim=True))[0]


# 9.4


def move_lines(video, down, across):
    T, C, H, W = video.shape
    reach = down.shape[1] // 2
    padded = F.pad(video, (reach, reach, reach, reach))
    rows = sum(w.view(T, 1, 1, 1) * padded[:, :, a : a + H] for a, w in enumerate(down.T))
    return sum(w.view(T, 1, 1, 1) * rows[..., a : a + W] for a, w in enumerate(across.T))


def move_loops(video, down, across):
    T, C, H, W = video.shape
    reach, out = down.shape[1] // 2, torch.zeros_like(video)
    for y in range(H):
        for x in range(W):
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    if 0 <= y + dy < H and 0 <= x + dx < W:
                        weight = down[:, dy + reach] * across[:, dx + reach]
                        out[:, :, y, x] += weight[:, None] * video[:, :, y + dy, x + dx]
    return out


def move_unfold(video, down, across):
    taps = down.shape[1]
    padded = F.pad(video, (taps // 2,) * 4)
    windows = padded.unfold(2, taps, 1).unfold(3, taps, 1)  # T C H W taps taps
    return torch.einsum("tchwij,ti,tj->tchw", windows, down, across)


def move_convolution(video, down, across):
    kernel = torch.einsum("ti,tj->tij", down, across)
    frames = [
        F.conv2d(x[:, None], k[None, None], padding=len(k) // 2)[:, 0]
        for x, k in zip(video, kernel)
    ]
    return torch.stack(frames)


def move_library(video, down, across):
    patch = math.gcd(*video.shape[-2:])
    patches = video.shape[-2] * video.shape[-1] // patch**2
    down, across = (w[None, :, None].expand(1, -1, patches, -1) for w in (down, across))
    return library_move(video[None], down, across, patch)[0]


# 9.5


def rollout_lines(model, video, past):
    seen = video[:, :past]
    for _ in range(video.shape[1] - past):
        seen = torch.cat((seen, model(seen)[:, -1:].clamp(0, 1)), dim=1)
    return seen[:, past:]


def rollout_in_place(model, video, past):
    film = video.clone()
    film[:, past:] = 0
    for t in range(past, film.shape[1]):
        film[:, t] = model(film)[:, t - 1].clip(0, 1)  # causal: blind to the zeros that follow
    return film[:, past:]


def rollout_list(model, video, past):
    frames = list(video[:, :past].unbind(1))
    while len(frames) < video.shape[1]:
        frames.append(model(torch.stack(frames, 1))[:, -1].clamp(min=0).clamp(max=1))
    return torch.stack(frames[past:], 1)


# 9.6


def glide_matrices(context, background, frames):
    stage = background.view(-1, 1, 1)
    strength = (context - stage).abs().sum(1)
    row, column = torch.arange(strength.shape[1]), torch.arange(strength.shape[2])
    total = strength.sum((1, 2))
    y, x = (strength.sum(2) * row).sum(1) / total, (strength.sum(1) * column).sum(1) / total
    k = torch.arange(1, frames + 1).view(-1, 1, 1)
    down = (1 - (row - row[:, None] + k * (y[-1] - y[-2])).abs()).clamp(min=0)  # K H H
    across = (1 - (column - column[:, None] + k * (x[-1] - x[-2])).abs()).clamp(min=0)  # K W W
    return stage + down[:, None] @ (context[-1] - stage) @ across[:, None].mT


def centres(context, background):
    places = []
    for frame in context:
        strength = (frame - background[:, None, None]).abs().sum(0)
        y, x = torch.meshgrid(*map(torch.arange, strength.shape), indexing="ij")
        places.append(torch.stack(((strength * x).sum(), (strength * y).sum())) / strength.sum())
    return places


def glide_grid_sample(context, background, frames):
    *_, before, last = centres(context, background)
    vx, vy = (last - before).tolist()
    stage = background[:, None, None]
    H, W = context.shape[-2:]
    video = []
    for k in range(1, frames + 1):
        y, x = torch.meshgrid(torch.arange(H) - k * vy, torch.arange(W) - k * vx, indexing="ij")
        grid = torch.stack((2 * x / (W - 1) - 1, 2 * y / (H - 1) - 1), -1)
        moved = F.grid_sample((context[-1] - stage)[None], grid[None], align_corners=True)[0]
        video.append(stage + moved)
    return torch.stack(video)


def glide_taps(context, background, frames):
    *_, before, last = centres(context, background)
    stage, reach = background[:, None, None], max(context.shape[-2:])
    offset, k = torch.arange(-reach, reach + 1), torch.arange(1, frames + 1)[:, None]
    across, down = ((1 - (offset + k * v).abs()).clamp(min=0) for v in last - before)
    return stage + move_lines((context[-1] - stage).expand(frames, -1, -1, -1), down, across)


SOLUTIONS = {
    "9.1": (psnr_lines, psnr_loops, psnr_amplitudes, psnr_library),
    "9.2": (ssim_lines, ssim_loops, ssim_moments),
    "9.3": (best_lines, best_loops, best_by_trying),
    "9.4": (move_lines, move_loops, move_unfold, move_convolution, move_library),
    "9.5": (rollout_lines, rollout_in_place, rollout_list),
    "9.6": (glide_matrices, glide_grid_sample, glide_taps),
}
