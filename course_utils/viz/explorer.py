"""AttentionExplorer: click a patch and see where it looks, by frame, layer and head (lesson 09)."""

import base64

import numpy as np

from course_utils.viz.explorer_page import SCRIPT
from course_utils.viz.frames import to_frames
from course_utils.viz.player import fragment, png_uri, sprite_tag
from course_utils.viz.tokens import QUERY, WEIGHT, to_weights, token_grid

LARGEST = 6_000_000  # weights in one explorer, one byte each before compression


def encode(weights):
    """Return byte = round(255 sqrt(w / peak)) "heads TN TN" and each peak, float32 "heads TN".

    The root keeps the many small weights of a row with one large one. Back:
    w = peak (byte / 255)^2.
    """
    peak = weights.max(-1)
    byte = np.round(255 * np.sqrt(np.maximum(weights, 0) / np.where(peak > 0, peak, 1)[..., None]))
    return byte.astype(np.uint8), peak.astype("<f4")


class AttentionExplorer:
    """Shows where a clicked patch looks, in all frames: HTML that needs neither kernel nor network.

    video: "T C H W"; layers: {"name": weights "heads TN TN" or "TN TN"}, tokens by frame, then row.
    patch: p, or (t, h, w) for tubelets. query: (t, row, column) to begin with, else amid the last
    frame. Raises ValueError for weights that do not fit the video, NaN, a query outside, or too
    many weights.
    """

    def __init__(self, video, layers, patch=8, query=None, fps=4, title=""):
        self.frames, _ = to_frames(video)
        self.grid, self.patch = token_grid(self.frames.shape[:3], patch)
        self.fps, self.title = fps, title
        tokens = int(np.prod(self.grid))
        if not isinstance(layers, dict) or not layers:
            raise ValueError(
                f'layers: got {type(layers).__name__}, want a dict {{"layer name": weights}}'
            )
        self.layers = {}
        for name, weights in layers.items():
            array = to_weights(weights, str(name))
            array = array[None] if array.ndim == 2 else array
            if array.ndim != 3 or array.shape[1:] != (tokens, tokens):
                product = " x ".join(map(str, self.grid))
                want = f'"heads TN TN" or "TN TN" with TN = {product} = {tokens}'
                raise ValueError(f"{name}: got shape {array.shape}, want {want}")
            self.layers[str(name)] = encode(array)
        size = sum(byte.size for byte, _ in self.layers.values())
        if size > LARGEST:
            raise ValueError(
                f"layers: got {size / 1e6:.1f} million weights, want at most {LARGEST / 1e6:.0f} "
                "million"
            )
        middle = (self.grid[0] - 1, self.grid[1] // 2, self.grid[2] // 2)
        self.query = tuple(int(q) for q in (middle if query is None else query))
        if len(self.query) != 3 or not all(0 <= q < n for q, n in zip(self.query, self.grid)):
            raise ValueError(f"query: got {query}, want (t, row, column) below {self.grid}")

    def __repr__(self):
        T, H, W, _ = self.frames.shape
        layers = ", ".join(f"{name} ({len(byte)} heads)" for name, (byte, _) in self.layers.items())
        grid = " x ".join(map(str, self.grid))
        return f"AttentionExplorer({T} frames {H} x {W}, {grid} tokens: {layers})"

    def _repr_html_(self):
        T, H, W, _ = self.frames.shape
        tokens = int(np.prod(self.grid))
        columns = min(T, 8)
        settings = {
            "frames": T,
            "fps": self.fps,
            "size": [H, W],
            "grid": self.grid,
            "patch": self.patch,
            "query": self.query,
            "columns": columns,
            "scales": [max(1, round(192 / max(H, W))), max(1, round(72 / max(H, W)))],
            "colours": [WEIGHT, QUERY],
            "layers": [
                {
                    "name": name,
                    "heads": len(byte),
                    "weights": png_uri(byte.reshape(-1, tokens)),
                    "peaks": "data:application/octet-stream;base64,"
                    + base64.b64encode(peak.tobytes()).decode(),
                }
                for name, (byte, peak) in self.layers.items()
            ],
        }
        content = self.frames.tobytes() + b"".join(
            byte.tobytes() for byte, _ in self.layers.values()
        )
        inner = sprite_tag(self.title, self.frames, settings["scales"][1])
        return fragment(inner, SCRIPT, settings, self.title, content, "attention explorer")
