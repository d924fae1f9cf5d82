# %% [markdown]
# # Homework 13: digits, dead codes and leaks
#
# **You will practise** to write several digits as one number and read it back; say
# which gradient reaches whom; bring dead codes back to life; count the bits of a
# frame; write a test that finds a leak, and repair what it found; and fill in many
# tokens at once.
#
# **You need** lesson 13. **Time**: about 135 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 13.1 | digits of different bases | reproduce | 2 | 15 |
# | 13.2 | two gradients by hand | reproduce | 3 | 20 |
# | 13.3 | another life for dead codes | break and repair | 3 | 25 |
# | 13.4 | bits per frame | reproduce | 3 | 20 |
# | 13.5 | a test that finds a leak | break and repair | 4 | 30 |
# | 13.6 | a step of masked decoding | extend | 4 | 25 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.

# %%
import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from course_utils import viz
from course_utils.attention import causal_mask
from course_utils.checkpoints import load_checkpoint
from course_utils.checks import check, grade
from course_utils.exercises.lesson13.walk import marginals
from course_utils.metrics import psnr
from course_utils.models import VideoGPT
from course_utils.tokenizers import VideoTokenizer
from course_utils.transformer import Encoder
from course_utils.worlds import CoinWorld, ShapesWorld, bundled_clip

clip = bundled_clip("city", size=64)  # 29 3 64 64
pixels = clip.movedim(1, -1).reshape(-1, 3)
viz.digest(clip, name="city")

# %% [markdown]
# ## Exercise 13.1: digits of different bases (reproduce, difficulty 2, 15 minutes)
#
# Finite scalar quantisation (Mentzer et al., 2024) has no codebook to learn. The
# encoder says a few numbers $z_0, z_1, \dots$ for each token; each is rounded to
# one of $L_i$ levels, and the levels are the digits of one number (Eq. 13.4). Here
# $L_i$ differs from digit to digit, so each has a base of its own:
#
# $$\mathrm{level}_i = \mathrm{round}\big((L_i - 1)\,\sigma(z_i)\big), \qquad
# \mathrm{code} = \sum_i \mathrm{level}_i \prod_{j < i} L_j, \qquad
# \mathrm{value}_i = \frac{2\,\mathrm{level}_i}{L_i - 1} - 1$$
#
# with $\sigma(z) = 1 / (1 + e^{-z})$. Write both ways: from $z$ to the code, and
# from a code to the values that the decoder reads.
#
# 1. Compute the base of each digit once, in `__init__`: 1, then $L_0$, then $L_0
# L_1$.
# 2. `encode`: squash, stretch, round, and sum the digits times their bases.
# 3. `decode`: divide by the base without fractions, take the remainder, and map
# digits to -1 ... 1.
#
# <details><summary>Hint 1: a number on paper</summary>
#
# With levels (5, 2) the code 9 is the digits (4, 1): 4 + 1 · 5. The values are
# (1, 1).
# </details>
# <details><summary>Hint 2: one code, all digits</summary>
#
# `codes[..., None] // base % levels` has one digit for each base.
# </details>

# %% tags=["exercise-13.1"]
class Codes:
    """Write tokens as code numbers, and read them back."""

    def __init__(self, levels: tuple[int, ...]):
        self.levels = torch.tensor(levels)
        ### BEGIN SOLUTION
        bases = [math.prod(levels[:i]) for i in range(len(levels))]
        self.base = torch.tensor(bases)
        ### END SOLUTION

    def encode(self, z: Float[Tensor, "... digits"]) -> Int[Tensor, "..."]:
        """Return the code number of what the encoder says."""
        ### BEGIN SOLUTION
        digits = (z.sigmoid() * (self.levels - 1)).round().long()
        return (digits * self.base).sum(-1)
        ### END SOLUTION

    def decode(self, codes: Int[Tensor, "..."]) -> Float[Tensor, "... digits"]:
        """Return the values of codes, from -1 to 1."""
        ### BEGIN SOLUTION
        digits = codes[..., None] // self.base % self.levels
        return 2 * digits / (self.levels - 1) - 1
        ### END SOLUTION

