# %% [markdown]
# # Homework 09: measure, move and let go
#
# **You will practise** the two measures of the lesson, PSNR and SSIM; find out what
# a loss answers when there are several futures; move pixels by weights; repair an
# evaluation that peeks at the truth; and in the end build a prediction without any
# training that every model should have to beat.
#
# **You need** lesson 09. **Time**: about 100 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 9.1 | the PSNR of each clip | reproduce | 1 | 10 |
# | 9.2 | the SSIM of windows | reproduce | 2 | 15 |
# | 9.3 | the best answer to several futures | extend | 3 | 20 |
# | 9.4 | move every frame by its own weights | reproduce | 3 | 15 |
# | 9.5 | repair a rollout that peeks | break and repair | 2 | 15 |
# | 9.6 | a baseline that glides on | extend | 4 | 25 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.
#
# The clips are the 128 test clips of the lesson, so that you can put your numbers
# beside its tables.

# %%
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from course_utils import metrics, viz
from course_utils.baselines import linear_extrapolation, repeat_last
from course_utils.checks import check, grade
from course_utils.worlds import ShapesWorld

test = ShapesWorld().sample(128, seed=1_000_000_000)
context, truth = test.video[:, :8], test.video[:, 8:]  # "128 8 3 32 32" each
viz.digest(
    truth, repeat_last(context, 8), name="128 futures, and the last frame repeated"
)

# %% [markdown]
# ## Exercise 9.1: the PSNR of each clip (reproduce, difficulty 1, 10 minutes)
#
# One number for 128 clips hides which clips are hard. Write the PSNR of Eq. 9.1 for
# each clip of a batch: pooled over all frames of a clip, and for any data range.
#
# 1. Square the errors, and average them over everything but the batch.
# 2. Divide the squared range by this mean, and turn the ratio into decibels.
# 3. An exact clip has an infinite PSNR. Leave it so.
#
# <details><summary>Hint 1: several axes at once</summary>
#
# `mean` takes a tuple of axes: `dim=(1, 2, 3, 4)`.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# `10 * torch.log10(data_range**2 / mse)`. Dividing by a tensor that holds a 0 gives
# infinity, not an error.
# </details>

# %% tags=["exercise-9.1"]
def clip_psnr(
    video: Float[Tensor, "batch time channels height width"],
    prediction: Float[Tensor, "batch time channels height width"],
    data_range: float,
) -> Float[Tensor, " batch"]:
    """Return 10 log10(R^2 / MSE) of each clip, in decibels (Eq. 9.1)."""
    ### BEGIN SOLUTION
    mse = ((video - prediction) ** 2).mean(dim=(1, 2, 3, 4))
    return 10 * torch.log10(data_range**2 / mse)
    ### END SOLUTION

# %%
check("9.1", clip_psnr)

# %% tags=["graded-9.1"] points=1
grade("9.1", clip_psnr)
### BEGIN HIDDEN TESTS
grade("9.1", clip_psnr, seed=9101)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** For which clip is "repeat the last frame" the best
# prediction, and for which is it the worst? Think of how large and how fast the
# shapes are.

# %%
each = clip_psnr(truth, repeat_last(context, 8), data_range=1.0)
easy, hard = int(each.argmax()), int(each.argmin())
for name, i in (("easiest", easy), ("hardest", hard)):
    print(f"{name}: {each[i]:.1f} dB, {test.caption[i]}, ", end="")
    print(
        f"radius {test.radius[i, 0]:.1f}, speed {test.velocity[i, 0, 0].norm():.1f}"
    )
viz.filmstrip({"easiest": test.video[easy], "hardest": test.video[hard]}, every=2)

# %% [markdown]
# A small, slow and dark shape is cheap to get wrong; a large, fast and bright one
# costs ten decibels more. Two papers that report a PSNR on different clips cannot
# be compared.
#
# ## Exercise 9.2: the SSIM of windows (reproduce, difficulty 2, 15 minutes)
#
# The SSIM of a frame is a mean over thousands of windows. Before the mean it is a
# picture: *where* is the frame wrong? Write Eq. 9.2 for many windows at once, each
# a row of pixels, with one weight for each pixel.
#
# 1. Compute $C_1 = (0.01 R)^2$ and $C_2 = (0.03 R)^2$.
# 2. Compute the weighted means of both windows; the weights sum to 1.
# 3. Compute the two variances and the covariance, with the same weights.
# 4. Multiply light and texture, and keep one value for each window.
#
# <details><summary>Hint 1: a weighted mean</summary>
#
# `(weights * x).sum(-1, keepdim=True)`. The axis of size 1 lets you subtract the
# mean from `x`.
# </details>
# <details><summary>Hint 2: variances</summary>
#
# The covariance is the weighted mean of `(x - mu_x) * (y - mu_y)`. With `y = x` it
# is the variance. `torch.var` knows no weights and divides by one less than the
# number of pixels.
# </details>
# <details><summary>Hint 3: the shape at the end</summary>
#
# If you kept the last axis, it has size 1 now: `.squeeze(-1)` takes it away.
# </details>

