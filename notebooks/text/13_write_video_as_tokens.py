# %% [markdown] slideshow={"slide_type": "slide"}
# # Write video as discrete tokens
#
# "A red circle moves right and bounces" is true of many clips. Lesson 12 answered
# such a sentence with their mean, a blur. Here a network answers with *one* of
# them, and with another one the next time you ask.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a draw
import torch

from course_utils import viz
from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoGPT
from course_utils.tasks.open_captions import caption_tokenizer
from course_utils.tokenizers import VideoTokenizer

tokenizer, _ = load_checkpoint("tokenizer", VideoTokenizer)
writer, header = load_checkpoint("video-gpt", VideoGPT)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a draw
sentence = "a red circle moves right and bounces"
words = caption_tokenizer().encode([sentence] * 3)
codes = writer.generate(words, seed=4, temperature=(1, 1, 0.5))  # "3 16 16"
clips = tokenizer.decode(codes)  # "3 16 3 32 32"
viz.digest(clips, name="one sentence, three clips")
viz.compare(
    {f"answer {k + 1}": clip for k, clip in enumerate(clips)}, fps=6, scale=6
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three answers to one sentence, from one run of training. The network did not paint
# them. It wrote 256 numbers for each, one after the other, each drawn from the
# probabilities that it had given; a second network turned the numbers into pixels.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** a tokenizer that writes a frame as 16 codes out of 512, and a
# GPT that writes codes.
#
# **You will learn** to
#
# - turn a vector into a code and a code into a vector, and count in digits
#   (exercise 13.1);
# - send a gradient through a choice that has none (13.2), and keep a code book
#   alive (13.3);
# - measure a model in bits against the entropy of its world (13.4), and find a leak
#   in it (13.5);
# - write many codes at once, the surest first (13.6).
#
# **You need** lessons 06 (causal mask, cache, sampling), 08 (patches, PCA) and 12
# (open sentences, the reader). Of the [primer](00p_primer.ipynb) (sections 1, 3
# to 7 and 9) read what is new to you. **Time** about 45 minutes of reading, and
# 330 seconds of computing on one core.

# %% slideshow={"slide_type": "skip"}
import math

import torch.nn.functional as F
from torch import nn

from course_utils.metrics import psnr
from course_utils.models import MaskedVideo, VideoEncoderDecoder
from course_utils.patches import patchify, unpatchify
from course_utils.studies import load_study
from course_utils.tasks import Sentences
from course_utils.tasks.open_captions import open_scores, starts_reached

# %% slideshow={"slide_type": "skip"}
from course_utils.tokenizers import FSQ, VQ, tokenizer_loss
from course_utils.training import claim, fit
from course_utils.worlds import CoinWorld, ShapesWorld, read_clips

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Another question
#
# **What should a network be asked, where many answers are right?** Not for a clip,
# but for a *probability* of each clip: then draw one. With pixels that is hard to
# write down. If a clip were a text, out of a vocabulary of 512, it would be lesson
# 06 over again: a table of 512 probabilities for the next token, a loss in bits,
# and a draw. So video needs words of its own. First we make them, then we write
# with them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The nearest code
#
# **How does a vector become one of a few numbers?** Keep a *code book* $\mathcal C$
# of vectors $\mathcal C_0, \mathcal C_1, \dots$, and take the number of the nearest
# (*vector quantization*, VQ):
#
# $$
# \mathrm{code}(z) = \arg\min_k \lVert z - \mathcal C_k \rVert^2,
# \qquad q(z) = \mathcal C_{\mathrm{code}(z)}
# \tag{13.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $z$ | vector of a patch | $d$ |
# | $\mathcal C_k$ | code number $k$ of the book | $d$ |
# | $q(z)$ | what is left of $z$ after writing it as a code | $d$ |
#
# **By hand**, with $\mathcal C_0 = (0, 0)$, $\mathcal C_1 = (1, 0)$, $\mathcal C_2
# = (0, 2)$ and $z = (0.4, 0.9)$: squared distances $0.97$, $1.17$ and $1.37$. The
# code is 0.

# %% slideshow={"slide_type": "fragment"}
book, z = (
    torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]),
    torch.tensor([[0.4, 0.9]]),
)

