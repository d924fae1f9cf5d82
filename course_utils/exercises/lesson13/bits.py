"""Exercise 13.4: bits per frame of a model over codes, and of a table that knows no past."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.bits_mistakes import MISTAKES


def bits_per_frame(
    logits,
    codes,
    *,
    unit="bits",
    table_unit="bits",
    over="sum",
    table_over="frame",
    start=1,
    table_from=1,
    table="counted",
    empty="0",
    what="cross-entropy",
    impossible="allowed",
    stable=True,
    tables="one",
    axis="codes",
    late=0,
    each="frame",
    parts="model first",
):
    K, S = logits.shape[-1], codes.shape[-1]
    if impossible == "zero":
        logits = logits.nan_to_num(neginf=0.0)
    dim = -1 if axis == "codes" else -2
    log_p = logits.log_softmax(dim) if stable is True else logits.softmax(dim).log()
    if stable in (1e-12, 1e-9):  # a small number, against the logarithm of 0
        log_p = (logits.softmax(dim) + stable).log()
    log_p = logits if what == "logits" else log_p
    happened = codes.roll(-1, 1) if late == 1 else codes
    cost = -log_p.gather(-1, happened[..., None])[..., 0]  # batch frames tokens
    if late == "one less":
        cost = -log_p[:, :-1].gather(-1, codes[:, 1:, :, None])[..., 0]
        cost = torch.cat((cost[:, :1], cost), 1)
    if what == "one-hot":
        cost = -(torch.nn.functional.one_hot(codes, K) * log_p).sum(-1)
    if what == "best":
        cost = -log_p.amax(-1)
    if what == "entropy":
        cost = -(log_p.exp() * log_p).nan_to_num(0.0).sum(-1)
    cost = cost[:, start:]
    cost = {
        "sum": cost.sum(-1).mean(),
        "all": cost.sum(),
        "mean": cost.mean(),
        "clip": cost.sum((1, 2)).mean(),
        "probabilities": -(-cost).exp().mean().log() * S,
    }[over]
    if each == "all frames":
        cost = cost * (1 - 1 / codes.shape[1])
    seen = codes[:, table_from:]
    columns = seen.flatten(0, 1).T if tables == "each place" else seen.reshape(1, -1)
    columns = seen.transpose(0, 1).flatten(1) if tables == "each frame" else columns
    free = torch.stack([_entropy(column, K, table, empty) for column in columns]).mean()
    if table == "the model's":
        p = logits[:, start:].softmax(-1).flatten(0, 2).mean(0)
        free = -(p * p.log()).nan_to_num(0.0).sum()
    free = free * {"token": 1, "frame": S, "clip": S * seen.shape[1], "code": S / K}[table_over]
    a, b = cost / UNIT[unit], free / UNIT[table_unit]
    return (a, b) if parts == "model first" else (b, a)


UNIT = {
    "bits": math.log(2),
    "nats": 1.0,
    "times": 1 / math.log(2),
    "digits": math.log(10),
    "minus": -math.log(2),
}


def _entropy(codes, K, table, empty):
    p = torch.bincount(codes, minlength=K).float()
    if table == "smoothed":
        p = p + 1
    if table == "even":
        p = torch.ones(K)
    p = p / p.sum()
    terms = p * p.log()
    return -(terms if empty == "nan" else terms.nan_to_num(0.0)).sum()


def draw_bits(d):
    B, T, S, K = d.distinct(4, low=2, high=8)
    T, K = T + 1, K + 2
    logits = d.normal(B, T, S, K, scale=2.0)
    codes = torch.randint(K - 1, (B, T, S), generator=d.generator)
    codes[:, 0] = K - 1  # a code that only the first frame has
    if d.every(2):  # a model that rules out what does not happen
        out = logits.argmin(-1)
        hit = torch.nn.functional.one_hot(out, K).bool() & (out != codes)[..., None]
        logits = logits.masked_fill(hit, -torch.inf)
    if d.every(3, start=1):  # something very unlikely happens
        logits[-1, -1, -1, codes[-1, -1, -1]] = -200.0
    if d.every(5, start=4):  # something happens that was ruled out
        logits[0, -1, 0, codes[0, -1, 0]] = -torch.inf
    return {"logits": logits, "codes": codes}


BITS_PER_FRAME = Exercise(
    "13.4",
    "bits per frame",
    bits_per_frame,
    draw_bits,
    MISTAKES,
    returns=("model", "table"),
)
