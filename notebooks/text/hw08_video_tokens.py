# %% [markdown]
# # Homework 08: videos into tokens, and back
#
# **You will practise** cutting a video into tubelets and putting it together again,
# moving weights between a convolution and a matrix, counting tokens, videos of any
# size, and the best linear bottleneck.
#
# **You need** lesson 08. **Time**: about 90 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 8.1 | cut a video into tubelets | reproduce | 2 | 15 |
# | 8.2 | repair the way back | break and repair | 3 | 15 |
# | 8.3 | a convolution as a matrix | reproduce | 2 | 10 |
# | 8.4 | predict a token count | predict | 2 | 10 |
# | 8.5 | a mosaic of any size | extend | 3 | 20 |
# | 8.6 | the best linear bottleneck | extend | 3 | 20 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.
#
# A patch is a tuple `(t, h, w)`: frames, rows and columns. "T C H W" are frames,
# colours, rows and columns of a video. The library's own `patchify` and
# `unpatchify` would pass exercises 8.1 and 8.2, and teach you nothing: write them
# yourself, and use yours afterwards.

# %%
import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from course_utils import viz
from course_utils.checks import check, grade
from course_utils.metrics import psnr
from course_utils.patches import pad_to_multiple
from course_utils.worlds import bundled_clip

# %% [markdown]
# ## Exercise 8.1: cut a video into tubelets (reproduce, difficulty 2, 15 minutes)
#
# Eq. 8.1 says which pixel goes to which place of which token. Write it for any
# number of leading dimensions, so that a batch of videos can be cut at once.
#
# 1. Split frames, rows and columns in two: *which* tubelet, and *where inside* it.
# 2. Move the three "which" axes to the front, in the order time, rows, columns.
# 3. Behind them come frames, rows, columns and last the colours of one tubelet.
#    Melt each group into one axis.
#
# <details><summary>Hint 1: one line of einops</summary>
#
# In `rearrange(video, "... (T t) C -> ...", t=t)` the brackets split an axis on the
# left and melt one on the right. `...` stands for all leading dimensions.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# The left side is `"... (T t) C (H h) (W w)"`. The right side has two brackets: one
# with three capitals, one with `t h w C`.
# </details>

# %% tags=["exercise-8.1"]
def cut(
    video: Float[Tensor, "*batch T C H W"], patch: tuple
) -> Float[Tensor, "*batch tokens t*h*w*C"]:
    """Cut a video into tubelets of (t, h, w) = patch (Eq. 8.1).

    X[n, m] = x[k t + a, c, i h + e, j w + f],  n = (k H/h + i) W/w + j,  m = ((a
    h + e) w + f) C + c
    """
    ### BEGIN SOLUTION
    t, h, w = patch
    pattern = "... (T t) C (H h) (W w) -> ... (T H W) (t h w C)"
    return rearrange(video, pattern, t=t, h=h, w=w)
    ### END SOLUTION

# %%
check("8.1", cut)

# %% tags=["graded-8.1"] points=2
grade("8.1", cut)
### BEGIN HIDDEN TESTS
grade("8.1", cut, seed=8101)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 8.2: repair the way back (break and repair, difficulty 3, 15 minutes)
#
# Someone wrote the way back in a hurry. It runs, and the shape is right. It was
# tested on a clip of one single colour, and passed. It is wrong in **three**
# places.