# %% slideshow={"slide_type": "fragment"}
def nearest_loop(z, book):
    codes = []
    for vector in z:
        distances = [sum((vector - e) ** 2).item() for e in book]
        codes.append(min(range(len(book)), key=distances.__getitem__))
    return torch.tensor(codes)


print([round(sum((z[0] - e) ** 2).item(), 2) for e in book], nearest_loop(z, book))

# %% slideshow={"slide_type": "fragment"}
assert nearest_loop(z, book).tolist() == [0]

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Tensor**: $\lVert z - \mathcal C_k \rVert^2 = \lVert z \rVert^2 - 2 z \cdot
# \mathcal C_k + \lVert \mathcal C_k \rVert^2$, and $\lVert z \rVert^2$ is the same
# for every code. **Library**: `torch.cdist`.

# %% slideshow={"slide_type": "fragment"}
def nearest(z, book):
    return (book.square().sum(-1) - 2 * z @ book.T).argmin(-1)


g = torch.Generator().manual_seed(0)
for n, K, d in ((5, 4, 2), (9, 7, 3), (20, 16, 8)):
    z, book = (torch.randn(size, d, generator=g) for size in (n, K))
    kept = VQ(codes=K, dim=d)
    kept.book.data.copy_(book)
    found = nearest_loop(z, book), torch.cdist(z, book).argmin(-1), kept.nearest(z)
    assert all(torch.equal(nearest(z, book), other) for other in found)

# %% slideshow={"slide_type": "fragment"}
print("loop, tensor, torch.cdist and course_utils.tokenizers.VQ agree")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A choice has no gradient
#
# Move $z$ a little, and its code stays the same: the derivative of $q$ is 0 almost
# everywhere, and the network in front of it learns nothing. The remedy is bold.
# Forward, send $q$. Backward, pretend that it was $z$ (*straight through*):
#
# $$
# \tilde q = z + \mathrm{sg}(q - z),
# \qquad \frac{\partial \tilde q}{\partial z} = 1
# \tag{13.2}
# $$
#
# sg stops the gradient; in PyTorch it is `.detach()`. The code book gets no
# gradient this way, and $z$ is not held to its code. So two terms more:
#
# $$
# \mathcal L_Q = \underbrace{\lVert \mathrm{sg}(z) - q \rVert^2}_{\text{codes to vectors}}
# + \beta\, \underbrace{\lVert z - \mathrm{sg}(q) \rVert^2}_{\text{vectors to codes}}
# \tag{13.3}
# $$
#
# **By hand**, in one dimension: $z = 0.4$, nearest code $q = 1$, and a loss
# $(\tilde q - 2)^2$. Forward $1$; the gradient at $q$, $2 (1 - 2) = -2$, is handed
# to $z$ unchanged.

# %% slideshow={"slide_type": "fragment"}
z = torch.tensor(0.4, requires_grad=True)
q = torch.tensor(1.0)
passed = z + (q - z).detach()
(gradient,) = torch.autograd.grad((passed - 2) ** 2, z)
print(f"forward {passed.item():.1f}, gradient at z {gradient.item():.1f}")
assert gradient == -2

