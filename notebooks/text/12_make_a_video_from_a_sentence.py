# %% [markdown] slideshow={"slide_type": "slide"}
# # Make a video from a sentence
#
# You type a sentence. A network that has read nothing else paints a clip: the
# shape, its colour, its size, where it starts, which way it goes, how fast, and
# whether a wall throws it back.

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
viz.compare(
    dict(zip(("the yellow cross", "the red circle"), clips)), fps=6, scale=8
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nobody drew these two clips: each pixel was painted by the network. The circle
# starts 20 pixels down, moves up and left, and turns at the wall, which its
# sentence does not mention.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** the condition of text-to-video, word ids with padding, and
# train lesson 10's network on it, unchanged.
#
# **You will learn** to
#
# - turn sentences of unequal length into numbers, and keep padding out of the
#   answer (exercises 12.1 and 12.3);
# - measure which words an object asks for, and compare with even attention
#   (exercise 12.2);
# - judge a generated clip attribute by attribute, beside chance, beside copying,
#   and beside the errors of the judge (exercise 12.5);
# - test a combination that training never said, and what the order of words is
#   worth (exercise 12.4);
# - show that blur is the mean of the clips that fit a sentence (exercise 12.6).
#
# **You need** lessons 06 (cross-attention, padding mask), 09 (PSNR, why squares
# blur) and 10 (the encoder-decoder, the condition). Of the
# [primer](00p_primer.ipynb) (sections 1 to 5, 7 and 9) read what is new to you.
# **Time** about 45 minutes of reading, and 245 seconds of computing on one core.

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
# ShapesWorld draws at random: size, colour, shape, where it starts (two numbers),
# how fast it moves, and which way. A caption of lesson 00 says three of these, and
# whether the shape bounces. `SentenceWorld` says all seven.

# %% slideshow={"slide_type": "fragment"}
world = SentenceWorld()
facts = world.draw(3, seed=5, split="test")  # "3 7": which word of each kind
print(*world.say(facts), sep="\n")
true = world.clips(facts)
viz.digest(true.video, name="three true clips")
viz.filmstrip(
    dict(zip("123", true.video)), every=3, title="One clip for each sentence"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three rows, three sentences, in the order in which they are printed. Column and
# row count pixels from the top left corner to the centre of the shape, in the first
# frame.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How many sentences are there?
#
# 3 sizes, 4 colours, 4 shapes, 10 columns, 10 rows, 3 speeds, 8 directions.
# **Predict, then run**: how many, and which share of the clips bounces?

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
# In ShapesWorld nearly every clip bounces, so that a model that always bounces
# would look good. The speeds of SentenceWorld are lower (0.4, 0.8 and 1.2 pixels
# per frame), and about half of its clips bounce. The sentence does not say it: it
# follows from where the shape starts and how fast it goes.
# </details>
#
# 5000 of the sentences are set aside for tests, and so are all that say **blue
# triangle** together with **up**: no training step says them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Words become numbers
#
# **How does a network read a word?** It looks it up. Number the words of a
# vocabulary from 1 on. A word becomes the row of a learned table $E$ that has its
# number, and its place in the sentence is added as the waves of Eq. 3.2:
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
# Sentences of one batch have unequal lengths. A tensor has not: the shorter ones
# are filled up with 0.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Ids by hand
#
# With the vocabulary *a, red, circle, moves, up* the sentence "a red circle" is 1,
# 2, 3, and beside "a circle moves up" it is 1, 2, 3, 0.

# %% slideshow={"slide_type": "fragment"}
from course_utils.tokenizers import WordTokenizer

small = WordTokenizer(["a", "red", "circle", "moves", "up"])
ids = small.encode(["a red circle", "a circle moves up"])
print(ids.tolist())
assert ids.tolist() == [[1, 2, 3, 0], [1, 3, 4, 5]]
print(small.decode(ids))

# %% tags=["raises-exception"] slideshow={"slide_type": "skip"}
task.tokenizer.encode(
    ["a red circel"]
)  # a word that it does not know is not guessed

# %% [markdown] slideshow={"slide_type": "skip"}
# ### A look-up is a product
#
# Row 3 of $E$ is what a row vector with a single 1 at place 3 picks out of it. So a
# look-up has a gradient, and it reaches every row that was read: here all six, the
# padding's too. The three ways to write it agree, in value and in gradient.

# %% slideshow={"slide_type": "skip"}
E = torch.randn(
    6, 8, generator=torch.Generator().manual_seed(0), requires_grad=True
)
ways = {
    "loop": torch.stack([torch.stack([E[w] for w in row]) for row in ids]),
    "product": F.one_hot(ids, 6).float() @ E,  # "2 4 6" @ "6 8" -> "2 4 8"
    "library": F.embedding(ids, E),
}
gradients = [torch.autograd.grad(z.square().sum(), E)[0] for z in ways.values()]
for z, gradient in zip(ways.values(), gradients):
    assert torch.allclose(z, E[ids]) and torch.allclose(gradient, gradients[0])
print("three ways agree; rows that got a gradient:", gradients[0].any(1).tolist())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which pixels ask which words?
#
# The decoder has a token for each patch of each frame, and nothing to move:
# `sources=0`. All that it knows of the sentence comes through cross-attention.
# Token $i$ asks, the words answer, and padding must stay silent:
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
viz.diagram(
    finished, (condition, 16), title="Lesson 10's network, given words alone"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the left the words become memory. On the right a token for each frame and
# patch, the same for every sentence, asks that memory in every layer; in the end
# each token paints its patch. Compare with lesson 10: the boxes for frames and for
# moving are gone.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### By hand
#
# One token, two words and a place of padding, with scores 0, $\log 3$ and 2. The
# words get $1/4$ and $3/4$. The padding gets nothing, whatever its score.

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
# One line for each part of Eq. 12.2. PyTorch's `scaled_dot_product_attention` takes
# the course's mask; `nn.MultiheadAttention` wants it the other way round, as
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
layer = nn.MultiheadAttention(
    4, 1, bias=False, batch_first=True, dtype=torch.float64
)
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
shown = {
    "mask kept": finished.write(filled),
    "mask forgotten": careless.write(filled),
}
for name, clip in shown.items():
    print(f"{name}: a pixel changes by up to {(clip - alone).abs().max():.2f}")
viz.filmstrip(
    {"alone": alone, **shown}, every=3, title="20 places of padding, one run"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# With the mask nothing changes. Without it pixels change by up to 0.45, and the
# words are the same: the clip now depends on how long its neighbours in the batch
# are. In the picture you hardly see it, and no error is raised. So this mistake is
# found by a number, or not at all.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who judges the clip?
#
# **Did the clip do what the sentence said?** PSNR cannot say it: a blue square in
# place of a blue circle costs a few pixels. A *reader* goes the way back, from
# pixels to words. First the colour. Each pixel $v_i$ is a mixture of the empty
# stage $g$ and one colour $c$; take the colour that leaves the least over:
#
# $$
# \alpha_i = \mathrm{clip}\Big(\frac{\langle v_i - g,\, c - g\rangle}{\lVert c - g \rVert^2}, 0, 1\Big)
# \;(12.3)
# \qquad
# \mathrm{colour} = \arg\min_c \sum_i \lVert v_i - g - \alpha_i (c - g) \rVert^2
# \;(12.4)
# $$
#
# Then draw each shape in each size at the centre of mass of $\alpha$, and take the
# drawing that is nearest; and fit a line, folded at the walls, to the centres:
#
# $$
# \mathrm{shape} = \arg\min \lVert \mathrm{clip} - \mathrm{drawing} \rVert^2
# \;(12.5)
# \qquad
# \mathrm{start}, \mathrm{speed} = \arg\min \sum_t \lvert x_t - \mathrm{fold}(\mathrm{start} + \mathrm{speed}\, t) \rvert
# \;(12.6)
# $$

# %% [markdown] slideshow={"slide_type": "skip"}
# ### One pixel by hand
#
# A pixel halfway between the stage (0.08 in each channel) and red (0.90, 0.25,
# 0.20) is (0.49, 0.165, 0.14). For red $\alpha = 0.5$ and nothing is left over.

# %% slideshow={"slide_type": "skip"}
pixel, stage = torch.tensor([0.49, 0.165, 0.14]), torch.full((3,), 0.08)
for name, colour in COLOURS.items():
    way = torch.tensor(colour) - stage
    cover = ((pixel - stage) @ way / (way @ way)).clamp(0, 1)
    rest = (pixel - stage - cover * way).square().sum()
    print(f"{name:6s} cover {cover:.2f}, left over {rest:.3f}")
    assert name != "red" or (abs(cover - 0.5) < 1e-6 and rest < 1e-6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A judge makes mistakes too. How many, on *true* clips? And what would a guess
# score?

# %% slideshow={"slide_type": "fragment"}
question = task.draw(
    96, seed=1_000_000_000
)  # 96 sentences that no training step says
of_truth = task.right(question, question.target)
chance = {"shape": 1 / 4, "colour": 1 / 4, "direction": 1 / 8, "bounced": 1 / 2}
rows = [[k, int((~of_truth[k]).sum()), f"{p:.1%}"] for k, p in chance.items()]
print({name: wrong for name, wrong, _ in rows}, "wrong of 96")
viz.table(rows, ["attribute", "wrong on 96 true clips", "a guess is right"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# The second column is the reader's own error: what a model loses is the model's.
# (On a blurred clip the reader guesses, and the lesson will say so.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The condition is all that changes
#
# A task of lesson 10 says what the model is given and what is right. Here that is a
# few lines; model, loss, training loop and evaluation stay. Three sentences in four
# settle the clip. One in four leaves out the start ("a small red circle moves
# slowly down and right"); we come back to these. Some name two shapes.

# %% slideshow={"slide_type": "fragment"}
class FromSentence(Task):
    batch = 8

    def draw(self, batch, seed):
        facts = world.draw(batch, seed)
        words = task.tokenizer.encode(world.say(facts))
        clips = world.clips(facts)
        scored = torch.ones(clips.video.shape[:2], dtype=torch.bool)  # every frame
        return Question(Condition(words=words), clips.video, scored, clips)


kept, mine = Sentences("settled"), FromSentence()
kept.batch = mine.batch
losses = [t.loss(finished, seed=3).item() for t in (mine, kept)]
assert losses[0] == losses[1]
print("the same loss as course_utils.tasks.Sentences")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The run: clips that grow
#
# Five of the seven words are settled by frame 0 alone. So the first steps paint one
# frame of 64 sentences each, which costs half of 8 clips of 16 frames and says
# eight times as much; then 4 frames of 32, 8 of 16, and 16 of 8. The model does not
# mind: its frames are numbered, and any number of them can be asked for. (Growing
# is our choice. In the one run that we tried, whole clips from the start learned no
# place within this budget: an anecdote.) **Guess first**: what does it learn before
# it has read a single word?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
torch.manual_seed(0)
model = VideoEncoderDecoder(sources=0, words=len(task.tokenizer))
losses, seen = [], []  # of every step, and what it was told
stages = (
    (1, 64, 700, 0.02),
    (4, 32, 300, 0.02),
    (8, 16, 200, 0.01),
    (16, 8, 250, 0.01),
)
for frames, batch, steps, lr in stages:
    training = Sentences({"settled": 7, "open": 1}, SentenceWorld(frames))
    training.batch = batch
    history = fit(model, training.loss, steps, seed=frames, lr=lr, optimizer="muon")
    losses += history.losses
    seeds = range(frames * 1_000_000, frames * 1_000_000 + history.steps)
    seen += [training.facts(batch, seed)["settled"] for seed in seeds]
seen = torch.cat(seen)
print(f"{len(losses)} steps, {len(seen)} settled sentences")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the loss of a training run
free = task.baselines(question)
flat = {name: F.mse_loss(clip, question.target) for name, clip in free.items()}
last = sum(losses[-20:]) / len(losses[-20:])
claim(last < 0.6 * min(flat.values()), "the loss ends well below both lines")
viz.loss_curve({"one run": losses}, baseline=flat, ylabel="mean squared error")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One run.
#
# <details><summary>What you saw</summary>
#
# The stage comes first: the curve falls to the dashed lines within a few steps. The
# lower one is the mean of 400 clips, the best answer of whoever does not read.
# Every step below it is reading. Where the clips grow the curve jumps up: frames
# are asked for that were never painted, and the motion counts for more. It counts
# open sentences too, whose error cannot go to zero; the last section says by how
# much.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why not a pretrained text encoder?* With 34 words a table
# and two layers suffice, and everything can be opened. *Why does it start slowly?*
# Until the words mean something no pixel can use them. *Could it memorise?* Test
# sentences were never said in training; the next table also shows what copying
# reaches.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it do what it is told?
#
# Beside the two answers that read nothing stands a stronger rival: *copy*. Of all
# sentences that this run has seen, take the one that is nearest (words before
# start), and show its clip. **Predict, then run**: how often has the copy the right
# shape, colour and direction?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
asked = task.facts(96, seed=1_000_000_000)["settled"]
answers = {
    "copy the nearest": nearest_clips(world, asked, seen).video,
    "this run": model,
    "checkpoint": finished,
    "truth": question.target,
}
table = task.evaluate(answers, question)
scores = table["this run"]
claim(scores["colour (%)"] >= 95, "the colour is that of the sentence")
claim(
    scores["direction (%)"] >= 50,
    "the direction is read in half of the clips or more",
)
names = [name for name in scores if name != "all (%)"]
viz.table(
    {k: [row[n] for n in names] for k, row in table.items()}, ["answer", *names], 1
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each row of a trained model is one run. Copying gets the words right and the clip
# wrong: it is several pixels off, because its start is another one, and so it
# bounces at another time. Attributes alone do not show that a sentence was
# understood. The last column does.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a trained model
videos = {"truth": question.target, "this run": write(model, question)}
videos["checkpoint"] = write(finished, question)
print(task.tokenizer.decode(question.condition.words[4:5])[0])
rows = {name: video[4] for name, video in videos.items()}
viz.filmstrip(rows, every=2, title="One sentence (each model is one run)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Compare the rows frame by frame: is the shape where it should be, and are its
# edges as sharp? The live run has seen fewer sentences than the checkpoint, and it
# shows at the edges first.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Clips that must not bounce
#
# A model that always bounces would be right on every second clip. So count the two
# kinds apart.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
bounces = torch.tensor(["bounces" in caption for caption in question.clips.caption])
rows = {}
for name in ("this run", "checkpoint"):
    right = task.right(question, videos[name])["bounced"].float()
    rows[name] = [100 * right[bounces].mean(), 100 * right[~bounces].mean()]
print(f"{int(bounces.sum())} clips bounce, {int((~bounces).sum())} must not")
heads = ["answer (one run each)", "right, must bounce (%)", "right, must not (%)"]
viz.table(rows, heads, digits=0, title="one run each")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does it get wrong?
#
# A *confusion table* has a row for what was said and a column for what was read.
# Its diagonal is what is right; what stands beside it says which mistake is made.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
reading = task.read(videos["this run"])[0]
said = [parse_sentence(s) for s in task.tokenizer.decode(question.condition.words)]


def confused(names, fact, words):
    counts = torch.zeros(len(names), len(names))
    for row, word in zip(said, words):
        if word in names:
            counts[row[fact], names.index(word)] += 1
    return counts / counts.sum(1, keepdim=True).clamp(min=1)


colours = list(COLOURS)
both = confused(colours, 1, reading.colour), confused(SHAPES, 2, reading.shape)
for name, part in zip(("colour", "shape"), both):
    print(
        f"{name}: {part.diagonal().mean():.0%} on the diagonal, mean over the rows"
    )
rows = [[name, *row.tolist()] for name, row in zip(SHAPES, both[1])]
viz.table(rows, ["said, then read (one run)", *SHAPES])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a trained model
ways = confused(DIRECTIONS, 6, reading.direction)
print(
    f"direction: {ways.diagonal().mean():.0%} on the diagonal, mean over the rows"
)
rows = [[name, *row.tolist()] for name, row in zip(DIRECTIONS, ways)]
viz.table(rows, ["said, then read (one run)", *DIRECTIONS])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Rows are what the sentence said, columns what the reader read in this run's clips.
# The shape is what this run gets wrong most: half of its squares are read as
# circles, and more than a third of its crosses; triangles are nearly always right.
# Of the few wrong directions some are 45 degrees off, some 90, and one cell is half
# a circle off. The tables say what is mixed up, not why.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where do the words go?
#
# Does the shape's own patch ask for the word of its colour, or does the whole
# frame? Of all the attention that word $j$ receives, take the share that comes from
# tokens which hold a pixel of the object:
#
# $$
# \mathrm{share}_j = \frac{\sum_{h} \sum_{i \text{ on the object}} a_{hij}}{\sum_{h} \sum_{i} a_{hij}}
# \tag{12.7}
# $$
#
# $a_{hij}$ is the weight of Eq. 12.2 in head $h$. **By hand**: four tokens give a
# word 0.1, 0.2, 0.3 and 0.4; the second and the fourth hold the object; the share
# is $0.6 / 1.0$. Even attention would give the share of the tokens that hold it,
# $0.5$.

# %% slideshow={"slide_type": "fragment"}
given = torch.tensor([0.1, 0.2, 0.3, 0.4]).view(1, 1, 4, 1)  # "B H tokens words"
holds = torch.tensor([[False, True, False, True]])
assert abs(word_shares(given, holds).item() - 0.6) < 1e-6
with record_attention(finished) as record:
    finished.write(question.condition)
on = on_object(question.clips.mask)  # "96 256": 16 frames of 16 patches
print(f"share of the tokens that hold the object: {on.float().mean():.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Predict, then run.** Which words does the object ask for, and which does
# everything ask for: "red", "circle", "column 12", "quickly"?

# %% slideshow={"slide_type": "fragment"}
places = {"size": 1, "colour": 2, "shape": 3, "column": 6, "row": 8, "speed": 10}
rows = []
for number in range(len(finished.layers)):
    found = word_shares(record[f"layers.{number}.cross"][0], on).mean(0)  # "words"
    row = [f"layer {number}", *(round(found[j].item(), 2) for j in places.values())]
    rows.append(row)
print(*rows, sep="\n")
viz.table(rows, ["", *places], title="share of a word's attention from the object")

# %% slideshow={"slide_type": "subslide"}
clip, number, word = 4, 3, places["colour"]
asked_for = record[f"layers.{number}.cross"][0][clip].mean(0)[:, word]  # "256"
row = asked_for / asked_for.sum()
print(task.tokenizer.decode(question.condition.words[clip : clip + 1])[0])
viz.digest(row, name="who asks for the word")
viz.attention_over_video(
    videos["checkpoint"][clip], row, mask=question.clips.mask[clip]
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Under each frame stands the share of the attention on "blue" that comes from it.
# In the last layer nine tenths of what the word of the colour hears comes from
# tokens that hold the object, which are less than a quarter of all tokens; for the
# size and the shape it is seven tenths or more. The word of the row is heard from
# everywhere else. In the first layers nothing of this shows: there all patches ask
# much the same.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is attention an explanation?* No: it says who asked, not
# what was done with the answer. The experiment is to change the word, and to see
# which pixels change. *Why do column and row spread?* Every patch has to find out
# whether the shape is here, so all of them ask.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What nobody said in training
#
# Training said blue, triangle and up in many sentences, and never the three
# together. **Predict, then run**: does the model paint a blue triangle that goes
# up, or does it fall back on one of its neighbours?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
held = Sentences("settled", split="held out")
unseen = held.draw(64, seed=1_000_000_000)
asked = held.facts(64, seed=1_000_000_000)["settled"]
answers["copy the nearest"] = nearest_clips(world, asked, seen).video
answers["truth"] = unseen.target
novel = held.evaluate(answers, unseen)
columns = ["colour (%)", "shape (%)", "direction (%)", "all (%)", "off by (px)"]
rows = {
    f"{name}, {kind}": [found[name][c] for c in columns]
    for name in ("copy the nearest", "this run", "checkpoint")
    for kind, found in (("said before", table), ("never said", novel))
}
claim(
    novel["this run"]["all (%)"] > novel["copy the nearest"]["all (%)"],
    "it beats a copy",
)
viz.table(rows, ["answer, combination (one run each)", *columns], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The copy has to get one of the three words wrong, always: no clip with all of them
# is there to be copied. The checkpoint makes no mistake on them: what it learned of
# blue, of triangles and of up it puts together. This run even scores higher on what
# nobody said. The two sets are not equally hard: here every shape is a triangle,
# which the confusion table shows to be its best.

# %% slideshow={"slide_type": "subslide"}
film = write(finished, unseen)[:3]
print(*held.tokenizer.decode(unseen.condition.words[:3]), sep="\n")
viz.digest(film, unseen.target[:3], "three blue triangles that go up")
viz.filmstrip(
    dict(zip("123", film)), every=2, title="Never said in training (one run)"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The rows stand in the order of the printed sentences. This is one missing
# combination among 128 of colour, shape and direction. How many can be missing
# before it breaks, the lesson does not measure.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The order of the words
#
# "a red circle and a blue square" and "a blue circle and a red square" have the
# same words. Some sentences of the checkpoint's training name two shapes, the left
# one first. **Predict, then run**: does it keep apart who is red?

# %% slideshow={"slide_type": "fragment"}
pairs = Sentences("pair", split="test")
said = [
    "a red circle moves up and a blue square moves down",
    "a blue circle moves up and a red square moves down",
    "a blue square moves down and a red circle moves up",
]
swapped = finished.write(pairs.ask(said))
viz.filmstrip(dict(zip("123", swapped)), every=3, title="The same words, one run")

# %% slideshow={"slide_type": "fragment"}
two = pairs.draw(64, seed=1_000_000_000)
found = pairs.evaluate({"checkpoint": finished}, two)["checkpoint"]
print({name: round(value, 1) for name, value in found.items()})

# %% [markdown] slideshow={"slide_type": "fragment"}
# The three rows have the same words, and each paints what its own sentence says:
# the shape that is named first stands on the left. Of 64 such sentences that
# training never said, the checkpoint has both shapes right in every one.
#
# What makes that possible? The waves $W(j)$ of Eq. 12.1: without places the encoder
# would see a set. Take the order away, and leave everything else: shuffle the words
# of each sentence, in training and in the test. This is a study of its own, with
# three seeds.

# %% slideshow={"slide_type": "subslide"}
from course_utils.studies import load_study

study = load_study("word-order")
print(study.note())
numbers = ["colour", "shape", "direction", "all", "px"]
heads = ["colour (%)", "shape (%)", "direction (%)", "all (%)", "off by (px)"]
study.table(numbers, heads, digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In order, colours and directions are right after 240 steps, and shapes mostly. Out
# of order not one clip has both shapes right, with any seed: a set of words does
# not say who is red.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A sentence that leaves the start open
#
# Leave out "at column 12 row 20". Now 100 clips fit, one for each start, and the
# squared error asks for one answer to all of them. Lesson 09 had two futures; here
# are $K$ clips $x_1, \dots, x_K$ that fit the sentence $c$. The error of any answer
# $f$ falls into two parts:
#
# $$
# \mathbb E[x \mid c] = \bar x = \frac 1K \sum_k x_k
# \tag{12.8}
# $$
#
# $$
# \frac 1K \sum_k \lVert x_k - f \rVert^2
# = \underbrace{\frac 1K \sum_k \lVert x_k - \bar x \rVert^2}_{\text{doubt of the sentence}}
# + \underbrace{\lVert f - \bar x \rVert^2}_{\text{fault of the model}}
# \tag{12.9}
# $$
#
# The cross term is $2\,(\bar x - f) \cdot \frac 1K \sum_k (x_k - \bar x) = 0$. No
# model can touch the first part. The best one has 0 in the second: it answers $\bar
# x$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Two parts by hand
#
# One pixel is 0, 0 and 0.9 in three clips. The mean is 0.3, the doubt
# $(0.09 + 0.09 + 0.36)/3 = 0.18$. Whoever answers 0.5 pays $0.04$ more: $0.22$.

# %% slideshow={"slide_type": "fragment"}
pixel = torch.tensor([0.0, 0.0, 0.9]).view(
    3, 1, 1, 1, 1
)  # three clips of one pixel
mean, doubt = conditional_mean(pixel)
whole = sum((x_k - 0.5) ** 2 for x_k in pixel.flatten()) / 3  # the loop over k
print(
    f"mean {mean.item():.1f}, doubt {doubt:.2f}, the answer 0.5 costs {whole:.2f}"
)
assert abs(doubt - 0.18) < 1e-6 and abs(whole - 0.22) < 1e-6
assert torch.isclose(doubt, pixel.var(0, correction=0).mean())

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video
#
# The world can list the 100 clips, so the right side of Eq. 12.8 can be *computed*,
# without any network. **Predict, then run**: is the model's answer nearer to one of
# the 100 clips, or to their mean, which is none of them?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two models is trained here
fact = parse_sentence(
    "a large yellow square at column 12 row 20 moves steadily right"
)
fitting = world.clips(world.all_starts(fact)).video  # "100 16 3 32 32"
mean, doubt = conditional_mean(fitting)
open_question = task.ask(world.say(fact[None], start=False))
print(*task.tokenizer.decode(open_question.words), f"-> doubt {doubt:.4f}")
rows, blurs = {}, {"mean of the 100": mean}
for name, m in (("this run", model), ("checkpoint", finished)):
    answer = blurs[name] = m.write(open_question)[0]
    to_clips = [psnr(x, answer, data_range=1.0) for x in fitting]
    rows[name] = [psnr(mean, answer, data_range=1.0), max(to_clips)]
viz.table(rows, ["one run each", "to the mean (dB)", "to the nearest clip (dB)"], 1)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: one of the two models is trained here
claim(
    rows["checkpoint"][0] > rows["checkpoint"][1] + 3,
    "it answers the mean, not a clip",
)
viz.filmstrip(
    {"two of the 100": fitting[12], "": fitting[77], **blurs},
    every=3,
    title="Start left open (each model is one run)",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lower rows are alike: a cloud where most of the squares pass, no square.
# The model has learned what the sentence says, and the blur is its honest answer to
# the rest. It is not undertrained: more training brings it nearer to *this*
# picture.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How much of the error is doubt?
#
# Eq. 12.9 for 24 open sentences, and what the reader makes of the answers.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two models is trained here
blurry = Sentences("open", split="test")
many = world.draw(24, seed=1_000_000_000, split="test")
parts = {"this run": [], "checkpoint": []}
for row in many:
    mean, doubt = conditional_mean(world.clips(world.all_starts(row)).video)
    ask = task.ask(world.say(row[None], start=False))
    for name, m in (("this run", model), ("checkpoint", finished)):
        parts[name].append([doubt, F.mse_loss(m.write(ask)[0], mean)])
rows = {}
for name, values in parts.items():
    doubt, fault = torch.tensor(values).mean(0)
    rows[name] = [1e4 * doubt, 1e4 * fault, 100 * doubt / (doubt + fault)]
heads = ["one run each", "doubt (1e-4)", "fault (1e-4)", "share of doubt (%)"]
viz.table(rows, heads, digits=1, title="24 open sentences, one run each")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two models is trained here
waiting = blurry.draw(64, seed=1_000_000_000)
found = blurry.evaluate({"this run": model, "checkpoint": finished}, waiting)
columns = ["colour (%)", "shape (%)", "direction (%)", "all (%)"]
rows = {name: [row[c] for c in columns] for name, row in found.items()}
viz.table(
    rows, ["answer (one run each)", *columns], title="start left open", digits=0
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nearly all of the error is doubt, which no training removes. The reader has to
# guess in a blur. It still finds the colour every time, for the mean of red clips
# is red. In the checkpoint's blur it finds the direction in four clips of five: the
# cloud moves. The shape it finds no more often than in the mean of 400 clips, which
# heard no sentence.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where regression ends
#
# Ask a question with one answer, and the squared error finds it: the settled
# sentences are painted. Ask one with many answers, and it returns their mean, which
# is none of them. No larger model and no longer training changes that, as long as
# Eq. 10.5 is what is minimised: the mean *is* the minimum (Eq. 12.9).
#
# So the question has to change: not "which clip?" but "how likely is each clip?",
# and then draw one. Two ways to do it are those of today's systems. Lesson 13
# writes a video as discrete tokens and predicts them one after another; lesson 14
# lets noise flow into a clip. Both will answer "a large yellow square moves
# steadily right" with a sharp square, somewhere, and elsewhere the next time.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | formula | in words | kept as |
# |---|---|---|
# | $\mathrm{token}_j = E[\mathrm{id}_j] + W(j) + \mathrm{kind}$ (12.1) | a word is a row of a table, and has a place | `course_utils.tokenizers.WordTokenizer`, `models.Condition` |
# | $a_{ij} \propto M_j\, e^{s_{ij}}$ (12.2) | pixels ask words; padding is silent | `course_utils.attention.attention` |
# | $\alpha_i$, colour, shape, start and speed (12.3 to 12.6) | from pixels back to words | `course_utils.worlds.read_clips` |
# | $\mathrm{share}_j$ (12.7) | who asks for a word | `course_utils.tasks.word_shares` |
# | $\mathbb E[x \mid c] = \frac1K \sum_k x_k$ (12.8) | the best answer to an open sentence | `course_utils.tasks.conditional_mean` |
# | error = doubt + fault (12.9) | what no model can touch, and the rest | the same |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# **1. A word nobody combined.** Ask for a colour and a size that the opening clips
# did not show, in your own words. *Guess*: which words does the tokenizer refuse?
#
# **2. Change one word, look at the change.** *Guess*: does "red" to "blue" move
# anything?
#
# **3. Leave out more.** Training left out the start, never the size. *Guess*: what
# does "a red circle at column 12 row 16 moves slowly right" give, a mean over the
# sizes?

# %% slideshow={"slide_type": "skip"}
words = "a SIZE COLOUR circle at column 12 row 16 moves slowly right"
red, blue, large = (
    finished.write(task.ask([words.replace("SIZE", s).replace("COLOUR", c)]))
    for s, c in (("small", "red"), ("small", "blue"), ("large", "red"))
)
places = [task.read(clip)[0].position[0] for clip in (red, blue)]
moved = (places[0] - places[1]).norm(dim=-1).mean()
print(f"from red to blue the centre moves by {moved:.2f} pixels")

# %% slideshow={"slide_type": "skip"}
less = finished.write(
    task.ask(["a red circle at column 12 row 16 moves slowly right"])
)
middle = finished.write(
    task.ask([words.replace("SIZE", "medium").replace("COLOUR", "red")])
)
mean = (red + middle + large) / 3
for name, clip in {
    "small": red,
    "medium": middle,
    "large": large,
    "mean": mean,
}.items():
    print(
        f"without a size, against {name}: {psnr(clip, less, data_range=1.0):.1f} dB"
    )
viz.filmstrip(
    {"small": red, "no size": less, "large": large}, every=3, title="one run"
)

# %% [markdown] slideshow={"slide_type": "skip"}
# <details><summary>What you saw</summary>
#
# Words that are not in the vocabulary are refused, and the refusal names the
# nearest one. From red to blue nothing moves. Without a size the answer is a little
# nearer to the mean of the three sizes than to any of them, but far from all:
# training never left the size out, and nobody taught it this question. In the
# picture the shape also drifts up, which the sentence does not say.
# </details>
#
# ## Homework
#
# The exercises of this lesson are in
# [homework 12](homework/hw12_make_a_video_from_a_sentence.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - U. Singer et al., *Make-A-Video: Text-to-Video Generation without Text-Video
#   Data*, ICLR 2023. Read it for how much of the task can be learned from pictures
#   with captions and from films without any.
# - K. Sun et al., *T2V-CompBench: A Comprehensive Benchmark for Compositional
#   Text-to-video Generation*, arXiv 2407.14505, 2024. Read it for our questions
#   (who is red? who moves where?) asked of large systems, which find them hard.
# - B. Lake, M. Baroni, *Generalization without Systematicity: On the Compositional
#   Skills of Sequence-to-Sequence Recurrent Networks*, ICML 2018. Read it for
#   held-out combinations that networks do *not* manage.
# - R. Tang et al., *What the DAAM: Interpreting Stable Diffusion Using Cross
#   Attention*, ACL 2023. Read it for Eq. 12.2 drawn over pictures, word by word.
