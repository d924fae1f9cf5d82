"""Homework 02: mistakes as learners type them are named."""

import math

import pytest
import torch

from course_utils.checks import check


def softmax_of(scores, mask):
    if mask is None:
        return scores.softmax(-1)
    return scores.masked_fill(~mask, -1e9).softmax(-1).masked_fill(~mask, 0.0)


def raw_maximum(scores, temperature):
    raised = torch.exp(scores / temperature - scores.max(dim=-1, keepdim=True).values)
    return raised / raised.sum(dim=-1, keepdim=True)


def added_mask(query, key, mask):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return (scores if mask is None else scores + mask).softmax(-1)


def scaled_late(query, key, mask):
    return softmax_of(query @ key.mT, mask) / math.sqrt(query.shape[-1])


def multiplied_by_the_mask(query, key, mask):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return (scores if mask is None else scores * mask).softmax(-1)


def brackets(weights, upstream, temperature):
    return (weights * upstream - (weights * upstream).sum(-1, keepdim=True)) / temperature


def averaged(weights, upstream, temperature):
    return weights * (upstream - (weights * upstream).mean(-1, keepdim=True)) / temperature


def product_alone(query, frames, places, temperature):
    return (2 * frames @ query / temperature).softmax(-1) @ places


TYPED = [
    ("2.1", raw_maximum, "largest score of the undivided scores taken off"),
    ("2.2", added_mask, "mask added to the scores"),
    ("2.2", scaled_late, "scaled after the softmax"),
    ("2.2", multiplied_by_the_mask, "blocked scores set to zero"),
    ("2.5", 8, "spread of the query forgotten"),
    ("2.6", brackets, "weighted mean not multiplied by p"),
    ("2.6", averaged, "weighted g averaged once more"),
    ("2.7", product_alone, "length of the patch forgotten"),
]


@pytest.mark.parametrize(("number", "typed", "name"), TYPED, ids=[name for *_, name in TYPED])
def test_mistakes_as_learners_type_them_are_named(number, typed, name):
    assert check(number, typed).misconception == name
