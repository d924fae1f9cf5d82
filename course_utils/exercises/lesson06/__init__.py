"""Exercises of lesson 06, "Mask the future": masks, the loss of writing, the cache, sampling.

    frame-causal: query i may attend to key j when floor(j / N) <= floor(i / N)           (Eq. 6.2)
    bytes of a cache = 2 B L n d b                                                        (Eq. 6.4)
    loss = -1 / (T - 1) sum_t log2 p(y_t | y_0 ... y_{t-1})                               (Eq. 6.6)
    nucleus: the fewest likeliest tokens that hold at least a share                       (Eq. 6.10)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson06.cache import MEMORY, REPAIR
from course_utils.exercises.lesson06.loss import LOSS
from course_utils.exercises.lesson06.masks import MASK
from course_utils.exercises.lesson06.nucleus import NUCLEUS
from course_utils.exercises.lesson06.write import WRITE

EXERCISES = (MASK, LOSS, REPAIR, MEMORY, NUCLEUS, WRITE)
