"""Exercises 7.1 and 7.2: what goes into an encoder-decoder: three masks, and frames shifted by one."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.checks.lesson07.mistakes import JOIN, MASK, SLOT, mistake

# 7.1 three masks


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
    real = torch.arange(keys) < lengths[:, None] * (patches if unit == "token" else 1)  # batch keys
    of_source = real[:, None, :].expand(-1, keys, -1)
    of_source = of_source.mT if turned else of_source
    if source == "free":
        of_source = torch.ones_like(of_source)
    if source == "square":
        of_source = of_source & real[:, :, None]
    row, column = torch.arange(tokens)[:, None], torch.arange(tokens)
    if causal != "token":
        row, column = row // patches, column // patches
    of_target = {"strict": column < row, "own": column == row}.get(causal, column <= row)
    of_memory = real[:, None, :].expand(-1, tokens, -1)
    if memory == "free":
        of_memory = torch.ones_like(of_memory)
    if memory == "causal":
        of_memory = of_memory & (torch.arange(keys) // patches <= torch.arange(tokens)[:, None] // patches)
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
        mistake("all masks inverted", MASK,
            "Your masks say True where a token may NOT attend. That is PyTorch's convention; in this course "
            "True means *may attend*.",
            inverted=True,
        ),
        mistake("causal by token, not by frame", MASK,
            "In your target mask a patch does not see the patches after it in its own frame. A frame is "
            "written at once: which tokens belong to the same frame?",
            causal="token",
        ),
        mistake("own frame hidden", MASK,
            "In your target mask a token sees earlier frames only, and in the first frame nothing. It "
            "may see the frame that it stands in: that one is shown, what is predicted is the next.",
            causal="strict",
        ),
        mistake("own frame only", MASK,
            "In your target mask a token sees its own frame and no earlier one. What may it look back on?",
            causal="own",
        ),
        mistake("lengths counted in tokens", "library: equal to nn.Transformer",
            "You let a clip of 3 frames attend to 3 tokens. A frame has `patches` tokens: how many tokens of "
            "each clip are real?",
            unit="frame",
        ),
        mistake("filled-up tokens read by the encoder", "library: equal to nn.Transformer",
            "Your source mask lets tokens attend to frames that only fill up the batch. Which columns must "
            "be False?",
            source="free",
        ),
        mistake("filled-up tokens may not ask", MASK,
            "You block the columns of filled-up tokens, as you should, and their rows too. What they ask "
            "harms nobody, but a row that may attend nowhere is NaN in some libraries: block columns alone.",
            source="square",
        ),
        mistake("filled-up tokens looked up in memory", "library: equal to nn.Transformer",
            "Your encoder does not read the filled-up frames, but your decoder looks up what stands in their "
            "places. Padding has to be named twice: in which other mask?",
            memory="free",
        ),
        mistake("context hidden from early frames", SLOT,
            "Your memory mask is causal: the first written frame may look up the first context frame alone. "
            "The whole context is past. What should it hide?",
            memory="causal",
        ),
        mistake("rows blocked in place of columns", MASK,
            "Your source mask blocks what a filled-up token asks, not who may ask it. The rows are queries, "
            "the columns keys: which of the two must nobody see?",
            turned=True,
        ),
    ),
    returns=("source_mask", "target_mask", "memory_mask"),
)


# 7.2 shift by one frame


def shift(
    tokens, past, *, by="frame", start="last", source="past", order="frames", wanted="future"
):
    def flat(x):
        x = x.transpose(1, 2) if order == "patches" else x
        return x.flatten(1, 2)

    context, future = tokens[:, :past], tokens[:, past:]
    before = {"last": tokens[:, past - 1 : past], "first": tokens[:, :1]}.get(start, 0 * tokens[:, :1])
    if by == "none":
        shown = flat(future)
    elif by == "token":
        shown = torch.cat((flat(before)[:, -1:], flat(future)[:, :-1]), 1)
    elif by == "back":
        shown = torch.cat((flat(future[:, 1:]), flat(future[:, -1:])), 1)
    else:
        shown = flat(torch.cat((before, future[:, :-1]), 1))
    if source == "all":
        context = tokens
    if source == "short":
        context = tokens[:, : past - 1]
    truth = tokens[:, past:] if wanted == "future" else tokens[:, past - 1 : -1]
    return flat(context), shown, flat(truth)


def draw_tokens(d):
    batch, frames, patches, d_model = d.distinct(4, low=2, high=7)
    past = d.integer(2, 5)
    return {"tokens": d.normal(batch, past + frames, patches, d_model), "past": past}


SHIFT = Exercise(
    "7.2",
    "show the frames, shifted by one",
    shift,
    draw_tokens,
    (
        mistake("not shifted", "break it: forget the shift",
            "You show the decoder the very frames that you want from it, so that it can copy. What may it "
            "have seen when it writes the first one?",
            by="none",
        ),
        mistake("shifted by one token, not by one frame", "the loss",
            "Your shown tokens are one patch behind the wanted ones. A whole frame is written at once: the "
            "shift is as long as a frame.",
            by="token",
        ),
        mistake("shifted the wrong way", "the loss",
            "You show the frame that comes *after* the one that is wanted. In Eq. 7.2 the decoder sees the "
            "frames before k.",
            by="back",
        ),
        mistake("starts with zeros", "the loss",
            "Your first shown frame is empty. There is a better start that costs nothing: what is y_0 in "
            "Eq. 7.2?",
            start="zeros",
        ),
        mistake("starts with the first frame of the context", "the loss",
            "You start from the oldest frame. Which frame of the context comes right before the first that "
            "is wanted?",
            start="first",
        ),
        mistake("the future in the source", JOIN,
            "Your source holds all frames, those to be written too, and no mask can hide them from the "
            "decoder once the encoder has read them. What is given?",
            source="all",
        ),
        mistake("last context frame not read", JOIN,
            "Your source ends one frame early. That the last frame of the context is also the first one "
            "shown does not take it out of the context.",
            source="short",
        ),
        mistake("shown and wanted alike", "break it: forget the shift",
            "You moved both: the frames that you want are the frames that you show. Only what is shown "
            "moves; the truth stays where it is.",
            wanted="shown",
        ),
        mistake("patch by patch, not frame by frame", JOIN,
            "Your tokens run through all frames of one patch before the next patch comes. In this course the "
            "order is time first, then place.",
            order="patches",
        ),
    ),
    returns=("source", "shown", "wanted"),
)
