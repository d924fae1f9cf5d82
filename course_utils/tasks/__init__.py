"""Tasks of the encoder-decoder: what is read, what is written, and how it is scored (10 to 12)."""

from course_utils.tasks.films import Films, Mixed, split_by_scene
from course_utils.tasks.interpolation import Interpolation, known_frames
from course_utils.tasks.style import Restyle, repaint
from course_utils.tasks.task import Question, Task, write

__all__ = [
    "Films",
    "Interpolation",
    "Mixed",
    "Question",
    "Restyle",
    "Task",
    "known_frames",
    "repaint",
    "split_by_scene",
    "write",
]
