"""Answers to homework 14 as learners type them, each slip with the mistake that it is named."""

import torch


def v(level):
    return level.view(-1, 1, 1, 1, 1)


def velocity(*slips):

    def f(points, weights, where, level):
        a = level
        s = 1 - a
        if "rev" in slips:
            a, s = (1 - level, level)
        x = points if "noa" in slips else a * points
        d = (where[:, None] - x).square().sum(-1)
        if "mean" in slips:
            d = (where[:, None] - x).square().mean(-1)
        if "norm" in slips:
            d = d.sqrt()
        e = -d / (2 * s**2)
        if "pos" in slips:
            e = -e
        if "no2" in slips:
            e = -d / s**2
        if "sd" in slips:
            e = -d / (2 * s)
        if "nosd" in slips:
            e = -d / 2
        if "var1" in slips:
            e = -d / (2 * s**2) / 1
        if "now" in slips:
            pass
        elif "addw" in slips:
            e = e + weights
        elif "mulw" in slips:
            e = e * weights
        elif "after" in slips:
            pass
        elif "epsw" in slips:
            e = e + (weights + 1e-06).log()
        elif "epsw12" in slips:
            e = e + (weights + 1e-12).log()
        elif "clampw" in slips:
            e = e + weights.clamp(min=1e-12).log()
        else:
            e = e + weights.log()
        p = e.softmax(-1)
        if "axis" in slips:
            p = e.softmax(0)
        if "naive" in slips:
            p = weights * torch.exp(-d / (2 * s**2))
            p = p / p.sum(-1, keepdim=True)
        if "eps" in slips:
            p = weights * torch.exp(-d / (2 * s**2))
            p = p / (p.sum(-1, keepdim=True) + 1e-12)
        if "clamp" in slips:
            p = weights * torch.exp(-d / (2 * s**2))
            p = p / p.sum(-1, keepdim=True).clamp(min=1e-300)
        if "after" in slips:
            p = p * weights
            p = p / p.sum(-1, keepdim=True)
        if "afterno" in slips:
            p = p * weights
        if "unnorm" in slips:
            p = weights * torch.exp(-d / (2 * s**2))
        if "argmax" in slips:
            p = torch.nn.functional.one_hot(e.argmax(-1), len(points)).to(points)
        if "wonly" in slips:
            p = weights.expand(len(where), -1)
        if "maxall" in slips:
            e2 = -d / (2 * s**2)
            e2 = e2 - e2.max()
            p = weights * e2.exp()
            p = p / p.sum(-1, keepdim=True)
        if "maxnow" in slips:
            e2 = -d / (2 * s**2)
            e2 = e2 - e2.max(-1, keepdim=True).values
            p = weights * e2.exp()
            p = p / p.sum(-1, keepdim=True)
        m = p @ points
        if "am" in slips:
            m = p @ (a * points)
        if "clean" in slips:
            return m
        if "nodiv" in slips:
            return m - where
        if "diva" in slips:
            return (m - where) / level
        if "neg" in slips:
            return (where - m) / s
        if "divs2" in slips:
            return (m - where) / s**2
        if "clampd" in slips:
            return (m - where) / max(1 - a, 0.1)
        return (m - where) / s

    return f


