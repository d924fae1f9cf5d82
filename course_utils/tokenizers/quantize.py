"""From vectors to one of K codes and back: vector quantization and finite scalars (lesson 13).

    VQ   code(z) = argmin_k |z - e_k|^2,   q(z) = e_code                                 (Eq. 13.1)
         loss = mean |sg(z) - e_code|^2 + beta mean |z - sg(e_code)|^2                   (Eq. 13.3)
    FSQ  level_i = round((L_i - 1) sigmoid(z_i)),   code = sum_i level_i L_1 ... L_(i-1) (Eq. 13.4)

sg stops the gradient. Both hand the gradient of q straight through to z: z + sg(q - z) (Eq. 13.2).
Eq. 13.1 to 13.3 are those of van den Oord et al. (2017), Eq. 13.4 follows Mentzer et al. (2024).
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


def straight_through(z: Tensor, q: Tensor) -> Tensor:
    """Return q, whose gradient goes to z as if q were z (Eq. 13.2)."""
    return z + (q - z).detach()


class FSQ(nn.Module):
    """Rounds each number of a vector to one of a few levels (Eq. 13.4).

    levels: L_i for each number; there are prod L_i codes. Nothing is learned here, and the loss is
    0. Raises ValueError for levels below 2.
    """

    def __init__(self, levels=(8, 8, 8)):
        super().__init__()
        if not levels or min(levels) < 2:
            raise ValueError(f"levels: got {tuple(levels)}, want one or more of at least 2")
        self.dim, self.codes = len(levels), math.prod(levels)
        self.register_buffer("levels", torch.tensor(levels), persistent=False)
        steps = [math.prod(levels[:i]) for i in range(len(levels))]
        self.register_buffer("steps", torch.tensor(steps), persistent=False)

    def forward(self, z: Float[Tensor, "*batch dim"]):
        """Return q(z) in [-1, 1], "*batch dim"; the codes, "*batch"; and a loss of 0."""
        most = (self.levels - 1).to(z)
        place = most * z.sigmoid()
        level = straight_through(place, place.round())
        codes = (level.detach().round().long() * self.steps).sum(-1)
        return 2 * level / most - 1, codes, z.new_zeros(())

    def values(self, codes: Int[Tensor, " *batch"]) -> Float[Tensor, "*batch dim"]:
        """Return q of the codes, in [-1, 1]."""
        level = codes[..., None] // self.steps % self.levels
        return (2.0 * level / (self.levels - 1)) - 1


class VQ(nn.Module):
    """Takes the nearest of K learned vectors (Eq. 13.1), with the loss of Eq. 13.3.

    codes: K; dim: numbers in a vector; beta: how strongly vectors are held to their code; start:
    "kmeans" lays the codes on the vectors of the first training batch by ten rounds of Lloyd's
    algorithm, "random" draws them small around 0; revive: a code that is used less often than this
    share of an even one is laid on a random vector of the batch, 0 never. What training draws comes
    from a generator of its own. Raises ValueError for another start.
    """

    def __init__(self, codes=512, dim=8, beta=0.25, start="kmeans", revive=0.03, seed=0):
        super().__init__()
        if start not in ("kmeans", "random"):
            raise ValueError(f"start: got {start!r}, want 'kmeans' or 'random'")
        self.codes, self.dim, self.beta, self.revive = codes, dim, beta, revive
        self.draw = torch.Generator().manual_seed(seed)
        first = torch.randn(codes, dim, generator=self.draw) / codes
        self.book = nn.Parameter(first)
        self.register_buffer("used", torch.ones(codes), persistent=False)  # 1 is an even share
        self.waiting = start == "kmeans"

    def forward(self, z: Float[Tensor, "*batch dim"]):
        """Return q(z), "*batch dim"; the codes, "*batch"; and the loss of Eq. 13.3."""
        if self.training and self.waiting:
            self.waiting = False
            self._kmeans(z.detach().flatten(0, -2))
        codes = self.nearest(z.detach())
        if self.training and self.revive:
            codes = self._revive(z.detach(), codes)
        q = self.book[codes]
        loss = F.mse_loss(q, z.detach()) + self.beta * F.mse_loss(z, q.detach())
        return straight_through(z, q), codes, loss

    def nearest(self, z: Float[Tensor, "*batch dim"]) -> Int[Tensor, " *batch"]:
        """Return the number of the nearest code (Eq. 13.1); |z|^2 is the same for all."""
        book = self.book.detach()
        return (book.square().sum(-1) - 2 * z @ book.T).argmin(-1)

    def values(self, codes: Int[Tensor, " *batch"]) -> Float[Tensor, "*batch dim"]:
        """Return e_code."""
        return self.book[codes]

    @torch.no_grad()
    def _kmeans(self, vectors, rounds=10):
        self.book.copy_(vectors[self._rows(len(vectors), self.codes)])
        for _ in range(rounds):
            nearest = self.nearest(vectors)
            count = nearest.bincount(minlength=self.codes).to(vectors)[:, None]
            total = torch.zeros_like(self.book).index_add(0, nearest, vectors)
            self.book.copy_(torch.where(count > 0, total / count.clamp(min=1), self.book))

    @torch.no_grad()
    def _revive(self, z, codes):
        """Lay dead codes on vectors of the batch; return the codes of the batch anew."""
        share = codes.flatten().bincount(minlength=self.codes).to(self.used)
        self.used.lerp_(share * self.codes / share.sum(), 0.02)
        dead = self.used < self.revive
        if not dead.any():
            return codes
        vectors = z.flatten(0, -2)
        self.book[dead] = vectors[self._rows(len(vectors), int(dead.sum()))]
        self.used[dead] = 1.0
        return self.nearest(z)

    def _rows(self, have, want):
        """Numbers of `want` vectors out of `have`, different ones as far as they go."""
        order = torch.randperm(have, generator=self.draw)
        return order.repeat(-(-want // have))[:want].to(self.book.device)
