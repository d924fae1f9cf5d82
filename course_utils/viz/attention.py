"""Where a query looks: the matrix of weights, and the weights laid over the video (lesson 02)."""

from math import ceil

import numpy as np

from course_utils.viz.figure import DPI, PALETTE, STYLE, Picture, canvas, rc_context
from course_utils.viz.frames import no_nan, to_array, to_frames
from course_utils.viz.tokens import (
    OBJECT,
    QUERY,
    WEIGHT,
    overlay,
    to_outline,
    to_weights,
    token_grid,
)

HATCHED = dict(facecolor="#eeeeee", edgecolor="#999999", hatch="//", linewidth=0)  # where masked


def attention_map(weights, query_labels=None, key_labels=None, title="", label=None):
    """Draw weights "queries keys" (or "heads queries keys", one panel each); returns a Figure.

    Small matrices carry their numbers. Scores before the softmax are welcome too: values below 0
    get a scale that is white at 0, and minus infinity (masked) is hatched. A bool mask is 1 (may
    attend) and 0. In a large matrix with a few large weights the scale ends below them, as its
    pointed end says. Raises ValueError for another number of axes, more than 16 heads, NaN, or
    labels that do not fit.
    """
    array = to_array(weights, "weights")
    mask = array.dtype == bool
    label = label or ("may attend" if mask else "weight")
    array = array.astype(np.float32)
    while array.ndim > 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.size == 0 or len(array) > 16:
        want = '"queries keys" or "heads queries keys", heads <= 16'
        raise ValueError(f"weights: got shape {array.shape}, want {want}")
    heads, Q, K = array.shape
    for name, labels, n in (("query_labels", query_labels, Q), ("key_labels", key_labels, K)):
        if labels is not None and len(labels) != n:
            raise ValueError(f"{name}: got {len(labels)}, want {n}")
    hidden = np.isneginf(array)
    no_nan(array[~hidden], "weights")
    look, bar = _colours(array[~hidden], mask)
    array = np.where(hidden, np.nan, array)
    across = min(heads, 4)
    down = ceil(heads / across)
    side, shape = 4.2 if heads == 1 else 2.9, min(1.4, max(0.45, Q / K))
    with rc_context(STYLE):
        size = (side * across + 1.2, ((side - 0.6) * shape + 0.75) * down + 0.4 * bool(title))
        figure = Picture(figsize=size, dpi=DPI, layout="constrained")
        grid = figure.subplots(down, across, squeeze=False)
        for axes in grid.flat[heads:]:
            axes.axis("off")
        for h, axes in enumerate(grid.flat[:heads]):
            axes.patch.set(**HATCHED)
            way = "nearest" if K <= 64 else "auto"
            image = axes.imshow(array[h], aspect="auto", interpolation=way, **look)
            axes.set(xlabel="key", ylabel="query", box_aspect=shape)
            if heads > 1:
                axes.set_title(f"head {h}")
            _ticks(axes.xaxis, key_labels, K)
            _ticks(axes.yaxis, query_labels, Q)
            if Q * K <= 64 and heads == 1:
                _numbers(axes, array[h], image, 0 if mask else 2)
        figure.colorbar(image, ax=grid, label=label, shrink=0.9, **bar)
        if title:
            figure.suptitle(title)
    return figure


def _colours(values, mask):
    """How to colour the values: the arguments of imshow, and those of the colour bar."""
    from matplotlib.colors import ListedColormap

    if mask:
        return dict(cmap=ListedColormap(["#dddddd", PALETTE[0]]), vmin=0, vmax=1), {
            "ticks": [0, 1],
            "format": "%d",
        }
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if low < 0:
        bound = max(-low, high)
        return dict(cmap="PuOr_r", vmin=-bound, vmax=bound), {}
    most = float(np.quantile(values, 0.995)) if values.size >= 4096 else high
    if 0 < most < high / 3:  # a few large weights would leave the others in the dark
        return dict(cmap="cividis", vmin=0, vmax=most), {"extend": "max"}
    return dict(cmap="cividis", vmin=0, vmax=high or 1), {}


def _ticks(axis, labels, n):
    if labels is not None:
        long = axis.axis_name == "x" and n * max(len(str(text)) for text in labels) > 30
        turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if long else {}
        axis.set_ticks(range(n), [str(text) for text in labels], **turn)
    elif n <= 12:
        axis.set_ticks(range(n))
    else:
        axis.get_major_locator().set_params(integer=True, nbins=5)


def _numbers(axes, values, image, digits):
    for (q, k), value in np.ndenumerate(values):
        if np.isfinite(value):
            red, green, blue, _ = image.cmap(image.norm(value))
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
            axes.text(
                k,
                q,
                f"{value:.{digits}f}",
                ha="center",
                va="center",
                fontsize=11,
                color="w" if dark else "k",
            )