def heun(*slips):

    def f(predict, noise, levels):
        z = noise
        L = list(levels)
        if "even" in slips:
            L = list(torch.linspace(float(levels[0]), float(levels[-1]), len(levels)).to(levels))
        if "from0" in slips:
            L = list(torch.linspace(0, float(levels[-1]), len(levels)).to(levels))
        if "rev" in slips:
            L = L[::-1]
        pairs = list(zip(L[:-1], L[1:]))
        if "miss" in slips:
            pairs = pairs[:-1]
        for i, (a, b) in enumerate(pairs):
            h = b - a
            c = predict(z, a)
            vel = (c - z) / (1 - a)
            if "predvel" in slips:
                vel = c
            if "nodiv" in slips:
                vel = c - z
            if "diva" in slips:
                vel = (c - z) / (1 - b).clamp(min=1e-09)
            last = b == 1
            if "lastalways" in slips:
                last = i == len(pairs) - 1
            if "euler" in slips:
                last = True
            if "nolast" in slips:
                last = False
            if "ge9" in slips:
                last = b > 0.95
            if last:
                z = z + h * vel
                continue
            y = z + h * vel
            if "mid" in slips:
                y = z + h / 2 * vel
                m = a + h / 2
                z = z + h * (predict(y, m) - y) / (1 - m)
                continue
            lv = a if "levela" in slips else b
            c2 = predict(y, lv)
            if "pz" in slips:
                c2 = predict(z, b)
            base = z if "basez" in slips else y
            den = 1 - a if "dena" in slips else 1 - b
            v2 = (c2 - base) / den
            if "nolast" in slips:
                pass
            if "fromy" in slips:
                z = y + h * (vel + v2) / 2
            elif "second" in slips:
                z = z + h * v2
            elif "sum" in slips:
                z = z + h * (vel + v2)
            elif "half" in slips:
                z = z + h * (vel + v2) / 4
            elif "meanclean" in slips:
                z = z + h * ((c + c2) / 2 - z) / (1 - a)
            elif "yfull" in slips:
                z = y + h * v2
            elif "yhalf" in slips:
                z = y + h / 2 * v2
            elif "weighted" in slips:
                z = z + h * (2 * vel + v2) / 3
            elif "diff" in slips:
                z = z + h * (v2 - vel) / 2
            elif "meanz" in slips:
                z = (y + (z + h * v2)) / 2
            else:
                z = z + h * (vel + v2) / 2
        if "noclean" in slips:
            return c
        if "cleanlast" in slips:
            return predict(z, L[-1])
        return z

    return f


def loss(*slips):

    def f(predict, clips, generator):
        B, T = clips.shape[:2]
        if "noisefirst" in slips:
            noise = torch.randn(clips.shape, generator=generator)
        level = torch.rand(T if "T" in slips else B, generator=generator)
        if "BT" in slips:
            level = torch.rand(B, T, generator=generator)
        if "one" in slips:
            level = torch.rand(1, generator=generator).expand(B)
        if "randn" in slips:
            level = torch.randn(B, generator=generator).sigmoid()
        a = level.view(-1, 1, 1, 1, 1)
        if "wrongaxis" in slips:
            a = level.view(-1, 1, 1, 1) if B == T else level.view(-1, 1, 1, 1, 1)
        if "T" in slips:
            a = level.view(-1, 1, 1, 1)
        if "BT" in slips:
            a = level.view(B, T, 1, 1, 1)
        if "noisefirst" not in slips:
            noise = torch.randn(
                clips.shape[1:] if "onenoise" in slips else clips.shape, generator=generator
            )
            if "frame" in slips:
                noise = torch.randn((B, 1) + clips.shape[2:], generator=generator)
            if "rand" in slips:
                noise = torch.rand(clips.shape, generator=generator)
            if "nogen" in slips:
                noise = torch.zeros(clips.shape)
        point = (1 - a) * noise + a * clips
        if "swap" in slips:
            point = a * noise + (1 - a) * clips
        rest = (1 - a).clamp(min=0.1)
        if "nofloor" in slips:
            rest = 1 - a
        if "sqfloor" in slips:
            w = 1 / ((1 - a) ** 2).clamp(min=0.1)
        elif "mul" in slips:
            w = rest**2
        elif "now" in slips:
            w = 1.0
        elif "nosq" in slips:
            w = 1 / rest
        elif "wa" in slips:
            w = 1 / a.clamp(min=0.1) ** 2
        elif "max" in slips:
            w = 1 / (1 - a).clamp(max=0.1) ** 2
        elif "w4" in slips:
            w = 1 / rest**4
        else:
            w = 1 / rest**2
        pr = predict(point, level)
        if "rest" in slips:
            pr = predict(point, 1 - level)
        err = pr - clips
        if "vel" in slips:
            err = pr - (clips - noise)
        if "tonoise" in slips:
            err = pr - noise
        if "abs" in slips:
            e = err.abs()
        else:
            e = err**2
        if "sum" in slips:
            return (w * e).sum()
        if "sumframes" in slips:
            return (w * e).flatten(1).sum(1).mean()
        if "wmean" in slips:
            return (w * e).mean() / torch.as_tensor(w).mean()
        if "sepmean" in slips:
            return torch.as_tensor(w).mean() * e.mean()
        return (w * e).mean()

    return f


