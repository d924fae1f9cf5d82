"""Mistakes that exercise 14.3 names."""

from course_utils.exercises.lesson14.mistakes import ON_CLEAN, ON_STEPS, mistake

MISTAKES = (
    mistake(
        "Euler",
        ON_STEPS,
        "You use the velocity at the start of each step alone. Heun looks at the end of the "
        "step too, and takes the mean of both.",
        order=1,
    ),
    mistake(
        "midpoint in place of Heun",
        ON_STEPS,
        "You step with the velocity in the middle of the step. That is another method of "
        "second order; asked for is the mean of both ends.",
        order="middle",
    ),
    mistake(
        "second velocity told the old level",
        ON_STEPS,
        "At the end of the step you tell the network the level of its start, and divide by "
        "what was left there.",
        second="now",
    ),
    mistake(
        "second velocity at the old point",
        ON_STEPS,
        "You ask for the velocity at the level ahead, but at the point where the step began. "
        "Go there first.",
        at="old point",
    ),
    mistake(
        "both velocities added",
        ON_STEPS,
        "Your steps are twice as long as they should be: the sum of two velocities is not "
        "their mean.",
        mean=1.0,
    ),
    mistake(
        "even steps",
        ON_STEPS,
        "You walk in equal steps between the first level and the last. `levels` says where to "
        "stop on the way.",
        spacing="even",
    ),
    mistake(
        "0 / 0 at the end",
        ON_CLEAN,
        "At level 1 nothing is left, and way through time is 0 / 0. A step that ends there "
        "needs no second look: it lands on the predicted clip.",
        end="divided",
    ),
    mistake(
        "end saved by a small number",
        ON_CLEAN,
        "You keep the division at level 1 finite with a small number below it. Then the second "
        "velocity is wrong, or only rounding; a step that ends at 1 has one velocity.",
        end="clamped",
    ),
    mistake(
        "prediction taken for a velocity",
        ON_CLEAN,
        "You step along the predicted clip as if it were a direction. The network says where "
        "to arrive: from that and the point follows the velocity.",
        slope="clean clip",
    ),
    mistake(
        "way in place of velocity",
        ON_CLEAN,
        "You step along the way to the predicted clip, and never arrive. That way is to be "
        "walked in the time that is left.",
        slope="way",
    ),
    mistake(
        "last step always Euler",
        ON_STEPS,
        "Your last step is Euler's also when it ends before level 1. There both velocities exist.",
        last="by its number",
    ),
    mistake(
        "walked from level 0",
        ON_STEPS,
        "You begin at level 0. The points stand at levels[0], which may be later.",
        spacing="from 0",
    ),
    mistake(
        "last step left out",
        ON_STEPS,
        "Your walk ends one level early: n + 1 levels make n steps.",
        spacing="last left out",
    ),
    mistake(
        "second prediction told the old level",
        ON_STEPS,
        "You go ahead and ask there, but tell the network the level at which the step began.",
        second="told now",
    ),
    mistake(
        "second way divided by what was left before",
        ON_STEPS,
        "You divide the second way by what was left at the start of the step. There it is less.",
        second="divided by now",
    ),
    mistake(
        "second way from the old point",
        ON_STEPS,
        "Your second velocity leads from the point where the step began to the clean clip "
        "predicted ahead. It begins where you asked.",
        at="clean ahead",
    ),
    mistake(
        "clean clips averaged",
        ON_STEPS,
        "You average the two predicted clips and step towards the mean. Heun averages the "
        "two velocities: each has its own point, and its own time that is left.",
        mean="of the clean clips",
    ),
    mistake(
        "second velocity alone",
        ON_STEPS,
        "You step with the velocity at the end of the step alone. Heun takes the mean of "
        "both ends.",
        mean="second alone",
    ),
    mistake(
        "quarter of both",
        ON_STEPS,
        "Your steps are half as long as they should be: the mean of two is half their sum.",
        mean=0.25,
    ),
    mistake(
        "first velocity weighed double",
        ON_STEPS,
        "You weigh the velocities 2 : 1. Heun takes their mean.",
        mean="a third",
    ),
    mistake(
        "step taken on top of the first",
        ON_STEPS,
        "You go to the end of the step, and then make the step with the mean on top. The "
        "point ahead is only a trial: the step starts where it began.",
        mean="on top",
    ),
    mistake(
        "half a step on top of the first",
        ON_STEPS,
        "You add half a step of the second velocity to a whole step of the first. The first "
        "counts one half, too.",
        mean="half on top",
    ),
)
