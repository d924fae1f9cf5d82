"""Answers to homework 13 as learners type them, each slip with the mistake that it is named."""

import math

import torch
import torch.nn.functional as F


def codes(*slips):

    class Codes:
        def __init__(self, levels):
            self.levels = torch.tensor(levels)
            L = list(levels)
            b = [1]
            for x in L[:-1]:
                b.append(b[-1] * x)
            if "rev" in slips:
                b = [1]
                for x in L[::-1][:-1]:
                    b.append(b[-1] * x)
                b = b[::-1]
            if "nolead" in slips:
                b = []
                p = 1
                for x in L:
                    p *= x
                    b.append(p)
            if "pow" in slips:
                b = [L[0] ** i for i in range(len(L))]
            if "ten" in slips:
                b = [10**i for i in range(len(L))]
            if "plain" in slips:
                b = [1] + L[:-1]
            self.base = torch.tensor(b)

        def encode(self, z):
            s = z.sigmoid()
            if "tanh" in slips:
                s = (z.tanh() + 1) / 2
            if "tanh0" in slips:
                s = z.tanh()
            if "nosig" in slips:
                s = z
            if "clamp" in slips:
                s = z.clamp(0, 1)
            x = s * (self.levels - 1)
            if "full" in slips:
                x = s * self.levels
            if "fullclamp" in slips:
                x = (s * self.levels).floor().clamp(max=self.levels - 1)
            digit = x.floor() if "floor" in slips else x.ceil() if "ceil" in slips else x.round()
            if "long" in slips:
                digit = x.long()
            if "soft" in slips:
                digit = (z.softmax(-1) * (self.levels - 1)).round()
            if "sum0" in slips:
                return digit.sum(-1).long()
            if "float" in slips:
                return (digit * self.base).sum(-1)
            if "dim0" in slips:
                return (digit * self.base).sum(0).long()
            if "noround" in slips:
                return (x * self.base).sum(-1).long()
            if "roundlate" in slips:
                return (x * self.base).sum(-1).round().long()
            return (digit.long() * self.base).sum(-1)

        def decode(self, c):
            d = c[..., None] // self.base % self.levels
            if "nodiv" in slips:
                d = c[..., None] % self.levels
            if "truediv" in slips:
                d = c[..., None] / self.base % self.levels
            if "norem" in slips:
                d = c[..., None] // self.base
            if "modbase" in slips:
                d = c[..., None] % self.levels // self.base
            if "modfirst" in slips:
                d = c[..., None] % self.base
            if "revdec" in slips:
                d = d.flip(-1)
            if "levels" in slips:
                return d.float()
            if "zero1" in slips:
                return d / (self.levels - 1)
            if "byL" in slips:
                return 2 * d / self.levels - 1
            if "half" in slips:
                return (2 * d + 1) / self.levels - 1
            if "d2" in slips:
                return d / (self.levels - 1) * 2
            if "neg" in slips:
                return 1 - 2 * d / (self.levels - 1)
            if "min1" in slips:
                return d / (self.levels - 1) - 1
            return 2 * d / (self.levels - 1) - 1

    return Codes


def gradients(*slips):

    def f(z, book, upstream, beta):
        d = torch.cdist(z, book)
        if "dot" in slips:
            d = -(z @ book.T)
        if "far" in slips:
            d = -d
        if "halfn" in slips:
            d = book.square().sum(-1) - z @ book.T
        if "l1" in slips:
            d = torch.cdist(z, book, p=1)
        i = d.argmin(-1)
        q = book[i]
        n = z.numel()
        if "sum" in slips:
            n = 1
        if "tok" in slips:
            n = len(z)
        if "dim" in slips:
            n = z.shape[1]
        if "codes" in slips:
            n = book.numel()
        k = 1 if "no2" in slips else 2
        b1 = beta
        b0 = 1
        if "betabook" in slips:
            b0, b1 = (beta, 1)
        if "nobeta" in slips:
            b1 = 1
        if "bothbeta" in slips:
            b0 = beta
        if "nodetach" in slips:
            b0 = b1 = 1 + beta
        if "nodetach_z" in slips:
            b1 = 1 + beta
        if "nodetach_b" in slips:
            b0 = 1 + beta
        if "sq" in slips:
            b1 = beta**2
        cz = k * b1 * (z - q) / n
        if "signz" in slips:
            cz = -cz
        if "onlycommit" in slips:
            gz = cz
        elif "onlyup" in slips:
            gz = upstream
        elif "upn" in slips:
            gz = upstream / n + cz
        elif "subtract" in slips:
            gz = upstream - cz
        elif "upbeta" in slips:
            gz = beta * upstream + cz
        elif "upsum" in slips:
            gz = upstream.sum() + cz
        elif "mult" in slips:
            gz = upstream * q + cz
        else:
            gz = upstream + cz
        rows = k * b0 * (q - z) / n
        if "signb" in slips:
            rows = -rows
        if "upbook" in slips:
            rows = rows + upstream
        if "upbookonly" in slips:
            rows = upstream
        gb = torch.zeros_like(book)
        if "last" in slips:
            gb[i] = rows
        elif "first" in slips:
            for t in reversed(range(len(z))):
                gb[i[t]] = rows[t]
        elif "avg" in slips:
            c = torch.bincount(i, minlength=len(book)).clamp(min=1)
            gb = gb.index_add(0, i, rows) / c[:, None]
        elif "all" in slips:
            gb = sum(2 * (book - z[t]) / n for t in range(len(z)))
        elif "rowsonly" in slips:
            gb = rows
        else:
            gb = gb.index_add(0, i, rows)
        if "swap" in slips:
            return (gb, gz)
        return (gz, gb)

    return f


