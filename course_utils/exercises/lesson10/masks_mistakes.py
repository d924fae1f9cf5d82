"""Mistakes that exercise 10.3 names."""

from course_utils.exercises.lesson10.mistakes import mistake

MISTAKES = (
    mistake(
        "padding visible",
        "the condition",
        "Your queries may attend to places where no frame is. What the black frame of the "
        "padding says would then count.",
        padding="seen",
    ),
    mistake(
        "own frame hidden",
        "who sees the far end?",
        "Frame t may not ask the frame that was taken at t itself. Not later than t includes t.",
        compare="earlier",
    ),
    mistake(
        "future in place of past",
        "who sees the far end?",
        "Under your causal mask frame t asks what was taken later and not what was before.",
        compare="later",
    ),
    mistake(
        "own frame only",
        "who sees the far end?",
        "Frame t asks only a frame taken at t, so that a missing frame sees nothing at all.",
        compare="same",
    ),
    mistake(
        "causal ignored",
        "who sees the far end?",
        "Your mask is the same for causal=True and False. When it is True, a frame must not "
        "see what was taken later.",
        obey="never",
    ),
    mistake(
        "always causal",
        "who sees the far end?",
        "Your mask hides the far end of the gap even for causal=False. There every known "
        "frame may be seen.",
        obey="always",
    ),
    mistake(
        "mask inverted",
        "the condition",
        "Your True means may not. In this course True means may attend.",
        inverted=True,
    ),
    mistake(
        "queries counted place by place",
        "the decoder",
        "Your rows run through all frames of the first patch, then of the second. Tokens "
        "stand frame by frame: all N patches of frame 0 come first.",
        queries="by place",
    ),
    mistake(
        "keys counted place by place",
        "the condition",
        "Your columns run through all known frames of the first patch, then of the second. "
        "The memory holds all N tokens of its first frame, then those of the next.",
        keys="by place",
    ),
    mistake(
        "place in the batch for time",
        "the condition",
        "You compare t with the place of a frame in the batch, 0, 1, 2. When it was taken "
        "stands in `times`.",
        clock="places",
    ),
    mistake(
        "one later frame visible",
        "who sees the far end?",
        "Frame t may ask a frame that was taken at t + 1. Not later than t ends with t.",
        compare="one more",
    ),
    mistake(
        "later frames alone",
        "who sees the far end?",
        "Under your causal mask frame t asks only what was taken later than t, not what was "
        "before nor itself.",
        compare="strictly later",
    ),
    mistake(
        "causal for False",
        "who sees the far end?",
        "Your mask is causal when `causal` is False, and full when it is True.",
        obey="opposite",
    ),
    mistake(
        "past or existing",
        "who sees the far end?",
        "Under your causal mask a query may attend where a frame exists *or* is past. Both "
        "must hold.",
        joined="either",
    ),
    mistake(
        "padding hidden in the full mask only",
        "who sees the far end?",
        "Under your causal mask the padding may be seen: its time means nothing, also where "
        "it looks early.",
        padding="full only",
    ),
    mistake(
        "padding hidden in the causal mask only",
        "who sees the far end?",
        "With causal=False all places may be seen in yours, padding among them. It exists "
        "for nobody.",
        padding="causal only",
    ),
    mistake(
        "padding alone visible",
        "the condition",
        "Your queries ask the padding and nothing else. `known` is True where a frame stands.",
        padding="alone",
    ),
    mistake(
        "padding of the first clip for all",
        "the condition",
        "Every clip of the batch has its own padding; you use that of the first for all.",
        padding="first clip",
    ),
    mistake(
        "only places that all clips have",
        "the condition",
        "A place counts for you only where every clip of the batch has a frame. Each clip "
        "has a row of its own in `known`.",
        padding="every clip",
    ),
    mistake(
        "time 0 taken for padding",
        "the condition",
        "You take time 0 for padding. Frame 0 may be known, and the time of padding means "
        "nothing: `known` says it.",
        padding="time",
    ),
    mistake(
        "same patch only",
        "the decoder",
        "A patch of yours asks only the same patch of other frames. All patches of a frame "
        "may be asked.",
        pairs="same patch",
    ),
    mistake(
        "causal within a frame too",
        "the decoder",
        "You compare tokens, so that a patch may not see later patches of its own frame. "
        "The mask is about frames.",
        pairs="token by token",
    ),
)
