"""Complete video models, one file each."""

from course_utils.models.video_transformer import SpaceTimeLayer, VideoTransformer

__all__ = ["SpaceTimeLayer", "VideoTransformer"]