# %% tags=["exercise-9.2"]
def ssim_windows(
    x: Float[Tensor, "*batch windows pixels"],
    y: Float[Tensor, "*batch windows pixels"],
    weights: Float[Tensor, " pixels"],
    data_range: float,
) -> Float[Tensor, "*batch windows"]:
    """Return the product of light and texture of each window (Eq. 9.2)."""
    ### BEGIN SOLUTION
    C1, C2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mu_x, mu_y = ((weights * z).sum(-1, keepdim=True) for z in (x, y))
    var_x, var_y = (
        (weights * (z - mu) ** 2).sum(-1, keepdim=True)
        for z, mu in ((x, mu_x), (y, mu_y))
    )
    cov = (weights * (x - mu_x) * (y - mu_y)).sum(-1, keepdim=True)
    light = (2 * mu_x * mu_y + C1) / (mu_x**2 + mu_y**2 + C1)
    texture = (2 * cov + C2) / (var_x + var_y + C2)
    return (light * texture).squeeze(-1)
    ### END SOLUTION

# %%
check("9.2", ssim_windows)

# %% tags=["graded-9.2"] points=2
grade("9.2", ssim_windows)
### BEGIN HIDDEN TESTS
grade("9.2", ssim_windows, seed=9202)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Slide a Gaussian window of 11 x 11 pixels over the repeated frame. Each place
# where it fits gives one pixel of a map: white is equal, black is as wrong as can
# be. Its mean is the SSIM of the library.

# %%
offset = torch.arange(11.0) - 5
bell = torch.exp(-(offset**2) / (2 * 1.5**2))
weights = torch.outer(bell, bell).flatten() / bell.sum() ** 2  # 121 weights, sum 1


def ssim_map(video, prediction):  # "T 3 32 32" -> "T 1 32 32"
    # 3T 484 121
    x, y = (F.unfold(v.flatten(0, 1)[:, None], 11).mT for v in (video, prediction))
    values = (
        ssim_windows(x, y, weights, 1.0)
        .view(len(video), 3, 22, 22)
        .mean(1, keepdim=True)
    )
    return F.pad(values, (5, 5, 5, 5), value=1.0), values.mean()


repeated = repeat_last(context, 8)
heat, mean = ssim_map(truth[19], repeated[19])
library = metrics.ssim(truth[19], repeated[19], data_range=1.0)
print(f"mean of the map {mean:.3f}, course_utils.metrics {library:.3f}")
viz.filmstrip(
    {"truth": truth[19], "repeated": repeated[19], "SSIM": heat.clamp(0, 1)},
    start=8,
)

# %% [markdown]
# One dark spot becomes two: where the shape is missing, and where it still stands.
# Everything else is white, and the white windows are many: that is how a wrong
# frame keeps a decent SSIM. The rim of 5 pixels is white because the window does
# not fit there.
#
# ## Exercise 9.3: the best answer to several futures (extend, difficulty 3, 20 minutes)
#
# In the lesson two futures were equally likely, and the squared error was smallest
# for their mean. Now there are $K$ futures $x_1, \dots, x_K$ with probabilities
# $p_1, \dots, p_K$. Which single answer $a$ has the smallest *expected* error,
# pixel by pixel, under each of two losses?
#
# $$
# a_2 = \arg\min_a \sum_k p_k\, (x_k - a)^2
# \qquad\text{and}\qquad
# a_1 = \arg\min_a \sum_k p_k\, |x_k - a|
# $$
#
# 1. On paper, for the squared error: set the derivative with respect to $a$ to 0.
# 2. On paper, for the absolute error: move $a$ up by a little. Each future below
#    $a$ costs a little more, each future above $a$ a little less. Where does the
#    balance turn?
# 3. Write both. For the second, take the *smallest* value of the pixel at which the
#    probabilities, added up from the smallest value on, reach one half.
#
# <details><summary>Hint 1: the squared error</summary>
#
# The derivative is $-2 \sum_k p_k (x_k - a)$. With $\sum_k p_k = 1$ it is 0 at the
# mean in which each future counts by its probability.
# </details>
# <details><summary>Hint 2: the absolute error</summary>
#
# The balance turns where half of the probability lies below: at the *median*, with
# weights.
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `values, order = futures.sort(dim=0)` sorts every pixel by itself.
# `probability[order]` has the shape of `values` and brings each probability to its
# value. Then `cumsum(0)`, and `argmax` of a comparison, as an int, gives the first
# place where it is true. `values.gather(0, first)` picks it.
# </details>

