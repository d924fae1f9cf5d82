"""Answers to homework 10 as learners type them, each slip with the mistake that it is named."""

import torch


def blend(*slips):

    def f(frames, times, total):
        tm = times.tolist()
        out = []
        if "shift1" in slips:
            tm = [t + 1 for t in tm]
        if "backwards" in slips:
            tm = tm[::-1]
        for t in range(total):
            lo = [i for i, s in enumerate(tm) if (s < t if "lt" in slips else s <= t)]
            hi = [i for i, s in enumerate(tm) if (s > t if "gt" in slips else s >= t)]
            if not lo and (not hi):
                out.append(frames[0])
                continue
            if not lo:
                out.append(
                    frames[-1]
                    if "firstlast" in slips
                    else frames.mean(0)
                    if "meanout" in slips
                    else frames[hi[0]] * (0.5 if "fadein" in slips else 1)
                )
                continue
            if not hi:
                out.append(
                    frames[lo[0]]
                    if "holdfirst" in slips
                    else frames.mean(0)
                    if "meanout" in slips
                    else frames[lo[-1]] * (0.5 if "fadein" in slips else 1)
                )
                continue
            a, b = (lo[-1], hi[0])
            if "lo0" in slips:
                a = lo[0]
            if "hilast" in slips:
                b = hi[-1]
            if a == b:
                out.append(frames[a] * (0 if "knownblack" in slips else 1))
                continue
            w = (t - tm[a]) / (tm[b] - tm[a])
            if "overtotal" in slips:
                w = t / (total - 1)
            if "overgap0" in slips:
                w = t / (tm[b] - tm[a])
            if "late" in slips:
                w = (t + 1 - tm[a]) / (tm[b] - tm[a])
            if "smooth" in slips:
                w = w * w * (3 - 2 * w)
            if "prev" in slips:
                w = 0
            if "next" in slips:
                w = 1
            if "inv" in slips:
                da, db = (t - tm[a], tm[b] - t)
                w = 1 / db**2 / (1 / da**2 + 1 / db**2) if da and db else float(db == 0)
            if "sum" in slips:
                out.append(frames[a] + w * frames[b])
                continue
            if "sumboth" in slips:
                out.append(frames[a] + frames[b])
                continue
            if "onlyb" in slips:
                out.append(w * frames[b])
                continue
            if "exp" in slips:
                pass
            out.append((1 - w) * frames[a] + w * frames[b])
        r = torch.stack(out)
        if "onlymissing" in slips:
            r = r[[t for t in range(total) if t not in tm]]
        if "missingblend" in slips:
            for i, t in enumerate(tm):
                r[t] = (frames[max(i - 1, 0)] + frames[min(i + 1, len(tm) - 1)]) / 2
        if "round" in slips:
            r = r.round()
        return r

    return f


