# %% [markdown]
# # Homework 05: count, repair and read an encoder
#
# **You will practise** counting parameters and operations of a stack, and finding
# the mistakes in one that reads clips of different length. Then you train an
# encoder, follow attention through its depth, and judge an ablation.
#
# **You need** lesson 05. **Time**: about 90 minutes for you, about 15 seconds for
# the computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 5.1 | count the parameters | reproduce | 1 | 10 |
# | 5.2 | count the operations | reproduce | 2 | 15 |
# | 5.3 | predict when attention is the larger half | predict | 2 | 10 |
# | 5.4 | repair a stack | break and repair | 3 | 20 |
# | 5.5 | follow attention through the stack | extend | 3 | 20 |
# | 5.6 | judge an ablation | extend | 2 | 15 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` runs your function on small inputs and names the mistake if it
# knows it; `grade` repeats this on inputs of other sizes. Any style counts as long
# as the numbers agree. As everywhere, `True` in a mask means *may attend*.

# %%
import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_utils import viz
from course_utils.attention import attention, record_attention
from course_utils.checks import check, grade
from course_utils.patches import patchify
from course_utils.positions import sinusoidal_positions
from course_utils.training import claim, fit
from course_utils.transformer import Encoder
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import DIRECTIONS

# %% [markdown]
# ## Exercise 5.1: count the parameters (reproduce, difficulty 1, 10 minutes)
#
# Before you rent a machine you want to know whether the model fits. Count the
# numbers that training changes in an encoder of $L$ layers (Eq. 5.2), with a layer
# norm at its end or without.
#
# 1. Write down all matrices and vectors of *one* layer with their sizes: attention,
#    network, two norms.
# 2. Multiply by the number of layers.
# 3. Add the final norm if there is one.
#
# <details><summary>Hint 1: what has a bias</summary>
#
# Each of the four projections of attention, and each of the two matrices of the
# network, has a bias: as many numbers as its output has.
# </details>
# <details><summary>Hint 2: a norm</summary>
#
# A layer norm has a gain and a shift: $2d$ numbers.
# </details>

# %% tags=["exercise-5.1"]
def parameters(d_model: int, d_ff: int, num_layers: int, final_norm: bool) -> int:
    """Return how many parameters an encoder has (Eq. 5.2 for each layer, and the
    norm at its end).

    L (4 (d^2 + d) + 2 d d_ff + d_ff + d + 4 d) + (2 d with a final norm)
    """
    ### BEGIN SOLUTION
    d = d_model
    attention = 4 * (d * d + d)
    network = d * d_ff + d_ff + d_ff * d + d
    norms = 2 * 2 * d
    return num_layers * (attention + network + norms) + (2 * d if final_norm else 0)
    ### END SOLUTION

# %%
check("5.1", parameters)

# %% tags=["graded-5.1"] points=1
grade("5.1", parameters)
### BEGIN HIDDEN TESTS
grade("5.1", parameters, seed=5101)
### END HIDDEN TESTS

# %% [markdown]
# Does it hold for PyTorch's own layers? At $d = 768$, $d_{ff} = 3072$ and 12
# layers, sizes that many published encoders share:

# %%
layer = nn.TransformerEncoderLayer(768, 12, 3072)
theirs = nn.TransformerEncoder(layer, 12, enable_nested_tensor=False)
real = sum(p.numel() for p in theirs.parameters())
print(f"yours {parameters(768, 3072, 12, False):,}, counted {real:,}")

# %% [markdown]
# ## Exercise 5.2: count the operations (reproduce, difficulty 2, 15 minutes)
#
# Whether a model *fits* is one question, how long it *computes* another. Count the
# operations of all matrix products of an encoder for one clip of $n$ tokens (Eq.
# 5.3). Multiplications and additions both count.
#
# 1. A product of $(a \times b)$ with $(b \times c)$ takes $2abc$ operations. List
#    the products of one layer: four projections, scores, weighted mean, two of the
#    network.
# 2. Sum up, and multiply by the number of layers.
# 3. With `training=True` add the backward pass: two products for each one of the
#    forward pass.
#
# <details><summary>Hint 1: heads</summary>
#
# $H$ heads of width $d/H$ compute $H$ products of $(n \times d/H)$ with
# $(d/H \times n)$: together $2n^2d$.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# Projections $8nd^2$, network $4nd\,d_{ff}$, attention $4n^2d$.
# </details>

