"""Exercises 2.1 and 2.6: the softmax and its gradient."""

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson02.mistakes import mistake

# 2.1 softmax


def softmax(
    scores, temperature, *, axis=-1, shift="row", heat="divide", power=True, normalise=True
):
    scaled = {"divide": scores / temperature, "multiply": scores * temperature, "ignore": scores}[
        heat
    ]
    everything = tuple(range(scores.ndim))
    over = everything if axis is None else axis
    if shift != "none":
        off = {
            "row": lambda: scaled.amax(over, keepdim=True),
            "all": lambda: scaled.amax(everything, keepdim=True),
            "undivided": lambda: scores.amax(over, keepdim=True),
            "mean": lambda: scaled.mean(over, keepdim=True),
        }[shift]
        scaled = scaled - off()
    raised = scaled.exp() if power else scaled
    return raised / raised.sum(over, keepdim=True) if normalise else raised


def draw_scores(d):
    queries, keys = d.distinct(2, low=2, high=8)
    scores = d.normal(*d.leading(), queries, keys, scale=1.5)
    temperature = d.choice((0.25, 0.5, 2.0, 4.0))
    if d.every(6, start=1):
        scores = scores + 1000  # exp overflows unless the largest score is taken off
    if d.every(3, start=2):
        scores[..., 0, :] -= 1000  # and one row lies far below the others
    if d.every(6, start=3):
        scores[..., 1] += 1000  # in every row the others lie so far below that the mean is no help
    if d.every(6, start=4):
        scores, temperature = scores + 60, 0.5  # exp(120) overflows, exp(120 - 60) does not
    return {"scores": scores, "temperature": temperature}


SOFTMAX = Exercise(
    "2.1",
    "a softmax that cannot overflow",
    softmax,
    draw_scores,
    (
        mistake(
            "largest score not taken off",
            "the stable form of the softmax",
            "Small scores come out right, but exp(1000) is infinite and inf / inf is NaN. What "
            "may you subtract from all the scores of a row without changing its weights?",
            shift="none",
        ),
        mistake(
            "largest score of the undivided scores taken off",
            "the stable form of the softmax",
            "You divide by the temperature first: take off the largest of the *divided* scores.",
            shift="undivided",
        ),
        mistake(
            "something other than the largest score taken off",
            "the stable form of the softmax",
            "Where the scores of one row lie far apart, exp is infinite. What remains after you "
            "subtract must never be above 0.",
            shift="mean",
        ),
        mistake(
            "largest score of the whole tensor taken off",
            "the stable form of the softmax",
            "A row that lies far below the others becomes 0 / 0, which is NaN. Every row needs "
            "its own largest score.",
            shift="all",
        ),
        mistake(
            "softmax over the queries",
            "the weights and their rows",
            "Your columns sum to 1, your rows do not. Which axis holds the keys that one query "
            "chooses among?",
            axis=-2,
        ),
        mistake(
            "softmax over everything at once",
            "the weights and their rows",
            "All your numbers together sum to 1. Each row is a choice of its own: sum over one "
            "axis, and keep it (keepdim=True) so that the division lines up.",
            axis=None,
        ),
        mistake(
            "softmax over the first axis",
            "the weights and their rows",
            "dim=0 is the queries of a single matrix, and with leading dimensions something else "
            "again. Count axes from the end: the keys are the last one.",
            axis=0,
        ),
        Misconception(
            "axis dropped by the sum",
            "A sum or maximum over an axis takes that axis away, and then the shapes do not line "
            "up. keepdim=True keeps it with size 1.",
            "lesson 02, the stable form of the softmax",
            wrong=lambda scores, temperature: scores / scores.sum(-1),
            stops=True,
        ),
        mistake(
            "multiplied by the temperature",
            "what the temperature does",
            "Your weights become sharper when it gets hotter. Which limit do you want for a very "
            "large temperature?",
            heat="multiply",
        ),
        mistake(
            "temperature forgotten",
            "what the temperature does",
            "Your weights are those of temperature 1, whatever the temperature is.",
            heat="ignore",
        ),
        mistake(
            "not normalised",
            "the weights and their rows",
            "Your rows do not sum to 1: the largest weight of each is exactly 1. What is missing "
            "below the fraction line?",
            normalise=False,
        ),
        mistake(
            "no exponential",
            "softmax",
            "You divide the scores by their sum. That gives negative weights, and 0 / 0 for equal "
            "scores. What makes every score positive and keeps their order?",
            power=False,
        ),
    ),
)


# 2.6 the gradient of the softmax


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
