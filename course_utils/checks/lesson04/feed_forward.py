"""Exercises 4.1 and 4.6: the feed-forward network, and one whose weights you choose."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.checks.lesson04.mistakes import mistake

# 4.1 the feed-forward network


def feed_forward(x, W1, b1, W2, b2, *, act="relu", first="inside", second=True, last=False, add=False):
    inner = x @ W1 + (b1 if first == "inside" else 0)
    inner = {
        "relu": lambda z: z.clamp(min=0),
        "none": lambda z: z,
        "gelu": torch.nn.functional.gelu,
        "softmax": lambda z: z.softmax(-1),
        "lower": lambda z: z.clamp(max=0),
        "abs": torch.abs,
    }[act](inner)
    inner = inner + b1 if first == "after" else inner
    y = inner @ W2 + (b2 if second else 0)
    y = y.clamp(min=0) if last else y
    return x + y if add else y


def draw_network(d):
    tokens, d_model, d_ff = d.distinct(3, low=2, high=9)
    return {
        "x": d.normal(*d.leading(), tokens, d_model),
        "W1": d.normal(d_model, d_ff),
        "b1": d.normal(d_ff),
        "W2": d.normal(d_ff, d_model),
        "b2": d.normal(d_model),
    }


NETWORK = "the feed-forward network"
FEED_FORWARD = Exercise(
    "4.1",
    "the feed-forward network",
    feed_forward,
    draw_network,
    (
        mistake("ReLU forgotten", NETWORK,
            "Your function is linear: two matrices in a row are one matrix. What stands between them in "
            "Eq. 4.1?",
            act="none",
        ),
        mistake("first bias forgotten", NETWORK,
            "All your hidden units switch on at 0. Which term of Eq. 4.1 moves the place where a unit "
            "switches on?",
            first="missing",
        ),
        mistake("first bias added after the ReLU", NETWORK,
            "You add b_1 to what the ReLU let through, so that it moves no threshold. Which comes first in "
            "Eq. 4.1, the bias or the maximum?",
            first="after",
        ),
        mistake("second bias forgotten", NETWORK,
            "Your output differs from the right one by the same vector in every token. Which term of Eq. "
            "4.1 does not depend on x?",
            second=False,
        ),
        mistake("ReLU on the output as well", NETWORK,
            "No number of your output is negative, so that this network could only ever add. How many "
            "maxima does Eq. 4.1 have?",
            last=True,
        ),
        mistake("smaller one of the two taken", NETWORK,
            "You keep the negative inner numbers and remove the positive ones. Is it max(0, z) or min(0, z)?",
            act="lower",
        ),
        mistake("absolute value in place of the maximum", NETWORK,
            "You turn negative inner numbers around; Eq. 4.1 replaces them by 0. What is max(0, -3)?",
            act="abs",
        ),
        mistake("GELU in place of ReLU", "which function inside?",
            "You took GELU, the smooth relative of max(0, z). It is a good choice, but not Eq. 4.1: which of "
            "the two is exactly 0 at -2?",
            act="gelu",
        ),
        mistake("softmax in place of ReLU", "a memory of keys and values",
            "Your hidden units share one unit of attention among them. In a feed-forward network each one "
            "fires for itself: which function of a single number do you need?",
            act="softmax",
        ),
        mistake("input added to the output", "the residual",
            "You return x + FFN(x). The residual is a part of its own; which layer of the course adds it?",
            add=True,
        ),
        Misconception("matrix transposed",
            "The product does not fit: here W1 has the shape d_model x d_ff, and x comes from the left. Only "
            "nn.Linear stores its matrix the other way round.",
            "lesson 04, the feed-forward network",
            wrong=lambda x, W1, b1, W2, b2: (x @ W1.mT + b1).clamp(min=0) @ W2.mT + b2, stops=True,
        ),
    ),
)


# 4.6 a network for any tone curve


def tone_curve(knots, heights, *, steps="changes", at="start", base=True, sign=-1):
    rise = heights.diff() if steps == "heights" else heights.diff() / knots.diff()
    change = rise if steps == "slopes" else torch.cat((rise[:1], rise.diff()))
    where = knots[:-1] if at == "start" else knots[1:]
    b2 = heights[:1] if base else torch.zeros(1)
    return torch.ones(1, len(change)), sign * where, change[:, None], b2


def apply_curve(curve, knots, heights):
    """The learner's network on a fine grid between the first and the last knot."""
    answer = curve(knots, heights)
    if not isinstance(answer, (tuple, list)) or len(answer) != 4:
        raise ValueError(f"got {type(answer).__name__}, want the four tensors W1, b1, W2, b2")
    W1, b1, W2, b2 = (torch.as_tensor(part, dtype=torch.float32) for part in answer)
    m = b1.numel()
    if (W1.shape, b1.shape, W2.shape, b2.shape) != ((1, m), (m,), (m, 1), (1,)):
        shapes = ", ".join(str(tuple(part.shape)) for part in (W1, b1, W2, b2))
        raise ValueError(f"got W1, b1, W2, b2 of the shapes {shapes}, want (1, m), (m,), (m, 1), (1,)")
    x = torch.cat((knots, (knots[1:] + knots[:-1]) / 2)).sort().values[:, None]
    return {"the curve at the knots and between them": (x @ W1 + b1).clamp(min=0) @ W2 + b2}


def draw_curve(d):
    pieces = d.integer(2, 20)
    knots = torch.cat((torch.tensor([0.0]), (0.2 + d.uniform(pieces)).cumsum(0)))
    heights = d.normal(pieces + 1) + 0.5
    heights[0] = 0.4 + heights[0].abs()
    return {"knots": 1.5 * knots / knots[-1] - (0.25 if d.every(2) else 0.0), "heights": heights}


TONE_CURVE = Exercise(
    "4.6",
    "a network for any tone curve",
    tone_curve,
    draw_curve,
    (
        mistake("slopes in place of their changes", "the feed-forward network by hand",
            "Your curve is right up to the second knot and too steep after it. Units that have switched on "
            "stay on: by how much does the slope *change* at each knot?",
            steps="slopes",
        ),
        mistake("differences of heights in place of slopes", "the feed-forward network by hand",
            "Your pieces rise by the right amounts only where knots are 1 apart. What is a slope?",
            steps="heights",
        ),
        mistake("sign of the thresholds", "the feed-forward network by hand",
            "max(0, x + k) switches on at -k. Which bias makes a unit switch on at +k?",
            sign=1,
        ),
        mistake("units that switch on one knot late", "the feed-forward network by hand",
            "Your first unit switches on at the second knot, so that the first piece is flat. Which knots "
            "begin a piece?",
            at="end",
        ),
        mistake("height of the first knot forgotten", "the feed-forward network by hand",
            "Your curve has the right form and starts at 0. Which of the four tensors lifts the whole curve?",
            base=False,
        ),
    ),
    use=apply_curve,
)
