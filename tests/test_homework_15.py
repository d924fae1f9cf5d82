"""Homework 15: the sampler to repair is recognised, and mistakes as learners type them are."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw15_one_model_four_tasks.py"
TOLD = (("predict(frame, levels[0], cache)", "predict(frame, torch.ones(()), cache)"),)
KEPT = (("            cache.append(token)\n", ""),)
FILM = "        film.append(z)"
READ = ((FILM, "        cache.append(predict(z, 1.0, cache)[1])\n" + FILM),)
LAST = (("            cache.append(token)\n", "        cache.append(token)\n"),)


@pytest.mark.parametrize(
    "repairs, named",
    [
        ((), "nothing repaired yet"),
        (TOLD, "a token of every step kept"),
        (KEPT, "written frames forgotten + known frames read as noise"),
        (READ, "noisy tokens kept beside the clean one + known frames read as noise"),
        ((*TOLD, *KEPT), "written frames forgotten"),
        ((*TOLD, *READ), "noisy tokens kept beside the clean one"),
        ((*TOLD, *LAST), "token of the last step kept"),
        ((*KEPT, *READ), "known frames read as noise"),
        ((*TOLD, *KEPT, *READ), None),
    ],
)
def test_the_sampler_is_named_at_each_stage_of_its_repair(repairs, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_sampler.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    for old, new in repairs:
        assert old in given
        given = given.replace(old, new)
    scope = {"torch": torch}
    exec(given, scope)
    report = check("15.4", scope["given_sampler"])
    assert report.misconception == named and report.passed == (named is None)


def levels_of_the_strength(task, frames, known, strength):
    out = torch.zeros(2, frames)
    if task == "edit":
        out[0] = strength
    if task in ("predict", "interpolate", "edit"):
        out[0, :known] = 1
    if task in ("interpolate", "edit"):
        out[0, frames - known :] = 1
    if task == "repaint":
        out[1] = 1
    return out


def pyramid_by_frame_number(known, steps, lag):
    missing = (~known).nonzero().flatten()
    last = steps + lag * int(missing[-1]) if len(missing) else 0
    levels = (torch.arange(last + 1)[:, None] - lag * torch.arange(len(known))) / steps
    return levels.clamp(0, 1).masked_fill(known, 1.0)


def pyramid_without_its_end(known, steps, lag):
    queue = (~known).cumsum(0) - 1
    missing = int((~known).sum())
    rounds = torch.arange(steps + lag * (missing - 1) if missing else 1)
    return ((rounds[:, None] - lag * queue) / steps).clamp(0, 1).masked_fill(known, 1.0)


def pyramid_of_no_frames(known, steps, lag):
    queue = (~known).cumsum(0) - 1
    rounds = torch.arange(max(steps + lag * (int((~known).sum()) - 1) + 1, 1))
    return ((rounds[:, None] - lag * queue) / steps).clamp(0, 1).masked_fill(known, 1.0)


def loss_with_clean_frames(predicted, clip, levels, exists, floor):
    error = (predicted - clip).square().mean((2, 3, 4))
    error = error / (1 - levels).clamp(min=floor) ** 2
    return error[exists].mean()


def loss_by_all(predicted, clip, levels, exists, floor):
    error = (predicted - clip).square().mean((2, 3, 4))
    error = error / (1 - levels).clamp(min=floor) ** 2
    return (error * exists * (levels < 1)).mean()


def loss_that_divides_by_nothing(predicted, clip, levels, exists, floor):
    error = (predicted - clip).square().mean((2, 3, 4))
    error = error / (1 - levels).clamp(min=floor) ** 2
    return error[exists & (levels < 1)].mean()


def windows_cut_short(write, first, noise, window, overlap):
    film = first[: len(noise)]
    while len(film) < len(noise):
        new = noise[len(film) : len(film) + window - overlap]
        levels = torch.cat((torch.ones(overlap), torch.zeros(len(new))))
        part = write(torch.cat((film[-overlap:], new)), levels)
        film = torch.cat((film, part[overlap:]))
    return film


def windows_that_overwrite(write, first, noise, window, overlap):
    film = first[: len(noise)]
    while len(film) < len(noise):
        have = len(film)
        start = min(have - overlap, len(noise) - window)
        part = torch.cat((film[start:], noise[have : start + window]))
        levels = (torch.arange(window) < have - start).float()
        film = torch.cat((film[:start], write(part, levels)))
    return film


def edit_with_one_level(predict, clip, chosen, level, noise, steps):
    if level == 1:
        return clip
    pick = chosen[:, None]
    z = torch.where(pick, (1 - level) * noise + level * clip, clip)
    for k in range(steps):
        now = level + k / steps * (1 - level)
        x = predict(z, torch.full((len(clip),), now))
        z = torch.where(pick, z + (1 - level) / steps / (1 - now) * (x - z), z)
    return z


def edit_that_stops(predict, clip, chosen, level, noise, steps):
    pick = chosen[:, None]
    z = torch.where(pick, (1 - level) * noise + level * clip, clip)
    for k in range(steps):
        now = level + k / steps * (1 - level)
        rate = (1 - level) / steps / (1 - now)
        z = torch.where(pick, z + rate * (predict(z, torch.where(chosen, now, 1.0)) - z), z)
    return z


def edit_that_divides_by_zero(predict, clip, chosen, level, noise, steps):
    pick = chosen[:, None]
    z = torch.where(pick, (1 - level) * noise + level * clip, clip)
    marks = torch.linspace(level, 1, steps + 1)
    for now, after in zip(marks[:-1], marks[1:]):
        x = predict(z, torch.where(chosen, now, 1.0))
        z = torch.where(pick, z + (after - now) / (1 - now) * (x - z), z)
    return z


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("15.1", levels_of_the_strength, "strength taken for a level"),
        ("15.2", pyramid_by_frame_number, "known frames wait their turn too"),
        ("15.2", pyramid_without_its_end, "last frame never clean"),
        ("15.2", pyramid_of_no_frames, "rounds though nothing is missing"),
        ("15.3", loss_with_clean_frames, "clean frames scored"),
        ("15.3", loss_by_all, "divided by all frames"),
        ("15.3", loss_that_divides_by_nothing, "0 / 0 when all is clean"),
        ("15.5", windows_cut_short, "last window cut short"),
        ("15.5", windows_that_overwrite, "known frames overwritten"),
        ("15.6", edit_with_one_level, "one level for the whole clip"),
        ("15.6", edit_that_stops, "stopped by 0 / 0 where there is no noise"),
        ("15.6", edit_that_divides_by_zero, "0 / 0 where there is no noise"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    assert check(number, wrong).misconception == named
