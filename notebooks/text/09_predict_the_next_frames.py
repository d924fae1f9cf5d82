# %% [markdown] slideshow={"slide_type": "slide"}
# # Predict the next frames
#
# You watch eight frames of a clip. What comes next? At the end of this lesson a
# Transformer that you assembled draws the next eight frames, one after the other,
# each from the ones before.

# %% slideshow={"slide_type": "fragment"}
from course_utils import viz
from course_utils.baselines import linear_extrapolation, repeat_last
from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoTransformer
from course_utils.worlds import ShapesWorld

film = ShapesWorld().sample(1, seed=1_000_000_011).video
finished, header = load_checkpoint("predict-shapes", VideoTransformer)
future = finished.rollout(film[:, :8], 8)
viz.digest(future, film[:, 8:], "the model's next eight frames")
viz.compare(
    {
        "truth": film[:, 8:],
        "model": future,
        "repeat the last frame": repeat_last(film[:, :8], 8),
    },
    fps=4,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The model saw the eight frames before these and drew the middle clip by itself.
# The true frames, on the left, it never saw; the clip on the right costs nothing.
# Compare where the shape ends.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** a frame-causal video Transformer, train it to predict every
# next frame, and let it run on its own output, on synthetic and on real clips.
#
# **You will learn** to
#
# - turn "how wrong is this video?" into numbers (PSNR, SSIM), and to say when they
#   mislead;
# - derive the mean squared error from a likelihood, and explain why it answers
#   doubt with blur;
# - build the model from attention over space, attention over time, the change
#   between frames as input, and two corrections (move, paint) as output;
# - explain why errors grow when a model reads its own output, and test what is
#   meant to help;
# - judge a model beside its baselines and without each of its parts, frame by
#   frame.
#
# **You need** lessons 02 (attention), 03 (positions), 04 (feed-forward network,
# residual), 06 (masks, cache) and 08 (patches). Of the [primer](00p_primer.ipynb)
# (sections 1 to 9) read what is new to you. **Time** about 105 minutes of
# reading, and 140 seconds of computing on two cores.

# %% slideshow={"slide_type": "skip"}
import itertools
import math

import torch
import torch.nn.functional as F
from einops import rearrange
from skimage.metrics import structural_similarity
from torch import nn

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The task
#
# A clip has 16 frames of 32 x 32 pixels. Frames 0 to 7 are the *context*; frames 8
# to 15 are to be predicted. The test clips come from seeds that training will never
# use.

# %% slideshow={"slide_type": "fragment"}
world = ShapesWorld(size=32, frames=16, shapes=1)
test = world.sample(128, seed=1_000_000_000)
context, truth = test.video[:, :8], test.video[:, 8:]  # "B 8 3 32 32" each
viz.digest(truth, name="128 futures")
viz.filmstrip(test.video[2], title="clip 2: eight frames to read, eight to predict")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One shape, constant speed, and walls that throw it back. Everything that decides
# the future is visible in the context.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How wrong is a prediction?
#
# The simplest prediction repeats the last frame it saw. Is that bad? To answer we
# need a number, and to learn, one that gets smaller as the prediction gets better.
# Take the mean of the squared errors, on the scale that engineers use for signals:
#
# $$
# \mathrm{PSNR}(x, \hat x) = 10 \log_{10} \frac{R^2}{\mathrm{MSE}(x, \hat x)},
# \qquad
# \mathrm{MSE}(x, \hat x) = \frac{1}{\lvert x \rvert} \sum_{m} (x_m - \hat x_m)^2
# \tag{9.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x$, $\hat x$ | true and predicted video | $T \times C \times H_v \times W_v$ |
# | $\lvert x \rvert$, $m$ | how many numbers the video has, and which one | $T C H_v W_v$ |
# | $R$ | data range: the largest difference two values can have; 1 for our videos | - |
#
# The unit is the decibel (dB): 10 more is a tenth of the error energy.

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### By hand
#
# Four grey pixels, two of them wrong by 0.1. The MSE is $(0.01 + 0.01)/4 = 0.005$,
# and $10 \log_{10}(1/0.005) \approx 23.01$ dB.

# %% slideshow={"slide_type": "fragment"}
x = torch.tensor([0.2, 0.4, 0.6, 0.8])
x_hat = torch.tensor([0.3, 0.4, 0.6, 0.7])
by_hand = 10 * math.log10(1 / 0.005)
print(f"{by_hand:.2f} dB")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Loop
#
# One loop for the one index of Eq. 9.1.

# %% slideshow={"slide_type": "skip"}
def psnr_loop(x, x_hat, R):
    total = 0.0
    for x_m, x_hat_m in zip(x.flatten(), x_hat.flatten()):
        total += (x_m - x_hat_m).item() ** 2
    return 10 * math.log10(R**2 / (total / x.numel()))


assert abs(psnr_loop(x, x_hat, R=1.0) - by_hand) < 1e-4
print(f"{psnr_loop(x, x_hat, R=1.0):.2f} dB")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Tensor

# %% slideshow={"slide_type": "skip"}
def psnr(x, x_hat, R):
    mse = ((x - x_hat) ** 2).mean()
    return 10 * torch.log10(R**2 / mse)


worst = 0.0
for seed in range(20):
    a, b = torch.rand(
        2,
        3,
        3,
        8,
        8,
        generator=torch.Generator().manual_seed(seed),
        dtype=torch.float64,
    )
    worst = max(worst, abs(psnr(a, b, 1.0).item() - psnr_loop(a, b, 1.0)))
assert worst < 1e-9
print("loop and tensor agree to 1e-9 dB on 20 random clips")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Library
#
# scikit-image calls it `peak_signal_noise_ratio`; the course keeps its own `psnr`,
# in torch, so that it can be differentiated (`tests/test_metrics.py` holds its
# gradient, and that of SSIM, to the formula). It asks for $R$ by name and refuses
# to guess.

# %% slideshow={"slide_type": "skip"}
from skimage.metrics import peak_signal_noise_ratio

from course_utils import metrics

theirs = peak_signal_noise_ratio(a.numpy(), b.numpy(), data_range=1.0)
ours = metrics.psnr(a, b, data_range=1.0)
assert abs(ours - theirs) < 1e-6 and abs(ours - psnr(a, b, 1.0)) < 1e-6
print(f"scikit-image {theirs:.4f} dB, course_utils.metrics {ours:.4f} dB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: a forgotten range
#
# **Predict, then run.** The same two clips once as 0 to 1 and once as 0 to 255. In
# the second line someone left $R$ at 1. What is the sign of the PSNR?

# %% slideshow={"slide_type": "fragment"}
print(f"R = 1,   values 0 to 1:   {psnr(a, b, 1.0):6.2f} dB")
print(f"R = 1,   values 0 to 255: {psnr(255 * a, 255 * b, 1.0):6.2f} dB")
print(f"R = 255, values 0 to 255: {psnr(255 * a, 255 * b, 255.0):6.2f} dB")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# A forgotten range costs $20 \log_{10} 255 \approx 48.1$ dB. Where both videos stay
# within 0 and $R$, the MSE is at most $R^2$ and the PSNR at least 0: a negative one
# says that some value is out of range.
# </details>
#
# A second trap is the mean. Pool the squared errors of all frames and take one
# logarithm, or take the logarithm frame by frame and average? The two disagree, and
# the second is infinite as soon as one frame is exact. This lesson always *pools*,
# and says so.

# %% slideshow={"slide_type": "fragment"}
better = truth[2:3].clone()
better[:, 4:] = context[2:3, -1:]  # four frames exact, four repeated
for reduction in ("pooled", "mean"):
    score = metrics.psnr(truth[2:3], better, data_range=1.0, reduction=reduction)
    print(f"{reduction:7s} {score:.2f} dB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: what costs nothing
#
# Three predictions without any learning: a blank screen, the last frame $x_c$ of
# the context repeated, and each pixel carried on along the line through its last
# two values. For the $k$-th frame after the context:
#
# $$
# \hat x_{c+k} = x_c \;\;(9.3)
# \qquad
# \hat x_{c+k} = x_c + k\,(x_c - x_{c-1}) \;\;(9.4)
# $$
#
# **By hand.** A pixel that was 0.2 and is 0.3 stays at 0.3, 0.3 by Eq. 9.3 and goes
# on to 0.4, 0.5 by Eq. 9.4 (`tests/test_baselines.py`). Every model of this lesson
# has to beat the best of the three.

# %% slideshow={"slide_type": "fragment"}
def decibels(video, prediction):  # Eq. 9.1, pooled
    return metrics.psnr(video, prediction, data_range=1.0).item()


background = context[:, :1].flatten(3).median(-1).values[..., None, None]
free = {
    "blank screen": background.expand_as(truth),
    "repeat the last frame": repeat_last(context, 8),
    "linear extrapolation": linear_extrapolation(context, 8),
}
for name, prediction in free.items():
    print(f"{name:22s} {decibels(truth, prediction):.2f} dB")

# %% slideshow={"slide_type": "subslide"}
def by_frame(video, prediction):  # one PSNR for each frame ahead
    return [decibels(*pair) for pair in zip(video.unbind(1), prediction.unbind(1))]


curves = {name: (range(1, 9), by_frame(truth, v)) for name, v in free.items()}
for name, (_, values) in curves.items():
    print(f"{name:22s}", [round(value, 1) for value in values])
viz.lines(curves, "frames ahead", "PSNR (dB), pooled over 128 clips")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Repeating beats a blank screen for two frames and then loses to it, because the
# shape has left its place: it pays twice, for where the shape is missing and for
# where it still stands. Extrapolating each pixel is worse from the first frame on:
# a pixel does not know that an edge is passing.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why squares and not absolute errors?* See "Which loss":
# squares are what Gaussian noise asks for; homework 09 does the other case. *Is 30
# dB good?* Only beside a baseline: on `earth`, repeating scores more than 31 dB.
# *Why pool?* So that one lucky frame cannot make the clip infinite.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it look right?
#
# **Decide before you read on.** One prediction is a little too dark everywhere; the
# other has the right light, but the shape is smeared. Both have the same PSNR.
# Which one would you rather watch?

# %% slideshow={"slide_type": "fragment"}
x = test.video[2, 8:9]  # one frame, "1 3 32 32"
smeared = F.avg_pool2d(x, 5, stride=1, padding=2, count_include_pad=False)
# the same squared error, spread evenly
too_dark = x - ((x - smeared) ** 2).mean().sqrt()
frames = {"truth": x, "too dark": too_dark, "smeared": smeared}
for name in ("too dark", "smeared"):
    print(f"{name:9s} PSNR {metrics.psnr(x, frames[name], data_range=1.0):.2f} dB")
viz.filmstrip(frames, start=8, title="Same PSNR")

# %% [markdown] slideshow={"slide_type": "fragment"}
# PSNR knows the sum of squares and nothing about *where* errors are. SSIM looks
# through a small window that slides over the frame, and asks two questions at each
# place: is the light the same, and is the texture the same?

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The formula
#
# $$
# \mathrm{SSIM}(x, y) =
# \underbrace{\frac{2 \mu_x \mu_y + C_1}{\mu_x^2 + \mu_y^2 + C_1}}_{\text{light}} \cdot
# \underbrace{\frac{2 \sigma_{xy} + C_2}{\sigma_x^2 + \sigma_y^2 + C_2}}_{\text{texture}}
# \tag{9.2}
# $$
#
# | symbol | meaning |
# |---|---|
# | $\mu_x, \mu_y$ | mean of the pixels in the window, weighted by a Gaussian of 1.5 pixels, 11 x 11 pixels wide |
# | $\sigma_x^2, \sigma_y^2, \sigma_{xy}$ | variances and covariance in the window, with the same weights |
# | $C_1 = (0.01 R)^2$, $C_2 = (0.03 R)^2$ | keep the fractions finite where a window is black or flat |
#
# Each fraction is 1 when the two sides agree and smaller otherwise. The SSIM of a
# frame is the mean over all places of the window and all channels; that of a video
# is the mean over its frames.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### By hand
#
# One window of four pixels with equal weights: $x = (0.2, 0.4, 0.6, 0.8)$ and
# $y = (0.3, 0.4, 0.6, 0.7)$. Both means are 0.5, so the light is right. The
# variances are 0.05 and 0.025, the covariance is 0.035, and
# $(2 \cdot 0.035 + 0.0009) / (0.05 + 0.025 + 0.0009) \approx 0.934$.

# %% slideshow={"slide_type": "skip"}
C1, C2 = 0.01**2, 0.03**2


def ssim_window(x, y, w):
    mu_x, mu_y = (w * x).sum(), (w * y).sum()
    var_x, var_y = (w * (x - mu_x) ** 2).sum(), (w * (y - mu_y) ** 2).sum()
    cov = (w * (x - mu_x) * (y - mu_y)).sum()
    return (
        (2 * mu_x * mu_y + C1)
        / (mu_x**2 + mu_y**2 + C1)
        * (2 * cov + C2)
        / (var_x + var_y + C2)
    )


value = ssim_window(
    torch.tensor([0.2, 0.4, 0.6, 0.8]),
    torch.tensor([0.3, 0.4, 0.6, 0.7]),
    torch.full((4,), 0.25),
)
print(f"{value:.3f}")
assert abs(value - 0.0709 / 0.0759) < 1e-5

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Loop
#
# The window visits every place where it fits into the frame.

# %% slideshow={"slide_type": "skip"}
offset = torch.arange(11, dtype=torch.float64) - 5
bell = torch.exp(-(offset**2) / (2 * 1.5**2))
window = torch.outer(bell, bell) / bell.sum() ** 2  # 11 x 11, sums to 1


def ssim_loop(x, y):  # one channel, "height width"
    values = []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            values.append(
                ssim_window(
                    x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11], window
                )
            )
    return sum(values) / len(values)


x64, y64 = x[0, 0].double(), smeared[0, 0].double()
print(f"red channel of the smeared frame: {ssim_loop(x64, y64):.4f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Tensor
#
# A weighted mean at every place is a convolution. The variance follows from two of
# them: $\sigma_x^2 = \overline{x^2} - \mu_x^2$.

# %% slideshow={"slide_type": "skip"}
def ssim(x, y):  # "height width"
    images = torch.stack((x, y, x * x, y * y, x * y))[:, None]  # 5 1 H W
    # 1 H-10 W-10 each
    mu_x, mu_y, xx, yy, xy = F.conv2d(images, window[None, None])
    light = (2 * mu_x * mu_y + C1) / (mu_x**2 + mu_y**2 + C1)
    texture = (2 * (xy - mu_x * mu_y) + C2) / (xx - mu_x**2 + yy - mu_y**2 + C2)
    return (light * texture).mean()


assert abs(ssim(x64, y64) - ssim_loop(x64, y64)) < 1e-10
print("loop and tensor agree to 1e-10")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Library
#
# scikit-image has the formula with many settings. These are the ones of the paper
# (Wang et al., 2004); the defaults are others, and give another number for the same
# frame.

# %% slideshow={"slide_type": "skip"}
paper = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
pair = x[0].double().numpy(), smeared[0].double().numpy()
ours = metrics.ssim(x.double(), smeared.double(), data_range=1.0).item()
print(f"course_utils.metrics: {ours:.4f}")
for name, settings in (("paper's settings", paper), ("defaults", {})):
    value = structural_similarity(*pair, channel_axis=0, data_range=1.0, **settings)
    assert abs(ours - value) < 1e-6 or not settings
    print(f"scikit-image, {name}: {value:.4f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: a blank screen
#
# **Predict, then run.** How much SSIM does a *blank* screen get, one without any
# shape at all? Zero?

# %% slideshow={"slide_type": "fragment"}
rows = {
    name: [decibels(truth, v), metrics.ssim(truth, v, data_range=1.0)]
    for name, v in free.items()
}
masks = test.mask[:, 8:].amax(2).float().flatten(0, 1)[:, None]  # "1024 1 32 32"
empty = 1 - F.max_pool2d(masks, 11, stride=1).mean()
print(f"windows without a pixel of the shape: {empty:.0%}")
viz.table(rows, ["128 clips, 8 frames each", "PSNR (dB)", "SSIM"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# The blank screen gets a higher SSIM than the repeated frame. More than half of the
# windows hold nothing but background, and there a blank is perfect. That is why
# every table of this course has the free predictions in it.
# </details>
#
# And the two frames from above? **Guess** which one SSIM prefers.

# %% slideshow={"slide_type": "fragment"}
for name in ("too dark", "smeared"):
    print(f"{name:9s} SSIM {metrics.ssim(x, frames[name], data_range=1.0):.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# SSIM prefers the smeared frame by far. On a dark ground a small step in light is a
# large *relative* step, and the first fraction of Eq. 9.2 sees it in every window.
# Did you choose the other one? Then SSIM is not your eye either.
# </details>

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Why 11 x 11 and 1.5?* The authors' choice, kept by
# everyone so that numbers compare. *Can SSIM be negative?* Yes, where the
# covariance is: show a frame and its negative. *Can one train on it?* Yes, ours has
# a gradient. Let them try 1 - SSIM as a loss in "Try it".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which loss, and why this one?
#
# You could minimise anything that gets smaller as videos get more alike. Why the
# squared error? Because it is what a *likelihood* turns into. A video is a
# sequence, so its probability is a product, each frame given the ones before:
#
# $$
# p(x_0, \dots, x_{T-1}) = p(x_0) \prod_{t=0}^{T-2} p(x_{t+1} \mid x_0, \dots, x_t)
# \tag{9.5}
# $$
#
# Say that the next frame is what the model predicts, $\hat x_{t+1}$, plus Gaussian
# noise of standard deviation $\sigma$ in each of its $|x_{t+1}|$ numbers. Take the
# logarithm:
#
# $$
# -\log p(x_{t+1} \mid x_0, \dots, x_t)
# = \frac{|x_{t+1}|}{2 \sigma^2}\, \mathrm{MSE}(x_{t+1}, \hat x_{t+1}) + |x_{t+1}| \log(\sigma \sqrt{2\pi})
# \tag{9.6}
# $$
#
# The second term and the factor do not depend on the weights, and the first frame
# is given. So the model that makes the true frames most probable is the one with
# the smallest MSE, summed over the frames.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### By hand, loop, tensor, library
#
# Two pixels, wrong by 0.1 and 0.3, with $\sigma = 0.1$: the squares give
# $0.5 + 4.5 = 5$, the second term gives $2 \cdot (\log 0.1 + 0.9189) = -2.767$,
# together 2.233.

# %% slideshow={"slide_type": "skip"}
target, guess, sigma = (
    torch.tensor([0.4, 0.8]),
    torch.tensor([0.5, 0.5]),
    0.1,
)

loop = 0.0
for x_m, x_hat_m in zip(target, guess):  # the density of a Gaussian, pixel by pixel
    loop -= torch.log(
        torch.exp(-((x_m - x_hat_m) ** 2) / (2 * sigma**2))
        / (sigma * math.sqrt(2 * math.pi))
    )
numbers = len(target)
tensor = numbers / (2 * sigma**2) * F.mse_loss(guess, target) + numbers * math.log(
    sigma * math.sqrt(2 * math.pi)
)
library = -torch.distributions.Normal(guess, sigma).log_prob(target).sum()
print(
    f"by hand 2.233, loop {loop:.3f}, Eq. 9.6 {tensor:.3f}, torch.distributions "
    f"{library:.3f}"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: two futures
#
# The derivation assumes *one* next frame with a little noise around it. What if
# there are two? Let a coin decide whether the shape goes on or turns back on its
# path. Turning back is easy to draw: it is the past, played backward.
#
# **Predict, then run.** Three ways to answer: bet on going on, bet on turning back,
# or say the mean of the two. Which one has the smallest expected squared error?

# %% slideshow={"slide_type": "fragment"}
going_on = test.video[:, 8:15]  # frames 8 to 14
turning_back = test.video[:, :7].flip(1)  # frames 6 to 0
answers = {"bet: go on": going_on, "bet: turn back": turning_back}
answers["the mean"] = (going_on + turning_back) / 2
for name, answer in answers.items():
    expected = (F.mse_loss(answer, going_on) + F.mse_loss(answer, turning_back)) / 2
    print(f"{name:15s} expected MSE {expected:.4f}")
viz.filmstrip({name: answer[2] for name, answer in answers.items()}, start=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# The mean wins with half the error of a bet. By hand, for a pixel that will be 0 or
# 1: a bet costs 0 or 1, on average 0.5; the mean 0.5 costs 0.25 either way. And it
# is the one answer that is never true: two ghosts, each half there. A model trained
# with MSE answers doubt with blur. It is not a weakness of the model but the right
# answer to the question that we asked. Lessons 13 and 14 ask another one.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What should the model read, and what should it write?
#
# It could read frames and write frames. But look at what a single frame does *not*
# say: a picture of a shape has no speed. And look at what frames say again and
# again: most pixels stay as they are.

# %% slideshow={"slide_type": "fragment"}
change = test.video[:, 1:] - test.video[:, :-1]  # "B 15 3 32 32"
still = (change.abs().amax(dim=2) < 1 / 255).float().mean()
print(f"pixels that do not change from one frame to the next: {still:.0%}")
viz.filmstrip(
    {"frame": test.video[2, 4:10], "change": (change[2, 3:9] + 1) / 2},
    start=4,
    title="A frame and its change",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Grey means no change. The front of the shape and its back stand out: direction and
# speed at one glance. So the model reads the frame *and* its change. What it writes
# is not a frame either, but two corrections to the last one: how to **move** it,
# and what to **paint**.
#
# $$
# \hat x_{t+1} = \mathrm{move}(X_t)\, x_t + \mathrm{paint}(X_t),
# \qquad X = \mathrm{LN}\Big(\mathrm{layers}\big(\mathrm{embed}([\,x_t,\; x_t - x_{t-1}\,]) + P\big)\Big)
# \tag{9.7}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $[x_t,\, x_t - x_{t-1}]$ | frame and change, stacked as channels; $x_{-1} = x_0$ | $2C \times H_v \times W_v$ |
# | $\mathrm{embed}$ | turns each of the $N$ patches of a frame into a token | $N \times d$ |
# | $P$ | a learned vector for each place in the frame | $N \times d$ |
# | $X_t$ | tokens of frame $t$ after the last layer and its norm | $N \times d$ |
# | $\mathrm{move}$ | moves the pixels of each patch (Eq. 9.8) | $C \times H_v \times W_v$ |
# | $\mathrm{paint}$ | turns each token into numbers to add to the pixels of its patch | $C \times H_v \times W_v$ |
#
# *Move* starts as "stay" and *paint* as "add nothing". So the untrained model
# repeats the last frame: it starts *at* the baseline.

# %% slideshow={"slide_type": "fragment"}
untrained = VideoTransformer()
assert torch.equal(untrained(context), context)
print("untrained model: the next frame is the last frame, exactly")

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is it cheating to feed the change?* No: it is made of
# frames the model has anyway. *Could it learn without?* Attention in time can fetch
# the frame before; let them try it. *Why not write optical flow?* A row of weights
# can say "half a pixel" and "I do not know", and has a gradient everywhere.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Move
#
# How can a token say "two pixels to the left"? It writes weights, and each pixel of
# its patch becomes the weighted sum of the pixels around it. One row of weights for
# the rows and one for the columns is enough for any shift of up to *reach* pixels:
#
# $$
# (\mathrm{move}\, x)[\mathrm{row}, \mathrm{col}] = \sum_{\delta_y} \sum_{\delta_x}
# \mathrm{down}[\delta_y] \; \mathrm{across}[\delta_x] \;
# x[\mathrm{row} + \delta_y,\, \mathrm{col} + \delta_x],
# \qquad -\mathrm{reach} \le \delta_y, \delta_x \le \mathrm{reach}
# \tag{9.8}
# $$
#
# The reach is 3 pixels; a pixel outside the frame counts as 0. It is like attention
# from a pixel to its neighbourhood, but the token writes the weights down instead
# of comparing, and nothing forces them to be positive or to sum to 1 (adaptive
# separable kernels: Niklaus et al., 2017).
#
# **By hand.** A row of pixels $(0, 0, 1, 1, 0)$. With weights $(0.5, 0.5, 0)$ for
# $\delta_x = -1, 0, 1$ every pixel is the mean of itself and its left neighbour:
# $(0, 0, 0.5, 1, 0.5)$. The edge moved right by half a pixel.

# %% slideshow={"slide_type": "skip"}
# one channel "H_v W_v", the same 2 reach + 1 weights for all pixels
def move_loop(frame, down, across):
    (rows, columns), reach = frame.shape, len(down) // 2
    moved = torch.zeros(rows, columns)
    for row in range(rows):
        for col in range(columns):
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    if 0 <= row + dy < rows and 0 <= col + dx < columns:
                        moved[row, col] += (
                            down[dy + reach]
                            * across[dx + reach]
                            * frame[row + dy, col + dx]
                        )
    return moved


row = torch.tensor([[0.0, 0.0, 1.0, 1.0, 0.0]])
half_right = move_loop(
    row, torch.tensor([0.0, 1.0, 0.0]), torch.tensor([0.5, 0.5, 0.0])
)
print(half_right.tolist()[0])
assert half_right.tolist() == [[0.0, 0.0, 0.5, 1.0, 0.5]]

# %% [markdown] slideshow={"slide_type": "skip"}
# **Tensor and library.** One line per sum of Eq. 9.8. PyTorch calls a sum over
# neighbours a convolution, and has one that keeps channels apart.

# %% slideshow={"slide_type": "skip"}
def move_frame(frame, down, across):  # "H_v W_v"
    (rows, columns), reach = frame.shape, len(down) // 2
    padded = F.pad(frame, (reach, reach, reach, reach))
    lower = sum(down[k] * padded[k : k + rows] for k in range(2 * reach + 1))
    return sum(across[k] * lower[:, k : k + columns] for k in range(2 * reach + 1))


worst = 0.0
for seed in range(10):
    g = torch.Generator().manual_seed(seed)
    x, (down, across) = torch.rand(8, 9, generator=g), torch.rand(2, 7, generator=g)
    conv = F.conv2d(
        x[None, None], torch.outer(down, across)[None, None], padding=3
    )[0, 0]
    for other in (move_loop(x, down, across), conv):
        worst = max(worst, (move_frame(x, down, across) - other).abs().max().item())
assert worst < 1e-4
print("loop, tensor and F.conv2d agree to 1e-4 on 10 random frames")

# %% slideshow={"slide_type": "skip"}
down, across = down.requires_grad_(), across.requires_grad_()
conv = F.conv2d(x[None, None], torch.outer(down, across)[None, None], padding=3)
ours = torch.autograd.grad(
    move_frame(x, down, across).square().sum(), (down, across)
)
theirs = torch.autograd.grad(conv.square().sum(), (down, across))
assert all(torch.allclose(a, b, rtol=1e-4) for a, b in zip(ours, theirs))
print("and so do the gradients")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Keep it.** `move` of the library does this for all patches of a batch, each with
# weights of its own. It takes the sum over rows first and that over columns of the
# result, so that near the border of two patches the rows of the neighbour were
# moved by the neighbour's weights. On video: tell every patch to take from 1.5
# pixels to the left.

# %% slideshow={"slide_type": "fragment"}
from course_utils.models.video_transformer import move

stay = torch.tensor([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
from_the_left = torch.tensor([0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0])
patches = (1, 6, 16, 7)  # batch, frames, patches, taps
moved = move(
    test.video[2:3, 4:10],
    stay.expand(patches),
    from_the_left.expand(patches),
    patch=8,
)
whole = torch.stack(
    [move_frame(channel, stay, from_the_left) for channel in test.video[2, 4]]
)
assert torch.allclose(moved[0, 0], whole, atol=1e-6)
viz.digest(moved, name="moved by 1.5 pixels")
viz.filmstrip(
    {"frame": test.video[2, 4:10], "moved": moved},
    start=4,
    title="Every frame, moved right by 1.5 pixels",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each frame of the lower row is the one above it, a pixel and a half further right,
# with a soft edge where half a pixel was needed. The strip at the left border, a
# shade darker than the ground, is what lies outside the frame: nothing. Painting
# has to fill it.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### The embedding, three times
#
# Lesson 08 cut a video into patches and multiplied each by a matrix. A strided
# convolution does the same in one call: its kernel is the matrix.

# %% slideshow={"slide_type": "skip"}
from course_utils.patches import patchify

frame = test.video[2, 4]  # 3 32 32
conv = nn.Conv2d(3, 64, kernel_size=8, stride=8)
tokens_conv = conv(frame).flatten(1).T  # 64 4 4 -> 16 64

W = rearrange(conv.weight, "d C h w -> (h w C) d")  # patchify flattens "t h w C"
tokens_matrix = patchify(frame[None], (1, 8, 8)) @ W + conv.bias  # 16 64

tokens_loop = torch.zeros(16, 64)
for i in range(4):
    for j in range(4):
        patch = frame[:, 8 * i : 8 * i + 8, 8 * j : 8 * j + 8]
        tokens_loop[4 * i + j] = (conv.weight * patch).sum((1, 2, 3)) + conv.bias
assert torch.allclose(tokens_conv, tokens_matrix, atol=1e-5) and torch.allclose(
    tokens_conv, tokens_loop, atol=1e-5
)
print("16 tokens of 64 numbers; loop, matrix and convolution agree to 1e-5")

# %% [markdown] slideshow={"slide_type": "skip"}
# The convolution can do one thing more: a kernel wider than its stride looks over
# the rim of its patch. With `overlap=4` the token of an 8 x 8 patch sees 16 x 16
# pixels, so that it knows what is about to enter.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Space, then time
#
# A clip of 15 frames with 16 patches has 240 tokens. Joint attention compares each
# with each: $(TN)^2$ weights for each head. Take two steps instead, first within
# each frame, then along each patch through time (*factorised* attention; "divided"
# in Bertasius et al., 2021): $T N^2 + N T^2$ weights.
#
# **By hand**: $240^2 = 57600$ against
# $15 \cdot 16^2 + 16 \cdot 15^2 = 3840 + 3600 = 7440$.

# %% slideshow={"slide_type": "fragment"}
from course_utils.attention import record_attention

T, N = 15, 16
with record_attention(untrained) as record:
    untrained(test.video[:1, :-1])
space, time = record["layers.0.space"][0], record["layers.0.time"][0]
print(
    f"space {tuple(space.shape)}, time {tuple(time.shape)}: batch, frames or "
    "patches, heads, queries, keys"
)
weights = (space.numel() + time.numel()) // space.shape[2]
assert weights == T * N**2 + N * T**2
print(
    f"{weights} weights for each head instead of {(T * N) ** 2}: "
    f"{(T * N) ** 2 / weights:.1f} times fewer"
)

# %% [markdown] slideshow={"slide_type": "skip"}
# **Loop and tensor.** The specification has two loops, one over frames and one over
# patches. The tensor version only says which axis is the sequence: tokens
# `"B T N d"` attend along `N`; transpose, and they attend along `T`.

# %% slideshow={"slide_type": "skip"}
from course_utils.attention import MultiHeadAttention, causal_mask

tokens = torch.randn(2, T, N, 64, generator=torch.Generator().manual_seed(0))
attend, mask = MultiHeadAttention(64, 4), causal_mask(T)

in_space, in_time = torch.zeros_like(tokens), torch.zeros_like(tokens)
for t in range(T):
    in_space[:, t] = attend(tokens[:, t], tokens[:, t], tokens[:, t])
for n in range(N):
    in_time[:, :, n] = attend(
        tokens[:, :, n], tokens[:, :, n], tokens[:, :, n], mask
    )

turned = tokens.transpose(1, 2)  # B N T d
assert torch.allclose(in_space, attend(tokens, tokens, tokens), atol=1e-5)
assert torch.allclose(
    in_time, attend(turned, turned, turned, mask).transpose(1, 2), atol=1e-5
)
print("loop and tensor agree to 1e-5, in space and in time")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The machine
#
# All parts are on the table. This is how they go together, drawn from the library's
# model while a clip of 6 frames runs through it.

# %% slideshow={"slide_type": "fragment"}
machine = viz.diagram(untrained, test.video[:1, :6])
machine.digest()
machine

# %% [markdown] slideshow={"slide_type": "fragment"}
# Read it from top to bottom, column by column. The shape stays "batch, frames,
# patches, d" through all layers; for attention along time, frames and patches trade
# places. Of the two arms at the end, the left one moves the pixels of the video,
# which comes in once more from the side.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The layer
#
# Three steps, each a residual (Eq. 4.4): attend in space, attend in time under the
# causal mask of lesson 06, change each token by itself. Rotary positions
# (lesson 03) tell the frames apart, with the base 100 in place of 10000 (our choice
# for clips of 16 frames). The last matrix of each step starts at zero, so that a
# new layer changes nothing.

# %% tags=["subject"] slideshow={"slide_type": "fragment"}
from course_utils.layers import FeedForward, LayerNorm, Residual
from course_utils.positions import RotaryPositions


def start_at_zero(*linears):
    for linear in linears:
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)


class SpaceTimeLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff):
        super().__init__()
        self.space = MultiHeadAttention(d_model, num_heads)
        self.time = MultiHeadAttention(
            d_model,
            num_heads,
            rotary=RotaryPositions(d_model // num_heads, base=100.0),
        )
        self.feed_forward = FeedForward(d_model, d_ff, activation="gelu")
        self.residuals = nn.ModuleList(Residual(d_model) for _ in range(3))
        start_at_zero(self.space.output, self.time.output, self.feed_forward.second)

    def forward(self, x, mask):  # x: "B T N d"
        in_space, in_time, alone = self.residuals
        x = in_space(x, lambda y: self.space(y, y, y))
        x = x.transpose(1, 2)  # B N T d: the tokens of one patch are now a sequence
        x = in_time(x, lambda y: self.time(y, y, y, mask))
        x = x.transpose(1, 2)  # B T N d
        return alone(x, self.feed_forward)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The model
#
# Eq. 9.7, one line per term, and the start at "stay, and add nothing".

# %% tags=["subject"] slideshow={"slide_type": "fragment"}
from course_utils.patches import unpatchify


class NextFrame(nn.Module):
    def __init__(self, d_model=64, num_heads=4, num_layers=4, d_ff=256, overlap=4):
        super().__init__()
        self.embed = nn.Conv2d(
            6, d_model, 8 + 2 * overlap, stride=8, padding=overlap
        )
        self.place = nn.Parameter(0.02 * torch.randn(16, d_model))
        self.layers = nn.ModuleList(
            SpaceTimeLayer(d_model, num_heads, d_ff) for _ in range(num_layers)
        )
        self.norm = LayerNorm(d_model)
        self.motion = nn.Linear(d_model, 2 * 7)
        self.pixels = nn.Linear(d_model, 8 * 8 * 3)
        start_at_zero(self.motion, self.pixels)
        with torch.no_grad():
            self.motion.bias.view(2, 7)[:, 3] = 1.0  # the pixel itself

    def forward(self, video):  # "B T 3 32 32"
        B, T = video.shape[:2]
        change = torch.cat(
            (torch.zeros_like(video[:, :1]), video[:, 1:] - video[:, :-1]), dim=1
        )
        pixels = torch.cat((video, change), dim=2).flatten(0, 1)  # B*T 6 32 32
        x = self.embed(pixels).flatten(2).transpose(1, 2)  # B*T 16 d
        x = x.unflatten(0, (B, T)) + self.place  # B T 16 d
        for layer in self.layers:
            x = layer(x, causal_mask(T))
        h = self.norm(x)
        # B T 16 7 each
        down, across = self.motion(h).unflatten(-1, (2, 7)).unbind(-2)
        # B T 3 32 32
        painted = unpatchify(self.pixels(h), (1, 8, 8), (1, 3, 32, 32)).squeeze(2)
        return move(video, down, across, patch=8) + painted

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Keep it
#
# The library's `VideoTransformer` is this class with its sizes as arguments and the
# cache. From one seed both start with the same weights, under the same names. With
# any other weights, too, outputs and gradients are the same:

# %% slideshow={"slide_type": "skip"}
torch.manual_seed(0)
mine = NextFrame()
torch.manual_seed(0)
kept = VideoTransformer()
start = kept.state_dict()
assert all(torch.equal(start[name], p) for name, p in mine.state_dict().items())

generator = torch.Generator().manual_seed(0)
for p in mine.parameters():
    nn.init.normal_(p, std=0.1, generator=generator)
kept.load_state_dict(mine.state_dict())
clip = test.video[:2, :6]
assert torch.allclose(mine(clip), kept(clip), atol=1e-4)
for model in (mine, kept):
    F.mse_loss(model(clip[:, :-1]), clip[:, 1:]).backward()
pairs = list(zip(mine.parameters(), kept.parameters()))
assert all(torch.allclose(p.grad, q.grad, rtol=1e-3, atol=1e-5) for p, q in pairs)
print(f"{sum(p.numel() for p, _ in pairs)} weights; outputs and gradients agree")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Does it look into the future?
#
# Every frame predicts its successor at once, in one pass. If a single connection
# led backward in time, the model could copy the answer. Change frame 3 of a clip
# and see which outputs move.

# %% slideshow={"slide_type": "fragment"}
changed = clip.clone()
changed[:, 3] = 1 - changed[:, 3]
moved = (kept(changed) - kept(clip)).abs().amax(dim=(0, 2, 3, 4))
for t, m in enumerate(moved):
    print(f"prediction made at frame {t}:", "moved" if m > 0 else "the same bits")
assert (moved[:3] == 0).all() and (moved[3:] > 0).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Train: fifteen questions in one pass
#
# To predict frame $t+1$ the model reads the frames up to $t$, the *true* ones. This
# is called teacher forcing: the teacher corrects every answer before the next
# question. The causal mask makes it cheap, because one pass over 15 frames answers
# the same 15 questions as 15 passes over 1, 2, ... 15 frames.

# %% slideshow={"slide_type": "fragment"}
one_pass = kept(clip)
for t in range(clip.shape[1]):
    # reads t + 1 frames and answers only the last question
    alone = kept(clip[:, : t + 1])[:, -1]
    assert torch.allclose(alone, one_pass[:, t], atol=1e-4)
print("6 passes and 1 pass give the same 6 predictions")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A little noise
#
# On its own the model will read frames that it drew itself, with small errors that
# no true frame has. So add noise of random strength to what it reads in training,
# and ask for the clean next frame.
#
# $$
# \mathcal L = \mathrm{MSE}\big(f_\Theta(x_0 + \sigma \xi_0, \dots, x_t + \sigma \xi_t),\; x_{t+1}\big)
# \ \text{averaged over } t,
# \qquad \xi \sim \mathcal N(0, 1)
# \tag{9.9}
# $$
#
# Here $\sigma$ is drawn evenly between 0 and 0.03, once for each clip (it is not
# the $\sigma$ of Eq. 9.6). Learned simulators use the same idea (Sanchez-Gonzalez
# et al., 2020). Whether it helps here is measured below.

# %% slideshow={"slide_type": "fragment"}
from course_utils.models import next_frame_loss


def loss_by_hand(model, video, seed, noise):
    g = torch.Generator().manual_seed(seed)
    seen, wanted = video[:, :-1], video[:, 1:]
    # one strength for each clip
    sigma = noise * torch.rand(len(video), 1, 1, 1, 1, generator=g)
    xi = torch.randn(seen.shape, generator=g)
    return ((model(seen + sigma * xi) - wanted) ** 2).mean()


assert torch.isclose(
    loss_by_hand(kept, clip, 5, 0.03), next_frame_loss(kept, clip, 5, noise=0.03)
)
print("course_utils.models.next_frame_loss is this function")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The run
#
# 16 new clips for each step: the world never runs out of them, so there is nothing
# to memorise. Matrices are trained by Muon, the rest by AdamW. The learning rate
# rises over the first steps and falls to zero over the last half:
#
# $$
# \eta_{\mathrm{step}} = \eta \cdot \min\Big(1, \frac{\mathrm{step} + 1}{\mathrm{warmup}}\Big)
# \cdot \min\Big(1, \frac{\mathrm{steps} - \mathrm{step}}{\mathrm{cooldown} \cdot \mathrm{steps}}\Big)
# \tag{9.11}
# $$
#
# By hand for 10 steps, a warm-up of 2 and a cool-down of one half: step 0 gets
# $\tfrac12 \eta$, step 5 the whole $\eta$, step 9 a fifth of it.

# %% slideshow={"slide_type": "fragment"}
from course_utils.training import claim, fit, learning_rate_factor

factors = [
    learning_rate_factor(step, steps=10, warmup=2, cooldown=0.5)
    for step in range(10)
]
print([round(factor, 1) for factor in factors])
assert (factors[0], factors[5]) == (0.5, 1.0) and abs(factors[9] - 0.2) < 1e-9

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Guess first**: after how many steps is the loss below that of repeating the last
# frame?

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a training run ends a little differently on every machine
def loss(model, seed):
    return next_frame_loss(model, world.sample(16, seed).video, seed, noise=0.03)


torch.manual_seed(0)
model = NextFrame()  # the class that you assembled
history = fit(model, loss, steps=450, seed=0, lr=0.02, optimizer="muon")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: the loss of a training run
video, losses = test.video, history.smoothed()
stay_loss = F.mse_loss(video[:, :-1], video[:, 1:]).item()
claim(losses[-1] < stay_loss / 3, "the loss ends below a third of repeating")
claim(min(losses[:60]) < stay_loss, "within 60 steps it is below repeating")
free_loss = {"repeat the last frame": stay_loss}
viz.loss_curve({"this run": history}, free_loss, ylabel="MSE of the next frame")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The dashed line is what repeating the last frame costs on the test clips. The run
# starts near it, because the untrained model repeats what it reads, noise included,
# and is below it after 60 steps or fewer.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is there a validation set?* Every batch is new, so the
# training loss is one. The test clips serve for the tables only. *Why Muon?* It was
# our choice for this size and budget; compare with `optimizer="adamw"`.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Which question costs the most?
#
# The loss is a mean over fifteen questions, and the first one is special: after
# frame 0 alone no model can know where the shape is going, because the world draws
# place and direction independently (a wall close by is the only hint). If Eq. 9.6
# is right about doubt, the best answer is the frame moved by *all* velocities at
# once.

# %% slideshow={"slide_type": "skip"}
# 4000 velocities as the world draws them: 1 to 2.5 pixels, in any direction
g = torch.Generator().manual_seed(0)
speed, angle = torch.rand(2, 4000, generator=g)
speed, angle = 1 + 1.5 * speed, math.tau * angle
velocity = speed * torch.stack((angle.sin(), angle.cos()))  # "2 4000"
# their weights for Eq. 9.8: half a pixel is shared between two neighbours
taps = torch.arange(-3.0, 4.0)
weights = (1 - (taps + velocity[..., None]).abs()).clamp(min=0)  # "2 4000 7"
down, across = weights
ring = down.T @ across / 4000  # "7 7", the mean of all moves
shape = video[:, 0] - background[:, 0]  # without the ground, "128 3 32 32"
blur = F.conv2d(shape.flatten(0, 1)[:, None], ring[None, None], padding=3)
everywhere = background[:, 0] + blur.view_as(shape)
with torch.no_grad():
    answers = finished(video[:, :-1])  # of the checkpoint
print(
    f"MSE of frame 1: all velocities {F.mse_loss(everywhere, video[:, 1]):.4f}, "
    f"checkpoint {F.mse_loss(answers[:, 0], video[:, 1]):.4f}; "
    f"between the two {F.mse_loss(everywhere, answers[:, 0]):.4f}"
)

# %% slideshow={"slide_type": "fragment"}
errors, frozen = (
    (a - video[:, 1:]).square().mean((0, 2, 3, 4)) for a in (answers, video[:, :-1])
)
print(f"frame 1 makes {errors[0] / errors.sum():.0%} of the checkpoint's loss;")
print(f"its error is {errors[0] / errors[1]:.0f} times that of frame 2")
frames = range(1, 16)
curves = {"checkpoint": (frames, errors), "repeat the last": (frames, frozen)}
viz.lines(curves, "predicted frame", "MSE, pooled over 128 clips", logy=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The checkpoint's error is by far largest at frame 1, and falls at once when there
# is a change to read. What it answers at frame 1:

# %% slideshow={"slide_type": "fragment"}
shown = {"truth": video[:6, 1], "checkpoint": answers[:6, 0]}
viz.digest(answers[:6, 0], everywhere[:6], "the checkpoint against all velocities")
viz.filmstrip(
    {**shown, "all velocities": everywhere[:6]},
    title="Six clips, each at its frame 1 (the numbers count clips)",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# From frame 2 on a change can be read, and the error falls to less than a tenth.
# The checkpoint's frame 1 *is* the blur (38.8 dB on these six clips). So two thirds
# of what is left of its loss are doubt that the world makes, and the loss says
# little about the other fourteen questions. A rollout from eight frames never asks
# the first: this lesson compares models by their rollouts, not by their losses.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Let go: the rollout
#
# Now the model continues on its own. It predicts frame 8 from the context, appends
# it, predicts frame 9, and so on:
#
# $$
# \hat x_{t+1} = f_\Theta(x_0, \dots, x_7, \hat x_8, \dots, \hat x_t), \qquad t = 7, \dots, 14
# \tag{9.10}
# $$
#
# Each $\hat x$ is cut to $[0, 1]$ before it is read again.

# %% slideshow={"slide_type": "skip"}
def rollout(model, context, frames):
    seen = context
    for _ in range(frames):
        following = model(seen)[:, -1:].clamp(0, 1)
        seen = torch.cat((seen, following), dim=1)
    return seen[:, -frames:]


kept.load_state_dict(model.state_dict())  # what you trained, in the kept class
with torch.no_grad():
    by_loop = rollout(model, context[:4], 8)
assert torch.allclose(by_loop, kept.rollout(context[:4], 8), atol=1e-4)
print("the loop agrees with kept.rollout, which keeps keys and values in a cache")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: a trained model
trained_future = kept.rollout(context, 8)
with torch.no_grad():
    # each frame from the true ones before it
    corrected = model(test.video[:, :-1])[:, 7:].clamp(0, 1)
repeat = repeat_last(context, 8)
runs = {"with the teacher": corrected, "rollout": trained_future}
runs["repeat the last frame"] = repeat
curves = {name: (range(1, 9), by_frame(truth, v)) for name, v in runs.items()}

gain = decibels(truth, trained_future) - decibels(truth, repeat)
print(f"the rollout is {gain:.1f} dB above repeating the last frame")
claim(gain > 10, "after 450 steps it is more than 10 dB above repeating")
decay = [a - b for a, b in itertools.pairwise(curves["rollout"][1])]
print(f"each frame costs it {min(decay):.1f} to {max(decay):.1f} dB")
viz.lines(curves, "frames ahead", "PSNR (dB), pooled over 128 clips")

# %% [markdown] slideshow={"slide_type": "fragment"}
# With the teacher the quality stays level: every frame is one step ahead of a true
# one. On its own the model starts at the same point and loses with every frame (the
# printed line says how much in this run). The teacher hands over newer true frames,
# and alone the model reads errors that it did not meet in training, the *exposure
# bias* of lesson 06 (Bengio et al., 2015); this plot does not separate the two.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: a trained model
lost = by_frame(truth, corrected)[-1] - by_frame(truth, trained_future)[-1]
claim(lost > 3, "eight frames ahead, the teacher is worth 3 dB or more")
rows = {"truth": truth[2], "this run": trained_future[2], "repeat": repeat[2]}
viz.filmstrip(rows, start=8, title="Clip 2, eight frames ahead")

# %% [markdown] slideshow={"slide_type": "fragment"}
# In this clip the shape is where it should be and has its colour. Its outline gets
# softer: each move by a part of a pixel smooths the edge a little, and painting
# does not sharpen all of it (our reading).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is each part worth?
#
# Break it, in two ways. *Silence* a part in the finished model: set its last matrix
# to zero and roll out. Or *leave it out* from the start: freeze it at its zero, and
# train all the rest. **Predict, then run**: which way costs more, and which part is
# missed most?

# %% slideshow={"slide_type": "fragment"}
def silenced(part):
    broken = VideoTransformer(**header.config)
    broken.load_state_dict(finished.state_dict())
    for layer in broken.layers:
        start_at_zero(getattr(layer, part).output)
    return decibels(truth, broken.rollout(context, 8))


without = {f"{part} silenced": silenced(part) for part in ("time", "space")}
best = finished.rollout(context, 8)
whole = decibels(truth, best)
print({name: round(whole - value, 1) for name, value in without.items()}, "dB lost")
viz.bars(
    {"whole": whole, **without},
    ylabel="PSNR of the rollout (dB)",
    title="The checkpoint, its attention in time or in space silenced",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Either silence costs the finished model 14 dB or more. So much does the rest rely
# on the part; a model that never had it may find another way. To see, train without
# it: as many steps as your run, from three seeds, because one run is an anecdote.
# That takes longer than a lesson has: it is a *study*, and the printed command
# remakes it.

# %% slideshow={"slide_type": "fragment"}
from course_utils.studies import load_study

study = load_study("predictor-parts")
print(study.note())
study.table(["psnr"], ["PSNR of the rollout (dB)"])

# %% slideshow={"slide_type": "subslide"}
for name in study.settings[1:]:
    change = sorted(study.difference(name, "whole", "psnr"))
    print(f"{name:26s}", *(f"{value:+.1f}" for value in change), "dB, seed by seed")
curves = study.curves("rollout")  # mean and standard deviation over three seeds
print("at 60 steps:", {name: round(y[1], 1) for name, (_, y, _) in curves.items()})
viz.lines(
    curves, "steps of training", "PSNR of the rollout (dB)", title="Three seeds"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you saw</summary>
#
# Silenced, attention in space is missed most; left out, attention in time. The
# questions differ, and so do the answers. Now look at the left end. At 60 steps the
# model *without* attention in time is ahead, and whoever stops there calls it worth
# nothing. From 225 steps on it is behind, in the end by 3 dB or more. A comparison
# ends when its order has stopped changing, not when the patience does. One reason
# for the late gain (our reading): the change that the model reads holds a first
# speed for free, and only many frames make it exact.
#
# The noise of Eq. 9.9 makes no difference here: with it or without it, the means
# are equal over eight frames, and single seeds go either way. Sanchez-Gonzalez et
# al. (2020) count noise among what mattered most for rollouts of hundreds of steps
# and more; that is another question.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Give it time
#
# The checkpoint is the same model, wider (96 instead of 64) and trained nine times
# as long: weights, seed, command and scores in one file. Both runs in one plot,
# over the arithmetic that training cost:

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: one of the two curves is a training run
# each weight once for each of 16 x 15 x 16 tokens, twice for the gradient
def multiply_adds(model, steps):
    return 3 * steps * 16 * 15 * 16 * sum(p.numel() for p in model.parameters())


shipped = header.scores["loss_every_50_steps"]
counts = [multiply_adds(finished, 50 * (k + 1)) for k in range(len(shipped))]
mine = history.smoothed(50)[49::50] or history.losses
own = [multiply_adds(model, 50 * (k + 1)) for k in range(len(mine))]
viz.lines(
    {"this run": (own, mine), "checkpoint": (counts, shipped)},
    logx=True,
    logy=True,
    xlabel="multiply-adds of training",
    ylabel="MSE of the next frame",
    baseline={"repeat the last frame": stay_loss},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# At equal compute the narrower run is ahead, and the checkpoint ends lower. One run
# each, and width and schedule differ at once: an anecdote about width, but the same
# recipe. Two thirds of the lower curve's end is the question about frame 1.

# %% slideshow={"slide_type": "subslide"}
scores = {}
for name, v in {**free, "checkpoint": best}.items():
    similar = metrics.ssim(truth, v, data_range=1.0)
    scores[name] = [decibels(truth, v), by_frame(truth, v)[-1], similar]
gain = scores["checkpoint"][0] - scores["repeat the last frame"][0]
print(f"the checkpoint beats repeating the last frame by {gain:.1f} dB")
headers = ["prediction", "PSNR (dB)", "PSNR of the last frame (dB)", "SSIM"]
viz.table(scores, headers, title="128 clips, 8 frames from 8")

# %% slideshow={"slide_type": "fragment"}
viz.digest(best[5:6], truth[5:6], "clip 5, checkpoint")
films = {"truth": truth, "checkpoint": best, "repeat the last frame": repeat}
viz.compare({name: film[5:6] for name, film in films.items()}, fps=4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Truth and checkpoint move as one. Stop at the last frame and compare the edges.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Where is the shape?
#
# PSNR weighs pixels. A viewer asks something else: is the thing where it should be?
# The world can tell, because it has a reader that finds the shape in any clip.

# %% slideshow={"slide_type": "skip"}
from course_utils.worlds import read_clips

position = test.position[:64, 8:, 0]  # "64 8 2", pixels
found = {"checkpoint": read_clips(best[:64]).position}
found["repeat the last frame"] = test.position[:64, 7:8, 0].expand_as(position)
for name, p in found.items():
    error = (p - position).norm(dim=-1).nanmean(0)
    print(
        f"{name:22s} {error[0]:.1f} pixels off at first, {error[-1]:.1f} at the end"
    )

# %% slideshow={"slide_type": "skip"}
direction = test.velocity[:, 7:, 0].sign()  # "B 9 2"
# meets a wall in the part to predict
turns = (direction != direction[:, :1]).flatten(1).any(1)
for name, chosen in (("with a bounce", turns), ("without", ~turns)):
    value = decibels(truth[chosen], best[chosen])
    print(f"{name:13s} {int(chosen.sum()):3d} clips, checkpoint {value:.1f} dB")

# %% [markdown] slideshow={"slide_type": "skip"}
# Homework 09 builds an honest rival without any training: find the shape, measure
# its speed, and let it glide on. It reaches 33 to 34 dB on clips without a bounce
# and less than 20 dB on the others (it counts a few clips differently, because its
# speed is one frame old). What the model knows beyond a glide is the wall.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What did it learn?
#
# The weights of Eq. 9.8 can be read as a motion: a patch that takes from $\delta_x$
# pixels to the right has content that moves $\delta_x$ to the left. So
# $-\sum_{\delta_x} \delta_x \, \mathrm{across}[\delta_x]$ should be the horizontal
# velocity of what is in the patch, if the weights sum to about 1 (do they?).

# %% slideshow={"slide_type": "skip"}
with torch.no_grad():
    kernels = finished.kernels(finished.tokens(context))
down, across = kernels[:, :, -1]  # "B 16 7" each: the last context frame
# the patch with most of the shape
on_object = F.avg_pool2d(test.mask[:, 7].float(), 8).flatten(1).argmax(1)
taps = torch.arange(-3.0, 4.0)
# "B 2"
read = torch.stack(
    [-(k[range(128), on_object] * taps).sum(-1) for k in (across, down)], dim=-1
)
true = test.position[:, 8, 0] - test.position[:, 7, 0]
correlation = torch.corrcoef(torch.stack((read.flatten(), true.flatten())))[0, 1]
total = torch.stack([k[range(128), on_object].sum(-1) for k in (across, down)])
print(
    f"the weights of a row sum to {total.mean():.1f} on average, and stray by "
    f"{total.std():.2f}"
)
print(f"correlation with the true velocity over 128 clips: {correlation:.2f}")

# %% slideshow={"slide_type": "fragment"}
order = true[:, 0].argsort()
viz.lines(
    {"true": true[order, 0], "read off the model": read[order, 0]},
    xlabel="clip, sorted by velocity",
    ylabel="horizontal velocity (pixels per frame)",
    title="The model writes velocities",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The two lines run together: the model has found out how fast each shape moves, and
# writes it down as weights.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Where does it look?
#
# Take the patches that hold the shape, and ask how much of their attention in space
# goes to patches with a piece of the shape in them. Attention spread evenly would
# give the share of the frame that these patches cover.

# %% slideshow={"slide_type": "fragment"}
with record_attention(finished) as record, torch.no_grad():
    finished(context)
# "B 16", last context frame
holds = (F.avg_pool2d(test.mask[:, 7].float(), 8).flatten(1) > 0).float()
shares = {}
for layer in range(4):
    # "B 16 16", mean over heads
    weights = record[f"layers.{layer}.space"][0][:, 7].mean(1)
    # "B 16": from each patch to the shape
    on_shape = (weights * holds[:, None]).sum(-1)
    shares[f"layer {layer}"] = ((on_shape * holds).sum() / holds.sum()).item()
even = holds.mean().item()
print(
    {name: round(value, 2) for name, value in shares.items()},
    f"even attention: {even:.2f}",
)
viz.bars(
    shares,
    ylabel="share of attention on the shape",
    baseline={"even attention": even},
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Patches that hold the shape look at it two to four times as much as even attention
# would, in all layers, and in the second almost only there. Where the patches of
# the ground look is another question, which this picture does not answer.

# %% slideshow={"slide_type": "subslide"}
times = record["layers.1.time"][0]  # "128 16 heads 8 8"
looks = times[range(128), on_object, :, 7].mean((0, 1))
print("mean over 128 clips, frames 0 to 7:", [round(v, 2) for v in looks.tolist()])
weights = viz.over_all_tokens(times[5], along="time")  # of clip 5, "heads TN TN"
viz.digest(weights, name="attention in time")
query, mask = (7, *divmod(int(on_object[5]), 4)), test.mask[5, :8]
viz.attention_over_video(context[5], weights.mean(0), query=query, mask=mask)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The patch with most of the shape, in frame 7 (outlined), looks back along its own
# place: in this clip mostly at the frame before. Over all 128 clips (the printed
# line) the frame before gets the largest share too, but less than a third; the rest
# is spread over the frames before it. This is one layer of four. Attention in time
# never leaves its place: what happened next door comes in by attention in space.

# %% [markdown] slideshow={"slide_type": "notes"}
# Questions a class asks. *Is a bright cell in an attention map a reason?* Not by
# itself: the value it fetches may be small. That is why the velocity was read off
# the weights of Eq. 9.8, which do move the pixels. *Would the model work at 64 x
# 64?* Build one with `size=64`; four times the tokens.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Real clips
#
# Two films from `data/clips`: the Earth turning at night, and a city in time-lapse.
# Every fourth frame, 32 x 32 pixels. Training sees the first 70 % of the time, the
# test the rest. The windows start one frame apart, so that the 7 of `city` are
# nearly one test.
#
# | clip | windows for training | windows for the test | frames in, out |
# |---|---|---|---|
# | `earth` | 150 | 31 | 8, 8 |
# | `city` (first shot) | 53, and their mirror images | 7 | 4, 4 |

# %% slideshow={"slide_type": "skip"}
from course_utils.worlds import bundled_clip


# all windows of `length` frames, "n length 3 32 32", split by time
def windows(name, length, stride=4):
    video = bundled_clip(name, size=32, stride=1)
    cut, span = int(0.7 * len(video)), (length - 1) * stride
    starts = range(cut - span), range(cut, len(video) - span)
    return [
        torch.stack([video[s : s + span + 1 : stride] for s in part])
        for part in starts
    ]


clips = {"earth": windows("earth", 16), "city": windows("city", 8)}
train, held_out = clips["city"]
# a city may drift either way; the Earth may not
clips["city"] = torch.cat((train, train.flip(-1))), held_out
print(
    {name: (len(train), len(held_out)) for name, (train, held_out) in clips.items()}
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: two training runs
futures = {}
for name, (train, held_out) in clips.items():

    def loss_on_clip(m, seed, train=train):
        chosen = torch.randint(
            len(train), (8,), generator=torch.Generator().manual_seed(seed)
        )
        return next_frame_loss(m, train[chosen], seed, noise=0.02)

    torch.manual_seed(0)
    real = VideoTransformer()
    fit(real, loss_on_clip, steps=80, lr=0.01, optimizer="muon")
    half = held_out.shape[1] // 2
    futures[name] = real.rollout(held_out[:, :half], half)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: two trained models
rows, rivals = [], {}
for name, (_, held_out) in clips.items():
    past, goal = held_out.chunk(2, dim=1)
    answers = {
        "repeat the last frame": repeat_last(past, goal.shape[1]),
        "linear extrapolation": linear_extrapolation(past, goal.shape[1]),
        "model": futures[name],
    }
    values = [decibels(goal, answer) for answer in answers.values()]
    best_free = max(values[:2])
    claim(
        values[2] > best_free + 0.5, f"{name}: 0.5 dB above both baselines, or more"
    )
    rows.append([name, *values])
    rivals[name] = list(answers.items())[values.index(best_free)]
headers = ["clip", *answers]
viz.table(
    rows, headers, title="PSNR of the rollout (dB), held-out part, one run each"
)

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
# varies: two trained models
curves = {}
for name, (_, held_out) in clips.items():
    goal, (rival, answer) = held_out.chunk(2, dim=1)[1], rivals[name]
    ours, theirs = by_frame(goal, futures[name]), by_frame(goal, answer)
    ahead = range(1, len(ours) + 1)
    curves |= {f"{name}, model": (ahead, ours), f"{name}, {rival}": (ahead, theirs)}
    first, last = ours[0] - theirs[0], ours[-1] - theirs[-1]
    print(f"{name}: the model leads by {first:+.1f} dB, at the end by {last:+.1f}")
viz.lines(curves, "frames ahead", "PSNR (dB), held-out windows")

# %% [markdown] slideshow={"slide_type": "fragment"}
# On `earth` the model is above repeating at every frame: the Earth turns evenly,
# and a motion that can be read off eight frames goes on. On `city` the best free
# prediction is linear extrapolation, and one frame ahead it beats the model. Then
# its errors grow faster than the model's. One run each, on 7 windows of `city` that
# are nearly one: an anecdote.

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "fragment"}
# varies: two trained models
_, held_out = clips["earth"]
shown = {"truth": held_out[15, 8:], "model": futures["earth"][15]}
shown["repeat the last frame"] = repeat_last(held_out[15, :8], 8)
viz.compare(shown, fps=4, scale=6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lights of the Earth move on in the middle clip (one run) and stand still in
# the right one. What enters at the edge was never in the context: there the model
# can only guess.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | formula | in words | kept as |
# |---|---|---|
# | $\mathrm{PSNR} = 10 \log_{10}(R^2 / \mathrm{MSE})$ (9.1) | error energy in decibels | `course_utils.metrics.psnr` |
# | $\mathrm{SSIM} = \text{light} \cdot \text{texture}$ (9.2) | the same, through a small window | `course_utils.metrics.ssim` |
# | $\hat x_{c+k} = x_c$ (9.3), $\hat x_{c+k} = x_c + k\,(x_c - x_{c-1})$ (9.4) | what costs nothing | `course_utils.baselines.repeat_last`, `.linear_extrapolation` |
# | $p(x_0 \dots x_{T-1}) = p(x_0) \prod_t p(x_{t+1} \mid x_0 \dots x_t)$ (9.5), Gaussian (9.6) | why the squared error | - |
# | $\hat x_{t+1} = \mathrm{move}(X_t)\, x_t + \mathrm{paint}(X_t)$ (9.7) | move, then paint | `course_utils.models.VideoTransformer` |
# | $(\mathrm{move}\,x)[\mathrm{row}, \mathrm{col}] = \sum \mathrm{down}[\delta_y]\, \mathrm{across}[\delta_x]\, x[\mathrm{row} + \delta_y, \mathrm{col} + \delta_x]$ (9.8) | each patch writes its own motion | `course_utils.models.video_transformer.move` |
# | $\mathcal L = \mathrm{MSE}(f_\Theta(x + \sigma\xi), x_{t+1})$ (9.9) | teacher forcing with noise | `course_utils.models.next_frame_loss` |
# | $\hat x_{t+1} = f_\Theta(x_0 \dots x_7, \hat x_8 \dots \hat x_t)$ (9.10) | rollout | `VideoTransformer.rollout` |
# | learning rate up, flat, down to zero (9.11) | the loop | `course_utils.training.fit` |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Try it
#
# - Give the model a clip with **two** shapes (`ShapesWorld(shapes=2)`). It has
#   never seen them cross. *Guess*: what happens where they meet?
# - Roll out 24 frames instead of 8. *Guess*: after how many frames does the shape
#   dissolve, and does it still bounce?
# - Set `reach=1` and train again. Speeds go up to 2.5 pixels per frame. *Guess*:
#   does it fail, or find a way round?
#
# ## Homework
#
# The exercises of this lesson are in
# [homework 09](homework/hw09_predict_the_next_frames.ipynb).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - G. Bertasius, H. Wang, L. Torresani, *Is Space-Time Attention All You Need for
#   Video Understanding?*, ICML 2021. Read it for five ways to divide attention
#   between space and time.
# - S. Bengio, O. Vinyals, N. Jaitly, N. Shazeer, *Scheduled Sampling for Sequence
#   Prediction with Recurrent Neural Networks*, NIPS 2015. Read it for exposure
#   bias, and another cure.
# - A. Sanchez-Gonzalez et al., *Learning to Simulate Complex Physics with Graph
#   Networks*, ICML 2020. Read it for noise in training as the cure for errors that
#   grow over a rollout.
# - C. Finn, I. Goodfellow, S. Levine, *Unsupervised Learning for Physical
#   Interaction through Video Prediction*, NIPS 2016. Read it for predicting motion
#   instead of pixels.
# - S. Niklaus, L. Mai, F. Liu, *Video Frame Interpolation via Adaptive Separable
#   Convolution*, ICCV 2017. Read it for the two rows of weights of Eq. 9.8.
# - Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, *Image Quality Assessment: From
#   Error Visibility to Structural Similarity*, IEEE Transactions on Image
#   Processing 13, 2004. Read it for what PSNR does not see.
