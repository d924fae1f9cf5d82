"""Exercise 2.4: a local attention with three planted bugs, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson02.mistakes import OVER_QUERIES, SCALE, mistake


def local_attention(
    tokens, places, reach, *, scale="root", axis=-1, inverted=False, after=False, border=True
):
    distance = (places[:, None] - places).norm(dim=-1)
    mask = distance <= reach if border else (distance < reach)
    mask = ~mask if inverted else mask
    d_k = tokens.shape[-1]
    scores = tokens @ tokens.mT / {"root": d_k**0.5, "d_k": d_k, "none": 1}[scale]
    if after:
        return (scores.softmax(axis) * mask) @ tokens
    return scores.masked_fill(~mask, -1e9).softmax(axis) @ tokens


def draw_grid(d):
    height, width, d_model = d.distinct(3, low=2, high=6)
    height, width = min(height, 5), min(width, 5)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    tokens = d.normal(*d.leading(), height * width, d_model, scale=1.5)
    places = torch.stack((columns, rows), -1).reshape(-1, 2).float()
    distance = (places[:, None] - places).norm(dim=-1)
    fitting = [r for r in (1.0, 1.5, 2.0) if (distance > r).any(-1).all()]  # each has a far one
    return {"tokens": tokens, "places": places, "reach": d.choice(fitting)}


REPAIR = Exercise(
    "2.4",
    "repair a local attention",
    local_attention,
    draw_grid,
    (
        mistake(
            "nothing repaired yet",
            "the weights and their rows",
            "Your function still answers like the one that was given: all three bugs are still "
            "there.",
            scale="d_k",
            axis=-2,
            inverted=True,
        ),
        SCALE["d_k"],
        SCALE["forgotten"],
        OVER_QUERIES,
        mistake(
            "mask inverted",
            "the mask",
            "Your tokens attend to exactly those out of reach. Which pairs should `blocked` hold?",
            inverted=True,
        ),
        mistake(
            "mask applied after the softmax",
            "the mask",
            "The far patches get 0, but your rows no longer sum to 1: mask the scores, then take "
            "the softmax.",
            after=True,
        ),
        mistake(
            "border of the reach left out",
            "the mask",
            "A patch exactly at the distance `reach` belongs to the neighbourhood: at most, not "
            "less than.",
            border=False,
        ),
    ),
)
