"""Mistakes that exercise 15.2 names."""

from course_utils.exercises.lesson15.mistakes import ON_LEVELS, mistake

MISTAKES = (
    mistake(
        "known frames wait their turn too",
        ON_LEVELS,
        "A missing frame behind a known one starts later than it must: the known one counted. "
        "Only missing frames stand in the queue.",
        rank="all",
    ),
    mistake(
        "earlier frames lag",
        ON_LEVELS,
        "Your last frames are clean first. Here the past goes ahead, so that the future can "
        "be told from it.",
        order="earlier lag",
    ),
    mistake(
        "known frames made noisy",
        ON_LEVELS,
        "Your known frames do not stay at level 1. They are given, in every round.",
        keep="written",
    ),
    mistake(
        "levels above 1 and below 0",
        ON_LEVELS,
        "Your levels go on beyond the ends. A frame waits at 0, and stays at 1 when it is done.",
        clamp="none",
    ),
    mistake(
        "levels below 0",
        ON_LEVELS,
        "A frame that waits has a level below 0 in yours. It is noise, and that is 0.",
        clamp="above",
    ),
    mistake(
        "levels above 1",
        ON_LEVELS,
        "A frame that is done goes on rising in yours. Clean is 1.",
        clamp="below",
    ),
    mistake(
        "start left out",
        ON_LEVELS,
        "Your first row is the state after the first step. The first row is where all "
        "missing frames are noise.",
        rows="no start",
    ),
    mistake(
        "last frame never clean",
        ON_LEVELS,
        "Your last row still has a frame below 1. How many rounds has the last frame to wait, "
        "and how many steps to go?",
        rows="no end",
    ),
    mistake(
        "no lag",
        ON_LEVELS,
        "All your frames rise together. Each starts `lag` rounds after the missing frame "
        "before it.",
        delay="none",
    ),
    mistake(
        "one frame after the other",
        ON_LEVELS,
        "Your frames wait until the one before is done. That is a lag of `steps`; here it may "
        "be shorter.",
        delay="whole",
    ),
    mistake(
        "rounds though nothing is missing",
        ON_LEVELS,
        "Where every frame is known you still plan rounds. The start is the end there: one row.",
        empty="rounds",
    ),
    mistake(
        "one step too small",
        ON_LEVELS,
        "Your steps are 1 / (steps + 1): a frame is not done after `steps` of them.",
        step="more",
    ),
    mistake(
        "queue counted from 1",
        ON_LEVELS,
        "Your first missing frame waits too. It is number 0 and starts at once.",
        queue="from 1",
    ),
    mistake(
        "later frames ahead",
        ON_LEVELS,
        "You add the lag: later frames have made more steps than earlier ones. They are behind.",
        sign=1,
    ),
    mistake(
        "lag not divided by the steps",
        ON_LEVELS,
        "You take the lag off the level. It counts rounds: take it off the round, before "
        "you divide by the steps.",
        delay="not in steps",
    ),
    mistake(
        "lag counted in whole rises",
        ON_LEVELS,
        "You wait lag times `steps` rounds. The lag counts rounds.",
        delay="times",
    ),
    mistake(
        "lag of 1 at least",
        ON_LEVELS,
        "With a lag of 0 all frames rise together. Yours wait a round each.",
        delay="one",
    ),
    mistake(
        "a row too many",
        ON_LEVELS,
        "Your last row stands twice: in no earlier row is all clean.",
        rows="one more",
    ),
    mistake(
        "a lag too many",
        ON_LEVELS,
        "You count a lag for every missing frame. The first one has none: of n frames the "
        "last waits n - 1 lags.",
        rows="a lag more",
    ),
    mistake(
        "rows for known frames too",
        ON_LEVELS,
        "You count rounds as if every frame were missing. Only missing frames stand in the queue.",
        rows="of all frames",
    ),
    mistake(
        "first row one step on",
        ON_LEVELS,
        "Your rows count rounds from 1. The first row is the start, where all missing "
        "frames are noise.",
        rows="shifted",
    ),
    mistake(
        "one step too large",
        ON_LEVELS,
        "Your steps are 1 / (steps - 1): a frame is clean one round early.",
        step="fewer",
    ),
    mistake(
        "known frames as noise",
        ON_LEVELS,
        "Your known frames are at level 0. They are given: level 1 in every round.",
        keep="noise",
    ),
    mistake(
        "known frames rise too",
        ON_LEVELS,
        "Your known frames rise from 0. They are given: level 1 in every round.",
        keep="rising",
    ),
    mistake(
        "rows from the end to the start",
        ON_LEVELS,
        "Your first row is the end. The first row is the start, where all missing frames "
        "are noise.",
        level="backwards",
    ),
    mistake(
        "noise in place of levels",
        ON_LEVELS,
        "Your rows say how much noise is left. A level is 1 for a clean frame.",
        level="noise",
    ),
)
