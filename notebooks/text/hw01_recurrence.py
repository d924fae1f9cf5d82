# %% [markdown]
# # Homework 01: write the recurrent network yourself
#
# **You will practise** the recurrent network and its gradient through time; you
# will predict when that gradient has vanished, repair a gated cell that three bugs
# have crept into, and in the end let a model run on its own predictions.
#
# **You need** lesson 01. **Time**: about 75 minutes for you, less than a minute for
# the computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 1.1 | a recurrent network from its formula | reproduce | 1 | 10 |
# | 1.2 | the gradient through time by hand | reproduce | 3 | 20 |
# | 1.3 | predict when the gradient has vanished | predict | 2 | 10 |
# | 1.4 | repair a gated cell | break and repair | 3 | 20 |
# | 1.5 | let it run on its own predictions | extend | 2 | 15 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.

# %%
import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils import viz
from course_utils.baselines import repeat_last
from course_utils.checkpoints import load_checkpoint
from course_utils.checks import check, grade
from course_utils.metrics import psnr
from course_utils.models import VideoRNN
from course_utils.worlds import ShapesWorld

# %% [markdown]
# ## Exercise 1.1: a recurrent network from its formula (reproduce, difficulty 1, 10 minutes)
#
# A recurrent network reads a clip frame by frame and carries a state along. Return
# the state after every frame, for clips with any number of leading dimensions (a
# batch, or none).
#
# 1. Start with a state of zeros, of the size of `b`, one for each clip.
# 2. For each frame: multiply the frame by $W_x$ and the old state by $W_z$, add
#    $b$, take the tanh.
# 3. Keep the new state for the result *and* for the next frame.
#
# <details><summary>Hint 1: a matrix and a batch</summary>
#
# `W_x` is "width inputs" and a frame "... inputs": `frame @ W_x.mT` gives "...
# width" for any leading dimensions.
# </details>
# <details><summary>Hint 2: the axis of time</summary>
#
# `frames.unbind(-2)` gives the frames one by one; `torch.stack(states, dim=-2)`
# puts states back together.
# </details>
# <details><summary>Hint 3: the first state</summary>
#
# `torch.zeros(*frames.shape[:-2], len(b))` has one row for each clip.
# </details>

# %% tags=["exercise-1.1"]
def rnn(
    frames: Float[Tensor, "*batch time inputs"],
    W_x: Float[Tensor, "width inputs"],
    W_z: Float[Tensor, "width width"],
    b: Float[Tensor, " width"],
) -> Float[Tensor, "*batch time width"]:
    """Return the states z_1 ... z_T of z_t = tanh(W_x x_t + W_z z_{t-1} + b), from
    z_0 = 0 (Eq. 1.1).
    """
    ### BEGIN SOLUTION
    z, states = torch.zeros(*frames.shape[:-2], len(b)), []
    for x_t in frames.unbind(-2):
        z = torch.tanh(x_t @ W_x.mT + z @ W_z.mT + b)
        states.append(z)
    return torch.stack(states, dim=-2)
    ### END SOLUTION

# %%
check("1.1", rnn)

# %% tags=["graded-1.1"] points=2
grade("1.1", rnn)
### BEGIN HIDDEN TESTS
grade("1.1", rnn, seed=1101)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 1.2: the gradient through time by hand (reproduce, difficulty 3, 20 minutes)
#
# The loss is computed from the last state; training has to know how it depends on
# *every* state. You have the states $z_1 \dots z_T$ and the gradient of the loss
# with respect to $z_T$. Walk backward:
#
# $$
# \frac{\partial \mathcal{L}}{\partial z_{k-1}} = J_k^\top \frac{\partial \mathcal{L}}{\partial z_k},
# \qquad J_k = \mathrm{diag}(1 - z_k^2)\, W_z .
# $$
#
# 1. On paper, transpose $J_k$. In which order does a gradient meet the slope and
#    the matrix?
# 2. Start with the gradient of $z_T$ and go down to $z_1$, without building any
#    $J_k$.
# 3. Return the gradients in the order of time: row 0 belongs to $z_1$, the last row
#    is what you were given.
#
# <details><summary>Hint 1: the transpose</summary>
#
# $(\mathrm{diag}(s)\, W)^\top = W^\top \mathrm{diag}(s)$: first the slopes, then
# the transposed matrix.
# </details>
# <details><summary>Hint 2: which state gives the slope</summary>
#
# The step from $z_{k-1}$ to $z_k$ has its tanh at $z_k$. So `states[0]` is never
# needed.
# </details>
# <details><summary>Hint 3: almost the answer</summary>
#
# `for z in states[1:].flip(0):` walks from $z_T$ to $z_2$; one step is
# `W_z.T @ (... * g)`.
# </details>

# %% tags=["exercise-1.2"]
def through_time(
    states: Float[Tensor, "time width"],
    W_z: Float[Tensor, "width width"],
    upstream: Float[Tensor, " width"],
) -> Float[Tensor, "time width"]:
    """Return dL/dz_t for every t, given upstream = dL/dz_T (Eq. 1.2)."""
    ### BEGIN SOLUTION
    gradients = [upstream]
    for z in states[1:].flip(0):
        gradients.append(W_z.T @ ((1 - z**2) * gradients[-1]))
    return torch.stack(gradients[::-1])
    ### END SOLUTION

