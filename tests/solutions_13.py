"""Correct solutions of homework 13 in different styles: every one must pass its check."""

import math

import numpy as np
import torch
import torch.nn.functional as F

# 13.1


class CodesByHorner:
    def __init__(self, levels):
        self.levels = levels

    def encode(self, z):
        digits = [(z[..., i].sigmoid() * (n - 1)).round() for i, n in enumerate(self.levels)]
        code = torch.zeros_like(digits[0])
        for digit, n in zip(digits[::-1], self.levels[::-1]):
            code = code * n + digit
        return code.long()

    def decode(self, codes):
        values = []
        for n in self.levels:
            values.append(2 * (codes % n) / (n - 1) - 1)
            codes = codes // n
        return torch.stack(values, -1)


class CodesByTable:
    def __init__(self, levels):
        grids = torch.meshgrid(*[torch.arange(n) for n in levels[::-1]], indexing="ij")
        self.digits = torch.stack([grid.flatten() for grid in grids[::-1]], -1)
        self.most = torch.tensor(levels) - 1

    def encode(self, z):
        said = (torch.sigmoid(z) * self.most).round()
        same = (said[..., None, :] == self.digits).all(-1)
        return same.int().argmax(-1)

    def decode(self, codes):
        return (self.digits / self.most * 2 - 1)[codes]


class CodesByNumpy:
    def __init__(self, levels):
        self.levels = levels

    def encode(self, z):
        digits = torch.round((1 + torch.tanh(z / 2)) / 2 * (torch.tensor(self.levels) - 1))
        rows = digits.long().flatten(0, -2).T.numpy()
        return torch.tensor(np.ravel_multi_index(rows, self.levels, order="F")).view(z.shape[:-1])

    def decode(self, codes):
        digits = np.stack(np.unravel_index(codes.numpy(), self.levels, order="F"), -1)
        return torch.from_numpy(digits).float() / (torch.tensor(self.levels) - 1.0) * 2 - 1


# 13.2


def gradients_by_autograd(z, book, upstream, beta):
    z, book = z.clone().requires_grad_(), book.clone().requires_grad_()
    e = book[torch.cdist(z, book).argmin(1)]
    q = z + (e - z).detach()
    loss = (q * upstream).sum() + F.mse_loss(e, z.detach()) + beta * F.mse_loss(z, e.detach())
    return torch.autograd.grad(loss, (z, book))


def gradients_by_loops(z, book, upstream, beta):
    grad_z, grad_book = upstream.clone(), torch.zeros_like(book)
    for n in range(len(z)):
        k = min(range(len(book)), key=lambda k, n=n: float(((z[n] - book[k]) ** 2).sum()))
        away = 2 / z.numel() * (z[n] - book[k])
        grad_z[n] += beta * away
        grad_book[k] -= away
    return grad_z, grad_book


def gradients_by_one_hot(z, book, upstream, beta):
    squares = (z**2).sum(1, keepdim=True) - 2 * z @ book.T + (book**2).sum(1)
    chosen = F.one_hot(squares.argmin(1), len(book)).float()
    gap = (z - chosen @ book) * 2 / (z.shape[0] * z.shape[1])
    return upstream + beta * gap, -chosen.T @ gap


# 13.3


def reseed_by_loop(book, uses, vectors, limit):
    book, uses = book.clone(), uses.clone()
    dead = [k for k in range(len(uses)) if uses[k] < limit]
    living = [book[k].clone() for k in range(len(uses)) if k not in dead]
    errors = [min((float(((v - e) ** 2).sum()) for e in living), default=0.0) for v in vectors]
    order = sorted(range(len(vectors)), key=lambda i: -errors[i])
    for nth, k in enumerate(dead):
        book[k] = vectors[order[nth % len(order)]]
        uses[k] = 1
    return book, uses


def reseed_by_where(book, uses, vectors, limit):
    dead = uses < limit
    squares = torch.cdist(vectors, book, compute_mode="donot_use_mm_for_euclid_dist")
    errors = squares.masked_fill(dead, torch.inf).amin(1)
    order = torch.argsort(-errors, stable=True)
    nth = (dead.cumsum(0) - 1).clamp(min=0) % len(order)
    moved = torch.where(dead[:, None], vectors[order[nth]], book)
    return moved, uses.masked_fill(dead, 1.0)


def reseed_by_numpy(book, uses, vectors, limit):
    dead = (uses < limit).numpy()
    gaps = vectors.numpy()[:, None] - book.numpy()[~dead]
    errors = (gaps**2).sum(-1).min(1) if (~dead).any() else np.zeros(len(vectors))
    order = np.argsort(-errors, kind="stable")
    chosen = np.resize(order, dead.sum())
    book, uses = book.clone(), uses.clone()
    book[torch.from_numpy(dead)] = vectors[torch.from_numpy(chosen)]
    uses[torch.from_numpy(dead)] = 1.0
    return book, uses


# 13.4


def bits_by_cross_entropy(logits, codes):
    B, T, S, K = logits.shape
    nats = F.cross_entropy(logits[:, 1:].reshape(-1, K), codes[:, 1:].flatten(), reduction="sum")
    p = F.one_hot(codes[:, 1:], K).float().mean((0, 1, 2))
    p = p[p > 0]
    return nats / (B * (T - 1)) / math.log(2), -S * (p * p.log2()).sum()


