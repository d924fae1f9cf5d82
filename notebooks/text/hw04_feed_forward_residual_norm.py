# %% [markdown]
# # Homework 04: write the parts around attention yourself
#
# **You will practise** the feed-forward network and layer norm; you will repair a
# block that three bugs have crept into, predict how residuals add up, derive the
# gradient of the norm, and in the end build a network that regrades a film, without
# training it.
#
# **You need** lesson 04. **Time**: about 90 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 4.1 | the feed-forward network | reproduce | 1 | 10 |
# | 4.2 | layer norm | reproduce | 2 | 10 |
# | 4.3 | repair a pre-norm block | break and repair | 3 | 15 |
# | 4.4 | predict the spread after 48 sublayers | predict | 2 | 10 |
# | 4.5 | the gradient of layer norm by hand | extend | 4 | 25 |
# | 4.6 | a network for any tone curve | extend | 3 | 20 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` runs your function on small inputs and names the mistake if it
# knows it. `grade` repeats this on inputs of other sizes. Any style counts as long
# as the numbers agree.

# %%
import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from course_utils import viz
from course_utils.checks import check, grade
from course_utils.worlds import bundled_clip

# %% [markdown]
# ## Exercise 4.1: the feed-forward network (reproduce, difficulty 1, 10 minutes)
#
# Attention mixes tokens; this network changes each by itself, and not along a
# straight line. It treats every token alike and alone, so that it works for any
# number of leading dimensions.
#
# 1. Multiply the tokens by $W_1$ and add $b_1$: these are the hidden units.
# 2. Replace what is negative by 0.
# 3. Multiply by $W_2$ and add $b_2$.
#
# <details><summary>Hint 1: shapes</summary>
#
# `x @ W1` turns "*batch tokens d_model" into "*batch tokens d_ff". Here `W1` is
# stored as the formula has it, not transposed as in `nn.Linear`.
# </details>
# <details><summary>Hint 2: max(0, z)</summary>
#
# `torch.relu(z)`, `z.clamp(min=0)` and `F.relu(z)` are the same.
# </details>

# %% tags=["exercise-4.1"]
def feed_forward(
    x: Float[Tensor, "*batch tokens d_model"],
    W1: Float[Tensor, "d_model d_ff"],
    b1: Float[Tensor, " d_ff"],
    W2: Float[Tensor, "d_ff d_model"],
    b2: Float[Tensor, " d_model"],
) -> Float[Tensor, "*batch tokens d_model"]:
    """Return max(0, x W_1 + b_1) W_2 + b_2 (Eq. 4.1)."""
    ### BEGIN SOLUTION
    return (x @ W1 + b1).clamp(min=0) @ W2 + b2
    ### END SOLUTION

# %%
check("4.1", feed_forward)

# %% tags=["graded-4.1"] points=1
grade("4.1", feed_forward)
### BEGIN HIDDEN TESTS
grade("4.1", feed_forward, seed=4101)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 4.2: layer norm (reproduce, difficulty 2, 10 minutes)
#
# The norm gives each token mean 0 and variance 1, then a learned scale and shift.
# Axis, variance, mean, `eps`, scale and shift can each go wrong, and none of them
# raises an error.
#
# 1. Take the mean of each token, and the variance: the *mean* of the squared
#    deviations.
# 2. Subtract the mean, and divide by the root of variance plus `eps`.
# 3. Multiply by `scale`, then add `shift`.
#
# <details><summary>Hint 1: which axis</summary>
#
# The numbers of one token are the last axis. `x.mean(dim=-1, keepdim=True)` keeps
# the axis with size 1, so that it lines up with `x` again.
# </details>
# <details><summary>Hint 2: which variance</summary>
#
# `x.var()` divides by d - 1, unless you say `correction=0`.
# </details>

