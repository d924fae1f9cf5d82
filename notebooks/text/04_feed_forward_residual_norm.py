# %% [markdown] slideshow={"slide_type": "slide"}
# # Add the feed-forward network, the residual and the norm
#
# A darkroom trick called *solarising* turns the brightest tones black again and
# lifts the middle ones to white. On a clip of one colour attention alone draws a
# straight line instead, at any depth, as long as it gets no positions and nothing
# else that is fixed: this lesson proves it, and then finds the ways round. The
# network that stands beside attention in every Transformer does it with six hidden
# units, whose weights you will write down with a pencil. Here is where we end.

# %% slideshow={"slide_type": "skip"}
import math
import statistics

import torch
import torch.nn.functional as F
from torch import nn

from course_utils import viz
from course_utils.attention import MultiHeadAttention, attention, attention_weights
from course_utils.layers import FeedForward, LayerNorm, Residual, layer_norm
from course_utils.metrics import psnr
from course_utils.patches import patchify, unpatchify
from course_utils.studies import load_study
from course_utils.training import claim, fit
from course_utils.worlds import ShapesWorld, bundled_clip

# %% slideshow={"slide_type": "fragment"}
city = bundled_clip("city", size=64, stride=4, frames=8)  # T C H W = 8 3 64 64
# 32768 tokens of 3 numbers: red, green and blue of one pixel
pixels = patchify(city, (1, 1, 1))
# 3 -> 6 hidden units
W1, b1 = torch.eye(3).repeat(1, 2), torch.tensor([0.0] * 3 + [-0.5] * 3)
W2 = torch.cat((2 * torch.eye(3), -4 * torch.eye(3)))  # 6 -> 3
solarised = unpatchify(
    (pixels @ W1 + b1).clamp(min=0) @ W2, (1, 1, 1), tuple(city.shape)
)
viz.digest(city, name="city     ")
viz.digest(solarised, name="solarised")
viz.filmstrip({"city": city, "feed-forward network": solarised}, every=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Above the clip, below what six hidden units make of each pixel. The grey sky
# lights up; the pale wall and the lit windows turn red, because their green and
# blue lay above one half and were turned around. The two lines of code that do it
# are Eq. 4.1 of this lesson.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the three parts that stand around attention in every
# Transformer: a small network for each token, a path around it, and a norm that
# keeps its input in range.
#
# **You will learn** to
#
# - write the feed-forward network (exercise 4.1), choose its weights for any tone
#   curve (4.6), and say under which assumptions attention alone stays a straight
#   line;
# - write layer norm (4.2) and its gradient (4.5), and say why it is not batch norm;
# - find what is wrong in a pre-norm block (4.3), and predict how its residuals add
#   up (4.4);
# - say from measurements what the residual does to a gradient, and when a learning
#   rate needs a warm-up.
#
# **You need** lessons 02 and 03 (attention and its heads), the chain rule. Of the
# [primer](00p_primer.ipynb) (sections 1 to 7 and 9) read what is new to you.
#
# **Time** 60 minutes of reading, 25 seconds of computing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## The whole lesson in four formulas
#
# $$
# \mathrm{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2 \tag{4.1}
# $$
# $$
# \mathrm{gated\ FFN}(x) = \big(\phi(x W_1 + b_1) \odot (x W_g + b_g)\big)\, W_2 + b_2 \tag{4.2}
# $$
# $$
# \mathrm{LN}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta \tag{4.3}
# $$
# $$
# \text{pre-norm: } x + S(\mathrm{LN}(x)) \qquad \text{post-norm: } \mathrm{LN}(x + S(x)) \tag{4.4}
# $$
#
# $x$ is one token, a row of $d$ numbers; $\odot$ multiplies number by number; $S$
# is a *sublayer*: attention or the FFN. The other letters wait for the tables of
# their sections. Each formula climbs the ladder of lesson 02: the *need*, the
# *formula*, numbers *by hand*, a *loop*, a *tensor* line, the *library's* name,
# what *breaks* without it, what it does *on video*, and what we *keep*.

# %% [markdown] slideshow={"slide_type": "skip"}
# One tool for the whole lesson, as in lesson 02: the largest difference between two
# functions, in their values **and** in the gradients of all their inputs.

# %% slideshow={"slide_type": "skip"}
def gap(f, g, *inputs):
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    values = f(*inputs), g(*inputs)
    slopes = (torch.autograd.grad(v.sin().sum(), inputs) for v in values)  # uneven
    return max((a - b).abs().max().item() for a, b in [values, *zip(*slopes)])


print("a function and itself differ by", gap(torch.exp, torch.exp, torch.ones(2)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The feed-forward network
#
# **What does attention make of one token alone?** It mixes tokens: its output is a
# weighted mean of values, and a value is a matrix times a token. Show it a *flat*
# clip, in which all tokens are the same $x$, without positions and without any
# token that is not $x$. Every weighted mean of equal values is that value, whatever
# the weights are. So the output is $x W_V W_O$, plus a constant where there are
# biases: a straight line in $x$, for any number of heads. A residual adds $x$, the
# tokens stay equal, and the next layer meets the same three assumptions. So it is a
# straight line at any depth: **equal tokens, no positions, no constants**.
#
# **Predict, then run.** Three layers of attention and one feed-forward network,
# with random weights, look at flat clips of 11 grey levels, from black to white. We
# draw the first number of the output against the grey level. Does the softmax bend
# the curve of attention after all?

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
three_layers = [MultiHeadAttention(12, 4).double() for _ in range(3)]
network = FeedForward(12, 48).double()
grey = torch.linspace(0, 1, 11, dtype=torch.float64)
# black -4, white 4: 11 clips of 16 equal tokens
x = flat = (8 * (grey - 0.5))[:, None, None].expand(11, 16, 12)
for layer in three_layers:
    x = x + layer(x, x, x)
outputs = {
    "three layers of attention": x,
    "one feed-forward network": network(flat),
}
curves = {name: y[:, 0, 0].detach() for name, y in outputs.items()}

# %% slideshow={"slide_type": "fragment"}
# largest second difference
bend = [curve.diff().diff().abs().max().item() for curve in curves.values()]
assert bend[0] < 1e-9 and bend[1] > 0.01
print("bend of attention below 1e-9, bend of the network above 0.01")
scaled = {name: (y - y[0]) / (y[-1] - y[0]) for name, y in curves.items()}
lines = {name: (grey, y) for name, y in scaled.items()}
viz.lines(lines, "grey level of the flat clip", "output, first = 0, last = 1")

# %% [markdown] slideshow={"slide_type": "fragment"}
# First number of the output against the grey level, each curve scaled to run from 0
# to 1. Attention draws a straight line to the last digit; the network bends.
#
# <details><summary>What you just saw</summary>
#
# No: it weighs equal things. Attention is non-linear in *how* different tokens are
# mixed, and here none differs. "If the pixel is brighter than one half, turn it
# around" is a function of one token that bends. The network computes it from the
# token alone; what attention needs to compute it, we shall find out.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The formula
#
# $$
# \mathrm{FFN}(x) \;=\; \max(0,\; x W_1 + b_1)\, W_2 + b_2
# \tag{4.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x$ | one token | d |
# | $W_1, b_1$ | to the hidden units | d x d_ff, and d_ff |
# | $\max(0, \cdot)$ | ReLU, number by number: a unit is on, or 0 | d_ff |
# | $W_2, b_2$ | back to the width of a token | d_ff x d, and d |
# | $d_{ff}$ | how many hidden units; often $4d$ | - |
#
# It is Eq. 2 of Vaswani et al. (2017). All tokens share the four parameters, and no
# token sees another.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The feed-forward network by hand
#
# Solarising is $y = 2u$ up to $u = \tfrac12$ and $y = 2 - 2u$ from there on: a
# tent. With ReLUs:
#
# $$ y = 2\max(0, u) - 4 \max(0, u - \tfrac12). $$
#
# The first unit is on for all $u > 0$ and gives the slope 2. The second switches on
# at $\tfrac12$ and changes the slope by $-4$, to $-2$. For a token of two numbers:
# $W_1 = \begin{pmatrix}1&1&0&0\\0&0&1&1\end{pmatrix}$,
# $b_1 = (0, -\tfrac12, 0, -\tfrac12)$. Take $x = (0.25, 1)$: the hidden units are
# $(0.25, 0, 1, 0.5)$, and the output is
# $(2 \cdot 0.25,\; 2 \cdot 1 - 4 \cdot 0.5) = (0.5, 0)$.

# %% slideshow={"slide_type": "fragment"}
hand = torch.tensor([[0.25, 1.0], [0.5, 0.75]])  # 2 tokens of 2 numbers
hand_W1 = torch.tensor([[1.0, 1, 0, 0], [0, 0, 1, 1]])
hand_b1 = torch.tensor([0.0, -0.5, 0, -0.5])
hand_W2 = torch.tensor([[2.0, 0], [-4, 0], [0, 2], [0, -4]])
by_hand = (hand, hand_W1, hand_b1, hand_W2, torch.zeros(2))
print((hand @ hand_W1 + hand_b1).clamp(min=0))
print((hand @ hand_W1 + hand_b1).clamp(min=0) @ hand_W2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop.** One loop for each index of Eq. 4.1: token $i$, hidden unit $m$,
# component $c$. This is the specification.

# %% slideshow={"slide_type": "fragment"}
def feed_forward_loop(x, W1, b1, W2, b2):
    y = b2.expand(len(x), -1).clone()
    for i in range(len(x)):
        for m in range(len(b1)):
            hidden = b1[m] + sum(x[i, c] * W1[c, m] for c in range(x.shape[1]))
            hidden = hidden * (hidden > 0)  # max(0, .)
            for c in range(W2.shape[1]):
                y[i, c] = y[i, c] + hidden * W2[m, c]
    return y

# %% slideshow={"slide_type": "fragment"}
print(feed_forward_loop(*by_hand))
assert feed_forward_loop(*by_hand).tolist() == [[0.5, 0.0], [1.0, 0.5]]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor**, and **library**. PyTorch has no layer of this name: it is two
# `nn.Linear` with an `nn.ReLU` in between. `nn.Linear` stores its matrix
# transposed, so that we hand over `W1.T`.

# %% slideshow={"slide_type": "fragment"}
def feed_forward(x, W1, b1, W2, b2):
    hidden = (x @ W1 + b1).clamp(min=0)  # ... tokens d_ff
    return hidden @ W2 + b2  # ... tokens d


def sequential(x, W1, b1, W2, b2):
    layers = nn.Sequential(nn.Linear(*W1.shape), nn.ReLU(), nn.Linear(*W2.shape))
    names = {"0.weight": W1.T, "0.bias": b1, "2.weight": W2.T, "2.bias": b2}
    return torch.func.functional_call(layers, names, x)

# %% slideshow={"slide_type": "fragment"}
generator = torch.Generator().manual_seed(1)
shapes = (6, 3), (3, 5), (5,), (5, 3), (3,)
five = [torch.randn(*shape, generator=generator) for shape in shapes]
assert gap(feed_forward_loop, feed_forward, *five) < 1e-10
assert gap(feed_forward, sequential, *five) < 1e-10
print("loop, ours, nn.Sequential: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why a hidden layer wider than the token?* Each unit adds
# one bend; 4d is a habit, not a law. *Where are most parameters of a Transformer?*
# Here: 8 d^2 against 4 d^2 of attention. *Is "feed-forward" a good name?* It only
# says that nothing loops back. *Is it a convolution?* Two, with a kernel of 1 x 1:
# `tests/test_layers.py` compares them.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Learned from examples
#
# **Can training find what your pencil found?** Four candidates see clips of 64
# random colours and their solarised version, not the city: the best straight line
# (least squares, exact), two layers of attention with a residual, the same with
# four learned tokens appended to every clip (*constants*), and one FFN with 64
# hidden units.
#
# **Predict, then run.** The colours of these clips differ, so the proof does not
# speak of them. Which of the four come near, after 300 steps?

# %% slideshow={"slide_type": "skip"}
def solarise(x):
    return 1 - (2 * x - 1).abs()


def colours(seed):  # 8 clips of 64 random pixels
    return torch.rand(8, 64, 3, generator=torch.Generator().manual_seed(seed))


def imitate(model, seed):
    return F.mse_loss(model(colours(seed)), solarise(colours(seed)))


class TwoAttentions(nn.Module):
    def __init__(self, constants=0, d=16):
        super().__init__()
        self.embed, self.read = nn.Linear(3, d), nn.Linear(d, 3)
        self.layers = nn.ModuleList(MultiHeadAttention(d, 4) for _ in range(2))
        self.constants = nn.Parameter(torch.randn(constants, d))

    def forward(self, x):
        x = torch.cat((self.embed(x), self.constants.expand(len(x), -1, -1)), 1)
        for layer in self.layers:
            x = x + layer(x, x, x)
        return self.read(x[:, : x.shape[1] - len(self.constants)])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it trains
torch.manual_seed(0)
attends, helped, learned = TwoAttentions(), TwoAttentions(4), FeedForward(3, 64)
for model in (attends, helped, learned):
    fit(model, imitate, steps=300, lr=0.01)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: three of the models were trained
sample = torch.cat([colours(seed) for seed in range(100)]).flatten(0, 1)
# 4 x 3: the best one
line = torch.linalg.lstsq(
    F.pad(sample, (0, 1), value=1.0), solarise(sample)
).solution
truth = solarise(pixels)
with torch.no_grad():
    guesses = {
        "mean colour": truth.mean(0).expand_as(truth),
        "straight line": F.pad(pixels, (0, 1), value=1.0) @ line,
        "attention": attends(pixels.view(512, 64, 3)).view(-1, 3),
        "attention + 4 constants": helped(pixels.view(512, 64, 3)).view(-1, 3),
        "FFN": learned(pixels),
    }
errors = {name: F.mse_loss(y, truth).sqrt().item() for name, y in guesses.items()}
mean = errors["mean colour"]
claim(errors["FFN"] < 0.3 * mean, "FFN: less than 0.3 of the mean colour's error")
claim(errors["attention + 4 constants"] < 0.5 * mean, "constants: less than half")
claim(errors["attention"] > mean, "attention without them: more")
viz.bars(
    errors, "root mean squared error on the city", "One run of 300 steps", digits=3
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Root mean squared error per colour value, on a clip that nobody trained on. Black
# and white both have to become black, so the best straight line is nearly flat: it
# says 0.5 everywhere and loses to the mean colour of the solarised city, which no
# candidate was told. So far attention is no better. Four constants change that.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: three of the models were trained
names = ("attention", "attention + 4 constants", "FFN")
videos = {n: unpatchify(guesses[n], (1, 1, 1), tuple(city.shape)) for n in names}
viz.digest(videos["FFN"], reference=solarised, name="FFN against the truth")
viz.filmstrip({"truth": solarised} | videos, every=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# From the top: the truth, and what three models make of the city after 300 steps.
# Attention turns everything to one grey; the other two come near the truth.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Longer, and from three starts
#
# One run of 300 steps shows how a model begins. A *study* (stored; its command is
# printed) trained each candidate for 4000 steps, with three seeds, at the best of
# three learning rates. **Predict, then look**: does attention without constants
# leave the straight line?

# %% slideshow={"slide_type": "fragment"}
study = load_study("tone-curve")
by_step = study.curves("error by step")
shown = ("1 layer", "2 layers", "4 layers", "2 layers + positions")
print(study.note())
viz.lines(
    {name: by_step[name] for name in shown},
    "step",
    "error on random colours",
    title="Attention alone, mean and spread of three seeds",
    baseline={"straight line": math.sqrt(1 / 12)},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Error against the step, running mean over 50 steps. Up to step 250 all four sit on
# the dashed line, the best straight line (the tent has the variance 1/12), and who
# stops there concludes that attention has no way off it. Then all of them leave it;
# with one or two layers the seeds differ widely.

# %% slideshow={"slide_type": "subslide"}
def of_line(x):
    y = F.pad(x, (0, 1), value=1.0) @ line
    return f"{F.mse_loss(y, solarise(x)).sqrt():.3f}"


grey = torch.linspace(0, 1, 21)[:, None].expand(-1, 3)
tests = {
    "random colours": sample,
    "half as bright": sample / 2,
    "city": pixels,
    "flat clips": grey,
}
rows = study.rows(["random", "dark", "city", "grey"], digits=3)
rows.append(["straight line", "-", *map(of_line, tests.values())])
print(f"mean colour of the solarised city: {errors['mean colour']:.3f}")
viz.table(rows, ["setting", "steps", *tests], title="Error, 3 seeds: mean ± spread")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Root mean squared error on four kinds of clip; the second are the random colours,
# all halved.
#
# <details><summary>What you just saw</summary>
#
# Without constants attention learns the curve for the clips of its training, and
# does not carry it on. On clips half as bright each pixel is one that it knows, yet
# its error is larger. So it leans on the *crowd*: 63 other colours that are spread
# alike in every training clip, as good as constants until another crowd comes. On
# the city it loses to the mean colour, and on flat clips, where the proof holds, to
# the straight line. With four constants, or with positions, its error is below 0.05
# on all four. The FFN needs neither and does best.
# </details>

# %% slideshow={"slide_type": "subslide"}
on_grey = study.curves("curve on grey")
shown = ("2 layers", "2 layers + positions", "2 layers + 4 constants", "FFN")
for name in shown:
    curve = torch.tensor(on_grey[name][1])
    print(f"{name:24s} bend {curve.diff().diff().abs().max():.2f}")
viz.lines(
    {name: on_grey[name] for name in shown},
    "grey level of the flat clip",
    "what the model makes of it",
    title="Mean and spread of three seeds",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# What each model makes of a flat clip (mean over its numbers). Two layers alone
# draw a straight line, as the proof says, and not even the best one: no such clip
# was in their training. Positions make the tokens of a flat clip differ, constants
# are something else to look at, and the line bends.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** Take the ReLU out. Two matrices in a row are one matrix, whatever
# the width:

# %% slideshow={"slide_type": "fragment"}
def without_relu(x, W1, b1, W2, b2):
    return (x @ W1 + b1) @ W2 + b2


def one_matrix(x, W1, b1, W2, b2):
    return x @ (W1 @ W2) + (b1 @ W2 + b2)

# %% slideshow={"slide_type": "fragment"}
wide = [
    torch.randn(*shape, generator=generator)
    for shape in ((6, 3), (3, 500), (500,), (500, 3), (3,))
]
assert gap(without_relu, one_matrix, *wide) < 1e-8
print("500 hidden units without ReLU and one 3 x 3 matrix differ by less than 1e-8")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A memory of keys and values
#
# **What does a hidden unit look for, and what does it say when it finds it?** Write
# Eq. 4.1 as a sum over hidden units. Call column $m$ of $W_1$ a key $k_m$ and row
# $m$ of $W_2$ a value $v_m$:
#
# $$
# \mathrm{FFN}(x) \;=\; b_2 + \sum_{m=1}^{d_{ff}} \max(0,\; x \cdot k_m + b_{1,m})\; v_m
# \tag{4.1b}
# $$
#
# It reads like attention: compare with keys, add up values. Three things differ.
# Keys and values are *learned* and do not come from the clip; a ReLU replaces the
# softmax, so units do not compete; and the sum may be anything, not only a mean.
# Geva et al. (2021) found that keys of trained language models answer to patterns
# that people can read.

# %% slideshow={"slide_type": "fragment"}
def as_memory(x, W1, b1, W2, b2):
    keys, values = W1.T, W2  # d_ff x d, and d_ff x d
    fires = (x @ keys.T + b1).clamp(min=0)  # how strongly: tokens x d_ff
    return b2 + torch.einsum("im,mc->ic", fires, values)


assert gap(as_memory, feed_forward, *five) < 1e-10
print("memory and FFN: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Why constants help
#
# Learned constants give attention such a memory. Let a head look at two of them
# alone, with keys $k_1, k_2$ and values $v_1, v_2$ that are the same for every
# clip. Divide the softmax above and below by the first exponential, and with
# $q = x W_Q + b_Q$ what the head returns is
#
# $$
# v_2 + \mathrm{sigmoid}\Big( \frac{q \cdot (k_1 - k_2)}{\sqrt{d_k}} \Big)\, (v_1 - v_2)
# \tag{4.1c}
# $$
#
# It is one hidden unit of Eq. 4.1b with a sigmoid for the ReLU: its key is
# $W_Q (k_1 - k_2)/\sqrt{d_k}$, its threshold comes from $b_Q$, its value is
# $v_1 - v_2$. The softmax over *fixed* keys is a curved function of the query; on a
# flat clip without constants all keys are $x W_K$, and every weight is $1/n$.

# %% slideshow={"slide_type": "fragment"}
def constant_head(x, W_Q, b_Q, keys, values):
    return attention(x @ W_Q + b_Q, keys, values)


def sigmoid_unit(x, W_Q, b_Q, keys, values):
    toward = (keys[0] - keys[1]) / math.sqrt(keys.shape[1])
    fires = torch.sigmoid((x @ W_Q + b_Q) @ toward)  # how strongly: tokens
    return values[1] + fires[:, None] * (values[0] - values[1])


shapes = ((6, 3), (3, 5), (5,), (2, 5), (2, 3))
head = [torch.randn(*shape, generator=generator) for shape in shapes]
assert gap(constant_head, sigmoid_unit, *head) < 1e-10
print("a head over two constants is a hidden unit: differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: what the memories look like
#
# A task for patches: given a patch of 4 x 4 pixels, draw it in the *outline* style.
# The world can draw any clip in both styles, so the truth is known. Each token is
# redrawn alone, by one FFN with 96 hidden units.

# %% slideshow={"slide_type": "skip"}
def styles(batch, seed):
    world = ShapesWorld(shapes=2, frames=4)
    clips = world.sample(batch, seed)
    outlined = world.restyle(clips, "outline")
    return clips.video, outlined.video

# %% slideshow={"slide_type": "skip"}
(train, train_outline), (test, test_outline) = (
    styles(96, seed=0),
    styles(32, seed=1),
)
x_train, y_train = (
    patchify(video, (1, 4, 4)).flatten(0, 1) for video in (train, train_outline)
)
x_test, y_test = (
    patchify(video, (1, 4, 4)).flatten(0, 1) for video in (test, test_outline)
)
baseline = F.mse_loss(y_train.mean(0).expand_as(y_test), y_test).item()
# 49 x 48
best_line = torch.linalg.lstsq(F.pad(x_train, (0, 1), value=1.0), y_train).solution
straight = F.mse_loss(F.pad(x_test, (0, 1), value=1.0) @ best_line, y_test).item()
print(
    "patches",
    tuple(x_train.shape),
    f" mean patch: MSE {baseline:.3f}, straight line: MSE {straight:.4f}",
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it trains
def redraw(model, seed):
    chosen = torch.randint(
        len(x_train), (256,), generator=torch.Generator().manual_seed(seed)
    )
    return F.mse_loss(model(x_train[chosen]), y_train[chosen])


torch.manual_seed(0)
artist = FeedForward(48, 96)
# small random keys, so that what is learned can be seen
artist.first.weight.data *= 0.1
fit(artist, redraw, steps=2000, lr=0.01)
with torch.no_grad():
    drawn = unpatchify(
        artist(patchify(test, (1, 4, 4))), (1, 4, 4), tuple(test.shape[1:])
    )
error = F.mse_loss(drawn, test_outline).item()
claim(
    error < 0.7 * straight, "the FFN errs a third less than the best straight line"
)
viz.filmstrip(
    {"clip": test[0], "FFN": drawn[0], "truth": test_outline[0]},
    title=f"test MSE {error:.4f}",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A test clip, the FFN's outline of it, the true outline. Its error is well below
# that of the best straight line. Places are right and the insides turn white, but
# the lines are blurred and their colours muddied: a patch that is blue all over may
# lie in the middle of a square or at its edge, and the FFN sees one patch and not
# its neighbours. That is what attention is for.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: the keys and values were trained
with torch.no_grad():
    fires = artist.first(x_test).clamp(min=0)  # patches x 96
    # units that change most
    top = (fires.std(0) * artist.second.weight.norm(dim=0)).topk(8).indices
    best = x_test[fires[:, top].argmax(0)]  # the patch that each of them likes best
    keys, values = artist.first.weight[top], artist.second.weight.T[top]
    around_grey = [
        0.5 + 0.5 * w / w.abs().amax(-1, keepdim=True) for w in (keys, values)
    ]
stamps = dict(zip(("fires most for", "key", "value"), (best, *around_grey)))
stamps = {
    name: unpatchify(s[:, None], (1, 4, 4), (1, 3, 4, 4))[:, 0]
    for name, s in stamps.items()
}
viz.filmstrip(stamps, title="Eight memories", unit="unit")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Eight hidden units, one a column: the test patch on which each fires most, its
# key, and its value, where grey is zero. In the stored run unit 1 looks for red all
# over, unit 3 for blue in a corner, the others for yellow, most of them at an edge;
# roughly, a key resembles its patch. A value says what to add (brighter than grey)
# and what to take away, on top of what all the other units say.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which function inside?
#
# **Does it have to be a ReLU?** Its slope jumps from 0 to 1, and a unit that is 0
# for every token learns nothing. Two smooth relatives, and a family with a *gate*,
# in which a second projection says how much of each hidden unit passes:
#
# $$
# \mathrm{GELU}(z) = z\,\Phi(z), \qquad \mathrm{SiLU}(z) = z\,\mathrm{sigmoid}(z), \qquad
# \mathrm{FFN}(x) = \big(\phi(x W_1 + b_1) \odot (x W_g + b_g)\big) W_2 + b_2
# \tag{4.2}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\phi$ | ReLU, GELU or SiLU, number by number | - |
# | $\Phi(z)$ | share of a standard normal distribution below $z$ | - |
# | $W_g, b_g$ | the gate, a second projection ($V$ and $c$ in Shazeer, 2020) | d x d_ff, and d_ff |
#
# With GELU it is called GEGLU, with SiLU SwiGLU. Other than the gates of lesson 01,
# this one is not kept between 0 and 1: it multiplies. (Many programs call the
# *other* factor, the one with $\phi$, the gate.)

# %% slideshow={"slide_type": "fragment"}
z = torch.linspace(-4, 4, 81)
bends = {"ReLU": F.relu(z), "GELU": F.gelu(z), "SiLU": F.silu(z)}
print(f"at z = {z[20]:.0f}:", {n: round(y[20].item(), 2) for n, y in bends.items()})
viz.lines({n: (z, y) for n, y in bends.items()}, "z", "what the hidden unit says")

# %% [markdown] slideshow={"slide_type": "fragment"}
# ReLU has a corner at 0 and says nothing to its left; the other two bend smoothly
# and dip below 0 first.
#
# **By hand.** One token of one number, $x = 2$; two hidden units $z = (2, -2)$,
# gates $(3, 1)$, $W_2$ all ones. $\mathrm{sigmoid}(2) = 0.881$, so
# $\mathrm{SiLU}(z) = (1.762, -0.238)$; times the gates $(5.285, -0.238)$; the
# output is $5.046$. A negative unit still says something, and so still learns. (No
# loop for it here: `tests/test_layers.py` holds it to its formula.)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Tensor**, **library**, and **keep it**. PyTorch has `F.silu` and `F.gelu` and no
# layer for Eq. 4.2; its `F.glu` is the older gate with a bare sigmoid. The course
# keeps all five in `FeedForward(d_model, d_ff, activation)`.

# %% slideshow={"slide_type": "skip"}
def gated(x, W1, b1, Wg, bg, W2, b2):
    return (F.silu(x @ W1 + b1) * (x @ Wg + bg)) @ W2 + b2  # Eq. 4.2


def kept(x, W1, b1, Wg, bg, W2, b2):
    layer = FeedForward(3, 5, "swiglu")
    weights = {}
    for name, W, b in (("first", W1, b1), ("gate", Wg, bg), ("second", W2, b2)):
        weights |= {f"{name}.weight": W.T, f"{name}.bias": b}
    return torch.func.functional_call(layer, weights, x)

# %% slideshow={"slide_type": "skip"}
zeros, ones = torch.zeros(2), torch.ones(2, 1)
hand_W1, hand_Wg = torch.tensor([[1.0, -1]]), torch.tensor([[1.5, 0.5]])
by_hand = (torch.tensor([[2.0]]), hand_W1, zeros, hand_Wg, zeros, ones, zeros[:1])
print(f"by hand 5.046, tensor {gated(*by_hand).item():.3f}")
gate = torch.randn(3, 5, generator=generator), torch.randn(5, generator=generator)
assert gap(gated, kept, *five[:3], *gate, *five[3:]) < 1e-10
print("tensor and FeedForward(3, 5, 'swiglu'): differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Change it, on video.** Five functions redraw the patches of the last section. A
# gate costs a third matrix, so that a fair comparison gives it two thirds of the
# hidden units: 64 instead of 96.
#
# **Predict, then run.** Rank the five. Is the difference between first and last
# larger than that between *any* of them and the straight line?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it trains
widths = {"relu": 96, "gelu": 96, "silu": 96, "geglu": 64, "swiglu": 64}
rows = []
for name, d_ff in widths.items():
    scores = []
    for seed in range(3):
        torch.manual_seed(seed)
        model = FeedForward(48, d_ff, name)
        fit(model, redraw, steps=250, lr=0.01, seed=seed, progress=False)
        with torch.no_grad():
            scores.append(1000 * F.mse_loss(model(x_test), y_test).item())
    parameters = sum(p.numel() for p in model.parameters())
    rows.append(
        [name, parameters, statistics.mean(scores), statistics.stdev(scores)]
    )
claim(
    max(row[2] for row in rows) < 1000 * straight,
    "all five beat the best straight line",
)
claim(
    rows[0][2] > statistics.mean(row[2] for row in rows[1:]),
    "ReLU has a larger error than the others",
)
viz.table(rows, ["function", "parameters", "test MSE x 1000", "spread of 3 seeds"])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it shows what was trained
bars = {name: (mean, spread) for name, _, mean, spread in rows}
viz.bars({"straight line": 1000 * straight} | bars, "test MSE x 1000")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Mean test error and spread of three seeds for each function, under that of the
# best straight line. The parameters of the five agree within half a percent.
#
# <details><summary>What we measured</summary>
#
# ReLU came last, at 6.2; the other four lie between 5.7 and 5.9, as close together
# as their seeds. So no: what separates first from last (0.5) is less than what
# separates any of them from the straight line (0.7 or more). That there *is* a bend
# matters most; which one is a detail, and this is one small task. Shazeer (2020)
# compares them on text, where some of the gated ones win.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is the best function the same at any size?* Nobody
# promises: measure. *Can a unit die?* A ReLU that is 0 for all tokens has gradient
# 0: lower the learning rate or use GELU.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The residual
#
# **What is left of a clip after 32 layers?** Each layer so far *replaces* a token.
# Whatever it does not pass on is lost for all layers above it. The residual makes a
# layer an *addition*: keep the token, add what you found. He et al. (2016)
# introduced it for images.
#
# $$
# y = x + S(x), \qquad
# \frac{\partial y}{\partial x} = I + J_S
# \tag{4.4a}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $S$ | a sublayer: attention or FFN | tokens x d to tokens x d |
# | $J_S$ | its Jacobian $\partial S / \partial x$ | d x d (of one token) |
# | $I$ | identity: the gradient's direct way | d x d |
#
# Stack $L$ of them. By the chain rule the gradient that reaches the bottom is a
# product: without the residual $J_L \cdots J_2 J_1$, with it
# $(I + J_L)\cdots(I + J_1) = I + \sum_l J_l + \dots$ The first product vanishes as
# soon as every factor shrinks, as in lesson 01. The second has a 1 in every factor.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** One number, $S(x) = 0.1x$, ten layers. Without:
# $0.1^{10} = 10^{-10}$. With: $1.1^{10} = 2.594$. **Loop** over layers, and over
# the factors of the product:

# %% slideshow={"slide_type": "fragment"}
def stack(x, sublayers, residual):
    for S in sublayers:
        x = x + S(x) if residual else S(x)  # Eq. 4.4a, or its absence
    return x

# %% slideshow={"slide_type": "fragment"}
x = torch.ones(1, requires_grad=True)
for residual in (False, True):
    (slope,) = torch.autograd.grad(stack(x, [lambda x: 0.1 * x] * 10, residual), x)
    product = math.prod((0.1 + residual) for layer in range(10))
    print(
        f"residual {residual!s:5}  gradient {slope.item():.3g}, product of the "
        f"factors {product:.3g}"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** Stacks of 2 to 64 FFNs ($d = 32$, $d_{ff} = 64$, PyTorch's random
# initial weights); a loss on the output; the norm of its gradient on the *first*
# layer's $W_1$.
#
# **Predict, then run.** At 64 layers, how many zeros does the gradient without a
# residual have behind the decimal point? And does it *grow* with a residual?

# %% slideshow={"slide_type": "fragment"}
depths = [2, 4, 8, 16, 32, 64]
tokens = torch.randn(64, 32, generator=generator, dtype=torch.float64)
weights = torch.randn(64, 32, generator=generator, dtype=torch.float64)

# %% slideshow={"slide_type": "fragment"}
def first_gradient(depth, residual):
    torch.manual_seed(0)
    layers = [FeedForward(32, 64).double() for _ in range(depth)]
    loss = (weights * stack(tokens, layers, residual)).mean()
    return torch.autograd.grad(loss, layers[0].first.weight)[0].norm().item()

# %% slideshow={"slide_type": "fragment"}
without, with_it = (
    [first_gradient(depth, residual) for depth in depths]
    for residual in (False, True)
)
print("without, powers of ten:", [round(math.log10(g)) for g in without])
print("with it:               ", [round(g, 2) for g in with_it])
both = {"without": (depths, without), "with residual": (depths, with_it)}
viz.lines(both, "layers", "gradient at the first layer", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Norm of the gradient at the first layer, both axes logarithmic. Without the
# residual it falls by about 40 orders of magnitude, to a number with about 41
# zeros: gradient descent with a usual rate would not move the first layer at all.
# Float32, which ends near $10^{-45}$, would soon call it 0. With the residual it
# hardly moves up to 8 layers and then grows, to several times as much at 64: a
# product of factors a little above 1.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **On video.** What of the forward pass? Embed the patches of clips at random, send
# them through 32 untrained FFNs, and ask on the way: how well can the *best linear
# readout* (least squares on 64 clips) restore the pixels of a clip it has not seen?
# And how different are the tokens still?

# %% slideshow={"slide_type": "skip"}
# least squares from the tokens of 64 clips to their pixels
def read_back(tokens, unseen):
    A, B = F.pad(tokens, (0, 1), value=1.0), F.pad(unseen, (0, 1), value=1.0)
    readout = torch.linalg.lstsq(
        A, x_train[: len(A)].double(), driver="gelsd"
    ).solution
    return unpatchify((B @ readout).float(), (1, 4, 4), (4, 3, 32, 32))

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
embed = nn.Linear(48, 32).double()
layers = [FeedForward(32, 64).double() for _ in range(32)]
restored = {"clip": test[0]}
with torch.no_grad():
    for residual in (True, False):
        a, b = embed(x_train[: 64 * 256].double()), embed(x_test[:256].double())
        for depth in range(33):
            if depth in (0, 8, 32):
                name = f"{depth} layers {'with' if residual else 'without'}"
                restored[name] = read_back(a, b)
                quality = psnr(test[:1], restored[name][None], data_range=1.0)
                spread = a.std(0).max()
                level = min(level for level in (1.0, 1e-5, 1e-12) if spread < level)
                print(f"{name:17s} PSNR {quality:.0f} dB, spread below {level:g}")
            a, b = (stack(x, layers[depth : depth + 1], residual) for x in (a, b))
del restored["0 layers without"]  # the same as with: there is no layer yet
viz.filmstrip(restored)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A clip, and what can be read back from its tokens before the first layer, after 8
# and after 32. With the residual the shapes are there to the end. Without it the
# tokens become alike: after 8 layers they differ by millionths, in which a readout
# in float64 still finds a blurred clip. After 32 layers they differ by less than
# float64 can hold beside the number itself, and only the mean patch is left: 17 dB.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library.** PyTorch has no residual layer; it adds inside
# `nn.TransformerEncoderLayer`. The course keeps it as `Residual`, which takes a
# norm along. So we compare both when the norm stands, below.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not learn a weight for x, too?* You may; the plain 1
# keeps the product of identities exact. *Is the residual why layers can be cut out
# of trained models?* It makes each layer a correction. *Must S keep the width?*
# Yes: only equal shapes add.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The norm
#
# **Dusk falls on the clip. Is it still the same clip?** At a third of the
# brightness every token is a third as long, every score of attention a ninth as
# large, and attention that was sharp goes blurred. A layer should judge what a
# token *shows*, not how loud it is. So give each token mean 0 and standard
# deviation 1 before a layer reads it, and let the layer learn which scale and shift
# it would like instead (Ba, Kiros and Hinton, 2016).
#
# $$
# \mathrm{LN}(x)_c = \gamma_c\,\frac{x_c - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_c,
# \qquad \mu = \frac1d \sum_{c=1}^{d} x_c,
# \qquad \sigma^2 = \frac1d \sum_{c=1}^{d} (x_c - \mu)^2
# \tag{4.3}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\mu, \sigma^2$ | mean and variance of the numbers of **one token** | one each per token |
# | $\gamma, \beta$ | learned; `scale` and `shift` in code; 1 and 0 at the start | d each |
# | $\epsilon$ | keeps the division finite; $10^{-5}$ | - |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** $x = (9, 3, 3, 1)$: $\mu = 4$, deviations $(5, -1, -1, -3)$,
# $\sigma^2 = (25+1+1+9)/4 = 9$. With $\gamma = (1, 1, 1, 2)$,
# $\beta = (0, 0, 0, 5)$: $(1.667, -0.333, -0.333, 3)$. **Library**: PyTorch calls
# it `F.layer_norm`, and `nn.LayerNorm` holds $\gamma$ and $\beta$. **Loop**, then
# **tensor**:

# %% slideshow={"slide_type": "fragment"}
def layer_norm_loop(x, scale, shift, eps=1e-5):
    y = torch.zeros_like(x)
    for i in range(len(x)):
        d = x.shape[1]
        mean = sum(x[i, c] for c in range(d)) / d
        variance = sum((x[i, c] - mean) ** 2 for c in range(d)) / d
        for c in range(d):
            y[i, c] = (
                scale[c] * (x[i, c] - mean) / torch.sqrt(variance + eps) + shift[c]
            )
    return y

# %% slideshow={"slide_type": "fragment"}
x, scale = torch.tensor([[9.0, 3, 3, 1]]), torch.tensor([1.0, 1, 1, 2])
hand = x, scale, torch.tensor([0.0, 0, 0, 5])
print(layer_norm_loop(*hand).numpy().round(3))
wanted = torch.tensor([5 / 3, -1 / 3, -1 / 3, 3])
assert torch.allclose(layer_norm_loop(*hand), wanted, atol=1e-4)

# %% slideshow={"slide_type": "skip"}
def our_norm(x, scale, shift, eps=1e-5):
    mean = x.mean(-1, keepdim=True)  # ... tokens 1
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)  # by d, not by d - 1
    return scale * (x - mean) / torch.sqrt(variance + eps) + shift


def library(x, scale, shift):
    return F.layer_norm(x, (7,), scale, shift)

# %% slideshow={"slide_type": "skip"}
three = [torch.randn(*shape, generator=generator) for shape in ((5, 7), (7,), (7,))]
assert gap(layer_norm_loop, our_norm, *three) < 1e-10
assert gap(our_norm, library, *three) < 1e-10
print("loop, ours and F.layer_norm: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The gradient of the norm
#
# **What does training feel through a norm?** Write
# $\tilde x = (x - \mu)/\sigma_\epsilon$ with
# $\sigma_\epsilon = \sqrt{\sigma^2 + \epsilon}$, and $g$ for the gradient that
# arrives at $\mathrm{LN}(x)$. One $x_c$ moves three things: its own numerator, the
# mean ($\partial \mu / \partial x_c = 1/d$), and the deviation
# ($\partial \sigma_\epsilon / \partial x_c = \tilde x_c / d$). Collect them:
#
# $$
# \frac{\partial \mathcal{L}}{\partial x}
# = \frac{1}{\sigma_\epsilon}\Big(g' - \overline{g'} - \tilde x \;\overline{g' \tilde x}\Big),
# \qquad g' = \gamma \odot g
# \tag{4.3b}
# $$
#
# The bar is the mean over the $d$ numbers of a token. **By hand** with
# $x = (9,3,3,1)$, $\gamma = 1$, $g = (1,0,0,0)$: $\sigma_\epsilon = 3$,
# $\overline{g} = \tfrac14$, $\overline{g \tilde x} = \tfrac5{12}$, and the first
# number is $\tfrac13(1 - \tfrac14 - \tfrac53 \cdot \tfrac5{12}) = 0.0185$; the
# others $-0.0370, -0.0370, 0.0556$.

# %% slideshow={"slide_type": "fragment"}
def norm_gradient_loop(x, g, eps=1e-5):  # one token, scale 1
    d, mean = len(x), sum(x) / len(x)
    s = math.sqrt(sum((x_c - mean) ** 2 for x_c in x) / d + eps)
    y = [(x_c - mean) / s for x_c in x]
    along = sum(g_c * y_c for g_c, y_c in zip(g, y)) / d
    return [(g[c] - sum(g) / d - y[c] * along) / s for c in range(d)]

# %% slideshow={"slide_type": "fragment"}
print([round(n, 4) for n in norm_gradient_loop([9, 3, 3, 1], [1, 0, 0, 0])])

# %% slideshow={"slide_type": "skip"}
upstream = torch.randn(5, 7, generator=generator, dtype=torch.float64)


def by_autograd(x):
    x = x.double().requires_grad_()
    return torch.autograd.grad(
        F.layer_norm(x, (7,), three[1].double()), x, upstream
    )[0]


x, slope = three[0], upstream * three[1]  # g' of Eq. 4.3b
by_loop = torch.tensor(
    [norm_gradient_loop(*row) for row in zip(x.tolist(), slope.tolist())]
)
assert (by_autograd(x) - by_loop).abs().max() < 1e-6
assert by_autograd(x).sum(-1).abs().max() < 1e-9
ratio = by_autograd(10 * x).norm() / by_autograd(x).norm()
print("loop and autograd differ by less than 1e-6")
print(
    f"it sums to 0 over a token; ten times the token: {ratio:.2f} times the "
    "gradient"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Eq. 4.3b says three things. The gradient sums to 0: making all numbers of a token
# brighter changes nothing. It has no part along $\tilde x$ (up to $\epsilon$):
# making the token louder changes nothing. And $1/\sigma_\epsilon$: a token ten
# times as long gets a tenth of the gradient, so that loud tokens do not drown the
# others. Autograd keeps this formula for us. The rung *tensor* is yours: exercise
# 4.5, with the derivation.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: dusk
#
# Lesson 02 compared patches after taking off a mean and dividing by a length: layer
# norm in all but name. Take one layer of attention with random weights (sharpened:
# scores times 4), a clip, and the same clip at a third of its brightness. To be
# fair, the raw tokens are divided by one fixed number, their own standard deviation
# at day, so that both kinds start equally loud. How far do the weights move at
# dusk?

# %% slideshow={"slide_type": "skip"}
clip = ShapesWorld(shapes=3, frames=4).sample(1, seed=5375).video[0]
W = torch.randn(48, 48, generator=generator) / math.sqrt(48)
loudness = clip.std()  # of the day, and kept at dusk

# %% slideshow={"slide_type": "fragment"}
def looks(video, norm):
    x = norm(patchify(video, (1, 4, 4)))  # 256 tokens of 48
    return attention_weights(4 * x @ W, x @ W)

# %% slideshow={"slide_type": "fragment"}
for name, norm in (
    ("raw tokens", lambda x: x / loudness),
    ("layer norm", lambda x: F.layer_norm(x, (48,))),
):
    day, dusk = looks(clip, norm), looks(clip / 3, norm)
    moved = (day - dusk).abs().sum(-1).mean() / 2
    print(f"{name}: share of attention that moves at dusk {moved:.1f}")

# %% slideshow={"slide_type": "fragment"}
shown = {}
for name, video in (("day", clip), ("dusk", clip / 3)):
    normed = F.layer_norm(patchify(video, (1, 4, 4)), (48,))
    shown[name] = unpatchify(
        (0.5 + normed / 6).clamp(0, 1), (1, 4, 4), (4, 3, 32, 32)
    )
viz.digest(
    shown["dusk"],
    reference=shown["day"],
    name="layer norm of dusk, against that of day",
)
viz.filmstrip(
    {
        "day": clip,
        "dusk": clip / 3,
        "LN of day": shown["day"],
        "LN of dusk": shown["dusk"],
    }
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The clip at day and at dusk, and below what layer norm makes of each (0 is drawn
# grey, patch by patch). The two lower rows agree wherever a patch shows something.
# Each patch is normed alone, so that the border of a shape stands out and evenly
# filled patches keep only their colour.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Batch norm on clips that are filled up
#
# **Why not the norm that image networks use?** Batch norm (Ioffe and Szegedy, 2015;
# `F.batch_norm`) has the same formula, but takes $\mu$ and $\sigma$ of each
# component over *all tokens of the batch*. Then the output for a clip depends on
# what else is in the batch: other clips, and the padding that makes all clips
# equally long.
#
# **Predict, then run.** We norm 16 frames of the city whole, its first 8 or 4
# frames alone, and its first 4 frames filled up with 12 empty ones. In each case we
# ask what came out for frame 3. In which of the three does it change most under
# batch norm? And under layer norm?

# %% slideshow={"slide_type": "fragment"}
street = bundled_clip("city", size=32, stride=4, frames=16)
whole = patchify(street, (1, 4, 4)).view(16, 64, 48)  # 16 frames of 64 patches
padded = torch.cat((whole[:4], torch.zeros(12, 64, 48)))

# %% slideshow={"slide_type": "skip"}
# frames patches d: mean and variance of each component, over all tokens
def batch_norm(x):
    return F.batch_norm(x.flatten(0, 1), None, None, training=True).view(x.shape)


def per_token(x):
    return F.layer_norm(x, (48,))

# %% slideshow={"slide_type": "fragment"}
rows = {}
for name, x in (
    ("8 frames", whole[:8]),
    ("4 frames", whole[:4]),
    ("4 frames + 12 empty", padded),
):
    rows[name] = [
        (norm(x)[3] - norm(whole)[3]).abs().mean().item()
        for norm in (batch_norm, per_token)
    ]
viz.table(rows, ["frame 3 seen in a clip of", "batch norm", "layer norm"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Mean change of the normalised numbers of frame 3, against the clip of 16 frames; 1
# is a whole standard deviation. Where only the length differs, little happens: the
# frames of one street resemble each other. Padding does the harm, because most of
# what batch norm averages is then nothing. Layer norm has not moved at all: no
# other token stands in Eq. 4.3. (Batch norm's remedy, a mean and variance that are
# frozen after training, answers for the average clip of training.)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Keep it.** `LayerNorm(d_model)` holds $\gamma$ and $\beta$; `layer_norm` is the
# function that you have just written.

# %% slideshow={"slide_type": "skip"}
def from_library(x, scale, shift):
    return torch.func.functional_call(
        LayerNorm(7), {"scale": scale, "shift": shift}, x
    )


assert (
    gap(our_norm, layer_norm, *three) < 1e-10
    and gap(our_norm, from_library, *three) < 1e-10
)
print(
    "ours, layer_norm and LayerNorm: values and gradients differ by less than 1e-10"
)

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why d and not d - 1?* It is no estimate of anything:
# these d numbers are all there are. *Does the norm throw away brightness?* Yes,
# that of the token; the residual carries it past the layer. *What is RMSNorm?* No
# mean, no shift, only the division (Zhang and Sennrich, 2019): first experiment of
# "Try it". *What about eps?* A black patch has variance 0.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Before or after
#
# **A sublayer, a sum, a norm: in which order?**
#
# $$
# \text{pre-norm: } y = x + S(\mathrm{LN}(x)) \qquad\qquad \text{post-norm: } y = \mathrm{LN}(x + S(x))
# \tag{4.4}
# $$
#
# Post-norm is the order of Vaswani et al. (2017). Pre-norm leaves the way from $x$
# to $y$ free of everything: its gradient is still $I + J$, as in Eq. 4.4a.
# Post-norm sends the sum, and so the gradient, through a norm each time: every
# layer multiplies by the $1/\sigma_\epsilon$ of Eq. 4.3b.
#
# **By hand** with $x = (9,3,3,1)$ and an $S$ that returns its input: pre-norm gives
# $x + \tilde x = (10.667, 2.667, 2.667, 0)$, post-norm
# $\mathrm{LN}(2x) = (1.667, -0.333, -0.333, -1)$.

# %% slideshow={"slide_type": "subslide"}
from course_utils.viz.diagrams import box, flow, residual, side_by_side


def block(order):
    parts = []
    for kind in ("multi-head attention", "feed-forward"):
        norm, inner = box("norm"), box(kind)
        pre = order == "pre-norm"
        parts += [residual(norm, inner)] if pre else [residual(inner), norm]
    return flow(order, *parts)


both = side_by_side(
    block("pre-norm"), block("post-norm"), into=box("module", "the next block")
)
machine = viz.diagram(flow(both), title="Eq. 4.4: where the norm stands")
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Left, pre-norm: the by-passes run from top to bottom and meet no norm. Right,
# post-norm: every way down leads through the norms.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% slideshow={"slide_type": "fragment"}
def pre(x, S, norm):
    return x + S(norm(x))


def post(x, S, norm):
    return norm(x + S(x))

# %% slideshow={"slide_type": "fragment"}
x, plain = hand[0], lambda x: F.layer_norm(x, x.shape[-1:])
print("pre ", pre(x, lambda x: x, plain).numpy().round(3)[0])
print("post", post(x, lambda x: x, plain).numpy().round(3)[0])

# %% [markdown] slideshow={"slide_type": "fragment"}
# The rung *loop* is missing on purpose: one line has no index. **Library**: in
# `nn.TransformerEncoderLayer` the order is called `norm_first`. Its attention half
# is switched off here (output weights 0), so that the FFN half with its residual is
# all that remains. **Keep it**: `Residual(d_model, norm)` is Eq. 4.4 with either
# order.

# %% slideshow={"slide_type": "skip"}
class Half(nn.Module):
    def __init__(self, theirs, order):
        super().__init__()
        self.feed = FeedForward(8, 16)
        self.feed.first, self.feed.second = theirs.linear1, theirs.linear2
        self.around, self.start = (
            Residual(8, order),
            theirs.norm1 if order == "post" else nn.Identity(),
        )
        self.around.norm = LayerNorm.from_torch(theirs.norm2)

    def forward(self, x):
        # post-norm: theirs normalises after attention, too
        return self.around(self.start(x), self.feed)

# %% slideshow={"slide_type": "fragment"}
for order in ("pre", "post"):
    theirs = nn.TransformerEncoderLayer(
        8, 2, 16, 0.0, batch_first=True, norm_first=order == "pre"
    ).double()
    nn.init.zeros_(theirs.self_attn.out_proj.weight)
    assert (
        gap(Half(theirs, order), theirs, torch.randn(2, 5, 8, generator=generator))
        < 1e-10
    )
    print(
        f"{order}-norm: Residual and nn.TransformerEncoderLayer differ by less "
        "than 1e-10"
    )

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A whole block
#
# Attention, then the FFN, each with its residual and norm. This is the layer that
# lesson 05 stacks. Published blocks add *dropout*: in training, random numbers of
# what a sublayer returns are set to zero (`dropout=` of `Residual` and
# `FeedForward`). Our worlds draw new clips in every step, so that we leave it at 0.

# %% slideshow={"slide_type": "fragment"}
class Block(nn.Module):
    def __init__(self, d, order, num_heads=2):
        super().__init__()
        self.attention, self.feed = (
            MultiHeadAttention(d, num_heads),
            FeedForward(d, 2 * d),
        )
        self.around_attention, self.around_feed = (
            Residual(d, order),
            Residual(d, order),
        )

    def forward(self, x):
        x = self.around_attention(x, lambda y: self.attention(y, y, y))
        return self.around_feed(x, self.feed)


def blocks(depth, order, d=32):
    torch.manual_seed(0)
    return nn.Sequential(*(Block(d, order) for _ in range(depth)))

# %% slideshow={"slide_type": "fragment"}
print(
    sum(p.numel() for p in Block(32, "pre").parameters()), "parameters in one block"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** With attention in the stack, does a residual without any norm still
# do? **Predict, then run**: the spread of the tokens after 2 to 64 blocks, for no
# norm, pre-norm and post-norm.

# %% slideshow={"slide_type": "fragment"}
spread = {order: [] for order in ("none", "pre", "post")}
with torch.no_grad():
    for order in spread:
        x, stacked = tokens, blocks(64, order).double()
        after = {0: 1.0}
        for depth, block in enumerate(stacked, 1):
            x = block(x)
            after[depth] = x.std().item()
        spread[order] = [after[depth] for depth in depths]
print("no norm:   above 1000 after 32 blocks:", spread["none"][4] > 1000)
print(
    "pre-norm: ",
    [f"{s:.0f}" for s in spread["pre"]],
    " post-norm:",
    [f"{s:.0f}" for s in spread["post"]],
)
named = {name: (depths, row) for name, row in spread.items()}
viz.lines(named, "blocks", "standard deviation of the tokens", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Standard deviation of the tokens after 2 to 64 blocks, both axes logarithmic.
# Without a norm each block adds something in proportion to what it got, and the sum
# explodes. Under pre-norm what a block adds does not grow with what it got, and the
# deviation grows slowly. Post-norm sets it back to 1 each time. (A pre-norm stack
# needs one more norm at its very end.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# And the gradient? For stacks of 2 to 64 blocks, its norm on the second matrix of
# the *last* FFN, at the start of training, when the optimiser takes its first and
# boldest steps. A loss with random weights stands for any loss.

# %% slideshow={"slide_type": "fragment"}
def last_gradient(depth, order):
    stacked = blocks(depth, order).double()
    # the final norm
    output = (
        stacked(tokens) if order == "post" else F.layer_norm(stacked(tokens), (32,))
    )
    return (
        torch.autograd.grad(
            (weights * output).mean(), stacked[-1].feed.second.weight
        )[0]
        .norm()
        .item()
    )

# %% slideshow={"slide_type": "fragment"}
flow = {
    f"{order}-norm": [last_gradient(depth, order) for depth in depths]
    for order in ("pre", "post")
}
for name, row in flow.items():
    print(
        f"{name:9s} gradient on the last block, 64 blocks against 2: "
        f"{row[-1] / row[0]:.1f}"
    )
named = {name: (depths, row) for name, row in flow.items()}
viz.lines(named, "blocks", "gradient at the last block", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Norm of the gradient on the last FFN's second matrix against the number of blocks,
# both axes logarithmic. Under pre-norm it shrinks as the stream grows, because the
# final norm divides by that growth. Under post-norm it is as large for 64 blocks as
# for 2. So the deeper the stack, the bolder a first step the same learning rate
# means for post-norm, compared with pre-norm. Xiong et al. (2020) prove this, and
# conclude that post-norm needs a warm-up. (Adam rescales gradients, so that their
# size alone is not the whole story: hence the next experiment.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Three learning rates, with and without warm-up
#
# A *warm-up* lets the learning rate rise over the first $S_w$ steps:
# $\eta_s = \eta \min(1, (s + 1)/S_w)$, in the library `fit(..., warmup=S_w)`. **On
# video**: given two frames of a small clip, four blocks predict the change to the
# third. The loss is counted in units of the change's variance, so that "repeat the
# last frame" scores 1.
#
# **Predict, then run.** Twelve runs of 120 steps: pre- and post-norm, three
# learning rates, warm-up over 0 or 60 steps, one seed each. Which run learns next
# to nothing? For which does warm-up help, and which does it only slow down?

# %% slideshow={"slide_type": "skip"}
world = ShapesWorld(size=16, frames=3, speed=(1, 2), radius=(3, 4))
small = world.sample(1024, seed=0).video
# clips, 16 tokens, 2 x 48
pairs = torch.cat([patchify(small[:, t : t + 1], (1, 4, 4)) for t in (0, 1)], -1)
change = patchify(small[:, 2:] - small[:, 1:2], (1, 4, 4))
pairs, change = (pairs - pairs.mean()) / pairs.std(), change / change.std()

# %% slideshow={"slide_type": "skip"}
def predictor(order):
    body = [Block(32, order) for _ in range(4)] + [
        LayerNorm(32) if order == "pre" else nn.Identity()
    ]
    model = nn.Sequential(nn.Linear(96, 32), *body, nn.Linear(32, 48))
    # learned positions, lesson 03
    model.place = nn.Parameter(0.02 * torch.randn(16, 32))
    return model


def next_frame(model, seed):
    chosen = torch.randint(
        1024, (8,), generator=torch.Generator().manual_seed(seed)
    )
    return F.mse_loss(
        model[1:](model[0](pairs[chosen]) + model.place), change[chosen]
    )

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it trains
rates, runs = (0.001, 0.004, 0.016), {}
for rate in rates:
    for order in ("pre", "post"):
        for warmup in (0, 60):
            torch.manual_seed(0)
            model = predictor(order)
            options = dict(
                lr=rate, warmup=warmup, cooldown=0, clip=None, progress=False
            )
            runs[order, rate, warmup] = fit(model, next_frame, steps=120, **options)
final = {run: history.smoothed(40)[-1] for run, history in runs.items()}
rows = [
    [f"{o}-norm", w, *(final[o, rate, w] for rate in rates)]
    for o in ("pre", "post")
    for w in (0, 60)
]
headers = ["order", "warm-up", *(f"rate {rate}" for rate in rates)]
viz.table(rows, headers, title="One run each, mean loss of the last 40 steps")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: it shows what was trained
four = [(order, warmup) for order in ("pre", "post") for warmup in (0, 60)]
named = {
    f"{order}-norm, warm-up {w}": runs[order, rates[2], w].smoothed(20)
    for order, w in four
}
viz.lines(
    named,
    "step",
    "loss",
    title=f"learning rate {rates[2]}, one run each",
    baseline={"repeat the last": 1.0},
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it speaks of what was trained
claim(
    max(final["pre", rate, 0] for rate in rates) < 0.95,
    "pre-norm learns at all rates without warm-up",
)
low, high = rates[0], rates[-1]
claim(
    final["post", high, 0] > final["pre", high, 0] + 0.1,
    "post-norm falls behind at the highest rate",
)
claim(
    final["post", high, 60] < final["post", high, 0] - 0.01,
    "warm-up helps post-norm at the highest rate",
)
claim(
    final["pre", low, 60] > final["pre", low, 0],
    "warm-up costs pre-norm time at the lowest rate",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The highest rate, running mean of the loss over 20 steps: the two pre-norm curves
# come down together, post-norm hangs near the dashed line, "repeat the last frame".
#
# <details><summary>What we measured</summary>
#
# At the lowest rate all four learn, and warm-up only costs time. At the middle rate
# pre-norm is ahead, and warm-up still gains nothing. At the highest rate pre-norm
# does not care. Post-norm without warm-up ends at about 0.98: it learned next to
# nothing that "repeat the last frame" does not know. Warm-up brings it to 0.91,
# which helps and does not repair it.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Then why did the first Transformers use post-norm?* They
# had 6 layers and a warm-up. *Is pre-norm better in the end?* It is easier to
# train; 120 steps of a small model say nothing about the end. *How sure is this?*
# One run each is an anecdote: change the seed. *Why clip=None?* Clipping the
# gradient hides a part of the effect: second experiment of "Try it".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in `course_utils.layers` |
# |---|---|---|
# | 4.1 | $\max(0, xW_1 + b_1)W_2 + b_2$ | `FeedForward(d_model, d_ff)` |
# | 4.1b | $b_2 + \sum_m \max(0, x \cdot k_m + b_{1,m})\,v_m$ | rows of `.first.weight`, columns of `.second.weight` |
# | 4.1c | $v_2 + \mathrm{sigmoid}(q \cdot (k_1 - k_2)/\sqrt{d_k})\,(v_1 - v_2)$ | `attention` over two learned tokens |
# | 4.2 | $(\phi(xW_1 + b_1) \odot (xW_g + b_g))W_2 + b_2$ | `FeedForward(d_model, d_ff, "swiglu")` |
# | 4.3 | $\gamma \odot (x - \mu)/\sqrt{\sigma^2 + \epsilon} + \beta$, token by token | `layer_norm`, `LayerNorm(d_model)` |
# | 4.3b | $(g' - \overline{g'} - \tilde x\,\overline{g'\tilde x})/\sigma_\epsilon$ | autograd |
# | 4.4a | $x + S(x)$, gradient $I + J_S$ | `Residual(d_model, "none")` |
# | 4.4 | $x + S(\mathrm{LN}(x))$, or $\mathrm{LN}(x + S(x))$ | `Residual(d_model, "pre")`, `"post"` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# Change one line, guess first, then run.
#
# 1. In "On video: dusk", use
#    `lambda x: x / x.square().mean(-1, keepdim=True).sqrt()`, which is RMSNorm, for
#    the layer norm. Does it resist dusk? Does it resist *fog*, `clip / 3 + 0.3`?
# 2. In the twelve runs, replace `clip=None` by `clip=1.0`. Which of the four curves
#    at the highest rate changes most?
# 3. In "The residual", give `first_gradient` sublayers of twice the strength:
#    `2 * S(x)` in `stack`. Does the residual still save the gradient, or does it
#    now do harm?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Homework
#
# [Homework 04](homework/hw04_feed_forward_residual_norm.ipynb): six exercises. You
# write the feed-forward network and layer norm, find three bugs in a block, predict
# how residuals add up, derive the gradient of the norm, and build a network for any
# tone curve, to regrade a real clip.
#
# ## Go further
#
# - Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin (2017),
#   *Attention Is All You Need*, NeurIPS. Section 3.3 is Eq. 4.1, section 3.1 says
#   where its residuals and norms stand.
# - He, Zhang, Ren, Sun (2016), *Deep Residual Learning for Image Recognition*,
#   CVPR. Read it for the experiment: a deeper plain network has the larger
#   *training* error, although its batch norm keeps gradients from vanishing.
# - Ba, Kiros, Hinton (2016), *Layer Normalization*, arXiv 1607.06450. Read it for
#   the comparison with batch norm, and for what the norm does to recurrent
#   networks.
# - Shazeer (2020), *GLU Variants Improve Transformer*, arXiv 2002.05202. Eq. 4.2
#   and all its relatives, at equal parameters.
# - Xiong, Yang, He, Zheng, Zheng, Xing, Zhang, Lan, Wang, Liu (2020), *On Layer
#   Normalization in the Transformer Architecture*, ICML. Why post-norm needs a
#   warm-up, with proof; compare its gradients with ours.
# - Geva, Schuster, Berant, Levy (2021), *Transformer Feed-Forward Layers Are
#   Key-Value Memories*, EMNLP. What the keys of trained models answer to.
# - Sukhbaatar, Grave, Lample, Jegou, Joulin (2019), *Augmenting Self-attention with
#   Persistent Memory*, arXiv 1907.01470. A Transformer without feed-forward
#   networks: learned constants beside the keys and values, as in Eq. 4.1c.
# - Dong, Cordonnier, Loukas (2021), *Attention Is Not All You Need: Pure Attention
#   Loses Rank Doubly Exponentially with Depth*, ICML. Without residual and FFN all
#   tokens become one.
