"""Mistakes that exercise 10.2 names."""

from course_utils.exercises.lesson10.mistakes import mistake

MISTAKES = (
    mistake(
        "shares exchanged",
        "Eq. 10.1",
        "Right after a known frame you show mostly the other one. The nearer frame gets the "
        "larger share.",
        swapped=True,
    ),
    mistake(
        "divided by the number of missing frames",
        "Eq. 10.1",
        "Your last missing frame of a gap is the known frame after it. Between 4 and 8 there "
        "are three missing frames and four steps: which of the two divides?",
        divisor="missing",
    ),
    mistake(
        "divided by one step too many",
        "Eq. 10.1",
        "Your blend never arrives: the last missing frame is too far from the known one. From "
        "4 to 8 are four steps.",
        divisor="more",
    ),
    mistake(
        "black outside the known frames",
        "the gap",
        "Before the first known frame, or after the last, there is only one neighbour. Here "
        "it is held.",
        ends="black",
    ),
    mistake(
        "line carried on outside",
        "the gap",
        "You go on along the line of two known frames, and leave the range of the pixels. "
        "Outside the known frames the nearest one is held.",
        ends="line",
    ),
    mistake(
        "ends wrapped round",
        "the gap",
        "After the last known frame you show the first, and before the first the last. An "
        "index of -1 is an element in Python, not an error.",
        ends="wrapped",
    ),
    mistake(
        "first and last known frame only",
        "Eq. 10.1",
        "You blend the outermost known frames and ignore those between. Which two stand "
        "around frame t?",
        around="ends",
    ),
    mistake(
        "half of each",
        "Eq. 10.1",
        "All your missing frames of a gap are the same mean. How near is each to either side?",
        share="half",
    ),
    mistake(
        "nearest frame",
        "what costs nothing",
        "You show the nearer of the two frames. Here both count, each by its nearness.",
        share="nearest",
    ),
    mistake(
        "zero divided by zero",
        "Eq. 10.1",
        "In a known frame the frame before and the frame after are the same one, and 0 / 0 is "
        "not a share. A known frame is its own answer.",
        at_known="divided",
    ),
    mistake(
        "known frames spread evenly",
        "the gap",
        "You use the known frames as if they stood at equal distances. `times` says where "
        "each was taken.",
        spacing="even",
    ),
    mistake(
        "mean outside the known frames",
        "Eq. 10.1",
        "Before the first known frame, and after the last, you show the mean of all. There "
        "the nearest known frame is held.",
        ends="mean",
    ),
    mistake(
        "first known frame held on both sides",
        "Eq. 10.1",
        "After the last known frame you show the first one again. The nearest is held: the last.",
        ends="first",
    ),
    mistake(
        "last known frame held on both sides",
        "Eq. 10.1",
        "Before the first known frame you show the last one. The nearest is held: the first.",
        ends="last",
    ),
    mistake(
        "first known frame in every gap",
        "Eq. 10.1",
        "You blend from the first known frame, in every gap. Which known frame stands last "
        "before t?",
        around="from the first",
    ),
    mistake(
        "last known frame in every gap",
        "Eq. 10.1",
        "You blend towards the last known frame, in every gap. Which known frame comes next "
        "after t?",
        around="to the last",
    ),
    mistake(
        "known frames black",
        "Eq. 10.1",
        "Your known frames are black. A known frame is its own answer.",
        at_known="black",
    ),
    mistake(
        "known frames written anew",
        "Eq. 10.1",
        "You blend known frames from their neighbours. A known frame is its own answer.",
        at_known="written",
    ),
    mistake(
        "frame before held",
        "Eq. 10.1",
        "You show the frame before and never the one after.",
        share="before",
    ),
    mistake(
        "frame after shown at once",
        "Eq. 10.1",
        "You show the frame after and never the one before.",
        share="after",
    ),
    mistake(
        "smooth in place of straight",
        "Eq. 10.1",
        "Your shares start and end slowly. Eq. 10.1 is a straight line.",
        share="smooth",
    ),
    mistake(
        "squares of the distances",
        "Eq. 10.1",
        "You weigh by the squares of the distances. Eq. 10.1 takes the distances themselves.",
        share="squares",
    ),
    mistake(
        "one step late",
        "Eq. 10.1",
        "You count from the frame behind the known one. At the known frame itself the step is 0.",
        share="one late",
    ),
    mistake(
        "share of the whole clip",
        "Eq. 10.1",
        "Your share grows over the whole clip. In each gap it runs from 0 to 1 anew.",
        share="of the clip",
    ),
    mistake(
        "time of the known frame not taken off",
        "Eq. 10.1",
        "You divide t by the gap. Take off the time of the frame before: how many steps is "
        "it behind?",
        share="of the time",
    ),
    mistake(
        "times counted from 1",
        "Eq. 10.1",
        "You show each known frame one frame late: `times` counts from 0.",
        spacing="one late",
    ),
    mistake(
        "frame before in full",
        "Eq. 10.1",
        "You add the frame after to the whole frame before, and it gets brighter. The "
        "shares sum to 1.",
        sum_of="second more",
    ),
    mistake(
        "frame after alone",
        "Eq. 10.1",
        "You fade the frame after in from black. The frame before has the rest of the share.",
        sum_of="second alone",
    ),
    mistake(
        "both frames in full",
        "Eq. 10.1",
        "You add both frames as they are. The shares sum to 1.",
        sum_of="both",
    ),
    mistake(
        "missing frames alone",
        "Eq. 10.1",
        "You return the missing frames alone. The whole clip is asked for, known frames "
        "among them.",
        shown="missing",
    ),
)
