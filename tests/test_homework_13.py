"""Homework 13: mistakes as learners type them are named, the given bugs leak, an ideal model is."""

import math
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.checks import check
from course_utils.exercises.lesson13.leak import KINDS, Planted, reads
from course_utils.exercises.lesson13.walk import marginals
from course_utils.worlds import CoinWorld

TEXT = Path(__file__).parents[1] / "notebooks" / "text" / "hw13_write_video_as_tokens.py"


class PaperOrder:
    def __init__(self, levels):
        self.levels = levels

    def encode(self, z):
        code = torch.zeros(z.shape[:-1]).long()
        for i, n in enumerate(self.levels):
            code = code * n + (z[..., i].sigmoid() * (n - 1)).round().long()
        return code

    def decode(self, codes):
        values = []
        for n in self.levels[::-1]:
            values.insert(0, 2 * (codes % n) / (n - 1) - 1)
            codes = codes // n
        return torch.stack(values, -1)


class RoundTheNumber(PaperOrder):
    def encode(self, z):
        L = torch.tensor(self.levels)
        base = torch.cumprod(torch.tensor((1, *self.levels[:-1])), 0)
        return ((z.sigmoid() * L).round().long() * base).sum(-1)

    def decode(self, codes):
        L = torch.tensor(self.levels)
        base = torch.cumprod(torch.tensor((1, *self.levels[:-1])), 0)
        return 2 * (codes[..., None] // base % L) / (L - 1) - 1


def by_autograd(loss_of):
    """A learner who lets torch do it, with a loss that has the stops in other places."""

    def gradients(z, book, upstream, beta):
        z, book = z.clone().requires_grad_(), book.clone().requires_grad_()
        e = book[torch.cdist(z, book).argmin(1)]
        return torch.autograd.grad(loss_of(z, e, upstream, beta), (z, book))

    return gradients


def wrong_side(z, e, upstream, beta):
    q = z + (e - z).detach()
    own = F.mse_loss(z, e.detach()) + beta * F.mse_loss(e, z.detach())
    return (q * upstream).sum() + own


def without_stops(z, e, upstream, beta):
    q = z + (e - z).detach()
    return (q * upstream).sum() + (1 + beta) * F.mse_loss(e, z)


def not_straight_through(z, e, upstream, beta):
    own = F.mse_loss(e, z.detach()) + beta * F.mse_loss(z, e.detach())
    return (e * upstream).sum() + own


def gradients_assigned(z, book, upstream, beta):
    index = torch.cdist(z, book).argmin(1)
    gap = 2 * (z - book[index]) / z.numel()
    grad_book = torch.zeros_like(book)
    grad_book[index] = -gap
    return upstream + beta * gap, grad_book


def reseed_at_once(book, uses, vectors, limit, dies=torch.lt, keep=False, best=False):
    dead = dies(uses, torch.tensor(limit))
    errors = torch.zeros(len(vectors))
    if (~dead).any():
        errors = ((vectors[:, None] - book[~dead]) ** 2).sum(-1).min(1).values
    order = torch.argsort(errors if best else -errors, stable=True)
    moved = book.clone()
    moved[dead] = vectors[order[torch.arange(int(dead.sum())) % len(order)]]
    return moved, uses.clone() if keep else uses.masked_fill(dead, 1.0)


def reseed_with_topk(book, uses, vectors, limit):
    dead = uses < limit
    errors = torch.cdist(vectors, book).amin(1)
    order = errors.sort(descending=True, stable=True).indices
    moved = book.clone()
    for nth, place in enumerate(dead.nonzero().flatten().tolist()):
        moved[place] = vectors[order[nth % len(order)]]
    return moved, uses.masked_fill(dead, 1.0)


def bits_of(cost, S, codes, K):
    p = torch.bincount(codes[:, 1:].flatten(), minlength=K) / codes[:, 1:].numel()
    return cost, -S * (p[p > 0] * p[p > 0].log2()).sum()


def bits_without_the_sum(logits, codes):
    logits, later = logits[:, 1:], codes[:, 1:]
    cost = F.cross_entropy(logits.flatten(0, 2), later.flatten()) / math.log(2)
    return cost, bits_of(cost, 1, codes, logits.shape[-1])[1]


def bits_of_rounded_probabilities(logits, codes):
    p = logits.softmax(-1).gather(-1, codes[..., None])[..., 0]
    return bits_of(-p.log2()[:, 1:].sum(-1).mean(), codes.shape[2], codes, logits.shape[-1])


def bits_with_nan(logits, codes):
    K = logits.shape[-1]
    cost = -logits.log_softmax(-1).gather(-1, codes[..., None])[..., 0][:, 1:].sum(-1).mean()
    p = torch.bincount(codes[:, 1:].flatten(), minlength=K) / codes[:, 1:].numel()
    return cost / math.log(2), -(p * p.log2()).sum() * codes.shape[2]


def perturb_once(model, codes, count):
    before, P = model(codes), codes[0].numel()
    table = torch.zeros(P, P).bool()
    for j in range(P):
        other = codes.clone().flatten(1)
        other[:, j] = (other[:, j] + 1) % count
        change = (model(other.view_as(codes)) - before).abs()
        table[:, j] = (change > 1e-6).any(-1).flatten(1).any(0)
    return table, bool(table.triu().any())


def allow_itself(model, codes, count):
    table, _ = reads(model, codes, count)
    return table, bool(table.triu(1).any())


def unmask_any(codes, proposed, logits, step, steps, whom="proposed", hold=True, curve=math.cos):
    masked, N = codes < 0, codes.shape[1]
    left = masked.sum(1)
    stay = math.floor(N * curve(math.pi / 2 * step / steps))
    write = torch.where(left > stay, left - stay, (left > 0).long())
    p = logits.softmax(-1)
    sure = p.amax(-1) if whom == "best" else p.gather(-1, proposed[..., None])[..., 0]
    sure = sure.masked_fill(~masked, -1.0) if hold else sure
    rank = torch.argsort(torch.argsort(-sure, dim=1, stable=True), dim=1)
    return torch.where((rank < write[:, None]) & masked, proposed, codes)


@pytest.mark.parametrize(
    "number, wrong, named",
    [
        ("13.1", PaperOrder, "first digit counts most"),
        ("13.1", RoundTheNumber, "one level too many"),
        ("13.2", by_autograd(wrong_side), "stop-gradient on the wrong side"),
        ("13.2", by_autograd(without_stops), "no stop-gradient"),
        ("13.2", by_autograd(not_straight_through), "decoder's gradient in the codebook alone"),
        ("13.2", gradients_assigned, "only the last token counts"),
        ("13.3", lambda *a: reseed_at_once(*a, dies=torch.le), "at the limit counts as dead"),
        ("13.3", lambda *a: reseed_at_once(*a, keep=True), "count not reset"),
        ("13.3", lambda *a: reseed_at_once(*a, best=True), "best represented first"),
        ("13.3", reseed_with_topk, "distance to dead codes"),
        (
            "13.4",
            bits_without_the_sum,
            "mean over the tokens of a frame + table of one token",
        ),
        ("13.4", bits_of_rounded_probabilities, "logarithm of a softmax"),
        ("13.4", bits_with_nan, "0 times infinity"),
        ("13.5", perturb_once, "one other code tried"),
        ("13.5", allow_itself, "a place may see itself"),
        ("13.6", lambda *a: unmask_any(*a, whom="best"), "sureness of the best code"),
        ("13.6", lambda *a: unmask_any(*a, hold=False), "written places compete"),
        ("13.6", lambda *a: unmask_any(*a, curve=math.sin), "sine in place of cosine"),
    ],
)
def test_a_mistake_is_named_however_it_is_written(number, wrong, named):
    assert check(number, wrong).misconception == named


def test_a_planted_model_reads_what_its_kind_says():
    T, S, K = 3, 2, 4
    codes = torch.ones(2, T, S).long()
    codes[1, 0, 0] = 0
    for seed, kind in enumerate(KINDS):
        table, leaks = reads(Planted(seed, T, S, K, kind), codes, K)
        assert leaks == (kind not in ("clean", "a frame back", "rounding")), kind
        assert kind not in ("clean", "rounding") or torch.equal(
            table, torch.ones(6, 6).tril(-1).bool()
        )
        if kind in ("one code", "some clips", "faint", "one logit", "falling"):
            assert table.triu().nonzero().tolist() == [[5, 5]]
    with pytest.raises(ValueError, match="want batch 3 2, each code from 0 to 3"):
        Planted(0, T, S, K, "clean")(codes + 3)


FRAMES = ("frames), 1)[:, 1:]", "frames[:, :-1]), 1)")
TOKENS = (
    "embedded.roll(1, 2)",
    "torch.cat((start.expand_as(embedded[:, :, :1]), embedded[:, :, :-1]), 2)",
)


@pytest.mark.parametrize("repairs", [(), (FRAMES,), (TOKENS,), (FRAMES, TOKENS)])
def test_each_bug_of_the_given_model_leaks_alone(repairs):
    source = TEXT.read_text("utf-8")
    cell = re.search(r"^def given_shift.*?(?=^some = )", source, re.DOTALL | re.MULTILINE).group()
    for old, new in repairs:
        assert cell.count(old) == 1
        cell = cell.replace(old, new)
    scope = {}
    exec("import torch\nfrom torch import nn\n", scope)
    exec("from course_utils.attention import causal_mask\n", scope)
    exec("from course_utils.transformer import Encoder\n" + cell, scope)
    model = scope["FramesAndTokens"](scope["given_shift"])
    codes = torch.randint(4, (2, 3, 3), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        table, leaks = reads(model, codes, 4)
    assert leaks == (len(repairs) < 2)
    if not leaks:
        assert torch.equal(table, torch.ones(9, 9).tril(-1).bool())


def test_the_perfect_model_knows_the_next_cell_as_the_world_does():
    world = CoinWorld(grid=4, frames=6, probability=(0.1, 0.7, 0.2))
    cells = world.sample(8, seed=3).tokens
    for known in range(6):
        codes = cells.clone()
        codes[:, known:] = -1
        p = marginals(world, codes)
        assert torch.allclose(p.sum(-1), torch.ones(8, 6).double())
        right = world.next_distribution(cells[:, :known])
        assert torch.allclose(p[:, known], right, atol=1e-6)


def test_the_perfect_model_knows_a_frame_between_two():
    world = CoinWorld(grid=5, frames=3, probability=(0.25, 0.5, 0.25))
    straight = torch.tensor([[0, -1, 2], [0, -1, 6]])  # two to the right, or round a corner
    p = marginals(world, straight)[:, 1]
    assert torch.allclose(p[0].max(), torch.tensor(1.0).double(), atol=1e-6) and p[0, 1] > 0.99
    assert torch.allclose(p[1, [1, 5]], torch.tensor([0.5, 0.5]).double(), atol=1e-6)
