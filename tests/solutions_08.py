"""Correct solutions of homework 08 in different styles: every one must pass its check."""

from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange, reduce, repeat

from course_utils import patches

# 8.1


def cut_reshape(video, patch):
    t, h, w = patch
    T, C, H, W = video.shape[-4:]
    split = video.reshape(-1, T // t, t, C, H // h, h, W // w, w).permute(0, 1, 4, 6, 2, 5, 7, 3)
    return split.reshape(*video.shape[:-4], -1, t * h * w * C)


def cut_loop(video, patch):
    t, h, w = patch
    T, _, H, W = video.shape[-4:]
    pieces = [
        video[..., k : k + t, :, i : i + h, j : j + w].movedim(-3, -1).flatten(-4)
        for k, i, j in product(range(0, T, t), range(0, H, h), range(0, W, w))
    ]
    return torch.stack(pieces, dim=-2)


def cut_convolution(video, patch):
    t, h, w = patch
    *lead, T, C, H, W = video.shape
    kernels = rearrange(torch.eye(t * h * w * C), "m (t h w C) -> m C t h w", t=t, h=h, w=w)
    picked = F.conv3d(video.reshape(-1, T, C, H, W).transpose(1, 2), kernels, stride=patch)
    return picked.flatten(2).mT.reshape(*lead, -1, t * h * w * C)


# 8.2


def join_einops(tokens, patch, shape):
    (t, h, w), (T, _, H, _) = patch, shape
    pattern = "... (T H W) (t h w C) -> ... (T t) C (H h) (W w)"
    return rearrange(tokens, pattern, T=T // t, H=H // h, t=t, h=h, w=w)


def join_loop(tokens, patch, shape):
    (t, h, w), (T, C, H, W) = patch, shape
    video = tokens.new_zeros(*tokens.shape[:-2], *shape)
    places = product(range(0, T, t), range(0, H, h), range(0, W, w))
    for n, (k, i, j) in enumerate(places):
        piece = tokens[..., n, :].unflatten(-1, (t, h, w, C)).movedim(-1, -3)
        video[..., k : k + t, :, i : i + h, j : j + w] = piece
    return video


def join_permute(tokens, patch, shape):
    (t, h, w), (T, C, H, W) = patch, shape
    grid = tokens.reshape(-1, T // t, H // h, W // w, t, h, w, C).permute(0, 1, 4, 7, 2, 5, 3, 6)
    return grid.reshape(*tokens.shape[:-2], *shape)


# 8.3


def matrix_permute(weight):
    return weight.permute(2, 3, 4, 1, 0).reshape(-1, len(weight))


def matrix_einops(weight):
    return rearrange(weight, "d C t h w -> (t h w C) d")


def matrix_loop(weight):
    d, C, t, h, w = weight.shape
    rows = [weight[:, c, a, e, f] for a, e, f, c in product(range(t), range(h), range(w), range(C))]
    return torch.stack(rows)


# 8.5


def mosaic_library(video, patch):
    T, _, H, W = video.shape[-4:]
    padded = patches.pad_to_multiple(video, patch)
    tokens = patches.patchify(padded, patch)
    colours = tokens.unflatten(-1, (-1, video.shape[-3])).mean(-2, keepdim=True)
    flat = colours.expand(*colours.shape[:-2], patch[0] * patch[1] * patch[2], -1).flatten(-2)
    return patches.unpatchify(flat, patch, tuple(padded.shape[-4:]))[..., :T, :, :H, :W]


def mosaic_einops(video, patch):
    T, _, H, W = video.shape[-4:]
    sizes = dict(zip("thw", patch))
    for axis, step in zip((-4, -2, -1), patch):
        last = video.narrow(axis, video.shape[axis] - 1, 1)
        video = torch.cat([video] + [last] * (-video.shape[axis] % step), dim=axis)
    mean = reduce(video, "... (T t) C (H h) (W w) -> ... T C H W", "mean", **sizes)
    return repeat(mean, "... T C H W -> ... (T t) C (H h) (W w)", **sizes)[..., :T, :, :H, :W]


def mosaic_pooling(video, patch):
    *lead, T, C, H, W = video.shape
    flat = video.reshape(-1, T, C, H, W).transpose(1, 2)
    more = [-size % step for size, step in zip((T, H, W), patch)]
    padded = F.pad(flat, (0, more[2], 0, more[1], 0, more[0]), mode="replicate")
    mean = F.avg_pool3d(padded, patch)
    for axis, step in zip((2, 3, 4), patch):
        mean = mean.repeat_interleave(step, axis)
    return mean[:, :, :T, :H, :W].transpose(1, 2).reshape(video.shape)


# 8.6


def bottleneck_eigh(train, new, d_b):
    mu = train.mean(0)
    W = torch.linalg.eigh((train - mu).T @ (train - mu)).eigenvectors[:, -d_b:]
    return (new - mu) @ W @ W.T + mu


def bottleneck_svd(train, new, d_b):
    mu = train.mean(0)
    W = torch.linalg.svd(train - mu, full_matrices=False).Vh[:d_b].T
    return mu + (new - mu) @ W @ W.T


def bottleneck_numpy(train, new, d_b):
    X, Y = train.double().numpy(), new.double().numpy()
    values, vectors = np.linalg.eig(np.cov(X.T))
    W = vectors[:, np.argsort(-values)[:d_b]]
    return torch.from_numpy((Y - X.mean(0)) @ W @ W.T + X.mean(0))


SOLUTIONS = {
    "8.1": (cut_reshape, cut_loop, cut_convolution, patches.patchify),
    "8.2": (join_einops, join_loop, join_permute, patches.unpatchify),
    "8.3": (matrix_permute, matrix_einops, matrix_loop),
    "8.4": (720, 720.0, 12 * 6 * 10, torch.tensor(720)),
    "8.5": (mosaic_library, mosaic_einops, mosaic_pooling),
    "8.6": (bottleneck_eigh, bottleneck_svd, bottleneck_numpy),
}
