"""Exercise 11.5: give a clip the histogram of a reference of any size, channel by channel."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson11.mistakes import mistake


def match_histogram(
    video,
    reference,
    *,
    channels="apart",
    over="clip",
    ranks="mean",
    direction="right",
    between="line",
    sort=True,
):
    T, C, H, W = video.shape
    x = video.movedim(1, 0).flatten(1)  # C n
    r = reference.movedim(1, 0).flatten(1)  # C k
    if channels == "together":
        x, r = x.flatten()[None], r.flatten()[None]
    if channels == "first":
        r = r[:1].expand_as(r)
    if over == "frame":
        frames = [
            match_histogram(
                frame[None], reference, channels=channels, ranks=ranks, direction=direction,
                between=between, sort=sort,
            )
            for frame in video
        ]  # fmt: skip
        return torch.cat(frames)
    share = _share(x, ranks)
    r = r.sort(-1).values if sort else r
    if direction == "backwards":
        r = r.flip(-1)
    place = share * (r.shape[1] - 1)
    low = place.floor().long().clamp(0, r.shape[1] - 1)
    high = (low + 1).clamp(max=r.shape[1] - 1)
    part = place - low
    if between == "nearest below":
        part = torch.zeros_like(part)
    out = r.gather(1, low) * (1 - part) + r.gather(1, high) * part
    return out.reshape(C, T, H, W).movedim(0, 1)


def _share(x, ranks):
    """The share of the others below each value: the mean rank of equals, from 0 to 1."""
    below = (x[:, None] < x[:, :, None]).sum(-1)
    equal = (x[:, None] == x[:, :, None]).sum(-1)
    rank = {"mean": below + (equal - 1) / 2, "first": below, "last": below + equal - 1}[
        "mean" if ranks == "order" else ranks
    ]
    if ranks == "order":
        rank = x.argsort(dim=-1, stable=True).argsort(dim=-1)
    return rank.double().to(x.dtype) / (x.shape[1] - 1)


def by_value(video, reference):
    """Stretch the range of values on that of the reference."""
    low, high = video.amin((0, 2, 3), keepdim=True), video.amax((0, 2, 3), keepdim=True)
    low_r, high_r = (f(reference) for f in (_smallest, _largest))
    return low_r + (video - low) / (high - low).clamp(min=1e-8) * (high_r - low_r)


def _smallest(x):
    return x.amin((0, 2, 3), keepdim=True)


def _largest(x):
    return x.amax((0, 2, 3), keepdim=True)


def draw_histograms(d):
    T, H, W = d.distinct(3, low=2, high=5)
    R, h, w = d.distinct(3, low=2, high=6)
    video, reference = d.uniform(T, 3, H, W), d.uniform(R, 3, h, w) ** 2
    if d.every(2):
        video = (video * 4).round() / 4  # many equal pixels, as on a flat ground
    return {"video": video, "reference": reference}


HISTOGRAM = Exercise(
    "11.5",
    "match histograms",
    match_histogram,
    draw_histograms,
    (
        mistake(
            "all channels in one histogram",
            "what no map of colours can do",
            "You sort red, green and blue together. Each channel has a histogram of its own.",
            channels="together",
        ),
        mistake(
            "red channel for all three",
            "what no map of colours can do",
            "All your channels take the values of the first. Each is matched to its own.",
            channels="first",
        ),
        mistake(
            "histogram of each frame",
            "how good is a repainted clip?",
            "You match frame by frame: the same colour becomes another one when the next frame "
            "has other colours around it, and the clip flickers. Rank a pixel in its whole clip.",
            over="frame",
        ),
        mistake(
            "equal pixels torn apart",
            "what no map of colours can do",
            "Pixels of the same value get different ones from you, by the order in which they "
            "stand. That is no map of colours: equals share their mean rank.",
            ranks="order",
        ),
        mistake(
            "lowest rank for equal pixels",
            "what no map of colours can do",
            "Equal pixels get the lowest of their ranks, so that a flat ground always becomes the "
            "darkest colour of the reference. Their *mean* rank is asked for.",
            ranks="first",
        ),
        mistake(
            "highest rank for equal pixels",
            "what no map of colours can do",
            "Equal pixels get the highest of their ranks. Their *mean* rank is asked for.",
            ranks="last",
        ),
        mistake(
            "bright and dark exchanged",
            "what no map of colours can do",
            "Your darkest pixel gets the brightest value of the reference. Which way did you sort?",
            direction="backwards",
        ),
        mistake(
            "no value between two of the reference",
            "what no map of colours can do",
            "You take the next value below. A rank that falls between two values of the reference "
            "gets what lies between them, on a straight line.",
            between="nearest below",
        ),
        mistake(
            "reference not sorted",
            "what no map of colours can do",
            "You pick from the reference in the order of its pixels. Which pixel is number k of a "
            "histogram?",
            sort=False,
        ),
        Misconception(
            "range stretched",
            "You stretch the values between the smallest and the largest on those of the "
            "reference. That matches two numbers of the histogram; the ranks match all.",
            "lesson 11, what no map of colours can do",
            wrong=by_value,
        ),
    ),
)
