# %% [markdown] slideshow={"slide_type": "slide"}
# # Mask the future: write a video one frame after the other
#
# A sprite walks over a small field. At each step a coin decides whether it turns
# left, goes straight on or turns right. Below, three films start with the same two
# frames and are written frame by frame from the same probabilities; what differs is
# only how the next frame is *chosen*. Here is where we end: you know which of the
# three is right, by how much the others are wrong, and how to train the model that
# writes them.

# %% slideshow={"slide_type": "skip"}
import math
import time
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from course_utils import attention as kept
from course_utils import sampling, transformer, viz
from course_utils.attention import (
    KeyValueCache,
    MultiHeadAttention,
    causal_mask,
    frame_causal_mask,
)
from course_utils.layers import FeedForward, LayerNorm
from course_utils.patches import patchify
from course_utils.positions import RotaryPositions, sinusoidal_positions
from course_utils.training import claim, fit
from course_utils.worlds import CoinWorld, ShapesWorld

# %% slideshow={"slide_type": "skip"}
# left, straight, right
world = CoinWorld(grid=6, frames=16, probability=(0.3, 0.5, 0.2), cell=1)

# %% slideshow={"slide_type": "skip"}
# write 16 frames: two are given, the others are drawn by `rule`
def film(rule, seed=8):
    cells, generator = (
        world.sample(1, seed=2).tokens[:, :2],
        torch.Generator().manual_seed(seed),
    )
    while cells.shape[1] < 16:
        drawn = sampling.draw(rule(world.next_distribution(cells)), generator)
        cells = torch.cat((cells, drawn[:, None]), dim=1)
    return world.render(cells[0])

# %% slideshow={"slide_type": "fragment"}
likeliest, coin_tossed = film(sampling.greedy), film(lambda p: p)
films = {"the likeliest": likeliest}
films["two likeliest"] = film(lambda p: sampling.top_k(p, 2))
films["all, by the coin"] = coin_tossed
viz.digest(likeliest, coin_tossed, name="the likeliest against the coin")
viz.filmstrip(films)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Top: always the likeliest step, so the sprite walks straight for ever (who leaves
# on one side comes back on the other). Middle: one of the two likeliest, so it
# never turns right. Bottom: as the world does it.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the decoder of the Transformer: masks, cross-attention, a
# layer, four ways to sample and a cache that makes writing fast.
#
# **You will learn** to
#
# - build the causal and the frame-causal mask, also behind a past (exercise 6.1);
# - compute the loss of a model that writes, in bits, and tell an honest one from an
#   impossible one (6.2);
# - repair a cached attention (6.3), and say how many bytes its cache needs (6.4);
# - cut the tail of a distribution with nucleus sampling (6.5);
# - write a film from known probabilities, one frame after the other (6.6).
#
# **You need** lessons 02 to 05 (attention, heads and positions, the layer, the
# encoder). Of the [primer](00p_primer.ipynb) (sections 1, 3, 4, 7, 9 and 10) read
# what is new to you.
#
# **Time** 70 minutes of reading, 30 seconds of computing.
#
# Formulas carry the numbers under which `course_utils` keeps them; they do not
# appear in order.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why writing needs a mask
#
# **How likely is a whole clip?** There are $36^{16}$ clips of 16 frames on our
# field; nobody can list their probabilities. But a film has an order. So write it
# in that order, and ask for one frame at a time:
#
# $$
# p(y_0, \dots, y_{T-1}) \;=\; p(y_0) \prod_{t=1}^{T-1} p(y_t \mid y_0, \dots, y_{t-1}),
# \qquad
# \mathrm{loss} \;=\; -\frac{1}{T-1} \sum_{t=1}^{T-1} \log_2 p_\Theta(y_t \mid y_0, \dots, y_{t-1})
# \tag{6.6}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $y_t$ | token of frame $t$: here, the cell of the sprite, 0 to 35 | T |
# | $p_\Theta(\cdot \mid y_0 \dots y_{t-1})$ | what the model expects after these frames: 36 probabilities | 36 |
# | loss | cross-entropy, in bits per frame; frame 0 is given | - |
#
# The left part holds for every distribution: it is the chain rule of probability.
# The right part makes it a loss: the model pays $\log_2 1/p$ bits for what
# happened.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** A clip of four frames in which the sprite takes any first step (one
# of 4, probability 1/4), goes straight (0.5), then turns left (0.3). It costs
# $\log_2 4 + \log_2 2 + \log_2 (1/0.3) = 2 + 1 + 1.737 = 4.737$ bits, or $1.579$
# per frame. **Loop**, with the world's own probabilities:

# %% slideshow={"slide_type": "fragment"}
def loss_loop(next_distribution, y):
    bits = 0.0
    for t in range(1, len(y)):
        bits = bits - math.log2(next_distribution(y[:t])[y[t]])
    return bits / (len(y) - 1)

# %% slideshow={"slide_type": "fragment"}
# right, right, then up: straight and a left turn (cell = row * 6 + column)
y = torch.tensor([7, 8, 9, 3])
print(f"{loss_loop(world.next_distribution, y):.3f} bits per frame")
assert abs(loss_loop(world.next_distribution, y) - 4.737 / 3) < 1e-3

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Tensor.** A model returns *logits* $u$, one row for each frame it has seen; row
# $t$ is its opinion about frame $t + 1$. So the targets are the frames **shifted by
# one**. **Library**: `F.cross_entropy` takes logits and the index of what happened,
# and counts in units of $e$: divide by $\ln 2$ for bits.

# %% slideshow={"slide_type": "fragment"}
def bits_by_hand(u, y):
    log_p = u - torch.logsumexp(u, -1, keepdim=True)
    return -log_p.gather(-1, y[..., None]).mean() / math.log(2)


def bits(u, y):
    return F.cross_entropy(u.flatten(0, -2), y.flatten()) / math.log(2)

# %% slideshow={"slide_type": "skip"}
# the largest difference of two functions, in values and gradients (lesson 02)
def gap(f, g, *inputs):
    inputs = [x.detach().double().requires_grad_() for x in inputs]
    values = f(*inputs), g(*inputs)
    gradients = (torch.autograd.grad(value.sin().sum(), inputs) for value in values)
    return max((a - b).abs().max().item() for a, b in [values, *zip(*gradients)])

# %% slideshow={"slide_type": "skip"}
def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))

