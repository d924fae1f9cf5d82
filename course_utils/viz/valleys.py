"""A loss over two parameters as a landscape, and the paths of optimisers through it (primer)."""

import numpy as np
import torch

from course_utils.viz.curves import LEGEND
from course_utils.viz.figure import DPI, PALETTE, STYLE, Picture, rc_context
from course_utils.viz.frames import to_array

MARKERS, GRID, ROOM = "osD^", 161, 0.25
SIDE = 3.5  # inches of one panel


def _path(name, path):
    points = to_array(torch.as_tensor(path, dtype=torch.float64), name)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"{name}: got shape {points.shape}, want (steps, 2)")
    if not np.isfinite(points).all():
        raise ValueError(f"{name}: got a point that is not finite, want finite places")
    return points


def valley(loss, paths, xlabel="", ylabel="", goal=None, title="", levels=10):
    """Draw a loss as lines of equal height, one panel for each path; returns a Figure.

    loss: function of two tensors of one shape, x and y, that returns the heights. paths:
    {"name": (steps, 2)}, one to four; the ring is where a path begins, each mark a step. goal:
    (x, y), drawn as a cross. levels: how many lines; their heights grow like squares, so that a
    bowl has evenly spaced rings. Raises ValueError for no path or too many, and for one of the
    wrong shape.
    """
    if not isinstance(paths, dict) or not 1 <= len(paths) <= 4:
        raise ValueError('paths: want a dict {"name": places} with one to four paths')
    points = {name: _path(name, path) for name, path in paths.items()}
    every = np.concatenate([*points.values(), [goal] if goal is not None else np.empty((0, 2))])
    low, high = every.min(0), every.max(0)
    room = max((high - low).max(), 1e-6) * ROOM
    axes_of = (np.linspace(*ends, GRID) for ends in zip(low - room, high + room))
    x, y = np.meshgrid(*axes_of)
    height = to_array(loss(torch.from_numpy(x), torch.from_numpy(y)), "loss")
    if height.shape != x.shape:
        raise ValueError(f"loss: got shape {height.shape}, want that of x and y, {x.shape}")
    floor, top = height.min(), height.max()
    lines = floor + (top - floor) * np.linspace(0, 1, levels + 1)[1:] ** 2
    columns = min(2, len(points))
    rows = -(-len(points) // columns)
    with rc_context(STYLE):
        size = (SIDE * columns, SIDE * rows)
        figure = Picture(figsize=size, dpi=DPI, layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for i, (panel, (name, path)) in enumerate(zip(panels.flat, points.items())):
            panel.contour(x, y, height, levels=lines, colors="#999999", linewidths=0.9)
            look = dict(color=PALETTE[i], marker=MARKERS[i], markersize=4, linewidth=1.6)
            panel.plot(*path.T, **look)
            panel.plot(*path[0], marker="o", markersize=11, mfc="none", mec="#222222", mew=1.6)
            if goal is not None:
                panel.plot(*goal, marker="X", markersize=10, color="#222222", linestyle="none")
            panel.text(
                0.03, 0.97, name, transform=panel.transAxes, va="top", bbox=_box(), color="#222222"
            )
            panel.set_aspect("equal")
        for panel in panels.flat[len(points) :]:
            panel.set_axis_off()
        figure.supxlabel(xlabel, fontsize=12)
        figure.supylabel(ylabel, fontsize=12)
        figure.suptitle(title)
    return figure


def _box():
    return dict(
        facecolor=LEGEND["facecolor"], edgecolor=LEGEND["edgecolor"], alpha=LEGEND["framealpha"]
    )
