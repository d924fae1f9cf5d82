"""Exercise 13.6: one step of masked parallel decoding."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import MASKED


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
):
    masked = codes < 0
    left = masked.sum(1)
    share = (step - 1 if clock == "before" else step) / steps
    part = {
        "cosine": math.cos(math.pi / 2 * share),
        "linear": 1 - share,
        "sine": math.sin(math.pi / 2 * share),
    }[curve]
    many = (left if of == "left" else torch.full_like(left, codes.shape[1])) * part
    stay = {"down": many.floor(), "up": many.ceil(), "nearest": many.round()}[rounding].long()
    most = left - 1 if least == "one" else left
    stay = stay.minimum(most).clamp(min=0)
    write = stay.minimum(left) if counts == "write" else left - stay
    p = logits.softmax(-1)
    if sure == "logit":
        p = logits
    if sure == "softmax over places":
        p = logits.softmax(1)
    sureness = p.gather(-1, proposed[..., None])[..., 0]
    if sure == "best code":
        sureness = p.amax(-1)
    if first == "least":
        sureness = -sureness
    if written == "apart":
        sureness = sureness.masked_fill(~masked, -torch.inf)
    if old == "masked again":
        rank = _rank(sureness.masked_fill(~masked, torch.inf), ties)
        kept = rank < codes.shape[1] - many.floor()[:, None]
        return torch.where(kept, torch.where(masked, proposed, codes), -1)
    chosen = masked & (_rank(sureness, ties) < write[:, None])
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
    steps = d.integer(2, 7)
    if d.every(6, start=4):
        steps = N + 2  # more steps than places: still at least one in each
    step = 1 + int(torch.randint(steps, (), generator=d.generator))
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
    if d.every(4, start=3):
        codes[-1] = codes[-1].clamp(min=0)  # a clip in which nothing is masked any more
    return {"codes": codes, "proposed": proposed, "logits": logits, "step": step, "steps": steps}


UNMASK = Exercise(
    "13.6",
    "a step of masked decoding",
    unmask,
    draw_unmask,
    (
        mistake(
            "linear schedule",
            MASKED,
            "You write as many tokens in each step. The cosine writes few at first, when little "
            "is known, and many at the end.",
            curve="linear",
        ),
        mistake(
            "sine in place of cosine",
            MASKED,
            "With you more stays masked in later steps than in earlier ones. At the end nothing "
            "must be left: which of the two is 0 at a quarter turn?",
            curve="sine",
        ),
        mistake(
            "rounded up",
            MASKED,
            "You round the schedule up. Its last value is a cosine that is 0 up to rounding, and "
            "up from there is 1: a token stays masked for ever.",
            rounding="up",
        ),
        mistake(
            "rounded to the nearest",
            MASKED,
            "You round the schedule to the nearest number. Here it is rounded down.",
            rounding="nearest",
        ),
        mistake(
            "share of what is left",
            MASKED,
            "You take the cosine of what is masked now, so that every step shrinks it once more. "
            "The schedule is a share of all N places.",
            of="left",
        ),
        mistake(
            "one step behind",
            MASKED,
            "You count steps from 0. Step k says how many are masked *after* it; after the last "
            "one none is.",
            clock="before",
        ),
        mistake(
            "a step without a token",
            MASKED,
            "A step of yours writes nothing: the schedule allowed more masked places than there "
            "are. At least one per step, as long as one is left.",
            least="none",
        ),
        mistake(
            "schedule counts what is written",
            MASKED,
            "You write as many as should stay masked. What is the number of places to write, when "
            "you know how many are masked now and how many after?",
            counts="write",
        ),
        mistake(
            "logit in place of probability",
            MASKED,
            "You compare logits of different places. A place with large logits everywhere is not "
            "sure of anything: what makes them comparable?",
            sure="logit",
        ),
        mistake(
            "sureness of the best code",
            MASKED,
            "You take the largest probability of the place. What is to be written is the proposed "
            "code: how probable is that one?",
            sure="best code",
        ),
        mistake(
            "softmax over places",
            MASKED,
            "Your softmax runs over the places. Each place chooses among the codes.",
            sure="softmax over places",
        ),
        mistake(
            "least sure first",
            MASKED,
            "You write what the model is least sure of. Those places should wait until more is "
            "known around them.",
            first="least",
        ),
        mistake(
            "ties from the end",
            MASKED,
            "Of two places that are equally sure you write the later one first. Here the earlier "
            "one goes first: what does a stable sort keep?",
            ties="late",
        ),
        mistake(
            "written places compete",
            MASKED,
            "Places that are written already take part in the choice and use up its number. They "
            "must stand behind all others.",
            written="compete",
        ),
        mistake(
            "written codes masked again",
            MASKED,
            "You keep as many codes as the schedule says and mask the rest, also what was written "
            "before. Once written, a code stays.",
            old="masked again",
        ),
        mistake(
            "written codes replaced",
            MASKED,
            "You replace codes that were written before. Once written, a code stays.",
            old="rewritten",
        ),
    ),
)
