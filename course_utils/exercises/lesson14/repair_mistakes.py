"""Mistakes that exercise 14.4 names."""

from course_utils.exercises.lesson14.mistakes import ON_LINE, ON_LOSS, mistake

MISTAKES = (
    mistake(
        "nothing repaired yet",
        ON_LINE,
        "Your function still answers like the one that was given. Print the shapes of the "
        "level and of the noise, and the weight at level 0.9.",
        levels="frames",
        noise="shared",
        weight="inverted",
    ),
    mistake(
        "level along the frames",
        ON_LINE,
        "Your levels belong to the frames, the same for every clip of the batch. A shape of "
        "(n, 1, 1, 1) meets the second axis of a clip, for axes are matched from the right.",
        levels="frames",
    ),
    mistake(
        "one level for the batch",
        ON_LINE,
        "All your clips stand at one level, so that a step of training learns one level. Draw "
        "one for each clip.",
        levels="one",
    ),
    mistake(
        "noise shared by the batch",
        ON_LINE,
        "All your clips get the same noise: a network that learns to recognise it has an easy "
        "task. Draw as many numbers as the batch has.",
        noise="shared",
    ),
    mistake(
        "weight inverted",
        ON_LOSS,
        "You weigh the noisy clips most. An error of the clean clip is an error of the "
        "velocity divided by 1 - level: which weight follows for its square?",
        weight="inverted",
    ),
    mistake(
        "no weight",
        ON_LOSS,
        "Your loss is that of the clean clip. The loss of the velocity weighs each clip by how "
        "little is left to walk.",
        weight="none",
    ),
    mistake(
        "weight not capped",
        ON_LOSS,
        "One clip at level 0.999 outweighs the whole batch a million times. What is left "
        "counts as 0.1 at least.",
        cap=False,
    ),
    mistake(
        "weight not squared",
        ON_LOSS,
        "Your weight is 1 / (1 - level). The error is squared, and so is what divides it.",
        power=1,
    ),
    mistake(
        "clean prediction held to the velocity",
        ON_LOSS,
        "You compare the prediction with clip minus noise. This network predicts the clip.",
        target="velocity",
    ),
    mistake(
        "clean prediction held to the noise",
        ON_LOSS,
        "You compare the prediction with the noise. This network predicts the clip.",
        target="noise",
    ),
    mistake(
        "weight and error averaged apart",
        ON_LOSS,
        "You multiply the mean weight by the mean error. Each clip's error belongs to its own "
        "weight: multiply first, then take the mean.",
        joined="apart",
    ),
    mistake(
        "network told how much noise",
        ON_LINE,
        "You tell the network 1 - level. The sampler will tell it the level.",
        told="noise",
    ),
    mistake(
        "noise drawn before the levels",
        ON_LOSS,
        "You draw the noise first. Here the levels come first, so that your numbers are "
        "those of the check.",
        first="noise",
    ),
    mistake(
        "a level for each frame",
        ON_LOSS,
        "Every frame of yours has its own level (lesson 15 will do that). Here a clip "
        "stands at one level as a whole.",
        levels="each frame",
    ),
    mistake(
        "levels in a bell",
        ON_LOSS,
        "You draw levels from a normal distribution. Here every level from 0 to 1 is as likely.",
        levels="bell",
    ),
    mistake(
        "noise shared by the frames",
        ON_LOSS,
        "All frames of a clip get the same noise. Draw as many numbers as the clips have.",
        noise="frame",
    ),
    mistake(
        "noise drawn evenly",
        ON_LOSS,
        "Your noise is even from 0 to 1. Here it is normal: `torch.randn`.",
        noise="even",
    ),
    mistake(
        "noise and clip exchanged",
        ON_LOSS,
        "At level 1 your point is the noise. Level 0 is noise, 1 the clean clip.",
        line="noise at 1",
    ),
    mistake(
        "square capped in place of what is left",
        ON_LOSS,
        "You let the *square* be 0.1 at least. What is left counts as 0.1 at least, its "
        "square as 0.01.",
        cap="after",
    ),
    mistake(
        "cap holds from above",
        ON_LOSS,
        "What is left is never above 0.1 in yours, so that nearly all levels weigh the "
        "same. `clamp(min=...)` holds from below.",
        cap="above",
    ),
    mistake(
        "divided by the level",
        ON_LOSS,
        "You divide by the level, which is the way that is behind. How much is left?",
        weight="level",
    ),
    mistake(
        "weight squared twice",
        ON_LOSS,
        "Your weight is 1 / (1 - level)^4. The error is squared once.",
        power=4,
    ),
    mistake(
        "absolute error",
        ON_LOSS,
        "You take absolute differences. The loss is a mean of squares.",
        size="absolute",
    ),
    mistake(
        "sum in place of mean",
        ON_LOSS,
        "Your loss grows with the batch. It is a mean over all numbers.",
        size="sum",
    ),
    mistake(
        "sum over a clip",
        ON_LOSS,
        "You sum over the numbers of a clip and average over clips alone. The mean goes "
        "over all numbers.",
        size="clip",
    ),
    mistake(
        "divided by the weights",
        ON_LOSS,
        "You return a weighted mean. The weights turn an error of clips into one of "
        "velocities, and are not to be normalised away.",
        joined="weighted mean",
    ),
)
