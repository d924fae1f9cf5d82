"""The drawing of the encoder-decoder that writes a clip from a condition, lessons 10 to 12."""

from dataclasses import replace

from course_utils.models.encoder_decoder import VideoEncoderDecoder, WriterLayer
from course_utils.viz.diagrams import parts as p
from course_utils.viz.diagrams.attending import attention_box
from course_utils.viz.diagrams.models import around, box_of, drawing_of, parts_of


@parts_of.register
def _(module: WriterLayer, calls):
    in_space, in_time, to_memory, alone = module.residuals
    x = calls[module][0].shape("x")
    space = around(in_space, attention_box(module.space, calls, "within each frame"), calls)
    time = around(in_time, attention_box(module.time, calls, "along time, rotary"), calls)
    cross = around(to_memory, attention_box(module.cross, calls), calls, side="right")
    space[-1] = replace(space[-1], turned=calls[module.time][0].shape("query"), gives="swapped")
    flat = calls[module.cross][0].shape("query")  # all tokens of a clip in one line
    time[-1] = replace(time[-1], turned=flat, gives="in one line")
    last = around(alone, box_of(module.feed_forward, calls), calls)
    last[-1] = replace(last[-1], turned=x, gives="by frame and place")
    return [*space, *time, *cross, *last]


def _stream(condition, name, reader, calls):
    """One stream of the condition, up to its tokens."""
    given = getattr(condition, name)
    if name == "words":
        ids = calls[reader.words][0].out
        return p.flow(
            p.tensor("word ids", given.shape),
            p.Box("embedding", "E", out=ids),
            p.Box("add", out=ids, beside=p.Box("positions", note="place in the sentence")),
        )
    N, d = reader.place.shape
    tokens = (*given.shape[:2], N, d)
    kernel, step = reader.read.kernel_size[0], reader.read.stride[0]
    note = "time and place" if name == "frames" else "place"
    label = {"frames": "known frames", "reference": "reference frames"}[name]
    return p.flow(
        p.tensor(label, given.shape, video=True),
        p.Box("embedding", note=f"{kernel}×{kernel}, step {step}", out=tokens),
        p.Box("add", out=tokens, beside=p.Box("positions", note=note)),
    )


def _sources(k):
    return f"{k} sources for each frame" if k > 1 else "a source for each frame"


@drawing_of.register
def _(model: VideoEncoderDecoder, calls):
    call, reader = calls[model][0], model.read
    condition = call.arguments["condition"]
    names = ("frames", "reference", "words")
    streams = [
        _stream(condition, n, reader, calls) for n in names if getattr(condition, n) is not None
    ]
    if len(streams) > 1:
        line = calls[reader.encoder][0].shape("x")
        streams = [p.side_by_side(*streams, into=p.Box("concat", note="one line", out=line))]
    tokens = calls[model.layers[0]][0].shape("x")
    written = [
        p.repeat(len(model.layers), *parts_of(model.layers[0], calls), name="layer"),
        box_of(model.norm, calls),
    ]
    painted = [box_of(model.paint, calls), p.Box("paint", note="join patches", out=call.out)]
    places = p.Box("positions", note="time and place, distances" if model.k else "time and place")
    if model.k:
        film = condition.sources.shape
        first = [
            p.tensor(_sources(model.k), film, video=True),
            p.Box("embedding", note="all sources as channels" if model.k > 1 else "", out=tokens),
            p.Box("add", out=tokens, beside=places),
        ]
        hand = [box_of(model.motion, calls), p.Box("move", note="each source", out=tuple(film))]
        if model.k > 1:
            share = (*film[:3], *film[-2:])
            fade = [box_of(model.score, calls), p.Box("softmax", "over the sources", out=share)]
            hand = [
                p.side_by_side(
                    p.flow(*hand),
                    p.flow(*fade),
                    into=p.Box("product", "Σ share · moved", out=call.out),
                    split=True,
                )
            ]
        flows = [p.flow(*hand), p.flow(*painted)]
        if model.maps is not None:
            mixed = p.Box("product", "retouch: weights · features", out=call.out)
            flows.append(p.flow(box_of(model.mix, calls), mixed))
        end = [p.side_by_side(*flows, into=p.Box("add", out=call.out), split=True)]
    else:
        first, end = [p.tensor("a token for each frame and patch", tokens), places], painted
    return p.columns(
        p.flow(*streams, *parts_of(reader.encoder, calls)),
        p.flow(*first, *written, *end, p.tensor("written frames", video=True)),
        memory=p.tensor("memory", calls[reader.encoder][0].out),
    )
