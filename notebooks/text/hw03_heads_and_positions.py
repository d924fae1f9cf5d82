# %% [markdown]
# # Homework 03: heads and places, by your own hand
#
# **You will practise** multi-head attention, positions as waves and as rotations;
# you will repair a rotary attention that three bugs have crept into, work out what
# one head cannot see, and in the end build a convolution out of heads.
#
# **You need** lesson 03, and `attention` of lesson 02. **Time**: about 110 minutes
# for you, a few seconds for the computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 3.1 | multi-head attention | reproduce | 2 | 20 |
# | 3.2 | positions as waves | reproduce | 2 | 15 |
# | 3.3 | positions as rotations | reproduce | 3 | 20 |
# | 3.4 | repair a rotary attention | break and repair | 3 | 20 |
# | 3.5 | how much of an acceleration one head must miss | predict | 3 | 15 |
# | 3.6 | nine heads make a convolution | extend | 4 | 25 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` runs your function on small inputs and names the mistake if it
# knows it; `grade` repeats this on inputs of other sizes. Any style counts as long
# as the numbers agree. In a mask, `True` means *may attend*.

# %%
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from course_utils import viz
from course_utils.attention import attention
from course_utils.checks import check, grade
from course_utils.patches import patchify, unpatchify
from course_utils.worlds import ShapesWorld

# %% [markdown]
# ## Exercise 3.1: multi-head attention (reproduce, difficulty 2, 20 minutes)
#
# Self-attention with several heads: each head attends in its own slice of the
# width, and $W_O$ mixes what they bring home. Write it from the four matrices.
# Cutting the heads out wrongly gives the right shape and no error, so that this is
# where to be careful.
#
# 1. Multiply the tokens with $W_Q$, $W_K$ and $W_V$, for all heads at once.
# 2. Cut the last axis into (heads, d_k). Head $h$ owns the columns $h d_k$ to
#    $(h + 1) d_k$.
# 3. Bring the heads in front of the tokens, and run `attention` (imported above):
#    it takes leading dimensions, and it scales.
# 4. Bring the heads back, lay them side by side, and multiply with $W_O$.
#
# <details><summary>Hint 1: cutting</summary>
#
# `x.unflatten(-1, (num_heads, -1))` turns "tokens d" into "tokens heads d_k".
# Attention wants tokens and d_k as the last two axes.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# `.transpose(-3, -2)` exchanges heads and tokens, before and after. `.flatten(-2)`
# joins the last two axes.
# </details>

# %% tags=["exercise-3.1"]
def multihead(
    x: Float[Tensor, "*batch tokens d"],
    W_Q: Float[Tensor, "d d"],
    W_K: Float[Tensor, "d d"],
    W_V: Float[Tensor, "d d"],
    W_O: Float[Tensor, "d d"],
    num_heads: int,
) -> Float[Tensor, "*batch tokens d"]:
    """Return [head_0 ... head_(H-1)] W_O (Eq. 3.1).

    head_h = attention(X W_Q^h, X W_K^h, X W_V^h)
    """
    ### BEGIN SOLUTION
    wide = (x @ W for W in (W_Q, W_K, W_V))
    q, k, v = (y.unflatten(-1, (num_heads, -1)).transpose(-3, -2) for y in wide)
    heads = attention(q, k, v)  # ... heads tokens d_k
    return heads.transpose(-3, -2).flatten(-2) @ W_O
    ### END SOLUTION

# %%
check("3.1", multihead)

# %% tags=["graded-3.1"] points=2
grade("3.1", multihead)
### BEGIN HIDDEN TESTS
grade("3.1", multihead, seed=3101)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 3.2: positions as waves (reproduce, difficulty 2, 15 minutes)
#
# Write the table of Eq. 3.2 for any list of positions, not only for 0, 1, 2, ...: a
# clip that goes on needs the later rows alone.
#
# $$
# P_{p,\,2i} = \sin(p\,\omega_i), \qquad P_{p,\,2i+1} = \cos(p\,\omega_i), \qquad \omega_i =
# \mathrm{base}^{-2i/d}
# $$
#
# 1. Compute the speeds $\omega_i$: there are $d/2$ of them, the first is 1.
# 2. Multiply every position with every speed: "positions d/2".
# 3. Sine and cosine take turns along the row.
#
# <details><summary>Hint 1: all products</summary>
#
# `positions[:, None] * speed` is a table with a row for each position.
# </details>
# <details><summary>Hint 2: taking turns</summary>
#
# Stack sine and cosine on a *new last* axis, then flatten the last two axes.
# </details>

