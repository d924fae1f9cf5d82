
# %% [markdown] slideshow={"slide_type": "slide"}
# ## What nobody said in training
#
# Training said blue, triangle and up in many sentences, and never the three together.
# **Predict, then run**: does the model paint a blue triangle that goes up, or does it
# fall back on one of its neighbours?

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
claim(novel["this run"]["all (%)"] > novel["copy the nearest"]["all (%)"], "it beats a copy")
viz.table(rows, ["answer, combination (one run each)", *columns], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The copy has to get one of the three words wrong, always: no clip with all of them is
# there to be copied. PROSE_NOVEL

# %% slideshow={"slide_type": "subslide"}
film = write(finished, unseen)[:3]
print(*held.tokenizer.decode(unseen.condition.words[:3]), sep="\n")
viz.digest(film, unseen.target[:3], "three blue triangles that go up")
viz.filmstrip(dict(zip("123", film)), every=2, title="Never said in training (one run)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The rows stand in the order of the printed sentences. This is one missing combination
# among 128 of colour, shape and direction. How many can be missing before it breaks, the
# lesson does not measure.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The order of the words
#
# "a red circle and a blue square" and "a blue circle and a red square" have the same
# words. Some sentences of the checkpoint's training name two shapes, the left one
# first. **Predict, then run**: does it keep apart who is red?

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
# PROSE_PAIRS
#
# What makes that possible? The waves $W(j)$ of Eq. 12.1: without places the encoder
# would see a set. Take the order away, and leave everything else: shuffle the words of
# each sentence, in training and in the test. This is a study of its own, with three
# seeds.

# %% slideshow={"slide_type": "subslide"}
from course_utils.studies import load_study

study = load_study("word-order")
print(study.note())
numbers = ["colour", "shape", "direction", "all", "px"]
heads = ["colour (%)", "shape (%)", "direction (%)", "all (%)", "off by (px)"]
study.table(numbers, heads, digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# PROSE_STUDY

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A sentence that leaves the start open
#
# Leave out "at column 12 row 20". Now 100 clips fit, one for each start, and the squared
# error asks for one answer to all of them. Lesson 09 had two futures; here are $K$
# clips $x_1, \dots, x_K$ that fit the sentence $c$. The error of any answer $f$ falls
# into two parts:
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
# The cross term is $2\,(\bar x - f) \cdot \frac 1K \sum_k (x_k - \bar x) = 0$. No model
# can touch the first part. The best one has 0 in the second: it answers $\bar x$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Two parts by hand
#
# One pixel is 0, 0 and 0.9 in three clips. The mean is 0.3, the doubt
# $(0.09 + 0.09 + 0.36)/3 = 0.18$. Whoever answers 0.5 pays $0.04$ more: $0.22$.

# %% slideshow={"slide_type": "fragment"}
pixel = torch.tensor([0.0, 0.0, 0.9]).view(3, 1, 1, 1, 1)  # three clips of one pixel
mean, doubt = conditional_mean(pixel)
whole = sum((x_k - 0.5) ** 2 for x_k in pixel.flatten()) / 3  # the loop over k
print(f"mean {mean.item():.1f}, doubt {doubt:.2f}, the answer 0.5 costs {whole:.2f}")
assert abs(doubt - 0.18) < 1e-6 and abs(whole - 0.22) < 1e-6
assert torch.isclose(doubt, pixel.var(0, correction=0).mean())

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video
#
# The world can list the 100 clips, so the right side of Eq. 12.8 can be *computed*,
# without any network. **Predict, then run**: is the model's answer nearer to one of the
# 100 clips, or to their mean, which is none of them?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two models is trained here
fact = parse_sentence("a large yellow square at column 12 row 20 moves steadily right")
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
claim(rows["checkpoint"][0] > rows["checkpoint"][1] + 3, "it answers the mean, not a clip")
viz.filmstrip(
    {"two of the 100": fitting[12], "": fitting[77], **blurs},
    every=3,
    title="Start left open (each model is one run)",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lower rows are alike: a bright band where most of the squares pass, no square. The
# model has learned what the sentence says, and the blur is its honest answer to the
# rest. It is not undertrained: more training brings it nearer to *this* picture.

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
viz.table(rows, heads, digits=1)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two models is trained here
waiting = blurry.draw(64, seed=1_000_000_000)
found = blurry.evaluate({"this run": model, "checkpoint": finished}, waiting)
columns = ["colour (%)", "shape (%)", "direction (%)", "all (%)"]
rows = {name: [row[c] for c in columns] for name, row in found.items()}
viz.table(rows, ["answer (one run each)", *columns], title="start left open", digits=0)

# %% [markdown] slideshow={"slide_type": "fragment"}
# PROSE_OPEN

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where regression ends
#
# Ask a question with one answer, and the squared error finds it: the settled sentences
# are painted. Ask one with many answers, and it returns their mean, which is none of
# them. No larger model and no longer training changes that, as long as Eq. 10.5 is what
# is minimised: the mean *is* the minimum (Eq. 12.9).
#
# So the question has to change: not "which clip?" but "how likely is each clip?", and
# then draw one. Two ways to do it are those of today's systems. Lesson 13 writes a video
# as discrete tokens and predicts them one after another; lesson 14 lets noise flow into
# a clip. Both will answer "a large yellow square moves steadily right" with a sharp
# square, somewhere, and elsewhere the next time.

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
# **1. A word nobody combined.** Ask for a colour and a size that the opening clips did
# not show, in your own words. *Guess*: which words does the tokenizer refuse?
#
# **2. Change one word, look at the change.** *Guess*: does "red" to "blue" move anything?
#
# **3. Leave out more.** Training left out the start, never the size. *Guess*: what does
# "a red circle at column 12 row 16 moves slowly right" give, a mean over the sizes?

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
less = finished.write(task.ask(["a red circle at column 12 row 16 moves slowly right"]))
middle = finished.write(task.ask([words.replace("SIZE", "medium").replace("COLOUR", "red")]))
mean = (red + middle + large) / 3
for name, clip in {"small": red, "medium": middle, "large": large, "mean": mean}.items():
    print(f"without a size, against {name}: {psnr(clip, less, data_range=1.0):.1f} dB")
viz.filmstrip({"small": red, "no size": less, "large": large}, every=3)

# %% [markdown] slideshow={"slide_type": "skip"}
# <details><summary>What you saw</summary>
#
# PROSE_TRY
# </details>
#
# ## Homework
#
# The exercises of this lesson are in
# [homework 12](homework/hw12_make_a_video_from_a_sentence.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - U. Singer et al., *Make-A-Video: Text-to-Video Generation without Text-Video Data*,
#   ICLR 2023. Read it for how much of the task can be learned from pictures with
#   captions and from films without any.
# - K. Sun et al., *T2V-CompBench: A Comprehensive Benchmark for Compositional
#   Text-to-video Generation*, arXiv 2407.14505, 2024. Read it for our questions (who is
#   red? who moves where?) asked of large systems, which find them hard.
# - B. Lake, M. Baroni, *Generalization without Systematicity: On the Compositional Skills
#   of Sequence-to-Sequence Recurrent Networks*, ICML 2018. Read it for held-out
#   combinations that networks do *not* manage.
# - R. Tang et al., *What the DAAM: Interpreting Stable Diffusion Using Cross Attention*,
#   ACL 2023. Read it for Eq. 12.2 drawn over pictures, word by word.
