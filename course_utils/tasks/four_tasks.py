"""What one model for four tasks is trained on: clips, captions and levels (lesson 15).

causal: clips with captions, and many more of two frames, where a clip is decided
full:   some frames clean, the others at one level, or levels of their own
beside: the same clip in another style stands beside; a word names the wanted style
"""

import torch
from torch import Tensor

from course_utils.models.flow import causal_levels, draw_levels, flow_loss, full_levels
from course_utils.tasks.open_captions import CAPTION_WORDS
from course_utils.tokenizers import WordTokenizer
from course_utils.worlds import ShapesWorld
from course_utils.worlds.shapes import STYLES

TOKENIZER = WordTokenizer((*CAPTION_WORDS, *STYLES))


class FirstFrames(ShapesWorld):
    """ShapesWorld, of whose clips the first frames alone are drawn; captions are of whole clips."""

    def __init__(self, drawn: int):
        super().__init__()
        self.drawn = drawn

    def _draw(self, kind, hue, radius, position, style):
        return super()._draw(kind, hue, radius, position[:, : self.drawn], style)


class FourTasks:
    """Draws the batches of the one model; `fit(model, FourTasks().loss, steps)` trains it.

    modes: {"causal" | "predict" | "full" | "beside": share of the steps}, where "predict" is
    "causal" without captions and without the clips of two frames; batch: clips of a step, extra:
    clips of two frames beside those of a causal step; frames: the first so many of each clip of 16.
    `words` is the size of the vocabulary.
    """

    words = len(TOKENIZER)

    def __init__(self, modes=None, batch: int = 8, extra: int = 32, frames: int = 16):
        self.modes = dict(modes or {"causal": 0.5, "full": 0.25, "beside": 0.25})
        self.batch, self.extra, self.frames = batch, extra, frames
        self.world, self.firsts = FirstFrames(frames), FirstFrames(2)

    def loss(self, model, seed: int):
        """Return the flow loss of one step: the mode, the clips and the levels come from seed."""
        g = torch.Generator().manual_seed(seed)
        shares = torch.tensor([*self.modes.values()], dtype=torch.float)
        mode = [*self.modes][int(torch.multinomial(shares, 1, generator=g))]
        clips = self.world.sample(self.batch, seed)
        if mode == "beside":
            seen, wanted, ids = self.repainted(clips, g)
            levels = draw_levels(self.batch, 1, g).expand(-1, self.frames)
            return flow_loss(model, wanted, seed, ids, seen, causal=False, levels=levels)
        if mode == "full":
            ids = captions(clips.caption, g, blank=0.5)
            levels = full_levels(self.batch, self.frames, g)
            return flow_loss(model, clips.video, seed, ids, causal=False, levels=levels)
        levels, taught = causal_levels(self.batch, self.frames, g)
        if mode == "predict":
            return flow_loss(model, clips.video, seed, levels=levels, taught=taught)
        ids = captions(clips.caption, g, blank=0.15)
        loss = flow_loss(model, clips.video, seed, ids, levels=levels, taught=taught)
        if self.extra:
            more = self.firsts.sample(self.extra, seed + 2**41)
            ids = captions(more.caption, g, blank=0.1, short=0.0)
            loss = loss + flow_loss(model, more.video, seed + 1, ids)
        return loss

    def repainted(self, clips, generator):
        """Return each clip in one of the four styles, in another one, and the word of that."""
        count = len(clips.video)
        start, step = (torch.randint(n, (count,), generator=generator) for n in (4, 3))
        goal = (start + 1 + step) % len(STYLES)
        films = torch.stack([self.world.restyle(clips, style).video for style in STYLES])
        rows = torch.arange(count)
        ids = TOKENIZER.encode([STYLES[i] for i in goal.tolist()])
        return films[start, rows], films[goal, rows], ids


def captions(sentences, generator, blank: float, short: float = 0.2) -> Tensor:
    """Return the ids of the sentences; a share is blank, another only says colour and shape."""
    draw = torch.rand(len(sentences), generator=generator).tolist()
    said = [
        "" if u < blank else say_less(s) if u < blank + short else s
        for s, u in zip(sentences, draw)
    ]
    return TOKENIZER.encode(said)


def say_less(sentence: str) -> str:
    """Return what is true of every frame of a clip: "a red circle", without its motion."""
    return sentence.split(" moves ")[0]