# %% tags=["exercise-3.2"]
def waves(
    positions: Int[Tensor, " n"], d_model: int, base: float
) -> Float[Tensor, "n d_model"]:
    """Return the row (sin p w_0, cos p w_0, sin p w_1, ...) of each p (Eq. 3.2)."""
    ### BEGIN SOLUTION
    speed = base ** -(torch.arange(0, d_model, 2) / d_model)
    turn = positions[:, None] * speed
    return torch.stack((turn.sin(), turn.cos()), dim=-1).flatten(-2)
    ### END SOLUTION

# %%
check("3.2", waves)

# %% tags=["graded-3.2"] points=2
grade("3.2", waves)
### BEGIN HIDDEN TESTS
grade("3.2", waves, seed=3202)
### END HIDDEN TESTS

# %% [markdown]
# See what you have built: the dot products of all rows with each other.

# %%
table = waves(torch.arange(64), 32, 100.0)
likeness = table @ table.T / 16
for step in (0, 1, 10):
    print(f"position 20 and position {20 + step}: {likeness[20, 20 + step]:.1f}")
title = "Which positions look alike"
viz.attention_map(likeness, title=title, label="dot product / 16")

# %% [markdown]
# One row for each position, one column for each other: the same stripe along the
# whole diagonal. It falls off with the distance and does not care where you are:
# the dot product of two rows is a sum of $\cos((p - p')\,\omega_i)$.

# %% [markdown]
# ## Exercise 3.3: positions as rotations (reproduce, difficulty 3, 20 minutes)
#
# Turn the pairs (x_0, x_1), (x_2, x_3), ... of each token by the angles
# $p\,\omega_i$ (Eq. 3.4). Scores of tokens turned like this depend on the
# difference of their positions alone.
#
# 1. Compute the angles as in exercise 3.2, with the width of `x`.
# 2. Take the even and the odd numbers of each token: `x[..., 0::2]` and
#    `x[..., 1::2]`.
# 3. Turn: $(a, b)$ becomes $(a \cos - b \sin,\; a \sin + b \cos)$.
# 4. Put each pair back where it was.
#
# <details><summary>Hint 1: many leading dimensions</summary>
#
# The angles are "tokens d_k/2", and broadcast against the even and odd numbers
# "*batch tokens d_k/2" as they are.
# </details>
# <details><summary>Hint 2: putting back</summary>
#
# As in exercise 3.2: stack on a new last axis, then flatten the last two.
# </details>

# %% tags=["exercise-3.3"]
def rotary(
    x: Float[Tensor, "*batch tokens d_k"],
    positions: Int[Tensor, " tokens"],
    base: float,
) -> Float[Tensor, "*batch tokens d_k"]:
    """Turn the pair (x_2i, x_2i+1) at position p by the angle p w_i (Eq. 3.4)."""
    ### BEGIN SOLUTION
    d_k = x.shape[-1]
    turn = positions[:, None] * base ** -(torch.arange(0, d_k, 2) / d_k)
    even, odd, cos, sin = x[..., 0::2], x[..., 1::2], turn.cos(), turn.sin()
    pairs = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(pairs, dim=-1).flatten(-2)
    ### END SOLUTION

# %%
check("3.3", rotary)

# %% tags=["graded-3.3"] points=3
grade("3.3", rotary)
### BEGIN HIDDEN TESTS
grade("3.3", rotary, seed=3303)
### END HIDDEN TESTS

# %% [markdown]
# Is it relative? Score one query and one key, two frames apart, at three places:

# %%
q, k = torch.randn(2, 1, 8, generator=torch.Generator().manual_seed(0))
for p in (0, 10, 50):
    asks = rotary(q, torch.tensor([p + 2]), 100.0)
    score = asks @ rotary(k, torch.tensor([p]), 100.0).T
    print(f"positions {p + 2:2d} and {p:2d}: score {score.item():.3f}")

# %% [markdown]
# ## Exercise 3.4: repair a rotary attention (break and repair, difficulty 3, 20 minutes)
#
# The function below takes queries, keys and values of the full width d, cuts them
# into heads, turns them and attends. It runs, its shapes are right, it trains, and
# it is wrong in **three** places.

# %%
def given_rotary_attention(query, key, value, num_heads, base):
    place = torch.arange(query.shape[-2])
    query, key, value = (rotary(x, place, base) for x in (query, key, value))
    q, k, v = (
        x.unflatten(-1, (num_heads, -1)).transpose(-3, -2)
        for x in (query, key, value)
    )
    scores = q @ k.mT / query.shape[-1] ** 0.5
    return (scores.softmax(dim=-1) @ v).transpose(-3, -2).flatten(-2)


