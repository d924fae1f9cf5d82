"""Checkpoints: weights that cannot run code, with a header that says their origin (lesson 09).

A checkpoint is one safetensors file. Its header carries, as JSON, the model's class and settings,
the command and the seed that made it, and the scores that were measured. Weights are kept in
float16 and used in float32.
"""

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import torch

from course_utils.files import replace_file

FORMAT = "video-transformer-course/1"
FOLDER = Path(__file__).resolve().parent.parent / "data" / "checkpoints"


@dataclass(frozen=True)
class Header:
    """What a checkpoint says about itself."""

    model: str  # the class whose weights these are
    config: dict  # the arguments that build it
    command: str  # what remakes the file
    seed: int
    scores: dict  # name -> measured value


def save_checkpoint(path, model, *, config, command, seed, scores):
    """Write the weights of `model` (float16) and their header to `path`, through a temporary file.

    config: the keyword arguments that rebuild the model; command: the line that remakes the file;
        seed: int;
    scores: a dict of measured numbers. Raises ValueError if a weight is not finite or does not fit
    into float16.
    """
    from safetensors.torch import save_file

    weights = {}
    for name, tensor in model.state_dict().items():
        half = (
            tensor.detach().half().contiguous()
            if tensor.is_floating_point()
            else tensor.detach().contiguous()
        )
        if tensor.is_floating_point() and not torch.isfinite(half).all():
            raise ValueError(
                f"model: {name} holds values that are not finite in float16, want finite weights"
            )
        weights[name] = half
    header = Header(type(model).__name__, config, command, seed, scores)
    metadata = {
        "format": FORMAT,
        **{k: json.dumps(v, sort_keys=True) for k, v in vars(header).items()},
    }
    replace_file(path, lambda temporary: _write_sorted(save_file, weights, temporary, metadata))


def _write_sorted(save_file, weights, path, metadata):
    """Sort the metadata, which safetensors writes in hash order: same weights, same bytes."""
    save_file(weights, path, metadata=metadata)
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    head["__metadata__"] = dict(sorted(head["__metadata__"].items()))
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])


def read_checkpoint(path):
    """Return (weights, Header) of the file at `path`; weights is a dict of float32 tensors.

    Raises FileNotFoundError if there is no such file, ValueError if it is damaged or not a
    checkpoint of this course.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(
            f"path: there is no checkpoint at {path}; `make checkpoints` remakes the bundled ones"
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}
    except SafetensorError as error:
        raise ValueError(f"path: {path} is damaged or not a safetensors file ({error})") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"path: {path} is a safetensors file, but not a checkpoint of this course")
    try:
        header = Header(
            **{k: json.loads(metadata[k]) for k in ("model", "config", "command", "seed", "scores")}
        )
    except (KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"path: the header of {path} is damaged ({error})") from error
    return {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}, header


def load_checkpoint(name, model_class):
    """Build a `model_class` from a checkpoint, in eval mode, and return (model, Header).

    name: a bundled checkpoint, such as "predict-shapes", or the path of a .safetensors file.
    Raises FileNotFoundError for a missing file, ValueError for a damaged or foreign one or another
    model's weights.
    """
    bundled = isinstance(name, str) and re.fullmatch(r"[a-z0-9-]+", name)
    path = FOLDER / f"{name}.safetensors" if bundled else Path(name)
    weights, header = read_checkpoint(path)
    if header.model != model_class.__name__:
        raise ValueError(
            f"model_class: {path.name} holds a {header.model}, got {model_class.__name__}"
        )
    try:
        model = model_class(**header.config)
        model.load_state_dict(weights)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"path: the weights in {path} do not fit {header.model}: {error}"
        ) from error
    return model.eval(), header
