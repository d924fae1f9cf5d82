"""Tasks of the encoder-decoder: what is read, what is written, and how it is scored (10 to 12)."""

from course_utils.tasks.films import Films, Mixed, split_by_scene
from course_utils.tasks.interpolation import Interpolation, known_frames
from course_utils.tasks.sentence import (
    Sentences,
    conditional_mean,
    nearest_clips,
    on_object,
    word_shares,
)
from course_utils.tasks.style import Restyle, repaint
from course_utils.tasks.task import Question, Task, write

__all__ = [
    "Films",
    "Interpolation",
    "Mixed",
    "Question",
    "Restyle",
    "Sentences",
    "Task",
    "conditional_mean",
    "known_frames",
    "nearest_clips",
    "on_object",
    "repaint",
    "split_by_scene",
    "word_shares",
    "write",
]