def reseed(*slips):

    def f(book, uses, vectors, limit):
        dead = uses < limit
        if "le" in slips:
            dead = uses <= limit
        if "inv" in slips:
            dead = uses >= limit
        if "zero" in slips:
            dead = uses == 0
        live = book[~dead]
        if "all" in slips:
            live = book
        if "deadlive" in slips:
            live = book[dead]
        if len(live) == 0:
            err = torch.zeros(len(vectors))
            if "crash" in slips:
                err = torch.cdist(vectors, live).amin(1)
            if "nonelive" in slips:
                err = torch.cdist(vectors, book).amin(1)
            if "nochange" in slips:
                return (book.clone(), uses.clone())
        else:
            err = torch.cdist(vectors, live).square()
            if "l1" in slips:
                err = torch.cdist(vectors, live, p=1)
            err = (
                err.amax(1) if "amax" in slips else err.mean(1) if "mean" in slips else err.amin(1)
            )
        if "norm" in slips:
            err = vectors.square().sum(1)
        order = err.sort(descending=True, stable=True).indices
        if "asc" in slips:
            order = err.sort(stable=True).indices
        if "flip" in slips:
            order = err.sort(stable=True).indices.flip(0)
        if "noorder" in slips:
            order = torch.arange(len(vectors))
        idx = dead.nonzero()[:, 0]
        if "bycount" in slips:
            idx = idx[uses[idx].sort(stable=True).indices]
        if "back" in slips:
            idx = idx.flip(0)
        n = len(idx)
        take = order[torch.arange(n) % len(order)]
        if "last" in slips:
            take = order[torch.arange(n).clamp(max=len(order) - 1)]
        if "worst" in slips:
            take = order[:1].expand(n)
        if "stop" in slips:
            take = order[:n]
            idx = idx[: len(take)]
        if "byindex" in slips:
            take = order[idx % len(order)]
        b = book.clone()
        u = uses.clone()
        if "inplace" in slips:
            b = book
            u = uses
        if "greedy" in slips:
            liv = live
            for j in idx:
                e = (
                    torch.cdist(vectors, liv).square().amin(1)
                    if len(liv)
                    else torch.zeros(len(vectors))
                )
                t = e.sort(descending=True, stable=True).indices[0]
                b[j] = vectors[t]
                liv = torch.cat((liv, vectors[t : t + 1]))
        elif "swapidx" in slips:
            b[take[take < len(b)]] = 0
        elif "avg" in slips:
            b[idx] = (book[idx] + vectors[take]) / 2
        else:
            b[idx] = vectors[take]
        if "nocount" in slips:
            pass
        elif "limit" in slips:
            u[idx] = limit
        elif "c0" in slips:
            u[idx] = 0
        elif "plus" in slips:
            u[idx] += 1
        elif "allone" in slips:
            u = torch.ones_like(u)
        elif "meanc" in slips:
            u[idx] = u.mean()
        elif "maskc" in slips:
            u = (~dead).float()
        else:
            u[idx] = 1.0
        return (b, u)

    return f


