"""The drawings of the models of video, lessons 01 and 09."""

from dataclasses import replace

from course_utils.models.recurrent import VideoRNN
from course_utils.models.video_transformer import SpaceTimeLayer, VideoTransformer
from course_utils.viz.diagrams import parts as p
from course_utils.viz.diagrams.attending import attention_box
from course_utils.viz.diagrams.models import around, box_of, drawing_of, parts_of


@parts_of.register
def _(module: SpaceTimeLayer, calls):
    in_space, in_time, alone = module.residuals
    x = calls[module][0].shape("x")
    along = "along time" + (", rotary" if module.time.rotary is not None else "")
    space = around(in_space, attention_box(module.space, calls, "within each frame"), calls)
    time = around(in_time, attention_box(module.time, calls, along), calls)
    seen = calls[module.time][0].shape("query")  # patches before frames
    space[-1] = replace(space[-1], turned=seen, gives="swapped")
    time[-1] = replace(time[-1], turned=x, gives="swapped back")
    return [*space, *time, *around(alone, box_of(module.feed_forward, calls), calls)]


@drawing_of.register
def _(model: VideoTransformer, calls):
    call = calls[model][0]
    video, tokens = call.shape("video"), calls[model.layers[0]][0].shape("x")
    shown = p.tensor("video", video, video=True)
    kernel, step = model.embed.kernel_size[0], model.embed.stride[0]
    reach = model.reach
    return p.columns(
        p.flow(
            shown,
            p.Box("concat", note="frame and change", out=calls[model.embed][0].shape("input")),
            p.Box("embedding", note=f"{kernel}×{kernel}, step {step}", out=tokens),
            p.Box("add", out=tokens,
                  beside=p.Box("positions", note="×".join(map(str, model.place.shape)))),
        ),
        p.flow(
            p.repeat(len(model.layers), *parts_of(model.layers[0], calls), name="layer"),
            box_of(model.norm, calls),
        ),
        p.flow(
            p.side_by_side(
                p.flow(
                    box_of(model.motion, calls),
                    p.Box("move", note=f"up to {reach} pixels", out=call.out, side="left",
                          beside=p.tensor("video")),
                ),
                p.flow(
                    box_of(model.pixels, calls),
                    p.Box("paint", note="unpatchify", out=call.out),
                ),
                into=p.Box("add", out=call.out),
                split=True,
            ),
            p.tensor("next frames", video=True),
        ),
    )  # fmt: skip


@drawing_of.register
def _(model: VideoRNN, calls):
    call, step = calls[model][0], calls[model.cell.from_state]
    video = call.shape("video")
    state = step[0].shape("input")  # z_{t-1}, once for every frame
    pixels = calls[model.pixels][0]
    return p.flow(
        p.tensor("video", video, video=True),
        p.residual(
            p.Box("concat", note="frame and change",
                  out=calls[model.cell.from_input][0].shape("input")),
            p.Box("embedding", "W_x", out=calls[model.cell.from_input][0].out),
            p.Box("state", "z_t", note=f"{type(model.cell).__name__}, {len(step)} steps",
                  out=pixels.shape("input"),
                  beside=p.tensor("z_{t-1}", state)),
            p.Box("linear", "U", out=pixels.out),
            p.Box("unpatchify", out=video),
        ),
        p.tensor("next frames", video=True),
    )  # fmt: skip
