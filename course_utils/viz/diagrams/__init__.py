"""Block drawings in one visual language: `viz.diagram`. What stands where is in the submodules."""

from course_utils.viz.diagrams.drawing import Diagram, diagram
from course_utils.viz.diagrams.parts import (
    box,
    columns,
    flow,
    repeat,
    residual,
    side_by_side,
    tensor,
)

__all__ = [
    "Diagram",
    "box",
    "columns",
    "diagram",
    "flow",
    "repeat",
    "residual",
    "side_by_side",
    "tensor",
]