# %% slideshow={"slide_type": "fragment"}
z = torch.randn(6, 8, generator=g, requires_grad=True)
layer = VQ(codes=16, dim=8, beta=0.25).eval()
out, codes, loss = layer(z)
q = layer.book[codes]
wanted = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
assert torch.isclose(loss, wanted) and torch.allclose(out, q)
for name, parameter in (("vectors", z), ("codes", layer.book)):
    through = torch.autograd.grad(
        out.sum(), parameter, retain_graph=True, allow_unused=True
    )
    print(f"{name}: gradient of the picture arrives: {through[0] is not None}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# What comes of the picture teaches the vectors and not the codes; the first term of
# Eq. 13.3 teaches the codes. (Its norms are means over all numbers in code, here
# and in `course_utils`.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Rounding instead of a book
#
# **Could we do without a code book?** Let the network write three numbers, squeeze
# each into $[0, 1]$, and round it to one of $L_i$ levels (*finite scalar
# quantization*, FSQ). With 8 levels each there are $8 \cdot 8 \cdot 8 = 512$ codes,
# and nothing to learn:
#
# $$
# \mathrm{level}_i = \mathrm{round}\big((L_i - 1)\,\sigma(z_i)\big),
# \qquad \mathrm{code} = \sum_i \mathrm{level}_i \prod_{j < i} L_j
# \tag{13.4}
# $$
#
# The gradient goes straight through the rounding, as before. **By hand**: levels 2,
# 5 and 7 of 8 make the code $2 + 5 \cdot 8 + 7 \cdot 64 = 490$.

# %% slideshow={"slide_type": "fragment"}
scalar = FSQ((8, 8, 8))
levels = torch.tensor([2.0, 5.0, 7.0])
z = torch.logit((levels / 7).clamp(1e-4, 1 - 1e-4))  # what the network must write
q, code, _ = scalar(z)
print("code", code.item(), " and back:", (3.5 * (scalar.values(code) + 1)).tolist())
assert code == 2 + 5 * 8 + 7 * 64 and torch.allclose(q, scalar.values(code))
every = torch.arange(512)
assert scalar.values(every).unique(dim=0).shape == (512, 3)  # 512 different ones

# %% slideshow={"slide_type": "fragment"}
print(
    "neighbours share digits:",
    scalar.values(torch.tensor([490, 491]))[:, 1:].tolist(),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A tokenizer for frames
#
# Between pixels and codes stand two small networks. Each frame goes alone, and each
# patch of 8 x 8 pixels becomes one code:
#
# $$
# z = \mathrm{encoder}(x_t), \qquad \hat x_t = \mathrm{decoder}(q(z)),
# \qquad \mathcal L = 10\, \mathrm{mean}\,(\hat x - x)^2 + \mathcal L_Q
# \tag{13.5}
# $$

# %% slideshow={"slide_type": "fragment"}
from course_utils.viz.diagrams import box, flow, tensor

clip_shape, codes_shape = (16, 3, 32, 32), (16, 16)
into = box("module", "encoder: convolutions"), tensor("vectors", (16, 16, 3))
back = (
    box("embedding", "values of the codes"),
    box("module", "decoder: convolutions"),
)

# %% slideshow={"slide_type": "fragment"}
way = flow(
    tensor("clip", clip_shape), *into, box("module", "nearest, or round"),
    tensor("codes", codes_shape), *back, tensor("clip", clip_shape),
)  # fmt: skip
machine = viz.diagram(way, title="16 frames of 16 codes")
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# The narrow place in the middle is what gets stored: 16 codes a frame of 9 bits
# each, 144 bits where the pixels had 24,576.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% tags=["subject"] slideshow={"slide_type": "subslide"}
def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Tokenizer(nn.Module):
    def __init__(self, quantize, width=64, deep=96):
        super().__init__()
        self.quantize, bend = quantize, nn.GELU
        self.encoder = nn.Sequential(
            nn.Conv2d(3, width, 4, 4), bend(), conv(width, width), bend(),
            nn.Conv2d(width, deep, 4, 2, 1), bend(),
            nn.Conv2d(deep, quantize.dim, 1),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Conv2d(quantize.dim, deep, 1), conv(deep, deep), bend(),
            conv(deep, 4 * width), nn.PixelShuffle(2), bend(),
            conv(width, width), bend(), conv(width, 48), nn.PixelShuffle(4),
        )  # fmt: skip

    def forward(self, video):  # B T 3 32 32
        z = self.encoder(2 * video.flatten(0, 1) - 1)  # BT dim 4 4
        q, codes, loss = self.quantize(z.movedim(1, -1))  # BT 4 4 dim, BT 4 4
        read = (self.decoder(q.movedim(-1, 1)) + 1) / 2
        return read.unflatten(0, video.shape[:2]), codes.flatten(1), loss

# %% [markdown] slideshow={"slide_type": "skip"}
# `PixelShuffle(2)` turns four channels of one place into a square of 2 x 2 pixels:
# the reverse of cutting patches. The class that the course keeps has the same
# weights under the same names.

# %% slideshow={"slide_type": "skip"}
ours = Tokenizer(FSQ((8, 8, 8)))
ours.load_state_dict(tokenizer.state_dict())
test = ShapesWorld().sample(64, seed=1_000_000_000)
with torch.no_grad():
    read, written, _ = ours(test.video[:4])
assert torch.allclose(read, tokenizer(test.video[:4])[0], atol=1e-5)
assert torch.equal(written.view(4, 16, 16), tokenizer.encode(test.video[:4]))
print("the same clips and codes as course_utils.tokenizers.VideoTokenizer")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a training run ends a little differently on every machine
frames = ShapesWorld(frames=1)


def loss_of(model, seed):
    return tokenizer_loss(model, frames.sample(64, seed).video)


torch.manual_seed(0)
live = Tokenizer(FSQ((8, 8, 8)))
history = fit(live, loss_of, steps=700, lr=3e-3)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
viz.loss_curve({"FSQ, one run": history}, ylabel="10 x mean squared error")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The loss of one run, pale for each step. Ten times the squared error is what is
# read on the axis: 0.01 stands for 30 dB.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What do 9 bits for a patch buy?
#
# Two rivals at the same 9 bits, without a network. *k-means*: a code book for the
# pixels of a patch. *PCA* (lesson 08): three numbers for each patch, rounded to 8
# levels each. **Predict, then run**: which of the three is sharpest?

# %% slideshow={"slide_type": "fragment"}
patches = patchify(frames.sample(1024, seed=1).video.flatten(0, 1), (1, 8, 8))
means = VQ(codes=512, dim=192)
means(patches)  # the first batch lays the codes by ten rounds of k-means
cut = patchify(test.video, (1, 8, 8))  # 64 256 192
by_means = unpatchify(means.values(means.nearest(cut)), (1, 8, 8), (16, 3, 32, 32))
mean, (_, _, V) = (
    patches.mean(0),
    torch.linalg.svd(patches - patches.mean(0), False),
)
three = (patches - mean) @ V[:3].T  # patches 3
low, high = three.quantile(0.001, dim=0), three.quantile(0.999, dim=0)

# %% slideshow={"slide_type": "fragment"}
level = (7 * (((cut - mean) @ V[:3].T - low) / (high - low)).clamp(0, 1)).round()
by_pca = mean + (low + level / 7 * (high - low)) @ V[:3]
by_pca = unpatchify(by_pca, (1, 8, 8), (16, 3, 32, 32))
print("numbers a patch, codes:", tuple(level.shape[1:]), means.codes)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the tokenizers was trained here
with torch.no_grad():
    short = live(test.video)[0].clamp(0, 1)
long = tokenizer.decode(tokenizer.encode(test.video))
answers = {
    "PCA": by_pca,
    "k-means": by_means,
    "this run": short,
    "checkpoint": long,
}

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the tokenizers was trained here
sharp = {
    name: psnr(test.video, v, data_range=1.0).item() for name, v in answers.items()
}
claim(
    sharp["this run"] > sharp["k-means"] - 1,
    "the short run is near k-means or above",
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the tokenizers was trained here
claim(
    sharp["checkpoint"] > sharp["k-means"] + 4,
    "the checkpoint beats k-means by 4 dB",
)
viz.digest(long, test.video, "checkpoint, 64 clips")
viz.bars(sharp, ylabel="PSNR at 9 bits a patch (dB), one run each", digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The longer the bar, the nearer to the clips, at the same bits. The short run is
# some two decibels above k-means, the checkpoint nine. Look at what that means:

# %% slideshow={"slide_type": "subslide"}
shown = {
    "truth": test.video[5],
    "PCA": by_pca[5],
    "k-means": by_means[5],
    "checkpoint": long[5],
}
viz.digest(long[5], test.video[5], "clip 5")
viz.filmstrip(shown, every=3, title="The same 9 bits a patch (one run each)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# PCA keeps a shadow, k-means a mosaic: its patches do not fit together. The decoder
# looks at the codes around each place, and puts the edges where they meet.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A book that nobody reads
#
# **512 codes are there. How many are used?** A code that is nobody's nearest gets
# no gradient, stays where it is, and is never used again. The effective number of
# codes is the *perplexity*, $2^{H}$ with $H$ the entropy in bits of how often each
# is used.
#
# **Predict, then run**: VQ with a book drawn at random, VQ whose book starts on
# k-means of the first batch, the same with *dead codes* laid on vectors of the
# batch, and FSQ. Which of the four uses its codes?

# %% slideshow={"slide_type": "fragment"}
study = load_study("codebooks")
print(study.note())
numbers = ["used", "perplexity", "PSNR"]
study.table(numbers, ["codes used of 512", "perplexity", "PSNR (dB)"], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Of a random book some 40 codes are read, and a start on k-means alone hardly
# helps: the encoder goes on learning, and its vectors leave the codes that were
# laid for them (our reading). With dead codes moved to where vectors are, 300 are
# in use, with a wide spread from seed to seed. FSQ, without any of it, uses as
# many, though less evenly: its perplexity is about half. It reads back best after
# these 300 steps. None of the four is finished; the card of the shipped tokenizer,
# an FSQ with twenty times the steps, says 512 of 512.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Writing codes
#
# **A clip is now a text of 256 words. How likely is each?** The chain rule of
# lesson 06, frame by frame and place by place:
#
# $$
# p(\mathrm{codes} \mid \mathrm{words}) = \prod_t \prod_s
# p(\mathrm{code}_{t,s} \mid \mathrm{words},\ \text{frames before } t,\ \text{codes before } s)
# \tag{13.6}
# $$
#
# One long causal Transformer could do it, at 256 tokens a clip. We split the work:
# a wide one over whole frames, and a narrow one over the 16 codes of a frame, which
# starts from what the wide one knows and reads the code at its place in the frame
# before:
#
# $$
# h_t = \mathrm{wide}(\mathrm{words}, E_1 c_0, \dots, E_1 c_{t-1}),
# \qquad
# \mathrm{logits}_{t,s} = \mathrm{narrow}(U_s h_t + P_s + E_2 c_{t,s-1} + E_3 c_{t-1,s})
# \tag{13.7}
# $$
#
# | symbol | meaning |
# |---|---|
# | $c_t$, $c_{t,s}$ | all codes of frame $t$, and the code at place $s$ of it |
# | $h_t$ | what the wide Transformer knows before frame $t$ is written |
# | $E_1, E_2, E_3$ | three tables with a vector for each code |
# | $U_s$, $P_s$ | the part of a matrix that is meant for place $s$, and a learned vector of the place |

# %% slideshow={"slide_type": "fragment"}
from course_utils.viz.diagrams import columns

wide = flow(
    tensor("words, and frames as one token each", (24, 128)),
    box("masked attention", "wide: 4 layers, causal"),
    tensor("h_t for each frame", (16, 128)),
)

# %% slideshow={"slide_type": "fragment"}
narrow = flow(
    box("linear", "U_s: 16 places"),
    box("masked attention", "narrow: 2 layers, causal in the frame"),
    box("linear", "head"),
    tensor("logits", (16, 16, 512)),
)
machine = viz.diagram(columns(wide, narrow), title="A video GPT (Eq. 13.7)")
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# The left column reads a sentence and frames, one token each, and never looks
# ahead. The right one writes a frame, code by code, from the one vector that the
# left hands over and the codes of the frame before (their tables are not drawn).

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Nothing looks ahead
#
# Change code 7 of frame 5. **Predict, then run**: whose logits may move?

# %% slideshow={"slide_type": "fragment"}
codes = tokenizer.encode(test.video[:1])
asked = caption_tokenizer().encode(test.caption[:1])
changed = codes.clone()
changed[:, 5, 7] = (changed[:, 5, 7] + 100) % 512
with torch.no_grad():
    moved = (writer(changed, asked) - writer(codes, asked)).abs().amax(-1)[0] > 1e-5
assert not moved[:5].any() and not moved[5, :8].any()

# %% slideshow={"slide_type": "fragment"}
print(
    "frame 5:",
    moved[5].int().tolist(),
    " frames after it that move:",
    int(moved[6:].any(1).sum()),
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Against a known entropy
#
# **Is it a good model of its world?** On pixels nobody knows. On CoinWorld (lesson
# 06) the floor is a number on paper: 1.520 bits for each frame after the first. A
# frame is one code there, its cell. Rivals: *unigram*, who knows only how often
# each cell comes, and lesson 06's causal model.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
coin = CoinWorld(grid=6, frames=16, probability=(0.3, 0.5, 0.2))
small = {
    "d_model": 64,
    "num_layers": 2,
    "narrow": 32,
    "narrow_layers": 1,
    "narrow_heads": 2,
}
torch.manual_seed(0)
cells = VideoGPT(codes=36, patches=1, **small)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
def coin_loss(model, seed):
    return model.loss(coin.sample(64, seed).tokens[..., None], first=1)


history = fit(cells, coin_loss, steps=1500, lr=0.01, optimizer="muon")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a trained model
many = coin.sample(2048, seed=1_000_000_000).tokens  # 2048 16
floor = (
    -(coin.log2_likelihood(many) - coin.log2_likelihood(many[:, :1])).mean().item()
    / 15
)
often = coin.sample(2048, seed=0).tokens.flatten().bincount(minlength=36) / (
    2048 * 16
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
bits = {
    "unigram": -often[many[:, 1:]].log2().mean().item(),
    "lesson 06, one run": 1.548,
}
shipped, _ = load_checkpoint("coin-gpt", VideoGPT)
for name, model in (("this run", cells), ("checkpoint", shipped)):
    with torch.no_grad():
        bits[name] = model.loss(many[..., None], first=1).item() / math.log(2)
over = {name: 100 * (value / floor - 1) for name, value in bits.items()}
claim(-0.5 < over["this run"] < 2, "within 2 % of the entropy")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
claim(-0.5 < over["checkpoint"] < 1, "the checkpoint within 1 %")
rows = [[name, bits[name], over[name]] for name in bits]
viz.table(rows, ["model", "bits per frame", "over the exact (%)"], digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run each. Who knows the frequencies of the cells alone pays more than three
# times as much. The run of this lesson ends 1.3 % above the exact bits, the
# checkpoint, four times as long, 0.3 %. Below zero nobody can stay.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## From a sentence
#
# **Does it do what an open sentence says?** 384 captions of ShapesWorld; the reader
# of lesson 12 looks at what was written. Beside it stand the tokenizer alone (true
# clips written and read back: the ceiling) and the regression of lesson 12, given
# the sentences in its own words. *Temperature*: 1 for every code, or 1 for the
# first two frames, which decide, and 0.5 after.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a draw
captions = ShapesWorld().sample(384, seed=1_000_000_000)
asked = caption_tokenizer().encode(captions.caption)
films = {
    "tokenizer alone": tokenizer.decode(tokenizer.encode(captions.video)),
    "temperature 1": tokenizer.decode(writer.generate(asked, seed=1)),
    "1, 1, then 0.5": tokenizer.decode(
        writer.generate(asked, seed=1, temperature=(1, 1, 0.5))
    ),
}
table, start = {}, captions.position[:, 0, 0]

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a draw
for name, film in films.items():
    table[name] = open_scores(captions.caption, film)
    table[name]["start cells (%)"] = starts_reached(film, start)
print("clips:", tuple(films["temperature 1"].shape))

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a last bit may decide a draw
regression, _ = load_checkpoint("sentence", VideoEncoderDecoder)
blurry = Sentences("open", split="test")
waiting = blurry.draw(96, seed=1_000_000_000)
blur = blurry.evaluate({"regression": regression}, waiting)["regression"]
names = ["colour (%)", "shape (%)", "direction (%)", "all (%)"]
rows = {"chance": [25.0, 25.0, 12.5, 0.4]}
rows["regression (lesson 12)"] = [blur[name] for name in names]
rows |= {name: [found[n] for n in names] for name, found in table.items()}
best = table["1, 1, then 0.5"]
claim(best["all (%)"] > 70, "more than 70 % have all four right")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a draw
claim(best["all (%)"] > blur["all (%)"] + 30, "30 points above the blur")
viz.table(rows, ["answer, one run each", *names], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Colours and shapes are nearly always right, and nine directions in ten. The
# tokenizer alone loses one clip in a hundred, so what is missing is the GPT's.
# Regression (on 96 open sentences of lesson 12) has the colour of its blur and
# mostly its direction, and guesses the shape. A lower temperature after two frames
# changes next to nothing here.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a last bit may decide a draw
film = films["1, 1, then 0.5"][:5]
viz.digest(film, name="five captions")
print(*captions.caption[:5], sep="\n")
viz.filmstrip(
    dict(zip("12345", film)), every=2, title="Written from captions (one run)"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The rows follow the printed captions. Look for a shape that frays, jumps, or turns
# where there is no wall.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What the four words do not show
#
# Nineteen of twenty captions bounce, so count those that must *not* bounce apart.
# *Jitter* is how unevenly clips move: the second difference of the centre $m_t$ of
# the shape, which is 0 on a straight flight; one median over all frames of the
# clips that should not bounce.
#
# $$
# \mathrm{jitter} = \mathrm{median}_t\, \lvert m_{t+1} - 2 m_t + m_{t-1} \rvert
# \tag{13.8}
# $$
#
# And does it begin everywhere? Divide the stage into cells of 4 x 4 pixels, and ask
# which of those where true clips begin are reached.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a draw
table = {"truth": open_scores(captions.caption, captions.video), **table}
table["truth"]["start cells (%)"] = starts_reached(captions.video, start)
names = ["bounce said (%)", "straight said (%)", "jitter (px)", "start cells (%)"]
rows = {name: [found[n] for n in names] for name, found in table.items()}
straight = sum("bounces" not in caption for caption in captions.caption)
print(f"{straight} of {len(captions.caption)} captions do not bounce")
viz.table(rows, ["answer, one run each", *names], digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Of the 17 captions that must not bounce only 7 get a clip that does not: nearly
# all of the training bounced. Jitter is mostly the tokenizer's, who knows single
# frames: 0.22 of the 0.30 pixels are there before any code is guessed. And the
# clips begin nearly everywhere. (For the true clips that share is 100 % by
# definition.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## All at once, the surest first
#
# **Must codes be written one by one?** Hide a random share of a clip's codes and
# let a Transformer *without* a causal mask say them, all in one pass. To write,
# begin with everything hidden. In each of $K$ rounds draw all hidden codes, keep
# those whose drawn code was the most probable (with some noise, so that the order
# differs from clip to clip), and hide the rest again (*masked parallel decoding*).
# Of a clip of $T$ frames with $N$ codes each, after round $k$
#
# $$
# n_k = \Big\lfloor \cos\Big(\frac{\pi}{2} \frac{k}{K}\Big)\, T N \Big\rfloor
# \tag{13.9}
# $$
#
# codes are hidden: few are kept at first, many at the end. **By hand**, 16 codes in
# 4 rounds: $14, 11, 6, 0$.

# %% slideshow={"slide_type": "fragment"}
left = [math.floor(math.cos(math.pi / 2 * k / 4) * 16) for k in range(1, 5)]
print("hidden after each of 4 rounds:", left)
assert left == [14, 11, 6, 0]

# %% [markdown] slideshow={"slide_type": "fragment"}
# Codes of one round are drawn without knowing of each other. (Early rounds keep few
# codes and late ones several, so that 16 rounds are not yet one by one.) On
# CoinWorld it can be counted what that costs: a film with a step that the world
# never makes is wrong. **Predict, then run**: with 1, 2, 4, 8 and 16 rounds for 16
# frames, which share of the films is possible?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
torch.manual_seed(0)
masked = MaskedVideo(codes=36, patches=1, words=1, sentence=1, d_model=64)
nothing = torch.zeros(64, 1, dtype=torch.long)  # no words


def masked_loss(model, seed):
    return model.loss(coin.sample(64, seed).tokens[..., None], nothing, seed)


history = fit(masked, masked_loss, steps=1200, lr=0.01, optimizer="muon")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: trained models
def possible(films):  # share of films without an impossible step
    return torch.isfinite(coin.log2_likelihood(films)).float().mean().item()


rounds = [1, 2, 4, 8, 16]
nobody = torch.zeros(512, 1, dtype=torch.long)
shares = [
    possible(masked.generate(nobody, steps=K, seed=2)[..., 0]) for K in rounds
]
one_by_one = possible(cells.generate(batch=512, seed=2)[..., 0])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: trained models
claim(shares[-1] > shares[0] + 0.2, "more rounds, more possible films")
print(
    {K: round(s, 2) for K, s in zip(rounds, shares)},
    "one by one:",
    round(one_by_one, 2),
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: trained models
viz.lines(
    {"masked, one run": (rounds, shares)},
    xlabel="rounds for 16 frames",
    ylabel="share of possible films",
    logx=2,
    baseline={"one by one": one_by_one},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In one round 16 cells are drawn that know nothing of each other, and no film is
# possible. With every doubling of the rounds more are, and with 16 nearly half. One
# by one it is four of five. The two models differ in depth and steps, and each is
# one run: the curve is the point, not the race.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not one code for a whole frame?* There are more
# frames than codes. *Why 512?* It is a budget: more codes are sharper and harder to
# predict. *Is the loss of the GPT comparable between tokenizers?* No: it counts
# bits of codes, and another tokenizer has other codes. *Why does the temperature
# fall after two frames?* What the clip does is decided in them; after that an
# unlikely code is more often a mistake than a choice.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | formula | in words | kept as |
# |---|---|---|
# | $\mathrm{code}(z) = \arg\min_k \lVert z - \mathcal C_k \rVert^2$ (13.1) | the nearest code | `course_utils.tokenizers.VQ` |
# | $z + \mathrm{sg}(q - z)$ (13.2), $\mathcal L_Q$ (13.3) | straight through; codes and vectors to each other | the same |
# | $\mathrm{round}((L_i - 1)\,\sigma(z_i))$, digits (13.4) | rounding instead of a book | `course_utils.tokenizers.FSQ` |
# | encoder, quantizer, decoder (13.5) | pixels to codes and back | `course_utils.tokenizers.VideoTokenizer` |
# | $\prod_t \prod_s p(\cdot)$ (13.6), wide and narrow (13.7) | a GPT over frames and places | `course_utils.models.VideoGPT` |
# | jitter (13.8) | how unevenly it moves | `course_utils.tasks.open_captions` |
# | $\lfloor \cos(\frac\pi2 \frac kK)\, TN \rfloor$ (13.9) | the surest first | `course_utils.models.MaskedVideo` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# **1. Temperature 0.** Take the likeliest code every time. *Guess*: how many
# different answers does a sentence get?
#
# **2. Go on.** Give the GPT four true frames and let it write twelve. *Guess*: does
# it know the direction from them, without a word?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: a last bit may decide a draw
same = writer.generate(words, seed=0, temperature=0)
print(
    "different answers of three at temperature 0:",
    len(same.flatten(1).unique(dim=0)),
)
given = tokenizer.encode(captions.video[:96])[:, :4]
wordless = torch.zeros(96, 9, dtype=torch.long)
went_on = tokenizer.decode(
    writer.generate(wordless, seed=0, given=given, temperature=0.5)
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: a last bit may decide a draw
right = (
    read_clips(went_on).agrees(captions.caption[:96])["direction"].float().mean()
)
print(f"direction right from four frames, without words: {right:.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# <details><summary>What you saw</summary>
#
# At temperature 0 all three answers are the same. From four frames alone the
# direction is right in about half of the clips, far less than with words. Training
# never left the words out, so nine paddings are a caption that the GPT has not
# seen.
# </details>
#
# ## Homework
#
# The exercises of this lesson are in
# [homework 13](homework/hw13_write_video_as_tokens.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - A. van den Oord, O. Vinyals, K. Kavukcuoglu, *Neural Discrete Representation
#   Learning*, NIPS 2017. Read it for Eq. 13.1 to 13.3, and what a code book learns.
# - F. Mentzer, D. Minnen, E. Agustsson, M. Tschannen, *Finite Scalar Quantization:
#   VQ-VAE Made Simple*, ICLR 2024. Read it for rounding instead of a book.
# - H. Chang, H. Zhang, L. Jiang, C. Liu, W. T. Freeman, *MaskGIT: Masked Generative
#   Image Transformer*, CVPR 2022. Read it for Eq. 13.9 and its rivals.
# - D. Lee, C. Kim, S. Kim, M. Cho, W.-S. Han, *Autoregressive Image Generation
#   using Residual Quantization*, CVPR 2022. Read it for one Transformer over places
#   and one within.
# - L. Yu et al., *MAGVIT: Masked Generative Video Transformer*, CVPR 2023. Read it
#   for one masked model that does ten video tasks.
