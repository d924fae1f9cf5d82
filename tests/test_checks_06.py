"""Homework 06: the attention to repair is recognised, each bug alone is named, and so are typed mistakes."""

import math
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import check

TEXT = (Path(__file__).parents[1] / "notebooks" / "text" / "hw06_mask_the_future.py").read_text("utf-8")
GIVEN = re.search(r"^def given_cached.*?\n\n", TEXT, re.DOTALL | re.MULTILINE).group()
REPAIRS = {
    "new tokens in front of the past": [
        ("(key, past_key)", "(past_key, key)"),
        ("(value, past_value)", "(past_value, value)"),
    ],
    "scale forgotten": [("query @ keys.mT", "query @ keys.mT / query.shape[-1] ** 0.5")],
    "mask without the past": [(".tril()", ".tril(past_key.shape[-2])")],
}


def built(left=()):
    source, scope = GIVEN, {"torch": torch}
    for name, pairs in REPAIRS.items():
        for bug, repair in pairs:
            assert bug in source
            source = source if name in left else source.replace(bug, repair)
    exec(source, scope)
    return scope["given_cached_attention"]


def test_the_attention_to_repair_is_recognised():
    assert check("6.3", built(left=REPAIRS)).misconception == "nothing repaired yet"


@pytest.mark.parametrize("left", REPAIRS)
def test_a_bug_that_is_left_is_named(left):
    assert check("6.3", built(left=[left])).misconception == left


def test_all_three_repairs_pass():
    assert check("6.3", built()).passed


def square_mask(frames, N, past):
    small = torch.ones(frames, past + frames).tril().bool()
    return small.repeat_interleave(N, 0).repeat_interleave(N, 1)


def triu_mask(frames, N, past):
    small = torch.ones(frames, past + frames).triu(past + 1).bool()
    return small.repeat_interleave(N, 0).repeat_interleave(N, 1)


def token_mask(frames, N, past):
    return torch.ones(frames * N, (past + frames) * N).tril(past * N).bool()


def unshifted(logits, tokens):
    return F.cross_entropy(logits.flatten(0, -2), tokens.flatten()) / math.log(2)


def nats(logits, tokens):
    return F.cross_entropy(logits[..., :-1, :].flatten(0, -2), tokens[..., 1:].flatten())


def strict_nucleus(p, share):
    ordered, order = p.sort(-1, descending=True)
    ordered = torch.where(ordered.cumsum(-1) <= share, ordered, 0.0)
    ordered = ordered / ordered.sum(-1, keepdim=True).clamp(min=1e-9)
    return torch.zeros_like(p).scatter(-1, order, ordered)


def gathered_nucleus(p, share):
    ordered, order = p.sort(-1, descending=True)
    ordered = ordered * (ordered.cumsum(-1) - ordered < share)
    return (ordered / ordered.sum(-1, keepdim=True)).gather(-1, order)


def greedy_film(table, start, uniforms):
    film = start.tolist()
    for _ in uniforms:
        film.append(table[film[-2], film[-1]].argmax().item())
    return torch.tensor(film)


def film_without_start(table, start, uniforms):
    a, b, film = *start.tolist(), []
    for u in uniforms:
        a, b = b, int((table[a, b].cumsum(-1) <= u).sum())
        film.append(b)
    return torch.tensor(film)


@pytest.mark.parametrize(
    "number, typed, name",
    [
        ("6.1", square_mask, "new frames counted from 0"),
        ("6.1", triu_mask, "mask inverted"),
        ("6.1", token_mask, "token by token inside a frame"),
        ("6.2", unshifted, "targets not shifted"),
        ("6.2", nats, "natural logarithm"),
        ("6.5", strict_nucleus, "the token that crosses the border is dropped"),
        ("6.5", gathered_nucleus, "gathered in place of scattered"),
        ("6.6", greedy_film, "always the likeliest"),
        ("6.6", film_without_start, "the given frames left out"),
    ],
)
def test_mistakes_as_people_type_them_are_named(number, typed, name):
    assert check(number, typed).misconception == name
