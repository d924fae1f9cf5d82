"""Exercises 1.2 and 1.3: the gradient through time, and when it has vanished."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson01.mistakes import FELT, answer, mistake

# 1.2


SLOPES = {
    "square": lambda z: 1 - z**2,
    "linear": lambda z: 1 - z,
    "none": torch.ones_like,
    "sigmoid": lambda z: z * (1 - z),
    "brackets": lambda z: (1 - z) ** 2,
    "again": lambda z: 1 - torch.tanh(z) ** 2,
}


def through_time(
    states,
    W_z,
    upstream,
    *,
    slope="square",
    at="own",
    turn=False,
    outside=False,
    first=True,
    of="state",
    rows="all",
):
    g, gradients, inside = upstream, [upstream], []
    matrix = W_z.mT if turn else W_z
    for k in range(len(states) - 1, -1, -1):
        own = {"own": k, "before": k - 1, "forward": min(len(states) - k, len(states) - 1)}[at]
        slopes = SLOPES[slope](states[own])
        inside.append(slopes * g)  # the gradient of what is inside the tanh of z_k
        g = slopes * (g @ matrix) if outside else (slopes * g) @ matrix
        gradients.append(g)  # the last turn goes one too far, to the state before the first
    if of == "sum":
        gradients = [*inside, g]
    wanted = {"all": slice(len(states)), "shifted": slice(1, None), "start": slice(None)}[rows]
    gradients = torch.stack(gradients)[wanted]
    return gradients.flip(0) if first else gradients


def draw_states(d):
    T, width = d.distinct(2, low=2, high=8)
    return {
        "states": torch.tanh(d.normal(T, width)),
        "W_z": d.normal(width, width),
        "upstream": d.normal(width),
    }


THROUGH_TIME = Exercise(
    "1.2",
    "the gradient through time by hand",
    through_time,
    draw_states,
    (
        mistake(
            "slope of the tanh forgotten",
            FELT,
            "You multiply by W_z alone. Each step also passes a tanh, whose slope is 1 - z^2.",
            slope="none",
        ),
        mistake(
            "slope 1 - z in place of 1 - z^2",
            FELT,
            "Your slope is above 1 where z is negative, but tanh is nowhere steeper than 1. What "
            "is the derivative of tanh, written with tanh?",
            slope="linear",
        ),
        mistake(
            "slope (1 - z)^2 in place of 1 - z^2",
            FELT,
            "Your square stands outside the brackets. The slope of tanh is 1 - tanh^2: at z = "
            "-0.5 that is 0.75, yours is 2.25.",
            slope="brackets",
        ),
        mistake(
            "tanh taken once more",
            FELT,
            "You take the tanh of a state to find its slope. A state z_k *is* a tanh already: "
            "what is then the slope, written with z_k?",
            slope="again",
        ),
        mistake(
            "slope of a sigmoid",
            FELT,
            "z (1 - z) is the slope of a sigmoid. What is that of tanh?",
            slope="sigmoid",
        ),
        mistake(
            "slope taken at the state before",
            FELT,
            "J_k is the derivative of z_k, and its slope is that of the tanh which made z_k. You "
            "took the slope at z_{k-1}.",
            at="before",
        ),
        mistake(
            "states walked forward",
            FELT,
            "You go through the slopes from z_2 to z_T. The gradient starts at z_T: its first "
            "step back meets the slope at z_T.",
            at="forward",
        ),
        mistake(
            "recurrent matrix not transposed",
            FELT,
            "A gradient goes backward: it meets J_k^T, not J_k. Which axis of W_z belongs to the "
            "new state?",
            turn=True,
        ),
        mistake(
            "slope and matrix in the wrong order",
            FELT,
            "Walking backward you meet the tanh first and the matrix after it; you have it the "
            "other way round.",
            outside=True,
        ),
        mistake(
            "latest gradient first",
            FELT,
            "All your numbers are right, in the order in which you met them: row 0 has to belong "
            "to z_1.",
            first=False,
        ),
        mistake(
            "one step back too many",
            FELT,
            "You return one row more than there are states: your walk goes on to z_0, which is no "
            "parameter and no input. The slope of `states[0]` is never needed.",
            rows="start",
        ),
        mistake(
            "all rows one step too early",
            FELT,
            "Your last row should be what you were given, the gradient of z_T. You step back "
            "first and keep the result after it, so that every row belongs to the state before.",
            rows="shifted",
        ),
        mistake(
            "gradient inside the tanh returned",
            FELT,
            "You return the gradients after the slope has been multiplied in: those of the sum "
            "inside each tanh. Keep the gradient of the state itself; the last row is what you "
            "were given.",
            of="sum",
        ),
    ),
)


# 1.3


PREDICT = Exercise(
    "1.3",
    "predict when the gradient has vanished",
    135,
    misconceptions=(
        answer(
            134,
            "one step too early",
            "After 134 steps it is still a little above a thousandth. Round to the side where it "
            "is below.",
        ),
        answer(
            136,
            "one step too late",
            "After 135 steps it is below a thousandth already. Which is the *first* whole number "
            "below?",
        ),
        answer(
            -135,
            "sign lost",
            "log(1/1000) and log(0.95) are both negative, so their quotient is positive. You took "
            "one of them with the other sign.",
        ),
        answer(
            -134.67,
            "sign lost, and not a whole number",
            "log(1/1000) and log(0.95) are both negative, so their quotient is positive. And "
            "steps are counted in whole numbers.",
        ),
        answer(
            139,
            "logarithm of 0.95 taken as -0.05",
            "log(1000) / 0.05 is 138.2. The logarithm of 0.95 is a little more than -0.05 in "
            "size: divide by it, not by 1 - 0.95.",
        ),
        answer(
            134.67,
            "not a whole number",
            "That is where the curve crosses. Steps are counted: which is the first whole number "
            "below a thousandth?",
        ),
        answer(
            20,
            "fell by one minus the radius at each step",
            "1 / 0.05 = 20 is when a straight line reaches 0. A product falls by a share of what "
            "is left.",
        ),
        answer(
            59,
            "decimal and natural logarithm mixed",
            "3 / 0.0513 mixes two logarithms. log(1000) / log(1 / 0.95) has to have the same base "
            "above and below.",
        ),
        answer(
            45,
            "a tenth in place of a thousandth",
            "After 45 steps a tenth is left: one power of ten of three.",
        ),
        answer(
            90,
            "a hundredth in place of a thousandth",
            "After 90 steps a hundredth is left: two powers of ten of three.",
        ),
    ),
    atol=0.01,
    rtol=0.0,
)
