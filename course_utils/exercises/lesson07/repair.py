"""Exercise 7.3: a call of nn.Transformer whose shapes are right and whose meaning is not."""

import functools
import warnings

import torch
from torch import nn

from course_utils.attention import frame_causal_mask
from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson07.mistakes import AXES, MASK, SLOT, mistake


def call_torch(
    model,
    source,
    target,
    patches,
    *,
    turn="transpose",
    inverted=False,
    slot="none",
    causal="frame",
    read="all",
    exchanged=False,
):
    def sequence_first(x):
        return (
            x.transpose(0, 1)
            if turn in ("transpose", "out")
            else x.reshape(x.shape[1], x.shape[0], -1)
        )

    def batch_first(x):
        return (
            x.reshape(x.shape[1], x.shape[0], -1)
            if turn in ("reshape", "out")
            else x.transpose(0, 1)
        )

    tokens, frames = target.shape[1], target.shape[1] // patches
    sizes = {"token": (tokens, 1), "exchanged": (patches, frames)}.get(causal, (frames, patches))
    mask = frame_causal_mask(*sizes) if inverted else ~frame_causal_mask(*sizes)
    target_mask = None if causal == "none" or read == "instead" else mask
    source, target = (target, source) if exchanged else (source, target)
    out = model(
        sequence_first(source),
        sequence_first(target),
        src_mask=None if read == "all" else mask,
        tgt_mask=target_mask,
        memory_mask=mask if slot == "target" else None,
    )
    return batch_first(out)


@functools.cache
def torch_model(d_model, seed):
    """An nn.Transformer as PyTorch makes it: sequence first."""
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "enable_nested_tensor")
        torch.manual_seed(seed)
        return nn.Transformer(d_model, 2, 1, 1, 8, dropout=0.0)


def run(call, source, target, patches, seed):
    """Call the learner's function with an nn.Transformer."""
    return call(torch_model(source.shape[-1], seed).train(), source, target, patches)


def draw_call(d):
    batch, frames, patches = d.distinct(3, low=2, high=5)
    shape = (batch, frames * patches, d.choice((4, 8, 12)))
    return {
        "source": d.normal(*shape),
        "target": d.normal(*shape),
        "patches": patches,
        "seed": d.integer(0, 3),
    }


REPAIR = Exercise(
    "7.3",
    "repair a call of nn.Transformer",
    call_torch,
    draw_call,
    (
        mistake(
            "nothing repaired yet",
            AXES,
            "Your function still answers like the one that was given. Change one clip of the "
            "batch: do the outputs of the others move? Change the last frame of the target: does "
            "the first one move?",
            turn="reshape",
            inverted=True,
            slot="target",
        ),
        mistake(
            "reshaped where it should be transposed",
            AXES,
            "A reshape gives the right shape and deals the tokens of one clip out to others. Which "
            "operation exchanges two axes and leaves every token where it belongs?",
            turn="reshape",
        ),
        mistake(
            "reshaped on the way in only",
            AXES,
            "On the way out your axes are exchanged, on the way in the tokens are dealt out anew: "
            "reshape is not transpose.",
            turn="in",
        ),
        mistake(
            "reshaped on the way out only",
            AXES,
            "On the way in you transpose, on the way out you reshape, and that deals tokens of "
            "one clip out to others. How do you undo a transposition?",
            turn="out",
        ),
        mistake(
            "source and target exchanged",
            "two halves, one function",
            "You let the model read the target and write from the source. nn.Transformer takes "
            "what is read first, then what is written.",
            exchanged=True,
        ),
        mistake(
            "mask not converted",
            MASK,
            "Your target sees the future and nothing else. In nn.Transformer True means *may not "
            "attend*: which function converts?",
            inverted=True,
        ),
        mistake(
            "target's mask in the memory slot",
            SLOT,
            "Early frames of your output cannot look up the late frames of the source, although "
            "all of it is given. Who has to be hidden in memory, when nothing is padded?",
            slot="target",
        ),
        mistake(
            "no target mask",
            MASK,
            "Your target sees all of its own future. nn.Transformer makes no mask by itself.",
            causal="none",
        ),
        mistake(
            "causal by token, not by frame",
            MASK,
            "Your mask hides patches of the same frame from each other. They are written at once: "
            "the mask has steps of `patches` tokens.",
            causal="token",
        ),
        mistake(
            "frames and patches exchanged in the mask",
            MASK,
            "Your mask has the right size and steps of the wrong length: it takes the number of "
            "frames for the number of patches in a frame. In which order does frame_causal_mask "
            "want them?",
            causal="exchanged",
        ),
        mistake(
            "mask in the encoder's slot",
            SLOT,
            "You pass the mask as src_mask, the third argument of nn.Transformer. So the encoder "
            "is masked, and the target sees its own future. Which slot is the target's?",
            read="instead",
        ),
        mistake(
            "encoder masked too",
            SLOT,
            "You pass a causal mask to the encoder. The source is given as a whole: it may be "
            "read in both directions of time.",
            read="causal",
        ),
    ),
    use=run,
    seconds=20.0,
)
