"""Correct solutions of homework 14 in different styles: every one must pass its check."""

import math

import torch

# 14.1


def point_lerp(clip, noise, level):
    a = level[:, None, None, None, None]
    return torch.lerp(noise, clip, a), clip - noise


def point_loops(clip, noise, level):
    points = [a * x + (1 - a) * e for x, e, a in zip(clip, noise, level)]
    return torch.stack(points), torch.stack([x - e for x, e in zip(clip, noise)])


def point_by_walking(clip, noise, level):
    velocity = clip - noise
    return noise + torch.einsum("b,b...->b...", level, velocity), velocity


# 14.2


def velocity_logsumexp(points, weights, where, level):
    far = torch.cdist(where, level * points) ** 2
    u = torch.log(weights) - far / (2 * (1 - level) ** 2)
    share = (u - u.logsumexp(1, keepdim=True)).exp()
    return torch.einsum("mn,nd->md", share, points) / (1 - level) - where / (1 - level)


def velocity_loops(points, weights, where, level):
    out = torch.zeros_like(where)
    for m, z in enumerate(where):
        terms = []
        for x, w in zip(points, weights):
            if w > 0:
                off = z - level * x
                terms.append((math.log(w) - float(off @ off) / (2 * (1 - level) ** 2), x))
        top = max(u for u, _ in terms)
        shares = [math.exp(u - top) for u, _ in terms]
        mean = sum(s * x for s, (_, x) in zip(shares, terms)) / sum(shares)
        out[m] = (mean - z) / (1 - level)
    return out


def velocity_mean_of_lines(points, weights, where, level):
    kept = weights > 0
    points, weights = points[kept], weights[kept]
    noise = (where[:, None] - level * points) / (1 - level)  # the noise that each point needs
    u = -0.5 * noise.square().sum(-1)
    share = weights * (u - u.max(1, keepdim=True).values).exp()
    share = share / share.sum(1, keepdim=True)
    return (share[..., None] * (points - noise)).sum(1)


# 14.3


def heun_pairs(predict, noise, levels):
    def velocity(z, level):
        return (predict(z, level) - z) / (1 - level)

    z = noise
    for i in range(len(levels) - 1):
        a, b = levels[i].item(), levels[i + 1].item()
        first = velocity(z, a)
        end = z + (b - a) * first
        z = end if b >= 1 else z + 0.5 * (b - a) * (first + velocity(end, b))
    return z


def heun_lands(predict, noise, levels):
    z = noise.clone()
    for a, b in zip(levels.tolist(), levels.tolist()[1:]):
        clean = predict(z, a)
        if b == 1:
            return clean
        v = (clean - z) / (1 - a)
        w = predict(z + (b - a) * v, b)
        z = z + (b - a) / 2 * (v + (w - (z + (b - a) * v)) / (1 - b))
    return z


def heun_recursive(predict, noise, levels):
    if len(levels) == 1:
        return noise
    a, b = levels[0], levels[1]
    slope = (predict(noise, a) - noise) / (1 - a)
    ahead = noise + (b - a) * slope
    if b != 1:
        correction = (predict(ahead, b) - ahead) / (1 - b) - slope
        ahead = ahead + (b - a) * correction / 2
    return heun_recursive(predict, ahead, levels[1:])


# 14.4


def loss_of_velocities(predict, clips, generator):
    level = torch.rand(clips.shape[0], generator=generator)
    noise = torch.randn(*clips.shape, generator=generator)
    a = level[:, None, None, None, None]
    point = torch.lerp(noise, clips, a)
    left = torch.clamp(1 - a, min=0.1)
    wanted, got = (clips - point) / left, (predict(point, level) - point) / left
    return torch.nn.functional.mse_loss(got, wanted)


def loss_by_clip(predict, clips, generator):
    level = torch.rand(len(clips), generator=generator)
    noise = torch.randn(clips.shape, generator=generator)
    point = torch.stack([(1 - a) * e + a * x for a, e, x in zip(level, noise, clips)])
    error = (predict(point, level) - clips).square().flatten(1).mean(1)
    return (error / (1 - level).clamp(min=0.1).square()).mean()


def loss_loops(predict, clips, generator):
    level = torch.rand(len(clips), generator=generator)
    noise = torch.randn(clips.shape, generator=generator)
    point = noise + torch.einsum("b,bijkl->bijkl", level, clips - noise)
    clean = predict(point, level)
    total = 0.0
    for x, guess, a in zip(clips, clean, level):
        total = total + ((guess - x) ** 2).mean() / max(1 - a.item(), 0.1) ** 2
    return total / len(clips)


# 14.5


def guide_where(empty, captions, shares, point, level, weight, interval):
    plain = (shares.view(-1, 1, 1, 1, 1, 1) * captions).sum(0)
    strong = (1 - weight) * empty + weight * plain
    a = level.view(-1, 1, 1, 1, 1)
    clean = torch.where((a >= interval[0]) & (a <= interval[1]), strong, plain)
    return clean, (clean - point) / (1 - a)


def guide_loops(empty, captions, shares, point, level, weight, interval):
    cleans, ways = [], []
    for b in range(len(level)):
        plain = sum(s * caption[b] for s, caption in zip(shares, captions))
        w = weight if interval[0] <= level[b] <= interval[1] else 1
        clean = empty[b] + w * (plain - empty[b])
        cleans.append(clean)
        ways.append((clean - point[b]) / (1 - level[b]))
    return torch.stack(cleans), torch.stack(ways)


def guide_velocities(empty, captions, shares, point, level, weight, interval):
    left = (1 - level).view(-1, 1, 1, 1, 1)
    without = (empty - point) / left
    pulls = [s * ((x - point) / left - without) for s, x in zip(shares, captions)]
    inside = ((level - interval[0]) >= 0) * ((interval[1] - level) >= 0)
    w = 1 + (weight - 1) * inside.view(-1, 1, 1, 1, 1)
    velocity = without + w * sum(pulls)
    return point + left * velocity, velocity


# 14.6


def moments(x, w):
    mean = (w[:, None] * x).sum(0)
    off = x - mean
    return mean, torch.einsum("n,ni,nj->ij", w, off, off)


def frechet_eigvals(a, weights_a, b, weights_b):
    (m, p), (n, q) = moments(a, weights_a), moments(b, weights_b)
    overlap = torch.linalg.eigvals(p @ q).real.clamp(min=0).sqrt().sum()
    return ((m - n) ** 2).sum() + p.trace() + q.trace() - 2 * overlap


def frechet_without_covariances(a, weights_a, b, weights_b):
    m, n = weights_a @ a, weights_b @ b
    x, y = weights_a.sqrt()[:, None] * (a - m), weights_b.sqrt()[:, None] * (b - n)
    overlap = torch.linalg.svdvals(x @ y.T).sum()
    return (m - n) @ (m - n) + x.square().sum() + y.square().sum() - 2 * overlap


def frechet_roots(a, weights_a, b, weights_b):
    def root(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T

    (m, p), (n, q) = moments(a, weights_a), moments(b, weights_b)
    inner = root(root(q) @ p @ root(q))
    return (m - n).square().sum() + torch.trace(p + q - 2 * inner)


SOLUTIONS = {
    "14.1": (point_lerp, point_loops, point_by_walking),
    "14.2": (velocity_logsumexp, velocity_loops, velocity_mean_of_lines),
    "14.3": (heun_pairs, heun_lands, heun_recursive),
    "14.4": (loss_of_velocities, loss_by_clip, loss_loops),
    "14.5": (guide_where, guide_loops, guide_velocities),
    "14.6": (frechet_eigvals, frechet_without_covariances, frechet_roots),
}
