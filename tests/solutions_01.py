"""Correct solutions of homework 01 in different styles: every one must pass its check."""

import math

import torch
from torch import nn

# 1.1


def rnn_lines(frames, W_x, W_z, b):
    z, states = torch.zeros(*frames.shape[:-2], len(b)), []
    for t in range(frames.shape[-2]):
        z = torch.tanh(frames[..., t, :] @ W_x.T + z @ W_z.T + b)
        states.append(z)
    return torch.stack(states, dim=-2)


def rnn_einsum(frames, W_x, W_z, b):
    projected = torch.einsum("...ti,di->...td", frames, W_x) + b
    states = torch.zeros_like(projected)
    for t in range(frames.shape[-2]):
        old = states[..., t - 1, :] if t else torch.zeros_like(states[..., 0, :])
        states[..., t, :] = torch.tanh(
            projected[..., t, :] + torch.einsum("...k,dk->...d", old, W_z)
        )
    return states


def rnn_library(frames, W_x, W_z, b):
    layer = nn.RNN(W_x.shape[1], W_x.shape[0], batch_first=True)
    values = {
        "weight_ih_l0": W_x,
        "weight_hh_l0": W_z,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros_like(b),
    }
    layer.load_state_dict(values)
    with torch.no_grad():
        states = layer(frames.reshape(-1, *frames.shape[-2:]))[0]
    return states.reshape(*frames.shape[:-1], len(b))


# 1.2


def through_time_lines(states, W_z, upstream):
    gradients = [upstream]
    for z in states[1:].flip(0):
        gradients.insert(0, W_z.T @ ((1 - z**2) * gradients[0]))
    return torch.stack(gradients)


def through_time_jacobians(states, W_z, upstream):
    T, d = states.shape
    rows = []
    for t in range(T):
        product = torch.eye(d)
        for k in range(t + 1, T):
            product = torch.diag(1 - states[k] ** 2) @ W_z @ product
        rows.append(product.T @ upstream)
    return torch.stack(rows)


def through_time_autograd(states, W_z, upstream):
    pushed = [torch.zeros_like(upstream, requires_grad=True) for _ in states]  # a nudge of each
    z = states[0] + pushed[0]
    for k in range(1, len(states)):
        rest = torch.atanh(states[k].double()) - W_z.double() @ states[k - 1].double()
        z = torch.tanh(rest + W_z.double() @ z.double()) + pushed[k]
    return torch.stack(torch.autograd.grad((z * upstream).sum(), pushed))


# 1.4


def gated_lines(x, z, W_x, W_z, b):
    d = z.shape[-1]
    from_x, from_z = x @ W_x.T + b, z @ W_z.T
    read = torch.sigmoid(from_x[:, :d] + from_z[:, :d])
    keep = torch.sigmoid(from_x[:, d : 2 * d] + from_z[:, d : 2 * d])
    new = torch.tanh(from_x[:, 2 * d :] + read * from_z[:, 2 * d :])
    return new + keep * (z - new)


def gated_loops(x, z, W_x, W_z, b):
    def sigmoid(a):
        return 1 / (1 + math.exp(-a))

    d, out = z.shape[1], torch.zeros_like(z)
    for n in range(len(x)):
        from_x, from_z = (W_x @ x[n] + b).tolist(), (W_z @ z[n]).tolist()
        for i in range(d):
            read, keep = sigmoid(from_x[i] + from_z[i]), sigmoid(from_x[d + i] + from_z[d + i])
            new = math.tanh(from_x[2 * d + i] + read * from_z[2 * d + i])
            out[n, i] = keep * z[n, i] + (1 - keep) * new
    return out


def gated_library(x, z, W_x, W_z, b):
    cell = nn.GRUCell(x.shape[1], z.shape[1])
    cell.load_state_dict(
        {"weight_ih": W_x, "weight_hh": W_z, "bias_ih": b, "bias_hh": torch.zeros_like(b)}
    )
    return cell(x, z).detach()


# 1.5


def rollout_lines(step, context, frames):
    state, predictions = None, []
    for t in range(context.shape[1]):
        x, state = step(context[:, t], state)
    for _ in range(frames):
        predictions.append(x.clamp(0, 1))
        x, state = step(predictions[-1], state)
    return torch.stack(predictions, dim=1)


def rollout_one_loop(step, context, frames):
    clip, state = list(context.unbind(1)), None
    past = len(clip)
    for t in range(past + frames - 1):
        following, state = step(clip[t], state)
        if t + 1 >= past:
            clip.append(following.clip(0, 1))
    return torch.stack(clip[past:], dim=1)


def rollout_recursive(step, context, frames):
    def go(x, state, rest):
        x, state = step(x, state)
        x = x.clamp(min=0, max=1)
        return [x] if rest == 1 else [x, *go(x, state, rest - 1)]

    state = None
    for x in context[:, :-1].transpose(0, 1):
        _, state = step(x, state)
    return torch.stack(go(context[:, -1], state, frames), dim=1)


SOLUTIONS = {
    "1.1": (rnn_lines, rnn_einsum, rnn_library),
    "1.2": (through_time_lines, through_time_jacobians, through_time_autograd),
    "1.3": (135, 135.0, math.ceil(math.log(1000) / math.log(1 / 0.95))),
    "1.4": (gated_lines, gated_loops, gated_library),
    "1.5": (rollout_lines, rollout_one_loop, rollout_recursive),
}
