# %% [markdown] slideshow={"slide_type": "slide"}
# # Build attention from one dot product
#
# Three shapes move through a clip. One small patch of the red circle, in the first
# frame, asks every patch of every frame: *are you like me?* One formula, no
# training, and it finds the circle wherever it goes. Here is where we end.

# %% slideshow={"slide_type": "skip"}
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from course_utils import viz
from course_utils.attention import attention_weights
from course_utils.patches import patchify, unpatchify
from course_utils.worlds import ShapesWorld, bundled_clip

# %% slideshow={"slide_type": "fragment"}
clip = ShapesWorld(shapes=3, frames=8).sample(1, seed=5375)
# "T C H W" = 8 3 32 32, and the pixels of the red circle
video, red = clip.video[0], clip.mask[0, :, 0]
# 8 frames x 64 patches = 512 tokens of 4 x 4 x 3 = 48 numbers
pixels = patchify(video, (1, 4, 4))
# minus the mean patch, then length 1
tokens = F.normalize(pixels - pixels.mean(0), dim=-1)
# 512 queries x 512 keys
weights = attention_weights(20 * math.sqrt(48) * tokens, tokens)
viz.digest(weights, name="weights")
viz.attention_over_video(video, weights, query=(0, 1, 6), patch=4, mask=red)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The blue frame is the patch that asks. Orange is where it looks: on the circle
# outlined in green, in all eight frames, and not on the other shapes. Below each
# frame stands the share of attention that it gets. By the end of this lesson you
# can say what every number in that cell does, the 20 and the $\sqrt{48}$ included.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** attention (Eq. 2.1) from loops, see it fail without each of its
# parts, and keep it as two short functions: the weights, and the mean they take.
#
# **You will learn** to
#
# - write a softmax that cannot overflow, and say what its temperature does
#   (exercise 2.1);
# - compute attention with scale and mask for any leading dimensions (exercises 2.2
#   and 2.3), and repair one that is broken (2.4);
# - predict the spread of a dot product, and so the right divisor (2.5);
# - derive the gradient of a softmax, and say when it vanishes (2.6);
# - follow an object through a clip with nothing but attention (2.7).
#
# **You need** lesson 00 (a video is a tensor), matrix multiplication, the chain
# rule. Of the [primer](00p_primer.ipynb) (sections 1 to 3, 5, 7 and 10) read what
# is new to you.
#
# **Time** 70 minutes of reading, 10 seconds of computing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## The whole formula
#
# Three matrices go in: two *queries* that ask, three *keys* that are compared with
# them, and a *value* for each key.

# %% slideshow={"slide_type": "fragment"}
three_matrices = torch.zeros(2, 4), torch.zeros(3, 4), torch.zeros(3, 2)
machine = viz.diagram("one head", three_matrices)
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Read it from the top; on each arrow stands a shape. Queries and keys meet in a
# product, which is scaled and becomes weights; the weights meet the values, and
# there is one row of output for each query.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# As one line:
#
# $$
# \mathrm{attention}(Q, K, V) \;=\; \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V
# \tag{2.1}
# $$
#
# It is Eq. 1 of Vaswani et al. (2017). Read from the inside, it is three steps.
# Query $i$ gets one **score** for each key $j$, turns its row of scores into
# **weights** that sum to 1, and takes the **weighted mean** of the values:
#
# $$
# s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_k}} \;\;(2.1a)
# \qquad
# a_{ij} = \frac{e^{s_{ij}}}{\sum_{j'} e^{s_{ij'}}} \;\;(2.1b)
# \qquad
# o_i = \sum_j a_{ij}\, v_j \;\;(2.1c)
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $Q$, rows $q_i$ | queries: what each token looks for | queries x d_k |
# | $K$, rows $k_j$ | keys: what each token offers to be found by | keys x d_k |
# | $V$, rows $v_j$ | values: what each token hands over when found | keys x d_v |
# | $s_{ij}$, $a_{ij}$ | score and weight of key $j$ for query $i$ | queries x keys |
# | $o_i$ | output for query $i$ | queries x d_v |

# %% [markdown] slideshow={"slide_type": "fragment"}
# We build it from the inside out, each part on the same ladder: *need*, *formula*,
# *by hand*, *loop*, *tensor*, *library*, what *breaks* without it, *on video*, and
# what we *keep*. Two queries and three keys serve for all calculations by hand,
# with $d_k = 4$ so that $\sqrt{d_k} = 2$:

# %% slideshow={"slide_type": "fragment"}
Q = torch.tensor([[1.0, 0, 1, 0], [0, 2, 0, 0]])  # 2 queries x 4
K = torch.tensor([[1.0, 0, 1, 0], [0, 1, 0, 1], [2, 1, 2, 0]])  # 3 keys x 4
V = torch.tensor([[1.0, 0], [0, 1], [1, 1]])  # 3 values x 2
print("Q", tuple(Q.shape), " K", tuple(K.shape), " V", tuple(V.shape))

# %% [markdown] slideshow={"slide_type": "skip"}
# One tool for the whole lesson: the largest difference between two functions, in
# their values **and** in the gradients of all their inputs. Two functions with
# equal values may still train differently, so we always compare both.

# %% slideshow={"slide_type": "skip"}
def gap(f, g, *inputs):
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    values = f(*inputs), g(*inputs)
    # sin: uneven gradients
    gradients = (torch.autograd.grad(value.sin().sum(), inputs) for value in values)
    return max((a - b).abs().max().item() for a, b in [values, *zip(*gradients)])

# %% slideshow={"slide_type": "skip"}
print("a function and itself differ by", gap(torch.exp, torch.exp, Q))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Similarity of two patches
#
# **Which patch of a later frame shows what this patch shows?** A patch is a list of
# numbers, so we need one number that says how alike two lists are. The cheapest one
# multiplies them place by place and adds up:
#
# $$
# q \cdot k \;=\; \sum_{c=1}^{d_k} q_c\, k_c \;=\; |q|\,|k|\,\cos\angle(q, k)
# \tag{2.2}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $c$ | component (here: one colour of one pixel) | 1 to $d_k$ |
# | $\lvert q\rvert$ | length of $q$, the root of $q \cdot q$ | - |
# | $\angle(q, k)$ | angle between $q$ and $k$ | - |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** $q_1 \cdot k_1 = 1\cdot1 + 0\cdot0 + 1\cdot1 + 0\cdot0 = 2$, then
# $q_1 \cdot k_2 = 0$ and $q_1 \cdot k_3 = 4$. The second query gives 0, 2, 2.
#
# **Loop.** One loop for each index of Eq. 2.2. This is the specification:
# everything faster has to agree with it.

# %% slideshow={"slide_type": "fragment"}
def scores_loop(Q, K):
    S = torch.zeros(len(Q), len(K), dtype=Q.dtype)
    for i in range(len(Q)):
        for j in range(len(K)):
            for c in range(Q.shape[1]):
                S[i, j] = S[i, j] + Q[i, c] * K[j, c]
    return S

# %% slideshow={"slide_type": "fragment"}
print(scores_loop(Q, K))
assert scores_loop(Q, K).tolist() == [[2, 0, 4], [0, 2, 2]]

# %% [markdown] slideshow={"slide_type": "skip"}
# **Tensor.** All dot products of rows of $Q$ with rows of $K$ are one matrix
# product, $Q K^\top$. **Library.** The same sum has a name in `torch.einsum`, where
# an index that is missing after the arrow is summed.

# %% slideshow={"slide_type": "skip"}
def scores(Q, K):
    return Q @ K.mT  # .mT exchanges the last two axes

