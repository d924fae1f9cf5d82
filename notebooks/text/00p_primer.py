# %% [markdown] slideshow={"slide_type": "slide"}
# # Read formulas in PyTorch
#
# An optional notebook: what the lessons use of PyTorch and of statistics, each
# thing once, on numbers that you can check. Here is where it ends: four ways down
# the same valley.

# %% slideshow={"slide_type": "skip"}
import math
import os
import time
from statistics import NormalDist

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import nn
from torch.func import functional_call
from torch.optim import SGD, AdamW, Muon
from torch.profiler import profile

from course_utils import viz
from course_utils.optimizers import learning_rate_factor
from course_utils.training import claim, fit
from course_utils.worlds import bundled_clip

# %% slideshow={"slide_type": "skip"}
film = bundled_clip("earth", size=64, stride=8)  # 38 3 64 64
now, later = film[:-1, 1].flatten(), film[1:, 1].flatten()  # greens, 8 frames apart
pairs = torch.stack((now, later), dim=1)
pairs = (pairs - pairs.mean(0)) / pairs.std(0)  # 151552 2
cov = pairs.T @ pairs / len(pairs)  # 2 2: section 6


def height(W, cov=cov):  # how badly a pair x is written down again, as x W
    missed = W - torch.eye(2)
    return (missed.T @ cov @ missed).trace() / 2


# %% slideshow={"slide_type": "skip"}
def descend(kind, lr, cov=cov, steps=40, **settings):
    W, places = torch.zeros(2, 2, requires_grad=True), []
    optimizer = kind([W], lr=lr, **settings)
    for k in range(steps):  # lr for the first half, then falling to 0
        rate = lr * learning_rate_factor(k, steps, warmup=0, cooldown=0.5)
        optimizer.param_groups[0]["lr"] = rate
        places.append(W.detach().clone())
        optimizer.zero_grad()
        height(W, cov).backward()
        optimizer.step()
    return torch.stack([*places, W.detach()])  # steps+1 2 2


# %% slideshow={"slide_type": "skip"}
def height_in_plane(p, q):  # of W = (p q; q p)
    both, apart = p + q - 1, p - q - 1  # what is missed of sum and difference
    return ((1 + cov[0, 1]) * both**2 + (1 - cov[0, 1]) * apart**2) / 2


own, other = "W[0, 0]: from the pixel itself", "W[0, 1]: from its other moment"

# %% slideshow={"slide_type": "fragment"}
adam = dict(betas=(0.9, 0.95), weight_decay=0.0)
kinds = {
    "gradient descent": (SGD, 1.0, {}),
    "momentum": (SGD, 0.5, dict(momentum=0.9)),
    "Adam": (AdamW, 0.5, adam),
    "Muon": (Muon, 0.2, dict(momentum=0.9, weight_decay=0.0)),
}
ways = {name: descend(kind, lr, **more) for name, (kind, lr, more) in kinds.items()}
left = {name: round(height(way[-1]).item(), 3) for name, way in ways.items()}
print("height left:", left)
paths = {name: way[:, 0] for name, way in ways.items()}
viz.valley(height_in_plane, paths, own, other, goal=(1.0, 0.0))

# %% [markdown] slideshow={"slide_type": "fragment"}
# A layer is shown a pixel of the turning Earth at two moments and has to write both
# down again. Start at the ring, goal at the cross, grey lines of equal height, 40
# steps each. Across the valley lies the mean of the two moments, along it their
# difference, which is the motion. Gradient descent, momentum and Adam swing across
# and find the motion last; Muon walks straight to the goal, and past it. Section 6
# says where the valley comes from, section 8 why they walk as they do.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the training loop that every lesson calls, from its parts.
#
# **You will learn** to
#
# - say which shape comes out when two tensors meet, and read an `einsum` aloud;
# - follow a gradient through a chain by hand, and through a module you wrote;
# - derive squared error and cross-entropy from one question about probability;
# - derive gradient descent, momentum, AdamW and Muon, and say where each fails;
# - read a profile, and tell time on the clock from time of the processor.
#
# **You need** lesson 00, matrix multiplication, the chain rule. Skip what you know:
# every lesson names the sections that it uses.
#
# **Time** 50 minutes of reading, 10 seconds of processor time.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Tensors, shapes, broadcasting
#
# **Which number is where, and which meets which?** A tensor is a block of numbers
# with one index per axis. These are the words that the lessons use without comment:
#
# | to | words |
# |---|---|
# | make one | `tensor`, `zeros`, `ones`, `full`, `eye`, `arange`, `linspace`, `logspace`, `empty`; `zeros_like`, `ones_like`, `full_like`, `new_zeros`: with the shape, or the kind, of another |
# | draw one | `randn` (normal), `rand` (even in 0 to 1), `randint`, `randperm`, `randn_like`; from a `Generator` with `manual_seed`, or the global one |
# | convert | `float`, `double`, `long`, `bool`, `int`, `to`; `float64` is double; `finfo` knows the limits; `numpy`, `from_numpy`; `item` (one number), `tolist` |
# | cut anew, same order | `view`, `reshape`, `flatten`, `unflatten`, `squeeze` (drop axes of size 1), `view_as`, `contiguous` (copy into order) |
# | rename axes | `transpose`, `T`, `mT` (last two), `movedim`, `permute` |
# | join, split | `stack` (new axis), `cat` (along one); `chunk`, `split`, `unbind` |
# | repeat | `expand`, `expand_as` (no copy), `x.repeat` (whole), `repeat_interleave` (each in turn) |
# | turn over | `flip`, `roll` (round and round) |
# | ask along an axis | `amax`, `amin`, `argmax`, `argmin`, `topk` (largest k), `norm` (length), `F.normalize` (to length 1), `cumsum`, `diff`, `quantile`, `nanmean` (skips gaps) |
# | choose | `where(c, a, b)`, `masked_fill`, `clamp` or `clip`, `nan_to_num`, `lerp` (between two), `index_copy` (put in at places), `nonzero` (places), `tril` (lower triangle), `diagonal` |
# | count | `numel` (numbers), `dim` (axes), `bincount` (how often each), `one_hot` (number as a row of 0 and a 1) |
# | pair up | `outer`, `meshgrid`, `cartesian_prod` (all pairs), `cdist` (all distances) |
# | compare | `allclose`, `isclose` (up to rounding), `eq`, `gt` |
#
# A name that ends in an underscore, as `fill_`, `copy_`, `mul_`, `add_`, changes
# the tensor itself; `clone` makes a copy first.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Broadcasting.** Lay two shapes under each other, right ends aligned. An axis of
# size 1, or one that is missing on the left, is repeated; other sizes must agree.
# `None` in an index makes a new axis of size 1.
#
# $$
# (a + b)_{ij} = a_i + b_j \qquad \text{shapes } (3, 1) \text{ and } (1, 4) \to (3, 4)
# \tag{P.1}
# $$

