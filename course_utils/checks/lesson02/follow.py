"""Exercise 2.7: attention that follows an object through a clip."""

import torch
from torch.nn.functional import one_hot

from course_utils.checks.exercise import Exercise
from course_utils.checks.lesson02.mistakes import mistake


def follow(
    query,
    frames,
    places,
    temperature,
    *,
    length="both",
    over="patches",
    heat="divide",
    take="mean",
    swap=False,
):
    if length in ("both", "keys"):
        frames = frames / frames.norm(dim=-1, keepdim=True)
    if length in ("both", "query"):
        query = query / query.norm()
    scores = frames @ query  # T N
    scores = scores / temperature if heat == "divide" else scores * temperature
    if over == "everything":
        weights = scores.flatten().softmax(0).view_as(scores)
    else:
        weights = scores.softmax(-1 if over == "patches" else 0)
    if take == "best":
        weights = one_hot(scores.argmax(-1), scores.shape[-1])
    if take == "even":
        weights = torch.full_like(scores, 1 / scores.shape[-1])
    path = weights @ places
    return path.flip(-1) if swap else path


def draw_frames(d):
    T, N, d_model = d.distinct(3, low=2, high=9)
    frames = d.normal(T, N, d_model, scale=1.5) * d.uniform(T, N, 1, low=0.5, high=2.0)
    query = frames[0, 0] + d.normal(d_model, scale=0.5)
    places = 16 * d.uniform(N, 2)
    return {"query": query, "frames": frames, "places": places, "temperature": d.choice((0.2, 0.3, 0.5))}


FOLLOW = Exercise(
    "2.7",
    "follow an object through a clip",
    follow,
    draw_frames,
    (
        mistake("lengths not divided out", "similarity of two patches",
            "You compare by the raw dot product, so that a bright patch of another colour beats the right "
            "one. Divide each token and the query by its own length first.",
            length="none",
        ),
        mistake("length of the query not divided out", "similarity of two patches",
            "Your scores are cosines times the length of the query: a brighter query acts like a lower "
            "temperature.",
            length="keys",
        ),
        mistake("lengths of the patches not divided out", "similarity of two patches",
            "You divided by the length of the query, but the tokens of the frames keep theirs: bright "
            "patches still win.",
            length="query",
        ),
        mistake("softmax over the frames", "the weights and their rows",
            "At each place your weights sum to 1 over time. The question is *where* in each frame: one "
            "softmax a frame.",
            over="frames",
        ),
        mistake("one softmax for the whole clip", "the weights and their rows",
            "All frames share one unit of attention, so that each gets only a part and your positions "
            "shrink towards 0.",
            over="everything",
        ),
        mistake("multiplied by the temperature", "what the temperature does",
            "Your weights are almost even, and the position stays near the middle. Low temperature must "
            "sharpen.",
            heat="multiply",
        ),
        mistake("best patch only", "the output as a weighted mean",
            "You jump to the place of the best patch. The weighted mean of places also hits positions "
            "between patches.",
            take="best",
        ),
        mistake("plain mean of the places", "the output as a weighted mean",
            "Your position is the middle of the frame in every frame: the weights do not enter.",
            take="even",
        ),
        mistake("x and y exchanged", "on video",
            "Your first number is the second of the places. Keep the order in which `places` holds them: "
            "x, then y.",
            swap=True,
        ),
    ),
)
