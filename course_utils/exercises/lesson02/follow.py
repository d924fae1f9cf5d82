"""Exercise 2.7: attention that follows an object through a clip."""

import torch
from torch.nn.functional import one_hot

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson02.mistakes import mistake


def follow(
    query,
    frames,
    places,
    temperature,
    *,
    by="distance",
    over="patches",
    heat="divide",
    take="mean",
    xy=True,
):
    squared = ((frames - query) ** 2).sum(-1)  # T N
    scores = {
        "distance": -squared,
        "dot product": frames @ query,
        "sign": squared,
        "root": -squared.sqrt(),
        "mean": -squared / query.shape[-1],
        "half": -squared / 2,
        "no length": 2 * frames @ query,
        "one product": frames @ query - (frames**2).sum(-1),
        "added length": 2 * frames @ query + (frames**2).sum(-1),
    }[by]
    scores = scores / {"divide": temperature, "multiply": 1 / temperature, "ignore": 1.0}[heat]
    if over == "everything":
        weights = scores.flatten().softmax(0).view_as(scores)
    else:
        weights = scores.softmax(-1 if over == "patches" else 0)
    if take == "best":
        weights = one_hot(scores.argmax(-1), scores.shape[-1]).float()
    if take == "even":
        weights = torch.full_like(scores, 1 / scores.shape[-1])
    path = weights @ places
    return path if xy else path.flip(-1)


def draw_frames(d):
    T, N, d_model = d.distinct(3, low=2, high=9)
    frames = d.normal(T, N, d_model)
    query = frames[0, 0] + d.normal(d_model, scale=0.5)
    places = 16 * d.uniform(N, 2)
    return {
        "query": query,
        "frames": frames,
        "places": places,
        "temperature": d.choice((0.5, 2.0, 4.0)),
    }


FOLLOW = Exercise(
    "2.7",
    "follow an object through a clip",
    follow,
    draw_frames,
    (
        mistake(
            "dot product in place of the distance",
            "Eq. 2.2b",
            "You compare by the dot product, so that a bright patch of another colour beats the "
            "right one. The closest patch is the one with the smallest difference.",
            by="dot product",
        ),
        mistake(
            "length of the patch forgotten",
            "Eq. 2.2b",
            "2 q . x alone prefers bright patches. The price on long keys, their squared length, "
            "is missing.",
            by="no length",
        ),
        mistake(
            "factor 2 of the dot product forgotten",
            "Eq. 2.2b",
            "Expand the square: the dot product stands in it twice. Yours prefers dark patches.",
            by="one product",
        ),
        mistake(
            "squared length added",
            "Eq. 2.2b",
            "You reward long keys. Expand minus the squared distance: which sign has the squared "
            "length?",
            by="added length",
        ),
        mistake(
            "minus sign forgotten",
            "Eq. 2.2b",
            "Your attention goes to the patches that look least like the query. A large distance "
            "must give a small score.",
            by="sign",
        ),
        mistake(
            "distance not squared",
            "Eq. 2.2b",
            "You took the root of the sum. With the squares alone, the scores are a dot product "
            "minus half the squared length of the patch, times two, and a constant.",
            by="root",
        ),
        mistake(
            "half of the squared distance",
            "Eq. 2.2b",
            "The factor 1/2 of Eq. 2.2b makes a tidy formula; here it acts like a temperature "
            "twice as high. Take the whole squared distance.",
            by="half",
        ),
        mistake(
            "mean of the squares in place of their sum",
            "Eq. 2.2b",
            "Your scores are too small by the number of entries of a token: the squared distance "
            "is a sum.",
            by="mean",
        ),
        mistake(
            "softmax over the frames",
            "the weights and their rows",
            "At each place your weights sum to 1 over time. The question is *where* in each "
            "frame: one softmax a frame.",
            over="frames",
        ),
        mistake(
            "one softmax for the whole clip",
            "the weights and their rows",
            "All frames share one unit of attention, so that each gets only a part and your "
            "positions shrink towards 0.",
            over="everything",
        ),
        mistake(
            "multiplied by the temperature",
            "what the temperature does",
            "Your weights are almost even, and the position stays near the middle. Low "
            "temperature must sharpen.",
            heat="multiply",
        ),
        mistake(
            "temperature forgotten",
            "what the temperature does",
            "Your places are those of temperature 1, whatever the temperature is.",
            heat="ignore",
        ),
        mistake(
            "best patch only",
            "the output as a weighted mean",
            "You jump to the place of the best patch. The weighted mean of places also hits "
            "positions between patches.",
            take="best",
        ),
        mistake(
            "plain mean of the places",
            "the output as a weighted mean",
            "Your position is the middle of the frame in every frame: the weights do not enter.",
            take="even",
        ),
        mistake(
            "x and y exchanged",
            "the output as a weighted mean",
            "Your first number is the second of the places. Keep the order in which `places` "
            "holds them: x, then y.",
            xy=False,
        ),
    ),
)
