"""Mistakes that exercise 13.5 names."""

from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import SHIFT

MISTAKES = (
    mistake(
        "one other code tried",
        SHIFT,
        "You try one other code at each place. A model may look for a single code: only when "
        "all others were tried and nothing moved does it not read there.",
        values="next",
    ),
    mistake(
        "every other code must show",
        SHIFT,
        "You ask that all other codes change the answer. One that does is enough: the model "
        "reads there.",
        values="all",
    ),
    mistake(
        "first clip only",
        SHIFT,
        "You look at the first clip, or change codes there alone. A leak may show in some clips "
        "only: any clip counts.",
        clips="first",
    ),
    mistake(
        "every clip must show",
        SHIFT,
        "You ask that all clips change. One that does is enough: the model reads there.",
        clips="all",
    ),
    mistake(
        "most probable code compared",
        SHIFT,
        "You compare which code is the most probable. A probability can move without "
        "changing who is first: compare the logits.",
        compare="choice",
    ),
    mistake(
        "sum of the logits compared",
        SHIFT,
        "You compare the sums of the logits. What one code gains others may lose, and the sum "
        "stays: compare each.",
        compare="sum",
    ),
    mistake(
        "a whole frame changed at once",
        SHIFT,
        "You change all tokens of a frame together and cannot tell them apart. Change one "
        "place, and put it back before the next.",
        unit="frame",
    ),
    mistake(
        "rows and columns exchanged",
        SHIFT,
        "Your table stands on its side: the row is the place that answers, the column the one "
        "that it reads.",
        turned=True,
    ),
    mistake(
        "counted token by token",
        SHIFT,
        "Your places run through all frames of token 0, then of token 1. Here they run frame "
        "by frame.",
        order="by token",
    ),
    mistake(
        "a place may see itself",
        SHIFT,
        "You let a place read itself. Then the answer is the question: the diagonal of the "
        "table is a leak too.",
        allowed="itself",
    ),
    mistake(
        "the past counted as a leak",
        SHIFT,
        "You raise the alarm for what lies before. Which side of the diagonal is later?",
        allowed="later",
    ),
    mistake(
        "own frame allowed",
        SHIFT,
        "You look for later frames alone. Within a frame token s may read tokens before s, "
        "not itself and not those behind it.",
        allowed="own frame",
    ),
    mistake(
        "last clip only",
        SHIFT,
        "You look at the last clip. A leak may show in some clips only: any clip counts.",
        clips="last",
    ),
    mistake(
        "code 0 in place of each other",
        SHIFT,
        "You put code 0 in each place. Where 0 stood nothing changes, and the other codes "
        "are never tried.",
        values="zero",
    ),
    mistake(
        "changes that are not taken back",
        SHIFT,
        "You go on from the codes that you changed, so that a place seems to read what was "
        "changed before. Clone the codes anew for each change.",
        put_back="never",
    ),
    mistake(
        "rising logits only",
        SHIFT,
        "You look for logits that grow. A leak may only make them fall: take the absolute "
        "difference.",
        compare="signed",
    ),
    mistake(
        "first logit only",
        SHIFT,
        "You compare the logit of the first code. A leak may show in another: any of them counts.",
        compare="first",
    ),
    mistake(
        "faint leak overlooked",
        SHIFT,
        "You count a difference only when it is large. A faint leak is one: more than "
        "0.000001 counts.",
        compare="coarse",
    ),
    mistake(
        "rounding taken for a leak",
        SHIFT,
        "You count every difference, also in the last digit. What moves by less than "
        "0.000001 is rounding.",
        compare="exact",
    ),
    mistake(
        "alarm for a place that reads itself only",
        SHIFT,
        "You look at the diagonal alone. A place that reads a later one leaks too.",
        allowed="others",
    ),
    mistake(
        "alarm only when all leaks",
        SHIFT,
        "You ask that every forbidden place is read. One is enough for a leak.",
        asked="all",
    ),
    mistake(
        "alarm when nothing leaks",
        SHIFT,
        "Your second value is True when the model is sound. It says whether it *leaks*.",
        asked="sound",
    ),
    mistake(
        "alarm when some past is missing",
        SHIFT,
        "You ask that the table is full below the diagonal. A model that reads less than it "
        "may does not leak.",
        asked="complete",
    ),
    mistake(
        "table of what is not read",
        SHIFT,
        "Your table is True where nothing moves.",
        shown="does not read",
    ),
)
