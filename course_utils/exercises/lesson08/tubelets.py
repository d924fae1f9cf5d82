"""Exercises 8.1 and 8.2: cut a video into tubelets, and repair the way back."""

from einops import rearrange

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson08.mistakes import mistake

# 8.1 cut a video


def cut(video, patch, *, outer="T H W", inner="t h w C", split="(T t) C (H h) (W w)", moved=True):
    sizes = dict(zip("thw", patch))
    if not moved:
        return video.flatten(-4).unflatten(
            -1, (-1, patch[0] * patch[1] * patch[2] * video.shape[-3])
        )
    return rearrange(video, f"... {split} -> ... ({outer}) ({inner})", **sizes)


def one_video_only(video, patch):
    T, C, H, W = video.shape
    return cut(video, patch)


def melted(video, patch):
    (t, h, w), (T, C, H, W) = patch, video.shape[-4:]
    split = video.reshape(T // t, t, C, H // h, h, W // w, w)
    return split.permute(0, 3, 5, 1, 4, 6, 2).reshape(-1, t * h * w * C)


def sizes(d):
    """A patch and a grid of tubelets, with no two sizes equal where exchanging them should show."""
    patch = tuple(d.distinct(3, low=1, high=4))
    grid = tuple(d.distinct(3, low=1, high=4))
    T, H, W = (p * g for p, g in zip(patch, grid))
    return patch, grid, (T, d.choice((2, 3)), H, W)


def draw_video(d):
    patch, _, shape = sizes(d)
    return {"video": d.uniform(*d.leading(), *shape), "patch": patch}


CUT = Exercise(
    "8.1",
    "cut a video into tubelets",
    cut,
    draw_video,
    (
        mistake(
            "reshape without the permute",
            "break it: reshape without the permute",
            "The shape is right, but your tokens are runs of numbers that lie next to each other "
            "in memory: rows of one colour. Which axes must move to the front before the numbers "
            "melt together?",
            moved=False,
        ),
        mistake(
            "colour first inside a token",
            "Eq. 8.1",
            "Your tokens hold the right numbers in another order: all of one colour, then the "
            "next. Eq. 8.1 lets the colour run fastest: m = ((a h + e) w + f) C + c.",
            inner="C t h w",
        ),
        mistake(
            "colour behind the frames inside a token",
            "Eq. 8.1",
            "Your tokens hold the right numbers in the order of the video: frame, colour, row, "
            "column. In m of Eq. 8.1 the colour c stands last and runs fastest.",
            inner="t C h w",
        ),
        mistake(
            "every other pixel",
            "Eq. 8.1",
            "Your tokens gather pixels from all over the frame, at a fixed distance. Eq. 8.1 "
            "reads row i h + e: neighbours e belong to one token. Is it (H h) or (h H)?",
            split="(t T) C (h H) (w W)",
        ),
        mistake(
            "columns before rows inside a token",
            "Eq. 8.1",
            "Inside your tokens the rows run faster than the columns. In m of Eq. 8.1 the column "
            "f stands behind the row e.",
            inner="t w h C",
        ),
        mistake(
            "columns before rows in the order of tokens",
            "Eq. 8.1",
            "Each token is right, their order is not: you go down first, then across. In n of Eq. "
            "8.1 the column j runs fastest.",
            outer="T W H",
        ),
        mistake(
            "time last in the order of tokens",
            "Eq. 8.1",
            "Each token is right, their order is not: time must run slowest, so that the tokens "
            "of the first frames come first.",
            outer="H W T",
        ),
        Misconception(
            "only one video at a time",
            "A video without a batch works; with leading dimensions there are more than four axes "
            "to unpack. Take the last four with video.shape[-4:], and carry the others along.",
            "lesson 08, cut a video into tubelets",
            wrong=one_video_only,
            stops=True,
        ),
        Misconception(
            "leading dimensions forgotten in the reshape",
            "A video without a batch works; with leading dimensions your reshape has too few "
            "places. Put the leading sizes in front, or let einops carry them as `...`.",
            "lesson 08, cut a video into tubelets",
            wrong=melted,
            stops=True,
        ),
    ),
)


# 8.2 repair the way back


def join(tokens, patch, shape, *, outer="T H W", inner="t h w C", pattern="(T t) C (H h) (W w)"):
    (t, h, w), (T, _, H, W) = patch, shape
    grid = {"T": T // t, "H": H // h, "W": W // w, "t": t, "h": h, "w": w}
    video = rearrange(tokens, f"... ({outer}) ({inner}) -> ... {pattern}", **grid)
    return video.reshape(*tokens.shape[:-2], *shape)


def draw_tokens(d):
    patch, grid, shape = sizes(d)
    tokens = d.uniform(
        *d.leading(), grid[0] * grid[1] * grid[2], patch[0] * patch[1] * patch[2] * shape[1]
    )
    return {"tokens": tokens, "patch": patch, "shape": shape}


ORDER = mistake(
    "rows and columns of the grid exchanged",
    "Eq. 8.1",
    "The pieces are right, but they lie in the wrong places: you fill the frame column by column. "
    "In n of Eq. 8.1 the column j runs fastest. A square grid hides half of this.",
    outer="T W H",
)
COLOUR = mistake(
    "colour read first",
    "Eq. 8.1",
    "The pieces stand in their places, but their pixels are scrambled: you read all of one colour "
    "first. In m of Eq. 8.1 the colour c runs fastest.",
    inner="C t h w",
)
FRAMES = mistake(
    "frames of a tubelet spread out",
    "Eq. 8.1",
    "Within each frame all is right, but the frames come in the wrong order: the frames of one "
    "tubelet follow each other, frame = k t + a. Is it (T t) or (t T)?",
    pattern="(t T) C (H h) (W w)",
)
JOIN = Exercise(
    "8.2",
    "repair the way back",
    join,
    draw_tokens,
    (
        mistake(
            "nothing repaired yet",
            "Eq. 8.1",
            "Your function still answers like the one that was given. Three things go wrong at "
            "once: number a tiny video, cut it with patchify, and see which frame, which piece and "
            "which pixel comes back.",
            outer="T W H",
            inner="C t h w",
            pattern="(t T) C (H h) (W w)",
        ),
        ORDER,
        COLOUR,
        FRAMES,
        mistake(
            "no permute",
            "break it: reshape without the permute",
            "The shape is right, but you only renamed the axes: the numbers still lie in the "
            "order of the tokens. Which axes must change places?",
            pattern="T H W t h w C",
        ),
        mistake(
            "colour behind the frames",
            "Eq. 8.1",
            "The pieces stand in their places, but their pixels are scrambled: you read frame, "
            "colour, row, column. In m of Eq. 8.1 the colour c stands last and runs fastest.",
            inner="t C h w",
        ),
        mistake(
            "rows and columns of a piece exchanged",
            "Eq. 8.1",
            "The pieces stand in their places, but inside them the rows run faster than the "
            "columns. In m of Eq. 8.1 the column f stands behind the row e.",
            inner="t w h C",
        ),
        mistake(
            "pieces spread over the frame",
            "Eq. 8.1",
            "The rows and columns of one piece do not stay together: Eq. 8.1 puts them at i h + e "
            "and j w + f. Is it (H h) or (h H)?",
            pattern="(T t) C (h H) (w W)",
        ),
    ),
)
