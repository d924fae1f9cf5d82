"""Homework 05: the stack to repair is recognised, and mistakes as learners type them are named."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.attention import attention
from course_utils.checks import check


def test_the_given_stack_is_known_as_not_repaired():
    text = (Path(__file__).parents[1] / "notebooks/text/hw05_stack_an_encoder.py").read_text(
        "utf-8"
    )
    pattern = r"(?ms)^def norm\(x\).*?^def given_encode.*?\n\n"
    given = re.search(pattern, text).group()
    scope = {"F": F, "attention": attention}
    exec(given, scope)
    assert check("5.4", scope["given_encode"]).misconception == "nothing repaired yet"


def norm_always(d_model, d_ff, num_layers, final_norm):
    attention_part = 4 * d_model * d_model + 4 * d_model
    network = 2 * d_model * d_ff + d_ff + d_model
    return num_layers * (attention_part + network + 4 * d_model) + 2 * d_model


def no_network(n, d_model, d_ff, num_layers, training):
    return num_layers * (8 * n * d_model**2 + 4 * n**2 * d_model) * (3 if training else 1)


def norm(x):
    return F.layer_norm(x, x.shape[-1:])


def pooled(x, real):
    return (norm(x) * real[..., None]).sum(1) / real.sum(1, keepdim=True)


def mask_turned(x, W1, W2, lengths):
    real = torch.arange(x.shape[1]) < lengths[:, None]
    for A, B in zip(W1, W2):
        y = norm(x)
        x = x + attention(y, y, y, real[:, :, None])
        x = x + (norm(x) @ A).clamp(min=0) @ B
    return pooled(x, real)


def second_matrix_left(x, W1, W2, lengths):
    real = torch.arange(x.shape[1]) < lengths[:, None]
    for A in W1:
        y = norm(x)
        x = x + attention(y, y, y, real[:, None, :])
        x = x + (norm(x) @ A).clamp(min=0) @ W2[0]
    return pooled(x, real)


def identity_at_the_end(weights):
    flow = torch.linalg.multi_dot([*weights.mean(1).flip(0), torch.eye(weights.shape[-1])])
    return (flow + torch.eye(len(flow))) / 2


TYPED = [
    ("5.1", norm_always, "final norm always counted"),
    ("5.2", no_network, "network forgotten"),
    ("5.3", 25, "more than half in place of at least half"),
    ("5.4", mask_turned, "mask on the queries, not on the keys"),
    ("5.4", second_matrix_left, "second matrix of the first layer in all layers"),
    ("5.5", identity_at_the_end, "identity mixed in once, at the end"),
]


@pytest.mark.parametrize(("number", "typed", "name"), TYPED, ids=[name for *_, name in TYPED])
def test_mistakes_as_learners_type_them_are_named(number, typed, name):
    assert check(number, typed).misconception == name
