# %% [markdown]
# # Homework 07: join encoder and decoder yourself
#
# **You will practise** what stands around a Transformer: its masks, what it is
# shown, how PyTorch's own model is called, the step of the optimiser, and how an
# encoder-decoder generates.
#
# **You need** lesson 07. **Time**: about 85 minutes for you, 35 seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 7.1 | three masks for a batch of clips | reproduce | 2 | 15 |
# | 7.2 | show the frames, shifted by one | reproduce | 2 | 10 |
# | 7.3 | repair a call of `nn.Transformer` | break and repair | 3 | 20 |
# | 7.4 | one step of AdamW | reproduce | 2 | 15 |
# | 7.5 | read once, write often | extend | 4 | 25 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` runs your function on small inputs and names the mistake if it
# knows it; `grade` repeats this on inputs of other sizes.
#
# As everywhere in this course, `True` in a mask means *may attend*.

# %%
import warnings

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from course_utils import viz
from course_utils.attention import frame_causal_mask, to_torch_mask
from course_utils.baselines import repeat_last
from course_utils.checks import check, grade
from course_utils.metrics import psnr
from course_utils.patches import patchify, unpatchify
from course_utils.positions import sinusoidal_positions
from course_utils.training import claim, fit
from course_utils.transformer import Transformer
from course_utils.worlds import ShapesWorld

# torch, about a fast path that we do not use
warnings.filterwarnings("ignore", "enable_nested_tensor")

# %% [markdown]
# ## Exercise 7.1: three masks for a batch of clips (reproduce, difficulty 2, 15 minutes)
#
# Clips have contexts of different length. To put them into one tensor, the shorter
# ones are filled up with empty frames, which nobody may look at: neither the
# encoder while it reads nor the decoder while it looks things up. The decoder's own
# tokens are frame-causal.
#
# A frame has `patches` tokens, in order of time. The context is as long as the
# longest clip's.
#
# 1. Find which of the source tokens of each clip are real.
# 2. Source mask: every source token may attend to the real ones of its clip.
# 3. Target mask, the same for all clips: a token may attend to its own frame and to
#    those before it.
# 4. Memory mask: every target token may look up the real source tokens of its clip.
#
# <details><summary>Hint 1: real tokens</summary>
#
# Clip b has `lengths[b] * patches` real tokens, and they come first. Compare
# `torch.arange(keys)` with that.
# </details>
# <details><summary>Hint 2: the frame of a token</summary>
#
# `torch.arange(tokens) // patches` is the frame in which each token stands.
# </details>
# <details><summary>Hint 3: the shapes</summary>
#
# A row of the source mask is the same for every query of a clip:
# `real[:, None, :].expand(-1, keys, -1)`.
# </details>

# %% tags=["exercise-7.1"]
def masks(
    lengths: Int[Tensor, " batch"], patches: int, frames: int
) -> tuple[
    Bool[Tensor, "batch keys keys"],
    Bool[Tensor, "tokens tokens"],
    Bool[Tensor, "batch tokens keys"],
]:
    """Return source mask, target mask and memory mask; True = may attend.

    lengths: real frames in each clip's context; keys = longest length * patches;
        tokens = frames * patches
    """
    ### BEGIN SOLUTION
    keys, tokens = int(lengths.max()) * patches, frames * patches
    real = torch.arange(keys) < lengths[:, None] * patches  # batch keys
    frame = torch.arange(tokens) // patches
    source, memory = (
        real[:, None].expand(-1, keys, -1),
        real[:, None].expand(-1, tokens, -1),
    )
    return source, frame <= frame[:, None], memory
    ### END SOLUTION

# %%
check("7.1", masks)

# %% tags=["graded-7.1"] points=2
grade("7.1", masks)
### BEGIN HIDDEN TESTS
grade("7.1", masks, seed=7101)
### END HIDDEN TESTS

# %% [markdown]
# Your three masks for two clips of 3 and 2 frames, with two patches a frame, and
# three frames to write:

# %%
drawn = masks(torch.tensor([3, 2]), 2, 3)
for name, mask in zip(("source", "target", "memory"), drawn):
    viz.digest(mask, name=f"{name} mask")