same = torch.tensor([1.0, 0.0]).expand(4, 2)
print(given_rotary_attention(same, same, same, 1, 100.0).numpy().round(2))

# %% [markdown]
# All four tokens are equal, so that whatever the weights, every row should print
# `[1. 0.]`. That shows one of the three bugs.
#
# 1. Find all three. `check("3.4", given_rotary_attention)` confirms that nothing is
#    repaired yet; after each repair it tells you what is left.
# 2. Write the repaired function. You may use `rotary` and `attention`.
#
# <details><summary>Hint 1: three questions</summary>
#
# Who has to be turned, so that a score knows a distance? How many numbers does each
# head turn, and with which speeds? How many numbers does a score sum over?
# </details>
# <details><summary>Hint 2: where to look</summary>
#
# Two of the bugs stand in the line with `rotary`: one is about what is turned, one
# is about when. The third is the scale.
# </details>

# %% tags=["exercise-3.4"]
def rotary_attention(
    query: Float[Tensor, "*batch tokens d"],
    key: Float[Tensor, "*batch tokens d"],
    value: Float[Tensor, "*batch tokens d"],
    num_heads: int,
    base: float,
) -> Float[Tensor, "*batch tokens d"]:
    """Return [head_0 ... head_(H-1)], q and k of each turned by place (Eq. 3.4)."""
    ### BEGIN SOLUTION
    place, three = torch.arange(query.shape[-2]), (query, key, value)
    q, k, v = (x.unflatten(-1, (num_heads, -1)).transpose(-3, -2) for x in three)
    # after the cut: each head has all the speeds
    q, k = rotary(q, place, base), rotary(k, place, base)
    # its scale is the root of d_k
    return attention(q, k, v).transpose(-3, -2).flatten(-2)
    ### END SOLUTION

# %%
check("3.4", rotary_attention)

# %% tags=["graded-3.4"] points=3
grade("3.4", rotary_attention)
### BEGIN HIDDEN TESTS
grade("3.4", rotary_attention, seed=3404)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 3.5: how much of an acceleration one head must miss (predict, difficulty 3, 15 minutes)
#
# The lesson showed that one head leaves at least 1/2 of the variance of a
# difference $v_t - v_{t-1}$. An acceleration takes three frames:
#
# $$
# y_t = v_t - 2\,v_{t-1} + v_{t-2}
# $$
#
# The contents are independent, with mean 0 and variance 1. One head returns
# $W \sum_j a_{tj} v_j$ with weights $a_{tj} \ge 0$ that do not depend on the
# contents, and the best possible $W$. Which **share of the variance** of $y_t$ must
# it leave, with the best possible weights? Work it out on paper.
#
# <details><summary>Hint 1: the variance that is seen</summary>
#
# As in Eq. 3.1b: the head sees
# $(a_{tt} - 2\,a_{t,t-1} + a_{t,t-2})^2 / \sum_j a_{tj}^2$, with the factors 1, -2,
# 1 of $y_t$.
# </details>
# <details><summary>Hint 2: signs</summary>
#
# A head carries factors of one sign only; $W$ may make it either sign. So there are
# two candidates: the frames with positive factors, and the frame with the negative
# one. The variance of $y_t$ is the sum of the squared factors.
# </details>

# %% tags=["exercise-3.5"]
# replace the line below by: share_left = your number, from 0 to 1
share_left = None
### BEGIN SOLUTION
share_left = 1 - 2**2 / (1 + 2**2 + 1)  # all weight on t - 1, and W = -2
### END SOLUTION

# %%
check("3.5", share_left)

# %% tags=["graded-3.5"] points=2
grade("3.5", share_left)

# %% [markdown]
# Now try to beat your number: a hundred thousand random weights for three frames,
# each with its best $W$.

# %%
assert share_left is not None, "Exercise 3.5 has no answer yet"
g = torch.Generator().manual_seed(1)
weights = (4 * torch.randn(100_000, 3, generator=g)).softmax(-1)
factors = torch.tensor([1.0, -2.0, 1.0])
left = 1 - (weights @ factors) ** 2 / (weights**2).sum(-1) / 6
best = weights[left.argmin()].abs().numpy().round(1)
print(f"best of 100 000: {left.min():.2f}, with weights {best};", end=" ")
print(f"you: {share_left:.2f}")
assert left.min() >= share_left - 1e-6

