"""Homework 12: the function to repair is recognised at each stage, typed mistakes are named."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw12_make_a_video_from_a_sentence.py"
AXIS, AFTER = "softmax(scores, dim=-2)", "    weights = weights * exists[:, None]\n"
BEFORE = "scores.masked_fill(~exists[:, None], -torch.inf)"


@pytest.mark.parametrize(
    "repairs, named",
    [
        ({}, "softmax over the pixels"),
        ({AXIS: "softmax(scores, dim=-1)"}, "mask after the softmax"),
        ({AXIS: "softmax(scores, dim=-1)", AFTER: ""}, "no mask"),
        ({AXIS: f"softmax({BEFORE}, dim=-1)", AFTER: ""}, "NaN for a sentence without a word"),
        ({AXIS: f"softmax({BEFORE}, dim=-1).nan_to_num()", AFTER: ""}, None),
    ],
)
def test_the_attention_to_words_is_named_at_each_stage_of_its_repair(repairs, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_ask.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    for old, new in repairs.items():
        assert old in given
        given = given.replace(old, new)
    scope = {"torch": torch}
    exec(given, scope)
    report = check("12.3", scope["given_ask"])
    assert report.misconception == named and report.passed == (named is None)


def encode_as_in_the_lesson(sentences, vocabulary):
    number = {word: i for i, word in enumerate(vocabulary, 1)}
    rows = [[number.get(w, len(number) + 1) for w in s.split()] for s in sentences]
    ids = torch.zeros(len(rows), max(1, *map(len, rows)), dtype=torch.long)
    for row, numbers in zip(ids, rows):
        row[: len(numbers)] = torch.tensor(numbers, dtype=torch.long)
    return ids, ids > 0


def encode_with_a_set(sentences, vocabulary):
    number = {word: i for i, word in enumerate(sorted(set(vocabulary)), 1)}
    rows = [[number.get(w, len(number) + 1) for w in s.split()] for s in sentences]
    width = max(1, *map(len, rows))
    ids = torch.tensor([[0] * (width - len(row)) + row for row in rows])
    return ids, ids > 0


def lift_of_the_mean_head(weights, mask):
    weights = weights.mean(1, keepdim=True).expand_as(weights)
    on = mask.flatten(1).float()
    lift = torch.einsum("bhtl,bt->bhl", weights, on) / weights.sum(2) / on.mean(1)[:, None, None]
    return lift.nan_to_num(0, posinf=0)


def lift_as_a_share(weights, mask):
    share = torch.einsum("bhtl,bt->bhl", weights, mask.flatten(1).float()) / weights.sum(2)
    return share.nan_to_num()


def ask_with_a_low_number(query, key, value, exists):
    scores = query @ key.mT / key.shape[-1] ** 0.5
    return scores.masked_fill(~exists[:, None], -1e9).softmax(-1) @ value


def ask_with_products(query, key, value, exists):
    scores = (query @ key.mT / key.shape[-1] ** 0.5) * exists[:, None]
    return scores.softmax(-1) @ value


def confusion_in_numbers(said, read, names):
    counts = torch.zeros(len(names), len(names) + 1)
    for s, r in zip(said, read):
        counts[names.index(s), names.index(r) if r in names else -1] += 1
    return counts


def doubt_of_group_variances(clips, groups):
    answers = clips.clone()
    each = []
    for g in groups.unique():
        answers[groups == g] = clips[groups == g].mean(0)
        each.append(clips[groups == g].var(0, correction=0).mean())
    return torch.stack(each).mean(), answers


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("12.1", encode_as_in_the_lesson, "padding at the end"),
        ("12.1", encode_with_a_set, "vocabulary sorted"),
        ("12.2", lift_of_the_mean_head, "heads averaged"),
        ("12.2", lift_as_a_share, "even attention not divided out"),
        ("12.3", ask_with_a_low_number, "mean of the padding for a sentence without a word"),
        ("12.3", ask_with_products, "score of padding set to zero"),
        ("12.4", (2, 2, 2), "whole halves exchanged"),
        ("12.5", confusion_in_numbers, "counts in place of shares"),
        ("12.6", doubt_of_group_variances, "groups counted the same"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    assert check(number, wrong).misconception == named