# %% tags=["exercise-5.2"]
def flops(n: int, d_model: int, d_ff: int, num_layers: int, training: bool) -> int:
    """Return the operations of an encoder for one clip of n tokens (Eq. 5.3),
    forward or for a training step.

    L (8 n d^2 + 4 n d d_ff + 4 n^2 d), three times that in training
    """
    ### BEGIN SOLUTION
    d = d_model
    forward = num_layers * (8 * n * d * d + 4 * n * d * d_ff + 4 * n * n * d)
    return 3 * forward if training else forward
    ### END SOLUTION

# %%
check("5.2", flops)

# %% tags=["graded-5.2"] points=2
grade("5.2", flops)
### BEGIN HIDDEN TESTS
grade("5.2", flops, seed=5202)
### END HIDDEN TESTS

# %% [markdown]
# What would it cost to train on video? Suppose 100 000 steps of 64 clips, an
# encoder of 12 layers with $d = 768$, and a machine that does $10^{14}$ operations
# a second:

# %%
rows = {}
for name, n in (
    ("16 frames, 14 x 14 patches", 16 * 196),
    ("the same in tubelets of 2 frames", 8 * 196),
):
    days = 1e5 * 64 * flops(n, 768, 3072, 12, True) / 1e14 / 86400
    rows[name] = [n, days]
viz.table(rows, ["clip", "tokens", "days"], digits=1)

# %% [markdown]
# Half the tokens cost less than half the days: the term $4n^2d$ falls to a quarter.

# %% [markdown]
# ## Exercise 5.3: predict when attention is the larger half (predict, difficulty 2, 10 minutes)
#
# An encoder with $d = 256$ and $d_{ff} = 1024$ reads clips of 64 x 64 pixels in
# patches of 8 x 8 pixels, each frame for itself. From how many **frames** on do the
# two products of attention, $4n^2d$, take at least half of all operations? Work it
# out on paper.
#
# <details><summary>Hint</summary>
#
# Set $4n^2d = 8nd^2 + 4nd\,d_{ff}$ and divide by $4nd$. Then: how many tokens has a
# frame?
# </details>

# %% tags=["exercise-5.3"]
frames = None  # replace the line below by: frames = your number
### BEGIN SOLUTION
frames = (2 * 256 + 1024) // (8 * 8)
### END SOLUTION

# %%
check("5.3", frames)

# %% tags=["graded-5.3"] points=1
grade("5.3", frames)

# %% [markdown]
# Your own count of exercise 5.2 agrees: attention's share below, at and above your
# number of frames.

