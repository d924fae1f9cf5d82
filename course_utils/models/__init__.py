"""Complete video models, one file each."""

from course_utils.models.video_transformer import SpaceTimeLayer, VideoTransformer, next_frame_loss

__all__ = ["SpaceTimeLayer", "VideoTransformer", "next_frame_loss"]
