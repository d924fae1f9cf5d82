"""Exercises of lesson 07, "Join encoder and decoder": masks, shift, nn.Transformer, AdamW, generation.

    memory = encoder(source),  output = decoder(target, memory)                               (Eq. 7.1)
    loss: the target, shifted by one frame, predicts the frames themselves                     (Eq. 7.2)
    AdamW: w <- w - lr ((m / (1 - b1^k)) / (sqrt(v / (1 - b2^k)) + eps) + decay w)             (Eq. 7.4)
"""

from course_utils.checks.lesson07.adamw import ADAMW
from course_utils.checks.lesson07.batch import MASKS, SHIFT
from course_utils.checks.lesson07.generate import GENERATE
from course_utils.checks.lesson07.repair import REPAIR

EXERCISES = (MASKS, SHIFT, REPAIR, ADAMW, GENERATE)
