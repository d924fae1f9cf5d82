"""Exercise 1.5: a recurrent model that runs on its own predictions."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.checks.lesson01.mistakes import NEXT, STATE, mistake


def make_step(A, B):
    """A small recurrent model: (frame, state) -> (prediction of the next frame, new state)."""

    def step(frame, state):
        if state is None:
            state = torch.zeros(*frame.shape[:-1], len(B))
        state = torch.tanh(frame @ A.mT + state @ B.mT)
        return frame + state @ A, state

    return step


def run(rollout, context, frames, A, B):
    """What the learner's rollout makes of the small model."""
    return rollout(make_step(A, B), context, frames)


def rollout(step, context, frames, *, read="all", carry=True, feed="own", clip="each", drop=False):
    state, predictions = None, []
    past = context.unbind(1) if read == "all" else context[:, -1:].unbind(1)
    for x in past:
        prediction, state = step(x, state)
    if not carry:
        state = None
    for _ in range(frames + drop):
        shown = prediction.clamp(0, 1) if clip != "never" else prediction
        predictions.append(shown)
        x = {"own": shown, "last": context[:, -1], "raw": prediction}["raw" if clip == "end" else feed]
        prediction, state = step(x, state if carry else None)
    return torch.stack(predictions[drop:], dim=1)


def draw_rollout(d):
    batch, past, pixels, width = d.distinct(4, low=2, high=7)
    return {
        "context": d.uniform(batch, past, pixels),
        "frames": d.integer(3, 6),
        "A": d.normal(width, pixels, scale=0.6),
        "B": d.normal(width, width, scale=0.6),
    }


ROLLOUT = Exercise(
    "1.5",
    "let it run on its own predictions",
    rollout,
    draw_rollout,
    (
        mistake("only the last context frame read", NEXT,
            "Your state knows the last frame of the context and nothing before it: a single frame shows no "
            "motion. Feed all of the context first.",
            read="last",
        ),
        mistake("state started anew at each step", STATE,
            "Your first prediction is right, and then the past is gone. What has to be handed on from step "
            "to step, besides the frame?",
            carry=False,
        ),
        mistake("last context frame fed again and again", NEXT,
            "From the second step on the model has to read its own prediction; you feed it the last true "
            "frame each time.",
            feed="last",
        ),
        mistake("not cut to [0, 1]", NEXT,
            "Some of your pixels are below 0 or above 1. Cut each prediction before you keep it and before "
            "you feed it back.",
            clip="never",
        ),
        mistake("cut only what is returned", NEXT,
            "What you return is in [0, 1], but what you feed back is not: the model reads frames that it "
            "never met in training.",
            clip="end",
        ),
        mistake("first prediction dropped", NEXT,
            "Your first frame is the second prediction. The step that reads the last context frame already "
            "predicts a new frame.",
            drop=True,
        ),
    ),
    use=run,
)
