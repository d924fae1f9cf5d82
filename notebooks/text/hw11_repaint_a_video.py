# %% [markdown]
# # Homework 11: colours, flicker and an honest condition
#
# **You will practise** giving colours to an object and leaving its ground alone;
# saying where and when a clip flickers; repairing a condition that tells a model
# the wrong style and shows it the answer; predicting how well anyone can answer
# an open question; and, in the end, a map of colours that the lesson did not
# show.
#
# **You need** lesson 11. **Time**: about 95 minutes for you, a few seconds for
# the computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 11.1 | the colours of the object alone | reproduce | 2 | 20 |
# | 11.2 | where it flickers | reproduce | 2 | 15 |
# | 11.3 | repair a condition that gives the answer away | break and repair | 3 | 20 |
# | 11.4 | a board that may have slipped | predict | 2 | 10 |
# | 11.5 | match histograms | extend | 4 | 30 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` runs your function on small inputs and names the mistake if
# it knows it; `grade` repeats this on inputs of other sizes. Any style counts as
# long as the numbers agree.

# %%
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils import viz
from course_utils.baselines import colour_transfer
from course_utils.checkpoints import load_checkpoint
from course_utils.checks import check, grade
from course_utils.metrics import psnr
from course_utils.models import Condition, VideoEncoderDecoder
from course_utils.tasks.style import best_colour_map, flicker
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import STYLES

world = ShapesWorld()
test = world.sample(32, seed=1_000_000_000)
films = torch.stack([world.restyle(test, s).video for s in STYLES], 1)
viz.digest(films[:, 0], films[:, 2], name="32 clips, plain, against night")

# %% [markdown]
# ## Exercise 11.1: the colours of the object alone (reproduce, difficulty 2, 20 minutes)
#
# The lesson's transfer lost where the ground was right already: it moved the
# ground too. Move the colours of the *object* alone, channel by channel, as Eq.
# 11.1 does with a diagonal $G$: the deviation of the reference over that of the
# object.
#
# 1. For each clip and channel take mean and deviation over the pixels of the
#    mask, in all frames together (divide by their count, not by one less).
# 2. Take mean and deviation of the reference, over all of its pixels.
# 3. Where the mask is `True` move the colours and cut them to $[0, 1]$; where it
#    is `False` the pixels stay as they are, bit for bit. In some frames the
#    object is hidden.
#
# <details><summary>Hint 1: the mask and the channels</summary>
#
# `mask[:, :, None]` has the shape "B T 1 H W" and lines up with the channels.
# </details>
# <details><summary>Hint 2: a mean over some of the pixels</summary>
#
# `(inside * video).sum((1, 3, 4), keepdim=True) / inside.sum((1, 3, 4),
# keepdim=True)`, with `inside` as floats.
# </details>
# <details><summary>Hint 3: two cases for each pixel</summary>
#
# `torch.where(mask, a, b)`.
# </details>


# %% tags=["exercise-11.1"]
def transfer_object(
    video: Float[Tensor, "B T 3 H W"],
    mask: Bool[Tensor, "B T H W"],
    reference: Float[Tensor, "B R 3 h w"],
) -> Float[Tensor, "B T 3 H W"]:
    """Return the clips with the colours of the object, where mask is True, moved to
    the mean and deviation of the reference, channel by channel (Eq. 11.1).
    """
    ### BEGIN SOLUTION
    inside = mask[:, :, None]
    count = inside.sum((1, 3, 4), keepdim=True)
    mean = (inside * video).sum((1, 3, 4), keepdim=True) / count
    variance = (inside * (video - mean) ** 2).sum((1, 3, 4), keepdim=True) / count
    mean_r = reference.mean((1, 3, 4), keepdim=True)
    std_r = reference.std((1, 3, 4), correction=0, keepdim=True)
    moved = std_r / variance.sqrt().clamp(min=1e-8) * (video - mean) + mean_r
    return torch.where(inside, moved.clamp(0, 1), video)
    ### END SOLUTION


# %%
check("11.1", transfer_object)

# %% tags=["graded-11.1"] points=2
grade("11.1", transfer_object)
### BEGIN HIDDEN TESTS
grade("11.1", transfer_object, seed=1101)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Give eight objects the colours of a film, and leave their stage alone.

# %%
from course_utils.worlds import bundled_clip

city = bundled_clip("city", size=32)[:16]
dressed = transfer_object(
    films[:8, 0], test.mask[:8, :, 0], city[None].expand(8, -1, -1, -1, -1)
)
viz.digest(dressed, films[:8, 0], name="8 objects in the colours of a city")
viz.filmstrip({"before": films[:8, 0, 5], "after": dressed[:, 5]}, unit="clip")