def memory_mask(*slips):

    def f(times, known, frames, patches, causal):
        t = torch.arange(frames)
        if "t+1" in slips:
            t = t + 1
        seen = known[:, None].expand(-1, frames, -1)
        c = times[:, None] <= t[:, None]
        if "lt" in slips:
            c = times[:, None] < t[:, None]
        if "ge" in slips:
            c = times[:, None] >= t[:, None]
        if "gt" in slips:
            c = times[:, None] > t[:, None]
        if "eq" in slips:
            c = times[:, None] == t[:, None]
        if "tril" in slips:
            c = torch.ones(len(times), frames, times.shape[1]).bool().tril()
        if "index" in slips:
            c = (torch.arange(times.shape[1])[None, None] <= t[:, None]).expand(len(times), -1, -1)
        if "win" in slips:
            c = c & (times[:, None] >= t[:, None] - 2)
        if "near" in slips:
            m = c.float() * times[:, None].add(1)
            c = c & (m == m.amax(-1, keepdim=True))
        if "nopad" in slips:
            seen = torch.ones_like(seen)
        if "or" in slips:
            seen = seen | c if causal else seen
        elif "padcausalonly" in slips:
            seen = seen & c if causal else torch.ones_like(seen)
        elif "padfullonly" in slips:
            seen = c if causal else seen
        elif "ncausal" in slips:
            seen = seen & c if not causal else seen
        elif "never" in slips:
            pass
        elif "always" in slips:
            seen = seen & c
        else:
            seen = seen & c if causal else seen
        if "padinv" in slips:
            seen = (~known[:, None]).expand(-1, frames, -1)
            seen = seen & c if causal else seen
        if "known0" in slips:
            seen = known[:1, None].expand(len(known), frames, -1)
            seen = seen & c if causal else seen
        if "allknown" in slips:
            seen = known.all(0)[None, None].expand(len(known), frames, -1)
            seen = seen & c if causal else seen
        if "padtime0" in slips:
            seen = (times > 0)[:, None].expand(-1, frames, -1)
            seen = seen & c if causal else seen
        if "inv" in slips:
            seen = ~seen
        if "frames" in slips:
            return seen
        if "rq" in slips:
            r = seen.repeat(1, patches, 1).repeat_interleave(patches, 2)
        elif "rk" in slips:
            r = seen.repeat_interleave(patches, 1).repeat(1, 1, patches)
        elif "rboth" in slips:
            r = seen.repeat(1, patches, patches)
        elif "onlyq" in slips:
            r = seen.repeat_interleave(patches, 1)
        elif "onlyk" in slips:
            r = seen.repeat_interleave(patches, 2)
        elif "samepatch" in slips:
            r = seen.repeat_interleave(patches, 1).repeat_interleave(patches, 2)
            e = torch.eye(patches).bool().repeat(frames, times.shape[1])
            r = r & e
        else:
            r = seen.repeat_interleave(patches, 1).repeat_interleave(patches, 2)
        if "patchcausal" in slips:
            p = torch.arange(frames * patches)
            k = (times[..., None] * patches + torch.arange(patches)).flatten(1)
            r = known.repeat_interleave(patches, 1)[:, None].expand(-1, frames * patches, -1)
            r = r & (k[:, None] <= p[:, None]) if causal else r
        if "T" in slips:
            r = r.mT
        if "float" in slips:
            r = r.float()
        if "add" in slips:
            r = torch.zeros(r.shape).masked_fill(~r, -torch.inf)
        if "heads" in slips:
            r = r[:, None]
        return r

    return f


def neighbours(*slips):

    def f(known):
        T = known.shape[1]
        t = torch.arange(T).expand_as(known)
        most = int(known.sum(1).max())
        if "Tplaces" in slips:
            most = T
        if "min" in slips:
            most = int(known.sum(1).min())
        pl = torch.where(known, t, T).sort(1).values[:, :most]
        ex = pl < T
        times = pl.masked_fill(~ex, 0)
        if "padT" in slips:
            times = pl
        if "padT1" in slips:
            times = pl.clamp(max=T - 1)
        if "pad-1" in slips:
            times = pl.masked_fill(~ex, -1)
        if "exinv" in slips:
            ex = ~ex
        if "exall" in slips:
            ex = torch.ones_like(ex)
        if "exT" in slips:
            ex = known
        if "exgt0" in slips:
            ex = times > 0
        b = torch.where(known, t, -1).cummax(1).values
        a = torch.where(known, t, T).flip(1).cummin(1).values.flip(1)
        _b0, a0 = (b.clone(), a.clone())
        e, late = (b < 0, a == T)
        if "both0" in slips:
            b = torch.where(e, 0, b)
            a = torch.where(late, T - 1, a)
        elif "own" in slips:
            b = torch.where(e, t, b)
            a = torch.where(late, t, a)
        elif "raw" in slips:
            pass
        elif "clamp" in slips:
            b = b.clamp(min=0)
            a = a.clamp(max=T - 1)
        elif "onlyb" in slips:
            b = torch.where(e, a, b)
        elif "onlya" in slips:
            a = torch.where(late, b, a)
        elif "wrap" in slips:
            b = torch.where(e, known.long().mul(t).amax(1, True), b)
            a = torch.where(late, torch.where(known, t, T).amin(1, True), a)
        elif "chain" in slips:
            b = torch.where(e, a, b)
            a = torch.where(a0 == T, b, a)
        elif "row0" in slips:
            b = torch.where(e, torch.where(known, t, T).amin(), b)
            a = torch.where(late, torch.where(known, t, -1).amax(), a)
        else:
            b, a = (torch.where(e, a, b), torch.where(late, b, a))
        if "nearest" in slips:
            n = torch.where(t - b <= a - t, b, a)
            b = a = n
        if "strict" in slips:
            for r in range(len(known)):
                k = known[r].nonzero().flatten().tolist()
                for i in range(T):
                    L = [x for x in k if x < i]
                    R = [x for x in k if x > i]
                    b[r, i] = L[-1] if L else R[0] if R else i
                    a[r, i] = R[0] if R else L[-1] if L else i
        if "strictboth" in slips:
            pass
        if "idx" in slips:
            c = known.long().cumsum(1)
            b = (c - 1).clamp(min=0)
            a = torch.minimum(c - 1 + (~known).long(), known.sum(1, True) - 1).clamp(min=0)
        if "offs" in slips:
            b = t - b
            a = a - t
        if "swap" in slips:
            return (times, ex, a, b)
        if "desc" in slips:
            times = torch.where(known, t, -1).sort(1, descending=True).values[:, :most].clamp(min=0)
        if "known" in slips:
            return (known.nonzero()[:, 1], ex, b, a)
        if "order" in slips:
            return (ex, times, b, a)
        return (times, ex, b, a)

    return f


