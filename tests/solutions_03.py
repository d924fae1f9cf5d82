"""Correct solutions of homework 03 in different styles: every one must pass its check."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from course_utils import attention as library
from course_utils import positions as places

# 3.1


def multihead_loops(x, W_Q, W_K, W_V, W_O, num_heads):
    d_k, heads = x.shape[-1] // num_heads, []
    for h in range(num_heads):
        own = slice(h * d_k, (h + 1) * d_k)
        q, k, v = x @ W_Q[:, own], x @ W_K[:, own], x @ W_V[:, own]
        heads.append((q @ k.transpose(-2, -1) / math.sqrt(d_k)).softmax(dim=-1) @ v)
    return torch.cat(heads, dim=-1) @ W_O


def multihead_einops(x, W_Q, W_K, W_V, W_O, num_heads):
    q, k, v = (rearrange(x @ W, "... n (h c) -> ... h n c", h=num_heads) for W in (W_Q, W_K, W_V))
    heads = F.scaled_dot_product_attention(q, k, v)
    return rearrange(heads, "... h n c -> ... n (h c)") @ W_O


def multihead_torch(x, W_Q, W_K, W_V, W_O, num_heads):
    layer = nn.MultiheadAttention(x.shape[-1], num_heads, bias=False, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat((W_Q, W_K, W_V), dim=1).T)
        layer.out_proj.weight.copy_(W_O.T)
    flat = x.reshape(-1, *x.shape[-2:])
    return layer(flat, flat, flat)[0].reshape(x.shape)


def multihead_kept(x, W_Q, W_K, W_V, W_O, num_heads):
    layer = library.MultiHeadAttention(x.shape[-1], num_heads, bias=False)
    with torch.no_grad():
        for part, W in zip(
            (layer.query, layer.key, layer.value, layer.output), (W_Q, W_K, W_V, W_O)
        ):
            part.weight.copy_(W.T)
    return layer(x, x, x)


# 3.2


def waves_loops(positions, d_model, base):
    rows = []
    for p in positions.tolist():
        rows.append([])
        for i in range(d_model // 2):
            angle = p / base ** (2 * i / d_model)
            rows[-1] += [math.sin(angle), math.cos(angle)]
    return torch.tensor(rows)


def waves_columns(positions, d_model, base):
    table = torch.zeros(len(positions), d_model)
    turn = positions[:, None] * base ** (-torch.arange(0, d_model, 2) / d_model)
    table[:, 0::2], table[:, 1::2] = turn.sin(), turn.cos()
    return table


def waves_complex(positions, d_model, base):
    turn = positions[:, None] * torch.exp(-math.log(base) * torch.arange(0, d_model, 2) / d_model)
    return torch.view_as_real(torch.polar(torch.ones_like(turn), turn)).flip(-1).flatten(-2)


def waves_kept(positions, d_model, base):
    n = int(positions.max()) + 1
    return places.sinusoidal_positions(n, d_model, base=base)[positions]


# 3.3


def rotary_columns(x, positions, base):
    turn = positions[:, None] * base ** (-torch.arange(0, x.shape[-1], 2) / x.shape[-1])
    out = torch.empty_like(x)
    out[..., 0::2] = x[..., 0::2] * turn.cos() - x[..., 1::2] * turn.sin()
    out[..., 1::2] = x[..., 0::2] * turn.sin() + x[..., 1::2] * turn.cos()
    return out


def rotary_complex(x, positions, base):
    turn = positions[:, None] * base ** (-torch.arange(0, x.shape[-1], 2) / x.shape[-1])
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(turn), turn)).flatten(-2)


def rotary_matrices(x, positions, base):
    d_k, rows = x.shape[-1], []
    for n, p in enumerate(positions.tolist()):
        R = torch.zeros(d_k, d_k)
        for i in range(d_k // 2):
            a = p * base ** (-2 * i / d_k)
            c, s = math.cos(a), math.sin(a)
            R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = torch.tensor([[c, -s], [s, c]])
        rows.append(x[..., n, :] @ R.T)
    return torch.stack(rows, dim=-2)


# 3.4


def repaired(turn):
    """Rotary attention with num_heads heads, whatever turns its queries and keys."""

    def attend(query, key, value, num_heads, base):
        three = (query, key, value)
        q, k, v = (rearrange(x, "... n (h c) -> ... h n c", h=num_heads) for x in three)
        heads = library.attention(turn(q, base), turn(k, base), v)
        return rearrange(heads, "... h n c -> ... n (h c)")

    return attend


def repaired_loops(query, key, value, num_heads, base):
    d_k, heads = query.shape[-1] // num_heads, []
    for h in range(num_heads):
        q, k, v = (x[..., h * d_k : (h + 1) * d_k] for x in (query, key, value))
        place = torch.arange(q.shape[-2])
        scores = rotary_matrices(q, place, base) @ rotary_matrices(k, place, base).mT
        heads.append((scores / d_k**0.5).softmax(-1) @ v)
    return torch.cat(heads, -1)


# 3.6


def nine_heads_masks(tokens, height, width, kernel):
    row, column = torch.cartesian_prod(torch.arange(height), torch.arange(width)).T
    heads = []
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            mask = (row == row[:, None] + a) & (column == column[:, None] + b)
            heads.append(library.attention(tokens, tokens, tokens, mask))
    W_O = kernel.permute(2, 3, 1, 0).flatten(0, 2)  # nine heads of channels, out
    return torch.cat(heads, dim=-1) @ W_O


def nine_heads_conv(tokens, height, width, kernel):
    frame = tokens.mT.reshape(-1, tokens.shape[-1], height, width)
    out = F.conv2d(frame, kernel, padding=1).flatten(-2).mT
    return out.reshape(*tokens.shape[:-1], -1)


def nine_heads_loops(tokens, height, width, kernel):
    out = torch.zeros(*tokens.shape[:-1], len(kernel))
    for r, s in np.ndindex(height, width):
        for a, b in np.ndindex(3, 3):
            down, right = r + a - 1, s + b - 1
            if 0 <= down < height and 0 <= right < width:
                token = tokens[..., down * width + right, :]
                out[..., r * width + s, :] += token @ kernel[:, :, a, b].T
    return out


SOLUTIONS = {
    "3.1": (multihead_loops, multihead_einops, multihead_torch, multihead_kept),
    "3.2": (waves_loops, waves_columns, waves_complex, waves_kept),
    "3.3": (rotary_columns, rotary_complex, rotary_matrices),
    "3.4": (
        repaired(lambda x, base: places.RotaryPositions(x.shape[-1], base=base)(x)),
        repaired(lambda x, base: rotary_complex(x, torch.arange(x.shape[-2]), base)),
        repaired_loops,
    ),
    "3.5": (1 / 3, torch.tensor(1 / 3), np.float32(1 / 3), 0.333),
    "3.6": (nine_heads_masks, nine_heads_conv, nine_heads_loops),
}
