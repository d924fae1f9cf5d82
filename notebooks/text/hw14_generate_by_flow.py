# %% [markdown]
# # Homework 14: follow a velocity from noise to a clip
#
# **You will practise** to place a clip on the line from noise; write down the exact
# velocity towards a few points and keep it finite; take Heun's steps with a network
# that predicts clean clips; find three mistakes in a loss that falls; guide towards
# two captions at once, in a part of the way; and measure a distance between two
# sets of clips.
#
# **You need** lesson 14. **Time**: about 130 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 14.1 | a point on the line, and its velocity | reproduce | 1 | 10 |
# | 14.2 | the exact velocity towards weighted points | reproduce | 3 | 25 |
# | 14.3 | Heun's steps from clean predictions | extend | 3 | 25 |
# | 14.4 | repair the loss of a flow | break and repair | 2 | 20 |
# | 14.5 | guidance towards several captions | extend | 3 | 25 |
# | 14.6 | a distance between weighted sets | extend | 4 | 25 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.
#
# All functions here call the flow time *level*: 0 is noise, 1 is the clean clip.

# %%
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils import viz
from course_utils.checks import check, grade
from course_utils.worlds import ShapesWorld

world = ShapesWorld(size=16, frames=8)
data = world.sample(128, seed=14)
clips = data.video.double()  # "128 8 3 16 16"
generator = torch.Generator().manual_seed(1)
noise = torch.randn(64, *clips.shape[1:], generator=generator).double()
viz.digest(clips, name="128 clips")

# %% [markdown]
# ## Exercise 14.1: a point on the line, and its velocity (reproduce, difficulty 1, 10 minutes)
#
# The warm-up. Each clip of a batch stands at a level of its own on the straight
# line from its noise to the clip. Return the points and their velocities.
#
# <details><summary>Hint</summary>
#
# A level belongs to a clip, the first axis. `level.view(-1, 1, 1, 1, 1)` puts it
# there.
# </details>

# %% tags=["exercise-14.1"]
def noisy_point(
    clip: Float[Tensor, "B T C H W"],
    noise: Float[Tensor, "B T C H W"],
    level: Float[Tensor, " B"],
) -> tuple[Float[Tensor, "B T C H W"], Float[Tensor, "B T C H W"]]:
    """Return the points at `level` between noise and clip, and their velocities."""
    ### BEGIN SOLUTION
    a = level.view(-1, 1, 1, 1, 1)
    return (1 - a) * noise + a * clip, clip - noise
    ### END SOLUTION

# %%
check("14.1", noisy_point)

# %% tags=["graded-14.1"] points=1
grade("14.1", noisy_point)
### BEGIN HIDDEN TESTS
grade("14.1", noisy_point, seed=1401)
### END HIDDEN TESTS

# %%
levels = torch.tensor([0.0, 0.3, 0.6, 0.8, 1.0]).double()
points, _ = noisy_point(clips[:1].expand(5, -1, -1, -1, -1), noise[:5], levels)
viz.filmstrip(
    {f"level {a:.1f}": z.clamp(0, 1) for a, z in zip(levels.tolist(), points)},
    title="One clip on five lines",
)

# %% [markdown]
# From noise to the clip, top to bottom. The colours show before the edges do.
#
# ## Exercise 14.2: the exact velocity towards weighted points (reproduce, difficulty 3, 25 minutes)
#
# A network learns the *mean* velocity of all lines that pass through a place. If
# the data are $N$ points $x_k$, drawn with probabilities $w_k$, this mean is known
# on paper. At `level` $a$ the noisy points that come from $x_k$ are a Gaussian
# around $a\,x_k$ with the standard deviation $1 - a$ in each dimension. So a place
# $z$ came from $x_k$ with the probability
#
# $$ \mathrm{share}_k \propto w_k \exp\left(-\frac{\lVert z - a\,x_k \rVert^2}{2 (1 - a)^2}\right), \qquad \text{velocity} = \frac{\sum_k \mathrm{share}_k\, x_k - z}{1 - a}. $$
#
# It must hold in any number of dimensions, for points of weight 0, near level 1,
# and for a place that is so far from all points that every exponential is 0. The
# level is below 1.
#
# 1. Compute the exponent for every place and every point, the weight included.
# 2. Turn the exponents into shares, so that nothing overflows and nothing is 0 / 0.
# 3. Return the velocity towards the mean.
#
# <details><summary>Hint 1: the weight inside the exponent</summary>
#
# $w\,e^u = e^{u + \log w}$, and $\log 0 = -\infty$ is welcome in a softmax, as long
# as not all exponents are.
# </details>
# <details><summary>Hint 2: why the softmax is safe</summary>
#
# It subtracts the largest exponent first, which does not change the shares.
# </details>

