"""Exercise 4.6: a feed-forward network whose weights you choose."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson04.mistakes import mistake

HAND = "the feed-forward network by hand"


def tone_curve(
    knots, heights, *, steps="changes", at="start", base="first", sign=-1, sides="right"
):
    rise = heights.diff() if steps == "heights" else heights.diff() / knots.diff()
    change = {
        "slopes": rise,
        "sums": rise.cumsum(0),
        "turned": torch.cat((rise[:1], -rise.diff())),
        "without the first": torch.cat((torch.zeros(1), rise.diff())),
        "shifted": torch.cat((rise.diff(), rise[:1])),
    }.get(steps, torch.cat((rise[:1], rise.diff())))
    where = knots[:-1] if at == "start" else knots[1:]
    b2 = heights[:1] if base == "first" else heights[-1:] if base == "last" else torch.zeros(1)
    if sides == "exchanged":
        return change[None], sign * where, torch.ones(len(change), 1), b2
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
        raise ValueError(
            f"got W1, b1, W2, b2 of the shapes {shapes}, want (1, m), (m,), (m, 1), (1,)"
        )
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
        mistake(
            "slopes in place of their changes",
            HAND,
            "Your curve is right up to the second knot and too steep after it. Units that have "
            "switched on stay on: by how much does the slope *change* at each knot?",
            steps="slopes",
        ),
        mistake(
            "differences of heights in place of slopes",
            HAND,
            "Your pieces rise by the right amounts only where knots are 1 apart. What is a slope?",
            steps="heights",
        ),
        mistake(
            "sign of the thresholds",
            HAND,
            "max(0, x + k) switches on at -k. Which bias makes a unit switch on at +k?",
            sign=1,
        ),
        mistake(
            "units that switch on one knot late",
            HAND,
            "Your first unit switches on at the second knot, so that the first piece is flat. "
            "Which knots begin a piece?",
            at="end",
        ),
        mistake(
            "height of the first knot forgotten",
            HAND,
            "Your curve has the right form and starts at 0. Which of the four tensors lifts the "
            "whole curve?",
            base="missing",
        ),
        mistake(
            "first slope forgotten",
            HAND,
            "Your curve is flat up to the second knot: only the differences between slopes are "
            "there. From which slope does the first unit change to that of the first piece?",
            steps="without the first",
        ),
        mistake(
            "first slope at the wrong end",
            HAND,
            "Your units have the right weights in the wrong order. Which unit switches on first, "
            "and which slope has to be there then?",
            steps="shifted",
        ),
        mistake(
            "sign of the changes",
            HAND,
            "Where the right curve turns down, yours turns up. Which slope is taken off which?",
            steps="turned",
        ),
        mistake(
            "slopes summed up",
            HAND,
            "You add up slopes, and the network adds them up once more. Units that have switched "
            "on stay on: what is left for the next one to add?",
            steps="sums",
        ),
        mistake(
            "changes on the wrong side",
            HAND,
            "You put the changes into W1. There they move the place at which a unit switches on, "
            "and a negative one turns it around. On which side of the ReLU does a_i stand?",
            sides="exchanged",
        ),
        mistake(
            "height of the last knot",
            HAND,
            "Your curve has the right form at the wrong height. Where is the curve before any "
            "unit is on?",
            base="last",
        ),
    ),
    use=apply_curve,
)
