"""Mistakes that exercise 15.3 names."""

from course_utils.exercises.lesson15.mistakes import ON_LOSS, mistake

MISTAKES = (
    mistake(
        "clean frames scored",
        ON_LOSS,
        "A frame at level 1 counts in your loss, with the largest weight of all. It was "
        "given: there is nothing to learn from it.",
        clean="scored",
    ),
    mistake(
        "padding scored",
        ON_LOSS,
        "Frames that do not exist count in your loss.",
        padding="scored",
    ),
    mistake(
        "weight not capped",
        ON_LOSS,
        "A frame at level 0.97 has a weight of 1111 in your loss. What is left counts as "
        "`floor` at least.",
        cap="none",
    ),
    mistake(
        "floor used as a ceiling",
        ON_LOSS,
        "What is left never exceeds the floor in yours, so that every frame has the same "
        "large weight. `clamp(min=...)` holds from below.",
        cap="above",
    ),
    mistake(
        "weight not squared",
        ON_LOSS,
        "Your weight is 1 / (1 - level). The error is squared, and so is what divides it.",
        power=1,
    ),
    mistake(
        "weight inverted",
        ON_LOSS,
        "You weigh the noisiest frames most. The velocity's error is the clean frame's, "
        "divided by what is left.",
        weight="inverted",
    ),
    mistake(
        "no weight",
        ON_LOSS,
        "Your loss is that of the clean frames. How does an error in a clean frame become one "
        "in the velocity?",
        weight="none",
    ),
    mistake(
        "divided by all frames",
        ON_LOSS,
        "A batch with many clean frames has a smaller loss in yours, though nothing was "
        "learned. Divide by the frames that are scored.",
        divide="all",
    ),
    mistake(
        "divided by the weights",
        ON_LOSS,
        "You return a weighted mean. Divide by the number of scored frames: the weights turn "
        "an error of clips into one of velocities, and are not to be normalised away.",
        divide="weights",
    ),
    mistake(
        "not divided",
        ON_LOSS,
        "Your loss grows with the batch. It is a mean over the scored frames.",
        divide="nothing",
    ),
    mistake(
        "0 / 0 when all is clean",
        ON_LOSS,
        "When every frame is clean you divide 0 by 0. There is nothing to learn: the loss is 0.",
        safe=False,
    ),
    mistake(
        "mean of the clips' means",
        ON_LOSS,
        "You average within each clip first. A frame of a clip with one scored frame then "
        "counts as much as all frames of another.",
        pool="clips",
    ),
    mistake(
        "pure noise not scored",
        ON_LOSS,
        "A frame at level 0 is silent in your loss. It was asked for, and has most to learn from.",
        clean="noise too",
    ),
    mistake(
        "nearly clean frames not scored",
        ON_LOSS,
        "You leave out all frames near level 1. Only those *at* 1 were given; for the "
        "others there is the floor.",
        clean="near",
    ),
    mistake(
        "clean frames alone scored",
        ON_LOSS,
        "You score the frames that were given, and no others.",
        clean="alone",
    ),
    mistake(
        "padding alone scored",
        ON_LOSS,
        "You score the frames that do not exist, and no others: your mask is inverted.",
        padding="alone",
    ),
    mistake(
        "scored if one of the two holds",
        ON_LOSS,
        "You score frames that are noisy *or* exist. They must do both.",
        padding="or",
    ),
    mistake(
        "absolute error",
        ON_LOSS,
        "You take absolute differences. The loss is a mean of squares.",
        size="absolute",
    ),
    mistake(
        "sum over the pixels",
        ON_LOSS,
        "You sum over the numbers of a frame. Its error is their mean.",
        size="sum",
    ),
    mistake(
        "sum over the channels",
        ON_LOSS,
        "You sum over the channels and average over pixels. The error of a frame is the "
        "mean over all its numbers.",
        size="channels",
    ),
    mistake(
        "floor added",
        ON_LOSS,
        "You add the floor to what is left. It holds from below: what is left counts as it "
        "is, and as `floor` at least.",
        cap="added",
    ),
    mistake(
        "square held by the floor",
        ON_LOSS,
        "You let the *square* be `floor` at least. What is left counts as `floor` at least, "
        "and is squared then.",
        cap="square",
    ),
    mistake(
        "squares of both added",
        ON_LOSS,
        "You add the square of the floor to that of what is left. The floor holds from "
        "below, and changes nothing above it.",
        cap="sum of squares",
    ),
    mistake(
        "divided by the level",
        ON_LOSS,
        "You divide by the level, which is the way that is behind. How much is left?",
        weight="level",
    ),
    mistake(
        "divided by all that exist",
        ON_LOSS,
        "You divide by the frames that exist, clean ones among them. Divide by the frames "
        "that are scored.",
        divide="existing",
    ),
    mistake(
        "divided by all noisy frames",
        ON_LOSS,
        "You divide by the noisy frames, padding among them. Divide by the frames that are scored.",
        divide="noisy",
    ),
    mistake(
        "divided by the clips",
        ON_LOSS,
        "You divide by the number of clips. Divide by the frames that are scored.",
        divide="clips",
    ),
    mistake(
        "divided by one too many",
        ON_LOSS,
        "You add 1 to the number of frames against 0 / 0, and the mean is too small. A "
        "clamp changes 0 alone.",
        divide="one more",
    ),
)
