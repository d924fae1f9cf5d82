"""Numbers as pictures: curves and bars of one look, so that a cell is one line (lesson 01)."""

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from course_utils.viz.figure import DPI, PALETTE, STYLE, Picture, rc_context
from course_utils.viz.frames import to_array

MARKERS, DASHES = "osD^vPX", ("-", "--", "-.", ":")
LEGEND = dict(facecolor="white", edgecolor="none", framealpha=0.85)  # readable on lines


def _vector(values, name):
    values = values if isinstance(values, (list, range)) else to_array(values, name)
    array = np.array(values, float)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name}: got shape {array.shape}, want one row of numbers")
    return array


def _one(value):
    return float(value.item() if hasattr(value, "item") else value)


def _axes(width, height, title, xlabel, ylabel):
    figure = Picture(figsize=(width, height), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.grid(True)
    return figure, axes


def _scale(axes, which, log):
    """A log axis of base 10 (True) or of the given base, with plain numbers at its ticks."""
    if log:
        base = 10 if log is True else log
        getattr(axes, f"set_{which}scale")("log", base=base)
        axis = getattr(axes, f"{which}axis")
        low, high = axis.get_view_interval()
        few = base == 10 and 0 < low and high / low < 300
        axis.set_major_locator(LogLocator(base, subs=(1, 2, 5) if few else (1,)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(NullFormatter())


def _baselines(axes, baseline, across=True):
    for i, (name, value) in enumerate((baseline or {}).items()):
        draw = axes.axhline if across else axes.axvline
        draw(_one(value), color="#555555", linestyle=DASHES[1 + i % 3], linewidth=1.6, label=name)


def lines(series, xlabel="", ylabel="", logx=False, logy=False, title="", baseline=None):
    """Draw {"name": (x, y)} as lines; returns a Figure.

    A value is y alone (x counts from 0), the tuple (x, y), or (x, y, spread) for a band of y +-
    spread.
    logx, logy: True, or the base, such as 2. baseline: {"name": value} as dashed lines. NaN leaves
    a gap. Raises ValueError for an empty dict and for x, y and spread of unequal length.
    """
    if not isinstance(series, dict) or not series:
        raise ValueError(f'series: got {type(series).__name__}, want a dict {{"name": (x, y)}}')
    with rc_context(STYLE):
        figure, axes = _axes(7, 4, title, xlabel, ylabel)
        for i, (name, value) in enumerate(series.items()):
            parts = [_vector(v, name) for v in (value if isinstance(value, tuple) else (value,))]
            if len(parts) == 1:
                parts = [np.arange(len(parts[0])), *parts]
            if len({len(v) for v in parts}) > 1 or len(parts) > 3:
                raise ValueError(
                    f"{name}: got lengths {[len(v) for v in parts]}, want (x, y) or (x, y, "
                    "spread), all equal"
                )
            look = dict(color=PALETTE[i % 7], linestyle=DASHES[i // 7 % 4])
            axes.plot(
                *parts[:2],
                label=name,
                marker=MARKERS[i % 7] if len(parts[0]) <= 25 else None,
                **look,
            )
            if len(parts) == 3:
                x, y, spread = parts
                axes.fill_between(
                    x, y - spread, y + spread, color=look["color"], alpha=0.2, linewidth=0
                )
        _baselines(axes, baseline)
        _scale(axes, "x", logx)
        _scale(axes, "y", logy)
        if any(series) or baseline:
            axes.legend(**LEGEND)
    return figure


def loss_curve(histories, baseline=None, ylabel="loss", title="", logy=True, smooth=None):
    """Draw the loss of each step, {"name": History or list}: pale as it was, solid: running mean.

    smooth: steps in the running mean (default: a fiftieth of the run). baseline: {"name": value},
    dashed. Raises ValueError for an empty dict or a history without a step.
    """
    if not isinstance(histories, dict) or not histories:
        raise ValueError(
            f'histories: got {type(histories).__name__}, want a dict {{"name": History or list}}'
        )
    with rc_context(STYLE):
        figure, axes = _axes(7, 4, title, "step", ylabel)
        for i, (name, history) in enumerate(histories.items()):
            losses = _vector(getattr(history, "losses", history), name)
            steps = np.arange(1, len(losses) + 1)
            window = min(len(losses), max(1, len(losses) // 50 if smooth is None else smooth))
            total = np.cumsum(np.concatenate([[0.0], losses]))
            begin = np.maximum(steps - window, 0)
            mean = (total[steps] - total[begin]) / (steps - begin)
            colour = PALETTE[i % 7]
            if window > 1:
                axes.plot(steps, losses, color=colour, alpha=0.25, linewidth=1)
            axes.plot(steps, mean, color=colour, linestyle=DASHES[i // 7 % 4], label=name)
        _baselines(axes, baseline)
        _scale(axes, "y", logy)
        axes.legend(**LEGEND)
    return figure


def bars(values, ylabel="", title="", baseline=None, digits=2):
    """Draw {"name": value or (mean, spread)} as bars with their numbers; returns a Figure.

    The bars lie, so that long names stay readable; `ylabel` names the quantity and its unit.
    Raises ValueError for an empty dict or a value that is not finite.
    """
    if not isinstance(values, dict) or not values:
        raise ValueError(
            f'values: got {type(values).__name__}, want a dict {{"name": value}} with at least one '
            "bar"
        )
    pairs = [
        (_one(v[0]), _one(v[1])) if isinstance(v, tuple) else (_one(v), 0.0)
        for v in values.values()
    ]
    mean, spread = np.array(pairs).T
    if not np.isfinite(pairs).all():
        raise ValueError(f"values: got {dict(zip(values, mean.tolist()))}, want finite numbers")
    with rc_context(STYLE):
        figure, axes = _axes(7, 0.9 + 0.45 * len(values) + 0.3 * bool(baseline), title, ylabel, "")
        axes.grid(False, axis="y")
        error = dict(xerr=spread, capsize=4, error_kw={"elinewidth": 1.6}) if spread.any() else {}
        axes.barh(range(len(values)), mean, height=0.62, color=PALETTE[0], **error)
        for i, (m, s) in enumerate(pairs):
            text = f"{m:.{digits}f}" + (f" ± {s:.{digits}f}" if s else "")
            side = -1 if m < 0 else 1
            place = dict(
                va="center", ha="left" if m >= 0 else "right", bbox=dict(fc="w", ec="none", pad=1)
            )
            axes.annotate(
                text, (m + side * s, i), (8 * side, 0), textcoords="offset points", **place
            )
        axes.set_yticks(range(len(values)), list(values))
        axes.invert_yaxis()
        axes.margins(x=0.2)
        _baselines(axes, baseline, across=False)
        if baseline:
            figure.legend(frameon=False, loc="outside lower right", ncols=len(baseline))
    return figure
