"""Correct solutions of homework 07 in different styles: every one must pass its check."""

import torch
import torch.nn.functional as F

from course_utils.attention import frame_causal_mask, padding_mask, to_torch_mask
from course_utils.transformer import Transformer

# 7.1


def masks_library(lengths, patches, frames):
    keys, tokens = int(lengths.max()) * patches, frames * patches
    padding = padding_mask(lengths * patches, keys)
    source, memory = padding.expand(-1, keys, -1), padding.expand(-1, tokens, -1)
    return source, frame_causal_mask(frames, patches), memory


def masks_loops(lengths, patches, frames):
    keys, tokens = int(max(lengths)) * patches, frames * patches
    source = torch.zeros(len(lengths), keys, keys, dtype=torch.bool)
    memory = torch.zeros(len(lengths), tokens, keys, dtype=torch.bool)
    target = torch.zeros(tokens, tokens, dtype=torch.bool)
    for b, length in enumerate(lengths.tolist()):
        source[b, :, : length * patches] = True
        memory[b, :, : length * patches] = True
    for i in range(tokens):
        for j in range(tokens):
            target[i, j] = j // patches <= i // patches
    return source, target, memory


def masks_blocks(lengths, patches, frames):
    frame = torch.arange(int(lengths.max())).repeat_interleave(patches)
    row = frame[None, None] < lengths[:, None, None]
    whole = torch.ones(frames, frames).tril()
    target = torch.kron(whole, torch.ones(patches, patches)).bool()
    return row.repeat(1, len(frame), 1), target, row.repeat(1, frames * patches, 1)


# 7.2


def shift_lines(tokens, past):
    parts = tokens[:, :past], tokens[:, past - 1 : -1], tokens[:, past:]
    return tuple(part.flatten(1, 2) for part in parts)


def shift_loops(tokens, past):
    def line(frames):
        return torch.stack([torch.stack([p for f in frames for p in clip[f]]) for clip in tokens])

    last = tokens.shape[1]
    return line(range(past)), line(range(past - 1, last - 1)), line(range(past, last))


def shift_flat(tokens, past):
    n = tokens.shape[2]
    flat = tokens.reshape(len(tokens), -1, tokens.shape[-1])
    return flat[:, : past * n], flat[:, (past - 1) * n : -n], flat[:, past * n :]


# 7.3


def call_transposed(model, source, target, patches):
    mask = to_torch_mask(frame_causal_mask(target.shape[1] // patches, patches))
    return model(source.transpose(0, 1), target.transpose(0, 1), tgt_mask=mask).transpose(0, 1)


def call_in_halves(model, source, target, patches):
    frame = torch.arange(target.shape[1]) // patches
    memory = model.encoder(torch.einsum("bnd->nbd", source))
    out = model.decoder(torch.einsum("bnd->nbd", target), memory, tgt_mask=frame > frame[:, None])
    return torch.einsum("nbd->bnd", out)


def call_ours(model, source, target, patches):
    ours = Transformer.from_torch(model)
    return ours(source, target, target_mask=frame_causal_mask(target.shape[1] // patches, patches))


def call_one_by_one(model, source, target, patches):
    frame = torch.arange(target.shape[1]) // patches
    mask = torch.zeros(len(frame), len(frame)).masked_fill(frame > frame[:, None], float("-inf"))
    return torch.stack([model(s, t, tgt_mask=mask) for s, t in zip(source, target)])


# 7.4


def adamw_lines(weight, gradient, m, v, step, lr, decay):
    m = 0.9 * m + 0.1 * gradient
    v = 0.95 * v + 0.05 * gradient**2
    ratio = (m / (1 - 0.9**step)) / ((v / (1 - 0.95**step)).sqrt() + 1e-8)
    return weight - lr * (ratio + decay * weight), m, v


def adamw_decay_first(weight, gradient, m, v, step, lr, decay):
    m, v = torch.lerp(m, gradient, 0.1), torch.lerp(v, gradient.square(), 0.05)
    shrunk = weight * (1 - lr * decay)
    return shrunk - lr / (1 - 0.9**step) * m / (v.sqrt() / (1 - 0.95**step) ** 0.5 + 1e-8), m, v


def adamw_loops(weight, gradient, m, v, step, lr, decay):
    rows = []
    for w, g, a, b in zip(*(x.flatten().tolist() for x in (weight, gradient, m, v))):
        a, b = 0.9 * a + 0.1 * g, 0.95 * b + 0.05 * g * g
        usual = (b / (1 - 0.95**step)) ** 0.5 + 1e-8
        rows.append((w - lr * (a / (1 - 0.9**step) / usual + decay * w), a, b))
    return tuple(torch.tensor(column).view_as(weight) for column in zip(*rows))


def adamw_library(weight, gradient, m, v, step, lr, decay):
    w = weight.clone().requires_grad_()
    w.grad = gradient.clone()
    optimizer = torch.optim.AdamW([w], lr=lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=decay)
    state = {"step": torch.tensor(float(step - 1)), "exp_avg": m.clone(), "exp_avg_sq": v.clone()}
    optimizer.state[w] = state
    optimizer.step()
    return w.detach(), state["exp_avg"], state["exp_avg_sq"]


# 7.5


def generate_lines(model, context, frames):
    memory, shown = model.read(context), context[:, -1:]
    for _ in range(frames):
        shown = torch.cat((shown, model.write(memory, shown)[:, -1:].clamp(0, 1)), dim=1)
    return shown[:, 1:]


def generate_list(model, context, frames):
    memory, written = model.read(context), [context[:, -1]]
    while len(written) <= frames:
        new = model.write(memory, torch.stack(written, 1))[:, -1]
        written.append(torch.maximum(torch.minimum(new, torch.ones(())), torch.zeros(())))
    return torch.stack(written[1:], 1)


def generate_filled(model, context, frames):
    memory = model.read(context)
    shown = F.pad(context[:, -1:], (0, 0, 0, 0, 0, 0, 0, frames))
    for k in range(frames):
        shown[:, k + 1] = model.write(memory, shown)[:, k].clamp(0, 1)
    return shown[:, 1:]


SOLUTIONS = {
    "7.1": (masks_library, masks_loops, masks_blocks),
    "7.2": (shift_lines, shift_loops, shift_flat),
    "7.3": (call_transposed, call_in_halves, call_ours, call_one_by_one),
    "7.4": (adamw_lines, adamw_decay_first, adamw_loops, adamw_library),
    "7.5": (generate_lines, generate_list, generate_filled),
}
