"""Exercise 13.6: one step of masked parallel decoding."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.unmask_mistakes import MISTAKES


def unmask(
    codes,
    proposed,
    logits,
    step,
    steps,
    *,
    curve="cosine",
    rounding="down",
    of="all",
    clock="after",
    least="one",
    counts="stay",
    sure="probability",
    first="most",
    ties="early",
    written="apart",
    old="kept",
    clips="each",
    what="proposed",
    border="before",
    place="rank",
):
    masked = codes < 0
    left = masked.sum(1)
    share = {"before": step - 1, "after": step, "late": min(step + 1, steps)}[clock] / steps
    part = {
        "cosine": math.cos(math.pi / 2 * share),
        "linear": 1 - share,
        "sine": math.sin(math.pi / 2 * share),
        "square": math.cos(math.pi / 2 * share) ** 2,
        "even": 0.0,
    }[curve]
    many = (left if of == "left" else torch.full_like(left, codes.shape[1])).double() * part
    stay = {"down": many.floor(), "up": many.ceil(), "nearest": many.round()}[rounding].long()
    most = left - 1 if least == "one" else left
    stay = stay.minimum(most).clamp(min=0)
    write = stay.minimum(left) if counts == "write" else left - stay
    if counts == "total":
        write = codes.shape[1] - many.floor().long()
    if curve == "even":
        write = torch.full_like(left, max(codes.shape[1] // steps, 1))
    if clips == "first":
        write = write[:1].expand_as(write)
    if clips == "mean":
        write = write.float().mean().long().clamp(min=1).expand_as(write)
    if border == "after":
        write = write + 1
    p = logits.softmax(-1)
    if sure == "logit":
        p = logits
    if sure == "softmax over places":
        p = logits.softmax(1)
    sureness = p.gather(-1, proposed[..., None])[..., 0]
    if sure == "best code":
        sureness = p.amax(-1)
    if sure == "entropy":
        sureness = torch.where(p > 0, p * p.log(), 0.0).sum(-1)
    if sure == "lead":
        two = p.topk(2).values
        sureness = two[..., 0] - two[..., 1]
    if sure == "nothing":
        sureness = torch.zeros_like(sureness)
    if first == "least":
        sureness = -sureness
    if written == "apart":
        sureness = sureness.masked_fill(~masked, -torch.inf)
    if written == "zero":
        sureness = sureness.masked_fill(~masked, 0.0)
    proposed = logits.argmax(-1) if what == "best" else proposed
    if old == "masked again":
        rank = _rank(sureness.masked_fill(~masked, torch.inf), ties)
        kept = rank < codes.shape[1] - many.floor()[:, None]
        return torch.where(kept, torch.where(masked, proposed, codes), -1)
    rank = _rank(sureness, ties)
    if place == "order":
        rank = rank.argsort(1)
    if ties == "together":  # all that are as sure as the last one that is written
        last = sureness.sort(dim=1, descending=True).values
        last = last.gather(1, (write[:, None] - 1).clamp(0, codes.shape[1] - 1))
        rank = torch.where(sureness >= last, 0, codes.shape[1])
    chosen = rank < write[:, None] if written == "replaced" else masked & (rank < write[:, None])
    if what == "all":
        chosen = masked
    if what == "the others":
        chosen = masked & ~chosen
    out = torch.where(chosen, proposed, codes)
    return torch.where(masked, out, proposed) if old == "rewritten" else out


def _rank(sureness, ties):
    """How many places of the clip go first."""
    if ties == "late":
        return _rank(sureness.flip(1), "early").flip(1)
    return sureness.sort(dim=1, descending=True, stable=True).indices.argsort(1)


def draw_unmask(d):
    B, N, K = d.distinct(3, low=3, high=9)
    N = 2 * N + 3  # odd: no schedule lands on a whole number by a hair
    steps = d.integer(3, 7)
    if d.every(6, start=4):
        steps = N + 2  # more steps than places: still at least one in each
    step = 2 + int(torch.randint(steps - 2, (), generator=d.generator))
    if d.every(3, start=1):
        step = steps
    if d.every(3, start=2):
        step = 1
    logits = d.normal(B, N, K, scale=2.0) + d.normal(B, N, 1, scale=2.0)
    proposed = torch.randint(K, (B, N), generator=d.generator)
    for b in range(B):  # four places are equally sure, and surer than most
        same = d.permutation(N)[:4]
        logits[b, same] = logits[b, same[0]].clone()
        proposed[b, same] = logits[b, same[0]].argmax()
    stay = math.floor(N * math.cos(math.pi / 2 * (step - 1) / steps))
    codes = torch.full((B, N), -1)
    for b in range(B):
        known = d.permutation(N)[: N - stay + (d.integer(0, 2) if b else 0)]
        codes[b, known] = torch.randint(K, (len(known),), generator=d.generator)
    if d.every(3, start=1):  # the last place is written now, though its probability rounds to 0
        codes[0, -1] = -1
        logits[0, -1, proposed[0, -1]] = -200.0
    if d.every(4, start=3):
        codes[-1] = codes[-1].clamp(min=0)  # a clip in which nothing is masked any more
    return {"codes": codes, "proposed": proposed, "logits": logits, "step": step, "steps": steps}


UNMASK = Exercise(
    "13.6",
    "a step of masked decoding",
    unmask,
    draw_unmask,
    MISTAKES,
)
