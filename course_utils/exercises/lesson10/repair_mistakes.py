"""Mistakes that exercise 10.4 names."""

from course_utils.exercises.lesson10.mistakes import mistake

MISTAKES = (
    mistake(
        "nothing repaired yet",
        "the gap",
        "Your function still answers like the one that was given. Take a clip whose only "
        "known frame is number 1, and write down by hand what each of the four should say.",
        first="peek",
        last="peek",
        padding="exists",
    ),
    mistake(
        "frame 0 used though it is missing",
        "the gap",
        "Before the first known frame your `before` says 0, and frame 0 is missing there: the "
        "model would read what it must write. Which known frame is nearest?",
        first="peek",
    ),
    mistake(
        "last frame used though it is missing",
        "the gap",
        "After the last known frame your `after` says T - 1, and that frame is missing there: "
        "the model would read what it must write. Which known frame is nearest?",
        last="peek",
    ),
    mistake(
        "padding counted as a frame",
        "the condition",
        "Your `exists` is True everywhere. A clip with fewer known frames than another has "
        "places without a frame, and nobody may attend to them.",
        padding="exists",
    ),
    mistake(
        "frame before must be earlier",
        "the gap",
        "Your `before` of a known frame is another frame. A known frame is its own neighbour "
        "on both sides: up to t includes t.",
        own="after",
    ),
    mistake(
        "frame after must be later",
        "the gap",
        "Your `after` of a known frame is another frame. A known frame is its own neighbour "
        "on both sides: from t on includes t.",
        own="before",
    ),
    mistake(
        "sides exchanged",
        "the gap",
        "Your `before` stands after and your `after` before. Which one did you fill from the left?",
        sides="exchanged",
    ),
    mistake(
        "times from the last to the first",
        "the condition",
        "Your times run backwards. The encoder would not mind, for it reads a set, but here "
        "they are asked for in order.",
        order="backwards",
    ),
    mistake(
        "time of padding T",
        "the condition",
        "The time of your padding is T, a frame that does not exist. Padding has the time 0.",
        fill="T",
    ),
    mistake(
        "time of padding T - 1",
        "the condition",
        "The time of your padding is the last frame. Padding has the time 0.",
        fill="T - 1",
    ),
    mistake(
        "time of padding -1",
        "the condition",
        "The time of your padding is -1. Padding has the time 0.",
        fill="-1",
    ),
    mistake(
        "existing inverted",
        "the condition",
        "Your `exists` is True at the padding.",
        padding="inverted",
    ),
    mistake(
        "frame 0 taken for padding",
        "the condition",
        "You take every time 0 for padding. Frame 0 may be known, and then it exists.",
        padding="frame 0",
    ),
    mistake(
        "no neighbour left open",
        "the gap",
        "Where no known frame is on one side, -1 or T is left. There the nearest known "
        "frame stands for both sides.",
        first="open",
        last="open",
    ),
    mistake(
        "no known frame before left open",
        "the gap",
        "Before the first known frame your `before` is -1. There the first known frame "
        "stands for both sides.",
        first="open",
    ),
    mistake(
        "no known frame after left open",
        "the gap",
        "After the last known frame your `after` is T. There the last known frame stands "
        "for both sides.",
        last="open",
    ),
    mistake(
        "frame its own neighbour though it is missing",
        "the gap",
        "Where no known frame is on one side you name the frame itself, which is missing: "
        "the model would read what it must write.",
        first="itself",
        last="itself",
    ),
    mistake(
        "neighbours wrapped round",
        "the gap",
        "Before the first known frame you name the last one, and after the last the first. "
        "There the nearest known frame stands for both sides.",
        first="wrapped",
        last="wrapped",
    ),
    mistake(
        "first and last known frame of the batch",
        "the gap",
        "Before its first known frame a clip of yours takes the first of the whole batch. "
        "Each clip has its own.",
        first="batch",
        last="batch",
    ),
    mistake(
        "known frame not its own neighbour",
        "the gap",
        "A known frame of yours has other frames on both sides. It is its own neighbour: up "
        "to t, and from t on, include t.",
        own="neither",
    ),
    mistake(
        "nearer neighbour on both sides",
        "the gap",
        "You name the nearer known frame on both sides. `before` is the last up to t, "
        "`after` the first from t on.",
        sides="nearer",
    ),
    mistake(
        "places in the list for frames",
        "the gap",
        "You name the place in the list of known frames. Asked for is the number of the frame.",
        named="places",
    ),
    mistake(
        "distances in place of frames",
        "the gap",
        "You return how far the neighbours are. Asked for are their numbers.",
        named="distances",
    ),
)
