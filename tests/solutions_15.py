"""Correct solutions of homework 15 in different styles: every one must pass its check."""

import torch

# 15.1


def levels_by_task(task, frames, known, strength):
    t = torch.arange(frames)
    early, late = t < known, t >= frames - known
    between = (1.0 - strength) * (~early & ~late)
    clip = {
        "predict": early,
        "interpolate": early | late,
        "generate": 0 * t,
        "repaint": 0 * t,
        "edit": (early | late) + between,
    }[task]
    return torch.stack((clip.float(), torch.full((frames,), float(task == "repaint"))))


def levels_loops(task, frames, known, strength):
    out = torch.zeros(2, frames)
    for t in range(frames):
        start, end = t < known, t >= frames - known
        if task == "predict":
            out[0, t] = float(start)
        elif task in ("interpolate", "edit"):
            out[0, t] = 1.0 if start or end else (1 - strength if task == "edit" else 0.0)
        elif task == "repaint":
            out[1, t] = 1.0
    return out


def levels_joined(task, frames, known, strength):
    one, none = torch.ones(known), torch.zeros(frames)
    if task == "repaint":
        return torch.stack((none, torch.ones(frames)))
    if task == "generate":
        return torch.stack((none, none))
    if task == "predict":
        return torch.stack((torch.cat((one, torch.zeros(frames - known))), none))
    middle = torch.full((frames - 2 * known,), 1 - strength if task == "edit" else 0.0)
    return torch.stack((torch.cat((one, middle, one)), none))


# 15.2


def pyramid_loops(known, steps, lag):
    queue, row = {}, []
    for t in range(len(known)):
        if not known[t]:
            queue[t] = len(queue)
    rounds = steps + lag * (len(queue) - 1) if queue else 0
    for r in range(rounds + 1):
        row.append(
            [
                min(max((r - lag * queue[t]) / steps, 0.0), 1.0) if t in queue else 1.0
                for t in range(len(known))
            ]
        )
    return torch.tensor(row)


def pyramid_step_by_step(known, steps, lag):
    made = torch.zeros(len(known), dtype=torch.long)
    made[known] = steps
    missing = (~known).nonzero().flatten()
    rows = [made.clone()]
    while (made < steps).any():
        waited = torch.arange(len(missing)) * lag <= len(rows) - 1
        chosen = missing[waited]
        made[chosen] = (made[chosen] + 1).clamp(max=steps)
        rows.append(made.clone())
    return torch.stack(rows) / steps


def pyramid_columns(known, steps, lag):
    count = int((~known).sum())
    length = steps + lag * max(count - 1, 0) if count else 0
    ramp = torch.arange(1, steps + 1) / steps
    columns = []
    for t, is_known in enumerate(known.tolist()):
        before = lag * int((~known[:t]).sum())
        column = torch.cat((torch.zeros(before + 1), ramp, torch.ones(length)))
        columns.append(torch.ones(length + 1) if is_known else column[: length + 1])
    return torch.stack(columns, 1)


# 15.3


def loss_selected(predicted, clip, levels, exists, floor):
    scored = exists & (levels != 1)
    if not scored.any():
        return torch.zeros(())
    error = (predicted[scored] - clip[scored]).flatten(1).square().mean(1)
    return (error / (1 - levels[scored]).clamp(min=floor).square()).mean()


def loss_loops(predicted, clip, levels, exists, floor):
    parts = []
    for b in range(len(clip)):
        for t in range(clip.shape[1]):
            if exists[b, t] and levels[b, t] < 1:
                left = max(1 - levels[b, t].item(), floor)
                parts.append(((predicted[b, t] - clip[b, t]) ** 2).mean() / left**2)
    return sum(parts) / len(parts) if parts else torch.tensor(0.0)


def loss_of_velocities(predicted, clip, levels, exists, floor):
    left = torch.maximum(1 - levels, torch.tensor(floor))[..., None, None, None]
    silent = ~exists | (levels >= 1)
    error = (((predicted - clip) / left) ** 2).flatten(2).mean(2).masked_fill(silent, 0.0)
    return error.sum() / max(int((~silent).sum()), 1)


# 15.4


def sampler_of_copies(predict, known, noise, levels):
    cache, film = [], list(known)
    for frame in known:
        _, token = predict(frame, 1.0, list(cache))
        cache.append(token)
    for start in noise:
        z = start.clone()
        for i in range(len(levels) - 1):
            tried = list(cache)
            x, _ = predict(z, levels[i].item(), tried)
            part = (levels[i + 1] - levels[i]) / (1 - levels[i])
            z = (1 - part) * z + part * x
        film.append(z)
        cache.append(predict(z, 1.0, list(cache))[1])
    return torch.stack(film)


