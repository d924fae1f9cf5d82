"""Studies: numbers of trainings that need longer than a lesson has (from lesson 04 on).

    make studies                                          what is missing or out of date
    python -m course_utils.studies predictor-parts        one of them; --list names all
    load_study("predictor-parts").table(["psnr"])         what a lesson draws

A study is one module of this folder, lessonNN_some_name.py, which holds one `Study` called STUDY:
the settings that are compared, the seeds, the steps, and what one run measures. Its name is the
module's, `some-name`; its numbers are kept in data/studies/some-name.json, with the command, the
versions and the processor time that made them.
"""

from course_utils.studies.declare import Study, digest, find, names
from course_utils.studies.results import Results, load_study

__all__ = ["Results", "Study", "digest", "find", "load_study", "names"]
