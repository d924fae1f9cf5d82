"""From sentences to word ids, and from video to discrete codes and back (lessons 12 and 13)."""

from course_utils.tokenizers.quantize import FSQ, VQ
from course_utils.tokenizers.video import VideoTokenizer, tokenizer_loss
from course_utils.tokenizers.words import PADDING, WordTokenizer

__all__ = ["FSQ", "PADDING", "VQ", "VideoTokenizer", "WordTokenizer", "tokenizer_loss"]
