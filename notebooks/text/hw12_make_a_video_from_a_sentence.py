# %% [markdown]
# # Homework 12: words, pixels, and what a sentence leaves open
#
# **You will practise** to turn sentences into numbers; measure which words an
# object asks for; repair an attention that padding gets into; count what a bag of
# words can mean; judge a model with a confusion table; and find out which one word
# more would help most.
#
# **You need** lesson 12. **Time**: about 95 minutes for you, a few seconds for the
# computer.
#
# | | exercise | kind | difficulty | minutes |
# |---|---|---|---|---|
# | 12.1 | word ids, padded in front | reproduce | 2 | 15 |
# | 12.2 | the lift of a word | reproduce | 3 | 20 |
# | 12.3 | repair the attention to words | break and repair | 3 | 20 |
# | 12.4 | how many clips a bag of words fits | predict | 2 | 10 |
# | 12.5 | a confusion table | extend | 2 | 15 |
# | 12.6 | the doubt that is left | extend | 3 | 20 |
#
# Each exercise has a blank that raises `NotImplementedError`; write your lines in
# its place. `check` then runs your function on small inputs. It does not only say
# *wrong*: if it recognises the mistake, it says which one it is, and otherwise it
# shows the smallest input on which you differ. `grade` repeats this on inputs of
# other sizes. Any style counts as long as the numbers agree.

# %%
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils import viz
from course_utils.attention import record_attention
from course_utils.checkpoints import load_checkpoint
from course_utils.checks import check, grade
from course_utils.models import VideoEncoderDecoder
from course_utils.tasks import Sentences, on_object, write
from course_utils.worlds import SHAPES, SentenceWorld, parse_sentence

world = SentenceWorld()
task = Sentences("settled", world, split="test")
question = task.draw(64, seed=1_000_000_000)
sentences = task.tokenizer.decode(question.condition.words)
print(sentences[0])
viz.digest(question.target, name="64 clips, one for each sentence")

# %% [markdown]
# ## Exercise 12.1: word ids, padded in front (reproduce, difficulty 2, 15 minutes)
#
# The lesson's tokenizer fills up behind the words and refuses a word that it does
# not know. Write the other kind, which many language models use: padding stands *in
# front*, so that every sentence ends in the last column, and all unknown words
# share one number.
#
# 1. Word number $i$ of the vocabulary, counted from 0, has the id $i + 1$; 0 is
#    padding.
# 2. A word that is not in the vocabulary has the id $V + 1$, where $V$ is the
#    number of words in it.
# 3. Fill all rows up with 0 in front, to the length of the longest sentence, at
#    least 1.
# 4. Return also the mask: True where a word stands, known or not.
#
# <details><summary>Hint 1: a sentence without a word</summary>
#
# `"".split()` is an empty list, and its row is padding alone.
# </details>
# <details><summary>Hint 2: one row</summary>
#
# `[0] * (width - len(numbers)) + numbers`.
# </details>


# %% tags=["exercise-12.1"]
def encode(
    sentences: tuple[str, ...], vocabulary: tuple[str, ...]
) -> tuple[Int[Tensor, "sentences words"], Bool[Tensor, "sentences words"]]:
    """Return the ids of the sentences, padded in front with 0, and which ids are
    words.
    """
    ### BEGIN SOLUTION
    number = {word: i for i, word in enumerate(vocabulary, 1)}
    rows = [
        [number.get(w, len(vocabulary) + 1) for w in s.split()] for s in sentences
    ]
    width = max(1, *map(len, rows))
    ids = torch.tensor([[0] * (width - len(row)) + row for row in rows])
    return ids, ids > 0
    ### END SOLUTION


# %%
check("12.1", encode)

# %% tags=["graded-12.1"] points=2
grade("12.1", encode)
### BEGIN HIDDEN TESTS
grade("12.1", encode, seed=12101)
### END HIDDEN TESTS

# %% [markdown]
# The sentences of the lesson, once more. Which of the two directions is one word,
# and which is three?

# %%
ids, exists = encode(tuple(sentences[:4]), task.tokenizer.words)
print(ids)
print("words:", exists.sum(1).tolist())

