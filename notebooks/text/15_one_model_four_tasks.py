# %% [markdown] slideshow={"slide_type": "slide"}
# # Do four tasks with one model
#
# Predict what comes next, fill in what is missing, repaint a clip, make one
# from a sentence: lessons 09 to 12 trained a network for each. At the end of
# this lesson one network attempts all four, and what is noise tells it which.
# It beats the free answers and stays behind the single networks; both are
# measured.

# %% slideshow={"slide_type": "fragment"}
import torch

from course_utils import viz
from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoDiT
from course_utils.tasks.four_answers import interpolate, predict, recolour, speak
from course_utils.worlds import ShapesWorld

model, header = load_checkpoint("four-tasks", VideoDiT)
world = ShapesWorld()
clips = world.sample(24, seed=1_000_000_000)
truth = clips.video  # "24 16 3 32 32"
every_4th = torch.arange(16) % 4 == 0
every_4th[-1] = True
half = truth[1:2, :8]
shown = {
    "truth": truth[1],
    "predicted from 8": torch.cat((half, predict(model, half, 8)), 1)[0],
    "every 4th known": interpolate(model, truth[1:2], every_4th)[0],
    "repainted": recolour(model, truth[1:2], "night")[0],
    "from a sentence": speak(model, clips.caption[1:2])[0],
}
viz.digest(torch.stack(list(shown.values())), name="one model, four tasks")
viz.compare(shown, fps=6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Left a clip of ShapesWorld. The next four are one network with the same
# weights: it saw the first half, every fourth frame, the whole clip to repaint,
# and the caption alone. The last one starts where it likes: the caption does
# not say where. Its shape is a blob: this model was trained for minutes, and
# you will see where that shows.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** one diffusion Transformer whose frames are each as noisy as
# they need to be, and four tasks out of it.
#
# **You will learn** to
#
# - write a task as a row of noise levels (exercises 15.1 and 15.2);
# - train on all rows at once, and score only what was noise (exercise 15.3);
# - say what a causal mask costs a task, and what it makes possible: the cache,
#   and clips as long as you like (exercises 15.4 and 15.5);
# - edit a clip by renoising some of its frames (exercise 15.6);
# - say where one model loses to single ones.
#
# **You need** lessons 06 (the cache), 09 to 12 (the four tasks) and 14 (flow
# matching). Of the [primer](00p_primer.ipynb) (sections 1, 4, 7 and 9) read what is
# new to you. **Time** about 40 minutes of reading, and 80 seconds of computing on
# one core.

# %% slideshow={"slide_type": "skip"}
from course_utils.models import sample
from course_utils.models.flow import causal_levels, full_levels
from course_utils.tasks.four_answers import decibel
from course_utils.tasks.four_tasks import TOKENIZER, FourTasks
from course_utils.training import claim, fit
from course_utils.worlds import read_clips

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A level for each frame
#
# **What do the four tasks have in common?** In lesson 14 a whole clip lay at
# one place on the line from noise to clip. Now each frame has a place of its
# own, its *level* (Chen et al., 2024):
#
# $$
# z_t = (1 - \zeta_t)\, \xi_t + \zeta_t\, x_t, \qquad \xi_t \sim \mathcal{N}(0, I)
# \tag{15.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x_t$, $\xi_t$, $z_t$ | the clean frame, its noise, what the network reads | $C \times H_v \times W_v$ |
# | $\zeta_t$ | level of frame $t$: 0 is noise, 1 the clean frame | a number |
#
# **By hand.** Three frames of one pixel, $x = (0.8, 0.6, 0.4)$, noise
# $\xi = (1, -1, 2)$, levels $\zeta = (1, 0.5, 0)$: $z = (0.8, -0.2, 2)$. The
# first frame is known, the last says nothing about $x$.

# %% slideshow={"slide_type": "fragment"}
x = torch.tensor([0.8, 0.6, 0.4])
noise = torch.tensor([1.0, -1.0, 2.0])
levels = torch.tensor([1.0, 0.5, 0.0])
by_loop = [(1 - levels[t]) * noise[t] + levels[t] * x[t] for t in range(3)]
z = (1 - levels) * noise + levels * x  # one line for all frames
print("z =", [round(value, 2) for value in z.tolist()])
assert torch.allclose(z, torch.stack(by_loop))
assert torch.allclose(z, torch.tensor([0.8, -0.2, 2.0]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A task is a row of levels
#
# **Predict, then run.** A frame that is given stands at level 1, a frame that
# is wanted starts at 0. Write down the rows of levels of prediction (8 from 8),
# interpolation (every fourth known) and text-to-video. Which row does
# repainting have?

# %% slideshow={"slide_type": "fragment"}
t = torch.arange(16)
rows = {
    "predict": (t < 8).float(),
    "interpolate": every_4th.float(),
    "sentence": torch.zeros(16),
    "repaint": torch.zeros(16),
    "edit": torch.where((t > 4) & (t < 12), 0.5, 1.0),
}
print({task: f"{int((row < 1).sum())} frames wanted" for task, row in rows.items()})
viz.attention_map(
    torch.stack(list(rows.values())),
    query_labels=list(rows),
    key_labels=[str(frame) for frame in range(16)],
    title="Levels at the start: 1 is clean, 0 is noise",
    label="level",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# Each row is a task, each column a frame, yellow is clean. Text-to-video and
# repainting have the same row, all noise: what differs is what stands *beside*
# the clip, a sentence or the clip in another style. A row that is neither 0 nor
# 1 is an edit: the frames are kept in part.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The machine
#
# **Which parts know about levels?** All of them, through one vector for each
# frame:
#
# $$
# c_t = \mathrm{MLP}(\mathrm{waves}(\zeta_t, \dots)) + \mathrm{MLP}\big(\textstyle\sum_w E[w]\big),
# \qquad
# x \leftarrow x + \mathrm{gate}(c) \odot S\big(\mathrm{scale}(c) \odot \mathrm{LN}(x) +
# \mathrm{shift}(c)\big)
# \tag{15.2, 15.3}
# $$
#
# Eq. 15.3 is AdaLN-Zero of lesson 14 (Peebles and Xie, 2023): $S$ is attention
# in space, attention in time or the feed-forward network, and every gate starts
# at 0.

# %% slideshow={"slide_type": "fragment"}
words = TOKENIZER.encode(clips.caption[:2])
machine = viz.diagram(
    VideoDiT(words=FourTasks.words), (truth[:2], torch.rand(2, 16), words)
)
machine.digest()
machine

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Hands that reach for what is cleaner
#
# Lesson 09 moved the last frame, lesson 10 the known frames on both sides. With
# levels both are one rule: **each frame may move the nearest frames that are
# cleaner than itself and that the mask lets it see.**

# %% slideshow={"slide_type": "fragment"}
from course_utils.models.video_dit import nearest_cleaner

row = torch.tensor([[1.0, 0.0, 0.0, 0.0, 1.0, 0.5]])
for causal in (True, False):
    index, exists = nearest_cleaner(row, row, causal)
    named = [
        [i if e else "-" for i, e in zip(*pair)]
        for pair in zip(index[0].tolist(), exists[0].tolist())
    ]
    print("causal" if causal else "full  ", named)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Levels 1, 0, 0, 0, 1, 0.5. Under the full mask frames 1 to 3 reach for both
# known frames; under the causal mask only for frame 0, for they do not see
# frame 4. A clean frame needs nobody.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Whom to believe
#
# The answer is a mixture of the moved sources and of what the noisy frame
# itself shows. Where a clip stands beside, the hand of lesson 11 retouches it
# (Eq. 11.5):
#
# $$
# \hat x_t = \sum_k \mathrm{share}_k\, \mathrm{move}_k\, s_k + \mathrm{share}_z
# \frac{z_t}{\zeta_t} + \mathrm{paint}(X_t) + \mathrm{retouch}, \qquad
# \mathrm{share} = \mathrm{softmax}(\mathrm{score}(X_t) - \log \mathrm{variance})
# \tag{15.4, 15.5}
# $$
#
# $z_t / \zeta_t$ is the frame plus noise of variance
# $((1 - \zeta_t)/\zeta_t)^2$. A softmax of $-\log$ variance gives shares in
# proportion to 1/variance, which is how two independent measurements are best
# averaged.
#
# **By hand.** A moved source that is off by a variance of 0.25, and a frame at
# level $\zeta = 0.5$, whose noise has variance 1: shares 4 : 1, that is 0.8 and
# 0.2.

# %% slideshow={"slide_type": "fragment"}
variance = torch.tensor([0.25, ((1 - 0.5) / 0.5) ** 2])
share = (-variance.log()).softmax(0)
print("shares:", [round(value, 2) for value in share.tolist()])
assert torch.allclose(share, torch.tensor([0.8, 0.2]))

# %% slideshow={"slide_type": "fragment"}
zeta = torch.linspace(0.02, 0.98, 49)
curves = {
    f"source off by {v}": (zeta, (1 / v) / (1 / v + (zeta / (1 - zeta)) ** 2))
    for v in (0.005, 0.02, 0.1)
}
half = {
    name: round(float(zeta[(y > 0.5).sum() - 1]), 1)
    for name, (_, y) in curves.items()
}
print("the source has the larger share up to level", half)
viz.lines(
    curves, xlabel="level of the frame", ylabel="share of the source, untrained"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# An untrained network starts from these curves: at low levels it copies a
# cleaner frame, at high levels it believes the frame itself. What it learns is
# the score, so where to deviate, pixel by pixel.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Train on all rows
#
# **Which levels should training draw?** If each frame draws its own, every row
# of the picture above is among them, and none often. The loss is that of lesson
# 14, frame by frame; a clean frame is given and not scored:
#
# $$
# \mathrm{loss} = \operatorname{mean}_{t:\ \zeta_t < 1}\
# \frac{\lVert \hat x_t - x_t \rVert^2}{\max(1 - \zeta_t,\, 0.1)^2}
# \tag{15.6}
# $$
#
# The recipe of this lesson mixes independent levels with the patterns that
# sampling meets. In a causal batch half of the clips keep a random share of their
# frames clean, the other half all frames before a random one; in a full batch
# there are known frames, and mostly the missing ones share a level. The mask is
# drawn for each batch.

# %% slideshow={"slide_type": "fragment"}
g = torch.Generator().manual_seed(5)
drawn = torch.cat((causal_levels(5, 16, g)[0], full_levels(5, 16, g)))
names = [*(f"causal {n}" for n in range(5)), *(f"full {n}" for n in range(5))]
print(
    f"clean in a causal batch: {(drawn[:5] == 1).float().mean():.1f} of the frames"
)
viz.attention_map(
    drawn,
    query_labels=names,
    key_labels=[str(frame) for frame in range(16)],
    title="Levels of ten clips of training",
    label="level",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each row is a clip, each column a frame, yellow is clean. In the causal rows
# frames have levels of their own; in these five full ones the missing frames
# share one.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A short training
#
# A small network, 300 steps, three of the four tasks at once: prediction,
# interpolation and repainting, each drawn with equal probability. **Predict,
# then run**: which of the three learns fastest?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
from course_utils.tasks.four_answers import (
    score_interpolation,
    score_prediction,
    score_repainting,
)

torch.manual_seed(0)
small = VideoDiT(words=FourTasks.words, d_model=64, num_layers=3)
tests = {
    "prediction": lambda m: score_prediction(m, 24, 1_000_000_000),
    "interpolation": lambda m: score_interpolation(m, 24, 1_000_000_000),
    "repainting": lambda m: score_repainting(m, 4, 1_000_000_000),
}
before = {name: test(small.eval()) for name, test in tests.items()}
task = FourTasks({"predict": 1, "full": 1, "beside": 1}, batch=6)
history = fit(small, task.loss, steps=300, lr=0.02, optimizer="muon")
after = {name: test(small) for name, test in tests.items()}

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
table = {
    name: [
        before[name]["one model"],
        after[name]["one model"],
        list(after[name].values())[1],
    ]
    for name in tests
}
viz.table(
    table,
    ["task", "untrained", "after 300 steps", "baseline"],
    digits=1,
    title="PSNR (dB): repeat last, linear blend, colour transfer; one run",
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: quick mode asserts nothing
gained = {name: row[1] - row[0] for name, row in table.items()}
claim(
    gained["prediction"] > 0.2 and gained["repainting"] > 5,
    "100 steps of each made prediction and repainting better",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# About a hundred steps of each task. Repainting starts from nothing and rises by
# some ten decibels, past the transfer of colours that looks at the target. The
# untrained network repeats and blends, so the other two have a head start: from
# there prediction rises by half a decibel, and interpolation to the blend.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The longer training
#
# The checkpoint `four-tasks` is the same recipe with captions, a wider network
# and more steps, and its clips grow as in lesson 12: single frames first, of which
# a batch holds many, then 4, 8 and 16 frames. Its header says how many steps.

# %% slideshow={"slide_type": "fragment"}
print(header.command)
for frames, batch, steps, rate in header.scores["frames, clips, steps, rate"]:
    print(f"clips of {frames:2d} frames: {steps} steps of {batch}, rate {rate}")
print(f"{sum(p.numel() for p in model.parameters()):,} weights")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Predict
#
# The past stands at level 1. The next frame starts as noise, is cleaned in
# three steps, enters the cache of lesson 06 as a clean frame, and the one after
# it begins. One step would be regression: it lands on $\hat x$ at once.

# %% slideshow={"slide_type": "fragment"}
from course_utils.baselines import repeat_last
from course_utils.models import VideoTransformer

single_9 = "predict-shapes (lesson 09)"
predictor, _ = load_checkpoint("predict-shapes", VideoTransformer)
print(f"{sum(p.numel() for p in predictor.parameters()):,} weights")

# %% slideshow={"slide_type": "fragment"}
past, future = truth[:, :8], truth[:, 8:]
answers = {
    "repeat the last frame": repeat_last(past, 8),
    "one model": predict(model, past, 8),
    "one model, one step": predict(model, past, 8, steps=1),
    single_9: predictor.rollout(past, 8),
}
prediction = {name: decibel(future, film) for name, film in answers.items()}
for name, value in prediction.items():
    print(f"{name:27s} {value:.1f} dB")
viz.filmstrip(
    {"truth": future[2], **{n: f[2] for n, f in answers.items()}}, start=8
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Some five decibels above the last frame, twelve below lesson 09's model (one run
# each): the square keeps its way and loses its corners. One step is better in PSNR
# than three: it writes the mean, softer with every frame, and the mean is what the
# squared error rewards (Eq. 10.5).

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Interpolate: only the full mask sees the far end
#
# **Predict, then run.** The same weights, the same known frames, once under
# each mask. Which of the two masks can use the next known frame?

# %% slideshow={"slide_type": "fragment"}
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Interpolation, write

single_10 = "interpolate (lesson 10)"
filler, _ = load_checkpoint("interpolate", VideoEncoderDecoder)
print(f"{sum(p.numel() for p in filler.parameters()):,} weights")

# %% slideshow={"slide_type": "fragment"}
gaps = Interpolation(known=range(0, 17, 4))
question = gaps.draw(24, seed=1_000_000_000)
missing = question.scored[0]
answers = {
    "linear blend": gaps.baselines(question)["linear blend"],
    "one model, causal mask": interpolate(
        model, question.target, ~missing, causal=True
    ),
    "one model, full mask": interpolate(model, question.target, ~missing),
    single_10: write(filler, question),
}

# %% slideshow={"slide_type": "fragment"}
filled = {
    name: decibel(question.target[:, missing], film[:, missing])
    for name, film in answers.items()
}
for name, value in filled.items():
    print(f"{name:24s} {value:.1f} dB")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: quick mode asserts nothing
claim(
    filled["one model, full mask"] > filled["one model, causal mask"] + 1,
    "the far end is worth more than a decibel",
)

# %% slideshow={"slide_type": "fragment"}
by_frame = {
    name: [
        decibel(question.target[:, k], answers[name][:, k]) for k in range(1, 16)
    ]
    for name in ("one model, causal mask", "one model, full mask")
}
curves = {
    name: (
        range(1, 16),
        [v if missing[k + 1] else float("nan") for k, v in enumerate(y)],
    )
    for name, y in by_frame.items()
}
viz.digest(answers["one model, full mask"], question.target, "filled, full mask")
viz.lines(
    curves,
    xlabel="frame (0, 4, 8, ... are known)",
    ylabel="PSNR (dB), 24 clips",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same weights, 6 dB apart. Under the causal mask each frame of a gap is
# worse than the one before, and the next known frame starts anew. Under the
# full mask the curve falls less: from the second frame of a gap on, the far end
# is the nearer one. The model of lesson 10 stays ahead by 7 dB (one run each).

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Generate from a sentence
#
# All frames are noise, a caption stands beside. Frame 0 decides where the shape
# is, frame 1 where it goes. Guidance of lesson 14 acts on the first three
# frames.

# %% slideshow={"slide_type": "fragment"}
from course_utils.tasks.open_captions import open_scores, starts_reached

asked = world.sample(48, seed=1_000_000_001)
spoken = speak(model, asked.caption)
found = open_scores(asked.caption, spoken)
for what in (
    "colour (%)",
    "shape (%)",
    "direction (%)",
    "bounced (%)",
    "all (%)",
):
    print(f"{what:14s} {found[what]:.0f}")
rows = {asked.caption[k]: spoken[k] for k in range(4)}
viz.digest(spoken, name="48 captions")
viz.filmstrip(rows, title="From a sentence")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Chance is 25, 25 and 12.5 %. The colour is right always, the shape nearly always,
# nine directions in ten, and all four words with the bounce in three clips of four.
# One run and 48 captions: a few per cent are luck.

# %% slideshow={"slide_type": "fragment"}
many = speak(model, [asked.caption[0]] * 32, seed=3)
share = starts_reached(many, world.sample(2000, seed=7).position[:, 0, 0])
print(f"one sentence, 32 clips: {share:.0f} % of all start cells (4 x 4 pixels)")
viz.digest(many, name=asked.caption[0])
viz.filmstrip({f"clip {k}": many[k] for k in range(4)}, title=asked.caption[0])

# %% [markdown] slideshow={"slide_type": "fragment"}
# One sentence, many clips: they start in different places. Lesson 12's
# regression answered with one blur.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Repaint
#
# All frames are noise, the clip in another style stands beside, a word names
# the wanted style.

# %% slideshow={"slide_type": "fragment"}
from course_utils.baselines import colour_transfer

repainted = {}
for start, goal in (
    ("plain", "night"),
    ("night", "checkerboard"),
    ("outline", "plain"),
):
    film, wanted = (
        world.restyle(clips, style).video[:12] for style in (start, goal)
    )
    repainted[f"{start} to {goal}"] = [
        decibel(wanted, colour_transfer(film, wanted)),
        decibel(wanted, recolour(model, film, goal)),
    ]
ahead = sum(ours > free for free, ours in repainted.values())
print(f"ahead of colour transfer in {ahead} of 3 pairs")
viz.table(
    repainted,
    ["pair", "colour transfer", "one model"],
    digits=1,
    title="PSNR (dB)",
)

# %% slideshow={"slide_type": "fragment"}
film = world.restyle(clips, "night").video[4:5]
answer = recolour(model, film, "checkerboard")
viz.digest(
    answer,
    world.restyle(clips, "checkerboard").video[4:5],
    "night to checkerboard",
)
viz.filmstrip({"beside": film[0], "repainted": answer[0]}, every=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The checkerboard is there, square by square, and a little of the old glow around
# the red one. All three pairs are far ahead of the transfer of colours, which may
# look at the target.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why is one step as good in PSNR as three?* PSNR rewards
# the mean, and the first answer is the mean (lesson 12). *Could the causal mask
# interpolate if the far frame came first?* Yes: the order of frames is a choice,
# and a model could be trained on frames that come out of order. *Is a level for
# each frame more to learn?* There are more rows of levels than tasks; which of them
# training needs is not measured here.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Go on without end
#
# **How long can a clip get?** Under the causal mask a clip has no length: the
# last frames stand at level 1 and the next one is noise. The cache keeps what
# was computed. But training saw 16 frames, so a cache of 64 would hold
# distances in time that the network never met. The remedy of `sample`: when the
# cache holds 16 frames, read the last 8 anew and go on. **Predict, then run**:
# what happens to the shape after 64 frames, and after 64 with a cache that only
# grows?

# %% slideshow={"slide_type": "fragment"}
said = [caption.split(" moves ")[0] for caption in asked.caption[:12]]
ids, known = TOKENIZER.encode(said), torch.arange(16) < 16
settings = {"frames": 64, "steps": 3, "video": spoken[:12], "known": known}
long = {
    "window of 16": sample(model, ids, **settings),
    "a cache that grows": sample(model, ids, window=64, **settings),
}

# %% slideshow={"slide_type": "fragment"}
off, there = {}, {}
for name, films in long.items():
    parts = [read_clips(films[:, k : k + 8]) for k in range(0, 64, 8)]
    off[name] = (range(4, 64, 8), [part.error.mean() for part in parts])
    there[name] = [
        sum(f"a {c} {s}" == w for c, s, w in zip(part.colour, part.shape, said))
        for part in parts
    ]
    print(
        f"{name:18s} right shape and colour, of 12, every 8 frames: {there[name]}"
    )
viz.lines(off, xlabel="frame", ylabel="reader's error, mean of 12 clips")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The error says how far a clip is from the cleanest drawing of what the reader sees
# in it: level with the window, rising without. One model, 12 clips.

# %% slideshow={"slide_type": "fragment"}
viz.digest(long["window of 16"], name="64 frames")
viz.compare({said[k]: long["window of 16"][k] for k in range(3)}, fps=10)

# %% [markdown] slideshow={"slide_type": "fragment"}
# With the window, as many clips show the right shape and colour at the end as at
# the start, in clips four times as long as any of training. With the cache that
# only grows more and more are lost once it is longer than a clip of training: our
# reading is that it holds distances in time that no training had. Twelve clips,
# one run: the gap is wide, its exact size is luck.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Edit
#
# **What lies between known and unknown?** A frame that starts at level 0.5 is
# half there: where it was bright it stays bright. Renoise all frames of a clip
# to a level and give another sentence.

# %% slideshow={"slide_type": "fragment"}
source = truth[3:4]
said = clips.caption[3]
colour = said.split()[1]
other = said.replace(colour, "red" if colour != "red" else "blue")
edits = {
    start: sample(
        model,
        TOKENIZER.encode([other]),
        16,
        2,
        8,
        2.0,
        source,
        start=start,
        later=4,
    )
    for start in (0.1, 0.3, 0.5, 0.8)
}

# %% slideshow={"slide_type": "fragment"}
for start, film in edits.items():
    read = read_clips(film)
    moved = (read.position - clips.position[3:4, :, 0]).norm(dim=-1).mean().item()
    print(
        f"from level {start}: reads {read.colour[0]:7s} and lies {moved:.0f} px off"
    )

# %% slideshow={"slide_type": "fragment"}
viz.digest(edits[0.5], source, f"{said} -> {other}")
viz.filmstrip(
    {
        "clip": source[0],
        **{f"from level {s}": film[0] for s, film in edits.items()},
    },
    every=2,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The asked colour is red. From level 0.1 the model obeys the sentence and forgets
# the clip; from 0.8 it keeps the place and the blue; 0.3 and 0.5 lie between, red
# and a few pixels off. The level at the start *is* the strength of the edit.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One model or four?
#
# **What does it cost to share?** The table sets the one model beside the
# baselines and beside the single models of lessons 09 and 10. It is no fair
# race: the header of each checkpoint says how many steps it was trained.

# %% slideshow={"slide_type": "fragment"}
from course_utils.checkpoints import FOLDER, read_checkpoint

for name in ("four-tasks", "predict-shapes", "interpolate"):
    scores = read_checkpoint(FOLDER / f"{name}.safetensors")[1].scores
    print(f"{name:15s} {scores['steps']} steps")

# %% slideshow={"slide_type": "fragment"}
pairs = torch.tensor(list(repainted.values())).mean(0).tolist()
both = [filled["linear blend"], filled["one model, full mask"]]
rows = {
    "predict 8 frames (dB)": [
        *list(prediction.values())[:2],
        prediction[single_9],
    ],
    "fill every 4th (dB)": [*both, filled[single_10]],
    "repaint, 3 pairs (dB)": [*pairs, None],
    "sentence: colour (%)": [25.0, found["colour (%)"], None],
    "sentence: shape (%)": [25.0, found["shape (%)"], None],
    "sentence: direction (%)": [12.5, found["direction (%)"], None],
}
ahead = sum(row[1] > row[0] for row in rows.values())
print(f"ahead of the baseline or of chance in {ahead} of 6 rows")
viz.table(
    rows,
    ["task", "free", "one model", "single model"],
    digits=1,
    title="One run",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ahead of the free answer, or of chance, in every row, and behind both single
# models. They were trained for one task each, and this table does not say what
# sharing costs: that needs equal budgets.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The fair race
#
# One small network for four tasks, against four of its size with one task each,
# which together take as many steps. **Guess first**: does sharing help or hurt?

# %% slideshow={"slide_type": "fragment"}
from course_utils.studies import load_study

study = load_study("one-or-four")
print(study.note())
race = {}
for number in study.numbers:
    alone = number if number in ("prediction", "interpolation") else "repainting"
    alone = "sentence" if number in ("colour", "shape", "direction") else alone
    bars = study.bars(number)
    entrants = (bars["one model"], bars[f"{alone} alone"])
    race[number] = [f"{mean:.1f} ± {spread:.1f}" for mean, spread in entrants]

# %% slideshow={"slide_type": "fragment"}
viz.table(
    race,
    ["dB, and % of captions", "one model", "its single model"],
    title="Equal steps in total; 3 seeds, mean ± standard deviation",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# A single model has 700 steps. Of the 2800 of the one model about 500 go to
# prediction, as many to interpolation, and 900 each to repainting and to sentences,
# which alone can learn from single frames. In prediction it loses 0.9 dB and in
# interpolation 0.2, with fewer steps of their own; in repainting it is ahead by
# nearly two, with more. Colours and shapes of the sentence differ by no more than
# their spread, and directions are better alone. So at this size and after so short
# a training, sharing costs little. What it does to networks that are trained to
# their end, no run here says.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why does the one model lose to lessons 09 and 10?* Not
# shown: it had a share of the steps for each task, and its frames are noisy while
# it learns. *What would you try first for prediction?* To let it go on from its
# own frames in training: its shapes fray, and it never met its own frames there.
# *Is editing a fifth task?* It is a row of levels that no training drew on
# purpose.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | formula | in words | kept as |
# |---|---|---|
# | $z_t = (1 - \zeta_t)\,\xi_t + \zeta_t\,x_t$ (15.1) | each frame at its own level | `course_utils.models.flow_loss` |
# | $c_t$, gates (15.2, 15.3) | levels and words scale, shift and gate every sublayer | `course_utils.models.video_dit.DiTLayer` |
# | $\hat x_t$, shares (15.4, 15.5) | move what is cleaner, believe by precision, paint the rest | `VideoDiT.hands` |
# | loss over $\zeta_t < 1$ (15.6) | score what was noise | `course_utils.models.flow_loss` |
# | a task is a row of levels | predict, interpolate, speak, repaint, edit | `course_utils.models.sample`, `course_utils.tasks.four_answers` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# Guess, run the cell, then open the answer.
#
# - Predict with a wrong claim: tell the model that a yellow cross is in the
#   clip.
# - Give a known frame in the middle alone: the first and the last frames are
#   asked.

# %% slideshow={"slide_type": "skip"}
lied = predict(model, past[:8], 8, words=["a yellow cross"] * 8)
print(f"told a wrong caption: {decibel(future[:8], lied):.0f} dB")
print(
    "told nothing:        ",
    f"{decibel(future[:8], predict(model, past[:8], 8)):.0f} dB",
)

# %% slideshow={"slide_type": "skip"}
middle = torch.arange(16) == 8
film = interpolate(model, truth[:8], middle, steps=8)
read = read_clips(film)
kept = sum(a == b[0] for a, b in zip(read.colour, clips.colour[:8]))
print(f"right colour in {kept} of 8 clips")
viz.digest(film, name="one known frame")
viz.filmstrip({f"clip {k}": film[k] for k in range(3)}, title="Frame 8 is known")

# %% [markdown] slideshow={"slide_type": "skip"}
# <details><summary>Answers</summary>
#
# A wrong caption changes the PSNR by a decibel at most. With eight
# clean frames at hand the model believes what it sees. One known frame in the
# middle: the colour is right in all eight clips; shapes are clear next to frame
# 8 and fray away from it.
# </details>
#
# ## Homework
#
# The exercises of this lesson are in [homework
# 15](homework/hw15_one_model_four_tasks.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - B. Chen, D. Martí Monsó, Y. Du, M. Simchowitz, R. Tedrake, V. Sitzmann,
#   *Diffusion Forcing: Next-token Prediction Meets Full-Sequence Diffusion*,
#   NeurIPS 2024. Read it for a level for each frame, and for schedules in which
#   the far future stays noisier than the near one.
# - W. Peebles, S. Xie, *Scalable Diffusion Models with Transformers*, ICCV
#   2023. Read it for AdaLN-Zero and for how quality follows compute.
# - Y. Lipman, R. T. Q. Chen, H. Ben-Hamu, M. Nickel, M. Le, *Flow Matching for
#   Generative Modeling*, ICLR 2023. Read it for the straight line of Eq. 15.1.
