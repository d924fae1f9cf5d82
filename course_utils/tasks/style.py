"""Repainting: the same motion in another style (lesson 11).

    style reached = argmin_b mean (x_hat - x^(b))^2,  x^(b): the clip drawn in style b    (Eq. 11.2)
    flicker = sqrt(mean (e_t+1 - e_t)^2),   e = x_hat - x                                 (Eq. 11.3)
    sources of frame t: x_t, at the offset 0;   read: the word of the wanted style, or one frame of
    another clip in the wanted style                                                      (Eq. 11.4)

A style is drawn by the world itself. `on_stage` draws looks that the world does not have: the same
shapes, filled or as lines, before any stage.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.baselines import colour_transfer
from course_utils.models import Condition
from course_utils.tasks.task import Question, Task
from course_utils.worlds import ShapesWorld, read_clips
from course_utils.worlds.shapes import COLOURS, SHAPES, STYLES, ground

WORDS = len(STYLES) + 1  # size of the vocabulary: 0 is padding, word i + 1 is STYLES[i]
KEPT = ("position", "velocity", "radius", "shape", "colour", "caption")


def flicker(
    target: Float[Tensor, "*batch T C H W"], video: Float[Tensor, "*batch T C H W"]
) -> Float[Tensor, " *batch"]:
    """Return how much the error changes from frame to frame, root mean square (Eq. 11.3)."""
    if video.shape != target.shape or video.ndim < 4 or video.shape[-4] < 2:
        raise ValueError(
            f"video: got {tuple(video.shape)} beside a target {tuple(target.shape)}, want two "
            'of one shape, "... T C H W" with T at least 2'
        )
    change = (video - target).diff(dim=-4)
    return change.square().flatten(-4).mean(-1).sqrt()


def best_colour_map(
    video: Float[Tensor, "batch T C H W"], target: Float[Tensor, "batch T C H W"]
) -> Float[Tensor, "batch T C H W"]:
    """Return the target as well as a map from colours to colours can write it.

    Of all pixels of a clip that have one colour, down to its 8 bits, each gets the mean of what the
    target shows there. No map from the colours of a clip to colours has a smaller squared error: a
    ceiling for colour transfer of any kind, and no method, for it looks at the target.
    """
    answers = []
    for film, goal in zip(video, target):
        pixels, wanted = (x.movedim(1, -1).flatten(0, -2) for x in (film, goal))  # T*H*W C
        _, group = (255 * pixels).round().unique(dim=0, return_inverse=True)
        total = torch.zeros(int(group.max()) + 1, wanted.shape[1]).to(wanted)
        mean = total.index_add(0, group, wanted) / group.bincount()[:, None]
        answers.append(mean[group].unflatten(0, film[:, 0].shape).movedim(-1, 1))
    return torch.stack(answers)


def on_stage(world, clips, stage: Float[Tensor, "3 H W"], line=False):
    """Return the video of `clips` before another stage: (1 - a) stage + a colour (Eq. 0.3).

    stage: "3 H W", or "B 3 H W", one for each clip, or anything that broadcasts to it; line: draw
    the edge alone, in the darker ink of the style "outline". For clips of one shape. a is read off
    the world's own drawing, whose pixels are rounded to 8 bits.
    """
    style = "outline" if line else "plain"
    drawn, empty = world.restyle(clips, style).video, torch.from_numpy(ground(style, world.size))
    ink = torch.tensor([COLOURS[row[0]] for row in clips.colour]) * (0.8 if line else 1.0)
    ink = ink[:, None, :, None, None]
    way = ink - empty
    cover = ((drawn - empty) * way).sum(2, keepdim=True) / (way**2).sum(2, keepdim=True)
    cover = cover.clamp(0, 1)
    stage = stage[:, None] if stage.ndim == 4 else stage
    return (1 - cover) * stage + cover * ink


def unseen_looks(size=32):
    """Return {"name": (stage, line)} of three styles that the world does not have.

    dusk: filled shapes before a flat stage of another colour; chalk: lines before the stage of
    "plain"; stripes: filled shapes before upright stripes in the two greys of the checkerboard.
    """
    flat = torch.tensor([0.40, 0.20, 0.45]).view(3, 1, 1).expand(3, size, size)
    odd = (torch.arange(size) // 4 % 2).expand(3, size, size)
    return {
        "dusk": (flat, False),
        "chalk": (torch.full((3, size, size), 0.08), True),
        "stripes": (0.22 + 0.20 * odd, False),
    }


class Restyle(Task):
    """Write a clip in another style, which a word or a reference frame names.

    pair: (from, to), names out of STYLES, or None for one of the twelve pairs for each clip.
    by: "word", "reference", or None for one of them for each batch (training).
    held_out: (shape, style) that no clip of the task shows, neither read nor written; shape: give
    all clips this shape. stages: the share of reference batches whose wanted style is a filled
    shape before a flat stage of a random colour, which no word names. look: (stage, line) as in
    `on_stage`, such as one of `unseen_looks`: the wanted style of all clips, by reference.
    """

    batch = 8

    def __init__(
        self, world=None, pair=None, by=None, held_out=None, shape=None, stages=0.0, look=None
    ):
        if by not in (None, "word", "reference"):
            raise ValueError(f"by: got {by!r}, want 'word', 'reference' or None")
        if pair is not None and (pair[0] == pair[1] or not set(pair) <= set(STYLES)):
            raise ValueError(f"pair: got {pair!r}, want two different ones of {', '.join(STYLES)}")
        if held_out is not None and (held_out[0] not in SHAPES or held_out[1] not in STYLES):
            raise ValueError(f"held_out: got {held_out!r}, want (shape, style)")
        self.world = ShapesWorld() if world is None else world
        self.pair, self.by, self.held_out, self.shape = pair, by, held_out, shape
        self.stages, self.look = stages, look

    def draw(self, batch, seed):
        """Return `batch` clips to repaint; the reference shows another clip, at a random time."""
        g = torch.Generator().manual_seed(seed)
        clips = self.world.sample(batch, seed)
        if self.shape is not None:
            clips = self._as(clips, [self.shape] * batch)
        start, goal = self._pairs(clips, g)
        films = {style: self.world.restyle(clips, style).video for style in STYLES}
        film, target = self._pick(films, start), self._pick(films, goal)
        words, reference = goal[:, None] + 1, None
        by_word, random_stage = torch.rand(2, generator=g).tolist()
        if self.look or self.by == "reference" or (self.by is None and by_word >= 0.5):
            others, look = self._others(batch, seed), self.look
            words = None
            if look is None and random_stage < self.stages:
                look = (torch.rand(batch, 3, 1, 1, generator=g), False)
            if look is not None:
                target, shown = (on_stage(self.world, c, *look) for c in (clips, others))
            else:
                shown = self._pick({s: self.world.restyle(others, s).video for s in STYLES}, goal)
            when = torch.randint(shown.shape[1], (batch,), generator=g)
            reference = shown[torch.arange(batch), when][:, None]  # "B 1 C H W"
        scored = torch.ones(film.shape[:2], dtype=torch.bool)
        return Question(repaint(film, words, reference), target, scored, clips)

    def baselines(self, question):
        """Return the clip as it is, and its colours moved to those of the target (Eq. 11.1).

        Colour transfer may look at the colours of the whole target, which no model sees. Where
        there is a reference frame, its colours serve for one more, which sees what a model sees.
        """
        film, reference = question.condition.sources[:, :, 0], question.condition.reference
        free = {"unchanged": film, "colour transfer": colour_transfer(film, question.target)}
        if reference is not None:
            free["colour transfer from the reference"] = colour_transfer(film, reference)
        return free

    def scores(self, question, video):
        """Return PSNR, flicker, and for one wanted style of the world also style and content.

        The reader reads the content in the style that the clip has reached, right or wrong.
        """
        result = super().scores(question, video)
        result["flicker (of 255)"] = 255 * flicker(question.target, video).mean().item()
        if self.pair is None or self.look is not None:
            return result
        reached = self.reached(question, video)
        right, off = torch.zeros(len(video)), torch.zeros(len(video))
        for number in reached.unique().tolist():
            rows = (reached == number).nonzero()[:, 0]
            read = read_clips(video[rows], STYLES[number])
            true = question.clips.position[rows, :, 0]
            off[rows] = (read.position - true).norm(dim=-1).nan_to_num(self.world.size).mean(1)
            pairs = zip(read.shape, (question.clips.shape[i][0] for i in rows.tolist()))
            right[rows] = torch.tensor([float(a == b) for a, b in pairs])
        wanted = reached == STYLES.index(self.pair[1])
        return result | {
            "style reached (%)": 100 * wanted.float().mean().item(),
            "shape kept (%)": 100 * right.mean().item(),
            "off by (px)": off.median().item(),
        }

    def reached(self, question, video):
        """Return the number of the style whose drawing of the clip is nearest, "B" (Eq. 11.2)."""
        drawn = [self.world.restyle(question.clips, style).video for style in STYLES]
        return torch.stack([(video - x).square().flatten(1).mean(1) for x in drawn]).argmin(0)

    def _pairs(self, clips, g):
        """Numbers of the styles from and to, "B" each, none of them held out for its shape."""
        if self.pair is not None:
            return (torch.full((len(clips),), STYLES.index(style)) for style in self.pair)
        chosen = []
        for (shape,) in clips.shape:
            allowed = [i for i, s in enumerate(STYLES) if (shape, s) != self.held_out]
            order = torch.randperm(len(allowed), generator=g)[:2].tolist()
            chosen.append([allowed[i] for i in order])
        return torch.tensor(chosen).unbind(1)

    def _others(self, batch, seed):
        """Clips for the references: other ones, none of the shape that is held out."""
        drawn = self.world.sample(2 * batch, seed)
        rest = {name: getattr(drawn, name)[batch:] for name in KEPT}
        names = [row[0] for row in rest["shape"]]
        if self.held_out is not None:
            hidden = self.held_out[0]
            shown = SHAPES[SHAPES.index(hidden) - 1]
            names = [shown if name == hidden else name for name in names]
        return self._as(replace(drawn, **rest), names)

    def _as(self, clips, names):
        """The clips with other shapes: the same motion, colour and size."""
        caption = [
            old.replace(f" {row[0]} ", f" {new} ")
            for old, row, new in zip(clips.caption, clips.shape, names)
        ]
        changed = replace(clips, shape=[[name] for name in names], caption=caption)
        return self.world.restyle(changed, clips.style)

    @staticmethod
    def _pick(films, numbers):
        stacked = torch.stack([films[style] for style in STYLES], 1)  # "B 4 T C H W"
        return stacked[torch.arange(len(numbers)), numbers]


def repaint(video, words=None, reference=None):
    """Return the condition of Eq. 11.4: a clip "B T C H W" to repaint, and the wanted style.

    words: "B L" ids, 0 is padding; reference: "B R C H W", frames in the wanted style.
    """
    offsets = torch.zeros(*video.shape[:2], 1).to(video)
    return Condition(words=words, reference=reference, sources=video[:, :, None], offsets=offsets)
