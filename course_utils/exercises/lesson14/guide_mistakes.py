"""Mistakes that exercise 14.5 names."""

from course_utils.exercises.lesson14.mistakes import ON_CLEAN, ON_GUIDANCE, mistake

MISTAKES = (
    mistake(
        "weight counted from the captions",
        ON_GUIDANCE,
        "With weight 1 you are already beyond the captions. Here weight 1 is the plain answer "
        "with captions: start from the answer without.",
        start="captions",
    ),
    mistake(
        "empty answer outside the interval",
        ON_GUIDANCE,
        "Outside the interval you forget the captions. No guidance is weight 1, not weight 0.",
        outside="empty",
    ),
    mistake(
        "nothing outside the interval",
        ON_GUIDANCE,
        "Outside the interval your clean clip is black. No guidance is weight 1.",
        outside="nothing",
    ),
    mistake(
        "guided everywhere",
        ON_GUIDANCE,
        "You guide at every level. Asked for is guidance between the two levels of the "
        "interval alone.",
        where="everywhere",
    ),
    mistake(
        "guided outside the interval",
        ON_GUIDANCE,
        "You guide where you should not, and not where you should.",
        where="outside",
    ),
    mistake(
        "edges of the interval left out",
        ON_GUIDANCE,
        "A clip that stands exactly on an edge of the interval gets no guidance from you. Both "
        "edges belong to it.",
        edges="open",
    ),
    mistake(
        "first clip decides for all",
        ON_GUIDANCE,
        "You look at the level of the first clip, and treat the whole batch alike. Each clip "
        "stands at its own level.",
        whose="first",
    ),
    mistake(
        "captions averaged without their shares",
        ON_GUIDANCE,
        "All your captions count alike. `shares` says how much each does.",
        mix="mean",
    ),
    mistake(
        "largest share alone",
        ON_GUIDANCE,
        "You follow the caption with the largest share and ignore the others.",
        mix="largest",
    ),
    mistake(
        "every caption in full",
        ON_GUIDANCE,
        "You add the whole pull of every caption, so that two captions of one half each pull "
        "twice. The shares sum to 1.",
        mix="added",
    ),
    mistake(
        "with and without exchanged",
        ON_GUIDANCE,
        "You step from the answer with captions to the one without, and beyond.",
        swapped=True,
    ),
    mistake(
        "velocity not guided",
        ON_CLEAN,
        "Your clean clip is guided, and your velocity still leads to the one that is not.",
        velocity="plain",
    ),
    mistake(
        "divided by the level",
        ON_CLEAN,
        "You divide the way by the level, which is the time gone by. How much is left?",
        rate="level",
    ),
    mistake(
        "first caption alone",
        ON_GUIDANCE,
        "You follow the first caption and ignore the others. `shares` says how much each counts.",
        mix="first",
    ),
    mistake(
        "captions summed without their shares",
        ON_GUIDANCE,
        "You add the answers to all captions as they are. Each counts by its share; the "
        "shares sum to 1.",
        mix="sum",
    ),
    mistake(
        "shares in another order",
        ON_GUIDANCE,
        "Your captions and shares run in opposite directions.",
        mix="shares turned",
    ),
    mistake(
        "guided from the lower edge on",
        ON_GUIDANCE,
        "You guide at all levels above the lower edge. The interval ends at the upper one.",
        where="from the lower edge",
    ),
    mistake(
        "guided up to the upper edge",
        ON_GUIDANCE,
        "You guide at all levels below the upper edge. The interval begins at the lower one.",
        where="to the upper edge",
    ),
    mistake(
        "guided if the whole batch is inside",
        ON_GUIDANCE,
        "You guide only when all clips are inside the interval. Each clip stands at its own level.",
        whose="all",
    ),
    mistake(
        "captions stand at weight 0",
        ON_GUIDANCE,
        "You step by weight + 1 from the empty answer, or by weight from the one with captions, "
        "everywhere. Here weight 1, also that outside the interval, is the plain answer with "
        "captions.",
        rule="captions first",
    ),
    mistake(
        "one taken off the weight",
        ON_GUIDANCE,
        "You step by weight - 1 from the empty answer, so that weight 1 is without "
        "captions. Papers differ; here weight 1 is the plain answer with them.",
        rule="one less",
    ),
    mistake(
        "captions times the weight",
        ON_GUIDANCE,
        "You multiply the answer by the weight, and the empty one is nowhere. Guidance "
        "steps along the difference of the two.",
        rule="captions alone",
    ),
    mistake(
        "captions added to the empty answer",
        ON_GUIDANCE,
        "You add weight times the captions to the empty answer. The step is along their "
        "*difference*.",
        rule="added",
    ),
    mistake(
        "velocity not divided",
        ON_CLEAN,
        "You return the way to the clean clip. It has to be walked in the time that is left.",
        rate="none",
    ),
    mistake(
        "way left counted as 0.1 at least",
        ON_CLEAN,
        "You cap what is left at 0.1. The loss of a network does so; the velocity does not.",
        rate="capped",
    ),
    mistake(
        "divided by what is left on average",
        ON_CLEAN,
        "You divide by one number for the whole batch. Each clip has its own level.",
        rate="mean",
    ),
    mistake(
        "velocity points away",
        ON_CLEAN,
        "Your velocity leads from the clean clip to the point.",
        velocity="back",
    ),
    mistake(
        "velocity from the empty answer",
        ON_CLEAN,
        "Your velocity leads from the answer without captions to the clean clip. The walk "
        "begins at `point`.",
        velocity="from empty",
    ),
    mistake(
        "parts exchanged",
        ON_CLEAN,
        "Your first part is the velocity. First comes the clean clip.",
        parts="velocity first",
    ),
)