def fade(*slips):

    def f(moved, scores, distances, exists):
        d = distances.clamp(min=0.001)
        if "noclamp" in slips:
            d = distances
        if "clamp1" in slips:
            d = distances.clamp(min=1)
        if "addeps" in slips:
            d = distances + 0.001
        if "eps9" in slips:
            d = distances.clamp(min=1e-09)
        n = -d.log()
        if "far" in slips:
            n = d.log()
        if "plain" in slips:
            n = -distances
        if "inv" in slips:
            n = 1 / d
        if "none" in slips:
            n = 0 * d
        if "sq" in slips:
            n = -2 * d.log()
        if "log2" in slips:
            n = -d.log2()
        if "log1p" in slips:
            n = -distances.log1p()
        u = scores + n[..., None, None]
        if "scoremul" in slips:
            u = scores * n[..., None, None]
        if "negscore" in slips:
            u = -scores + n[..., None, None]
        if "noscore" in slips:
            u = torch.zeros_like(scores) + n[..., None, None]
        if "mulinv" in slips:
            u = scores / d[..., None, None]
        e = exists[..., None, None]
        if "inve" in slips:
            e = ~e
        if "all0" in slips:
            e = exists.all(0)[None, :, None, None].expand_as(e)
        if "zeroscore" in slips:
            u = u * e
            s = u.softmax(1)
        elif "fill0" in slips:
            s = u.masked_fill(~e, 0).softmax(1)
        elif "after" in slips:
            s = u.softmax(1) * e
        elif "big" in slips:
            s = u.masked_fill(~e, -1000000000.0).softmax(1)
        elif "small" in slips:
            s = u.masked_fill(~e, -10.0).softmax(1) * exists[..., None, None].any(1, True)
        elif "nomask" in slips:
            s = u.softmax(1)
        elif "axis0" in slips:
            s = u.masked_fill(~e, -torch.inf).softmax(0).nan_to_num(0)
        elif "axisW" in slips:
            s = u.masked_fill(~e, -torch.inf).softmax(-1).nan_to_num(0)
        elif "axisH" in slips:
            s = u.masked_fill(~e, -torch.inf).softmax(-2).nan_to_num(0)
        elif "sig" in slips:
            s = u.sigmoid() * e
        elif "signorm" in slips:
            s = u.sigmoid() * e
            s = s / s.sum(1, True).clamp(min=1e-09)
        elif "exp" in slips:
            s = u.exp() * e
        elif "softmulinv" in slips:
            s = scores.masked_fill(~e, -torch.inf).softmax(1).nan_to_num(0) / d[..., None, None]
        elif "nan1" in slips:
            s = u.masked_fill(~e, -torch.inf).softmax(1)
        elif "nanmean" in slips:
            s = u.masked_fill(~e, -torch.inf).softmax(1).nan_to_num(1 / u.shape[1])
        elif "nan_one" in slips:
            s = u.masked_fill(~e, -torch.inf).softmax(1).nan_to_num(1)
        elif "hard" in slips:
            s = (
                torch.nn.functional.one_hot(u.masked_fill(~e, -torch.inf).argmax(1), u.shape[1])
                .movedim(-1, 1)
                .float()
                * e
            )
        elif "clip" in slips:
            s = (
                u.masked_fill(~e, -torch.inf).softmax(1).nan_to_num(0)
                / exists.sum(1).clamp(min=1)[:, None, None, None]
            )
        else:
            s = u.masked_fill(~e, -torch.inf).softmax(1).nan_to_num(0)
        if "mean" in slips:
            return (s[:, :, None] * moved).mean(1)
        if "first" in slips:
            return s[:, 0][:, None] * moved[:, 0]
        if "sumc" in slips:
            return (s[:, :, None] * moved).sum(2)
        return (s[:, :, None] * moved).sum(1)

    return f


def tent(n, s):
    i = torch.arange(n)[:, None]
    j = torch.arange(n)[None]
    return (1 - (i - s - j).abs()).clamp(min=0)


