"""Show a failing case on a few lines: the input, expected and got side by side, rounded."""

import numpy as np
import torch

from course_utils.checks.compare import first, is_number, same, words

ROWS, COLUMNS = 4, 5


def number(value):
    """One number, rounded so that it prints the same on every machine."""
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, float):
        return str(value)
    text = f"{value:.3f}" if abs(value) < 1000 else f"{value:.4g}"
    return text.removeprefix("-") if float(text) == 0 else text


def block(tensor):
    """The rows of a tensor of at most two dimensions as aligned strings, cut to fit on a screen."""
    rows = tensor.detach().reshape(1, -1) if tensor.ndim < 2 else tensor.detach()
    lines = [[number(v) for v in row[:COLUMNS].tolist()] for row in rows[:ROWS]]
    width = max((len(cell) for line in lines for cell in line), default=0)
    more = " ..." if rows.shape[1] > COLUMNS else ""
    lines = ["  ".join(cell.rjust(width) for cell in line) + more for line in lines]
    return lines + (["..."] if rows.shape[0] > ROWS else [])


def show_input(name, value):
    """An input of a failing case: the numbers when there are few, else the shape."""
    if not isinstance(value, torch.Tensor):
        return [f"{name} = {number(value) if is_number(value) else repr(value)[:80]}"]
    if value.ndim > 2 or value.numel() > ROWS * COLUMNS:
        return [f"{name}: {words(value.shape)} ({str(value.dtype).removeprefix('torch.')})"]
    lines = block(value)
    return [f"{name} = {lines[0]}"] + [" " * (len(name) + 3) + line for line in lines[1:]]


def side_by_side(wanted, got, atol, rtol, names=()):
    """Expected and got, side by side, where they differ first; rows that differ end in an arrow."""
    if isinstance(wanted, (dict, tuple, list)):
        keys = list(wanted) if isinstance(wanted, dict) else range(len(wanted))
        for i, key in enumerate(keys):
            if not same(got[key], wanted[key], atol, rtol):
                name = names[i] if names else f"value {i + 1}"
                label = key if isinstance(wanted, dict) else name
                return [f"{label}:"] + side_by_side(wanted[key], got[key], atol, rtol)
    if not isinstance(wanted, torch.Tensor) or wanted.ndim == 0:
        pair, ours = (wanted, got), (torch.Tensor, np.generic)
        plain = [v.item() if isinstance(v, ours) else v for v in pair]
        return ["expected {}   got {}".format(*(number(v) for v in plain))]
    got = got.detach()
    apart = ~torch.isclose(got.double(), wanted.double(), atol=atol, rtol=rtol, equal_nan=True)
    where, head = first(apart), []
    if wanted.ndim > 2:
        lead = tuple(where[:-2])
        head = [f"at [{', '.join(map(str, lead))}], the first place that differs:"]
        wanted, got, apart = wanted[lead], got[lead], apart[lead]
    if wanted.ndim == 2:  # bring the first difference into view
        top, left = max(0, where[-2] - ROWS + 1), max(0, where[-1] - COLUMNS + 1)
        wanted, got, apart = (t[top:, left:] for t in (wanted, got, apart))
        head += [f"from row {top} and column {left} on:"] if top or left else []
    left, right = block(wanted), block(got)
    flags = [bool(row.any()) for row in apart.reshape(-1, apart.shape[-1])[:ROWS]] + [False]
    width = max(len("expected"), *map(len, left))
    table = [f"{'expected'.ljust(width)}   got"]
    for x, y, flag in zip(left, right, flags):
        table.append(f"{x.ljust(width)}   {y}" + ("   <-" if flag else ""))
    return head + table
