"""Exercise 2.6: the gradient of the softmax."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson02.mistakes import mistake


def softmax_backward(
    weights, upstream, temperature, *, axis=-1, inner="weighted", heat="divide", sign=1, outer=True
):
    if inner == "none":
        change = upstream
    elif inner == "own":
        change = upstream * (1 - weights)
    elif inner == "plain":
        change = upstream - upstream.mean(axis, keepdim=True)
    elif inner == "sum":
        change = upstream - upstream.sum(axis, keepdim=True)
    elif inner == "plus":
        change = upstream + (weights * upstream).sum(axis, keepdim=True)
    elif inner == "mean":
        change = upstream - (weights * upstream).mean(axis, keepdim=True)
    elif inner == "all":
        change = upstream - (weights * upstream).sum()
    elif inner == "brackets":
        change = upstream - (weights * upstream).sum(axis, keepdim=True) / weights
    else:
        change = upstream - (weights * upstream).sum(axis, keepdim=True)
    factor = {
        "divide": 1 / temperature,
        "multiply": temperature,
        "ignore": 1.0,
        "twice": 1 / temperature**2,
    }
    return sign * factor[heat] * change * (weights if outer else 1)


def draw_backward(d):
    queries, keys = d.distinct(2, low=2, high=8)
    lead = d.leading()
    weights = d.normal(*lead, queries, keys, scale=1.5).softmax(-1)
    temperature = d.choice((0.25, 0.5, 2.0, 4.0))
    return {
        "weights": weights,
        "upstream": d.normal(*lead, queries, keys),
        "temperature": temperature,
    }


BACKWARD = Exercise(
    "2.6",
    "the gradient of the softmax by hand",
    softmax_backward,
    draw_backward,
    (
        mistake(
            "diagonal of the Jacobian only",
            "the gradient of the softmax",
            "You let each score move its own weight only. It moves all the weights of its row, "
            "because they share a sum: the entries off the diagonal are -p_i p_j.",
            inner="own",
        ),
        mistake(
            "second term of the Jacobian forgotten",
            "the gradient of the softmax",
            "p times g is the part from diag(p). Where is the part from p p^T? A test: the "
            "gradient of each row sums to 0.",
            inner="none",
        ),
        mistake(
            "plain mean in place of the weighted one",
            "the gradient of the softmax",
            "You subtract the mean of g over the keys; p p^T asks for the mean in which each key "
            "counts by its weight.",
            inner="plain",
        ),
        mistake(
            "weighted g averaged once more",
            "the gradient of the softmax",
            "p g is a share of g for each key, and its *sum* is the weighted mean. You divide it "
            "by the number of keys as well.",
            inner="mean",
        ),
        mistake(
            "one sum for all rows",
            "the weights and their rows",
            "You sum p g over everything. Each row is a softmax of its own: sum over its keys, "
            "keepdim=True.",
            inner="all",
        ),
        mistake(
            "weighted mean added",
            "the gradient of the softmax",
            "The second term of the Jacobian is -p p^T. A test: the gradient of each row sums to "
            "0.",
            inner="plus",
        ),
        mistake(
            "weighted mean not multiplied by p",
            "the gradient of the softmax",
            "You subtract p^T g itself. It is the second term p (p^T g): both terms carry p, look "
            "at your brackets.",
            inner="brackets",
        ),
        mistake(
            "weights in front forgotten",
            "the gradient of the softmax",
            "g minus its weighted mean is right, and then each score is moved in proportion to "
            "its own weight.",
            outer=False,
        ),
        mistake(
            "sum without the weights",
            "the gradient of the softmax",
            "You subtract the sum of g over the keys; p p^T g is p times the sum of p times g.",
            inner="sum",
        ),
        mistake(
            "sum over the queries",
            "the weights and their rows",
            "Rows do not know of each other in a softmax, and so the sum in its gradient runs "
            "over the keys of one row.",
            axis=-2,
        ),
        mistake(
            "temperature forgotten",
            "what the temperature does",
            "Your gradient is that with respect to s / tau. One more step of the chain rule leads "
            "to s.",
            heat="ignore",
        ),
        mistake(
            "multiplied by the temperature",
            "what the temperature does",
            "The derivative of s / tau with respect to s is not tau. A hotter softmax reacts less.",
            heat="multiply",
        ),
        mistake(
            "divided by the temperature twice",
            "what the temperature does",
            "Your gradient is too small by one temperature more. The chain rule meets s / tau "
            "once.",
            heat="twice",
        ),
        mistake(
            "sign turned around",
            "the gradient of the softmax",
            "Everything is right but for the sign: raising a score raises its own weight.",
            sign=-1,
        ),
    ),
)
