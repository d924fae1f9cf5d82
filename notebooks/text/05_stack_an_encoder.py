# %% [markdown] slideshow={"slide_type": "slide"}
# # Stack an encoder
#
# Three clips, four frames each. Where does the shape go, and does it hit a wall?
# You mostly see it at a glance. By the end of this lesson a stack of attention and
# feed-forward layers, built line by line, learns to answer too, and you measure how
# often it is right, where each of its layers looks, and what each of its parts is
# worth. These are the answers that it should give:

# %% slideshow={"slide_type": "skip"}
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_utils import viz
from course_utils.attention import MultiHeadAttention, attention, record_attention
from course_utils.layers import FeedForward, LayerNorm
from course_utils.patches import patchify
from course_utils.positions import sinusoidal_positions
from course_utils.studies import load_study
from course_utils.studies.lesson05_two_hops import cards
from course_utils.training import claim, fit
from course_utils.transformer import Encoder, EncoderLayer
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import DIRECTIONS

# %% slideshow={"slide_type": "fragment"}
world = ShapesWorld(size=24, frames=4, radius=(3, 4), speed=(1.75, 3))
train, test = world.sample(4096, seed=1), world.sample(1024, seed=2)
# "down and left and bounces"
said = [caption.split(" moves ")[1] for caption in test.caption]
viz.digest(test.video[[0, 3, 11]], name="three clips")
viz.filmstrip({said[i]: test.video[i] for i in (0, 3, 11)})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each row is a clip of 24 x 24 pixels, and on its left stands what the world says
# about it: the direction of the first frame, one of eight, and whether the shape
# bounces before the last frame. (The first clip bounces between its last two
# frames: there the glance does not do.)

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the Transformer encoder, equal to `nn.TransformerEncoder`, and
# train it to name the motion of a clip.
#
# **You will learn** to
#
# - count the parameters (exercise 5.1) and the operations (5.2) of a stack on
#   paper, and say from how many tokens on attention is the larger half (5.3);
# - find what is wrong in a stack that reads clips of different length (5.4);
# - follow attention through the depth of a stack, and measure which share of it
#   goes to a moving object (5.5);
# - say whether an ablation has shown anything, given three seeds (5.6).
#
# **You need** lessons 02 to 04 (attention, heads and positions, feed-forward
# network, residual, norm). Of the [primer](00p_primer.ipynb) (sections 1, 3, 4, 7
# and 9) read what is new to you.
#
# **Time** 60 minutes of reading, 80 seconds of computing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## The task
#
# **How does a clip become tokens, and its motion a number?** As in lesson 02, each
# frame is cut into patches, here 3 x 3 of 8 x 8 pixels: 4 frames give $n = 36$
# tokens. Motion has no colour, so each pixel is read by its brightest channel: 64
# numbers a token, shifted and scaled to about -0.4 to 2.5.

# %% slideshow={"slide_type": "fragment"}
def read(clips):  # -> tokens "B 36 64", direction 0 to 7, bounced 0 or 1
    tokens = patchify(clips.video.amax(2, keepdim=True), (1, 8, 8))
    said = [caption.split(" moves ")[1] for caption in clips.caption]
    bounced = torch.tensor([text.endswith("bounces") for text in said]).long()
    words = [text.removesuffix(" and bounces") for text in said]
    direction = torch.tensor([DIRECTIONS.index(word) for word in words])
    return (tokens - 0.2) / 0.3, direction, bounced

# %% slideshow={"slide_type": "fragment"}
tokens, direction, bounced = read(train)
new_tokens, new_direction, new_bounced = read(test)

