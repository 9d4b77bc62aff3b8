"""Models that were chosen, scored again, and kept: registered in MLflow, or in a plain folder."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Model": "model",
    "ModelVersion": "versions",
    "load": "references",
    "load_model": "folder",
    "promote": "promotion",
    "register": "registration",
    "save_model": "folder",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    # mlflow takes seconds to import, and a folder on disk needs none of it.
    if name not in _HOMES:
        raise AttributeError(f"module 'gpdht.registry' has no attribute {name!r}")
    return getattr(import_module(f"gpdht.registry.{_HOMES[name]}"), name)
