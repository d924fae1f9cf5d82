# %% [markdown] slideshow={"slide_type": "slide"}
# # Generate by flow
#
# Lesson 13 drew a clip by drawing numbers, one after the other. Here nothing is
# discrete: a clip begins as noise, and every pixel flows, in a few steps, to where
# a network says. Large video models of today are made like this one.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
import torch

from course_utils import viz
from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoDiT, sample
from course_utils.tasks.four_tasks import TOKENIZER

finished, header = load_checkpoint("four-tasks", VideoDiT)
sentence = "a red circle moves right and bounces"
words = TOKENIZER.encode([sentence] * 3)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
clips = sample(finished, words, seed=1, steps=10, guidance=1.5, later=3)
viz.digest(clips, name="one sentence, three clips")
viz.compare(
    {f"answer {k + 1}": clip for k, clip in enumerate(clips)}, fps=6, scale=6
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One sentence, three beginnings in noise, three clips.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** a flow from noise to data, first between points in the plane
# where it is known on paper, then for clips.
#
# **You will learn** to
#
# - write down the velocity of a flow (exercise 14.1), exactly where the data are a
#   few points (14.2);
# - follow it by Euler's and by Heun's steps (14.3);
# - find what is wrong in a flow loss (14.4);
# - guide towards a sentence, and say what that costs (14.5);
# - measure a distance between two sets of clips, and know when it lies (14.6).
#
# **You need** lessons 09 (why squares blur), 12 (open sentences, the reader) and
# 13 (its answer to them). Of the [primer](00p_primer.ipynb) (sections 1, 3, 4, 7
# and 9) read what is new to you. **Time** about 40 minutes of reading, and 270
# seconds of computing on one core.

# %% slideshow={"slide_type": "skip"}
import math

import matplotlib.pyplot as plt
from torch import nn

from course_utils.metrics import frechet_distance
from course_utils.models import VideoEncoderDecoder, VideoTransformer, flow_loss
from course_utils.models.flow import solve
from course_utils.studies import load_study
from course_utils.tasks import Sentences
from course_utils.tasks.four_answers import speak

# %% slideshow={"slide_type": "skip"}
from course_utils.tasks.open_captions import open_scores
from course_utils.training import claim, fit
from course_utils.worlds import ShapesWorld, read_clips

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A line from noise to data
#
# **How does noise become a clip?** Draw a clip $x$ and noise $\xi$ of the same
# shape, and join them by a straight line. $\zeta$ is how far along it we are: 0 is
# noise, 1 is the clip.
#
# $$
# z = (1 - \zeta)\, \xi + \zeta\, x, \qquad \xi \sim \mathcal N(0, I),
# \qquad \text{velocity } \frac{dz}{d\zeta} = x - \xi = \frac{x - z}{1 - \zeta}
# \tag{14.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x$, $\xi$, $z$ | clip, noise, a point between | that of the clip |
# | $\zeta$ | *level*: 0 noise, 1 clean | a number |
#
# **By hand.** $x = 3$, $\xi = -1$, $\zeta = 0.25$: $z = 0$, velocity $4$, and from
# $z$ it is $(3 - 0)/0.75 = 4$ again.

# %% slideshow={"slide_type": "fragment"}
x, xi, zeta = 3.0, -1.0, 0.25
z = (1 - zeta) * xi + zeta * x
print("z", z, " velocity", x - xi, "and", (x - z) / (1 - zeta))
assert (z, x - xi, (x - z) / (1 - zeta)) == (0.0, 4.0, 4.0)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Many lines cross
#
# Through one point $z$ lines run to *different* clips. A network that sees $z$
# alone, and is trained on squared errors, answers with their mean (lesson 09). Here
# that is no blur but exactly what is needed. Let $v(z, \zeta)$ be the mean velocity
# of all lines through $z$. Points that start as noise and follow $v$ have, at every
# level, the same *distribution* as the points on the lines (Lipman et al., 2023;
# Liu et al., 2023). At level 1 they are distributed as the data.
#
# $$
# v(z, \zeta) = \mathbb E[x - \xi \mid z] = \frac{\mathbb E[x \mid z, \zeta] - z}{1 - \zeta}
# \tag{14.1a}
# $$
#
# So velocity and *clean clip* are two ways to say the same: whoever knows
# $\hat x = \mathbb E[x \mid z, \zeta]$ knows $v$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **On paper.** Let the data be $K$ points $x_k$, equally likely. Given $z$ at level
# $\zeta$, the noise must have been $(z - \zeta x_k)/(1 - \zeta)$, and the Gaussian
# says how likely that is:
#
# $$
# \hat x(z, \zeta) = \sum_k p_k\, x_k,
# \qquad p = \mathrm{softmax}_k\Big(\!-\frac{\lVert z - \zeta x_k \rVert^2}{2 (1 - \zeta)^2}\Big)
# \tag{14.1b}
# $$

# %% slideshow={"slide_type": "fragment"}
turn = torch.arange(5) * 2 * math.pi / 5
points = 2 * torch.stack((turn.sin(), turn.cos()), -1)  # five points on a circle


def exact_clean(z, level, points=points):  # "n 2" -> "n 2", Eq. 14.1b
    far = (z[:, None] - level * points).square().sum(-1)
    return (-far / (2 * (1 - level) ** 2)).softmax(-1) @ points


def exact_velocity(z, level, points=points):
    return (exact_clean(z, level, points) - z) / (1 - level)

# %% slideshow={"slide_type": "fragment"}
anywhere = torch.tensor([[3.0, -1.0], [0.5, 2.0]])
print(
    "answer at level 0:",
    exact_clean(anywhere, 0.0).abs().round(decimals=2).tolist(),
)
assert exact_clean(anywhere, 0.0).abs().max() < 1e-5

# %% [markdown] slideshow={"slide_type": "fragment"}
# At level 0 nothing is known and the answer is the mean: lesson 12's blur. The flow
# takes it as a direction, not as an answer, and asks again a little later.
#
# **Is Eq. 14.1b right?** Draw a million lines, keep those that pass near a point,
# and take the mean of their velocities:

# %% slideshow={"slide_type": "fragment"}
g = torch.Generator().manual_seed(0)
chosen = points[torch.randint(5, (1_000_000,), generator=g)]
noise = torch.randn(1_000_000, 2, generator=g)

# %% slideshow={"slide_type": "fragment"}
for level, place in ((0.3, (0.4, 0.8)), (0.6, (-0.5, 1.0))):
    z = (1 - level) * noise + level * chosen
    near = (z - torch.tensor(place)).norm(dim=1) < 0.05
    measured = (chosen - noise)[near].mean(0)
    formula = exact_velocity(torch.tensor([place]), level)[0]
    apart = (measured - formula).norm()
    print(
        f"level {level}: measured and formula agree to 0.15: {bool(apart < 0.15)}"
    )
    assert apart < 0.15

# %% slideshow={"slide_type": "subslide"}
grid = torch.cartesian_prod(*[torch.linspace(-3, 3, 17)] * 2)
figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
for axis, level in zip(axes, (0.1, 0.5, 0.9)):
    v = exact_velocity(grid, level)
    axis.quiver(
        *grid.T, *(v / v.norm(dim=1, keepdim=True)).T, v.norm(dim=1), scale=28
    )
    axis.plot(*points.T, "o", color="#d55e00")
    axis.set(title=f"level {level}", xlabel="first number", ylabel="second number")
    axis.set_aspect("equal")

# %% slideshow={"slide_type": "fragment"}
fastest = [
    exact_velocity(grid, k).norm(dim=1).max().item() for k in (0.1, 0.5, 0.9)
]
print("fastest at the three levels:", [round(v, 1) for v in fastest])
viz.digest(exact_velocity(grid, 0.5), name="velocities at level 0.5")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The field on paper, arrows of one length, their colour the speed. Early all arrows
# point to the middle of the five points. Later the plane falls into five basins,
# and each point draws in its own.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A network learns the field
#
# **Nobody tells a network the mean velocity.** It is shown single lines, and the
# squared error makes it answer with their mean:
#
# $$
# \mathcal L = \mathbb E\; \frac{\lVert \hat x_\Theta(z, \zeta) - x \rVert^2}{(1 - \zeta)^2}
# = \mathbb E\; \lVert v_\Theta(z, \zeta) - (x - \xi) \rVert^2
# \tag{14.2}
# $$
#
# The two sides are one loss, by Eq. 14.1a: a network may say $\hat x$
# (*x-prediction*) or $v$. Near level 1 the weight explodes, so training code stops
# it at $1 / 0.1^2$.

# %% slideshow={"slide_type": "fragment"}
class Field(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 + 8, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2),
        )  # fmt: skip

    def forward(self, z, level):  # "n 2", "n" -> x_hat "n 2"
        turns = level[:, None] * math.pi * 2.0 ** torch.arange(4)
        return self.layers(torch.cat((z, turns.sin(), turns.cos()), -1))

