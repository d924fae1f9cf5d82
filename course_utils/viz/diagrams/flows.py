"""The drawing of the diffusion Transformer for video, lessons 14 and 15."""

from dataclasses import replace

from course_utils.models.video_dit import DiTLayer, VideoDiT
from course_utils.viz.diagrams import parts as p
from course_utils.viz.diagrams.attending import attention_box
from course_utils.viz.diagrams.models import box_of, drawing_of, parts_of


def _adapted(inner, shape):
    """A sublayer between its scale and shift, and its gate, all of which c writes (Eq. 15.3)."""
    return p.residual(
        p.Box("norm", out=shape),
        p.Box("scale", "and shift", out=shape, beside=p.tensor("c")),
        inner,
        p.Box("scale", "by the gate", out=inner.out, beside=p.tensor("c")),
    )


@parts_of.register
def _(module: DiTLayer, calls):
    x = calls[module][0].shape("x")
    turned = calls[module.time][0].shape("query")  # patches before frames
    space = _adapted(attention_box(module.space, calls, "within each frame"), x)
    time = _adapted(attention_box(module.time, calls, "along time, rotary"), turned)
    space = replace(space, turned=turned, gives="swapped")
    time = replace(time, turned=x, gives="swapped back")
    return [space, time, _adapted(box_of(module.feed_forward, calls), x)]


@drawing_of.register
def _(model: VideoDiT, calls):
    call, layer = calls[model][0], calls[model.layers[0]][0]
    tokens, c = layer.shape("x"), calls[model.level][0].out
    noisy, kernel = call.shape("noisy"), model.embed.kernel_size[0]
    told = "levels, distances" + ("" if call.shape("words") is None else ", words")
    sources = "noisy frame, two cleaner ones" + (
        "" if call.shape("beside") is None else ", one beside"
    )
    seen = p.flow(
        p.tensor(sources, (noisy[0], noisy[1], calls[model.embed][0].shape("input")[1], *noisy[3:]),
                 video=True),
        p.Box("embedding", note=f"{kernel}×{kernel}, step {model.patch}", out=tokens),
        p.Box("add", out=tokens, beside=p.Box("positions", note="place")),
        p.Box("add", out=tokens, beside=p.Box("embedding", "c", note=told, out=c)),
    )  # fmt: skip
    flows = [
        p.flow(
            box_of(model.motion, calls),
            p.Box("move", note="each source", out=(*noisy[:2], 2, *noisy[2:])),
        ),
        p.flow(box_of(model.paint, calls), p.Box("paint", out=call.out)),
        p.flow(
            box_of(model.score, calls),
            p.Box("softmax", "shares, and keep", out=(*noisy[:2], 4, 1, *noisy[3:])),
        ),
    ]
    mixture = "shares · sources + paint + keep · noisy"
    if call.shape("beside") is not None:
        mixed = p.Box("product", "retouch: weights · features", out=call.out)
        flows.append(p.flow(box_of(model.mix, calls), mixed))
        mixture += " + retouch"
    hands = p.side_by_side(*flows, into=p.Box("product", mixture, out=call.out), split=True)
    return p.columns(
        seen,
        p.flow(
            p.repeat(len(model.layers), *parts_of(model.layers[0], calls), name="layer"),
            box_of(model.norm, calls),
        ),
        p.flow(hands, p.tensor("clean frames", video=True)),
    )