# %% tags=["exercise-9.3"]
def best_answers(
    futures: Float[Tensor, "futures ..."], probability: Float[Tensor, " futures"]
) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."]]:
    """Return the answers with the smallest expected squared and the smallest
    expected absolute error.

    The probabilities sum to 1.
    """
    ### BEGIN SOLUTION
    squared = torch.tensordot(probability, futures, dims=1)
    values, order = futures.sort(dim=0)
    reached = probability[order].cumsum(dim=0) >= 0.5
    first = reached.int().argmax(dim=0, keepdim=True)
    return squared, values.gather(0, first)[0]
    ### END SOLUTION

# %%
check("9.3", best_answers)

# %% tags=["graded-9.3"] points=3
grade("9.3", best_answers)
### BEGIN HIDDEN TESTS
grade("9.3", best_answers, seed=9303)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Three futures for one shape: it goes on with probability 0.40, turns back with
# 0.35, or stops with 0.25. **Predict, then run.** The best answer under the squared
# error shows three ghosts. What does the best answer under the absolute error show,
# once the three have parted?

# %%
clip = test.video[19]
# 3 7 3 32 32
futures = torch.stack(
    (clip[8:15], clip[:7].flip(0), clip[7:8].expand(7, -1, -1, -1))
)
probability = torch.tensor([0.40, 0.35, 0.25])
answers = dict(zip(("go on", "turn back", "stop"), futures))
answers["best squared"], answers["best absolute"] = best_answers(
    futures, probability
)
rows = {}
for name, answer in answers.items():
    error = (futures - answer).flatten(1)
    rows[name] = [
        probability @ (error**2).mean(1),
        probability @ error.abs().mean(1),
    ]
    print(
        f"{name:14s} expected squared error {rows[name][0]:.4f}, absolute "
        f"{rows[name][1]:.4f}"
    )
viz.filmstrip(
    {name: answers[name] for name in ("go on", "best squared", "best absolute")},
    start=8,
)

# %% [markdown]
# Each loss gets its smallest number from its own answer, and neither answer is a
# future.
#
# <details><summary>What you just saw</summary>
#
# The shape vanishes. Where no future has half of the probability, most of the
# probability is on "background here", and the weighted median says so. With the
# absolute error a model answers doubt with nothing, with the squared error with
# ghosts. Give one future more than one half, and the median is that future, sharp
# to the last pixel.
# </details>
#
# ## Exercise 9.4: move every frame by its own weights (reproduce, difficulty 3, 15 minutes)
#
# Write Eq. 9.8 for a clip in which every frame has weights of its own:
#
# $$
# (\mathrm{move}\, x)_t[\mathrm{row}, \mathrm{col}] = \sum_{\delta_y} \sum_{\delta_x}
# \mathrm{down}_t[\delta_y] \; \mathrm{across}_t[\delta_x] \;
# x_t[\mathrm{row} + \delta_y,\, \mathrm{col} + \delta_x]
# $$
#
# with $-\mathrm{reach} \le \delta_y, \delta_x \le \mathrm{reach}$. There is one
# loop that is worth keeping, the one over the weights; frames, channels and pixels
# go along in the tensors.
#
# 1. Give every frame a rim of zeros, `reach` pixels wide.
# 2. Sum the shifted rows, each times its weight in `down`.
# 3. Do the same with the columns of the *result*, and `across`.
#
# <details><summary>Hint 1: which slice</summary>
#
# In the padded frame, pixel y of the old one stands at y + reach. So weight number
# a, which belongs to the offset a - reach, reads the rows
# `padded[:, :, a : a + H]`.
# </details>
# <details><summary>Hint 2: one weight for each frame</summary>
#
# `down[:, a]` has the shape "T". `down[:, a].view(-1, 1, 1, 1)` lines it up with "T
# C H W".
# </details>

