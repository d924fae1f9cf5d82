"""Exercise 1.5: a recurrent model that runs on its own predictions."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson01.mistakes import NEXT, STATE, mistake


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


def rollout(
    step,
    context,
    frames,
    *,
    read="all",
    carry=True,
    feed="own",
    clip="each",
    drop=False,
    stack=1,
    past=False,
):
    state, predictions = None, []
    rows = {
        "all": context.unbind(1),
        "last": context[:, -1:].unbind(1),
        "twice": (*context.unbind(1), context[:, -1]),
        "batch": context.unbind(0),
    }[read]
    for x in rows:
        prediction, state = step(x, state)
    if carry in (False, "reset"):
        state = None
    for _ in range(frames + drop):
        cut = prediction.clamp(0, 1)
        predictions.append(cut if clip in ("each", "end") else prediction)
        own = cut if clip in ("each", "fed") else prediction
        prediction, after = step(
            context[:, -1] if feed == "last" else own, state if carry else None
        )
        state = state if carry == "frozen" else after
    future = torch.stack(predictions[drop:], dim=stack)
    return torch.cat((context, future), dim=1) if past else future


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
        mistake(
            "only the last context frame read",
            NEXT,
            "Your state knows the last frame of the context and nothing before it: a single frame "
            "shows no motion. Feed all of the context first.",
            read="last",
        ),
        mistake(
            "state started anew at each step",
            STATE,
            "Your first prediction is right, and then the past is gone. What has to be handed on "
            "from step to step, besides the frame?",
            carry=False,
        ),
        mistake(
            "state started anew after the context",
            STATE,
            "Your first frame is right, and then the model has forgotten the context: you carry "
            "the state on, but from None. Which state came with the last prediction?",
            carry="reset",
        ),
        mistake(
            "state of the context used at each step",
            STATE,
            "Your first two frames are right; then the state stands still. Each step returns a "
            "new state beside its prediction: which of the two do you hand on?",
            carry="frozen",
        ),
        mistake(
            "last context frame read twice",
            NEXT,
            "You read the whole context and then its last frame once more: the model sees an "
            "object that suddenly rests. The prediction after the context is there already.",
            read="twice",
        ),
        mistake(
            "batch walked through in place of time",
            NEXT,
            "`for frame in context` goes from clip to clip. The second axis is time.",
            read="batch",
        ),
        mistake(
            "last context frame fed again and again",
            NEXT,
            "From the second step on the model has to read its own prediction; you feed it the "
            "last true frame each time.",
            feed="last",
        ),
        mistake(
            "not cut to [0, 1]",
            NEXT,
            "Some of your pixels are below 0 or above 1. Cut each prediction before you keep it "
            "and before you feed it back.",
            clip="never",
        ),
        mistake(
            "cut only what is returned",
            NEXT,
            "What you return is in [0, 1], but what you feed back is not: the model reads frames "
            "that it never met in training.",
            clip="end",
        ),
        mistake(
            "cut only what is fed back",
            NEXT,
            "What the model reads is in [0, 1], but some of the pixels that you return are not: "
            "keep the cut frame.",
            clip="fed",
        ),
        mistake(
            "time stacked in front of the batch",
            NEXT,
            "Your first axis is time. torch.stack makes a new axis where `dim` says; the batch "
            "comes first.",
            stack=0,
        ),
        mistake(
            "context returned as well",
            NEXT,
            "You return the whole film. Wanted are the predicted frames alone.",
            past=True,
        ),
        mistake(
            "first prediction dropped",
            NEXT,
            "Your first frame is the second prediction. The step that reads the last context "
            "frame already predicts a new frame.",
            drop=True,
        ),
    ),
    use=run,
)
