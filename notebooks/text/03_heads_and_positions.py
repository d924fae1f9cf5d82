# %% [markdown] slideshow={"slide_type": "slide"}
# # Give attention heads and a sense of place
#
# Lesson 02 asked *what* a patch shows. This one asks *where* it is. Two attentions
# look at nothing but places: one at the patch itself, the other at the same place
# one frame earlier. Subtract the second from the first, and what is left is motion.
# Here is where we end.

# %% slideshow={"slide_type": "fragment"}
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call

from course_utils import viz
from course_utils.attention import (
    MultiHeadAttention,
    attention,
    attention_weights,
    record_attention,
)
from course_utils.patches import patchify, unpatchify
from course_utils.positions import (
    LearnedPositions,
    RotaryPositions,
    sinusoidal_positions,
)
from course_utils.studies import load_study
from course_utils.training import claim, fit
from course_utils.worlds import ShapesWorld

# %% slideshow={"slide_type": "subslide"}
# "T C H W" = 8 3 32 32
video = ShapesWorld(shapes=2, frames=8).sample(1, seed=11).video[0]
# 8 frames x 64 patches = 512 tokens of 48 numbers
tokens = patchify(video, (1, 4, 4))
# (time, height, width): each frame has 8 x 8 places
places = RotaryPositions(48, inner=(8, 8), base=100.0)
# every token asks, and answers, with the same vector
same = 10 * torch.ones(512, 48)
now = attention_weights(places(same), places(same))
# keys that stand one frame later
before = attention_weights(places(same), places(same, offset=64))

# %% slideshow={"slide_type": "fragment"}
motion = unpatchify((now - before) @ tokens, (1, 4, 4), tuple(video.shape))
viz.digest(motion, name="motion")
viz.filmstrip({"video": video, "head 0 - head 1": 0.5 + 0.5 * motion})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Above the clip, below what the two attentions make of it: grey where nothing
# changes, bright and dark where a shape arrives and leaves. Frame 0 has no frame
# before it and stays grey. No weight was trained. By the end of this lesson you can
# say what every line of that cell does.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** multi-head attention (Eq. 3.1) and three ways to tell it where
# a token stands (Eq. 3.2 to 3.4).
#
# **You will learn** to
#
# - compute with heads, and cut them out of a tensor without mixing tokens (exercise
#   3.1);
# - say how much of a task one head must leave undone (exercise 3.5);
# - write positions as waves (3.2) and as rotations (3.3), and repair a rotary
#   attention that has gone wrong (3.4);
# - predict which kind of position survives a clip that is longer than all those in
#   training;
# - build a convolution out of heads that look to a fixed place (3.6).
#
# **You need** lesson 02 (attention, masks, the permutation property). Of the
# [primer](00p_primer.ipynb) (sections 1 to 7 and 9) read what is new to you.
#
# **Time** 70 minutes of reading, 20 seconds of computing.

# %% [markdown] slideshow={"slide_type": "skip"}
# The tool of lesson 02 again: the largest difference between two functions, in
# their values **and** in the gradients of all their inputs, in float64.

# %% slideshow={"slide_type": "skip"}
def gap(f, g, *inputs):
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    values = f(*inputs), g(*inputs)
    # sin: uneven gradients
    gradients = (torch.autograd.grad(value.sin().sum(), inputs) for value in values)
    return max((a - b).abs().max().item() for a, b in [values, *zip(*gradients)])

