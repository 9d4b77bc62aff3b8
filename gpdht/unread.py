"""Which settings a configuration reads: one table of what applies when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LEVEL_MODELS = ("gpdht", "gmfgrn", "hgatlink")  # embed the gene–cell graph
_ATTENDING = ("genelink", "gatcl")
_PUBLISHED = ("genelink", "gmfgrn", "igegrns", "gatcl", "hgatlink")
_GATE = ("encoder.heads", "encoder.tau", "encoder.rescale")
_LEVELS = ("graph.levels", "graph.encoding", *_GATE)
_RECONSTRUCTION = (
    "encoder.start",
    "encoder.shrinkage",
    "encoder.iterations",
    "encoder.lr",
    "encoder.clip",
)


@dataclass(frozen=True)
class Rule:
    """Settings that are read only while another setting has one of some values.

    Parameters
    ----------
    settings : dotted paths; a section alone stands for all of its settings.
    when : the other setting; `values` : those with which they are read.
    """

    settings: tuple[str, ...]
    when: str
    values: tuple[Any, ...]

    def covers(self, path: str) -> bool:
        return path in self.settings or path.partition(".")[0] in self.settings

    @property
    def reason(self) -> str:
        """When they are read, in words."""
        return f"read only with {self.when} {' or '.join(map(str, self.values))}"


RULES = (
    Rule(("pairs.ratio", "pairs.cooccurrence"), "pairs.negatives", ("cooccurrence",)),
    Rule(("graph.levels", "graph.encoding", "encoder"), "model.name", _LEVEL_MODELS),
    Rule(_GATE, "model.name", ("gpdht", "hgatlink")),
    Rule(("encoder.features",), "model.name", ("gpdht",)),
    Rule(
        (*_LEVELS, "encoder.training", *_RECONSTRUCTION, "prior.companions"),
        "encoder.features",
        ("one-hot",),
    ),
    Rule(_LEVELS, "encoder.training", ("reconstruct", "joint", "reconstruct+finetune")),
    Rule(_RECONSTRUCTION, "encoder.training", ("reconstruct", "reconstruct+finetune")),
    Rule(("encoder.shrinkage",), "encoder.start", ("singular",)),
    Rule(
        ("augment", "loss", "prior", "train.precision", "model.projection"),
        "model.name",
        ("gpdht",),
    ),
    Rule(
        (
            "model.context",
            "model.statistics",
            "model.scale",
            "model.effects",
            "model.effects_rank",
            "model.effects_penalty",
            "model.hidden_tfs",
        ),
        "model.name",
        ("gpdht",),
    ),
    Rule(
        ("model.layers", "model.heads", "model.feedforward", "model.dropout", "model.hidden"),
        "model.name",
        ("gpdht", "hgatlink"),
    ),
    Rule(("model.effects_rank", "model.effects_penalty"), "model.effects", ("factors",)),
    Rule(("peer",), "model.name", _PUBLISHED),
    Rule(("peer.output",), "model.name", (*_ATTENDING, "igegrns")),
    Rule(("peer.hidden",), "model.name", (*_ATTENDING, "gmfgrn", "igegrns")),
    Rule(
        ("peer.channel", "peer.heads", "peer.self_loops", "peer.isolated"),
        "model.name",
        _ATTENDING,
    ),
    Rule(("peer.attends_across_batch",), "model.name", ("hgatlink",)),
    Rule(("peer.double_sigmoid",), "model.name", ("igegrns",)),
    Rule(("train.others", "train.epoch_pairs"), "model.name", ("gpdht",)),
    Rule(("cv.folds",), "cv.split", ("edge", "target", "tf", "both")),
    Rule(("train.momentum",), "train.optimizer", ("sgd",)),
)
"""A setting that several rules cover is read where all of them hold; others always are.

A rule stands behind those that say whether its `when` is read.
"""

_YOUNGER = {"encoder.features": "one-hot", "train.epoch_pairs": 70_000}
"""Settings that came after hashes were kept, at what changes no earlier configuration's scores."""


def unread(values: Mapping[str, Any]) -> dict[str, str]:
    """The settings that a configuration does not read, and when each would be.

    Parameters
    ----------
    values : all settings, by dotted path (`Config.flat`).
    """
    found: dict[str, str] = {}
    for rule in RULES:
        if values[rule.when] not in rule.values and rule.when not in found:
            found |= {path: rule.reason for path in values if rule.covers(path)}
    return {path: found[path] for path in values if path in found}


def applied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of all settings, by dotted path, that a configuration reads."""
    ignored = unread(values)
    return {path: value for path, value in values.items() if path not in ignored}


def settings_hash(values: Mapping[str, Any]) -> str:
    """sha256 of settings, 16 hex digits; it stays when gpdht gets further settings."""
    known = {k: v for k, v in values.items() if k not in _YOUNGER or _YOUNGER[k] != v}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]
