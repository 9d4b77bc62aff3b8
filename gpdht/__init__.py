"""Distributed hyperparameter search for gene-regulatory-network inference.

``import gpdht as gp``; names load what they need when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Config": "config",
    "Dataset": "data.dataset",
    "open_dataset": "data.source",
    "toy": "data.toy",
    "make_pairs": "pairs.candidates",
    "make_folds": "pairs.splits",
    "cross_validate": "training.cross_validation",
    "refit": "training.refit",
    "TrialResult": "trial",
    "run_trial": "trial",
    "load_space": "search.space",
    "run_search": "search.run",
    "open_study": "search.study",
    "Comparison": "comparison.run",
    "compare": "comparison.run",
    "Model": "registry.model",
    "register": "registry",
    "promote": "registry",
    "load": "registry",
    "predict": "network.predict",
    "read_edge_table": "network.edge_tables",
    "find_modules": "network.modules",
    "Reproduction": "reproduction.run",
    "reproduce": "reproduction.run",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 (the names of a lazy module are strings)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gpdht' has no attribute {name!r}")
    return getattr(import_module(f"gpdht.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