# %% tags=["exercise-4.2"]
def layer_norm(
    x: Float[Tensor, "*batch tokens d_model"],
    scale: Float[Tensor, " d_model"],
    shift: Float[Tensor, " d_model"],
    eps: float,
) -> Float[Tensor, "*batch tokens d_model"]:
    """Return scale * (x - mean) / sqrt(variance + eps) + shift, token by token (Eq.
    4.3).
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = (centred**2).mean(dim=-1, keepdim=True)
    return scale * centred / torch.sqrt(variance + eps) + shift
    ### END SOLUTION

# %%
check("4.2", layer_norm)

# %% tags=["graded-4.2"] points=2
grade("4.2", layer_norm)
### BEGIN HIDDEN TESTS
grade("4.2", layer_norm, seed=4202)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 4.3: repair a pre-norm block (break and repair, difficulty 3, 15 minutes)
#
# Below is a whole block: attention, then a feed-forward network, each with a
# residual and a norm before it. To keep it small the weights of attention are given
# as a matrix, the biases are left out, and the norm has scale 1 and shift 0. It
# runs, its shapes are right, and it is wrong in **three** places.

# %%
def given_block(x, weights, W1, W2):
    def norm(x):
        return (x - x.mean(-2, keepdim=True)) / (
            x.var(-2, keepdim=True, correction=0) + 1e-5
        ).sqrt()

    x = norm(x)
    x = x + weights @ x
    return torch.relu(norm(x) @ W1) @ W2


x = torch.tensor([[9.0, 3, 3, 1], [2, 0, 2, 0], [0, 1, 0, 4]])
nothing = torch.zeros(3, 3), torch.zeros(4, 8), torch.zeros(8, 4)
print(given_block(x, *nothing))

# %% [markdown]
# All weights are 0 here, so that neither sublayer has anything to add. A pre-norm
# block then returns `x` as it came, to the last digit.
#
# 1. Write down Eq. 4.4 for both sublayers. Which line of the given function does
#    not match?
# 2. Find all three bugs with tiny inputs. `check("4.3", given_block)` confirms that
#    they are still there; after each repair it tells you what is left.
# 3. Write the repaired function. You may use what you have written above; the
#    norm's `eps` is 1e-5.
#
# <details><summary>Hint 1: three questions to ask of any block</summary>
#
# What is left of x when the sublayers are silent? Does a token's norm change when
# another token changes? How many plus signs does Eq. 4.4 ask for?
# </details>
# <details><summary>Hint 2: where to look</summary>
#
# One bug stands in the axis of the norm, one in what the first sum starts from, one
# in the last line.
# </details>

# %% tags=["exercise-4.3"]
def block(
    x: Float[Tensor, "*batch tokens d_model"],
    weights: Float[Tensor, "tokens tokens"],
    W1: Float[Tensor, "d_model d_ff"],
    W2: Float[Tensor, "d_ff d_model"],
) -> Float[Tensor, "*batch tokens d_model"]:
    """Apply x <- x + weights LN(x), then x <- x + max(0, LN(x) W_1) W_2 (Eq. 4.4,
    pre-norm).
    """
    ### BEGIN SOLUTION
    one, zero = torch.ones(x.shape[-1]), torch.zeros(x.shape[-1])
    x = x + weights @ layer_norm(x, one, zero, 1e-5)
    return x + feed_forward(
        layer_norm(x, one, zero, 1e-5), W1, torch.zeros(W1.shape[1]), W2, zero
    )
    ### END SOLUTION

# %%
check("4.3", block)

# %% tags=["graded-4.3"] points=2
grade("4.3", block)
### BEGIN HIDDEN TESTS
grade("4.3", block, seed=4303)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 4.4: predict the spread after 48 sublayers (predict, difficulty 2, 10 minutes)
#
# In a pre-norm stack nobody normalises the sum that runs straight through. Suppose
# the tokens start with standard deviation 1, and each sublayer, whose input *is*
# normalised, adds independent numbers with mean 0 and standard deviation 1. The
# stack has 24 blocks of two sublayers each.
#
# What is the standard deviation of the tokens at its end? Work it out on paper.
#
# <details><summary>Hint</summary>
#
# Variances of independent numbers add up; standard deviations do not.
# </details>

# %% tags=["exercise-4.4"]
spread = None  # replace the line below by: spread = your number
### BEGIN SOLUTION
spread = math.sqrt(1 + 24 * 2)
### END SOLUTION

# %%
check("4.4", spread)

# %% tags=["graded-4.4"] points=1
grade("4.4", spread)

# %% [markdown]
# Now measure it, with sublayers that are a random matrix behind a norm, and see
# what the same matrices do without one.

# %%
generator = torch.Generator().manual_seed(0)
assert spread is not None, "Exercise 4.4 has no answer yet"
with_norm = without = torch.randn(500, 256, generator=generator)
for _ in range(48):
    # keeps the spread of its input
    matrix = torch.randn(256, 256, generator=generator) / math.sqrt(256)
    with_norm = with_norm + F.layer_norm(with_norm, (256,)) @ matrix
    without = without + without @ matrix
print(f"with the norm: {with_norm.std():.1f}, predicted: {spread:.1f}")
print(f"without it: 2 to the power of {math.log2(without.std()):.0f}")

# %% [markdown]
# Without a norm a sublayer returns something as large as what it got: each one
# doubles the variance, and 48 of them multiply the standard deviation by $2^{24}$,
# about 17 million.
#
# ## Exercise 4.5: the gradient of layer norm by hand (extend, difficulty 4, 25 minutes)
#
# Training sends a gradient $g$ with respect to the output of layer norm back to its
# input $x$. One $x_c$ acts in three ways: directly, through the mean, and through
# the deviation. With $\sigma_\epsilon = \sqrt{\sigma^2 + \epsilon}$,
# $\tilde x = (x - \mu)/\sigma_\epsilon$ and $g'_c = \gamma_c\, g_c$, the chain rule
# says
#
# $$
# \frac{\partial \mathcal{L}}{\partial x_c} = \sum_{c'} g'_{c'} \frac{\partial \tilde x_{c'}}{\partial x_c},
# \qquad
# \frac{\partial \mu}{\partial x_c} = \frac1d,
# \qquad
# \frac{\partial \sigma_\epsilon}{\partial x_c} = \frac{\tilde x_c}{d}.
# $$
#
# 1. On paper, differentiate $\tilde x_{c'} = (x_{c'} - \mu)/\sigma_\epsilon$ with
#    respect to $x_c$ by the quotient rule.
# 2. Put it into the sum. Two means over the token appear.
# 3. Write the result in tensor lines, for all tokens at once, without building a
#    $d \times d$ matrix. Autograd gives the same numbers, so that `check` cannot
#    tell; compare with it *after* your own.
#
# <details><summary>Hint 1: the derivative</summary>
#
# $\partial \tilde x_{c'} / \partial x_c = \big( [c = c'] - \frac1d - \frac1d \tilde
# x_{c'} \tilde x_c \big) / \sigma_\epsilon$, where $[c = c']$ is 1 if $c =
# c'$ and 0 otherwise.
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Take $g'$, subtract its mean, subtract $\tilde x$ times the mean of $g' \tilde x$,
# divide by $\sigma_\epsilon$.
# </details>
# <details><summary>Hint 3: a test</summary>
#
# Your gradient must sum to 0 over each token: adding a number to a whole token
# changes nothing.
# </details>

# %% tags=["exercise-4.5"]
def layer_norm_backward(
    x: Float[Tensor, "*batch tokens d_model"],
    scale: Float[Tensor, " d_model"],
    upstream: Float[Tensor, "*batch tokens d_model"],
    eps: float,
) -> Float[Tensor, "*batch tokens d_model"]:
    """Return dL/dx of y = layer_norm(x, scale, shift, eps), given upstream = dL/dy
    (Eq. 4.3b).
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(dim=-1, keepdim=True)
    s = torch.sqrt((centred**2).mean(dim=-1, keepdim=True) + eps)
    normed, slope = centred / s, scale * upstream
    along = (slope * normed).mean(dim=-1, keepdim=True)
    return (slope - slope.mean(dim=-1, keepdim=True) - normed * along) / s
    ### END SOLUTION

