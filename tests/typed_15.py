"""Answers to homework 15 as learners type them, each slip with the mistake that it is named."""

import torch


def levels(*slips):

    def f(task, frames, known, strength):
        x = torch.zeros(2, frames)
        n = known
        if "n-1" in slips:
            n = known - 1
        if "n+1" in slips:
            n = min(known + 1, frames)
        if task in ("predict", "interpolate", "edit"):
            x[0, :n] = 1
        if task in ("interpolate", "edit"):
            if "onelast" in slips:
                x[0, -1] = 1
            elif "nolast" in slips:
                pass
            elif "slice0" in slips:
                x[0, -known:] = 1
            else:
                x[0, frames - known :] = 1
        if task == "repaint":
            if "rowswap" in slips:
                x[0] = 1
            elif "both" in slips:
                x[:] = 1
            elif "none" in slips:
                pass
            elif "bnknown" in slips:
                x[1, :known] = 1
            else:
                x[1] = 1
        if task == "edit":
            s = 1 - strength
            if "strength" in slips:
                s = strength
            if "zero" in slips:
                s = 0.0
            m = torch.zeros(frames, dtype=torch.bool)
            m[known : frames - known] = True
            if "all" in slips:
                m[:] = True
            if "frames+1" in slips:
                m[known - 1 : frames - known + 1] = True
            x[0, m] = s
            if "allbelow" in slips:
                x[0] = torch.where(x[0] == 1, 1.0, s)
        if task == "edit" and "editbeside" in slips:
            x[1] = 1
        if task != "repaint" and "beside1" in slips:
            x[1] = 1
        if "inv" in slips:
            x = 1 - x
        if "predlast" in slips and task == "predict":
            x[0] = 0
            x[0, frames - known :] = 1
        if "gen1" in slips and task == "generate":
            x[0] = 1
        if "genknown" in slips and task == "generate":
            x[0, :known] = 1
        if "rows" in slips:
            x = x.flip(0)
        if "T" in slips:
            x = x.T
        if "total" in slips and task in ("interpolate", "edit"):
            x[0, :] = 0 if task == "interpolate" else 1 - strength
            x[0, : known // 2] = 1
            x[0, frames - known // 2 :] = 1
        if "one" in slips:
            return x[0]
        return x

    return f


def pyramid(*slips):

    def f(known, steps, lag):
        q = (~known).cumsum(0) - 1
        if "q+1" in slips:
            q = q + 1
        if "pos" in slips:
            q = torch.arange(len(known))
        if "revq" in slips:
            q = (~known).flip(0).cumsum(0).flip(0) - 1
        if "inv" in slips:
            known = ~known
            q = (~known).cumsum(0) - 1
        m = int((~known).sum())
        R = steps + lag * (m - 1) + 1 if m else 1
        if "r-1" in slips:
            R -= 1
        if "r+1" in slips:
            R += 1
        if "lagm" in slips:
            R = steps + lag * m + 1
        if "nocase" in slips:
            R = max(steps + lag * (m - 1) + 1, 1)
        if "all0" in slips:
            R = steps + lag * (len(known) - 1) + 1
        if "nothing" in slips:
            R = steps + 1 if not m else R
        r = torch.arange(max(R, 1))[:, None]
        if "r1" in slips:
            r = r + 1
        x = (r - lag * q) / steps
        if "plus" in slips:
            x = (r + lag * q) / steps
        if "s-1" in slips:
            x = (r - lag * q) / max(steps - 1, 1)
        if "lagdiv" in slips:
            x = r / steps - lag * q
        if "noclampmin" in slips:
            x = x.clamp(max=1)
        elif "noclampmax" in slips:
            x = x.clamp(min=0)
        else:
            x = x.clamp(0, 1)
        if "lagsteps" in slips:
            x = ((r - lag * steps * q) / steps).clamp(0, 1)
        if "lag0" in slips:
            x = ((r - 0 * q) / steps).clamp(0, 1)
        if "lag1" in slips:
            x = ((r - max(lag, 1) * q) / steps).clamp(0, 1)
        if "noknown" in slips:
            pass
        elif "known0" in slips:
            x = torch.where(known, 0.0, x)
        elif "knownrise" in slips:
            x = torch.where(known, (r / steps).clamp(max=1), x)
        else:
            x = torch.where(known, 1.0, x)
        if "flip" in slips:
            x = x.flip(0)
        if "noise" in slips:
            x = 1 - x
        if "T" in slips:
            x = x.T
        if "noise0" in slips:
            x = x[1:]
        return x

    return f


def frame_loss(*slips):

    def f(pred, clip, levels, exists, floor):
        e = (pred - clip).square()
        if "abs" in slips:
            e = (pred - clip).abs()
        e = e.mean((2, 3, 4)) if "sumpix" not in slips else e.sum((2, 3, 4))
        if "sumc" in slips:
            e = (pred - clip).square().sum(2).mean((2, 3))
        rest = (1 - levels).clamp(min=floor)
        if "nofloor" in slips:
            rest = 1 - levels
        if "maxfloor" in slips:
            rest = (1 - levels).clamp(max=floor)
        if "addfloor" in slips:
            rest = 1 - levels + floor
        if "level" in slips:
            rest = levels.clamp(min=floor)
        w = 1 / rest**2
        if "nosq" in slips:
            w = 1 / rest
        if "mul" in slips:
            w = rest**2
        if "now" in slips:
            w = torch.ones_like(rest)
        if "sqfloor" in slips:
            w = 1 / ((1 - levels) ** 2).clamp(min=floor)
        if "sqfloor2" in slips:
            w = 1 / ((1 - levels) ** 2 + floor**2)
        sc = (levels < 1) & exists
        if "clean" in slips:
            sc = exists
        if "pad" in slips:
            sc = levels < 1
        if "or" in slips:
            sc = (levels < 1) | exists
        if "invpad" in slips:
            sc = (levels < 1) & ~exists
        if "gt0" in slips:
            sc = (levels > 0) & exists
        if "gt0lt1" in slips:
            sc = (levels > 0) & (levels < 1) & exists
        if "floorcut" in slips:
            sc = (levels < 1 - floor) & exists
        if "onlyclean" in slips:
            sc = (levels == 1) & exists
        s = torch.where(sc, e * w, 0.0) if "mult0" not in slips else e * w * sc
        if "all" in slips:
            return s.mean()
        if "exist" in slips:
            return s.sum() / exists.sum().clamp(min=1)
        if "noisyn" in slips:
            return s.sum() / (levels < 1).sum().clamp(min=1)
        if "sum" in slips:
            return s.sum()
        if "perclip" in slips:
            return (s.sum(1) / sc.sum(1).clamp(min=1)).mean()
        if "perclip2" in slips:
            k = sc.any(1)
            return (s.sum(1) / sc.sum(1).clamp(min=1) * k).sum() / k.sum().clamp(min=1)
        if "wmean" in slips:
            return s.sum() / (w * sc).sum().clamp(min=1e-09)
        if "perB" in slips:
            return s.sum() / len(clip)
        if "nan" in slips:
            return (e * w)[sc].mean()
        if "eps" in slips:
            return s.sum() / (sc.sum() + 1e-08)
        if "eps1" in slips:
            return s.sum() / (sc.sum() + 1)
        return s.sum() / sc.sum().clamp(min=1)

    return f


def sampler(*slips):

    def f(predict, known, noise, levels):
        cache = []
        film = []
        one = levels[-1] if "known0" not in slips else levels[0]
        for fr in known:
            if "noknown" in slips:
                continue
            if "cacheframe" in slips:
                cache.append(fr)
                continue
            if "emptycache" in slips:
                cache.append(predict(fr, one, [])[1])
                continue
            cache.append(predict(fr, one, cache)[1])
        if "knownlast" in slips:
            cache = cache[-1:]
        for z in noise:
            c = cache
            if "draft" in slips:
                c = list(cache)
            tok = None
            for now, after in zip(levels[:-1], levels[1:]):
                clean, tok = predict(z, now, c)
                if "divafter" in slips:
                    z = z + (after - now) * (clean - z)
                elif "jump" in slips:
                    z = clean
                elif "nodiv1" in slips:
                    z = z + (after - now) / (1 - after).clamp(min=1e-06) * (clean - z)
                else:
                    z = z + (after - now) / (1 - now) * (clean - z)
                if "allsteps" in slips:
                    cache.append(tok)
                if "draft" in slips:
                    c.append(tok)
            if "lasttok" in slips:
                cache.append(tok)
            elif "allsteps" in slips and ("plusclean" not in slips):
                pass
            elif "never" in slips:
                pass
            elif "level0" in slips:
                cache.append(predict(z, levels[0], cache)[1])
            elif "lastlevel" in slips:
                cache.append(predict(z, levels[-2], cache)[1])
            elif "readnoise" in slips:
                cache.append(predict(noise[len(film)], levels[-1], cache)[1])
            elif "emptyread" in slips:
                cache.append(predict(z, levels[-1], [])[1])
            elif "clean" in slips:
                cache.append(predict(clean, levels[-1], cache)[1])
            elif "fresh" in slips:
                cache = [predict(z, levels[-1], cache)[1]]
            elif "front" in slips:
                cache.insert(0, predict(z, levels[-1], cache)[1])
            elif "cleanframe" in slips:
                cache.append(z)
            elif "twice" in slips:
                t = predict(z, levels[-1], cache)[1]
                cache.append(t)
                cache.append(t)
            else:
                cache.append(predict(z, levels[-1], cache)[1])
            if "finalread" in slips:
                z = predict(z, levels[-1], cache)[0]
            if "filmclean" in slips:
                z = clean
            film.append(z)
        film = torch.stack(film)
        if "noout" in slips:
            return film
        if "order" in slips:
            return torch.cat((film, known))
        return torch.cat((known, film))

    return f


def windows(*slips):

    def f(write, first, noise, window, overlap):
        total = len(noise)
        out = first[:total]
        if "nocut" in slips:
            out = first
        n = 0
        while len(out) < total:
            n += 1
            if n > 200:
                raise RuntimeError("loop")
            have = len(out)
            start = min(have - overlap, total - window)
            if "nomove" in slips:
                start = have - overlap
            if "start1" in slips:
                start = min(have - overlap + 1, total - window)
            if "startm1" in slips:
                start = min(have - overlap - 1, total - window)
            if "window" in slips:
                start = min(have - window + overlap, total - window)
            start = max(start, 0)
            if "allstart" in slips:
                k = overlap
            else:
                k = have - start
            if "k" in slips:
                k = overlap
            if "restart" in slips:
                kn = out[start : start + overlap]
                k = len(kn)
            else:
                kn = out[start : start + k]
            torch.arange(start, start + window)
            tail = noise[start + k : start + window]
            if "noise0" in slips:
                tail = noise[: window - k]
            if "noiseover" in slips:
                tail = noise[have - overlap : have - overlap + window - k]
            if "noisestart" in slips:
                tail = noise[start : start + window - k]
            if "nomove" in slips and len(tail) < window - k:
                tail = torch.cat(
                    (tail, torch.zeros(window - k - len(tail), noise.shape[1]).to(noise))
                )
            part = torch.cat((kn, tail))
            lv = torch.zeros(window).to(noise)
            lv[:k] = 1
            if "lvinv" in slips:
                lv = 1 - lv
            if "lvover" in slips:
                lv = torch.zeros(window).to(noise)
                lv[:overlap] = 1
            if "lv0" in slips:
                lv = torch.zeros(window).to(noise)
            if "lv1" in slips:
                lv = torch.ones(window).to(noise)
            if "noisyknown" in slips:
                part = torch.cat((noise[start : start + k], tail))
            r = write(part, lv)
            if "overwrite" in slips:
                out = torch.cat((out[:start], r))
            elif "allnew" in slips:
                out = torch.cat((out, r))
            elif "overnew" in slips:
                out = torch.cat((out, r[overlap:]))[:total]
            elif "onlyone" in slips:
                out = torch.cat((out, r[k : k + 1]))
            elif "overwritelast" in slips and start + window == total:
                out = torch.cat((out[:start], r))
            else:
                out = torch.cat((out, r[k:]))
        if "nocutend" in slips:
            return out
        if "padnew" in slips:
            return out[-total:]
        return out[:total] if "nocut" not in slips else out

    return f


def edit(*slips):

    def f(predict, clip, chosen, level, noise, steps):
        if level == 1 and ("nocase" not in slips):
            return clip.clone()
        c = chosen[:, None]
        if "inv" in slips:
            c = ~c
        p = (1 - level) * noise + level * clip
        if "swap" in slips:
            p = level * noise + (1 - level) * clip
        if "add" in slips:
            p = clip + (1 - level) * noise
        if "pure" in slips:
            p = noise
        z = torch.where(c, p, clip)
        if "allnoisy" in slips:
            z = p
        L = torch.linspace(level, 1, steps + 1).tolist()
        if "from0" in slips:
            L = torch.linspace(0, 1, steps + 1).tolist()
        if "kept" in slips:
            n = max(1, round(steps * (1 - level)))
            L = torch.linspace(level, 1, n + 1).tolist()
        if "short" in slips:
            L = torch.linspace(level, 1, steps).tolist()
        if "steps1" in slips:
            L = [level + 1 / steps * i for i in range(steps + 1)]
        for _i, (a, b) in enumerate(zip(L, L[1:])):
            lv = torch.where(c[:, 0], torch.as_tensor(a).to(clip), torch.as_tensor(1.0).to(clip))
            if "onelevel" in slips:
                lv = torch.full((len(clip),), a).to(clip)
            if "lvafter" in slips:
                lv = torch.where(
                    c[:, 0], torch.as_tensor(b).to(clip), torch.as_tensor(1.0).to(clip)
                )
            if "lvfix" in slips:
                lv = torch.where(
                    c[:, 0], torch.as_tensor(level).to(clip), torch.as_tensor(1.0).to(clip)
                )
            if "lv0" in slips:
                lv = torch.where(
                    c[:, 0], torch.as_tensor(a).to(clip), torch.as_tensor(0.0).to(clip)
                )
            x = predict(z, lv)
            nz = z + (b - a) / max(1 - a, 1e-09) * (x - z)
            if "nodiv" in slips:
                nz = z + (b - a) * (x - z)
            if "divb" in slips:
                nz = z + (b - a) / max(1 - b, 0.001) * (x - z)
            if "jump" in slips:
                nz = x
            if "h" in slips:
                nz = z + 1 / steps / max(1 - a, 1e-09) * (x - z)
            if "renoise" in slips:
                nz = (1 - b) * noise + b * x
            if "free" in slips:
                z = nz
            elif "lastkeep" in slips:
                z = nz
            else:
                z = torch.where(c, nz, z)
        if "lastkeep" in slips:
            z = torch.where(c, z, clip)
        if "x" in slips:
            return torch.where(c, x, clip)
        return z

    return f


LEARNERS = {
    "15.1": levels,
    "15.2": pyramid,
    "15.3": frame_loss,
    "15.4": sampler,
    "15.5": windows,
    "15.6": edit,
}
NAMED = {
    "15.1": {
        "n+1": "one known frame too many",
        "nolast": "far end forgotten",
        "slice0": "all frames clean where none is known",
        "rowswap": "rows exchanged",
        "both": "repainted clip already clean",
        "none": "no clip beside",
        "bnknown": "known frames beside a repainting only",
        "strength": "strength taken for a level",
        "zero": "edit starts from pure noise",
        "all": "known ends renoised in an edit",
        "editbeside": "clip beside in every task",
        "beside1": "clip beside in every task",
        "inv": "clean and noise exchanged",
        "predlast": "prediction from the end",
        "gen1": "clean and noise exchanged + clip beside in every task",
        "genknown": "known frames where nothing is known",
        "rows": "rows exchanged",
        "total": "known frames shared by both ends",
    },
    "15.2": {
        "q+1": "queue counted from 1",
        "revq": "earlier frames lag",
        "r-1": "last frame never clean",
        "r+1": "a row too many",
        "nocase": "rounds though nothing is missing",
        "all0": "rows for known frames too",
        "nothing": "no lag + rounds though nothing is missing",
        "r1": "first row one step on",
        "plus": "later frames ahead",
        "s-1": "one step too large",
        "lagdiv": "lag not divided by the steps",
        "noclampmin": "levels below 0",
        "noclampmax": "levels above 1",
        "lagsteps": "lag not divided by the steps",
        "noknown": "known frames made noisy",
        "known0": "known frames as noise",
        "knownrise": "known frames rise too",
        "flip": "rows from the end to the start",
        "noise": "noise in place of levels",
    },
    "15.3": {
        "abs": "absolute error",
        "sumpix": "sum over the pixels",
        "sumc": "sum over the channels",
        "nofloor": "weight not capped",
        "maxfloor": "floor used as a ceiling",
        "addfloor": "floor added",
        "level": "divided by the level",
        "nosq": "weight not squared",
        "mul": "weight inverted",
        "now": "no weight",
        "sqfloor": "square held by the floor",
        "sqfloor2": "squares of both added",
        "clean": "clean frames scored",
        "pad": "padding scored",
        "or": "scored if one of the two holds",
        "invpad": "padding alone scored",
        "gt0": "pure noise not scored",
        "floorcut": "nearly clean frames not scored",
        "onlyclean": "clean frames alone scored",
        "all": "divided by all frames",
        "exist": "divided by all that exist",
        "noisyn": "divided by all noisy frames",
        "sum": "not divided",
        "perclip": "mean of the clips' means",
        "wmean": "divided by the weights",
        "perB": "divided by the clips",
        "nan": "0 / 0 when all is clean",
        "eps1": "divided by one too many",
    },
    "15.4": {
        "known0": "known frames read as noise",
        "noknown": "known frames not read",
        "emptycache": "known frames read without a past",
        "draft": "a draft of the steps read along",
        "divafter": "way in place of velocity",
        "jump": "jump to the clean frame",
        "nodiv1": "divided by what is left after the step",
        "allsteps": "a token of every step kept",
        "lasttok": "token of the last step kept",
        "never": "written frames forgotten",
        "level0": "clean frame read as noise",
        "lastlevel": "finished frame told the level before the last",
        "readnoise": "noise read for the memory",
        "emptyread": "written frames read without a past",
        "fresh": "newest frame alone kept",
        "front": "token in front of the cache",
        "twice": "finished frame kept twice",
        "finalread": "finished frame replaced by the prediction",
        "noout": "known frames not returned",
        "order": "new frames first",
        "known0 allsteps": "nothing repaired yet",
        "allsteps plusclean": "noisy tokens kept beside the clean one",
        "known0 lasttok": "token of the last step kept + known frames read as noise",
        "known0 never": "written frames forgotten + known frames read as noise",
    },
    "15.5": {
        "nocut": "first not cut",
        "nomove": "last window cut short",
        "start1": "window begins one frame late",
        "startm1": "window begins one frame early",
        "window": "overlap taken for the new frames",
        "noise0": "the same noise in every window",
        "noisestart": "noise counted from the window's start",
        "lvinv": "levels inverted",
        "lvover": "overlap told in the last window too",
        "lv0": "all told as noise",
        "lv1": "levels inverted",
        "noisyknown": "known frames replaced by their noise",
        "overwrite": "known frames overwritten",
        "allnew": "overlap shown twice",
        "overnew": "overlap cut off the last window too",
        "onlyone": "one frame of each window",
        "overwritelast": "finished frames overwritten at the end",
    },
    "15.6": {
        "inv": "other frames edited",
        "swap": "noise and clip exchanged",
        "add": "noise added to the frames",
        "pure": "frames replaced by noise",
        "allnoisy": "other frames noisy too",
        "from0": "steps from level 0",
        "kept": "fewer steps for a short way",
        "short": "one step too few",
        "onelevel": "one level for the whole clip",
        "lvafter": "level told after the step",
        "lvfix": "first level told in every step",
        "lv0": "untouched frames told as noise",
        "nodiv": "way in place of velocity",
        "divb": "divided by what is left after the step",
        "jump": "jump to the clean frames",
        "h": "steps of 1 / steps",
        "renoise": "predicted frames noised again",
        "free": "untouched frames moved along",
        "lastkeep": "untouched frames put back at the end",
    },
}
