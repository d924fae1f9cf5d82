"""Mistakes that exercise 13.6 names."""

from course_utils.exercises.lesson13.mistakes import mistake
from course_utils.exercises.lesson13.places import MASKED

MISTAKES = (
    mistake(
        "linear schedule",
        MASKED,
        "You write as many tokens in each step. The cosine writes few at first, when little "
        "is known, and many at the end.",
        curve="linear",
    ),
    mistake(
        "sine in place of cosine",
        MASKED,
        "With you more stays masked in later steps than in earlier ones. At the end nothing "
        "must be left: which of the two is 0 at a quarter turn?",
        curve="sine",
    ),
    mistake(
        "rounded up",
        MASKED,
        "You round the schedule up. Its last value is a cosine that is 0 up to rounding, and "
        "up from there is 1: a token stays masked for ever.",
        rounding="up",
    ),
    mistake(
        "rounded to the nearest",
        MASKED,
        "You round the schedule to the nearest number. Here it is rounded down.",
        rounding="nearest",
    ),
    mistake(
        "share of what is left",
        MASKED,
        "You take the cosine of what is masked now, so that every step shrinks it once more. "
        "The schedule is a share of all N places.",
        of="left",
    ),
    mistake(
        "one step behind",
        MASKED,
        "You count steps from 0. Step k says how many are masked *after* it; after the last "
        "one none is.",
        clock="before",
    ),
    mistake(
        "a step without a token",
        MASKED,
        "A step of yours writes nothing: the schedule allowed more masked places than there "
        "are. At least one per step, as long as one is left.",
        least="none",
    ),
    mistake(
        "schedule counts what is written",
        MASKED,
        "You write as many as should stay masked. What is the number of places to write, when "
        "you know how many are masked now and how many after?",
        counts="write",
    ),
    mistake(
        "logit in place of probability",
        MASKED,
        "You compare logits of different places. A place with large logits everywhere is not "
        "sure of anything: what makes them comparable?",
        sure="logit",
    ),
    mistake(
        "sureness of the best code",
        MASKED,
        "You take the largest probability of the place. What is to be written is the proposed "
        "code: how probable is that one?",
        sure="best code",
    ),
    mistake(
        "softmax over places",
        MASKED,
        "Your softmax runs over the places. Each place chooses among the codes.",
        sure="softmax over places",
    ),
    mistake(
        "least sure first",
        MASKED,
        "You write what the model is least sure of. Those places should wait until more is "
        "known around them.",
        first="least",
    ),
    mistake(
        "ties from the end",
        MASKED,
        "Of two places that are equally sure you write the later one first. Here the earlier "
        "one goes first: what does a stable sort keep?",
        ties="late",
    ),
    mistake(
        "written places compete",
        MASKED,
        "Places that are written already take part in the choice and use up its number. They "
        "must stand behind all others.",
        written="compete",
    ),
    mistake(
        "written codes masked again",
        MASKED,
        "You keep as many codes as the schedule says and mask the rest, also what was written "
        "before. Once written, a code stays.",
        old="masked again",
    ),
    mistake(
        "written codes replaced",
        MASKED,
        "You replace codes that were written before. Once written, a code stays.",
        old="rewritten",
    ),
    mistake(
        "one step ahead",
        MASKED,
        "You take the schedule of the next step. Step k says how many are masked *after* "
        "it; steps count from 1.",
        clock="late",
    ),
    mistake(
        "cosine squared",
        MASKED,
        "You square the cosine, or take half a wave moved up, which is the same: fewer stay masked "
        "than the schedule says.",
        curve="square",
    ),
    mistake(
        "as many in each step",
        MASKED,
        "You write N / K tokens in each step, whatever is left. The schedule says how many "
        "stay masked.",
        curve="even",
    ),
    mistake(
        "one number for all clips",
        MASKED,
        "You write as many in every clip as in the first. Clips may have different numbers "
        "of masked places.",
        clips="first",
    ),
    mistake(
        "written places not taken off",
        MASKED,
        "You write as many as should be written in all, though some are written already. "
        "How many are masked now, and how many may stay?",
        counts="total",
    ),
    mistake(
        "mean number for all clips",
        MASKED,
        "You write the mean number in every clip. Clips may have different numbers of "
        "masked places.",
        clips="mean",
    ),
    mistake(
        "entropy in place of the proposed code",
        MASKED,
        "You take how even the probabilities of a place are. What is to be written is the "
        "proposed code: how probable is that one?",
        sure="entropy",
    ),
    mistake(
        "lead of the best code",
        MASKED,
        "You take the distance between the two best codes. What is to be written is the "
        "proposed code: how probable is that one?",
        sure="lead",
    ),
    mistake(
        "first places first",
        MASKED,
        "You write from left to right, however sure the model is.",
        sure="nothing",
    ),
    mistake(
        "written places at zero",
        MASKED,
        "You give written places the sureness 0. A probability may round to 0 as well, and such "
        "a masked place stays masked in the last step. Written places must stand behind all.",
        written="zero",
    ),
    mistake(
        "choice falls on written places too",
        MASKED,
        "You replace codes that were written before by proposed ones. Once written, a code "
        "stays, and takes no part in the choice.",
        written="replaced",
    ),
    mistake(
        "order taken for the rank",
        MASKED,
        "You compare the order with the number. `order[0]` is the place that is first, "
        "`order.argsort(1)` says how many go before each place.",
        place="order",
    ),
    mistake(
        "one place too many",
        MASKED,
        "You write one more than the schedule says: ranks count from 0, so that a rank "
        "below n is among the first n.",
        border="after",
    ),
    mistake(
        "equally sure places all written",
        MASKED,
        "You write all places that are as sure as the last one. Of equally sure places the "
        "earlier ones go first, and no more than the schedule says.",
        ties="together",
    ),
    mistake(
        "likeliest code written",
        MASKED,
        "You write the likeliest code of the place. Written is what was proposed, a draw: "
        "with the likeliest every clip would be the same.",
        what="best",
    ),
    mistake(
        "all masked places written",
        MASKED,
        "You write all that is masked. Only the surest are written; the others are asked again.",
        what="all",
    ),
    mistake(
        "chosen places left masked",
        MASKED,
        "You write all but the chosen places.",
        what="the others",
    ),
)