viz.attention_map(drawn[2][1], title="memory mask of the second clip")

# %% [markdown]
# Six target tokens, and the six source tokens of the second clip. The last two
# columns are blocked for all of them: its third frame is not real.

# %% [markdown]
# ## Exercise 7.2: show the frames, shifted by one (reproduce, difficulty 2, 10 minutes)
#
# In training all frames are written at once (Eq. 7.2). Cut a clip of tokens into
# what the encoder reads, what the decoder is shown, and what is wanted from it.
#
# 1. The source is the first `past` frames.
# 2. What is wanted is all frames after them.
# 3. What is shown is as long as what is wanted, and one frame earlier.
# 4. Put the tokens of all frames in a row, time first.
#
# <details><summary>Hint 1: where does the shown part begin?</summary>
#
# With the last frame of the context: it comes right before the first wanted frame.
# </details>
# <details><summary>Hint 2: in a row</summary>
#
# `x.flatten(1, 2)` turns "batch frames patches d" into "batch frames*patches d".
# </details>

# %% tags=["exercise-7.2"]
def shift(
    tokens: Float[Tensor, "batch frames patches d"], past: int
) -> tuple[
    Float[Tensor, "batch keys d"],
    Float[Tensor, "batch tokens d"],
    Float[Tensor, "batch tokens d"],
]:
    """Return source, shown and wanted: shown[k] is the frame before wanted[k]."""
    ### BEGIN SOLUTION
    parts = tokens[:, :past], tokens[:, past - 1 : -1], tokens[:, past:]
    return tuple(part.flatten(1, 2) for part in parts)
    ### END SOLUTION

# %%
check("7.2", shift)

# %% tags=["graded-7.2"] points=1
grade("7.2", shift)
### BEGIN HIDDEN TESTS
grade("7.2", shift, seed=7202)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 7.3: repair a call of nn.Transformer (break and repair, difficulty 3, 20 minutes)
#
# The function below calls an `nn.Transformer` with tokens of this course, "batch
# tokens d". The whole source is given; the target is frame-causal. It runs, and the
# output has the right shape. It is wrong in **three** places.