# %% [markdown]
# ## Exercise 12.2: the lift of a word (reproduce, difficulty 3, 20 minutes)
#
# Eq. 12.7 says which share of the attention to a word comes from the object. A
# large object gets a large share from even attention already. Divide by that, and
# do it for each head by itself:
#
# $$
# \mathrm{lift}_{hj} = \frac{\sum_{i \text{ on the object}} a_{hij}}{\sum_i a_{hij}}
# \bigg/ \frac{\text{tokens on the object}}{\text{all tokens}}
# $$
#
# | symbol | meaning | shape |
# |---|---|---|
# | $a_{hij}$ | weight of word $j$ for token $i$, in head $h$ | B H TN L |
# | $i$ | counts the tokens frame by frame: all N patches of frame 0 come first | TN |
#
# 1. Flatten the mask in the order of the tokens.
# 2. Sum the weights over the tokens on the object, and over all tokens.
# 3. Divide, and divide by the share of the tokens.
# 4. Where a word receives nothing at all (padding), or a clip has no token on the
#    object, the lift is 0.
#
# <details><summary>Hint 1: shapes</summary>
#
# `mask.flatten(1)` is "B TN", and `[:, None, :, None]` lines it up with the
# weights.
# </details>
# <details><summary>Hint 2: no division by 0</summary>
#
# `torch.where(total > 0, held / total.clamp(min=1e-12), 0.0)`, and the same for the
# share of the tokens.
# </details>


# %% tags=["exercise-12.2"]
def lift(
    weights: Float[Tensor, "B H TN L"], mask: Bool[Tensor, "B T N"]
) -> Float[Tensor, "B H L"]:
    """Return how many times more of a word's attention comes from the object than
    even attention would give.
    """
    ### BEGIN SOLUTION
    on = mask.flatten(1)[:, None, :, None].float()  # B 1 TN 1
    held, total = (weights * on).sum(2), weights.sum(2)
    even = on.mean(2)
    seen = (total > 0) & (even > 0)
    share = held / total.clamp(min=1e-12) / even.clamp(min=1e-12)
    return torch.where(seen, share, torch.zeros_like(share))
    ### END SOLUTION


# %%
check("12.2", lift)

# %% tags=["graded-12.2"] points=2
grade("12.2", lift)
### BEGIN HIDDEN TESTS
grade("12.2", lift, seed=12202)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# The finished model of the lesson, layer by layer. **Predict, then run.** Which
# words will the object ask for more than the ground does, and is every head alike?

# %%
model, _ = load_checkpoint("sentence", VideoEncoderDecoder)
with record_attention(model) as record:
    model.write(question.condition)
on = on_object(question.clips.mask).unflatten(1, (16, 16))  # "B T N"
places = {"colour": 2, "shape": 3, "column": 6, "row": 8, "speed": 10}
rows = []
for layer in range(len(model.layers)):
    found = lift(record[f"layers.{layer}.cross"][0], on).mean(0)  # "H L"
    rows.append([layer, *(found[:, j].mean().item() for j in places.values())])
    spread = found[:, 3].aminmax()
    print(
        f"layer {layer}, shape: from {spread.min:.1f} to {spread.max:.1f} by head"
    )
viz.table(
    rows, ["layer", *places], title="lift, mean over heads and 64 clips", digits=1
)

# %% [markdown]
# A number above 1: the tokens that hold the object ask for this word more than the
# average token does. The printed lines say how far the heads of a layer lie apart.
#
# ## Exercise 12.3: repair the attention to words (break and repair, difficulty 3, 20 minutes)
#
# Someone wrote the attention of Eq. 12.2 for sentences of unequal length. It runs,
# and the numbers look harmless.


# %%
def given_ask(query, key, value, exists):
    scores = query @ key.mT / key.shape[-1] ** 0.5
    weights = torch.softmax(scores, dim=-2)
    weights = weights * exists[:, None]
    return weights @ value


# %%
g = torch.Generator().manual_seed(0)
query, key = torch.randn(1, 2, 4, generator=g), torch.randn(1, 3, 4, generator=g)
ones = torch.ones(1, 3, 1)  # an average of ones must be one
exists = torch.tensor([[True, True, False]])
print("average of ones:", given_ask(query, key, ones, exists).flatten())

# %% [markdown]
# 1. Find out over what the weights sum to 1. `check("12.3", given_ask)` names the
#    first mistake; after each repair it names the next.
# 2. One mistake shows only when the others are gone: a batch may hold a sentence
#    without any word (lesson 14 will need it). Its answer is zeros, as everywhere
#    in this course.
#
# <details><summary>Hint 1: an experiment</summary>
#
# With `value` all ones, an average is one. Where is it not?
# </details>
# <details><summary>Hint 2: before or after</summary>
#
# A weight is 0 when its *score* is minus infinity.
# </details>
# <details><summary>Hint 3: 0 divided by 0</summary>
#
# `nan_to_num` after the softmax, or a sum of exponentials that you divide by
# yourself.
# </details>


