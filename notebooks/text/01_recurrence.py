# %% [markdown] slideshow={"slide_type": "slide"}
# # See why recurrence gives up
#
# Before Transformers, models of video were mostly recurrent: they read frame by
# frame and carry a *state* along, all that they remember. You build such a model,
# and you measure where it gives up. Here is where we end: what the loss at the last
# frame still feels of the earlier ones.

# %% slideshow={"slide_type": "fragment"}
import math
import time
from functools import cache

import torch
import torch.nn.functional as F
from torch import nn

from course_utils import viz
from course_utils.baselines import linear_extrapolation, repeat_last
from course_utils.checkpoints import load_checkpoint
from course_utils.metrics import psnr
from course_utils.models import GRUCell, RNNCell, VideoRNN, next_frame_loss
from course_utils.patches import patchify
from course_utils.studies import load_study
from course_utils.training import claim, fit
from course_utils.worlds import ShapesWorld

# %% slideshow={"slide_type": "subslide"}
film = ShapesWorld(frames=65).sample(1, seed=4).video[0].double()  # 65 3 32 32
frames = film[:64].flatten(1)  # 64 frames of 3 * 32 * 32 = 3072 numbers
viz.digest(film, name="a clip")

# %% slideshow={"slide_type": "skip"}
# W_x, W_z of spectral radius rho, b, and U, which turns a state into a frame
def random_network(rho, d=64):
    g = torch.Generator().manual_seed(0)
    sizes = ((d, 3072), (d, d), (3072, d))
    W_x, W_z, U = (torch.randn(s, generator=g, dtype=torch.float64) for s in sizes)
    W_z = rho * W_z / torch.linalg.eigvals(W_z).abs().max()
    return W_x / math.sqrt(3072), W_z, torch.zeros(d).double(), U / 8

# %% slideshow={"slide_type": "fragment"}
W_x, W_z, b, U = random_network(rho=0.9)
x, z = frames.clone().requires_grad_(), torch.zeros_like(b)  # z_0 = 0
for x_t in x:
    # Eq. 1.1: the state takes in one frame after the other
    z = torch.tanh(W_x @ x_t + W_z @ z + b)
# how wrong is the guess of frame 64?
F.mse_loss(U @ z, film[64].flatten()).backward()
# length of the gradient with respect to each of the 64 frames
felt = x.grad.norm(dim=1)
share = (felt / felt[-1]).clamp(max=1).view(64, 1, 1, 1)

# %% slideshow={"slide_type": "fragment"}
kept = share[-17].item()
print(f"of the last frame's gradient, 16 frames earlier keep: {kept:.2f}")
rows = {"clip": film[3:64], "what the loss feels": film[3:64] * share[3:]}
viz.filmstrip(rows, every=4, start=3, columns=16)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The network is random, not trained. Below, each frame is as bright as the loss is
# sensitive to it. The clip is all there; the gradient fades to black. What happened
# in frame 3 can teach this network next to nothing. By the end you can say why,
# when it *explodes* instead, what gates do about it, and what they cannot do.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** a recurrent network that predicts the next frame, plain and
# gated, and keep it: it is the baseline that later lessons must beat.
#
# **You will learn** to
#
# - write a recurrent network from its formula (exercise 1.1), and its gradient
#   through time (1.2);
# - predict after how many frames a gradient has vanished (1.3);
# - say what a gate does to that gradient, and repair a gated cell that is broken
#   (1.4);
# - let a recurrent model run on its own predictions (1.5);
# - say where attention wins over recurrence, and where recurrence wins (measured in
#   the last two sections).
#
# **You need** lesson 00 (a video is a tensor), matrix multiplication, what an
# eigenvalue is, the chain rule. Of the [primer](00p_primer.ipynb) (sections 1 to
# 7 and 9) read what is new to you.
#
# **Time** 50 minutes of reading, 45 seconds of computing.

# %% [markdown] slideshow={"slide_type": "skip"}
# One tool for the whole lesson: the largest difference between two functions, in
# their values **and** in the gradients of all their inputs.

# %% slideshow={"slide_type": "skip"}
def gap(f, g, *inputs):
    inputs = [v.detach().double().requires_grad_() for v in inputs]
    values = f(*inputs), g(*inputs)
    # sin: uneven gradients
    gradients = (torch.autograd.grad(value.sin().sum(), inputs) for value in values)
    return max((p - q).abs().max().item() for p, q in [values, *zip(*gradients)])

