"""Mistakes that exercise 15.5 names."""

from course_utils.exercises.lesson15.mistakes import ON_LENGTH, mistake

MISTAKES = (
    mistake(
        "last window cut short",
        ON_LENGTH,
        "Your last window is shorter than the network's. Move it back, so that it ends with "
        "the last frame: more of its frames are known then.",
        end="cut short",
    ),
    mistake(
        "known frames overwritten",
        ON_LENGTH,
        "Frames that were finished change when the next window is written. What the network "
        "returns in their place is not to be used.",
        known="overwritten",
    ),
    mistake(
        "levels inverted",
        ON_LENGTH,
        "You tell the network that the known frames are noise and the noise is clean.",
        told="noise",
    ),
    mistake(
        "all told as noise",
        ON_LENGTH,
        "You tell the network that the whole window is noise. The frames of the overlap are clean.",
        told="all noise",
    ),
    mistake(
        "the same noise in every window",
        ON_LENGTH,
        "Each of your windows starts from the first rows of the noise, and the clip repeats "
        "itself. Frame t starts from noise[t].",
        fresh="first",
    ),
    mistake(
        "one frame of each window",
        ON_LENGTH,
        "You keep one new frame of each window. All that were not known are new.",
        step="one",
    ),
    mistake(
        "overlap taken from the start",
        ON_LENGTH,
        "Every window of yours continues the first frames of the clip, not the last.",
        given="first",
    ),
    mistake(
        "overlap shown twice",
        ON_LENGTH,
        "The frames of the overlap stand twice in your clip: once as written before, and once "
        "as the window returns them.",
        seam="twice",
    ),
    mistake(
        "window begins one frame late",
        ON_LENGTH,
        "Your windows begin one frame late, so that one known frame too few stands in front.",
        shift=1,
    ),
    mistake(
        "window begins one frame early",
        ON_LENGTH,
        "Your windows begin one frame early, so that one known frame too many stands in front.",
        shift=-1,
    ),
    mistake(
        "overlap taken for the new frames",
        ON_LENGTH,
        "You keep as many new frames as the overlap has, and know the rest of the window. "
        "The overlap is what is known.",
        given="new frames",
    ),
    mistake(
        "known frames replaced by their noise",
        ON_LENGTH,
        "In front of your window stands the noise of the known frames, told as clean.",
        given="noise",
    ),
    mistake(
        "overlap told in the last window too",
        ON_LENGTH,
        "In the last window more frames are known than the overlap, and you tell the "
        "network that they are noise.",
        told="overlap",
    ),
    mistake(
        "overlap cut off the last window too",
        ON_LENGTH,
        "From the last window you keep all behind the overlap, though more of it was known: "
        "frames stand twice.",
        seam="overlap",
    ),
    mistake(
        "noise counted from the window's start",
        ON_LENGTH,
        "Your new frames start from the noise of the frames at the window's start. Frame t "
        "starts from noise[t].",
        fresh="window's",
    ),
    mistake(
        "finished frames overwritten at the end",
        ON_LENGTH,
        "Your last window writes over frames that were finished. What the network returns "
        "in their place is not to be used.",
        known="overwritten at the end",
    ),
    mistake(
        "first not cut",
        ON_LENGTH,
        "If `first` is longer than `total` you return all of it. The clip has `total` frames.",
        cut="left",
    ),
)
