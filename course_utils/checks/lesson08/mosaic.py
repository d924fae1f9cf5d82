"""Exercise 8.5: a mosaic of a video of any size."""

import torch.nn.functional as F
from einops import rearrange, reduce

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.checks.lesson08.mistakes import mistake
from course_utils.checks.lesson08.tubelets import sizes
from course_utils.patches import pad_to_multiple


def mosaic(video, patch, *, pad="edge", crop=True, grey=False, still=False):
    T, H, W = video.shape[-4], *video.shape[-2:]
    t, h, w = (1, *patch[1:]) if still else patch
    up = [-(-size // step) * step for size, step in zip((T, H, W), (t, h, w))]
    if pad == "edge":
        padded = pad_to_multiple(video, (t, h, w))
    else:
        more = (0, up[2] - W, 0, up[1] - H, 0, 0, 0, up[0] - T)
        padded = F.pad(video, more, value=0.0 if pad == "zeros" else float("nan"))
    tubelets = rearrange(padded, "... (T t) C (H h) (W w) -> ... T H W (t h w) C", t=t, h=h, w=w)
    mean = tubelets.nanmean(-2)
    if grey:
        mean = reduce(mean, "... C -> ... 1", "mean").expand_as(mean)
    tiles = mean[..., None, None, None].expand(*mean.shape, t, h, w)
    whole = rearrange(tiles, "... T H W C t h w -> ... (T t) C (H h) (W w)")
    return whole[..., :T, :, :H, :W] if crop else whole


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
        mistake("padded with zeros", "Eq. 8.6",
            "Inside all is right, but tubelets at the rim are too dark: black pixels count in their "
            "mean. Repeat the last frame, row and column.",
            pad="zeros",
        ),
        mistake("mean of the real pixels only", "Eq. 8.6",
            "A sensible choice, but not the one that was asked for: here the repeated edge counts "
            "in the mean, as it does for a model that reads a padded video.",
            pad="nan",
        ),
        mistake("padding not cut off again", "when the patch does not fit",
            "Your video is larger than the one that came in. What was padded has to go at the end.",
            crop=False,
        ),
        Misconception("cropped in place of padded",
            "Your video is smaller than the one that came in: what did not fit is gone. Pad first, and cut "
            "off at the end only what you added.",
            "lesson 08, when the patch does not fit",
            wrong=cropped,
        ),
        mistake("colours averaged too", "cut a video into tubelets",
            "Your mosaic is grey: the mean runs over the pixels of a tubelet, for each colour by itself.",
            grey=True,
        ),
        mistake("each frame by itself", "cut a video into tubelets",
            "Your mosaic changes from frame to frame within a tubelet. The mean runs over its "
            "frames as well.",
            still=True,
        ),
    ),
)
