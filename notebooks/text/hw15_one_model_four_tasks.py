# %% [markdown]
# # Homework 15: which frames are noise
#
# **You will practise** to write a task as levels; plan levels that rise one after
# the other; score frames that have levels of their own; find what leaks into a
# memory; continue a clip beyond the length of its network; and edit some frames of
# a clip without touching the others.
#
# **You need** lesson 15. **Time**: about 120 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 15.1 | a task as levels | reproduce | 1 | 10 |
# | 15.2 | a pyramid of levels | extend | 3 | 20 |
# | 15.3 | a loss with a level for each frame | reproduce | 3 | 20 |
# | 15.4 | repair a memory that leaks | break and repair | 3 | 25 |
# | 15.5 | a long clip by a sliding window | extend | 4 | 25 |
# | 15.6 | edit some frames | extend | 3 | 20 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.
#
# A level belongs to a frame: 0 is noise, 1 is the clean frame.

# %%
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils import viz
from course_utils.checks import check, grade
from course_utils.worlds import ShapesWorld

clips = ShapesWorld(size=16, frames=8).sample(96, seed=15).video.double()
generator = torch.Generator().manual_seed(15)
noise = torch.randn(clips[0].shape, generator=generator).double()
viz.digest(clips, name="96 clips")

# %% [markdown]
# ## Exercise 15.1: a task as levels (reproduce, difficulty 1, 10 minutes)
#
# The warm-up. Write down the levels at which the frames of each task start, as two
# rows: the clip that is written, and a clip beside it.
#
# - `"predict"`: the first `known` frames are clean, the others noise.
# - `"interpolate"`: the first `known` and the last `known` are clean.
# - `"generate"`: nothing is known.
# - `"repaint"`: nothing is known of the clip, but the same clip in another style
#   stands beside it, clean.
# - `"edit"`: as to interpolate, but the frames between are not pure noise: the
#   `strength` is their share of noise.
#
# In all tasks but `"repaint"` nothing stands beside: level 0. `known` may be 0:
# then no frame of the clip is known, and an edit changes all of it.
#
# <details><summary>Hint</summary>
#
# Start from `torch.zeros(2, frames)`. Strength 0.8 is level 0.2.
# </details>

# %% tags=["exercise-15.1"]
def start_levels(
    task: str, frames: int, known: int, strength: float
) -> Float[Tensor, "2 frames"]:
    """Return the levels at which frames start: the clip's, and those beside it."""
    ### BEGIN SOLUTION
    levels = torch.zeros(2, frames)
    if task in ("interpolate", "edit"):
        levels[0, frames - known :] = 1
    if task in ("predict", "interpolate", "edit"):
        levels[0, :known] = 1
    if task == "edit":
        levels[0, known : frames - known] = 1 - strength
    if task == "repaint":
        levels[1] = 1
    return levels
    ### END SOLUTION

# %%
check("15.1", start_levels)

# %% tags=["graded-15.1"] points=1
grade("15.1", start_levels)
### BEGIN HIDDEN TESTS
grade("15.1", start_levels, seed=1501)
### END HIDDEN TESTS

# %%
rows = {}
for task in ("predict", "interpolate", "edit", "generate"):
    a = start_levels(task, 8, 2, 0.3)[0].view(-1, 1, 1, 1)
    rows[task] = ((1 - a) * noise + a * clips[3]).clamp(0, 1)
viz.filmstrip(rows, title="One clip, four tasks: what the network is shown")

# %% [markdown]
# The network is the same; a task is which frames are noise, and how much of it.
#
# ## Exercise 15.2: a pyramid of levels (extend, difficulty 3, 20 minutes)
#
# All missing frames at once, or one after the other: between the two lies a
# schedule in which all rise together, but later frames lag behind, because more is
# uncertain there. Chen et al. (2024, "Diffusion Forcing: Next-token Prediction
# Meets Full-Sequence Diffusion") sample so, and Ruhe et al. (2024, "Rolling
# Diffusion Models", ICML) train for it.
#
# Each missing frame rises from 0 to 1 in `steps` equal steps, one a round. It
# starts `lag` rounds after the missing frame before it. Known frames are clean in
# every round and do not stand in the queue.
#
# 1. Number the missing frames 0, 1, 2, ...
# 2. Count the rounds: the first row is the start, where all missing frames are
#    noise, in the last row all are clean, in no earlier one. If nothing is missing,
#    there is one row.
# 3. Fill in the levels; before its turn a frame waits at 0, afterwards it stays at
#    1.
#
# <details><summary>Hint 1: the place in the queue</summary>
#
# `(~known).cumsum(0) - 1`.
# </details>
# <details><summary>Hint 2: without any case</summary>
#
# In round r a frame that is number q in the queue has made `r - lag * q` steps.
# `clamp` does the rest.
# </details>

