"""How attention weights belong to the pixels of a video (lesson 08).

A video is cut into patches, or into tubelets of several frames; tokens are numbered frame by frame,
row by row, then column by column. Weights are "queries keys": row i says how much query i takes
from each key; it sums to 1 (or to 0, where a query may attend nowhere).
"""

import numpy as np

from course_utils.viz.frames import no_nan, to_array

# Of Okabe and Ito: no two look alike over grey frames.
WEIGHT, QUERY, OBJECT = "#E69F00", "#56B4E9", "#009E73"


def token_grid(shape, patch):
    """Return ((n_t, rows, columns), (t, h, w)): how many tokens video "T H W" has, and their size.

    patch: p for p x p pixels of one frame, or (t, h, w) for tubelets. Raises ValueError if they do
    not fit.
    """
    size = (1, patch, patch) if isinstance(patch, int) else tuple(patch)
    if len(size) != 3 or min(size) < 1 or any(n % p for n, p in zip(shape, size)):
        raise ValueError(
            f"patch: got {patch}, want a divisor of (T, H, W) = {tuple(shape)}, as p or (t, h, w)"
        )
    return tuple(n // p for n, p in zip(shape, size)), size


def to_weights(weights, name="weights"):
    """Return weights as float32 without leading axes of length 1; ValueError for NaN or below 0."""
    array = to_array(weights, name).astype(np.float32)
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    no_nan(array, name)
    if array.size and array.min() < -1e-4:
        raise ValueError(
            f"{name}: got {array.min():.3g}, want weights, 0 or more: after the softmax"
        )
    return array


def over_all_tokens(weights, along):
    """Lay the weights of factorised attention out over all tokens of the video: "heads TN TN".

    along: "space" for weights "T heads N N" (each frame attends to itself), "time" for "N heads T
    T" (each place attends to itself over time); a leading axis of length 1 is dropped. All other
    weights are 0.
    """
    array = to_array(weights, "weights").astype(np.float32)
    if array.ndim == 5 and array.shape[0] == 1:
        array = array[0]
    if along not in ("space", "time"):
        raise ValueError(f'along: got {along!r}, want "space" or "time"')
    if array.ndim != 4 or array.shape[2] != array.shape[3]:
        raise ValueError(f'weights: got shape {array.shape}, want "T heads N N" or "N heads T T"')
    blocks, heads, n, _ = array.shape
    T, N = (blocks, n) if along == "space" else (n, blocks)
    out = np.zeros((heads, T, N, T, N), np.float32)
    for b in range(blocks):
        if along == "space":
            out[:, b, :, b, :] = array[b]
        else:
            out[:, :, b, :, b] = array[b]
    return out.reshape(heads, T * N, T * N)


def overlay(frames, share):
    """Grey frames "T H W 3" under attention's colour; share "T H W" in [0, 1]: how opaque it is."""
    light = frames.astype(np.float32) @ np.array((0.299, 0.587, 0.114), np.float32)
    grey = 40 + 0.6 * light[..., None]
    colour = np.array([int(WEIGHT[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    opaque = 0.9 * share[..., None]
    return np.round((1 - opaque) * grey + opaque * colour).astype(np.uint8)


def to_outline(mask, shape):
    """A mask "T H W", "T S H W" or "1 T S H W" as bool "T H W"."""
    array = to_array(mask, "mask").astype(bool)
    if array.ndim == 5 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 4:
        array = array.any(1)
    if array.shape != tuple(shape):
        raise ValueError(
            f'mask: got shape {array.shape}, want "T H W" = {tuple(shape)} or "T S H W"'
        )
    return array