# %% slideshow={"slide_type": "skip"}
print("a function and itself differ by", gap(torch.exp, torch.exp, torch.ones(3)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A state that is carried along
#
# **A single frame shows where a shape is. What tells you where it goes?** The
# frames before. A network with a fixed number of inputs cannot read "all the frames
# before", since their number grows. So keep a vector of fixed size, the *state*,
# and update it with every frame:
#
# $$
# z_t \;=\; \tanh\left(W_x\, x_t + W_z\, z_{t-1} + b\right), \qquad z_0 = 0
# \tag{1.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x_t$ | frame $t$ as one vector | inputs |
# | $z_t$ | state after frame $t$: all that the network remembers | d |
# | $W_x$, $b$ | what the frame writes into the state | d x inputs, d |
# | $W_z$ | what the old state writes into the new one | d x d |
#
# The tanh squashes every number to $(-1, 1)$. This is the *recurrent neural
# network* (RNN) of Elman (1990). The same three parameters serve at every frame, so
# a clip may have any length. (The formula counts frames from 1, so that $z_0$ is
# the state of nothing read. Rows of a tensor and frames in a picture count from 0,
# as everywhere.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **By hand.** One number in, one in the state, $W_x = 1$, $W_z = \tfrac12$,
# $b = 0$. A flash, then darkness: $x = (1, 0, 0)$. Then $z_1 = \tanh 1 = 0.762$,
# $\;z_2 = \tanh(0.381) = 0.363$, $\;z_3 = \tanh(0.182) = 0.180$: an echo that
# fades.
#
# **Loop.** One loop for each index: this is the specification.

# %% slideshow={"slide_type": "fragment"}
def rnn_loop(X, W_x, W_z, b):
    d, Z = len(b), [list(torch.zeros_like(b))]
    for t in range(1, len(X) + 1):
        Z.append([])
        for i in range(d):
            a = b[i]
            for j in range(X.shape[1]):
                a = a + W_x[i, j] * X[t - 1, j]  # row 0 of X is frame 1
            for k in range(d):
                a = a + W_z[i, k] * Z[t - 1][k]
            Z[t].append(torch.tanh(a))
    return torch.stack([torch.stack(row) for row in Z[1:]])

# %% slideshow={"slide_type": "fragment"}
x, w_x, w_z, bias = [[1.0], [0.0], [0.0]], [[1.0]], [[0.5]], [0.0]
flash = [torch.tensor(numbers) for numbers in (x, w_x, w_z, bias)]
by_hand = rnn_loop(*flash).flatten()
print("z_1, z_2, z_3 =", [round(v, 3) for v in by_hand.tolist()])
assert torch.allclose(by_hand, torch.tensor([0.762, 0.363, 0.180]), atol=1e-3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor.** The loops over numbers become matrix products. The loop over frames
# stays: $z_t$ needs $z_{t-1}$, and no rearrangement removes that. **Library.**
# `nn.RNN` calls `torch.rnn_tanh`, which runs the same loop in C++ (and has two
# biases, of which one is enough).

# %% slideshow={"slide_type": "fragment"}
def rnn(X, W_x, W_z, b):
    z, states = torch.zeros_like(b), []
    for x_t in X:
        z = torch.tanh(W_x @ x_t + W_z @ z + b)  # Eq. 1.1
        states.append(z)
    return torch.stack(states)  # T d

# %% slideshow={"slide_type": "skip"}
def library_rnn(X, W_x, W_z, b):
    none = torch.zeros_like(b)
    options = (True, 1, 0.0, False, False, False)
    return torch.rnn_tanh(X, none[None], [W_x, W_z, b, none], *options)[0]


def draw(*shapes):
    g = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=g) for shape in shapes]

# %% slideshow={"slide_type": "fragment"}
for T, inputs, d in ((1, 2, 3), (5, 3, 4), (7, 4, 2)):
    four = draw((T, inputs), (d, inputs), (d, d), (d,))
    assert gap(rnn_loop, rnn, *four) < 1e-10
    assert gap(rnn, library_rnn, *four) < 1e-10
print("loop, tensor and PyTorch: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: how long does a state remember?
#
# Blank one frame of the clip, frame 20, and see how much the later states differ
# from those of the untouched clip. **Predict, then run**, for three recurrent
# matrices: $W_z = 0$, spectral radius 0.9, spectral radius 3. (The *spectral
# radius* $\rho$ is the largest absolute eigenvalue.) After which of them has the
# state forgotten the blank by frame 40?

# %% slideshow={"slide_type": "fragment"}
blanked, differ = frames * (torch.arange(64) != 20)[:, None], {}
for rho in (0.0, 0.9, 3.0):
    W_x, W_z, b, _ = random_network(rho)
    apart = rnn(blanked, W_x, W_z, b) - rnn(frames, W_x, W_z, b)
    far = differ[f"spectral radius {rho}"] = apart.norm(dim=1)
    print(f"radius {rho}: states differ by {far[20]:.2f} at frame 20,", end=" ")
    print(f"{far[40]:.2f} at 40")
viz.lines(differ, xlabel="frame", ylabel="distance of the two states")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Before frame 20 all three lines are 0: a state never depends on what comes later.
# After it, without $W_z$ there is no memory at all; at 0.9 the blank echoes for
# some twenty frames and dies; at 3 the two runs never meet again.
#
# <details><summary>What you just saw</summary>
#
# At $\rho = 3$ a small difference grows until the tanh stops it: the network is
# *chaotic*. It "remembers" that something was different, but nobody can read from
# the noise what it was. Memory lives between forgetting and chaos.
# </details>

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Break it once more**: take the tanh away, and at $\rho = 3$ nothing stops the
# growth.

# %% slideshow={"slide_type": "fragment"}
W_x, W_z, b, _ = random_network(3.0)
z = torch.zeros_like(b)
for x_t in frames:
    z = W_x @ x_t + W_z @ z + b
with_tanh = rnn(frames, W_x, W_z, b)[-1].norm()
power = f"10^{math.log10(z.norm()):.0f}"
print(f"length of the last state: {with_tanh:.0f} with tanh, about {power} without")
assert with_tanh <= math.sqrt(64) < z.norm()

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it.** `RNNCell` of `course_utils.models` is one step of Eq. 1.1. It takes
# its two maps from outside, so that convolutions may take the place of matrices
# later.

# %% slideshow={"slide_type": "fragment"}
cell = RNNCell(nn.Linear(3, 4), nn.Linear(4, 4, bias=False)).double()
X, states = draw((5, 3))[0].double(), [torch.zeros(1, 4).double()]
for x_t in X:
    states.append(cell(x_t[None], states[-1]))
W_x, b, W_z = cell.parameters()
mine = rnn(X, W_x, W_z, b)
assert torch.allclose(torch.cat(states[1:]), mine, atol=1e-12)
print("RNNCell agrees with what you built")

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why tanh and not ReLU?* It keeps the state in (-1, 1);
# without a bound the state explodes, as the last cell shows. ReLU networks exist
# and need care with the first weights. *Is the state a summary of the past?*
# Whatever helps the loss is kept, as far as the gradient can tell what helps: the
# next section. *Does a longer clip need more parameters?* No, that is the beauty of
# it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What the loss still feels of an old frame
#
# **The model guesses the last frame wrong because it overlooked something 60 frames
# ago. Will training find out?** Training follows gradients. So the question is how
# large the gradient of the loss $\mathcal{L}_T$ at frame $T$ is with respect to
# frame $t$. The path from $x_t$ to $\mathcal{L}_T$ leads through every state
# between:
#
# $$
# x_t \to z_t \to z_{t+1} \to \dots \to z_T \to \mathcal{L}_T
# $$
#
# The chain rule multiplies one Jacobian for each arrow. For one step, differentiate
# Eq. 1.1. The slope of tanh is $1 - \tanh^2$, and $\tanh(\dots)$ is $z_k$ itself:
#
# $$
# J_k = \frac{\partial z_k}{\partial z_{k-1}} = \mathrm{diag}\!\left(1 - z_k^2\right) W_z
# \qquad\Rightarrow\qquad
# \frac{\partial z_T}{\partial z_t} = J_T\, J_{T-1} \cdots J_{t+1}
# \tag{1.2}
# $$

# %% [markdown] slideshow={"slide_type": "fragment"}
# | symbol | meaning | shape |
# |---|---|---|
# | $\mathcal{L}_T$ | loss: how wrong the prediction made from $z_T$ is | one number |
# | $J_k$ | Jacobian of one step: row $i$, column $j$ says how $z_{k,i}$ answers to a nudge of $z_{k-1,j}$ | d x d |
# | $\mathrm{diag}(1 - z_k^2)$ | slopes of the tanh, each in $(0, 1]$ | d x d |
# | $\partial z_T / \partial z_t$ | product of $T - t$ Jacobians, the latest on the left | d x d |
#
# **By hand**, with the flash of above: $J_2 = (1 - 0.363^2) \cdot 0.5 = 0.434$ and
# $J_3 = (1 - 0.180^2) \cdot 0.5 = 0.484$, so that
# $\partial z_3 / \partial z_1 = 0.484 \cdot 0.434 = 0.210$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop**: the specification, with every Jacobian written out number by number.
# **Tensor**: nobody needs the matrices. Walk backward with one vector, the gradient
# $g_k = \partial \mathcal{L}_T / \partial z_k$:
# $g_{k-1} = J_k^\top g_k = W_z^\top \left((1 - z_k^2) \odot g_k\right)$, where
# $\odot$ multiplies number by number. This is *backpropagation through time*.

# %% slideshow={"slide_type": "fragment"}
# dz_T/dz_t for the states Z, "T d"; row 0 is z_1
def jacobian_product_loop(Z, W_z, t):
    d, product = len(W_z), torch.eye(len(W_z), dtype=Z.dtype)
    for k in range(t + 1, len(Z) + 1):  # one more J_k on the left
        J = torch.zeros_like(product)
        for i in range(d):
            for j in range(d):
                J[i, j] = (1 - Z[k - 1, i] ** 2) * W_z[i, j]
        product = J @ product
    return product

# %% slideshow={"slide_type": "fragment"}
def backward_through_time(Z, W_z, g):  # g = dL/dz_T -> dL/dz_t for every t, "T d"
    gradients = [g]
    for z in Z[1:].flip(0):  # z_T, ..., z_2
        g = W_z.T @ ((1 - z**2) * g)  # g <- J_k^T g
        gradients.append(g)
    return torch.stack(gradients[::-1])

# %% slideshow={"slide_type": "fragment"}
product = jacobian_product_loop(rnn(*flash), flash[2], t=1)
print("dz_3/dz_1 =", round(product.item(), 3))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library.** PyTorch calls it `backward()`. All three agree. (Eq. 1.2 is a
# gradient already, so there is no further one to compare.)

# %% slideshow={"slide_type": "skip"}
X, W_x, W_z, b, g = (v.double() for v in draw((6, 3), (4, 3), (4, 4), (4,), (4,)))
z, states = torch.zeros_like(b).requires_grad_(), []
for x_t in X:
    z = torch.tanh(W_x @ x_t + W_z @ z + b)
    states.append(z)
theirs = torch.stack(torch.autograd.grad(z @ g, states))
Z = torch.stack(states).detach()

# %% slideshow={"slide_type": "skip"}
assert torch.allclose(backward_through_time(Z, W_z, g), theirs, atol=1e-12)
for t in range(1, 7):
    product = jacobian_product_loop(Z, W_z, t)
    assert torch.allclose(product.T @ g, theirs[t - 1], atol=1e-12)
print("product of Jacobians, backward walk and autograd agree to 1e-12")

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Vanishing and exploding
#
# What does a long product do? Suppose that all slopes are 1 (small states). Then
# $\partial z_T / \partial z_t = W_z^{T-t}$, and a power of a matrix goes like its
# largest eigenvalue:
#
# $$
# \left\lVert \frac{\partial \mathcal{L}_T}{\partial z_t} \right\rVert \;\sim\; \rho^{\,T-t}
# \qquad\text{and always}\qquad
# \left\lVert \frac{\partial z_T}{\partial z_t} \right\rVert
# \;\le\; \prod_{k=t+1}^{T} \lVert J_k \rVert \;\le\; \lVert W_z \rVert^{\,T-t}
# \tag{1.3}
# $$
#
# | symbol | meaning |
# |---|---|
# | $\rho$ | spectral radius of $W_z$ |
# | $\lVert W_z \rVert$ | largest factor by which $W_z$ stretches a vector (its largest singular value) |
#
# The slopes, at most 1, can only shrink the bound. So a $\lVert W_z \rVert$ below 1
# *guarantees* that the gradient vanishes, and one above 1 is *needed* for it to
# explode (Pascanu, Mikolov and Bengio, 2013). $\rho$ is never above
# $\lVert W_z \rVert$, and says what happens as long as the slopes are near 1. **By
# hand**: $0.9^{50} = 0.005$, and $1.1^{50} = 117$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **On video: measure it.** The loss is the error of the guess for frame 64, the
# gradient is taken with respect to each of the 64 frames before: Eq. 1.2 and one
# factor more, $\partial z_t / \partial x_t = \mathrm{diag}(1 - z_t^2)\, W_x$.
# **Predict, then run**: with which of the spectral radii 0.5, 0.9, 1, 1.3 and 3
# does it vanish, and does 1 keep it as it is?

# %% slideshow={"slide_type": "fragment"}
def felt_by_the_loss(rho):
    W_x, W_z, b, U = random_network(rho)
    x = frames.clone().requires_grad_()
    F.mse_loss(U @ rnn(x, W_x, W_z, b)[-1], film[64].flatten()).backward()
    # entry k: k frames before the last one
    return (x.grad.norm(dim=1) / x.grad[-1].norm()).flip(0)

# %% slideshow={"slide_type": "fragment"}
radii = (0.5, 0.9, 1.0, 1.3, 3.0)
curves = {f"spectral radius {rho}": felt_by_the_loss(rho) for rho in radii}
for rho, (name, curve) in zip(radii, curves.items()):
    near, far = (round(math.log10(curve[k])) for k in (16, 60))
    power = round(60 * math.log10(rho))  # Eq. 1.3 with all slopes 1
    print(f"{name}: 16 frames back 10^{near}, 60 frames back 10^{far};", end=" ")
    print(f"rho^60 = 10^{power}")
viz.lines(
    curves,
    "frames before the last one",
    "gradient, relative to the last frame",
    logy=True,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# On a logarithmic axis a power is a straight line, and so are these, nearly. At 0.5
# nothing is left after a few frames; 0.9 loses a factor of ten every twelve frames
# or so; at 3 the gradient explodes.
#
# <details><summary>What you just saw</summary>
#
# 1.0 vanishes too. The slopes of the tanh are below 1 wherever the state is not 0,
# and each of 60 steps multiplies by them: at 0.5, where states are small, they take
# one power of ten more than $\rho^{60}$, and at 3, where states are large, 25
# of 29. At 1.3 the two forces happen to cancel: 60 frames back a tenth of the
# gradient is left. So there is a setting between vanishing and exploding, but no
# formula names it: the slopes depend on the states, the states on the clip.
# </details>

# %% slideshow={"slide_type": "skip"}
W_x, W_z, b, _ = random_network(0.5)
Z = rnn(frames, W_x, W_z, b)
stretch = torch.linalg.matrix_norm(W_z, 2)
for t in (63, 48, 32):
    product = torch.linalg.matrix_norm(jacobian_product_loop(Z, W_z, t), 2)
    assert product <= stretch ** (64 - t) * (1 + 1e-6)  # Eq. 1.3, right hand side
print(f"||W_z|| = {stretch:.2f}; the bound of Eq. 1.3 holds for 1, 16 and 32 steps")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Repair one half.** An exploding gradient can be shortened before the step:
# *clipping*, $g \leftarrow g \cdot \min(1, c / \lVert g \rVert)$ (Pascanu et al.,
# 2013). `fit` does it at $c = 1$. A vanished one cannot be stretched back: the
# frames nearby own what is left of its direction.

# %% slideshow={"slide_type": "fragment"}
for name, rho in (("exploding", 3.0), ("vanishing", 0.5)):
    g = curves[f"spectral radius {rho}"]
    clipped = g * min(1.0, 1.0 / g.norm())
    power, length, far = math.log10(g.norm()), clipped.norm(), clipped[17:].norm()
    print(f"{name}: length 10^{power:.0f}, clipped {length:.1f},", end=" ")
    print(f"share of frames more than 16 back: {far / length:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Clipping repairs the length, not the shares. In the vanishing case the 47 older
# frames own nothing of the gradient, before and after. **Keep it?** Nothing to
# keep: autograd *is* Eq. 1.2.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is the gradient of the parameters not a sum over all t?*
# Yes, and that is the point: the terms of near frames are there, so the loss falls,
# but what depends on far frames is not learned. *Why not orthogonal W_z?* All its
# singular values are 1, so the product of W_z alone neither shrinks nor grows; the
# slopes of tanh remain. It is the best start that the copy task below knows for the
# plain network, and homework 1.2 measures it. *Does explosion really happen?* Watch
# a loss that suddenly jumps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A gate that keeps
#
# **Can a state hold something for 60 frames without being told so 60 times?** In
# Eq. 1.1 the old state passes through a matrix and a tanh at every frame. Give it a
# way past both: a *gate* says, number by number, how much of the old state is kept
# as it is, and how much is written anew:
#
# $$
# \begin{aligned}
# g^{\text{read}}_t &= \sigma\!\left(W_{xr} x_t + W_{zr} z_{t-1} + b_r\right), \qquad
# g^{\text{keep}}_t = \sigma\!\left(W_{xk} x_t + W_{zk} z_{t-1} + b_k\right) \\
# \tilde z_t &= \tanh\!\left(W_{xn} x_t + b_n + g^{\text{read}}_t \odot (W_{zn} z_{t-1} + b_{zn})\right) \\
# z_t &= g^{\text{keep}}_t \odot z_{t-1} + \left(1 - g^{\text{keep}}_t\right) \odot \tilde z_t
# \end{aligned}
# \tag{1.4}
# $$

# %% [markdown] slideshow={"slide_type": "fragment"}
# | symbol | meaning | shape |
# |---|---|---|
# | $\sigma$ | $1 / (1 + e^{-a})$: any number to $(0, 1)$ | - |
# | $g^{\text{keep}}_t$ | share of each number that stays (PyTorch: update gate) | d |
# | $g^{\text{read}}_t$ | how much of the old state the new proposal may read (PyTorch: reset gate) | d |
# | $\tilde z_t$ | proposal for the new state | d |
# | $W_{x\cdot}$, $W_{z\cdot}$, $b_\cdot$ | as in Eq. 1.1, a set for each of *r*ead, *k*eep and *n*ew; $b_{zn}$ is a second bias | as there |
#
# This is the *gated recurrent unit* (GRU) of Cho et al. (2014), in the form PyTorch
# computes.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **What is left of the Jacobian?** The product rule, on the last line of Eq. 1.4:
#
# $$
# \frac{\partial z_t}{\partial z_{t-1}} = \mathrm{diag}\big(g^{\text{keep}}_t\big)
# + \mathrm{diag}\big(1 - g^{\text{keep}}_t\big) \frac{\partial \tilde z_t}{\partial z_{t-1}}
# + \mathrm{diag}\big(z_{t-1} - \tilde z_t\big) \frac{\partial g^{\text{keep}}_t}{\partial z_{t-1}}
# $$
#
# The first term has no matrix and no tanh. Where the gate is near 1, the second is
# near 0, and so is the third, since the slope of $\sigma$ is $g(1 - g)$: a factor
# near 1 is left, and a product of such factors.
#
# **By hand.** $z_{t-1} = 0.8$, a proposal of $-0.2$. Gate 0.9:
# $0.9 \cdot 0.8 + 0.1 \cdot (-0.2) = 0.70$. Gate 0.1: $0.08 - 0.18 = -0.10$. And
# over 60 frames a gate of 0.99 keeps $0.99^{60} = 0.55$, one of 0.9 only $0.002$.

# %% slideshow={"slide_type": "fragment"}
from course_utils.viz.diagrams import box, flow, side_by_side, tensor

keep = flow(box("linear", "W_xk, W_zk"), box("module", "keep gate (sigmoid)"))
new = flow(
    box("module", "read gate times old state"),
    box("linear", "W_xn, W_zn"),
    box("module", "proposal (tanh)"),
)
mix = box("module", "keep * old + (1 - keep) * proposal")
cell_drawn = flow(
    tensor("x_t and z_{t-1}"), side_by_side(keep, new, into=mix, split=True), "z_t"
)
machine = viz.diagram(cell_drawn, title="One step of the GRU (Eq. 1.4)")
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two ways through the step. The left one says how much of the old state stays, the
# right one what would come in its place; only the right one goes through a tanh.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop** and **tensor**. The three matrices of a kind are stacked in one, in the
# order read, keep, new. **Library.** `torch.gru` runs the same steps in C++.

# %% slideshow={"slide_type": "fragment"}
def gru_loop(X, W_x, W_z, b, b_z):  # W_x: 3d inputs, W_z: 3d d, b and b_z: 3d
    d, z, states = len(b) // 3, [torch.zeros_like(b[0])] * (len(b) // 3), []
    for x_t in X:
        from_x, from_z, new_z = b.clone(), b_z.clone(), []
        for i in range(3 * d):
            for j in range(len(x_t)):
                from_x[i] = from_x[i] + W_x[i, j] * x_t[j]
            for k in range(d):
                from_z[i] = from_z[i] + W_z[i, k] * z[k]
        for i in range(d):
            read = 1 / (1 + torch.exp(-from_x[i] - from_z[i]))
            keep = 1 / (1 + torch.exp(-from_x[d + i] - from_z[d + i]))
            new = torch.tanh(from_x[2 * d + i] + read * from_z[2 * d + i])
            new_z.append(keep * z[i] + (1 - keep) * new)
        z = new_z
        states.append(torch.stack(z))
    return torch.stack(states)

# %% slideshow={"slide_type": "fragment"}
kept, replaced = 0.9 * 0.8 + 0.1 * -0.2, 0.1 * 0.8 + 0.9 * -0.2
print("keep 0.9:", round(kept, 2), "  keep 0.1:", round(replaced, 2))

# %% slideshow={"slide_type": "subslide"}
def gru(X, W_x, W_z, b, b_z):
    z, states = X.new_zeros(len(b) // 3), []
    for x_t in X:
        xr, xk, xn = (W_x @ x_t + b).chunk(3)
        zr, zk, zn = (W_z @ z + b_z).chunk(3)
        read, keep = torch.sigmoid(xr + zr), torch.sigmoid(xk + zk)
        new = torch.tanh(xn + read * zn)
        z = keep * z + (1 - keep) * new  # Eq. 1.4
        states.append(z)
    return torch.stack(states)


def library_gru(X, W_x, W_z, b, b_z):  # what nn.GRU calls
    # torch.gru wants a batch: time batch inputs
    start = X.new_zeros(1, 1, len(b) // 3)
    weights, options = [W_x, W_z, b, b_z], (True, 1, 0.0, False, False, False)
    return torch.gru(X[:, None], start, weights, *options)[0][:, 0]

# %% slideshow={"slide_type": "skip"}
for T, inputs, d in ((1, 2, 3), (5, 3, 4), (7, 4, 2)):
    five = draw((T, inputs), (3 * d, inputs), (3 * d, d), (3 * d,), (3 * d,))
    assert gap(gru_loop, gru, *five) < 1e-10
    assert gap(gru, library_gru, *five) < 1e-10
cell = GRUCell(nn.Linear(4, 6), nn.Linear(2, 6)).double()
a, c = cell.from_input, cell.from_state
weights = (a.weight, c.weight, a.bias, c.bias)
z = torch.zeros(1, 2).double()
for x_t in five[0].double():
    z = cell(x_t[None], z)
assert torch.allclose(z[0], gru(five[0].double(), *weights)[-1], atol=1e-12)
print("loop, tensor and PyTorch: values and gradients", end=" ")
print("differ by less than 1e-10; GRUCell keeps them")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it, on video.** The bias $b_k$ decides how far the keep gate stands open
# before any training. Measure the gradient again, with $b_k = 0$ (the gate is near
# one half), 2 and 4, and beside it the plain network. **Predict, then run**: what
# is left 60 frames back?

# %% slideshow={"slide_type": "fragment"}
def felt_by_a_gru(keep_bias, d=64):
    g = torch.Generator().manual_seed(0)
    sizes = ((3 * d, 3072), (3 * d, d), (3072, d))
    W_x, W_z, U = (torch.randn(s, generator=g).double() for s in sizes)
    b = torch.zeros(3 * d).double()
    b[d : 2 * d] = keep_bias
    x = frames.clone().requires_grad_()
    W_x, W_z, none = W_x / math.sqrt(3072), W_z / math.sqrt(d), torch.zeros_like(b)
    last = gru(x, W_x, W_z, b, none)[-1]
    F.mse_loss(U @ last / 8, film[64].flatten()).backward()
    return (x.grad.norm(dim=1) / x.grad[-1].norm()).flip(0)

# %% slideshow={"slide_type": "fragment"}
gated = {}
for bias in (0.0, 2.0, 4.0):
    gated[f"GRU, gate near {1 / (1 + math.exp(-bias)):.2f}"] = felt_by_a_gru(bias)
gated["plain, spectral radius 0.9"] = curves["spectral radius 0.9"]
for name, curve in gated.items():
    print(f"{name}: 60 frames back {curve[60]:.0e}")
viz.lines(
    gated,
    "frames before the last one",
    "gradient, relative to the last frame",
    logy=True,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The more open the gate, the flatter the line. At 0.98 the gradient of a frame 60
# steps back is of the same order as that of the last one: $0.98^{60} = 0.3$ is the
# first term of the Jacobian. At a half, $0.5^{60} = 10^{-18}$ is far below what is
# measured: there the two other terms carry most.
#
# <details><summary>So all is well?</summary>
#
# Not quite. A gate at 0.98 writes only 2 % of every frame: who keeps everything
# learns nothing new. The gate has to be open for *some* numbers and shut for
# others, and *that* has to be learned, with the gradient that you just saw at
# bias 0. The experiment at the end of the lesson shows how far that carries. The
# older *long short-term memory* (LSTM; Hochreiter and Schmidhuber, 1997) has such a
# way past the matrix too; its gate that can let go came later (Gers, Schmidhuber
# and Cummins, 2000).
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The next frame
#
# **Enough of gradients: does it predict?** Turn the state back into pixels. Most
# pixels do not change from one frame to the next, so the model only says what has
# to be *added*:
#
# $$
# \hat x_{t+1} \;=\; x_t + U z_t
# \tag{1.5}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\hat x_{t+1}$ | prediction of frame $t+1$, made at frame $t$ | C x height x width |
# | $U$ | turns a state into pixels; starts at zero | pixels x d |
#
# **By hand**: a pixel of 0.4, a state of $(0.5, -1)$, a row $(0.2, -0.1)$ of $U$:
# $0.4 + 0.1 + 0.1 = 0.6$. With $U = 0$ the untrained model repeats the last frame:
# it starts at the baseline.
#
# A flat vector of 3072 numbers forgets which pixels are neighbours. So the
# library's `VideoRNN` keeps **one state for each patch** of 4 x 4 pixels, 8 x 8
# states in all, and $W_x$, $W_z$ and $U$ become convolutions, the same matrix at
# every place, applied to what lies around it: a state hears from its own patch,
# from the pixels around it, and from the eight states next to it. Since a single
# frame shows no speed, it reads the frame and its change, $[x_t, x_t - x_{t-1}]$.
# Eq. 1.1 and 1.4 stay as they are. This is the *convolutional GRU* (Ballas et al.,
# 2016), the sibling of the *ConvLSTM* (Shi et al., 2015).

# %% [markdown] slideshow={"slide_type": "subslide"}
# **The machine**, before it runs: one frame goes in at the top, the next comes out
# at the bottom.

# %% slideshow={"slide_type": "fragment"}
machine = viz.diagram(
    VideoRNN(patch=4, width=32, cell="gru"), torch.zeros(1, 8, 3, 32, 32)
)
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# The by-pass on the left is the $x_t$ of Eq. 1.5. The state box runs once for each
# frame, and the arrow that enters it from the right is all that it remembers. Each
# frame comes with its change since the frame before, which the model may read.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop, tensor, library** for $U$: per patch one matrix product, which
# `nn.ConvTranspose2d` does for all patches in one call. **Break it**: leave out the
# $x_t$ of Eq. 1.5, and the untrained model starts from black.

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
model = VideoRNN(patch=4, width=32, cell="gru")
world = ShapesWorld()
test = world.sample(64, seed=1_000_000_000).video  # seeds that training never uses
assert torch.equal(model(test[:2]), test[:2])  # untrained: repeats the last frame
for name, guess in (
    ("x_t + U z_t", test[:, :-1]),
    ("U z_t alone", torch.zeros_like(test[:, :-1])),
):
    print(f"untrained, {name}: {psnr(test[:, 1:], guess, data_range=1.0):.1f} dB")

# %% slideshow={"slide_type": "skip"}
nn.init.normal_(model.pixels.weight, std=0.1)
with torch.no_grad():
    # 1 16 32 8 8, one state for each patch
    states, predicted = model.states(test[:1]), model(test[:1])
    by_loop = test[:1].clone()
    for i in range(8):
        for j in range(8):
            state = states[..., i, j]
            added = torch.einsum("btd,dchw->btchw", state, model.pixels.weight)
            by_loop[..., 4 * i : 4 * i + 4, 4 * j : 4 * j + 4] += added
assert torch.allclose(by_loop, predicted, atol=1e-5)
print("states", tuple(states.shape), end="  ")
print("one matrix per patch and ConvTranspose2d agree to 1e-5")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Train** the plain cell and the gated one, on the same clips and for the same
# number of steps. The loss is the squared error of all next frames; a little noise
# on what the model reads makes it sturdier on its own predictions (lesson 09).
# **Predict, then run**: how much will the gates bring on clips of 16 frames?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
models, histories = {}, {}


def loss(model, seed):
    return next_frame_loss(model, world.sample(8, seed).video, seed)


for cell, name in (("rnn", "plain RNN"), ("gru", "GRU")):
    torch.manual_seed(0)
    models[name] = VideoRNN(patch=4, width=32, cell=cell)
    histories[name] = fit(models[name], loss, steps=160, lr=4e-3)
repeat = F.mse_loss(test[:, :-1], test[:, 1:]).item()
viz.loss_curve(
    histories,
    {"repeat the last frame": repeat},
    ylabel="squared error of the next frame",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. Both start at the dashed line, where the frame is repeated, and go
# below it. They stay together: on clips this short, where the last two frames say
# nearly everything, gates bring nothing that you can see.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: what the two trained models predict
context, truth = test[:, :8], test[:, 8:]
futures = {name: model.rollout(context, 8) for name, model in models.items()}
futures["repeat the last frame"] = repeat_last(context, 8)
futures["linear extrapolation"] = linear_extrapolation(context, 8)
# the background, and no shape
futures["an empty stage"] = torch.full_like(truth, context.median().item())
rows = {}
for name, future in futures.items():
    parts = (0, 7, slice(None))  # one frame ahead, eight ahead, all eight
    scores = (psnr(truth[:, k], future[:, k], data_range=1.0) for k in parts)
    rows[name] = [score.item() for score in scores]
trained, repeated = rows["GRU"], rows["repeat the last frame"]
one, eight = trained[0] - repeated[0], trained[2] - repeated[2]
claim(one > 0.5, "one frame ahead the GRU beats repeating by more than 0.5 dB")
claim(eight > 1.0, "over eight frames the GRU beats repeating by more than 1 dB")
lead = trained[0] - rows["an empty stage"][0]
claim(lead > 3.0, "one frame ahead it beats an empty stage by 3 dB")
headers = ["model", "1 frame ahead (dB)", "8 frames ahead (dB)", "all eight (dB)"]
viz.table(rows, headers, digits=1, title="64 clips, one run each")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: what the trained models predict
names = (*models, "repeat the last frame")
shown = {"truth": truth[2]} | {name: futures[name][2] for name in names}
viz.digest(futures["GRU"][2], reference=truth[2], name="GRU")
viz.filmstrip(shown, start=8, title="Frames 8 to 15, predicted from frames 0 to 7")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. PSNR is in decibel, 10 more means a squared error ten times smaller
# (lesson 00).
# Each predicted frame is fed back to predict the next one: a *rollout*. The first
# predicted frame moves the shape. Then it smears, and after three or four frames it
# has dissolved: each prediction is made from one that was a little wrong already.
# The repeated frame stays sharp, in the wrong place, and the squared error punishes
# that more than drawing nothing (lesson 09 asks whether it should). So the last row
# of the table is the one to beat: one frame ahead the models do, by far; at the
# eighth, in the stored run, by less than half a decibel. 160 steps are a small
# budget.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it.** The course ships the same GRU, a little wider and trained longer, as
# a checkpoint: 1500 steps of 16 clips, 297 seconds of one core. It is the recurrent
# baseline of later lessons.

# %% slideshow={"slide_type": "fragment"}
finished, header = load_checkpoint("recurrent-shapes", VideoRNN)
future = finished.rollout(context, 8)
free = ("repeat the last frame", "an empty stage")
guesses = {"GRU, 1500 steps": future} | {name: futures[name] for name in free}
for name, guess in guesses.items():
    near, far = (psnr(truth[:, k], guess[:, k], data_range=1.0) for k in (0, 7))
    print(f"{name:21s}  1 frame ahead {near:.1f} dB, 8 frames ahead {far:.1f} dB")
shown = {"truth": truth[2], "GRU, 1500 steps": future[2]}
shown |= {"truth ": truth[5], "GRU, 1500 steps ": future[5]}
viz.filmstrip(shown, start=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two clips. Now the shape moves the right way, though it hesitates at the wall. It
# loses its corners, then its colour and its size: what the state holds of the
# shape's looks fades, frame after frame. Eight frames ahead little more is left
# than an empty stage would score: that is where later lessons can win.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Where does the trained gradient go?** The same measurement as before, on the
# trained models: the error of the last prediction, with respect to each frame that
# was read.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: gradients of trained models
learned = {}
for name, model in models.items():
    x = test[:, :-1].clone().requires_grad_()
    F.mse_loss(model(x)[:, -1], test[:, -1]).backward()
    felt = x.grad.flatten(2).norm(dim=-1).mean(0)
    # entry k: k frames before the last one that is read
    learned[name] = (felt / felt[-1]).flip(0)
    claim(
        learned[name][14] < 0.2,
        f"{name}: 14 frames back, less than a fifth of the gradient is left",
    )
viz.lines(
    learned,
    "frames before the last one",
    "gradient, relative to the last frame",
    logy=True,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Training has not cured it. The models look at the last few frames, which is enough
# for a shape at constant speed, and hardly at all at the first ones. In the stored
# run the GRU forgets even faster than the plain network: a gate that can keep can
# also let go, and this task never asked it to keep.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not a bigger model?* Try it: the loss falls, the
# curve of the gradient stays. *Why does it blur?* Lesson 09: the squared error
# answers doubt with the mean. *Is 160 steps fair?* Both get the same, and the
# baselines get none; the statement is only that the model learned something. *Could
# a stack of such layers do more?* Try it; the line of Eq. 1.6 gets longer.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Standing in line
#
# **Your computer can do many multiplications at once. Can a recurrent network use
# that?** State $t$ cannot be computed before state $t-1$ is there. Count what has
# to wait for what, the *steps in line*, and the multiplications. For comparison
# take an *attention layer*. For now it is a black box from PyTorch: every frame
# looks directly at every other frame and takes a weighted mean of them; lesson 02
# derives it.
#
# $$
# \text{recurrence: } T \text{ steps in line, about } T\, d^2 \text{ products;}
# \qquad
# \text{attention: } 1 \text{ step in line, about } T^2 d
# \tag{1.6}
# $$
#
# | symbol | meaning |
# |---|---|
# | $T$ | frames |
# | $d$ | numbers in a state, or in a frame's vector |
#
# The comparison is that of Table 1 in Vaswani et al. (2017). It counts what brings
# frames together. Both also send each frame alone through a few matrices, $T d^2$
# products each, and nobody waits for that. **By hand**, for $T = 16$ and $d = 64$:
# $W_z z$ costs $16 \cdot 64^2 = 65\,536$ products in 16 steps; comparing all frames
# with all costs $16^2 \cdot 64 = 16\,384$ in one. At $T = d$ the two are equal;
# beyond, comparing is more work.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop**: measure the line. Autograd keeps a graph of what was computed from what.
# The longest chain in it, from the output back to the inputs, is what cannot be
# done side by side. (`nn.MultiheadAttention` is PyTorch's attention: every frame
# looks at every other. Lesson 02 builds it.)

# %% slideshow={"slide_type": "fragment"}
def longest_chain(output):
    @cache
    def below(node):
        lower = [n for n, _ in node.next_functions if n is not None]
        return 1 + max(map(below, lower), default=0)

    return below(output.grad_fn)

# %% slideshow={"slide_type": "skip"}
attend = nn.MultiheadAttention(64, num_heads=1, batch_first=True)
cell, lengths = RNNCell(nn.Linear(64, 64), nn.Linear(64, 64)), [8, 16, 32, 64]
chains = {"recurrence": [], "attention": []}
for T in lengths:
    x, z = torch.zeros(1, T, 64, requires_grad=True), torch.zeros(1, 64)
    for t in range(T):
        z = cell(x[:, t], z)
    chains["recurrence"].append(longest_chain(z.sum()))
    found = attend(x, x, x, need_weights=False)[0]
    chains["attention"].append(longest_chain(found.sum()))

# %% slideshow={"slide_type": "fragment"}
print(chains)
grows = [b - a for a, b in zip(chains["recurrence"], chains["recurrence"][1:])]
assert grows == [grows[0], 2 * grows[0], 4 * grows[0]]  # Eq. 1.6
assert len(set(chains["attention"])) == 1
curves = {name: (lengths, chain) for name, chain in chains.items()}
viz.lines(curves, "frames", "operations in line")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The chain of the recurrence grows by the same number of operations with every
# frame; that of attention does not depend on the length of the clip. (Tensor and
# library are one here: what PyTorch's own layers do is what we time next.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Library, on video: measure the time.** One forward pass of `nn.RNN`, `nn.GRU`
# and `nn.MultiheadAttention`, all of width 64, over the same clip: patches are read
# one after the other, so that a clip of 128 frames has 128 x 64 = 8192 steps. What
# runs side by side is seen by the *clock* on the wall; processor time, which adds
# up all cores, cannot see it. We print *ratios*: above 1, attention is faster.
# **Predict, then run**: who wins at 32 steps, at 512, at 8192?

# %% slideshow={"slide_type": "fragment"}
# 1, 128 x 64 patches, 48
tokens = patchify(ShapesWorld(frames=128).sample(1, seed=0).video, (1, 4, 4))
W = torch.randn(64, 48, generator=torch.Generator().manual_seed(0)) / 7
tokens = F.linear(tokens, W)
makers = {"RNN": nn.RNN, "GRU": nn.GRU}
layers = {name: make(64, 64, batch_first=True) for name, make in makers.items()}
print("steps and numbers in each:", tuple(tokens.shape[1:]))

# %% slideshow={"slide_type": "skip"}
def seconds(f):  # on the clock, the shortest of five
    times = []
    for _ in range(5):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: times
lengths, ratios = [32, 128, 512, 2048, 8192], {"RNN": [], "GRU": []}
with torch.no_grad():
    for n in lengths:
        x = tokens[:, :n].contiguous()
        attention = seconds(lambda x=x: attend(x, x, x, need_weights=False))
        for name, layer in layers.items():
            recurrence = seconds(lambda x=x, layer=layer: layer(x))
            ratios[name].append(recurrence / attention)
print({name: [round(r, 1) for r in row] for name, row in ratios.items()})
curves = {name: (lengths, row) for name, row in ratios.items()}
axes = ("steps", "time / time of attention")
viz.lines(curves, *axes, logx=2, logy=True, baseline={"equal": 1.0})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Above the dashed line attention is faster, below it recurrence. At 32 steps
# everything is over in a fraction of a millisecond, and who wins depends on the
# machine. Attention wins on the hundreds of patches of a short clip, because many
# small steps one after the other cannot fill a processor. And it **loses** on the
# very long ones, where $T^2 d$ outgrows $T d^2$: there is no free lunch. How to cut
# a video into fewer pieces (lesson 08) and to attend to some of them only (lesson
# 09) comes back.
#
# <details><summary>Why is T = d = 64 not where the winner changes (Eq. 1.6)?</summary>
#
# Eq. 1.6 counts products, and products are not all equally fast: those of one large
# matrix product run many at a time, those of 2048 small ones wait for each other.
# The numbers of products are of the same size near $T = 64$; on two cores the times
# are equal only between one and two thousand steps for the plain network, and
# between two and four thousand for the GRU.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Where recurrence wins: memory at generation.** To produce one more step, a
# recurrent network needs its state: $d$ numbers, however long the past. Attention
# needs two vectors of *every* past step, its *key* and its *value* (lesson 02):
# $2 T d$ numbers for $T$ steps (lesson 06 keeps them in a cache). Count them:

# %% slideshow={"slide_type": "fragment"}
rows = []
for n in (32, 512, 8192):
    x = tokens[:, :n]
    with torch.no_grad():
        state = layers["GRU"](x)[1]
        three = F.linear(x, attend.in_proj_weight, attend.in_proj_bias)
        _, keys, values = three.chunk(3, dim=-1)
    both = keys.numel() + values.numel()
    assert both == 2 * n * 64
    rows.append([n, state.numel(), both, 4 * both / 2**20])
headers = ["steps so far", "state of the GRU", "keys and values"]
viz.table(rows, [*headers, "MiB of them, one layer"], digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# 64 numbers against a million. A state that does not grow is also why it forgets:
# what 8192 steps said has to fit into 64 numbers. The next section is about that
# price. **Break it**, for Eq. 1.6, would be a recurrence whose step needs no
# predecessor: take $W_z$ away and all frames can be computed at once, and you have
# seen what is left of the memory then. **Keep it**: a count is nothing to import.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is there a recurrence without the line?* Yes, if it is
# linear: then products can be grouped (a parallel scan); see Orvieto et al. in "Go
# further". *Why the shortest of five?* Other programs can only make a run longer.
# On many cores or a GPU attention gains more, because its products can be shared
# out and the line cannot. *What about memory in training?* Attention without care
# keeps n x n weights; lesson 02 measures it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Remember this
#
# **Do these gradients matter for anything you can see?** A test: the clip opens
# with a shape in a white frame. It is followed by a *gap* of other shapes, in all
# colours, and ends with a black picture, which asks: *what colour was the framed
# one?* Four colours: guessing is right in a quarter of the cases.

# %% slideshow={"slide_type": "skip"}
colours = ["red", "green", "blue", "yellow"]
pool = ShapesWorld(size=8, frames=1, radius=(2.5, 3.0)).sample(512, seed=0)
pool_labels = torch.tensor([colours.index(shape[0]) for shape in pool.colour])


def question(batch, gap, seed):
    g = torch.Generator().manual_seed(seed)
    which = torch.randint(512, (batch, gap + 1), generator=g)
    video = torch.zeros(batch, gap + 2, 3, 8, 8)  # the last picture stays black
    video[:, :-1] = pool.video[which, 0]
    framed = torch.ones(8, 8, dtype=torch.bool)
    framed[1:-1, 1:-1] = False
    video[:, 0, :, framed] = 1.0
    return video, pool_labels[which[:, 0]]

# %% slideshow={"slide_type": "fragment"}
video, label = question(3, gap=8, seed=0)
viz.digest(video[0], name="a question")
# a grey edge: on white paper the white frame would not show
edged = F.pad(video, (1,) * 4, value=0.5)
answers = [f"question {i + 1}: {colours[k]}" for i, k in enumerate(label)]
viz.filmstrip(dict(zip(answers, edged)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three questions with a gap of 8. To answer, the first picture has to reach the
# last one, past everything between.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Five models with 64 numbers per picture, the same steps and the same data. In the
# first four the answer is read from the last state. Two are plain: PyTorch's own
# start, whose $W_z$ has a spectral radius near 0.6, and the best known one, an
# orthogonal $W_z$ (all singular values 1). Two are gated: the ordinary start, and
# the keep gate open before training ($b_k = 3$, a gate near 0.95). In the fifth the
# last picture attends to all pictures. **Predict, then run**: at which gap, 2, 8,
# 32 or 64, does each fail?

# %% slideshow={"slide_type": "skip"}
class Reader(nn.Module):
    def __init__(self, layer, keep_bias=0.0, orthogonal=False):
        super().__init__()
        self.layer, self.answer = layer(192, 64, batch_first=True), nn.Linear(64, 4)
        if orthogonal:
            nn.init.orthogonal_(self.layer.weight_hh_l0)
        if keep_bias:
            # b_k of Eq. 1.4: the gate starts open
            self.layer.bias_hh_l0.data[64:128] = keep_bias

    def forward(self, video):
        states, _ = self.layer(video.flatten(2))
        return self.answer(states[:, -1])  # from the last state


class Attender(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.answer = nn.Linear(192, 64), nn.Linear(64, 4)
        self.attend = nn.MultiheadAttention(64, num_heads=1, batch_first=True)

    def forward(self, video):
        x = self.embed(video.flatten(2))  # batch pictures 64
        found, _ = self.attend(x[:, -1:], x, x, need_weights=False)
        return self.answer(found[:, 0])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: twenty training runs
gaps = [2, 8, 32, 64]
makers = {"plain RNN": lambda: Reader(nn.RNN), "GRU": lambda: Reader(nn.GRU)}
makers["plain RNN, orthogonal"] = lambda: Reader(nn.RNN, orthogonal=True)
makers["GRU, gate open"] = lambda: Reader(nn.GRU, keep_bias=3.0)
makers["attention"] = Attender
right, trained = {name: [] for name in makers}, {}
for n in gaps:

    def loss(model, seed, n=n):
        video, label = question(32, n, seed)
        return F.cross_entropy(model(video), label)

    for name, make in makers.items():
        torch.manual_seed(0)
        trained[name, n] = make()
        fit(trained[name, n], loss, steps=150, lr=3e-3, progress=False)
        video, label = question(512, n, seed=1_000_000_000)
        with torch.no_grad():
            hits = trained[name, n](video).argmax(-1) == label
        right[name].append(hits.float().mean().item())

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: the share of right answers of trained models
worst, plain, gated = min(right["attention"]), right["plain RNN"], right["GRU"]
claim(worst > 0.95, "attention answers more than 95 % at every gap")
fails = plain[0] > 0.9 and plain[-1] < 0.5
claim(fails, "the plain RNN answers at gap 2 and guesses at gap 64")
start = right["plain RNN, orthogonal"]
fails = start[1] > 0.7 and start[2] < 0.5
claim(fails, "from an orthogonal start it answers at gap 8 and guesses at gap 32")
fails = gated[1] > 0.7 and gated[-1] < 0.5
claim(fails, "the GRU still answers at gap 8 and guesses at gap 64")
still = right["GRU, gate open"][2] > 0.6
claim(still, "with its gate open from the start, the GRU still answers at gap 32")
print({name: [round(r, 2) for r in row] for name, row in right.items()})
curves = {name: (gaps, row) for name, row in right.items()}
axes = ("gap (pictures)", "share of right answers")
viz.lines(curves, *axes, logx=2, baseline={"guessing": 0.25})

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run of each. The plain RNN falls to guessing first; its best start carries it
# as far as the ordinary GRU. With the gate open from the start the GRU reaches much
# further, and attention answers at every gap.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Is it luck, or impatience?** The study makes all twenty runs with three seeds
# each, and with 400 steps in place of 150:

# %% slideshow={"slide_type": "fragment"}
study = load_study("copy-task")
print(study.note())
viz.lines(
    study.curves("share right by gap"),
    "gap (pictures)",
    "share of right answers, mean and spread of 3 seeds",
    logx=2,
    baseline={"guessing": 0.25},
)

# %% slideshow={"slide_type": "skip"}
study.table()

# %% [markdown] slideshow={"slide_type": "fragment"}
# With more steps the differences at gap 8 are gone: the plain network gets there
# from either start, only later. At gap 32 nothing has changed. Neither start of the
# plain network nor the ordinary GRU gets above guessing, with any seed; the GRU
# with an open gate and attention answer nearly everything at gap 64.
#
# <details><summary>What you just saw</summary>
#
# For attention the framed picture is *one* step away from the question, whatever
# lies between: the gradient takes that path too. For the recurrent networks it is
# `gap + 1` Jacobians away. The GRU *can* hold the colour, as its last line shows,
# but from an ordinary start the gradient that would teach it to does not arrive.
# That is what "vanishing" costs: not ability, but learning.
#
# On the moving shapes above the GRU forgot *faster* than the plain network, and
# here it learns gap 8 sooner. The two do not contradict each other: there nothing
# far away was worth keeping, and a gate that can keep can also let go. Here the
# loss asks for one early picture.
# </details>

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Where does the attention go?** It gives each picture a weight, and the weights
# sum to 1. Their mean over 64 questions at gap 8:

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: weights of a trained model
model, (video, _) = trained["attention", 8], question(64, 8, seed=5)
with torch.no_grad():
    x = model.embed(video.flatten(2))
    weights = model.attend(x[:, -1:], x, x)[1][:, 0]  # 64 questions x 10 pictures
means = {f"picture {t}": weights[:, t].mean() for t in range(10)}
more = means["picture 0"] > 0.5
claim(more, "the framed picture gets more than half of the attention, on average")
viz.bars(means, ylabel="mean weight over 64 questions")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run, and nobody told it to look at picture 0. How a query finds its key is the
# subject of the next lesson.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is the task unfair to recurrence?* It is the one thing
# that a state finds hard; the table of memory is the thing that attention finds
# hard. *Does attention know the order?* No, it finds the white frame by its looks;
# lesson 03. *Would an LSTM do better?* Let them try `nn.LSTM`, one word. *Why does
# it fail so sharply?* Until the gradient of the first picture is above the noise of
# the others, nothing is learned at all.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | formula | name in the course |
# |---|---|
# | $z_t = \tanh(W_x x_t + W_z z_{t-1} + b)$ (1.1) | `course_utils.models.RNNCell` |
# | $\partial z_T / \partial z_t = J_T \cdots J_{t+1}$, $\;J_k = \mathrm{diag}(1 - z_k^2) W_z$ (1.2) | autograd |
# | $\lVert \partial \mathcal{L}_T / \partial z_t \rVert \sim \rho^{T-t}$ (1.3) | `fit(..., clip=1.0)` against explosion |
# | $z_t = g^{\text{keep}}_t \odot z_{t-1} + (1 - g^{\text{keep}}_t) \odot \tilde z_t$ (1.4) | `course_utils.models.GRUCell` |
# | $\hat x_{t+1} = x_t + U z_t$ (1.5) | `course_utils.models.VideoRNN` |
# | $T$ steps in line and $T d^2$ products, against 1 and $T^2 d$ (1.6) | - |
#
# Recurrence gives up because what is far away in time is far away in the
# computation: for the gradient and for the clock. It keeps one advantage, a memory
# that does not grow.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# Guess first, then change one line.
#
# 1. In `random_network`, replace `W_z` by `rho` times an orthogonal matrix,
#    `torch.linalg.qr(W_z)[0]`. Does $\rho = 1$ still vanish? Which factor of Eq.
#    1.2 is to blame now?
# 2. How far does the open gate carry: at gap 128, at 256? Does a larger $b_k$ help,
#    and what does it cost at gap 2?
# 3. Train `VideoRNN(cell="gru", kernel=1)`: states no longer hear from their
#    neighbours. What goes wrong when the shape crosses from one patch into the
#    next?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Homework
#
# [Homework 01](homework/hw01_recurrence.ipynb): write the recurrent network and its
# gradient through time, predict when a gradient has vanished, repair a gated cell,
# and let a model run on its own predictions.
#
# ## Go further
#
# - Elman, *Finding structure in time*, Cognitive Science, 1990: Eq. 1.1, and what a
#   state can discover by itself.
# - Bengio, Simard and Frasconi, *Learning long-term dependencies with gradient
#   descent is difficult*, IEEE Transactions on Neural Networks, 1994: the proof
#   that holding on to information and learning to do so pull against each other.
# - Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural
#   networks*, ICML 2013: Eq. 1.3 and gradient clipping.
# - Hochreiter and Schmidhuber, *Long short-term memory*, Neural Computation, 1997,
#   and Cho et al., *Learning phrase representations using RNN encoder-decoder for
#   statistical machine translation*, EMNLP 2014: the gates. Gers, Schmidhuber and
#   Cummins, *Learning to forget: continual prediction with LSTM*, Neural
#   Computation, 2000: the one that lets go.
# - Shi et al., *Convolutional LSTM network: a machine learning approach for
#   precipitation nowcasting*, NeurIPS 2015, and Ballas et al., *Delving deeper into
#   convolutional networks for learning video representations*, ICLR 2016: states
#   that are pictures.
# - Vaswani et al., *Attention is all you need*, NeurIPS 2017: Table 1 is Eq. 1.6.
# - Orvieto et al., *Resurrecting recurrent neural networks for long sequences*,
#   ICML 2023: take the tanh out of the recurrence, and it trains side by side and
#   reaches far. Recurrence has not given up for good.