# %% slideshow={"slide_type": "skip"}
random_Q, random_K = torch.randn(
    2, 5, 7, generator=torch.Generator().manual_seed(0)
)
assert gap(scores_loop, scores, random_Q, random_K) < 1e-10
assert (
    gap(scores, lambda Q, K: torch.einsum("ic,jc->ij", Q, K), random_Q, random_K)
    < 1e-10
)
print(
    "loop, matrix product and einsum: values and gradients differ by less than "
    "1e-10"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: who is like the red patch?
#
# **Predict, then run.** The query is a patch of the red circle in frame 0. Which
# shape gets the highest dot product with it: the red circle itself, the green cross
# or the yellow cross? Write it down.

# %% slideshow={"slide_type": "fragment"}
# one number a patch -> a grey video, 8 x 1 x 32 x 32, from the lowest to the
# highest
def heat(row):
    grid = ((row - row.min()) / (row.max() - row.min())).view(8, 1, 8, 8)
    return grid.repeat_interleave(4, -2).repeat_interleave(4, -1)

# %% slideshow={"slide_type": "fragment"}
asks = 1 * 8 + 6  # frame 0, row 1, column 6
dot_product, cosine = pixels @ pixels[asks], tokens @ tokens[asks]
viz.digest(heat(dot_product), name="dot product")
viz.digest(heat(cosine), name="cosine     ")
rows = {
    "video": video,
    "dot product of the pixels": heat(dot_product),
    "after the repair": heat(cosine),
}
viz.filmstrip(rows)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The second row shows the dot products of the raw pixels with the query: in six of
# the eight frames they are largest on the *yellow* cross. The third row shows what
# the repair below makes of it: now the red circle is brightest in every frame. How
# to look at it alone is a matter of temperature, and comes next.
#
# <details><summary>What you just saw</summary>
#
# Yellow is red and green at once. A red patch (0.90, 0.25, 0.20) has a dot product
# of 0.91 with itself but of 1.12 with yellow (0.95, 0.85, 0.25), per pixel. Eq. 2.2
# says why: it contains the *length* $|k|$, and a bright patch is long. The dot
# product asks "are you like me, and how loud are you?".
# </details>

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Break it, and repair it.** Two things are wrong with raw pixels. All of them are
# positive, so all patches resemble each other: subtract the mean patch. And loud
# ones win: divide each patch by its length, after which the dot product *is* the
# cosine. A learned model does the same with layer norm (lesson 04) and with
# matrices that make queries and keys out of tokens (lesson 03).

# %% slideshow={"slide_type": "fragment"}
# the best patch of each frame
best = dot_product.view(8, 64).argmax(-1), cosine.view(8, 64).argmax(-1)
# how much of each patch it covers
on_red = patchify(red.float()[:, None], (1, 4, 4)).mean(-1).view(8, 64)
for name, patch in zip(("dot product of the pixels", "after the repair"), best):
    found = (on_red.gather(1, patch[:, None]) >= 0.5).sum().item()
    print(
        f"{name:26s} the best patch lies on the red circle in {found} of 8 frames"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Why not distance?
#
# Two patches are alike when their distance is small. So why not use
# $-\lvert q - k\rvert^2$? Expand the square:
#
# $$
# -\tfrac12 |q - k|^2 \;=\; q \cdot k \;-\; \tfrac12 |q|^2 \;-\; \tfrac12 |k|^2
# \tag{2.2b}
# $$
#
# The term of the query is the same for all keys, and the softmax will not see it.
# The term of the key says how loud the key is. So distance is a dot product with a
# penalty for long keys, and when all keys have one length the two give *the same
# weights*. By hand for $q_2$: distances squared 6, 2, 9, so the left side is
# $-3, -1, -4.5$; the right side is $0 - 2 - 1$, $\;2 - 2 - 1$, $\;2 - 2 - 4.5$.

# %% slideshow={"slide_type": "fragment"}
def minus_half_distance(Q, K):
    # queries x keys x d_k numbers on the way
    return -0.5 * ((Q[:, None] - K) ** 2).sum(-1)

# %% slideshow={"slide_type": "fragment"}
print(minus_half_distance(Q, K)[1])
for name, x in (("raw patches", pixels), ("patches of length 1", tokens)):
    by_distance, by_product = (
        minus_half_distance(x[:64], x).softmax(-1),
        scores(x[:64], x).softmax(-1),
    )
    print(
        f"{name:20s} largest difference of the weights "
        f"{(by_distance - by_product).abs().max():.2f}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# The price differs too: written like this, the distance needs
# `queries x keys x d_k` numbers in between, the dot product one matrix product. Eq.
# 2.2 stays without a function of its own: it is the `@` in the first line of what
# we keep.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Does the dot product compare position, too?* No: only
# content; where a patch stands is not in its pixels (see "Order"). *Is a shifted
# edge still similar?* Less and less: the pixels are compared place by place.
# Learned features repair that. *Why subtract the mean patch?* Without it even the
# dark grey ground has a cosine of about 0.8 with the red circle: grey resembles
# everything. Let them try it: first experiment of "Try it".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Softmax
#
# **How does a row of scores become shares of one whole?** Scores may be negative
# and of any size. Shares must be positive, sum to 1, and keep the order of the
# scores. And they must have a gradient, or nothing could be learned: that rules out
# "1 for the largest, 0 for the others". Make everything positive with an
# exponential, then divide by the sum:
#
# $$
# p_j \;=\; \frac{e^{s_j/\tau}}{\sum_{j'} e^{s_{j'}/\tau}}
# \tag{2.3}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $s$ | one row of scores | keys |
# | $p$ | one row of weights, sums to 1 | keys |
# | $\tau$ | temperature, above 0; 1 where nothing is said | - |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Half the scores of the first query are $(1, 0, 2)$. The exponentials
# are $2.718,\; 1,\; 7.389$, their sum is $11.107$, and the shares
# $0.245,\; 0.090,\; 0.665$. The second query has $(0, 1, 1)$: shares
# $0.155,\; 0.422,\; 0.422$. **Loop**, then **tensor**:

# %% slideshow={"slide_type": "fragment"}
def softmax_loop(S, tau=1.0):
    P = torch.zeros_like(S)
    for i in range(len(S)):
        total = sum(torch.exp(S[i, j] / tau) for j in range(S.shape[1]))
        for j in range(S.shape[1]):
            P[i, j] = torch.exp(S[i, j] / tau) / total
    return P

# %% slideshow={"slide_type": "fragment"}
def naive_softmax(S, tau=1.0):
    raised = torch.exp(S / tau)
    return raised / raised.sum(-1, keepdim=True)

# %% slideshow={"slide_type": "fragment"}
S = scores(Q, K) / 2
print(softmax_loop(S).numpy().round(3))
assert torch.allclose(
    softmax_loop(S)[0], torch.tensor([0.245, 0.090, 0.665]), atol=5e-4
)
random_S = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
assert gap(softmax_loop, naive_softmax, random_S) < 1e-10
print("loop and tensor differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The stable form of the softmax
#
# **Predict, then run.** Add 1000 to all three scores. Do the weights change? And
# what does the computer say?

# %% slideshow={"slide_type": "fragment"}
for shift in (0.0, 80.0, 1000.0, -1000.0):
    print(
        f"scores + {shift:6.0f}:", naive_softmax(S[:1] + shift).numpy().round(3)[0]
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# On paper nothing changes: $e^{s_j + a} = e^a e^{s_j}$, and $e^a$ cancels above and
# below the fraction line. This is the *shift invariance* of the softmax, the reason
# why the term $\lvert q\rvert^2$ of Eq. 2.2b has no effect. In float32 $e^{1000}$
# is infinite and inf / inf is NaN (not a number); $e^{-1000}$ is 0, and 0 / 0 is
# NaN as well. float32 ends near $e^{88.7}$.
# </details>
#
# So shift on purpose: take the largest score of **each row** off before the
# exponential. Then the largest power is $e^0 = 1$: nothing overflows, and no sum
# is 0.

# %% slideshow={"slide_type": "fragment"}
def softmax(S, tau=1.0):
    S = S / tau
    # largest power of each row: exp(0) = 1
    raised = torch.exp(S - S.amax(-1, keepdim=True))
    return raised / raised.sum(-1, keepdim=True)

# %% slideshow={"slide_type": "fragment"}
for shift in (0.0, 1000.0, -1000.0):
    print(f"scores + {shift:6.0f}:", softmax(S[:1] + shift).numpy().round(3)[0])
# the library's name
assert gap(softmax, lambda S: torch.softmax(S, dim=-1), random_S) < 1e-10
print("ours and torch.softmax: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What the temperature does
#
# Divide the scores by a large $\tau$ and their differences vanish: everybody gets
# $1/n$. Divide by a small one and the differences grow: the largest takes all.

# %% slideshow={"slide_type": "fragment"}
taus = torch.logspace(-1, 2, 31)
curves = torch.stack([softmax(S[0], tau.item()) for tau in taus])  # 31 x 3
for tau in (0.1, 1.0, 100.0):
    print(f"tau = {tau:5.1f}:", softmax(S[0], tau).numpy().round(2))
series = {f"score {s:.0f}": (taus, curve) for s, curve in zip(S[0], curves.T)}
viz.lines(series, "temperature", "weight", logx=True, baseline={"1/3": 1 / 3})

# %% [markdown] slideshow={"slide_type": "fragment"}
# The weights of scores 1, 0 and 2 against the temperature: cold on the left, where
# the largest score takes everything, hot on the right, where all three meet at 1/3.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **On video.** The query is the red patch again, the scores are cosines, and all
# 512 patches of the clip share one unit of attention. Cosines lie between -1 and 1,
# so that at $\tau = 1$ the best patch can have at most $e^2 \approx 7.4$ times the
# weight of the worst.

# %% slideshow={"slide_type": "fragment"}
rows = {f"temperature {tau}": softmax(cosine, tau) for tau in (1.0, 0.2, 0.05)}
for name, row in rows.items():
    print(
        f"{name:17s} share on the red circle: {(row * on_red.flatten()).sum():.2f}"
    )
print(f"if all 512 patches counted the same: {on_red.mean():.2f}")
viz.filmstrip({"video": video} | {name: heat(row) for name, row in rows.items()})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each row of pictures is scaled from its own smallest to its own largest weight.
# The hotter the softmax, the more light falls on patches that are not the red
# circle; at 0.05 (the *20* of the very first cell is $1/0.05$) nearly all of it is
# on target. A share counts a patch by how much of it the circle covers, so that
# patches on its edge keep it below 1.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The gradient of the softmax
#
# **If one score rises, what happens to all weights?** All of them move, because
# they share one sum. Differentiate Eq. 2.3 with the quotient rule: a score pushes
# its own weight up and takes from every other in proportion to what it has.
#
# $$
# \frac{\partial p_i}{\partial s_j} \;=\; \frac{1}{\tau}\, p_i \,(\delta_{ij} - p_j),
# \qquad
# J \;=\; \frac{1}{\tau}\left(\mathrm{diag}(p) - p\,p^\top\right)
# \tag{2.4}
# $$
#
# Here $\delta_{ij}$ is 1 for $i = j$, else 0, and $J$ is keys x keys. **By hand**
# for $p = (0.245, 0.090, 0.665)$: the diagonal is $0.245 \cdot 0.755 = 0.185$, then
# $0.082$ and $0.223$; beside it $-0.245\cdot0.090 = -0.022$, $\;-0.163$ and
# $-0.060$. Every row sums to 0, because raising all scores by the same amount
# changes no weight; every column does too, because what one weight wins the others
# lose.

# %% slideshow={"slide_type": "fragment"}
def jacobian_loop(p, tau=1.0):
    n = len(p)
    return torch.tensor(
        [[p[i] * (float(i == j) - p[j]) / tau for j in range(n)] for i in range(n)]
    )

# %% slideshow={"slide_type": "fragment"}
def jacobian(p, tau=1.0):
    return (torch.diag(p) - torch.outer(p, p)) / tau

# %% slideshow={"slide_type": "fragment"}
p = softmax(S[0])
print(jacobian(p).numpy().round(3))
# the library's
theirs = torch.autograd.functional.jacobian(
    lambda s: torch.softmax(s, dim=-1), S[0]
)
assert torch.allclose(jacobian_loop(p), theirs, atol=1e-6) and torch.allclose(
    jacobian(p), theirs, atol=1e-6
)
assert jacobian(p).sum(-1).abs().max() < 1e-6
print("loop, tensor and autograd agree to 1e-6; the rows sum to 0")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Look at Eq. 2.4 when one weight is 1 and the others are 0: every entry is 0. A
# softmax that is certain passes no gradient, and can no longer be corrected. It is
# *saturated*. How fast that happens is the next question. (Eq. 2.4 is a gradient
# already, so its rung "value and gradient" is the comparison with autograd;
# autograd keeps it for us.)

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why exp and not squares?* Squares lose the sign: -2 would
# beat 1. And only with exp do shares depend on score differences alone. *Is p_j a
# probability?* It has the properties of one; nothing is drawn here. *Why is the
# largest score per row, and not of the whole matrix?* A row far below the others
# would underflow to 0 / 0: that mistake is in exercise 2.1. *What does backward of
# softmax cost?* p times (g minus the weighted mean of g): no matrix J is built, see
# exercise 2.6.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The scale
#
# **A patch of 8 x 8 pixels has 192 numbers, one of 2 x 2 has 12. Should attention
# be sharper because the list is longer?** The dot product adds $d_k$ terms. If the
# components of $q$ and $k$ are independent with mean 0 and variance 1, each term
# $q_c k_c$ has mean 0 and variance $1 \cdot 1 = 1$, and variances of independent
# terms add up:
#
# $$
# \mathrm{Var}(q \cdot k) \;=\; \sum_{c=1}^{d_k} \mathrm{Var}(q_c k_c) \;=\; d_k,
# \qquad
# \mathrm{Var}\!\left(\frac{q \cdot k}{\sqrt{d_k}}\right) = 1
# \tag{2.5}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $d_k$ | numbers in a query, and in a key | - |
# | $\mathrm{Var}$ | variance over random queries and keys; its root is the *standard deviation*, the usual size of a score | - |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Let components be $+1$ or $-1$ with equal chance, and $d_k = 2$. Each
# term is $\pm 1$, so the sum is $-2, 0, 0, 2$ with equal chance: mean 0, variance
# $(4+0+0+4)/4 = 2$. **Loop**: the same over all possible vectors, exactly.

# %% slideshow={"slide_type": "fragment"}
from itertools import product


def exact_variance(d_k):
    signs = list(product((-1, 1), repeat=d_k))  # all 2^d_k vectors
    sums = [sum(q_c * k_c for q_c, k_c in zip(q, k)) for q in signs for k in signs]
    return sum(s**2 for s in sums) / len(sums)

# %% slideshow={"slide_type": "fragment"}
print({d_k: exact_variance(d_k) for d_k in (1, 2, 3, 4, 5)})
assert all(exact_variance(d_k) == d_k for d_k in (1, 2, 3, 4, 5))

# %% [markdown] slideshow={"slide_type": "skip"}
# **Tensor.** With normally distributed components, 20 000 pairs for each $d_k$:

# %% slideshow={"slide_type": "skip"}
generator = torch.Generator().manual_seed(2)
measured = []
for d_k in (4, 16, 64, 256, 1024):
    q, k = torch.randn(2, 20_000, d_k, generator=generator)
    raw = (q * k).sum(-1)
    measured.append(
        [d_k, raw.var() / d_k, (raw / math.sqrt(d_k)).var(), (raw / d_k).std()]
    )
viz.table(
    measured,
    ["d_k", "variance / d_k", "variance, over root d_k", "deviation, over d_k"],
    digits=1,
)

# %% [markdown] slideshow={"slide_type": "skip"}
# The variance is $d_k$ (second column: 1.0 everywhere). Divided by the *root*,
# scores have variance 1 at every width. Divided by $d_k$ itself they shrink to
# nothing (last column).
#
# **Library.** `F.scaled_dot_product_attention` has `scale=None`, which means
# $1/\sqrt{d_k}$:

# %% slideshow={"slide_type": "skip"}
by_default = F.scaled_dot_product_attention(Q[None], K[None], V[None])
by_name = F.scaled_dot_product_attention(
    Q[None], K[None], V[None], scale=1 / math.sqrt(4)
)
without = F.scaled_dot_product_attention(Q[None], K[None], V[None], scale=1.0)
assert torch.allclose(by_default, by_name)
print(
    "scaled",
    by_default[0, 0].numpy().round(3),
    "  not scaled",
    without[0, 0].numpy().round(3),
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** 256 random queries look at 64 keys, with three divisors. We measure
# two things: the largest weight of a row (1 means "one key takes all"), and the
# gradient that comes back through the softmax to a row of scores. **Predict, then
# run**: at which $d_k$ has the gradient without a scale fallen to about a tenth of
# the scaled one?

# %% slideshow={"slide_type": "fragment"}
widths = [4, 16, 64, 256, 1024]
divisors = {"no scale": lambda d: 1.0, "root of d_k": math.sqrt, "d_k": float}
largest, gradient = {name: [] for name in divisors}, {name: [] for name in divisors}
for d_k in widths:
    q, k = (
        torch.randn(256, d_k, generator=generator),
        torch.randn(64, d_k, generator=generator),
    )
    upstream = torch.randn(256, 64, generator=generator)
    for name, divisor in divisors.items():
        s = (q @ k.T / divisor(d_k)).requires_grad_()
        p = softmax(s)
        p.backward(upstream)
        largest[name].append(p.amax(-1).mean().item())
        gradient[name].append(s.grad.norm(dim=-1).median().item())

# %% slideshow={"slide_type": "subslide"}
print(
    "largest weight at d_k = 1024:",
    {name: round(row[-1], 1) for name, row in largest.items()},
)
series = {name: (widths, row) for name, row in largest.items()}
viz.lines(
    series, "d_k", "largest weight of a row", logx=2, baseline={"1/64": 1 / 64}
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Mean largest weight of a row of 64. Without a scale one key takes almost
# everything as $d_k$ grows; divided by $d_k$, nobody is ever chosen; the root keeps
# the same sharpness at every width.

# %% slideshow={"slide_type": "subslide"}
ratio = [a / b for a, b in zip(gradient["no scale"], gradient["root of d_k"])]
shown = [f"{r:.1f}" if r > 0.05 else "below 0.01" for r in ratio]
print("gradient without a scale, as a share of the scaled one:", ", ".join(shown))
assert ratio[-1] < 0.01
series = {name: (widths, row) for name, row in gradient.items()}
viz.lines(series, "d_k", "gradient on a row of scores", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Median length of the gradient on a row of scores, on a logarithmic axis. Without a
# scale it falls by orders of magnitude: the saturated softmax of Eq. 2.4. The other
# two lines are level, but the one for $d_k$ has nothing to choose between.
#
# <details><summary>What you just saw</summary>
#
# At 256 it is about a tenth, at 1024 less than a hundredth. The scores have
# standard deviation $\sqrt{d_k}$, which is 32 at $d_k = 1024$, so that the best of
# 64 keys lies far above the second: it gets a weight of nearly 1, and
# $p_i(\delta_{ij} - p_j)$ is nearly 0 everywhere. Compare with the temperature:
# **the scale is a temperature** of $\sqrt{d_k}$, chosen so that an untrained layer
# starts neither frozen nor blind.
# </details>

# %% [markdown] slideshow={"slide_type": "skip"}
# **On video**: does Eq. 2.5 hold for real tokens? It assumes independent
# components, and neighbouring pixels are anything but independent. We standardise
# pixels to mean 0 and variance 1 and measure $q \cdot k / \sqrt{d_k}$, once for the
# pixels themselves, once after random matrices $W_Q, W_K$ (a hundred of each,
# entries of variance $1/d$), like those at the start of training (lesson 03).

# %% slideshow={"slide_type": "skip"}
many, rows = ShapesWorld(shapes=3, frames=1).sample(256, seed=5).video, []
for size in (2, 4, 8):
    x = patchify(many, (1, size, size)).flatten(0, 1)
    x = (x - x.mean()) / x.std()
    d = x.shape[1]
    q, k = (x[torch.randperm(len(x), generator=generator)[:500]] for _ in range(2))
    # 100 random layers
    W_Q, W_K = torch.randn(2, 100, d, d, generator=generator) / math.sqrt(d)
    spread = [
        (a @ b.mT / math.sqrt(d)).std().item()
        for a, b in ((q, k), (q @ W_Q, k @ W_K))
    ]
    rows.append([f"{size} x {size}", d, *spread])
viz.table(
    rows, ["patch", "d_k", "deviation, pixels", "deviation, projected"], digits=1
)

# %% [markdown] slideshow={"slide_type": "skip"}
# For raw pixels the scaled scores still grow with the patch, because correlated
# terms add up faster than independent ones; after the random matrices they stay
# near 1, as Eq. 2.5 says. This is why our first cell needed a temperature of its
# own: its $20\sqrt{48}$ takes the scale off again and puts $\tau = 0.05$ in its
# place. A trained layer learns the right sharpness in $W_Q$ and $W_K$.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is the gradient with respect to q not divided by the root
# of d_k too?* Yes, but it is multiplied by k, whose length is the root of d_k: the
# two cancel. *Why not normalise queries and keys always?* Some models do (a norm on
# q and k), with a learned temperature. *What if the variance of q is 9?* Exercise
# 2.5.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The weights and their rows
#
# **Who shares out what?** Each *query* has one unit of attention and shares it out
# among the *keys*. So a row of weights sums to 1, and columns sum to whatever they
# like: a key may be asked by all queries or by none. Eq. 2.1a and 2.1b together, in
# two lines:

# %% slideshow={"slide_type": "fragment"}
def attention_weights(query, key):
    scores = query @ key.mT / math.sqrt(query.shape[-1])  # Eq. 2.1a
    return softmax(scores)  # Eq. 2.1b, over the last axis: the keys

# %% slideshow={"slide_type": "fragment"}
hand = attention_weights(Q, K)
print(
    "rows sum to",
    hand.sum(-1).numpy().round(3),
    "  columns sum to",
    hand.sum(-2).numpy().round(3),
)
viz.attention_map(
    hand, ["q1", "q2"], ["k1", "k2", "k3"], title="The weights by hand"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One row for each query, one column for each key. The first query takes two thirds
# from $k_3$; the second cannot choose between $k_2$ and $k_3$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Break it.** Take the softmax over the wrong axis, `dim=-2`. The shape is right,
# every number is between 0 and 1, nothing fails. What is lost?

# %% slideshow={"slide_type": "fragment"}
wrong = torch.softmax(scores(Q, K) / 2, dim=-2)
print(wrong.numpy().round(2))
print(
    "rows sum to",
    wrong.sum(-1).numpy().round(2),
    "  columns sum to",
    wrong.sum(-2).numpy().round(2),
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Now every key shares itself out among the queries: the first query receives 1.73
# units and the second 1.27, so that outputs grow or shrink for no reason. Print the
# sums of your rows; it takes one line.

# %% [markdown] slideshow={"slide_type": "skip"}
# **On video.** The whole matrix of the clip: 512 x 512, frame by frame. Each block
# of 64 x 64 says how one frame looks at another.

# %% slideshow={"slide_type": "skip"}
weights = attention_weights(20 * math.sqrt(48) * tokens, tokens)
assert torch.allclose(weights.sum(-1), torch.ones(512), atol=1e-5)
viz.digest(weights, name="weights of all patches of the clip")
viz.attention_map(weights, title="512 patches look at 512 patches")

# %% [markdown] slideshow={"slide_type": "skip"}
# The grey lattice is ground that looks at ground: a few hundred equal patches share
# one unit of attention, so that each gets little. The dark rows are patches on a
# shape: they give the ground nothing, and their weight stands in a few bright
# points that repeat in every block of 64 x 64, as the shapes are in every frame.
# Nothing marks where one frame ends and the next begins, which will matter below.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The output as a weighted mean
#
# **A query knows where to look. What does it bring home?** A mean of the values,
# each counted by its weight (Eq. 2.1c). Values need not be what was compared:
# compare colours and bring home positions, and you have a tracker (that is how this
# lesson ends); compare noisy patches and bring home pixels, and you have a filter
# that removes noise (further below).
#
# **By hand.** $o_1 = 0.245\,(1, 0) + 0.090\,(0, 1) + 0.665\,(1, 1) = (0.910,\;
# 0.755)$ and $o_2 = (0.578,\;
# 0.845)$. **Loop**: the whole of Eq. 2.1, one loop for each of its indices.

# %% slideshow={"slide_type": "fragment"}
def attention_loop(Q, K, V):
    W = softmax_loop(scores_loop(Q, K) / math.sqrt(Q.shape[1]))
    output = torch.zeros(len(Q), V.shape[1], dtype=V.dtype)
    for i in range(len(Q)):
        for j in range(len(K)):
            for c in range(V.shape[1]):
                output[i, c] = output[i, c] + W[i, j] * V[j, c]
    return output

# %% slideshow={"slide_type": "fragment"}
print(attention_loop(Q, K, V).numpy().round(3))
assert torch.allclose(
    attention_loop(Q, K, V),
    torch.tensor([[0.910, 0.755], [0.578, 0.845]]),
    atol=1e-3,
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor**, and **library**. Everything is a matrix product, and leading
# dimensions (a batch, heads) come for free.

# %% slideshow={"slide_type": "fragment"}
def attention(query, key, value):
    return attention_weights(query, key) @ value  # Eq. 2.1

# %% slideshow={"slide_type": "fragment"}
generator = torch.Generator().manual_seed(3)
for shape in ((2, 3, 4, 5), (6, 2, 3, 1), (5, 9, 8, 7)):  # queries, keys, d_k, d_v
    n_q, n_k, d_k, d_v = shape
    three = [
        torch.randn(n, d, generator=generator)
        for n, d in ((n_q, d_k), (n_k, d_k), (n_k, d_v))
    ]
    assert gap(attention_loop, attention, *three) < 1e-10
    batched = [x.expand(2, 3, *x.shape) for x in three]  # 2 clips x 3 heads
    assert gap(attention, F.scaled_dot_product_attention, *batched) < 1e-10
print(
    "loop, ours and F.scaled_dot_product_attention: values and gradients differ by "
    "less than 1e-10"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** Two temptations. *Take only the best value*: the output hardly
# changes when scores are clear, but how would the model learn to score? *Take the
# plain mean*: there is a gradient, but no choice.

# %% slideshow={"slide_type": "fragment"}
def best_only(query, key, value):
    return value[(query @ key.mT).argmax(-1)]


def plain_mean(query, key, value):
    return value.mean(0).expand(len(query), -1)

# %% slideshow={"slide_type": "fragment"}
for f in (attention, best_only, plain_mean):
    q = Q.clone().requires_grad_()
    output = f(q, K, V)
    slope = (
        torch.autograd.grad(output[:, 0].sum(), q)[0].norm()
        if output.requires_grad
        else 0.0
    )
    print(
        f"{f.__name__:10s} o1 {output[0].detach().numpy().round(2)}  gradient on "
        f"the queries {slope:.2f}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# Only the weighted mean tells the query how to ask better. A mean also has a limit:
# an output never leaves the range of the values, so attention alone mixes and never
# invents. The feed-forward network of lesson 04 does that part.

# %% slideshow={"slide_type": "skip"}
output, value = attention(tokens, tokens, tokens), tokens
assert (output >= value.amin(0) - 1e-6).all() and (
    output <= value.amax(0) + 1e-6
).all()
print(
    "every output lies between the smallest and the largest value, component by "
    "component"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: attention removes noise
#
# Noise on a clip is different in every patch, what the patches show is not. So let
# every noisy patch look for its like *in the whole clip* and bring home their mean.
# Queries, keys and values are all the noisy patches. Patches differ in brightness
# here, so we want distance: Eq. 2.2b says that one extra component turns it into a
# dot product, $q' = (q, 1)$ and $k' = (k, -\tfrac12\lvert k\rvert^2)$.

# %% slideshow={"slide_type": "fragment"}
noisy = video + 0.1 * torch.randn(
    video.shape, generator=torch.Generator().manual_seed(4)
)
x = patchify(noisy, (1, 2, 2))  # 8 frames x 256 patches of 12 numbers
key = torch.cat((x, -0.5 * (x**2).sum(-1, keepdim=True)), -1)  # 13 numbers
# temperature 0.05
query = torch.cat((x, torch.ones(len(x), 1)), -1) * math.sqrt(13) / 0.05
cleaned = unpatchify(attention(query, key, x), (1, 2, 2), tuple(video.shape))
blurred = F.avg_pool2d(noisy, 3, stride=1, padding=1, count_include_pad=False)
for name, guess in {
    "noisy": noisy,
    "blurred": blurred,
    "attention": cleaned,
}.items():
    viz.digest(guess, reference=video, name=f"{name:9s}")

# %% slideshow={"slide_type": "fragment"}
viz.digest(cleaned - video, name="what is left of the noise")
viz.filmstrip(
    {"noisy": noisy, "blur 3 x 3": blurred, "attention": cleaned, "truth": video}
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Top to bottom: noisy, each pixel replaced by the mean of its 3 x 3 neighbours,
# each patch replaced by what attention brings home, the truth. The neighbours' mean
# removes noise and edges alike; attention keeps the edges, because a patch on an
# edge takes its mean over *other patches with the same edge*. In image processing
# this is known as *non-local means*, introduced by Buades, Coll and Morel; Wang et
# al. (2018) made it a layer for video.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why does a patch not find only itself?* It does have the
# highest score: its distance to itself is 0. At temperature 0.05 many others come
# close. Make it colder and the noise stays (second experiment in "Try it"). *Is
# this learned?* Nothing here is. *Self-attention or cross-attention?* Self: all
# three come from the same tokens. Nothing in Eq. 2.1 demands it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The mask
#
# **Where may a query not look?** A model that predicts frame 5 must not read frame
# 5 while it learns to. A clip that is shorter than the others in its batch is
# filled up with empty frames that nobody should attend to. A mask says, for each
# query and each key, whether attending is allowed. **One convention holds in the
# whole course: `True` means *may attend*.**
#
# $$
# a_{ij} \;=\; \frac{M_{ij}\, e^{s_{ij}}}{\sum_{j'} M_{ij'}\, e^{s_{ij'}}}
# \qquad (a_{ij} = 0 \text{ for all } j \text{ where row } i \text{ of } M \text{ is all } 0)
# \tag{2.6}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $M_{ij}$ | 1 (True) where query $i$ may attend to key $j$, else 0 (False) | queries x keys |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Forbid $k_3$ to the first query: $(1, 0, 2)$ becomes a softmax over
# $(1, 0)$ alone, $2.718/3.718 = 0.731$ and $0.269$. The second query may look
# nowhere. **Loop**: a blocked key is skipped, in the sum too.

# %% slideshow={"slide_type": "fragment"}
def masked_softmax_loop(S, mask):
    W = torch.zeros_like(S)
    for i in range(len(S)):
        allowed = [j for j in range(S.shape[1]) if mask[i, j]]
        for j in allowed:
            W[i, j] = torch.exp(S[i, j]) / sum(torch.exp(S[i, k]) for k in allowed)
    return W

# %% slideshow={"slide_type": "fragment"}
mask = torch.tensor([[True, True, False], [False, False, False]])
print(masked_softmax_loop(S, mask).numpy().round(3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor.** A weight is 0 when its score is so low that the exponential is 0. So
# the mask comes **before** the softmax: blocked scores become the lowest number
# there is, and the allowed keys share the whole unit. A row that is blocked
# everywhere needs one more line, because equally low scores would share evenly.

# %% slideshow={"slide_type": "fragment"}
def attention_weights(query, key, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if mask is None:
        return softmax(scores)
    lowest = torch.finfo(scores.dtype).min
    return softmax(scores.masked_fill(~mask, lowest)).masked_fill(~mask, 0.0)

# %% slideshow={"slide_type": "fragment"}
print(attention_weights(Q, K, mask).numpy().round(3))
ours, loop = (
    partial(attention_weights, mask=mask),
    lambda Q, K: masked_softmax_loop(Q @ K.mT / 2, mask),
)
assert gap(ours, loop, Q, K) < 1e-10
print("loop and tensor: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it**, four times. **Predict, then run**: below the right way (without its
# last step, which zeroes blocked rows) stand four others. What is the first query's
# row in each, and which mistakes would you notice without looking?

# %% slideshow={"slide_type": "fragment"}
inf = float("inf")
attempts = {
    "mask the scores, then softmax": softmax(S.masked_fill(~mask, -1e9)),
    "softmax, then mask": softmax(S) * mask,
    "blocked scores set to 0": softmax(S * mask),
    "mask inverted": softmax(S.masked_fill(mask, -1e9)),
    "-inf for blocked scores": torch.softmax(S.masked_fill(~mask, -inf), -1),
}
for name, w in attempts.items():
    print(
        f"{name:30s} q1 {w[0].numpy().round(2)} sum {w[0].sum():.2f}   q2 "
        f"{w[1].numpy().round(2)}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# For the first query only the first and the last row are right. *Softmax, then
# mask*: the blocked key took its share before it was removed, and the row sums to
# less than 1. *Score 0*: $e^0 = 1$, so a blocked key still takes part. *Inverted*:
# all attention goes to the one forbidden key. For the second query, which may look
# nowhere, $-\infty$ gives 0/0 = NaN, and one NaN in an output makes the whole loss
# NaN; a large negative number shares evenly among keys that are all forbidden.
# Zeros are the only answer that lets nothing through.
# </details>

# %% [markdown] slideshow={"slide_type": "skip"}
# **Library.** `F.scaled_dot_product_attention` has our convention: True means
# *may*, and a row that is blocked everywhere gives zeros.

# %% slideshow={"slide_type": "skip"}
def attention(query, key, value, mask=None):
    return attention_weights(query, key, mask) @ value

# %% slideshow={"slide_type": "skip"}
theirs = F.scaled_dot_product_attention(Q[None], K[None], V[None], attn_mask=mask)
print("ours  ", *attention(Q, K, V, mask).numpy().round(3))
print("theirs", *theirs[0].numpy().round(3))
ours = partial(attention, mask=mask)
library = partial(F.scaled_dot_product_attention, attn_mask=mask)
assert gap(ours, library, *(x[None] for x in (Q, K, V))) < 1e-10
print("values and gradients differ by less than 1e-10, in the blocked row too")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The flip
#
# `nn.MultiheadAttention` and `nn.Transformer` mean the **opposite**: there True is
# *may not*. Same library, same argument name, inverted. A layer that gets the wrong
# one fails silently: the notebooks of a well-known and careful course let every
# token see the future that way, until a reader noticed ([LLMs from scratch, issue
# 1061](https://github.com/rasbt/LLMs-from-scratch/issues/1061)). The course
# converts in one place, `to_torch_mask`. Test by perturbation: change the last of
# four tokens. With a mask that lets each token see only itself and earlier ones,
# nothing before the last output may move.

# %% slideshow={"slide_type": "fragment"}
from course_utils.attention import to_torch_mask

torch.manual_seed(0)
layer = nn.MultiheadAttention(embed_dim=8, num_heads=1, batch_first=True)
causal = torch.ones(4, 4).tril().bool()  # True = may attend: key j <= query i
before = torch.randn(1, 4, 8)
after = before.clone()
after[0, 3] += 1.0
for name, m in (
    ("to_torch_mask(causal)", to_torch_mask(causal)),
    ("causal, not flipped", causal),
):
    outputs = [
        layer(x, x, x, attn_mask=m, need_weights=False)[0][0, :3]
        for x in (before, after)
    ]
    print(
        f"{name:22s} the first three outputs move: "
        f"{not torch.allclose(*outputs, atol=1e-6)}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# Not flipped, the early tokens read the future and nothing complains. There is one
# visible symptom: the last token may then look nowhere, and this layer answers NaN
# when you ask it for its weights.

# %% slideshow={"slide_type": "fragment"}
for name, m in (
    ("to_torch_mask(causal)", to_torch_mask(causal)),
    ("causal, not flipped", causal),
):
    output, w = layer(before, before, before, attn_mask=m, need_weights=True)
    print(
        f"{name:22s} NaN in rows "
        f"{output[0].isnan().any(-1).nonzero().flatten().tolist()}"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: no look ahead
#
# A patch of frame $t$ may look at frames up to $t$. Number the 512 tokens, divide
# by the 64 of a frame, compare. (Lesson 06 keeps this as `frame_causal_mask`.)

# %% slideshow={"slide_type": "fragment"}
frame = torch.arange(512) // 64
# queries x keys: the key's frame is not later than the query's
past = frame[None, :] <= frame[:, None]
masked = attention_weights(20 * math.sqrt(48) * tokens, tokens, past)
assert masked[~past].abs().max() == 0
where = (4, 1, 5)  # a patch that the red circle covers in frame 4
viz.digest(masked, name="weights under the mask")
viz.attention_over_video(video, masked, query=where, patch=4, mask=red)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The patch asks in frame 4. Frames 0 to 4 share its attention; frames 5 to 7 get
# exactly nothing, although the circle is there.

# %% slideshow={"slide_type": "skip"}
small = past[::16, ::16]  # four of the 64 tokens of each frame stand for all
print(
    "may attend:",
    f"{past.float().mean():.4f}",
    "of all pairs; by formula (T + 1) / 2T =",
    f"{9 / 16:.4f}",
)
viz.attention_map(small, title="Who may look at whom (each step: one frame)")

# %% [markdown] slideshow={"slide_type": "skip"}
# The mask itself: every query (row) may look at its own frame and at all earlier
# ones, in steps of one frame.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Keep it
#
# What you have built is what the rest of the course uses. `course_utils.attention`
# has the same two functions under the same names; its `attention` calls the fused
# kernel, which never stores the weights (see "Cost").

# %% slideshow={"slide_type": "skip"}
import course_utils.attention as kept

generator = torch.Generator().manual_seed(5)
for n_q, n_k, d_k, d_v in ((2, 3, 4, 5), (7, 5, 16, 3)):
    three = [
        torch.randn(3, n, d, generator=generator)
        for n, d in ((n_q, d_k), (n_k, d_k), (n_k, d_v))
    ]
    m = torch.rand(n_q, n_k, generator=generator) < 0.6
    m[0] = False  # one query may look nowhere
    assert (
        gap(partial(attention, mask=m), partial(kept.attention, mask=m), *three)
        < 1e-10
    )
    ours, theirs = (
        partial(f, mask=m) for f in (attention_weights, kept.attention_weights)
    )
    assert gap(ours, theirs, *three[:2]) < 1e-10
print(
    "ours and course_utils.attention: values and gradients differ by less than "
    "1e-10, under masks too"
)

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why is True = may the better choice?* `mask & other` then
# means "both allow it", and it is what scaled_dot_product_attention takes. *Is a
# mask of -inf added to the scores the same?* Yes, for rows with one allowed key or
# more. *Does a mask save time?* Not in itself: all scores are computed. *When is a
# row blocked everywhere?* In a batch with padding, or for the first token under a
# strict mask.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Order
#
# **Does attention know where a patch is, or which frame came first?** Nothing in
# Eq. 2.1 contains a position. Let $P$ be a permutation matrix: $PX$ holds the rows
# of $X$ in shuffled order. Shuffled keys and values give the same sum in another
# order; shuffled queries give the same outputs in shuffled order:
#
# $$
# \mathrm{attention}(Q, PK, PV) = \mathrm{attention}(Q, K, V),
# \qquad
# \mathrm{attention}(PQ, K, V) = P\,\mathrm{attention}(Q, K, V)
# \tag{2.7}
# $$
#
# The first is called *permutation invariance*, the second *equivariance*. The
# reason is one line, with $P^\top P = I$: $\;A(Q, PK) = A(Q, K)\,P^\top$, and so
# $A(Q, PK)\,PV = A(Q, K)\,P^\top P\,V$. **By hand**: exchange $k_1$ and $k_3$, and
# $v_1$ and $v_3$ with them; $o_1 = 0.665\,(1,1) + 0.090\,(0,1) + 0.245\,(1,0)$ is
# the same sum.

# %% slideshow={"slide_type": "skip"}
swap = [2, 1, 0]
assert torch.allclose(attention_loop(Q, K[swap], V[swap]), attention_loop(Q, K, V))
generator = torch.Generator().manual_seed(6)
order = torch.randperm(8, generator=generator)  # shuffle the frames of the clip
# the clip, and the shuffled clip
x, y = tokens.view(8, 64, 48), tokens.view(8, 64, 48)[order]
for f in (attention, F.scaled_dot_product_attention):
    out, out_shuffled = (
        f(*[z.reshape(1, 512, 48)] * 3).view(8, 64, 48) for z in (x, y)
    )
    assert (out[order] - out_shuffled).abs().max() < 1e-5
print(
    "frames in the order",
    order.tolist(),
    "- outputs in the same order, equal to 1e-5",
)

# %% slideshow={"slide_type": "skip"}
viz.digest(video[order], name="shuffled")
viz.compare({"in order": video, "shuffled": video[order]}, fps=4)

# %% [markdown] slideshow={"slide_type": "skip"}
# Two clips: on the left motion, on the right a stutter. To bare attention they are
# the same set of 512 patches, and it gives each patch the same output in both. No
# amount of training can change that.
#
# **Break it.** What does see the order? A mask that depends on it (frame-causal,
# above), and positions that are added to the tokens (lesson 03).

# %% slideshow={"slide_type": "skip"}
def moved(mask=None, position=0.0):
    both = ((z + position).reshape(512, 48) for z in (x, y))
    out, out_shuffled = (attention(z, z, z, mask).view(8, 64, 48) for z in both)
    return (out[order] - out_shuffled).abs().max().item()

# %% slideshow={"slide_type": "skip"}
# one number a frame, added to all its tokens
number = torch.linspace(-1, 1, 8)[:, None, None]
print(
    f"bare {moved():.3f}  frame-causal {moved(past):.3f}  with frame number "
    f"{moved(position=number):.3f}"
)
assert moved() < 1e-5 < 1e-2 < min(moved(past), moved(position=number))

# %% [markdown] slideshow={"slide_type": "skip"}
# There is nothing to keep from this section but the property, from which lesson 03
# sets out.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Cost
#
# **How long may a clip be?** Every query meets every key, so for $n$ tokens there
# are $n^2$ scores. Each costs $d_k$ multiplications and additions, and each weight
# $d_v$ more:
#
# $$
# \text{operations} = 2\, n_q\, n_k\, (d_k + d_v),
# \qquad
# \text{bytes of the weights} = 4\, n_q\, n_k
# \tag{2.8}
# $$
#
# | symbol | meaning |
# |---|---|
# | $n_q, n_k$ | number of queries and of keys; for a clip that attends to itself both are $n = T \cdot N$, frames times patches per frame |
# | 2 | one multiplication and one addition |
# | 4 | bytes of a float32, for each head and each clip of a batch |
#
# **By hand**: $n = 1024$ (16 frames of 64 patches), $d_k = d_v = 64$:
# $2 \cdot 1024^2 \cdot 128 = 268$ million operations and $4$ MiB. The **loop** was
# `attention_loop`: its indices $i, j, c$ run exactly
# $n_q \cdot n_k \cdot (d_k + d_v)$ times.

# %% slideshow={"slide_type": "fragment"}
from torch.utils.flop_counter import FlopCounterMode  # the library's count

x = torch.randn(1, 1, 1024, 64, generator=torch.Generator().manual_seed(7))
with FlopCounterMode(display=False) as counter:
    weights = attention_weights(x, x)
    output = weights @ x
print(
    f"operations: counted {counter.get_total_flops():,}, by formula "
    f"{2 * 1024 * 1024 * (64 + 64):,}"
)
print(
    f"bytes of the weights: measured {weights.nbytes:,}, by formula "
    f"{4 * 1024 * 1024:,}"
)
assert (
    counter.get_total_flops() == 2 * 1024 * 1024 * 128
    and weights.nbytes == 4 * 1024**2
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor: time against length.** We time our function (*unfused*: the scores,
# their softmax and what lies between are tensors of $n \times n$ numbers in memory)
# and the library's (*fused*: it works through the keys block by block and keeps
# only a running maximum, sum and mean for each query). **Predict, then run**: twice
# as many tokens take how many times as long?

# %% slideshow={"slide_type": "skip"}
# processor time: other programs on the machine do not count
from time import process_time


def seconds(f, n):
    x, times = (
        torch.randn(1, 4, n, 32, generator=torch.Generator().manual_seed(n)),
        [],
    )
    for _ in range(5):
        start = process_time()
        f(x, x, x)
        times.append(process_time() - start)
    return min(times)  # the least disturbed of five

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it measures time
lengths = torch.tensor([256, 512, 1024, 2048])
functions = {"unfused": attention, "fused": kept.attention}
times = {
    name: torch.tensor([seconds(f, n) for n in lengths.tolist()])
    for name, f in functions.items()
}
# through the last point
times["quadratic"] = times["fused"][-1] * (lengths / 2048) ** 2
growth = times["fused"][1:] / times["fused"][:-1]
print("twice the tokens, times the time:", *(f"{ratio:.1f}" for ratio in growth))
milliseconds = {name: (lengths, 1000 * t) for name, t in times.items()}
viz.lines(milliseconds, "tokens", "milliseconds", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Milliseconds of processor time for one clip and four heads. Both axes are
# logarithmic, so that a quadratic is a straight line: four times the time for twice
# the tokens. It is drawn through the last fused point, and the fused times run
# along it. The unfused ones are longer, and where they jump they rise faster than
# the quadratic: our reading is that the tensors of $n \times n$ numbers no longer
# fit into the fast memory near the processor. Where the jump lies depends on the
# machine.

# %% [markdown] slideshow={"slide_type": "skip"}
# **Memory** is where the two differ. What does a forward pass keep for the backward
# pass? PyTorch tells us when asked (`saved_tensors_hooks`); each block of memory
# (`untyped_storage`, known by its address, `data_ptr`) is counted once.

# %% slideshow={"slide_type": "skip"}
def bytes_kept(f, n):
    blocks, three = (
        {},
        (torch.zeros(1, 1, n, 64, requires_grad=True) for _ in range(3)),
    )

    def note(tensor):
        memory = tensor.untyped_storage()
        blocks[memory.data_ptr()] = memory.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        f(*three)
    return sum(blocks.values())

# %% slideshow={"slide_type": "skip"}
def unfused(query, key, value):
    return torch.softmax(query @ key.mT / 8, -1) @ value

# %% slideshow={"slide_type": "skip"}
memory = {"unfused": unfused, "fused": kept.attention}
memory = {
    name: [bytes_kept(f, n) / 2**20 for n in lengths.tolist()]
    for name, f in memory.items()
}
print(
    "MiB kept at 2048 tokens:",
    {name: round(row[-1], 1) for name, row in memory.items()},
)

# %% slideshow={"slide_type": "skip"}
print(
    "for four times the tokens:",
    {name: round(row[-1] / row[-3], 1) for name, row in memory.items()},
)
series = {name: (lengths, row) for name, row in memory.items()}
viz.lines(series, "tokens", "MiB kept for backward", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# One head, one clip. Unfused, the weights ($4n^2$ bytes) soon outweigh everything
# else and the line turns quadratic; fused, only queries, keys, values and output
# are kept, which is linear in $n$. This is the idea of FlashAttention (Dao et al.,
# 2022): the formula is exact, only the order of the work changes. The course uses
# the fused path wherever nobody asks for the weights.

# %% [markdown] slideshow={"slide_type": "skip"}
# **On video**, in numbers: the weights of *one* head and *one* clip by Eq. 2.8.
# **Break it** by halving the side of a patch: four times the tokens, sixteen times
# the cost.

# %% slideshow={"slide_type": "skip"}
clips = {
    "16 frames 32 x 32, patch 8": (16, 32, 8),
    "16 frames 32 x 32, patch 4": (16, 32, 4),
    "5 s at 24 fps, 256 x 256, patch 16": (120, 256, 16),
    "5 s at 24 fps, 256 x 256, patch 8": (120, 256, 8),
}
rows = {
    name: [frames * (size // patch) ** 2]
    for name, (frames, size, patch) in clips.items()
}
rows = {name: [n, f"{4 * n**2 / 2**20:,.2f}"] for name, (n,) in rows.items()}
viz.table(rows, ["clip", "tokens", "MiB of weights"])

# %% [markdown] slideshow={"slide_type": "skip"}
# Five seconds of a small video in fine patches would need gigabytes of weights for
# one head of one layer. Every video model answers this with a choice: larger
# patches, several frames in one token (lesson 08), attention over space and time in
# turns (lesson 09), or a mask with structure.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is the quadratic bad?* A recurrent network is linear, but
# has no direct path between far frames: lesson 01 measures both sides. For short
# clips the layers around attention cost more than attention. *How can the fused
# kernel do a softmax without the whole row?* It keeps a running maximum and
# rescales what it has summed so far whenever the maximum rises: shift invariance
# again.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## On video
#
# **How often does a patch find its object?** One clip proves little. Take 256 clips
# with three shapes each. In every clip the query is the patch of frame 0 that the
# first shape covers best; in each of the 15 later frames we look at the patch with
# the highest score. It is a *hit* when the shape covers at least half of it, which
# the world's masks tell us. **Chance** is the share of all patches that would be a
# hit.
#
# **Predict, then run**: how much do centring and length each bring?

# %% slideshow={"slide_type": "fragment"}
many = ShapesWorld(shapes=3, frames=16).sample(256, seed=0)
patches = patchify(many.video, (1, 4, 4)).view(256, 16, 64, 48)
cover = patchify(many.mask[:, :, :1].float(), (1, 4, 4)).mean(-1).view(256, 16, 64)
start = cover[:, 0].argmax(-1)  # the query's place in frame 0
# something to ask from, and to find
counts = (cover.amax(-1) >= 0.5) & (cover[:, :1].amax(-1) == 1)
counts[:, 0] = False  # the query's own frame does not count

# %% slideshow={"slide_type": "fragment"}
# "clips frames patches d" -> True where the best patch of a frame lies on the shape
def hits(features):
    query = features[torch.arange(256), 0, start]
    best = torch.einsum("bd,btnd->btn", query, features).argmax(-1, keepdim=True)
    return cover.gather(-1, best)[..., 0] >= 0.5

# %% slideshow={"slide_type": "subslide"}
centred = patches - patches.mean((1, 2), keepdim=True)
ways = {"pixels": patches, "centred": centred}
ways |= {
    "length 1": F.normalize(patches, dim=-1),
    "both": F.normalize(centred, dim=-1),
}
rates = {
    name: hits(features)[counts].float().mean().item()
    for name, features in ways.items()
}
chance = (cover >= 0.5)[counts].float().mean().item()
print(
    {name: round(rate, 2) for name, rate in rates.items()},
    "chance",
    round(chance, 2),
)
assert rates["both"] > rates["pixels"] > 5 * chance
viz.bars(
    rates,
    ylabel="share of frames with the best patch on the object",
    baseline={"chance": chance},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Even raw pixels beat chance by far; unit length, which keeps the loud from
# winning, is the largest step. But "both" still misses in nearly one frame of five.
# Why?

# %% slideshow={"slide_type": "fragment"}
# no other has it
alone = torch.tensor([colours.count(colours[0]) == 1 for colours in many.colour])
found = hits(ways["both"])
for name, clips_with in (
    ("no other shape has its colour", alone),
    ("another shape has its colour", ~alone),
):
    print(f"{name:30s} {found[counts & clips_with[:, None]].float().mean():.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Because colour is nearly all that a patch of 4 x 4 pixels inside a shape contains.
# A unique colour is found nearly always; a shared one is a toss between
# look-alikes. To tell a red circle from a red cross, a token must know more than
# its own pixels: that is what the following lessons give it, and what training then
# makes of it.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On a real clip
#
# The Earth at night turns once in 301 frames; we take every fourth. One query, a
# patch of 8 x 8 pixels in frame 0, looks at *all* 57 x 57 such patches of each
# frame, and what it brings home is not pixels but **places**: the values are the
# centres of the patches.

# %% slideshow={"slide_type": "fragment"}
earth = bundled_clip("earth", size=64, stride=4, frames=11)  # T C H W = 11 3 64 64
keys = F.unfold(earth, 8).mT  # T, 57 * 57 places, 8 * 8 * 3 numbers
# eps: empty sky stays short
keys = F.normalize(keys - keys.mean(-1, keepdim=True), dim=-1, eps=0.1)
# row and column of each centre
places = torch.cartesian_prod(torch.arange(57.0), torch.arange(57.0)) + 3.5
query = keys[0, 24 * 57 + 24]
# T x 2, temperature 1/200
path = kept.attention(200 * math.sqrt(192) * query[None], keys, places)[:, 0]
print("columns that attention finds:", *(f"{column:.1f}" for column in path[:, 1]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Is that right? Nobody labelled this clip, but geometry did. A place on a turning
# ball, seen from the side, moves as $x(t) = x_c + r \sin(\lambda_0 + \omega t)$,
# with $\omega = 2\pi \cdot 4/301$ per frame. The disc fills columns 5 to 58, so
# $x_c = 31.5$ and its radius is 27; at the height of our patch
# $r = \sqrt{27^2 - (27.5 - 31.5)^2} = 26.7$.

# %% slideshow={"slide_type": "subslide"}
r, omega, t = math.sqrt(27**2 - 4**2), 2 * math.pi * 4 / 301, torch.arange(11)
geometry = 31.5 + r * torch.sin(math.asin((27.5 - 31.5) / r) + omega * t)
still, middle = torch.full((11,), 27.5), torch.full((11,), 31.5)
for name, x in (
    ("attention", path[:, 1]),
    ("standing still", still),
    ("mean of all places", middle),
):
    print(f"{name:19s} mean error {(x - geometry).abs().mean():.1f} pixels")
assert (path[:, 1] - geometry).abs().mean() < 0.5
series = {
    "attention": path[:, 1],
    "a point on a turning ball": geometry,
    "standing still": still,
}
viz.lines(series, "frame", "column (pixels)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The column that attention brings home against the one that geometry predicts: the
# two lines lie on each other, to less than a pixel, without training and without a
# label. For comparison, a query that assumed nothing moves.

# %% slideshow={"slide_type": "skip"}
w = kept.attention_weights(200 * math.sqrt(192) * query[None], keys).view(
    11, 1, 57, 57
)
# one pixel is hard to see
spot = F.max_pool2d(w / w.amax((-1, -2), keepdim=True), 3, stride=1, padding=1)
# 57 -> 64: a weight stands at its patch's centre
looked = F.pad(spot, (3, 4, 3, 4))
viz.digest(looked, name="weights over the clip")
viz.filmstrip({"earth": (2 * earth).clamp(max=1), "attention": looked})

# %% [markdown] slideshow={"slide_type": "skip"}
# Above the clip (twice as bright as it is), below where the query looks: one small
# spot that travels to the right with the continent under it.

# %% [markdown] slideshow={"slide_type": "skip"}
# One query may be luck. Ask from 54 places at once, in rows 12 to 44 and columns 12
# to 32 of the disc, and compare rows *and* columns with geometry in the five frames
# that follow. To guess a place at random would come within two pixels in less than
# one case of a hundred.

# %% slideshow={"slide_type": "skip"}
# 54 x 2
corners = torch.cartesian_prod(torch.arange(12, 45, 4), torch.arange(12, 33, 4))
y, x = (corners + 3.5).T
found = kept.attention(
    200 * math.sqrt(192) * keys[0, corners[:, 0] * 57 + corners[:, 1]],
    keys[1:6],
    places,
)
r = (27**2 - (y - 31.5) ** 2).sqrt()
# 5 frames x 54
column = 31.5 + r * torch.sin(torch.asin((x - 31.5) / r) + omega * t[1:6, None])
truth = torch.stack((y.expand_as(column), column), -1)
for name, guess in (("attention", found), ("standing still", corners + 3.5)):
    # 5 x 54: within two pixels, in row and column
    near = ((guess - truth).abs() < 2).all(-1).float()
    rim = near[:, corners[:, 1] == 12].mean()
    print(
        f"{name:15s} within two pixels {near.mean():.2f}, asked near the rim "
        f"(column 12) {rim:.2f}"
    )

# %% [markdown] slideshow={"slide_type": "skip"}
# Nine of ten land where geometry says. Most of the lost ones ask near the left rim,
# where the ground is seen at a slant: a patch there stretches as it turns towards
# us, and soon no longer looks like itself.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Your turn to ask
#
# The first picture again, to play with: click any patch of any frame. The second
# layer is the dot product of raw pixels; the third wears the mask of "no look
# ahead".

# %% slideshow={"slide_type": "fragment"}
layers = {
    "length 1, temperature 0.05": kept.attention_weights(
        20 * math.sqrt(48) * tokens, tokens
    ),
    "raw pixels": kept.attention_weights(math.sqrt(48) * pixels, pixels),
    "no look ahead": masked,
}
viz.digest(torch.stack(list(layers.values())), name="three layers")
viz.AttentionExplorer(
    video, layers, patch=4, query=(0, 1, 6), title="Where does a patch look?"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Click a patch of the yellow cross, then of the ground: an object looks at itself
# in all frames, the ground looks at all of the ground. With "raw pixels" the ground
# gives a patch of any shape more than a patch of its own: a grey query measures
# nothing but how bright a key is. (Run the notebook, or mark it as trusted, to make
# the viewer react.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in `course_utils.attention` |
# |---|---|---|
# | 2.1 | $\mathrm{attention}(Q, K, V) = \mathrm{softmax}(QK^\top/\sqrt{d_k})\,V$ | `attention(query, key, value, mask=None)` |
# | 2.1a, b | $a_{ij} = \mathrm{softmax}_j(q_i \cdot k_j / \sqrt{d_k})$ | `attention_weights(query, key, mask=None)` |
# | 2.2 | $q \cdot k = \sum_c q_c k_c = -\tfrac12\lvert q-k\rvert^2 + \tfrac12\lvert q\rvert^2 + \tfrac12\lvert k\rvert^2$ | `query @ key.transpose(-2, -1)`, inside both |
# | 2.3 | $p_j = e^{s_j/\tau} / \sum_{j'} e^{s_{j'}/\tau}$, with the row's largest score taken off | `scores.softmax(-1)`, inside both |
# | 2.4 | $\partial p_i/\partial s_j = p_i(\delta_{ij} - p_j)/\tau$ | autograd |
# | 2.5 | $\mathrm{Var}(q \cdot k) = d_k$ | the `math.sqrt(query.shape[-1])`, inside both |
# | 2.6 | $a_{ij} = M_{ij} e^{s_{ij}} / \sum_{j'} M_{ij'} e^{s_{ij'}}$, True = may attend | `mask=`, `to_torch_mask(mask)` |
# | 2.7 | $\mathrm{attention}(PQ, PK, PV) = P\,\mathrm{attention}(Q, K, V)$ | a property; positions come in lesson 03 |
# | 2.8 | $2 n_q n_k (d_k + d_v)$ operations, $4 n_q n_k$ bytes | `attention` is fused, and keeps no weights |

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Try it
#
# Change one line, guess first, then run.
#
# 1. In the very first picture, leave out `- pixels.mean(0)`. Does the patch still
#    find the circle, and what happens to the share on the ground? (Without the mean
#    taken off all cosines are positive, and that of red and dark grey is about 0.8:
#    guess how the 20 must change.)
# 2. In "attention removes noise", set the temperature to 0.01, then to 0.5. One of
#    them keeps the noise, the other removes the shapes. Which is which, and what
#    PSNR do you expect in the limit?
# 3. On the Earth, ask from `query = keys[0, 24 * 57 + 44]`, near the right rim. For
#    how many frames can it be found, and where does attention go when the place has
#    turned away?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Homework
#
# [Homework 02](homework/hw02_attention.ipynb): seven exercises. You write the
# stable softmax, the weights and attention itself; find three bugs in a local
# attention; predict a divisor; derive the backward pass of the softmax; and follow
# an object through a clip. `check` names the mistake when it knows it, and most of
# the mistakes of this lesson it knows.
#
# ## Go further
#
# - Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin (2017),
#   *Attention Is All You Need*, NeurIPS. Section 3.2.1 is this lesson; its footnote
#   4 is Eq. 2.5.
# - Bahdanau, Cho, Bengio (2015), *Neural Machine Translation by Jointly Learning to
#   Align and Translate*, ICLR. Read it for the need: one fixed-length vector is a
#   bottleneck, so let the decoder search.
# - Wang, Girshick, Gupta, He (2018), *Non-local Neural Networks*, CVPR. Attention
#   as non-local means, for video; compare its family of similarities with "Why not
#   distance?".
# - Jabri, Owens, Efros (2020), *Space-Time Correspondence as a Contrastive Random
#   Walk*, NeurIPS. Patches of one frame attend to patches of the next, and the
#   features are learned so that walks come home.
# - Dao, Fu, Ermon, Rudra, Ré (2022), *FlashAttention: Fast and Memory-Efficient
#   Exact Attention with IO-Awareness*, arXiv 2205.14135. How the fused kernel
#   avoids ever storing the weights.