def bits_by_logsumexp(logits, codes):
    S = codes.shape[2]
    happened = torch.take_along_dim(logits, codes[..., None], -1).squeeze(-1)
    bits = (logits.logsumexp(-1) - happened) / math.log(2)
    _, counts = codes[:, 1:].unique(return_counts=True)
    table = torch.distributions.Categorical(probs=counts / counts.sum()).entropy() / math.log(2)
    return bits[:, 1:].mean() * S, table * S


def bits_by_loops(logits, codes):
    B, T, S, _ = logits.shape
    total, counts = 0.0, {}
    for b in range(B):
        for t in range(1, T):
            for s in range(S):
                k = int(codes[b, t, s])
                total -= float(logits[b, t, s].log_softmax(0)[k]) / math.log(2)
                counts[k] = counts.get(k, 0) + 1
    n = sum(counts.values())
    table = -sum(c / n * math.log2(c / n) for c in counts.values())
    return torch.tensor(total / (B * (T - 1))), torch.tensor(table * S)


# 13.5


def reads_by_writing(model, codes, count):
    B, T, S = codes.shape
    before, table = model(codes), torch.zeros(T * S, T * S).bool()
    for t in range(T):
        for s in range(S):
            for value in range(count):  # also the one that stands there: nothing moves
                other = codes.clone()
                other[:, t, s] = value
                moved = ~torch.isclose(model(other), before, rtol=0, atol=1e-6)
                table[:, t * S + s] |= moved.any(-1).any(0).flatten()
    return table, bool((table & torch.ones_like(table).triu()).any())


def reads_in_one_batch(model, codes, count):
    B, T, S = codes.shape
    P = T * S
    tries = codes.flatten(1).expand(count - 1, P, B, P).clone()
    shift = torch.arange(1, count)[:, None, None, None] * torch.eye(P).long()[:, None]
    answers = model(((tries + shift) % count).reshape(-1, T, S)).reshape(count - 1, P, B, P, -1)
    moved = (answers - model(codes).reshape(B, P, -1)).abs().amax(-1) > 1e-6
    table = moved.any(0).any(1).T
    return table, any(bool(table[i, j]) for i in range(P) for j in range(i, P))


def reads_by_rows(model, codes, count):
    flat, shape = codes.flatten(1), codes.shape
    size, before, columns = flat.shape[1], model(codes), []
    for j in range(size):
        most = torch.zeros_like(before)
        for v in range(1, count):
            other = flat.clone()
            other[:, j] = (flat[:, j] + v).remainder(count)
            most = torch.maximum(most, (model(other.view(shape)) - before).abs())
        columns.append((most > 1e-6).any(-1).any(0).flatten())
    table = torch.stack(columns, 1)
    return table, not torch.equal(table, table.tril(-1))


# 13.6


def unmask_by_loop(codes, proposed, logits, step, steps):
    out, N = codes.clone(), codes.shape[1]
    stay = math.floor(N * math.cos(math.pi / 2 * step / steps))
    p = logits.softmax(-1)
    for b in range(len(codes)):
        masked = [i for i in range(N) if codes[b, i] == -1]
        write = max(len(masked) - stay, 1) if masked else 0
        for i in sorted(masked, key=lambda i, b=b: -float(p[b, i, proposed[b, i]]))[:write]:
            out[b, i] = proposed[b, i]
    return out


def unmask_by_log_probability(codes, proposed, logits, step, steps):
    masked = codes == -1
    left = masked.sum(1, keepdim=True)
    stay = int(codes.shape[1] * math.cos(math.pi / 2 * step / steps))
    write = (left - stay).maximum((left > 0).long())
    sure = torch.take_along_dim(logits.log_softmax(-1), proposed[..., None], -1).squeeze(-1)
    order = torch.argsort(torch.where(masked, -sure, torch.inf), dim=1, stable=True)
    chosen = torch.zeros_like(masked)
    chosen.scatter_(1, order, torch.arange(codes.shape[1]) < write)
    return torch.where(chosen, proposed, codes)


def unmask_by_comparing(codes, proposed, logits, step, steps):
    N, place = codes.shape[1], torch.arange(codes.shape[1])
    masked = codes < 0
    sure = logits.softmax(-1).gather(2, proposed.unsqueeze(2)).squeeze(2)
    ahead = (sure[:, None] > sure[..., None]) | (
        (sure[:, None] == sure[..., None]) & (place < place[:, None])
    )
    rank = (ahead & masked[:, None]).sum(-1)  # how many masked places come first
    left = masked.sum(1)
    stay = min(N, max(0, math.floor(math.cos(step / steps * math.pi / 2) * N)))
    write = torch.where(left > stay, left - stay, 1)
    return torch.where(masked & (rank < write[:, None]), proposed, codes)


SOLUTIONS = {
    "13.1": (CodesByHorner, CodesByTable, CodesByNumpy),
    "13.2": (gradients_by_autograd, gradients_by_loops, gradients_by_one_hot),
    "13.3": (reseed_by_loop, reseed_by_where, reseed_by_numpy),
    "13.4": (bits_by_cross_entropy, bits_by_logsumexp, bits_by_loops),
    "13.5": (reads_by_writing, reads_in_one_batch, reads_by_rows),
    "13.6": (unmask_by_loop, unmask_by_log_probability, unmask_by_comparing),
}
