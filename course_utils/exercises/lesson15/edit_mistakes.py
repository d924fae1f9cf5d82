"""Mistakes that exercise 15.6 names."""

from course_utils.exercises.lesson15.mistakes import ON_EDIT, mistake

MISTAKES = (
    mistake(
        "all frames edited",
        ON_EDIT,
        "All your frames change. Those that were not chosen stay as they are.",
        whose="all",
    ),
    mistake(
        "other frames edited",
        ON_EDIT,
        "You change the frames that were not chosen.",
        whose="others",
    ),
    mistake(
        "noise added to the frames",
        ON_EDIT,
        "You add noise to the whole frame. On the line the frame fades as the noise comes: "
        "the shares sum to 1.",
        start="added",
    ),
    mistake(
        "frames replaced by noise",
        ON_EDIT,
        "Your chosen frames start as pure noise and are told to be half clean.",
        start="replaced",
    ),
    mistake(
        "steps from level 0",
        ON_EDIT,
        "Your frames stand at `level`, and your steps begin at 0.",
        begin="zero",
    ),
    mistake(
        "one level for the whole clip",
        ON_EDIT,
        "You tell the network that the untouched frames are noisy too. They are clean, and it "
        "should trust them.",
        told="same",
    ),
    mistake(
        "untouched frames moved along",
        ON_EDIT,
        "The frames that were not chosen take your steps too. They are clean already.",
        kept="moved",
    ),
    mistake(
        "untouched frames replaced by the prediction",
        ON_EDIT,
        "In place of the untouched frames you return what the network says of them.",
        kept="predicted",
    ),
    mistake(
        "one step",
        ON_EDIT,
        "You jump to the clean frames at once. Take `steps` steps.",
        count="one",
    ),
    mistake(
        "0 / 0 where there is no noise",
        ON_EDIT,
        "At level 1 nothing is to be done, and your steps divide 0 by 0. Return the clip as it is.",
        safe=False,
    ),
    mistake(
        "stopped by 0 / 0 where there is no noise",
        ON_EDIT,
        "At level 1 nothing is to be done, and your steps divide by 0. Return the clip as it is.",
        stops=True,
        safe=None,
    ),
    mistake(
        "level taken for the amount of noise",
        ON_EDIT,
        "At level 0.7 your frames are mostly noise. Level 1 is clean.",
        strength=True,
    ),
    mistake(
        "noise and clip exchanged",
        ON_EDIT,
        "Your frames start with the share `level` of noise. Level 1 is clean: `level` is "
        "the share of the clip.",
        start="exchanged",
    ),
    mistake(
        "other frames noisy too",
        ON_EDIT,
        "You put every frame on the line, and write the chosen ones anew: the others stay noisy.",
        whose="all noisy, some written",
    ),
    mistake(
        "untouched frames put back at the end",
        ON_EDIT,
        "You move all frames and put the untouched ones back at the end. On the way the "
        "network saw them drift: keep them clean in every step.",
        kept="put back",
    ),
    mistake(
        "fewer steps for a short way",
        ON_EDIT,
        "You take fewer steps where less is to walk. Here there are `steps` of them, and "
        "each is shorter.",
        count="share",
    ),
    mistake(
        "one step too few",
        ON_EDIT,
        "You take steps - 1 steps: as many levels as steps are one too few.",
        count="less",
    ),
    mistake(
        "level told after the step",
        ON_EDIT,
        "You tell the network the level at the end of the step, and show it frames from its start.",
        told="after",
    ),
    mistake(
        "first level told in every step",
        ON_EDIT,
        "You tell the network the same level in every step. The frames get cleaner on the way.",
        told="start",
    ),
    mistake(
        "untouched frames told as noise",
        ON_EDIT,
        "You tell the network that the untouched frames are noise. They are clean, and it "
        "should trust them.",
        told="others as noise",
    ),
    mistake(
        "way in place of velocity",
        ON_EDIT,
        "You step along the way to the clean frames, and never arrive. That way is to be "
        "walked in the time that is left.",
        walk="way",
    ),
    mistake(
        "jump to the clean frames",
        ON_EDIT,
        "Every step of yours goes to the predicted frames at once. Go a part of the way.",
        walk="jump",
    ),
    mistake(
        "steps of 1 / steps",
        ON_EDIT,
        "Your steps are 1 / steps long, as from level 0. From `level` to 1 less is to walk.",
        walk="steps of 1 / n",
    ),
    mistake(
        "divided by what is left after the step",
        ON_EDIT,
        "You divide by what is left at the end of the step. The velocity belongs to its start.",
        walk="divided after",
    ),
    mistake(
        "predicted frames noised again",
        ON_EDIT,
        "You put fresh shares of the first noise onto each prediction. An Euler step goes "
        "on from where the frames stand.",
        walk="noise again",
    ),
)