# %%
assert frames is not None, "Exercise 5.3 has no answer yet"
for T in (frames // 2, frames, 2 * frames):
    n = 64 * T
    share = 4 * n * n * 256 / flops(n, 256, 1024, 1, False)
    print(f"{T:2d} frames: share of attention {share:.2f}")

# %% [markdown]
# ## Exercise 5.4: repair a stack (break and repair, difficulty 3, 20 minutes)
#
# Clips of different length share a batch: the short ones are filled up with
# *padding* tokens, and `lengths` says how many tokens of each clip are real. The
# function below runs a pre-norm stack over them and returns one vector for each
# clip. To keep it small, attention has no projections (queries, keys and values are
# the normalised tokens), the norms have gain 1 and shift 0, and nothing has a bias.
# It runs, its shapes are right, and it is wrong in **three** places.

# %%
def norm(x):
    return F.layer_norm(x, x.shape[-1:])


def given_encode(x, W1, W2, lengths):
    for _ in range(len(W1)):
        y = norm(x)
        x = x + attention(y, y, y)
        x = x + (norm(x) @ W1[0]).clamp(min=0) @ W2[0]
    return norm(x).mean(1)

# %%
generator = torch.Generator().manual_seed(0)
x, lengths = torch.randn(1, 6, 4, generator=generator), torch.tensor([4])
W1 = torch.randn(2, 4, 8, generator=generator)
W2 = torch.randn(2, 8, 4, generator=generator)
other_padding = torch.cat((x[:, :4], torch.randn(1, 2, 4, generator=generator)), 1)
other_top = torch.cat((W1[:1], torch.randn(1, 4, 8, generator=generator)))
first = given_encode(x, W1, W2, lengths)
padded = given_encode(other_padding, W1, W2, lengths)
deep = given_encode(x, other_top, W2, lengths)
print("padding changed: the answer moves", not padded.equal(first))
print("last layer changed: the answer moves", not deep.equal(first))

# %% [markdown]
# The first line should say `False`, the second `True`: both are wrong.
# `check("5.4", given_encode)` confirms that all three bugs are there; after each
# repair it tells you what is left.
#
# 1. Which matrices does layer 2 use?
# 2. Who may look at whom? Build a mask "B 1 n" from `lengths` and hand it to
#    `attention`.
# 3. Over which tokens does the mean go, and by how many is the sum divided?
#
# <details><summary>Hint 1: the mask</summary>
#
# `torch.arange(n) < lengths[:, None]` is "B n": True where a token is real. Keys
# are the last axis of a mask, so put an axis for the queries in between:
# `real[:, None, :]`.
# </details>
# <details><summary>Hint 2: the mean</summary>
#
# `(x * real[..., None]).sum(1)` sums the real tokens. Divide by `lengths[:, None]`.
# </details>

# %% tags=["exercise-5.4"]
def encode(
    x: Float[Tensor, "B n d"],
    W1: Float[Tensor, "L d d_ff"],
    W2: Float[Tensor, "L d_ff d"],
    lengths: Int[Tensor, " B"],
) -> Float[Tensor, "B d"]:
    """Run a pre-norm stack over the real tokens, and average (Eq. 5.1a, 5.4)."""
    ### BEGIN SOLUTION
    real = torch.arange(x.shape[1]) < lengths[:, None]  # B n
    for first, second in zip(W1, W2):
        y = norm(x)
        x = x + attention(y, y, y, real[:, None])
        x = x + (norm(x) @ first).clamp(min=0) @ second
    return (norm(x) * real[..., None]).sum(1) / lengths[:, None]
    ### END SOLUTION

# %%
check("5.4", encode)

# %% tags=["graded-5.4"] points=3
grade("5.4", encode)
### BEGIN HIDDEN TESTS
grade("5.4", encode, seed=5404)
### END HIDDEN TESTS

# %%
first = encode(x, W1, W2, lengths)
padded = encode(other_padding, W1, W2, lengths)
deep = encode(x, other_top, W2, lengths)
same = [torch.allclose(other, first, atol=1e-5) for other in (padded, deep)]
print("padding changed: the answer moves", not same[0])
print("last layer changed: the answer moves", not same[1])

# %% [markdown]
# ## Exercise 5.5: follow attention through the stack (extend, difficulty 3, 20 minutes)
#
# From layer 2 on, a token is a mixture of what others were. So "layer 3 looks at
# token 7" does not say that it sees *patch* 7. Abnar and Zuidema (2020) follow the
# mixing down to the patches, by a rough rule: of what a token is after a layer,
# half came through attention and half through the residual. Then
#
# $$
# \tilde A_l = \tfrac12\,\bar A_l + \tfrac12\,I, \quad \tilde A = \tilde A_L \tilde A_{L-1} \cdots \tilde A_1
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\bar A_l$ | weights of layer $l$, mean over its heads | n x n |
# | $I$ | identity: each token itself | n x n |
# | $\tilde A_l$ | which tokens of layer $l - 1$ each token of layer $l$ is mixed from | n x n |
# | $\tilde A$ | row $i$: from which *patches* output $i$ comes | n x n |
#
# 1. Average the heads. 2. Mix with the identity. 3. Multiply, the last layer on the
#    left. Each row of $\tilde A$ sums to 1.
#
# **By hand**, two tokens, two layers of one head: in the first, both tokens look at
# the second one; in the second, both look at the first one.
# $\tilde A_1 = \begin{pmatrix}\frac12&\frac12\\0&1\end{pmatrix}$ and
# $\tilde A_2 = \begin{pmatrix}1&0\\\frac12&\frac12\end{pmatrix}$ give
# $\tilde A_2 \tilde A_1 =
# \begin{pmatrix}\frac12&\frac12\\\frac14&\frac34\end{pmatrix}$.
#
# <details><summary>Hint 1: the order</summary>
#
# Row $i$ of $\tilde A_2$ says which tokens the second layer reads; row $j$ of
# $\tilde A_1$ says what token $j$ had read before. So entry $(i, i')$ of the
# product is $\sum_j (\tilde A_2)_{ij} (\tilde A_1)_{j i'}$.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# Start with the identity and repeat `total = mixed @ total` for the layers from
# first to last.
# </details>

# %% tags=["exercise-5.5"]
def rollout(
    weights: Float[Tensor, "layers heads tokens tokens"],
) -> Float[Tensor, "tokens tokens"]:
    """Return how much of each patch is in each output: M_L ... M_1 with M_l =
    (mean_h A_l + I) / 2.
    """
    ### BEGIN SOLUTION
    eye = torch.eye(weights.shape[-1])
    total = eye
    for layer in weights.mean(1):
        total = (0.5 * layer + 0.5 * eye) @ total
    return total
    ### END SOLUTION

# %%
check("5.5", rollout)

# %% tags=["graded-5.5"] points=2
grade("5.5", rollout)
### BEGIN HIDDEN TESTS
grade("5.5", rollout, seed=5505)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Train the encoder of the lesson to name the direction, this time with `Encoder`
# from the library, and roll its attention out over a clip.

# %%
world = ShapesWorld(size=24, frames=4, radius=(3, 4), speed=(1.75, 3))
clips, test = world.sample(2048, seed=3), world.sample(256, seed=4)


def read(clips):  # tokens "B 36 64", direction 0 to 7
    tokens = patchify(clips.video.amax(2, keepdim=True), (1, 8, 8))
    said = [caption.removesuffix(" and bounces") for caption in clips.caption]
    words = [text.split(" moves ")[1] for text in said]
    direction = torch.tensor([DIRECTIONS.index(word) for word in words])
    return (tokens - 0.2) / 0.3, direction


tokens, direction = read(clips)
print("tokens", tuple(tokens.shape))

# %%
class Namer(nn.Module):
    def __init__(self, d=32, num_layers=3):
        super().__init__()
        self.embed, self.head = nn.Linear(64, d), nn.Linear(d, 8)
        self.places = nn.Parameter(sinusoidal_positions((4, 3, 3), d))
        self.encoder = Encoder(d, 4, 2 * d, num_layers)

    def forward(self, tokens):
        return self.head(self.encoder(self.embed(tokens) + self.places).mean(1))


def naming(model, seed):
    g = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(tokens), (64,), generator=g)
    return F.cross_entropy(model(tokens[chosen]), direction[chosen])

