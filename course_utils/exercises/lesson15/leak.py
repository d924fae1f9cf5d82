"""Exercise 15.4: a frame-by-frame sampler whose memory keeps what it must forget."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.mistakes import ON_CACHE, mistake


def sample_frames(
    predict,
    known,
    noise,
    levels,
    *,
    keep="clean",
    told="clean",
    memory="all",
    start="own noise",
    returned="written",
):
    """keep: what stays of a written frame. told: the level at which known frames are read."""
    cache, film = [], []
    first, last = levels[0], torch.ones(())
    for frame in known if memory != "written" else known[:0]:
        cache.append(predict(frame, first if told == "noise" else last, cache)[1])
    for z in noise:
        z = noise[0] if start == "first noise" else z
        for now, after in zip(levels[:-1], levels[1:]):
            clean, token = predict(z, now, cache[-1:] if memory == "last" else cache)
            z = z + (after - now) / (1 - now) * (clean - z)
            if keep in ("every step", "every step and the clean frame"):
                cache.append(token)
        if keep == "last step":
            cache.append(token)
        elif keep in ("clean", "every step and the clean frame"):
            cache.append(predict(z, last, cache)[1])
        elif keep == "clean, told as noise":
            cache.append(predict(z, first, cache)[1])
        film.append(z)
    film = torch.stack(film)
    return torch.cat((known, film)) if returned == "written" else film


def network(mixing):
    """A small causal network: x_hat leans on the mean of its memory, a token tells its level."""

    def predict(z, level, cache):
        token = torch.tanh(z @ mixing) + 0.5 * float(level)
        seen = torch.stack([*cache, token])
        share = (seen @ token / len(token) ** 0.5).softmax(0)
        return 0.8 * torch.tanh(share @ seen @ mixing.T) + 0.1 * z, token

    return predict


def use(function, mixing, known, noise, levels):
    return function(network(mixing), known, noise, levels)


def draw_leak(d):
    D, K, N, steps = (n + 1 for n in d.distinct(4, low=1, high=5))
    gaps = d.uniform(steps, low=0.3, high=1.0)
    levels = torch.cat((torch.zeros(1), gaps.cumsum(0) / gaps.sum()))
    levels[-1] = 1.0
    return {
        "mixing": d.normal(D, D),
        "known": d.normal(K, D),
        "noise": d.normal(N, D),
        "levels": levels,
    }


LEAK = Exercise(
    "15.4",
    "repair a memory that leaks",
    sample_frames,
    draw_leak,
    (
        mistake(
            "nothing repaired yet",
            ON_CACHE,
            "Your function still answers like the one that was given. Count the tokens in the "
            "cache after each frame, and note the level at which each was made.",
            keep="every step",
            told="noise",
        ),
        mistake(
            "a token of every step kept",
            ON_CACHE,
            "After a frame your cache has a token of each of its steps, all of them noisy. One "
            "frame is one token, that of the clean frame.",
            keep="every step",
        ),
        mistake(
            "noisy tokens kept beside the clean one",
            ON_CACHE,
            "You add the token of the clean frame, and the noisy ones are still there. What was "
            "only tried must leave no trace.",
            keep="every step and the clean frame",
        ),
        mistake(
            "token of the last step kept",
            ON_CACHE,
            "You keep the token of the last step. It was made before that step, from a frame "
            "that was not clean yet: read the finished frame once more, at level 1.",
            keep="last step",
        ),
        mistake(
            "written frames forgotten",
            ON_CACHE,
            "Your cache holds the known frames alone. Every written frame is the past of the next "
            "one.",
            keep="nothing",
        ),
        mistake(
            "clean frame read as noise",
            ON_CACHE,
            "You read the finished frame at the level of noise. The network believes what the "
            "level says.",
            keep="clean, told as noise",
        ),
        mistake(
            "known frames read as noise",
            ON_CACHE,
            "You read the known frames at the first level of the schedule, which says that they "
            "are noise. They are clean.",
            told="noise",
        ),
        mistake(
            "known frames not read",
            ON_CACHE,
            "Your cache does not hold the known frames: the first new frame has no past.",
            memory="written",
        ),
        mistake(
            "last frame alone remembered",
            ON_CACHE,
            "Your network sees the frame before and nothing else. Hand over the whole cache.",
            memory="last",
        ),
        mistake(
            "one noise for all frames",
            ON_CACHE,
            "All your frames start from the same noise.",
            start="first noise",
        ),
        mistake(
            "known frames not returned",
            ON_CACHE,
            "You return the new frames alone. The clip begins with the known ones.",
            returned="new",
        ),
    ),
    use=use,
)
