# %% [markdown]
# # Homework 06: mask the future
#
# **You will practise** the mask of a model that writes frame by frame, its loss in
# bits, the cache that makes it fast and what it costs, and the choice of the next
# frame; you will repair a cached attention and in the end write a film from nothing
# but a table of probabilities.
#
# **You need** lesson 06. **Time**: about 95 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 6.1 | the frame-causal mask behind a past | reproduce | 2 | 15 |
# | 6.2 | bits per frame of a model that writes | reproduce | 2 | 15 |
# | 6.3 | repair a cached attention | break and repair | 3 | 20 |
# | 6.4 | predict the memory of a cache | predict | 1 | 5 |
# | 6.5 | nucleus sampling | reproduce | 3 | 20 |
# | 6.6 | write a film frame by frame | extend | 3 | 20 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` runs your function on small inputs and names the mistake if it
# recognises it; `grade` repeats this on inputs of other sizes. Any style counts as
# long as the numbers agree.
#
# As everywhere in this course, `True` in a mask means *may attend*.

# %%
import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils import viz
from course_utils.checks import check, grade
from course_utils.worlds import CoinWorld

# %% [markdown]
# ## Exercise 6.1: the frame-causal mask behind a past (reproduce, difficulty 2, 15 minutes)
#
# A model writes a video of $N$ tokens per frame. `past` frames stand in a cache
# already; now come `frames` new ones. Each new token may look at its own frame and
# at all frames before it (Eq. 6.2), those in the cache included. Queries are the
# new tokens alone; keys are the old tokens, then the new ones.
#
# 1. Number the frame of each key: the old frames are 0 to past - 1.
# 2. Number the frame of each query: the first new frame has number `past`.
# 3. Compare. Rows are queries, columns are keys.
#
# <details><summary>Hint 1: by hand</summary>
#
# `frames=2, tokens_per_frame=1, past=1` has two rows and three columns: 110
# and 111.
# </details>
# <details><summary>Hint 2: which frame is token j in?</summary>
#
# `j // tokens_per_frame`. For all tokens at once:
# `torch.arange(n) // tokens_per_frame`.
# </details>
# <details><summary>Hint 3: almost the answer</summary>
#
# With `frame` the frame number of each of the `(past + frames) * tokens_per_frame`
# keys, the queries are the last rows of it, and
# `frame[None, :] <= frame_of_query[:, None]` is the mask.
# </details>

# %% tags=["exercise-6.1"]
def frame_causal_mask(
    frames: int, tokens_per_frame: int, past: int
) -> Bool[Tensor, "queries keys"]:
    """Let each new token attend to its own frame and to all before it: floor(j / N)
    <= floor(i / N).
    """
    ### BEGIN SOLUTION
    frame = torch.arange((past + frames) * tokens_per_frame) // tokens_per_frame
    return frame[None, :] <= frame[past * tokens_per_frame :, None]
    ### END SOLUTION

# %%
check("6.1", frame_causal_mask)

# %% tags=["graded-6.1"] points=2
grade("6.1", frame_causal_mask)
### BEGIN HIDDEN TESTS
grade("6.1", frame_causal_mask, seed=6101)
### END HIDDEN TESTS

# %%
mask = frame_causal_mask(frames=3, tokens_per_frame=2, past=2)
viz.digest(mask, name="mask")
title = "three new frames of two tokens, behind a past of two frames"
viz.attention_map(mask, title=title)

# %% [markdown]
# Your mask: the first four columns are the past, open to everyone; then a
# staircase, two tokens wide.

# %% [markdown]
# ## Exercise 6.2: bits per frame of a model that writes (reproduce, difficulty 2, 15 minutes)
#
# A model has read the frames $y_0 \dots y_{T-1}$ of each clip under a causal mask
# and returned one row of logits for each. Compute its loss (Eq. 6.6) in bits per
# frame: frame 0 is given, the others are predicted.
#
# 1. Which row of logits is the opinion about frame 1? Which row has nothing to
#    answer for?
# 2. Turn logits into the logarithm of probabilities, and pick those of the frames
#    that came.
# 3. Take the mean over all predictions of all clips, in bits.
#
# <details><summary>Hint 1: the shift</summary>
#
# Row $t$ has seen frames 0 to $t$, so it answers for frame $t + 1$. Drop the last
# row, and the first target.
# </details>
# <details><summary>Hint 2: bits</summary>
#
# $\log_2 x = \ln x / \ln 2$.
# </details>
# <details><summary>Hint 3: picking</summary>
#
# `log_p.gather(-1, targets[..., None])` takes from each row the entry with the
# number of its target.
# </details>

