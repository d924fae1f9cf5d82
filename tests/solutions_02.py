"""Correct solutions of homework 02 in different styles: every one must pass its check."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from course_utils import attention as library

# 2.1


def softmax_lines(scores, temperature):
    scaled = scores / temperature
    raised = torch.exp(scaled - scaled.max(dim=-1, keepdim=True).values)
    return raised / raised.sum(dim=-1, keepdim=True)


def softmax_loops(scores, temperature):
    rows = []
    for row in scores.reshape(-1, scores.shape[-1]).tolist():
        top = max(row)
        raised = [math.exp((s - top) / temperature) for s in row]
        rows.append([r / sum(raised) for r in raised])
    return torch.tensor(rows).reshape(scores.shape)


def softmax_library(scores, temperature):
    return F.softmax(scores / temperature, dim=-1)


def softmax_logarithm(scores, temperature):
    scaled = (scores / temperature).double()  # another dtype than the input is fine
    return (scaled - scaled.logsumexp(-1, keepdim=True)).exp()


# 2.2


def weights_loops(query, key, mask):
    lead = query.shape[:-2]
    queries, keys, d_k = query.shape[-2], key.shape[-2], query.shape[-1]
    out = torch.zeros(*lead, queries, keys)
    for b in np.ndindex(*lead):
        for i in range(queries):
            allowed = [j for j in range(keys) if mask is None or mask[i, j]]
            scores = {j: float((query[b][i] * key[b][j]).sum()) / d_k**0.5 for j in allowed}
            top = max(scores.values(), default=0.0)
            total = sum(math.exp(s - top) for s in scores.values())
            for j, s in scores.items():
                out[b][i, j] = math.exp(s - top) / total
    return out


def weights_einsum(query, key, mask):
    scores = torch.einsum("...qd,...kd->...qk", query, key) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = torch.where(mask, scores, torch.tensor(float("-inf")))
    return torch.nan_to_num(scores.softmax(dim=-1), nan=0.0)


def weights_library(query, key, mask):
    return library.attention_weights(query, key, mask)


# 2.3


def attention_loops(query, key, value, mask):
    weights = weights_loops(query, key, mask)
    lead = torch.broadcast_shapes(weights.shape[:-2], value.shape[:-2])
    weights = weights.expand(*lead, *weights.shape[-2:])
    value = value.expand(*lead, *value.shape[-2:])
    out = torch.zeros(*lead, weights.shape[-2], value.shape[-1])
    for b in np.ndindex(*lead):
        for i in range(weights.shape[-2]):
            for j in range(weights.shape[-1]):
                out[b][i] += weights[b][i, j] * value[b][j]
    return out


def attention_einsum(query, key, value, mask):
    return torch.einsum("...qk,...kv->...qv", weights_einsum(query, key, mask), value)


def attention_library(query, key, value, mask):
    return library.attention(query, key, value, mask)


def attention_torch(query, key, value, mask):
    out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return torch.nan_to_num(out) if mask is None else out.where(mask.any(-1, keepdim=True), 0.0)


# 2.4


def local_lines(tokens, places, reach):
    mask = torch.cdist(places, places) <= reach
    scores = tokens @ tokens.transpose(-2, -1) / tokens.shape[-1] ** 0.5
    return scores.masked_fill(~mask, float("-inf")).softmax(-1) @ tokens


def local_loops(tokens, places, reach):
    out = torch.zeros_like(tokens)
    for i in range(tokens.shape[-2]):
        near = [j for j in range(len(places)) if math.dist(places[i], places[j]) <= reach]
        scores = (tokens[..., i, None, :] * tokens[..., near, :]).sum(-1) / math.sqrt(
            tokens.shape[-1]
        )
        out[..., i, :] = (scores.softmax(-1)[..., None] * tokens[..., near, :]).sum(-2)
    return out


def local_library(tokens, places, reach):
    squares = ((places[:, None] - places[None]) ** 2).sum(-1)
    return library.attention(tokens, tokens, tokens, squares <= reach**2)


# 2.6


def backward_lines(weights, upstream, temperature):
    mean = (weights * upstream).sum(-1, keepdim=True)
    return weights * (upstream - mean) / temperature


def backward_jacobian(weights, upstream, temperature):
    jacobian = torch.diag_embed(weights) - weights[..., :, None] * weights[..., None, :]
    return torch.einsum("...ij,...j->...i", jacobian, upstream) / temperature


def backward_autograd(weights, upstream, temperature):
    scores = (temperature * weights.log()).requires_grad_()
    return torch.autograd.grad((scores / temperature).softmax(-1), scores, upstream)[0]


def backward_loops(weights, upstream, temperature):
    out = torch.zeros_like(weights)
    keys = range(weights.shape[-1])
    for b in np.ndindex(*weights.shape[:-1]):
        p, g = weights[b].tolist(), upstream[b].tolist()
        for i in keys:
            out[b][i] = sum(p[i] * ((i == j) - p[j]) * g[j] for j in keys) / temperature
    return out


# 2.7


def follow_lines(query, frames, places, temperature):
    scores = -((frames - query) ** 2).sum(dim=-1) / temperature
    return scores.softmax(dim=-1) @ places


def follow_loops(query, frames, places, temperature):
    path = []
    for tokens in frames:
        scores = [-float(((query - token) ** 2).sum()) / temperature for token in tokens]
        raised = [math.exp(s - max(scores)) for s in scores]
        path.append(sum(r / sum(raised) * place for r, place in zip(raised, places)))
    return torch.stack(path)


def follow_expanded(query, frames, places, temperature):
    scores = (2 * torch.einsum("tnd,d->tn", frames, query) - (frames**2).sum(-1)) / temperature
    return torch.einsum("tn,nc->tc", F.softmax(scores, -1), places)


def follow_library(query, frames, places, temperature):
    scores = -(torch.cdist(frames, query[None].expand(len(frames), 1, -1))[..., 0] ** 2)
    return F.softmax(scores / temperature, -1) @ places


SOLUTIONS = {
    "2.1": (softmax_lines, softmax_loops, softmax_library, softmax_logarithm),
    "2.2": (weights_loops, weights_einsum, weights_library),
    "2.3": (attention_loops, attention_einsum, attention_library, attention_torch),
    "2.4": (local_lines, local_loops, local_library),
    "2.5": (24, 24.0, torch.tensor(24.0), np.sqrt(np.float32(576)), math.sqrt(64) * 3),
    "2.6": (backward_lines, backward_jacobian, backward_autograd, backward_loops),
    "2.7": (follow_lines, follow_loops, follow_expanded, follow_library),
}