def bits(*slips):

    def f(logits, codes):
        if "shift" in slips:
            logits, codes = (logits[:, :-1], codes[:, 1:])
        elif "first" in slips:
            pass
        else:
            logits, codes = (logits[:, 1:], codes[:, 1:])
        lp = logits.log_softmax(-1)
        if "raw" in slips:
            lp = logits
        if "eps" in slips:
            lp = (logits.softmax(-1) + 1e-09).log()
        if "nansoft" in slips:
            lp = logits.softmax(-1).log()
        if "clampp" in slips:
            lp = logits.softmax(-1).clamp(min=1e-12).log()
        if "axis" in slips:
            lp = logits.log_softmax(-2)
        if "onehot" in slips:
            x = (F.one_hot(codes, logits.shape[-1]) * lp).sum(-1)
        elif "max" in slips:
            x = lp.amax(-1)
        elif "ent" in slips:
            x = (lp.exp() * lp).nan_to_num(0).sum(-1)
        else:
            x = lp.gather(-1, codes[..., None])[..., 0]
        ln2 = math.log(2)
        if "probmean" in slips:
            m = -x.exp().mean().log() / ln2 * codes.shape[2]
        else:
            m = -x.sum(2).mean() / ln2
            if "token" in slips:
                m = -x.mean() / ln2
            if "clip" in slips:
                m = -x.sum((1, 2)).mean() / ln2
            if "tot" in slips:
                m = -x.sum() / ln2
            if "nats" in slips or "natsm" in slips:
                m = -x.sum(2).mean()
            if "mulln" in slips:
                m = -x.sum(2).mean() * ln2
            if "sign" in slips or "signm" in slips:
                m = -m
            if "allframes" in slips:
                m = -x.sum((1, 2)).mean() / ln2 / (codes.shape[1] + 1)
            if "log10" in slips:
                m = -x.sum(2).mean() / math.log(10)
            if "ppl" in slips:
                m = 2 ** (-x.mean() / ln2)
        K = logits.shape[-1]
        p = torch.bincount(codes.flatten(), minlength=K).float()
        p = p / p.sum()
        t = torch.special.entr(p).sum() / ln2 * codes.shape[2]
        if "ttok" in slips:
            t = t / codes.shape[2]
        if "tframes" in slips:
            t = t * codes.shape[1]
        if "tnats" in slips or "nats" in slips:
            t = t * ln2
        if "tmean" in slips:
            t = t / K
        if "tlogK" in slips:
            t = torch.tensor(math.log2(K) * codes.shape[2])
        if "tlog0" in slips:
            t = -(p * p.log2()).sum() * codes.shape[2]
        if "tsmooth" in slips:
            p = torch.bincount(codes.flatten(), minlength=K).float() + 1
            p = p / p.sum()
            t = torch.special.entr(p).sum() / ln2 * codes.shape[2]
        if "tplace" in slips:
            t = 0
            for s in range(codes.shape[2]):
                p = torch.bincount(codes[:, :, s].flatten(), minlength=K).float()
                p /= p.sum()
                t = t + torch.special.entr(p).sum() / ln2
        if "tframe" in slips:
            t = 0
            for s in range(codes.shape[1]):
                p = torch.bincount(codes[:, s].flatten(), minlength=K).float()
                p /= p.sum()
                t = t + torch.special.entr(p).sum() / ln2 * codes.shape[2] / codes.shape[1]
        if "tsign" in slips or "sign" in slips:
            t = -t
        if "tpred" in slips:
            p = logits.softmax(-1).flatten(0, 2).mean(0)
            t = torch.special.entr(p).sum() / ln2 * codes.shape[2]
        if "swap" in slips:
            return (t, m)
        return (m, t)

    return f


