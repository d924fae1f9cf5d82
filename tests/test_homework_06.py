"""Homework 06: the attention to repair is recognised, each bug alone and typed slips are named."""

import math
import re
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import check

TEXT = (Path(__file__).parents[1] / "notebooks" / "text" / "hw06_mask_the_future.py").read_text(
    "utf-8"
)
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


def added_mask(frames, N, past):
    frame = (torch.arange(frames * N) + past) // N
    return (torch.arange((past + frames) * N) // N)[None, :] <= frame[:, None]


def past_last_mask(frames, N, past):
    new = torch.ones(frames, frames).tril().bool()
    small = torch.cat((new, torch.ones(frames, past).bool()), dim=1)
    return small.repeat_interleave(N, 0).repeat_interleave(N, 1)


def unshifted(logits, tokens):
    return F.cross_entropy(logits.flatten(0, -2), tokens.flatten()) / math.log(2)


def nats(logits, tokens):
    return F.cross_entropy(logits[..., :-1, :].flatten(0, -2), tokens[..., 1:].flatten())


def late_logarithm(logits, tokens):
    p = logits[..., :-1, :].softmax(-1).gather(-1, tokens[..., 1:, None])
    return -p.mean().log2()


def no_minus(logits, tokens):
    return -bits(logits, tokens)


def ln2_times(logits, tokens):
    return nats(logits, tokens) * math.log(2)


def bits(logits, tokens):
    return nats(logits, tokens) / math.log(2)


def cached(query, key, value, past_key, past_value, diagonal=None, scale=0.5, invert=False):
    keys, values = torch.cat((past_key, key), -2), torch.cat((past_value, value), -2)
    scores = query @ keys.mT / query.shape[-1] ** scale
    seen = past_key.shape[-2] if diagonal is None else diagonal(query.shape[-2], past_key.shape[-2])
    mask = torch.ones(scores.shape[-2:]).tril(seen).bool()
    return scores.masked_fill(mask if invert else ~mask, -1e9).softmax(-1) @ values


def keys_alone_repaired(query, key, value, past_key, past_value):
    past = past_key.shape[-2]
    new = value.shape[-2]
    keys, values = torch.cat((past_key, key), -2), torch.cat((value, past_value), -2)
    scores = query @ keys.mT / math.sqrt(query.shape[-1])
    mask = torch.ones(new, past + new).tril(past).bool()
    return scores.masked_fill(~mask, -1e9).softmax(-1) @ values


def nucleus(p, share, keep=lambda held, own, share: held - own < share, divide=None, sort=True):
    given = torch.arange(p.shape[-1]).expand_as(p)
    ordered, order = p.sort(-1, descending=True) if sort else (p, given)
    ordered = ordered * keep(ordered.cumsum(-1), ordered, share)
    ordered = ordered / (divide(ordered, share) if divide else ordered.sum(-1, keepdim=True))
    return torch.zeros_like(p).scatter(-1, order, ordered)


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


def film_without_sums(table, start, uniforms):
    film = start.tolist()
    for u in uniforms:
        film.append((table[film[-2], film[-1]] > u).int().argmax().item())
    return torch.tensor(film)


def film_half_still(table, start, uniforms):
    a, b = start.tolist()
    film = [a, b]
    for u in uniforms:
        b = int((table[a, b].cumsum(-1) <= u).sum())
        film.append(b)
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
        ("6.1", added_mask, "frames added to tokens"),
        ("6.1", past_last_mask, "past behind the new frames"),
        ("6.2", late_logarithm, "logarithm of the mean probability"),
        ("6.2", no_minus, "minus forgotten"),
        ("6.2", ln2_times, "multiplied by ln 2"),
        ("6.2", unshifted, "targets not shifted"),
        ("6.2", nats, "natural logarithm"),
        ("6.3", keys_alone_repaired, "keys behind the past, values in front of it"),
        ("6.3", partial(cached, diagonal=lambda new, past: past - 1), "triangle one column short"),
        (
            "6.3",
            partial(cached, diagonal=lambda new, past: past + 1),
            "triangle one column too far",
        ),
        (
            "6.3",
            partial(cached, diagonal=lambda new, past: new),
            "triangle moved by the number of new tokens",
        ),
        ("6.3", partial(cached, invert=True), "mask inverted"),
        ("6.3", partial(cached, scale=1), "divided by d_k in place of its root"),
        (
            "6.5",
            partial(nucleus, keep=lambda held, own, share: held < share),
            "the token that crosses the border is dropped, and nothing may be left",
        ),
        (
            "6.5",
            partial(nucleus, keep=lambda held, own, share: held - own <= share),
            "one token more when the share is met exactly",
        ),
        (
            "6.5",
            partial(nucleus, keep=lambda held, own, share: own >= share),
            "the share as a threshold on each probability",
        ),
        ("6.5", partial(nucleus, sort=False), "not sorted"),
        ("6.5", partial(nucleus, divide=lambda kept, share: share), "divided by the share"),
        (
            "6.5",
            partial(nucleus, divide=lambda kept, share: kept.sum()),
            "divided by the sum of all rows",
        ),
        ("6.5", strict_nucleus, "the token that crosses the border is dropped"),
        ("6.5", gathered_nucleus, "gathered in place of scattered"),
        ("6.6", greedy_film, "always the likeliest"),
        ("6.6", film_without_sums, "no cumulative sum"),
        ("6.6", film_half_still, "half of the past stands still"),
        ("6.6", film_without_start, "the given frames left out"),
    ],
)
def test_mistakes_as_people_type_them_are_named(number, typed, name):
    assert check(number, typed).misconception == name
