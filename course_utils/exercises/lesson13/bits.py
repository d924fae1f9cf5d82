"""Exercise 13.4: bits per frame of a model over codes, and of a table that knows no past."""

import math

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import BITS, FRAMES


def bits_per_frame(
    logits,
    codes,
    *,
    unit="bits",
    table_unit="bits",
    over="sum",
    table_over="frame",
    start=1,
    table_from=1,
    table="counted",
    empty="0",
    what="cross-entropy",
    impossible="allowed",
    stable=True,
    tables="one",
    axis="codes",
    late=0,
):
    K, S = logits.shape[-1], codes.shape[-1]
    if impossible == "zero":
        logits = logits.nan_to_num(neginf=0.0)
    dim = -1 if axis == "codes" else -2
    log_p = logits.log_softmax(dim) if stable else logits.softmax(dim).log()
    happened = codes.roll(-late, 1) if late else codes
    cost = -log_p.gather(-1, happened[..., None])[..., 0]  # batch frames tokens
    if what == "entropy":
        cost = -(log_p.exp() * log_p).nan_to_num(0.0).sum(-1)
    cost = cost[:, start:]
    cost = cost.sum(-1).mean() if over == "sum" else cost.sum() if over == "all" else cost.mean()
    seen = codes[:, table_from:]
    columns = seen.flatten(0, 1).T if tables == "each place" else seen.reshape(1, -1)
    free = torch.stack([_entropy(column, K, table, empty) for column in columns]).mean()
    free = free * (1 if table_over == "token" else S)
    scales = [1.0 if u == "nats" else math.log(2) for u in (unit, table_unit)]
    return cost / scales[0], free / scales[1]


def _entropy(codes, K, table, empty):
    p = torch.bincount(codes, minlength=K).float()
    if table == "smoothed":
        p = p + 1
    if table == "even":
        p = torch.ones(K)
    p = p / p.sum()
    terms = p * p.log()
    return -(terms if empty == "nan" else terms.nan_to_num(0.0)).sum()


def draw_bits(d):
    B, T, S, K = d.distinct(4, low=2, high=8)
    T, K = T + 1, K + 2
    logits = d.normal(B, T, S, K, scale=2.0)
    codes = torch.randint(K - 1, (B, T, S), generator=d.generator)
    codes[:, 0] = K - 1  # a code that only the first frame has
    if d.every(2):  # a model that rules out what does not happen
        out = logits.argmin(-1)
        hit = torch.nn.functional.one_hot(out, K).bool() & (out != codes)[..., None]
        logits = logits.masked_fill(hit, -torch.inf)
    if d.every(3, start=1):  # something very unlikely happens
        logits[-1, -1, -1, codes[-1, -1, -1]] = -200.0
    if d.every(5, start=4):  # something happens that was ruled out
        logits[0, -1, 0, codes[0, -1, 0]] = -torch.inf
    return {"logits": logits, "codes": codes}


BITS_PER_FRAME = Exercise(
    "13.4",
    "bits per frame",
    bits_per_frame,
    draw_bits,
    (
        mistake(
            "model in nats",
            BITS,
            "The model's number is too small by the factor 0.693: the natural logarithm counts "
            "nats. One bit is log 2 nats.",
            unit="nats",
        ),
        mistake(
            "table in nats",
            BITS,
            "The table's number is too small by the factor 0.693: the natural logarithm counts "
            "nats. One bit is log 2 nats.",
            table_unit="nats",
        ),
        mistake(
            "mean over the tokens of a frame",
            FRAMES,
            "You give the model's bits per token. A frame is all of its tokens: their bits add up.",
            over="mean",
        ),
        mistake(
            "table of one token",
            FRAMES,
            "You give the table's bits per token. A frame has several, and the table knows of no "
            "tie between them: how many bits for all?",
            table_over="token",
        ),
        mistake(
            "sum over all frames",
            FRAMES,
            "Your number grows with the clips. Bits per *frame*: sum over the tokens, mean over "
            "frames and clips.",
            over="all",
        ),
        mistake(
            "first frame counted",
            FRAMES,
            "You count the bits of frame 0, which nothing comes before. Here the frames from 1 on "
            "count.",
            start=0,
        ),
        mistake(
            "table of all frames",
            FRAMES,
            "Your table counts the codes of frame 0 too. Compare both on the same frames.",
            table_from=0,
        ),
        mistake(
            "all codes alike",
            FRAMES,
            "Your table gives each code the same probability. Count how often each occurs.",
            table="even",
        ),
        mistake(
            "one added to every count",
            FRAMES,
            "You add one to each count. The entropy of what was seen takes the counts as they "
            "are; a code that never occurs adds nothing.",
            table="smoothed",
        ),
        mistake(
            "0 times infinity",
            BITS,
            "A code that never occurs makes your entropy NaN: 0 log 0. Its limit is 0, and such a "
            "code adds nothing.",
            empty="nan",
        ),
        mistake(
            "the model's own entropy",
            FRAMES,
            "You measure how unsure the model is, not how well it says what happened. A model "
            "that is sure and wrong would win. Which code happened?",
            what="entropy",
        ),
        mistake(
            "impossible codes counted as usual ones",
            FRAMES,
            "A logit of minus infinity became 0 with you, a quite probable code. It stands for "
            "probability 0; if such a code happens, the bits are infinite, and rightly so.",
            impossible="zero",
        ),
        mistake(
            "logarithm of a softmax",
            FRAMES,
            "A very unlikely code costs you infinitely many bits, because its probability is "
            "rounded to 0 before the logarithm. `log_softmax` takes both steps in one.",
            stable=False,
        ),
        mistake(
            "a table for each place",
            FRAMES,
            "You count codes apart for each place of the frame. That is a better table, but here "
            "one table serves all places.",
            tables="each place",
        ),
        mistake(
            "softmax over the tokens",
            FRAMES,
            "Your probabilities sum to 1 over the tokens of a frame. Over what does the model "
            "choose?",
            axis="tokens",
        ),
        mistake(
            "shifted once more",
            FRAMES,
            "You compare the logits of frame t with the codes of frame t + 1. The model's inputs "
            "were shifted already: logits of frame t are about frame t.",
            late=1,
        ),
    ),
    returns=("model", "table"),
)