# %% tags=["nbval-ignore-output"]
# varies: it trains
torch.manual_seed(0)
model = Namer()
history = fit(model, naming, steps=250, lr=0.01)
new_tokens, new_direction = read(test)
with torch.no_grad(), record_attention(model) as record:
    right = (model(new_tokens).argmax(-1) == new_direction).float().mean().item()
claim(
    right > 0.3,
    "the direction of a new clip is named far more often than by a guess (1 in 8)",
)

# %% tags=["nbval-ignore-output"]
# varies: it shows what was trained
# 256 clips, 3 layers, 4 heads, 36, 36
weights = torch.stack([calls[0] for calls in record.values()], 1)
on_object = (patchify(test.mask.float(), (1, 8, 8)).amax(-1) > 0).float()  # 256 36
rolled = torch.stack([rollout(w) for w in weights])  # 256 36 36
maps = {f"layer {k + 1}": weights[:, k].mean(1) for k in range(3)}
maps["rollout through all layers"] = rolled
rows = {name: (A @ on_object[..., None]).mean() for name, A in maps.items()}
rows["by chance"] = on_object.mean()
still = rows["rollout through all layers"] > 1.2 * rows["by chance"]
claim(still, "rolled out, it is on the object still")
viz.bars(rows, ylabel="share on the object")

