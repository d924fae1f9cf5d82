"""Homework 01: the cell to repair is recognised, and each of its bugs alone is named."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = (Path(__file__).parents[1] / "notebooks" / "text" / "hw01_recurrence.py").read_text("utf-8")
GIVEN = re.search(r"^def given_gated.*?\n\n", TEXT, re.DOTALL | re.MULTILINE).group()
REPAIRS = {
    "keep gate the wrong way round": ("(1 - keep) * z + keep * new", "keep * z + (1 - keep) * new"),
    "sigmoid around the proposal": ("new = torch.sigmoid(", "new = torch.tanh("),
    "read gate on the frame as well": ("read * (x_new + z_new)", "x_new + read * z_new"),
}


def built(source):
    scope = {}
    exec("import torch\n" + source, scope)
    return scope["given_gated"]


def test_the_cell_to_repair_is_recognised():
    assert check("1.4", built(GIVEN)).misconception == "nothing repaired yet"


@pytest.mark.parametrize("left", REPAIRS)
def test_a_bug_that_is_left_is_named(left):
    source = GIVEN
    for name, (bug, repair) in REPAIRS.items():
        assert bug in source
        source = source if name == left else source.replace(bug, repair)
    assert check("1.4", built(source)).misconception == left


def test_all_three_repairs_pass():
    source = GIVEN
    for bug, repair in REPAIRS.values():
        source = source.replace(bug, repair)
    assert check("1.4", built(source)).passed


def walked_over_clips(frames, W_x, W_z, b):
    z, states = torch.zeros(len(b)), []
    for x in frames:
        z = torch.tanh(x @ W_x.mT + z @ W_z.mT + b)
        states.append(z)
    return torch.stack(states)


def brackets(frames, W_x, W_z, b):
    z, states = torch.zeros(*frames.shape[:-2], len(b)), []
    for x in frames.unbind(-2):
        z = torch.tanh(x @ W_x.mT + b) + z @ W_z.mT
        states.append(z)
    return torch.stack(states, -2)


def tanh_again(states, W_z, upstream):
    rows = [upstream]
    for z in reversed(states[1:]):
        rows.append(W_z.T @ ((1 - torch.tanh(z) ** 2) * rows[-1]))
    return torch.stack(rows[::-1])


def stepped_first(states, W_z, upstream):
    g, rows = upstream, []
    for z in reversed(states):
        g = W_z.T @ ((1 - z**2) * g)
        rows.append(g)
    return torch.stack(rows[::-1])


def gate_before_matrix(x, z, W_x, W_z, b):
    a = x @ W_x.mT + b
    width = z.shape[-1]
    read = torch.sigmoid(a[:, :width] + z @ W_z[:width].mT)
    keep = torch.sigmoid(a[:, width : 2 * width] + z @ W_z[width : 2 * width].mT)
    return keep * z + (1 - keep) * torch.tanh(a[:, 2 * width :] + (read * z) @ W_z[2 * width :].mT)


def read_the_last_frame_twice(step, context, frames):
    state, out = None, []
    for frame in context.unbind(1):
        _, state = step(frame, state)
    frame = context[:, -1]
    for _ in range(frames):
        frame, state = step(frame, state)
        frame = frame.clamp(0, 1)
        out.append(frame)
    return torch.stack(out, 1)


def same_state(step, context, frames):
    state, out = None, []
    for frame in context.unbind(1):
        prediction, state = step(frame, state)
    for _ in range(frames):
        out.append(prediction.clamp(0, 1))
        prediction, _ = step(out[-1], state)
    return torch.stack(out, 1)


def starts_at_the_bias(frames, W_x, W_z, b):
    z, states = b.expand(*frames.shape[:-2], len(b)), []
    for x in frames.unbind(-2):
        z = torch.tanh(x @ W_x.mT + z @ W_z.mT + b)
        states.append(z)
    return torch.stack(states, -2)


def walked_forward(states, W_z, upstream):
    rows = [upstream]
    for z in states[1:]:
        rows.append(W_z.T @ ((1 - z**2) * rows[-1]))
    return torch.stack(rows[::-1])


def bias_twice(x, z, W_x, W_z, b):
    (xr, xk, xn), (zr, zk, zn) = (x @ W_x.mT + b).chunk(3, -1), (z @ W_z.mT + b).chunk(3, -1)
    read, keep = torch.sigmoid(xr + zr), torch.sigmoid(xk + zk)
    return keep * z + (1 - keep) * torch.tanh(xn + read * zn)


def forgets_the_context(step, context, frames):
    state, out = None, []
    for frame in context.unbind(1):
        prediction, state = step(frame, state)
    state = None
    for _ in range(frames):
        out.append(prediction.clamp(0, 1))
        prediction, state = step(out[-1], state)
    return torch.stack(out, 1)


TYPED = [
    ("1.1", starts_at_the_bias, "state starts at b"),
    ("1.2", walked_forward, "states walked forward"),
    ("1.4", bias_twice, "bias added to both projections"),
    ("1.5", forgets_the_context, "state started anew after the context"),
    ("1.1", walked_over_clips, "batch walked through in place of time"),
    ("1.1", brackets, "old state outside the tanh"),
    ("1.2", tanh_again, "tanh taken once more"),
    ("1.2", stepped_first, "all rows one step too early"),
    ("1.4", gate_before_matrix, "read gate before the matrix"),
    ("1.5", read_the_last_frame_twice, "last context frame read twice"),
    ("1.5", same_state, "state of the context used at each step"),
]


@pytest.mark.parametrize(("number", "typed", "name"), TYPED, ids=[name for *_, name in TYPED])
def test_mistakes_as_learners_type_them_are_named(number, typed, name):
    assert check(number, typed).misconception == name