# %% slideshow={"slide_type": "fragment"}
u = torch.stack([world.next_distribution(y[:t]).log() for t in (1, 2, 3)])
print(f"tensor: {bits(u, y[1:]):.3f} bits per frame")
targets = torch.randint(36, (2, 15), generator=torch.Generator().manual_seed(1))
by_hand, library = (partial(f, y=targets) for f in (bits_by_hand, bits))
assert gap(by_hand, library, normal(2, 15, 36)) < 1e-10
print("written out and F.cross_entropy:", end=" ")
print("values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The floor
#
# How low can this loss get? The **entropy** of a distribution $p$ is what the truth
# itself pays on average, $\mathcal{H} = -\sum_v p(v) \log_2 p(v)$: 1.485 bits for
# the coin, 2 bits for the first step. Nobody can know either in advance. So on
# average over clips, a model that sees only the past pays at least
#
# $$
# \frac{2 + 14 \cdot 1.485}{15} = 1.520 \text{ bits per frame}.
# $$
#
# This is no estimate but a theorem: under $p$, no $q$ pays less than $p$ itself.
# For a logarithm lies below its tangent,
# $\sum_v p(v) \ln \frac{q(v)}{p(v)} \le \sum_v p(v) \big(\frac{q(v)}{p(v)} - 1\big)
# \le 0$. **A training loss that stays below the floor is not a good model. It is a
# model that has seen the answer.**

# %% slideshow={"slide_type": "fragment"}
coin = world.bits_per_frame
floor = world.frame_bits[1:].mean().item()
test = world.sample(256, seed=1_000_000).tokens
paid = torch.stack([-world.log2_likelihood(test[:, : t + 1]) for t in (0, 15)])
print(f"the coin {coin:.3f} bits, floor {floor:.3f} bits per frame")
mean = (paid[1] - paid[0]).mean() / 15
print(f"on these 256 clips the true probabilities pay {mean:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Eq. 6.6 asks for 15 predictions, each from another past. Fifteen passes through
# the model would do, but attention can make all 15 in **one** pass, if in that pass
# no frame can look at those behind it. That is what a mask is for.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why the first frame for free?* It is a uniform draw of
# one in 36, the same for every model. *Does the order have to be time?* No: the
# chain rule holds for any order; time makes it easy. *Could a loss on a small test
# set lie below the floor?* By luck, yes: the floor holds for the mean. That is why
# what the true probabilities pay on the same clips is printed, too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three masks
#
# **Who may look where?** As in the whole course, `True` means *may attend*. Query
# $i$ may look at key $j$
#
# $$
# \text{causal: } j \le i \;\;(6.1)
# \qquad
# \text{frame-causal: } \lfloor j/N \rfloor \le \lfloor i/N \rfloor \;\;(6.2)
# \qquad
# \text{padding: } j < \mathrm{length}_b \;\;(6.3)
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $i$, $j$ | query and key, counted from 0 | - |
# | $N$ | tokens per frame; $\lfloor i/N \rfloor$ is the frame of token $i$ | - |
# | $\mathrm{length}_b$ | how many tokens of clip $b$ are real, the rest fills up the batch | batch |
#
# Causal is frame-causal with $N = 1$. With more tokens per frame, those of one
# frame may all see each other: they are written at the same time.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand**: three tokens, causal: rows 100, 110, 111. Two tokens of three are
# real: 110 in every row. Two frames of two tokens, frame-causal: rows 1100, 1100,
# 1111, 1111. **Loop**, then **tensor**: one comparison of a column with a row.

# %% slideshow={"slide_type": "skip"}
def frame_causal_loop(frames, N):
    mask = torch.zeros(frames * N, frames * N, dtype=torch.bool)
    for i in range(frames * N):
        for j in range(frames * N):
            mask[i, j] = j // N <= i // N
    return mask

# %% slideshow={"slide_type": "fragment"}
def frame_causal(frames, N):
    frame = torch.arange(frames * N) // N
    return frame[None, :] <= frame[:, None]

# %% slideshow={"slide_type": "fragment"}
print(frame_causal_loop(2, 2).int().tolist())
for frames, N in ((3, 1), (2, 2), (5, 3)):
    assert torch.equal(frame_causal_loop(frames, N), frame_causal(frames, N))
    # the one we keep
    assert torch.equal(frame_causal(frames, N), frame_causal_mask(frames, N))
assert torch.equal(frame_causal(7, 1), causal_mask(7))
print("loop, tensor and course_utils.attention agree exactly")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Drawn**: eight tokens. First causal, then frame-causal with two tokens in each
# of four frames.

# %% slideshow={"slide_type": "fragment"}
viz.digest(causal_mask(8), name="causal")
viz.attention_map(causal_mask(8), title="causal (6.1)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A triangle: row by row one more token may be seen, and the last row may look at
# all.

# %% slideshow={"slide_type": "fragment"}
viz.digest(frame_causal_mask(4, 2), name="frame-causal")
viz.attention_map(frame_causal_mask(4, 2), title="frame-causal, N = 2 (6.2)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A staircase whose steps are two wide: token 2 may look at token 3, its neighbour
# in the same frame, but not at token 4 of the next frame.

# %% slideshow={"slide_type": "subslide"}
lengths = torch.tensor([8, 5])  # two clips, of 8 and of 5 tokens
# Eq. 6.3 as a tensor, the same for all queries
real = torch.arange(8) < lengths[:, None, None]
assert torch.equal(real, kept.padding_mask(lengths, 8))  # the one we keep
padded = causal_mask(8) & real
print("mask of the batch:", tuple(padded.shape))
viz.digest(padded, name="causal and padding")
viz.attention_map(
    padded[1], title="causal & padding: 5 tokens are real (6.1 & 6.3)"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Masks combine by `&`: whoever wants to look needs both permissions. Columns 5 to 7
# are closed, because those tokens are filling. The rows of the filling itself do no
# harm: the loss leaves them out.
#
# **Library.** `nn.Transformer` and `nn.MultiheadAttention` say the opposite: minus
# infinity, or `True`, where a query may **not** look. `to_torch_mask` is the only
# place where we convert. Beware: the boolean mask of
# `F.scaled_dot_product_attention`, of the same library, means what ours means.

# %% slideshow={"slide_type": "fragment"}
# floats, to be added to the scores
theirs = nn.Transformer.generate_square_subsequent_mask(3)
print(theirs.tolist())
assert torch.equal(theirs == -torch.inf, kept.to_torch_mask(causal_mask(3)))

# %% slideshow={"slide_type": "skip"}
q, k, v = normal(3, 2, 5, 4)
ours = partial(kept.attention, mask=causal_mask(5))
for theirs in ({"is_causal": True}, {"attn_mask": causal_mask(5)}):
    assert (
        gap(ours, partial(F.scaled_dot_product_attention, **theirs), q, k, v)
        < 1e-10
    )
print(
    "our mask, the same mask in F.scaled_dot_product_attention and its "
    "is_causal=True agree within 1e-10"
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The proof by perturbation
#
# **How do you know that nothing leaks?** Reading code does not tell: a model has
# many paths. But one experiment does. Change a frame of the input. If the output of
# an *earlier* frame moves, it has seen the future; the smallest movement is a
# proof. If it does not move at all, not by one bit, there is no path, unless chance
# hid it. So make chance helpless: random weights, a large change, every frame in
# its turn, and watch that the *later* outputs do move: a test that cannot fail
# shows nothing.
#
# Take a real network: three layers on the patches of a clip, eight frames of 16
# tokens.

# %% slideshow={"slide_type": "skip"}
clip = ShapesWorld(frames=8, shapes=2).sample(1, seed=4).video[0]
# 8 frames * 16 patches = 128 tokens, 32 wide
x = patchify(clip, (1, 8, 8)) @ normal(192, 32) / 8
torch.manual_seed(0)
stack = transformer.Encoder(32, 4, 64, num_layers=3)
print("tokens", tuple(x.shape))

# %% slideshow={"slide_type": "skip"}
def influence_map(moved, title):
    figure = viz.attention_map(moved > 0, title=title, label="moves")
    figure.axes[0].set(
        xlabel="frame that we change", ylabel="frame whose output we watch"
    )
    return figure

# %% slideshow={"slide_type": "fragment"}
@torch.no_grad()
# frames x frames: how far does the output of frame t move when frame s changes?
def influence(mask):
    still, moved = stack(x, mask), torch.zeros(8, 8)
    for s in range(8):
        changed = x.clone()
        changed[16 * s : 16 * (s + 1)] *= -1
        moved[:, s] = (stack(changed, mask) - still).abs().view(8, -1).amax(1)
    return moved

# %% slideshow={"slide_type": "fragment"}
moved = influence(frame_causal_mask(8, 16))
earlier = moved[~causal_mask(8)]
print("largest movement of an earlier frame:", earlier.max().item())
print("every other output moves:", bool((moved[causal_mask(8)] > 0).all()))
assert (earlier == 0).all()  # exactly: blocked weights are exactly 0
influence_map(moved, "the right mask")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Row by row: which changes does this output feel? The proof is the zeros above the
# diagonal, which are not small, but exact. That every other output moves shows that
# the test could have failed.
#
# **Predict, then run.** A classic slip: the mask is off by one and lets each frame
# see **one** frame ahead. How many frames into the future does a network of *three*
# such layers see?

# %% slideshow={"slide_type": "subslide"}
frame = torch.arange(128) // 16
off_by_one = frame[None, :] <= frame[:, None] + 1
for name, mask in (
    ("right", frame_causal_mask(8, 16)),
    ("off by one", off_by_one),
    ("no mask", None),
):
    ahead = [
        int(row.nonzero().max()) - t for t, row in enumerate(influence(mask) > 0)
    ]
    print(f"{name:10s} frames that each output sees ahead: {ahead}")
assert ahead == list(range(7, -1, -1))  # without a mask: all that is left

# %% slideshow={"slide_type": "fragment"}
viz.digest(influence(off_by_one) > 0, name="off by one")
influence_map(influence(off_by_one), "off by one in each of 3 layers")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The band above the diagonal is three wide.
#
# <details><summary>What you just saw</summary>
#
# Three: each layer carries what it has one frame further back. A leak does not stay
# small. It is also why the proof must be made on the whole model, and not on one
# mask.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why exactly 0 and not 1e-8?* A closed score is minus
# infinity, its weight exactly 0, and 0 times anything finite is 0. *What about a
# row without a single permission?* Its softmax would be 0 / 0; in this course such
# a query gets zeros. *Does dropout disturb the proof?* Yes: two passes draw
# differently. Make it in `eval` mode. *And a norm?* Layer norm stays within a
# token; a norm over the time axis would leak, and the experiment would show it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A leak and its impossible loss
#
# **What does a leak look like from outside?** Like success. Train the same model
# twice on CoinWorld: once with the causal mask, once with the mask that is off by
# one. The model is an encoder of lesson 05, with rotary positions of lesson 03.
# Under a causal mask this plan, a decoder without a memory, is that of GPT (Radford
# et al., 2018).

# %% slideshow={"slide_type": "fragment"}
class Walker(nn.Module):
    def __init__(self, d_model=64):
        super().__init__()
        # one learned vector for each cell of the field
        self.cell = nn.Embedding(36, d_model)
        self.stack = transformer.Encoder(
            d_model, 4, 4 * d_model, 2, rotary=RotaryPositions(d_model // 4)
        )
        self.logits = nn.Linear(d_model, 36)

    # "batch frames" -> "batch frames 36"
    def forward(self, cells, mask=None, cache=None):
        return self.logits(self.stack(self.cell(cells), mask, cache))

# %% slideshow={"slide_type": "skip"}
def train(mask, steps):
    def loss(model, seed):
        # new clips in every step: nothing can be learned by heart
        y = world.sample(64, seed).tokens
        # row t answers for frame t + 1
        return bits(model(y[:, :-1], mask), y[:, 1:])

    torch.manual_seed(0)
    model = Walker()
    return model, fit(model, loss, steps, lr=4e-3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Predict, then run.** The floor is 1.520 bits. Where does the leaky model end,
# exactly? It sees the answer in all rows but the last: behind the last frame that
# it is given, nothing follows to peek at. (It gets 150 steps, the honest one 400:
# it will not need more.)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
# tril(0) would be right
causal, peeking = causal_mask(15), torch.ones(15, 15, dtype=torch.bool).tril(1)
walker, honest = train(causal, steps=400)
leaky, impossible = train(peeking, steps=150)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a training run ends a little differently on every machine
curves = {"causal mask": honest, "off by one": impossible}
levels = {"floor without a peek": floor, "floor with a peek": coin / 15}
viz.loss_curve(curves, levels, ylabel="bits per frame", smooth=10)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The honest curve settles just above the dashed floor of 1.520 bits; the other
# falls through it as if it were not there. Nothing else about it is suspicious: it
# is smooth, fast, and far better. Without knowing the entropy you would celebrate.
# (One run each. Pale: each step; solid: the mean of ten.)
#
# <details><summary>Where it ends</summary>
#
# Fourteen of its 15 rows contain their answer and can cost 0 bits. The last one has
# to guess like everybody else and costs one coin: $1.485 / 15 = 0.099$ bits per
# frame. Below 1.520 is impossible without a leak; below 0.099 it is impossible even
# with this one.
# </details>

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: depends on training
@torch.no_grad()
def score(model, mask):
    return bits(model(test[:, :-1], mask), test[:, 1:]).item()


true_bits = ((paid[1] - paid[0]).mean() / 15).item()
print(
    f"on 256 new clips: the true probabilities {true_bits:.3f}, causal "
    f"{score(walker, causal):.3f} bits"
)
print(
    f"off by one: {score(leaky, peeking):.3f} with its mask, "
    f"{score(leaky, causal):.3f} with the honest"
)
claim(
    -0.01 < score(walker, causal) - true_bits < 0.15,
    "the honest model pays what the coin costs",
)
claim(score(leaky, peeking) < 0.5, "the leaky one pays what is impossible")
claim(
    score(leaky, causal) > score(walker, causal) + 0.1,
    "and under the honest mask it is the worse model",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# And when it has to write? Then the next frame does not exist yet. Under the honest
# mask the same weights pay more than the honest model: guessing they have practised
# in one row out of 15, the last. **A loss below what the data allow is a bug
# report.**

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *My data have no known entropy. How do I find a leak?* By
# the perturbation proof: it needs no training and no data. *Which leaks are common
# besides the mask?* Targets that are not shifted; a norm over the time axis; a
# convolution that is not causal; a tokenizer that reads several frames at once;
# features normalised with the mean of the whole clip. *Does the frame-causal mask
# fit a model that writes token by token within a frame?* No: there the tokens of
# one frame must not see each other.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Teacher forcing
#
# **What did the model see in training?** In every row the *true* past, whatever it
# would have written itself. This is called teacher forcing (the word is that of
# Williams and Zipser, 1989): the teacher puts the pen back on the line after every
# step. Under the causal mask one pass then gives the same predictions as one pass
# per frame:

# %% slideshow={"slide_type": "fragment"}
with torch.no_grad():
    at_once = walker(test[:4, :-1], causal)
    one_by_one = torch.stack(
        [walker(test[:4, :t], causal_mask(t))[:, -1] for t in range(1, 16)], dim=1
    )
same = (at_once - one_by_one).abs().max() < 1e-4
print("15 predictions at once and one by one differ by less than 1e-4:", bool(same))

# %% [markdown] slideshow={"slide_type": "fragment"}
# When the model writes, it reads its *own* past. One bad step, and it stands in a
# situation that no teacher ever showed it. What that costs is called **exposure
# bias**, and CoinWorld can measure it, because it knows the right distribution
# after every past that it can make. (After a step that it never makes the heading
# is unknown; by convention the four neighbours are then alike.) The distance of the
# model to it is the **total variation** $\tfrac12 \sum_v \lvert p_\Theta(v) - p(v)
# \rvert$ over all cells $v$: the share of probability that stands in the wrong
# place.

# %% slideshow={"slide_type": "fragment"}
def distance(p, q):
    return (p - q).abs().sum(-1) / 2

# %% slideshow={"slide_type": "fragment"}
@torch.no_grad()
# "batch frames": distance of the model to the truth after this past, a mean
def wrongness(model, cells):
    p = model(cells, causal_mask(cells.shape[1]))[:, -1].softmax(-1)
    return distance(p.double(), world.next_distribution(cells)).mean().item()

# %% slideshow={"slide_type": "skip"}
elsewhere = torch.randint(36, (256, 1), generator=torch.Generator().manual_seed(0))
# one error: in frame 6 the sprite sits anywhere
jumped = test.index_copy(1, torch.tensor([6]), elsewhere)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict, then run.** Give the model true pasts of 5 to 12 frames, then the very
# same ones with one error in frame 6. (A sprite that has jumped has no known
# heading, so its next step is one of the four neighbours, all alike.) How much
# worse is the model right after the error, and for how many frames?

# %% slideshow={"slide_type": "fragment"}
seen = list(range(5, 13))
true_past = [wrongness(walker, test[:, :n]) for n in seen]
with_error = [wrongness(walker, jumped[:, :n]) for n in seen]
# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: depends on training
claim(
    with_error[2] > 1.5 * true_past[2],
    "right after the error the distance is half as much again, or more",
)
claim(
    with_error[-1] < 1.3 * true_past[-1], "six frames later the error is forgotten"
)
series = {
    "true past": (seen, true_past),
    "the same with an error in frame 6": (seen, with_error),
}
viz.lines(
    series,
    "frames seen",
    "distance to the right distribution",
    baseline={"the truth": 0.0},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The two lines are one line until frame 6 is among those seen, that is, from 7 on.
# Then the model is more than twice as far from the truth, for the two predictions
# in which the jump is part of the last step, and recovers: a pure case of exposure
# bias, for the pasts differ in nothing else. It recovers because this world
# forgets: two frames say everything. So errors should not pile up here.
#
# **Predict, then run.** Let the model write. How often does it make an impossible
# step behind a flawless past, and how often behind a past in which it has made one
# already?

# %% slideshow={"slide_type": "subslide"}
@torch.no_grad()
def write(model, cells, frames, rule, seed=0):  # "batch past" -> "batch frames"
    generator = torch.Generator().manual_seed(seed)
    while cells.shape[1] < frames:
        # the row of the last frame
        u = model(cells, causal_mask(cells.shape[1]))[:, -1]
        cells = torch.cat(
            (cells, sampling.draw(rule(u), generator)[:, None]), dim=1
        )
    return cells

# %% slideshow={"slide_type": "skip"}
films = write(
    walker,
    world.sample(2048, seed=2_000_000).tokens[:, :2],
    16,
    sampling.temperature,
)
# 2048 14 36
could = torch.stack(
    [world.next_distribution(films[:, :t]) for t in range(2, 16)], dim=1
)
# "films 14": a step that cannot happen
broken = could.gather(-1, films[:, 2:, None])[..., 0] == 0
# an impossible step stands in the past
spoiled = broken.cumsum(-1) - broken.long() > 0
peeked = write(leaky, films[:256, :2], 16, sampling.temperature)
flawless = {"causal": (~broken.any(-1)).double().mean()}
flawless["leaky"] = torch.isfinite(world.log2_likelihood(peeked)).double().mean()

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: depends on training
first, again = broken[~spoiled].double().mean(), broken[spoiled].double().mean()
print(
    f"impossible steps: {first:.3f} behind a flawless past, {again:.3f} behind an "
    "impossible step"
)
claim(again < 2 * first, "on CoinWorld an error does not bring the next one")
print(
    "films without an impossible step:",
    {name: f"{share:.2f}" for name, share in flawless.items()},
)
claim(
    flawless["leaky"] < 0.2 < flawless["causal"],
    "the model with the better loss writes the worse films",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Behind an error the model errs no more often than before it. Even so, 14 steps
# with a chance of two in a hundred each spoil about a quarter of all films:
# $0.98^{14} = 0.75$. (And the leaky model, which had the better loss, spoils nearly
# all of them.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Where errors feed each other
#
# A cell is right or wrong. A *continuous* frame can be slightly wrong, and the next
# one is built upon it. A ball flies through a box and bounces off its walls; a
# small causal network sees the places so far and says by how much the ball moves
# next. It is trained with teacher forcing, like `Walker`, but with squared errors.

# %% slideshow={"slide_type": "skip"}
def balls(batch, frames, seed):  # "batch frames 2": x and y in a room of side 1
    generator = torch.Generator().manual_seed(seed)
    way = 2 * torch.rand(batch, 1, 2, generator=generator)
    speed = 0.05 + 0.1 * torch.rand(batch, 1, 2, generator=generator)
    # there and back: a bounce
    return ((way + speed * torch.arange(frames)[:, None]) % 2 - 1).abs()

# %% slideshow={"slide_type": "fragment"}
class Ball(nn.Module):
    def __init__(self, d_model=64):
        super().__init__()
        self.enter, self.leave = nn.Linear(2, d_model), nn.Linear(d_model, 2)
        self.stack = transformer.Encoder(
            d_model, 4, 2 * d_model, 2, rotary=RotaryPositions(16)
        )

    def forward(self, x):  # "batch frames 2": row t answers for frame t + 1
        return x + self.leave(self.stack(self.enter(x), causal_mask(x.shape[1])))

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: a training run ends a little differently on every machine
def next_place(model, seed):
    y = balls(64, 32, seed)
    return F.mse_loss(model(y[:, :-1]), y[:, 1:])


torch.manual_seed(0)
ball = Ball()
flight = fit(ball, next_place, 300, lr=2e-3)

# %% slideshow={"slide_type": "skip"}
y = balls(256, 32, seed=1_000_000)
with torch.no_grad():
    # the true past / 8 frames are given
    forced, flown = ball(y[:, :-1])[:, 7:], y[:, :8]
    while flown.shape[1] < 32:
        flown = torch.cat((flown, ball(flown)[:, -1:]), dim=1)
forced = (forced - y[:, 8:]).norm(dim=-1).mean(0)
free = (flown - y)[:, 8:].norm(dim=-1).mean(0)
centre = (0.5 - y[:, 8:]).norm(dim=-1).mean().item()

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: depends on training
claim(
    free[-1] > 5 * forced[-1],
    "after 24 frames of its own it is off by more than 5 times the forced error",
)
frames = list(range(8, 32))
print(f"frame 31: own past {free[-1]:.2f}, always saying the centre {centre:.2f}")
series = {"true past": (frames, forced), "own past": (frames, free)}
free_rules = {"a place drawn at random": 0.52, "always the centre": centre}
viz.lines(series, "frame", "mean error (1 = the room)", baseline=free_rules)

# %% [markdown] slideshow={"slide_type": "fragment"}
# With the true past every step is off by about two hundredths of the room, in the
# last frame no more than in the first. On its own past the very same network is
# about twenty times further off in the end: the two lines begin at the same point,
# then each small error becomes part of the past from which the next step is made.
# By frame 31 it errs as much as who says the centre of the room every time; two
# random points of a unit square are 0.52 apart on average. **The loss of teacher
# forcing does not show this; only writing does.** So every lesson of this course
# that predicts video measures on what the model has written itself.
#
# Two ways out are known: mix the model's own frames into the past while training
# (*scheduled sampling*, Bengio et al., 2015), or write frames as discrete codes,
# which cannot be slightly wrong (lesson 13).

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not train on the model's own past from the start?* At
# first its films are noise, and a film that went another way has no right answer to
# compare with: the clip shows what followed the *true* past. *Is the growth of the
# ball's error all exposure bias?* No: a small error of the velocity grows with the
# frames, however well the model reads its own past. Writing shows both together.
# *Does more training help?* Experiment 2 of Try it answers that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Cross-attention
#
# **How does the writer know what to write?** So far the coin decides. Now somebody
# hands the model a *script*: one word per step, right, down, left or up. The script
# is not part of the film; it is read by an encoder, whose output we call the
# **memory**. The film asks, the memory answers:
#
# $$
# \mathrm{cross}(X, X^{\mathrm{enc}}) \;=\; \mathrm{attention}(X W_Q,\; X^{\mathrm{enc}} W_K,\;
# X^{\mathrm{enc}} W_V)\, W_O
# \tag{6.7}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $X$ | tokens of the film, which ask | queries x d_model |
# | $X^{\mathrm{enc}}$ | memory: tokens of the script, which answer | keys x d_model |
# | $W_Q, W_K, W_V, W_O$ | the matrices of lesson 03 | d_model x d_model |
#
# It is Eq. 3.1 with two sources, written for one head; with more heads, they share
# the width as they do there. The weights are a rectangle, queries by keys, and no
# causal mask is needed: the script exists before the film.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **By hand**: one head, all four matrices the identity, $d = 1$. One query $x = 2$,
# two memory tokens 0 and $\ln 2 / 2$. Scores 0 and $\ln 2 = 0.693$; exponentials 1
# and 2; weights 1/3 and 2/3; output $\tfrac23 \cdot 0.347 = 0.231$. **Loop** over
# query $i$ and key $j$, then **tensor**:

# %% slideshow={"slide_type": "skip"}
def cross_loop(X, memory, W_Q, W_K, W_V, W_O):
    rows = []
    for x_i in X:
        scores = [
            (x_i @ W_Q) @ (m_j @ W_K) / math.sqrt(W_K.shape[1]) for m_j in memory
        ]
        total = sum(torch.exp(s) for s in scores)
        rows.append(
            sum(
                torch.exp(s) / total * (m_j @ W_V) for s, m_j in zip(scores, memory)
            )
            @ W_O
        )
    return torch.stack(rows)

# %% slideshow={"slide_type": "fragment"}
def cross(X, memory, W_Q, W_K, W_V, W_O):
    return kept.attention(X @ W_Q, memory @ W_K, memory @ W_V) @ W_O

# %% slideshow={"slide_type": "fragment"}
one = torch.ones(1, 1)
memory = torch.tensor([[0.0], [math.log(2) / 2]])
print(f"{cross_loop(2 * one, memory, one, one, one, one).item():.3f}")
W = normal(4, 6, 6, seed=2) / 3
assert gap(cross_loop, cross, normal(3, 6), normal(5, 6, seed=1), *W) < 1e-10
print("loop and tensor: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library.** `nn.MultiheadAttention(film, memory, memory)`. **Keep it**: no new
# class. `MultiHeadAttention` of lesson 03 takes query, key and value apart, for
# this very purpose.

# %% slideshow={"slide_type": "skip"}
theirs = nn.MultiheadAttention(8, 2, batch_first=True).double()
ours = MultiHeadAttention.from_torch(theirs)
X, memory = normal(2, 3, 8), normal(2, 5, 8, seed=1)  # 3 frames ask, 5 words answer
shape = tuple(ours(X.double(), memory.double(), memory.double()).shape)
print("output", shape, ": a row for each query")

# %% slideshow={"slide_type": "skip"}
def library(x, m):
    return theirs(x, m, m)[0]


assert gap(lambda x, m: ours(x, m, m), library, X, memory) < 1e-10
print("ours and nn.MultiheadAttention:", end=" ")
print("values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Break it**: swap the roles, so that the memory asks and the film answers. The
# shape tells at once: 5 rows instead of 3. When both have the same length it goes
# unnoticed: test with lengths that differ.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The decoder layer
#
# **What is a decoder, then?** An encoder layer with one more sublayer in its
# middle. Here it is with 15 frames written and a script of 8 words:

# %% slideshow={"slide_type": "subslide"}
written, script = torch.zeros(15, 64), torch.zeros(8, 64)
part = transformer.DecoderLayer(64, 4, 128, norm="post")
machine = viz.diagram(part, (written, script, causal_mask(15)))
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three parts, each with a by-pass around it, a sum and a norm. The first attends to
# what was written, under a causal mask; the second to the memory, which enters from
# the left; the third changes each token by itself. The shape stays the same.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# As formulas (Vaswani et al., 2017, section 3.1):
#
# $$
# X \leftarrow \mathrm{res}(X, \mathrm{attend\ to\ } X), \qquad
# X \leftarrow \mathrm{res}(X, \mathrm{attend\ to\ } X^{\mathrm{enc}}), \qquad
# X \leftarrow \mathrm{res}(X, \mathrm{FFN})
# \tag{6.5}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\mathrm{res}(X, S)$ | residual with its norm, Eq. 4.4: $X + S(\mathrm{LN}(X))$ or $\mathrm{LN}(X + S(X))$ | tokens x d_model |
# | attend to $X$ | causal self-attention: what has been written? | - |
# | attend to $X^{\mathrm{enc}}$ | cross-attention, Eq. 6.7: what is to be written? | - |
# | FFN | Eq. 4.1, each token by itself | - |
#
# **By hand** and **loop** are those of its three parts. Here is the layer, line by
# line, in the paper's order (post-norm):

# %% slideshow={"slide_type": "subslide"}
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads)
        self.cross_attention = MultiHeadAttention(d_model, num_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.norms = nn.ModuleList(LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, mask=None):
        x = self.norms[0](x + self.self_attention(x, x, x, mask))
        x = self.norms[1](x + self.cross_attention(x, memory, memory))
        return self.norms[2](x + self.feed_forward(x))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library**: `nn.TransformerDecoderLayer`. Hand its weights to our layer and
# compare values and gradients. Its masks are the inverse of ours.

# %% slideshow={"slide_type": "skip"}
torch.manual_seed(0)
theirs = nn.TransformerDecoderLayer(
    8, 2, 16, dropout=0.0, batch_first=True
).double()
layer = DecoderLayer(8, 2, 16).double()
layer.self_attention = MultiHeadAttention.from_torch(theirs.self_attn)
layer.cross_attention = MultiHeadAttention.from_torch(theirs.multihead_attn)
layer.feed_forward.first.load_state_dict(theirs.linear1.state_dict())
layer.feed_forward.second.load_state_dict(theirs.linear2.state_dict())
counts = [sum(p.numel() for p in model.parameters()) for model in (layer, theirs)]
print("parameters of ours and of torch's:", counts)

# %% slideshow={"slide_type": "skip"}
mask = causal_mask(3)
ours = partial(layer, mask=mask)
torchs = partial(theirs, tgt_mask=kept.to_torch_mask(mask))
assert gap(ours, torchs, X, memory) < 1e-10
print("our layer and torch's: values and gradients differ by less than 1e-10")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Keep it**: `Decoder` of `course_utils.transformer` is a stack of such layers
# with both orders of the norm. It equals `nn.TransformerDecoder`, pre-norm and
# post-norm, weights, values, gradients:

# %% slideshow={"slide_type": "skip"}
for norm_first in (False, True):
    block = nn.TransformerDecoderLayer(
        8, 2, 16, dropout=0.0, batch_first=True, norm_first=norm_first
    )
    theirs = nn.TransformerDecoder(block, 3, norm=nn.LayerNorm(8)).double()
    ours = partial(transformer.Decoder.from_torch(theirs), mask=mask)
    torchs = partial(theirs, tgt_mask=kept.to_torch_mask(mask))
    print(
        f"norm_first={norm_first}: three layers agree within 1e-10:",
        gap(ours, torchs, X, memory) < 1e-10,
    )
    assert gap(ours, torchs, X, memory) < 1e-10

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: the value of a script, in bits
#
# **Predict, then run.** Without a script a frame costs 1.520 bits. With it, the
# coin has been tossed before the film begins. Where is the floor now? And which
# word should the cross-attention of frame $t$ look at?

# %% slideshow={"slide_type": "fragment"}
class Scripted(nn.Module):
    def __init__(self, d_model=64):
        super().__init__()
        self.cell, self.word = nn.Embedding(36, d_model), nn.Embedding(4, d_model)
        self.decoder = transformer.Decoder(d_model, 4, 4 * d_model, 2)
        self.logits = nn.Linear(d_model, 36)

    def forward(self, cells, script, mask=None):
        x, memory = self.cell(cells), self.word(script)
        x = x + sinusoidal_positions(x.shape[-2], x.shape[-1])
        memory = memory + sinusoidal_positions(memory.shape[-2], memory.shape[-1])
        return self.logits(self.decoder(x, memory, mask))

# %% slideshow={"slide_type": "skip"}
def scripted_loss(model, seed):
    clips = world.sample(64, seed)
    return bits(
        model(clips.tokens[:, :-1], clips.heading[:, 1:], causal),
        clips.tokens[:, 1:],
    )

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: a training run ends a little differently on every machine
torch.manual_seed(0)
scripted = Scripted()
told = fit(scripted, scripted_loss, 300, lr=4e-3)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
curves = {"no script": honest, "with the script": told}
viz.loss_curve(
    curves, {"floor without a script": floor}, ylabel="bits per frame", smooth=10
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. This time the line that dives under the floor of 1.520 bits is no
# leak: the script tells the answer, and whoever writes has it, too. The floor with
# a script is 0. What an input is worth is the number of bits that it saves. **Break
# it**: shuffle the scripts among the clips, and the decoder follows the wrong
# orders.

# %% slideshow={"slide_type": "skip"}
clips = world.sample(256, seed=1_000_000)
# 0 right, 1 down, 2 left, 3 up: one word for each step
scripts = clips.heading[:, 1:]
with torch.no_grad():
    right = bits(scripted(test[:, :-1], scripts, causal), test[:, 1:]).item()
    swapped = bits(
        scripted(test[:, :-1], scripts.roll(1, 0), causal), test[:, 1:]
    ).item()
    with kept.record_attention(scripted) as record:
        scripted(test[:, :-1], scripts, causal)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: depends on training
print(
    f"right script {right:.2f} bits, the script of another clip {swapped:.2f} bits"
)
claim(
    right < 0.3 and swapped > 3,
    "the script saves more than a bit a frame, and the wrong one costs dearly",
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: depends on training
# 8 15 15
heads = torch.cat(
    [record[f"decoder.layers.{i}.cross_attention"][0].mean(0) for i in (0, 1)]
)
own = heads.diagonal(dim1=-2, dim2=-1).mean(-1)
claim(
    own.max() > 0.5,
    "one head gives more than half of its attention to the word of its own step",
)
figure = viz.attention_map(
    heads[own.argmax()],
    title="the clearest of 8 cross-attentions, mean of 256 clips",
)
figure.axes[0].set(
    xlabel="word of the script", ylabel="frame that was written last"
)
figure

# %% [markdown] slideshow={"slide_type": "fragment"}
# Of the eight heads (two layers of four) this is the one that looks most at the
# word of its own step. Row: the frame that was written last; column: the word of
# the script, word $t$ for the step that leaves frame $t$. The bright diagonal is
# what you predicted: to write the next frame, look up the next word. Nobody told
# the model that the script is read in step with the film. It learned it, from the
# loss.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: depends on training
obedient = write(
    lambda cells, mask: scripted(cells, scripts, mask),
    test[:, :1],
    16,
    sampling.greedy,
)
right = (obedient == test)[:, 1:].float().mean()  # frame 0 was given
print(f"frames that follow the script: {right:.2f}")
claim(right > 0.9, "more than 90 % of the frames follow the script")
pair = {"truth": world.render(test[0]), "written": world.render(obedient[0])}
viz.digest(pair["written"], pair["truth"], name="written against truth")
viz.filmstrip(pair)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run. From the first frame and the script alone the decoder writes the film of
# the row above. Lesson 12 does the same with sentences.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why does the self-attention come first?* The query for
# the memory should know what has been written. *Is a decoder needed, or could the
# script be put in front of the film?* Both work; in front it goes through the same
# layers and the mask grows (lessons 12 and 13 use both). *May frame t look at words
# of later steps?* Yes: the script is known before. There it is no leak.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Choosing the next frame
#
# **The model says 0.3, 0.5, 0.2 and a little for the impossible. Which cell do you
# write?** Four answers, with $u$ the logits:
#
# $$
# p(v) = \frac{e^{u_v/\tau}}{\sum_{v'} e^{u_{v'}/\tau}} \;\;(6.8)
# \qquad
# p'(v) = \frac{p(v)\,[v \in \mathcal{K}]}{\sum_{v' \in \mathcal{K}} p(v')},
# \quad \mathcal{K} = \text{the } k \text{ likeliest} \;\;(6.9)
# $$
# $$
# \text{or } \mathcal{K} = \text{the fewest likeliest tokens with }
# \textstyle\sum_{v \in \mathcal{K}} p(v) \ge \mathrm{share}
# \tag{6.10}
# $$
#
# | symbol | meaning |
# |---|---|
# | $\tau$ | sampling temperature: below 1 sharper, above 1 flatter; $\tau \to 0$ is **greedy** |
# | $k$ | how many tokens **top-k** keeps (Fan et al., 2018) |
# | $\mathrm{share}$ | of the probability: what the **nucleus** keeps at least (Holtzman et al., 2020) |
# | $\mathcal{K}$ | the tokens that are kept; $[v \in \mathcal{K}]$ is 1 or 0 |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand** with $p = (0.5, 0.3, 0.2)$. Greedy: $(1, 0, 0)$. $\tau = \tfrac12$
# squares: $(0.25, 0.09, 0.04)/0.38 = (0.658, 0.237, 0.105)$. Top-2:
# $(0.5, 0.3)/0.8 = (0.625, 0.375, 0)$. Nucleus with a share of 0.7: 0.5 is too
# little, $0.5 + 0.3$ is enough, so the same two. With 0.9 all three. The first
# three rules are one line each; **loop** for the nucleus, as Eq. 6.10 says it.

# %% slideshow={"slide_type": "skip"}
def nucleus_loop(p, share):
    left, chosen = dict(enumerate(p.tolist())), []
    # not enough yet: take the likeliest of the others
    while sum(p[v].item() for v in chosen) < share:
        chosen.append(max(left, key=left.get))
        left.pop(chosen[-1])
    return (
        torch.tensor([p[v].item() if v in chosen else 0.0 for v in range(len(p))])
        / p[chosen].sum()
    )

# %% slideshow={"slide_type": "skip"}
p = torch.tensor([0.5, 0.3, 0.2])
print(
    "nucleus 0.7:",
    nucleus_loop(p, 0.7).numpy().round(3),
    "  0.9:",
    nucleus_loop(p, 0.9).numpy().round(3),
)

# %% slideshow={"slide_type": "subslide"}
# sort, keep while those before hold less than the share, put back
def nucleus(p, share):
    ordered, order = p.sort(dim=-1, descending=True)
    ordered = ordered * (ordered.cumsum(-1) - ordered < share)
    return torch.zeros_like(p).scatter(
        -1, order, ordered / ordered.sum(-1, keepdim=True)
    )

# %% slideshow={"slide_type": "fragment"}
for seed in range(20):
    p = normal(9, seed=seed).double().mul(2).softmax(-1)
    assert (nucleus(p, 0.8) - nucleus_loop(p, 0.8)).abs().max() < 1e-6
    assert torch.equal(nucleus(p, 0.8), sampling.nucleus(p, 0.8))  # the one we keep
print(
    "loop, tensor and course_utils.sampling agree; the tensor form takes any "
    "leading dimensions"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Library.** PyTorch has `softmax`, `topk` and `multinomial`, but no function for
# the rules as such; they live in `course_utils.sampling` as `greedy`,
# `temperature`, `top_k`, `nucleus` and `draw`. Gradients play no role here: nobody
# trains through a draw.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A perfect model
#
# We know the right distribution of the next frame. So the error of a rule is a
# number: the total variation distance again, the probability that has been moved to
# the wrong place. First with the world's own probabilities, where every change can
# only do harm. **Predict, then run**: which is worse, greedy or top-2?

# %% slideshow={"slide_type": "fragment"}
rules = {
    "greedy": sampling.greedy,
    "temperature 0.5": partial(sampling.temperature, tau=0.5),
    "temperature 1": sampling.temperature,
    "temperature 2": partial(sampling.temperature, tau=2.0),
    "top-2": lambda u: sampling.top_k(sampling.temperature(u), 2),
    "top-3": lambda u: sampling.top_k(sampling.temperature(u), 3),
    "nucleus 0.7": lambda u: sampling.nucleus(sampling.temperature(u), 0.7),
    "nucleus 0.95": lambda u: sampling.nucleus(sampling.temperature(u), 0.95),
}

# %% slideshow={"slide_type": "fragment"}
turns = torch.tensor([0.3, 0.5, 0.2], dtype=torch.float64)
chosen = {name: rule(turns.log()) for name, rule in rules.items()}
rows = {name: [*p.tolist(), distance(p, turns)] for name, p in chosen.items()}
viz.table(
    rows, ["rule", "left 0.3", "straight 0.5", "right 0.2", "distance"], digits=3
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Greedy moves half of the probability, top-2 a fifth; temperature 1, top-3 and a
# wide nucleus change nothing. The most likely film is not a likely film: "straight
# on, always" is the single likeliest sequence, and it happens in one film of
# $2^{14}$. That is the row on top of the lesson's first picture.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A trained model
#
# A trained model gives a little probability to each of the 33 cells that are
# impossible, and a little times 33 is not little. Now a cut can *help*. **Predict,
# then run**: which rule comes closest to the truth?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: depends on training
with torch.no_grad():
    # after true pasts; from frame 2 on three cells are possible
    u = walker(test[:, :-1], causal)[:, 1:]
# 256 14 36
truth = torch.stack(
    [world.next_distribution(test[:, :t]) for t in range(2, 16)], dim=1
)
rows = {}
for name, rule in rules.items():
    q = rule(u).double()
    written = write(walker, test[:, :2], 16, rule)
    films = torch.isfinite(world.log2_likelihood(written)).double().mean()
    rows[name] = [
        distance(q, truth).mean(),
        q.masked_fill(truth > 0, 0.0).sum(-1).mean(),
        films,
    ]
viz.table(
    rows,
    ["rule", "distance", "impossible", "films without an impossible step"],
    digits=3,
    title="One run",
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: depends on training
far = {name: float(row[0]) for name, row in rows.items()}
claim(
    min(far, key=far.get) in ("top-3", "nucleus 0.95", "temperature 1"),
    "the gentle rules are nearest",
)
claim(
    far["top-3"] <= far["temperature 1"] + 0.01,
    "a cut that spares the coin does not hurt",
)
claim(
    far["greedy"] > 0.4 and far["temperature 2"] > far["temperature 1"],
    "greedy and heat are far off",
)
viz.bars(far, ylabel="total variation distance to the right distribution", digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The bars, of one run: a shorter one is closer to the truth. Top-3 and the wide
# nucleus are closest, and hardly a film of theirs holds an impossible step. Top-3
# has to be told that three cells are possible, which is true in this world alone;
# the nucleus finds the number by itself. Greedy makes flawless films that are all
# wrong in the same way, and heat feeds the tail. **There is no best rule, only one
# that fits the errors of your model**: a cut removes what the model should not have
# believed, and whatever else was small.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why is sampling with temperature 1 not always right?* For
# a perfect model it is. *And beam search?* It looks for the likeliest film as a
# whole: here again "straight on". Good for translation, where one answer is right;
# bad for worlds that toss coins. *Which rule for video?* Lesson 13 measures it on
# video codes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The key-value cache
#
# **Why does writing get slower with every frame?** To write frame $t$, `write` runs
# all $t$ frames before it through the model again and uses only the last row. But
# look at Eq. 6.1: under a causal mask token $j$ never sees anything behind it. Its
# key and value in every layer were final when it was written. So **keep** them, and
# run only the new token:
#
# $$
# \text{output of token } i = \sum_{j \le i} a_{ij} v_j
# \quad\text{needs}\quad q_i \text{ (new)}, \; k_0 \dots k_i, \; v_0 \dots v_i \text{ (kept)},
# \qquad
# \mathrm{bytes} = 2\, B\, L\, n\, d\, b
# \tag{6.4}
# $$
#
# | symbol | meaning |
# |---|---|
# | 2 | keys and values |
# | $B$, $L$, $n$ | clips in the batch, layers, tokens so far |
# | $d$ | `d_model`: all heads together |
# | $b$ | bytes of a number: 4 for float32, 2 for float16 |

# %% [markdown] slideshow={"slide_type": "fragment"}
# **By hand.** Our `Walker` after 15 frames, one clip:
# $2 \cdot 1 \cdot 2 \cdot 15 \cdot 64 \cdot 4 = 15\,360$ bytes. **Loop**: attention
# that receives one token at a time and keeps two lists. **Tensor**: the same with
# `torch.cat`. Both against the whole sequence under the mask.

# %% slideshow={"slide_type": "skip"}
def cached_loop(Q, K, V):
    keys, values, rows = [], [], []
    for q_i, k_i, v_i in zip(Q, K, V):  # one new token
        keys.append(k_i)
        values.append(v_i)
        scores = [torch.dot(q_i, k_j) / math.sqrt(len(q_i)) for k_j in keys]
        total = sum(torch.exp(s) for s in scores)
        rows.append(
            sum(torch.exp(s) / total * v_j for s, v_j in zip(scores, values))
        )
    return torch.stack(rows)

# %% slideshow={"slide_type": "fragment"}
def cached(Q, K, V):
    past_k, past_v, rows = K[:0], V[:0], []
    for i in range(len(Q)):
        past_k = torch.cat((past_k, K[i : i + 1]))
        past_v = torch.cat((past_v, V[i : i + 1]))
        # no mask: the future is not there yet
        rows.append(kept.attention(Q[i : i + 1], past_k, past_v))
    return torch.cat(rows)

# %% slideshow={"slide_type": "skip"}
Q, K, V = normal(3, 6, 4)
whole = partial(kept.attention, mask=causal_mask(6))
assert (
    gap(cached_loop, whole, Q, K, V) < 1e-10 and gap(cached, whole, Q, K, V) < 1e-10
)
print(
    "one by one with a cache, at once with a mask: values and gradients agree "
    "within 1e-10"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it**: one `KeyValueCache` serves a whole model; every layer finds its own
# entry in it. `torch.cat` copies the whole past for each token, so the entry is a
# buffer with room for more, which doubles when it is full; Eq. 6.4 counts what is
# filled. **Library**: `nn.TransformerDecoder` has none, so the judge is our own
# full pass.

# %% slideshow={"slide_type": "fragment"}
cache = KeyValueCache()
with torch.no_grad():
    full = walker(test[:1, :15], causal)
    new = (test[:1, t : t + 1] for t in range(15))
    steps = torch.cat([walker(y, cache=cache) for y in new], dim=1)
print("outputs differ by less than 1e-4:", bool((full - steps).abs().max() < 1e-4))
print(f"bytes by Eq. 6.4: {2 * 1 * 2 * 15 * 64 * 4}, bytes held: {cache.nbytes}")
assert cache.nbytes == 2 * 1 * 2 * 15 * 64 * 4 and cache.tokens == 15

# %% [markdown] slideshow={"slide_type": "fragment"}
# Whole frames work, too: with $N$ tokens per frame the new frame comes in at once,
# and sees itself and all that is kept: the frame-causal mask without writing it.
# For several new frames at once the mask has a `past`, whose columns are all open.
# And the memory of a decoder never changes: `cache.memory` holds its projections,
# computed once.

# %% slideshow={"slide_type": "fragment"}
print(frame_causal_mask(2, 2, past=1).int().tolist())
# the clip of the perturbation proof
cache, frames = KeyValueCache(), x.view(8, 16, 32)
with torch.no_grad():
    by_frame = torch.cat([stack(new, cache=cache) for new in frames])
    at_once = stack(x, frame_causal_mask(8, 16))
print(
    "frame by frame equals at once:", bool((by_frame - at_once).abs().max() < 1e-4)
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Break it.** A cache is a promise that the past does not change. **Predict, then
# run**: keep seven frames in a cache, then change frame 3 of the film. By how much
# does the answer for the last frame move, with and without cache? And does a cache
# reproduce a model whose mask lets tokens see one frame ahead?

# %% slideshow={"slide_type": "fragment"}
x_changed = x.clone()
x_changed[48:64] *= -1  # frame 3
with torch.no_grad():
    moves = (stack(x_changed, frame_causal_mask(8, 16)) - at_once)[112:].abs().max()
    cache = KeyValueCache()
    # seven frames are kept, unchanged
    stack(x[:112], frame_causal_mask(7, 16), cache)
    stale = (stack(x_changed[112:], cache=cache) - by_frame[112:]).abs().max()
    ahead = (by_frame - stack(x, off_by_one)).abs().max()
print(f"the last frame moves by {moves:.2f}, with the cache by {stale:.2f}")
print(f"a cache and a mask that is off by one differ by {ahead:.2f}")
assert moves > 0.3 and stale < 1e-4 and ahead > 0.03

# %% [markdown] slideshow={"slide_type": "fragment"}
# The cache does not notice: the new frame meets the old keys and values of frame 3.
# Whoever edits a film must throw the cache away from that frame on. And only a
# causal model can be cached at all: if tokens saw the future, old keys would have
# to change with every new frame.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How much faster?
#
# Without a cache, token $t$ costs a pass over $t$ tokens:
# $1 + 2 + \dots + n \approx n^2/2$ tokens in all. With it, $n$: for 512 tokens, 256
# times fewer. **Predict, then run**: a model of four layers and width 128 reads
# four sequences of 512 random tokens one by one, as if it wrote them, both ways in
# turns. We count processor time, which other programs change less than the time on
# the clock. Is the cache 256 times faster? Less? More?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: times are those of the machine
torch.manual_seed(0)
speedy, x512 = transformer.Encoder(128, 4, 512, 4).eval(), normal(4, 512, 128)
cache, clock, worst = KeyValueCache(), torch.zeros(2, 512), 0.0
with torch.no_grad():
    for t in range(512):
        began = time.process_time()
        fast = speedy(x512[:, t : t + 1], cache=cache)[:, -1]
        clock[1, t] = time.process_time() - began
        # the slow way: timed once in eight tokens, counted eight times
        if t % 8 == 4:
            began = time.process_time()
            slow = speedy(x512[:, : t + 1], causal_mask(t + 1))[:, -1]
            clock[0, t] = 8 * (time.process_time() - began)
            worst = max(worst, (slow - fast).abs().max().item())
assert worst < 1e-4
faster = (clock[0].sum() / clock[1].sum()).item()
print(
    f"512 tokens: {faster:.1f} times faster with the cache, on 256 times fewer "
    "tokens:"
)
print(
    f"a token that comes alone costs {256 / faster:.0f} times as much as one in a "
    "long pass"
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: times are those of the machine
lengths = [32, 64, 128, 256, 512]
seconds = {"without": clock[0].cumsum(0), "with the cache": clock[1].cumsum(0)}
seconds = {
    name: [total[n - 1].item() for n in lengths] for name, total in seconds.items()
}
print(
    "from 256 to 512 tokens:",
    {name: f"x {row[-1] / row[-2]:.1f}" for name, row in seconds.items()},
)
series = {name: (lengths, row) for name, row in seconds.items()}
viz.lines(series, "tokens written", "seconds of processor time", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both axes are logarithmic, so a slope of 1 is linear growth and a slope of 2
# quadratic. When the tokens double, the line with the cache about doubles and the
# other one about quadruples. That is what counting tokens said, and still the cache
# is not 256 times faster, but some ten to twenty: each operation has a fixed price,
# which the tokens of a long pass share and a token that comes alone pays by itself.
# The outputs are equal to 1e-4, which is asserted; the times are only shown, for
# they belong to the machine (`make bench` holds them on a quiet one).

# %% [markdown] slideshow={"slide_type": "subslide"}
# **On video**, what it costs in memory. Eq. 6.4 for clips in patches of 16, with 12
# layers of width 768 in float16, one clip:

# %% slideshow={"slide_type": "fragment"}
clips = {"16 frames, 128 x 128": (16, 128), "5 s at 24 fps, 256 x 256": (120, 256)}
clips["1 min at 24 fps, 256 x 256"] = (1440, 256)
rows = {}
for name, (frames, side) in clips.items():
    n = frames * (side // 16) ** 2
    rows[name] = [n, f"{2 * 1 * 12 * n * 768 * 2 / 2**20:,.0f}"]
viz.table(rows, ["clip", "tokens", "MiB of cache"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# A minute of small video fills gigabytes, for one clip. The cache trades computing
# for memory, and then memory is what runs out. Sharing keys and values among heads
# (Shazeer, 2019), or keeping only a window of the past, are the usual ways out.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why cache keys and values, but not queries?* An old query
# has been answered; nobody asks it again. *Can training use the cache?* It need
# not: there the whole film is known and runs at once. *Why does the cached line not
# stay flat per token?* Each new token still looks at all kept ones: n products, but
# tiny ones at this length. *Rotary positions?* The new token must be turned by its
# own position: the cache counts the tokens for that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in `course_utils` |
# |---|---|---|
# | 6.1 | causal: $j \le i$ | `attention.causal_mask(n, past=0)` |
# | 6.2 | frame-causal: $\lfloor j/N \rfloor \le \lfloor i/N \rfloor$ | `attention.frame_causal_mask(frames, N, past=0)` |
# | 6.3 | padding: $j < \mathrm{length}_b$ | `attention.padding_mask(lengths, n)` |
# | 6.4 | $\mathrm{bytes} = 2 B L n d b$ | `attention.KeyValueCache`, `.nbytes` |
# | 6.5 | self-attention, cross-attention, FFN, each in a residual | `transformer.DecoderLayer`, `Decoder` |
# | 6.6 | $-\tfrac{1}{T-1} \sum_{t \ge 1} \log_2 p_\Theta(y_t \mid y_{<t})$ | `F.cross_entropy(logits, shifted) / ln 2`; floor: `CoinWorld.frame_bits` |
# | 6.7 | $\mathrm{attention}(X W_Q, X^{\mathrm{enc}} W_K, X^{\mathrm{enc}} W_V) W_O$ | `MultiHeadAttention(x, memory, memory)` |
# | 6.8 | $e^{u_v/\tau} / \sum_{v'} e^{u_{v'}/\tau}$ | `sampling.temperature(logits, tau)`, `greedy` |
# | 6.9, 6.10 | keep the $k$ likeliest, or the fewest that hold the share | `sampling.top_k(p, k)`, `nucleus(p, share)`, `draw` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# Change one line, guess first, then run.
#
# 1. In the leak, use `tril(2)`: two frames ahead. Does the loss end lower, higher,
#    or in the same place? (How many rows still have to guess?)
# 2. Give the ball 16 true frames in place of 8, or train it for 100 steps. Which of
#    the two lines moves more, and how far does the ball get before it is off by a
#    tenth of the room?
# 3. In the first picture, take `sampling.temperature(p.log(), 3.0)` as the rule.
#    Does the sprite still obey its world? Why can heat alone not make a step that
#    has probability 0?

# %% [markdown] slideshow={"slide_type": "fragment"}
# ## Homework
#
# [Homework 06](homework/hw06_mask_the_future.ipynb): six exercises. You build the
# frame-causal mask behind a past, compute a loss in bits, repair a cached
# attention, predict the memory of a cache, write nucleus sampling and let a film
# run from a table of probabilities.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin (2017),
#   *Attention Is All You Need*, NeurIPS. Sections 3.1 and 3.2.3: the decoder, and
#   the three uses of attention.
# - Williams, Zipser (1989), *A Learning Algorithm for Continually Running Fully
#   Recurrent Neural Networks*, Neural Computation 1(2). Teacher forcing, where the
#   word comes from.
# - Bengio, Vinyals, Jaitly, Shazeer (2015), *Scheduled Sampling for Sequence
#   Prediction with Recurrent Neural Networks*, NIPS. The gap between training and
#   writing, and training on one's own words against it.
# - Radford, Narasimhan, Salimans, Sutskever (2018), *Improving Language
#   Understanding by Generative Pre-Training*, OpenAI. GPT: a decoder that only
#   writes, trained as `Walker` is.
# - Fan, Lewis, Dauphin (2018), *Hierarchical Neural Story Generation*, ACL. Read it
#   for top-k sampling.
# - Holtzman, Buys, Du, Forbes, Choi (2020), *The Curious Case of Neural Text
#   Degeneration*, ICLR. Why the likeliest text is bad text, and the nucleus.
# - Shazeer (2019), *Fast Transformer Decoding: One Write-Head is All You Need*,
#   arXiv 1911.02150. The cache is limited by memory; what sharing keys and values
#   brings.
