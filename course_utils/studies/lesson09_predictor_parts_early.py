"""The same comparison as predictor-parts after 60 steps of 8 clips: what stopping early concludes.

Short enough to be remade by `make test-full`, which holds the stored numbers to its tolerance. One
thread of one machine gives them again to the last digit; a change of 1e-6 in the first weights, the
size of what another machine may round differently, moved the PSNR by 0.1 dB and the loss by 1e-4.
"""

from course_utils.studies.declare import Study
from course_utils.studies.lesson09_predictor_parts import STUDY as LONG
from course_utils.studies.lesson09_predictor_parts import train

STUDY = Study(
    question="What do 60 steps say about attention in the predictor?",
    settings={name: LONG.settings[name] for name in [*LONG.settings][:3]},
    seeds=(0, 1, 2),
    steps=60,
    run=lambda setting, seed: train(seed, 60, 8, **setting),
    tolerance={"psnr": 0.6, "loss": 0.0005},
)