# %% tags=["exercise-9.4"]
def move(
    video: Float[Tensor, "T C H W"],
    down: Float[Tensor, "T taps"],
    across: Float[Tensor, "T taps"],
) -> Float[Tensor, "T C H W"]:
    """Return each pixel as a weighted sum of its neighbours (Eq. 9.8); outside the
    frame everything is 0.

    taps = 2 reach + 1; weight number a belongs to the offset a - reach.
    """
    ### BEGIN SOLUTION
    (H, W), reach = video.shape[-2:], down.shape[1] // 2
    padded = F.pad(video, (reach, reach, reach, reach))
    rows = sum(
        w.view(-1, 1, 1, 1) * padded[:, :, a : a + H] for a, w in enumerate(down.T)
    )
    return sum(
        w.view(-1, 1, 1, 1) * rows[..., a : a + W] for a, w in enumerate(across.T)
    )
    ### END SOLUTION

# %%
check("9.4", move)

# %% tags=["graded-9.4"] points=2
grade("9.4", move)
### BEGIN HIDDEN TESTS
grade("9.4", move, seed=9404)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Let a camera follow the shape: in frame $t$ every pixel reads from as far away as
# the shape is from the middle. To read from 2.3 pixels away, weigh the pixel at 2
# by 0.7 and the one at 3 by 0.3. In general the weight of the offset $\delta$ for a
# distance $s$ is $\max(0,\, 1 - |\delta - s|)$, a tent over $s$.

# %%
position = test.position[19, :, 0]  # "16 2", x and y in pixels
offset = torch.arange(-20, 21)
# "16 41"
across, down = (
    (1 - (offset - s[:, None]).abs()).clamp(min=0) for s in (position - 15.5).T
)
followed = move(test.video[19], down, across)
print(
    "weights of frame 0 that are not 0:",
    [round(w, 2) for w in across[0].tolist() if w > 0],
)
for name, film in (
    ("camera at rest", test.video[19]),
    ("camera follows", followed),
):
    print(
        f"{name}: one frame against the next "
        f"{metrics.psnr(film[1:], film[:-1], data_range=1.0):.1f} dB"
    )
viz.filmstrip(
    {"camera at rest": test.video[19], "camera follows": followed}, every=2
)

# %% [markdown]
# In the lower row the shape stays in the middle and the walls move: black is what
# lies outside the frame.
#
# ## Exercise 9.5: repair a rollout that peeks (break and repair, difficulty 2, 15 minutes)
#
# Someone wants to know how good a simple rule is over eight frames: each pixel goes
# on along the line through its last two values. The rule predicts one frame;
# `given_rollout` should apply it again and again (Eq. 9.10). It gets the whole clip
# because its author compares with the truth afterwards.

# %%
# "B T C H W": answer t is the prediction of frame t + 1
def on_along_the_line(video):
    change = torch.cat(
        (torch.zeros_like(video[:, :1]), video[:, 1:] - video[:, :-1]), dim=1
    )
    return video + change


def given_rollout(model, video, past):
    seen, frames = video[:, :past], []
    for t in range(past, video.shape[1]):
        following = model(seen)[:, -1:]
        frames.append(following.clamp(0, 1))
        seen = torch.cat((seen[:, 1:], video[:, t : t + 1]), dim=1)
    return torch.cat(frames, dim=1)


peeking = given_rollout(on_along_the_line, test.video, 8)
for name, film in (
    ("the line, as given", peeking),
    ("repeat the last frame", repeated),
):
    print(f"{name:22s} {metrics.psnr(truth, film, data_range=1.0):.1f} dB")

# %% [markdown]
# "Five decibels above the baseline", its author reports. Lesson 09 says that the
# line is *worse* than repeating the last frame. The lesson is right.
#
# 1. Find out what the model reads at each step. `check("9.5", given_rollout)`
#    confirms that nothing is repaired yet; after each repair it tells you what is
#    left. Two mistakes are plain to see, and a third one shows when the first is
#    gone.
# 2. Write the repaired function. The model is any causal function of a clip, and
#    not only the line: it may look at all the frames that it is given.
#
# <details><summary>Hint 1: an experiment</summary>
#
# Replace `video[:, past:]` by noise. Which predictions may change?
# </details>
# <details><summary>Hint 2: what the model reads</summary>
#
# In Eq. 9.10 the model reads $x_0, \dots, x_7, \hat x_8, \dots, \hat x_t$: all of
# the context, at every step, and after it nothing that is true.
# </details>
# <details><summary>Hint 3: what is fed back</summary>
#
# The frame that is returned and the frame that is read next are one and the same.
# </details>