# %%
check("1.2", through_time)

# %% tags=["graded-1.2"] points=3
grade("1.2", through_time)
### BEGIN HIDDEN TESTS
grade("1.2", through_time, seed=1202)
### END HIDDEN TESTS

# %% [markdown]
# Now use both: a network of width 32 reads 40 frames of a clip. How much of the
# gradient arrives at its first state? Here for an orthogonal recurrent matrix,
# which stretches nothing, times 0.8, 1.0 and 1.2.

# %%
generator = torch.Generator().manual_seed(0)
clip = ShapesWorld(frames=40).sample(1, seed=2).video[0].flatten(1)
W_x = torch.randn(32, 3072, generator=generator) / math.sqrt(3072)
# all its singular values are 1
turn = torch.linalg.qr(torch.randn(32, 32, generator=generator))[0]
curves = {}
for rho in (0.8, 1.0, 1.2):
    states = rnn(clip, W_x, rho * turn, torch.zeros(32))
    upstream = torch.ones(32) / math.sqrt(32)
    lengths = through_time(states, rho * turn, upstream).norm(dim=1)
    curves[f"{rho} x orthogonal"] = lengths.flip(0)
    print(f"{rho} x orthogonal: 39 steps back {lengths[0]:.1g}")
viz.lines(curves, "steps back", "length of the gradient", logy=True)

# %% [markdown]
# The first line falls steeply. The second falls too, although its matrix stretches
# nothing and shrinks nothing: its loss is the slopes of the tanh. On this clip a
# factor of 1.2 happens to make up for them.
#
# ## Exercise 1.3: predict when the gradient has vanished (predict, difficulty 2, 10 minutes)
#
# Suppose that each step back multiplies the length of the gradient by
# $\rho = 0.95$. After how many steps is, for the first time, less than a thousandth
# of it left? Work it out on paper; it is a whole number.
#
# <details><summary>Hint</summary>
#
# Solve $0.95^k < 1/1000$ for $k$: take the logarithm of both sides. It is negative
# on both, so the inequality turns around when you divide.
# </details>

# %% tags=["exercise-1.3"]
steps_back = None  # replace the line below by: steps_back = your number
### BEGIN SOLUTION
steps_back = math.ceil(math.log(1000) / math.log(1 / 0.95))
### END SOLUTION

# %%
check("1.3", steps_back)

# %% tags=["graded-1.3"] points=1
grade("1.3", steps_back)

# %% [markdown]
# At 24 frames per second that is less than six seconds of video. Check it with a
# product:

# %%
assert steps_back is not None, "Exercise 1.3 has no answer yet"
before, after = (0.95**steps for steps in (steps_back - 1, steps_back))
print(f"one step before: {before:.5f}, after your steps: {after:.5f}")

# %% [markdown]
# ## Exercise 1.4: repair a gated cell (break and repair, difficulty 3, 20 minutes)
#
# Somebody wrote one step of the gated recurrent unit (Eq. 1.4), here with one bias
# for each row. It runs, it even learns a little, and it has **three** bugs.

# %%
def given_gated(x, z, W_x, W_z, b):
    x_read, x_keep, x_new = (x @ W_x.mT + b).chunk(3, dim=-1)
    z_read, z_keep, z_new = (z @ W_z.mT).chunk(3, dim=-1)
    read, keep = torch.sigmoid(x_read + z_read), torch.sigmoid(x_keep + z_keep)
    new = torch.sigmoid(read * (x_new + z_new))
    return (1 - keep) * z + keep * new

# %% [markdown]
# Find the bugs by experiment, before you read the formula again. Set all weights to
# 0, so that the three parts of `b` alone decide. With a keep gate of almost 1, what
# should the new state be?

# %%
x, z = torch.zeros(1, 2), torch.tensor([[0.8, -0.8]])
W_x, W_z = torch.zeros(6, 2), torch.zeros(6, 2)
# read, keep, new: two numbers each
b = torch.tensor([0.0, 0.0, 9.0, 9.0, 0.5, -0.5])
after = given_gated(x, z, W_x, W_z, b)[0].tolist()
print("old state [0.8, -0.8], new state", [round(v, 2) for v in after])

# %% [markdown]
# 1. Make two more experiments of this kind: a *read* gate of almost 0 (a bias of
#    -9) with a bias of 1 in the *new* part, and a proposal that should be negative.
# 2. Write the repaired cell below. The parts of `W_x`, `W_z` and `b` are in the
#    order read, keep, new.
#
# <details><summary>Hint 1: the keep gate</summary>
#
# A keep gate of 1 keeps. Look at the last line.
# </details>
# <details><summary>Hint 2: the range of a state</summary>
#
# Which function gives numbers between -1 and 1?
# </details>
# <details><summary>Hint 3: what the read gate shuts</summary>
#
# With a read gate of 0 the proposal depends on the frame alone. In the given cell
# it depends on nothing.
# </details>