# %%
def given_join(tokens, patch, shape):
    (t, h, w), (T, _, H, W) = patch, shape
    grid = {"T": T // t, "H": H // h, "W": W // w, "t": t, "h": h, "w": w}
    return rearrange(
        tokens, "... (T W H) (C t h w) -> ... (t T) C (H h) (W w)", **grid
    )


# T C H W = 8 3 48 64
city = bundled_clip("city", size=64, stride=4, frames=8)[:, :, 8:56]
scrambled = given_join(cut(city, (2, 8, 8)), (2, 8, 8), tuple(city.shape))
viz.digest(scrambled, city, name="scrambled")
viz.filmstrip({"clip": city, "there and back": scrambled}, columns=4, every=2)

# %% [markdown]
# Below, the same clip after it was cut and put together by the given function:
# pieces in wrong places, with wrong colours, and frames that jump.
#
# 1. Find out with tiny inputs, one bug at a time, what is wrong. A good tiny input
#    is `torch.arange(...)`, shaped as a video and cut with your function.
#    `check("8.2", given_join)` confirms that all three bugs are there; after each
#    repair it tells you what is left.
# 2. Write the repaired function.
#
# <details><summary>Hint 1: three questions to ask</summary>
#
# With a single token, do its pixels come back in order? With one frame and several
# tokens, do the pieces come back in their places? With several frames, do the
# frames come back in order?
# </details>
# <details><summary>Hint 2: where to look</summary>
#
# The way back is the way there, read from right to left. Compare the three brackets
# with your own line.
# </details>

# %% tags=["exercise-8.2"]
def join(
    tokens: Float[Tensor, "*batch tokens t*h*w*C"], patch: tuple, shape: tuple
) -> Float[Tensor, "*batch T C H W"]:
    """Put tokens together to a video of this shape, (T, C, H, W) (Eq. 8.1)."""
    ### BEGIN SOLUTION
    (t, h, w), (T, _, H, W) = patch, shape
    grid = {"T": T // t, "H": H // h, "W": W // w, "t": t, "h": h, "w": w}
    pattern = "... (T H W) (t h w C) -> ... (T t) C (H h) (W w)"
    return rearrange(tokens, pattern, **grid)
    ### END SOLUTION

# %%
check("8.2", join)

# %% tags=["graded-8.2"] points=2
grade("8.2", join)
### BEGIN HIDDEN TESTS
grade("8.2", join, seed=8202)
### END HIDDEN TESTS

# %% [markdown]
# There and back again should now change nothing:

# %%
again = join(cut(city, (2, 8, 8)), (2, 8, 8), tuple(city.shape))
print("there and back, equal to the last bit:", again.equal(city))

# %% [markdown]
# ## Exercise 8.3: a convolution as a matrix (reproduce, difficulty 2, 10 minutes)
#
# A model was trained with `nn.Conv3d` as its patch embedding, and you want to use
# its weights with your own tokens: $E = X W_E + b_E$ (Eq. 8.2). Turn the weight of
# the convolution, stored as "d C t h w", into the matrix $W_E$.
#
# 1. Which axis of the weight becomes the columns of $W_E$?
# 2. In which order does a token of exercise 8.1 hold its numbers? The rows of $W_E$
#    need that order.
#
# <details><summary>Hint</summary>
#
# One `rearrange`, or one `permute` and one `reshape`. A `reshape` alone does not
# move anything.
# </details>

# %% tags=["exercise-8.3"]
def conv_to_matrix(
    weight: Float[Tensor, "d C t h w"],
) -> Float[Tensor, "t*h*w*C d"]:
    """Return W_E of Eq. 8.2 for the weight of a convolution whose stride is its
    kernel.
    """
    ### BEGIN SOLUTION
    return rearrange(weight, "d C t h w -> (t h w C) d")
    ### END SOLUTION

# %%
check("8.3", conv_to_matrix)

# %% tags=["graded-8.3"] points=1
grade("8.3", conv_to_matrix)
### BEGIN HIDDEN TESTS
grade("8.3", conv_to_matrix, seed=8303)
### END HIDDEN TESTS

# %%
conv = nn.Conv3d(3, 16, (2, 8, 8), stride=(2, 8, 8))
with torch.no_grad():
    theirs = conv(city.transpose(0, 1)).flatten(1).T
    ours = cut(city, (2, 8, 8)) @ conv_to_matrix(conv.weight) + conv.bias
equal = torch.allclose(ours, theirs, atol=1e-5)
print(tuple(ours.shape), "equal to the convolution:", equal)

# %% [markdown]
# ## Exercise 8.4: predict a token count (predict, difficulty 2, 10 minutes)
#
# A colour clip has 24 frames of 90 x 160 pixels (height x width). It is cut into
# tubelets of 2 x 16 x 16; where a size does not fit, the video is padded up to the
# next multiple. How many tokens does it have? Use pencil and paper.
#
# <details><summary>Hint</summary>
#
# Eq. 8.4, with each quotient rounded up.
# </details>

# %% tags=["exercise-8.4"]
count = None  # replace the line below by: count = your number
### BEGIN SOLUTION
count = 12 * 6 * 10
### END SOLUTION

# %%
check("8.4", count)

# %% tags=["graded-8.4"] points=1
grade("8.4", count)

# %% [markdown]
# Now count by cutting, and see what half the side of a patch would cost a layer of
# width 64 (Eq. 8.5). **Predict first**: four times as much, or sixteen times?

# %%
film = torch.zeros(24, 3, 90, 160)
patches = ((2, 16, 16), (2, 8, 8))
counts = [len(cut(pad_to_multiple(film, patch), patch)) for patch in patches]
costs = [2 * n * (4 * 64**2 + 2 * 64 * 256) + 4 * n**2 * 64 for n in counts]
print(f"tokens {counts}, cost {costs[1] / costs[0]:.1f} times as high")

# %% [markdown]
# <details><summary>Why it is in between</summary>
#
# At 720 tokens of width 64 the pairs already cost about twice what the tokens cost
# one by one (the two are equal at $n = 6d = 384$). The pairs become sixteen times
# as many, the rest four times.
# </details>

# %% [markdown]
# ## Exercise 8.5: a mosaic of any size (extend, difficulty 3, 20 minutes)
#
# What does a token look like that may keep a single colour? Replace each tubelet by
# its mean colour. The video may have any size: pad it by repeating its last frame,
# row and column until the patch fits (Eq. 8.6), make the mosaic, and cut off what
# was padded. The repeated edge counts in the mean, as it does for a model that
# reads a padded video.
#
# 1. Pad. `pad_to_multiple(video, patch)` does it.
# 2. Cut with your `cut`. A token holds its numbers as "t h w C": separate the
#    colours from the pixels.
# 3. Take the mean over the pixels of each tubelet, for each colour by itself, and
#    give it to all of them.
# 4. Put together with your `join`, and cut off the padding.
#
# <details><summary>Hint 1: separate the colours</summary>
#
# `tokens.unflatten(-1, (-1, C))` turns the last axis into pixels x colours.
# </details>
# <details><summary>Hint 2: give the mean to all pixels</summary>
#
# `pixels.mean(-2, keepdim=True).expand_as(pixels).flatten(-2)` has the shape of the
# tokens again.
# </details>
# <details><summary>Hint 3: cut off</summary>
#
# `video[..., :T, :, :H, :W]`.
# </details>

# %% tags=["exercise-8.5"]
def mosaic(
    video: Float[Tensor, "*batch T C H W"], patch: tuple
) -> Float[Tensor, "*batch T C H W"]:
    """Replace each tubelet by its mean colour, with the edge repeated where it does
    not fit (Eq. 8.6).
    """
    ### BEGIN SOLUTION
    T, C, H, W = video.shape[-4:]
    padded = pad_to_multiple(video, patch)
    pixels = cut(padded, patch).unflatten(-1, (-1, C))  # ... tokens t*h*w C
    flat = pixels.mean(-2, keepdim=True).expand_as(pixels).flatten(-2)
    return join(flat, patch, tuple(padded.shape[-4:]))[..., :T, :, :H, :W]
    ### END SOLUTION

# %%
check("8.5", mosaic)

# %% tags=["graded-8.5"] points=3
grade("8.5", mosaic)
### BEGIN HIDDEN TESTS
grade("8.5", mosaic, seed=8505)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# A piece of the city of 45 x 60 pixels and 7 frames: nothing fits.

# %%
# 7 3 45 60
odd = bundled_clip("city", size=64, stride=4, frames=7)[:, :, 10:55, :60]
rows = {"clip": odd}
for side in (4, 8, 16):
    rows[str((2, side, side))] = mosaic(odd, (2, side, side))
for name, video in rows.items():
    viz.digest(video, odd, name=name)
viz.filmstrip(rows, every=2)

# %% [markdown]
# Three numbers a token, at three sizes of the tubelet: with 4 x 4 pixels the towers
# are still there, with 16 x 16 only dark sky and bright windows remain. A token can
# keep more than its mean colour. What, and how much better is it?

# %% [markdown]
# ## Exercise 8.6: the best linear bottleneck (extend, difficulty 3, 20 minutes)
#
# The mean colour keeps three numbers of a token. If you may keep any $d_b$ numbers
# that are a linear function of it, the best are its components along the first
# $d_b$ principal directions (Eqs. 8.7 and 8.8). Fit them on training tokens, and
# use them on others.
#
# 1. Take the mean and the covariance of the **training** tokens.
# 2. Its eigenvectors with the $d_b$ largest eigenvalues are the columns of $W_E$;
#    $W_D = W_E^\top$.
# 3. Send the **new** tokens through: subtract the mean, multiply with both
#    matrices, add the mean.
#
# <details><summary>Hint 1: the order</summary>
#
# `torch.linalg.eigh` returns eigenvalues from small to large, and eigenvectors as
# columns in the same order.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# With `mu = train.mean(0)` and
# `W = torch.linalg.eigh((train - mu).T @ (train - mu)).eigenvectors[:,
# ...]` one line is missing.
# </details>

# %% tags=["exercise-8.6"]
def bottleneck(
    train: Float[Tensor, "examples m"], new: Float[Tensor, "tokens m"], d_b: int
) -> Float[Tensor, "tokens m"]:
    """Return the new tokens as they come back from the best linear bottleneck of
    width d_b for `train`.

    X_hat = (X - mu) W_E W_D + mu                                          (Eq. 8.7)
    """
    ### BEGIN SOLUTION
    mu = train.mean(0)
    W = torch.linalg.eigh((train - mu).T @ (train - mu)).eigenvectors[:, -d_b:]
    return (new - mu) @ W @ W.T + mu
    ### END SOLUTION

# %%
check("8.6", bottleneck)

# %% tags=["graded-8.6"] points=3
grade("8.6", bottleneck)
### BEGIN HIDDEN TESTS
grade("8.6", bottleneck, seed=8606)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# **Predict, then run.** Fit on the first 80 frames of the city, and look at frames
# 92 to 107. The mosaic keeps 3 numbers a tubelet. How many decibels does the best
# linear bottleneck gain with 3 numbers, and with 12?

# %%
city = bundled_clip("city", size=64, stride=1)
train, new = cut(city[:80], (2, 8, 8)), city[92:108]
rows = {"clip": new, "mosaic, 3": mosaic(new, (2, 8, 8))}
for d_b in (3, 12, 48):
    back = bottleneck(train, cut(new, (2, 8, 8)), d_b)
    rows[f"bottleneck, {d_b}"] = join(back, (2, 8, 8), tuple(new.shape))
for name, video in list(rows.items())[1:]:
    print(f"{name:15s} {psnr(new, video, data_range=1.0):.1f} dB")
viz.filmstrip(rows, every=4)

# %% [markdown]
# The top row is the clip, the second the mosaic, then 3, 12 and 48 numbers a
# tubelet. At three numbers the best linear bottleneck is 1 dB better than the mean
# colour: it need not spend all three on colour, and on these towers it pays more to
# keep the brightness, and how it changes from the top of a tubelet to the bottom.
# With 12 numbers it is 3.7 dB above the mosaic, with 48, an eighth of the 384, the
# rows of windows are back.
#
# Here training and test are two pieces of one shot. How many decibels do you lose
# when you fit on `bundled_clip("earth", size=64)` and test on the city? Try it.