# %% tags=["exercise-14.2"]
def exact_velocity(
    points: Float[Tensor, "N D"],
    weights: Float[Tensor, " N"],
    where: Float[Tensor, "M D"],
    level: float,
) -> Float[Tensor, "M D"]:
    """Return the mean velocity at M places, for data that are N weighted points.

    weights sum to 1, some may be 0; 0 <= level < 1. All tensors are float64.
    """
    ### BEGIN SOLUTION
    far = (where[:, None] - level * points).square().sum(-1)  # M N
    share = (weights.log() - far / (2 * (1 - level) ** 2)).softmax(1)
    return (share @ points - where) / (1 - level)
    ### END SOLUTION

# %%
check("14.2", exact_velocity)

# %% tags=["graded-14.2"] points=3
grade("14.2", exact_velocity)
### BEGIN HIDDEN TESTS
grade("14.2", exact_velocity, seed=1402)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** Let the data be 48 clips, every one a point in 6144
# dimensions. Start from noise, follow the exact velocity in 16 equal steps, and
# look at the mean clip that it runs to on the way. What will stand at the end: a
# new clip, a mixture, or one of the 48?

# %%
few = clips[:48].flatten(1)
z, seen = noise[:1].flatten(1), {}
for step in range(16):
    level = step / 16
    velocity = exact_velocity(few, torch.full((48,), 1 / 48).double(), z, level)
    if step in (0, 1, 2, 3, 5):
        seen[f"mean at {level:.2f}"] = (z + (1 - level) * velocity).view(
            1, 8, 3, 16, 16
        )
    z = z + velocity / 16
seen["at the end"] = z.view(1, 8, 3, 16, 16)
nearest = torch.cdist(z, few).min().item()
print(f"distance from the end to the nearest of the 48 clips: {nearest:.3f}")
viz.filmstrip({name: clip[0].clamp(0, 1) for name, clip in seen.items()})

# %% [markdown]
# One of the 48. A network that learned this velocity perfectly would be a copying
# machine; what it makes beyond its training clips comes from *not* fitting it
# perfectly (Scarvelis, Borde and Solomon, 2025, "Closed-Form Diffusion Models",
# TMLR). The choice falls early: at level 0.31 the mean is this clip, but for the
# faint shadow of another. In many dimensions two clips are told apart through a lot
# of noise.
#
# ## Exercise 14.3: Heun's steps from clean predictions (extend, difficulty 3, 25 minutes)
#
# `predict(z, level)` says the clean clip for a batch at one level; the velocity
# follows from it. Write Heun's method (Karras et al., 2022, "Elucidating the Design
# Space of Diffusion-Based Generative Models", NeurIPS): take the velocity here, go
# to the end of the step, take the velocity there, and do the step again with the
# mean of both. The steps are as long as `levels` says. At level 1 the velocity is 0
# / 0, so a step that ends exactly there uses the first velocity alone; levels that
# stop earlier end with a whole step.
#
# 1. Turn a prediction into a velocity.
# 2. Go through pairs of neighbouring levels.
# 3. Treat a step that ends at 1 apart.
#
# <details><summary>Hint 1: pairs</summary>
#
# `zip(levels[:-1], levels[1:])` gives the start and end of every step.
# </details>
# <details><summary>Hint 2: where the last step lands</summary>
#
# A step of length 1 - level along (clean - z) / (1 - level) ends at the clean clip.
# </details>

