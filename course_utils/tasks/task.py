"""What a task is: a condition, a target, a baseline and a score (lessons 10 to 12).

    Theta* = argmin E[ mean over the scored frames of (f_Theta(condition) - target)^2 ]   (Eq. 10.5)

so that f answers with the conditional mean E[target | condition]. One loss and one evaluation
serve all tasks of `VideoEncoderDecoder`; a task says only what it draws and what it scores.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.metrics import psnr
from course_utils.models import Condition


@dataclass(frozen=True)
class Question:
    """A batch of a task: what the model is given, the right answer, and which frames count."""

    condition: Condition
    target: Float[Tensor, "batch T channels height width"]
    scored: Bool[Tensor, "batch T"]
    clips: object  # what the world knows about the clips: captions, masks, positions


class Task:
    """One task of the encoder-decoder; a subclass says `draw`, and may add baselines and scores.

    batch: clips of one training step. `fit(model, task.loss, steps)` trains on it.
    """

    batch = 16

    def draw(self, batch: int, seed: int) -> Question:
        """Return `batch` questions, drawn from `seed`."""
        raise NotImplementedError

    def baselines(self, question: Question) -> dict:
        """Return {"name": video} of answers that need no training."""
        return {}

    def scores(self, question: Question, video: Tensor) -> dict:
        """Return {"name with unit": number} of an answer; PSNR pooled over the scored frames."""
        target, answer = question.target[question.scored], video[question.scored]
        return {"PSNR (dB)": psnr(target, answer, data_range=1.0).item()}

    def loss(self, model, seed: int) -> Float[Tensor, ""]:
        """Return the mean squared error of the scored frames of a fresh batch (Eq. 10.5)."""
        return self.error(model, self.draw(self.batch, seed))

    def error(self, model, question: Question) -> Float[Tensor, ""]:
        """Return the mean squared error of the scored frames, on the device of the model."""
        like = next(model.parameters())
        target, scored = question.target.to(like), question.scored.to(like.device)
        answer = model(question.condition.to(like), target.shape[1])
        each = (answer - target).square().flatten(2).mean(-1)  # batch T
        return (each * scored).sum() / scored.sum()

    def evaluate(self, answers: dict, question: Question) -> dict:
        """Return {"name": scores} for the baselines and for `answers`, {"name": model or video}.

        A model is any object with `write(condition, frames)`; it answers 32 clips at a time.
        """
        table = {}
        for name, answer in {**self.baselines(question), **answers}.items():
            video = answer if isinstance(answer, Tensor) else write(answer, question)
            table[name] = self.scores(question, video)
        return table


def write(model, question: Question, at_once: int = 32) -> Tensor:
    """Return the model's clips for all questions, `at_once` clips at a time.

    A frame that is not scored is given: it stands as it is in the target.
    """
    like, frames = next(model.parameters()), question.target.shape[1]
    condition = question.condition.to(like)
    parts = [
        model.write(condition.map(lambda x, i=i: x[i : i + at_once]), frames)
        for i in range(0, len(question.target), at_once)
    ]
    written = torch.cat(parts).to(question.target)
    return torch.where(question.scored[..., None, None, None], written, question.target)
