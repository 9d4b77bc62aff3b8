"""Registering a study's winner: scored again, refitted on all pairs, kept, and judged."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ModelError
from gpdht.models.catalogue import check_can_be_kept
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.registry.card import card_text
from gpdht.registry.folder import save_model
from gpdht.registry.model import Model, Progress
from gpdht.registry.promotion import decide
from gpdht.registry.registration_run import registration_run
from gpdht.registry.replication import Replication, fresh_seeds, replicate
from gpdht.registry.versions import (
    ModelVersion,
    champion_of,
    check_name,
    find_version,
    get_version,
    write_version,
)
from gpdht.registry.winner import Winner
from gpdht.search.study import Study
from gpdht.tracking.connection import connect, ensure_experiment, explained, shown
from gpdht.tracking.protocol import finite
from gpdht.training.refit import refit

if TYPE_CHECKING:
    from mlflow import MlflowClient

REPLICATES = 3
_CARD = "model-card"


def register(
    study: Study,
    dataset: Dataset,
    *,
    name: str,
    replicates: int = REPLICATES,
    tracking_uri: str | None = None,
    progress: Progress | None = None,
) -> ModelVersion:
    """The study's winner as a registered version, with a score on fresh folds.

    It is cross-validated again with fresh folds and seeds (the replicated score; the same labelled
    pairs drawn anew, so a little of the search's optimism may remain), refitted on all
    pairs, logged with its model card, and gets the alias ``champion`` if it beats the present one
    under the same protocol, else ``candidate``. A winner that is registered already is returned
    as it is.

    Parameters
    ----------
    dataset : the one of the study.
    replicates : how many seeds; also the size of the ensemble.
    tracking_uri : None for where the study is tracked.

    Raises
    ------
    StudyError
        If the data are not the study's, or no trial is complete.
    ConfigError
        If the winner is another published model; see `check_can_be_kept`.
    ModelError
        If the name is no name, or the winner does not complete again.
    TrackingError
        If the registry cannot be reached.
    """
    check_name(name)
    if replicates < 1:
        raise ModelError(f"replicates is {replicates}; expected at least 1.")
    winner = Winner.of(study, dataset)
    check_can_be_kept(winner.config)
    tracking = study.record.get("tracking") or {}
    client = connect(tracking_uri or tracking.get("uri"))
    with explained(client.tracking_uri):
        known = find_version(client, name, winner.key(replicates))
        if known is not None:
            return _described(client, name, str(known.version), "registered already")
        experiment = ensure_experiment(client, tracking.get("experiment") or "gpdht")
        with registration_run(client, experiment, winner, name=name) as run_id:
            replication, model = _make(winner, replicates, progress)
            return _keep(client, run_id, winner, name=name, replication=replication, model=model)


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
        return _described(client, name, str(version), "promoted by hand")


def _make(winner: Winner, replicates: int, progress: Progress | None) -> tuple[Replication, Model]:
    """The winner's replicated score, and the model fitted on all pairs."""
    cache = winner.study.folder / "cache"
    replication = replicate(
        winner.config, winner.dataset, replicates=replicates, cache_dir=cache, progress=progress
    )
    start = time.monotonic()
    fitted = _refit_all(winner, replicates, cache, progress)
    cost = {"replication": replication.seconds, "refit": time.monotonic() - start}
    card = winner.card(replication, cost)
    return replication, Model.of(fitted, winner.dataset, epochs=winner.epochs, card=card)


def _refit_all(
    winner: Winner, replicates: int, cache: Path, progress: Progress | None
) -> list[FittedGPDHT]:
    fitted = []
    for number, seed in enumerate(fresh_seeds(winner.config, replicates), start=1):
        what = f"final fit {number} of {replicates}"

        def report(epoch: int, _: dict[str, float], what: str = what) -> None:
            if progress is not None:
                progress(what, epoch, winner.epochs)

        fitted.append(
            refit(
                winner.config,
                winner.dataset,
                epochs=winner.epochs,
                seed=seed,
                cache_dir=cache,
                report=report,
            )
        )
    return fitted


def _keep(
    client: MlflowClient,
    run_id: str,
    winner: Winner,
    *,
    name: str,
    replication: Replication,
    model: Model,
) -> ModelVersion:
    """Log, register and judge a model; the alias is the last thing that is written."""
    challenger = winner.standing(name, replication)
    alias, reason = decide(challenger, champion_of(client, name))
    text = card_text(model.card, title=name)
    metrics = {**replication.metrics(), winner.selection_metric: winner.score}
    best = {f"baseline/{metric}": ", ".join(m) for metric, m in replication.baseline_models.items()}
    _log_run(client, run_id, metrics, winner.config, tags=best, card=model.card, text=text)
    tags = {
        **winner.key(len(replication.seeds)),
        "score_metric": challenger.metric,
        "score": repr(challenger.score),
        "reason": reason,
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = save_model(Path(temporary) / "model", model)
        version = write_version(
            client, folder, name=name, run_id=run_id, tags=tags, description=text
        )
    client.set_registered_model_alias(name, alias, str(version))
    client.set_tag(run_id, "registered_model", f"{name}/{version}")
    if winner.study.record.get("parent_run"):
        parent = winner.study.record["parent_run"]
        client.set_tag(parent, "registered_model", f"{name}/{version}")
    return ModelVersion(
        name, version, alias, reason, run_id, shown(client.tracking_uri), model.card
    )


def _log_run(
    client: MlflowClient,
    run_id: str,
    metrics: dict[str, float],
    config: Config,
    *,
    tags: Mapping[str, str],
    card: Mapping[str, Any],
    text: str,
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    at = int(time.time() * 1000)
    points = [Metric(name, value, at, 0) for name, value in finite(metrics).items()]
    params = [Param(path, str(value)) for path, value in config.applied().items()]
    entries = [RunTag(name, value) for name, value in tags.items()]
    client.log_batch(run_id, metrics=points, params=params, tags=entries)
    client.log_text(run_id, text, f"{_CARD}.md")
    client.log_text(run_id, json.dumps(card, indent=1), f"{_CARD}.json")


def _described(client: MlflowClient, name: str, version: str, reason: str) -> ModelVersion:
    """A version that is in the registry."""
    stored = get_version(client, name, version)
    aliases: list[str] = sorted(stored.aliases)
    run_id = stored.run_id or ""
    return ModelVersion(
        name,
        int(stored.version),
        "champion" if "champion" in aliases else next(iter(aliases), None),
        reason,
        run_id,
        shown(client.tracking_uri),
        _read_card(client, run_id),
    )


def _read_card(client: MlflowClient, run_id: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        path = client.download_artifacts(run_id, f"{_CARD}.json", temporary)
        return json.loads(Path(path).read_text())
