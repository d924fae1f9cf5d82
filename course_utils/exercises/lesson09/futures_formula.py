"""Exercise 9.3: the reference, its planted mistakes, and the draws; see futures.py."""

import torch


def best_answers(futures, probability, *, mean="weighted", middle="median"):
    K = len(probability)
    likeliest = futures[probability.argmax()]
    p = torch.full_like(probability, 1 / K) if mean == "plain" else probability
    weighted = torch.tensordot(p, futures, 1)
    squared = {"likeliest": likeliest, "sum": futures.sum(0)}.get(mean, weighted)
    squared = squared / K if mean == "twice" else squared
    if middle == "mean":
        return squared, torch.tensordot(probability, futures, 1)
    if middle == "likeliest":
        return squared, likeliest
    if middle == "whole":
        return squared, whole_future(futures, probability, 1)
    if middle == "quantile":
        return squared, futures.quantile(0.5, 0)
    if middle == "of weighted values":
        p = probability.view(-1, *(1 for _ in futures.shape[1:]))
        return squared, (p * futures).median(0).values
    if middle == "mean of extremes":
        return squared, (futures.amin(0) + futures.amax(0)) / 2
    ordered, order = futures.sort(0)
    p = torch.full_like(probability, 1 / K) if middle == "plain" else probability
    share = p[order]  # the probabilities, sorted in the same way for every pixel
    if middle == "not sorted along":
        share = p.view(-1, *(1 for _ in futures.shape[1:])).expand_as(futures)
    if middle == "sorted apart":
        share = p.sort()[0].view(-1, *(1 for _ in futures.shape[1:])).expand_as(futures)
    if middle == "not sorted":
        ordered, share = futures, p.view(-1, *(1 for _ in futures.shape[1:])).expand_as(futures)
    held = share.cumsum(0)
    first = (held > 0.5 if middle == "beyond" else held >= 0.5).int().argmax(0, keepdim=True)
    before = (first - 1).clamp(min=0)
    if middle == "between":
        return squared, (ordered.gather(0, first)[0] + ordered.gather(0, before)[0]) / 2
    first = before if middle == "one before" else first
    if middle == "nearest":
        first = (share.cumsum(0) - 0.5).abs().argmin(0, keepdim=True)
    if middle in ("largest", "upper"):
        first = torch.full_like(first, K - 1 if middle == "largest" else K // 2)
    if middle == "given order":
        ordered = futures
    return squared, ordered.gather(0, first)[0]


def whole_future(futures, probability, power):
    """The one of the futures that has, as a whole, the smallest expected error."""
    errors = torch.stack(
        [((futures - a).abs() ** power).flatten(1).mean(1) @ probability for a in futures]
    )
    return futures[errors.argmin()]


def draw_futures(d):
    K, H, W = d.distinct(3, low=3, high=6)
    probability = d.uniform(K, low=0.2, high=1.8)
    shape = (H, W) if d.every(2) else (d.integer(2, 3), d.integer(1, 3), H, W)
    futures = d.uniform(K, *shape)
    if d.every(3, start=1):  # halves, quarters ...: one half is met exactly, costs are exact
        probability = 0.5 ** torch.tensor([*range(1, K), K - 1])[d.permutation(K)]
        futures = (64 * futures).round() / 64
    return {"futures": futures, "probability": probability / probability.sum()}