def sampler_read_anew(predict, known, noise, levels):
    film = list(known)
    for z in noise:
        cache = []
        for frame in film:  # no cache between frames: all of them are read again
            cache.append(predict(frame, 1.0, cache)[1])
        for now, after in zip(levels, levels[1:]):
            x = predict(z, now, cache)[0]
            z = z + (after - now) * (x - z) / (1 - now)
        film.append(z)
    return torch.stack(film)


def sampler_that_forgets(predict, known, noise, levels):
    cache, film = [], []
    for frame in torch.cat((known, noise)):
        held, z = len(cache), frame
        if len(film) >= len(known):
            for now, after in zip(levels[:-1], levels[1:]):
                x, token = predict(z, now, cache)
                cache.append(token)
                del cache[held:]
                z = torch.lerp(z, x, (after - now) / (1 - now))
        cache.append(predict(z, torch.tensor(1.0), cache)[1])
        film.append(z)
    return torch.stack(film)


# 15.5


def windows_in_place(write, first, noise, window, overlap):
    film = noise.clone()
    have = min(len(first), len(noise))
    film[:have] = first[:have]
    while have < len(noise):
        stop = min(have - overlap + window, len(noise))
        start = stop - window
        levels = torch.zeros(window)
        levels[: have - start] = 1.0
        film[have:stop] = write(film[start:stop].clone(), levels)[have - start :]
        have = stop
    return film


def windows_recursive(write, first, noise, window, overlap):
    have, total = len(first), len(noise)
    if have >= total:
        return first[:total]
    known = max(overlap, window - (total - have))
    part = torch.cat((first[-known:], noise[have : have + window - known]))
    levels = torch.cat((torch.ones(known), torch.zeros(window - known)))
    new = write(part, levels)[known:]
    return windows_recursive(write, torch.cat((first, new)), noise, window, overlap)


def windows_of_a_list(write, first, noise, window, overlap):
    total = len(noise)
    film = list(first)[:total]
    while len(film) < total:
        new = min(window - overlap, total - len(film))
        known = window - new
        part = torch.stack(film[-known:] + list(noise[len(film) : len(film) + new]))
        levels = torch.tensor([1.0] * known + [0.0] * new)
        film += list(write(part, levels)[-new:])
    return torch.stack(film)


# 15.6


def edit_selected(predict, clip, chosen, level, noise, steps):
    z = clip.clone()
    z[chosen] = (1 - level) * noise[chosen] + level * clip[chosen]
    if level < 1:
        marks = torch.linspace(level, 1, steps + 1)
        for now, after in zip(marks[:-1], marks[1:]):
            levels = torch.ones(len(clip))
            levels[chosen] = now
            x = predict(z, levels)
            z = z.clone()
            z[chosen] += (after - now) / (1 - now) * (x[chosen] - z[chosen])
    return z


def edit_mask(predict, clip, chosen, level, noise, steps):
    m = chosen.float()[:, None]
    z = clip + m * (1 - level) * (noise - clip)
    for k in range(steps if level < 1 else 0):
        now = level + k * (1 - level) / steps
        x = predict(z, 1 - m[:, 0] * (1 - now))
        z = z + m * (x - z) / (steps - k)  # what is left is steps - k equal steps
    return z


def edit_loops(predict, clip, chosen, level, noise, steps):
    pairs = zip(clip, noise, chosen)
    z = torch.stack([(1 - level) * e + level * x if c else x for x, e, c in pairs])
    if level == 1:
        return z
    step = (1 - level) / steps
    for k in range(steps):
        now = level + k * step
        x = predict(z, torch.tensor([now if c else 1.0 for c in chosen]))
        rows = zip(z, x, chosen)
        z = torch.stack([a + step * (b - a) / (1 - now) if c else a for a, b, c in rows])
    return z


SOLUTIONS = {
    "15.1": (levels_by_task, levels_loops, levels_joined),
    "15.2": (pyramid_loops, pyramid_step_by_step, pyramid_columns),
    "15.3": (loss_selected, loss_loops, loss_of_velocities),
    "15.4": (sampler_of_copies, sampler_read_anew, sampler_that_forgets),
    "15.5": (windows_in_place, windows_recursive, windows_of_a_list),
    "15.6": (edit_selected, edit_mask, edit_loops),
}