def slide(*slips):

    def f(first, last, bg, K):
        st = bg[:, None, None]
        C, H, W = first.shape

        def cen(p):
            m = p - st
            m = m.abs().sum(0)
            if "signed" in slips:
                m = (p - st).sum(0)
            if "bright" in slips:
                m = p.sum(0)
            if "square" in slips:
                m = (p - st).square().sum(0)
            if "thr" in slips:
                m = ((p - st).abs().sum(0) > 0.1).float()
            if "ch0" in slips:
                m = (p - st)[0].abs()
            if "max" in slips:
                i = m.argmax()
                return torch.stack((i // W, i % W)).float()
            y = (m.sum(1) * torch.arange(H)).sum() / m.sum()
            x = (m.sum(0) * torch.arange(W)).sum() / m.sum()
            if "xy" in slips:
                return torch.stack((x, y))
            if "norm" in slips:
                return torch.stack((y / H, x / W))
            if "center1" in slips:
                return torch.stack((y + 1, x + 1))
            return torch.stack((y, x))

        way = cen(last) - cen(first)
        if "wayneg" in slips:
            way = -way
        out = []
        ks = range(1, K + 1)
        if "from0" in slips:
            ks = range(K)
        for k in ks:
            a = k / (K + 1)
            if "K" in slips:
                a = k / K
            if "K-1" in slips:
                a = (k - 1) / max(K - 1, 1)
            s1, s2 = (a * way, (a - 1) * way)
            if "lastsame" in slips:
                s2 = a * way
            if "lastfwd" in slips:
                s2 = (1 - a) * way
            if "lastall" in slips:
                s2 = -way
            if "firstall" in slips:
                s1 = way
            if "lastno" in slips:
                s2 = 0 * way
            if "firstno" in slips:
                s1 = 0 * way
            if "round" in slips:
                s1, s2 = (s1.round(), s2.round())
            if "floor" in slips:
                s1, s2 = (s1.floor(), s2.floor())
            if "onlyx" in slips:
                s1 = s1 * torch.tensor([0.0, 1.0])
                s2 = s2 * torch.tensor([0.0, 1.0])
            if "onlyy" in slips:
                s1 = s1 * torch.tensor([1.0, 0.0])
                s2 = s2 * torch.tensor([1.0, 0.0])

            def sh(p, s):
                if "T" in slips:
                    return tent(H, s[0]).T @ p @ tent(W, s[1])
                if "Tx" in slips:
                    return tent(H, s[0]) @ p @ tent(W, s[1])
                if "roll" in slips:
                    return p.roll((int(s[0].round()), int(s[1].round())), (1, 2))
                return tent(H, s[0]) @ p @ tent(W, s[1]).T

            if "whole" in slips:
                A, B = (sh(first, s1), sh(last, s2))
                out.append((1 - a) * A + a * B)
                continue
            A, B = (sh(first - st, s1), sh(last - st, s2))
            w = a
            if "swapw" in slips:
                w = 1 - a
            if "half" in slips:
                w = 0.5
            if "hard" in slips:
                w = float(a > 0.5)
            r = (1 - w) * A + w * B
            if "sum" in slips:
                r = A + B
            if "nobg" in slips:
                out.append(r)
                continue
            if "bg2" in slips:
                out.append(r + 2 * st)
                continue
            if "bgmul" in slips:
                out.append(r * st)
                continue
            if "maxb" in slips:
                r = torch.where(A.abs() > B.abs(), A, B)
            out.append(r + st)
        r = torch.stack(out)
        if "withends" in slips:
            r = torch.cat((first[None], r, last[None]))
        if "rev" in slips:
            r = r.flip(0)
        if "clamp" in slips:
            r = r.clamp(0, 0.5)
        return r

    return f


LEARNERS = {"10.2": blend, "10.3": memory_mask, "10.4": neighbours, "10.5": fade, "10.6": slide}
NAMED = {
    "10.2": {
        "firstlast": "last known frame held on both sides",
        "holdfirst": "first known frame held on both sides",
        "meanout": "mean outside the known frames",
        "lo0": "first known frame in every gap",
        "hilast": "last known frame in every gap",
        "knownblack": "known frames black",
        "overtotal": "share of the whole clip",
        "overgap0": "time of the known frame not taken off",
        "late": "one step late",
        "smooth": "smooth in place of straight",
        "prev": "frame before held",
        "next": "frame after shown at once",
        "inv": "squares of the distances",
        "sum": "frame before in full",
        "sumboth": "both frames in full",
        "onlyb": "frame after alone",
        "onlymissing": "missing frames alone",
        "missingblend": "known frames written anew",
        "shift1": "times counted from 1",
    },
    "10.3": {
        "t+1": "one later frame visible",
        "lt": "own frame hidden",
        "ge": "future in place of past",
        "gt": "later frames alone",
        "eq": "own frame only",
        "tril": "place in the batch for time",
        "index": "place in the batch for time",
        "nopad": "padding visible",
        "or": "past or existing",
        "padcausalonly": "padding hidden in the causal mask only",
        "padfullonly": "padding hidden in the full mask only",
        "ncausal": "causal for False",
        "never": "causal ignored",
        "always": "always causal",
        "padinv": "padding alone visible",
        "known0": "padding of the first clip for all",
        "allknown": "only places that all clips have",
        "padtime0": "time 0 taken for padding",
        "inv": "mask inverted",
        "rq": "queries counted place by place",
        "rk": "keys counted place by place",
        "rboth": "queries counted place by place + keys counted place by place",
        "samepatch": "same patch only",
        "patchcausal": "causal within a frame too",
    },
    "10.4": {
        "padT": "time of padding T",
        "padT1": "time of padding T - 1",
        "pad-1": "time of padding -1",
        "exinv": "existing inverted",
        "exgt0": "frame 0 taken for padding",
        "both0": "frame 0 used though it is missing + last frame used though it is missing",
        "own": "frame its own neighbour though it is missing",
        "raw": "no neighbour left open",
        "clamp": "frame 0 used though it is missing + last frame used though it is missing",
        "onlyb": "no known frame after left open",
        "onlya": "no known frame before left open",
        "wrap": "neighbours wrapped round",
        "row0": "first and last known frame of the batch",
        "nearest": "nearer neighbour on both sides",
        "strict": "known frame not its own neighbour",
        "idx": "places in the list for frames",
        "offs": "distances in place of frames",
        "swap": "sides exchanged",
        "desc": "times from the last to the first",
    },
    "10.5": {
        "clamp1": "distances below 1 count as 1",
        "addeps": "0.001 added to every distance",
        "eps9": "another small number for a distance of 0",
        "far": "far sources preferred",
        "plain": "distance without its logarithm",
        "inv": "inverse distance in the exponent",
        "none": "nearness forgotten",
        "sq": "logarithm counted twice",
        "log2": "logarithm to the base 2",
        "scoremul": "scores times the nearness",
        "negscore": "scores with the sign turned",
        "noscore": "scores not used",
        "mulinv": "scores divided by the distance",
        "inve": "missing sources alone",
        "all0": "only sources that all clips have",
        "zeroscore": "score of missing sources set to 0",
        "fill0": "score of missing sources set to 0",
        "after": "missing sources dark",
        "big": "mean of missing sources where nobody is",
        "small": "score of missing sources low",
        "nomask": "missing sources counted",
        "axis0": "softmax over the clips",
        "axisW": "softmax over the pixels",
        "axisH": "softmax over the rows of pixels",
        "sig": "sigmoid in place of the softmax",
        "exp": "shares that do not sum to 1",
        "softmulinv": "divided by the distance after the softmax",
        "nan1": "0 / 0 where nobody is",
        "nanmean": "mean of missing sources where nobody is",
        "hard": "winner takes all",
        "mean": "divided by the number of sources",
        "log1p": "logarithm of one more",
    },
    "10.6": {
        "signed": "signed difference",
        "bright": "centre of the brightness",
        "square": "squares of the difference",
        "thr": "every pixel above a threshold counts alike",
        "ch0": "first channel alone",
        "xy": "rows and columns exchanged",
        "norm": "way not in pixels",
        "wayneg": "moved the wrong way",
        "from0": "counted from 0",
        "K": "divided by the number of missing frames",
        "K-1": "from known frame to known frame",
        "lastsame": "both moved alike",
        "lastfwd": "last frame moved on",
        "lastall": "last frame moved back all the way",
        "firstall": "first frame moved all the way",
        "lastno": "last frame not moved",
        "firstno": "first frame not moved",
        "round": "whole pixels only",
        "floor": "fractions of a pixel cut off",
        "onlyx": "columns alone moved",
        "onlyy": "rows alone moved",
        "T": "moved the wrong way",
        "whole": "background moved too",
        "swapw": "shares exchanged",
        "half": "half of each",
        "hard": "nearer frame only",
        "sum": "both moved frames added",
        "nobg": "background left out",
        "bg2": "background laid twice",
        "maxb": "stronger of the two shown",
        "rev": "frames backwards",
    },
}
