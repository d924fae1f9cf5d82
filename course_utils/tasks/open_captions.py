"""Scores of clips that were made from open captions: what is said, and what is not (13 and 14).

A caption such as "a red circle moves right and bounces" is true of many clips. The reader tells
whether a clip says what it should (lesson 12); three numbers tell what a single clip cannot: where
clips start, how evenly they move, and how steady their colours are.

    jitter = median |m_(t+1) - 2 m_t + m_(t-1)|, m_t: the centre on a straight flight     (Eq. 13.8)
"""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.tokenizers import WordTokenizer
from course_utils.worlds import COLOURS, SHAPES, read_clips

CAPTION_WORDS = (
    *("a", *COLOURS, *SHAPES, "moves", "right", "down", "left", "up", "and", "bounces"),
)
CELL = 4.0  # pixels: the side of a start cell
SAID = ("colour", "shape", "direction", "bounced")


def caption_tokenizer() -> WordTokenizer:
    """Return the tokenizer of ShapesWorld's captions, which have 9 words at most."""
    return WordTokenizer(CAPTION_WORDS)


def open_scores(captions, video: Float[Tensor, "B T 3 size size"]) -> dict:
    """Return what the reader finds right in clips of captions, in per cent, and Eq. 13.8.

    "all (%)": colour, shape, direction and bounce at once. "bounce said (%)", "straight said (%)":
    how many of the captions that say so have clips that do. Raises ValueError where captions and
    clips are not equally many.
    """
    if len(captions) != len(video):
        raise ValueError(f"captions: got {len(captions)} for {len(video)} clips, want one for each")
    read = read_clips(video.cpu())
    right = read.agrees(list(captions))
    scores = {f"{name} (%)": 100 * right[name].float().mean().item() for name in SAID}
    every = torch.stack([right[name] for name in SAID]).all(0)
    scores["all (%)"] = 100 * every.float().mean().item()
    says = torch.tensor(["bounces" in caption for caption in captions])
    for name, chosen in (("bounce said (%)", says), ("straight said (%)", ~says)):
        if chosen.any():
            scores[name] = 100 * right["bounced"][chosen].float().mean().item()
    turn = read.position.diff(dim=1).diff(dim=1).norm(dim=-1)  # B T-2
    straight = turn[~says] if (~says).any() else turn
    scores["jitter (px)"] = straight.nanmedian().item()
    return scores


def start_cells(position: Float[Tensor, "B 2"]) -> set:
    """Return the cells of 4 x 4 pixels, (column, row), in which clips start; NaN starts nowhere."""
    found = position[~position.isnan().any(-1)] // CELL
    return {tuple(row) for row in found.long().tolist()}


def starts_reached(video: Float[Tensor, "B T 3 size size"], true: Float[Tensor, "B 2"]) -> float:
    """Return the share, in per cent, of the start cells of true clips that the clips reach."""
    wanted = start_cells(true)
    reached = start_cells(read_clips(video.cpu()).position[:, 0])
    return 100 * len(wanted & reached) / len(wanted)