# %% tags=["exercise-12.3"]
def ask(
    query: Float[Tensor, "B tokens d"],
    key: Float[Tensor, "B words d"],
    value: Float[Tensor, "B words d_v"],
    exists: Bool[Tensor, "B words"],
) -> Float[Tensor, "B tokens d_v"]:
    """Return what each token hears from the words that exist (Eq. 12.2); zeros
    where no word exists.
    """
    ### BEGIN SOLUTION
    scores = query @ key.mT / key.shape[-1] ** 0.5
    scores = scores.masked_fill(~exists[:, None], -torch.inf)
    weights = torch.softmax(scores, dim=-1).nan_to_num(0.0)
    return weights @ value
    ### END SOLUTION


# %%
check("12.3", ask)

# %% tags=["graded-12.3"] points=2
grade("12.3", ask)
### BEGIN HIDDEN TESTS
grade("12.3", ask, seed=12303)
### END HIDDEN TESTS

# %%
print("average of ones:", ask(query, key, ones, exists).flatten())
print("no word at all: ", ask(query, key, ones, exists & False).flatten())

# %% [markdown]
# ## Exercise 12.4: how many clips a bag of words fits (predict, difficulty 2, 10 minutes)
#
# Put the words of a sentence into a bag and shake it. How many different sentences
# of the lesson's world, each with another clip, can be put together from the bag,
# the one that was meant among them? Answer with three numbers, before you compute
# anything.
#
# 1. "a red circle moves up and a blue square moves down"
# 2. "a red circle moves up and a red square moves down"
# 3. "a small red circle at column 12 row 20 moves slowly down and right"
#
# <details><summary>Hint</summary>
#
# In the first sentence ask for the colours, the shapes and the directions: in how
# many ways can each be given to the left and the right half?
# </details>

# %% tags=["exercise-12.4"]
fits = None  # write (first, second, third) in place of None, delete the line below
### BEGIN SOLUTION
fits = (8, 4, 2)
### END SOLUTION

# %%
check("12.4", fits)

# %% tags=["graded-12.4"] points=1
grade("12.4", fits)

# %% [markdown]
# Now count, over all pairs of the world. A model without word order can at best
# answer with the mean of the clips that its bag fits: here are those of the first
# sentence, and their mean.

# %%
kinds = torch.cartesian_prod(*map(torch.arange, (4, 4, 2, 4, 4, 2)))
bags = [" ".join(sorted(s.split())) for s in world.say(kinds)]
said = "a red circle moves up and a blue square moves down"
mine = [i for i, bag in enumerate(bags) if bag == " ".join(sorted(said.split()))]
clips = world.clips(kinds[mine]).video
print(len(mine), "clips fit the bag of the first sentence")
viz.filmstrip(
    {"what it says": clips[0], "another": clips[-1], "mean of all": clips.mean(0)},
    every=2,
)

# %% [markdown]
# In the last row both halves hold every colour and shape at once, and move both
# ways.
#
# ## Exercise 12.5: a confusion table (extend, difficulty 2, 15 minutes)
#
# "95 % right" hides which words are mixed up. A confusion table does not: one row
# for each word that was said, one column for each that was read, and one more for
# clips in which nothing could be read.
#
# 1. Count the pairs of said and read. What is not among `names` goes into the last
#    column.
# 2. Turn each row into shares of its own sum.
# 3. A word that was never said has a row of zeros.
#
# <details><summary>Hint 1: the last column</summary>
#
# `number.get(word, len(names))` for a dict `number` of names.
# </details>
# <details><summary>Hint 2: no division by 0</summary>
#
# `counts.sum(1, keepdim=True).clamp(min=1)`.
# </details>


# %% tags=["exercise-12.5"]
def confusion(
    said: tuple[str, ...], read: tuple[str, ...], names: tuple[str, ...]
) -> Float[Tensor, "names names_and_none"]:
    """Return the share of each word that was read, for each word that was said."""
    ### BEGIN SOLUTION
    number = {name: i for i, name in enumerate(names)}
    counts = torch.zeros(len(names), len(names) + 1)
    for s, r in zip(said, read):
        counts[number[s], number.get(r, len(names))] += 1
    return counts / counts.sum(1, keepdim=True).clamp(min=1)
    ### END SOLUTION


# %%
check("12.5", confusion)

