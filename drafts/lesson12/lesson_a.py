# %% [markdown] slideshow={"slide_type": "slide"}
# # Make a video from a sentence
#
# You type a sentence. A network that has read nothing else paints a clip: the shape,
# its colour, its size, where it starts, which way it goes, how fast, and whether a wall
# throws it back.

# %% slideshow={"slide_type": "fragment"}
from course_utils import viz
from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Sentences

finished, header = load_checkpoint("sentence", VideoEncoderDecoder)
task = Sentences("settled", split="test")
sentences = [
    "a large yellow cross at column 10 row 14 moves steadily right",
    "a small red circle at column 12 row 20 moves quickly up and left",
]
clips = finished.write(task.ask(sentences))  # "2 16 3 32 32"
viz.digest(clips, name="two sentences, two clips")
viz.compare(dict(zip(("the yellow cross", "the red circle"), clips)), fps=6, scale=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nobody drew these two clips: each pixel was painted by the network. The circle starts
# 20 pixels down, moves up and left, and turns at the wall, which its sentence does not
# mention.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the condition of text-to-video, word ids with padding, and train
# lesson 10's network on it, unchanged.
#
# **You will learn** to
#
# - turn sentences of unequal length into numbers, and keep padding out of the answer
#   (exercises 12.1 and 12.3);
# - measure which words an object asks for, and compare with even attention (exercise
#   12.2);
# - judge a generated clip attribute by attribute, beside chance, beside copying, and
#   beside the errors of the judge (exercise 12.5);
# - test a combination that training never said, and what the order of words is worth
#   (exercise 12.4);
# - show that blur is the mean of the clips that fit a sentence (exercise 12.6).
#
# **You need** lessons 06 (cross-attention, padding mask), 09 (PSNR, why squares blur)
# and 10 (the encoder-decoder, the condition). **Time** about 45 minutes of reading, and
# 240 seconds of computing on two cores.

# %% slideshow={"slide_type": "skip"}
import torch
import torch.nn.functional as F
from torch import nn

from course_utils.attention import record_attention
from course_utils.metrics import psnr
from course_utils.models import Condition
from course_utils.tasks import Question, Task, conditional_mean, nearest_clips
from course_utils.tasks import on_object, word_shares, write
from course_utils.training import claim, fit
from course_utils.worlds import COLOURS, DIRECTIONS, SHAPES, ShapesWorld
from course_utils.worlds import SentenceWorld, parse_sentence

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A sentence that settles the clip
#
# **What must a sentence say so that there is one right clip?** Everything that
# ShapesWorld draws at random: size, colour, shape, where it starts (two numbers), how
# fast it moves, and which way. A caption of lesson 00 says three of these, and whether
# the shape bounces. `SentenceWorld` says all seven.

# %% slideshow={"slide_type": "fragment"}
world = SentenceWorld()
facts = world.draw(3, seed=5, split="test")  # "3 7": which word of each kind
print(*world.say(facts), sep="\n")
true = world.clips(facts)
viz.digest(true.video, name="three true clips")
viz.filmstrip(dict(zip("123", true.video)), every=3, title="One clip for each sentence")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three rows, three sentences, in the order in which they are printed. Column and row
# count pixels from the top left corner to the centre of the shape, in the first frame.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How many sentences are there?
#
# 3 sizes, 4 colours, 4 shapes, 10 columns, 10 rows, 3 speeds, 8 directions. **Predict,
# then run**: how many, and which share of the clips bounces?

# %% slideshow={"slide_type": "fragment"}
print(f"{3 * 4 * 4 * 10 * 10 * 3 * 8:,} sentences")
shares = {}
for name, captions in {
    "ShapesWorld": ShapesWorld().sample(200, seed=0).caption,
    "SentenceWorld": world.clips(world.draw(200, seed=0)).caption,
}.items():
    shares[name] = sum("bounces" in caption for caption in captions) / 200
    print(f"{name}: {shares[name]:.0%} of 200 clips bounce")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# In ShapesWorld nearly every clip bounces, so that a model that always bounces would
# look good. The speeds of SentenceWorld are lower (0.4, 0.8 and 1.2 pixels per frame),
# and about half of its clips bounce. The sentence does not say it: it follows from
# where the shape starts and how fast it goes.
# </details>
#
# 5000 of the sentences are set aside for tests, and so are all that say **blue
# triangle** together with **up**: no training step says them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Words become numbers
#
# **How does a network read a word?** It looks it up. Number the words of a vocabulary
# from 1 on. A word becomes the row of a learned table $E$ that has its number, and its place in the
# sentence is added as the waves of Eq. 3.2:
#
# $$
# \mathrm{token}_j = E[\mathrm{id}_j] + W(j) + \mathrm{kind}
# \tag{12.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $\mathrm{id}_j$ | number of the word at place $j$; 0 is padding | - |
# | $E$ | table of words, one row for each, and one for the padding | 35 x $d$ |
# | $W(j)$ | waves of the place $j$ | $d$ |
# | $\mathrm{kind}$ | says "this is a word", not a frame (Eq. 10.2) | $d$ |
#
# Sentences of one batch have unequal lengths. A tensor has not: the shorter ones are
# filled up with 0.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Ids by hand
#
# With the vocabulary *a, red, circle, moves, up* the sentence "a red circle" is 1, 2, 3,
# and beside "a circle moves up" it is 1, 2, 3, 0.

# %% slideshow={"slide_type": "fragment"}
from course_utils.tokenizers import WordTokenizer

small = WordTokenizer(["a", "red", "circle", "moves", "up"])
ids = small.encode(["a red circle", "a circle moves up"])
print(ids.tolist())
assert ids.tolist() == [[1, 2, 3, 0], [1, 3, 4, 5]]
print(small.decode(ids))

# %% tags=["raises-exception"] slideshow={"slide_type": "skip"}
task.tokenizer.encode(["a red circel"])  # a word that it does not know is not guessed

# %% [markdown] slideshow={"slide_type": "skip"}
# ### A look-up is a product
#
# Row 3 of $E$ is what a row vector with a single 1 at place 3 picks out of it. So a
# look-up has a gradient: it reaches the rows that were read, and no other. The three
# ways to write it agree, in value and in gradient.

# %% slideshow={"slide_type": "skip"}
E = torch.randn(6, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
ways = {
    "loop": torch.stack([torch.stack([E[w] for w in row]) for row in ids]),
    "product": F.one_hot(ids, 6).float() @ E,  # "2 4 6" @ "6 8" -> "2 4 8"
    "library": F.embedding(ids, E),
}
gradients = [torch.autograd.grad(z.square().sum(), E)[0] for z in ways.values()]
for name, z, gradient in zip(ways, ways.values(), gradients):
    assert torch.allclose(z, E[ids]) and torch.allclose(gradient, gradients[0])
print("three ways agree; rows that got a gradient:", gradients[0].any(1).tolist())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which pixels ask which words?
#
# The decoder has a token for each patch of each frame, and nothing to move: `sources=0`.
# All that it knows of the sentence comes through cross-attention. Token $i$ asks, the
# words answer, and padding must stay silent:
#
# $$
# a_{ij} = \frac{M_j\, e^{s_{ij}}}{\sum_{j'} M_{j'}\, e^{s_{ij'}}},
# \qquad s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_k}},
# \qquad y_i = \sum_j a_{ij} v_j
# \tag{12.2}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $q_i$ | what token $i$ of the clip asks | $d_k$ |
# | $k_j$, $v_j$ | what word $j$ offers, and what it says | $d_k$, $d_v$ |
# | $M_j$ | 1 where a word stands, 0 at padding | - |
# | $a_{ij}$ | share of word $j$ in what token $i$ hears; 0 for all if there is no word | tokens x words |

# %% slideshow={"slide_type": "fragment"}
condition = task.ask(sentences[:1])
print("word ids:", condition.words.tolist()[0])
viz.diagram(finished, (condition, 16), title="Lesson 10's network, given words alone")

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the left the words become memory. On the right a token for each frame and patch,
# the same for every sentence, asks that memory in every layer; in the end each token
# paints its patch. Compare with lesson 10: the boxes for frames and for moving are gone.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### By hand
#
# One token, two words and a place of padding, with scores 0, $\log 3$ and 2. The words
# get $1/4$ and $3/4$. The padding gets nothing, whatever its score.

# %% slideshow={"slide_type": "fragment"}
scores = torch.tensor([[0.0, torch.tensor(3.0).log(), 2.0]])
exists = torch.tensor([True, True, False])
by_hand = torch.tensor([[0.25, 0.75, 0.0]])
masked = scores.masked_fill(~exists, -torch.inf).softmax(-1)
assert torch.allclose(masked, by_hand)
print([round(a, 2) for a in masked[0].tolist()])

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Loop

# %% slideshow={"slide_type": "skip"}
def hear_loop(q, k, v, M):  # "tokens d_k", "words d_k", "words d_v", "words"
    y = torch.zeros(len(q), v.shape[1], dtype=v.dtype)
    for i in range(len(q)):
        e = [M[j] * (q[i] @ k[j] / k.shape[1] ** 0.5).exp() for j in range(len(k))]
        for j in range(len(k)):
            if sum(e) > 0:
                y[i] += e[j] / sum(e) * v[j]
    return y


one = torch.zeros(1, 1), torch.zeros(3, 1), torch.eye(3), exists
print("equal scores:", hear_loop(*one)[0].tolist())

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Tensor and library
#
# One line for each part of Eq. 12.2. PyTorch's `scaled_dot_product_attention` takes the
# course's mask; `nn.MultiheadAttention` wants it the other way round, as
# `key_padding_mask` with True where *no* word stands.

# %% slideshow={"slide_type": "skip"}
def hear(q, k, v, M):
    s = (q @ k.mT / k.shape[-1] ** 0.5).masked_fill(~M, -torch.inf)
    return s.softmax(-1).nan_to_num(0.0) @ v


g = torch.Generator().manual_seed(0)
worst = 0.0
for words in range(3, 9):
    sizes = (5, 4), (words, 4), (words, 6)
    q, k, v = (torch.randn(s, generator=g, dtype=torch.float64) for s in sizes)
    M = torch.arange(words) < words - 2
    there = F.scaled_dot_product_attention(q, k, v, attn_mask=M.expand(5, words))
    for other in (hear_loop(q, k, v, M), there):
        worst = max(worst, (hear(q, k, v, M) - other).abs().max().item())
assert worst < 1e-9
print("loop, tensor and library agree to 1e-9, for 3 to 8 words")

# %% slideshow={"slide_type": "skip"}
layer = nn.MultiheadAttention(4, 1, bias=False, batch_first=True, dtype=torch.float64)
for weight in layer.parameters():  # projections that leave everything as it is
    nn.init.zeros_(weight)
    weight.data += torch.eye(4, dtype=torch.float64).repeat(len(weight) // 4, 1)
x, z = q.requires_grad_(), k.requires_grad_()
theirs = layer(x[None], z[None], z[None], key_padding_mask=~M[None])[0][0]
ours = hear(x, z, z, M)
gradients = [torch.autograd.grad(y.square().sum(), (x, z)) for y in (ours, theirs)]
assert torch.allclose(ours, theirs) and all(map(torch.allclose, *gradients))
print("nn.MultiheadAttention agrees in value and gradient, its mask turned round")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: padding that answers
#
# Fill a sentence up with 20 places of padding. **Predict, then run**: how much does
# its clip change with the mask, and how much if the decoder forgets it?

# %% slideshow={"slide_type": "fragment"}
ids = task.tokenizer.encode(sentences[:1])
filled = Condition(words=F.pad(ids, (0, 20)))
careless, _ = load_checkpoint("sentence", VideoEncoderDecoder)
read = careless.read.forward
careless.read.forward = lambda c: (*read(c)[:2], torch.ones_like(c.words).bool())
alone = finished.write(Condition(words=ids))
shown = {"mask kept": finished.write(filled), "mask forgotten": careless.write(filled)}
for name, clip in shown.items():
    print(f"{name}: a pixel changes by up to {(clip - alone).abs().max():.2f}")
viz.filmstrip({"alone": alone, **shown}, every=3, title="20 places of padding, one run")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# With the mask nothing changes. Without it, what a sentence means depends on how long
# its neighbours in the batch are: the same words, another clip. No error is raised.
# </details>
