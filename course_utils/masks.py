"""Masks: who may attend to whom, and the one converter to torch's convention (lessons 02 and 06).

    causal:        query i may attend to key j  when  j <= i                               (Eq. 6.1)
    frame-causal:  query i may attend to key j  when  floor(j / N) <= floor(i / N)         (Eq. 6.2)
    padding:       query i may attend to key j  when  j < length                           (Eq. 6.3)

A mask is "*batch queries keys", and True means *may attend*.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def causal_mask(n: int, past: int = 0) -> Bool[Tensor, "n past+n"]:
    """Let each of n tokens attend to itself and to what came before it: j <= i (Eq. 6.1).

    past: tokens that a cache already holds; they become the first columns, and every new token sees
    them. Raises ValueError for n < 1 or past < 0.
    """
    return frame_causal_mask(n, 1, past)


def frame_causal_mask(
    frames: int, tokens_per_frame: int, past: int = 0
) -> Bool[Tensor, "queries keys"]:
    """Let each token attend to its own frame and to the frames before it (Eq. 6.2).

    frames: T new frames of N = tokens_per_frame tokens each; past: frames that a cache already
    holds. Returns "T*N (past+T)*N". Raises ValueError for frames or tokens_per_frame < 1, or past
    < 0.
    """
    if frames < 1 or tokens_per_frame < 1 or past < 0:
        raise ValueError(
            "frames, tokens_per_frame, past: want at least 1, 1 and 0, "
            f"got {frames}, {tokens_per_frame} and {past}"
        )
    frame = torch.arange(past + frames).repeat_interleave(tokens_per_frame)
    return frame <= frame[past * tokens_per_frame :, None]


def padding_mask(lengths: Int[Tensor, "*batch"], n: int) -> Bool[Tensor, "*batch 1 n"]:
    """Let every query attend to the first lengths[b] of n keys: j < length (Eq. 6.3).

    Combine it with another mask by `&`. Raises ValueError when a length is not in 0..n.
    """
    if ((lengths < 0) | (lengths > n)).any():
        raise ValueError(f"lengths: want numbers from 0 to n = {n}, got {lengths.tolist()}")
    return torch.arange(n, device=lengths.device) < lengths[..., None, None]


def to_torch_mask(mask: Bool[Tensor, "*batch queries keys"]) -> Bool[Tensor, "*batch queries keys"]:
    """Turn a mask (True = may attend) into one for torch.nn's layers of attention (True = may NOT).

    This is the only converter; `scaled_dot_product_attention` needs none: there, too, True means
    may. A row that is blocked everywhere is zeros here. torch's layers do not agree with themselves
    about it: nn.MultiheadAttention answers NaN when it returns weights, and in eval mode under
    no_grad; else zeros. Raises ValueError when the mask is not bool.
    """
    if mask.dtype != torch.bool:
        raise ValueError(f"mask: want dtype torch.bool (True = may attend), got {mask.dtype}")
    return ~mask
