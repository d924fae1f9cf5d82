"""Correct solutions of homework 05 in different styles: every one must pass its check."""

import math
import statistics

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_utils.attention import attention_weights, padding_mask, record_attention
from course_utils.transformer import Encoder

# 5.1


def parameters_formula(d, d_ff, L, final_norm):
    return L * (4 * d**2 + 9 * d + 2 * d * d_ff + d_ff) + (2 * d if final_norm else 0)


def parameters_shapes(d_model, d_ff, num_layers, final_norm):
    shapes = 4 * [(d_model, d_model), (d_model,)] + 4 * [(d_model,)]
    shapes += [(d_model, d_ff), (d_ff,), (d_ff, d_model), (d_model,)]
    return num_layers * sum(map(math.prod, shapes)) + final_norm * 2 * d_model


def parameters_counted(d_model, d_ff, num_layers, final_norm):
    model = Encoder(d_model, 1, d_ff, num_layers, final_norm=final_norm)
    return sum(p.numel() for p in model.parameters())


def parameters_torch(d_model, d_ff, num_layers, final_norm):
    norm = nn.LayerNorm(d_model) if final_norm else None
    layer = nn.TransformerEncoderLayer(d_model, 2, d_ff)
    model = nn.TransformerEncoder(layer, num_layers, norm, enable_nested_tensor=False)
    return torch.tensor(sum(p.numel() for p in model.parameters()))


# 5.2


def flops_formula(n, d, d_ff, L, training):
    return (3 if training else 1) * L * (8 * n * d**2 + 4 * n * d * d_ff + 4 * n**2 * d)


def flops_products(n, d_model, d_ff, num_layers, training):
    products = 4 * [(n, d_model, d_model)] + [(n, d_model, d_ff), (n, d_ff, d_model)]
    products += [(n, d_model, n), (n, n, d_model)]
    forward = num_layers * sum(2 * a * b * c for a, b, c in products)
    return forward + 2 * forward * training


def flops_counted(n, d_model, d_ff, num_layers, training):
    model, x = Encoder(d_model, 2, d_ff, num_layers), torch.zeros(1, n, d_model, requires_grad=True)
    with FlopCounterMode(display=False) as counter, record_attention(model):
        y = model(x)
        if training:
            y.sum().backward()
    return float(counter.get_total_flops())


# 5.4


def encode_lines(x, W1, W2, lengths):
    d = x.shape[-1:]
    mask = padding_mask(lengths, x.shape[1])
    for first, second in zip(W1, W2):
        y = F.layer_norm(x, d)
        x = x + attention_weights(y, y, mask) @ y
        x = x + F.relu(F.layer_norm(x, d) @ first) @ second
    weights = mask.mT / lengths[:, None, None]
    return (F.layer_norm(x, d) * weights).sum(1)


def encode_clip_by_clip(x, W1, W2, lengths):
    """Cut the padding off: then there is nothing to mask."""
    out = []
    for clip, length in zip(x, lengths.tolist()):
        clip = clip[:length]
        for layer in range(len(W1)):
            y = F.layer_norm(clip, clip.shape[-1:])
            clip = clip + F.scaled_dot_product_attention(y[None], y[None], y[None])[0]
            clip = clip + (F.layer_norm(clip, clip.shape[-1:]) @ W1[layer]).clamp(min=0) @ W2[layer]
        out.append(F.layer_norm(clip, clip.shape[-1:]).mean(0))
    return torch.stack(out)


def encode_infinities(x, W1, W2, lengths):
    def norm(x):
        spread = (x.var(-1, keepdim=True, correction=0) + 1e-5).sqrt()
        return (x - x.mean(-1, keepdim=True)) / spread

    real = torch.arange(x.shape[1])[None] < lengths[:, None]
    for k in range(W1.shape[0]):
        y = norm(x)
        scores = torch.einsum("bid,bjd->bij", y, y) / math.sqrt(x.shape[-1])
        x = x + scores.masked_fill(~real[:, None], -math.inf).softmax(-1) @ y
        x = x + torch.relu(norm(x) @ W1[k]) @ W2[k]
    return torch.stack([norm(clip)[keep].mean(0) for clip, keep in zip(x, real)])


# 5.5


def rollout_lines(weights):
    layers = (weights.mean(1) + torch.eye(weights.shape[-1])) / 2
    total = layers[0]
    for layer in layers[1:]:
        total = layer @ total
    return total


def rollout_multi_dot(weights):
    layers = 0.5 * weights.mean(1) + 0.5 * torch.eye(weights.shape[-1])
    return torch.linalg.multi_dot(tuple(layers.flip(0)))


def rollout_downwards(weights):
    """From the last layer down, one row of the output at a time."""
    n, rows = weights.shape[-1], []
    for i in range(n):
        row = F.one_hot(torch.tensor(i), n).float()
        for layer in reversed(weights):
            row = row / 2 + row @ layer.mean(0) / 2
        rows.append(row)
    return torch.stack(rows)


# 5.6


def compare_lines(full, other):
    difference = other - full
    return difference.mean(), difference.std() / math.sqrt(len(difference))


def compare_statistics(full, other):
    difference = [b - a for a, b in zip(full.tolist(), other.tolist())]
    return statistics.mean(difference), statistics.stdev(difference) / len(difference) ** 0.5


def compare_numpy(full, other):
    difference = np.asarray(other) - np.asarray(full)
    return difference.mean(), np.sqrt(difference.var(ddof=1) / len(difference))


SOLUTIONS = {
    "5.1": (parameters_formula, parameters_shapes, parameters_counted, parameters_torch),
    "5.2": (flops_formula, flops_products, flops_counted),
    "5.3": (24, 24.0, np.int64(24), torch.tensor(24)),
    "5.4": (encode_lines, encode_clip_by_clip, encode_infinities),
    "5.5": (rollout_lines, rollout_multi_dot, rollout_downwards),
    "5.6": (compare_lines, compare_statistics, compare_numpy),
}
