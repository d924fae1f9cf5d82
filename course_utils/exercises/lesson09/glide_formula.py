"""The reference of exercise 9.6, with a switch for every mistake."""

import torch


def shift(frame, x, y, rounded):
    """The frame moved right by x and down by y pixels, a part of a pixel by a mean of two."""
    if rounded == "roll":
        return frame.roll((int(y.round()), int(x.round())), (-2, -1))

    def weights(size, by):
        place = torch.arange(size, dtype=frame.dtype)
        by = by.round() if rounded == "way" else by
        offset = place - place[:, None]
        tent = (1 - (offset + by).abs()).clamp(min=0)
        return tent * (offset.abs() <= 3) if rounded == "reach" else tent

    return weights(frame.shape[-2], y) @ frame @ weights(frame.shape[-1], x).mT


def glide(
    context,
    background,
    frames,
    *,
    weigh="distance",
    swapped=False,
    sign=1,
    pace="last",
    count="k",
    rounded="no",
    keep="ground",
):
    stage = background[:, None, None]
    off = context - stage
    strength = {
        "pixels": context.sum(1),
        "signed": off.sum(1),
        "squared": (off**2).sum(1),
        "length": off.norm(dim=1),
        "sum first": off.sum(1).abs(),
    }.get(weigh, off.abs().sum(1))
    if weigh == "peak":
        strength = (strength == strength.amax((-2, -1), keepdim=True)).float()
    H, W = strength.shape[-2:]
    x = (strength.sum(-2) * torch.arange(W)).sum(-1)
    y = (strength.sum(-1) * torch.arange(H)).sum(-1)
    total = torch.ones(len(x)) if weigh == "undivided" else strength.sum((-2, -1))
    centre = torch.stack((x, y), -1) / total[:, None]
    velocity = centre[1] - centre[0] if pace == "first" else centre[-1] - centre[-2]
    if pace == "average":
        velocity = (centre[-1] - centre[0]) / (len(centre) - 1)
    if pace == "whole way":
        velocity = centre[-1] - centre[0]
    velocity = velocity.flip(0) if swapped else velocity
    vx, vy = torch.tensor((1, -1) if sign == "up" else (sign, sign)) * velocity
    if rounded == "velocity":
        vx, vy = vx.round(), vy.round()
    last, video = context[-1], []
    whole = keep in ("everything", "twice")
    for k in range(1, frames + 1):
        by = {"k": k, "one": 1, "from 0": k - 1, "again": 1}[count]
        bare = last if whole else last - stage
        bare = bare.abs() if keep == "size" else bare
        moved = shift(bare, by * vx, by * vy, rounded)
        moved = moved + stage if keep in ("ground", "size", "twice") else moved
        video.append(moved)
        last = moved if count == "again" else last
    return torch.stack(video)