# %% tags=["exercise-6.2"]
def bits_per_frame(
    logits: Float[Tensor, "*batch frames vocabulary"],
    tokens: Int[Tensor, "*batch frames"],
) -> Float[Tensor, ""]:
    """Return the mean of -log2 p(y_t | y_0 ... y_{t-1}) over all clips and t = 1
    ... T - 1.
    """
    ### BEGIN SOLUTION
    log_p = logits[..., :-1, :].log_softmax(dim=-1)
    return -log_p.gather(-1, tokens[..., 1:, None]).mean() / math.log(2)
    ### END SOLUTION

# %%
check("6.2", bits_per_frame)

# %% tags=["graded-6.2"] points=2
grade("6.2", bits_per_frame)
### BEGIN HIDDEN TESTS
grade("6.2", bits_per_frame, seed=6202)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** Three models for the lesson's coin (0.3, 0.5, 0.2) on a
# field of 36 cells: one that knows the world, one that has no idea, and one that
# was trained with a leak and shows it: it puts 99 % on the frame that will come.
# Which of the three numbers can no honest model reach?

# %%
world = CoinWorld(grid=6, frames=16, probability=(0.3, 0.5, 0.2), cell=1)
y = world.sample(200, seed=6).tokens
# 200 16 36
knows = [world.next_distribution(y[:, : t + 1]) for t in range(16)]
models = {"knows": torch.stack(knows, dim=1)}
models["no idea"] = torch.full_like(models["knows"], 1 / 36)
following = torch.nn.functional.one_hot(y.roll(-1, 1), 36)
models["peeks"] = 0.99 * following + 0.01 / 36
for name, p in models.items():
    bits = bits_per_frame(p.clamp(min=1e-9).log(), y)
    print(f"{name:8s} {bits:.2f} bits per frame")
print(f"floor    {world.frame_bits[1:].mean():.2f}")

# %% [markdown]
# <details><summary>What you just saw</summary>
#
# Who knows the world pays the floor (up to the luck of 200 clips), no idea is
# $\log_2 36 = 5.17$ bits, and 0.01 bits is impossible: the coin has not been tossed
# yet when the prediction is due. Such a number is a bug report.
# </details>

# %% [markdown]
# ## Exercise 6.3: repair a cached attention (break and repair, difficulty 3, 20 minutes)
#
# The function below should answer for a few new tokens at once, with the keys and
# values of the past taken from a cache. The result must be the last rows of causal
# attention over the whole sequence. It runs, its shapes are right, and it is wrong
# in **three** places.

# %%
def given_cached_attention(query, key, value, past_key, past_value):
    keys = torch.cat((key, past_key), dim=-2)
    values = torch.cat((value, past_value), dim=-2)
    scores = query @ keys.mT
    mask = torch.ones(query.shape[-2], keys.shape[-2]).tril().bool()
    return scores.masked_fill(~mask, -1e9).softmax(dim=-1) @ values


# two new tokens of value 1, a past of three of value 0
ones, past = torch.ones(2, 1), torch.zeros(3, 1)
output = given_cached_attention(ones, ones, ones, torch.ones(3, 1), past)
print(output.flatten().tolist())

# %% [markdown]
# All keys are equal here, so each output is a plain mean of what the token may see.
# The first new token sees three zeros and its own 1, the second one more 1: it
# should print `[0.25, 0.4]` (rounded).
#
# 1. Find out what the two new tokens see instead.
#    `check("6.3", given_cached_attention)` confirms that all three bugs are still
#    there; after each repair it tells you what is left.
# 2. Write the repaired function.
#
# <details><summary>Hint 1: three questions</summary>
#
# Who comes first in time? Which columns may the first new token see? Does Eq. 2.1
# look like this?
# </details>
# <details><summary>Hint 2: the triangle</summary>
#
# `tril(diagonal=k)` keeps k more diagonals above the main one.
# </details>

