"""Mistakes that exercise 14.2 names."""

from course_utils.exercises.lesson14.mistakes import ON_FIELD, mistake

MISTAKES = (
    mistake(
        "weights forgotten",
        ON_FIELD,
        "All your points count alike. A point that is drawn twice as often deserves twice the "
        "share, and one of weight 0 none.",
        prior="none",
    ),
    mistake(
        "weights without their logarithm",
        ON_FIELD,
        "You add the weight itself to the exponent. What must stand there so that the "
        "exponential is multiplied by the weight?",
        prior="plain",
    ),
    mistake(
        "distance to the clean point",
        ON_FIELD,
        "You measure from the clean points. At this level the noisy points that come from x "
        "lie around level * x.",
        centre="clean",
    ),
    mistake(
        "noise of full size at every level",
        ON_FIELD,
        "Your shares do not sharpen as the level rises. The noise around level * x has the "
        "standard deviation 1 - level.",
        noise="none",
    ),
    mistake(
        "deviation in place of variance",
        ON_FIELD,
        "You divide the squared distance by 1 - level. In a Gaussian it is divided by the "
        "variance.",
        noise="deviation",
    ),
    mistake(
        "factor one half forgotten",
        ON_FIELD,
        "Your shares are too sharp: the exponent of a Gaussian has a 2 below the fraction.",
        half=False,
    ),
    mistake(
        "nearest point only",
        ON_FIELD,
        "You run to the likeliest point. Far from the end many points are possible, and the "
        "velocity is that of their mean.",
        choose="nearest",
    ),
    mistake(
        "softmax over the queries",
        ON_FIELD,
        "For one query your shares do not sum to 1. Who competes: the points, or the places "
        "that ask?",
        axis="queries",
    ),
    mistake(
        "0 / 0 of exponentials",
        ON_FIELD,
        "Far from all points, or near level 1, every exponential is 0 and your shares are 0 / "
        "0. Take the largest exponent out first; `softmax` and `logsumexp` do.",
        safe=False,
    ),
    mistake(
        "not divided by what is left",
        ON_FIELD,
        "You return the way to the mean. It has to be walked between this level and 1.",
        rate="none",
    ),
    mistake(
        "divided by the level",
        ON_FIELD,
        "You divide by the level, which is the time gone by. How much is left?",
        rate="level",
    ),
    mistake(
        "distance not squared",
        ON_FIELD,
        "You use the distance. The exponent of a Gaussian has its square.",
        distance="plain",
    ),
    mistake(
        "mean over the dimensions",
        ON_FIELD,
        "You average the squares over the dimensions. A product of Gaussians is the "
        "exponential of a sum.",
        distance="mean",
    ),
    mistake(
        "weights after the softmax",
        ON_FIELD,
        "You multiply the shares by the weights after the softmax. Beside a point of weight "
        "0 the softmax gives it everything, and 0 / 0 is left: the weight belongs into the "
        "exponent.",
        prior="after",
    ),
    mistake(
        "weight 0 kept alive by a small number",
        ON_FIELD,
        "You add a small number to the weights before the logarithm. Where a point of "
        "weight 0 is far nearer than the others it wins all the same; a logarithm of minus "
        "infinity is welcome in a softmax.",
        prior="small",
    ),
    mistake(
        "exponent times the weight",
        ON_FIELD,
        "You multiply the exponent by the weight. It is the exponential that is multiplied.",
        prior="times",
    ),
    mistake(
        "levels exchanged",
        ON_FIELD,
        "You take the points times 1 - level, and the level for the noise. Level 0 is "
        "noise: there the points count for nothing, and the deviation is 1.",
        centre="other end",
        noise="level",
    ),
    mistake(
        "sign of the exponent",
        ON_FIELD,
        "Your shares grow with the distance: look at the sign in front of the square.",
        sign=1,
    ),
    mistake(
        "densities in place of shares",
        ON_FIELD,
        "Your shares do not sum to 1. The formula says *proportional to*: divide by their sum.",
        choose="densities",
    ),
    mistake(
        "weights alone",
        ON_FIELD,
        "Your shares are the weights, wherever the place is. How likely is it that it came "
        "from each point?",
        choose="weights",
    ),
    mistake(
        "small number below the fraction",
        ON_FIELD,
        "You keep 0 / 0 away with a small number. Far from all points every exponential is "
        "0 and your mean is 0. Take the largest exponent out first; `softmax` does.",
        safe="small number",
    ),
    mistake(
        "largest exponent of all places",
        ON_FIELD,
        "You subtract the largest exponent of the whole table. Each place has its own: a "
        "place far from all points is left with zeros.",
        safe="largest of all",
    ),
    mistake(
        "mean of the noisy centres",
        ON_FIELD,
        "You take the mean of level * x. The way leads to the clean points.",
        mean="of the centres",
    ),
    mistake(
        "mean in place of velocity",
        ON_FIELD,
        "You return the mean to which the place is drawn. Asked for is the velocity: the "
        "way there, divided by what is left.",
        rate="clean clip",
    ),
    mistake(
        "divided by the square of what is left",
        ON_FIELD,
        "You divide the way by (1 - level) squared. That square belongs into the exponent.",
        rate="square",
    ),
    mistake(
        "way left counted as 0.1 at least",
        ON_FIELD,
        "You cap what is left at 0.1. The loss of a network does so; the exact velocity does not.",
        rate="capped",
    ),
    mistake(
        "velocity points away",
        ON_FIELD,
        "Your velocity leads from the mean to the place.",
        rate="back",
    ),
)