# %% tags=["exercise-14.3"]
def heun(
    predict, noise: Float[Tensor, "B D"], levels: Float[Tensor, " steps+1"]
) -> Float[Tensor, "B D"]:
    """Follow the velocity from levels[0] to levels[-1] by Heun's method.

    predict(z, level) returns the clean "B D" for points at one level below 1; noise
    are the points at levels[0]; the levels ascend in uneven steps, the last is at
    most 1.
    """
    ### BEGIN SOLUTION
    z = noise
    for now, after in zip(levels[:-1], levels[1:]):
        first = (predict(z, now) - z) / (1 - now)
        ahead = z + (after - now) * first
        if after < 1:
            second = (predict(ahead, after) - ahead) / (1 - after)
            ahead = z + (after - now) * (first + second) / 2
        z = ahead
    return z
    ### END SOLUTION

# %%
check("14.3", heun)

# %% tags=["graded-14.3"] points=3
grade("14.3", heun)
### BEGIN HIDDEN TESTS
grade("14.3", heun, seed=1403)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** Eight points stand on a circle in the plane. A prediction
# is what costs time, and a step of Heun costs two. With 2, 4, 8, ... predictions,
# from level 0 to 0.8: which method ends nearer to where 20 000 steps end?

# %%
angle = torch.arange(8).double() * torch.pi / 4
circle = torch.stack((angle.cos(), angle.sin()), 1)
starts = torch.randn(200, 2, generator=generator).double()


def on_circle(z, level):
    """The exact clean prediction: the mean of the points that may lie behind z."""
    far = (z[:, None] - level * circle).square().sum(-1)
    return (-far / (2 * (1 - level) ** 2)).softmax(1) @ circle


def euler(predict, z, levels):
    for now, after in zip(levels[:-1], levels[1:]):
        z = z + (after - now) * (predict(z, now) - z) / (1 - now)
    return z