# %% tags=["exercise-9.5"]
def rollout(
    model, video: Float[Tensor, "batch time channels height width"], past: int
) -> Float[Tensor, "batch future channels height width"]:
    """Return the frames past ... time - 1, predicted from the first `past` frames
    alone (Eq. 9.10).

    model(frames)[:, t] is the prediction of frame t + 1 from the frames up to t.
    Frames are kept in [0, 1].
    """
    ### BEGIN SOLUTION
    seen = video[:, :past]
    for _ in range(past, video.shape[1]):
        following = model(seen)[:, -1:].clamp(0, 1)
        seen = torch.cat((seen, following), dim=1)
    return seen[:, past:]
    ### END SOLUTION

# %%
check("9.5", rollout)

# %% tags=["graded-9.5"] points=2
grade("9.5", rollout)
### BEGIN HIDDEN TESTS
grade("9.5", rollout, seed=9505)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** Draw the three curves before you look: PSNR against frames
# ahead, for the line as given, for the line after your repair, and for the last
# frame repeated. Where do they start, and which one stays level?

# %%
honest = rollout(on_along_the_line, test.video, 8)
curves = {}
films = {
    "line, peeking": peeking,
    "line, repaired": honest,
    "repeat the last frame": repeated,
}
for name, film in films.items():
    decibels = [
        metrics.psnr(truth[:, k], film[:, k], data_range=1.0) for k in range(8)
    ]
    curves[name] = (range(1, 9), decibels)
    print(f"{name:22s} first {decibels[0]:.1f} dB, last {decibels[-1]:.1f} dB")
viz.lines(curves, xlabel="frames ahead", ylabel="PSNR (dB), 128 clips")

# %% [markdown]
# The peeking curve stays level because each of its frames is one step from the
# truth. A level curve in a report on a rollout is a reason to read the code.
# Without the peeking the line loses to the baseline at every step.
#
# ## Exercise 9.6: a baseline that glides on (extend, difficulty 4, 25 minutes)
#
# The lesson's baselines know pixels. Build one that knows an object: find it,
# measure how fast it is, and let it glide on. No training, and yet it should be
# hard to beat.
#
# $$
# s_t = \sum_{\mathrm{channels}} |x_t - g|, \qquad
# c_t = \frac{\sum s_t[\mathrm{row}, \mathrm{col}]\; (\mathrm{col}, \mathrm{row})}
# {\sum s_t[\mathrm{row}, \mathrm{col}]}
# $$
#
# $$
# v = c_{T-1} - c_{T-2}, \quad
# \hat x_{T-1+k} = g + \mathrm{shift}_{k v}(x_{T-1} - g)
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $g$ | colour of the background | C |
# | $s_t$ | how far each pixel is from the background: the sum over the channels | H x W |
# | $c_t$, $v$ | centre of mass in frame $t$, and velocity in pixels per frame, each as (x, y) | 2 |
# | $\mathrm{shift}_{kv}$ | moves the content right by $k v_x$ and down by $k v_y$ | C x H x W |
#
# 1. Compute the centre of mass of the last two frames (sums over all pixels), and
#    the velocity.
# 2. Take the background off the last frame.
# 3. For $k = 1, 2, \dots$ up to `frames` shift what is left by $k v$, in one go
#    from the last frame. A part of a pixel is shared between two neighbours, as in
#    exercise 9.4; from outside the frame comes 0.
# 4. Put the background back.
#
# <details><summary>Hint 1: the centre of mass</summary>
#
# `strength.sum(-2)` sums over the rows and leaves one number for each column: times
# `torch.arange(W)`, summed, and divided by the total, this is x. For y it is
# `strength.sum(-1)` and `torch.arange(H)`.
# </details>
# <details><summary>Hint 2: the shift by your own move</summary>
#
# What moves right by s reads from s to the left: its weights are the tent
# $\max(0,\, 1 - |\delta + s|)$. Repeat the last frame `frames` times, and give each
# copy the weights of its own k. A `reach` of max(H, W) is always enough: what moves
# further has left the frame.
# </details>
# <details><summary>Hint 3: almost the answer</summary>
#
# With `offset = torch.arange(-reach, reach + 1)` and
# `k = torch.arange(1, frames + 1)[:, None]` the weights `across` are
# `(1 - (offset + k * vx).abs()).clamp(min=0)`, of shape "frames taps".
# </details>