# %% [markdown]
# The ground is untouched, and a rim of the old colour stays: pixels that the edge
# covers by less than half are not in the mask. A mask of bits has hard edges; the
# world's own drawing has soft ones.
#
# ## Exercise 11.2: where it flickers (reproduce, difficulty 2, 15 minutes)
#
# Eq. 11.3 gives a clip one number, and a small object in a steady frame hardly
# counts in it. Write it for every pair of neighbouring frames, and count only
# pixels that the object covers in *either* frame of the pair.
#
# 1. Take the error, and its change from frame to frame.
# 2. Average the squared change over the counted pixels and all channels.
# 3. Take the root. Where the object is in neither frame the flicker is 0.
#
# <details><summary>Hint 1: a change</summary>
#
# `error.diff(dim=1)` is `error[:, 1:] - error[:, :-1]`.
# </details>
# <details><summary>Hint 2: how many numbers</summary>
#
# A counted pixel has one number for each channel.
# </details>


# %% tags=["exercise-11.2"]
def flicker_by_pair(
    target: Float[Tensor, "B T C H W"],
    video: Float[Tensor, "B T C H W"],
    mask: Bool[Tensor, "B T H W"],
) -> Float[Tensor, "B pairs"]:
    """Return the root mean square change of the error from frame t to t + 1, over
    the pixels that mask holds in either frame (Eq. 11.3); 0 where it holds none.
    """
    ### BEGIN SOLUTION
    change = (video - target).diff(dim=1)
    either = (mask[:, 1:] | mask[:, :-1])[:, :, None]
    total = (change**2 * either).sum((2, 3, 4))
    count = video.shape[2] * either.sum((2, 3, 4))
    return (total / count.clamp(min=1)).sqrt()
    ### END SOLUTION


# %%
check("11.2", flicker_by_pair)

# %% tags=["graded-11.2"] points=2
grade("11.2", flicker_by_pair)
### BEGIN HIDDEN TESTS
grade("11.2", flicker_by_pair, seed=1102)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** Colours are transferred from night to plain in two ways:
# with the statistics of the whole clip, and frame by frame. Both know the target.
# Which one has the better PSNR, and which one the smaller flicker?

# %%
night, plain = films[:, 2], films[:, 0]
whole = colour_transfer(night, plain)
single = torch.stack(
    [colour_transfer(night[:, t : t + 1], plain[:, t : t + 1]) for t in range(16)],
    1,
)[:, :, 0]
for name, video in (("whole clip", whole), ("frame by frame", single)):
    on_object = flicker_by_pair(plain, video, test.mask[:, :, 0])
    print(f"{name:15s} PSNR {psnr(plain, video, data_range=1.0):.1f} dB, ", end="")
    print(f"flicker of the object {255 * on_object.mean():.1f} of 255, ", end="")
    print(f"of the frame {255 * flicker(plain, video).mean():.1f}")

# %% [markdown]
# On the object the error changes three times as much as in the whole frame, for
# most of the frame is ground. The two ways hardly differ here (our reading: the
# object is wholly in view all the time, so that the statistics of a frame are
# nearly those of the clip). Where would they differ? Where something enters or
# leaves.
#
# ## Exercise 11.3: repair a condition that gives the answer away (break and repair, difficulty 3, 20 minutes)
#
# Someone trained the lesson's model with a program of their own and reports
# scores by reference frame that are too good to be true. `given_condition` builds
# what the model is told.


# %%
def given_condition(films, start, goal, other):
    rows, T = torch.arange(len(films)), films.shape[2]
    words = goal[:, None]
    reference = films[rows, goal]
    sources = films[rows, start][:, :, None]
    return words, reference, sources, torch.zeros(len(films), T, 1)


start, goal = torch.tensor([1, 2, 3]), torch.tensor([0, 0, 1])
told = given_condition(films[:3], start, goal, torch.tensor([1, 2, 0]))
for name, tensor in zip(("words", "reference", "sources", "offsets"), told):
    print(f"{name:10s}", tuple(tensor.shape))
print("words:", told[0].flatten().tolist())

