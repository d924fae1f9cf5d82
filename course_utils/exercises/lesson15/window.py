"""Exercise 15.5: a clip of any length from a network that knows only short ones."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.mistakes import ON_LENGTH, mistake


def continue_clip(
    write,
    first,
    noise,
    window,
    overlap,
    *,
    end="moved back",
    known="kept",
    told="levels",
    fresh="own",
    step="new",
    given="last",
    seam="once",
):
    total = len(noise)
    film = first[:total].clone()
    while len(film) < total:
        have = len(film)
        start = have - overlap
        if end == "moved back":
            start = min(start, total - window)
        start = max(start, 0)
        stop = min(start + window, total)
        keep = have - start
        past = film[start:have] if given == "last" else film[:keep]
        drawn = noise[have:stop] if fresh == "own" else noise[: stop - have]
        part = torch.cat((past, drawn))
        levels = (torch.arange(len(part)) < keep).float()
        if told == "noise":
            levels = 1 - levels
        elif told == "all noise":
            levels = torch.zeros_like(levels)
        out = write(part, levels)
        if step == "one":  # one frame of each window
            out = out[: keep + 1]
        if known == "overwritten":
            film = torch.cat((film[:start], out))
        elif seam == "twice":
            film = torch.cat((film, out))[:total]
        else:
            film = torch.cat((film, out[keep:]))
    return film


def network(mixing):
    """A small network on a window: every frame leans on all others, known ones a little too."""

    def write(part, levels):
        if len(part) != len(levels):
            raise ValueError(f"levels: got {len(levels)}, want one for each of {len(part)} frames")
        place = torch.arange(len(part))[:, None] / 10
        clean = levels[:, None] * part
        mean = clean.sum(0) / levels.sum().clamp(min=1)
        new = torch.tanh(mean @ mixing + 0.3 * part + place)
        return levels[:, None] * (part + 0.05) + (1 - levels[:, None]) * new

    return write


def use(function, mixing, first, noise, window, overlap):
    return function(network(mixing), first, noise, window, overlap)


def draw_window(d):
    overlap = d.integer(1, 4)
    window = overlap + 1 + d.integer(1, 4)
    first = window  # the first clip fills a window
    hop = window - overlap
    total = first + hop * d.integer(1, 3) + (0 if d.every(3) else d.integer(1, hop) % hop)
    if d.every(4, start=3):
        total = first - 1  # enough already
    D = next(n for n in range(2, 9) if n not in (overlap, window, hop, total))
    return {
        "mixing": d.normal(D, D),
        "first": d.normal(first, D),
        "noise": d.normal(total, D),
        "window": window,
        "overlap": overlap,
    }


WINDOW = Exercise(
    "15.5",
    "a long clip by a sliding window",
    continue_clip,
    draw_window,
    (
        mistake(
            "last window cut short",
            ON_LENGTH,
            "Your last window is shorter than the network's. Move it back, so that it ends with "
            "the last frame: more of its frames are known then.",
            end="cut short",
        ),
        mistake(
            "known frames overwritten",
            ON_LENGTH,
            "Frames that were finished change when the next window is written. What the network "
            "returns in their place is not to be used.",
            known="overwritten",
        ),
        mistake(
            "levels inverted",
            ON_LENGTH,
            "You tell the network that the known frames are noise and the noise is clean.",
            told="noise",
        ),
        mistake(
            "all told as noise",
            ON_LENGTH,
            "You tell the network that the whole window is noise. The frames of the overlap are "
            "clean.",
            told="all noise",
        ),
        mistake(
            "the same noise in every window",
            ON_LENGTH,
            "Each of your windows starts from the first rows of the noise, and the clip repeats "
            "itself. Frame t starts from noise[t].",
            fresh="first",
        ),
        mistake(
            "one frame of each window",
            ON_LENGTH,
            "You keep one new frame of each window. All that were not known are new.",
            step="one",
        ),
        mistake(
            "overlap taken from the start",
            ON_LENGTH,
            "Every window of yours continues the first frames of the clip, not the last.",
            given="first",
        ),
        mistake(
            "overlap shown twice",
            ON_LENGTH,
            "The frames of the overlap stand twice in your clip: once as written before, and once "
            "as the window returns them.",
            seam="twice",
        ),
    ),
    use=use,
)
