"""Exercise 12.2: how much more of a word's attention comes from the object than from elsewhere."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson12.mistakes import mistake

WHERE = "where do the words go?"


def lift(
    weights,
    mask,
    *,
    heads="kept",
    order="by time",
    over="tokens",
    even="divided",
    side="object",
    empty="zero",
    kind="sum",
):
    B, H, _, L = weights.shape
    on = (mask if order == "by time" else mask.transpose(1, 2)).reshape(B, 1, -1, 1).to(weights)
    on = 1 - on if side == "ground" else on
    if heads == "mean":
        weights = weights.mean(1, keepdim=True).expand_as(weights)
    held, total = (weights * on).sum(2), weights.sum(2)
    if kind == "mean":  # mean weight on the object, over mean weight everywhere else
        total = (weights * (1 - on)).sum(2) / (1 - on).sum(2).clamp(min=1)
        share = held / on.sum(2).clamp(min=1) / total.clamp(min=1e-12)
        return torch.where(held > 0, share, torch.zeros_like(share))
    total = held.sum(-1, keepdim=True).expand_as(held) if over == "words" else total
    share = held / total.clamp(min=1e-12)
    area = on.mean(2)  # B 1 1
    if even == "divided":
        share = share / area.clamp(min=1e-12)
    if even == "subtracted":
        share = share - area
    if even == "count":
        share = share / on.sum(2).clamp(min=1)
    seen = (weights.sum(2) > 0) & (area > 0)
    if empty == "one":
        return torch.where(seen, share, torch.ones_like(share))
    return torch.where(seen, share, torch.zeros_like(share))


def draw_attention(d):
    B, H, T, N, L = d.distinct(5, low=2, high=8)
    exists = torch.ones(B, 1, 1, L, dtype=torch.bool)
    exists[0, ..., -1] = False  # padding
    weights = d.normal(B, H, T * N, L, scale=2.0).masked_fill(~exists, -torch.inf).softmax(-1)
    mask = d.mask(B, T, N, share=0.4)
    mask[:, 0, 0], mask[:, -1, 0], mask[:, 0, -1] = True, False, False
    if d.every(3, start=2):
        mask[-1] = False  # a clip whose object is nowhere
    return {"weights": weights, "mask": mask}


LIFT = Exercise(
    "12.2",
    "the lift of a word",
    lift,
    draw_attention,
    (
        mistake(
            "heads averaged",
            WHERE,
            "All heads have the same number in your answer. Each head is to keep its own: one may "
            "look at the object and another at the ground.",
            heads="mean",
        ),
        mistake(
            "tokens counted place by place",
            WHERE,
            "You flatten the mask through all frames of the first patch, then of the second. "
            "Tokens stand frame by frame.",
            order="by place",
        ),
        mistake(
            "shared out among the words",
            "Eq. 12.7",
            "Your numbers say which word the object attends to. Asked is the other direction: of "
            "all attention that one word receives, how much comes from the object?",
            over="words",
        ),
        mistake(
            "even attention not divided out",
            WHERE,
            "You return the share of Eq. 12.7. A large object has a large share without any "
            "attention to it: divide by the share of the tokens that it covers.",
            even="left",
        ),
        mistake(
            "even attention subtracted",
            WHERE,
            "You subtract the share of the tokens. Asked is how many *times* as much: 1 for even "
            "attention.",
            even="subtracted",
        ),
        mistake(
            "divided by the number of tokens on the object",
            WHERE,
            "You divide by how many tokens hold the object. Even attention is the *share* of the "
            "tokens that do.",
            even="count",
        ),
        mistake(
            "ground in place of the object",
            WHERE,
            "You measured the tokens where the object is not. True in the mask means object.",
            side="ground",
        ),
        mistake(
            "compared with the ground alone",
            WHERE,
            "You compare the mean weight on the object with the mean weight beside it. Even "
            "attention is that of all tokens, the object's among them.",
            kind="mean",
        ),
        mistake(
            "one where nothing was seen",
            WHERE,
            "Padding, or an object that is nowhere, gets a 1 from you, as if attention were even. "
            "Nobody attended, or to nothing: 0.",
            empty="one",
        ),
    ),
)
