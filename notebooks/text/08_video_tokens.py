# %% [markdown] slideshow={"slide_type": "slide"}
# # Turn video into tokens and back
#
# A Transformer reads a sequence of vectors; a video is a block of pixels. This
# lesson is the door between the two. On the left a clip, 196 608 numbers. On the
# right the same clip, put together again from 8 192 numbers: 512 tokens of 16, with
# one matrix and one mean token that all of them share. Here is where we end.

# %% slideshow={"slide_type": "skip"}
import math
from functools import partial
from itertools import product

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import nn

from course_utils import viz
from course_utils.metrics import psnr
from course_utils.patches import pad_to_multiple, patch_grid, patchify, unpatchify
from course_utils.training import claim, fit
from course_utils.worlds import ShapesWorld, bundled_clip

# %% slideshow={"slide_type": "fragment"}
city = bundled_clip("city", size=64, stride=4, frames=16)  # T C H W = 16 3 64 64
# 512 tokens of 2 x 8 x 8 x 3 = 384 numbers
tokens = patchify(city.double(), (2, 8, 8))
mean = tokens.mean(0)
# 384 x 16
best = torch.linalg.eigh((tokens - mean).T @ (tokens - mean)).eigenvectors[:, -16:]
small = (tokens - mean) @ best  # 512 tokens of 16 numbers
back = unpatchify(small @ best.T + mean, (2, 8, 8), (16, 3, 64, 64)).float()
viz.digest(back, city, name="from 16 numbers per token")
viz.compare({"clip": city, "from 16 numbers per token": back})

# %% [markdown] slideshow={"slide_type": "fragment"}
# The towers stand and the camera still moves, but the rows of windows run together.
# By the end of this lesson you can say what each line of that cell does, why no
# other matrix could have done better, and what can.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the way from a video to tokens and back: cutting, embedding,
# squeezing, and putting together again.
#
# **You will learn** to
#
# - cut a video into tubelets by a loop, by reshape, by einops and by a convolution,
#   and undo it (exercises 8.1 and 8.2);
# - embed patches with a strided convolution, and carry weights from one form to the
#   other (8.3);
# - predict how many tokens a clip has, and what they cost (8.4);
# - handle sizes that no patch divides (8.5);
# - find the best linear bottleneck, prove that it is the best, and beat it with a
#   learned one (8.6).
#
# **You need** lessons 00 (a video is a tensor), 02 (attention and its cost), 04
# (layers) and 05 (the encoder layer, whose cost we count). Of the
# [primer](00p_primer.ipynb) (sections 1 to 7 and 9) read what is new to you.
#
# **Time** 60 minutes of reading, 60 seconds of computing.

# %% [markdown] slideshow={"slide_type": "skip"}
# The tool of lesson 02 once more: the largest difference of two functions, in their
# values **and** in the gradients of all their inputs.

# %% slideshow={"slide_type": "skip"}
def gap(f, g, *inputs):
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    values = f(*inputs), g(*inputs)
    # sin: uneven gradients
    gradients = (torch.autograd.grad(value.sin().sum(), inputs) for value in values)
    return max((a - b).abs().max().item() for a, b in [values, *zip(*gradients)])


