"""Answers to homework 12 as learners type them, each slip with the mistake that it is named."""

import torch


def encode(*slips):

    def f(sentences, vocabulary):
        V = len(vocabulary)
        num = {w: i + 1 for i, w in enumerate(vocabulary)}
        unk = V + 1
        if "unkV" in slips:
            unk = V
        if "unkV2" in slips:
            unk = V + 2
        if "unk-1" in slips:
            unk = -1
        if "num0" in slips:
            num = {w: i for i, w in enumerate(vocabulary)}
        if "num2" in slips:
            num = {w: i + 2 for i, w in enumerate(vocabulary)}
            unk = 1
        if "uniqunk" in slips:
            rows = []
            d = {}
            for s in sentences:
                rows.append(
                    [num[w] if w in num else V + 1 + d.setdefault(w, len(d)) for w in s.split()]
                )
        elif "chars" in slips:
            rows = [[num.get(w, unk) for w in s] for s in sentences]
        elif "split1" in slips:
            rows = [[num.get(w, unk) for w in s.split(" ")] for s in sentences]
        elif "set" in slips:
            rows = [[num.get(w, unk) for w in dict.fromkeys(s.split())] for s in sentences]
        elif "sort" in slips:
            rows = [sorted(num.get(w, unk) for w in s.split()) for s in sentences]
        else:
            rows = [[num.get(w, unk) for w in s.split()] for s in sentences]
        w = max([len(r) for r in rows] + [1])
        if "w0" in slips:
            w = max(len(r) for r in rows)
        if "w+1" in slips:
            w += 1
        if "w7" in slips:
            w = max(w, 7)
        if "chars_w" in slips:
            w = max(len(s) for s in sentences)
        ids = torch.tensor([[0] * (w - len(r)) + r for r in rows])
        exi = torch.tensor([[False] * (w - len(r)) + [True] * len(r) for r in rows])
        if "padV" in slips:
            ids = ids.masked_fill(~exi, V + 1)
        if "pad-1" in slips:
            ids = ids.masked_fill(~exi, -1)
        if "padunk" in slips:
            ids = ids.masked_fill(~exi, V + 2)
        if "end" in slips:
            ids = torch.tensor([r + [0] * (w - len(r)) for r in rows])
            exi = ids > 0
        if "maskend" in slips:
            exi = torch.tensor([[True] * len(r) + [False] * (w - len(r)) for r in rows])
        if "idend" in slips:
            ids = torch.tensor([r + [0] * (w - len(r)) for r in rows])
        if "ne0" in slips:
            exi = ids != 0
        if "known" in slips:
            exi = exi & (ids <= V)
        if "float" in slips:
            ids = ids.float()
        if "maskint" in slips:
            exi = exi.long()
        if "swap" in slips:
            return (exi, ids)
        if "T" in slips:
            return (ids.T, exi.T)
        if "only" in slips:
            return ids
        if "lens" in slips:
            return (ids, exi.sum(1))
        if "flip" in slips:
            return (ids.flip(1), exi.flip(1))
        if "onerow" in slips:
            exi = exi.any(0, True).expand_as(exi)
        return (ids, exi)

    return f


LEARNERS = {"12.1": encode}
NAMED = {
    "12.1": {
        "unkV": "unknown word has the last word's number",
        "unkV2": "unknown word one number too far",
        "unk-1": "unknown word -1",
        "num0": "first word has the number 0 + unknown word one number too far",
        "num2": "unknown word before the vocabulary",
        "uniqunk": "every unknown word its own number",
        "chars": "letters in place of words",
        "split1": "empty sentence has a word",
        "sort": "words sorted by number",
        "w+1": "one column too many",
        "end": "padding at the end",
        "maskend": "mask padded at the end",
        "idend": "ids padded at the end",
        "known": "unknown words hidden",
        "swap": "parts exchanged",
        "flip": "padded at the end and turned round",
        "onerow": "padding visible",
    }
}