# %%
check("13.1", Codes)

# %% tags=["graded-13.1"] points=2
grade("13.1", Codes)
### BEGIN HIDDEN TESTS
grade("13.1", Codes, seed=13101)
### END HIDDEN TESTS

# %% [markdown]
# **On video.** Red, green and blue of a pixel are three numbers between 0 and 1.
# Take them as $\sigma(z)$, with 4, 4 and 2 levels: 32 codes for a colour.
# **Predict, then run**: which colours suffer most?

# %%
def paint(colours):
    return colours.view(29, 64, 64, 3).movedim(-1, 1)


quantiser = Codes((4, 4, 2))
codes = quantiser.encode(pixels.clamp(0.001, 0.999).logit())
fixed = paint((quantiser.decode(codes) + 1) / 2)
value = psnr(clip, fixed, data_range=1.0)
print(f"{codes.unique().numel()} of 32 codes used, {value:.0f} dB")
viz.filmstrip({"city": clip, "32 codes": fixed}, every=6, title="4 x 4 x 2 levels")

# %% [markdown]
# Those with some blue: it has two levels alone, none and all, so that the dark grey
# of the sky turns olive and lighter greys turn violet. Here nothing was learned,
# and half of the codes stand where no pixel is.
#
# In the course's tokenizer an encoder learned to say $z$, one code of (8, 8, 8)
# for each patch of 8 x 8 pixels. Read its codes with your class, move *one* digit
# of every code by one level, and let it paint them. Then turn the digit over, level
# 0 to 7, 1 to 6 and so on. **Predict, then run**: is a picture left?

# %%
tokenizer, _ = load_checkpoint("tokenizer", VideoTokenizer)
film = ShapesWorld().sample(16, seed=1_000_000_013).video
codes, eight = tokenizer.encode(film), Codes((8, 8, 8))
values = eight.decode(codes)
assert torch.allclose(values, tokenizer.quantize.values(codes))


def painted(values):
    z = ((values + 1) / 2).clamp(0.001, 0.999).logit()
    answer = tokenizer.decode(eight.encode(z))
    return answer[0], psnr(film, answer, data_range=1.0).item()


rows = {"film": film[0]}
rows["read back"], value = painted(values)
print(f"read back: {value:.0f} dB")
for i in range(3):
    moved, turned = values.clone(), values.clone()
    moved[..., i] += torch.where(values[..., i] < 0.99, 2 / 7, -2 / 7)
    turned[..., i] *= -1
    rows[f"digit {i} moved"], near = painted(moved)
    rows[f"digit {i} turned"], far = painted(turned)
    print(f"digit {i}: one level {near:.0f} dB, turned over {far:.0f} dB")
    assert near > far + 3
viz.filmstrip(rows, every=3, title="One digit of every code changed")

# %% [markdown]
# One level further is nearly the same picture; turned over, the shape is gone,
# although the two other digits are right. Codes whose digits are near look alike. A
# table with a learned vector for each code begins without knowing that; a model
# over FSQ codes can be told the digits.
#
# ## Exercise 13.2: two gradients by hand (reproduce, difficulty 3, 20 minutes)
#
# Vector quantisation (van den Oord et al., 2017) learns its codes. Each token $z_n$
# takes the nearest code of the codebook; call it $q_n$. What the decoder reads, and
# the loss that comes on top of the decoder's own (Eq. 13.2 and 13.3), are
#
# $$\tilde q_n = z_n + \mathrm{sg}(q_n - z_n), \qquad
# \mathrm{mean}\,\big(\mathrm{sg}(z) - q\big)^2
# + \beta\,\mathrm{mean}\,\big(z - \mathrm{sg}(q)\big)^2$$
#
# where $\mathrm{sg}$ passes a value on and stops its gradient, and both means go
# over all numbers, tokens times width. `upstream` is the gradient of the decoder's
# loss with respect to $\tilde q$. Which gradient reaches $z$, and which the
# codebook? Work it out on paper, then write it.
#
# 1. Find the nearest code of each token.
# 2. Go through the three places where $z$ and $q$ stand, and cross out what is
# inside sg.
# 3. Sum for each code what its tokens send. A code that nobody chose gets 0.
#
# <details><summary>Hint 1: one token, one number</summary>
#
# z = 1, q = 2, one token: the first term is $(1 - q)^2$ with derivative $2 (2 - 1)
# = 2$ for $q$. The second is $\beta (z - 2)^2$ with derivative $-2 \beta$ for $z$.
# </details>
# <details><summary>Hint 2: several tokens, one code</summary>
#
# `torch.zeros_like(book).index_add(0, index, rows)` adds row n to row index[n].
# </details>
# <details><summary>Hint 3: a way to test yourself</summary>
#
# `detach()` is sg. Write the loss with it, add `(read * upstream).sum()` with what
# the decoder reads, and compare with `torch.autograd.grad`.
# </details>