print("a function and itself differ by", gap(torch.exp, torch.exp, torch.ones(3)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is a token of a video?
#
# A sentence comes in words. A video does not say where one piece ends and the next
# begins, so we have to. Three answers suggest themselves: each pixel, each frame,
# or something between.
#
# **Predict, then run.** In which of them does a single attention head need the most
# memory, and in which can it not point at an object?

# %% slideshow={"slide_type": "fragment"}
shape = (16, 3, 32, 32)  # T C H W, the clips of this course
answers = {"pixel": (1, 1, 1), "patch": (1, 8, 8)}
answers |= {"tubelet": (2, 8, 8), "frame": (1, 32, 32)}
rows = {}
for name, patch in answers.items():
    n = torch.tensor(patch_grid(shape, patch)).prod().item()
    rows[name] = [str(patch), n, 16 * 3 * 32 * 32 // n, f"{4 * n**2 / 2**20:.3f}"]
headers = ["token", "frames x rows x columns", "tokens", "numbers each"]
viz.table(rows, [*headers, "MiB of weights"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# With a token for each pixel, the weights of one head need a gigabyte for a clip of
# 32 x 32 pixels. With a token for each frame they need next to nothing, but one
# vector has to hold the whole picture, and attention, which chooses among tokens,
# can choose a frame but no object in it.
# </details>
#
# Between the two lies the **patch**, a rectangle of one frame (Dosovitskiy et al.,
# 2021), and the **tubelet**, a patch that lasts a few frames (Arnab et al., 2021).
# All four are one formula with different sizes. The table's last column is Eq. 2.8
# of lesson 02, and the product of the two columns before it never changes: cutting
# neither adds nor loses a number.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not let the model find the pieces?* Some do (object
# slots, learned token merging), but a fixed grid is a reshape, costs nothing and
# loses nothing. *Is a patch like a word?* Only as a piece of a sequence: a word
# means something by itself, a patch of sky does not. Lesson 13 turns patches into a
# vocabulary.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Cut a video into tubelets
#
# **Which pixel goes to which place of which token?** Write down one number of one
# token:
#
# $$
# X_{n,m} \;=\; x\big[\,k\Delta_t + a,\;\; c,\;\; i\Delta_h + e,\;\; j\Delta_w + f\,\big],
# \qquad
# n = \Big(k\,\tfrac{H_v}{\Delta_h} + i\Big)\tfrac{W_v}{\Delta_w} + j,
# \quad
# m = \big((a\,\Delta_h + e)\,\Delta_w + f\big)\,C + c
# \tag{8.1}
# $$
#
# | symbol | meaning | range |
# |---|---|---|
# | $x$ | the video, "T C H W" in code | $T \times C \times H_v \times W_v$ |
# | $\Delta_t, \Delta_h, \Delta_w$ | frames, rows and columns of a tubelet; `t`, `h`, `w` in code | - |
# | $k, i, j$ | *which* tubelet: in time, down, across | $T/\Delta_t$, $H_v/\Delta_h$, $W_v/\Delta_w$ |
# | $a, e, f, c$ | *where inside* it: frame, row, column, colour | $\Delta_t$, $\Delta_h$, $\Delta_w$, $C$ |
# | $X$, row $n$ | token $n$: time first, then rows, then columns | tokens x $\Delta_t\Delta_h\Delta_w C$ |
#
# As a subscript, $n$ points at a token; alone it counts them, as it has since
# lesson 02.

# %% slideshow={"slide_type": "subslide"}
from course_utils.viz.diagrams import box, flow, tensor

clip_shape, cut, d = (16, 3, 32, 32), (128, 384), 64
into = (box("patchify", out=cut), box("linear", "W_E", out=(128, d)))
back = (box("linear", "W_D", out=cut), box("unpatchify", out=clip_shape))
way = flow(
    tensor("clip", clip_shape), *into, "tokens: the Transformer", *back, "clip"
)
machine = viz.diagram(way, title="A clip in tubelets of 2 x 8 x 8, and back")
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# The two outer boxes move numbers and lose none (Eq. 8.1); the two matrices are
# learned, and where $d$ is below 384 they cannot keep everything.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Two grey frames of 4 x 4 pixels, numbered from 0 to 31, and tubelets
# of 2 x 2 x 2: one step in time, two down, two across, so four tokens. Token 1
# stands at $k=0$, $i=0$, $j=1$, top right: it reads 2, 3, 6, 7 from the first frame
# and the same places, 16 later, from the second.

# %% slideshow={"slide_type": "fragment"}
numbered = torch.arange(32.0).view(2, 1, 4, 4)  # T C H W
by_hand = [2, 3, 6, 7, 18, 19, 22, 23]
print(numbered[:, 0].int().tolist())
print("token 1:", by_hand)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop.** Seven indices, seven loops; `product` writes them in two lines. This is
# the specification.

# %% slideshow={"slide_type": "fragment"}
def patchify_loop(video, t, h, w):
    T, C, H, W = video.shape
    X = video.new_zeros(T // t * (H // h) * (W // w), t * h * w * C)
    # which tubelet
    for k, i, j in product(range(T // t), range(H // h), range(W // w)):
        # where inside it
        for a, e, f, c in product(range(t), range(h), range(w), range(C)):
            n = (k * (H // h) + i) * (W // w) + j
            m = ((a * h + e) * w + f) * C + c
            X[n, m] = video[k * t + a, c, i * h + e, j * w + f]
    return X

# %% slideshow={"slide_type": "fragment"}
print(patchify_loop(numbered, 2, 2, 2).int().tolist())
assert patchify_loop(numbered, 2, 2, 2)[1].tolist() == by_hand

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor.** The same by hand with a reshape. Each axis splits in two, *which* and
# *where inside*; then the four that say which move to the front, and each group
# melts into one axis. **einops** says that in one line, and names every axis.

# %% slideshow={"slide_type": "fragment"}
def patchify_reshape(video, t, h, w):
    T, C, H, W = video.shape
    split = video.reshape(T // t, t, C, H // h, h, W // w, w)
    moved = split.permute(0, 3, 5, 1, 4, 6, 2)  # T/t H/h W/w, then t h w C
    return moved.reshape(-1, t * h * w * C)  # tokens x numbers

# %% slideshow={"slide_type": "fragment"}
def patchify_einops(video, t, h, w):
    pattern = "(T t) C (H h) (W w) -> (T H W) (t h w C)"
    return rearrange(video, pattern, t=t, h=h, w=w)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library.** A convolution whose stride is as long as its kernel steps from
# tubelet to tubelet without overlap. Give it one kernel for each place $m$, with a
# single 1 there: it *picks* the numbers of Eq. 8.1.

# %% slideshow={"slide_type": "fragment"}
def patchify_conv(video, t, h, w):
    C = video.shape[1]
    one_hot = torch.eye(t * h * w * C, dtype=video.dtype)
    kernels = rearrange(one_hot, "m (t h w C) -> m C t h w", t=t, h=h, w=w)
    # m T/t H/h W/w
    picked = F.conv3d(video.transpose(0, 1), kernels, stride=(t, h, w))
    return picked.flatten(1).T  # tokens x numbers

# %% slideshow={"slide_type": "skip"}
cases = ((4, 3, 6, 8, 2, 3, 4), (3, 1, 4, 10, 1, 4, 5), (6, 2, 4, 4, 3, 1, 2))
for T, C, H, W, *patch in cases:
    video = torch.randn(T, C, H, W, generator=torch.Generator().manual_seed(T))
    sides = dict(zip("thw", patch))
    for other in (patchify_reshape, patchify_einops, patchify_conv):
        off = gap(partial(patchify_loop, **sides), partial(other, **sides), video)
        assert off < 1e-12
print("loop, reshape, einops and convolution: values and gradients", end=" ")
print("differ by less than 1e-12")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it.** `patchify` is the einops line with a check in front, for any leading
# dimensions, and `unpatchify` is the same line read from right to left. Since Eq.
# 8.1 only moves numbers, going there and back changes nothing, to the last bit.

# %% slideshow={"slide_type": "fragment"}
# B T C H W
video = torch.rand(2, 4, 3, 6, 8, generator=torch.Generator().manual_seed(0))
assert patchify(video[0], (2, 3, 4)).equal(patchify_loop(video[0], 2, 3, 4))
tokens = patchify(video, (2, 3, 4))
assert unpatchify(tokens, (2, 3, 4), (4, 3, 6, 8)).equal(video)
print(tuple(video.shape), "->", tuple(tokens.shape), "-> the same video")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: a clip as tokens
#
# Cut a clip, and lay the pieces out with a gap between them.

# %% slideshow={"slide_type": "fragment"}
clip = ShapesWorld(shapes=3).sample(1, seed=8).video[0]  # T C H W = 16 3 32 32
tokens = patchify(clip, (2, 8, 8))
pieces = rearrange(tokens, "n (t h w C) -> n C t h w", t=2, h=8, w=8)
apart = F.pad(pieces, (1, 1, 1, 1), value=1.0)  # a white frame around each
laid_out = rearrange(apart, "(T H W) C t h w -> (T t) C (H h) (W w)", T=8, H=4)
viz.digest(laid_out, name="128 tubelets, laid out")
viz.filmstrip({"clip": clip[:6], "tubelets": laid_out[:6]}, columns=6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Above six frames, below the same frames in 16 pieces each. Two frames share their
# tokens: frames 0 and 1 belong to tokens 0 to 15, frames 2 and 3 to tokens 16
# to 31. In each frame five to seven of the sixteen show nothing but ground.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: reshape without the permute
#
# `video.reshape(128, 384)` has the right shape too, runs without a word, and
# `reshape` undoes it. **Predict, then run.** We paint the numbers of *one* token
# white, in both versions. What do you see in the second row?

# %% slideshow={"slide_type": "fragment"}
painted = {}
ways = {
    "patchify": (
        lambda x: patchify(x, (2, 8, 8)),
        lambda X: unpatchify(X, (2, 8, 8), shape),
    ),
    "reshape": (lambda x: x.reshape(128, 384), lambda X: X.reshape(shape)),
}
for name, (cut, join) in ways.items():
    X = cut(clip.clone())
    X[5] = 1.0
    # frame, colour, row, column
    where = (join(X) - join(cut(torch.zeros_like(clip)))).eq(1).nonzero().T
    counts = (len(axis.unique()) for axis in where)
    print(name, dict(zip(("frames", "colours", "rows", "columns"), counts)))
    painted[name] = join(X)[:4]
viz.filmstrip(painted, columns=4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# A token of `patchify` is a square of 8 rows and 8 columns, in two frames and in
# all three colours. A token of `reshape` is 384 numbers that happen to lie next to
# each other in memory: here the last four rows of the green of frame 0 and the
# first eight rows of its blue. Such a token knows nothing about any object. A model
# trained on it still learns something, which is why this mistake survives for
# weeks.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Embed a patch
#
# **How do 384 numbers become a token of width $d$?** By one matrix, the same for
# all tokens, because a shape looks the same wherever it is:
#
# $$
# E_n \;=\; X_n W_E + b_E,
# \qquad
# E_{n,q} \;=\; \sum_{m} X_{n,m}\, W_{E\,m,q} + b_{E\,q}
# \tag{8.2}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $X$ | cut video (Eq. 8.1) | tokens x $\Delta_t\Delta_h\Delta_w C$ |
# | $W_E$, $b_E$ | patch embedding and its bias, learned | $\Delta_t\Delta_h\Delta_w C \times d$, and $d$ |
# | $E$ | what the Transformer reads, before positions are added | tokens x $d$ |
#
# Read $W_E$ by columns. Each column has as many numbers as a tubelet: it *is* a
# little film, and $E_{n,q}$ is the dot product of token $n$ with film $q$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Two films for the numbered tubelets: the first is 1/8 everywhere and
# measures the *mean*; the second is $-1/4$ in the first frame and $+1/4$ in the
# second and measures the *change*. Token 1 was 2, 3, 6, 7, 18, 19, 22, 23: mean
# $100/8 = 12.5$, change $82/4 - 18/4 = 16$.

# %% slideshow={"slide_type": "fragment"}
def embed_loop(X, W, b):
    E = X.new_zeros(len(X), W.shape[1])
    for n, q in product(range(len(X)), range(W.shape[1])):
        E[n, q] = b[q] + sum(X[n, m] * W[m, q] for m in range(X.shape[1]))
    return E

# %% slideshow={"slide_type": "fragment"}
# 8 numbers x 2 films
films = torch.tensor([[1 / 8, -1 / 4]] * 4 + [[1 / 8, 1 / 4]] * 4)
embedded = embed_loop(patchify(numbered, (2, 2, 2)), films, torch.zeros(2)).tolist()
print(embedded)
assert embedded[1] == [12.5, 16.0]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor**: one matrix product. **Library**: cutting and multiplying together are
# `nn.Conv3d` with stride = kernel. Its weight is stored as "d C t h w", ours as "(t
# h w C) d", so one `rearrange` leads from one to the other.

# %% slideshow={"slide_type": "fragment"}
def embed_conv(video, W, b, patch):
    t, h, w = patch
    kernels = rearrange(W, "(t h w C) d -> d C t h w", t=t, h=h, w=w)
    # tokens x d
    return F.conv3d(video.transpose(0, 1), kernels, b, stride=patch).flatten(1).T

# %% slideshow={"slide_type": "fragment"}
g = torch.Generator().manual_seed(0)
sizes = ((4, 3, 6, 8), (2 * 3 * 4 * 3, 5), (5,))
x, W, b = (torch.randn(*size, generator=g) for size in sizes)
ways = (
    lambda x, W, b: embed_loop(patchify(x, (2, 3, 4)), W, b),
    lambda x, W, b: patchify(x, (2, 3, 4)) @ W + b,
    lambda x, W, b: embed_conv(x, W, b, (2, 3, 4)),
)
assert gap(ways[0], ways[1], x, W, b) < 1e-12
assert gap(ways[1], ways[2], x, W, b) < 1e-12
print("loop, matrix product and strided convolution:", end=" ")
print("values and gradients differ by less than 1e-12")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Break it: carry the weights over without rearranging
#
# You load the weights of a convolution into a matrix. `reshape` gives the right
# shape. **Predict, then run**: how much does a picture lose?

# %% slideshow={"slide_type": "skip"}
conv = nn.Conv3d(3, 64, (2, 8, 8), stride=(2, 8, 8))
g = torch.Generator().manual_seed(0)
nn.init.normal_(conv.weight, std=384**-0.5, generator=g)
nn.init.zeros_(conv.bias)
wanted = conv(clip.transpose(0, 1)).detach().flatten(1).T  # 128 x 64
centred = patchify(clip, (2, 8, 8))
kernel, bias = conv.weight.detach(), conv.bias.detach()
matrices = {"rearranged": rearrange(kernel, "d C t h w -> (t h w C) d")}
matrices["reshaped"] = kernel.reshape(64, -1).T
for name, W in matrices.items():
    error = (centred @ W + bias - wanted).square().mean() / wanted.var()
    size = tuple(W.shape)
    print(f"{name:10s} shape {size}, squared error / variance {error:.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# <details><summary>What you just saw</summary>
#
# The shape fits and the error is nearly as large as the signal itself: colours were
# multiplied with the weights of columns. Shapes cannot catch this; comparing values
# on one random input can. That is why each parity in this course is checked in
# numbers.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: two films that see motion
#
# Mean and change again, now as kernels on a real embedding of the clip: one number
# a tubelet each.

# %% slideshow={"slide_type": "fragment"}
film = torch.full((2, 3, 2, 8, 8), 1 / 384)  # d C t h w: two kernels, each the mean
# the second: (second frame minus first) / 2, over all pixels and colours
film[1, :, 0] *= -1
# 2 kernels x 4 x 4 x 4 tubelets
seen = F.conv3d(clip[:8].transpose(0, 1), film, stride=(2, 8, 8))
# each fills its tubelet
level, change = repeat(seen, "d T H W -> d (T t) 1 (H h) (W w)", t=2, h=8, w=8)
rows = {"clip": clip[:8], "mean": level, "change (grey: none)": 0.5 + 6 * change}
for name, video in rows.items():
    viz.digest(video, name=name)
viz.filmstrip(rows, columns=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Frames 0 and 1 share their tubelets, and with them one value each; so do 2 and 3.
# In the last row a tubelet is bright where something comes in and dark where
# something leaves. The embedding of a *patch* could not show that: it reads one
# frame, and a single frame has no motion. Tubelets hand the Transformer a first
# look at time.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Let the windows overlap
#
# **What does a token know of a shape that is about to enter it?** Nothing: the cut
# is sharp. Let each window look $o$ pixels over its rim, and fill up with zeros
# beyond the frame:
#
# $$
# E_{(i,j),q} \;=\; b_q + \sum_{c}\;\sum_{e=-o}^{\Delta_h-1+o}\;\;\sum_{f=-o}^{\Delta_w-1+o}
# x\big[c,\; i\Delta_h + e,\; j\Delta_w + f\big]\; W_{q,c,e,f}
# \tag{8.3}
# $$
#
# | symbol | meaning |
# |---|---|
# | $o$ | overlap: pixels beyond each rim; 0 gives Eq. 8.2 for one frame |
# | $x[c, \cdot, \cdot]$ | 0 outside the frame |
# | $W$ | kernels, $d \times C \times (\Delta_h + 2o) \times (\Delta_w + 2o)$ |
#
# There are as many tokens as before. **By hand**, in one dimension: pixels 1, 2, 3,
# 4, windows of 2 with $o = 1$, all weights 1. The first window reads 0, 1, 2, 3 and
# the second 2, 3, 4, 0: sums 6 and 9.

# %% slideshow={"slide_type": "skip"}
def overlap_loop(x, W, step, o):
    d, C, kernel, _ = W.shape
    H, W_v = x.shape[1] // step, x.shape[2] // step
    E = x.new_zeros(H * W_v, d)
    for q, i, j in product(range(d), range(H), range(W_v)):
        for c, e, f in product(range(C), range(-o, step + o), range(-o, step + o)):
            row, column = i * step + e, j * step + f
            # 0 outside the frame
            if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
                E[i * W_v + j, q] += x[c, row, column] * W[q, c, e + o, f + o]
    return E

# %% slideshow={"slide_type": "skip"}
small = torch.tensor([[[0.0] * 4, [1.0, 2, 3, 4]]])
print(overlap_loop(small, torch.ones(1, 1, 4, 4), 2, 1).tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Tensor**: `F.unfold` lays every window out as a column, then one matrix product.
# **Library**: `nn.Conv2d` with a kernel wider than its stride. This is
# `VideoTransformer.embed` of lesson 09, with `overlap=4`: a token of 8 x 8 pixels
# that sees 16 x 16. **Keep it** there; a layer of PyTorch needs no wrapper.

# %% slideshow={"slide_type": "fragment"}
def overlap_unfold(x, W, step, o):
    # C*kernel*kernel x tokens
    windows = F.unfold(x[None], W.shape[-1], padding=o, stride=step)[0]
    return (W.flatten(1) @ windows).T


def overlap_conv(x, W, step, o):
    return F.conv2d(x, W, stride=step, padding=o).flatten(1).T

# %% slideshow={"slide_type": "fragment"}
g = torch.Generator().manual_seed(1)
# step 3, o = 1
x, W = torch.randn(2, 6, 9, generator=g), torch.randn(3, 2, 5, 5, generator=g)
loop = partial(overlap_loop, step=3, o=1)
for other in (overlap_unfold, overlap_conv):
    assert gap(loop, partial(other, step=3, o=1), x, W) < 1e-12
print("loop, unfold and convolution:", end=" ")
print("values and gradients differ by less than 1e-12")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it, on video.** Move a square to the right, one pixel a step, towards the
# next patch. From which step on does that patch's token change, without overlap and
# with $o = 4$? And what does the overlap cost?

# %% slideshow={"slide_type": "fragment"}
for o in (0, 4):
    kernels = torch.full((1, 1, 8 + 2 * o, 8 + 2 * o), 1 / (8 + 2 * o) ** 2)
    steps = torch.zeros(9, 1, 8, 24)
    for s in range(9):
        # columns s to s + 3; the next patch starts at column 8
        steps[s, :, 2:6, s : s + 4] = 1.0
    # the middle patch, over the steps
    tokens = F.conv2d(steps, kernels, stride=8, padding=o)[:, 0, 0, 1]
    side, change = 8 + 2 * o, tokens.gt(0).nonzero()[0].item()
    places, window = torch.ones(1, 1, 4, 4), torch.ones(1, 1, side, side)
    covered = F.conv_transpose2d(places, window, stride=8).max()
    print(f"o = {o}: first change at step {change},", end=" ")
    print(f"{side**2} pixels in a window, each inner pixel in {covered:.0f} tokens")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The overlap sees the square four steps earlier. The price: a kernel with four
# times the weights, and no way back by rearranging, because each pixel now stands
# in four tokens. On the way out, from tokens to pixels, the course always uses the
# plain cut.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is it still a token per patch?* Yes: the count depends on
# the stride alone. *Why zeros outside?* It is the convolution's default, and it
# tells the rim tokens where they are. *Why not a stack of small convolutions?* That
# gains one to two points of accuracy on ImageNet (Xiao et al., 2021, under "Go
# further").

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Count the tokens, and what they cost
#
# **How small may a patch be?** The number of tokens follows from Eq. 8.1, and the
# work of one encoder layer (lesson 05) from the shapes of its matrices: four
# projections, two feed-forward matrices, and the two products of attention.
#
# $$
# n \;=\; \frac{T}{\Delta_t}\,\frac{H_v}{\Delta_h}\,\frac{W_v}{\Delta_w}
# \tag{8.4}
# $$
#
# $$
# \mathrm{cost}(n) \;=\; \underbrace{2n\,(4d^2 + 2\,d\,d_{ff})}_{\text{token by token}}
# \;+\; \underbrace{4\,n^2 d}_{\text{every pair}}
# \tag{8.5}
# $$
#
# | symbol | meaning | unit |
# |---|---|---|
# | $n$ | tokens of the clip | - |
# | $d$, $d_{ff}$ | model width and feed-forward width | - |
# | $\mathrm{cost}$ | floating-point operations of one layer, forward; a multiply-add counts as two | FLOP |
#
# **By hand.** 16 frames of 32 x 32 in tubelets of 2 x 8 x 8:
# $n = 8 \cdot 4 \cdot 4 = 128$. With $d = 64$ and $d_{ff} = 256$ the first term is
# $256 \cdot (16384 + 32768) = 12\,582\,912$, the second
# $4 \cdot 16384 \cdot 64 = 4\,194\,304$: together 16 777 216.

# %% slideshow={"slide_type": "fragment"}
def cost(n, d=64, d_ff=256):
    # the two terms of Eq. 8.5
    return 2 * n * (4 * d**2 + 2 * d * d_ff) + 4 * n**2 * d


def cost_loop(n, d, d_ff):
    projections, network = [(n, d, d)] * 4, [(n, d, d_ff), (n, d_ff, d)]
    total = 0
    for sizes in projections + network + [(n, d, n), (n, n, d)]:
        for _ in product(*map(range, sizes)):  # rows, inner, columns
            total += 2  # one product, one sum
    return total

# %% slideshow={"slide_type": "fragment"}
assert cost_loop(5, 3, 7) == cost(5, 3, 7) and cost(128) == 16_777_216
counted = cost_loop(5, 3, 7)
print("counted one multiply-add at a time:", counted, " by Eq. 8.5:", cost(5, 3, 7))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Library.** PyTorch counts the operations of a real layer while it runs.
# `record_attention` makes the layer take its two products one after the other,
# which the counter can see. A count has no gradient, so there is none to compare.

# %% slideshow={"slide_type": "fragment"}
from torch.utils.flop_counter import FlopCounterMode

from course_utils.attention import record_attention
from course_utils.transformer import EncoderLayer

# %% slideshow={"slide_type": "fragment"}
layer = EncoderLayer(64, 4, 256)
for n in (64, 128, 512):
    with FlopCounterMode(display=False) as counter, record_attention(layer):
        layer(torch.zeros(1, n, 64))
    counted = counter.get_total_flops()
    assert counted == cost(n)
    print(f"{n:4d} tokens: Eq. 8.5 {cost(n):11,d}, counted {counted:11,d}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: halve the side of a patch
#
# **Predict, then run.** Four times the tokens. Is the cost four times as large, or
# sixteen times?

# %% slideshow={"slide_type": "fragment"}
halved = {
    "32 x 32, side 8 to 4": (128, 512),
    "256 x 256, side 16 to 8": (2048, 8192),
}
for name, (coarse, fine) in halved.items():
    times, share = cost(fine) / cost(coarse), 4 * fine**2 * 64 / cost(fine)
    print(f"{name:24s} cost x {times:4.1f}; every pair takes {share:.0%} of it")
n = torch.arange(6, 15).exp2()
parts = {"token by token": (n, 2 * n * 49152 / 1e9)}
parts["every pair"] = (n, 4 * n**2 * 64 / 1e9)
viz.lines(parts, "tokens n", "GFLOP for one layer", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# Between the two, and closer to sixteen the larger the clip. The lines cross where
# $2n(4d^2 + 2dd_{ff}) = 4n^2d$: with $d_{ff} = 4d$ at $n = 6d$, here 384 tokens.
# The fewer the tokens, the nearer to the four times as many of them; above the
# crossing, pairs take over.
# </details>
#
# A clip of 16 x 32 x 32 in tubelets of 2 x 8 x 8 has 128 tokens, and lesson 09,
# which reads 15 frames in patches of 8 x 8, has 240: both to the left of the
# crossing. **Keep it**: `patch_grid(shape, patch)` counts, and raises where a size
# does not fit. What small patches buy has to wait until we can measure a loss,
# below.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When the patch does not fit
#
# **What if the video is 45 pixels high?** That it is not square is no problem: Eq.
# 8.1 never asked for it. That 8 does not divide 45 is one.

# %% slideshow={"slide_type": "fragment"}
# T C H W = 9 3 45 64
wide = bundled_clip("city", size=64, stride=4, frames=9)[:, :, 10:55]
print("24 rows, 40 columns:", patch_grid((4, 3, 24, 40), (2, 8, 8)), "tubelets")
try:
    patchify(wide, (1, 8, 8))
except ValueError as error:
    print(error)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Crop, and you lose pixels. Or pad, and afterwards throw away what you added. Pad
# with what? With the edge, repeated:
#
# $$
# x^{\mathrm{up}}[r] \;=\; x\big[\min(r,\, H_v - 1)\big],
# \qquad r = 0, \dots, \Big\lceil \frac{H_v}{\Delta_h} \Big\rceil \Delta_h - 1
# \tag{8.6}
# $$
#
# and likewise for columns and frames. **By hand**: 5 rows, patches of 2: 6 rows are
# needed, and row 5 is a copy of row 4.

# %% slideshow={"slide_type": "skip"}
def pad_loop(x, step):  # "rows ..." -> "rows_up ..."
    up = -(-len(x) // step) * step  # rounded up
    return torch.stack([x[min(r, len(x) - 1)] for r in range(up)])


def pad_index(x, step):
    up = -(-len(x) // step) * step
    return x[torch.arange(up).clamp(max=len(x) - 1)]

# %% slideshow={"slide_type": "skip"}
print(pad_loop(torch.arange(5), 2).tolist())
by_loop, by_index = partial(pad_loop, step=4), partial(pad_index, step=4)
assert gap(by_loop, by_index, torch.randn(6, 3)) == 0

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library**: `F.pad` with `mode="replicate"`. **Keep it**: `pad_to_multiple`, for
# all three axes. Cropping afterwards gives the video back, to the last bit.

# %% slideshow={"slide_type": "fragment"}
x = torch.rand(3, 2, 5, 7, generator=torch.Generator().manual_seed(0))  # T C H W
more = (0, 1, 0, 3, 0, 1)  # columns, rows, frames: before and after


def by_torch(x):
    return F.pad(x.transpose(0, 1), more, mode="replicate").transpose(0, 1)

# %% slideshow={"slide_type": "fragment"}
assert gap(partial(pad_to_multiple, patch=(2, 4, 4)), by_torch, x) < 1e-12
padded = pad_to_multiple(x, (2, 4, 4))
assert padded[:3, :, :5, :7].equal(x)
print(tuple(x.shape), "->", tuple(padded.shape), end=" ")
print("as F.pad, in values and gradients")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it, on video.** Three ways to make the 9 x 45 x 64 clip fit tubelets of 2
# x 8 x 8. **Predict, then run**: how much of the clip does cropping lose, and how
# large is the jump from the last real row to the first one that was added?

# %% slideshow={"slide_type": "fragment"}
edge = pad_to_multiple(wide, (2, 8, 8))  # 10 3 48 64
zeros = F.pad(wide, (0, 0, 0, 3, 0, 0, 0, 1))
for name, video in (("crop", wide[:8, :, :40]), ("edge", edge), ("zeros", zeros)):
    n = torch.tensor(patch_grid(tuple(video.shape), (2, 8, 8))).prod().item()
    lost = max(0, 1 - video.numel() / wide.numel())
    jump = video[:, :, 44:46].diff(dim=2).abs()  # empty where no row was added
    jump = f"{jump.mean():.2f}" if jump.numel() else "no such row"
    print(f"{name:6s} {n} tokens, {lost:3.0%} of the numbers lost,", end=" ")
    print(f"jump behind row 44: {jump}")
viz.filmstrip({"edge": edge, "zeros": zeros}, every=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Look at the lowest rows, and at the last frame. With zeros a black bar and a black
# frame appear, and tokens must spend numbers on drawing an edge that no camera saw.
# Repeated edges stay quiet. Cropping adds nothing at all, but a fifth of the video
# is gone.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Does padding waste tokens?* Up to one row, one column and
# one step in time; here 240 tubelets for the pixels of 203. *Should padded tokens
# be masked?* If a whole token is padding, yes: a padding mask (lesson 06). If a
# part of it is real, no. *Why not resize?* Resizing blurs, and changes speed and
# size of everything.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Squeeze a token
#
# **How few numbers can hold a tubelet?** The embedding has $d$ numbers for
# $\Delta_t\Delta_h\Delta_w C$. When $d$ is smaller, two tubelets may end up as the
# same token, and nobody can tell them apart again. Send the tokens through a narrow
# place, and ask for the tubelet back:
#
# $$
# z_n = (X_n - \mu)\,W_E,
# \qquad
# \hat X_n = z_n\,W_D + \mu,
# \qquad
# \mathrm{MSE} = \frac{1}{\lvert X \rvert}\sum_{n}\sum_{m}\big(X_{n,m} - \hat X_{n,m}\big)^2
# \tag{8.7}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\lvert X \rvert$, $\lvert X_n \rvert$ | how many numbers all tokens hold, and one of them | - |
# | $\mu$ | mean token | $\lvert X_n \rvert$ |
# | $W_E$, $W_D$ | into the bottleneck and out of it | $\lvert X_n \rvert \times d_b$, $d_b \times \lvert X_n \rvert$ |
# | $z_n$ | what is kept of token $n$ | $d_b$ |
#
# Which two matrices make the error smallest?

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The best linear one
#
# Let $\Sigma$, the mean of $(X_n - \mu)^\top (X_n - \mu)$ over all tokens, be their
# covariance, $\psi_1, \psi_2, \dots$ its eigenvectors of length 1 and
# $\sigma_1^2 \ge \sigma_2^2 \ge \dots$ its eigenvalues: the variance along each
# direction. From here on $k$ numbers directions, not steps in time. Keep the first
# $d_b$ directions, $W_E = [\psi_1 \dots \psi_{d_b}]$ and $W_D = W_E^\top$. Then
#
# $$
# \mathrm{MSE}^\star \;=\; \frac{1}{\lvert X_n \rvert} \sum_{k > d_b} \sigma_k^2
# \tag{8.8}
# $$
#
# and no linear bottleneck does better. This is **principal component analysis**
# (PCA). Three steps prove it:
#
# 1. All $\hat X_n - \mu$ lie in the space that the rows of $W_D$ span. The nearest
#    point of a space is the orthogonal projection onto it, so let $W_D$ have
#    orthonormal rows $w_1 \dots w_{d_b}$ and $W_E = W_D^\top$.
# 2. A projection loses what it does not keep. Along $w_r$ the tokens have the
#    variance $w_r \Sigma w_r^\top = \sum_k (w_r \cdot \psi_k)^2 \sigma_k^2$, so the
#    squared error of a token is $\sum_k \sigma_k^2 - \sum_k c_k \sigma_k^2$ on
#    average, where $c_k = \sum_r (w_r \cdot \psi_k)^2$ says how much of direction
#    $k$ is kept.
# 3. $c_k$ is the squared length of what the projection leaves of $\psi_k$: between
#    0 and 1. Each $w_r$ has length 1 and adds 1 to the sum of all $c_k$, which is
#    $d_b$. So the most that can be kept is $\sigma_1^2 + \dots + \sigma_{d_b}^2$:
#    give the largest variances a full 1.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Four tokens of two numbers: (3, 1), (1, 3), (-3, -1), (-1, -3). The
# mean is 0, $\Sigma = \begin{pmatrix}5&3\\3&5\end{pmatrix}$, with eigenvalues 8
# along $(1,1)/\sqrt2$ and 2 along $(1,-1)/\sqrt2$. Keep one number: (3, 1) comes
# back as (2, 2), wrong by 1 and 1. The MSE is 1, and Eq. 8.8 says $2/2 = 1$.

# %% slideshow={"slide_type": "fragment"}
def squeeze_loop(X, W_E, W_D, mu):
    X_hat = X.new_zeros(X.shape)
    for n, m in product(range(len(X)), range(X.shape[1])):
        X_hat[n, m] = mu[m]
        for k in range(W_E.shape[1]):
            z = sum((X[n, p] - mu[p]) * W_E[p, k] for p in range(X.shape[1]))
            X_hat[n, m] += z * W_D[k, m]
    return X_hat

# %% slideshow={"slide_type": "fragment"}
four = torch.tensor([[3.0, 1], [1, 3], [-3, -1], [-1, -3]])
diagonal = torch.tensor([[0.5], [0.5]]).sqrt()
squeezed = squeeze_loop(four, diagonal, diagonal.T, four.mean(0)).tolist()
print([[round(v, 3) for v in row] for row in squeezed])

# %% [markdown] slideshow={"slide_type": "skip"}
# **Tensor**, and the **library**: two `nn.Linear` in a row, and for the directions
# `torch.linalg.eigh` of the covariance, or `torch.linalg.svd` of the tokens, whose
# squared singular values are $n\sigma_k^2$.

# %% slideshow={"slide_type": "skip"}
def squeeze(X, W_E, W_D, mu):
    return (X - mu) @ W_E @ W_D + mu


# tokens x m -> the mean, directions as columns, variances; the largest first
def pca(X):
    mu = X.mean(0)
    variances, directions = torch.linalg.eigh((X - mu).T @ (X - mu) / len(X))
    return mu, directions.flip(1), variances.flip(0)

# %% slideshow={"slide_type": "skip"}
g = torch.Generator().manual_seed(0)
sizes = ((6, 5), (5, 2), (2, 5), (5,))
four_inputs = [torch.randn(*s, generator=g) for s in sizes]


def by_linear(X, W_E, W_D, mu):
    return F.linear(F.linear(X, W_E.T, -mu @ W_E), W_D.T, mu)

# %% slideshow={"slide_type": "skip"}
for other in (squeeze_loop, by_linear):
    assert gap(squeeze, other, *four_inputs) < 1e-10
X = four_inputs[0]
by_svd = torch.linalg.svd(X.double() - X.double().mean(0)).S.square() / 6
assert (pca(X.double())[2] - by_svd).abs().max() < 1e-10
print("by hand:", [round(v, 3) for v in pca(four)[2].tolist()])
print("loop, tensor, nn.Linear and svd differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video
#
# Two sources of clips, 4 frames of 32 x 32 each: `ShapesWorld` with three shapes,
# and crops from the real clips. Training reads the first three quarters of each
# real shot; the test clips are its last 16 frames.

# %% slideshow={"slide_type": "skip"}
shots = [bundled_clip("city", stride=1, shot=s) for s in (0, 1)]
shots.append(bundled_clip("earth", stride=2))
# n 3 64 64 4
fours = torch.cat([shot[: len(shot) * 3 // 4].unfold(0, 4, 2) for shot in shots])
# n 3 33 33 4 32 32: every crop, without a copy
windows = fours.unfold(2, 32, 1).unfold(3, 32, 1)


def real_clips(batch, seed):
    g = torch.Generator().manual_seed(seed)
    sizes = (len(windows), 33, 33)
    n, row, column = (torch.randint(size, (batch,), generator=g) for size in sizes)
    return windows[n, :, row, column].transpose(1, 2)  # B 4 3 32 32


def shape_clips(batch, seed):
    return ShapesWorld(frames=4, shapes=3).sample(batch, seed).video  # B 4 3 32 32

# %% slideshow={"slide_type": "skip"}
draw = {"shapes": shape_clips, "real": real_clips}
# 32 16 3 32 32
test = {"shapes": ShapesWorld(shapes=3).sample(32, seed=1_000_000_000).video}
test["real"] = torch.stack([shot[-16:] for shot in shots])  # 3 16 3 64 64
drawn = {name: make(256, seed=1) for name, make in draw.items()}
train = {name: patchify(v, (2, 8, 8)).flatten(0, 1) for name, v in drawn.items()}
fitted = {name: pca(X.double()) for name, X in train.items()}
for name, X in train.items():
    kept = fitted[name][2].cumsum(0) / fitted[name][2].sum()
    shares = [f"{kept[k - 1]:.0%}" for k in (4, 16, 64)]
    print(name, tuple(X.shape), "share of variance in the first 4, 16, 64:", shares)

# %% [markdown] slideshow={"slide_type": "fragment"}
# 384 numbers, but most of the variance lies along a few directions: neighbouring
# pixels agree, and so do neighbouring frames. What are these directions? Each is a
# little film.

# %% slideshow={"slide_type": "subslide"}
def as_films(name, count=12):  # the first directions as pictures: grey is 0
    first = fitted[name][1][:, :count].float()
    films = rearrange(first, "(t h w C) n -> n t C h w", t=2, h=8, w=8)
    # eigenvectors have no sign
    films = films * films.flatten(1).sum(1).sign().view(-1, 1, 1, 1, 1)
    return 0.5 + films / (2 * films.abs().amax((1, 2, 3, 4), keepdim=True))

# %% slideshow={"slide_type": "fragment"}
films = as_films("real")  # 12 2 3 8 8
print("real clips, share of the variance of directions 0 to 11:", end=" ")
print(*(f"{v:.0%}" for v in fitted["real"][2][:12] / fitted["real"][2].sum()))
strips = {"first frame": films[:, 0], "second frame": films[:, 1]}
viz.filmstrip(strips, columns=12, unit="direction")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The numbers below the films count directions. The first is the brightness of the
# whole tubelet, in the tint of the city; then come up against down, left against
# right, finer and finer stripes, and, in the reddish ones, a second tint. Nobody
# asked for waves: they are what comes out when neighbouring pixels agree. The two
# frames of each film are nearly the same: between two frames of these clips little
# changes.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Is it really the best? Assert it
#
# First, Eq. 8.8 against the error itself, on the training tokens that it was fitted
# to. Second, the gradient of the error with respect to both matrices is zero there.

# %% slideshow={"slide_type": "fragment"}
X = train["shapes"].double()
mu, directions, variances = fitted["shapes"]
W = directions[:, :16].clone().requires_grad_()
W_T = directions[:, :16].T.clone().requires_grad_()
error = F.mse_loss(squeeze(X, W, W_T, mu), X)
floor = variances[16:].sum() / 384  # Eq. 8.8
gradients = torch.autograd.grad(error, (W, W_T))
steepest = max(gradient.abs().max().item() for gradient in gradients)
assert abs(error - floor) < 1e-12 and steepest < 1e-10
print(f"error {error:.6f}, Eq. 8.8 {floor:.6f};", end=" ")
print("largest entry of the gradient below 1e-10")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Third, no other projection does better, neither a random one nor one close by.

# %% slideshow={"slide_type": "skip"}
g = torch.Generator().manual_seed(0)
covariance = (X - mu).T @ (X - mu) / len(X)
for name, start, noise in (("random", 0.0, 1.0), ("close by", 1.0, 0.01)):
    errors = []
    for _ in range(100):
        moved = noise * torch.randn(384, 16, generator=g)
        other = start * directions[:, :16] + moved
        Q = torch.linalg.qr(other.double()).Q  # orthonormal columns
        kept = (Q.T @ covariance @ Q).trace()
        errors.append((variances.sum() - kept) / 384)  # step 2
    assert min(errors) > floor
    ratio = min(errors) / floor
    print(f"100 projections, {name:8s}: the best of them has", end=" ")
    print(f"{ratio:.2f} times the error of PCA")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Fourth, let gradient descent look for something better: two matrices, from a
# random start, trained on these tokens.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the end of a training run differs a little from machine to machine
torch.manual_seed(0)
linear = nn.Sequential(nn.Linear(384, 16), nn.Linear(16, 384))
X = train["shapes"]
history = fit(linear, lambda model, seed: F.mse_loss(model(X), X), 300, lr=1e-2)
final = F.mse_loss(linear(X), X).item() / floor.item()
near = 0.9999 < final < 1.1
claim(near, "gradient descent ends within 10 % of the floor, and never below it")
baseline = {"PCA, Eq. 8.8": floor.item()}
viz.loss_curve({"two linear layers": history}, baseline, ylabel="MSE")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The curve comes down to the dashed floor and stays above it. Baldi and Hornik
# (1989) proved that this landscape has no bad valleys: every minimum gives back the
# $\hat X$ of PCA, though not its two matrices. Any invertible $R$ in the
# bottleneck, $W_E R$ and $R^{-1} W_D$, leaves $\hat X$ as it is.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** Three small mistakes, each made by someone every week: the mean is
# taken off but not put back; the mean is forgotten altogether; and `eigh`, which
# sorts *upwards*, is read from the wrong end. **Predict, then run**: which one
# costs most on the test clips?

# %% slideshow={"slide_type": "fragment"}
for name, video in test.items():
    X, zero = patchify(video, (2, 8, 8)), torch.zeros(384)
    mu, directions = (part.float() for part in fitted[name][:2])
    tokens = train[name].double()
    raw = torch.linalg.eigh(tokens.T @ tokens).eigenvectors.flip(1).float()[:, :16]
    W, last = directions[:, :16], directions[:, -16:]
    ways = {"PCA": squeeze(X, W, W.T, mu)}
    ways["not put back"] = ways["PCA"] - mu
    ways["no mean at all"] = squeeze(X, raw, raw.T, zero)
    ways["wrong end"] = squeeze(X, last, last.T, mu)
    decibel = {way: -10 * F.mse_loss(v, X).log10() for way, v in ways.items()}
    print(name, {way: f"{value:.1f} dB" for way, value in decibel.items()})

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# Reading from the wrong end leaves the mean token and nothing else: the sixteen
# directions with the least variance carry no picture. That costs most on the
# shapes. A mean that is not put back costs most on the real clips, which are
# brighter. But to forget the mean altogether costs next to nothing: the covariance
# turns into $\frac1n X^\top X$, its first direction points roughly at the mean, and
# one of sixteen numbers does the work of $\mu$. On the real clips it even ends a
# tenth of a decibel higher: Eq. 8.8 promises the best only on the tokens that PCA
# was fitted to. A bug this quiet is found by comparing values, not by looking.
# </details>
#
# **Keep it?** No function of this bottleneck goes into the library: in a trained
# model $W_E$ is learned with everything else, and PCA stays the yardstick beside
# it. It is three lines.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What each patch size loses
#
# **Now both sides of the bargain in one table.** A model of width $d = 64$ has 64
# numbers for each token, whatever the patch. What is the best it can give back, and
# what does a layer cost? For each patch size we fit PCA on training clips and
# measure on test clips.
#
# **Predict, then run.** Which patch sizes lose nothing at all?

# %% slideshow={"slide_type": "skip"}
def best_linear(name, patch, width, clips=384):
    X = patchify(draw[name](clips, seed=2), patch).flatten(0, 1)
    mu, directions, _ = (part.float() for part in pca(X.double()))
    W = directions[:, :width]
    X_hat = squeeze(patchify(test[name], patch), W, W.T, mu)
    return unpatchify(X_hat, patch, test[name].shape[1:])

# %% slideshow={"slide_type": "skip"}
pairs = ((1, 4), (2, 4), (1, 8), (2, 8), (4, 8), (1, 16), (2, 16))
sizes = [(frames, side, side) for frames, side in pairs]
both = product(test, sizes)
restored = {(name, patch): best_linear(name, patch, 64) for name, patch in both}
print(len(restored), "test sets put together again")

# %% slideshow={"slide_type": "fragment"}
rows = {}
for patch in sizes:
    n, m = math.prod(patch_grid(shape, patch)), 3 * math.prod(patch)
    kept, work = n * min(m, 64) / (16 * 3 * 32 * 32), cost(n) / 1e6
    row = [n, m, f"{kept:.2f}", f"{work:,.0f}"]
    for name, video in test.items():
        quality = psnr(video, restored[name, patch], data_range=1.0)
        row.append("lossless" if m <= 64 else f"{quality:.1f}")
    rows[" x ".join(map(str, patch))] = row
headers = ["patch", "tokens", "numbers in", "kept / numbers", "MFLOP a layer"]
headers += ["shapes (dB)", "real (dB)"]
title = "64 numbers for each token; tokens and cost for 16 x 32 x 32"
viz.table(rows, headers, title=title)

# %% slideshow={"slide_type": "subslide"}
pictures = {"truth": test["shapes"][10, :8]}
for patch in ((2, 4, 4), (2, 8, 8), (4, 8, 8), (2, 16, 16)):
    picture = restored["shapes", patch][10, :8]
    pictures[" x ".join(map(str, patch))] = picture
    viz.digest(picture, pictures["truth"], name=str(patch))
viz.filmstrip(pictures, columns=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Read the table three times. First: a patch with no more numbers than the token is
# wide loses nothing, and only 1 x 4 x 4 is that small. It costs 22 times the work
# of 2 x 8 x 8. Second: larger patches lose, and on shapes every doubling costs
# decibels. In the picture a grain appears at 2 x 8 x 8, and at 2 x 16 x 16 the
# corners are gone.
#
# Third, look at the two rows with 64 tokens of 768 numbers. Their cost is the same,
# and so is what they keep. On shapes, which move by one to two and a half pixels a
# frame, long tubelets and wide patches tie. On the real clips, where little changes
# from one frame to the next, joining four frames loses ten decibels less than
# joining four patches. A token should be large in the direction in which the video
# repeats itself.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Beat the best linear bottleneck
#
# **PCA is the best linear map of a tubelet by itself. Is it the best?** A tubelet
# of `ShapesWorld` with one edge in it needs few numbers: where the edge is, which
# way it runs, two colours. But these numbers act on the pixels in no linear way:
# shift an edge by half, and it is not half an edge. A network with a non-linearity
# may find them; one with convolutions may also look at the neighbours, which show
# how the shape goes on.
#
# The contest is at **equal latent size**: 16 numbers for each tubelet of 2 x 8 x 8,
# for PCA and for the network. And it is fair in the other direction too: the
# network starts *at* PCA. A linear path holds its matrices; beside it runs a
# convolutional path whose last layer starts at zero.
#
# $$
# z = (X - \mu) W_E + f(x - \mu), \qquad \hat x = z\,W_D + g(z) + \mu, \qquad f = g = 0 \text{ at the start}
# \tag{8.9}
# $$

# %% tags=["subject"] slideshow={"slide_type": "skip"}
class Autoencoder(nn.Module):
    """Eq. 8.9 for tubelets of 2 x 8 x 8: PCA plus convolutions, 16 numbers each."""

    def __init__(self, mu, directions, bend=True, reach=3, d=256, d_b=16):
        super().__init__()
        W, sides = directions[:, :d_b].float(), dict(t=2, h=8, w=8)
        W = rearrange(W, "(t h w C) d -> d (t C) h w", **sides)
        mean = rearrange(mu.float(), "(t h w C) -> (t C) h w", **sides)
        self.register_buffer("mean", mean)
        self.W_E, self.W_D = nn.Parameter(W.clone()), nn.Parameter(W.clone())
        Bend = nn.GELU if bend else nn.Identity
        # Eq. 8.2, and its way back
        into, out_of = nn.Conv2d(6, d, 8, 8), nn.ConvTranspose2d(d, 6, 8, 8)
        narrow = nn.Conv2d(d, d_b, reach, padding=reach // 2)
        widen = nn.Conv2d(d_b, d, reach, padding=reach // 2)
        self.f = nn.Sequential(into, Bend(), nn.Conv2d(d, d, 1), Bend(), narrow)
        self.g = nn.Sequential(widen, Bend(), nn.Conv2d(d, d, 1), Bend(), out_of)
        for last in (narrow, out_of):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, video):  # B T C H W
        x = rearrange(video, "B (T t) C H W -> (B T) (t C) H W", t=2)
        mean = self.mean.repeat(1, x.shape[2] // 8, x.shape[3] // 8)
        # (B T) 16 H/8 W/8
        z = F.conv2d(x - mean, self.W_E, stride=8) + self.f(x - mean)
        x = F.conv_transpose2d(z, self.W_D, stride=8) + self.g(z) + mean
        return rearrange(x, "(B T) (t C) H W -> B (T t) C H W", B=len(video), t=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two frames are six channels. A strided convolution cuts and embeds (Eq. 8.2), 1 x
# 1 convolutions work on each tubelet, and the 3 x 3 ones into and out of the
# bottleneck let neighbours talk; the way out mirrors the way in. There is nothing
# to work by hand before $f$ and $g$ are trained; what can be checked is the start.
# Untrained, the network is PCA:

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
models = {name: Autoencoder(*fitted[name][:2]) for name in draw}
for name, model in models.items():
    mu, directions = (part.float() for part in fitted[name][:2])
    W = directions[:, :16]
    linear_way = squeeze(patchify(test[name], (2, 8, 8)), W, W.T, mu)
    untrained = patchify(model(test[name]), (2, 8, 8))
    assert torch.allclose(untrained, linear_way, atol=1e-4)
count = sum(p.numel() for p in models["real"].parameters())
print(f"{count:,} weights; untrained it equals PCA to 1e-4")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Train one on shapes and one on real crops. **Predict, then run.** On which of the
# two does the network gain more over PCA?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the end of a training run differs a little from machine to machine
def restore(model, video):
    return F.mse_loss(model(video), video)


histories = {}
for name, model in models.items():

    def loss(model, seed, name=name):
        return restore(model, draw[name](16, seed))

    histories[name] = fit(model, loss, 300, lr=2e-3)
viz.loss_curve(histories, ylabel="MSE of a training batch")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. Both curves start where PCA ends, and go down from there: by about a
# third on shapes. The curve of the real crops is restless because a batch may hold
# more sky or more windows.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: quality after training
rows = {}
for name, video in test.items():
    mu, directions = (part.float() for part in fitted[name][:2])
    X, W = patchify(video, (2, 8, 8)), directions[:, :16]
    with torch.no_grad():
        tokens = {"mean token": mu.expand_as(X), "PCA": squeeze(X, W, W.T, mu)}
        answers, size = {}, video.shape[1:]
        for way, X_hat in tokens.items():
            answers[way] = unpatchify(X_hat, (2, 8, 8), size)
        answers["autoencoder"] = models[name](video)
    for way, answer in answers.items():
        rows.setdefault(way, []).append(psnr(video, answer, data_range=1.0).item())
headers = ["16 numbers a tubelet", *(f"{name} (dB)" for name in test)]
viz.table(rows, headers, digits=1, title="Test clips, PSNR")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: quality after training
both = zip(test, rows["autoencoder"], rows["PCA"])
gain = {name: ours - pca for name, ours, pca in both}
claim(gain["shapes"] > 1.0, "on shapes the autoencoder is at least 1 dB above PCA")
more = gain["real"] > 0.5
claim(more, "on real clips the autoencoder is at least 0.5 dB above PCA")

# %% [markdown] slideshow={"slide_type": "fragment"}
# At the same 16 numbers a tubelet, the network gains about one and a half decibels
# on shapes and one on the real clips. What is that worth? Ask how many numbers PCA
# would need for the same quality:

# %% slideshow={"slide_type": "skip"}
mu, directions = (part.float() for part in fitted["shapes"][:2])
X = patchify(test["shapes"], (2, 8, 8))
for k in (16, 24, 32, 48):
    W = directions[:, :k]
    error = F.mse_loss(squeeze(X, W, W.T, mu), X)
    print(f"PCA with {k} numbers a tubelet, shapes: {-10 * error.log10():.1f} dB")

# %% [markdown] slideshow={"slide_type": "fragment"}
# So the network does with 16 numbers what PCA needs more than 24 for. **The shapes'
# clip**, put together from 16 numbers a tubelet by both:

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a trained model's picture
one = test["shapes"][10:11]
with torch.no_grad():
    learned = models["shapes"](one)
W = directions[:, :16]
X_hat = squeeze(patchify(one, (2, 8, 8)), W, W.T, mu)
by_pca = unpatchify(X_hat, (2, 8, 8), one.shape[1:])
viz.digest(by_pca, one, name="PCA        ")
viz.digest(learned, one, name="autoencoder")
videos = {"truth": one, "PCA": by_pca, "autoencoder": learned}
viz.filmstrip({name: video[0, :8] for name, video in videos.items()}, columns=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# PCA turns both crosses into blurred diamonds: each edge is a sum of a few smooth
# waves. From as many numbers the network gives the triangle its corners back and,
# in frames 4 and 5, the yellow cross its arms; the green cross it does not get
# right either.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model's clip
street = test["real"][1:2]
with torch.no_grad():
    learned = models["real"](street)
mu, directions = (part.float() for part in fitted["real"][:2])
W = directions[:, :16]
X_hat = squeeze(patchify(street, (2, 8, 8)), W, W.T, mu)
by_pca = unpatchify(X_hat, (2, 8, 8), street.shape[1:])
viz.digest(by_pca, street, name="PCA        ")
viz.digest(learned, street, name="autoencoder")
viz.compare({"truth": street, "PCA": by_pca, "autoencoder": learned})

# %% [markdown] slideshow={"slide_type": "fragment"}
# The second tower, frames that no training saw. Look at the sky first: PCA turns
# its blue into the green-grey of the average tubelet, and the network gives the
# blue back. The rows of windows, which PCA washes out, begin to return. Neither of
# the two invents anything; what the 16 numbers do not hold is averaged away.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it need the neighbours, or the bend?
#
# **Break it.** Two things set the network apart from PCA: it is not linear (the
# *bend* of GELU), and it looks beyond its tubelet (the *neighbours*, through 3 x 3
# kernels). Take out one, then the other, and train again. **Predict, then run**:
# which of the two does the work?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the end of a training run
more = {}  # decibels above PCA
halves = {"neighbours only": (False, 3), "bend only": (True, 1)}
for name, (bend, reach) in halves.items():
    torch.manual_seed(0)
    model = Autoencoder(*fitted["shapes"][:2], bend, reach)
    fit(model, lambda m, seed: restore(m, draw["shapes"](16, seed)), 300, lr=2e-3)
    with torch.no_grad():
        quality = psnr(test["shapes"], model(test["shapes"]), data_range=1.0)
    more[name] = quality.item() - rows["PCA"][0]
more["both"] = gain["shapes"]
larger = more["bend only"] > more["neighbours only"] + 0.5
claim(larger, "the bend gains 0.5 dB more than the neighbours")
viz.bars(more, ylabel="gain over PCA on test shapes (dB)", digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each.
#
# <details><summary>What you just saw</summary>
#
# The bend. A linear network that also reads its neighbours gains about a decibel
# over PCA, which is no contradiction to Eq. 8.8: that compares maps which read one
# tubelet at a time. The non-linear network gains about twice as much, even when it
# never looks beyond its tubelet. With both, it ends lower than with the bend alone:
# wider kernels have more to learn, and 300 steps are few. That is a statement about
# this budget, not about neighbours.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not make every token this way?* Large video models
# do: they first train such an autoencoder and then generate its latents (Rombach et
# al., 2022, for pictures). *Why does lesson 09 not?* At 32 x 32 a token of width 64
# for 192 pixels loses little, and a second model would stand between the reader and
# the idea. *Is the autoencoder's latent a token?* Yes: `z` has one vector a
# tubelet, in the same order.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | where it is kept |
# |---|---|---|
# | 8.1 | $X_{n,m} = x[k\Delta_t + a,\, c,\, i\Delta_h + e,\, j\Delta_w + f]$ | `patches.patchify(video, (t, h, w))`, `unpatchify(tokens, (t, h, w), shape)` |
# | 8.2 | $E = X W_E + b_E$, a strided convolution | `nn.Linear` on `patchify`, or `nn.Conv3d(..., stride=kernel)` |
# | 8.3 | the same with windows that overlap | `models.VideoTransformer.embed`, an `nn.Conv2d` |
# | 8.4 | $n = (T/\Delta_t)(H_v/\Delta_h)(W_v/\Delta_w)$ | `patches.patch_grid(shape, patch)` |
# | 8.5 | $2n(4d^2 + 2dd_{ff}) + 4n^2d$ operations a layer | counted, not kept |
# | 8.6 | $x^{\mathrm{up}}[r] = x[\min(r, H_v - 1)]$ | `patches.pad_to_multiple(video, patch)` |
# | 8.7 | $\hat X = (X - \mu) W_E W_D + \mu$ | two `nn.Linear` |
# | 8.8 | $\mathrm{MSE}^\star = \frac{1}{\lvert X_n \rvert}\sum_{k>d_b}\sigma_k^2$ | `torch.linalg.eigh` of the covariance |
# | 8.9 | $z = (X - \mu)W_E + f(x - \mu)$, $\hat x = zW_D + g(z) + \mu$ | this lesson's `Autoencoder` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# Change one line, guess first, then run.
#
# 1. In "A clip as tokens", cut with `(8, 8, 8)` and lay out with `t=8`, `T=2`. How
#    many frames share a token, and what would a fast shape do to it?
# 2. In "On video" of the bottleneck, fit PCA on `"real"` and squeeze the *shapes*
#    with it. How many decibels does the wrong source cost at 16 numbers, and which
#    way round does it cost more?
# 3. In the contest, train with `8` in place of `16` clips a step, then with twice
#    the steps. Which of the two helps more for the same number of clips seen?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Homework
#
# [Homework 08](homework/hw08_video_tokens.ipynb): six exercises. You cut and
# restore a video, carry the weights of a convolution into a matrix, predict a token
# count, find three bugs in someone's way back, turn a clip of any size into a
# mosaic, and write the best linear bottleneck. `check` names the mistake when it
# knows it.
#
# ## Go further
#
# - Dosovitskiy, Beyer, Kolesnikov, Weissenborn, Zhai, Unterthiner, Dehghani,
#   Minderer, Heigold, Gelly, Uszkoreit, Houlsby (2021), *An Image is Worth 16x16
#   Words: Transformers for Image Recognition at Scale*, ICLR. Eq. 8.2 for pictures;
#   look at the learned filters beside our directions.
# - Arnab, Dehghani, Heigold, Sun, Lučić, Schmid (2021), *ViViT: A Video Vision
#   Transformer*, ICCV. Tubelets, and four ways to share the cost of Eq. 8.5 between
#   space and time.
# - Xiao, Singh, Mintun, Darrell, Dollár, Girshick (2021), *Early Convolutions Help
#   Transformers See Better*, NeurIPS. Why a few small overlapping convolutions may
#   be better than one cut.
# - Baldi, Hornik (1989), *Neural Networks and Principal Component Analysis:
#   Learning from Examples Without Local Minima*, Neural Networks 2. The landscape
#   of Eq. 8.7; Eckart and Young (1936), *The Approximation of One Matrix by Another
#   of Lower Rank*, Psychometrika 1, is the theorem behind it.
# - Rombach, Blattmann, Lorenz, Esser, Ommer (2022), *High-Resolution Image
#   Synthesis with Latent Diffusion Models*, CVPR. What a learned bottleneck like
#   Eq. 8.9 is good for: generate small latents in place of pixels.