# %% [markdown]
# Share of attention on patches that show the object: of each layer alone, and
# rolled out to the patches. The rollout stays below the best layer, because by its
# rule an eighth of every token, at least, is still its own patch, wherever that is.

# %% tags=["nbval-ignore-output"]
# varies: it shows what was trained
look = dict(patch=8, mask=test.mask[1], title="What the answer is made of")
viz.attention_over_video(test.video[1], rolled[1].mean(0), **look)

# %% [markdown]
# One new clip, and which of its patches the answer is made of by the rollout
# (orange); green is the world's own outline. It is a rough rule: values may be
# large where weights are small, and the networks in between are left out. The
# colour goes with the square root of a weight, so that weak ones show too.

# %% [markdown]
# ## Exercise 5.6: judge an ablation (extend, difficulty 2, 15 minutes)
#
# A part was taken away, and the score fell. By chance? Both models were trained
# with the same $G$ seeds, and runs of one seed saw the same batches: what a seed
# does to *both* cancels if you subtract first. So take the difference $\psi_g$ of
# each pair, its mean, and how far such a mean scatters (its *standard error*: a
# mean of $G$ independent numbers has a variance $G$ times smaller than one of
# them):
#
# $$
# \psi_g = \kappa^{\mathrm{other}}_g - \kappa^{\mathrm{full}}_g, \qquad
# \bar\psi = \frac1G \sum_{g=1}^G \psi_g, \qquad
# \mathrm{error} = \frac{1}{\sqrt G} \sqrt{\frac{1}{G-1} \sum_{g=1}^G (\psi_g - \bar\psi)^2}
# $$
#
# **By hand**: full (0.50, 0.60, 0.70), other (0.40, 0.45, 0.65): differences
# $-0.10, -0.15, -0.05$, mean $-0.10$, spread $0.05$, error $0.05 / \sqrt3 = 0.029$.
#
# <details><summary>Hint</summary>
#
# `torch.std` divides by $G - 1$.
# </details>

# %% tags=["exercise-5.6"]
def compare(
    full: Float[Tensor, " seeds"], other: Float[Tensor, " seeds"]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Return the mean difference other - full over the seeds, and its standard
    error (pairs by seed).
    """
    ### BEGIN SOLUTION
    difference = other - full
    return difference.mean(), difference.std() / math.sqrt(len(difference))
    ### END SOLUTION

# %%
check("5.6", compare)

# %% tags=["graded-5.6"] points=2
grade("5.6", compare)
### BEGIN HIDDEN TESTS
grade("5.6", compare, seed=5606)
### END HIDDEN TESTS

# %% [markdown]
# Now judge. These are the directions named rightly in one run of lesson 05, seed by
# seed (yours may differ a little). Student's $t$ test calls a difference shown (95
# %) if it is more than $4.3$ standard errors from 0 when there are three seeds.
# **Predict**: for which of the six variants is that so?

# %%
full = torch.tensor([0.545, 0.490, 0.529])
others = {
    "no position": [0.352, 0.406, 0.386],
    "one head": [0.492, 0.474, 0.403],
    "no FFN": [0.494, 0.473, 0.592],
    "no residual": [0.343, 0.270, 0.318],
    "no norm": [0.598, 0.613, 0.561],
    "one layer": [0.552, 0.451, 0.478],
}
for name, scores in others.items():
    mean, error = compare(full, torch.tensor(scores))
    verdict = "shown" if abs(mean) > 4.3 * error else "open"
    print(f"{name:12s} {mean:+.2f} ± {error:.2f}  {verdict}")

# %% [markdown]
# <details><summary>What you just saw</summary>
#
# Two are shown: without residuals by far, without positions by a hair (4.4 standard
# errors; the lesson has a proof besides). The other four stay open. One head loses
# 0.06 and no norm *wins* 0.07 on average, two standard errors or a little more: you
# might well have told a story about either. With no FFN nothing has moved at all,
# yet 4.3 times its error leaves room for a real loss of 0.1. "Open" is not "no
# effect": it asks for more seeds. How many? The error shrinks like $1/\sqrt G$. And
# "shown" is not certain: of six variants without any effect, at 95 % one in four
# such tables would show something.
# </details>
