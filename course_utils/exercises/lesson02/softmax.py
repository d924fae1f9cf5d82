"""Exercise 2.1: the softmax."""

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson02.mistakes import mistake


def softmax(
    scores, temperature, *, axis=-1, shift="row", heat="divide", power=True, normalise=True
):
    tempered = {"divide": scores / temperature, "multiply": scores * temperature}
    scaled = tempered.get(heat, scores)
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
