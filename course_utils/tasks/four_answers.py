"""One model answers four tasks: a task is which frames are noise (lesson 15).

predict:      the past at level 1, the rest at 0, frame by frame under the causal mask
interpolate:  the known frames at 1, the rest at 0, all at once under the full mask
speak:        all frames at 0, a sentence, frame by frame
recolour:     all frames at 0, the clip in another style beside them, all at once
edit:         all frames at a level between, another sentence or another style
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.baselines import colour_transfer, repeat_last
from course_utils.metrics import psnr
from course_utils.models.flow import sample
from course_utils.tasks.four_tasks import TOKENIZER
from course_utils.tasks.interpolation import Interpolation
from course_utils.worlds import ShapesWorld, read_clips
from course_utils.worlds.shapes import STYLES

Video = Float[Tensor, "batch T C H W"]


def predict(model, past: Video, frames: int, steps: int = 3, seed: int = 0, words=None) -> Video:
    """Return `frames` frames after the past, without the past; words: what is true of them all."""
    known = torch.ones(past.shape[1], dtype=torch.bool)
    ids = None if words is None else TOKENIZER.encode(words)
    total = past.shape[1] + frames
    film = sample(model, ids, total, seed, steps, video=past, known=known)
    return film[:, past.shape[1] :]


def interpolate(
    model, video: Video, known: Bool[Tensor, " T"], steps: int = 4, seed: int = 0, causal=False
) -> Video:
    """Return the clip with the frames that are not known written anew."""
    settings = {"video": video, "known": known, "causal": causal}
    return sample(model, None, video.shape[1], seed, steps, **settings)


def speak(model, captions, frames: int = 16, seed: int = 0, guidance: float = 1.5, steps: int = 10):
    """Return a clip for each caption of ShapesWorld."""
    ids = TOKENIZER.encode(captions)
    return sample(model, ids, frames, seed, steps, guidance, later=3)


def recolour(model, video: Video, style: str, steps: int = 4, seed: int = 0) -> Video:
    """Return the clip in another style."""
    ids = TOKENIZER.encode([style] * len(video))
    return sample(model, ids, video.shape[1], seed, steps, beside=video, causal=False)


def decibel(truth: Video, answer: Video) -> float:
    """Return the PSNR over all pixels of all clips."""
    return psnr(truth, answer, data_range=1.0).item()


def score_prediction(model, clips: int, seed: int) -> dict:
    """Eight frames from eight: PSNR of the one model, and of the last frame repeated."""
    video = ShapesWorld().sample(clips, seed).video
    past, future = video[:, :8], video[:, 8:]
    free = decibel(future, repeat_last(past, 8))
    return {"one model": decibel(future, predict(model, past, 8)), "repeat last": free}


def score_interpolation(model, clips: int, seed: int, causal=False) -> dict:
    """Every fourth of 17 frames known: PSNR of the missing ones, and of the linear blend."""
    task = Interpolation(known=range(0, 17, 4))
    question = task.draw(clips, seed)
    missing = question.scored[0]
    film = interpolate(model, question.target, ~missing, causal=causal)
    answers = {"one model": film, "linear blend": task.baselines(question)["linear blend"]}
    truth = question.target[:, missing]
    return {name: decibel(truth, answer[:, missing]) for name, answer in answers.items()}


def score_repainting(model, clips: int, seed: int) -> dict:
    """All twelve pairs of styles: mean PSNR, and that of colour transfer, which sees the target."""
    world, found = ShapesWorld(), {"one model": [], "colour transfer": []}
    drawn = world.sample(clips, seed)
    films = {style: world.restyle(drawn, style).video for style in STYLES}
    for start in STYLES:
        for goal in (style for style in STYLES if style != start):
            film, truth = films[start], films[goal]
            found["one model"].append(decibel(truth, recolour(model, film, goal)))
            found["colour transfer"].append(decibel(truth, colour_transfer(film, truth)))
    return {name: sum(values) / len(values) for name, values in found.items()}


def score_sentences(model, clips: int, seed: int, **settings) -> dict:
    """Open captions: what the reader finds right, in per cent of the clips."""
    captions = ShapesWorld().sample(clips, seed).caption
    right = read_clips(speak(model, captions, **settings)).agrees(captions)
    return {name: 100 * found.float().mean().item() for name, found in right.items()}


def four_tests(model, seed: int, clips: int = 128) -> dict:
    """Return {"task, who, what": score} of all four tasks; see the four scores above."""
    scores = {}
    for name, test, count in (
        ("prediction", score_prediction, clips),
        ("interpolation", score_interpolation, clips),
        ("repainting", score_repainting, clips // 4),
        ("sentence", score_sentences, 2 * clips),
    ):
        for who, value in test(model, count, seed).items():
            if name == "sentence":
                who, what = "model", f"{who} (%)"
            else:
                who, what = who.replace("one model", "model"), "PSNR (dB)"
            scores[f"{name}, {who}, {what}"] = round(value, 1)
    return scores
