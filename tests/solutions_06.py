"""Correct solutions of homework 06 in different styles: every one must pass its check."""

import math

import torch
import torch.nn.functional as F

from course_utils import attention as library
from course_utils import sampling

# 6.1


def mask_loops(frames, tokens_per_frame, past):
    N = tokens_per_frame
    mask = torch.zeros(frames * N, (past + frames) * N, dtype=torch.bool)
    for i in range(frames * N):
        for j in range((past + frames) * N):
            mask[i, j] = j // N <= i // N + past
    return mask


def mask_blocks(frames, tokens_per_frame, past):
    small = torch.ones(frames, past + frames).tril(diagonal=past).bool()
    return small.repeat_interleave(tokens_per_frame, 0).repeat_interleave(tokens_per_frame, 1)


def mask_kronecker(frames, tokens_per_frame, past):
    small = torch.cat((torch.ones(frames, past), torch.tril(torch.ones(frames, frames))), dim=1)
    return torch.kron(small, torch.ones(tokens_per_frame, tokens_per_frame)) > 0


# 6.2


def bits_loops(logits, tokens):
    clips = logits.reshape(-1, *logits.shape[-2:])
    total = count = 0
    for u, y in zip(clips, tokens.reshape(-1, tokens.shape[-1])):
        for t in range(len(y) - 1):
            raised = [math.exp(x) for x in u[t].tolist()]
            total -= math.log2(raised[y[t + 1]] / sum(raised))
            count += 1
    return torch.tensor(total / count)


def bits_cross_entropy(logits, tokens):
    u, y = logits[..., :-1, :], tokens[..., 1:]
    return F.cross_entropy(u.reshape(-1, u.shape[-1]), y.reshape(-1)) / math.log(2)


def bits_probabilities(logits, tokens):
    p = logits.softmax(-1)[..., :-1, :].gather(-1, tokens[..., 1:].unsqueeze(-1))
    return -torch.log2(p).mean()


# 6.3


def cache_loops(query, key, value, past_key, past_value):
    keys, values = torch.cat((past_key, key), -2), torch.cat((past_value, value), -2)
    past, rows = past_key.shape[-2], []
    for i in range(query.shape[-2]):
        seen = past + i + 1
        q, k, v = query[..., i : i + 1, :], keys[..., :seen, :], values[..., :seen, :]
        rows.append((q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1) @ v)
    return torch.cat(rows, -2)


def cache_einsum(query, key, value, past_key, past_value):
    keys, values = torch.cat((past_key, key), -2), torch.cat((past_value, value), -2)
    scores = torch.einsum("...qd,...kd->...qk", query, keys) / query.shape[-1] ** 0.5
    open_ = torch.ones(scores.shape[-2:]).tril(past_key.shape[-2]).bool()
    weights = torch.where(open_, scores, torch.tensor(-torch.inf)).softmax(-1)
    return torch.einsum("...qk,...kd->...qd", weights, values)


def cache_library(query, key, value, past_key, past_value):
    mask = library.causal_mask(query.shape[-2], past_key.shape[-2])
    keys, values = torch.cat((past_key, key), -2), torch.cat((past_value, value), -2)
    return library.attention(query, keys, values, mask)


# 6.5


def nucleus_loops(probabilities, share):
    out = torch.zeros_like(probabilities).reshape(-1, probabilities.shape[-1])
    for row, p in zip(out, probabilities.reshape(out.shape).tolist()):
        held = 0.0
        for v in sorted(range(len(p)), key=lambda v: -p[v]):
            if held >= share:
                break
            row[v] = p[v]
            held += p[v]
        row /= row.sum()
    return out.reshape(probabilities.shape)


def nucleus_threshold(probabilities, share):
    ordered = probabilities.sort(-1, descending=True).values
    count = (ordered.cumsum(-1) < share).sum(-1, keepdim=True)  # tokens before the one that crosses
    kept = probabilities * (probabilities >= ordered.gather(-1, count))
    return kept / kept.sum(-1, keepdim=True)


def nucleus_library(probabilities, share):
    return sampling.nucleus(probabilities, share)


# 6.6


def write_lines(table, start, uniforms):
    cells = list(start)
    for u in uniforms:
        held = table[cells[-2], cells[-1]].cumsum(-1)
        cells.append((held > u).nonzero()[0, 0])
    return torch.stack(cells)


def write_loops(table, start, uniforms):
    film = start.tolist()
    for u in uniforms.tolist():
        held, cell = 0.0, -1
        while held <= u and cell < table.shape[0] - 1:
            cell += 1
            held += table[film[-2]][film[-1]][cell].item()
        film.append(cell)
    return torch.tensor(film)


def write_searchsorted(table, start, uniforms):
    film = torch.cat((start, torch.zeros(len(uniforms), dtype=start.dtype)))
    for t, u in enumerate(uniforms):
        held = table[film[t], film[t + 1]].cumsum(0)
        film[t + 2] = torch.searchsorted(held, u, right=True).clamp(max=len(held) - 1)
    return film


SOLUTIONS = {
    "6.1": (mask_loops, mask_blocks, mask_kronecker),
    "6.2": (bits_loops, bits_cross_entropy, bits_probabilities),
    "6.3": (cache_loops, cache_einsum, cache_library),
    "6.4": (24.0, 24, 2 * 4 * 6 * 16 * 64 * 256 * 2 / 1024**2),
    "6.5": (nucleus_loops, nucleus_threshold, nucleus_library),
    "6.6": (write_lines, write_loops, write_searchsorted),
}