# %% tags=["exercise-15.2"]
def pyramid(
    known: Bool[Tensor, " T"], steps: int, lag: int
) -> Float[Tensor, "rounds T"]:
    """Return the level of each frame in each round, from the start to all clean."""
    ### BEGIN SOLUTION
    queue = (~known).cumsum(0) - 1
    missing = int((~known).sum())
    rounds = torch.arange(steps + lag * (missing - 1) + 1 if missing else 1)
    levels = ((rounds[:, None] - lag * queue) / steps).clamp(0, 1)
    return levels.masked_fill(known, 1.0)
    ### END SOLUTION

# %%
check("15.2", pyramid)

# %% tags=["graded-15.2"] points=3
grade("15.2", pyramid)
### BEGIN HIDDEN TESTS
grade("15.2", pyramid, seed=1502)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** The first of 8 frames is known, a frame takes 10 steps, and
# each round is one call of the network. How many calls are a lag of 0, of 2, and of
# 10?

# %%
first_known = torch.arange(8) < 1
calls = {lag: len(pyramid(first_known, 10, lag)) - 1 for lag in (0, 2, 10)}
print(f"calls for each lag: {calls}")
chart = 0.9 * pyramid(first_known, 10, 2)[..., None, None, None].expand(
    -1, -1, 3, 16, 16
)
viz.filmstrip(
    {f"round {r}": chart[r] for r in (*range(0, 22, 4), 22)},
    title="Level of each frame, black is noise: 10 steps, lag 2",
)

# %% [markdown]
# All at once costs 10 calls, one after the other 70; the pyramid stands between.
# Read a row from left to right: clean, half done, noise.
#
# **A network that knows everything.** If the data are these 96 clips and no others,
# the best prediction can be written down, also with a level for each frame: the
# probability of each clip, times the clip. Follow the pyramid with it.

# %%
def clean_frames(z, levels, data=clips):
    """The exact prediction for a clip whose frames have levels of their own."""
    a = levels.double().clamp(max=0.98)  # a clean frame is known up to 0.02
    far = [
        (z[t] - a[t] * data[:, t]).square().flatten(1).sum(1)
        / (2 * (1 - a[t]) ** 2)
        for t in range(len(z))
    ]
    return torch.einsum("n,ntchw->tchw", (-sum(far)).softmax(0), data)


schedule = pyramid(first_known, 10, 2).double()
z, seen = torch.where(first_known.view(-1, 1, 1, 1), clips[3], noise), {}
for r, (now, after) in enumerate(zip(schedule[:-1], schedule[1:])):
    if r % 5 == 0:
        seen[f"round {r}"] = z.clamp(0, 1)
    rate = torch.where(now < 1, (after - now) / (1 - now).clamp(min=1e-9), 0.0)
    z = z + rate.view(-1, 1, 1, 1) * (clean_frames(z, now) - z)
seen["at the end"] = z.clamp(0, 1)
viz.filmstrip(seen, title="Frame 0 is known; the future clears from left to right")

# %% [markdown]
# Frame 1 is done when frame 5 has begun to rise, and the later frames get a clean
# past before their own colours are settled. (The network is exact, so what it
# writes is one of the 96 clips.)
#
# ## Exercise 15.3: a loss with a level for each frame (reproduce, difficulty 3, 20 minutes)
#
# The network predicts clean frames, and is to be good at velocities: the squared
# error of a frame is divided by the square of what is left of its way, which
# counts as `floor` at least. Two kinds of frames are silent: clean ones (level 1)
# were given and teach nothing (pure noise, level 0, teaches most), and those that
# do not `exist` only fill up the batch. The loss is the mean over the frames that
# are left, all clips together, and 0 if none is.
#
# 1. The mean squared error of each frame.
# 2. Its weight.
# 3. Which frames are scored, and the mean over them.
#
# <details><summary>Hint 1: an infinite weight times zero</summary>
#
# 0 times infinity is NaN. With the floor no weight is infinite.
# </details>
# <details><summary>Hint 2: no frame at all</summary>
#
# `scored.sum().clamp(min=1)` divides 0 by 1.
# </details>

