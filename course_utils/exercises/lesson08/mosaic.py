"""Exercise 8.5: a mosaic of a video of any size."""

import torch.nn.functional as F
from einops import rearrange

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson08.mistakes import mistake
from course_utils.exercises.lesson08.tubelets import sizes
from course_utils.patches import pad_to_multiple


def mosaic(video, patch, *, pad="edge", crop=True, still=False, over="pixels"):
    T, H, W = video.shape[-4], *video.shape[-2:]
    t, h, w = (1, *patch[1:]) if still else patch
    up = [-(-size // step) * step for size, step in zip((T, H, W), (t, h, w))]
    if pad == "edge":
        padded = pad_to_multiple(video, (t, h, w))
    else:
        more = (0, up[2] - W, 0, up[1] - H, 0, 0, 0, up[0] - T)
        padded = F.pad(video, more, value=0.0 if pad == "zeros" else float("nan"))
    tubelets = rearrange(padded, "... (T t) C (H h) (W w) -> ... T H W (t h w) C", t=t, h=h, w=w)
    mean = averaged(tubelets, over).expand_as(tubelets)
    whole = rearrange(mean, "... T H W (t h w) C -> ... (T t) C (H h) (W w)", t=t, h=h, w=w)
    return whole[..., :T, :, :H, :W] if crop else whole


def averaged(tubelets, over):  # "... T H W pixels C"
    if over == "runs":  # the numbers of a token split as if one colour came after the other
        runs = tubelets.flatten(-2).unflatten(-1, (tubelets.shape[-1], -1))
        mean = runs.nanmean(-1, keepdim=True).expand_as(runs)
        return mean.flatten(-2).unflatten(-1, tubelets.shape[-2:])
    axes = {"pixels": -2, "colours": -1, "pixels and colours": (-2, -1), "tokens": (-5, -4, -3)}
    return tubelets.nanmean(axes[over], keepdim=True)


def cropped(video, patch):
    fits = [size // step * step for size, step in zip((video.shape[-4], *video.shape[-2:]), patch)]
    return mosaic(video[..., : fits[0], :, : fits[1], : fits[2]], patch)


def draw_mosaic(d):
    patch, _, shape = sizes(d)
    patch = tuple(max(size, 2) for size in patch)
    T, C, H, W = shape
    shape = (T + T % patch[0] + 1, C, H + 1 - H % 2, W + 2)
    return {"video": d.uniform(*d.leading(), *shape, low=0.2), "patch": patch}


MOSAIC = Exercise(
    "8.5",
    "a mosaic of any size",
    mosaic,
    draw_mosaic,
    (
        mistake(
            "padded with zeros",
            "Eq. 8.6",
            "Inside all is right, but tubelets at the rim are too dark: black pixels count in "
            "their mean. Repeat the last frame, row and column.",
            pad="zeros",
        ),
        mistake(
            "mean of the real pixels only",
            "Eq. 8.6",
            "A sensible choice, but not the one that was asked for: here the repeated edge counts "
            "in the mean, as it does for a model that reads a padded video.",
            pad="nan",
        ),
        mistake(
            "padding not cut off again",
            "when the patch does not fit",
            "Your video is larger than the one that came in. What was padded has to go at the end.",
            crop=False,
        ),
        Misconception(
            "cropped in place of padded",
            "Your video is smaller than the one that came in: what did not fit is gone. Pad "
            "first, and cut off at the end only what you added.",
            "lesson 08, when the patch does not fit",
            wrong=cropped,
        ),
        mistake(
            "colours averaged too",
            "cut a video into tubelets",
            "Your mosaic is grey: the mean runs over the pixels of a tubelet, for each colour by "
            "itself.",
            over="pixels and colours",
        ),
        mistake(
            "colours averaged in place of pixels",
            "cut a video into tubelets",
            "Your video turned grey and kept its pixels: the mean runs over the colours. It has "
            "to run over the pixels of a tubelet: after unflatten(-1, (-1, C)) that is the axis "
            "-2.",
            over="colours",
        ),
        mistake(
            "colours split off at the wrong end",
            "Eq. 8.1",
            "You split a token as C x pixels. It holds the colour last, m = (...) C + c: split it "
            "as pixels x C.",
            over="runs",
        ),
        mistake(
            "mean over the tokens",
            "cut a video into tubelets",
            "All your tubelets look the same: the mean runs over the axis of the tokens. It has "
            "to run over the pixels inside each.",
            over="tokens",
        ),
        mistake(
            "each frame by itself",
            "cut a video into tubelets",
            "Your mosaic changes from frame to frame within a tubelet. The mean runs over its "
            "frames as well.",
            still=True,
        ),
    ),
)