# %%
check("4.5", layer_norm_backward)

# %% tags=["graded-4.5"] points=3
grade("4.5", layer_norm_backward)
### BEGIN HIDDEN TESTS
grade("4.5", layer_norm_backward, seed=4505)
### END HIDDEN TESTS

# %% [markdown]
# What it means for training: tokens that are 1, 10 and 100 times as long, with the
# same upstream gradient.

# %%
x, upstream = (
    torch.randn(64, 16, generator=generator),
    torch.randn(64, 16, generator=generator),
)
for times in (1, 10, 100):
    gradient = layer_norm_backward(times * x, torch.ones(16), upstream, 1e-5)
    print(
        f"tokens times {times:3d}: mean length of the gradient "
        f"{gradient.norm(dim=-1).mean():.3f}"
    )

# %% [markdown]
# A loud token is told to move less. Where the stream of a pre-norm stack has grown
# to 7 times its size (exercise 4.4), the gradient that each sublayer sends back to
# it is 7 times smaller.
#
# ## Exercise 4.6: a network for any tone curve (extend, difficulty 3, 20 minutes)
#
# Film is *graded*: a curve says which brightness becomes which. In lesson 04 you
# wrote down the weights for one curve, solarising. Now write a function that finds
# the weights of a feed-forward network for **any** curve made of straight pieces.
# Such curves come as close as you like to any continuous one on an interval, and so
# does one hidden layer with enough units.
#
# (Attention needs something fixed to look at for this, as the lesson measured; this
# network has its keys and values built in.)
#
# The curve goes through the points $(k_0, y_0), (k_1, y_1), \dots, (k_m, y_m)$,
# with $k_0 < k_1 < \dots < k_m$:
#
# $$
# \mathrm{FFN}(u) \;=\; y_0 + \sum_{i=0}^{m-1} a_i \max(0,\, u - k_i) .
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $k$ | `knots`: where pieces meet | m + 1 |
# | $y$ | `heights`: the curve at the knots | m + 1 |
# | $a_i$ | how much the *slope changes* at knot $i$ | m |
#
# 1. Compute the slope of each piece: rise divided by width.
# 2. Compute the changes: $a_0$ is the first slope, then the difference to the slope
#    before.
# 3. Return $W_1, b_1, W_2, b_2$ of Eq. 4.1 for tokens of one number, $d = 1$ and
#    $d_{ff} = m$. Only the part from $k_0$ to $k_m$ is tested.
#
# <details><summary>Hint 1: an example on paper</summary>
#
# Solarising has the knots (0, 0.5, 1) and the heights (0, 1, 0). The slopes are (2,
# -2), the changes (2, -4).
# </details>
# <details><summary>Hint 2: units that switch on at a knot</summary>
#
# $\max(0, u - k_i)$ is $\max(0, u W_1 + b_1)$ with $W_1 = 1$ and $b_1 = -k_i$.
# </details>
# <details><summary>Hint 3: almost the answer</summary>
#
# `slopes = heights.diff() / knots.diff()`, and `slopes.diff()` are all the changes
# but the first. The shapes to return are (1, m), (m,), (m, 1), (1,).
# </details>