# %% tags=["exercise-13.2"]
def vq_gradients(
    z: Float[Tensor, "tokens dim"],
    book: Float[Tensor, "codes dim"],
    upstream: Float[Tensor, "tokens dim"],
    beta: float,
) -> tuple[Float[Tensor, "tokens dim"], Float[Tensor, "codes dim"]]:
    """Return the gradient with respect to z, and with respect to the codebook."""
    ### BEGIN SOLUTION
    index = ((z[:, None] - book) ** 2).sum(-1).argmin(1)
    gap = 2 * (z - book[index]) / z.numel()
    grad_z = upstream + beta * gap
    grad_book = torch.zeros_like(book).index_add(0, index, -gap)
    return grad_z, grad_book
    ### END SOLUTION

# %%
check("13.2", vq_gradients)

# %% tags=["graded-13.2"] points=2
grade("13.2", vq_gradients)
### BEGIN HIDDEN TESTS
grade("13.2", vq_gradients, seed=13202)
### END HIDDEN TESTS

# %% [markdown]
# **On video.** A palette: the tokens are pixels, the codes 32 colours that start
# anywhere. Nothing is to be learned in the encoder, so only `grad_book` counts.
# **Predict, then run**: after 300 steps, how many of the 32 colours does any pixel
# of the clip choose? Three starts.

# %%
def nearest(colours, book):
    squares = (colours**2).sum(1, True) - 2 * colours @ book.T + (book**2).sum(1)
    return squares.argmin(1)


def palette(after_each_step, seed=0):
    generator = torch.Generator().manual_seed(seed)
    book, uses = torch.rand(32, 3, generator=generator), torch.ones(32)
    for step in range(300):
        pick = torch.randint(len(pixels), (512,), generator=generator)
        batch = pixels[pick]
        book = (
            book - 1.5 * vq_gradients(batch, book, torch.zeros_like(batch), 0.25)[1]
        )
        counts = torch.bincount(nearest(batch, book), minlength=32)
        uses = 0.9 * uses + 0.1 * counts
        book, uses = after_each_step(step, book, uses, batch)
    index = nearest(pixels, book)
    film = paint(book[index])
    value = psnr(clip, film, data_range=1.0)
    print(
        f"start {seed}: {index.unique().numel()} of 32 codes used, {value:.0f} dB"
    )
    return film


plain = [
    palette(lambda step, book, *rest: (book, rest[0]), seed) for seed in range(3)
]

