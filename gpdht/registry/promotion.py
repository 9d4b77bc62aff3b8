"""Who is champion: the better replicated score under one protocol.

The replicated score is a *test* score, of the same labelled pairs in fresh folds. Promoting by it
makes the champion the best of the versions that were compared, so over many versions its score is
biased upward; the gain over the baseline on the same folds, in the card, is what to quote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gpdht.metrics.names import is_better
from gpdht.registry.versions import ModelVersion, described, get_version, look_up
from gpdht.tracking.connection import connect, explained

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as StoredVersion

SETTLED = "registered_model"
"""The tag of a registration's run that is written once its version has an alias."""

Alias = Literal["champion", "candidate"]


@dataclass(frozen=True)
class Standing:
    """What a registered version is compared by.

    Parameters
    ----------
    name : how it is spoken of, e.g. ``toy/3``.
    protocol : plain data; what the score means (see `registration`).
    metric, score : e.g. ``test/auprc``, the replicated score.
    """

    name: str
    protocol: Mapping[str, Any]
    metric: str
    score: float


def decide(challenger: Standing, champion: Standing | None) -> tuple[Alias, str]:
    """The alias that a new version gets, and why, in a sentence."""
    if champion is None:
        return "champion", "the first of its name"
    differs = _differences(challenger, champion)
    if differs:
        return "candidate", (
            f"{champion.name} stays champion: its score was made under another protocol "
            f"({'; '.join(differs)}), so the two cannot be compared"
        )
    scores = (
        f"replicated {challenger.metric} {challenger.score:.4f}, {champion.name} has "
        f"{champion.score:.4f}"
    )
    if is_better(challenger.metric, challenger.score, champion.score):
        return "champion", f"beats the champion: {scores}"
    return "candidate", f"does not beat the champion: {scores}"


def champion_of(client: MlflowClient, name: str) -> Standing | None:
    """What a challenger is compared with; None if there is no champion."""
    stored = look_up(client, name, "champion")
    return None if stored is None else _standing(name, stored)


def settle(client: MlflowClient, name: str, version: str) -> str:
    """Why a version that is registered already has its alias.

    One whose registration was ended before it had an alias gets one now.
    """
    stored = get_version(client, name, version)
    run_id = stored.run_id or ""
    if stored.aliases or SETTLED in client.get_run(run_id).data.tags:
        return "registered already"
    alias, reason = decide(_standing(name, stored), champion_of(client, name))
    client.set_model_version_tag(name, version, "reason", reason)
    client.set_registered_model_alias(name, alias, version)
    client.set_tag(run_id, SETTLED, f"{name}/{version}")
    return f"registered already, but without an alias until now; {reason}"


def _standing(name: str, stored: StoredVersion) -> Standing:
    tags = stored.tags
    return Standing(
        f"{name}/{stored.version}",
        json.loads(tags.get("protocol", "{}")),
        tags.get("score_metric", "unknown"),
        float(tags.get("score", "nan")),
    )


def promote(name: str, version: int, *, tracking_uri: str | None = None) -> ModelVersion:
    """The version as champion, whatever its score.

    Raises
    ------
    ModelError
        If there is no such version.
    """
    client = connect(tracking_uri)
    with explained(client.tracking_uri):
        get_version(client, name, str(version))
        client.set_registered_model_alias(name, "champion", str(version))
        client.set_model_version_tag(name, str(version), "reason", "promoted by hand")
        return described(client, name, str(version), "promoted by hand")


def _differences(challenger: Standing, champion: Standing) -> list[str]:
    new = {**challenger.protocol, "metric": challenger.metric}
    old = {**champion.protocol, "metric": champion.metric}
    return [
        f"{key} {_short(old.get(key))}, here {_short(new.get(key))}"
        for key in sorted(new.keys() | old.keys())
        if new.get(key) != old.get(key)
    ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:12]}…"
