"""Exercise 5.2: count the operations."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson05.mistakes import mistake

WORK = "how much work"


def flops(
    n,
    d_model,
    d_ff,
    num_layers,
    training,
    *,
    each=2,
    projections=4,
    products=2,
    matrices=2,
    back=2,
    step="asked",
    many="all",
):
    d = d_model
    forward = projections * n * d * d + matrices * n * d * d_ff + products * n * n * d
    backward = back * (training if step == "asked" else True)
    return each * forward * (num_layers if many == "all" else 1) * (1 + backward)


def draw_work(d):
    n, d_model, d_ff, num_layers = d.distinct(4, low=2, high=12)
    sizes = {"n": 3 * n, "d_model": 4 * d_model, "d_ff": 5 * d_ff, "num_layers": num_layers}
    return sizes | {"training": d.every(2, 1)}


FLOPS = Exercise(
    "5.2",
    "count the operations",
    flops,
    draw_work,
    (
        mistake(
            "additions forgotten",
            WORK,
            "You have exactly half of the operations. A product of matrices multiplies, and then "
            "adds up.",
            each=1,
        ),
        mistake(
            "attention's own products forgotten",
            WORK,
            "Your count grows in proportion to n. Which two products of Eq. 2.1 hold a matrix of "
            "n x n numbers?",
            products=0,
        ),
        mistake(
            "scores counted, weighted mean forgotten",
            WORK,
            "You count one product of n x n x d operations. Attention has two: the scores, and "
            "the mean of the values.",
            products=1,
        ),
        mistake(
            "output projection forgotten",
            WORK,
            "You are short of 2 n d^2 in each layer: one projection. There are queries, keys, "
            "values, and ...?",
            projections=3,
        ),
        mistake(
            "one matrix of the network",
            WORK,
            "You are short of 2 n d d_ff in each layer. Eq. 4.1 goes to the hidden units and back.",
            matrices=1,
        ),
        mistake(
            "network forgotten",
            WORK,
            "You are short of 4 n d d_ff in each layer. What does a layer do after it has looked?",
            matrices=0,
        ),
        mistake(
            "training step always counted",
            WORK,
            "You are right in training, and three times too high without. Add the backward pass "
            "only where `training` says so.",
            step="always",
        ),
        mistake(
            "backward pass forgotten",
            WORK,
            "You are right without training. A training step has a backward pass as well: how many "
            "products does it need for each one of the forward pass?",
            back=0,
        ),
        mistake(
            "backward pass as cheap as the forward pass",
            WORK,
            "A product has two factors, and each of them gets a gradient by a product of its own.",
            back=1,
        ),
        mistake(
            "layers counted once",
            "the stack",
            "You count one layer, whatever num_layers says.",
            many="one",
        ),
    ),
    atol=0.5,
    rtol=1e-9,
)