def attention_over_video(video, weights, query=None, patch=8, mask=None, title=""):
    """Draw where one query patch looks: the clip above, the weights over its frames in grey below.

    weights: "queries keys" over all tokens (or "heads queries keys": their mean), or one row,
    "keys".
    query: (t, row, column) of the patch, t counted in tubelets; with one row it is only outlined.
    patch: p, or (t, h, w). mask: pixels to outline, such as `Clips.mask[0]`. Below a frame stands
    its share. The colour goes with the square root of a weight, as its scale says, so that a wide
    weak spot shows too. Raises ValueError for weights, a query or a mask that do not fit the video,
    and for NaN.
    """
    frames, _ = to_frames(video)
    T, H, W = frames.shape[:3]
    (n_t, rows, cols), (p_t, p_h, p_w) = token_grid((T, H, W), patch)
    tokens = n_t * rows * cols
    array = to_weights(weights)
    if array.ndim == 3:
        array = array.mean(0)
    if array.ndim == 2 and array.shape[0] == 1:
        array = array[0]
    if array.shape not in ((tokens, tokens), (tokens,)):
        want = f'"queries keys" or "keys" with {n_t} x {rows} x {cols} = {tokens} tokens each'
        raise ValueError(f"weights: got shape {array.shape}, want {want}")
    if query is None and array.ndim == 2:
        raise ValueError("query: got None, want (t, row, column) to choose a row of the weights")
    if query is not None:
        if len(query) != 3 or not all(0 <= q < n for q, n in zip(query, (n_t, rows, cols))):
            raise ValueError(
                f"query: got {query}, want (t, row, column) below ({n_t}, {rows}, {cols})"
            )
        if array.ndim == 2:
            array = array[(query[0] * rows + query[1]) * cols + query[2]]
    grid = array.reshape(n_t, rows, cols)
    peak = float(grid.max()) or 1.0
    share = grid.sum((1, 2)) / (grid.sum() or 1.0)
    spread = np.kron(np.sqrt(grid / peak), np.ones((p_t, p_h, p_w), np.float32))
    rowed = (("video", frames), ("attention", overlay(frames, spread)))
    outline = to_outline(mask, (T, H, W)) if mask is not None else None
    if query is not None and not title:
        title = f"Where row {query[1]}, column {query[2]} of frame {query[0] * p_t} looks"
    return _strips(rowed, outline, query, share, peak, (p_t, p_h, p_w), title)


def _strips(rowed, outline, query, share, peak, patch, title):
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm
    from matplotlib.patches import Rectangle

    T, H, W = rowed[0][1].shape[:3]
    p_t, p_h, p_w = patch
    lines = ceil(T / 10)
    columns = ceil(T / lines / p_t) * p_t  # a tubelet is not torn apart
    lines = ceil(T / columns)
    zoom = max(1, int(min(920 / columns - 4, 132) / W))
    w, h, left, right, top = W * zoom + 4, H * zoom + 4, 100, 110, 66
    block = 2 * h + 50
    width, height = left + columns * w + right, top + lines * block
    with rc_context(STYLE):
        figure, axes = canvas(width, height)
        axes.text(left, 16, title, fontsize=14, va="center")
        notes = [("query patch", QUERY)] * (query is not None) + [("object", OBJECT)] * (
            outline is not None
        )
        for i, (note, colour) in enumerate(notes):
            axes.add_patch(
                Rectangle((left + 1 + 140 * i, 38), 14, 14, fill=False, ec=colour, lw=2.5)
            )
            axes.text(left + 24 + 140 * i, 45, note, va="center", fontsize=12)
        for t in range(T):
            x, y = left + t % columns * w, top + t // columns * block
            for r, (name, frames) in enumerate(rowed):
                box = (x, x + w - 4, y + r * h + h - 4, y + r * h)
                axes.imshow(frames[t], extent=box, interpolation="nearest")
                if t % columns == 0:
                    axes.text(
                        left - 8, y + (r + 0.5) * h, name, ha="right", va="center", fontsize=12
                    )
                if outline is not None and outline[t].any() and not outline[t].all():
                    edge = np.pad(outline[t].astype(float), 1)
                    at_x = x + (np.arange(W + 2) - 0.5) * zoom
                    at_y = y + r * h + (np.arange(H + 2) - 0.5) * zoom
                    axes.contour(at_x, at_y, edge, levels=[0.5], colors=[OBJECT], linewidths=1.8)
                if query is not None and t // p_t == query[0]:
                    corner = (x + query[2] * p_w * zoom, y + r * h + query[1] * p_h * zoom)
                    axes.add_patch(
                        Rectangle(corner, p_w * zoom, p_h * zoom, fill=False, ec=QUERY, lw=3)
                    )
            axes.text(x + w / 2 - 2, y + 2 * h + 8, str(t), ha="center", va="center", fontsize=11)
            if t % p_t == 0:
                middle = x + p_t * w / 2 - 2
                axes.text(
                    middle,
                    y + 2 * h + 27,
                    f"{100 * share[t // p_t]:.0f} %",
                    ha="center",
                    va="center",
                )
            if t % columns == 0:
                axes.text(left - 8, y + 2 * h + 8, "frame", ha="right", va="center", fontsize=11)
                axes.text(left - 8, y + 2 * h + 27, "share", ha="right", va="center")
        axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
        ramp = LinearSegmentedColormap.from_list("weight", ["#5a5a5a", WEIGHT])
        bar_h = 2 * h - 4
        bar = figure.add_axes(
            ((width - right + 18) / width, 1 - (top + bar_h) / height, 16 / width, bar_h / height)
        )
        figure.colorbar(
            ScalarMappable(PowerNorm(0.5, 0, peak), ramp), cax=bar, label="attention weight"
        )
    return figure
