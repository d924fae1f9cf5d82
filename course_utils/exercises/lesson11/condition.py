"""Exercise 11.3: a condition that says the wrong style and shows the answer, to repair."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson11.mistakes import mistake


def make_condition(
    films,
    start,
    goal,
    other,
    *,
    word="right",
    source="start",
    of="other",
    drawn="goal",
    when="middle",
    axis=True,
    far="zero",
):
    B, _, T = films.shape[:3]
    rows = torch.arange(B, device=films.device)
    words = {"right": goal + 1, "short": goal, "start": start + 1}[word][:, None]
    film = films[rows, {"start": start, "goal": goal}[source]]
    whose = {"other": other, "own": rows}[of]
    style = {"goal": goal, "start": start}[drawn]
    reference = films[whose, style]
    if when == "middle":
        reference = reference[:, T // 2 : T // 2 + 1]
    elif when == "first":
        reference = reference[:, :1]
    sources = film[:, :, None] if axis else film
    offsets = torch.zeros(B, T, 1).to(films)
    if far == "time":
        offsets = offsets + torch.arange(T).to(films)[:, None]
    return words, reference, sources, offsets


def draw_films(d):
    B, S, T, H, W = d.distinct(5, low=3, high=8)
    goal = torch.cat([d.permutation(S) for _ in range(3)])[:B]
    goal[0] = 0  # the style that a word forgotten by one would turn into padding
    start = (goal + 1 + int(d.permutation(S - 1)[0])) % S
    turn = 1 + int(d.permutation(B - 1)[0])
    other = (torch.arange(B) + turn) % B
    return {"films": d.uniform(B, S, T, 3, H, W), "start": start, "goal": goal, "other": other}


CONDITION = Exercise(
    "11.3",
    "repair a condition that gives the answer away",
    make_condition,
    draw_films,
    (
        mistake(
            "nothing repaired yet",
            "the condition, and one hand more",
            "Your function still answers like the one that was given. Say in words what a model "
            "may know of the target, and look for what it is told beyond that.",
            word="short",
            of="own",
            when="all",
        ),
        mistake(
            "word 0 for the first style",
            "break it: a style that is not said",
            "Your words start at 0, and 0 is padding, which exists for no one: the first style is "
            "never said, and all others are said wrongly.",
            word="short",
        ),
        mistake(
            "old style named",
            "Eq. 11.4",
            "Your words name the style that the clip has. Which one is wanted?",
            word="start",
        ),
        mistake(
            "reference of the clip itself",
            "Eq. 11.4",
            "Your reference is a frame of the target: the model may copy it. It must show the "
            "style on something else.",
            of="own",
        ),
        mistake(
            "reference in the old style",
            "Eq. 11.4",
            "Your reference shows the other clip in the style that is to be left. In which style "
            "is it wanted?",
            drawn="start",
        ),
        mistake(
            "whole clip as the reference",
            "Eq. 11.4",
            "Your reference has all frames of the other clip. The promise is one picture, that of "
            "the middle.",
            when="all",
        ),
        mistake(
            "first frame as the reference",
            "Eq. 11.4",
            "Your reference is the first frame; the text asks for that of the middle, T // 2.",
            when="first",
        ),
        mistake(
            "target given as the source",
            "Eq. 11.4",
            "Your sources are the target itself: a fresh model, which changes nothing, would have "
            "no error at all.",
            source="goal",
        ),
        mistake(
            "axis of the sources forgotten",
            "Eq. 11.4",
            'Sources are "B T k C H W". There is one for each frame, k = 1, and its axis must '
            "stand there.",
            axis=False,
        ),
        mistake(
            "offset counted from the first frame",
            "Eq. 11.4",
            "An offset says how far the source lies from the frame that is written. Source and "
            "answer are the same frame in two styles.",
            far="time",
        ),
    ),
    returns=("words", "reference", "sources", "offsets"),
)
