"""Exercise 7.2: what an encoder-decoder reads, is shown and must write: frames, shifted by one."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson07.mistakes import JOIN, mistake


def shift(
    tokens,
    past,
    *,
    by="frame",
    start="last",
    source="past",
    order="frames",
    wanted="future",
    exchanged=False,
):
    def flat(x):
        x = x.transpose(1, 2) if order == "patches" else x
        return x.flatten(1, 2)

    context, future = tokens[:, :past], tokens[:, past:]
    starts = {"last": tokens[:, past - 1 : past], "first": tokens[:, :1], "rolled": tokens[:, -1:]}
    before = starts.get(start, 0 * tokens[:, :1])
    if by == "none":
        shown = flat(future)
    elif by == "token":
        shown = torch.cat((flat(before)[:, -1:], flat(future)[:, :-1]), 1)
    elif by == "back":
        shown = torch.cat((flat(future[:, 1:]), flat(future[:, -1:])), 1)
    elif by in ("two", "past"):
        first = past - 2 if by == "two" else 0
        shown = flat(tokens[:, first : first + future.shape[1]])
    elif by == "long":
        shown = flat(torch.cat((before, future), 1))
    else:
        shown = flat(torch.cat((before, future[:, :-1]), 1))
    if source == "all":
        context = tokens
    if source == "short":
        context = tokens[:, : past - 1]
    truth = tokens[:, past:] if wanted == "future" else tokens[:, past - 1 : -1]
    return (flat(context), flat(truth), shown) if exchanged else (flat(context), shown, flat(truth))


def draw_tokens(d):
    batch, frames, patches, d_model = d.distinct(4, low=2, high=7)
    past = d.integer(2, 5)
    return {"tokens": d.normal(batch, past + frames, patches, d_model), "past": past}


SHIFT = Exercise(
    "7.2",
    "show the frames, shifted by one",
    shift,
    draw_tokens,
    (
        mistake(
            "not shifted",
            "break it: forget the shift",
            "You show the decoder the very frames that you want from it, so that it can copy. "
            "What may it have seen when it writes the first one?",
            by="none",
        ),
        mistake(
            "shifted by one token, not by one frame",
            "the loss",
            "Your shown tokens are one patch behind the wanted ones. A whole frame is written at "
            "once: the shift is as long as a frame.",
            by="token",
        ),
        mistake(
            "shifted the wrong way",
            "the loss",
            "You show the frame that comes *after* the one that is wanted. In Eq. 7.2 the decoder "
            "sees the frames before k.",
            by="back",
        ),
        mistake(
            "shifted by two frames",
            "the loss",
            "Between the frame that you show and the one that you want another frame is left out. "
            "Where does the shown part begin, so that it ends right before the last wanted frame?",
            by="two",
        ),
        mistake(
            "shown to the end",
            "the loss",
            "You show one frame too many: the last of the clip. Which frame would it have to "
            "predict?",
            by="long",
        ),
        mistake(
            "shown from the start of the clip",
            "the loss",
            "You show the first frames of the clip, however long the context is. Which frame "
            "comes right before the first wanted one?",
            by="past",
        ),
        mistake(
            "starts with the last wanted frame",
            "the loss",
            "The first frame that you show is the very last one of the clip: `roll` carries it "
            "round to the front. What is y_0 in Eq. 7.2?",
            start="rolled",
        ),
        mistake(
            "shown and wanted exchanged",
            "the loss",
            "Both parts are right, in the wrong order: what you call shown is the truth. Return "
            "source, shown, wanted.",
            exchanged=True,
        ),
        mistake(
            "starts with zeros",
            "the loss",
            "Your first shown frame is empty. There is a better start that costs nothing: what is "
            "y_0 in Eq. 7.2?",
            start="zeros",
        ),
        mistake(
            "starts with the first frame of the context",
            "the loss",
            "You start from the oldest frame. Which frame of the context comes right before the "
            "first that is wanted?",
            start="first",
        ),
        mistake(
            "the future in the source",
            JOIN,
            "Your source holds all frames, those to be written too, and no mask can hide them "
            "from the decoder once the encoder has read them. What is given?",
            source="all",
        ),
        mistake(
            "last context frame not read",
            JOIN,
            "Your source ends one frame early. That the last frame of the context is also the "
            "first one shown does not take it out of the context.",
            source="short",
        ),
        mistake(
            "shown and wanted alike",
            "break it: forget the shift",
            "You moved both: the frames that you want are the frames that you show. Only what is "
            "shown moves; the truth stays where it is.",
            wanted="shown",
        ),
        mistake(
            "patch by patch, not frame by frame",
            JOIN,
            "Your tokens run through all frames of one patch before the next patch comes. In this "
            "course the order is time first, then place.",
            order="patches",
        ),
    ),
    returns=("source", "shown", "wanted"),
)