# %% tags=["exercise-15.3"]
def frame_loss(
    predicted: Float[Tensor, "B T C H W"],
    clip: Float[Tensor, "B T C H W"],
    levels: Float[Tensor, "B T"],
    exists: Bool[Tensor, "B T"],
    floor: float,
) -> Float[Tensor, ""]:
    """Return the mean error of the velocity, without clean frames and padding."""
    ### BEGIN SOLUTION
    error = (predicted - clip).square().mean((2, 3, 4)) / (1 - levels).clamp(
        min=floor
    ) ** 2
    scored = exists & (levels < 1)
    return (error * scored).sum() / scored.sum().clamp(min=1)
    ### END SOLUTION

# %%
check("15.3", frame_loss)

# %% tags=["graded-15.3"] points=2
grade("15.3", frame_loss)
### BEGIN HIDDEN TESTS
grade("15.3", frame_loss, seed=1503)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** A network is wrong by 0.1 in every pixel of a missing frame
# at level 0.5, and right in the known ones. How does your loss change as 1, 4 or 7
# of 8 frames are known? And what would a mean over all frames say?

# %%
guess, table = clips[:4] + 0.1, []
for count in (1, 4, 7):
    given = torch.arange(8) < count
    levels = torch.where(given, 1.0, 0.5).expand(4, -1)
    answer = torch.where(given.view(-1, 1, 1, 1), clips[:4], guess)
    ours = frame_loss(
        answer, clips[:4], levels, torch.ones(4, 8).bool(), 0.1
    ).item()
    table.append([count, f"{ours:.3f}", f"{ours * (8 - count) / 8:.3f}"])
viz.table(table, ["known frames", "your loss", "mean over all 8"])

# %% [markdown]
# Yours does not change, for the network is as good as before. A mean over all
# frames falls as the task gets shorter, and would weigh an interpolation less than
# a generation.
#
# ## Exercise 15.4: repair a memory that leaks (break and repair, difficulty 3, 25 minutes)
#
# A sampler writes frame by frame. `predict(z, level, cache)` returns the clean
# frame and a token, which is what a cache keeps of this frame; the cache is a
# list of tokens, in the order of the frames, and a token depends on those before
# it. What the network may remember of a frame is *one* token, made from the
# *clean* frame at level 1; known frames come first. The sampler below runs, and
# its frames get worse with time.
#
# **Find what is wrong and repair it.** Three things are: what is kept, what is not,
# and what is told.
#
# <details><summary>Hint 1: count</summary>
#
# How many tokens does the cache hold after 2 known frames and 1 written one, in 4
# steps? How many should it?
# </details>
# <details><summary>Hint 2: one more call</summary>
#
# A finished frame is read once more, at level 1, only for its token.
# </details>

# %%
def given_sampler(predict, known, noise, levels):
    cache, film = [], []
    for frame in known:
        cache.append(predict(frame, levels[0], cache)[1])
    for z in noise:
        for now, after in zip(levels[:-1], levels[1:]):
            clean, token = predict(z, now, cache)
            z = z + (after - now) / (1 - now) * (clean - z)
            cache.append(token)
        film.append(z)
    return torch.cat((known, torch.stack(film)))

# %% tags=["exercise-15.4"]
def repaired_sampler(
    predict,
    known: Float[Tensor, "K D"],
    noise: Float[Tensor, "N D"],
    levels: Float[Tensor, " steps+1"],
) -> Float[Tensor, "K+N D"]:
    """Return the known frames and N new ones, each written by Euler's steps.

    predict(z, level, cache) -> (clean frame "D", token); levels rise from 0 to 1.
    """
    ### BEGIN SOLUTION
    cache, film = [], []
    for frame in known:
        cache.append(predict(frame, torch.ones(()), cache)[1])
    for z in noise:
        for now, after in zip(levels[:-1], levels[1:]):
            clean, _ = predict(z, now, cache)
            z = z + (after - now) / (1 - now) * (clean - z)
        cache.append(predict(z, torch.ones(()), cache)[1])
        film.append(z)
    return torch.cat((known, torch.stack(film)))
    ### END SOLUTION

# %%
check("15.4", repaired_sampler)

# %% tags=["graded-15.4"] points=3
grade("15.4", repaired_sampler)
### BEGIN HIDDEN TESTS
grade("15.4", repaired_sampler, seed=1504)
### END HIDDEN TESTS

# %% [markdown]
# **Who is in the memory?** A network that notes, whenever it is asked about a noisy
# frame, at which levels the tokens in its cache were made. **Predict, then run**:
# what does the last frame of two known and three written ones remember?

