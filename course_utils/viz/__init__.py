"""Pictures of videos, attention and training: figures, players, one-line digests (lesson 00)."""

from importlib import import_module

_HOME = {
    "filmstrip": "frames",
    "show_video": "frames",
    "compare": "frames",
    "digest": "frames",
    "attention_map": "attention",
    "attention_over_video": "attention",
    "over_all_tokens": "tokens",
    "loss_curve": "curves",
    "lines": "curves",
    "bars": "curves",
    "valley": "valleys",
    "table": "tables",
    "AttentionExplorer": "explorer",
    "diagram": "diagrams",
    "PALETTE": "figure",
}
__all__ = list(_HOME)


def __getattr__(name):
    """Import the submodule that keeps `name` at its first use, so that importing viz is light."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__():
    return sorted(__all__)
