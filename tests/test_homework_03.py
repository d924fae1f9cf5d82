"""Homework 03: the code to repair is recognised, and wrong answers in other words are named."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.attention import attention
from course_utils.checks import check
from course_utils.positions import RotaryPositions

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw03_heads_and_positions.py"


def test_the_function_to_repair_is_recognised():
    text = TEXT.read_text("utf-8")
    scope = {
        "torch": torch,
        "rotary": lambda x, place, base: RotaryPositions(x.shape[-1], base=base)(x),
    }
    exec(
        re.search(r"^def given_rotary_attention.*?\n\n", text, re.DOTALL | re.MULTILINE).group(),
        scope,
    )
    report = check("3.4", scope["given_rotary_attention"])
    assert report.misconception == "nothing repaired yet"


def heads_stay_last(x, W_Q, W_K, W_V, W_O, num_heads):
    q, k, v = ((x @ W).unflatten(-1, (num_heads, -1)) for W in (W_Q, W_K, W_V))
    return attention(q, k, v).flatten(-2) @ W_O


def merged_at_once(x, W_Q, W_K, W_V, W_O, num_heads):
    q, k, v = ((x @ W).unflatten(-1, (num_heads, -1)).swapaxes(-3, -2) for W in (W_Q, W_K, W_V))
    return attention(q, k, v).reshape(x.shape) @ W_O


def one_speed_a_column(positions, d_model, base):
    column = torch.arange(d_model)
    turn = positions[:, None] / base ** (column / d_model)
    return torch.where(column % 2 == 0, turn.sin(), turn.cos())


def two_conventions(x, positions, base):
    half = x.shape[-1] // 2
    turn = positions[:, None] * base ** (-torch.arange(half) / half)
    turn = turn.repeat_interleave(2, -1)
    partner = torch.cat((-x[..., half:], x[..., :half]), -1)
    return x * turn.cos() + partner * turn.sin()


def rolled(tokens, height, width, kernel):
    frame = tokens.unflatten(-2, (height, width))
    places = [(a, b) for a in range(3) for b in range(3)]
    moved = [frame.roll((1 - a, 1 - b), (-3, -2)).flatten(-3, -2) for a, b in places]
    return sum(m @ kernel[:, :, a, b].T for m, (a, b) in zip(moved, places))


def by_token_number(tokens, height, width, kernel):
    n, out = torch.arange(height * width), 0
    for a in range(3):
        for b in range(3):
            mask = n == n[:, None] + (a - 1) * width + b - 1
            out = out + attention(tokens, tokens, tokens, mask) @ kernel[:, :, a, b].T
    return out


def counts_exchanged(x, W_Q, W_K, W_V, W_O, num_heads):
    q, k, v = ((x @ W).unflatten(-1, (-1, num_heads)).transpose(-3, -2) for W in (W_Q, W_K, W_V))
    return attention(q, k, v).transpose(-3, -2).flatten(-2) @ W_O


def slices_of_tokens(x, W_Q, W_K, W_V, W_O, num_heads):
    own = [
        slice(i, i + x.shape[-1] // num_heads)
        for i in range(0, x.shape[-1], x.shape[-1] // num_heads)
    ]
    heads = [attention(*(x[..., c] @ W[c, c] for W in (W_Q, W_K, W_V))) for c in own]
    return torch.cat(heads, -1) @ W_O


def numbered_anew(positions, d_model, base):
    turn = torch.arange(len(positions))[:, None] * base ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack((turn.sin(), turn.cos()), -1).flatten(-2)


def overwritten(x, positions, base):
    d_k, x = x.shape[-1], x.clone()
    turn = positions[:, None] * base ** (-torch.arange(0, d_k, 2) / d_k)
    x[..., 0::2] = x[..., 0::2] * turn.cos() - x[..., 1::2] * turn.sin()
    x[..., 1::2] = x[..., 0::2] * turn.sin() + x[..., 1::2] * turn.cos()
    return x


def last_head_alone(tokens, height, width, kernel):
    row, column = torch.arange(height * width) // width, torch.arange(height * width) % width
    for a in range(3):
        for b in range(3):
            mask = (row == row[:, None] + a - 1) & (column == column[:, None] + b - 1)
            out = attention(tokens, tokens, tokens, mask) @ kernel[:, :, a, b].T
    return out


@pytest.mark.parametrize(
    "number, answer, name",
    [
        ("3.1", counts_exchanged, "number of heads and width of a head exchanged"),
        ("3.1", slices_of_tokens, "each head reads its own slice of the tokens"),
        ("3.2", numbered_anew, "positions numbered anew"),
        ("3.3", overwritten, "a number already turned used again"),
        ("3.6", last_head_alone, "only the last head kept"),
        ("3.1", heads_stay_last, "heads attend to heads"),
        ("3.1", merged_at_once, "heads merged by one view"),
        ("3.2", one_speed_a_column, "a speed of its own for each column"),
        ("3.3", two_conventions, "angles of one pairing, partners of another"),
        ("3.6", rolled, "frame wraps around at its border"),
        ("3.6", by_token_number, "rows run on into the next"),
    ],
)
def test_a_wrong_answer_as_a_learner_types_it_is_named(number, answer, name):
    assert check(number, answer).misconception == name