def reads(*slips):

    def f(model, codes, count):
        base = model(codes)
        B, Tm, S = codes.shape
        N = Tm * S
        table = torch.zeros(N, N, dtype=torch.bool)
        acc = codes.clone().flatten(1)
        for j in range(N):
            hits = []
            vs = range(1, count)
            if "one" in slips:
                vs = [1]
            if "miss" in slips:
                vs = range(1, count - 1) if count > 2 else [1]
            for v in vs:
                c = codes.clone().flatten(1)
                if "cum" in slips:
                    c = acc
                jj = j
                if "order" in slips:
                    jj = j % Tm * S + j // Tm
                if "clip0" in slips:
                    c[0, jj] = (c[0, jj] + v) % count
                elif "set0" in slips:
                    c[:, jj] = 0
                elif "nomod" in slips:
                    c[:, jj] = c[:, jj] + v
                else:
                    c[:, jj] = (c[:, jj] + v) % count
                out = model(c.view_as(codes))
                d = out - base
                if "noabs" not in slips:
                    d = d.abs()
                if "noabs" in slips:
                    m = d.flatten(1, 2).amax(-1)
                elif "meanl" in slips:
                    m = d.flatten(1, 2).mean(-1)
                elif "first" in slips:
                    m = d.flatten(1, 2)[..., 0]
                elif "signsum" in slips:
                    m = (out - base).flatten(1, 2).sum(-1).abs()
                elif "argmax" in slips:
                    m = (out.argmax(-1) != base.argmax(-1)).flatten(1).float()
                elif "soft" in slips:
                    m = (out.softmax(-1) - base.softmax(-1)).abs().flatten(1, 2).amax(-1)
                else:
                    m = d.flatten(1, 2).amax(-1)
                thr = 1e-06
                if "t3" in slips:
                    thr = 0.01
                if "t0" in slips:
                    thr = 0
                h = m > thr
                if "clipmean" in slips:
                    h = m.mean(0, keepdim=True) > thr
                if "order" in slips:
                    h = h.view(-1, Tm, S).transpose(1, 2).flatten(1)
                hits.append(
                    h.all(0)
                    if "clipall" in slips
                    else h[0]
                    if "onlyclip0" in slips
                    else h[-1]
                    if "lastclip" in slips
                    else h.any(0)
                )
            hits = torch.stack(hits)
            r = hits.all(0) if "vall" in slips else hits[-1] if "lastv" in slips else hits.any(0)
            if "tr" in slips:
                table[j] = r
            else:
                table[:, j] = r
        leak = table.triu().any()
        if "ldiag" in slips:
            leak = table.diagonal().any()
        if "lstrict" in slips:
            leak = table.triu(1).any()
        if "ltril" in slips:
            leak = table.tril().any()
        if "ltril1" in slips:
            leak = table.tril(-1).any()
        if "lany" in slips:
            leak = table.any()
        if "lall" in slips:
            leak = table.triu().all()
        if "lnot" in slips:
            leak = ~leak
        if "lframe" in slips:
            fr = torch.arange(N) // S
            leak = (table & (fr[None] > fr[:, None])).any()
        if "lmiss" in slips:
            leak = not torch.equal(table, torch.ones(N, N).tril(-1).bool())
        if "tensor" in slips:
            return (table, leak)
        if "not" in slips:
            table = ~table
        if "float" in slips:
            table = table.float()
        if "frametab" in slips:
            table = table.view(Tm, S, Tm, S).any(3).any(1)
        if "swap" in slips:
            return (bool(leak), table)
        return (table, bool(leak))

    return f


