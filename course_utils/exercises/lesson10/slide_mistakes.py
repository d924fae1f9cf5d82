"""Mistakes that exercise 10.6 names."""

from course_utils.exercises.lesson10.mistakes import mistake

ON_PAPER = "the rival from lesson 09"

MISTAKES = (
    mistake(
        "moved the wrong way",
        ON_PAPER,
        "Your object leaves its place in the wrong direction, and the two halves drift apart. "
        "To move a picture down by d, row y takes from row y - d.",
        sign=-1,
    ),
    mistake(
        "shares exchanged",
        "Eq. 10.1",
        "Right after the first frame you show mostly the last one, moved far. The nearer "
        "frame gets the larger share.",
        swapped=True,
    ),
    mistake(
        "divided by the number of missing frames",
        "Eq. 10.1",
        "In your last missing frame the object has arrived. With K missing frames there are K "
        "+ 1 steps.",
        divisor="missing",
    ),
    mistake(
        "whole pixels only",
        "a faster move",
        "Your object jumps from pixel to pixel. Half a pixel is a mixture of two: the weights "
        "of a tent.",
        steps="whole",
    ),
    mistake(
        "nothing moved",
        "what costs nothing",
        "This is the linear blend: two ghosts that stand still.",
        steps="none",
    ),
    mistake(
        "background moved too",
        "a faster move",
        "A dark rim follows your object: the ground was moved with it, and outside there is "
        "nothing. Move what differs from the background, and lay it on the background again.",
        ground="moved",
    ),
    mistake(
        "centre of the brightness",
        ON_PAPER,
        "You weigh each pixel by its brightness, so that the ground pulls the centre to the "
        "middle of the frame. How much does each pixel differ from the background?",
        weigh="brightness",
    ),
    mistake(
        "first frame only",
        "two hands and a fade",
        "You move the first frame and never show the last. Both can be moved to where the "
        "object is, and the nearer one knows better.",
        hands="first",
    ),
    mistake(
        "last frame only",
        "two hands and a fade",
        "You move the last frame and never show the first. Both can be moved to where the "
        "object is, and the nearer one knows better.",
        hands="last",
    ),
    mistake(
        "half of each",
        "Eq. 10.1",
        "Both moved frames count one half in all your frames. How near is each?",
        hands="half",
    ),
    mistake(
        "nearer frame only",
        "two hands and a fade",
        "You switch from one frame to the other in the middle. Here they fade.",
        hands="nearer",
    ),
    mistake(
        "both moved alike",
        ON_PAPER,
        "You move the last frame on as far as the first. The last one must go back, by what is "
        "left of the way.",
        second="ahead",
    ),
    mistake(
        "rows and columns exchanged",
        "a faster move",
        "What belongs to the rows moves your columns. Compare a picture that moves straight down.",
        axes="xy",
    ),
    mistake(
        "signed difference",
        ON_PAPER,
        "You sum differences with their signs: where the object is darker than the ground "
        "they cancel others. Take absolute values.",
        weigh="signed",
    ),
    mistake(
        "squares of the difference",
        ON_PAPER,
        "You weigh each pixel by the square of its difference. Here it is the absolute difference.",
        weigh="squares",
    ),
    mistake(
        "first channel alone",
        ON_PAPER,
        "You look at the first channel. The object may differ in the others: sum over the "
        "channels.",
        weigh="first channel",
    ),
    mistake(
        "every pixel above a threshold counts alike",
        ON_PAPER,
        "You count pixels that differ enough, all alike. Each counts by how much it differs.",
        weigh="threshold",
    ),
    mistake(
        "brightest pixel for the centre",
        ON_PAPER,
        "You take the pixel that differs most. The centre is a mean over all, and lies "
        "between pixels.",
        weigh="brightest",
    ),
    mistake(
        "way not in pixels",
        ON_PAPER,
        "You divide the way by the size of the frame. The shift is in pixels.",
        axes="shares",
    ),
    mistake(
        "rows alone moved",
        ON_PAPER,
        "Your object moves along the rows alone, up and down.",
        axes="rows",
    ),
    mistake(
        "columns alone moved",
        ON_PAPER,
        "Your object moves along the columns alone, left and right.",
        axes="columns",
    ),
    mistake(
        "counted from 0",
        ON_PAPER,
        "Your first missing frame is the first known one again. Missing frame k of K counts "
        "from 1.",
        divisor="from 0",
    ),
    mistake(
        "from known frame to known frame",
        ON_PAPER,
        "Your first missing frame is the first known one, and your last the last: with K "
        "missing frames there are K + 1 steps.",
        divisor="one less",
    ),
    mistake(
        "frames backwards",
        ON_PAPER,
        "Your frames run from the last to the first.",
        divisor="backwards",
    ),
    mistake(
        "last frame moved on",
        ON_PAPER,
        "You move the last frame forward by what is left. It must go *back* by that.",
        second="turned",
    ),
    mistake(
        "last frame moved back all the way",
        ON_PAPER,
        "You move the last frame back to the start in every missing frame. It goes back by "
        "what is left of the way.",
        second="all",
    ),
    mistake(
        "last frame not moved",
        ON_PAPER,
        "You leave the object of the last frame where it is. It goes back by what is left "
        "of the way.",
        second="none",
    ),
    mistake(
        "first frame moved all the way",
        ON_PAPER,
        "You move the first frame to the end in every missing frame. In frame k it has made "
        "k / (K + 1) of the way.",
        ahead_by="all",
    ),
    mistake(
        "first frame not moved",
        ON_PAPER,
        "You leave the object of the first frame where it is. In frame k it has made k / (K "
        "+ 1) of the way.",
        ahead_by="none",
    ),
    mistake(
        "fractions of a pixel cut off",
        ON_PAPER,
        "You cut the way to whole pixels. Half a pixel is a mixture of two: the weights of a tent.",
        steps="cut",
    ),
    mistake(
        "both moved frames added",
        ON_PAPER,
        "You add the two moved frames, and the object is twice as strong. Blend them: the "
        "shares sum to 1.",
        hands="added",
    ),
    mistake(
        "stronger of the two shown",
        ON_PAPER,
        "You show the stronger of the two at each pixel. Here they fade.",
        hands="stronger",
    ),
    mistake(
        "background left out",
        ON_PAPER,
        "You return the moved difference alone. Lay it on the background again.",
        lay="nothing",
    ),
    mistake(
        "background laid twice",
        ON_PAPER,
        "You lay the result on a ground that has the background in it already.",
        lay="twice",
    ),
)
