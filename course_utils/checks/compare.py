"""What separates an answer from the right one before its numbers: type, shape, dtype, NaN."""

import numbers

import numpy as np
import torch


def words(shape):
    """A shape as a person says it: "2 x 3", "3 numbers", "a single number"."""
    if len(shape) == 0:
        return "a single number"
    return f"{shape[0]} numbers" if len(shape) == 1 else " x ".join(map(str, shape))


def is_number(value):
    """Whether a value is one number: Python's, NumPy's or a tensor without dimensions."""
    if isinstance(value, torch.Tensor):
        return value.ndim == 0
    return isinstance(value, (numbers.Number, np.generic))


def same(got, wanted, atol, rtol):
    """Whether two answers agree: structure and shapes, numbers within tolerance, NaN as NaN."""
    if isinstance(wanted, dict):
        return (
            isinstance(got, dict)
            and got.keys() == wanted.keys()
            and all(same(got[k], wanted[k], atol, rtol) for k in wanted)
        )
    if isinstance(wanted, (tuple, list)):
        return (
            isinstance(got, (tuple, list))
            and len(got) == len(wanted)
            and all(same(g, w, atol, rtol) for g, w in zip(got, wanted))
        )
    if is_number(wanted) and is_number(got):
        got, wanted = torch.as_tensor(got), torch.as_tensor(wanted)
    if isinstance(wanted, torch.Tensor) and isinstance(got, torch.Tensor):
        if got.shape != wanted.shape or got.is_complex() or wanted.is_complex():
            return False
        got, wanted = got.detach().double(), wanted.detach().double()
        return torch.allclose(got, wanted, atol=atol, rtol=rtol, equal_nan=True)
    return type(got) is type(wanted) and got == wanted


def complaint(got, wanted, names=()):
    """One sentence about what is wrong with an answer before its numbers are looked at, or None.

    wanted: what the reference returned; names: of its parts, where it returns several.
    """
    if got is NotImplemented or got is Ellipsis:
        return "It is not written yet."
    if got is None:
        return "Your function returns None: did you forget the line with `return`?"
    if isinstance(wanted, dict):
        found = ((name, complaint(got[name], wanted[name])) for name in wanted)
        return next((f"{name}: {text}" for name, text in found if text), None)
    if isinstance(wanted, (tuple, list)):
        return several(got, wanted, names)
    if isinstance(wanted, str):
        return None if isinstance(got, str) else f"It is {a(got)}; the answer is a word in quotes."
    if isinstance(wanted, bool):
        right = isinstance(got, (bool, np.bool_)) or of_bools(got)
        return None if right else f"It is {a(got)}; want True or False."
    if is_number(wanted):
        return about_number(got, wanted)
    return about_tensor(got, wanted)


def a(value):
    """A type with its article, as in "a list", "a NumPy array", "a tensor of shape 2 x 3"."""
    if isinstance(value, np.ndarray):
        return "a NumPy array"
    if isinstance(value, torch.Tensor):
        return f"a tensor of {words(value.shape)}"
    name = type(value).__name__
    return ("an " if name[0] in "aeiou" else "a ") + name


def of_bools(value):
    """Whether a value is a single bool in a tensor."""
    return isinstance(value, torch.Tensor) and value.dtype == torch.bool and value.ndim == 0


def several(got, wanted, names):
    """A sentence when several values were wanted, and their number or the kind of one is wrong."""
    n, parts = len(wanted), ", ".join(names) if names else f"{len(wanted)} values"
    if not isinstance(got, (tuple, list)):
        return f"It returns {a(got)} alone; want {n} values, separated by commas: {parts}."
    if len(got) != n:
        return f"It returns {len(got)} values; want {n}: {parts}."
    for i, (g, w) in enumerate(zip(got, wanted)):
        text = complaint(g, w)
        if text:
            return f"Value {i + 1}{f' ({names[i]})' if names else ''}: {text}"
    return None


def about_number(got, wanted):
    """A sentence when one number was wanted and the answer is none, or is not finite."""
    if not is_number(got) and not (isinstance(got, (torch.Tensor, np.ndarray)) and got.shape == ()):
        return f"It returns {a(got)}; want a single number."
    got = torch.as_tensor(got)
    wanted = torch.as_tensor(wanted)
    if got.is_complex() or (got.dtype == torch.bool and wanted.dtype != torch.bool):
        kind = str(got.dtype).removeprefix("torch.")
        return f"It returns a number of type {kind}; want a real number."
    return about_nan(got, wanted)


def about_tensor(got, wanted):
    """A sentence when a tensor was wanted and the answer has another type, shape, dtype or NaN."""
    if isinstance(got, np.ndarray):
        return (
            "It returns a NumPy array; stay with torch to the last line, so that gradients can "
            "flow."
        )
    if isinstance(got, (list, tuple)):
        return f"It returns {a(got)}; want one tensor: `torch.stack` joins several."
    if not isinstance(got, torch.Tensor):
        return f"It returns {a(got)}; want a tensor of {words(wanted.shape)}."
    if got.shape != wanted.shape:
        return about_shape(got, wanted)
    return about_dtype(got, wanted) or about_nan(got, wanted)


def about_shape(got, wanted):
    """A sentence that names both shapes, and exchanged or extra axes."""
    text = f"It returns a tensor of {words(got.shape)}; want {words(wanted.shape)}."
    if got.numel() == wanted.numel() and sorted(got.shape) == sorted(wanted.shape):
        return text + " The sizes are right, their order is not: are two axes exchanged?"
    if [n for n in got.shape if n != 1] == [n for n in wanted.shape if n != 1]:
        return text + " They differ by an axis of size 1: look at keepdim, squeeze and unsqueeze."
    if len(got.shape) < len(wanted.shape):
        return text + " An axis is gone: which sum, mean or index took it away?"
    return text


def about_dtype(got, wanted):
    """A sentence when the kinds of number differ; float32 for float64 is fine."""
    mine, theirs = (str(t.dtype).removeprefix("torch.") for t in (got, wanted))
    if wanted.dtype == torch.bool or got.dtype == torch.bool:
        return None if got.dtype == wanted.dtype else f"It returns {mine}; want {theirs}."
    if got.is_complex():
        return f"It returns complex numbers ({mine}); want {theirs}."
    if wanted.is_floating_point() and not got.is_floating_point():
        return (
            f"It returns whole numbers ({mine}); want {theirs}: somewhere the fractions are cut "
            "off."
        )
    if not wanted.is_floating_point() and got.is_floating_point():
        return f"It returns {mine}; want whole numbers ({theirs})."
    if wanted.is_floating_point() and got.dtype not in (torch.float32, torch.float64):
        return f"It returns {mine}, which keeps too few digits; want {theirs}."
    return None


def about_nan(got, wanted):
    """A sentence that says where the first NaN or infinity stands."""
    if not got.is_floating_point() or bool((got.isfinite() | ~wanted.isfinite()).all()):
        return None
    broken = ~got.isfinite() & wanted.isfinite()
    what = "NaN (not a number)" if got.isnan()[broken].any() else "infinity"
    places = f" in {int(broken.sum())} of {got.numel()} places, first at {first(broken)}"
    return (
        f"It returns {what}{places if got.ndim else ''}; want finite numbers. "
        "Look for 0 / 0, inf - inf, exp of a large number."
    )


def first(flags):
    """Index of the first True, as a list of ints."""
    return [int(i) for i in flags.nonzero()[0]]