# %%
def remembered(sampler):
    """The levels of the tokens in the cache at the last call for a noisy frame."""
    seen = []

    def predict(z, level, cache):
        if level < 1:
            seen.append(list(cache))
        return 0 * z, round(float(level), 2)

    sampler(predict, torch.zeros(2, 4), torch.zeros(3, 4), torch.linspace(0, 1, 5))
    return seen[-1]


for name, sampler in (("given", given_sampler), ("repaired", repaired_sampler)):
    print(f"{name:9s}", remembered(sampler))

# %% [markdown]
# Two known frames and two written ones: four tokens at level 1. The given sampler
# shows noise of all levels in their place, that of the current frame included.
#
# ## Exercise 15.5: a long clip by a sliding window (extend, difficulty 4, 25 minutes)
#
# A network under the full mask writes windows of `window` frames and no others. A
# longer clip is made window by window: the last `overlap` frames that exist come
# first, clean, and behind them noise. Frame t starts from `noise[t]`. The last
# window seldom fits; it is moved back, so that it ends with the last frame and has
# more known frames. The network returns the whole window and changes known frames a
# little: what is finished stays as it is.
#
# 1. Where does the next window start, and how many of its frames are known?
# 2. Put known frames and noise together, and write the levels.
# 3. Keep the new frames alone. If `first` is long enough already, cut it.
#
# <details><summary>Hint 1: the start of a window</summary>
#
# With `have` frames finished: `min(have - overlap, total - window)`.
# </details>
# <details><summary>Hint 2: bookkeeping</summary>
#
# `have - start` frames of the window are known, in the last one as well.
# </details>

# %% tags=["exercise-15.5"]
def continue_clip(
    write,
    first: Float[Tensor, "F D"],
    noise: Float[Tensor, "total D"],
    window: int,
    overlap: int,
) -> Float[Tensor, "total D"]:
    """Return a clip of `total` frames that begins with `first`.

    write(part, levels) -> part, all "window D", levels "window". first has at least
    as many frames as a window, or total has fewer.
    """
    ### BEGIN SOLUTION
    total, film = len(noise), first[: len(noise)]
    while len(film) < total:
        have = len(film)
        start = min(have - overlap, total - window)
        part = torch.cat((film[start:], noise[have : start + window]))
        levels = (torch.arange(window) < have - start).float()
        film = torch.cat((film, write(part, levels)[have - start :]))
    return film
    ### END SOLUTION

# %%
check("15.5", continue_clip)

# %% tags=["graded-15.5"] points=3
grade("15.5", continue_clip)
### BEGIN HIDDEN TESTS
grade("15.5", continue_clip, seed=1505)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** A square runs round a ring of 16 columns, to the left or to
# the right, one column a frame. Let the network know the 32 windows of 8 frames
# that this world has, and nothing else. It continues the first 8 frames of a run to
# the right, with an overlap of 4 frames and with one of 1. What will it do at the
# seams?

# %%
square = torch.full((3, 16, 16), 0.08).double()
square[0, 6:10, 6:10] = 0.9
shifts = torch.tensor(
    [[s + way * t for t in range(24)] for way in (1, -1) for s in range(16)]
)
runs = torch.stack([square.roll(int(s), -1) for s in shifts.flatten()])
runs = runs.view(32, 24, 3, 16, 16)  # 16 starts to the right, 16 to the left
seeds = torch.randn(runs[0].shape, generator=generator).double().flatten(1)


def write(part, levels):
    z, clean = part.view(8, 3, 16, 16), levels.view(-1, 1, 1, 1) == 1
    for now in torch.linspace(0, 1, 11)[:-1]:
        x = clean_frames(z, torch.where(levels == 1, levels, now), runs[:, :8])
        z = torch.where(clean, z, z + 0.1 / (1 - now) * (x - z))
    return z.flatten(1)


made = {"the run": runs[0]}
for overlap in (4, 1):
    film = continue_clip(write, runs[0, :8].flatten(1), seeds, 8, overlap)
    made[f"overlap {overlap}"] = film.view(24, 3, 16, 16)
ring = torch.stack([square.roll(shift, -1) for shift in range(16)]).flatten(1)
for name, film in made.items():
    columns = torch.cdist(film.flatten(1), ring).argmin(1)
    ways = (
        (columns[1:] - columns[:-1]) % 16
    ).tolist()  # 1 to the right, 15 to the left
    turns = [t for t in range(1, 23) if ways[t] != ways[t - 1]]
    print(f"{name}: turns round after the frames {turns}")
viz.filmstrip({k: v.clamp(0, 1) for k, v in made.items()}, every=2)

