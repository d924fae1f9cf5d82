"""Choosing the next token: four rules from logits to probabilities, and one that draws (lesson 06).

    temperature:  p(v) = exp(u_v / tau) / sum_w exp(u_w / tau)                            (Eq. 6.8)
    top-k:    p'(v) = p(v) / sum_{w in V} p(w) for v in V, else 0;  V = the k likeliest   (Eq. 6.9)
    nucleus:  the same with V = the fewest likeliest tokens that hold at least `share`   (Eq. 6.10)

u: logits over a vocabulary, tau: sampling temperature. Greedy is Eq. 6.8 for tau -> 0. Top-k
sampling is from Fan, Lewis and Dauphin (2018), nucleus sampling from Holtzman et al. (2020).
A rule returns probabilities, so that rules are chained: draw(nucleus(temperature(u, 0.8), 0.9),
generator).
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

Logits = Float[Tensor, "*batch vocabulary"]
Probabilities = Float[Tensor, "*batch vocabulary"]


def greedy(logits: Logits) -> Probabilities:
    """Give the likeliest token all the probability: Eq. 6.8, tau -> 0. Of equals the first wins."""
    _check_floats("logits", logits)
    return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)


def temperature(logits: Logits, tau: float = 1.0) -> Probabilities:
    """Turn logits into probabilities, sharper for tau < 1 and flatter for tau > 1 (Eq. 6.8).

    Raises ValueError for tau <= 0: the limit 0 is `greedy`.
    """
    _check_floats("logits", logits)
    if not tau > 0:
        raise ValueError(f"tau: want a number above 0, got {tau}; for 0 there is greedy")
    return (logits / tau).softmax(-1)


def top_k(probabilities: Probabilities, k: int) -> Probabilities:
    """Keep the k likeliest tokens and share out what the others had (Eq. 6.9; Fan et al., 2018).

    Of equally likely tokens the earlier ones stay. Raises ValueError when k is not in
    1..vocabulary.
    """
    _check_floats("probabilities", probabilities)
    vocabulary = probabilities.shape[-1]
    if not 1 <= k <= vocabulary:
        raise ValueError(f"k: want a number from 1 to the vocabulary's {vocabulary}, got {k}")
    ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
    return _keep(ordered, order, torch.arange(vocabulary, device=order.device) < k)


def nucleus(probabilities: Probabilities, share: float) -> Probabilities:
    """Keep the fewest likeliest tokens that hold at least `share` of the probability (Eq. 6.10).

    Holtzman et al. (2020). The token that crosses the border is kept, so that at least one is. Also
    known as top-p sampling. Raises ValueError when share is not above 0 and at most 1.
    """
    _check_floats("probabilities", probabilities)
    if not 0 < share <= 1:
        raise ValueError(f"share: want a number above 0 and at most 1, got {share}")
    ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered  # what the likelier tokens hold together
    return _keep(ordered, order, (before < share) & (ordered > 0))


def draw(probabilities: Probabilities, generator: torch.Generator) -> Int[Tensor, "*batch"]:
    """Draw one token from each row of probabilities.

    Raises ValueError when a row is negative or not finite somewhere, or does not sum to 1.
    """
    _check_floats("probabilities", probabilities)
    total = probabilities.sum(-1)
    if not (probabilities >= 0).all() or not torch.allclose(
        total, torch.ones_like(total), atol=1e-3
    ):
        lowest, sums = probabilities.min().item(), (total.min().item(), total.max().item())
        raise ValueError(
            "probabilities: want rows of at least 0 that sum to 1, got a lowest entry of "
            f"{lowest:.3g} and sums from {sums[0]:.3g} to {sums[1]:.3g}"
        )
    rows = probabilities.reshape(-1, probabilities.shape[-1])
    return torch.multinomial(rows, 1, generator=generator).reshape(probabilities.shape[:-1])


def _keep(ordered, order, kept):
    """Renormalise the kept tokens and put every token back in its place."""
    ordered = ordered * kept
    ordered = ordered / ordered.sum(-1, keepdim=True)
    return torch.zeros_like(ordered).scatter(-1, order, ordered)


def _check_floats(name, x):
    if x.dim() < 1 or x.shape[-1] < 1 or not x.is_floating_point():
        raise ValueError(f'{name}: want floats "*batch vocabulary", got {x.dtype} {tuple(x.shape)}')