# %% tags=["exercise-4.6"]
def tone_curve(
    knots: Float[Tensor, " m_plus_1"], heights: Float[Tensor, " m_plus_1"]
) -> tuple[
    Float[Tensor, "1 m"],
    Float[Tensor, " m"],
    Float[Tensor, "m 1"],
    Float[Tensor, " 1"],
]:
    """Return W_1, b_1, W_2, b_2 of the FFN (Eq. 4.1) whose graph joins the points
    (knots, heights).
    """
    ### BEGIN SOLUTION
    slopes = heights.diff() / knots.diff()
    changes = torch.cat((slopes[:1], slopes.diff()))
    return torch.ones(1, len(changes)), -knots[:-1], changes[:, None], heights[:1]
    ### END SOLUTION

# %%
check("4.6", tone_curve)

# %% tags=["graded-4.6"] points=3
grade("4.6", tone_curve)
### BEGIN HIDDEN TESTS
grade("4.6", tone_curve, seed=4606)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Three grades for a city: solarised, a steep S for more contrast, and a staircase
# that leaves four tones (*posterised*). First the curves, drawn by your networks:

# %%
steps = torch.tensor([0, 0.24, 0.26, 0.49, 0.51, 0.74, 0.76, 1.0])
grades = {
    "solarised": (torch.tensor([0, 0.5, 1.0]), torch.tensor([0, 1.0, 0])),
    "contrast": (
        torch.tensor([0, 0.3, 0.6, 1.0]),
        torch.tensor([0, 0.08, 0.92, 1.0]),
    ),
    "posterised": (steps, torch.tensor([0, 0, 1, 1, 2, 2, 3, 3]) / 3),
}
u = torch.linspace(0, 1, 201)[:, None]
curves = {
    name: (u[:, 0], feed_forward(u, *tone_curve(*points))[:, 0])
    for name, points in grades.items()
}
print({name: round(curve.mean().item(), 2) for name, (_, curve) in curves.items()})
viz.lines(curves, "brightness before", "brightness after")

# %% [markdown]
# A tent, an S and a staircase: brightness after against brightness before. Each
# bend is one hidden unit that switches on. Now let each network treat every colour
# value of a clip as a token of one number.

# %%
city = bundled_clip("city", size=64, stride=4, frames=6)
rows = {"city": city}
for name, points in grades.items():
    # a token is one colour value
    rows[name] = feed_forward(city[..., None], *tone_curve(*points))[..., 0]
    viz.digest(rows[name], city, name=f"{name:10s}")
viz.filmstrip(rows, every=2)

# %% [markdown]
# From the top: the clip, bright turned to dark, more contrast, and only four tones
# for each colour. No training, no loop over pixels: Eq. 4.1, with weights that you
# can explain one by one.
#
# **Predict, then run.** The staircase jumps within 0.02. How many hidden units does
# it have, and what is the largest weight? What would noise of 0.02 in the input do
# near a jump?

# %%
W1, b1, W2, b2 = tone_curve(*grades["posterised"])
noise = 0.02 * torch.randn(city.shape, generator=generator)
print(f"{len(b1)} hidden units, largest weight {W2.abs().max():.1f}")
for name, points in grades.items():
    noisy = feed_forward((city + noise)[..., None], *tone_curve(*points))[..., 0]
    error = (noisy - rows[name]).square().mean().sqrt()
    print(f"{name:10s} an error of 0.02 becomes {error:.2f}")

# %% [markdown]
# <details><summary>What you just saw</summary>
#
# A steep piece needs large weights, and large weights amplify what comes in: the
# staircase turns an error of 0.02 into one three times as large, although it is
# flat nearly everywhere. The other two have no piece steeper than 3, and double it.
# A trained network pays the same price for large weights.
# </details>