# %% slideshow={"slide_type": "fragment"}
def plane_loss(model, seed):
    g = torch.Generator().manual_seed(seed)
    x = points[torch.randint(5, (512,), generator=g)]
    level, xi = torch.rand(512, generator=g), torch.randn(512, 2, generator=g)
    z = (1 - level)[:, None] * xi + level[:, None] * x
    error = (model(z, level) - x).square().sum(-1)
    return (error / (1 - level).clamp(min=0.1) ** 2).mean()

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
torch.manual_seed(0)
field = Field()
history = fit(field, plane_loss, steps=2500, lr=3e-3)
rows = []

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
for level in (0.1, 0.3, 0.5, 0.7, 0.9):
    z = (1 - level) * noise[:4000] + level * chosen[:4000]
    with torch.no_grad():
        learned = (field(z, torch.full((4000,), level)) - z) / (1 - level)
    exact = exact_velocity(z, level)
    off = (learned - exact).square().sum(-1).mean() / exact.square().sum(-1).mean()
    rows.append([level, 100 * off])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
claim(
    max(row[1] for row in rows) < 12,
    "an eighth of the squared velocity is missed at most",
)
viz.table(rows, ["level", "error of the velocity (%)"], title="one run", digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The network was only ever shown single lines, and it has found their mean, which
# no line of the training was.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Follow the field
#
# **The field is known at each place. How do we walk?** Start in noise and take $K$
# steps of *Euler*: ask for the velocity, go straight on for a while, ask again.
#
# $$
# z \leftarrow z + (\zeta' - \zeta)\, \frac{\hat x(z, \zeta) - z}{1 - \zeta}
# \tag{14.3}
# $$
#
# The last step, to $\zeta' = 1$, lands on $\hat x$. *Heun* asks a second time at
# the end of each step and goes on with the mean of both velocities; its last step
# is Euler's, for at level 1 there is nothing left to divide by.
#
# **By hand**, one point $x = 3$, $z = -1$, two steps: velocity $4$, so $z = 1$ at
# level $0.5$; velocity $(3 - 1)/0.5 = 4$, so $z = 3$. With one point the line is
# straight and any number of steps is right.

# %% slideshow={"slide_type": "fragment"}
def follow(predict, z, steps, heun=False, end=1.0):
    levels = torch.linspace(0, end, steps + 1).tolist()
    for now, then in zip(levels, levels[1:]):
        v = (predict(z, now) - z) / (1 - now)
        if heun and then < 1:
            ahead = z + (then - now) * v
            v = (v + (predict(ahead, then) - ahead) / (1 - then)) / 2
        z = z + (then - now) * v  # Eq. 14.3
    return z

# %% slideshow={"slide_type": "fragment"}
assert follow(lambda z, level: torch.tensor(3.0), torch.tensor(-1.0), 2) == 3
start = torch.randn(2000, 2, generator=g)
for heun in (False, True):
    ours, kept = (
        follow(exact_clean, start, 7, heun),
        solve(exact_clean, start, 0.0, 7, heun),
    )
    assert torch.allclose(ours, kept, atol=1e-5)
print("equal to course_utils.models.flow.solve, for Euler and Heun")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How many steps?
#
# Follow the exact field to level 0.8 and compare with 1024 steps. **Predict, then
# run**: twice as many steps make how much less error, for each of the two?

# %% slideshow={"slide_type": "fragment"}
counts, fine = [4, 8, 16, 32, 64], follow(exact_clean, start, 1024, True, end=0.8)
errors = {}
for name, heun in (("Euler", False), ("Heun", True)):
    row = [follow(exact_clean, start, K, heun, end=0.8) - fine for K in counts]
    errors[name] = (counts, [r.norm(dim=1).mean().item() for r in row])
    fall = [round(a / b, 1) for a, b in zip(errors[name][1], errors[name][1][1:])]
    print(f"{name}: twice the steps, error divided by", fall)
viz.lines(errors, "steps", "mean error", logx=2, logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Euler's error halves, as the order of the method says. Heun's falls by more,
# towards a quarter where steps are short. It asks twice in each step, so the fair
# rival is Euler with twice the steps.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: one of the two fields was trained
with torch.no_grad():
    ways = {
        "exact field": lambda z, level: exact_clean(z, level),
        "learned field": lambda z, level: field(z, torch.full((len(z),), level)),
    }
    ends = {name: follow(way, start, 32) for name, way in ways.items()}
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two fields was trained
for axis, (name, way) in zip(axes, ways.items()):
    path = [start[:60]]
    with torch.no_grad():
        for now in torch.arange(32) / 32:
            path.append(path[-1] + (way(path[-1], now) - path[-1]) / (1 - now) / 32)
    axis.plot(*torch.stack(path).movedim(-1, 0), color="#999999", linewidth=0.6)
    axis.plot(*start[:60].T, ".", color="#333333", markersize=4, label="noise")
    axis.plot(*path[-1].T, "o", color="#0072b2", markersize=5, label="the end")
    axis.set(title=name, xlabel="first number", ylabel="second number")
    axis.legend(loc="upper right", fontsize=8)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two fields was trained
for name, end in ends.items():
    share = torch.cdist(end, points).argmin(1).bincount(minlength=5) / 2000
    print(
        f"{name}: shares of the five points", [round(v, 2) for v in share.tolist()]
    )
viz.digest(ends["exact field"], name="ends")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A fifth of the noise ends at each point: the *distribution* is right, not only the
# points. A regression would have put all 2000 into the middle.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Say the clip, or say the velocity?
#
# On paper it is the same. For a network it is not: a velocity holds the noise, 192
# numbers a patch that have no structure, while clips have few. A study trains one
# Transformer on single frames of 16 patches of 8 x 8 pixels, three seeds each, once
# to say $\hat x$ and once to say $v$, with the same loss (Eq. 14.2). **Predict,
# then run**: which is right more often?

# %% slideshow={"slide_type": "fragment"}
study = load_study("x-or-velocity")
print(study.note())
numbers = ["velocity error", "colour", "shape"]
study.table(numbers, ["error of the velocity", "colour (%)", "shape (%)"], digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Saying the picture wins by far: its error of the velocity is a thirtieth, and its
# colours are nearly always right, where who says the velocity guesses. Our reading:
# a velocity contains the noise, 192 numbers a patch that a token of width 64 cannot
# hold; a picture it can. (Shapes are hard for both after 900 steps.) So the models
# of this course say $\hat x$.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why is the mean velocity enough?* Mass that flows with
# the mean velocity moves as the lines do on average, so that the cloud is the same
# at every level; single points do not follow single lines. *Do two paths cross?*
# Not under an exact field: at one place and level there is one velocity. *Why weigh
# by $1/(1-\zeta)^2$?* It turns the error of the clip into that of the velocity (Eq.
# 14.1a).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The diffusion Transformer for video
#
# **What must the network know?** The noisy frames, the level, the sentence. Level
# and sentence speak to every part in the same way: one vector $c$ gives each
# sublayer a scale and a shift for its norm and a gate for what it adds
# (*AdaLN-Zero*, Peebles and Xie, 2023). The gates start at zero, so that a fresh
# network is the identity. Sublayers are those of lesson 09: attention in space,
# attention in time, feed-forward.
#
# We make a clip frame by frame: frame $t$ flows from noise, given the clean frames
# before it. So the *causal mask* of lesson 06 and its cache serve again, and, as in
# lesson 09, a frame may *move* the one before it and *paint*.

# %% slideshow={"slide_type": "fragment"}
world = ShapesWorld(size=16, frames=8, radius=(2.5, 3.5), speed=(0.8, 1.4))
torch.manual_seed(0)
small = VideoDiT(
    words=len(TOKENIZER), size=16, patch=4, d_model=64, num_layers=3, reach=3
)
example = world.sample(2, seed=0)
ids = TOKENIZER.encode(example.caption)
machine = viz.diagram(small, (example.video, torch.full((2, 8), 0.5), ids))
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# The level and the words enter as one vector for each frame. Lesson 15 opens this
# machine, and gives every frame a level of its own.

# %% slideshow={"slide_type": "skip"}
machine.digest()

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a training run
def video_loss(model, seed):
    drawn = world.sample(12, seed)
    ids = TOKENIZER.encode(drawn.caption)
    g = torch.Generator().manual_seed(seed)
    ids = ids * (
        torch.rand(len(ids), 1, generator=g) > 0.15
    )  # some have no caption
    first = world.sample(48, seed + 2**41)
    single = flow_loss(
        model, first.video[:, :2], seed + 1, TOKENIZER.encode(first.caption)
    )
    return flow_loss(model, drawn.video, seed, ids) + single

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run
history = fit(small, video_loss, steps=600, lr=0.02, optimizer="muon")
viz.loss_curve({"one run": history}, ylabel="error of the velocity", smooth=20)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In every step 12 whole clips, and the first two frames of 48 more: what a clip
# shows and where it goes is decided in them.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a trained model
asked = world.sample(96, seed=1_000_000_000)
ids = TOKENIZER.encode(asked.caption)


def said(film):
    right = read_clips(film, radius=(2.5, 3.5)).agrees(asked.caption)
    return [
        100 * right[k].float().mean().item()
        for k in ("colour", "shape", "direction")
    ]

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
rows = {"chance": [25.0, 25.0, 12.5], "true clips": said(asked.video)}
for K in (1, 2, 4, 10):
    rows[f"Euler, {K} steps"] = said(sample(small, ids, 8, seed=1, steps=K))
rows["Heun, 5 steps"] = said(sample(small, ids, 8, seed=1, steps=5, heun=True))
claim(rows["Euler, 10 steps"][0] > 50, "the colour is mostly that of the caption")
heads = ["16 x 16 x 8, one run", "colour (%)", "shape (%)", "direction (%)"]
viz.table(rows, heads, digits=0)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One step from noise lands on the network's first answer: the colour is right, the
# shape a guess, the direction right in little more than half. With ten steps nine
# directions of ten are right, and half of the shapes. Heun with 5 steps asks the
# network 9 times for each frame, so its fair rival is Euler with 10: here they are
# level.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
film = sample(small, ids[:4], 8, seed=1, steps=10)
print(*asked.caption[:4], sep="\n")
viz.digest(film, name="four captions")
viz.filmstrip(dict(zip("1234", film)), title="A short run at 16 x 16 pixels")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The rows follow the printed captions. Colours and motions are there; the shapes
# are blobs, which is why half of them are misread.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Guidance
#
# **A sentence is one vector beside many pixels, and is easily overheard. Can it be
# made louder?** Ask twice, with the sentence and without, and go further in the
# direction in which the sentence pulls (Ho and Salimans, 2022):
#
# $$
# \hat x = \hat x(\text{no words}) + w\,\big(\hat x(\text{words}) - \hat x(\text{no words})\big)
# \tag{14.4}
# $$
#
# $w = 1$ listens as trained. That is why some captions were left out in training:
# the same network has to answer without one.
#
# **By hand**: $0.2$ without words, $0.5$ with them, $w = 2$: $0.8$.

# %% slideshow={"slide_type": "fragment"}
free, told = torch.tensor(0.2), torch.tensor(0.5)
print(f"w = 2: {(free + 2 * (told - free)).item():.1f}")
assert torch.isclose(free + 2 * (told - free), torch.tensor(0.8))
assert torch.isclose(free + 1 * (told - free), told)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **What does it cost?** *Diversity*: how far apart the starts of 64 answers to one
# caption lie. **Predict, then run** on the checkpoint, with $w$ of 0, 1, 1.5, 3
# and 6: what happens to the words, and what to the starts?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
big = ShapesWorld()
wanted = big.sample(64, seed=1_000_000_001)
rows = []

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
for w in (0.0, 1.0, 1.5, 3.0, 6.0):
    film = speak(finished, wanted.caption, frames=16, guidance=w, steps=6)
    found = open_scores(wanted.caption, film)
    same = speak(
        finished, [wanted.caption[0]] * 64, frames=3, guidance=w, steps=6, seed=3
    )
    first = read_clips(same[:, :1].expand(-1, 2, -1, -1, -1)).position[:, 0]
    spread = first[~first.isnan().any(-1)].std(0).mean().item()
    rows.append(
        [w, found["colour (%)"], found["shape (%)"], found["direction (%)"], spread]
    )

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
heads = ["w", "colour (%)", "shape (%)", "direction (%)", "spread of starts (px)"]
viz.table(rows, heads, digits=1, title="checkpoint, 64 captions")

# %% [markdown] slideshow={"slide_type": "fragment"}
# With $w = 0$ the first three frames do not hear the sentence; the later ones do,
# and bend some clips towards it. At 1 they hear it as trained. From there to 6
# words come out a little surer, shapes most, and the starts draw together, from 6.4
# to 5.1 pixels of standard deviation. That is the trade: surer of the words, less
# varied in what the words leave open. (One run, 64 captions: a few points between
# two rows say nothing.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## An open sentence, answered
#
# **And the blur of lesson 12?** The same 128 open captions, by flow and by tokens,
# beside regression (which has sentences of its own) and chance.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
from course_utils.models import VideoGPT
from course_utils.tasks.open_captions import caption_tokenizer
from course_utils.tokenizers import VideoTokenizer

many = big.sample(128, seed=1_000_000_000)
tokenizer, _ = load_checkpoint("tokenizer", VideoTokenizer)
writer, _ = load_checkpoint("video-gpt", VideoGPT)
codes = writer.generate(
    caption_tokenizer().encode(many.caption), seed=1, temperature=(1, 1, 0.5)
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
films = {
    "flow": speak(finished, many.caption),
    "tokens (lesson 13)": tokenizer.decode(codes),
}
names = ["colour (%)", "shape (%)", "direction (%)", "all (%)"]
table = {name: open_scores(many.caption, film) for name, film in films.items()}
regression, _ = load_checkpoint("sentence", VideoEncoderDecoder)
blurry = Sentences("open", split="test")
blur = blurry.evaluate({"m": regression}, blurry.draw(96, seed=1_000_000_000))["m"]

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
rows = {
    "chance": [25.0, 25.0, 12.5, 0.4],
    "regression (lesson 12)": [blur[n] for n in names],
}
rows |= {name: [found[n] for n in names] for name, found in table.items()}
claim(table["flow"]["colour (%)"] > 70, "the colour is mostly that of the caption")
viz.table(rows, ["answer, one run each", *names], digits=0)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a last bit may decide a pixel
one = [wanted.caption[0]] * 6
six = speak(finished, one, seed=5)
print(one[0])
viz.digest(six, name="six answers to one caption")
viz.filmstrip(dict(zip("123456", six)), every=3, title="Six answers (one run)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Six beginnings in noise, one caption, six blue squares: no two start alike. Look
# for specks at the edges of the first frames. The table says the same: flow has the
# colour, nearly all shapes and five directions in six, and regression had the
# shapes of a guess. Tokens are ahead in the directions. Their GPT had 24 minutes of
# one core, this flow 56, and learned four tasks in them (lesson 15); the GPT has a
# tokenizer for its pixels. It is a statement about these two runs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far are two sets of clips apart?
#
# **Is a set of generated clips like the true ones, as a set?** Turn each clip into
# a few numbers, *features*, and compare the two clouds by mean $m$ and covariance
# $C$ (the *Frechet distance* of two Gaussians; Heusel et al., 2017, on images):
#
# $$
# D_F = \lVert m_1 - m_2 \rVert^2 + \mathrm{tr}\big(C_1 + C_2 - 2\,(C_1 C_2)^{1/2}\big)
# \tag{14.5}
# $$
#
# **By hand**, one feature: means 0 and 1, deviations 2 and 3: $1 + (2 - 3)^2 = 2$.
#
# The features come from a network of this course that is never trained here, the
# predictor of lesson 09: mean and deviation of its tokens over a clip, in its first
# 24 numbers.

# %% slideshow={"slide_type": "fragment"}
a, b = (
    torch.tensor([[-2.0], [2.0]]),
    torch.tensor([[-2.0], [4.0]]),
)  # deviations 2 and 3
print(f"by hand 2, {frechet_distance(a, b):.1f}")
assert abs(frechet_distance(a, b) - 2) < 1e-6
watcher, _ = load_checkpoint("predict-shapes", VideoTransformer)

# %% slideshow={"slide_type": "fragment"}
@torch.no_grad()
def features(video):  # "B T C H W" -> "B 48"
    tokens = watcher.tokens(video).flatten(1, 2)[..., :24]
    return torch.cat((tokens.mean(1), tokens.std(1)), -1)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a last bit may decide a pixel
true = [big.sample(256, seed).video for seed in (11, 12)]
order = torch.randperm(16, generator=torch.Generator().manual_seed(0))
captions = big.sample(128, seed=13).caption
made = torch.cat((films["flow"], speak(finished, captions, seed=9)))
first = features(true[0])

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
far = {
    "true against true": true[1],
    "flow": made,
    "tokens (128 clips)": films["tokens (lesson 13)"],
    "frames shuffled": true[1][:, order],
    "mean of all clips": true[1].mean(0, keepdim=True).expand(256, -1, -1, -1, -1),
}
distances = {
    name: frechet_distance(first, features(v)).item() for name, v in far.items()
}

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
floor = distances["true against true"]
print(
    {
        name: f"{value / floor:.1f} times the floor"
        for name, value in distances.items()
    }
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a last bit may decide a pixel
viz.bars(
    distances,
    ylabel="Frechet distance, in features of lesson 09 (one run each)",
    digits=2,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first bar is the floor: two sets of true clips are not at distance 0 either,
# for each has clips of its own. Flow and tokens lie between four and five floors
# away, shuffled frames and a still mean beyond a hundred. (The bar of 128 clips
# stands a little too high: a covariance of fewer clips is less certain.)
#
# **Where it lies.** First, it sees what its features see. The reader found three
# quarters of the flow's clips right and nearly nine in ten of the tokens', and to
# these features they are equally far. Second, it compares sets, and reads no
# caption: exchange the captions of all clips, and not a digit changes.

# %% slideshow={"slide_type": "fragment"}
mixed = big.sample(256, 12)
wrong = mixed.caption[1:] + mixed.caption[:1]
right = read_clips(mixed.video).agrees(wrong)["colour"].float().mean().item()
print(f"captions moved on by one: colour right {right:.0%}, the distance unchanged")

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is this diffusion?* A diffusion model adds noise in small
# steps and learns to take it away; with Gaussian noise its deterministic sampler
# follows such a field too, along curved lines. *Why start from Gaussian noise?* Any
# distribution that we can draw from would do. *Why not one step?* From noise one
# step gives the mean, as in lesson 12. *What is lost against tokens?* Nothing
# counts bits here.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | formula | in words | kept as |
# |---|---|---|
# | $z = (1 - \zeta)\xi + \zeta x$ (14.1), $v = (\hat x - z)/(1 - \zeta)$ (14.1a) | a line; its mean velocity | `course_utils.models.flow` |
# | $\hat x = \sum_k p_k x_k$ (14.1b) | the exact answer, for points | this lesson |
# | $\lVert \hat x - x \rVert^2 / (1 - \zeta)^2$ (14.2) | one loss, two ways to say it | `course_utils.models.flow_loss` |
# | Euler, Heun (14.3) | walk along the field | `course_utils.models.sample`, `flow.solve` |
# | $\hat x_0 + w(\hat x_c - \hat x_0)$ (14.4) | listen harder | `sample(..., guidance=w)` |
# | $D_F$ (14.5) | how far two sets are apart | `course_utils.metrics.frechet_distance` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# **1. Weights.** Give the points of the plane unequal shares (repeat one of them in
# `points`). *Guess*: does the flow keep them?
#
# **2. A caption that is no caption.** Sample with all words 0. *Guess*: an empty
# stage, or some clip?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: a last bit may decide a pixel
double = torch.cat((points, points[:1]))  # the first point twice
end = follow(lambda z, level: exact_clean(z, level, double), start, 32)
share = torch.cdist(end, points).argmin(1).bincount(minlength=5) / 2000
print("shares of the five points:", [round(v, 2) for v in share.tolist()])
silent = sample(
    finished, torch.zeros(4, 9, dtype=torch.long), seed=2, steps=6, later=3
)
print("without words:", read_clips(silent).caption)

# %% [markdown] slideshow={"slide_type": "skip"}
# <details><summary>What you saw</summary>
#
# The doubled point gets a third of the noise, the others a sixth each. Without
# words the network draws what the world draws: some shape that goes somewhere.
# </details>
#
# ## Homework
#
# The exercises of this lesson are in
# [homework 14](homework/hw14_generate_by_flow.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - Y. Lipman, R. T. Q. Chen, H. Ben-Hamu, M. Nickel, M. Le, *Flow Matching for
#   Generative Modeling*, ICLR 2023. Read it for the proof that the mean velocity
#   has the right distributions.
# - X. Liu, C. Gong, Q. Liu, *Flow Straight and Fast: Learning to Generate and
#   Transfer Data with Rectified Flow*, ICLR 2023. Read it for straight lines, and
#   straighter ones.
# - W. Peebles, S. Xie, *Scalable Diffusion Models with Transformers*, ICCV 2023.
#   Read it for AdaLN-Zero and its rivals.
# - J. Ho, T. Salimans, *Classifier-Free Diffusion Guidance*, arXiv 2207.12598,
#   2022. Read it for Eq. 14.4 and what it trades.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, *GANs Trained
#   by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium*, NIPS
#   2017. Read it for Eq. 14.5 on images.