# %% slideshow={"slide_type": "fragment"}
a, b = torch.tensor([10.0, 20, 30]), torch.arange(4.0)
table = a[:, None] + b  # 3 1 + 4 -> 3 4
loop = torch.tensor([[a[i] + b[j] for j in range(4)] for i in range(3)])
assert torch.equal(table, loop)
print(table.tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Predict, then run.** From three numbers and their three predictions we want the
# mean squared error. One of them is a column, as a layer returns it. What is wrong?

# %% slideshow={"slide_type": "fragment"}
truth = torch.tensor([1.0, 2.0, 3.0])
guess = truth[:, None]  # perfect, and a column
print(f"error {((guess - truth) ** 2).mean().item():.2f}, {(guess - truth).shape}")
print(f"error {((guess[:, 0] - truth) ** 2).mean().item():.2f}, as a row")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# Column minus row is a table of all nine differences. No error, a wrong number. So
# the lessons write shapes beside the code, and you should too.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Two that need a look.** `gather` reads one entry of each row, at the places of
# an index; `scatter` writes there. Row $i$:
# $\mathrm{out}_{ik} = x_{i,\,\mathrm{index}_{ik}}$.

# %% slideshow={"slide_type": "fragment"}
x = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
index = torch.tensor([[1], [0]])
print("gather ", [round(v, 1) for v in x.gather(1, index).flatten().tolist()])
print("scatter", torch.zeros(2, 3).scatter(1, index, 1.0).tolist())
assert x.gather(1, index)[1, 0] == x[1, index[1, 0]]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. einsum and einops, read aloud
#
# **How do you say a sum over named axes?** `einsum` takes the formula with its
# letters. A letter that does not stand on the right is summed over:
#
# $$
# c_{ik} = \sum_j a_{ij}\, b_{jk} \qquad \texttt{"ij,jk->ik"}
# \tag{P.2}
# $$
#
# Read it: *for each i and each k, multiply along j and add up.*

# %% slideshow={"slide_type": "fragment"}
a, b = torch.arange(6.0).view(2, 3), torch.arange(12.0).view(3, 4)
c = torch.einsum("ij,jk->ik", a, b)
by_hand = sum(a[1, j] * b[j, 2] for j in range(3))  # 3*2 + 4*6 + 5*10
print(f"c[1, 2] = {by_hand:.0f}")
assert c[1, 2] == by_hand == 80 and torch.equal(c, a @ b)

# %% [markdown] slideshow={"slide_type": "fragment"}
# On video: grey is a weighted sum of three colours. *For each frame, row and
# column, add up over c.*

# %% slideshow={"slide_type": "fragment"}
shares = torch.tensor([0.299, 0.587, 0.114])
grey = torch.einsum("tchw,c->thw", film, shares)  # 38 64 64
assert torch.allclose(grey, (film * shares[:, None, None]).sum(1))
viz.digest(grey[:, None], name="grey")

# %% [markdown] slideshow={"slide_type": "fragment"}
# `rearrange` of einops moves axes by name. Brackets split an axis, or join axes:
# `"(H h) (W w) -> (H W) (h w)"` reads *cut the rows into H groups of h, the columns
# likewise; one line for each patch*. `repeat` has a name more on the right, and
# copies along it.

# %% slideshow={"slide_type": "fragment"}
picture = torch.arange(16).view(4, 4)
patches = rearrange(picture, "(H h) (W w) -> (H W) (h w)", h=2, w=2)
assert patches[1].tolist() == [2, 3, 6, 7]  # the upper right patch
print("patches", patches.tolist())
assert repeat(picture[0], "i -> (i n)", n=2).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. A gradient, on one number
#
# **How does PyTorch know a slope?** It notes what was done and walks back. Take one
# weight $\theta$, one input $x = 2$, one target $y = 1$:
#
# $$
# u = \theta x, \quad z = \tanh u, \quad \mathcal{L} = (z - y)^2
# \qquad\Rightarrow\qquad
# \frac{\partial \mathcal{L}}{\partial \theta}
# = \underbrace{2 (z - y)}_{\partial \mathcal{L} / \partial z}
# \;\underbrace{(1 - z^2)}_{\partial z / \partial u}\;
# \underbrace{x}_{\partial u / \partial \theta}
# \tag{P.3}
# $$
#
# **By hand** at $\theta = 0.5$: $u = 1$, $z = 0.762$, $\mathcal{L} = 0.057$; slopes
# $-0.477$, $0.420$ and $2$, so $-0.400$. The minus says: a larger $\theta$ lowers
# the loss.

# %% slideshow={"slide_type": "fragment"}
theta = torch.tensor(0.5, requires_grad=True)  # note what is done with it
z = torch.tanh(2 * theta)
loss = (z - 1) ** 2
loss.backward()  # walk back; the slope is in theta.grad
by_hand = 2 * (math.tanh(1) - 1) * (1 - math.tanh(1) ** 2) * 2
print(f"loss {loss.item():.3f}, slope {theta.grad.item():.3f}")
assert abs(theta.grad.item() - by_hand) < 1e-6

# %% [markdown] slideshow={"slide_type": "fragment"}
# A tensor with `requires_grad` leaves notes (`requires_grad_()` asks for them
# later); `grad_fn` is the last note. `torch.autograd.grad(loss, inputs)` returns
# slopes instead of storing them. `detach()` hands on the value without its past;
# under `torch.no_grad()` nothing is noted, and `.data` is the value without notes.
# **Break it:** call `backward` twice more.

# %% slideshow={"slide_type": "fragment"}
for _ in range(2):
    ((torch.tanh(2 * theta) - 1) ** 2).backward()
print(f"after three calls: {theta.grad.item():.3f}, three times {by_hand:.3f}")
assert abs(theta.grad.item() - 3 * by_hand) < 1e-6

# %% [markdown] slideshow={"slide_type": "fragment"}
# Slopes *add up* in `.grad`: right where one weight is used twice, wrong from step
# to step. That is why a training loop calls `zero_grad`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. nn.Module: weights with a function
#
# **Where do the weights live?** In an object that knows them by name, an
# `nn.Module`. `nn.Parameter` marks a tensor as a weight; a module finds its own,
# and those of modules inside it.


# %% slideshow={"slide_type": "fragment"}
class Straight(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):  # what model(x) calls
        return x @ self.weight.T + self.bias


straight, linear = Straight(3, 2), nn.Linear(3, 2)
straight.load_state_dict(linear.state_dict())  # the weights, by name
x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
assert torch.allclose(straight(x), linear(x))
print({name: tuple(p.shape) for name, p in straight.named_parameters()})

# %% [markdown] slideshow={"slide_type": "fragment"}
# So `nn.Linear(3, 2)` is $x W^\top + b$, with the weight stored *outputs by
# inputs*; `F.linear(x, W, b)` is the same without an object. `state_dict()` has all
# weights by name, `load_state_dict` takes them over, `parameters()`,
# `named_parameters()` and `named_modules()` walk through them. `nn.Sequential`
# calls modules in turn, `nn.ModuleList` holds them in a list, `nn.Identity` hands
# on what it gets. `register_buffer` keeps a tensor that is no weight; `nn.init`
# refills weights (`normal_`, `zeros_`, `orthogonal_`); `nn.Embedding`, or
# `F.embedding`, reads row $k$ of a table. `train()` and `eval()` set a switch that
# `nn.Dropout` looks at: it zeroes random numbers in training alone.
#
# Between linear maps stands a bend, number by number: `relu` (`nn.ReLU`) is
# $\max(0, u)$, `sigmoid` $1/(1 + e^{-u})$ (back: `logit`), `silu` (`nn.SiLU`)
# $u \cdot$ sigmoid, `gelu` (`nn.GELU`) $u$ times the probability that a normal
# number is below $u$.

# %% slideshow={"slide_type": "fragment"}
u = torch.tensor(1.0)
for name, bend in dict(
    relu=F.relu, sigmoid=F.sigmoid, silu=F.silu, gelu=F.gelu
).items():
    print(f"{name} of 1: {bend(u).item():.3f}")
assert abs(F.gelu(u) - NormalDist().cdf(1)) < 1e-6

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Two tools.** `functional_call(model, weights, x)` runs a model with other
# weights and leaves its own alone: a model becomes a function *of its weights*,
# whose gradients a lesson can compare. A *hook* is a function that a module calls
# when it has run: `register_forward_hook` shows what passes inside a model that you
# did not write.

# %% slideshow={"slide_type": "fragment"}
double = {name: 2 * p for name, p in straight.named_parameters()}
assert torch.allclose(functional_call(straight, double, x), 2 * straight(x))
seen, model = [], nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
hook = model[1].register_forward_hook(lambda part, given, out: seen.append(out))
model(x)
hook.remove()
print("seen inside the model:", tuple(seen[0].shape))
assert (seen[0] >= 0).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Convolution: one small map at every place
#
# **How do you look at each pixel with its neighbours?** Multiply a small window by
# the same weights everywhere, and add up:
#
# $$
# \mathrm{out}_{ij} = \sum_{\delta_y, \delta_x} k_{\delta_y \delta_x}\; x_{i + \delta_y,\; j + \delta_x}
# \tag{P.4}
# $$
#
# **By hand:** the row $(0, 0, 1, 1, 0)$ with weights $(-1, 1)$ gives right minus
# left: $(0, 1, 0, -1)$. The edges, with their sign.


# %% slideshow={"slide_type": "fragment"}
def convolve_loop(x, k):  # "height width" both
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            for dy in range(k.shape[0]):
                for dx in range(k.shape[1]):
                    out[i, j] += k[dy, dx] * x[i + dy, j + dx]
    return out


# %% slideshow={"slide_type": "fragment"}
row, k = torch.tensor([[0.0, 0, 1, 1, 0]]), torch.tensor([[-1.0, 1.0]])
assert convolve_loop(row, k).tolist() == [[0.0, 1.0, 0.0, -1.0]]  # by hand
frame, k = grey[0], torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
edges = F.conv2d(frame[None, None], k[None, None])[0, 0]  # 62 62
assert torch.allclose(edges, convolve_loop(frame, k), atol=1e-5)
print("by hand, loop and F.conv2d agree")

# %% [markdown] slideshow={"slide_type": "fragment"}
# `F.conv2d` takes pictures as batch, channels, rows, columns. It is a matrix
# product in disguise: `F.unfold` lays every window out as a column. (As a method,
# `x.unfold(axis, size, step)` cuts windows along one axis, without a copy.)

# %% slideshow={"slide_type": "fragment"}
windows = F.unfold(frame[None, None], 3)[0]  # 9 numbers, 62 * 62 places
assert torch.allclose((k.flatten() @ windows).view(62, 62), edges, atol=1e-5)
many = F.conv2d(grey[::8, None], k[None, None]).abs().clamp(0, 1)  # 5 1 62 62
viz.digest(many, name="edges")
viz.filmstrip({"grey": grey[::8, None, 1:-1, 1:-1], "edges": many})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Upright edges of the Earth light up, on both sides. `nn.Conv2d(C, D, 3)` has such
# weights for each pair of channels, $D \times C \times 3 \times 3$, and learns
# them. `stride` moves the window further, `padding` adds zeros around, as `F.pad`
# does. `conv3d` (`nn.Conv3d`) slides along time too; `conv_transpose2d`
# (`nn.ConvTranspose2d`) is the way back: it spreads a number over a window.
# `avg_pool2d`, `max_pool2d`: the mean, the largest of a window. `interpolate`
# resizes; `nn.PixelShuffle` turns channels into pixels.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. The best straight line, and the axes of a cloud
#
# **What does the simplest map already explain?** Find the $w$ for which $Xw$ is
# nearest to $y$. At the best place the gradient is zero:
#
# $$
# \tfrac12 \lVert X w - y \rVert^2
# \quad\Rightarrow\quad
# X^\top (X w - y) = 0
# \quad\Rightarrow\quad
# X^\top X\, w = X^\top y
# \tag{P.5}
# $$
#
# `torch.linalg.lstsq(X, y).solution` is that $w$. A column of ones in $X$ gives the
# line an offset. The *share of variance left* is
# $\lVert X w - y \rVert^2 / \lVert y - \bar y \rVert^2$; 1 minus it is *explained*.
#
# **By hand:** points $(0, 1), (1, 3), (2, 4)$. Slope $3/2$, offset $7/6$, errors
# $\pm\tfrac16, \tfrac13$; left $\tfrac{1/6}{14/3} = 0.036$.

# %% slideshow={"slide_type": "fragment"}
X, y = torch.tensor([[0.0, 1], [1, 1], [2, 1]]), torch.tensor([[1.0], [3], [4]])
w = torch.linalg.lstsq(X, y).solution
left = ((X @ w - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
assert torch.allclose(X.T @ X @ w, X.T @ y, atol=1e-4)  # P.5
assert torch.allclose(left, torch.tensor(1 / 28), atol=1e-4)  # by hand
print(f"slope {w[0].item():.3f}, offset {w[1].item():.3f}, left {left:.3f}")

# %% slideshow={"slide_type": "fragment"}
x, y = pairs.split(1, dim=1)
slope = torch.linalg.lstsq(x, y).solution
left = ((x @ slope - y) ** 2).mean() / (y**2).mean()
print(f"Earth, 8 frames on: slope {slope.item():.2f}, left {left:.3f}")
assert abs(left - (1 - cov[0, 1] ** 2)) < 1e-4

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Along which direction does a cloud spread most?** Its variance along a $w$ of
# length 1 is $w^\top \Sigma w$, with $\Sigma = X^\top X / n$ the *covariance* of
# centred points (`cov`). Largest under $w^\top w = 1$, by Lagrange:
#
# $$
# 2 \Sigma w - 2 \sigma^2 w = 0 \quad\Rightarrow\quad \Sigma w = \sigma^2 w, \qquad w^\top \Sigma w = \sigma^2
# \tag{P.6}
# $$
#
# The best direction is an eigenvector, its variance the eigenvalue. All of them
# together are a new basis, in which the coordinates are uncorrelated: *principal
# component analysis*, PCA. `torch.linalg.eigh` gives values, smallest first, and
# vectors as columns; `svd` of the points gives the same directions, `eigvals`
# serves matrices without symmetry, `qr` makes columns perpendicular,
# `matrix_norm(W, 2)` is the largest stretch.
#
# **By hand:** $\begin{pmatrix} 1 & c \\ c & 1 \end{pmatrix}$ keeps $(1, 1)$ and
# $(1, -1)$: times $1 + c$ and $1 - c$.

# %% slideshow={"slide_type": "fragment"}
variances, directions = torch.linalg.eigh(cov)
print("variances", [round(v, 2) for v in variances.tolist()])
new = pairs @ directions  # coordinates in the new basis
assert abs((new[:, 0] * new[:, 1]).mean()) < 1e-3

# %% slideshow={"slide_type": "fragment"}
first, second = film[:-1:8], film[1::8]  # five pairs of moments
half_sum, apart = (first + second) / 2, second - first
viz.digest(apart, name="difference")
rows = {"first": first, "second": second, "half the sum": half_sum}
viz.filmstrip(rows | {"difference": (apart + 0.5).clamp(0, 1)})

# %% [markdown] slideshow={"slide_type": "fragment"}
# The sum is a blurred Earth, and has 97.5 % of the variance (1.95 of 2). The
# difference (grey: none) is what moved, and has 2.5 %. A model that learns what
# varies most learns the blur first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Two losses, one question
#
# **Which weights make what was seen most probable?** Probabilities of independent
# data multiply; take the logarithm with a minus, and they add: the loss.
#
# **A number.** Let the model say $\hat y$ and expect errors of a normal size
# $\sigma$:
#
# $$
# -\log p(y) = -\log \frac{e^{-(y - \hat y)^2 / 2\sigma^2}}{\sigma\sqrt{2\pi}}
# = \frac{(y - \hat y)^2}{2 \sigma^2} + \log \sigma\sqrt{2\pi}
# \tag{P.7}
# $$
#
# With $\sigma$ fixed, only the *squared error* depends on the weights:
# `F.mse_loss`. Setting its slope to zero, the best single answer is the mean of all
# $y$.
#
# **A choice.** Scores $u$ become probabilities by the `softmax`, which is positive
# and sums to 1:
#
# $$
# p_k = \frac{e^{u_k}}{\sum_j e^{u_j}}, \qquad
# -\log p_y = \log \sum_j e^{u_j} - u_y, \qquad
# \frac{\partial (-\log p_y)}{\partial u_k} = p_k - [k = y]
# \tag{P.8}
# $$
#
# That is *cross-entropy*, `F.cross_entropy(scores, numbers)`; its first term is
# `logsumexp`. The slope says: probability given minus what happened.
#
# **By hand:** $u = (2, 1, 0)$: $p = (0.665, 0.245, 0.090)$, and for $y = 0$ the
# loss is $0.408$. To guess among four costs $\log 4$.

# %% slideshow={"slide_type": "fragment"}
normal = -math.log(NormalDist(mu=0.3, sigma=0.5).pdf(0.7))
ours = (0.7 - 0.3) ** 2 / (2 * 0.5**2) + math.log(0.5 * math.sqrt(2 * math.pi))
assert abs(normal - ours) < 1e-12
u = torch.tensor([2.0, 1.0, 0.0], requires_grad=True)
loss = F.cross_entropy(u[None], torch.tensor([0]))
loss.backward()
p = u.detach().softmax(-1)
print("p", [round(v, 3) for v in p.tolist()], f"loss {loss.item():.3f}")
assert torch.allclose(u.grad, p - torch.tensor([1.0, 0, 0]), atol=1e-6)
assert torch.allclose(loss, u.logsumexp(-1) - u[0])  # by hand: 0.408

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it: two right answers.** A ball is at 0.2 or at 0.8, equally often.
# **Predict, then run:** which single answer has the smallest squared error?

# %% slideshow={"slide_type": "fragment"}
answers, seen = torch.linspace(0, 1, 101), torch.tensor([0.2, 0.8])
error = ((answers[:, None] - seen) ** 2).mean(1)
print(f"best answer {answers[error.argmin()].item():.2f}, where no ball ever is")
viz.lines({"squared error": (answers, error)}, "answer", "mean over both places")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lowest point lies between the two. On pixels that is a blur: two half-bright
# balls. A model that puts probabilities on choices can say "one or the other":
# lessons 09 and 13 come back to it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Four ways down a valley
#
# **The gradient says which way. How far?** Take the layer of the first picture. Its
# height is $\tfrac12$ the mean of $\lVert x W - x \rVert^2$, so its gradient is
# $g = \Sigma (W - I)$.
#
# **Gradient descent** (`torch.optim.SGD`): $W \leftarrow W - \eta g$. Along
# eigenvector $k$ of $\Sigma$ what is missed shrinks by the same factor in each
# step:
#
# $$
# W - I \;\leftarrow\; (I - \eta \Sigma)(W - I)
# \qquad\Rightarrow\qquad
# \text{factor } 1 - \eta \sigma_k^2
# \tag{P.9}
# $$
#
# The steep direction allows $\eta < 2 / \sigma_{\max}^2$, and the flat one then
# creeps. **By hand** with $\eta = 1$, $\sigma^2 = 1.95$ and $0.05$: factors
# $-0.95$, a swing, and $0.95$, a crawl.

# %% slideshow={"slide_type": "fragment"}
missed = ways["gradient descent"] - torch.eye(2)  # 41 2 2
along = directions.T @ missed @ directions  # in the eigenbasis
for k, name in enumerate(("difference", "sum")):
    measured = along[1:, k, k] / along[:-1, k, k]
    print(f"{name:10s} factor {measured[3]:.2f}, P.9 says {1 - variances[k]:.2f}")
    assert abs(measured[3] - (1 - variances[k])) < 1e-3

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Momentum** keeps a running sum and walks along it:
#
# $$
# m \leftarrow \beta m + g, \qquad W \leftarrow W - \eta m
# \tag{P.10}
# $$
#
# In a steady slope the sum grows to
# $g\, (1 + \beta + \beta^2 + \dots) = g/(1 - \beta)$: ten times the speed for
# $\beta = 0.9$. In a swing neighbours cancel.
#
# **Adam** (Kingma and Ba, 2015) gives each weight $\theta$ a step length of its
# own: it divides the running mean of its gradient $g$ by its usual size. AdamW
# (Loshchilov and Hutter, 2019) adds a pull to zero *beside* it:
#
# $$
# m \leftarrow \beta_1 m + (1-\beta_1)\, g, \qquad
# v \leftarrow \beta_2 v + (1-\beta_2)\, g^2, \qquad
# \theta \leftarrow \theta
# - \eta\left( \frac{m / (1-\beta_1^k)}{\sqrt{v / (1-\beta_2^k)} + \epsilon} + \lambda \theta \right)
# \tag{P.11}
# $$

# %% [markdown] slideshow={"slide_type": "fragment"}
# | symbol | meaning | in `fit` | default of `AdamW` |
# |---|---|---|---|
# | $m$, $v$ | running means of $g$ and of $g^2$, from 0 | | |
# | $k$ | number of the step, from 1 | | |
# | $\eta$ | learning rate: about the most that a weight moves in a step | 0.0003 | 0.001 |
# | $\beta_1$, $\beta_2$ | how slowly the means forget | 0.9, 0.95 | 0.9, 0.999 |
# | $\lambda$ | weight decay, the pull to zero | 0 | 0.01 |
# | $\epsilon$ | keeps the division finite | $10^{-8}$ | $10^{-8}$ |
#
# **Why divide by $1 - \beta^k$?** Unroll the mean:
# $m_k = (1 - \beta) \sum_{i=1}^{k} \beta^{k-i} g_i$. Its weights sum to
# $1 - \beta^k$, not to 1, because it began at 0. Divided by that it is a true mean.
# **Why the root?** $v$ is in units of $g^2$; with the root the quotient has no
# unit, and the step is $\eta$ times a number near $\pm 1$. **Why decay outside?** A
# penalty $\tfrac\lambda2 \theta^2$ in the loss adds $\lambda\theta$ to $g$, and the
# division would shrink it exactly where gradients are large. Outside, all weights
# decay alike.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **By hand**, $\theta = 1$, $\eta = 0.1$, $\lambda = 0$, gradients $4$, then $2$.
# Step 1: $m / 0.1 = 4$, $\sqrt{v / 0.05} = 4$: the step is $0.1$, whatever the
# size. Step 2: $m = 0.56$, $v = 0.96$, so
# $(0.56/0.19) / \sqrt{0.96/0.0975} = 0.939$, and $\theta = 0.806$.


# %% slideshow={"slide_type": "fragment"}
def adamw_loop(theta, gradients, lr, betas=(0.9, 0.95), decay=0.0, eps=1e-8):
    m = v = 0.0
    for k, g in enumerate(gradients, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        usual = (v / (1 - betas[1] ** k)) ** 0.5 + eps
        theta = theta - lr * (m / (1 - betas[0] ** k) / usual + decay * theta)
    return theta


# %% slideshow={"slide_type": "fragment"}
by_hand = 1 - 0.1 - 0.1 * (0.56 / 0.19) / (0.96 / 0.0975) ** 0.5
assert abs(adamw_loop(1.0, [4.0, 2.0], lr=0.1) - by_hand) < 1e-6
print(f"after 4, then 2: {by_hand:.3f}")
theirs = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
optimizer = AdamW([theirs], lr=0.1, betas=(0.9, 0.95), weight_decay=0.3)
gradients = [4.0, 2.0, -1.0, 0.5, 3.0]
for g in gradients:
    theirs.grad = torch.full_like(theirs, g)
    optimizer.step()
assert abs(theirs.item() - adamw_loop(1.0, gradients, 0.1, decay=0.3)) < 1e-12
print("five steps with decay: the same as torch.optim.AdamW, to 1e-12")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Muon** (`torch.optim.Muon`; Jordan and others, 2024) takes a weight *matrix* as
# one thing. Among all steps $O$ that stretch no vector by more than 1, which lowers
# the loss most? Write the momentum by its singular values $\varsigma_i$,
# $g = \sum_i \varsigma_i u_i v_i^\top$. Then
#
# $$
# \langle g, O \rangle = \sum_i \varsigma_i\, u_i^\top O\, v_i \;\le\; \sum_i \varsigma_i,
# \qquad \text{with equality for } O = \sum_i u_i v_i^\top
# \tag{P.12}
# $$
#
# So: all singular values become 1, and every direction moves equally far. (If no
# *number* of $O$ may exceed 1, the same argument gives the sign of $g$: nearly
# Adam. If its *length* may not, it gives $g / \lVert g \rVert$: gradient descent.)
# No `svd` is needed. A polynomial does it: divide $g$ by its length, then five
# times
#
# $$
# O \leftarrow a\,O + b\,(O O^\top)\,O + c\,(O O^\top)^2\,O
# \qquad\text{that is}\qquad \varsigma \leftarrow a\varsigma + b\varsigma^3 + c\varsigma^5
# \tag{P.13}
# $$
#
# **By hand**, $a, b, c = 3.4445, -4.775, 2.0315$: $\varsigma = 0.1$ becomes
# $0.340$, and that becomes $0.992$.


# %% slideshow={"slide_type": "fragment"}
def all_ones(g, a=3.4445, b=-4.775, c=2.0315):
    X = g / g.norm()
    for _ in range(5):
        square = X @ X.T
        X = a * X + (b * square + c * square @ square) @ X
    return X


def once(sigma):
    return 3.4445 * sigma - 4.775 * sigma**3 + 2.0315 * sigma**5


# %% slideshow={"slide_type": "fragment"}
print(f"0.1 -> {once(0.1):.3f} -> {once(once(0.1)):.3f}")
g = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
for name, X in (("before", g / g.norm()), ("after", all_ones(g))):
    print(name, [round(v, 1) for v in torch.linalg.svd(X).S.tolist()])
W = torch.zeros(4, 6, requires_grad=True)
W.grad = g.clone()
Muon([W], lr=1.0, momentum=0.0, weight_decay=0.0).step()
assert (W.detach() + all_ones(g)).abs().max() < 0.02  # theirs computes in bfloat16

# %% [markdown] slideshow={"slide_type": "fragment"}
# Not exactly 1, and that does no harm. (The weights before, divided by the length,
# ran from 0.3 to 0.8.) **Predict, then run.** The four ways again, each with the
# best of seven rates. And then with the valley *turned*: the layer is told sum and
# difference in place of the two moments. Whose result changes?


# %% slideshow={"slide_type": "fragment"}
def best(kind, settings, cov):  # the lowest that any of seven rates leads to
    rates = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
    return min(
        height(descend(kind, r, cov, **settings)[-1], cov).item() for r in rates
    )


# %% slideshow={"slide_type": "fragment"}
turned, rows = (
    directions.T @ cov @ directions,
    [],
)  # covariance of sum and difference
for name, (kind, _, more) in kinds.items():
    low, low_turned = best(kind, more, cov), best(kind, more, turned)
    rows.append([name, f"{low:.3f}", f"{low_turned:.3f}"])
    assert (abs(low - low_turned) < 5e-4) == (name != "Adam")
viz.table(rows, ["optimiser", "height left", "height left, valley turned"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# Adam's alone: it looks at each *number* of $W$, so it depends on the axes in which
# you write the layer down. The others turn with the valley. Muon ends lowest here,
# where its directions are those of the valley. (Nothing is random here: one run of
# each is all there is.) That is one bowl and no network; lesson 09 trains one with
# `fit(..., optimizer="muon")`.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. The loop that fit is
#
# **What does a training run do, line by line?** Draw a batch, measure the loss,
# walk back, shorten a gradient that is too long (`clip_grad_norm_`), step. Two
# additions: the rate rises over the first steps and falls over the last half, since
# Adam and Muon do not come to rest by themselves; and every batch is drawn from a
# *seed* that no other step gets, so that a run can be repeated and resumed. Here a
# convolution learns to go on by 8 frames.


# %% slideshow={"slide_type": "fragment"}
def loss(model, seed):
    g = torch.Generator().manual_seed(seed)
    t = torch.randint(0, len(film) - 1, (8,), generator=g)
    return F.mse_loss(film[t] + model(film[t]), film[t + 1])


def fresh():
    model = nn.Conv2d(3, 3, 5, padding=2)
    nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)  # at first: repeat
    return model


# %% slideshow={"slide_type": "fragment"}
def my_fit(model, loss, steps, lr):
    optimizer = AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.0)
    losses = []
    model.train()
    for step in range(steps):
        factor = learning_rate_factor(step, steps, warmup=20, cooldown=0.5)
        optimizer.param_groups[0]["lr"] = lr * factor
        value = loss(model, step)  # draw a batch, go forward
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # no longer than 1
        optimizer.step()
        losses.append(value.item())
    model.eval()
    return losses


# %% slideshow={"slide_type": "fragment"}
model = fresh()
history = fit(model, loss, steps=100, lr=1e-2, progress=False)
mine = my_fit(fresh(), loss, steps=100, lr=1e-2)
gap = max(abs(a - b) for a, b in zip(history.losses, mine))
assert gap < 1e-5
print("fit and the loop above: the same losses, to 1e-5")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
with torch.no_grad():
    error = F.mse_loss(film[:-1] + model(film[:-1]), film[1:]).item()
level = F.mse_loss(film[:-1], film[1:]).item()
print(f"all pairs of the film: {error:.5f}, repeat the frame {level:.5f}")
claim(error < 0.95 * level, "it is 5 % below repeating the frame")
viz.loss_curve({"this run": history}, {"repeat": level}, logy=False, smooth=10)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The pale line is the loss of each batch: batches differ more than the model gains,
# so read the mean (solid), and score on all pairs. One run, scored on the frames
# that it learned from: this compares two loops, and is no result.
# `claim(condition, sentence)` asserts what a lesson says of a trained model; in
# quick mode, where `fit` stops after three steps, it prints it instead.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. Read a profile: two kinds of time
#
# **Where does the time go?** The *clock* says how long you wait
# (`time.perf_counter`); *processor time* adds up what all cores worked for you
# (`time.process_time`). Waiting costs clock alone. Two busy cores cost twice as
# much processor time as clock. So the clock sees parallel work, processor time
# counts work.


# %% slideshow={"slide_type": "fragment"}
def stopwatch(work):
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


clock, processor = stopwatch(lambda: time.sleep(0.3))
assert clock >= 0.3 and processor < 0.1
print("asleep: 0.3 s on the clock and more, less than 0.1 s of processor time")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Before you measure, count: $n \times k$ times $k \times m$ takes $n k m$ products.
# The convolution above: $64 \cdot 64$ places, times $3 \cdot 5 \cdot 5$, times 3
# maps, 0.9 million for a frame. A *profile* lists every operation with its own
# time. **Predict, then run:** which part of a training step is dearest?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: times
model, optimizer = fresh(), AdamW(model.parameters())
os.environ["KINETO_LOG_LEVEL"] = "99"  # no log beside the picture
with profile() as record:
    for seed in range(10):
        loss(model, seed).backward()
        optimizer.step()
spent = {e.key: e.self_cpu_time_total for e in record.key_averages()}
dearest = sorted(spent, key=spent.get, reverse=True)[:6]
shares = {name: 100 * spent[name] / sum(spent.values()) for name in dearest}
viz.bars(shares, "% of processor time", digits=0)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The convolution and its way back take most of it, and the way back is the dearer
# of the two. (`aten::` is PyTorch's library in C++.) Other programs make a run
# longer, never shorter: so the lessons repeat a measurement and take the shortest.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Must I read this?* No: start with lesson 01 and come back
# when a word is missing. *Why not plain gradient descent in the lessons?* Its rate
# must fit the steepest direction of the whole network. *Is Muon better, then?* On a
# bowl whose directions it sees; ask again in lesson 09.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in the course |
# |---|---|---|
# | P.2 | $c_{ik} = \sum_j a_{ij} b_{jk}$ | `torch.einsum`, `einops.rearrange` |
# | P.3 | the chain rule, walked backward | `loss.backward()` |
# | P.4 | $\sum_{\delta_y, \delta_x} k_{\delta_y \delta_x} x_{i + \delta_y, j + \delta_x}$ | `F.conv2d`, `F.unfold` |
# | P.5, P.6 | $X^\top X w = X^\top y$, $\;\Sigma w = \sigma^2 w$ | `torch.linalg.lstsq`, `eigh` |
# | P.7, P.8 | $-\log p$ of a number, of a choice | `F.mse_loss`, `F.cross_entropy` |
# | P.11 | $\theta \leftarrow \theta - \eta (\hat m / (\sqrt{\hat v} + \epsilon) + \lambda \theta)$ | `fit(...)` |
# | P.12 | every singular value of the step is 1 | `fit(..., optimizer="muon")` |

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Try it
#
# Guess before you unfold.
#
# 1. Build `film` with `stride=1`: moments one frame apart. Is the valley narrower
#    or wider, and how far from the cross do the four end?
# 2. In `descend`, keep the rate at `lr`. Which of the four come to rest, in 40
#    steps and in 400?
# 3. In section 7, use $|y - \hat y|$ in place of the square. Which answers are
#    best?
#
# <details><summary>Answers</summary>
#
# 1. Narrower: the correlation is 0.994, the flat direction has 0.006 of a variance
#    of 2. Of the 1.41 from ring to cross (for the whole matrix) gradient descent
#    and Adam have 0.9 left, momentum 0.65, Muon 0.01.
# 2. None in 40: heights 0.016, 0.005, 0.011 and 0.013. In 400 gradient descent and
#    momentum arrive, their steps shrink with the gradient; Adam still circles at a
#    distance of some hundredths, Muon of some tenths. Hence the falling rate.
# 3. All from 0.2 to 0.8, alike: the error there is 0.3. The absolute error asks for
#    a *median*, and any number between two places is one.
# </details>

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - Baydin, Pearlmutter, Radul and Siskind, *Automatic differentiation in machine
#   learning: a survey*, JMLR 18, 2018: what `backward` does, and what it does not.
# - Rogozhnikov, *Einops: clear and reliable tensor manipulations with Einstein-like
#   notation*, ICLR 2022: why axes should have names.
# - Goh, *Why momentum really works*, Distill, 2017: P.9 and P.10, with sliders.
# - Kingma and Ba, *Adam: a method for stochastic optimization*, ICLR 2015, and
#   Loshchilov and Hutter, *Decoupled weight decay regularization*, ICLR 2019: P.11.
# - Jordan and others, *Muon: an optimizer for hidden layers in neural networks*,
#   2024, and Bernstein and Newhouse, *Old optimizer, new norm: an anthology*, 2024:
#   P.12, for three norms.
