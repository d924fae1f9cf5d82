"""Homework 11: the condition to repair is named at each stage; mistakes as learners type them."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw11_repaint_a_video.py"
WORD, PICTURE = "words = goal[:, None]", "reference = films[rows, goal]"


@pytest.mark.parametrize(
    "words, reference, named",
    [
        (WORD, PICTURE, "nothing repaired yet"),
        (f"{WORD} + 1", PICTURE, "reference of the clip itself + whole clip as the reference"),
        (
            f"{WORD} + 1",
            "reference = films[rows, goal, T // 2][:, None]",
            "reference of the clip itself",
        ),
        (f"{WORD} + 1", "reference = films[other, goal]", "whole clip as the reference"),
        (WORD, "reference = films[other, goal, T // 2][:, None]", "word 0 for the first style"),
        (f"{WORD} + 1", "reference = films[other, goal, T // 2][:, None]", None),
    ],
)
def test_the_condition_that_gives_the_answer_away_is_named_at_each_stage(words, reference, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_condition.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    assert WORD in given and PICTURE in given
    scope = {"torch": torch}
    exec(given.replace(WORD, words).replace(PICTURE, reference), scope)
    report = check("11.3", scope["given_condition"])
    assert report.passed == (named is None)
    assert (
        report.misconception is None
        if named is None
        else {*named.split(" + ")} == {*report.misconception.split(" + ")}
    )


def transfer_by_indexing(video, mask, reference):
    out = video.clone()
    pixels = video.movedim(2, -1)[mask]  # of all clips together
    wanted = reference.movedim(2, -1).flatten(0, -2)
    moved = (pixels - pixels.mean(0)) / pixels.std(0, correction=0)
    out.movedim(2, -1)[mask] = (moved * wanted.std(0, correction=0) + wanted.mean(0)).clamp(0, 1)
    return out


def transfer_of_the_whole(video, mask, reference):
    mean, mean_r = (x.mean((1, 3, 4), keepdim=True) for x in (video, reference))
    std, std_r = (x.std((1, 3, 4), correction=0, keepdim=True) for x in (video, reference))
    return ((video - mean) / std * std_r + mean_r).clamp(0, 1)


def transfer_with_all_statistics(video, mask, reference):
    return torch.where(mask[:, :, None], transfer_of_the_whole(video, mask, reference), video)


def flicker_of_the_video(target, video, mask):
    either = (mask[:, 1:] | mask[:, :-1])[:, :, None].float()
    change = video[:, 1:] - video[:, :-1]
    count = (3 * either.sum((2, 3, 4))).clamp(min=1)
    return ((change * either).square().sum((2, 3, 4)) / count).sqrt()


def flicker_of_masked_clips(target, video, mask):
    error = (video - target) * mask[:, :, None]
    return error.diff(dim=1).square().mean((2, 3, 4)).sqrt()


def flicker_of_pixels_in_both(target, video, mask):
    both = (mask[:, 1:] * mask[:, :-1])[:, :, None]
    change = ((video - target).diff(dim=1) * both).square().sum((2, 3, 4))
    return (change / (3 * both.sum((2, 3, 4))).clamp(min=1)).sqrt()


def histogram_by_two_sorts(video, reference):
    x, r = (v.movedim(1, 0).flatten(1) for v in (video, reference))
    rank = x.argsort(dim=1, stable=True).argsort(dim=1)
    share = rank / (x.shape[1] - 1)
    rows = [torch.quantile(r[c], share[c]) for c in range(3)]
    return torch.stack(rows).unflatten(1, video[:, 0].shape).movedim(0, 1)


def histogram_of_all_channels(video, reference):
    _, group, count = video.flatten().unique(return_inverse=True, return_counts=True)
    share = (count.cumsum(0) - 1 - (count - 1) / 2) / (video.numel() - 1)
    return torch.quantile(reference.flatten(), share)[group].view_as(video)


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("11.1", transfer_of_the_whole, "ground repainted too + ground counted in the statistics"),
        ("11.1", transfer_with_all_statistics, "ground counted in the statistics"),
        ("11.2", flicker_of_the_video, "motion counted as flicker"),
        ("11.2", flicker_of_pixels_in_both, "only where the object is in both frames"),
        ("11.4", (0.3, 13.98), "both places counted alike"),
        ("11.4", (0.5, 13.98), "bet on the likely place"),
        ("11.5", histogram_by_two_sorts, "equal pixels torn apart"),
        ("11.5", histogram_of_all_channels, "all channels in one histogram"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    found = check(number, wrong).misconception
    assert {*found.split(" + ")} == {*named.split(" + ")}


@pytest.mark.parametrize(
    "number, wrong", [("11.1", transfer_by_indexing), ("11.2", flicker_of_masked_clips)]
)
def test_a_mistake_without_a_name_does_not_pass(number, wrong):
    report = check(number, wrong)
    assert not report.passed and report.failed