# %% [markdown]
# About half. A code that starts where no pixel is never wins, gets the gradient 0,
# and stays where it is.
#
# ## Exercise 13.3: another life for dead codes (break and repair, difficulty 3, 25 minutes)
#
# The usual repair puts a code that nobody uses onto something of the current batch
# (Dhariwal et al., 2020, do so at random). Yours chooses: what is represented worst
# needs a code most. `uses` is a running count for each code. The rules, exactly:
#
# - A code is dead when its count is *below* the limit.
# - The error of a vector is its squared distance to the nearest *living* code.
# Where no code lives, all errors count as equal.
# - Dead codes, in the order of their numbers, take the vectors in the order of
# their errors, largest first; of equal errors the earlier vector goes first. The
# order is settled once.
# - With more dead codes than vectors, it starts again from the first vector.
# - A code that moved gets the count 1. All others keep code and count.
#
# Return new tensors; the given ones stay as they are.
#
# <details><summary>Hint 1: equal errors</summary>
#
# `errors.sort(descending=True, stable=True).indices` keeps the earlier of two equal
# ones in front. Without `stable=True` it may not.
# </details>
# <details><summary>Hint 2: starting again</summary>
#
# `order[torch.arange(n) % len(order)]` has n entries, however short `order` is.
# </details>
# <details><summary>Hint 3: nobody lives, nobody is dead</summary>
#
# The minimum over no code at all is an error in torch: take zeros as the errors
# then. With no dead code, `book[dead] = ...` assigns nothing and needs no case.
# </details>

# %% tags=["exercise-13.3"]
def reseed(
    book: Float[Tensor, "codes dim"],
    uses: Float[Tensor, " codes"],
    vectors: Float[Tensor, "tokens dim"],
    limit: float,
) -> tuple[Float[Tensor, "codes dim"], Float[Tensor, " codes"]]:
    """Return the codebook and the counts after dead codes moved onto vectors."""
    ### BEGIN SOLUTION
    dead = uses < limit
    errors = torch.zeros(len(vectors))
    if not dead.all():
        living = book[~dead]
        errors = ((vectors[:, None] - living) ** 2).sum(-1).min(1).values
    order = errors.sort(descending=True, stable=True).indices
    book, uses = book.clone(), uses.clone()
    book[dead] = vectors[order[torch.arange(int(dead.sum())) % len(order)]]
    uses[dead] = 1.0
    return book, uses
    ### END SOLUTION

# %%
check("13.3", reseed)

# %% tags=["graded-13.3"] points=3
grade("13.3", reseed)
### BEGIN HIDDEN TESTS
grade("13.3", reseed, seed=13303)
### END HIDDEN TESTS

# %% [markdown]
# **On video.** The same palette, with your repair after every tenth step until step
# 260. **Predict, then run**: are all codes used, and is the picture better?

# %%
def every_tenth(step, book, uses, batch):
    if step % 10 == 9 and step < 260:
        return reseed(book, uses, batch, 0.1)
    return book, uses


alive = [palette(every_tenth, seed) for seed in range(3)]
for one, other in zip(alive, plain):
    assert psnr(clip, one, data_range=1.0) > psnr(clip, other, data_range=1.0) + 1
films = {"levels": fixed, "palette": plain[0], "re-seeded": alive[0]}
viz.filmstrip(
    {"city": clip, **films}, every=8, title="32 codes for a colour, start 0"
)

# %% [markdown]
# All of them, and decibels better from every start: the same five bits for a pixel,
# spent where the pixels are.
#
# ## Exercise 13.4: bits per frame (reproduce, difficulty 3, 20 minutes)
#
# A model over codes gives logits for each token of each frame, from what came
# before; those at frame $t$ are about the codes of frame $t$. How many bits does it
# need for a frame, on average? And how many does a table need that knows how often
# each code occurs, and no past?
#
# Return both numbers, in bits and per *frame*. Frame 0, which nothing comes before,
# counts in neither. The table is counted from the same codes, one table for all
# places; its number is the entropy of the table times the tokens of a frame.
#
# A logit may be minus infinity: the model rules this code out. If the code happens
# all the same, the answer is infinite, and rightly so. A code that the model finds
# unlikely, with a logit of -200, costs many bits and not infinitely many.
#
# 1. Logarithms of the probabilities of what happened.
# 2. Sum over the tokens of a frame, mean over frames and clips, from nats to bits.
# 3. Count the codes, and take the entropy.
#
# <details><summary>Hint 1: reading off what happened</summary>
#
# `x.gather(-1, codes[..., None])[..., 0]` takes one number from the last axis at
# each place. A product with a one-hot vector would multiply 0 with infinity.
# </details>
# <details><summary>Hint 2: codes that never occur</summary>
#
# `torch.special.entr(p)` is $-p \log p$ and knows that $0 \log 0 = 0$.
# </details>