# %% [markdown]
# The arguments: `films` holds every clip in every style, `start` and `goal` are
# the numbers of the styles to read and to write, and `other[b]` is the number of
# the clip that serves clip `b` as the reference. There are three mistakes: one
# about words, two about the picture. What the model may know of the target is its
# style, and the promise is *one* frame, number `T // 2`, of the other clip.
#
# 1. Find them. `check("11.3", given_condition)` confirms that nothing is repaired
#    yet; after each repair it tells you what is left.
# 2. Write the repaired function.
#
# <details><summary>Hint 1: an experiment</summary>
#
# Replace all the films of clip 0 in its goal style by noise. Which of the four
# returned tensors may change?
# </details>
# <details><summary>Hint 2: words</summary>
#
# Which number of a word means that there is none?
# </details>


# %% tags=["exercise-11.3"]
def make_condition(
    films: Float[Tensor, "B styles T 3 H W"],
    start: Int[Tensor, " B"],
    goal: Int[Tensor, " B"],
    other: Int[Tensor, " B"],
) -> tuple[
    Int[Tensor, "B 1"],
    Float[Tensor, "B 1 3 H W"],
    Float[Tensor, "B T 1 3 H W"],
    Float[Tensor, "B T 1"],
]:
    """Return words, reference, sources and offsets of Eq. 11.4.

    Word i + 1 names style i; 0 is padding. The reference is frame T // 2 of clip
    other[b] in the style goal[b].
    """
    ### BEGIN SOLUTION
    rows, T = torch.arange(len(films)), films.shape[2]
    reference = films[other, goal, T // 2][:, None]
    sources = films[rows, start][:, :, None]
    return goal[:, None] + 1, reference, sources, torch.zeros(len(films), T, 1)
    ### END SOLUTION


# %%
check("11.3", make_condition)

# %% tags=["graded-11.3"] points=3
grade("11.3", make_condition)
### BEGIN HIDDEN TESTS
grade("11.3", make_condition, seed=1103)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Your condition, given to the shipped model: twelve clips, one for each pair of
# styles, each with a reference from its neighbour.

# %%
pairs = torch.tensor([(a, b) for a in range(4) for b in range(4) if a != b])
start, goal = pairs.T
words, reference, sources, offsets = make_condition(
    films[:12], start, goal, (torch.arange(12) + 1) % 12
)
model, _ = load_checkpoint("repaint", VideoEncoderDecoder)
answer = model.write(
    Condition(reference=reference, sources=sources, offsets=offsets)
)
target = films[torch.arange(12), goal]
viz.digest(answer[:1], target[:1], "the first of them")
viz.filmstrip(
    {
        "read": sources[:, 5, 0],
        "reference": reference[:, 0],
        "written": answer[:, 5],
        "target": target[:, 5],
    },
    unit="clip",
)

# %% [markdown]
# Every third clip leaves the same style. Compare each picture of the third row
# with the one below it, and with the reference above: the style comes from the
# one, shape, colour and place from the clip that was read.
#
# ## Exercise 11.4: a board that may have slipped (predict, difficulty 2, 10 minutes)
#
# A board has squares of 0.5 and 0.1. With probability 3/4 it lies where you
# think, with probability 1/4 it has slipped by one square, and then every 0.5
# stands where you expect a 0.1 and the other way round. Nothing that you know
# says which. On paper: which value is the best answer, under the squared error,
# for a pixel that is 0.5 in the likely place? And what PSNR has this answer on
# average, that is, from the expected squared error? Give both, the second with
# two decimals.
#
# <details><summary>Hint</summary>
#
# The best answer is the mean over both places, each with its probability. Its
# expected squared error weighs two squares in the same way.
# </details>

# %% tags=["exercise-11.4"]
slipped = None  # replace the line below by: slipped = (value, decibels)
### BEGIN SOLUTION
value = 0.75 * 0.5 + 0.25 * 0.1
expected = 0.75 * (0.5 - value) ** 2 + 0.25 * (0.1 - value) ** 2
slipped = (value, 10 * torch.tensor(1 / expected).log10().item())
### END SOLUTION

# %%
check("11.4", slipped)

# %% tags=["graded-11.4"] points=1
grade("11.4", slipped)

# %% [markdown]
# Check it by drawing a thousand boards:

# %%
assert slipped is not None, "Exercise 11.4 has no answer yet"
board = torch.where((torch.arange(8) + torch.arange(8)[:, None]) % 2 == 0, 0.5, 0.1)
moved = torch.rand(1000, generator=torch.Generator().manual_seed(0)) < 0.25
boards = torch.where(moved[:, None, None], board.roll(1, 1), board)
answer = torch.where(board == 0.5, slipped[0], 0.6 - slipped[0])
for name, guess in (("yours", answer), ("a bet on the likely place", board)):
    mse = (boards - guess).square().mean()
    print(f"{name:26s} PSNR {10 * torch.log10(1 / mse):.1f} dB")

# %% [markdown]
# ## Exercise 11.5: match histograms (extend, difficulty 4, 30 minutes)
#
# Eq. 11.1 matches two numbers of each channel, or nine of all three. One can
# match *everything* that a single channel's histogram says: the darkest pixel
# gets the darkest value of the reference, the brightest the brightest, and each
# one between the value of the same rank.
#
# $$
# \mathrm{share}_m = \frac{\#\{x < x_m\} + \tfrac12 (\#\{x = x_m\} - 1)}{n - 1},
# \qquad
# \hat x_m = r_{(\mathrm{share}_m \cdot (k - 1))}
# $$
#
# | symbol | meaning |
# |---|---|
# | $n$, $k$ | pixels of the channel in the whole clip, and in the whole reference |
# | $\#\{x < x_m\}$ | how many of the $n$ pixels are darker; $\#\{x = x_m\}$ counts the pixel itself |
# | $r_{(i)}$ | the value number $i$ of the reference, sorted, from 0; between two of them on a straight line |
#
# Equal pixels share the *mean* of their ranks, so that they stay equal: it is a
# map of colours, and the lesson's ceiling holds for it too.
#
# 1. For each channel: the share of every pixel, over the whole clip.
# 2. Sort the reference; find the two values around the place $\mathrm{share} (k -
#    1)$.
# 3. Mix them, and put everything back into the shape of the clip.
#
# <details><summary>Hint 1: counting</summary>
#
# For small clips compare all with all: `(x[None] < x[:, None]).sum(1)`. For large
# ones `x.unique(return_inverse=True, return_counts=True)` and a `cumsum` of the
# counts do the same without $n^2$ numbers.
# </details>
# <details><summary>Hint 2: between two values</summary>
#
# `low = place.long()`, `part = place - low`. The value after the last one is the
# last one. `torch.quantile(r, share)` does all of this.
# </details>


# %% tags=["exercise-11.5"]
def match_histogram(
    video: Float[Tensor, "T 3 H W"], reference: Float[Tensor, "R 3 h w"]
) -> Float[Tensor, "T 3 H W"]:
    """Return the clip with the histogram of the reference in each channel."""
    ### BEGIN SOLUTION
    out = torch.empty_like(video)
    for c in range(3):
        _, group, count = (
            video[:, c].flatten().unique(return_inverse=True, return_counts=True)
        )
        rank = count.cumsum(0) - 1 - (count - 1) / 2
        share = rank / (len(group) - 1)
        values = torch.quantile(reference[:, c].flatten(), share)
        out[:, c] = values[group].view(video[:, c].shape)
    return out
    ### END SOLUTION


# %%
check("11.5", match_histogram)

# %% tags=["graded-11.5"] points=4
grade("11.5", match_histogram)
### BEGIN HIDDEN TESTS
grade("11.5", match_histogram, seed=1105)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# **Predict, then run.** It matches far more than mean and covariance do. Is it
# nearer to the target on every pair? And does it pass the ceiling of all maps of
# colours?

# %%
rows = {}
for a, b in (("plain", "night"), ("plain", "checkerboard"), ("outline", "plain")):
    film, target = (films[:8, STYLES.index(s)] for s in (a, b))
    ranked = torch.stack([match_histogram(*pair) for pair in zip(film, target)])
    answers = (colour_transfer(film, target), ranked, best_colour_map(film, target))
    rows[f"{a} to {b}"] = [
        psnr(target, video, data_range=1.0).item() for video in answers
    ]
    assert rows[f"{a} to {b}"][1] <= rows[f"{a} to {b}"][2]
for name, values in rows.items():
    print(f"{name:22s}", [round(value, 1) for value in values])
viz.table(
    rows,
    ["pair", "mean and covariance", "histogram", "ceiling"],
    digits=1,
    title="PSNR (dB), 8 clips, the colours of the target known",
)

# %% [markdown]
# Each row has its own winner among the two maps, and neither passes the last
# column: it cannot, for equal pixels stay equal. More statistics of single pixels
# do not replace a look at their neighbours.

# %%
film, target = (
    films[2, STYLES.index("plain")],
    films[2, STYLES.index("checkerboard")],
)
ranked = match_histogram(film, target)
viz.digest(ranked, target, "clip 2, histogram of the checkerboard")
viz.filmstrip({"read": film[:8], "histogram": ranked[:8], "target": target[:8]})

# %% [markdown]
# The flat ground is one colour, so all of it gets one rank and one grey, although
# the reference has two. To break a tie by place would be to draw a board: that
# needs a model that knows where it paints.