# %% [markdown]
# Two heads leave nothing: one takes half of frame t and half of frame t - 2, the
# other takes frame t - 1, and $W_O$ does the rest.
#
# ## Exercise 3.6: nine heads make a convolution (extend, difficulty 4, 25 minutes)
#
# Heads can look to a fixed place, whatever is there: the lesson did so one frame
# back. Let nine heads look at the nine places around a token (the token itself is
# one of them). Then $W_O$ gives each head a matrix, and the sum over the heads is
#
# $$
# y_{r,s} = \sum_{a=0}^{2} \sum_{b=0}^{2} K_{ab}\; x_{r + a - 1,\; s + b - 1}
# $$
#
# a 3 x 3 convolution with the kernel $K$. (Cordonnier, Loukas and Jaggi, ICLR 2020,
# prove it for relative positions.) Write it with masks: head (a, b) may attend to
# one token alone. At the border some heads may attend nowhere and return zeros,
# which is what a convolution calls zero padding.
#
# 1. Find row and column of each token; tokens are numbered row by row.
# 2. For each (a, b) build the mask "tokens tokens": query (r, s) may attend to the
#    key at (r + a - 1, s + b
#    - 1) alone.
# 3. Run `attention(tokens, tokens, tokens, mask)`: with one key allowed, the
#    softmax has no choice, and the scores do not matter.
# 4. Multiply with the head's matrix `kernel[:, :, a, b]`, "out channels", and sum
#    over the heads.
#
# <details><summary>Hint 1: rows and columns</summary>
#
# `index = torch.arange(height * width)`, then
# `row, column = index // width, index % width`.
# </details>
# <details><summary>Hint 2: the mask</summary>
#
# `row[:, None]` belongs to the query, `row` to the key:
# `row == row[:, None] + a - 1`, and the same for the columns. Both must hold.
# </details>
# <details><summary>Hint 3: almost the answer</summary>
#
# Each head adds `attention(tokens, tokens, tokens, mask) @ kernel[:, :, a, b].T`.
# </details>

# %% tags=["exercise-3.6"]
def convolve(
    tokens: Float[Tensor, "*batch height*width channels"],
    height: int,
    width: int,
    kernel: Float[Tensor, "out channels 3 3"],
) -> Float[Tensor, "*batch height*width out"]:
    """Return the sum over nine heads of what each finds, times its matrix.

    It looks at (r + a - 1, s + b - 1), and its matrix is kernel[:, :, a, b].
    """
    ### BEGIN SOLUTION
    index, output = torch.arange(height * width), 0
    row, column = index // width, index % width
    for a in range(3):
        for b in range(3):
            rows, columns = row[:, None] + a - 1, column[:, None] + b - 1
            mask = (row == rows) & (column == columns)
            found = attention(tokens, tokens, tokens, mask)
            output = output + found @ kernel[:, :, a, b].T
    return output
    ### END SOLUTION

# %%
check("3.6", convolve)

# %% tags=["graded-3.6"] points=4
grade("3.6", convolve)
### BEGIN HIDDEN TESTS
grade("3.6", convolve, seed=3606)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Each pixel is a token here. The kernel below takes the mean of the eight
# neighbours from each pixel: it finds edges, and your nine heads find them in every
# frame. `F.conv2d` is the reference.

# %%
video = ShapesWorld(shapes=2, frames=6, size=32).sample(1, seed=4).video[0]
around = torch.full((3, 3), -1 / 8)
around[1, 1] = 1.0
kernel = torch.eye(3)[:, :, None, None] * around  # each colour by itself
pixels = patchify(video, (1, 1, 1)).view(6, 1024, 3)  # frames tokens channels
edges = convolve(pixels, 32, 32, kernel).flatten(0, 1)
edges = unpatchify(edges, (1, 1, 1), (6, 3, 32, 32))
theirs = F.conv2d(video, kernel, padding=1)
equal = (edges - theirs).abs().max() < 1e-5
print(f"nine heads and F.conv2d differ by less than 1e-5: {equal}")
viz.digest(edges, theirs.round(decimals=2), name="edges")
viz.filmstrip({"video": video, "nine heads": (0.5 + edges).clamp(0, 1)})

# %% [markdown]
# Above the clip, below the edges: light just inside a shape, dark just outside,
# grey where nothing changes, and a faint frame at the border, where heads that look
# out of the picture find zeros. Attention can be a convolution, if its heads know
# places. A convolution can never be attention: its nine places are fixed, while a
# head may choose anew in every clip.