# %%
def given_call(model, source, target, patches):
    batch, tokens, d = target.shape
    mask = frame_causal_mask(tokens // patches, patches)
    # PyTorch wants the tokens first
    src, tgt = source.reshape(-1, batch, d), target.reshape(-1, batch, d)
    out = model(src, tgt, tgt_mask=mask, memory_mask=mask)
    return out.reshape(batch, tokens, d)


torch.manual_seed(0)
model = nn.Transformer(8, 2, 1, 1, 16, dropout=0.0)
# each: 3 clips x 4 tokens x 8; two frames of two patches
source, target = torch.randn(2, 3, 4, 8)
changed = target.clone()
changed[1] += 1  # another second clip
with torch.no_grad():
    moved = given_call(model, source, changed, 2) - given_call(
        model, source, target, 2
    )
print(
    "clip 1 changes; clips that move:",
    [b for b in range(3) if moved[b].abs().max() > 1e-4],
)

# %% [markdown]
# Only clip 1 should move.
#
# 1. Find out by perturbation what is wrong: change a clip, change the last frame of
#    the target, change a token of the source; look at what moves.
# 2. Write the repaired function. `check` tells you what is left after each repair.
#
# <details><summary>Hint 1: the axes</summary>
#
# Write out where token (clip 0, place 1) of a 2 x 3 tensor goes in `reshape(3, 2)`,
# and where in `transpose(0, 1)`.
# </details>
# <details><summary>Hint 2: the mask</summary>
#
# In `nn.Transformer` True means *may not attend*. There is one converter in the
# course.
# </details>
# <details><summary>Hint 3: the slot</summary>
#
# `memory_mask` says what may be looked up in the source. What has to be hidden of a
# source that is given?
# </details>

# %% tags=["exercise-7.3"]
def call_torch(
    model: nn.Transformer,
    source: Float[Tensor, "batch keys d"],
    target: Float[Tensor, "batch tokens d"],
    patches: int,
) -> Float[Tensor, "batch tokens d"]:
    """Return model(source, target) with a frame-causal target; model is sequence
    first.
    """
    ### BEGIN SOLUTION
    mask = to_torch_mask(frame_causal_mask(target.shape[1] // patches, patches))
    return model(
        source.transpose(0, 1), target.transpose(0, 1), tgt_mask=mask
    ).transpose(0, 1)
    ### END SOLUTION

# %%
check("7.3", call_torch)

# %% tags=["graded-7.3"] points=2
grade("7.3", call_torch)
### BEGIN HIDDEN TESTS
grade("7.3", call_torch, seed=7303)
### END HIDDEN TESTS

# %% [markdown]
# ## Exercise 7.4: one step of AdamW (reproduce, difficulty 2, 15 minutes)
#
# Write Eq. 7.4 for a tensor of weights, with $\beta_1 = 0.9$, $\beta_2 = 0.95$ and
# $\epsilon = 10^{-8}$. Return new tensors; leave those that you were given as they
# are.
#
# 1. Update both running means.
# 2. Divide each by its correction $1 - \beta^k$; the first step has $k = 1$.
# 3. Divide the mean by the root of the mean square, and add the decay beside it.
# 4. Return the new weight and both means *without* the correction: it is made anew
#    in every step.
#
# <details><summary>Hint 1: the order</summary>
#
# The step uses the means after their update.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# `m = 0.9 * m + 0.1 * gradient`, likewise `v` with the square. The step is
# `lr * (ratio + decay * weight)`.
# </details>

# %% tags=["exercise-7.4"]
def adamw_step(
    weight: Float[Tensor, "*shape"],
    gradient: Float[Tensor, "*shape"],
    m: Float[Tensor, "*shape"],
    v: Float[Tensor, "*shape"],
    step: int,
    lr: float,
    decay: float,
) -> tuple[
    Float[Tensor, "*shape"], Float[Tensor, "*shape"], Float[Tensor, "*shape"]
]:
    """Return the new weight, m and v (Eq. 7.4); step counts from 1."""
    ### BEGIN SOLUTION
    m = 0.9 * m + 0.1 * gradient
    v = 0.95 * v + 0.05 * gradient**2
    ratio = m / (1 - 0.9**step) / ((v / (1 - 0.95**step)).sqrt() + 1e-8)
    return weight - lr * (ratio + decay * weight), m, v
    ### END SOLUTION

# %%
check("7.4", adamw_step)

# %% tags=["graded-7.4"] points=2
grade("7.4", adamw_step)
### BEGIN HIDDEN TESTS
grade("7.4", adamw_step, seed=7404)
### END HIDDEN TESTS

# %% [markdown]
# How far does a weight move in a step? In the first one by `lr`, whatever its
# gradient is. Then it depends on whether the gradients agree:

# %%
for name, signs in (
    ("gradients agree", [1] * 20),
    ("gradients alternate", [1, -1] * 10),
):
    w = m = v = torch.zeros(1)
    moves = []
    for step, sign in enumerate(signs, start=1):
        new, m, v = adamw_step(
            w, torch.full((1,), 0.003 * sign), m, v, step, 0.1, 0.0
        )
        moves.append(abs((new - w).item()))
        w = new
    print(
        f"{name:20s} moves {moves[0]:.3f}, {moves[1]:.3f}, {moves[2]:.3f} ... "
        f"{moves[-1]:.3f}"
    )

# %% [markdown]
# Where gradients agree, a weight keeps moving by `lr`, although each gradient is as
# small as 0.003. Where they alternate, they cancel in m but not in v, and the
# weight stays nearly where it is.

# %% [markdown]
# ## Exercise 7.5: read once, write often (extend, difficulty 4, 25 minutes)
#
# Now generate. A model has two methods, the two halves of Eq. 7.1:
# `model.read(context)` returns the memory, and `model.write(memory, shown)`
# returns, for each frame shown, the frame that follows it. Nobody shows you the
# future, so each new frame is shown to the decoder to write the next one.
#
# 1. Read the context once.
# 2. Start from the last frame of the context.
# 3. Write; only the prediction after the *last* frame shown is new. Clip it to
#    [0, 1].
# 4. Put it behind the frames shown, and write again, until `frames` new frames are
#    there. Return these.
#
# <details><summary>Hint 1: what grows</summary>
#
# `shown` begins as `context[:, -1:]` ("batch 1 C H W") and grows by one frame in
# each round.
# </details>
# <details><summary>Hint 2: almost the answer</summary>
#
# `torch.cat((shown, model.write(memory, shown)[:, -1:].clamp(0, 1)),
# dim=1)`, and at the end without the first frame.
# </details>

# %% tags=["exercise-7.5"]
def generate(
    model, context: Float[Tensor, "batch past C H W"], frames: int
) -> Float[Tensor, "batch frames C H W"]:
    """Write frames after the context: memory = read(context) once, then one frame
    after the other.
    """
    ### BEGIN SOLUTION
    memory, shown = model.read(context), context[:, -1:]
    for _ in range(frames):
        following = model.write(memory, shown)[:, -1:].clamp(0, 1)
        shown = torch.cat((shown, following), dim=1)
    return shown[:, 1:]
    ### END SOLUTION

# %%
check("7.5", generate)

# %% tags=["graded-7.5"] points=3
grade("7.5", generate)
### BEGIN HIDDEN TESTS
grade("7.5", generate, seed=7505)
### END HIDDEN TESTS

# %% [markdown]
# ### Your generator at work
#
# A predictor like that of the lesson, cut into its two halves. It trains with your
# `shift`, and your `generate` writes.

# %%
# 8 frames x 4 x 4 patches of 4 x 4 pixels
places = sinusoidal_positions((8, 4, 4), 64, base=100.0)


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.pixels = nn.Linear(48, 64), nn.Linear(64, 48)
        self.transformer = Transformer(64, 4, 128, 1, 1)
        # at first it writes the same patch everywhere
        nn.init.zeros_(self.pixels.weight)

    def read(self, context):
        tokens = self.embed(patchify(context, (1, 4, 4)))
        return self.transformer.encoder(tokens + places[: 4 * 16])

    def write(self, memory, shown):
        tokens = (
            self.embed(patchify(shown, (1, 4, 4)))
            + places[3 * 16 : (3 + shown.shape[1]) * 16]
        )
        out = self.transformer.decoder(
            tokens, memory, frame_causal_mask(shown.shape[1], 16)
        )
        return unpatchify(self.pixels(out), (1, 4, 4), tuple(shown.shape[1:]))

# %% tags=["nbval-ignore-output"]
# varies: a training run ends a little differently on every machine
world = ShapesWorld(size=16, frames=8, radius=(2.5, 3.5), speed=(0.8, 1.4))


def loss(model, seed):
    # a whole frame as one patch
    tokens = world.sample(8, seed).video.flatten(2)[:, :, None]
    context, shown, wanted = (x.view(8, 4, 3, 16, 16) for x in shift(tokens, 4))
    noise = 0.05 * torch.randn(
        shown.shape, generator=torch.Generator().manual_seed(seed)
    )
    return F.mse_loss(model.write(model.read(context), shown + noise), wanted)


torch.manual_seed(0)
predictor = Predictor()
history = fit(predictor, loss, 1000, lr=5e-3)

# %% tags=["nbval-ignore-output"]
# varies: the model was trained above
video = world.sample(64, seed=999_999).video
context, future = video[:, :4], video[:, 4:]
with torch.no_grad():
    written = generate(predictor, context, 4)
repeated = repeat_last(context, 4)
for name, guess in (
    ("repeat the last frame", repeated),
    ("your generator", written),
):
    print(f"{name:22s} {psnr(future, guess, data_range=1.0):.1f} dB")
gain = psnr(future, written, data_range=1.0) - psnr(
    future, repeated, data_range=1.0
)
claim(
    gain > 1.2, "your generator beats repeating the last frame by 1.2 dB and more"
)
viz.filmstrip({"truth": video[1], "written": torch.cat((context, written), 1)[1]})

# %% [markdown]
# The first four frames are given, the other four are written, each from what was
# written before: the shape moves on, and loses its outline. The errors add up along
# the way, for a frame that is a little blurred is shown to the decoder as if it
# were true. Training shows it true frames (with a little noise, so that it gets
# used to imperfect ones): lesson 06 calls the difference exposure bias.