truth = euler(on_circle, starts, torch.linspace(0, 0.8, 20001).double())
errors = {"Euler": [], "Heun": []}
costs = [2, 4, 8, 16, 32, 64]
for cost in costs:
    for name, method, steps in (("Euler", euler, cost), ("Heun", heun, cost // 2)):
        end = method(on_circle, starts, torch.linspace(0, 0.8, steps + 1).double())
        errors[name].append((end - truth).norm(dim=1).mean().item())
print({name: [round(e, 2) for e in values] for name, values in errors.items()})
viz.lines(
    {name: (costs, values) for name, values in errors.items()},
    xlabel="predictions",
    ylabel="distance from the end of the path",
    logx=True,
    logy=True,
)

# %% [markdown]
# With two or four predictions Euler is nearer, from eight on Heun is. Twice the
# predictions halve the error of Euler, and leave a quarter or less of Heun's. That
# is what first and second order mean, and it says nothing about two long steps.
#
# ## Exercise 14.4: repair the loss of a flow (break and repair, difficulty 2, 20 minutes)
#
# A colleague's loss runs, falls, and the samples stay poor. The network predicts
# clean clips; the loss is meant to be that of the *velocity*, in which what is left
# of the way counts as 0.1 at least:
#
# $$ \mathcal{L} = \mathrm{mean}\left(\frac{(\hat x - x)^2}{\max(1 - a,\ 0.1)^2}\right), \qquad a \text{ drawn evenly from } [0, 1) \text{ for each clip.} $$
#
# **Find three mistakes and repair them.** Every number is drawn from `generator`,
# the levels first ($B$ of them, by `torch.rand`), then the noise (by
# `torch.randn`).
#
# <details><summary>Hint 1: shapes</summary>
#
# Print the shapes of `level`, of `noise` and of `weight`. Which axis of the clips
# does each of them run along?
# </details>
# <details><summary>Hint 2: the weight</summary>
#
# What is it at level 0.9, and what should it be?
# </details>

# %%
def given_loss(predict, clips, generator):
    level = torch.rand(clips.shape[1], generator=generator)
    a = level.view(-1, 1, 1, 1)
    noise = torch.randn(clips.shape[1:], generator=generator)
    point = (1 - a) * noise + a * clips
    weight = (1 - a).clamp(min=0.1) ** 2
    return (weight * (predict(point, level) - clips) ** 2).mean()

# %% tags=["exercise-14.4"]
def repaired_loss(
    predict, clips: Float[Tensor, "B T C H W"], generator: torch.Generator
) -> Float[Tensor, ""]:
    """Return the loss of the velocity of a network that predicts clean clips.

    predict(point, level): the clean clips "B T C H W" for noisy ones at levels "B".
    """
    ### BEGIN SOLUTION
    level = torch.rand(len(clips), generator=generator)
    a = level.view(-1, 1, 1, 1, 1)
    noise = torch.randn(clips.shape, generator=generator)
    point = (1 - a) * noise + a * clips
    weight = 1 / (1 - a).clamp(min=0.1) ** 2
    return (weight * (predict(point, level) - clips) ** 2).mean()
    ### END SOLUTION

# %%
check("14.4", repaired_loss)

# %% tags=["graded-14.4"] points=2
grade("14.4", repaired_loss)
### BEGIN HIDDEN TESTS
grade("14.4", repaired_loss, seed=1404)
### END HIDDEN TESTS

# %% [markdown]
# **What did the network see?** A predictor that listens: it notes the levels and
# the noisy clips. On black clips these are noise alone, so that two of a batch can
# be compared.

# %%
heard = {}


def listen(point, level):
    heard.update(point=point, level=level)
    return torch.zeros_like(point)


rows = []
for name, loss in (("given", given_loss), ("repaired", repaired_loss)):
    loss(listen, torch.zeros(6, 4, 3, 8, 8), torch.Generator().manual_seed(4))
    pair = heard["point"][:2].flatten(1)
    alike = abs(torch.corrcoef(pair)[0, 1].item())
    rows.append([name, len(heard["level"]), f"{alike:.1f}"])
viz.table(rows, ["loss", "levels for 6 clips of 4 frames", "correlation of noise"])

# %% [markdown]
# The given loss shows six clips with one noise, at the levels of four frames. None
# of it is an error to Python, for shapes that can be broadcast are broadcast.
#
# ## Exercise 14.5: guidance towards several captions (extend, difficulty 3, 25 minutes)
#
# Guidance (Ho and Salimans, 2022, "Classifier-Free Diffusion Guidance") steps from
# the answer without a caption through the answer with it, and beyond. Two
# extensions:
#
# - *Several captions*: the answer with captions is the sum of the answers to each,
#   times its share. (Liu et al., 2022, "Compositional Visual Generation with
#   Composable Diffusion Models", ECCV, combine captions in this spirit.)
# - *An interval*: guidance works between two levels only, both edges included;
#   outside the plain answer with captions stands, which is guidance of weight 1.
#   (Kynkäänniemi et al., 2024, "Applying Guidance in a Limited Interval Improves
#   Sample and Distribution Quality in Diffusion Models", NeurIPS.)
#
# Every clip of the batch stands at a level of its own, below 1.
#
# 1. Mix the answers to the captions.
# 2. Step from the empty answer: weight 0 is empty, 1 is plain, more is beyond.
# 3. Choose clip by clip, and return the clean clip and the velocity towards it.
#
# <details><summary>Hint 1: the weight of each clip</summary>
#
# `torch.where(inside, weight, 1.0)` is a weight for each clip; with it one formula
# serves both sides of the interval.
# </details>
# <details><summary>Hint 2: the sum over captions</summary>
#
# `torch.einsum("k,kbtchw->btchw", shares, captions)`.
# </details>

# %% tags=["exercise-14.5"]
def guided(
    empty: Float[Tensor, "B T C H W"],
    captions: Float[Tensor, "K B T C H W"],
    shares: Float[Tensor, " K"],
    point: Float[Tensor, "B T C H W"],
    level: Float[Tensor, " B"],
    weight: float,
    interval: tuple[float, float],
) -> tuple[Float[Tensor, "B T C H W"], Float[Tensor, "B T C H W"]]:
    """Return the guided clean clip, and the velocity from `point` towards it.

    empty, captions: the clean clips that the network predicts without a caption,
    and with each of K captions; the shares sum to 1.
    """
    ### BEGIN SOLUTION
    plain = torch.einsum("k,kbtchw->btchw", shares, captions)
    inside = (interval[0] <= level) & (level <= interval[1])
    w = torch.where(inside, weight, 1.0).view(-1, 1, 1, 1, 1)
    clean = empty + w * (plain - empty)
    return clean, (clean - point) / (1 - level).view(-1, 1, 1, 1, 1)
    ### END SOLUTION

# %%
check("14.5", guided)

# %% tags=["graded-14.5"] points=3
grade("14.5", guided)
### BEGIN HIDDEN TESTS
grade("14.5", guided, seed=1405)
### END HIDDEN TESTS

# %% [markdown]
# **Clean clips or velocities?** Some programs guide velocities: the velocity
# without a caption plus the weight times the difference. **Predict, then run**: by
# how much do the two rules differ?

# %%
draw = [torch.rand(5, 2, 3, 4, 4, generator=generator) for _ in range(3)]
a = torch.rand(5, generator=generator)
_, ours = guided(draw[0], draw[1][None], torch.ones(1), draw[2], a, 3.0, (0.0, 1.0))
without, with_caption = (
    (x - draw[2]) / (1 - a).view(-1, 1, 1, 1, 1) for x in draw[:2]
)
difference = (without + 3.0 * (with_caption - without) - ours).abs().max().item()
print(f"largest difference: {difference:.3f}")

# %% [markdown]
# By nothing: the velocity is a straight function of the clean clip, and the weights
# of both answers sum to 1. (Proof: put (clean - z) / (1 - a) into either rule.) The
# same holds for predicted noise.
#
# ### Two words, one clip
#
# Among the 128 clips some are red and some are circles. The exact predictor for a
# word knows the clips that fit the word; nobody tells it about red circles.
# **Predict, then run**: with one half of each word, what do weight 1 and weight 4
# make?

# %%
def clean_clip(z, level, fits):
    """The exact prediction when the data are the clips that fit a word."""
    known = clips[fits].flatten(1)
    far = torch.cdist(z.flatten(1), level * known).square()
    return ((-far / (2 * (1 - level) ** 2)).softmax(1) @ known).view_as(z)


def follow(words, shares, weight, interval=(0.0, 1.0), steps=16):
    z = noise
    for step in range(steps):
        a = torch.full((len(z),), step / steps).double()
        empty = clean_clip(z, step / steps, torch.ones(128, dtype=torch.bool))
        answers = torch.stack([clean_clip(z, step / steps, fits) for fits in words])
        _, velocity = guided(empty, answers, shares, z, a, weight, interval)
        z = z + velocity / steps
    return z


red = torch.tensor([colours[0] == "red" for colours in data.colour])
circles = torch.tensor([shapes[0] == "circle" for shapes in data.shape])
halves = torch.tensor([0.5, 0.5]).double()
made = {weight: follow([red, circles], halves, weight) for weight in (1.0, 4.0)}
rows = []
for weight, film in made.items():
    near, which = torch.cdist(film.flatten(1), clips.flatten(1)).min(1)
    lands, both = near < 0.1, (red & circles)[which]
    rows.append([f"{weight:.0f}", lands.sum().item(), (lands & both).sum().item()])
    if weight == 1:
        between = near.argmax().item()  # the noise that ends farthest from any clip
viz.table(rows, ["weight", "of 64: end on a clip", "on a red circle"])

# %%
viz.filmstrip(
    {f"weight {w:.0f}": clip[between].clamp(0, 1) for w, clip in made.items()},
    title="Red, and a circle: one noise, two weights",
)

# %% [markdown]
# At weight 1 most noises end in a double exposure: the half of one red clip and the
# half of one circle that is not red, for the two answers need not agree. At weight
# 4 what only one of the words wants is pushed away, and every noise ends on a red
# circle.
#
# **The price.** Guide towards red alone, and count how many different red clips 64
# noises reach. **Predict, then run**: what does weight 8 cost, and does it cost the
# same when it works between the levels 0.15 and 0.5 only?

# %%
print("red clips:", red.sum().item())
rows = []
for weight, interval in ((1.0, (0.0, 1.0)), (8.0, (0.0, 1.0)), (8.0, (0.15, 0.5))):
    made = follow([red], torch.ones(1).double(), weight, interval)
    near = torch.cdist(made.flatten(1), clips.flatten(1)).argmin(1)
    share = f"{100 * red[near].double().mean().item():.0f} %"
    rows.append([f"{weight:.0f}", str(interval), share, len(near.unique())])
viz.table(rows, ["weight", "levels", "red", "different clips"])

# %% [markdown]
# All are red at weight 1 already, because this predictor is exact: guidance buys
# nothing and costs nine of the 31 clips. From level 0.15 on it comes too late to
# spoil the choice. With a trained network guidance buys something; lesson 14
# measures what.
#
# ## Exercise 14.6: a distance between weighted sets (extend, difficulty 4, 25 minutes)
#
# Take some numbers of every clip, its *features*. Replace two sets of clips by
# Gaussians with their means $\mu$ and covariances $\Sigma$. The Fréchet distance
# between them, here squared as in all tables, is
#
# $$ \lVert \mu_a - \mu_b \rVert^2 + \mathrm{tr}\left(\Sigma_a + \Sigma_b - 2\,(\Sigma_a^{1/2} \Sigma_b\, \Sigma_a^{1/2})^{1/2}\right). $$
#
# (Heusel et al., 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a
# Local Nash Equilibrium".) Our sets carry weights that sum to 1, because 95 % of
# all captions bounce and a fair score counts those that do not as much. So the mean
# is $\sum_i w_i x_i$ and the covariance $\sum_i w_i (x_i - \mu)(x_i - \mu)^\top$,
# without a correction. There may be fewer clips than features: then no covariance
# has an inverse, and rounding makes eigenvalues of 0 slightly negative.
#
# 1. Compute both means and covariances.
# 2. The root of a symmetric matrix has the roots of its eigenvalues:
#    `torch.linalg.eigh`.
# 3. Of the last root only the trace is needed, which is the sum of the roots of the
#    eigenvalues.
#
# <details><summary>Hint 1: a weighted covariance in one line</summary>
#
# With `off = x - mean`: `off.T @ (w[:, None] * off)`.
# </details>
# <details><summary>Hint 2: the root</summary>
#
# `values, vectors = torch.linalg.eigh(S)`, then `vectors *
# values.clamp(min=0).sqrt() @ vectors.T`.
# </details>

# %% tags=["exercise-14.6"]
def frechet(
    a: Float[Tensor, "n D"],
    weights_a: Float[Tensor, " n"],
    b: Float[Tensor, "m D"],
    weights_b: Float[Tensor, " m"],
) -> Float[Tensor, ""]:
    """Return the squared Frechet distance between two weighted sets of features.

    Everything is float64; the weights of each set sum to 1.
    """

    ### BEGIN SOLUTION
    def moments(x, w):
        off = x - w @ x
        return w @ x, off.T @ (w[:, None] * off)

    (mean_a, cov_a), (mean_b, cov_b) = moments(a, weights_a), moments(b, weights_b)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    overlap = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    gap = (mean_a - mean_b).square().sum()
    return gap + cov_a.trace() + cov_b.trace() - 2 * overlap
    ### END SOLUTION

# %%
check("14.6", frechet)

# %% tags=["graded-14.6"] points=3
grade("14.6", frechet)
### BEGIN HIDDEN TESTS
grade("14.6", frechet, seed=1406)
### END HIDDEN TESTS

# %% [markdown]
# **What does it see?** It sees what the features see. *Looks*: the mean over time
# of a clip in 4 x 4 large pixels. *Motion*: the same of the differences from frame
# to frame. Hold 400 clips to 400 others, to the same with their frames shuffled,
# and to clips that repeat one frame. **Predict, then run**: which features notice
# what?

# %%
def looks(video):
    small = torch.nn.functional.avg_pool2d(video.flatten(0, 1), 4)
    return small.unflatten(0, video.shape[:2]).mean(1).flatten(1)


def motion(video):
    return looks((video[:, 1:] - video[:, :-1]).abs())


real, other = (world.sample(400, seed=s).video.double() for s in (61, 62))
order = torch.randperm(8, generator=generator)
sets = {
    "others": other,
    "shuffled frames": other[:, order],
    "a frame repeated": other[:, 3:4].expand_as(other),
}
even = torch.full((400,), 1 / 400).double()
rows = []
for name, video in sets.items():
    pair = [frechet(f(real), even, f(video), even).item() for f in (looks, motion)]
    rows.append([name, *(f"{value:.3f}" for value in pair)])
viz.table(rows, ["400 real clips against", "looks", "motion"])

# %% [markdown]
# Other real clips are not at distance 0: 400 clips are a sample, and this is the
# floor. The looks cannot tell shuffled frames from real ones, for a mean over time
# has no order; motion can. A repeated frame shows in both, as nothing moves and the
# mean over time is not spread. A distance is as good as its features.
