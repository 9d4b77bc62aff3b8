"""Distributed hyperparameter search for gene-regulatory-network inference.

``import gpdht as gp``; names load what they need when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for editors and type checkers
    from gpdht import plots
    from gpdht.comparison.result import Comparison
    from gpdht.comparison.run import compare
    from gpdht.comparison.tables import open_comparison
    from gpdht.config import Config
    from gpdht.data.dataset import Dataset
    from gpdht.data.matrix_options import MatrixOptions
    from gpdht.data.net_options import NetOptions
    from gpdht.data.source import open_dataset
    from gpdht.data.toy import toy
    from gpdht.devices import on_device
    from gpdht.errors import GpdhtError
    from gpdht.network.activity import estimate_activities
    from gpdht.network.anndata_formats import to_anndata
    from gpdht.network.conservation import Conservation, conserved
    from gpdht.network.edge_choice import EdgeChoice
    from gpdht.network.edge_tables import read_edge_table
    from gpdht.network.evaluate import evaluate
    from gpdht.network.formats import write_network
    from gpdht.network.modules import find_modules
    from gpdht.network.predict import predict
    from gpdht.pairs.candidates import make_pairs
    from gpdht.pairs.splits import make_folds
    from gpdht.registry.fit import fit
    from gpdht.registry.model import Model
    from gpdht.registry.promotion import promote
    from gpdht.registry.references import load
    from gpdht.registry.registration import register
    from gpdht.report.writing import write_report
    from gpdht.reproduction.run import Reproduction, reproduce
    from gpdht.search.charts import study_charts
    from gpdht.search.run import run_search
    from gpdht.search.space import Space, load_space
    from gpdht.search.study import Study, open_study
    from gpdht.search.study_tables import StudyTables
    from gpdht.tracking import open_tracker
    from gpdht.training.cross_validation import cross_validate
    from gpdht.training.refit import refit
    from gpdht.trial import TrialResult, run_trial

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "comparison.result",
    "Config": "config",
    "Conservation": "network.conservation",
    "Dataset": "data.dataset",
    "EdgeChoice": "network.edge_choice",
    "GpdhtError": "errors",
    "MatrixOptions": "data.matrix_options",
    "Model": "registry.model",
    "NetOptions": "data.net_options",
    "Reproduction": "reproduction.run",
    "Space": "search.space",
    "Study": "search.study",
    "StudyTables": "search.study_tables",
    "TrialResult": "trial",
    "compare": "comparison.run",
    "conserved": "network.conservation",
    "cross_validate": "training.cross_validation",
    "estimate_activities": "network.activity",
    "evaluate": "network.evaluate",
    "find_modules": "network.modules",
    "fit": "registry.fit",
    "load": "registry.references",
    "load_space": "search.space",
    "make_folds": "pairs.splits",
    "make_pairs": "pairs.candidates",
    "on_device": "devices",
    "open_comparison": "comparison.tables",
    "open_dataset": "data.source",
    "open_study": "search.study",
    "open_tracker": "tracking",
    "plots": "",
    "predict": "network.predict",
    "promote": "registry.promotion",
    "read_edge_table": "network.edge_tables",
    "refit": "training.refit",
    "register": "registry.registration",
    "reproduce": "reproduction.run",
    "run_search": "search.run",
    "run_trial": "trial",
    "study_charts": "search.charts",
    "to_anndata": "network.anndata_formats",
    "toy": "data.toy",
    "write_network": "network.formats",
    "write_report": "report.writing",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 (the names of a lazy module are strings)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gpdht' has no attribute {name!r}")
    if not _HOMES[name]:
        return import_module(f"gpdht.{name}")
    return getattr(import_module(f"gpdht.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