# %% tags=["exercise-6.3"]
def cached_attention(
    query: Float[Tensor, "*batch new d_k"],
    key: Float[Tensor, "*batch new d_k"],
    value: Float[Tensor, "*batch new d_k"],
    past_key: Float[Tensor, "*batch past d_k"],
    past_value: Float[Tensor, "*batch past d_k"],
) -> Float[Tensor, "*batch new d_k"]:
    """Return the last rows of causal attention over past and new (Eq. 2.1, 6.1)."""
    ### BEGIN SOLUTION
    keys = torch.cat((past_key, key), dim=-2)
    values = torch.cat((past_value, value), dim=-2)
    new, past = query.shape[-2], past_key.shape[-2]
    scores = query @ keys.mT / math.sqrt(query.shape[-1])
    mask = torch.ones(new, past + new).tril(diagonal=past).bool()
    return scores.masked_fill(~mask, -1e9).softmax(dim=-1) @ values
    ### END SOLUTION

# %%
check("6.3", cached_attention)

# %% tags=["graded-6.3"] points=3
grade("6.3", cached_attention)
### BEGIN HIDDEN TESTS
grade("6.3", cached_attention, seed=6303)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 6.4: predict the memory of a cache (predict, difficulty 1, 5 minutes)
#
# A decoder of 6 layers, `d_model` = 256 and 8 heads has written 16 frames of 64
# patches each, for a batch of 4 clips, in float16. How many MiB ($2^{20}$ bytes) do
# the keys and values of its self-attention take?
#
# <details><summary>Hint</summary>
#
# Eq. 6.4. One of the numbers above does not enter it.
# </details>

# %% tags=["exercise-6.4"]
mebibytes = None  # replace the line below by: mebibytes = your number
### BEGIN SOLUTION
mebibytes = 2 * 4 * 6 * (16 * 64) * 256 * 2 / 2**20
### END SOLUTION

# %%
check("6.4", mebibytes)

# %% tags=["graded-6.4"] points=1
grade("6.4", mebibytes)

# %% [markdown]
# ## Exercise 6.5: nucleus sampling (reproduce, difficulty 3, 20 minutes)
#
# A trained model gives a little probability to much that is impossible. Cut the
# tail: keep the fewest likeliest tokens that together hold at least `share`, and
# divide them by their sum (Eq. 6.10).
#
# 1. Sort the probabilities of each row, the largest first, and remember where each
#    came from.
# 2. A token stays if those *before* it hold less than the share.
# 3. Divide what is kept by its sum, and put it back into the old places.
#
# <details><summary>Hint 1: by hand</summary>
#
# $p = (0.2, 0.5, 0.3)$ with a share of 0.7: 0.5 is too little, 0.5 + 0.3 is enough,
# so the answer is $(0, 0.625, 0.375)$.
# </details>
# <details><summary>Hint 2: what those before it hold</summary>
#
# `ordered.cumsum(-1) - ordered`
# </details>
# <details><summary>Hint 3: back into the old places</summary>
#
# `ordered, order = p.sort(-1, descending=True)` is undone by
# `torch.zeros_like(p).scatter(-1, order, ordered)`.
# </details>

# %% tags=["exercise-6.5"]
def nucleus(
    probabilities: Float[Tensor, "*batch vocabulary"], share: float
) -> Float[Tensor, "*batch vocabulary"]:
    """Keep the fewest likeliest tokens with sum p >= share, and divide them by
    their sum.
    """
    ### BEGIN SOLUTION
    ordered, order = probabilities.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered * (before < share)
    ordered = ordered / ordered.sum(dim=-1, keepdim=True)
    return torch.zeros_like(ordered).scatter(-1, order, ordered)
    ### END SOLUTION

# %%
check("6.5", nucleus)

# %% tags=["graded-6.5"] points=3
grade("6.5", nucleus)
### BEGIN HIDDEN TESTS
grade("6.5", nucleus, seed=6505)
### END HIDDEN TESTS

# %% [markdown]
# Which share is right? Spoil the true probabilities with a tail, as training does:
# 5 % of the probability goes evenly to all 36 cells. Then cut, and measure the
# distance to the truth, $\tfrac12 \sum_v |p'(v) - p(v)|$.

# %%
truth = world.next_distribution(y[:, :2])
spoiled = 0.95 * truth + 0.05 / 36
shares = [0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 1.0]
off = [(nucleus(spoiled, share) - truth).abs().sum(-1) for share in shares]
cut = [distance.mean().item() / 2 for distance in off]
print({share: round(distance, 2) for share, distance in zip(shares, cut)})
curve, no_cut = {"nucleus": (shares, cut)}, {"no cut": cut[-1]}
viz.lines(curve, "share", "distance to the truth", baseline=no_cut)

