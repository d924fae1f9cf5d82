"""Mistakes that exercise 15.4 names."""

from course_utils.exercises.lesson15.mistakes import ON_CACHE, mistake

MISTAKES = (
    mistake(
        "nothing repaired yet",
        ON_CACHE,
        "Your function still answers like the one that was given. Count the tokens in the "
        "cache after each frame, and note the level at which each was made.",
        keep="every step",
        told="noise",
    ),
    mistake(
        "a token of every step kept",
        ON_CACHE,
        "After a frame your cache has a token of each of its steps, all of them noisy. One "
        "frame is one token, that of the clean frame.",
        keep="every step",
    ),
    mistake(
        "noisy tokens kept beside the clean one",
        ON_CACHE,
        "You add the token of the clean frame, and the noisy ones are still there. What was "
        "only tried must leave no trace.",
        keep="every step and the clean frame",
    ),
    mistake(
        "token of the last step kept",
        ON_CACHE,
        "You keep the token of the last step. It was made before that step, from a frame "
        "that was not clean yet: read the finished frame once more, at level 1.",
        keep="last step",
    ),
    mistake(
        "written frames forgotten",
        ON_CACHE,
        "Your cache holds the known frames alone. Every written frame is the past of the next one.",
        keep="nothing",
    ),
    mistake(
        "clean frame read as noise",
        ON_CACHE,
        "You read the finished frame at the level of noise. The network believes what the "
        "level says.",
        keep="clean, told as noise",
    ),
    mistake(
        "known frames read as noise",
        ON_CACHE,
        "You read the known frames at the first level of the schedule, which says that they "
        "are noise. They are clean.",
        told="noise",
    ),
    mistake(
        "known frames not read",
        ON_CACHE,
        "Your cache does not hold the known frames: the first new frame has no past.",
        memory="written",
    ),
    mistake(
        "last frame alone remembered",
        ON_CACHE,
        "Your network sees the frame before and nothing else. Hand over the whole cache.",
        memory="last",
    ),
    mistake(
        "one noise for all frames",
        ON_CACHE,
        "All your frames start from the same noise.",
        start="first noise",
    ),
    mistake(
        "known frames not returned",
        ON_CACHE,
        "You return the new frames alone. The clip begins with the known ones.",
        returned="new",
    ),
    mistake(
        "a draft of the steps read along",
        ON_CACHE,
        "Within a frame your network reads the tokens of its own earlier steps. What was "
        "only tried must leave no trace, not even there.",
        keep="draft",
    ),
    mistake(
        "noise read for the memory",
        ON_CACHE,
        "You read the noise from which the frame started, told that it is clean. Read the "
        "finished frame.",
        keep="start",
    ),
    mistake(
        "finished frame told the level before the last",
        ON_CACHE,
        "You read the finished frame at the level of the last step. It is clean: level 1.",
        keep="clean, told the last level",
    ),
    mistake(
        "finished frame kept twice",
        ON_CACHE,
        "You keep two tokens of each written frame. One frame is one token.",
        keep="twice",
    ),
    mistake(
        "newest frame alone kept",
        ON_CACHE,
        "After each frame your cache holds its token and no other. The known frames and all "
        "written ones are the past.",
        keep="newest",
    ),
    mistake(
        "token in front of the cache",
        ON_CACHE,
        "You put the token of a new frame in front. The cache is in the order of the frames.",
        place="front",
    ),
    mistake(
        "known frames read without a past",
        ON_CACHE,
        "You read each known frame with an empty cache. Its token depends on the frames before it.",
        reader="none for known",
    ),
    mistake(
        "written frames read without a past",
        ON_CACHE,
        "You read each finished frame with an empty cache. Its token depends on the frames "
        "before it.",
        reader="none for written",
    ),
    mistake(
        "frames in place of tokens",
        ON_CACHE,
        "You keep the frames themselves. A cache holds what `predict` returns in the second place.",
        memory="frames",
    ),
    mistake(
        "way in place of velocity",
        ON_CACHE,
        "You step along the way to the clean frame, and never arrive. That way is to be "
        "walked in the time that is left.",
        step="way",
    ),
    mistake(
        "divided by what is left after the step",
        ON_CACHE,
        "You divide by what is left at the end of the step. The velocity belongs to its start.",
        step="after",
    ),
    mistake(
        "jump to the clean frame",
        ON_CACHE,
        "Every step of yours goes to the predicted frame at once. Go as far as the levels say.",
        step="jump",
    ),
    mistake(
        "finished frame replaced by the prediction",
        ON_CACHE,
        "You return what the network says of the finished frame. The last read is for its "
        "token alone.",
        returned="read once more",
    ),
    mistake(
        "new frames first",
        ON_CACHE,
        "You return the new frames before the known ones.",
        returned="new first",
    ),
)
