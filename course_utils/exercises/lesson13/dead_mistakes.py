"""Mistakes that exercise 13.3 names."""

from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import DEAD

MISTAKES = (
    mistake(
        "at the limit counts as dead",
        DEAD,
        "A code whose count is exactly the limit moved. Below the limit is dead, at it lives.",
        border="dies",
    ),
    mistake(
        "best represented first",
        DEAD,
        "You hand out the vectors that already have a code nearby. Who needs one most?",
        first="best",
    ),
    mistake(
        "vectors as they come",
        DEAD,
        "You hand out the batch from its start. Here the vector with the largest error comes "
        "first.",
        first="as they come",
    ),
    mistake(
        "ties from the end",
        DEAD,
        "Of two vectors with the same error you take the later one. An ascending sort that is "
        "turned round turns ties round too.",
        ties="late",
    ),
    mistake(
        "distance to dead codes",
        DEAD,
        "You measure the error against codes that are about to move. Only the living ones are "
        "still there afterwards; where none lives, all vectors are as badly off.",
        against="all",
    ),
    mistake(
        "count not reset",
        DEAD,
        "Your new codes keep the count of the old ones and are dead again in the next step. "
        "They start with 1.",
        count="kept",
    ),
    mistake(
        "count reset to 0",
        DEAD,
        "Your new codes start with 0 uses, so that they are dead again in the next step. They "
        "start with 1.",
        count="zero",
    ),
    mistake(
        "count reset to the limit",
        DEAD,
        "Your new codes start at the limit and get no time to be chosen. They start with 1.",
        count="limit",
    ),
    mistake(
        "all counts reset",
        DEAD,
        "You reset the counts of living codes too. Theirs still hold.",
        count="all",
    ),
    mistake(
        "the rest stays dead",
        DEAD,
        "When there are more dead codes than vectors some of yours stay where they are. "
        "Start again from the first vector.",
        beyond="stays dead",
    ),
    mistake(
        "last vector for all the rest",
        DEAD,
        "When there are more dead codes than vectors all of the rest get your last one. Start "
        "again from the first vector.",
        beyond="last one",
    ),
    mistake(
        "one vector for all",
        DEAD,
        "All your dead codes go to the same place. Ties go to the first, and the others are "
        "dead again at once.",
        pick="one",
    ),
    mistake(
        "errors counted again",
        DEAD,
        "You measure the errors again after each new code. That is a fine rule, but not this "
        "one: the order is settled once, against the codes that live now.",
        renew="each time",
    ),
    mistake(
        "living codes moved",
        DEAD,
        "You move the codes that are used, and leave the dead ones where they are. *Below* "
        "the limit is dead.",
        border="many",
    ),
    mistake(
        "only codes without any use are dead",
        DEAD,
        "You move only codes whose count is 0. The count is a running mean: below the limit "
        "is dead.",
        border="never",
    ),
    mistake(
        "distance to the dead codes alone",
        DEAD,
        "You measure the error against the codes that are about to move. Which codes are "
        "still there afterwards?",
        against="dead",
    ),
    mistake(
        "nobody moved where no code lives",
        DEAD,
        "Where every code is dead you leave all as it is. Nothing would ever live again: "
        "then all errors count as equal, and the vectors are taken as they come.",
        nobody="stays",
    ),
    mistake(
        "stopped where no code lives",
        DEAD,
        "Where every code is dead your minimum over no code is an error. Then all errors "
        "count as equal: take zeros.",
        stops=True,
        nobody="stops",
    ),
    mistake(
        "distance in steps along the axes",
        DEAD,
        "You sum absolute differences. The error is the *squared* distance.",
        distance="steps",
    ),
    mistake(
        "distance to the farthest code",
        DEAD,
        "You take the largest distance to a living code. The error is that to the nearest.",
        distance="farthest",
    ),
    mistake(
        "length in place of error",
        DEAD,
        "You order the vectors by their length, whatever codes there are. Whom does no "
        "living code represent?",
        distance="length",
    ),
    mistake(
        "dead codes by their counts",
        DEAD,
        "You serve the least used code first. Here dead codes come in the order of their numbers.",
        turn="count",
    ),
    mistake(
        "dead codes from the last to the first",
        DEAD,
        "You serve the last dead code first. They come in the order of their numbers.",
        turn="backwards",
    ),
    mistake(
        "vector picked by the code's own number",
        DEAD,
        "You give code number n the vector number n of the order. The first dead code takes "
        "the first vector, the second the second.",
        pick="own number",
    ),
    mistake(
        "code moved half way",
        DEAD,
        "You lay the code between its old place and the vector. It goes onto the vector.",
        laid="half way",
    ),
    mistake(
        "count raised by 1",
        DEAD,
        "You add 1 to the count of a code that moved. It starts *with* 1, whatever it was.",
        count="more",
    ),
    mistake(
        "count reset to the mean",
        DEAD,
        "Your new codes start with the mean count. They start with 1.",
        count="mean",
    ),
    mistake(
        "living codes lose their counts",
        DEAD,
        "You write 1 for living and 0 for dead codes into the counts. A code that moved "
        "gets 1, all others keep theirs.",
        count="living",
    ),
    mistake(
        "mean distance to the codes",
        DEAD,
        "You average the distances to the living codes. A vector is represented by the "
        "nearest one alone.",
        distance="mean",
    ),
)
