# %% [markdown] slideshow={"slide_type": "slide"}
# # Start here: a video is a tensor
#
# Select the first cell and press Shift + Enter to run it and move on. Everything in
# this course runs on an ordinary computer, without a graphics card and without a
# network.

# %% slideshow={"slide_type": "fragment"}
from course_utils import viz
from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoTransformer
from course_utils.worlds import ShapesWorld

world = ShapesWorld(size=32, frames=16)
clip = world.sample(batch=1, seed=1_000_000_011)
film = clip.video  # 1 16 3 32 32
context, future = film[:, :8], film[:, 8:]

model, header = load_checkpoint("predict-shapes", VideoTransformer)
predicted = model.rollout(context, 8)
viz.digest(predicted, future, "the model, frames 8 to 15")
viz.compare(
    {"what it was shown": context, "what it says comes next": predicted}, fps=4
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the right is a film that nobody drew. A Transformer was shown the eight frames
# on the left and wrote the next eight, wall and all; it has seen nothing but
# pixels. You will build it, part by part, and at the end of this lesson it meets
# the truth and the cheapest rival.

# %% [markdown] slideshow={"slide_type": "skip"}
# Before anything else: is everything in place?

# %% slideshow={"slide_type": "skip"}
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

try:
    wanted = [Requirement(line) for line in requires("video-transformer-course")]
    found = {w: version(w.name) for w in wanted if not w.marker}
    unfit = {w: have for w, have in found.items() if have not in w.specifier}
    wrong = [f"{w} (found {have})" for w, have in unfit.items()]
except PackageNotFoundError as problem:
    wrong = [str(problem)]
advice = (
    "Close this page, go to the folder with the Makefile, run `make lab`: "
    "it installs what is missing."
)
problem = f"the course wants {'; '.join(wrong)}. {advice}"
print("packages:", problem if wrong else "ready")

# %% slideshow={"slide_type": "skip"}
from pathlib import Path

import course_utils

course = Path(course_utils.__file__).parents[1]
files = (
    "clips/city.mp4",
    "clips/earth.mp4",
    "checkpoints/predict-shapes.safetensors",
)
absent = [f"data/{n}" for n in files if not (course / "data" / n).is_file()]
advice = (
    "They are part of the course: fetch it again, as a whole, and run `make lab` "
    "in its folder."
)
problem = f"not found: {', '.join(absent)}. {advice}"
print("data:", problem if absent else "ready")

# %% tags=["nbval-ignore-output"] slideshow={"slide_type": "skip"}
# varies: the number of cores, what else computes, and who set OMP_NUM_THREADS
import torch

from course_utils import threads

print(threads.sentence())

# %% [markdown] slideshow={"slide_type": "skip"}
# If packages or data are not *ready*, do what the line says first. The last line
# tells how many threads PyTorch works with, and why: beside a busy program fewer
# are faster. To decide it yourself, set `OMP_NUM_THREADS` before you start Jupyter.
# Now the imports of this lesson, once and for all.

# %% slideshow={"slide_type": "skip"}
import math
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import torch.nn.functional as F

from course_utils.baselines import colour_transfer, linear_blend, repeat_last
from course_utils.metrics import psnr
from course_utils.worlds import (
    bundled_clip,
    clip_info,
    load_clip,
    read_clips,
    save_clip,
)

# %% slideshow={"slide_type": "subslide"}
city = bundled_clip("city", size=64, stride=4, frames=24)
earth = bundled_clip("earth", size=64, stride=4, frames=24)
three = ShapesWorld(size=32, frames=24, shapes=3).sample(batch=1, seed=7).video
for name, video in (("city", city), ("earth", earth), ("shapes", three)):
    viz.digest(video, name=name)
viz.compare({"city": city, "earth": earth, "shapes": three}, fps=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three clips on one clock: a city at night, the turning Earth, and a small world
# that draws itself. By the end of the course you have built, from formulas, a
# Transformer that continues clips like these, fills their gaps, repaints them, and
# makes new ones from a sentence. By the end of *this* lesson you know what such a
# model gets, and what it has to beat.

# %% [markdown] slideshow={"slide_type": "slide"}
# **You will build** a tiny video world of your own: a ball that bounces, drawn so
# finely that a tenth of a pixel shows.
#
# **You will learn** to
#
# - name the five axes of a video, its range and its coordinates, and spot the two
#   classic mix-ups;
# - say how many bytes a video takes before you load it;
# - read motion off a slice through time, and measure a speed from it;
# - derive where a bouncing object is, and what a pixel on its edge shows;
# - state the four tasks of the course and the simplest answer to each, with its
#   score.
#
# **You need** Python, and to have seen a matrix. Calls of PyTorch that are new to
# you stand in the [primer](00p_primer.ipynb) (sections 1, 3 and 5), which comes
# next. **Time** about 45 minutes of reading, 10 seconds of computing.

# %% [markdown] slideshow={"slide_type": "notes"}
# A class asks: *why so small?* At 32 x 32 pixels everything trains while you watch,
# and nothing in the formulas knows the size. *Why an artificial world?* Because
# there we know the truth: where each object is and what it will do.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which number is where?
#
# A video is a block of numbers. To name one of them you say which clip, when, which
# colour, how far down, how far to the right. The course always says it in this
# order:
#
# | axis | letter | in code | here |
# |---|---|---|---|
# | which clip of the batch | $B$ | `batch` | 1 |
# | when | $T$ | `time` | 24 frames |
# | which colour | $C$ | `channels` | 3: red, green, blue |
# | how far down | $H_v$ | `height` | 32 rows |
# | how far right | $W_v$ | `width` | 32 columns |
#
# The numbers are `float32` between 0 (dark) and 1 (full light). A single clip may
# come without the batch axis.

# %% slideshow={"slide_type": "fragment"}
B, T, C, H_v, W_v = three.shape
print(f"shapes: batch {B}, time {T}, channels {C}, height {H_v}, width {W_v}")
print("city:  ", tuple(city.shape), "- time first: one clip, no batch axis")
print(f"from {three.min():.2f} to {three.max():.2f}, {three.dtype}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### First mix-up: x and y
#
# A *place* is written $(x, y)$: $x$ to the right, $y$ **down**, in pixels, and
# $(0, 0)$ is the centre of the top left pixel. An *index* is written the other way
# round, `video[batch, time, channel, y, x]`, because height comes before width.
#
# Here is the ball of this lesson, alone in its box. The world tells you where it
# is. **Predict, then run:** which of the two lines prints the ball's red, (0.90,
# 0.25, 0.20)?

# %% slideshow={"slide_type": "fragment"}
ball = ShapesWorld(size=32, frames=40).sample(batch=1, seed=25)
x, y = ball.position[0, 0, 0].round().int().tolist()  # clip 0, frame 0, object 0
print(f"{ball.caption[0]}; at first its centre is in the pixel x = {x}, y = {y}")
print("video[0, 0, :, x, y] =", [f"{v:.2f}" for v in ball.video[0, 0, :, x, y]])
print("video[0, 0, :, y, x] =", [f"{v:.2f}" for v in ball.video[0, 0, :, y, x]])

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# The second. `[x, y]` reads the pixel mirrored at the diagonal, and finds the dark
# ground. No error, no warning: both axes have 32 entries. That is why the order is
# fixed once, here.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Second mix-up: moving axes and cutting anew
#
# Files and cameras store a frame as height, width, channels. To move the channels
# forward you need `permute`, which renames the axes. `reshape` to the same shape
# reads the numbers in the old order and cuts them anew.

# %% slideshow={"slide_type": "fragment"}
from_file = earth.permute(0, 2, 3, 1)  # T H W C, as a file has it
moved = from_file.permute(0, 3, 1, 2)  # T C H W
cut_anew = from_file.reshape(24, 3, 64, 64)  # the same shape, and wrong
viz.digest(moved, earth, "permute")
viz.digest(cut_anew, earth, "reshape")
viz.filmstrip({"permute": moved, "reshape": cut_anew}, every=4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Below, the colours are torn apart: what went into the red channel is the upper
# third of the picture, with red, green and blue side by side. Shape, range and mean
# agree with the truth; only the picture and its score against the truth tell.
#
# The score is the *peak signal-to-noise ratio*, PSNR, in decibel: higher is closer,
# and 10 dB more means a tenth of the squared error. Lesson 09 derives it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How fast does time pass?
#
# A file says how many frames it shows per second. Neighbours often differ little,
# so the course takes every fourth frame or so: the *stride*. A stride of 4 makes a
# clip of 25 frames per second one of 6.25.

# %% slideshow={"slide_type": "fragment"}
for name in ("city", "earth"):
    info = clip_info(course / "data" / "clips" / f"{name}.mp4")
    size, rate = f"{info.width} x {info.height}", info.fps
    print(f"{name:5s} {info.frames} frames of {size}, {rate:g} a second,", end=" ")
    print(f"that is {info.frames / rate:.1f} seconds;", end=" ")
    print(f"at stride 4: {rate / 4:g} per second")

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Your own file
#
# `load_clip` reads any file that FFmpeg reads: mp4, webm, mov, gif. It takes the
# middle square, resizes it, and returns floats. Here is a file to try it on; put
# the name of yours in its place.

# %% slideshow={"slide_type": "fragment"}
with TemporaryDirectory() as folder:
    path = save_clip(ball.video, Path(folder) / "ball.mp4", fps=8)
    # yours: load_clip("holiday.mp4", size=64, stride=4)
    mine = load_clip(path, size=32, stride=1)
    print(path.name, "read back:", tuple(mine.shape), mine.dtype)
    near = psnr(ball.video[0], mine, data_range=1.0).item()
    print("closer than 30 dB to what was saved:", near > 30)
    print("equal to it:", torch.equal(ball.video[0], mine))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Closer than 30 dB, but not equal: an mp4 file throws away what the eye hardly
# misses.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does a second of video fit into memory?
#
# Your phone records 30 frames of 1080 x 1920 pixels per second. Will ten minutes of
# it fit into a laptop, as a tensor? Count:
#
# $$
# \mathrm{bytes} = \underbrace{\mathrm{fps} \cdot \mathrm{seconds}}_{T} \cdot\, C \cdot H_v \cdot W_v \cdot b
# \tag{0.1}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $T$ | frames: frame rate times seconds | a number |
# | $C$, $H_v$, $W_v$ | channels, rows, columns of a frame | numbers |
# | $b$ | bytes of one number: 4 for `float32`, 1 for `uint8` | a number |

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### By hand, and as a loop
#
# Two grey frames of 2 x 3 pixels in `float32`:
# $2 \cdot 1 \cdot 2 \cdot 3 \cdot 4 = 48$ bytes. The loop walks over every index of
# Eq. 0.1 and counts.

# %% slideshow={"slide_type": "fragment"}
def bytes_loop(video, b):
    total = 0
    for frame in video:  # T
        for channel in frame:  # C
            for row in channel:  # H_v
                total += sum(b for _ in row)  # W_v
    return total


print(bytes_loop(torch.zeros(2, 1, 2, 3), b=4), "bytes")
assert bytes_loop(torch.zeros(2, 1, 2, 3), b=4) == 48

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Tensor, and library
#
# The product of the shape, times the bytes of one number. PyTorch calls it
# `nbytes`. There is no gradient to compare: a count does not change when a pixel
# does.

# %% slideshow={"slide_type": "fragment"}
second = ball.video[0, :8]  # one second at 8 frames per second
counted = math.prod(second.shape) * second.element_size()
looped, stored = bytes_loop(second, b=4), second.nbytes
print(f"loop {looped}, tensor {counted}, PyTorch {stored} bytes")
assert bytes_loop(second, b=4) == counted == second.nbytes == 98_304
phone = 30 * 600 * 3 * 1080 * 1920 * 4
print(f"ten minutes from your phone: {phone / 1e9:.0f} GB")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: save three bytes of four
#
# 448 GB: it does not fit. Most screens show 256 levels of a colour, so `uint8`, one
# byte, is enough to *store* a video. Is it enough to compute with? **Predict, then
# run:** by how much does a pixel of `city` change from frame to frame, on average:
# by the same amount in both formats?

# %% slideshow={"slide_type": "fragment"}
stored = (255 * city).round().to(torch.uint8)
lost = (stored.float() / 255 - city).abs().max()
print(f"storing as uint8 moves a pixel by at most {lost:.3f},", end=" ")
print(f"half a level: {0.5 / 255:.3f}")
change = (city[1:] - city[:-1]).abs().mean()
change_uint8 = (stored[1:] - stored[:-1]).float().mean() / 255
print(f"mean change from frame to frame: {change:.2f} in float32,", end=" ")
print(f"{change_uint8:.2f} in uint8")
assert change_uint8 > 5 * change

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# `uint8` has no -1: 10 - 11 is 255. Every pixel that gets a little darker seems to
# jump to full light, and the average is an order of magnitude too large. So: store
# in `uint8`, compute in `float32`.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video: one second, three ways to keep it

# %% slideshow={"slide_type": "fragment"}
rows = {}
for name in ("city", "earth"):
    path = course / "data" / "clips" / f"{name}.mp4"
    info = clip_info(path)
    # Eq. 0.1 for one second, without b
    numbers = info.fps * 3 * info.height * info.width
    mp4 = path.stat().st_size / info.frames * info.fps
    sizes = [4 * numbers / 1e6, numbers / 1e6, mp4 / 1e6]
    rows[name] = [round(info.fps), *sizes, round(numbers / mp4)]
    assert numbers > 50 * mp4
phone = 30 * 3 * 1080 * 1920
rows["your phone"] = [30, 4 * phone / 1e6, phone / 1e6, None, None]
headers = [
    "one second of",
    "frames",
    "float32 (MB)",
    "uint8 (MB)",
    "mp4 (MB)",
    "uint8 / mp4",
]
viz.table(rows, headers, digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The files are 90 and 168 times smaller than the numbers in them: most of a frame
# can be guessed from what is beside it and from the frame before. That is what a
# model that predicts video lives on, and also what makes it hard to impress with
# one.
#
# *Keep it:* `video.nbytes` is all there is to keep; `course_utils` adds nothing to
# it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does motion look like?
#
# You can look at a video without playing it. Take one row of pixels from each frame
# and lay the rows under each other: time runs down, $x$ runs right. This is an
# **x-t picture**, a slice through the block along time.
#
# **Predict, then run:** what will you see of a ball that moves to the right? Of a
# house that stands still? Of a cut?

# %% slideshow={"slide_type": "fragment"}
# both shots, and the cut
whole_city = load_clip(course / "data" / "clips" / "city.mp4", size=64, stride=2)
slow_earth = bundled_clip("earth", size=64, stride=4)
slices = {
    "ball, y = 27": ball.video[0, :, :, 27],
    "earth, y = 32": 2 * slow_earth[:, :, 32],
}
slices["city, y = 54"] = whole_city[:, :, 54]
figure, panels = plt.subplots(1, 3, figsize=(11, 4.4), layout="constrained")
for axes, (name, rows_over_time) in zip(panels, slices.items()):
    viz.digest(rows_over_time, name=name)
    picture = rows_over_time.permute(0, 2, 1).clamp(0, 1)  # T W C
    axes.imshow(picture, aspect="auto", interpolation="nearest")
    axes.set(title=name, xlabel="x (pixels)", ylabel="t (frames)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Left, the ball draws a zigzag: a slanted stripe for each flight, a corner at each
# wall. In the middle (light doubled), the Earth turns: its lights draw slanted
# lines, steep at the rim and flat in the middle; the lit rim and the dark sky
# around it stand still and draw vertical ones. Right, the camera drifts, so that
# the houses draw stripes that lean, some more than others; the cut is a horizontal
# line at $t = 58$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The slope is the speed
#
# A stripe that moves two pixels to the right per row stands for two pixels per
# frame. Measure it: in each frame take the centre of the ball's light, that is, the
# mean of the column numbers, each weighted by how much light above the ground its
# column holds. How far the centre moves from frame to frame is the speed.

# %% slideshow={"slide_type": "fragment"}
# T W: how much is lit in each column
light = (ball.video[0] - ball.video.min()).sum((1, 2))
centre = (light * torch.arange(32)).sum(1) / light.sum(1)  # T
measured, true = centre.diff(), ball.velocity[0, :-1, 0, 0]
# the frames between which it hit no wall
straight = ball.velocity[0, 1:, 0, 0] == true
speed, off = measured[straight].abs().mean(), (measured - true)[straight].abs()
print(f"true speed {true.abs().max():.3f}, measured {speed:.3f} pixels per frame")
print("every single step right to 0.03:", (off < 0.03).all().item())
speeds = {"measured": measured, "true": true}
viz.lines(speeds, xlabel="frame t", ylabel="speed in x (pixels per frame)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both lines jump between +1.55 and -1.55 at the walls; the measured one takes a
# value in between where the ball turned round *during* a step. Two things deserve
# an explanation. How does the world know where the ball is after many walls? And
# how can pixels, which are whole, tell a speed to a few hundredths of a pixel?
# These are the next two formulas.

# %% [markdown] slideshow={"slide_type": "notes"}
# A class asks: *what if two objects cross?* Then the centre of light lies between
# them, and the measurement fails: following one object needs to know which pixels
# belong together. Attention finds them by how alike they look: sure where a colour
# is unique, a toss between look-alikes (lesson 02). *Why not flow?* Optical flow
# answers the same question for every pixel; the slice is its one-dimensional
# picture.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where is a ball after many walls?
#
# A ball flies at constant speed between two walls. Where is its centre $r(t)$ at
# frame $t$? You could move it step by step and turn it round at each wall. Or you
# let it fly straight on, and *fold* the line it has drawn, like a strip of paper
# between the walls:
#
# $$
# r(t) = r_{\mathrm{lo}} + \mathrm{fold}\big(r(0) - r_{\mathrm{lo}} + \dot r\, t,\; \ell\big),
# \qquad
# \mathrm{fold}(\lambda, \ell) = \ell - \big|\, (\lambda \bmod 2\ell) - \ell \,\big|
# \tag{0.2}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $r(t)$, $\dot r$ | centre (pixels) and speed (pixels per frame), on each axis by itself | 2 numbers |
# | $r_{\mathrm{lo}}$ | where the centre is when the ball touches the left or upper wall | 2 numbers |
# | $\lambda$ | way flown straight on, in pixels | a number |
# | $\ell$ | room: what the centre can move between its two walls, in pixels | a number |
#
# After $2\ell$, there and back, everything repeats: hence the mod. The bars make
# the way back run backwards.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### By hand, and as a loop
#
# Room 10. Way 4: no wall yet, 4. Way 13: ten there, three back, 7. Way 27: there,
# back, seven there again: 7. Way -3: against the wall at once, and three back: 3.
# The loop is the slow and certain version: one pixel at a time, turn round where
# the next step would leave.

# %% slideshow={"slide_type": "fragment"}
def fold_loop(way, room):
    r, direction = 0, 1 if way > 0 else -1
    for _ in range(abs(way)):
        if not 0 <= r + direction <= room:
            direction = -direction
        r += direction
    return r


print([fold_loop(way, room=10) for way in (4, 13, 27, -3)])
assert [fold_loop(way, room=10) for way in (4, 13, 27, -3)] == [4, 7, 7, 3]

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Tensor
#
# Two lines, one for each half of the formula, for any number of ways at once.

# %% slideshow={"slide_type": "fragment"}
def fold(way, room):
    lap = way % (2 * room)  # there and back is one lap
    return room - (lap - room).abs()  # the way there, then the way back

# %% slideshow={"slide_type": "fragment"}
ways = torch.arange(-60, 61)
worst = 0
for room in range(1, 13):
    loop = torch.tensor([fold_loop(way, room) for way in ways.tolist()])
    worst = max(worst, (fold(ways, room) - loop).abs().max().item())
print("largest difference on 12 rooms x 121 ways:", worst)
assert worst == 0

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Library
#
# You know this function from image borders: `F.pad(..., mode="reflect")` continues
# a row by folding it back. For ways that are no whole numbers, the arc cosine of a
# cosine is the same zigzag, and gives a gradient to compare. That gradient is +1 on
# the way there and -1 on the way back: the direction of flight.

# %% slideshow={"slide_type": "skip"}
row = torch.arange(11.0).view(1, 1, 11)  # 0 to 10: a room of 10
reflected = F.pad(row, (10, 10), mode="reflect")[0, 0]
folded = fold(torch.arange(-10.0, 21.0), 10)
print("equal to reflect padding:", torch.equal(reflected, folded))
g = torch.Generator().manual_seed(0)
ways = 40 * torch.rand(1000, generator=g, dtype=torch.float64)
ways.requires_grad_()
ours = fold(ways, 10)
theirs = 10 / math.pi * torch.acos(torch.cos(math.pi * ways / 10))
slope, their_slope = (torch.autograd.grad(f.sum(), ways)[0] for f in (ours, theirs))
assert (ours - theirs).abs().max() < 1e-6
assert (slope - their_slope).abs().max() < 1e-6
seen = slope.unique().tolist()
print("value and gradient equal to acos(cos); gradients seen:", seen)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it
#
# Take out the walls, or take out only the bars and keep the mod. **Predict, then
# run:** which of the two looks right for longer, and what is the longest jump from
# one frame to the next?

# %% slideshow={"slide_type": "fragment"}
way = 3 + 1.55 * torch.arange(40)
paths = {"fold (Eq. 0.2)": fold(way, 22), "mod, no bars": way % 22, "no walls": way}
for name, path in paths.items():
    outside = (path > 22).sum()
    jump = path.diff().abs().max()
    print(f"{name:15s} longest jump {jump:5.2f} pixels,", end=" ")
    print(f"{outside:2d} of 40 frames outside")
viz.lines(
    paths, xlabel="frame t", ylabel="r(t) - r_lo (pixels)", baseline={"wall": 22}
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# All three agree up to the first wall, after frame 12. Then, without walls, the
# ball is gone for good. Without the bars it leaves on the right and returns on the
# left: that world exists too (it is a torus), but its ball jumps by more than 20
# pixels.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video, and keep it
#
# The box begins half a pixel left of 0, because $(0, 0)$ is the *centre* of the
# first pixel. So the centre of a ball in a box of 32 pixels stops at radius - 1/2
# on one side and at 32 - radius - 1/2 on the other, and its room is 32 - 2 radius.

# %% slideshow={"slide_type": "fragment"}
from course_utils.worlds.shapes import fold as kept

lo, room = ball.radius[0, 0] - 0.5, 32 - 2 * ball.radius[0, 0]
t = torch.arange(40)[:, None]  # T 1, against x and y
# T 2
position = lo + fold(ball.position[0, 0, 0] - lo + ball.velocity[0, 0, 0] * t, room)
error = (position - ball.position[0, :, 0]).abs().max()
close = (error < 1e-3).item()
print("right to a thousandth of a pixel, through every wall:", close)
equal = torch.allclose(torch.from_numpy(kept(way.numpy(), 22)), fold(way, 22))
print("equal to the one that the course keeps:", equal)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a pixel on the edge show?
#
# A pixel is red or it is not; then a ball that moves by a tenth of a pixel per
# frame stands still for some frames, then jumps. A camera does better: a pixel that
# the ball covers to one third shows one third of its colour. The world does as
# cameras do:
#
# $$
# x = (1 - \alpha)\, x_{\mathrm{ground}} + \alpha\, x_{\mathrm{colour}},
# \qquad
# \alpha = \mathrm{clip}\big(\tfrac12 - D,\; 0,\; 1\big)
# \tag{0.3}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $x$ | the pixel; $x_{\mathrm{ground}}$ without the object, $x_{\mathrm{colour}}$ fully covered by it | $C$ numbers |
# | $\alpha$ | coverage: the share of the pixel that the object covers, about | a number in $[0, 1]$ |
# | $D$ | signed distance from the pixel's centre to the object's edge, in pixels, negative inside | a number |
#
# For a ball, $D$ is the distance from the pixel's centre to the ball's centre,
# minus the radius.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### By hand, and as a loop
#
# A ball of radius 2 at $r_x = 2.25$, seen in the row of its centre; ground 0,
# colour 1. Pixel 0 is 2.25 from the centre: $D = 0.25$, $\alpha = 0.25$. Pixel 4 is
# 1.75 away: $D = -0.25$, $\alpha = 0.75$. Pixels 1 to 3 are full, pixel 5 is empty.

# %% slideshow={"slide_type": "fragment"}
def draw_loop(r_x, r_y, radius, size, ground, colour):
    frame = torch.zeros(size, size)
    for y in range(size):
        for x in range(size):
            distance = math.sqrt((x - r_x) ** 2 + (y - r_y) ** 2) - radius
            alpha = min(max(0.5 - distance, 0.0), 1.0)
            frame[y, x] = (1 - alpha) * ground + alpha * colour
    return frame

# %% slideshow={"slide_type": "fragment"}
row = draw_loop(2.25, 2, radius=2, size=6, ground=0.0, colour=1.0)[2]
print([f"{value:.2f}" for value in row])
assert torch.allclose(row, torch.tensor([0.25, 1, 1, 1, 0.75, 0]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Tensor
#
# All pixels at once, in two functions: the right half of Eq. 0.3, then the left.

# %% slideshow={"slide_type": "fragment"}
def coverage(r_x, r_y, radius, size):
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    distance = ((x - r_x) ** 2 + (y - r_y) ** 2).sqrt() - radius
    return (0.5 - distance).clip(0, 1)


def blend(alpha, ground, colour):
    return (1 - alpha) * ground + alpha * colour

# %% slideshow={"slide_type": "fragment"}
worst = 0.0
places = torch.rand(10, 2, generator=torch.Generator().manual_seed(0)) * 12
for r_x, r_y in places.tolist():
    tensor = blend(coverage(r_x, r_y, 3, 12), 0.08, 0.9)
    loop = draw_loop(r_x, r_y, 3, 12, 0.08, 0.9)
    worst = max(worst, (tensor - loop).abs().max().item())
print("loop and tensor differ by less than 1e-5 on 10 frames:", worst < 1e-5)
assert worst < 1e-5

# %% [markdown] slideshow={"slide_type": "fragment"}
# ### Library
#
# PyTorch calls the blend `torch.lerp`, for *linear interpolation*; computer
# graphics calls it "over" (Porter and Duff, 1984).

# %% slideshow={"slide_type": "skip"}
alpha = coverage(5.3, 6.1, 3, 12).double().requires_grad_()
ground, colour = torch.tensor((0.08, 0.9), dtype=torch.float64)
ours, theirs = blend(alpha, ground, colour), torch.lerp(ground, colour, alpha)
squares = ((v**2).sum() for v in (ours, theirs))
slope, their_slope = (torch.autograd.grad(s, alpha)[0] for s in squares)
assert torch.allclose(ours, theirs, atol=1e-12)
assert torch.allclose(slope, their_slope, atol=1e-12)
print("value and gradient equal to torch.lerp within 1e-12")

# %% [markdown] slideshow={"slide_type": "fragment"}
# And how good is the "about" in *about the share that it covers*? Draw the ball 32
# times larger with a hard edge, and count: the mean of 32 x 32 small pixels is the
# true share.

# %% slideshow={"slide_type": "skip"}
k = 32  # the centre of pixel c lies at k c + (k - 1) / 2 in the large picture
large = coverage(5.3 * k + (k - 1) / 2, 6.1 * k + (k - 1) / 2, 3 * k, 12 * k) > 0.5
share = F.avg_pool2d(large.float()[None, None], k)[0, 0]
error = (share - coverage(5.3, 6.1, 3, 12)).abs()
on_edge = error[share % 1 > 0].mean()
print(f"off by {error.max():.2f} in the worst pixel,", end=" ")
print(f"by {on_edge:.2f} in the mean of those on the edge")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Break it: pixels that are all or nothing
#
# Two small balls drift to the right. One is drawn by Eq. 0.3, the other with a hard
# edge: $\alpha$ is 1 where it was above one half, else 0. **Predict, then run:**
# the slower they drift, the fewer of 15 steps show on the hard ball. How many at
# 0.1, and how many at 0.01 pixel per frame?

# %% slideshow={"slide_type": "fragment"}
for speed in (0.01, 0.02, 0.05, 0.1):
    soft = torch.stack([coverage(6 + speed * t, 6, 2.5, 13) for t in range(16)])
    soft = soft[:, None]  # T 1 H W
    hard = (soft > 0.5).float()
    changed = [(v.diff(dim=0) != 0).flatten(1).any(1) for v in (soft, hard)]
    a, b = (int(steps.sum()) for steps in changed)
    print(f"at {speed:.2f} pixel per frame: {a} of 15 steps", end=" ")
    print(f"change a soft pixel, {b} a hard one")
viz.digest(soft, hard, "soft, against hard, at 0.10")
viz.filmstrip({"soft edge": soft, "hard edge": hard}, every=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# The soft ball shows every step. At 0.01 the hard one shows none: it moves by 0.15
# pixel in all, and not a single pixel flips. Motion below the size of a pixel has
# disappeared from the video.
# </details>
#
# The strip is the fastest of the four. Above, every frame differs from the one
# before. Below, frames 8, 10 and 12 are one and the same picture, although the ball
# has moved by 0.4 pixel meanwhile.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What a learner loses
#
# The centre of light, again, for the fastest of the four. And the gradient of the
# picture with respect to the ball's place: it says which pixels would change if the
# ball moved, and a model that learns from pixels needs it.

# %% slideshow={"slide_type": "fragment"}
from torch.autograd.functional import jacobian

r_x = torch.tensor(6.3)
soft_pull = jacobian(lambda r: coverage(r, 6, 2.5, 13), r_x)  # H W
hard_pull = jacobian(lambda r: (coverage(r, 6, 2.5, 13) - 0.5).sign(), r_x)
moved, stuck = (soft_pull != 0).sum(), (hard_pull != 0).sum()
print(f"pixels with a gradient: {moved} of the soft ball, {stuck} of the hard one")
columns = {"soft": soft.sum((1, 2)), "hard": hard.sum((1, 2))}  # T W each
centres = {}
for name, light in columns.items():
    centre = centres[name] = (light * torch.arange(13)).sum(1) / light.sum(1)
    off = (centre - 6 - 0.1 * torch.arange(16)).abs().max()
    print(f"{name}: off by at most {off:.2f} pixels")
viz.lines(centres, xlabel="frame t", ylabel="centre of light (pixels)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The soft centre climbs steadily by 0.1 per frame, the hard one in stairs. Between
# two stairs nothing tells how fast the hard ball is, and its gradient is zero in
# every pixel.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On video, and keep it
#
# Now you have a world: Eq. 0.2 says where, Eq. 0.3 what it looks like. Draw the
# whole clip and lay it beside `ShapesWorld`, which rounds to 256 levels at the end.

# %% slideshow={"slide_type": "fragment"}
from course_utils.worlds import COLOURS

radius = ball.radius[0, 0]
alphas = torch.stack([coverage(*r, radius, 32) for r in position])  # T H W
colour = torch.tensor(COLOURS["red"]).view(3, 1, 1)
my_clip = blend(alphas[:, None], 0.08, colour)  # T 3 H W
difference = (my_clip - ball.video[0]).abs().max().item()
little = difference < 0.51 / 255
print("differs from ShapesWorld by half a level of 256 at most:", little)
viz.digest(my_clip, name="my clip")
viz.compare({"yours": my_clip, "ShapesWorld": ball.video}, fps=12)

# %% [markdown] slideshow={"slide_type": "fragment"}
# You should see no difference: the same ball, the same walls. From here on the
# course uses `from course_utils.worlds import ShapesWorld`, which draws squares,
# triangles and crosses too (other signed distances), up to three at once, and
# remembers everything about them: `position`, `velocity`, `mask`, `caption`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four tasks, one clip
#
# The course builds one kind of model and gives it four tasks. They differ in what
# the model may read:
#
# | task | given | wanted | simplest answer | lesson |
# |---|---|---|---|---|
# | **prediction** | the first frames | the next frames | repeat the last one | 09 |
# | **interpolation** | some frames | the frames between | blend the two next to it | 10 |
# | **style transfer** | a clip, and another look | the same motion in that look | match the colours | 11 |
# | **text-to-video** | a sentence | a clip that it describes | any clip? an empty one? | 12 |
#
# The simplest answer is the *baseline*. It needs no training, and a model that does
# not beat it was not worth training.

# %% slideshow={"slide_type": "fragment"}
viz.digest(film, name=clip.caption[0])
viz.filmstrip(film, columns=16)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The clip of the first screen, and of the next four: a blue circle flies left,
# meets the wall after frame 8, and comes back.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Prediction: what comes next?
#
# Given frames 0 to 7, say frames 8 to 15. The baseline repeats frame 7.

# %% slideshow={"slide_type": "fragment"}
repeated = repeat_last(context, 8)
viz.digest(repeated, future, "repeat the last frame")
viz.compare(
    {"given": context, "wanted": future, "repeat the last frame": repeated}, fps=4
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Left what is given, in the middle what is wanted, right a ball that has stopped in
# mid-air.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Interpolation: what happened in between?
#
# Given frames 0, 4, 8 and 12, say the three frames in each gap, nine in all. The
# baseline fades from one given frame to the next.

# %% slideshow={"slide_type": "fragment"}
gaps = [(film[:, t], film[:, t + 4]) for t in (0, 4, 8)]
# 1 9 3 32 32
wanted = torch.cat([film[:, t + 1 : t + 4] for t in (0, 4, 8)], dim=1)
blended = torch.cat([linear_blend(first, last, 3) for first, last in gaps], dim=1)
viz.digest(blended, wanted, "linear blend")
viz.filmstrip({"wanted": wanted, "linear blend": blended})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Below, the blend does not move the ball. It fades one ball out and another in: two
# half-transparent balls where one was wanted. (The nine are frames 1 to 3, 5 to 7
# and 9 to 11 of the clip.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Style transfer: the same motion in another look
#
# Given a clip and an example of a style, say the clip in that style. Our world can
# draw any clip again in another style, so the right answer is known to the pixel.
# The baseline shifts the clip's colours until their mean and spread match the
# example's.

# %% slideshow={"slide_type": "fragment"}
example = world.restyle(world.sample(batch=1, seed=1_000_000_002), "outline").video
wanted = world.restyle(clip, "outline").video
recoloured = colour_transfer(film, example)
viz.digest(recoloured, wanted, "colour transfer")
videos = {"given": film, "example": example}
videos |= {"wanted": wanted, "colour transfer": recoloured}
viz.compare(videos, fps=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The baseline finds the bright paper, but not the outline: it can move colours, it
# cannot draw. And it tints the paper with the green of the example.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict, then run:** here are 64 clips in three styles. Is there a style for
# which it is better to change *nothing*?

# %% slideshow={"slide_type": "fragment"}
many = world.sample(batch=64, seed=1_000_000_000)
rows = {}
for style in ("outline", "night", "checkerboard"):
    wanted = world.restyle(many, style).video
    # for each clip, the right answer to another one
    example = wanted.roll(1, dims=0)
    answers = many.video, colour_transfer(many.video, example)
    rows[style] = [psnr(wanted, answer, data_range=1.0) for answer in answers]
viz.table(rows, ["style", "change nothing (dB)", "colour transfer (dB)"], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# Night. Its ground is as dark as ours, and its objects have their own colours, so
# most pixels are nearly right before you begin. The transfer then pulls them
# towards another clip's colours. Where doing nothing scores best, it belongs into
# the table.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Text-to-video: a clip that says what the sentence says
#
# Given "a red circle moves right and bounces", which clip is wanted? Take all clips
# among 512 with this caption.

# %% slideshow={"slide_type": "fragment"}
sentence = "a red circle moves right and bounces"
library = world.sample(batch=512, seed=0)
same = [i for i, caption in enumerate(library.caption) if caption == sentence]
right = library.video[same]
viz.digest(right, name=f"{len(right)} clips, one sentence")
viz.compare({f"right answer {i + 1}": right[i] for i in range(len(right))}, fps=8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Four different clips, and the sentence is true of each of them. So what is a good
# score here?

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Predict, then run.** Take the first of them as "the truth". Which candidate is
# nearest to it in decibel: another right answer, the mean of the other right
# answers, or an empty stage?
#
# The second column is a *reader*: a function that looks at the pixels of a clip and
# says what it sees (lesson 12).

# %% slideshow={"slide_type": "fragment"}
empty = torch.full_like(right[:1], 20 / 255)
candidates = {"another right answer": right[1:2]}
candidates["mean of the others"] = right[1:].mean(0, keepdim=True)
candidates["empty stage"] = empty
rows = []
for name, v in candidates.items():
    quality = psnr(right[:1], v, data_range=1.0)
    rows.append([name, quality, read_clips(v).caption[0]])
viz.table(rows, ["candidate", "PSNR (dB)", "what the reader sees"], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# The order is upside down: the empty stage wins, and the right answer comes last.
# PSNR asks "the same pixels?", but the sentence leaves open where the ball starts,
# how large it is and how fast. Where many answers are right, compare what they
# *say*: only the right answer is read as the sentence it was asked for. Lesson 12
# scores text-to-video in this way.
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How hard is it to beat doing nothing?
#
# Back to prediction. Repeat each frame once: how near is it to the next one? The
# table says it for strides from 1 to 8, all clips at 32 x 32 pixels, beside a
# second rule that looks even simpler: always show one flat colour, the median of
# all pixels.
#
# **Predict, then run:** in which column is repeating hardest to beat? Is there one
# where the flat colour wins?

# %% slideshow={"slide_type": "fragment"}
films = {n: bundled_clip(n, size=32, stride=1)[None] for n in ("city", "earth")}
shapes = ShapesWorld(size=32, frames=64)
films["shapes"] = shapes.sample(batch=64, seed=1_000_000_000).video
rows = []
for stride in (1, 2, 4, 8):
    taken = {name: video[:, ::stride] for name, video in films.items()}
    scores = [psnr(v[:, 1:], v[:, :-1], data_range=1.0) for v in taken.values()]
    rows.append([f"repeat, stride {stride}", *scores])
scores = []
for v in films.values():
    flat = v.movedim(2, 0).flatten(1).median(1).values.view(3, 1, 1)
    scores.append(psnr(v, flat.expand_as(v), data_range=1.0))
rows.append(["flat colour", *scores])
viz.table(rows, ["PSNR (dB) of", *films], digits=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# <details><summary>What you just saw</summary>
#
# On `earth` and `city` repeating is very hard to beat at stride 1: 44 dB is a
# typical error of 0.006, less than two of 256 levels. Every doubling of the stride
# costs four to six decibel. That is why the course takes a stride of 4 or more on
# real clips: less would hide whether a model learned anything.
#
# On `shapes` the flat colour wins from stride 4 on: an object that has moved by its
# own width is wrong twice, where it was and where it is, while an empty stage is
# wrong once.
# </details>

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### And eight frames ahead?
#
# Lesson 09 asks for eight frames, not one. Hold one frame and compare it with the
# $k$-th frame after it: stride 4 for the real clips, stride 1 for the shapes.

# %% slideshow={"slide_type": "fragment"}
ahead = {name: films[name][:, :: 1 if name == "shapes" else 4] for name in films}
curves = {}
for name, v in ahead.items():
    curve = [psnr(v[:, k:], v[:, :-k], data_range=1.0) for k in range(1, 9)]
    curves[name] = (range(1, 9), torch.stack(curve))
    one, eight = curve[0], curve[-1]
    print(f"{name:6s} the next frame {one:.1f} dB, the eighth {eight:.1f} dB")
viz.lines(curves, xlabel="frames ahead", ylabel="PSNR of repeating (dB)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# All three curves fall. The real clips start high and leave a model little to gain;
# on `shapes`, repeating falls below the flat colour's 17.5 dB after three frames,
# so that nearly everything is there to be won. So the course learns on shapes first
# and then faces the real clips.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where this goes
#
# The model of the first screen is the one that you will have built by lesson 09,
# trained and stored. It has 8 frames to look at, and goes on by itself. It was
# never shown this clip.

# %% slideshow={"slide_type": "fragment"}
viz.digest(repeated, future, "repeat the last frame")
viz.digest(predicted, future, "the model")
viz.compare(
    {"truth": future, "model": predicted, "repeat the last frame": repeated}, fps=4
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In the middle the ball turns round at the wall as it does on the left: nobody told
# the model of balls or walls, it has seen nothing but pixels.

# %% [markdown] slideshow={"slide_type": "fragment"}
# One clip may be luck. The same on the 64 clips of the style table:

# %% slideshow={"slide_type": "fragment"}
context, future = many.video[:, :8], many.video[:, 8:]
answers = {"flat colour": torch.full_like(future, 20 / 255)}
answers["repeat the last frame"] = repeat_last(context, 8)
answers["Transformer of lesson 09"] = model.rollout(context, 8)
scores = {
    name: psnr(future, answer, data_range=1.0).item()
    for name, answer in answers.items()
}
viz.digest(answers["Transformer of lesson 09"], future, "the model, 64 clips")
assert scores["Transformer of lesson 09"] > scores["repeat the last frame"] + 15
viz.bars(scores, ylabel="PSNR, the next 8 frames together (dB)", digits=1)
eighth = {
    name: round(psnr(future[:, 7:], answer[:, 7:], data_range=1.0).item(), 1)
    for name, answer in answers.items()
}
print("the eighth frame alone:", eighth)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The longer the bar, the nearer to the truth; 10 dB more mean a tenth of the
# squared error. The two upper bars need no training. Lessons 01 to 08 build the
# parts of the model, and lesson 09 puts them together:
# [Predict the next frames](09_predict_the_next_frames.ipynb).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap
#
# | | formula | in the course |
# |---|---|---|
# | 0.1 | $\mathrm{bytes} = T \cdot C \cdot H_v \cdot W_v \cdot b$ | `video.nbytes` |
# | 0.2 | $r(t) = r_{\mathrm{lo}} + \mathrm{fold}(r(0) - r_{\mathrm{lo}} + \dot r t, \ell)$, $\;\mathrm{fold}(\lambda, \ell) = \ell - \lvert(\lambda \bmod 2\ell) - \ell\rvert$ | `course_utils.worlds.shapes.fold` |
# | 0.3 | $x = (1 - \alpha)\, x_{\mathrm{ground}} + \alpha\, x_{\mathrm{colour}}$, $\;\alpha = \mathrm{clip}(1/2 - D, 0, 1)$ | `course_utils.worlds.ShapesWorld` |
#
# - A video is `"batch time channels height width"`, `float32` in $[0, 1]$; a place
#   is $(x, y)$, an index is `[..., y, x]`.
# - In an x-t picture what moves is slanted, what rests is vertical, and a cut is
#   horizontal.
# - Print the baseline beside every model: `repeat_last`, `linear_blend`,
#   `colour_transfer`, from `course_utils.baselines`.
#
# Every symbol and term of the course, in English and Chinese, is in
# [notation.md](notation.md).

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Try it
#
# - Put `"earth"` through the x-t cell with `[:, :, 12]`, near the pole. Guess
#   first: steeper lines or flatter ones?
# - Add a speed of 0.001 to the two drifting balls. Does the soft one still show
#   each step? And once it is stored in 256 levels, `soft = (255 * soft).round()`?
# - Predict `shapes` with objects that move at half the speed,
#   `ShapesWorld(frames=64, speed=(0.5, 1.25))`. From which stride on does the flat
#   colour win now?
#
# ## Homework
#
# This lesson has none. The first is that of lesson 01, and the exercises on
# attention come with lesson 02.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Go further
#
# - Edward H. Adelson and James R. Bergen, *Spatiotemporal energy models for the
#   perception of motion*, Journal of the Optical Society of America A 2 (1985).
#   Motion as orientation in space and time: where the slice through time comes from
#   that you saw above.
# - Thomas Porter and Tom Duff, *Compositing digital images*, SIGGRAPH (1984). Where
#   the $\alpha$ of Eq. 0.3 comes from, and why it means coverage.
# - Nitish Srivastava, Elman Mansimov and Ruslan Salakhutdinov, *Unsupervised
#   learning of video representations using LSTMs*, ICML (2015). Its Moving MNIST,
#   digits at constant speed between walls, is Eq. 0.2 again; its models are the
#   recurrent ones of lesson 01.
# - Ashish Vaswani and others, *Attention is all you need*, NeurIPS (2017). The
#   paper that lessons 02 to 07 rebuild. Not yet: come back after lesson 07.
