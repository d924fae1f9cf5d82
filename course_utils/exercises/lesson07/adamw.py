"""Exercise 7.4: one step of AdamW."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson07.mistakes import mistake

STEP = "one step of the optimiser"


def adamw_step(
    weight,
    gradient,
    m,
    v,
    step,
    lr,
    decay,
    *,
    corrected="both",
    decayed="beside",
    root=True,
    square="square",
    power="step",
    shares="stay",
    betas=(0.9, 0.95),
    sign=-1,
    memory="new",
    returned="plain",
    eps="outside",
):
    g = gradient + decay * weight if decayed == "inside" else gradient
    keep_m, keep_v = betas if shares == "stay" else (1 - betas[0], 1 - betas[1])
    new_m = keep_m * m + (1 - keep_m) * g
    new_v = keep_v * v + (1 - keep_v) * {"square": g**2, "size": g.abs(), "plain": g}[square]
    used_m, used_v = {"new": (new_m, new_v), "old": (m, v), "gradient": (g, new_v)}[memory]
    k = {"step": step, "one": 1, "next": step + 1}[power]
    if corrected in ("both", "mean") and memory != "gradient":
        used_m = used_m / (1 - betas[0] ** k)
    if corrected in ("both", "square"):
        used_v = used_v / (1 - betas[1] ** k)
    used_m = used_m + decay * weight if decayed == "divided" else used_m
    size = used_v.sqrt() if root else used_v
    small = {"outside": 1e-8, "none": 0.0, "inside": 0.0}[eps]
    size = (used_v + 1e-8).sqrt() if eps == "inside" else size
    change = used_m / (size + small)
    pull = {"beside": lr * decay * weight, "bare": decay * weight}.get(decayed, 0.0)
    if returned == "corrected":
        new_m, new_v = new_m / (1 - betas[0] ** step), new_v / (1 - betas[1] ** step)
    return weight + sign * (lr * change + pull), new_m, new_v


def draw_step(d):
    shape = (*d.leading(), d.integer(2, 6))
    step = d.integer(1, 12)
    m, v = d.normal(*shape, scale=0.3), d.uniform(*shape, low=0.05, high=0.5)
    if d.every(4):
        step, m, v = 1, 0 * m, 0 * v
    gradient = d.normal(*shape) + 0.1
    if d.every(4, start=2):  # numbers that no gradient has reached, and some as small as epsilon
        step, m, v, gradient = 1, 0 * m, 0 * v, 3e-8 * gradient
        gradient[..., 0] = 0.0
    return {
        "weight": d.normal(*shape),
        "gradient": gradient,
        "m": m,
        "v": v,
        "step": step,
        "lr": d.choice((0.05, 0.1, 0.2)),
        "decay": d.choice((0.1, 0.3)),
    }


ADAMW = Exercise(
    "7.4",
    "one step of AdamW",
    adamw_step,
    draw_step,
    (
        mistake(
            "means not corrected",
            STEP,
            "Your m and v are right, but both start from 0 and are too small in the first steps. "
            "By which factors of Eq. 7.4 are they divided before they are used?",
            corrected="none",
        ),
        mistake(
            "only m corrected",
            STEP,
            "You divide m by 1 - beta1^k. v starts from 0 too.",
            corrected="mean",
        ),
        mistake(
            "only v corrected",
            STEP,
            "You divide v by 1 - beta2^k. m starts from 0 too.",
            corrected="square",
        ),
        mistake(
            "decay inside the gradient",
            STEP,
            "You add decay * w to the gradient, so that it goes through m and v and is divided "
            "away again: that is Adam with an L2 penalty. Where does AdamW put it?",
            decayed="inside",
        ),
        mistake(
            "decay inside the division",
            STEP,
            "You add decay * w to the mean, so that it is divided by the root as well. In Eq. 7.4 "
            "it stands beside the fraction.",
            decayed="divided",
        ),
        mistake(
            "decay forgotten",
            STEP,
            "Your weights feel the gradient alone. What pulls them to zero in Eq. 7.4?",
            decayed="forgotten",
        ),
        mistake(
            "decay not multiplied by the learning rate",
            STEP,
            "Your pull to zero is the same for every learning rate. Which bracket does it stand "
            "in?",
            decayed="bare",
        ),
        mistake(
            "root forgotten",
            STEP,
            "You divide by the mean square, whose unit is that of g squared. What makes the step "
            "free of units?",
            root=False,
        ),
        mistake(
            "gradient not squared",
            STEP,
            "Your v is a running mean of the size of g. Eq. 7.4 keeps that of its square, and "
            "takes the root later.",
            square="size",
        ),
        mistake(
            "root of a negative number",
            STEP,
            "Your v is a running mean of g itself, which may be negative, and its root is NaN. Of "
            "what is v the mean in Eq. 7.4?",
            square="plain",
        ),
        mistake(
            "beta and 1 - beta exchanged",
            STEP,
            "Your means keep a tenth of what they were and take nine tenths of the new gradient. "
            "In Eq. 7.4 beta is the share that stays.",
            shares="go",
        ),
        mistake(
            "correction without the power",
            STEP,
            "You divide by 1 - beta in every step. What depends on the number of the step in Eq. "
            "7.4?",
            power="one",
        ),
        mistake(
            "step counted twice",
            STEP,
            "You raise beta to step + 1. `step` counts from 1 already.",
            power="next",
        ),
        mistake(
            "old means used",
            STEP,
            "You step along the m and v that were handed in. Eq. 7.4 updates both first.",
            memory="old",
        ),
        mistake(
            "the two betas exchanged",
            STEP,
            "Your m forgets as slowly as v should, and the other way round: 0.9 belongs to m, "
            "0.95 to v.",
            betas=(0.95, 0.9),
        ),
        mistake(
            "PyTorch's beta2",
            STEP,
            "Your v uses 0.999, the default of torch.optim.AdamW. Here it is 0.95.",
            betas=(0.9, 0.999),
        ),
        mistake(
            "epsilon left out",
            STEP,
            "Where a weight has had no gradient yet, v is 0 and you divide 0 by 0: NaN. That is "
            "what epsilon is for.",
            eps="none",
        ),
        mistake(
            "epsilon inside the root",
            STEP,
            "You add epsilon to v, inside the root, where it counts as its root, 1e-4. Eq. 7.4 "
            "adds it to the root: the difference shows where gradients are small.",
            eps="inside",
        ),
        mistake(
            "corrected means returned",
            STEP,
            "Your weight is right, but you hand on m and v after the correction, so that the next "
            "step corrects them once more. What do the first two lines of Eq. 7.4 keep?",
            returned="corrected",
        ),
        mistake(
            "uphill",
            STEP,
            "Your weights move along the gradient, and the loss rises. Which way is down?",
            sign=1,
        ),
        mistake(
            "gradient used in place of its mean",
            STEP,
            "You keep m but step along g of this batch alone: what is m for?",
            memory="gradient",
        ),
    ),
    returns=("weight", "m", "v"),
)