# %% tags=["exercise-9.6"]
def glide(
    context: Float[Tensor, "T C H W"], background: Float[Tensor, " C"], frames: int
) -> Float[Tensor, "frames C H W"]:
    """Let the object of the last frame glide on with the velocity of its centre of
    mass.
    """
    ### BEGIN SOLUTION
    stage, (H, W) = background[:, None, None], context.shape[-2:]
    strength = (context[-2:] - stage).abs().sum(1)  # 2 H W
    x = (strength.sum(-2) * torch.arange(W)).sum(-1) / strength.sum((-2, -1))
    y = (strength.sum(-1) * torch.arange(H)).sum(-1) / strength.sum((-2, -1))

    reach = max(H, W)
    offset, k = (
        torch.arange(-reach, reach + 1),
        torch.arange(1, frames + 1)[:, None],
    )
    across, down = (
        (1 - (offset + k * (c[1] - c[0])).abs()).clamp(min=0) for c in (x, y)
    )
    return stage + move(
        (context[-1] - stage).expand(frames, -1, -1, -1), down, across
    )
    ### END SOLUTION

# %%
check("9.6", glide)

# %% tags=["graded-9.6"] points=4
grade("9.6", glide)
### BEGIN HIDDEN TESTS
grade("9.6", glide, seed=9606)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# The background is the median colour of the first frame. Your baseline, beside
# those of the lesson:

# %%
background = context[:, 0].flatten(2).median(-1).values  # "128 3"


def glide_all():
    return torch.stack(
        [glide(clip, colour, 8) for clip, colour in zip(context, background)]
    )


gliding = glide_all()
films = {
    "repeat the last frame": repeated,
    "linear extrapolation": linear_extrapolation(context, 8),
    "glide": gliding,
}
rows = {
    name: [
        metrics.psnr(truth, film, data_range=1.0),
        metrics.ssim(truth, film, data_range=1.0),
    ]
    for name, film in films.items()
}
for name, (decibels, similarity) in rows.items():
    print(f"{name:22s} PSNR {decibels:.1f} dB, SSIM {similarity:.2f}")
viz.table(
    rows, ["prediction", "PSNR (dB)", "SSIM"], title="128 clips, 8 frames from 8"
)

# %% [markdown]
# **Predict, then run.** The glide is far ahead, and one kind of clip still spoils
# its mean. Which kind? Write it down, then look at the clip that it predicts worst
# and at one that it predicts well.

# %%
gliding = glide_all()
each = clip_psnr(truth, gliding, data_range=1.0)
best, worst = int(each.argmax()), int(each.argmin())
print(f"best: {each[best]:.1f} dB, worst: {each[worst]:.1f} dB")
viz.filmstrip(
    {
        "truth, best": truth[best],
        "glide, best": gliding[best],
        "truth, worst": truth[worst],
        "glide, worst": gliding[worst],
    },
    start=8,
)

# %% [markdown]
# In the upper pair the rows are alike. In the lower pair the shape glides out
# through the wall, while the true one comes back.

# %%
direction = test.velocity[:, :, 0].sign()
# after frame 6, the velocity is old
bounced = (direction[:, 7:15] != direction[:, 6:7]).flatten(1).any(1)
pair = repeated, glide_all()
for name, chosen in (("bounce", bounced), ("no bounce", ~bounced)):
    numbers = [
        metrics.psnr(truth[chosen], film[chosen], data_range=1.0) for film in pair
    ]
    print(
        f"{name:10s} {int(chosen.sum()):3d} clips: repeat {numbers[0]:.1f} dB, "
        f"glide {numbers[1]:.1f} dB"
    )

# %% [markdown]
# Without a bounce the glide is nearly exact, and nothing was trained. What is left
# for a model to learn is the wall, and for real clips everything that is not one
# object on one background. When you read the table of the lesson's section *Give it
# time* again, put this line into it.
#
# <details><summary>To go on: teach it the wall</summary>
#
# The centre moves between two limits, half a width away from the walls. Measure
# half of the width from the picture, fold the way at the limits (lesson 00, Eq.
# 0.2), and shift by the folded way. How close do you get to the clips without a
# bounce?
# </details>