# %% tags=["exercise-13.4"]
def bits_per_frame(
    logits: Float[Tensor, "clips frames tokens codes"],
    codes: Int[Tensor, "clips frames tokens"],
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Return bits per frame of the model and of a table of frequencies."""
    ### BEGIN SOLUTION
    logits, codes = logits[:, 1:], codes[:, 1:]
    log_p = logits.log_softmax(-1).gather(-1, codes[..., None])[..., 0]
    model = -log_p.sum(-1).mean() / math.log(2)
    counts = torch.bincount(codes.flatten(), minlength=logits.shape[-1])
    p = counts / counts.sum()
    table = torch.special.entr(p).sum() * codes.shape[-1] / math.log(2)
    return model, table
    ### END SOLUTION

# %%
check("13.4", bits_per_frame)

# %% tags=["graded-13.4"] points=2
grade("13.4", bits_per_frame)
### BEGIN HIDDEN TESTS
grade("13.4", bits_per_frame, seed=13404)
### END HIDDEN TESTS

# %% [markdown]
# **Against what is known.** CoinWorld knows the exact probability of its next cell:
# a perfect model, with minus infinity at most cells. **Predict, then run**: by how
# much does it beat the table, and does it reach the coin's entropy?

# %%
world = CoinWorld(grid=8, frames=16)
cells = world.sample(512, seed=13).tokens  # clips frames, one token in a frame
exact = torch.stack([world.next_distribution(cells[:, :t]) for t in range(16)], 1)
model, table = bits_per_frame(exact.log()[:, :, None], cells[:, :, None])
later, _ = bits_per_frame(exact.log()[:, 1:, None], cells[:, 1:, None])
print(f"table of frequencies     {table:.2f} bits per frame")
print(f"perfect, frames 1 to 15  {model:.2f}")
print(f"perfect, frames 2 to 15  {later:.2f}")
print(f"the coin                 {world.bits_per_frame:.2f}")
assert abs(later - world.bits_per_frame) < 0.03

# %% [markdown]
# The table pays for 64 cells, nearly 6 bits. The perfect model pays for the coin,
# and in frame 1 for a heading that nobody has seen: 2 bits. On these clips it can
# be a little below or above the entropy, because 512 clips are a sample.
#
# ## Exercise 13.5: a test that finds a leak (break and repair, difficulty 4, 30 minutes)
#
# A colleague's model over codes has a wonderful loss: frames read frames, the
# tokens of a frame read one another. Then it generates noise. Somewhere an answer
# reads its own question. Such bugs are found by a test that knows nothing of the
# inside: **change one code, and see which answers move.**
#
# Number the places of a clip frame by frame: token $s$ of frame $t$ is place $t S +
# s$. The logits at place $i$ may depend on the codes at places before $i$, and on
# nothing else.
#
# 1. For each place $j$, replace the code there by *each* other code in turn, in all
# clips.
# 2. Compare the logits with those of the unchanged codes. A place reads $j$ if in
# any clip, for any replacement, one of its logits moves by more than 0.000001.
# 3. Fill the table: row $i$ answers, column $j$ is read.
# 4. It leaks if any place reads itself or a later one.
#
# <details><summary>Hint 1: the next other code</summary>
#
# `(code + v) % count` for v = 1 ... count - 1 runs through all codes but the one
# that stands there.
# </details>
# <details><summary>Hint 2: changing one place</summary>
#
# Work on `codes.clone().flatten(1)`, and give it back its shape for the model with
# `view_as(codes)`. Clone anew for every change.
# </details>
# <details><summary>Hint 3: the wrong half of a table</summary>
#
# `table.triu()` keeps the diagonal and what lies above it.
# </details>

# %% tags=["exercise-13.5"]
def reads(
    model, codes: Int[Tensor, "clips frames tokens"], count: int
) -> tuple[Tensor, bool]:
    """Return which place reads which, "places places" (bool), and whether it leaks.

    model: codes "clips frames tokens" -> logits "clips frames tokens count".
    """
    ### BEGIN SOLUTION
    before, P = model(codes), codes[0].numel()
    table = torch.zeros(P, P, dtype=torch.bool)
    for j in range(P):
        for v in range(1, count):
            other = codes.clone().flatten(1)
            other[:, j] = (other[:, j] + v) % count
            moved = (model(other.view_as(codes)) - before).abs() > 1e-6
            table[:, j] |= moved.any(-1).flatten(1).any(0)
    return table, bool(table.triu().any())
    ### END SOLUTION

# %%
check("13.5", reads)

# %% tags=["graded-13.5"] points=3
grade("13.5", reads)
### BEGIN HIDDEN TESTS
grade("13.5", reads, seed=13505)
### END HIDDEN TESTS

# %% [markdown]
# ### The colleague's model
#
# The inside is right: both masks are causal, and each place adds what the earlier
# frames say to what the earlier tokens of its frame say. All depends on what is
# read in: frame $t$ must read the mean of frame $t - 1$, token $s$ must read token
# $s - 1$ of its own frame, and where nothing comes before, `start` stands. Run
# your test on it. **Which places read what they must not?**

# %%
def given_shift(embedded, start):
    frames = embedded.mean(2)  # clips frames d
    first = start.expand_as(frames[:, :1])
    frames = torch.cat((first, frames), 1)[:, 1:]
    tokens = embedded.roll(1, 2)
    return frames, tokens


class FramesAndTokens(nn.Module):
    def __init__(self, shift, count=4, d=16):
        super().__init__()
        torch.manual_seed(0)
        self.shift, self.start = shift, nn.Parameter(torch.randn(d))
        self.table, self.head = nn.Embedding(count, d), nn.Linear(d, count)
        self.over_frames = Encoder(d, 2, 2 * d, 1)
        self.over_tokens = Encoder(d, 2, 2 * d, 1)

    def forward(self, codes):
        frames, tokens = self.shift(self.table(codes), self.start)
        T, S = codes.shape[1:]
        past = self.over_frames(frames, causal_mask(T))  # clips T d
        x = (tokens + past[:, :, None]).flatten(0, 1)  # clips*T S d
        return self.head(self.over_tokens(x, causal_mask(S))).unflatten(0, (-1, T))


some = torch.randint(4, (2, 3, 3), generator=torch.Generator().manual_seed(1))
names = [f"{t}.{s}" for t in range(3) for s in range(3)]  # frame.token
with torch.no_grad():
    table, leaks = reads(FramesAndTokens(given_shift), some, 4)
print(
    "leaks:", leaks, "- places that read themselves:", table.diagonal().sum().item()
)
viz.attention_map(
    table.float(), names, names, title="The colleague's model: row reads column"
)

# %% [markdown]
# Every place reads its whole frame. Two bugs are at work, and each alone is enough
# to leak. **Repair both.**
#
# <details><summary>Hint 1: frames</summary>
#
# `start` was put in front, and cut away again in the same line. Which end must go?
# </details>
# <details><summary>Hint 2: tokens</summary>
#
# `roll` goes round: what falls out at the end comes in at the front.
# </details>

# %% tags=["exercise-13.5b"]
def repaired_shift(
    embedded: Float[Tensor, "clips frames tokens d"], start: Float[Tensor, " d"]
) -> tuple[Float[Tensor, "clips frames d"], Float[Tensor, "clips frames tokens d"]]:
    """Return what frames read and what tokens read, each one step late."""
    ### BEGIN SOLUTION
    frames = embedded.mean(2)
    first = start.expand_as(frames[:, :1])
    frames = torch.cat((first, frames[:, :-1]), 1)
    first = start.expand_as(embedded[:, :, :1])
    tokens = torch.cat((first, embedded[:, :, :-1]), 2)
    return frames, tokens
    ### END SOLUTION

# %% [markdown]
# A repair must stop the leak *and* keep the past: a model that reads nothing does
# not leak either. So the whole table is compared.

# %%
with torch.no_grad():
    table, leaks = reads(FramesAndTokens(repaired_shift), some, 4)
print("leaks:", leaks)
print(
    "reads all that it may:", torch.equal(table, torch.ones(9, 9).tril(-1).bool())
)
viz.attention_map(table.float(), names, names, title="Repaired: row reads column")

# %% tags=["graded-13.5b"] points=2
from course_utils.exercises.lesson13.leak import reads as course_reads

with torch.no_grad():
    for T, S in ((3, 2), (2, 4)):
        codes = torch.arange(2 * T * S).view(2, T, S) % 4
        table, leaks = course_reads(FramesAndTokens(repaired_shift), codes, 4)
        assert not leaks, "Exercise 13.5: a place still reads itself or a later one"
        assert torch.equal(table, torch.ones(T * S, T * S).tril(-1).bool()), (
            "Exercise 13.5: nothing leaks, but a place misses some of its past"
        )
### BEGIN HIDDEN TESTS
given, first = torch.rand(2, 3, 4, 5), torch.rand(5)
frames, tokens = repaired_shift(given, first)
assert torch.allclose(frames[:, 1:], given.mean(2)[:, :-1])
assert torch.equal(tokens[:, :, 1:], given[:, :, :-1])
assert torch.equal(frames[:, 0], first.expand(2, -1))
assert torch.equal(tokens[:, :, 0], first.expand(2, 3, -1))
### END HIDDEN TESTS

# %% [markdown]
# Row by row one place more is read: the table of a model that can be believed. The
# same ten lines of test work on any model over codes. **Does the course's own
# `VideoGPT` pass?**

# %%
torch.manual_seed(0)
gpt = VideoGPT(codes=4, patches=3, frames=3)
nn.init.normal_(gpt.head.weight)  # it starts at 0, where no logit ever moves
with torch.no_grad():
    table, leaks = reads(gpt, some, 4)
print("leaks:", leaks)
print(
    "reads all that it may:", torch.equal(table, torch.ones(9, 9).tril(-1).bool())
)

# %% [markdown]
# It does, and it reads its whole past.
#
# ## Exercise 13.6: a step of masked decoding (extend, difficulty 4, 25 minutes)
#
# One token after another takes as many steps as there are tokens. Masked decoding
# (Chang et al., 2022) begins with all places masked. In each step the model
# proposes a code for every masked place, and those of which it is surest are
# written; the others stay masked and are asked again. After step $k$ of $K$ there
# stay masked, of $N$ places (Eq. 13.9),
#
# $$\Big\lfloor N \cos\Big(\frac{\pi}{2} \frac{k}{K}\Big) \Big\rfloor$$
#
# Write one step. Masked places are -1 in `codes`; `proposed` has a code for every
# place, drawn from the model's `logits`.
#
# 1. The schedule says how many stay masked. If a clip has fewer masked places than
# that, or as many, one is written all the same: at least one in each step, as long
# as any is left.
# 2. How sure: the probability of the *proposed* code.
# 3. Of equally sure places the earlier one is written first.
# 4. What is written stays as it is, and takes no part in the choice.
#
# <details><summary>Hint 1: a number for each clip</summary>
#
# Clips may have different numbers of masked places: `write = left - stay`, both
# "clips". After the last step `stay` is 0.
# </details>
# <details><summary>Hint 2: the n surest, with n different for each row</summary>
#
# Sort in a stable way, then `order.argsort(1)` is the rank of each place, and
# `rank < write[:, None]` the choice.
# </details>
# <details><summary>Hint 3: written places</summary>
#
# Give them the sureness minus infinity, so that they stand at the end.
# </details>

# %% tags=["exercise-13.6"]
def unmask(
    codes: Int[Tensor, "clips places"],
    proposed: Int[Tensor, "clips places"],
    logits: Float[Tensor, "clips places codes"],
    step: int,
    steps: int,
) -> Int[Tensor, "clips places"]:
    """Return the codes after step `step` (1, 2, ..., steps); -1 is masked."""
    ### BEGIN SOLUTION
    masked = codes < 0
    left = masked.sum(1)
    stay = math.floor(codes.shape[1] * math.cos(math.pi / 2 * step / steps))
    write = left - (left - 1).clamp(min=0, max=stay)
    sure = logits.softmax(-1).gather(-1, proposed[..., None])[..., 0]
    sure = sure.masked_fill(~masked, -torch.inf)
    rank = sure.sort(dim=1, descending=True, stable=True).indices.argsort(1)
    return torch.where(masked & (rank < write[:, None]), proposed, codes)
    ### END SOLUTION

# %%
check("13.6", unmask)

# %% tags=["graded-13.6"] points=3
grade("13.6", unmask)
### BEGIN HIDDEN TESTS
grade("13.6", unmask, seed=13606)
### END HIDDEN TESTS

# %% [markdown]
# ### With a perfect model
#
# How much does it cost to write many tokens at once? The lesson asked a trained
# model, whose own errors mix in. So take one without any: for CoinWorld the exact
# probabilities of each frame, given all frames that are written, can be computed
# (`marginals`). One frame is one token, and the sprite mostly goes straight. Beside
# the surest-first rule stands earliest-first, which your function does when all are
# equally sure.
#
# **Predict, then run**: of 256 clips of 16 frames, how many can happen at all, with
# 16 steps, with 8, with 1? Which order is better?

# %%
world = CoinWorld(grid=5, frames=16, probability=(0.1, 0.8, 0.1))


def write_clips(steps, surest, clips=256):
    generator = torch.Generator().manual_seed(13)
    codes = torch.full((clips, 16), -1)
    for step in range(1, steps + 1):
        p = marginals(world, codes)
        proposed = torch.multinomial(p.flatten(0, 1), 1, generator=generator)
        noise = torch.randn(p.shape, generator=generator)  # decides between equals
        logits = p.log() + 0.001 * noise if surest else torch.zeros_like(p)
        codes = unmask(codes, proposed.view(clips, 16), logits, step, steps)
    return codes


written = {
    (order, steps): write_clips(steps, order == "surest first")
    for order in ("surest first", "earliest first")
    for steps in (1, 2, 4, 8, 16)
}
for (order, steps), cells in written.items():
    bits = -world.log2_likelihood(cells)
    can = bits.isfinite()
    cost = f"{bits[can].mean():.1f}" if can.sum() > 20 else "-"
    share = f"{can.float().mean():4.0%} can happen"
    print(f"{order:15s}{steps:3d} steps: {share}, {cost:>4s} bits")
print(f"the world's own clips have {world.frame_bits.sum():.1f} bits")

# %%
def straight(cells):
    x, y = cells % 5, cells // 5
    way = torch.stack((x.diff(dim=1), y.diff(dim=1))) % 5  # 2 clips 15
    return (way[:, :, 1:] == way[:, :, :-1]).all(0).float().mean()


for order in ("earliest first", "surest first"):
    share = straight(written[order, 16])
    print(f"{order:15s}16 steps: {share:.0%} of the steps straight")

# %%
first = {n: world.render(written["surest first", n][0]) for n in (1, 4, 8, 16)}
viz.filmstrip(
    {f"{n} steps": film for n, film in first.items()},
    title="A perfect model, surest first",
)

# %% [markdown]
# One at a time, every clip can happen, in either order. All at once, none: each
# frame is drawn from the right probabilities, and they know nothing of one another,
# so that the sprite jumps. No training repairs that, for this model makes no error.
# In between, surest first is far better: earliest first writes neighbours in the
# same step, and neighbours are what should know of each other.
#
# It has a price. The world goes straight in 80 % of its steps; those who write
# first what is likely go straight nearly always, even one at a time, and so their
# clips have too few bits: they are likelier than clips should be, and all alike.
# Earliest first, one at a time, pays nothing and takes the most steps.