# %% slideshow={"slide_type": "skip"}
print("a function and itself differ by", gap(torch.exp, torch.exp, torch.ones(2)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why one weighted mean is not enough
#
# **What moved since the last frame?** At each place of the frame, take what it
# shows now and subtract what it showed before: $y_t = v_t - v_{t-1}$. Attention
# with one head returns $W \sum_j a_{tj} v_j$: some matrix $W$ times *one* weighted
# mean. The weights are shares, so none is negative. A mean can blur two frames; can
# it subtract them?
#
# Suppose that queries and keys know the time alone, and the values are contents
# $v_j$: independent, of mean 0 and variance 1. Call $e$ the share of the variance
# of $y_t$ that is left when $W$ is the best possible. For given weights the mean
# $\bar v = \sum_j a_{tj} v_j$ has the variance $\sum_j a_{tj}^2$, and its
# covariance with $y_t$ is $a_{tt} - a_{t,t-1}$. The best $W$ is the least-squares
# fit: it takes the square of the covariance over the variance of $\bar v$ off the
# variance 2 of $y_t$, so that
#
# $$
# e \;=\; 1 - \frac{(a_{tt} - a_{t,t-1})^2}{2 \sum_j a_{tj}^2} \;\ge\; \frac12
# \tag{3.1b}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $v_j$ | content of a place in frame $j$ | 12 numbers here |
# | $a_{tj}$ | weight that query $t$ gives to frame $j$; $a_{tj} \ge 0$ | one for each frame |
# | $e$ | error: share of the variance left | 0 is perfect, 1 is what "nothing moves" leaves |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **The proof is one line.** Both weights are at least 0, so
# $\lvert a_{tt} - a_{t,t-1}\rvert$ is at most the larger of them, and its square is
# at most $\sum_j a_{tj}^2$: the fraction is at most 1/2. No training, no width, no
# matrix can get one head below one half. **By hand:** all weight on the present
# frame, $a_{tt} = 1$: $e = 1 - 1/2 = 0.5$. Half on each: $e = 1 - 0 = 1$, the blur
# knows nothing. **Loop and tensor:** many random weights against a least-squares
# fit on random contents.

# %% slideshow={"slide_type": "fragment"}
generator = torch.Generator().manual_seed(0)
# one number for each of 8 frames, 20 000 times
c = torch.randn(20_000, 8, generator=generator)
y = c[:, 4] - c[:, 3]
print(f"variance of y: {y.var():.1f}")

# %% slideshow={"slide_type": "fragment"}
errors, formula = [], []
for _ in range(200):
    a = (3 * torch.randn(8, generator=generator)).softmax(0)
    mean = c @ a
    W = (y @ mean) / (mean @ mean)  # least squares
    errors.append(((y - W * mean) ** 2).mean() / (y**2).mean())
    formula.append(1 - (a[4] - a[3]) ** 2 / (2 * (a**2).sum()))
errors, formula = torch.stack(errors), torch.stack(formula)
assert (errors - formula).abs().max() < 0.03 and formula.min() >= 0.5
least = errors.min()
print(f"200 times: Eq. 3.1b is met to 0.03, and the smallest error is {least:.1f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two heads have two means and two matrices. Head 0 takes $a_{tt} = 1$, head 1 takes
# $a_{t,t-1} = 1$, and the output subtracts: $e = 0$. (No rung for a library here:
# the bound is a fact about all of them.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Trained: the same layer with one head and with two
#
# In a real clip one frame looks like the next, and a layer could live on that. A
# *flicker* clip gives no such help: each frame shows new random contents. Queries
# and keys are the number of the frame as a one-hot vector, values are the contents,
# and both layers have **equally many parameters**. **Predict, then run**: to which
# error does each of them come?

# %% slideshow={"slide_type": "fragment"}
# frame number t as a one-hot vector: 8 tokens of 32 numbers
frames = torch.eye(8, 32)


def heads_error(layer, seed, clips=64):
    c = torch.randn(clips, 8, 12, generator=torch.Generator().manual_seed(seed))
    values = F.pad(c, (0, 20))  # 12 numbers of content, filled up to the width 32
    # frame 0 has no frame before it
    y_hat = layer(frames[1:], frames, values)[..., :12]
    # the variance of y is 2
    return ((y_hat - (c[:, 1:] - c[:, :-1])) ** 2).mean() / 2

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a training run ends a little differently on every machine
layers, histories = {}, {}
for heads in (1, 2):
    torch.manual_seed(0)
    layers[heads] = MultiHeadAttention(32, heads)
    name = f"{heads} head" + "s" * (heads > 1)
    histories[name] = fit(layers[heads], heads_error, steps=300, lr=0.02)
viz.loss_curve(
    histories,
    baseline={"bound of one head": 0.5},
    ylabel="error (share of the variance)",
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: numbers after training
with torch.no_grad():
    pair = (heads_error(layers[n], seed=10**9, clips=4000) for n in (1, 2))
    one, two = (error.item() for error in pair)
print(f"error of one head {one:.3f}, of two heads {two:.5f}")
claim(0.49 < one < 0.6, "one head comes down to one half and no further")
claim(two < 0.01, "two heads leave less than 1 % of the variance")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Error against training steps, one run each, on a logarithmic axis. One head runs
# along the dashed line of Eq. 3.1b from above; two heads fall through it, far
# below.
#
# <details><summary>What you just saw</summary>
#
# One head learns the best it can: look at the present frame, and return half of the
# answer. Its matrices can turn and stretch a mean, but they cannot take one frame
# out of it. The second head costs no parameter: it splits the same matrices into
# two halves.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Could one head smuggle content through its weights?* If
# keys carried contents, weights would depend on them, and our proof would not hold:
# near equal scores the softmax is almost linear, and a difference of scores can
# carry a difference of contents. That is why keys carry the time alone here. *Could
# a second layer do it?* Yes: depth is the other way to combine means. *Why the best
# W, not the learned one?* The bound holds for the best, so for every learned one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Heads
#
# **How do you let a token look at several things at once, at the price of one?**
# Cut the width $d$ into $H$ slices. Each *head* runs the attention of lesson 02 in
# its own slice, with its own weights. Then one matrix mixes what the heads brought
# home:
#
# $$
# \mathrm{multihead}(Q, K, V) = [\,\mathrm{head}_0 \dots \mathrm{head}_{H-1}\,]\, W_O,
# \qquad
# \mathrm{head}_h = \mathrm{attention}(Q W_Q^h,\; K W_K^h,\; V W_V^h)
# \tag{3.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $Q, K, V$ | the tokens that ask, are asked, and hand over; all three are $X$ in *self-attention* | queries x d, keys x d, keys x d |
# | $H$, $d_k$ | number of heads; $d_k = d / H$ | - |
# | $W_Q^h, W_K^h, W_V^h$ | what head $h$ reads: columns $h d_k$ to $(h + 1) d_k$ of one matrix $W_Q, W_K, W_V$ | d x d_k |
# | $[\dots]$ | the heads side by side | queries x d |
# | $W_O$ | mixes the heads | d x d |
#
# It is section 3.2.2 of Vaswani et al. (2017), who count the heads from 1; we count
# from 0, as code does.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Two tokens, $(1, 0)$ and $(0, 1)$, two heads of $d_k = 1$;
# $W_Q, W_K, W_V$ change nothing, $W_O$ puts the sum of the heads first and their
# difference second. Head 0 reads the first number of each token. The first token
# has scores $1 \cdot 1$ and $1 \cdot 0$, so weights $0.731, 0.269$ and the output
# $0.731$. The second has scores $0, 0$ and gets $0.5$. Head 1 is the mirror image.
# Sum and difference: $(1.231, 0.231)$ for the first token, $(1.231, -0.231)$ for
# the second.
#
# **Loop.** One loop each for head, query, key and column. The columns of head $h$
# are the only news since lesson 02.

# %% slideshow={"slide_type": "fragment"}
def multihead_loop(X, W_Q, W_K, W_V, W_O, H):
    n, d_k, heads = len(X), X.shape[1] // H, []
    for h in range(H):
        own = range(h * d_k, (h + 1) * d_k)  # columns of head h
        for i in range(n):
            scores = []
            for j in range(n):
                products = ((X[i] @ W_Q[:, c]) * (X[j] @ W_K[:, c]) for c in own)
                scores.append(sum(products) / d_k**0.5)
            w = torch.stack(scores).softmax(0)
            for c in own:
                heads.append(sum(w[j] * (X[j] @ W_V[:, c]) for j in range(n)))
    together = torch.stack(heads).view(H, n, d_k)
    return torch.cat(list(together), dim=1) @ W_O  # side by side, then mixed

# %% slideshow={"slide_type": "fragment"}
X = identity = torch.eye(2)
mix = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
by_hand = torch.tensor([[1.231, 0.231], [1.231, -0.231]])
looped = multihead_loop(X, *3 * [identity], mix, H=2)
print(looped.numpy().round(3))
assert torch.allclose(looped, by_hand, atol=1e-3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor.** Project once for all heads, cut the last axis in two, and bring the
# heads forward: the attention of lesson 02 takes them as one more leading
# dimension.

# %% slideshow={"slide_type": "fragment"}
def split(x, H):  # "... tokens d" -> "... heads tokens d_k"
    return x.unflatten(-1, (H, -1)).transpose(-3, -2)


def merge(heads):  # "... heads tokens d_k" -> "... tokens d"
    return heads.transpose(-3, -2).flatten(-2)


def multihead(X, W_Q, W_K, W_V, W_O, H):
    heads = attention(split(X @ W_Q, H), split(X @ W_K, H), split(X @ W_V, H))
    return merge(heads) @ W_O

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library.** `nn.MultiheadAttention` keeps the three input matrices stacked in
# `in_proj_weight`, transposed. We hand it ours, so that the gradients with respect
# to all five inputs can be compared.

# %% slideshow={"slide_type": "skip"}
def library(X, W_Q, W_K, W_V, W_O, H):
    layer = nn.MultiheadAttention(X.shape[-1], H, bias=False, batch_first=True)
    weights = {"in_proj_weight": torch.cat((W_Q, W_K, W_V), 1).T}
    weights["out_proj.weight"] = W_O.T
    return functional_call(layer, weights, (X, X, X), {"need_weights": False})[0]

# %% slideshow={"slide_type": "skip"}
generator = torch.Generator().manual_seed(1)
for n, d, H in ((5, 4, 2), (7, 6, 3), (3, 8, 1), (4, 6, 6)):
    X = torch.randn(n, d, generator=generator)
    five = [X, *torch.randn(4, d, d, generator=generator)]
    assert gap(partial(multihead_loop, H=H), partial(multihead, H=H), *five) < 1e-10
    assert gap(partial(multihead, H=H), partial(library, H=H), *five) < 1e-10
print("loop, tensor and nn.MultiheadAttention: values and gradients", end=" ")
print("differ by less than 1e-10")

# %% slideshow={"slide_type": "subslide"}
machine = viz.diagram(MultiHeadAttention(32, 4), (torch.zeros(2, 8, 32),) * 3)
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three matrices, each split among the heads; four attentions side by side, of a
# quarter of the width each; put together again and mixed by $W_O$.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# **The class.** The same with weights of its own (and biases, as `nn.Linear` has
# them), for queries that may differ from the keys, any leading dimensions, and a
# mask.

# %% tags=["subject"] slideshow={"slide_type": "fragment"}
class MultiHead(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        self.num_heads = num_heads
        layers = [nn.Linear(d_model, d_model) for _ in range(4)]
        self.query, self.key, self.value, self.output = layers

    def forward(self, query, key, value, mask=None):
        q = split(self.query(query), self.num_heads)
        k = split(self.key(key), self.num_heads)
        v = split(self.value(value), self.num_heads)
        return self.output(merge(attention(q, k, v, mask)))


torch.manual_seed(0)
ours = MultiHead(d_model=32, num_heads=4)
count = sum(p.numel() for p in ours.parameters())
print("parameters:", count, "= 4 (32 x 32 + 32), for any number of heads")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it.** `course_utils.attention.MultiHeadAttention` has the same four layers
# under the same names, so the weights of ours fit into it. It adds what later
# lessons need: a cache (06), rotary positions (below), and `from_torch`. All three
# agree, for any leading dimensions:

# %% slideshow={"slide_type": "fragment"}
kept = MultiHeadAttention(32, 4)
kept.load_state_dict(ours.state_dict())  # same names, same shapes
theirs = nn.MultiheadAttention(32, 4, batch_first=True)
copied = MultiHeadAttention.from_torch(theirs)
x = torch.randn(3, 10, 32, generator=generator)


def output_of_torch(*inputs):
    return theirs(*inputs, need_weights=False)[0]


pairs = {
    "ours, kept": (ours, kept),
    "torch's, from_torch": (output_of_torch, copied),
}
for layer in (ours, kept, theirs, copied):
    layer.double()
for name, (f, g) in pairs.items():
    assert gap(f, g, x, x, x) < 1e-10
    print(f"{name:20s} values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it: cut the heads with one `view`.** The shape comes out right, nothing
# complains, and each head sees the wrong tokens. Fill each token with its own
# number and look into head 0:

# %% slideshow={"slide_type": "fragment"}
# token j holds six times the number j
numbered = torch.arange(4.0)[:, None].expand(4, 6).contiguous()
right, wrong = split(numbered, 2), numbered.view(2, 4, 3)
print("shapes", tuple(right.shape), tuple(wrong.shape))
print("tokens in head 0, cut and exchanged:", right[0, :, 0].int().tolist())
print("tokens in head 0, one view:         ", wrong[0, :, 0].int().tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# After the `view`, head 0 holds the two halves of tokens 0 and 1 and knows nothing
# of tokens 2 and 3: half of the clip is gone. Cut the last axis first, exchange
# then.
#
# **Break it: leave out $W_O$.** Each output number would belong to one head alone.
# On the task of the last section each of them is one weighted mean again, and Eq.
# 3.1b holds for it. Train two heads once more, with $W_O$ fixed to the identity:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-ignore-output"]
# varies: a training run ends a little differently on every machine
torch.manual_seed(0)
unmixed = MultiHeadAttention(32, 2)
unmixed.output.requires_grad_(False).weight.copy_(torch.eye(32))
fit(unmixed, heads_error, steps=300, lr=0.02, progress=False)
with torch.no_grad():
    alone = heads_error(unmixed, seed=10**9, clips=4000).item()
print(f"error of two heads that never meet {alone:.3f}")
claim(0.49 < alone < 0.6, "without W_O two heads do no better than one")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: what the two trained heads do
#
# The layers were trained on flicker. Give them the clip: at each of 256 places
# (patches of 2 x 2 pixels, 12 numbers) the eight frames are eight tokens.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the layers were trained
# places frames 12
lines = patchify(video, (1, 2, 2)).view(8, 256, 12).transpose(0, 1)
shown = {"truth": video[1:] - video[:-1]}
for heads, layer in layers.items():
    with torch.no_grad():
        # 256 places x 7 frames x 12
        y_hat = layer(frames[1:], frames, F.pad(lines, (0, 20)))[..., :12]
    # frames first again, as patchify counts them
    y_hat = y_hat.transpose(0, 1).flatten(0, 1)
    name = f"{heads} head" + "s" * (heads > 1)
    shown[name] = unpatchify(y_hat, (1, 2, 2), (7, 3, 32, 32))

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the layers were trained
for name, change in shown.items():
    viz.digest(change, reference=shown["truth"], name=name)
strips = {name: (0.5 + 0.5 * change).clamp(0, 1) for name, change in shown.items()}
viz.filmstrip(strips, start=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. Top: the true change of each frame since the one before, grey for
# none. Middle: one head shows half of the present frame, shapes and all, and cannot
# say what moved. Bottom: two heads show the change.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: the layers were trained
with record_attention(layers[2]) as record, torch.no_grad():
    layers[2](frames[1:], frames, frames)
# "" is the layer itself, 0 its first call: heads queries keys = 2 7 8
weights = record[""][0]
best = weights.argmax(-1).tolist()
print("the frame that each head likes best, for queries 1 to 7:", best)
labels = [str(t) for t in range(1, 8)]
viz.attention_map(weights, labels, title="Two heads, two places to look")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The weights that `record_attention` took out of the layer. Rows are the frames
# that ask, columns those that are asked. In one head each row has its largest
# weight on its own frame, in the other on the frame before. Nobody told the heads
# to divide the work. The weights need not be 1: what both heads give to the other
# frames is alike, and $W_O$ takes it out.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *How many heads?* Enough for the things to look at, few
# enough that d_k can still tell keys apart; Michel et al. (2019) removed many after
# training and lost little. *Why do heads not all learn the same?* They start from
# different random numbers, and two equal heads waste what one could do. *Do heads
# cost time?* The same number of multiplications; H times as many softmaxes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Shuffle the frames
#
# **Does a layer with heads know which frame came first?** In the last section we
# wrote the frame number into the queries and keys. Without it, lesson 02's Eq. 2.7
# holds in each head, and $W_O$ works on each token by itself, so for any shuffle
# $\Pi$ (lesson 02 wrote $P$; from here on $P$ means positions) of the tokens:
#
# $$
# \mathrm{multihead}(\Pi X, \Pi X, \Pi X) = \Pi\,\mathrm{multihead}(X, X, X)
# $$
#
# **Predict, then run**: shuffle the frames of the clip, or run it backwards. What
# changes in the outputs? And in their mean, from which a model would say "the ball
# moves left"?

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(2)
bare = nn.Linear(48, 32)  # patches to tokens, for a layer with four heads
heads4 = MultiHeadAttention(32, 4)


def outputs(clip):
    x = bare(patchify(clip, (1, 4, 4)))
    return heads4(x, x, x).view(8, 64, 32).detach()  # frames patches d


orders = {"shuffled": torch.tensor([3, 0, 7, 5, 1, 6, 2, 4])}
orders["backwards"] = torch.arange(7, -1, -1)
for name, order in orders.items():
    ordered, other = outputs(video), outputs(video[order])
    moved = (other - ordered[order]).abs().max()
    mean = (other.mean((0, 1)) - ordered.mean((0, 1))).abs().max()
    print(f"{name:9s} outputs, put back in order, differ by {moved:.3f};", end=" ")
    print(f"their mean by {mean:.3f}")
    assert moved < 1e-5 and mean < 1e-5

# %% slideshow={"slide_type": "subslide"}
clips = {"as filmed": video}
clips |= {name: video[orders[name]] for name in ("backwards", "shuffled")}
viz.digest(clips["shuffled"], name="shuffled")
viz.compare(clips, fps=4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three clips that you tell apart at once. The layer gives the same answer to all
# three, and it would after any training: arriving and leaving, falling and rising,
# cause and effect are one to it.
#
# <details><summary>What you just saw</summary>
#
# The outputs are the same vectors in another order, and their mean is the same
# vector. Whatever stands behind the mean cannot tell left from right. Heads did not
# help: they are blind to order one by one.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The price of not knowing
#
# Let a layer work on the contents alone, without frame numbers, and ask for the
# change $y_t = v_t - v_{t-1}$ again. It knows its own $v_t$. Which of the other
# $T - 1$ frames came just before, it cannot know: its best guess is their mean. One
# of $T - 1$ independent frames, guessed by their mean, leaves a variance of
# $1 - \frac{1}{T-1}$, and $y_t$ has the variance 2:
#
# $$
# e_{\text{no place}} \;\ge\; \frac12 \left(1 - \frac{1}{T-1}\right)
# = \frac{3}{7} \approx 0.43 \quad\text{for } T = 8
# \tag{3.5}
# $$
#
# Two frames, $T = 2$: the other frame *is* the one before, and the error is 0. The
# longer the clip, the closer to one half. We train such a layer below, beside three
# that know their places.

# %% slideshow={"slide_type": "fragment"}
c = torch.randn(400_000, 8, generator=torch.Generator().manual_seed(3))
y = c[:, 4] - c[:, 3]
others = (c.sum(1) - c[:, 4]) / 7
error = ((y - (c[:, 4] - others)) ** 2).mean() / 2
print(f"own content minus the mean of the others: error {error:.2f},", end=" ")
print(f"by formula {3 / 7:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Positions as waves
#
# **How do you write a frame number into a token?** The plain number grows without
# bound and soon drowns the contents. A one-hot vector has no neighbours: all frames
# are equally far apart. Vaswani et al. (2017) write each position as the hands of
# many clocks, from fast to slow:
#
# $$
# P_{p,\,2i} = \sin(p\,\omega_i), \qquad P_{p,\,2i+1} = \cos(p\,\omega_i), \qquad \omega_i =
# \mathrm{base}^{-2i/d}
# \tag{3.2}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $p$ | position: number of the frame, row or column | 0, 1, 2, ... |
# | $i$ | which pair of numbers, which clock (as in the paper; no query here) | 0 to $d/2 - 1$ |
# | $\omega_i$ | speed of clock $i$, from 1 down to nearly 1 / base radian a step | d / 2 |
# | base | 10000 in the paper | a number |
# | $P$ | one row for each position, added to the tokens: $X + P$ | tokens x d |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand**, $d = 4$: two clocks of speed 1 and $10000^{-1/2} = 0.01$. Position 1
# is $(\sin 1, \cos 1, \sin 0.01, \cos 0.01) = (0.841, 0.540, 0.010,
# 1.000)$ and position 2 is $(0.909, -0.416, 0.020,
# 1.000)$. **Loop**, then **tensor**:

# %% slideshow={"slide_type": "fragment"}
def waves_loop(n, d, base=10000.0):
    P = torch.zeros(n, d, dtype=torch.float64)
    for p in range(n):
        for i in range(d // 2):
            P[p, 2 * i] = math.sin(p * base ** (-2 * i / d))
            P[p, 2 * i + 1] = math.cos(p * base ** (-2 * i / d))
    return P

# %% slideshow={"slide_type": "fragment"}
print(waves_loop(3, 4).numpy().round(3))

# %% slideshow={"slide_type": "fragment"}
def waves(n, d, base=10000.0):
    speed = base ** -(torch.arange(0, d, 2, dtype=torch.float64) / d)  # omega_i
    turn = torch.arange(n)[:, None] * speed  # n x d/2
    # sin and cos take turns
    return torch.stack((turn.sin(), turn.cos()), dim=-1).flatten(-2)


assert torch.allclose(waves_loop(40, 10), waves(40, 10), atol=1e-12)
print("loop and tensor agree to 1e-12")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Library and keep.** PyTorch has no function of this name. What it has are
# complex numbers, and a clock hand is one: $e^{\mathrm{i} p \omega}$ with the
# cosine as real and the sine as imaginary part (`polar` makes it from length and
# angle; `view_as_real` and `view_as_complex` turn it into a pair and back). The
# course keeps `sinusoidal_positions`. (There is no gradient to compare: Eq. 3.2 has
# neither inputs nor parameters.)

# %% slideshow={"slide_type": "fragment"}
speed = 10000 ** -(torch.arange(0, 10, 2, dtype=torch.float64) / 10)
turn = torch.arange(40)[:, None] * speed
# n x d/2 x (cos, sin)
hands = torch.view_as_real(torch.polar(torch.ones_like(turn), turn))
assert torch.allclose(hands.flip(-1).flatten(-2), waves(40, 10), atol=1e-12)
assert sinusoidal_positions(40, 10, dtype=torch.float64).equal(waves(40, 10))
print("loop, tensor, complex numbers and course_utils agree to 1e-12")
clocks = {f"clock {i}": waves(60, 10)[:, 2 * i] for i in (0, 1, 2, 4)}
viz.lines(clocks, "position", "sine")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Four of five clocks of $d = 10$ over sixty positions. The fast one tells
# neighbours apart and repeats itself; the slow ones tell far positions apart and
# hardly move from one to the next.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The shift is a rotation
#
# **Why sine *and* cosine?** Because then "one frame later" is the same turn for
# every frame. Moving by $k$ turns the hand of clock $i$ by the angle $k\,\omega_i$,
# wherever it stands:
#
# $$
# \begin{pmatrix} \sin (p + k)\omega_i \\ \cos (p + k)\omega_i \end{pmatrix}
# \;=\; \begin{pmatrix} \cos k\omega_i & \sin k\omega_i \\ -\sin k\omega_i & \cos k\omega_i \end{pmatrix}
# \begin{pmatrix} \sin p\,\omega_i \\ \cos p\,\omega_i \end{pmatrix}
# \tag{3.2b}
# $$
#
# These are the addition theorems of sine and cosine, row by row. The matrix
# contains $k$ and no $p$: a linear layer can learn to look "three frames back"
# from anywhere. (`block_diag` sets the matrices of all clocks along one
# diagonal.)

# %% slideshow={"slide_type": "fragment"}
def shift(k, d):  # one d x d matrix, a 2 x 2 rotation for each clock
    turns = [k * 10000.0 ** (-2 * i / d) for i in range(d // 2)]
    blocks = torch.empty(len(turns), 2, 2, dtype=torch.float64)
    for block, a in zip(blocks, turns):
        block[0, 0], block[0, 1] = math.cos(a), math.sin(a)
        block[1, 0], block[1, 1] = -math.sin(a), math.cos(a)
    return torch.block_diag(*blocks)

# %% slideshow={"slide_type": "fragment"}
P = waves(600, 10)
for k in (1, 7, 100):
    R = shift(k, 10)
    # one matrix for all 500 positions
    assert torch.allclose(P[:500] @ R.T, P[k : 500 + k], atol=1e-10)
    # a rotation: it keeps all lengths
    assert torch.allclose(R @ R.T, torch.eye(10).double(), atol=1e-10)
print("one matrix shifts 500 positions by k;", end=" ")
print("by how much depends on k alone, for k = 1, 7, 100")

# %% slideshow={"slide_type": "subslide"}
path = {}
for a in (0, 8, 30):
    path[f"positions {a} to {a + 5}"] = (P[a : a + 6, 2], P[a : a + 6, 3])
for name, (sine, cosine) in path.items():
    steps = torch.atan2(sine, cosine).diff() % (2 * math.pi)
    low, high = steps.min(), steps.max()
    print(f"{name:18s} turn by {low:.3f} to {high:.3f} radian a step")
viz.lines(path, "sine", "cosine")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The hand of clock 1 on its circle, at three stretches of six positions. They begin
# at different places, and all steps are equally long: the same rotation, again and
# again.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Break it: leave out the cosine.** With sines alone, is there still one matrix
# that shifts all positions? Fit the best one by least squares and see what it
# leaves:

# %% slideshow={"slide_type": "fragment"}
def left_over(table, k=3):
    start, goal = table[:-k], table[k:]
    # the best d x d matrix there is
    best = torch.linalg.lstsq(start, goal).solution
    return ((start @ best - goal) ** 2).mean() / (goal**2).mean()

# %% slideshow={"slide_type": "fragment"}
both, sines = waves(600, 10), waves(600, 20)[:, 0::2]  # ten numbers each
left, alone = left_over(both), left_over(sines)
print(f"share of the variance left: both {left:.2f}, sines alone {alone:.2f}")
assert left < 1e-10 < 0.05 < alone

# %% [markdown] slideshow={"slide_type": "fragment"}
# A sine alone does not say whether its hand is on the way up or down, and the next
# position depends on it.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **On video.** A patch has three positions: time, row, column.
# `sinusoidal_positions((T, rows, columns), d)` gives each axis a third of the
# clocks. Let every patch ask with its position alone, and see where frame 4, row 3,
# column 5 looks:

# %% slideshow={"slide_type": "fragment"}
P = sinusoidal_positions((8, 8, 8), 48, base=100.0)  # 512 tokens x 48
weights = attention_weights(3 * P, 3 * P)  # 3: how sharply it looks
where = (4 * 8 + 3) * 8 + 5
own = weights[where, 256:320].sum()
best = bool(weights[where].argmax() == where)
print(f"share of the own frame {own:.2f}, best token is its own: {best}")
viz.digest(weights, name="weights by place")
viz.attention_over_video(video, weights, query=(4, 3, 5), patch=4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Attention without any content: a spot around the patch's own place, strongest in
# its own frame and fading over the frames before and after. Neighbours in the frame
# are neighbours in $P$. What the frames show plays no part.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Does adding P destroy the content?* It mixes, and the
# matrices W can separate it again if the two lie in different directions; there is
# room in d dimensions. *Why 10000?* The paper gives no reason. The slowest clock
# then needs some 60 000 steps to come around; for clips of tens of frames 100 is
# closer to the point. *Why geometric speeds?* Like digits: each clock resolves a
# scale.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Learned positions
#
# **Why prescribe waves, if training could find something better?** Give each
# position a vector of parameters and add it. Vaswani et al. (2017, Table 3, row E)
# find the two nearly equal:
#
# $$
# x_p \;\leftarrow\; x_p + E_p
# \tag{3.3}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x_p$ | token at position $p$ | d |
# | $E$ | table of parameters, one row for each position | positions x d |
#
# For a video, one table for each axis:
# $E^{\text{time}}_t + E^{\text{row}}_r + E^{\text{column}}_c$. **By hand**: with
# $E = ((1, 0), (0, 2))$ the tokens $(5, 5), (5, 5)$ become $(6, 5), (5, 7)$.
# **Loop**, **tensor** and **library**:

# %% slideshow={"slide_type": "fragment"}
def learned_loop(x, E):
    out = x.clone()
    for p in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[p, c] = x[p, c] + E[p, c]
    return out


def learned(x, E):
    return x + E[: len(x)]

# %% slideshow={"slide_type": "fragment"}
fives, E = torch.full((2, 2), 5.0), torch.tensor([[1.0, 0], [0, 2]])
print(learned_loop(fives, E).tolist())
x, E = torch.randn(2, 6, 4, generator=generator)
assert gap(learned_loop, learned, x, E) < 1e-12
embedding = partial(F.embedding, torch.arange(6))  # what nn.Embedding calls
assert gap(learned, lambda x, E: x + embedding(E), x, E) < 1e-12
print("loop, tensor and nn.Embedding: values and gradients", end=" ")
print("differ by less than 1e-12")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Keep it**, and **on video**: `LearnedPositions((T, rows, columns), d)` holds one
# table for each axis. A table for every token of 16 frames of 8 x 8 patches would
# be 32 times as large. The price of the small ones: no token has a vector of its
# own, as a place adds the same in every frame.

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
axes, every = LearnedPositions((16, 8, 8), 48), LearnedPositions(16 * 8 * 8, 48)
counts = (sum(p.numel() for p in m.parameters()) for m in (axes, every))
print("parameters:", *counts)
time, row, column = axes.tables
by_hand = time[4] + row[3] + column[5]
assert torch.allclose(axes(torch.zeros(1024, 48))[(4 * 8 + 3) * 8 + 5], by_hand)
added = axes(patchify(video, (1, 4, 4))) - patchify(video, (1, 4, 4))
viz.digest(added, name="what is added to the 512 tokens of the clip")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** What has never been trained is not known. The gradient reaches only
# rows that occur in training, and beyond the table there is no row at all:

# %% slideshow={"slide_type": "fragment"}
table = LearnedPositions(16, 8)
table(torch.zeros(10, 8)).sin().sum().backward()  # clips of 10 frames
print("rows that learn:", table.tables[0].grad.abs().sum(-1).gt(0).int().tolist())
try:
    table(torch.zeros(17, 8))
except ValueError as error:
    print(error)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Positions as rotations
#
# **Does frame 104 differ from frame 4, if what matters is "one frame ago"?**
# Absolute positions leave it to training to find out that it does not. We want
# scores that depend on the *difference* of two positions, whatever the contents.
# Waves almost do it; *rotary* positions (Su et al., 2021) do it exactly. Add
# nothing to the tokens. Turn pairs of numbers of each query and key, by the angles
# of the clocks:
#
# $$
# \begin{pmatrix} \tilde x_{2i} \\ \tilde x_{2i+1} \end{pmatrix}
# = \begin{pmatrix} \cos p\,\omega_i & -\sin p\,\omega_i \\ \sin p\,\omega_i & \cos p\,\omega_i \end{pmatrix}
# \begin{pmatrix} x_{2i} \\ x_{2i+1} \end{pmatrix},
# \qquad
# \tilde x = R_p\, x
# \tag{3.4}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x$ | a query or a key of one head; values are not turned | d_k |
# | $p$, $\omega_i$ | position and speeds, as in Eq. 3.2, with $d_k$ in place of $d$ | - |
# | $R_p$ | all the rotations in one matrix; in code no matrix is built | d_k x d_k |

# %% [markdown] slideshow={"slide_type": "fragment"}
# Turning by $p'$ after turning back by $p$ is turning by $p' - p$:
# $\;R_p^\top R_{p'} = R_{p' - p}$. So the score of a query at $p$ with a key at
# $p'$ is
#
# $$
# (R_p\, q) \cdot (R_{p'}\, k) \;=\; q^\top R_p^\top R_{p'}\, k \;=\; q \cdot (R_{p' - p}\, k)
# \tag{3.4b}
# $$
#
# **By hand**, one pair, $\omega = 1$, $q = k = (1, 0)$: at positions 2 and 5 they
# are $(\cos 2, \sin 2)$ and $(\cos 5, \sin 5)$, and their product is
# $\cos 2 \cos 5 + \sin 2 \sin 5 = \cos 3 = -0.990$. At 12 and 15: $\cos 3$ again.
# **Loop**, then **tensor**:

# %% slideshow={"slide_type": "fragment"}
def rotary_loop(x, base=10000.0, start=0):
    out, d_k = torch.zeros_like(x), x.shape[1]
    for p in range(len(x)):
        for i in range(d_k // 2):
            a = (start + p) * base ** (-2 * i / d_k)
            even, odd = x[p, 2 * i], x[p, 2 * i + 1]
            out[p, 2 * i] = math.cos(a) * even - math.sin(a) * odd
            out[p, 2 * i + 1] = math.sin(a) * even + math.cos(a) * odd
    return out

# %% slideshow={"slide_type": "fragment"}
def rotary(x, base=10000.0, start=0):
    n, d_k = x.shape[-2:]
    speed = base ** -(torch.arange(0, d_k, 2, dtype=torch.float64) / d_k)
    turn = (start + torch.arange(n))[:, None] * speed  # tokens d_k/2
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = turn.cos().to(x), turn.sin().to(x)
    pairs = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1)
    return pairs.flatten(-2)

# %% slideshow={"slide_type": "subslide"}
one = torch.tensor([[1.0, 0.0]])
for p in (2, 12, 102):
    score = rotary_loop(one, start=p) @ rotary_loop(one, start=p + 3).T
    print(f"positions {p:3d} and {p + 3:3d}: score {score.item():.3f}")

# %% slideshow={"slide_type": "skip"}
# the library's way: a pair is a complex number, a turn is a product
def by_complex_numbers(x):
    n, d_k = x.shape[-2:]
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    speed = 10000.0 ** -(torch.arange(0, d_k, 2, dtype=torch.float64) / d_k)
    turn = torch.arange(n)[:, None] * speed
    turned = pairs * torch.polar(torch.ones_like(turn), turn)
    return torch.view_as_real(turned).flatten(-2)

# %% slideshow={"slide_type": "skip"}
x = torch.randn(9, 6, generator=generator)
for other in (rotary_loop, by_complex_numbers, RotaryPositions(6)):
    assert gap(rotary, other, x) < 1e-10
print("loop, tensor, complex product, RotaryPositions:", end=" ")
print("values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Keep it**: `RotaryPositions(d_k)` is the function above, and
# `MultiHeadAttention(d, H, rotary=...)` turns queries and keys of every head with
# it. Now **relative, asserted** (Eq. 3.4b): scores of random queries and keys do
# not change when both move by the same number of frames.

# %% slideshow={"slide_type": "fragment"}
q, k = torch.randn(2, 20, 16, generator=generator, dtype=torch.float64)
turn = RotaryPositions(16)
here, there = (turn(q, offset=p) @ turn(k, offset=p).T for p in (0, 1000))
P = waves(1020, 16)
early, late = ((q + p) @ (k + p).T for p in (P[:20], P[1000:]))
turned, added = (here - there).abs().max(), (early - late).abs().max()
print(f"moved by 1000 frames, scores change by: rotary {turned:.3f},", end=" ")
print(f"waves added {added:.0f}")
assert turned < 1e-10 and added > 1
# a turn keeps all lengths
assert torch.allclose(turn(q).norm(dim=-1), q.norm(dim=-1))

# %% [markdown] slideshow={"slide_type": "fragment"}
# For added waves $(q + P_p) \cdot (k + P_{p'})$ has four terms. $P_p \cdot P_{p'}$
# is relative, but $q \cdot P_{p'}$ and $P_p \cdot k$ are not: content meets an
# absolute place.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Over time, height and width
#
# **Is the patch below my neighbour?** Numbered row by row, it comes 8 tokens later,
# while the last patch of my row and the first of the next are one apart. So a token
# of a video gets three positions, and each axis its own third of the pairs:
# $\tilde x = R_{(t, r, c)}\, x$ turns the first third by $t\,\omega_i$, the second
# by $r\,\omega_i$, the last by $c\,\omega_i$. Each third obeys Eq. 3.4b, so the sum
# does: the score knows $(\Delta t, \Delta r, \Delta c)$ alone.

# %% slideshow={"slide_type": "fragment"}
grid = RotaryPositions(12, inner=(5, 6))  # frames of 5 rows and 6 columns
two = torch.randn(2, 12, generator=generator).double()
q, k = (grid(v.expand(4 * 30, 12)).view(4, 5, 6, 12) for v in two)
# one query and one key vector, put at every pair of places
score = torch.einsum("trsd,uvwd->trsuvw", q, k)
moves = {"time": (1, 0, 0), "height": (0, 2, 0), "width": (0, 0, 3)}
for name, (t, r, s) in (moves | {"all three": (2, 1, 2)}).items():
    after = score[t:, r:, s:, t:, r:, s:]
    before = score[: 4 - t, : 5 - r, : 6 - s, : 4 - t, : 5 - r, : 6 - s]
    change = (after - before).abs().max()
    print(f"both moved along {name:10s} scores change by {change:.3f}")
    assert change < 1e-10

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it, on video**: number the 512 patches along one line. All tokens ask and
# answer with the same vector, so that only the places speak.

# %% slideshow={"slide_type": "fragment"}
def neighbourhood(rotary):
    same = 2 * torch.ones(512, 48)  # 2: how sharply it looks
    # frame 4, row 3, column 5
    return attention_weights(rotary(same), rotary(same))[where]

# %% slideshow={"slide_type": "fragment"}
all_places = torch.cartesian_prod(*3 * [torch.arange(8)])
t, r, _ = (all_places - torch.tensor([4, 3, 5])).abs().T
share = {"another frame": t > 0, "another row of its frame": (t == 0) & (r > 0)}
ways = {"along one line": RotaryPositions(48, base=100.0)}
ways["time, height, width"] = places
looks = {name: neighbourhood(way) for name, way in ways.items()}
for name, row in looks.items():
    shares = [f"{place} {row[there].sum():.2f}" for place, there in share.items()]
    print(f"{name:20s} attention on", "   ".join(shares))
heat = {name: (row / row.max()).view(8, 1, 8, 8) for name, row in looks.items()}
strips = {"video": video}
for name, h in heat.items():
    strips[name] = h.repeat_interleave(4, -1).repeat_interleave(4, -2)
viz.filmstrip(strips)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Where the patch at frame 4, row 3, column 5 looks by place. In the middle: along
# one line it finds itself and its neighbours in the row, and nothing above, below,
# before or after, because these are 8 and 64 tokens away. At the bottom: with three
# axes, and the same factor 2, it finds a ball in space and time. Now read the first
# cell of the lesson again: `offset=64` shifts the keys by one frame of 8 x 8
# places, so that the best match is one frame ago.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not turn the values?* The output would then be turned
# by the place it came from, and a mean of differently turned vectors is mush. *Why
# in each layer, while P is added once?* Because nothing of it stays in the tokens.
# *Pairs (0, 1) or (0, d/2)?* Both exist in published code; they differ by a fixed
# order of the columns, but weights trained with one do not fit the other. *Does the
# cache of lesson 06 work with it?* Yes: keys are turned before they are kept.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Longer than in training
#
# **You train on clips of 8 frames. Which positions still work at 12, at 32?** The
# task is the one of Eq. 3.5: contents go in, the change since the frame before
# comes out, $y_t = v_t - v_{t-1}$. One layer with two heads, and four ways to know
# the place; waves and rotary have the same base 100. A learned table ends at frame
# 8, so we *stretch* it over longer clips, as is done when image models get larger
# images.

# %% slideshow={"slide_type": "fragment"}
# rows between the learned ones, by linear interpolation; the same table for n = 8
def stretched(table, n):
    return F.interpolate(table.T[None], n, mode="linear", align_corners=True)[0].T


class Motion(nn.Module):
    def __init__(self, kind, d=32):
        super().__init__()
        self.kind, self.embed, self.out = kind, nn.Linear(12, d), nn.Linear(d, 12)
        rotary = RotaryPositions(d // 2, base=100.0) if kind == "rotary" else None
        self.attention = MultiHeadAttention(d, 2, rotary=rotary)
        # as large as waves are
        self.table = nn.Parameter(torch.randn(8, d)) if kind == "learned" else None

    def forward(self, c, mask=None):  # "batch frames 12" -> "batch frames 12"
        x = self.embed(c)
        if self.kind == "sinusoidal":
            x = x + sinusoidal_positions(c.shape[1], x.shape[2], base=100.0)
        if self.kind == "learned":
            x = x + stretched(self.table, c.shape[1])
        return self.out(self.attention(x, x, x, mask))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict, then run.** Write down an order for 16 frames: no place, sinusoidal,
# learned and stretched, rotary. Which of them will be worse than the layer that
# knows no place?

# %% slideshow={"slide_type": "fragment"}
def motion_error(model, seed, length=8, clips=32):
    g = torch.Generator().manual_seed(seed)
    c = torch.randn(clips, length, 12, generator=g)
    return ((model(c)[:, 1:] - (c[:, 1:] - c[:, :-1])) ** 2).mean() / 2


kinds = ("no place", "sinusoidal", "learned", "rotary")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
models, histories = {}, {}
for kind in kinds:
    torch.manual_seed(0)
    models[kind] = Motion(kind)
    histories[kind] = fit(models[kind], motion_error, steps=500, lr=0.01)
viz.loss_curve(
    histories,
    baseline={"bound without places": 3 / 7},
    ylabel="error (share of the variance)",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Error against training steps, one run each, at 8 frames. The layer without
# positions runs along the dashed line that Eq. 3.5 predicts. The three others learn
# the task nearly perfectly: at the length of the training they do not differ.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: numbers after training
lengths = [8, 10, 12, 16, 24, 32]
errors = {}
for kind, model in models.items():
    with torch.no_grad():
        errors[kind] = [motion_error(model, 10**9, n, 256).item() for n in lengths]
    cells = [f"{n} frames {e:.3f}" for n, e in zip(lengths, errors[kind])]
    print(f"{kind:11s}", "  ".join(cells))
none, *placed = (errors[kind][0] for kind in kinds)
met = abs(none - 3 / 7) < 0.03
claim(met, "without places the error is that of Eq. 3.5, at 8 frames")
claim(max(placed) < 0.02, "with places, all three kinds solve 8 frames")
none, waved, learned_16, turned = (errors[kind][3] for kind in kinds)
alone = turned < 0.05 < 0.2 < min(waved, learned_16)
claim(alone, "at 16 frames only rotary still works")
series = {kind: (lengths, row) for kind, row in errors.items()}
blank = {"knows nothing": 1.0}
viz.lines(series, "frames in the clip", "error", logx=2, baseline=blank)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Error against the length of the clip, one run each; training saw 8 frames, the
# leftmost points. Rotary stays near zero at twice the length and more. The waves
# and the stretched table lose the task within a few frames. A study made the same
# runs with three seeds:

# %% slideshow={"slide_type": "skip"}
study = load_study("longer-clips")
print(study.note())
study.table([f"{n} frames" for n in lengths])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# *Learned, stretched*, lies behind the layer without places at 12 frames, with
# every seed: "one frame ago" has become less than a row of the table ago, which
# training never met. *Sinusoidal* falls behind it at 16 frames: Eq. 3.2b says that
# a matrix exists that looks one frame back from anywhere. Training on eight frames
# need not find it: any matrix that is right on eight positions will do, and such a
# matrix is wrong on the ninth. *Rotary*: nothing absolute is there to be learned by
# heart. But distances beyond 7 are new to it as well, and so it is not immune: a
# key twenty frames away may happen to match. Kazemnejad et al. (2023) find rotary,
# among others, not well suited to tasks longer than those in training.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Two kinds of new.** Is it new *positions* or new *distances* that hurt? Put 100
# frames in front of a clip of 8 and let nobody look at them. All distances between
# visible frames are known from training, all positions are new:

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: numbers after training
c = torch.randn(128, 108, 12, generator=torch.Generator().manual_seed(10**9))
late, y = {}, c[:, 101:] - c[:, 100:-1]
# queries keys, True = may attend
visible = (torch.arange(108) >= 100).expand(108, 108)
for kind in ("sinusoidal", "rotary"):
    with torch.no_grad():
        y_hat = models[kind](c, visible)[:, 101:]
    late[kind] = ((y_hat - y) ** 2).mean().item() / 2
    print(f"{kind:11s} 8 frames from frame 100 on: error {late[kind]:.3f}")
waves_only = late["rotary"] < 0.02 < 0.1 < late["sinusoidal"]
claim(waves_only, "new positions hurt the waves, not rotary")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Rotary answers as on its training clips, as Eq. 3.4b demands: positions are
# nothing to it, only distances can be new. New positions alone cost the waves more
# than a tenth of the variance; at 16 frames, where distances are new as well, they
# have lost half of it.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: a clip of 24 frames
#
# A clip of shapes, three times as long as those in training. At each of 256 places
# the 24 frames are 24 tokens. From each place its own mean over the clip is
# subtracted, which no difference sees, and the numbers are scaled to lie well
# inside the range of the training, because contents take part in the scores too:
# loud ones would push the weights about. The output is scaled back.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the models were trained
film = ShapesWorld(shapes=2, frames=24).sample(1, seed=11).video[0]
# places frames 12
lines = patchify(film, (1, 2, 2)).view(24, 256, 12).transpose(0, 1)
lines = 2 * (lines - lines.mean(1, keepdim=True))
shown = {"truth": film[1:] - film[:-1], "nothing moves": torch.zeros_like(film[1:])}
for kind, model in models.items():
    with torch.no_grad():
        y_hat = model(lines)[:, 1:] / 2  # 256 places x 23 frames x 12
    y_hat = y_hat.transpose(0, 1).flatten(0, 1)  # frames first again
    shown[kind] = unpatchify(y_hat, (1, 2, 2), (23, 3, 32, 32))

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the models were trained
for name, change in shown.items():
    viz.digest(change, reference=shown["truth"], name=name)
del shown["nothing moves"]
strips = {name: (0.5 + 0.5 * change).clamp(0, 1) for name, change in shown.items()}
viz.filmstrip(strips, every=3, start=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. Top row: the true change, an edge that arrives and one that leaves.
# Bottom row: rotary, the same picture but for a faint disc here and there. Between
# them, layers that subtract some other frame than the one before: ghosts of the
# shape where it was a while ago. The waves are right over the frames that training
# knew, and come apart after them. The PSNR lines above the picture say the same in
# numbers, beside the baseline of a grey clip in which nothing moves: only rotary
# beats it.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *So rotary is always best?* For fixed sizes learned tables
# are as good and cheaper; for images of one size they are usual. *How do
# long-context models manage?* They change the base or squeeze the positions and
# train a little more; or they use a bias that falls with distance (Press et al.,
# 2022). *Would random start offsets in training help the waves?* Yes: third
# experiment of "Try it".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in `course_utils` |
# |---|---|---|
# | 3.1 | $[\,\mathrm{head}_0 \dots \mathrm{head}_{H-1}\,]\, W_O$, $\;\mathrm{head}_h = \mathrm{attention}(Q W_Q^h, K W_K^h, V W_V^h)$ | `attention.MultiHeadAttention(d_model, num_heads)`, `record_attention` |
# | 3.1b | one head leaves $e \ge \frac12$ of a difference | a property |
# | 3.2 | $P_{p,2i} = \sin p\,\omega_i$, $\;P_{p,2i+1} = \cos p\,\omega_i$, $\;\omega_i = \mathrm{base}^{-2i/d}$ | `positions.sinusoidal_positions(n, d_model)` |
# | 3.2b | $P_{p+k} = R_k P_p$: a shift is a rotation | a property |
# | 3.3 | $x_p + E_p$ | `positions.LearnedPositions(n, d_model)` |
# | 3.4 | pairs of queries and keys turned by $p\,\omega_i$ | `positions.RotaryPositions(d_k, inner)` |
# | 3.4b | $(R_p q) \cdot (R_{p'} k) = q \cdot (R_{p'-p}\, k)$: relative | a property, on every axis |
# | 3.5 | without places $e \ge \frac12 (1 - \frac{1}{T-1})$ | a property |
#
# Every position function takes (time, height, width).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# Change one line, guess first, then run.
#
# 1. In the very first picture, set `offset=128`, then `offset=1`. What does the
#    second attention look at now, and what does the difference show?
# 2. In "Longer than in training", give rotary the base 10000, `base=10000.0`. Its
#    slow clocks then hardly move. At which length do you expect it to fail, earlier
#    or later?
# 3. Let the waves start anywhere: in `Motion.forward` add
#    `offset=torch.randint(100, ()).item()` to `sinusoidal_positions` and train
#    again. Which of the two kinds of new gets better?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Homework
#
# [Homework 03](homework/hw03_heads_and_positions.ipynb): six exercises. You write
# multi-head attention, waves and rotations; repair a rotary attention with three
# bugs; work out how much of an acceleration one head can see; and build a 3 x 3
# convolution out of nine heads.
#
# ## Go further
#
# - Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin (2017),
#   *Attention Is All You Need*, NeurIPS. Sections 3.2.2 and 3.5 are this lesson.
# - Su, Lu, Pan, Murtadha, Wen, Liu (2021), *RoFormer: Enhanced Transformer with
#   Rotary Position Embedding*, arXiv 2104.09864. The derivation of Eq. 3.4 from the
#   wish for Eq. 3.4b.
# - Cordonnier, Loukas, Jaggi (2020), *On the Relationship between Self-Attention
#   and Convolutional Layers*, ICLR. Heads that look to fixed places make a
#   convolution: read it after exercise 3.6.
# - Press, Smith, Lewis (2022), *Train Short, Test Long: Attention with Linear
#   Biases Enables Input Length Extrapolation*, ICLR. A fourth way: take something
#   off the score for each step of distance.
# - Kazemnejad, Padhi, Natesan Ramamurthy, Das, Reddy (2023), *The Impact of
#   Positional Encoding on Length Generalization in Transformers*, NeurIPS. The last
#   section of this lesson at the size of language models.
# - Michel, Levy, Neubig (2019), *Are Sixteen Heads Really Better than One?*,
#   NeurIPS. How many heads a trained model can lose.
