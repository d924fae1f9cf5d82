"""Mistakes that exercise 15.1 names."""

from course_utils.exercises.lesson15.mistakes import ON_TASKS, mistake

MISTAKES = (
    mistake(
        "clean and noise exchanged",
        ON_TASKS,
        "Your known frames are noise and your missing ones clean. Level 1 is clean.",
        clean=0.0,
    ),
    mistake(
        "far end forgotten",
        ON_TASKS,
        "Your interpolation knows the start alone, and is a prediction.",
        ends="first",
    ),
    mistake(
        "far end one frame short",
        ON_TASKS,
        "At the far end one known frame too few is clean: the last K of T frames start at T - K.",
        ends="short",
    ),
    mistake(
        "edit starts from pure noise",
        ON_TASKS,
        "Your edited frames start at level 0, where nothing of them is left: that is "
        "interpolation. How much noise does the strength ask for?",
        edit="noise",
    ),
    mistake(
        "strength taken for a level",
        ON_TASKS,
        "With strength 0.8 your frames keep four fifths. The strength is the share of noise, "
        "the level that of the clip.",
        edit="clean share",
    ),
    mistake(
        "clip beside in every task",
        ON_TASKS,
        "Your second row is always clean. Only a repainting has the same clip in another "
        "style beside it; elsewhere nothing is known there.",
        beside="always",
    ),
    mistake(
        "no clip beside",
        ON_TASKS,
        "Your repainting knows nothing. The clip in the old style stands beside it, clean.",
        beside="never",
    ),
    mistake(
        "rows exchanged",
        ON_TASKS,
        "Your first row is the clip beside. First comes the clip that is written.",
        rows="beside first",
    ),
    mistake(
        "one known frame too many",
        ON_TASKS,
        "Frame number `known` is clean in yours. Counting starts at 0.",
        given="one more",
    ),
    mistake(
        "repainted clip already clean",
        ON_TASKS,
        "The clip that you repaint is clean before you begin. Which of the two rows is to be "
        "written?",
        repaint="clean",
    ),
    mistake(
        "far end is one frame",
        ON_TASKS,
        "At the far end you know the last frame alone. The last `known` frames are clean.",
        ends="one frame",
    ),
    mistake(
        "all frames clean where none is known",
        ON_TASKS,
        "With known = 0 all your frames are clean: a slice from -0 begins at the first "
        "element. Start at frames - known.",
        ends="slice",
    ),
    mistake(
        "one known frame too few",
        ON_TASKS,
        "The last of the known frames is noise in yours.",
        given="one fewer",
    ),
    mistake(
        "known frames shared by both ends",
        ON_TASKS,
        "You give half of the known frames to each end. There are `known` at the start and "
        "as many at the end.",
        given="half",
    ),
    mistake(
        "prediction from the end",
        ON_TASKS,
        "Your prediction knows the last frames and not the first.",
        side="end",
    ),
    mistake(
        "known frames where nothing is known",
        ON_TASKS,
        "To generate and to repaint no frame of the clip is known, whatever `known` says.",
        unknown="known",
    ),
    mistake(
        "known frames beside a repainting only",
        ON_TASKS,
        "Beside a repainting stands the whole clip in another style, not its first frames.",
        beside="known",
    ),
    mistake(
        "known ends renoised in an edit",
        ON_TASKS,
        "In an edit all your frames are noisy. The first and the last `known` stay clean.",
        edit="everywhere",
    ),
    mistake(
        "one known frame renoised on each side",
        ON_TASKS,
        "Your edit begins one frame early and ends one late: the first and the last `known` "
        "frames stay clean.",
        edit="one frame wider",
    ),
)
