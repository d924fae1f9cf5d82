"""Exercise 15.5: a clip of any length from a network that knows only short ones."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.window_mistakes import MISTAKES


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
    shift=0,
    cut="cut",
):
    total = len(noise)
    film = first[:total].clone() if cut == "cut" else first.clone()
    while len(film) < total:
        have = len(film)
        start = have - overlap + shift
        if given == "new frames":  # as many known as new ones should be
            start = have - window + overlap
        if end == "moved back":
            start = min(start, total - window)
        start = max(start, 0)
        stop = min(start + window, total)
        keep = have - start
        past = {"first": film[:keep], "noise": noise[start:have]}.get(given, film[start:have])
        more = stop - have
        at = {"own": have, "first": 0, "window's": start}[fresh]
        drawn = noise[at : at + more]
        part = torch.cat((past, drawn))
        levels = (torch.arange(len(part)) < (overlap if told == "overlap" else keep)).float()
        if told == "noise":
            levels = 1 - levels
        elif told == "all noise":
            levels = torch.zeros_like(levels)
        out = write(part, levels)
        if step == "one":  # one frame of each window
            out = out[: keep + 1]
        if known == "overwritten" or (known == "overwritten at the end" and stop == total):
            film = torch.cat((film[:start], out))
        elif seam == "twice":
            film = torch.cat((film, out))[:total]
        elif seam == "overlap":  # also where more is known
            film = torch.cat((film, out[overlap:]))[:total]
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
    MISTAKES,
    use=use,
)