def guided(*slips):

    def f(empty, captions, shares, point, level, weight, interval):
        mix = torch.einsum("k,kbtchw->btchw", shares, captions)
        if "mean" in slips:
            mix = captions.mean(0)
        if "first" in slips:
            mix = captions[0]
        if "sum" in slips:
            mix = captions.sum(0)
        if "revshares" in slips:
            mix = torch.einsum("k,kbtchw->btchw", shares.flip(0), captions)
        lo, hi = interval
        ins = (level >= lo) & (level <= hi)
        if "open" in slips:
            ins = (level > lo) & (level < hi)
        if "loopen" in slips:
            ins = (level > lo) & (level <= hi)
        if "hiopen" in slips:
            ins = (level >= lo) & (level < hi)
        if "inv" in slips:
            ins = ~ins
        if "always" in slips:
            ins = torch.ones_like(ins)
        if "any" in slips:
            ins = ins.any().expand_as(ins)
        if "all" in slips:
            ins = ins.all().expand_as(ins)
        if "first0" in slips:
            ins = ins[:1].expand_as(ins)
        if "lo" in slips:
            ins = level >= lo
        if "hi" in slips:
            ins = level <= hi
        out = 1.0
        if "zero" in slips:
            out = 0.0
        w = torch.where(
            ins, torch.as_tensor(weight, dtype=level.dtype), torch.as_tensor(out, dtype=level.dtype)
        )
        w = v(w)
        if "w-1" in slips:
            c = mix + w * (mix - empty)
        elif "plus1" in slips:
            c = empty + (w + 1) * (mix - empty)
        elif "wm1" in slips:
            c = empty + (w - 1) * (mix - empty)
        elif "rev" in slips:
            c = mix + w * (empty - mix)
        elif "onlyw" in slips:
            c = w * mix
        elif "addw" in slips:
            c = empty + w * mix
        elif "each" in slips:
            c = empty + w * sum((s * k for s, k in zip(shares, captions))) - w * empty * len(shares)
        elif "sumdiff" in slips:
            c = empty + w * sum(k - empty for k in captions)
        elif "outempty" in slips:
            c = torch.where(v(ins), empty + weight * (mix - empty), empty)
        elif "lerp" in slips:
            c = w * empty + (1 - w) * mix
        else:
            c = empty + w * (mix - empty)
        vel = (c - point) / v(1 - level)
        if "velnodiv" in slips:
            vel = c - point
        if "velneg" in slips:
            vel = (point - c) / v(1 - level)
        if "vela" in slips:
            vel = (c - point) / v(level).clamp(min=0.001)
        if "velplain" in slips:
            vel = (mix - point) / v(1 - level)
        if "velempty" in slips:
            vel = (c - empty) / v(1 - level)
        if "velclamp" in slips:
            vel = (c - point) / v(1 - level).clamp(min=0.1)
        if "velmean" in slips:
            vel = (c - point) / (1 - level.mean())
        if "tup" in slips:
            return (vel, c)
        return (c, vel)

    return f