# %% [markdown]
# The curve falls in steps, each time the nucleus takes in one more of the three
# possible cells; between 0.8 and 0.95 it is nearly at zero; then the tail comes
# back. Below 0.8 the cut takes away a turn that the coin really makes, and is worse
# than no cut at all.

# %% [markdown]
# ## Exercise 6.6: write a film frame by frame (extend, difficulty 3, 20 minutes)
#
# All that a model of CoinWorld has to know is a table: `table[before, last, next]`
# is the probability of the next cell, given the last two. Write a film from it. To
# make the film repeatable, the luck is given, too: one number $u$ between 0 and 1
# for each frame to write. It picks the first cell at which the cumulative sum of
# the probabilities exceeds $u$.
#
# 1. Start with the two given cells.
# 2. For each $u$: look up the row of the last two cells, pick the next cell, put it
#    behind the others.
# 3. Return all cells, the two given ones included.
#
# <details><summary>Hint 1: by hand</summary>
#
# Probabilities (0.2, 0.5, 0.3) have the cumulative sum (0.2, 0.7, 1.0). $u = 0.1$
# picks cell 0, $u = 0.65$ picks cell 1, $u = 0.9$ picks cell 2.
# </details>
# <details><summary>Hint 2: counting</summary>
#
# The number of entries of the cumulative sum that are *not* above $u$ is the cell
# to pick.
# </details>

# %% tags=["exercise-6.6"]
def write(
    table: Float[Tensor, "cells cells cells"],
    start: Int[Tensor, "2"],
    uniforms: Float[Tensor, " new"],
) -> Int[Tensor, " film"]:
    """Write one cell for each number in uniforms, each from the two before it;
    return the whole film.
    """
    ### BEGIN SOLUTION
    film = start.tolist()
    for u in uniforms:
        held = table[film[-2], film[-1]].cumsum(dim=-1)
        film.append(min(int((held <= u).sum()), len(held) - 1))
    return torch.tensor(film)
    ### END SOLUTION

# %%
check("6.6", write)

# %% tags=["graded-6.6"] points=3
grade("6.6", write)
### BEGIN HIDDEN TESTS
grade("6.6", write, seed=6606)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# The table of the lesson's world, all 36 x 36 pairs at once. One film from it as it
# is; one whose table has gone through *your* nucleus with a share of 0.7, with the
# same luck.

# %%
pairs = torch.cartesian_prod(torch.arange(36), torch.arange(36))
table = world.next_distribution(pairs).view(36, 36, 36)
luck = torch.rand(14, generator=torch.Generator().manual_seed(5))
films = {"the coin": write(table, y[0, :2], luck)}
films["nucleus 0.7"] = write(nucleus(table, 0.7), y[0, :2], luck)
for name, film in films.items():
    print(f"{name:12s}", film.tolist(), f"{-world.log2_likelihood(film):.1f} bits")
viz.digest(world.render(films["the coin"]), name="the coin")
viz.filmstrip({name: world.render(film) for name, film in films.items()})

# %% [markdown]
# Two films that begin alike. In the upper one the sprite turns both ways; in the
# lower one it goes straight or turns left, but never right: with a share of 0.7 the
# nucleus has cut away the rarest step. How often does the sprite turn, over many
# films?

# %%
luck = torch.rand(200, 14, generator=torch.Generator().manual_seed(6))
for name, p in (("the coin", table), ("nucleus 0.7", nucleus(table, 0.7))):
    film = torch.stack([write(p, start, u) for start, u in zip(y[:, :2], luck)])
    step = torch.stack((film % 6, film // 6), -1).diff(dim=1)
    # who leaves on one side comes back on the other: 5 cells back is 1 ahead
    step = (step + 1) % 6 - 1
    # below 0 left, above 0 right
    cross = step[:, :-1, 0] * step[:, 1:, 1] - step[:, :-1, 1] * step[:, 1:, 0]
    left, right = (cross < 0).float().mean(), (cross > 0).float().mean()
    print(f"{name:12s} left {left:.2f}  right {right:.2f}")

# %% [markdown]
# <details><summary>What you just saw</summary>
#
# The coin turns left in 0.3 and right in 0.2 of all steps. After the cut, left has
# $0.3 / 0.8 = 0.375$ and right nothing: each single frame looks right, and only the
# statistics of many films give the mistake away.
# </details>
