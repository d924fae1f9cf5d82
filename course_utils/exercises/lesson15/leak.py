"""Exercise 15.4: a frame-by-frame sampler whose memory keeps what it must forget."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson15.leak_mistakes import MISTAKES


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
    step="velocity",
    reader="whole cache",
    place="end",
):
    """keep: what stays of a written frame. told: the level at which known frames are read."""
    cache, film = [], []
    first, last = levels[0], torch.ones(())
    for frame in known if memory != "written" else known[:0]:
        read = [] if reader == "none for known" else cache
        token = predict(frame, first if told == "noise" else last, read)[1]
        cache.append(frame if memory == "frames" else token)
    for z in noise:
        z = noise[0] if start == "first noise" else z
        draft = list(cache)
        for now, after in zip(levels[:-1], levels[1:]):
            seen = cache[-1:] if memory == "last" else draft if keep == "draft" else cache
            clean, token = predict(z, now, seen)
            rate = {"velocity": 1 / (1 - now), "way": 1, "after": 1 / (1 - after).clamp(min=1e-6)}
            z = clean if step == "jump" else z + (after - now) * rate[step] * (clean - z)
            draft.append(token)
            if keep in ("every step", "every step and the clean frame"):
                cache.append(token)
        if keep == "last step":
            cache.append(token)
        elif keep == "start":
            cache.append(predict(noise[len(film)], last, cache)[1])
        elif keep == "clean, told the last level":
            cache.append(predict(z, levels[-2], cache)[1])
        elif keep != "nothing" and keep not in ("every step", "clean, told as noise"):
            token = predict(z, last, [] if reader == "none for written" else cache)[1]
            token = z if memory == "frames" else token
            cache.insert(0 if place == "front" else len(cache), token)
            if keep == "twice":
                cache.append(token)
            if keep == "newest":
                cache = [token]
        elif keep == "clean, told as noise":
            cache.append(predict(z, first, cache)[1])
        film.append(predict(z, last, cache)[0] if returned == "read once more" else z)
    film = torch.stack(film)
    if returned == "new first":
        return torch.cat((film, known))
    return film if returned == "new" else torch.cat((known, film))


def network(mixing):
    """A small causal network: x_hat leans on its memory, a token on level, frame and memory."""

    def predict(z, level, cache):
        past = sum(t * 0.8**n for n, t in enumerate(cache)) if cache else 0  # who came first counts
        token = torch.tanh(z @ mixing + 0.3 * past) + 0.5 * float(level)
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
    MISTAKES,
    use=use,
)
