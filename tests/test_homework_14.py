"""Homework 14: the loss to repair is recognised, and mistakes as learners type them are."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw14_generate_by_flow.py"
LEVELS = (
    ("torch.rand(clips.shape[1], generator", "torch.rand(len(clips), generator"),
    ("level.view(-1, 1, 1, 1)", "level.view(-1, 1, 1, 1, 1)"),
)
NOISE = (("torch.randn(clips.shape[1:],", "torch.randn(clips.shape,"),)
WEIGHT = (("(1 - a).clamp(min=0.1) ** 2", "(1 - a).clamp(min=0.1) ** -2"),)


def test_the_homework_text_compiles():
    compile(TEXT.read_text("utf-8"), str(TEXT), "exec")


@pytest.mark.parametrize(
    "repairs, named",
    [
        ((), "nothing repaired yet"),
        (LEVELS, "noise shared by the batch + weight inverted"),
        (NOISE, "level along the frames + weight inverted"),
        (WEIGHT, "level along the frames + noise shared by the batch"),
        ((*LEVELS, *NOISE), "weight inverted"),
        ((*LEVELS, *WEIGHT), "noise shared by the batch"),
        ((*NOISE, *WEIGHT), "level along the frames"),
        ((*LEVELS, *NOISE, *WEIGHT), None),
    ],
)
def test_the_loss_is_named_at_each_stage_of_its_repair(repairs, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_loss.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    for old, new in repairs:
        assert old in given
        given = given.replace(old, new)
    scope = {"torch": torch}
    exec(given, scope)
    report = check("14.4", scope["given_loss"])
    assert report.misconception == named and report.passed == (named is None)


def point_the_other_way(clip, noise, level):
    return torch.lerp(clip, noise, level.view(-1, 1, 1, 1, 1)), clip - noise


def velocity_overflows(points, weights, where, level):
    far = torch.cdist(where, level * points) ** 2
    share = weights * torch.exp(-far / (2 * (1 - level) ** 2))
    return (share @ points / share.sum(1, keepdim=True) - where) / (1 - level)


def velocity_of_equal_points(points, weights, where, level):
    far = torch.cdist(where, level * points) ** 2
    share = torch.softmax(-far / (2 * (1 - level) ** 2), 1)
    return (share @ points - where) / (1 - level)


def velocity_unscaled(points, weights, where, level):
    far = torch.cdist(where, points) ** 2
    share = torch.softmax(weights.log() - far / (2 * (1 - level) ** 2), 1)
    return (share @ points - where) / (1 - level)


def heun_of_the_lesson_kind(predict, noise, levels):
    z = noise
    for a, b in zip(levels[:-1], levels[1:]):
        v = (predict(z, a) - z) / (1 - a)
        ahead = z + (b - a) * v
        z = z + (b - a) * (v + (predict(ahead, b) - ahead) / (1 - b)) / 2
    return z


def heun_with_a_floor(predict, noise, levels):
    z = noise
    for a, b in zip(levels[:-1], levels[1:]):
        v = (predict(z, a) - z) / (1 - a).clamp(min=0.001)
        ahead = z + (b - a) * v
        z = z + (b - a) * (v + (predict(ahead, b) - ahead) / (1 - b).clamp(min=0.001)) / 2
    return z


def euler_only(predict, noise, levels):
    z = noise
    for a, b in zip(levels[:-1], levels[1:]):
        z = z + (b - a) / (1 - a) * (predict(z, a) - z)
    return z


def guide_as_in_the_paper(empty, captions, shares, point, level, weight, interval):
    plain = torch.einsum("k,kbtchw->btchw", shares, captions)
    a = level.view(-1, 1, 1, 1, 1)
    strong = (1 + weight) * plain - weight * empty
    clean = torch.where((a >= interval[0]) & (a <= interval[1]), strong, plain)
    return clean, (clean - point) / (1 - a)


def guide_off_is_zero(empty, captions, shares, point, level, weight, interval):
    plain = torch.einsum("k,kbtchw->btchw", shares, captions)
    a = level.view(-1, 1, 1, 1, 1)
    w = weight * ((a >= interval[0]) & (a <= interval[1]))
    clean = empty + w * (plain - empty)
    return clean, (clean - point) / (1 - a)


def frechet_of_roots(a, weights_a, b, weights_b):
    def root(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors * values.clamp(min=0).sqrt() @ vectors.T

    (m, p), (n, q) = (
        (w @ x, (x - w @ x).T @ (w[:, None] * (x - w @ x)))
        for x, w in ((a, weights_a), (b, weights_b))
    )
    return (m - n).square().sum() + (root(p) - root(q)).square().sum()


def frechet_unweighted(a, weights_a, b, weights_b):
    m, n = a.mean(0), b.mean(0)
    p, q = torch.cov(a.T, correction=0), torch.cov(b.T, correction=0)
    overlap = torch.linalg.eigvals(p @ q).real.clamp(min=0).sqrt().sum()
    return (m - n).square().sum() + p.trace() + q.trace() - 2 * overlap


def frechet_with_one_clamp(a, weights_a, b, weights_b):
    (m, p), (n, q) = (
        (w @ x, (x - w @ x).T @ (w[:, None] * (x - w @ x)))
        for x, w in ((a, weights_a), (b, weights_b))
    )
    values, vectors = torch.linalg.eigh(p)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    overlap = torch.linalg.eigvalsh(root @ q @ root).sqrt().sum()
    return (m - n).square().sum() + p.trace() + q.trace() - 2 * overlap


def frechet_without_clamp(a, weights_a, b, weights_b):
    (m, p), (n, q) = (
        (w @ x, (x - w @ x).T @ (w[:, None] * (x - w @ x)))
        for x, w in ((a, weights_a), (b, weights_b))
    )
    values, vectors = torch.linalg.eigh(p)
    root = vectors * values.sqrt() @ vectors.T
    overlap = torch.linalg.eigvalsh(root @ q @ root).sqrt().sum()
    return (m - n).square().sum() + p.trace() + q.trace() - 2 * overlap


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("14.1", point_the_other_way, "noise and clip exchanged"),
        ("14.2", velocity_overflows, "0 / 0 of exponentials"),
        ("14.2", velocity_of_equal_points, "weights forgotten"),
        ("14.2", velocity_unscaled, "distance to the clean point"),
        ("14.3", heun_of_the_lesson_kind, "0 / 0 at the end"),
        ("14.3", heun_with_a_floor, "end saved by a small number"),
        ("14.3", euler_only, "Euler"),
        ("14.5", guide_as_in_the_paper, "weight counted from the captions"),
        ("14.5", guide_off_is_zero, "empty answer outside the interval"),
        ("14.6", frechet_of_roots, "roots multiplied one by one"),
        ("14.6", frechet_unweighted, "weights forgotten"),
        ("14.6", frechet_without_clamp, "root of a covariance without a clamp"),
        ("14.6", frechet_with_one_clamp, "root of a negative eigenvalue"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    assert check(number, wrong).misconception == named