def frechet(*slips):

    def root(S):
        L, V = torch.linalg.eigh(S)
        L = (
            L
            if "noclamp" in slips
            else L.abs()
            if "abs" in slips
            else L.clamp(min=1e-06)
            if "cl6" in slips
            else L.clamp(min=0)
        )
        if "noroot" in slips:
            return V * L @ V.T
        if "VT" in slips:
            return V.T * L.sqrt() @ V
        if "elem" in slips:
            return S.clamp(min=0).sqrt()
        if "chol" in slips:
            return torch.linalg.cholesky(S)
        return V * L.sqrt() @ V.T

    def st(x, w):
        m = w @ x
        if "unw" in slips or "meanunw" in slips:
            m = x.mean(0)
        of = x - m
        C = of.T @ (w[:, None] * of)
        if "unw" in slips or "covunw" in slips:
            C = of.T @ of / len(x)
        if "nocenter" in slips:
            C = x.T @ (w[:, None] * x)
        if "besselw" in slips:
            C = C / (1 - (w**2).sum())
        if "besseln" in slips:
            C = C * len(x) / (len(x) - 1)
        if "torchcov" in slips:
            C = torch.cov(x.T, aweights=w)
        if "w2" in slips:
            C = (w[:, None] * of).T @ (w[:, None] * of)
        if "noise" in slips:
            C = C + 1e-06 * torch.eye(len(C)).to(C)
        if "noise3" in slips:
            C = C + 0.001 * torch.eye(len(C)).to(C)
        if "diag" in slips:
            C = C.diagonal().diag()
        if "nsum" in slips:
            C = of.T @ of
        return (m, C)

    def f(a, wa, b, wb):
        if "swapw" in slips and len(wa) == len(wb):
            wa, wb = (wb, wa)
        ma, A = st(a, wa)
        mb, B = st(b, wb)
        r = root(A)
        M = r @ B @ r
        if "ArB" in slips:
            M = root(A) @ B
        L = torch.linalg.eigvalsh(M)
        if "eigAB" in slips:
            L = torch.linalg.eigvals(A @ B).real
        tr = L.clamp(min=0).sqrt().sum()
        if "noclamp2" in slips:
            tr = L.sqrt().sum()
        if "trnoroot" in slips:
            tr = M.trace()
        if "eigh_abs" in slips:
            tr = L.abs().sqrt().sum()
        if "sqrttr" in slips:
            tr = M.trace().clamp(min=0).sqrt()
        if "rr" in slips:
            tr = (root(A) @ root(B)).trace()
        d = (ma - mb).square().sum()
        if "normd" in slips:
            d = d.sqrt()
        if "meand" in slips:
            d = (ma - mb).square().mean()
        if "nod" in slips:
            d = 0
        k = 1 if "no2" in slips else 2
        t = A.trace() + B.trace() - k * tr
        if "plus" in slips:
            t = A.trace() + B.trace() + 2 * tr
        if "frob" in slips:
            t = (A - B).square().sum()
        if "frob2" in slips:
            t = (root(A) - root(B)).square().sum()
        if "means" in slips:
            return torch.as_tensor(d)
        out = d + t
        if "sqrt" in slips:
            out = out.clamp(min=0).sqrt()
        return out

    return f