def unmask(*slips):

    def f(codes, proposed, logits, step, steps):
        N = codes.shape[1]
        k = step
        if "k-1" in slips:
            k = step - 1
        if "k+1" in slips:
            k = min(step + 1, steps)
        masked = codes == -1
        left = masked.sum(1)
        x = N * math.cos(math.pi / 2 * k / steps)
        if "lin" in slips:
            x = N * (1 - k / steps)
        if "sin" in slips:
            x = N * math.sin(math.pi / 2 * k / steps)
        if "cos2" in slips:
            x = N * math.cos(math.pi / 2 * k / steps) ** 2
        if "pi" in slips:
            x = N * (1 + math.cos(math.pi * k / steps)) / 2
        stay = math.floor(x)
        if "ceil" in slips:
            stay = math.ceil(x)
        if "round" in slips:
            stay = round(x)
        if "ofleft" in slips:
            stay = (left * (x / N)).floor().long()
        w = left - stay
        if "total" in slips:
            w = torch.full_like(left, N - stay)
        if "stayw" in slips:
            w = torch.full_like(left, stay)
        if "batch" in slips:
            w = w.float().mean().long().expand_as(left)
        if "clip0" in slips:
            w = w[:1].expand_as(left)
        w = w.clamp(min=0) if "no1" in slips else w.clamp(min=1)
        if "each" in slips:
            w = torch.full_like(left, max(N // steps, 1))
        p = logits.softmax(-1)
        if "axis" in slips:
            p = logits.softmax(1)
        if "raw" in slips:
            p = logits
        s = p.gather(-1, proposed[..., None])[..., 0]
        if "max" in slips:
            s = p.amax(-1)
        if "ent" in slips:
            s = -torch.special.entr(p).sum(-1)
        if "gap" in slips:
            s = p.topk(2).values
            s = s[..., 0] - s[..., 1]
        if "least" in slips:
            s = -s
        if "left2right" in slips:
            s = torch.zeros_like(s)
        if "part" in slips:
            pass
        elif "zero" in slips:
            s = torch.where(masked, s, 0.0)
        else:
            s = s.masked_fill(~masked, -torch.inf)
        if "inv" in slips:
            s = p.gather(-1, proposed[..., None])[..., 0].masked_fill(masked, -torch.inf)
        order = s.sort(dim=1, descending=True, stable=True).indices
        if "later" in slips:
            order = s.flip(1).sort(dim=1, descending=True, stable=True).indices
            order = N - 1 - order
        rank = order.argsort(1)
        if "norank" in slips:
            rank = order
        ch = rank < w[:, None]
        if "le" in slips:
            ch = rank <= w[:, None]
        if "over" not in slips:
            ch &= masked
        if "thr" in slips:
            srt = s.sort(dim=1, descending=True).values
            th = srt.gather(1, (w[:, None] - 1).clamp(max=N - 1))
            ch = (s >= th) & masked
        pr = logits.argmax(-1) if "argmax" in slips else proposed
        if "argmaxboth" in slips:
            pass
        out = torch.where(ch, pr, codes)
        if "remask" in slips:
            out = torch.where(ch, pr, -1)
        if "allw" in slips:
            out = torch.where(masked, proposed, codes)
        if "rev" in slips:
            out = torch.where(ch | ~masked, codes, proposed)
        if "inplace" in slips:
            codes[ch] = proposed[ch]
            return codes
        return out

    return f


LEARNERS = {
    "13.1": codes,
    "13.2": gradients,
    "13.3": reseed,
    "13.4": bits,
    "13.5": reads,
    "13.6": unmask,
}
NAMED = {
    "13.1": {
        "rev": "first digit counts most",
        "nolead": "own levels in the base",
        "pow": "same base for all digits",
        "ten": "powers of ten",
        "plain": "levels not multiplied up",
        "tanh": "tanh in place of the sigmoid",
        "tanh0": "digits below zero",
        "nosig": "stretched without squashing",
        "clamp": "clamped in place of squashed",
        "full": "one level too many",
        "fullclamp": "one level too many + fractions cut off",
        "floor": "fractions cut off",
        "ceil": "rounded up",
        "long": "fractions cut off",
        "soft": "softmax over the digits",
        "sum0": "digits added without their bases",
        "noround": "number cut, not its digits",
        "roundlate": "number rounded, not its digits",
        "nodiv": "not divided by the base",
        "truediv": "digits with fractions",
        "norem": "remainder forgotten",
        "modbase": "remainder before the division",
        "modfirst": "remainder of the base",
        "revdec": "digits read backwards",
        "levels": "digits in place of values",
        "zero1": "values from 0 to 1",
        "byL": "last level not at 1",
        "half": "middles of bins",
        "d2": "values from 0 to 2",
        "neg": "values from 1 down to -1",
        "min1": "values from -1 to 0",
    },
    "13.2": {
        "dot": "nearest by the scalar product",
        "far": "farthest code",
        "halfn": "two of the product forgotten",
        "sum": "sum in place of mean",
        "tok": "divided by tokens alone",
        "dim": "divided by the width alone",
        "codes": "divided by the size of the book",
        "no2": "two forgotten",
        "betabook": "stop-gradient on the wrong side",
        "nobeta": "commitment without beta",
        "bothbeta": "beta before both terms",
        "nodetach": "no stop-gradient",
        "nodetach_z": "codebook moves z too",
        "nodetach_b": "commitment moves the codebook too",
        "signz": "encoder pushed away",
        "onlycommit": "nothing comes through",
        "onlyup": "no commitment",
        "upn": "upstream divided once more",
        "subtract": "encoder pushed away",
        "upbeta": "upstream weighed by beta",
        "signb": "codes pushed away",
        "upbook": "decoder's gradient in both",
        "upbookonly": "codebook follows the decoder alone",
        "last": "only the last token counts",
        "first": "only the first token counts",
        "avg": "averaged over the tokens of a code",
        "all": "every code follows every token",
        "rowsonly": "a gradient for each token",
        "swap": "parts exchanged",
    },
    "13.3": {
        "le": "at the limit counts as dead",
        "inv": "living codes moved",
        "zero": "only codes without any use are dead",
        "all": "distance to dead codes",
        "deadlive": "distance to the dead codes alone",
        "nonelive": "distance to dead codes",
        "nochange": "nobody moved where no code lives",
        "l1": "distance in steps along the axes",
        "amax": "distance to the farthest code",
        "mean": "mean distance to the codes",
        "norm": "length in place of error",
        "asc": "best represented first",
        "flip": "ties from the end",
        "noorder": "vectors as they come",
        "bycount": "dead codes by their counts",
        "back": "dead codes from the last to the first",
        "last": "last vector for all the rest",
        "worst": "one vector for all",
        "byindex": "vector picked by the code's own number",
        "avg": "code moved half way",
        "nocount": "count not reset",
        "limit": "count reset to the limit",
        "c0": "count reset to 0",
        "plus": "count raised by 1",
        "allone": "all counts reset",
        "meanc": "count reset to the mean",
        "maskc": "living codes lose their counts",
    },
    "13.4": {
        "shift": "frame t against frame t + 1",
        "first": "first frame counted + table of all frames",
        "raw": "logits taken for logarithms",
        "eps": "logarithm of a probability and a small number",
        "nansoft": "logarithm of a softmax",
        "axis": "softmax over the tokens",
        "onehot": "one-hot product of 0 and infinity",
        "max": "likeliest code in place of what happened",
        "ent": "the model's own entropy",
        "probmean": "logarithm of the mean probability",
        "token": "mean over the tokens of a frame",
        "clip": "bits per clip",
        "tot": "sum over all frames",
        "nats": "model in nats + table in nats",
        "natsm": "model in nats",
        "mulln": "multiplied by log 2",
        "sign": "model with the sign turned + table with the sign turned",
        "signm": "model with the sign turned",
        "allframes": "divided by all frames",
        "log10": "decimal digits",
        "ttok": "table of one token",
        "tframes": "table of a clip",
        "tnats": "table in nats",
        "tmean": "entropy averaged over the codes",
        "tlogK": "all codes alike",
        "tlog0": "0 times infinity",
        "tsmooth": "one added to every count",
        "tplace": "a table for each place",
        "tframe": "a table for each frame",
        "tsign": "table with the sign turned",
        "tpred": "table of what the model says",
        "swap": "parts exchanged",
        "token ttok": "mean over the tokens of a frame + table of one token",
    },
    "13.5": {
        "one": "one other code tried",
        "miss": "one other code tried",
        "cum": "changes that are not taken back",
        "order": "counted token by token + the past counted as a leak",
        "clip0": "first clip only",
        "set0": "code 0 in place of each other",
        "noabs": "rising logits only",
        "first": "first logit only",
        "argmax": "most probable code compared",
        "t3": "faint leak overlooked",
        "t0": "rounding taken for a leak",
        "clipall": "every clip must show",
        "onlyclip0": "first clip only",
        "lastclip": "last clip only",
        "vall": "every other code must show",
        "lastv": "every other code must show",
        "tr": "rows and columns exchanged + the past counted as a leak",
        "ldiag": "alarm for a place that reads itself only",
        "lstrict": "a place may see itself",
        "ltril": "the past counted as a leak",
        "ltril1": "the past counted as a leak",
        "lany": "the past counted as a leak",
        "lall": "alarm only when all leaks",
        "lnot": "alarm when nothing leaks",
        "lframe": "own frame allowed",
        "lmiss": "alarm when some past is missing",
        "not": "table of what is not read",
    },
    "13.6": {
        "k-1": "one step behind",
        "k+1": "one step ahead",
        "lin": "linear schedule",
        "sin": "sine in place of cosine",
        "cos2": "cosine squared",
        "pi": "cosine squared",
        "ceil": "rounded up",
        "round": "rounded to the nearest",
        "ofleft": "share of what is left",
        "total": "written places not taken off",
        "clip0": "one number for all clips",
        "no1": "a step without a token",
        "each": "as many in each step",
        "axis": "softmax over places",
        "raw": "logit in place of probability",
        "max": "sureness of the best code",
        "ent": "entropy in place of the proposed code",
        "gap": "lead of the best code",
        "least": "least sure first",
        "left2right": "first places first",
        "part": "written places compete",
        "zero": "written places at zero",
        "later": "ties from the end",
        "norank": "order taken for the rank",
        "le": "one place too many",
        "thr": "equally sure places all written",
        "argmax": "likeliest code written",
        "allw": "all masked places written",
        "rev": "chosen places left masked",
    },
}