# %% slideshow={"slide_type": "fragment"}
print("tokens", tuple(tokens.shape), " bounce:", f"{bounced.float().mean():.2f}")
shares = [f"{n / 4096:.2f}" for n in direction.bincount().tolist()]
print("shares of the directions:", *shares)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Size and speed are chosen so that about half of the clips bounce. (In the default
# world of 16 frames nearly all do: a model that always says "bounces" would look
# brilliant.) Guessing scores about 1 in 8 for the direction, and 1 in 2 for the
# bounce.

# %% [markdown] slideshow={"slide_type": "skip"}
# One tool, as in lesson 02: the largest difference of two functions, in values
# **and** in the gradients of all inputs.

# %% slideshow={"slide_type": "skip"}
def gap(f, g, *inputs):
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    values = f(*inputs), g(*inputs)
    # sin: uneven gradients
    gradients = (torch.autograd.grad(value.sin().sum(), inputs) for value in values)
    return max((a - b).abs().max().item() for a, b in [values, *zip(*gradients)])


print("a function and itself differ by", gap(torch.exp, torch.exp, torch.ones(2)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One layer
#
# **What must happen to 36 patches before one of them knows that "it moved right"?**
# A patch has to *look* at the same object in other frames, and then *compute*
# something from what it found. Attention mixes tokens, and the feed-forward network
# changes one token by itself (lesson 04). So a layer does the one, then the other,
# each with a residual around it and a norm before it:
#
# $$
# Y = X + \mathrm{MHA}\big(\mathrm{LN}_1(X)\big), \qquad
# \mathrm{layer}(X) = Y + \mathrm{FFN}\big(\mathrm{LN}_2(Y)\big)
# \tag{5.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $X$ | tokens that the layer receives | n x d |
# | $\mathrm{MHA}(X)$ | multi-head self-attention (Eq. 3.1): queries, keys, values all from $X$ | n x d |
# | $\mathrm{FFN}$ | Eq. 4.1, for each token alone | n x d |
# | $\mathrm{LN}_1, \mathrm{LN}_2$ | two layer norms (Eq. 4.3), each with its own $\gamma, \beta$ | n x d |
#
# This is the layer of Vaswani et al. (2017), section 3.1, with the norms moved to
# the front (pre-norm, Eq. 4.4).

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A layer by hand
#
# Two tokens of two numbers, $x_1 = (2, -4)$ and $x_2 = (0, 2)$. To keep it on
# paper: no norms, all queries zero (so that all scores are 0 and all weights
# $\tfrac12$), every other matrix the identity, no biases.
#
# - Attention: both tokens receive the mean $(1, -1)$. With the residual, the rows
#   of $Y$: $(3, -5)$, $(1, 1)$.
# - Feed-forward: the ReLU leaves $(3, 0)$ and $(1, 1)$. With the residual:
#   $(6, -5)$ and $(2, 2)$.

# %% slideshow={"slide_type": "fragment"}
X, E = torch.tensor([[2.0, -4.0], [0.0, 2.0]]), torch.eye(2)  # E: the identity
by_hand = torch.tensor([[6.0, -5.0], [2.0, 2.0]])
Y = X + attention(X @ (0 * E), X @ E, X @ E) @ E
out = Y + (Y @ E).clamp(min=0) @ E
print(Y.tolist(), "->", out.tolist())
assert out.equal(by_hand)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Loop.** Token $i$ asks, token $j$ is asked; one head, no biases. This is the
# specification.

# %% slideshow={"slide_type": "fragment"}
def layer_loop(X, W_Q, W_K, W_V, W_O, W_1, W_2, norm):
    Y, normed, out = [], [norm(x) for x in X], []
    for i in range(len(X)):
        scores = []
        for x in normed:
            scores.append((normed[i] @ W_Q) @ (x @ W_K) / math.sqrt(W_K.shape[1]))
        total, found = sum(torch.exp(s) for s in scores), 0
        for j in range(len(X)):
            found = found + torch.exp(scores[j]) / total * (normed[j] @ W_V)
        Y.append(X[i] + found @ W_O)
    for y in Y:
        hidden = norm(y) @ W_1
        out.append(y + (hidden * (hidden > 0)) @ W_2)
    return torch.stack(out)

# %% slideshow={"slide_type": "fragment"}
assert layer_loop(X, 0 * E, E, E, E, E, E, norm=lambda x: x).equal(by_hand)
print("the loop gives the numbers by hand")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor.** One line for each half of Eq. 5.1:

# %% slideshow={"slide_type": "fragment"}
def plain(x):  # layer norm with gain 1 and shift 0
    return F.layer_norm(x, x.shape[-1:])


def layer(X, W_Q, W_K, W_V, W_O, W_1, W_2, norm=plain):
    Z = norm(X)
    Y = X + attention(Z @ W_Q, Z @ W_K, Z @ W_V) @ W_O  # n d: look
    return Y + (norm(Y) @ W_1).clamp(min=0) @ W_2  # n d: compute

# %% slideshow={"slide_type": "fragment"}
generator = torch.Generator().manual_seed(0)
shapes = [(5, 4)] + 4 * [(4, 4)] + [(4, 8), (8, 4)]
seven = [torch.randn(*shape, generator=generator) for shape in shapes]
assert gap(lambda *a: layer_loop(*a, norm=plain), layer, *seven) < 1e-9
print("loop and tensor: values and gradients differ by less than 1e-9")

# %% slideshow={"slide_type": "subslide"}
machine = viz.diagram(Encoder(32, 4, 64, 2), torch.zeros(1, 36, 32))
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two layers on top of each other. In each, two by-passes: what a part adds is added
# to what came in, which itself passes every part untouched.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# **As a class**, with heads, biases and learned norms, from the parts of lessons 03
# and 04. Three switches take a part out; they are for the last section of this
# lesson.

# %% slideshow={"slide_type": "fragment"}
class Layer(nn.Module):
    def __init__(self, d, num_heads, d_ff, *, ffn=True, residual=True, norm=True):
        super().__init__()
        self.attention = MultiHeadAttention(d, num_heads)
        self.feed_forward = FeedForward(d, d_ff) if ffn else None
        norms = (LayerNorm(d) if norm else nn.Identity() for _ in range(1 + ffn))
        self.norms = nn.ModuleList(norms)
        self.residual = residual

    def forward(self, x):
        normed = self.norms[0](x)
        x = self.residual * x + self.attention(normed, normed, normed)
        if self.feed_forward is None:
            return x
        return self.residual * x + self.feed_forward(self.norms[1](x))

# %% slideshow={"slide_type": "fragment"}
print(Layer(32, 4, 64)(torch.zeros(2, 36, 32)).shape)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it.** `EncoderLayer(d_model, num_heads, d_ff)` is Eq. 5.1 with the choices
# of lesson 04 as arguments. Give it the weights of ours:

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
ours, kept = Layer(32, 4, 64).double(), EncoderLayer(32, 4, 64).double()
kept.attention.load_state_dict(ours.attention.state_dict())
kept.feed_forward.load_state_dict(ours.feed_forward.state_dict())
kept.around_attention.norm.load_state_dict(ours.norms[0].state_dict())
kept.around_feed_forward.norm.load_state_dict(ours.norms[1].state_dict())
assert gap(ours, kept, torch.randn(2, 6, 32, generator=generator)) < 1e-10
print("ours and EncoderLayer: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why attention first?* A token has to look before it has
# anything to compute with; the other order differs only at the two ends of the
# stack. *Could both read the same X side by side?* Yes; then the network of this
# layer cannot use what attention of this layer found. *Why two norms?* Each
# sublayer reads a different sum, with its own scale.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The stack
#
# **What does a second layer have to look at that the first had not?** In one layer,
# a patch of frame 1 looks at what the *pixels* of other patches are. In the second
# layer, the others have looked as well: it looks at what they have *found*. "I
# moved right until frame 2" can meet "I moved left after it". Whether naming a
# motion needs that, the last section measures. So we stack:
#
# $$
# X^{(l)} = \mathrm{layer}_l\big(X^{(l-1)}\big), \quad l = 1 \dots L,
# \qquad X^{\mathrm{enc}} = \mathrm{LN}\big(X^{(L)}\big)
# \tag{5.1a}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $X^{(0)}$ | embedded patches with their positions | n x d |
# | $X^{(l)}$ | tokens after layer $l$; every layer has its own parameters | n x d |
# | $X^{\mathrm{enc}}$ | what the encoder hands on | n x d |
#
# The norm at the end: each layer of a pre-norm stack adds to the residual, and none
# scales the sum (lesson 04).
#
# **By hand**, layer 1 above gave $(6, -5)$ and $(2, 2)$. A second layer with the
# same matrices: mean $(4, -1.5)$, sums $(10, -6.5)$ and $(6, 0.5)$, and with the
# ReLU $(20, -6.5)$ and $(12, 1)$. **Loop** and **tensor** are one `for`:

# %% slideshow={"slide_type": "fragment"}
def stack(X, layers, norm=plain):
    for matrices in layers:  # Eq. 5.1a
        X = layer(X, *matrices, norm)
    return norm(X)

# %% slideshow={"slide_type": "fragment"}
two = stack(X, 2 * [(0 * E, E, E, E, E, E)], norm=lambda x: x)
print(two.tolist())
assert two.tolist() == [[20.0, -6.5], [12.0, 1.0]]

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Library.** PyTorch has `nn.TransformerEncoderLayer` and `nn.TransformerEncoder`.
# `Encoder.from_torch` copies the weights. We compare the values, the gradient of
# the input, and the gradients of *all* parameters, for both orders of the norm.
# (Torch keeps its parameters in another layout. So the last lines put its gradients
# in the place of its weights, and let `from_torch` sort them.)

# %% slideshow={"slide_type": "fragment"}
x = torch.randn(2, 36, 32, generator=generator, dtype=torch.float64)
for order in ("pre", "post"):
    options = dict(dropout=0.0, batch_first=True, norm_first=order == "pre")
    one = nn.TransformerEncoderLayer(32, 4, 64, **options)
    final = nn.LayerNorm(32) if order == "pre" else None
    theirs = nn.TransformerEncoder(one, 3, norm=final, enable_nested_tensor=False)
    for p in theirs.double().parameters():
        # torch starts some at 0: make all count
        nn.init.normal_(p, std=0.3, generator=generator)
    ours = Encoder.from_torch(theirs)
    assert gap(ours, theirs, x) < 1e-8
    for model in (ours, theirs):
        model(x).sin().sum().backward()
    for p in theirs.parameters():
        p.data = p.grad
    sorted_anew = Encoder.from_torch(theirs)
    pairs = list(zip(ours.parameters(), sorted_anew.parameters(), strict=True))
    assert max((p.grad - g).abs().max() for p, g in pairs) < 1e-8
    print(f"{order}-norm: values, and gradients of input and {len(pairs)}", end=" ")
    print("tensors, differ by less than 1e-8")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Keep it.** `Encoder(d_model, num_heads, d_ff, num_layers)` is Eq. 5.1a, with the
# final norm where the order is pre-norm.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Without positions, time has no direction
#
# **Break it.** The stack takes a *bag* of tokens: nothing in Eq. 5.1 knows an order
# (lesson 03). **Predict, then run.** We show an encoder a clip and the same clip
# played backwards, and average its output over all tokens, once without and once
# with positions. Can it tell "right" from "left"?

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
encoder, embed = Encoder(32, 4, 64, 2), nn.Linear(64, 32)
forwards = new_tokens[:256]
# the frames in reverse order
backwards = forwards.view(256, 4, 9, 64).flip(1).flatten(1, 2)
ways = {"without positions": 0.0}
ways["with positions"] = sinusoidal_positions((4, 3, 3), 32)
for name, places in ways.items():
    both = (embed(x) + places for x in (forwards, backwards))
    with torch.no_grad():
        there, back = (encoder(x).mean(1) for x in both)
    moved = (there - back).abs().max().item()
    by = "less than 1e-5" if moved < 1e-5 else "more than 0.1"
    print(f"{name:18s} outputs differ by {by}")
    assert moved < 1e-5 if name.startswith("without") else moved > 0.1

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# Played backwards, a clip has the same 36 tokens, and a mean does not see their
# order. So without positions, whatever the training, a clip and its reverse get
# *one* answer. For a shape that flies straight on, "right" becomes "left": at best
# the model names the axis and tosses a coin. A clip that bounces is another matter:
# played backwards, a shape that turned at the right wall moves right once more. The
# last section measures both. With positions a patch of frame 0 is another token
# than the same patch of frame 3.
# </details>
#
# The positions here are the waves of Eq. 3.2 over (time, row, column), as a start;
# training may change them.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Do all layers share weights?* Here no. They may (a looped
# Transformer): the first mistake of exercise 5.4 does it by accident. *How deep is
# deep?* 6 layers in Vaswani et al. (2017). *Does a causal mask tell order?* Yes, in
# part: lesson 06.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How many parameters
#
# **What does one more layer cost to store?** Write down every matrix and vector of
# Eq. 5.1:
#
# $$
# |\Theta_{\mathrm{layer}}| \;=\; \underbrace{4\,(d^2 + d)}_{W_Q, W_K, W_V, W_O}
# \;+\; \underbrace{2\,d\,d_{ff} + d_{ff} + d}_{W_1, b_1, W_2, b_2}
# \;+\; \underbrace{4\,d}_{\text{two norms}}
# \tag{5.2}
# $$
#
# The number of heads does not appear: $H$ heads of width $d/H$ are one matrix. Nor
# does $n$: the same layer reads clips of any length. **By hand** for $d = 2$,
# $d_{ff} = 4$: $4 \cdot 6 + (16 + 4 + 2) + 8 = 54$.

# %% slideshow={"slide_type": "fragment"}
def parameters_loop(shapes):  # one loop over the tensors, one over the axes of each
    total = 0
    for shape in shapes:
        numbers = 1
        for size in shape:
            numbers = numbers * size
        total = total + numbers
    return total


def parameters(d, d_ff, L, final_norm=True):  # Eq. 5.2, L times
    layer = 4 * (d * d + d) + 2 * d * d_ff + d_ff + d + 4 * d
    return L * layer + 2 * d * final_norm

# %% slideshow={"slide_type": "fragment"}
hand = 4 * [(2, 2), (2,)] + [(2, 4), (4,), (4, 2), (2,)] + 4 * [(2,)]
print(parameters_loop(hand), parameters(2, 4, 1, final_norm=False))
assert parameters_loop(hand) == parameters(2, 4, 1, final_norm=False) == 54

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Against the real ones**: ours and PyTorch's, for many sizes. Then the encoder of
# Vaswani et al. (2017): $d = 512$, $d_{ff} = 2048$, 8 heads, 6 layers. **Predict**:
# does the feed-forward network hold a half, two thirds or three quarters of it?

# %% slideshow={"slide_type": "fragment"}
def real(model):
    return sum(p.numel() for p in model.parameters())


sizes = ((8, 1, 8, 1), (12, 4, 20, 3), (32, 2, 64, 2), (64, 8, 100, 5))
for d, heads, d_ff, L in sizes:
    assert real(Encoder(d, heads, d_ff, L)) == parameters(d, d_ff, L)
    one = nn.TransformerEncoderLayer(d, heads, d_ff)
    theirs = nn.TransformerEncoder(one, L, enable_nested_tensor=False)
    assert real(theirs) == parameters(d, d_ff, L, final_norm=False)

# %% slideshow={"slide_type": "fragment"}
base = Encoder(512, 8, 2048, 6, norm="post")
assert real(base) == parameters(512, 2048, 6, final_norm=False)
share = sum(real(layer.feed_forward) for layer in base.layers) / real(base)
count = real(base)
print(f"{count:,} parameters, {share:.2f} of them in the feed-forward networks")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The formula is exact. With the usual $d_{ff} = 4d$ it is about $12\,d^2$ per
# layer, $8\,d^2$ of them in the network: two thirds.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## How much work
#
# **What does one more layer, or one more frame, cost to compute?** Count
# floating-point operations (FLOPs) of the matrix products, which are nearly all of
# the work. A product of $(a \times b)$ with $(b \times c)$ takes $abc$
# multiplications and as many additions: $2abc$.
#
# $$
# \mathrm{FLOPs}_{\mathrm{layer}} \;=\; \underbrace{8\,n\,d^2}_{\text{projections}}
# \;+\; \underbrace{4\,n\,d\,d_{ff}}_{\mathrm{FFN}}
# \;+\; \underbrace{4\,n^2 d}_{QK^\top,\; AV}
# \tag{5.3}
# $$
#
# **By hand** for $n = 3$, $d = 2$, $d_{ff} = 4$: $96 + 96 + 72 = 264$. The last
# term is Eq. 2.8 for all heads together.

# %% slideshow={"slide_type": "fragment"}
def flops_loop(products):
    total = 0
    for a, b, c in products:  # an (a x b) matrix times a (b x c) matrix
        for _row in range(a):
            for _column in range(c):
                total = total + b + b  # b multiplications, b additions
    return total


def flops(n, d, d_ff, L):  # Eq. 5.3, L times
    return L * (8 * n * d * d + 4 * n * d * d_ff + 4 * n * n * d)

# %% slideshow={"slide_type": "fragment"}
hand = 4 * [(3, 2, 2)] + [(3, 2, 4), (3, 4, 2)] + [(3, 2, 3), (3, 3, 2)]
print(flops_loop(hand), flops(3, 2, 4, 1))
assert flops_loop(hand) == flops(3, 2, 4, 1) == 264

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Against the real ones.** `FlopCounterMode` watches every matrix product that
# PyTorch runs. The backward pass needs two products for each one of the forward
# pass (one gradient for each factor), so a training step is three times Eq. 5.3.

# %% slideshow={"slide_type": "fragment"}
def counted(model, x, training=False):
    with FlopCounterMode(display=False) as counter, record_attention(model):
        y = model(x)
        if training:
            y.sum().backward()
    return counter.get_total_flops()

# %% slideshow={"slide_type": "fragment"}
for n, d, heads, d_ff, L in (
    (5, 8, 1, 8, 1),
    (36, 32, 4, 64, 2),
    (50, 24, 3, 100, 3),
):
    model, x = Encoder(d, heads, d_ff, L), torch.zeros(1, n, d, requires_grad=True)
    assert counted(model, x) == flops(n, d, d_ff, L)
    assert counted(model, x, training=True) == 3 * flops(n, d, d_ff, L)
    print(f"n {n:2d}, d {d:2d}, d_ff {d_ff:3d}, {L} layers:", end=" ")
    print(f"{flops(n, d, d_ff, L):>9,} forward, as counted")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Break it.** Why `record_attention` in there? Leave it out, and the counter comes
# to less than the formula:

# %% slideshow={"slide_type": "fragment"}
with FlopCounterMode(display=False) as counter:
    model(x)
missing = 3 * flops(50, 24, 100, 1) - counter.get_total_flops()
print(f"missing {missing:,}", end="   ")
print(f"attention's term, 4 n n d in each of 3 layers: {3 * 4 * 50 * 50 * 24:,}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# On a CPU the counter does not know the fused attention of lesson 02 and counts it
# as nothing; recording the weights takes the unfused path, whose products it sees.
# A number from a tool is worth a formula beside it.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The larger half
#
# **When does attention cost more than all the rest?** **Predict, then run.**
# $4n^2d$ grows faster than $8nd^2 + 4nd\,d_{ff}$. They meet at $n = 2d + d_{ff}$.
# For a width of $d = 512$ and $d_{ff} = 2048$: more or fewer tokens than five
# seconds of small video have?

# %% slideshow={"slide_type": "fragment"}
n = torch.tensor([2**k for k in range(4, 18)])
series = {}
for d in (32, 128, 512):
    share = 4 * n * n * d / flops(n, d, 4 * d, 1)
    series[f"d = {d}"] = (n, share)
    print(f"d = {d:3d}: half at n = {2 * d + 4 * d:4d},", end=" ")
    print(f"share at 4096 tokens {share[8]:.2f}")
axes = ("tokens n", "share of attention in the work")
viz.lines(series, *axes, logx=2, baseline={"half": 0.5})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Share of $4n^2d$ in Eq. 5.3 against the number of tokens; where a line crosses one
# half, $n = 2d + d_{ff}$. **On video**, for three clips and the encoder of Vaswani
# et al. (2017):

# %% slideshow={"slide_type": "fragment"}
clips = {
    "ours: 4 frames 24 x 24, patch 8": 4 * 9,
    "16 frames 32 x 32, patch 4": 16 * 64,
    "5 s at 24 fps, 256 x 256, patch 16": 120 * 256,
}
rows = {}
for name, n in clips.items():
    work = flops(n, 512, 2048, 6)
    rows[name] = [n, f"{work / 1e9:,.0f}", f"{6 * 4 * n * n * 512 / work:.2f}"]
viz.table(rows, ["clip", "tokens", "billions of operations", "share of attention"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Five seconds of small video have ten times the 3072 tokens at which attention
# becomes the larger half. A text of a few hundred words stays far below. So a model
# of video first looks for fewer tokens (lesson 08), and for an attention that looks
# at fewer pairs of them (lesson 09).

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why are softmax and norms not counted?* They cost a few
# operations for each of $n^2$ scores or $nd$ numbers, a product $2d$ for each
# score. *Why does the input ask for its gradient?* Without it the first layer saves
# a product; in a model, the embedding in front needs it. *Are operations time?* Not
# quite: small products leave a processor waiting. The formula says how the work
# grows.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Name the motion
#
# **How do 36 output tokens become one of eight words?** Average them, let one
# matrix turn the mean into a score for each word (a *logit*), let softmax turn
# logits into probabilities, and make the probability of the right word large:
#
# $$
# u = \bar x\, W_u + b_u, \quad \bar x = \frac1n \sum_{i=1}^n x^{\mathrm{enc}}_i,
# \qquad
# \mathcal{L} = -\log p_y = -u_y + \log \sum_k e^{u_k}, \quad p_k = \mathrm{softmax}(u)_k
# \tag{5.4}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\bar x$ | mean of the encoder's output, the rows $x^{\mathrm{enc}}_i$ of $X^{\mathrm{enc}}$ | d |
# | $W_u, b_u$ | the matrix and the bias that turn it into scores | d x words, words |
# | $u_k$, $p_k$ | logit and probability of word $k$ | words |
# | $y$ | number of the right word, the *target* | - |
# | $\mathcal{L}$ | cross-entropy: 0 if the model is sure and right, $\log 8 = 2.08$ for a guess among 8 | - |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Three words, $u = (2, 0, 1)$: exponentials 7.389, 1, 2.718, sum
# 11.107. If the first is right, $\mathcal{L} = -2 + \log 11.107 = 0.408$; if the
# second is, $2.408$. **Loop**, **tensor**, **library**:

# %% slideshow={"slide_type": "fragment"}
def cross_entropy_loop(u, y):
    total = 0.0
    for b in range(len(u)):
        exponentials = sum(torch.exp(u[b, k]) for k in range(u.shape[1]))
        total = total - u[b, y[b]] + torch.log(exponentials)
    return total / len(u)


def cross_entropy(u, y):
    return (u.logsumexp(-1) - u.gather(-1, y[:, None])[:, 0]).mean()

# %% slideshow={"slide_type": "fragment"}
u, y = torch.randn(5, 8, generator=generator), torch.tensor([0, 3, 7, 3, 1])
for other in (cross_entropy_loop, F.cross_entropy):
    assert gap(lambda u: cross_entropy(u, y), lambda u, f=other: f(u, y), u) < 1e-10
two = cross_entropy_loop(torch.tensor([[2.0, 0, 1], [2.0, 0, 1]]), [0, 1])
print(f"by hand {(0.408 + 2.408) / 2:.3f}, loop {two:.3f};", end=" ")
print("F.cross_entropy within 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **The model**: embed the patches, add places, encode, average, two sets of logits
# (8 directions, 2 for the bounce). `Layer` takes the switches of the ablation
# along.

# %% tags=["subject"] slideshow={"slide_type": "fragment"}
class MotionNamer(nn.Module):
    def __init__(self, num_layers=2, heads=4, d_ff=64, position=True, **switches):
        super().__init__()
        self.embed = nn.Linear(64, 32)
        waves = position * sinusoidal_positions((4, 3, 3), 32)
        self.places = nn.Parameter(waves, requires_grad=position)
        layers = (Layer(32, heads, d_ff, **switches) for _ in range(num_layers))
        self.layers = nn.ModuleList(layers)
        self.norm = LayerNorm(32) if switches.get("norm", True) else nn.Identity()
        self.head = nn.Linear(32, 8 + 2)

    def forward(self, tokens):
        x = self.embed(tokens) + self.places  # B 36 32
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x).mean(1)).split((8, 2), dim=-1)  # B 8 and B 2

# %% slideshow={"slide_type": "skip"}
def naming(model, seed):  # one random batch of 64 clips
    g = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(tokens), (64,), generator=g)
    where, whether = model(tokens[chosen])
    loss_where = F.cross_entropy(where, direction[chosen])
    return loss_where + F.cross_entropy(whether, bounced[chosen])


rest = 65 * 32 + 36 * 32 + 33 * 10  # embedding, places, logits
counted_on_paper = parameters(32, 64, 3) + rest
print(f"{real(MotionNamer(3)):,} parameters, by Eq. 5.2 {counted_on_paper:,}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict, then run.** 400 steps of three layers. A guess has the loss
# $\log 8 + \log 2 = 2.77$. After how many steps does the model do better than that?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it trains
torch.manual_seed(0)
model = MotionNamer(num_layers=3)
history = fit(model, naming, steps=400, lr=0.01)
runs, free = {"three layers": history}, {"a guess": math.log(16)}
viz.loss_curve(runs, free, "loss of both answers", logy=False)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Loss of each step, pale, and its running mean; the dashed line is a guess. For
# some 50 steps the model hardly does better, then the loss falls to the end of the
# run: more steps would help.
#
# Is it good? Three rivals. *A guess*: the most frequent answer. *A linear map* from
# all 2304 pixels to the logits, trained on the same loss, for five times as many
# steps. And *a rule*: someone who knows physics takes the centre of brightness of
# each frame; its first step is the direction, and a change of sign is a bounce.

# %% slideshow={"slide_type": "subslide"}
def rule(video):  # what a physicist would do: "B 4 3 24 24" -> direction, bounced
    bright = (video.amax(2) - 0.08).clamp(min=0)  # 0.08: the background
    weight, place = bright / bright.sum((-1, -2), keepdim=True), torch.arange(24.0)
    # B 4 frames (x, y)
    centre = torch.stack((weight.sum(-2) @ place, weight.sum(-1) @ place), -1)
    step = centre.diff(dim=1)
    # DIRECTIONS: 0 is right, 2 is down
    turn = torch.atan2(step[:, 0, 1], step[:, 0, 0]) / (math.pi / 4)
    turned = (step * step[:, :1] < -0.1).any(-1).any(-1)
    return turn.round().long() % 8, turned.long()

# %% slideshow={"slide_type": "skip"}
class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(36 * 64, 8 + 2)

    def forward(self, tokens):
        return self.scores(tokens.flatten(1)).split((8, 2), dim=-1)


def score(where, whether, test_of=(new_direction, new_bounced)):
    pairs = zip((where, whether), test_of)
    return [(a == b).float().mean().item() for a, b in pairs]

# %% slideshow={"slide_type": "fragment"}
ones, bounce = torch.ones_like(new_direction), new_bounced.bool()
guess = score(direction.mode().values * ones, bounced.mode().values * ones)
first, turned = rule(test.video)
right = first == new_direction
for kind, clips in (("fly straight on", ~bounce), ("bounce", bounce)):
    named, seen = right[clips].float().mean(), turned[clips].float().mean()
    print(f"clips that {kind}: the rule names {named:.0%} of the", end=" ")
    print(f"directions and says 'bounces' to {seen:.0%}")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: two models were trained
torch.manual_seed(0)
linear = Linear()
fit(linear, naming, steps=2000, lr=0.001)
with torch.no_grad():
    where, whether = (u.argmax(-1) for u in model(new_tokens))
    by_pixels = score(*(u.argmax(-1) for u in linear(new_tokens)))
ours, by_rule = score(where, whether), score(first, turned)
far_better = ours[0] > 3 * guess[0] and ours[1] > guess[1] + 0.15
claim(far_better, "the encoder is far better than a guess")
better = ours[0] > by_pixels[0] + 0.05
claim(better, "the encoder names the direction better than a linear map")
worse = ours[0] < by_rule[0]
claim(worse, "the rule of a physicist names the direction better still")
rows = {"guess": guess, "linear map": by_pixels, "rule": by_rule}
rows["encoder, 400 steps"] = ours
viz.table(rows, ["on 1024 new clips", "direction right", "bounce right"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# The encoder has learned from answers alone. For the direction it beats the linear
# map, which has to learn a motion anew for each place where it may happen. It loses
# twice. The rule names more directions: it was given what a centre is, where the
# encoder had to find out. And the linear map names the bounce at least as well: how
# near a wall the shape is can be read from a weighted sum of pixels. (One run of
# the encoder.) The rule has gaps of its own, printed above: most of its wrong
# directions are of clips that bounce, whose first step may hold the turn already;
# and it misses every third bounce, where no measured step turns around.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: it shows what was trained
answers = zip(where.tolist(), whether.tolist())
named = [DIRECTIONS[k] + " and bounces" * b for k, b in answers]
# right answers first
order = sorted(range(1024), key=lambda i: named[i] != said[i])
wrong = [i for i in order if named[i] != said[i]]
four = order[:2] + wrong[:2]
viz.digest(test.video[four], name="four new clips")
shown = {}
for k, i in enumerate(four, 1):
    shown[f"{k}. {named[i]} (world: {said[i]})"] = test.video[i]
viz.filmstrip(shown, title="What the encoder says, and what the world says")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Four new clips: the first two that the encoder names rightly, and the first two
# that it names wrongly. Judge for yourself how bad a mistake is: is it a
# neighbouring direction, the opposite one, or a bounce that hardly shows?

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why the mean and not one token?* A learned extra token
# that collects the answer works as well; the mean needs nothing. *Why is the bounce
# easier?* A guess is right half of the time, and a weighted sum of pixels nine
# times in ten: how near a wall the shape is says most of it. *Would more steps beat
# the rule?* Try it: last experiment of "Try it".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where each layer looks
#
# **Does attention go to the object, and to the same degree in all layers?** The
# world tells us which pixels show it. Call $m_j = 1$ if patch $j$ contains a pixel
# of the object, else 0. The share of attention on the object is
#
# $$
# \mathrm{share} \;=\; \frac{1}{Hn} \sum_{h=1}^{H} \sum_{i=1}^{n} \sum_{j=1}^{n} a^{(h)}_{ij}\, m_j,
# \qquad
# \text{by chance: } \bar m = \frac1n \sum_{j=1}^n m_j
# \tag{5.5}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $a^{(h)}_{ij}$ | attention weights of head $h$ in one layer | H x n x n |
# | $m_j$ | whether patch $j$ shows the object | n |
# | $\bar m$ | share of patches that do: what even attention would give | - |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** One head, two queries, three patches, the object in the third: rows
# $(0.2, 0.2, 0.6)$ and $(0.5, 0.1, 0.4)$ give $(0.6 + 0.4)/2 = 0.5$, against $0.33$
# by chance. **Loop** and **tensor**; no library has this one, and it is too short
# to need a place in ours.

# %% slideshow={"slide_type": "fragment"}
def share_loop(A, m):
    H, n, k = A.shape
    total = 0.0
    for h in range(H):
        for i in range(n):
            for j in range(k):
                total = total + A[h, i, j] * m[j]
    return total / (H * n)


def share_on(A, m):  # "... heads queries keys" and "... keys" -> "..."
    return (A * m[..., None, None, :]).sum(-1).mean((-1, -2))

# %% slideshow={"slide_type": "fragment"}
A = torch.tensor([[[0.2, 0.2, 0.6], [0.5, 0.1, 0.4]]])
m = torch.tensor([0.0, 0.0, 1.0])
print(f"{share_loop(A, m):.2f} {share_on(A, m):.2f}, by chance {m.mean():.2f}")
random_A = torch.rand(4, 9, 9, generator=generator).softmax(-1)
random_m = torch.rand(9, generator=generator).round()
assert gap(share_loop, share_on, random_A, random_m) < 1e-10

# %% [markdown] slideshow={"slide_type": "subslide"}
# **On video.** Record all layers on 1024 new clips. Two controls keep us honest:
# the same model *before training*, and the trained one against the mask of *another
# clip*. **Predict, then run**: will the share rise or fall with depth?

# %% slideshow={"slide_type": "fragment"}
# 1024 36: how much of a patch shows the object
cover = patchify(test.mask.float(), (1, 8, 8)).mean(-1)
on_object = (cover > 0).float()  # m of Eq. 5.5


def weights_of(model):
    with torch.no_grad(), record_attention(model) as record:
        model(new_tokens)
    # one tensor a layer: 1024 4 36 36
    return [calls[0] for calls in record.values()]

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
untrained, trained = weights_of(MotionNamer(num_layers=3)), weights_of(model)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: one of the models was trained
rows, chance = {}, on_object.mean().item()
for depth, (before, after) in enumerate(zip(untrained, trained), 1):
    ways = ((before, on_object), (after, on_object), (after, on_object.roll(1, 0)))
    rows[f"layer {depth}"] = [share_on(A, m).mean() for A, m in ways]
_, shares, others = zip(*rows.values())
claim(min(shares) > 1.5 * chance, "every layer gives it 1.5 times chance or more")
claim(max(shares) > 2 * chance, "some layer gives it more than twice chance")
near = all(abs(share - chance) < 0.15 for share in others)
claim(near, "with another clip's mask it is near chance")
headers = ["share on the object", "untrained", "trained", "mask of another clip"]
viz.table(rows, headers, title=f"By chance: {chance:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Before training, the object already gets a little more than chance: its patches
# are the only ones that stand out. Trained, the first layer gives it about nine
# tenths of all attention, three times chance, and the deeper ones somewhat less.
# The last column is the control: measured against the mask of *another* clip the
# share is back near chance: the attention follows *this* object, and not only the
# places where objects often are. Do not make a rule of the fall with depth: the
# encoder of the homework, trained on the direction alone, gives the object more in
# its second and third layer than in its first.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: it shows what was trained
k = 4
# the patch of frame 0 to ask
clip, seen, start = test.video[k], test.mask[k], cover[k, :9].argmax().item()
query = (0, start // 3, start % 3)
asked = [share_on(w[k, :, start : start + 1], on_object[k]).item() for w in trained]
shares = [round(s, 2) for s in asked]
print(said[k], "- share of this one query on the object, layers 1 to 3:", shares)
look = dict(query=query, patch=8, mask=seen)
viz.attention_over_video(clip, trained[0][k], **look, title="Layer 1")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One query, a patch of the red circle in frame 0 (blue), and where its four heads
# look on average (orange) in the first layer. Green is the world's own outline of
# the object; below each frame stands how much of the attention falls into that
# frame. When we ran it, the patch looked past its own frame, at the three others.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: it shows what was trained
viz.attention_over_video(clip, trained[2][k], **look, title="Layer 3")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same query in the last layer, with a colour scale of its own.
#
# A warning that belongs to every such picture: from layer 2 on, a token is no
# longer only the patch it stands on. "Looking at the empty corner" may mean reading
# what the corner has collected. Exercise 5.5 follows the collecting through the
# stack.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: it shows what was trained
layers = {f"layer {depth}": w[k] for depth, w in enumerate(trained, 1)}
title = "Where does each head of each layer look?"
viz.AttentionExplorer(clip, layers, patch=8, query=query, title=title)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Click a patch, then walk through layers and heads. Look for a head that follows
# the object into *other* frames, and for one that hardly cares where the object is.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Does a share of 0.9 prove that the model uses the
# object?* It says what is read, not what is done with it; to take a part away and
# measure says more: next section. *Why do empty patches look at the object too?*
# The mean at the end gives all 36 tokens the same say.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What each part is worth
#
# **Which of the parts does this task need?** Take one away, train again, compare:
# an *ablation*. **Break it** is the whole section. Two things make such a table
# worth reading.
#
# *Equal budget.* All variants see the same batches for the same 150 steps at the
# same rate, and have the same number of parameters to within 6 %, as the next cell
# but one prints. Without its networks a layer has half the parameters, so that
# variant gets four layers in place of two ($d_{ff} = 2d$ makes this come out); with
# a single layer, its network is three times as wide.
#
# *More than one seed.* One run is an anecdote. From $G$ seeds with scores
# $\kappa_1 \dots \kappa_G$ report
#
# $$
# \bar\kappa = \frac1G \sum_{g=1}^{G} \kappa_g, \qquad
# \mathrm{spread} = \sqrt{\frac{1}{G - 1} \sum_{g=1}^G (\kappa_g - \bar\kappa)^2}
# \tag{5.6}
# $$
#
# (the sample standard deviation; $G - 1$ because the mean was estimated from the
# same runs).

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand**: scores 0.4, 0.5, 0.9 have the mean 0.6, deviations $-0.2, -0.1, 0.3$,
# and the spread $\sqrt{0.14/2} = 0.265$. **Loop**, **tensor**, **library**:

# %% slideshow={"slide_type": "fragment"}
def spread_loop(scores):
    mean = sum(scores) / len(scores)
    squares = sum((score - mean) ** 2 for score in scores)
    return mean, (squares / (len(scores) - 1)) ** 0.5

# %% slideshow={"slide_type": "fragment"}
c = torch.tensor([0.4, 0.5, 0.9], dtype=torch.float64)
spread = ((c - c.mean()) ** 2).sum().div(2).sqrt()
print([round(x, 3) for x in spread_loop(c.tolist())], f"{spread:.3f}")
assert gap(lambda c: spread_loop(c)[1], torch.std, c) < 1e-10
print("loop and torch.std: value and gradient differ by less than 1e-10")

# %% slideshow={"slide_type": "skip"}
variants = {
    "all parts": {},
    "no position": {"position": False},
    "one head": {"heads": 1},
    "no FFN (4 layers)": {"ffn": False, "num_layers": 4},
    "no residual": {"residual": False},
    "no norm": {"norm": False},
    "one layer, wide": {"num_layers": 1, "d_ff": 195},
}

# %% slideshow={"slide_type": "skip"}
for name, change in variants.items():
    built = MotionNamer(**change)
    size = sum(p.numel() for p in built.parameters() if p.requires_grad)
    work = counted(built, new_tokens[:1]) / 1e6
    print(f"{name:18s} {size:6,} parameters  {work:.2f} million operations a clip")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict, then run.** Order the six ablations from "fatal" to "not noticed". 21
# runs follow.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: it trains
results, models = {}, {}
for name, change in variants.items():
    for seed in range(3):
        torch.manual_seed(seed)
        model = models[name, seed] = MotionNamer(**change)
        fit(model, naming, steps=150, lr=0.01, seed=seed, progress=False)
        with torch.no_grad():
            results[name, seed] = score(*(u.argmax(-1) for u in model(new_tokens)))
table, cells = {}, {}
for name in variants:
    c = table[name] = torch.tensor([results[name, seed] for seed in range(3)])
    cells[name] = [f"{m:.2f} ± {s:.2f}" for m, s in zip(c.mean(0), c.std(0))]
viz.table(cells, ["150 steps, 3 seeds", "direction right", "bounce right"])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: it shows what was trained
means = {name: c[:, 0].mean().item() for name, c in table.items()}
lost = {name: means["all parts"] - mean for name, mean in means.items()}
far = lost["no residual"] > 0.1
claim(far, "no residual: the direction is named far less often")
claim(lost["no position"] > 0.05, "no position: the direction is named less often")
seeds = {name: c[:, 0].tolist() for name, c in table.items()}
print("by seed:", {name: [round(x, 3) for x in row] for name, row in seeds.items()})
blind = (models["no position", seed] for seed in range(3))
said_blind = torch.stack([model(new_tokens)[0].argmax(-1) for model in blind])
# right, opposite
hits = [(said_blind - new_direction - turn) % 8 == 0 for turn in (0, 4)]
for kind, clips in (("fly straight on", ~bounce), ("bounce", bounce)):
    right, opposite = (hit[:, clips].float().mean() for hit in hits)
    print(f"no position, clips that {kind}:", end=" ")
    print(f"direction right {right:.2f}, opposite {opposite:.2f}")
bars = {name: (c[:, 0].mean(), c[:, 0].std()) for name, c in table.items()}
label = "direction right (mean ± spread of 3 seeds)"
viz.bars(bars, ylabel=label, baseline={"a guess": guess[0]})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Direction right, mean and spread over three seeds; the dashed line is a guess.
#
# <details><summary>What we measured, and what it does not say</summary>
#
# *No residual* is the worst. *No position* is next, and tosses the coin that the
# reversed clip promised: of the shapes that fly straight on, it names as many in
# the opposite direction as in the right one. What it knows beyond that comes from
# the clips that bounce.
#
# The others stay open. *One head* loses 0.06, with a spread of 0.05. *No FFN*,
# given its parameters back as two more layers of attention (and a fifth more
# operations), is level with all parts; its spread of 0.06 could hide a loss. *No
# norm* names the direction *more* often (0.59 against 0.52), the bounce a little
# less often (0.79 against 0.81). *One layer*, with the network of three, loses 0.03
# with a spread of 0.05: this table does not show that the task needs a second one.
#
# Why is what lesson 04 found so useful not missed here? First, 150 steps show how
# fast a model starts, not where it ends: the next table has 600. Second, the case
# is mild: lesson 04 needed many layers or high rates to show what a norm is for,
# and clips of one colour to show what the network is for. An ablation speaks of one
# task, one size and one budget: what *this* model used, not what a part is for.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# **And later in training?** A study trains the same variants with the same seeds
# for 600 steps. Which of the differences will grow, which will go away?

# %% slideshow={"slide_type": "fragment"}
study = load_study("encoder-parts")
print(study.note())
study.table(["direction, early", "direction", "bounce"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lead of "no norm" is gone, and so is most of what one head had lost. Two
# losses stay, each many spreads wide: without residuals 0.38 of the directions
# instead of 0.81, without positions 0.48. The rest, a network or a norm or a second
# layer left out, is not told apart from all parts by three seeds.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is a second layer for?
#
# **Nothing so far needed depth. Is there a question that two layers answer and one
# cannot learn?** Eight cards lie in any order. A card has a colour around its edge
# and another in its middle and says: *after this one comes that one*. The ninth
# picture asks, with a colour around its edge. One *hop* asks what comes after it.
# Two hops ask what comes after *that*.

# %% slideshow={"slide_type": "fragment"}
question, answer = cards(batch=3, hops=2, seed=1)  # 3 9 3 8 8, and 3
big = question.repeat_interleave(3, -1).repeat_interleave(3, -2)
viz.digest(question, name="three questions")
viz.filmstrip({f"question {k + 1}": clip for k, clip in enumerate(big)}, columns=9)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Follow the first row with a finger: find the edge of the last picture among the
# eight, read the middle, find *that* colour among the edges, read the middle.
#
# **Predict, then run.** Attention finds a key that fits a query and brings its
# value: that is one hop. An encoder with one layer and one with two, with equally
# many weights, learn either question. Which of the four fails?

# %% slideshow={"slide_type": "subslide"}
study = load_study("two-hops")
print(study.note())
weights = {name: round(study.mean(name, "weights")) for name in study.settings}
print("weights:", weights)
viz.bars(
    study.bars("right"),
    ylabel="share right (mean ± spread of 3 seeds)",
    baseline={"a guess": 1 / 8},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One hop is answered by both, every time. Two hops are answered by two layers, with
# all three seeds, and by one layer less than a quarter of the time. It has as many
# weights; what it lacks is a second look.
#
# <details><summary>Why?</summary>
#
# The second hop asks with what the first one found. In a layer all queries are made
# from what comes *in*, before anything was found; so the second question can only
# be put by a layer above. (Or by a network that knows all cards at once: what one
# layer does above a guess. Is it proved that one layer cannot? No: with more width
# or heads one layer may hold more. What is shown is this size, at equal weights.)
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is one learning rate for all fair?* No variant was tuned,
# and the rate was chosen with all parts in place. A fair race tunes each; it costs
# as many times more. *Why only three seeds?* Time. Three tell a large effect from
# noise and leave a small one open: exercise 5.6. *Are two layers better than
# one?* For the motion of these clips, not by this table; for two hops, yes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in `course_utils` |
# |---|---|---|
# | 5.1 | $Y = X + \mathrm{MHA}(\mathrm{LN}_1(X))$, $\;Y + \mathrm{FFN}(\mathrm{LN}_2(Y))$ | `transformer.EncoderLayer(d_model, num_heads, d_ff)` |
# | 5.1a | $X^{(l)} = \mathrm{layer}_l(X^{(l-1)})$, a norm at the end | `transformer.Encoder(..., num_layers)`, `Encoder.from_torch` |
# | 5.2 | $4(d^2 + d) + 2 d\,d_{ff} + d_{ff} + d + 4d$ parameters | `sum(p.numel() for p in model.parameters())` |
# | 5.3 | $8nd^2 + 4nd\,d_{ff} + 4n^2d$ operations, three times that in training | `FlopCounterMode` with `record_attention` |
# | 5.4 | $\mathcal{L} = -u_y + \log\sum_k e^{u_k}$ | `F.cross_entropy` |
# | 5.5 | $\frac{1}{Hn}\sum_{h,i,j} a^{(h)}_{ij} m_j$, against $\bar m$ | `record_attention`, and one line |
# | 5.6 | mean and $\sqrt{\sum_g (\kappa_g - \bar\kappa)^2 / (G - 1)}$ | `.mean()`, `.std()` |

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Try it
#
# Change one line, guess first, then run.
#
# 1. Let `cards` ask three hops. How many layers does it take?
# 2. In `read`, use `clips.video.mean(2, keepdim=True)` in place of the brightest
#    channel. Which colours become hard to see, and what does that do to the loss
#    curve?
# 3. Train the three layers for 2000 steps. Do they come near the rule, and does the
#    share on the object keep rising?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Homework
#
# [Homework 05](homework/hw05_stack_an_encoder.ipynb): six exercises. You count
# parameters and operations, predict when attention becomes the larger half, repair
# a stack that reads clips of different length, follow attention through the depth
# of a trained encoder, and judge an ablation.
#
# ## Go further
#
# - Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin (2017),
#   *Attention Is All You Need*, NeurIPS. Section 3.1 is Eq. 5.1; its Table 3 is an
#   ablation: look for the spread.
# - Kaplan, McCandlish, Henighan, Brown, Chess, Child, Gray, Radford, Wu, Amodei
#   (2020), *Scaling Laws for Neural Language Models*, arXiv 2001.08361. It counts
#   parameters and operations: hold it against Eq. 5.2 and 5.3, and find the factor
#   of two between the terms of attention.
# - Arnab, Dehghani, Heigold, Sun, Lučić, Schmid (2021), *ViViT: A Video Vision
#   Transformer*, ICCV. The encoder of this lesson on real actions, and three ways
#   to pay less for $4n^2d$.
# - Abnar, Zuidema (2020), *Quantifying Attention Flow in Transformers*, ACL. How
#   far a weight in layer 3 can be read as attention to the input: exercise 5.5.