# %% tags=["graded-12.5"] points=2
grade("12.5", confusion)
### BEGIN HIDDEN TESTS
grade("12.5", confusion, seed=12505)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# The lesson's model leaves little to confuse. Make it harder: leave the start open,
# so that it answers with the mean of 100 clips, and let the reader say what it sees
# in the blur. **Predict, then run**: which attribute survives, colour or shape?

# %%
blurred = Sentences("open", world, split="test").draw(64, seed=1_000_000_000)
reading = task.read(write(model, blurred))[0]
wanted = [names[0] for names in blurred.clips.shape]
table = confusion(tuple(wanted), tuple(reading.shape), SHAPES)
hue = sum(r == c[0] for r, c in zip(reading.colour, blurred.clips.colour))
print(f"shape right: {table.diagonal().mean():.0%}, colour right: {hue / 64:.0%}")
rows = [[name, *row.tolist()] for name, row in zip(SHAPES, table)]
viz.table(rows, ["said, then read", *SHAPES, "nothing"], title="shape")

# %% [markdown]
# A row that is spread, or a column that takes nearly everything: the reader
# guesses. The colour stays readable in a blur, because the mean of red clips is
# red.
#
# ## Exercise 12.6: the doubt that is left (extend, difficulty 3, 20 minutes)
#
# A sentence fits K clips, and the best answer to it leaves the error of Eq. 12.8.
# Now the sentence says one thing more, and the clips fall into groups by what it
# says. Whoever knows the group answers with the mean of the group. Which error is
# left, on average over the K clips?
#
# 1. Find the mean clip of each group. The numbers of the groups may have gaps.
# 2. Give every clip the mean of its group as its answer.
# 3. Return the mean squared error of these answers, and the answers.
#
# <details><summary>Hint 1: which groups there are</summary>
#
# `groups.unique()`.
# </details>
# <details><summary>Hint 2: weights</summary>
#
# A mean over all *clips* weighs a large group more, all by itself.
# </details>


# %% tags=["exercise-12.6"]
def doubt_after(
    clips: Float[Tensor, "K ..."], groups: Int[Tensor, " K"]
) -> tuple[Float[Tensor, ""], Float[Tensor, "K ..."]]:
    """Return the mean squared error that is left once the group is known, and the
    best answer to each clip.
    """
    ### BEGIN SOLUTION
    answers = torch.zeros_like(clips)
    for g in groups.unique():
        answers[groups == g] = clips[groups == g].mean(0)
    return (clips - answers).square().mean(), answers
    ### END SOLUTION


# %%
check("12.6", doubt_after)

# %% tags=["graded-12.6"] points=3
grade("12.6", doubt_after)
### BEGIN HIDDEN TESTS
grade("12.6", doubt_after, seed=12606)
### END HIDDEN TESTS

# %% [markdown]
# ### On video
#
# Someone says only "a red circle ... moves right": size, speed, column and row are
# open, and 900 clips fit. You may ask for one thing more. **Predict, then run**:
# which answer takes away most of the doubt?

# %%
fact = parse_sentence("a small red circle at column 12 row 16 moves slowly right")
ways = torch.cartesian_prod(
    *map(torch.arange, (3, 10, 10, 3))
)  # size, column, row, speed
facts = fact.expand(len(ways), -1).clone()
facts[:, [0, 3, 4, 5]] = ways
fitting = world.clips(facts).video  # "900 16 3 32 32"
before = (fitting - fitting.mean(0)).square().mean()
left = {"nothing": 1.0}
for name, number in {"size": 0, "speed": 5, "column": 3, "row": 4}.items():
    left[name] = (doubt_after(fitting, facts[:, number])[0] / before).item()
both, answers = doubt_after(fitting, 10 * facts[:, 3] + facts[:, 4])
left["column and row"] = (both / before).item()
print({name: f"{value:.0%}" for name, value in left.items()})
viz.bars(left, ylabel="share of the error that is left")

# %% [markdown]
# One coordinate alone leaves much of the doubt: the shape is smeared along the
# other one. The two together take away far more than the sum of what each takes by
# itself.

# %%
said = "a small red circle at column 12 row 16 moves slowly right"
row = world.say(facts).index(said)
shown = {"the clip": fitting[row], "nothing more": fitting.mean(0)}
shown["row known"] = doubt_after(fitting, facts[:, 4])[1][row]
shown["column and row known"] = answers[row]
viz.digest(shown["row known"], fitting[row], "row known")
viz.filmstrip(shown, every=2)

# %% [markdown]
# From top to bottom: the clip that was meant, then what the best answer looks like
# when nothing more is known, when the row is known, and when both are. What blurs
# the last row is size and speed.