# %% [markdown]
# Four frames show which way the square runs. One frame does not: at each seam the
# noise decides, and at frame 14 it decided for the left. The last window was moved
# back, so that it knew seven frames or more. Whatever must persist over a seam has
# to be visible in the overlap.
#
# ## Exercise 15.6: edit some frames (extend, difficulty 3, 20 minutes)
#
# To edit is to go back on the line a part of the way, and forward again (Meng et
# al., 2022, "SDEdit: Guided Image Synthesis and Editing with Stochastic
# Differential Equations", ICLR). With a level for each frame, some frames go back
# and the others stay, clean, as the network's evidence.
#
# 1. Put the chosen frames on the line at `level`, with their noise.
# 2. Take `steps` equal Euler steps from `level` to 1. Tell the network the level of
#    *each* frame.
# 3. Frames that were not chosen are returned untouched; at level 1 the whole clip
#    is.
#
# <details><summary>Hint 1: the levels of a step</summary>
#
# `torch.where(chosen, now, 1.0)`.
# </details>
# <details><summary>Hint 2: what divides</summary>
#
# The velocity divides by `1 - now`, which is 0 for no step if the clip is returned
# at once at level 1.
# </details>

# %% tags=["exercise-15.6"]
def edit(
    predict,
    clip: Float[Tensor, "T D"],
    chosen: Bool[Tensor, " T"],
    level: float,
    noise: Float[Tensor, "T D"],
    steps: int,
) -> Float[Tensor, "T D"]:
    """Return the clip with its chosen frames renoised to `level` and written anew.

    predict(z, levels) returns the clean frames "T D" for frames at the levels "T".
    """
    ### BEGIN SOLUTION
    if level == 1:
        return clip
    pick = chosen[:, None]
    z = torch.where(pick, (1 - level) * noise + level * clip, clip)
    for step in range(steps):
        now = level + (1 - level) * step / steps
        clean = predict(z, torch.where(chosen, now, 1.0))
        rate = (1 - level) / steps / (1 - now)
        z = torch.where(pick, z + rate * (clean - z), z)
    return z
    ### END SOLUTION

# %%
check("15.6", edit)

# %% tags=["graded-15.6"] points=3
grade("15.6", edit)
### BEGIN HIDDEN TESTS
grade("15.6", edit, seed=1506)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** A grey bar covers the middle of frames 3 to 5. Edit these
# three at level 0.9, which keeps nine tenths of the bar. Will it be gone?

# %%


def written_anew(film, chosen, level, noise):
    """Edit a film with the exact network of the 96 clips."""
    made = edit(
        lambda z, a: clean_frames(z.view(8, 3, 16, 16), a).flatten(1),
        film.flatten(1),
        chosen,
        level,
        noise.flatten(1),
        10,
    )
    return made.view(8, 3, 16, 16)


spoiled, chosen = clips[5].clone(), (torch.arange(8) - 4).abs() < 2
spoiled[3:6, :, 6:10] = 0.6
mended = written_anew(spoiled, chosen, 0.9, noise)
print("others untouched:", torch.equal(mended[~chosen], spoiled[~chosen]))
error = (mended - clips[5])[chosen].abs().max().item()
print(f"largest error in the three: {error:.3f}")
viz.filmstrip({"spoiled": spoiled, "edited": mended.clamp(0, 1)})

# %% [markdown]
# It is gone, and the frames are right, since the five clean frames say which clip
# this is, and the network knows no bars. Their level says that they can be trusted.
#
# **From a sketch.** Now a drawing that is no clip at all: a blue block that moves
# to the right. Every frame is chosen, nothing is clean. **Predict, then run**: what
# comes of it at the levels 0.6, 0.3 and 0.1?

# %%
sketch = torch.full((8, 3, 16, 16), 0.08).double()
for t in range(8):
    sketch[t, 2, 5:11, 1 + t : 7 + t] = 0.9
draw = torch.randn(
    clips[0].shape, generator=torch.Generator().manual_seed(6)
).double()
shown = {"sketch": sketch}
for level in (0.6, 0.3, 0.1):
    shown[f"level {level}"] = written_anew(
        sketch, torch.ones(8).bool(), level, draw
    )
viz.filmstrip({k: v.clamp(0, 1) for k, v in shown.items()})

# %% [markdown]
# At 0.6 comes a blue triangle that moves to the right for half of its time, as the
# block does. At 0.3 the colour is kept and the motion is not; at 0.1 the noise
# decides, and the shape is red. So the level sets how much of a draft is kept, the
# large before the small.
