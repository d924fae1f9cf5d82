"""The same comparison as predictor-parts after 60 steps of 8 clips: what stopping early concludes.

Short enough to be remade by `make test-full`, which holds the stored numbers to its tolerance.
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
    tolerance={"psnr": 0.3, "loss": 0.002},
)
