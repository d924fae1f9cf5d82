"""Text to video: the clip that a sentence describes (lesson 12).

    condition: word ids alone;   sources: none, so that every pixel is painted (Eq. 10.4 with k = 0)
    E[x | c] = mean of the clips that fit c                                               (Eq. 12.8)

The reader scores what was written, attribute by attribute (Eq. 12.3 to 12.6).
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.models import Condition
from course_utils.tasks.task import Question, Task
from course_utils.tokenizers import WordTokenizer
from course_utils.worlds import read_clips
from course_utils.worlds.sentences import WORDS, SentenceWorld
from course_utils.worlds.shapes import ground

KINDS = ("settled", "open", "pair")


class Sentences(Task):
    """Write the clip of a sentence.

    kinds: {"settled" | "open" | "pair": share of the batch}, or the name of one kind. "settled"
    says everything, "open" leaves out the start, "pair" names two shapes. split: of
    `SentenceWorld`; shuffled: the words of each sentence in a random order, so that only which
    words there are is left.
    """

    def __init__(self, kinds="settled", world=None, split="train", shuffled=False):
        kinds = {kinds: 1} if isinstance(kinds, str) else dict(kinds)
        if not kinds or not set(kinds) <= set(KINDS) or not min(kinds.values()) > 0:
            raise ValueError(f"kinds: got {kinds}, want shares above 0 of {', '.join(KINDS)}")
        self.world = SentenceWorld() if world is None else world
        self.kinds, self.split, self.shuffled = kinds, split, shuffled
        self.tokenizer = WordTokenizer(WORDS)

    def facts(self, batch: int, seed: int) -> dict:
        """Return {"kind": facts} of the sentences that `draw` asks, from the same seed."""
        total, counts = sum(self.kinds.values()), {}
        for kind, share in self.kinds.items():
            counts[kind] = int(batch * share / total)
        counts[next(iter(counts))] += batch - sum(counts.values())
        return {
            kind: self.world.draw(count, seed, self.split, pairs=kind == "pair")
            for kind, count in counts.items()
            if count
        }

    def draw(self, batch: int, seed: int) -> Question:
        """Return `batch` questions; of a mixture of kinds the `clips` are a dict, kind by kind."""
        sentences, clips = [], {}
        for kind, facts in self.facts(batch, seed).items():
            sentences += self.world.say(facts, start=kind != "open")
            clips[kind] = self.world.clips(facts)
        if self.shuffled:
            sentences = shuffle(sentences, seed)
        target = torch.cat([found.video for found in clips.values()])
        scored = torch.ones(target.shape[:2], dtype=torch.bool)
        known = clips if len(self.kinds) > 1 else next(iter(clips.values()))
        return Question(self.ask(sentences), target, scored, known)

    def ask(self, sentences) -> Condition:
        """Return the condition of a list of sentences."""
        return Condition(words=self.tokenizer.encode(sentences))

    def baselines(self, question):
        """Return the empty stage, and the mean clip of 400 others: answers that read no word."""
        empty = torch.from_numpy(ground("plain", self.world.size)).expand(question.target.shape[2:])
        pairs = "pair" in self.kinds and len(self.kinds) == 1
        others = self.world.clips(self.world.draw(400, 0, pairs=pairs)).video.mean(0)
        return {
            "empty stage": empty.expand_as(question.target).clone(),
            "mean of 400 clips": others.expand_as(question.target).clone(),
        }

    def scores(self, question, video):
        """Return the PSNR, and what the reader finds right, in per cent; not for a mixture.

        Where the start is settled: also how far off the centre is, median over the clips.
        """
        result = super().scores(question, video)
        right = self.right(question, video)
        result |= {
            f"{name} (%)": 100 * found.float().mean().item() for name, found in right.items()
        }
        if "open" not in self.kinds:
            seen = torch.stack([read.position for read in self.read(video)], 2)  # B T S 2
            off = (seen - question.clips.position).norm(dim=-1).nan_to_num(self.world.size)
            result["off by (px)"] = off.mean((1, 2)).median().item()
        return result

    def right(self, question, video) -> dict:
        """Return {"shape" | "colour" | "direction" | "bounced" | "all": "B" bool}.

        Of a pair both shapes have to be right.
        """
        found = []
        captions = [caption.split(", ") for caption in question.clips.caption]
        for said, read in zip(zip(*captions), self.read(video)):
            found.append(read.agrees(said))
        return {name: torch.stack([f[name] for f in found]).all(0) for name in found[0]}

    def read(self, video) -> list:
        """Return the `Reading` of each shape: of the whole frame, or of its halves for pairs."""
        if "pair" not in self.kinds:
            return [read_clips(video)]
        half, empty = self.world.size // 2, float(ground("plain", self.world.size).mean())
        left, right = video.clone(), video.clone()
        left[..., half:], right[..., :half] = empty, empty
        return [read_clips(left), read_clips(right)]


def shuffle(sentences, seed):
    """Return the sentences with the words of each in a random order."""
    g = torch.Generator().manual_seed(seed)
    rows = [sentence.split() for sentence in sentences]
    return [" ".join(r[i] for i in torch.randperm(len(r), generator=g).tolist()) for r in rows]


def nearest_clips(world, facts: Int[Tensor, "B 7"], seen: Int[Tensor, "K 7"]):
    """Return the clips of those sentences in `seen` that are nearest to `facts`.

    Size, colour, shape, speed and direction count before the start, whose distance decides a tie.
    What copying from the training sentences reaches.
    """
    others = [0, 1, 2, 5, 6]
    wrong = (facts[:, None, others] != seen[None, :, others]).sum(-1)  # B K
    away = (facts[:, None, 3:5] - seen[None, :, 3:5]).float().norm(dim=-1)
    return world.clips(seen[(100 * wrong + away).argmin(1)])


def word_shares(
    weights: Float[Tensor, "B H tokens L"], on: Bool[Tensor, "B tokens"]
) -> Float[Tensor, "B L"]:
    """Return which share of the attention to each word comes from the tokens of the object.

        share_j = sum_{h, i on the object} a_hij / sum_{h, i} a_hij               (Eq. 12.7)

    weights: cross-attention, pixels' tokens to words; on: tokens that hold the object. 0 for a word
    that nobody attends to, such as padding.
    """
    received = weights.sum(1)  # B tokens L
    total = received.sum(1)
    held = (received * on[..., None]).sum(1)
    return torch.where(total > 0, held / total.clamp(min=1e-12), torch.zeros_like(total))


def conditional_mean(clips: Float[Tensor, "K T C H W"]):
    """Return the mean of the clips that fit a sentence, and the error that it leaves (Eq. 12.8).

    The error, per number of a clip, is the variance over the K clips: no answer has a smaller one.
    """
    mean = clips.mean(0)
    return mean, (clips - mean).square().mean()


def on_object(mask: Bool[Tensor, "B T S H W"], patch: int = 8) -> Bool[Tensor, "B tokens"]:
    """Return which tokens of T frames and their patches hold a pixel of a shape."""
    B, T, _, H, W = mask.shape
    any_shape = mask.any(2).unflatten(-1, (W // patch, patch)).unflatten(-3, (H // patch, patch))
    return any_shape.any(-1).any(-2).reshape(B, -1)
