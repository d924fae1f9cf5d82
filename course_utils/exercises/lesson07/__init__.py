"""Exercises of lesson 07, "Join encoder and decoder": masks, shift, Transformer, AdamW, generation.

memory = encoder(source),  output = decoder(target, memory)                                (Eq. 7.1)
loss = MSE(f(y_0, ..., y_(t-1); memory), y_t): the target, shifted by one frame            (Eq. 7.2)
AdamW: w <- w - lr ((m / (1 - b1^k)) / (sqrt(v / (1 - b2^k)) + eps) + decay w)             (Eq. 7.4)
"""

from course_utils.exercises.lesson07.adamw import ADAMW
from course_utils.exercises.lesson07.generate import GENERATE
from course_utils.exercises.lesson07.masks import MASKS
from course_utils.exercises.lesson07.repair import REPAIR
from course_utils.exercises.lesson07.shift import SHIFT

EXERCISES = (MASKS, SHIFT, REPAIR, ADAMW, GENERATE)