LEARNERS = {"14.2": velocity, "14.3": heun, "14.4": loss, "14.5": guided, "14.6": frechet}
NAMED = {
    "14.2": {
        "rev": "divided by the level + levels exchanged",
        "noa": "distance to the clean point",
        "mean": "mean over the dimensions",
        "norm": "distance not squared",
        "pos": "sign of the exponent",
        "no2": "factor one half forgotten",
        "sd": "deviation in place of variance",
        "nosd": "noise of full size at every level",
        "now": "weights forgotten",
        "addw": "weights without their logarithm",
        "mulw": "exponent times the weight",
        "epsw12": "weight 0 kept alive by a small number",
        "clampw": "weight 0 kept alive by a small number",
        "axis": "softmax over the queries",
        "naive": "0 / 0 of exponentials",
        "eps": "small number below the fraction",
        "after": "weights after the softmax",
        "unnorm": "densities in place of shares",
        "argmax": "nearest point only",
        "wonly": "weights alone",
        "maxall": "weights after the softmax + largest exponent of all places",
        "maxnow": "weights after the softmax",
        "am": "mean of the noisy centres",
        "clean": "mean in place of velocity",
        "nodiv": "not divided by what is left",
        "diva": "divided by the level",
        "neg": "velocity points away",
        "divs2": "divided by the square of what is left",
        "clampd": "way left counted as 0.1 at least",
    },
    "14.3": {
        "even": "even steps",
        "miss": "last step left out",
        "lastalways": "last step always Euler",
        "euler": "Euler",
        "nolast": "0 / 0 at the end",
        "mid": "midpoint in place of Heun",
        "levela": "second prediction told the old level",
        "basez": "second way from the old point",
        "dena": "second way divided by what was left before",
        "fromy": "step taken on top of the first",
        "second": "second velocity alone",
        "sum": "both velocities added",
        "half": "quarter of both",
        "meanclean": "clean clips averaged",
        "yfull": "both velocities added",
        "yhalf": "half a step on top of the first",
        "weighted": "first velocity weighed double",
    },
    "14.4": {
        "noisefirst": "noise drawn before the levels",
        "T": "level along the frames",
        "onenoise": "noise shared by the batch",
        "swap": "noise and clip exchanged",
        "nofloor": "weight not capped",
        "sqfloor": "square capped in place of what is left",
        "mul": "weight inverted",
        "now": "no weight",
        "nosq": "weight not squared",
        "wa": "divided by the level",
        "max": "cap holds from above",
        "w4": "weight squared twice",
        "rest": "network told how much noise",
        "vel": "clean prediction held to the velocity",
        "tonoise": "clean prediction held to the noise",
        "abs": "absolute error",
        "sum": "sum in place of mean",
        "sumframes": "sum over a clip",
        "wmean": "divided by the weights",
        "sepmean": "weight and error averaged apart",
        "T onenoise": "level along the frames + noise shared by the batch",
        "T mul": "level along the frames + weight inverted",
        "onenoise mul": "noise shared by the batch + weight inverted",
        "T onenoise mul": "nothing repaired yet",
    },
    "14.5": {
        "mean": "captions averaged without their shares",
        "first": "first caption alone",
        "sum": "captions summed without their shares",
        "revshares": "shares in another order",
        "open": "edges of the interval left out",
        "loopen": "edges of the interval left out",
        "hiopen": "edges of the interval left out",
        "inv": "guided outside the interval",
        "always": "guided everywhere",
        "any": "guided everywhere",
        "all": "guided if the whole batch is inside",
        "first0": "first clip decides for all",
        "lo": "guided from the lower edge on",
        "hi": "guided up to the upper edge",
        "zero": "empty answer outside the interval",
        "w-1": "captions stand at weight 0",
        "plus1": "captions stand at weight 0",
        "wm1": "one taken off the weight",
        "rev": "with and without exchanged",
        "onlyw": "captions times the weight",
        "addw": "captions added to the empty answer",
        "sumdiff": "every caption in full",
        "outempty": "empty answer outside the interval",
        "lerp": "with and without exchanged",
        "velnodiv": "velocity not divided",
        "velneg": "velocity points away",
        "vela": "divided by the level",
        "velplain": "velocity not guided",
        "velempty": "velocity from the empty answer",
        "velclamp": "way left counted as 0.1 at least",
        "velmean": "divided by what is left on average",
        "tup": "parts exchanged",
    },
    "14.6": {
        "noclamp": "root of a covariance without a clamp",
        "noroot": "first covariance not rooted",
        "VT": "eigenvectors in rows",
        "unw": "weights forgotten",
        "meanunw": "weights in the covariance only",
        "covunw": "weights in the mean only",
        "nocenter": "not centred",
        "besselw": "divided by one fewer",
        "besseln": "divided by the number less one",
        "torchcov": "divided by one fewer",
        "w2": "weights squared",
        "diag": "variances alone",
        "nsum": "covariance not divided",
        "ArB": "root on one side only",
        "noclamp2": "root of a negative eigenvalue",
        "trnoroot": "no root at all",
        "sqrttr": "root of the trace",
        "rr": "roots multiplied one by one",
        "normd": "distance of the means not squared",
        "meand": "distance of the means averaged",
        "nod": "means left out",
        "no2": "factor two forgotten",
        "plus": "traces added",
        "frob": "covariances compared entry by entry",
        "frob2": "roots multiplied one by one",
        "means": "spread left out",
        "sqrt": "root of the distance",
    },
}
