"""Homework 09: the function to repair is recognised, and after each repair the next is named."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import check

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw09_predict_the_next_frames.py"
FED_BACK = "seen[:, 1:], video[:, t : t + 1]"


@pytest.mark.parametrize(
    "repaired, named",
    [
        (FED_BACK, "nothing repaired yet"),
        ("seen, video[:, t : t + 1]", "true frames fed back"),
        ("seen[:, 1:], following", "clipped only in what is returned + oldest frame dropped"),
        ("seen, following", "clipped only in what is returned"),
        ("seen, following.clamp(0, 1)", None),
    ],
)
def test_the_rollout_that_peeks_is_named_at_each_stage_of_its_repair(repaired, named):
    source = TEXT.read_text("utf-8")
    given = re.search(r"^def given_rollout.*?\n\n", source, re.DOTALL | re.MULTILINE).group()
    assert FED_BACK in given
    scope = {"torch": torch}
    exec(given.replace(FED_BACK, repaired), scope)
    report = check("9.5", scope["given_rollout"])
    assert report.misconception == named and report.passed == (named is None)


def psnr_of_scaled_clips(video, prediction, data_range):
    mse = ((video / data_range - prediction / data_range) ** 2).mean((1, 2, 3, 4))
    return 10 * torch.log10(data_range**2 / mse)


def psnr_capped(video, prediction, data_range):
    mse = F.mse_loss(prediction, video, reduction="none").flatten(1).mean(1)
    return (10 * torch.log10(data_range**2 / mse)).clamp(max=100)


def ssim_by_moments_of_a_sample(x, y, weights, data_range):
    mu_x, mu_y = x @ weights, y @ weights
    cov = ((x - x.mean(-1, keepdim=True)) * (y - y.mean(-1, keepdim=True))).sum(-1) / (
        x.shape[-1] - 1
    )
    C1, C2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    light = (2 * mu_x * mu_y + C1) / (mu_x**2 + mu_y**2 + C1)
    return light * (2 * cov + C2) / (x.var(-1) + y.var(-1) + C2)


def best_by_quantile(futures, probability):
    return torch.einsum("k,k...->...", probability, futures), torch.quantile(futures, 0.5, dim=0)


def best_picked_from_the_unsorted(futures, probability):
    order = futures.argsort(0)
    first = (probability[order].cumsum(0) >= 0.5).int().argmax(0, keepdim=True)
    return torch.einsum("k,k...->...", probability, futures), futures.gather(0, first)[0]


def move_in_one_loop(video, down, across):
    reach, (H, W) = down.shape[1] // 2, video.shape[-2:]
    padded, out = F.pad(video, (reach,) * 4), torch.zeros_like(video)
    for a in range(2 * reach + 1):
        weight = (down[:, a] * across[:, a]).view(-1, 1, 1, 1)
        out = out + weight * padded[:, :, a : a + H, a : a + W]
    return out


def move_one_weight_short(video, down, across):
    reach, (H, W) = down.shape[1] // 2, video.shape[-2:]
    padded = F.pad(video, (reach,) * 4)
    rows = sum(down[:, a].view(-1, 1, 1, 1) * padded[:, :, a : a + H] for a in range(2 * reach))
    return sum(across[:, a].view(-1, 1, 1, 1) * rows[..., a : a + W] for a in range(2 * reach))


def rollout_in_one_pass(model, video, past):
    return model(video)[:, past:].clamp(0, 1)


def rollout_of_two_frames(model, video, past):
    seen = video[:, past - 2 : past]
    frames = []
    for _ in range(video.shape[1] - past):
        frames.append(model(seen)[:, -1:].clamp(0, 1))
        seen = torch.cat((seen[:, -1:], frames[-1]), 1)
    return torch.cat(frames, 1)


def glide_that_repeats(context, background, frames):
    return context[-1:].repeat(frames, 1, 1, 1)


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("9.1", psnr_of_scaled_clips, "range divided out twice"),
        ("9.1", psnr_capped, "100 dB for an exact clip"),
        ("9.2", ssim_by_moments_of_a_sample, "moments of a sample"),
        ("9.3", best_by_quantile, "quantile without the probabilities"),
        ("9.3", best_picked_from_the_unsorted, "picked from the futures as given"),
        ("9.4", move_in_one_loop, "one loop for both sums"),
        ("9.4", move_one_weight_short, "last weight left out"),
        ("9.5", rollout_in_one_pass, "one pass over the true clip"),
        ("9.5", rollout_of_two_frames, "only two frames read"),
        ("9.6", glide_that_repeats, "object stands still"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    assert check(number, wrong).misconception == named
