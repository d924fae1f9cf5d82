"""Homework 07: the function to repair is a mistake its check knows, so is what learners write."""

import re
from pathlib import Path

import pytest
import torch

from course_utils.attention import frame_causal_mask, padding_mask, to_torch_mask
from course_utils.checks import check


def test_the_function_to_repair_in_homework_07_is_recognised():
    path = Path(__file__).parents[1] / "notebooks" / "text" / "hw07_join_encoder_and_decoder.py"
    given = re.search(
        r"^def given_call.*?\n\n", path.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ).group()
    scope = {"frame_causal_mask": frame_causal_mask}
    exec(given, scope)
    assert check("7.3", scope["given_call"]).misconception == "nothing repaired yet"


def masks_with(target):
    """Masks for exercise 7.1 whose source and memory are right."""

    def masks(lengths, patches, frames):
        keys = int(lengths.max()) * patches
        real = padding_mask(lengths * patches, keys)
        return (
            real.expand(-1, keys, -1),
            target(patches, frames),
            real.expand(-1, frames * patches, -1),
        )

    return masks


def shift_with(shown):
    """A shift for exercise 7.2 whose source and truth are right."""

    def shift(tokens, past):
        return tuple(
            part.flatten(1, 2) for part in (tokens[:, :past], shown(tokens, past), tokens[:, past:])
        )

    return shift


def shown_and_wanted_exchanged(tokens, past):
    parts = tokens[:, :past], tokens[:, past:], tokens[:, past - 1 : -1]
    return tuple(part.flatten(1, 2) for part in parts)


def call_reshaping_back(model, source, target, patches):
    mask = to_torch_mask(frame_causal_mask(target.shape[1] // patches, patches))
    out = model(source.permute(1, 0, 2), target.permute(1, 0, 2), tgt_mask=mask)
    return out.reshape(target.shape)


def call_with_the_mask_third(model, source, target, patches):
    mask = to_torch_mask(frame_causal_mask(target.shape[1] // patches, patches))
    return model(source.transpose(0, 1), target.transpose(0, 1), mask).transpose(0, 1)


def adamw_without_the_power(weight, gradient, m, v, step, lr, decay):
    m, v = 0.9 * m + 0.1 * gradient, 0.95 * v + 0.05 * gradient**2
    return weight - lr * (m / 0.1 / ((v / 0.05) ** 0.5 + 1e-8) + decay * weight), m, v


def generate_without_the_axis(model, context, frames):
    memory, shown = model.read(context), context[:, -1]
    for _ in range(frames):
        shown = torch.cat((shown, model.write(memory, shown)[:, -1:].clamp(0, 1)), 1)
    return shown[:, 1:]


LEARNERS = [
    ("7.1", "ahead in place of back", masks_with(lambda p, f: frame_causal_mask(f, p).T)),
    (
        "7.2",
        "starts with the last wanted frame",
        shift_with(lambda x, past: x[:, past:].roll(1, 1)),
    ),
    ("7.2", "shown to the end", shift_with(lambda x, past: x[:, past - 1 :])),
    ("7.2", "shown and wanted exchanged", shown_and_wanted_exchanged),
    ("7.3", "reshaped on the way out only", call_reshaping_back),
    ("7.3", "mask in the encoder's slot", call_with_the_mask_third),
    ("7.4", "correction without the power", adamw_without_the_power),
    ("7.5", "frame without its axis of time", generate_without_the_axis),
]


@pytest.mark.parametrize("number, name, written", LEARNERS, ids=[name for _, name, _ in LEARNERS])
def test_what_a_learner_writes_is_named(number, name, written):
    assert check(number, written).misconception == name
