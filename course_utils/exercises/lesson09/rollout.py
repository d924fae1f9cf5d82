"""Exercise 9.5: a rollout that peeks at the truth, to find and repair."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson09.mistakes import mistake

LET_GO = "Eq. 9.10"


def a_model(push, pull):
    """A causal next-frame model: on along the line, drawn to half the mean of all so far."""

    def model(video):
        T = video.shape[1]
        change = torch.cat((torch.zeros_like(video[:, :1]), video[:, 1:] - video[:, :-1]), dim=1)
        mean = video.cumsum(1) / torch.arange(1, T + 1).view(-1, 1, 1, 1)
        return video + push * change + pull * (mean / 2 - video)

    return model


def rollout(
    model,
    video,
    past,
    *,
    feed="own",
    take="last",
    clip="both",
    memory="all",
    result="future",
    ahead=0,
    read=0,
):
    seen, frames = video[:, : past + ahead + read], [video[:, past : past + ahead]]
    seen = seen[:, -1:] if memory == "one" else seen[:, -2:] if memory == "two" else seen
    for t in range(past + ahead, video.shape[1]):
        answers = model(seen)
        following = {"last": answers[:, -1:], "first": answers[:, :1], "all": answers}[take]
        shown = following if clip == "never" else following.clamp(0, 1)
        frames.append(shown)
        own = shown if clip == "both" else following
        append = {"truth": video[:, t : t + 1], "nothing": own[:, :0]}.get(feed, own)
        kept = {"newest": seen[:, :0], "one": seen[:, :0], "window": seen[:, 1:]}
        kept |= {"two": seen[:, -1:], "pair": seen[:, -1:]}
        before = video[:, :t] if feed == "newest" else kept.get(memory, seen)
        seen = torch.cat((append, before) if feed == "in front" else (before, append), dim=1)
    future = torch.cat(frames, dim=1)
    return torch.cat((video[:, :past], future), dim=1) if result == "whole" else future


def one_late(model, video, past):
    """One pass over the whole clip, read at the answers one frame too late."""
    return model(video)[:, past:].clamp(0, 1)


def draw_rollout(d):
    B, T, H, W = d.distinct(4, low=2, high=6)
    past = d.integer(2, 4)
    return {
        "video": d.uniform(B, past + 1 + T, d.choice((1, 3)), H, W),
        "past": past,
        "push": d.uniform(low=0.8, high=1.5),
        "pull": d.uniform(low=0.2, high=0.5),
    }


ROLLOUT = Exercise(
    "9.5",
    "repair a rollout that peeks",
    rollout,
    draw_rollout,
    (
        mistake(
            "nothing repaired yet",
            LET_GO,
            "Your function still answers like the one that was given. Replace the frames after "
            "the context by noise: do your predictions change? And how many frames does the model "
            "read at each step?",
            feed="truth",
            memory="window",
            clip="shown",
        ),
        mistake(
            "true frames fed back",
            LET_GO,
            "Your model reads the true frames after the context: this is teacher forcing, with "
            "the answer sheet on the table. In Eq. 9.10 everything after the context wears a hat. "
            "Where do these frames come from?",
            feed="truth",
        ),
        mistake(
            "truth before the newest frame",
            LET_GO,
            "Only the newest frame that your model reads is its own; those before it are true, "
            "although they lie after the context. In Eq. 9.10 everything after the context wears "
            "a hat.",
            feed="newest",
        ),
        Misconception(
            "one pass over the true clip",
            "You run the model once over the whole clip: it reads the truth, and your answer to "
            "each frame was made with that frame in sight. Give it the context alone, and then "
            "what it drew.",
            f"lesson 09, {LET_GO}",
            wrong=one_late,
        ),
        mistake(
            "first answer taken",
            LET_GO,
            "The model answers one question for each frame that it reads, and you keep the answer "
            "to the first one. Which answer is about the frame that comes next?",
            take="first",
        ),
        mistake(
            "all answers taken",
            LET_GO,
            "You append an answer for each frame that the model reads, and the clip doubles at "
            "every step. Only one of the answers is about a frame that you do not have yet.",
            take="all",
        ),
        mistake(
            "clipped only in what is returned",
            "let go: the rollout",
            "You return frames in [0, 1] but feed them back as the model wrote them, so that it "
            "reads pixels darker than black. Clip once, then use the same frame for both.",
            clip="shown",
        ),
        mistake(
            "never clipped",
            LET_GO,
            "Your frames leave [0, 1], a little more with every step. Clip each one before it is "
            "kept and fed back.",
            clip="never",
        ),
        mistake(
            "prediction not appended",
            LET_GO,
            "All your frames are the same: the model answers the same question each time. What "
            "must it read before it can go one step further?",
            feed="nothing",
        ),
        mistake(
            "prediction put in front",
            LET_GO,
            "You put the new frame before the old ones, so that time runs backward. In "
            "`torch.cat` the frames that were there come first.",
            feed="in front",
        ),
        mistake(
            "only two frames read",
            LET_GO,
            "You hand over the last two frames. For the line that is enough, but the model is any "
            "function of all frames so far: in Eq. 9.10 x_0 is read at every step.",
            memory="two",
        ),
        mistake(
            "all but two frames dropped",
            LET_GO,
            "After its first answer the model reads two frames alone, the newest ones. In Eq. "
            "9.10 x_0 is read at every step, and nothing is dropped.",
            memory="pair",
        ),
        mistake(
            "only the newest frame read",
            LET_GO,
            "You hand over the newest frame alone. A single frame has no change, and the model "
            "loses the motion: in Eq. 9.10 it reads all frames so far.",
            memory="newest",
        ),
        mistake(
            "context reduced to its last frame",
            LET_GO,
            "The model reads the last frame of the context alone, and then only your newest one. "
            "A single frame has no change: in Eq. 9.10 the model reads x_0 and all that follows.",
            memory="one",
        ),
        mistake(
            "oldest frame dropped",
            LET_GO,
            "You keep the number of frames constant by dropping the oldest. In Eq. 9.10 x_0 is "
            "read at every step.",
            memory="window",
        ),
        mistake(
            "context returned too",
            LET_GO,
            "You return the context in front of the prediction. Wanted are the predicted frames "
            "alone.",
            result="whole",
        ),
        mistake(
            "one true frame too many",
            LET_GO,
            "Your first predicted frame is a copy of the truth. The context has the frames 0 to "
            "past - 1, and the first prediction is that of frame `past`.",
            ahead=1,
        ),
        mistake(
            "first frame to predict already read",
            LET_GO,
            "The model reads frame number `past` before it predicts it. The context has the "
            "frames 0 to past - 1: `video[:, :past]`.",
            read=1,
        ),
        mistake(
            "last frame of the context not read",
            LET_GO,
            "The model starts without the last frame of the context, and all your frames come one "
            "late. `video[:, :past]` ends with frame past - 1.",
            read=-1,
        ),
    ),
    use=lambda roll, video, past, push, pull: roll(a_model(push, pull), video, past),
)
