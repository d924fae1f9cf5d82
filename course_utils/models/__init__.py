"""Complete video models, one file each."""

from course_utils.models.condition import Condition, ConditionEncoder
from course_utils.models.encoder_decoder import VideoEncoderDecoder
from course_utils.models.flow import flow_loss, sample
from course_utils.models.masked_video import MaskedVideo
from course_utils.models.recurrent import GRUCell, RNNCell, VideoRNN
from course_utils.models.video_dit import VideoDiT
from course_utils.models.video_gpt import CodeTable, VideoGPT
from course_utils.models.video_transformer import SpaceTimeLayer, VideoTransformer, next_frame_loss

__all__ = [
    "CodeTable",
    "Condition",
    "ConditionEncoder",
    "GRUCell",
    "MaskedVideo",
    "RNNCell",
    "SpaceTimeLayer",
    "VideoDiT",
    "VideoEncoderDecoder",
    "VideoGPT",
    "VideoRNN",
    "VideoTransformer",
    "flow_loss",
    "next_frame_loss",
    "sample",
]
