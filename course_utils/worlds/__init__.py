"""Sources of videos: moving shapes, a sprite of known entropy, real clips (lessons 00, 12, 13)."""

from course_utils.worlds.clips import bundled_clip, clip_info, load_clip, save_clip
from course_utils.worlds.coin import CoinClips, CoinWorld
from course_utils.worlds.reader import read_clips
from course_utils.worlds.reading import Reading, parse_caption
from course_utils.worlds.sentences import SentenceWorld, parse_sentence
from course_utils.worlds.shapes import COLOURS, DIRECTIONS, SHAPES, STYLES, Clips, ShapesWorld

__all__ = [
    "COLOURS",
    "DIRECTIONS",
    "SHAPES",
    "STYLES",
    "Clips",
    "CoinClips",
    "CoinWorld",
    "Reading",
    "SentenceWorld",
    "ShapesWorld",
    "bundled_clip",
    "clip_info",
    "load_clip",
    "parse_caption",
    "parse_sentence",
    "read_clips",
    "save_clip",
]