# %% tags=["exercise-1.4"]
def gated(
    x: Float[Tensor, "batch inputs"],
    z: Float[Tensor, "batch width"],
    W_x: Float[Tensor, "3*width inputs"],
    W_z: Float[Tensor, "3*width width"],
    b: Float[Tensor, " 3*width"],
) -> Float[Tensor, "batch width"]:
    """Return the next state, g_keep z + (1 - g_keep) tanh(x_new + g_read z_new)
    (Eq. 1.4).
    """
    ### BEGIN SOLUTION
    x_read, x_keep, x_new = (x @ W_x.mT + b).chunk(3, dim=-1)
    z_read, z_keep, z_new = (z @ W_z.mT).chunk(3, dim=-1)
    read, keep = torch.sigmoid(x_read + z_read), torch.sigmoid(x_keep + z_keep)
    new = torch.tanh(x_new + read * z_new)
    return keep * z + (1 - keep) * new
    ### END SOLUTION

# %%
check("1.4", gated)

# %% tags=["graded-1.4"] points=3
grade("1.4", gated)
### BEGIN HIDDEN TESTS
grade("1.4", gated, seed=1404)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 1.5: let it run on its own predictions (extend, difficulty 2, 15 minutes)
#
# A model that predicts the next frame can draw a whole future: show it what
# happened, then feed each prediction back as if it were true. You are given the
# model as a function,
#
#     prediction, state = step(frame, state)
#
# which reads one frame (of each clip in a batch) and the state so far (`None`
# before the first frame), and returns its prediction of the *next* frame, and the
# new state. A frame may have any shape; the first axis of `context` is the batch,
# the second is time.
#
# 1. Let `step` read all frames of the context, one after the other, and hand the
#    state on.
# 2. The prediction after the last context frame is the first frame of the future.
#    Cut it to [0, 1].
# 3. Feed this frame back, with the state, and go on until you have enough.
#
# <details><summary>Hint 1: the context</summary>
#
# `for frame in context.unbind(1): prediction, state = step(frame,
# state)` leaves you with the prediction of the first new frame.
# </details>
# <details><summary>Hint 2: cut before you feed</summary>
#
# `prediction.clamp(0, 1)` is both what you keep and what the model reads next.
# </details>

# %% tags=["exercise-1.5"]
def rollout(
    step, context: Float[Tensor, "batch past *frame"], frames: int
) -> Float[Tensor, "batch frames *frame"]:
    """Return `frames` predicted frames, each made from the context and the
    predictions before it.
    """
    ### BEGIN SOLUTION
    state = None
    for frame in context.unbind(1):
        prediction, state = step(frame, state)
    future = [prediction.clamp(0, 1)]
    while len(future) < frames:
        prediction, state = step(future[-1], state)
        future.append(prediction.clamp(0, 1))
    return torch.stack(future, dim=1)
    ### END SOLUTION

# %%
check("1.5", rollout)

# %% tags=["graded-1.5"] points=3
grade("1.5", rollout)
### BEGIN HIDDEN TESTS
grade("1.5", rollout, seed=1505)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# The course ships the gated model of lesson 01, trained for 1500 steps. Its `step`
# also hands on the frame before, because it reads the change from one frame to the
# next.

# %%
model, header = load_checkpoint("recurrent-shapes", VideoRNN)


@torch.no_grad()
def step(frame, state):
    before, z = (None, None) if state is None else state
    z = model.states(frame[:, None], before, z)[:, -1]
    return frame + model.pixels(z), (frame, z)


test = ShapesWorld().sample(64, seed=1_000_000_000).video
future = rollout(step, test[:, :8], 8)
assert torch.allclose(future, model.rollout(test[:, :8], 8), atol=1e-5)
print("your rollout and VideoRNN.rollout agree to 1e-5")

# %%
names = {"yours": future, "repeat the last frame": repeat_last(test[:, :8], 8)}
# the background, and no shape
names["an empty stage"] = torch.full_like(future, test.median().item())
for name, video in names.items():
    quality = psnr(test[:, 8:], video, data_range=1.0)
    print(f"{name:21s} {quality:.1f} dB over eight frames, 64 clips")
shown = {"truth": test[:, 8:]} | names
viz.filmstrip({name: video[2] for name, video in shown.items()}, start=8)

# %% [markdown]
# Your rollout carries the shape up to the wall and lets it fade there: each frame
# is made from one that was already a little wrong. It beats a frame that stands
# still, and one that shows nothing.
#
# **Predict, then run.** Let it run for 32 frames in place of 8. Which do you
# expect: the shape goes on, or it dissolves?

# %%
longer = rollout(step, test[2:3, :8], 32)
viz.digest(longer, name="32 frames")
viz.filmstrip(longer, every=2, start=8)

# %% [markdown]
# Every other frame from 8 on.
#
# <details><summary>What you just saw</summary>
#
# It dissolves after about ten frames, and an empty stage then predicts an empty
# stage for ever. In training the model always read true frames (with a little
# noise); its own faded ones are nothing it has learned to repair. Lesson 09 comes
# back to this.
# </details>
