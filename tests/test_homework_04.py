"""Homework 04: what is given broken is recognised, and mistakes as people type them are named."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import check


def test_the_block_to_repair_is_recognised():
    path = Path(__file__).parents[1] / "notebooks" / "text" / "hw04_feed_forward_residual_norm.py"
    given = re.search(
        r"^def given_block.*?W2$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ).group()
    scope = {"torch": torch}
    exec(given, scope)
    assert check("4.3", scope["given_block"]).misconception == "nothing repaired yet"


TYPED = {
    "ReLU forgotten": ("4.1", lambda x, W1, b1, W2, b2: (x @ W1 + b1) @ W2 + b2),
    "first bias added after the ReLU": (
        "4.1", lambda x, W1, b1, W2, b2: (F.relu(x @ W1) + b1) @ W2 + b2
    ),
    "variance divided by d - 1": (
        "4.2",
        lambda x, g, b, eps: g * (x - x.mean(-1, True)) / (x.var(-1, keepdim=True) + eps).sqrt()
        + b,
    ),
    "eps outside the root": (
        "4.2",
        lambda x, g, b, eps: g * (x - x.mean(-1, True))
        / (x.std(-1, correction=0, keepdim=True) + eps) + b,
    ),
    "mean and variance over everything": (
        "4.2", lambda x, g, b, eps: g * (x - x.mean()) / (x.var(correction=0) + eps).sqrt() + b
    ),
    "residual of the normalised tokens": (
        "4.3",
        lambda x, w, W1, W2: (y := (n := F.layer_norm(x, x.shape[-1:])) + w @ n)
        + F.relu(F.layer_norm(y, y.shape[-1:]) @ W1) @ W2,
    ),
    "mean of the squares in place of the variance": (
        "4.2",
        lambda x, g, b, eps: g * (x - x.mean(-1, True))
        / ((x**2).mean(-1, keepdim=True) + eps).sqrt() + b,
    ),
    "eps of your own": ("4.2", lambda x, g, b, eps: F.layer_norm(x, x.shape[-1:], g, b)),
    "mean and variance over a whole clip": (
        "4.2", lambda x, g, b, eps: F.layer_norm(x, x.shape[-2:], None, None, eps) * g + b
    ),
    "first norm missing": (
        "4.3",
        lambda x, w, W1, W2: (y := x + w @ x) + F.relu(F.layer_norm(y, y.shape[-1:]) @ W1) @ W2,
    ),
    "second sum from the input": (
        "4.3",
        lambda x, w, W1, W2: x
        + F.relu(F.layer_norm(x + w @ F.layer_norm(x, x.shape[-1:]), x.shape[-1:]) @ W1) @ W2,
    ),
    "slopes summed up": (
        "4.6",
        lambda k, h: (
            torch.ones(1, len(k) - 1), -k[:-1], (h.diff() / k.diff()).cumsum(0)[:, None], h[:1]
        ),
    ),
    "sign of the thresholds": (
        "4.6",
        lambda k, h: (torch.ones(1, len(k) - 1), k[:-1],
                      torch.diff(h.diff() / k.diff(), prepend=torch.zeros(1))[:, None], h[:1]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_a_mistake_as_people_type_it_is_named(name):
    number, wrong = TYPED[name]
    assert check(number, wrong).misconception == name


def test_shapes_of_the_tone_curve_are_explained():
    report = check("4.6", lambda k, h: (torch.ones(len(k)), -k, h, h[0]))
    assert not report.passed
    assert "want (1, m), (m,), (m, 1), (1,)" in " ".join(report.message.split())
