"""Exercise 7.1: three masks for a batch of clips of different length."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson07.mistakes import MASK, SLOT, mistake


def masks(
    lengths,
    patches,
    frames,
    *,
    inverted=False,
    causal="frame",
    unit="token",
    source="padded",
    memory="padded",
    turned=False,
):
    keys, tokens = int(lengths.max()) * patches, frames * patches
    counted = lengths[:, None] * (1 if unit == "frame" else patches)
    real = torch.arange(keys) < counted + (unit == "one more")  # batch keys
    of_source = real[:, None, :].expand(-1, keys, -1)
    of_source = of_source.mT if turned else of_source
    if source == "free":
        of_source = torch.ones_like(of_source)
    if source == "square":
        of_source = of_source & real[:, :, None]
    if source == "causal":
        of_source = of_source & (
            torch.arange(keys) // patches <= torch.arange(keys)[:, None] // patches
        )
    row, column = torch.arange(tokens)[:, None], torch.arange(tokens)
    if causal == "place":
        row, column = row % patches, column % patches
    elif causal != "token":
        row, column = row // patches, column // patches
    ways = {"strict": column < row, "own": column == row, "ahead": column >= row}
    of_target = ways.get(causal, column <= row)
    of_memory = real[:, None, :].expand(-1, tokens, -1)
    if memory == "free":
        of_memory = torch.ones_like(of_memory)
    if memory == "causal":
        of_memory = of_memory & (
            torch.arange(keys) // patches <= torch.arange(tokens)[:, None] // patches
        )
    parts = (of_source, of_target, of_memory)
    return tuple(~part for part in parts) if inverted else parts


def draw_lengths(d):
    patches, frames, longest = d.distinct(3, low=2, high=6)
    lengths = torch.tensor([d.integer(1, longest) for _ in range(2 + d.index)])
    lengths[0], lengths[1] = longest, max(1, longest - 1)
    return {"lengths": lengths, "patches": patches, "frames": frames}


MASKS = Exercise(
    "7.1",
    "three masks for a batch of clips",
    masks,
    draw_lengths,
    (
        mistake(
            "all masks inverted",
            MASK,
            "Your masks say True where a token may NOT attend. That is PyTorch's convention; in "
            "this course True means *may attend*.",
            inverted=True,
        ),
        mistake(
            "causal by token, not by frame",
            MASK,
            "In your target mask a patch does not see the patches after it in its own frame. A "
            "frame is written at once: which tokens belong to the same frame?",
            causal="token",
        ),
        mistake(
            "own frame hidden",
            MASK,
            "In your target mask a token sees earlier frames only, and in the first frame "
            "nothing. It may see the frame that it stands in: that one is shown, what is "
            "predicted is the next.",
            causal="strict",
        ),
        mistake(
            "own frame only",
            MASK,
            "In your target mask a token sees its own frame and no earlier one. What may it look "
            "back on?",
            causal="own",
        ),
        mistake(
            "ahead in place of back",
            MASK,
            "In your target mask a token sees its own frame and all *later* ones. Rows are "
            "queries, columns are keys: which of the two has to be the earlier one?",
            causal="ahead",
        ),
        mistake(
            "place in the frame taken for the frame",
            MASK,
            "Your target mask compares `token % patches`, which says where in its frame a token "
            "stands. Which operation says in which frame?",
            causal="place",
        ),
        mistake(
            "lengths counted in tokens",
            "library: equal to nn.Transformer",
            "You let a clip of 3 frames attend to 3 tokens. A frame has `patches` tokens: how "
            "many tokens of each clip are real?",
            unit="frame",
        ),
        mistake(
            "one filled-up token too many",
            "library: equal to nn.Transformer",
            "Your masks let the first filled-up token of a short clip through. Tokens count from "
            "0: which is the last real one?",
            unit="one more",
        ),
        mistake(
            "encoder made causal",
            SLOT,
            "In your source mask an early frame of the context cannot see the later ones. All of "
            "the context is given: what has a source mask to hide, beside the filling?",
            source="causal",
        ),
        mistake(
            "filled-up tokens read by the encoder",
            "library: equal to nn.Transformer",
            "Your source mask lets tokens attend to frames that only fill up the batch. Which "
            "columns must be False?",
            source="free",
        ),
        mistake(
            "filled-up tokens may not ask",
            MASK,
            "You block the columns of filled-up tokens, as you should, and their rows too. What "
            "they ask harms nobody, but a row that may attend nowhere is NaN in some libraries: "
            "block columns alone.",
            source="square",
        ),
        mistake(
            "filled-up tokens looked up in memory",
            "library: equal to nn.Transformer",
            "Your encoder does not read the filled-up frames, but your decoder looks up what "
            "stands in their places. Padding has to be named twice: in which other mask?",
            memory="free",
        ),
        mistake(
            "context hidden from early frames",
            SLOT,
            "Your memory mask is causal: the first written frame may look up the first context "
            "frame alone. The whole context is past. What should it hide?",
            memory="causal",
        ),
        mistake(
            "rows blocked in place of columns",
            MASK,
            "Your source mask blocks what a filled-up token asks, not who may ask it. The rows "
            "are queries, the columns keys: which of the two must nobody see?",
            turned=True,
        ),
    ),
    returns=("source_mask", "target_mask", "memory_mask"),
)
