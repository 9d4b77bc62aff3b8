"""Registering a study's winner: scored again, refitted on all pairs, kept, and judged."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import together
from gpdht.errors import ModelError
from gpdht.models.catalogue import check_can_be_kept
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.registry.card import card_text
from gpdht.registry.folder import save_model
from gpdht.registry.model import Model, Progress
from gpdht.registry.promotion import SETTLED, champion_of, decide, settle
from gpdht.registry.replication import Replication, replicate
from gpdht.registry.versions import (
    CARD,
    ModelVersion,
    check_name,
    described,
    find_version,
    write_version,
)
from gpdht.registry.winner import Winner
from gpdht.search.replicates import REPLICATES, fresh_seeds
from gpdht.search.study import Study
from gpdht.search.verdict import Verdict, judge_search, to_compare
from gpdht.tracking.connection import (
    connect,
    ensure_experiment,
    explained,
    shown,
    tracked_at,
)
from gpdht.tracking.protocol import finite
from gpdht.tracking.provenance import dataset_input, origin_tags
from gpdht.training.refit import refit

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PROCESS = "gpdht.process"


def register(
    study: Study,
    dataset: Dataset | Sequence[Dataset],
    *,
    name: str,
    of: str | None = None,
    replicates: int = REPLICATES,
    tracking_uri: str | None = None,
    progress: Progress | None = None,
) -> ModelVersion:
    """The study's winner as a registered version, with a score on fresh folds.

    The best trial and the reference, the space's default, are cross-validated again with fresh
    folds and seeds (the replicated score; the same labelled pairs drawn anew, so a little of the
    search's optimism may remain), as far as the study does not keep that already. The best trial
    is the winner unless it is worse there than the reference, which then is. The winner is refitted
    on all pairs, logged with its model card, and gets the alias ``champion`` if it beats the
    present one under the same protocol, else ``candidate``. What is registered already is returned
    as it is.

    Parameters
    ----------
    dataset : the one of the study, or all of them in its order.
    of : the set that the model is trained on and its score is of, by the name that the study has
        for it; None for the first. The winner is the one over all sets.
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
    best = Winner.of(study, together(dataset), set_name=of)
    check_can_be_kept(best.config)
    uri, tracked = tracked_at(study.record.get("tracking") or {}, tracking_uri)
    client = connect(uri)
    with explained(client.tracking_uri):
        known = _registered(client, name, best, replicates)
        if known is not None:
            return described(client, name, known, settle(client, name, known))
        experiment = ensure_experiment(client, tracked)
        with _registration_run(client, experiment, best, name=name) as run_id:
            found = _choose(best, replicates, progress)
            return _keep(client, run_id, found, name=name, model=_fit(found, progress))


@dataclass(frozen=True)
class _Found:
    """The winner, what it scores on fresh folds, and how it stands beside the reference."""

    winner: Winner
    replication: Replication
    verdict: Verdict | None


def _registered(client: MlflowClient, name: str, best: Winner, replicates: int) -> str | None:
    """The version that holds the outcome of this registration, if there is one."""
    trials = dict.fromkeys((best.number, *to_compare(best.study)))
    for number in trials:
        winner = Winner.of(best.study, best.data, number, set_name=best.set_name)
        known = find_version(client, name, winner.key(replicates))
        if known is not None:
            return str(known.version)
    return None


def _choose(best: Winner, replicates: int, progress: Progress | None) -> _Found:
    study, data = best.study, best.data
    again = partial(
        replicate, study, data, of=best.set_name, replicates=replicates, progress=progress
    )
    numbers = dict.fromkeys((best.number, *to_compare(study)))
    replications = {number: again(number) for number in numbers}
    verdict = judge_search(study)
    number = verdict.chosen if verdict else best.number
    winner = Winner.of(study, data, number, set_name=best.set_name)
    return _Found(winner, replications[winner.number], verdict)


def _fit(found: _Found, progress: Progress | None) -> Model:
    """The model fitted on all pairs, one of an ensemble for each replicate's seed."""
    winner, replication = found.winner, found.replication
    start = time.monotonic()
    fitted = _refit_all(winner, len(replication.seeds), winner.study.folder / "cache", progress)
    cost = {"replication": replication.seconds, "refit": time.monotonic() - start}
    card = winner.card(replication, cost, found.verdict)
    return Model.of(fitted, winner.dataset, epochs=winner.epochs, card=card)


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
    found: _Found,
    *,
    name: str,
    model: Model,
) -> ModelVersion:
    """Log, register and judge a model; the alias is the last thing that is written."""
    winner, replication, verdict = found.winner, found.replication, found.verdict
    challenger = winner.standing(name, replication)
    alias, reason = decide(challenger, champion_of(client, name))
    if winner.number != winner.best:
        reason += (
            f"; it is the reference (trial {winner.number}), as trial {winner.best}, the best by "
            "selection score, is worse on fresh folds"
        )
    text = card_text(model.card, title=name)
    metrics = {**replication.metrics(), winner.selection_metric: winner.score}
    metrics |= verdict.metrics() if verdict else {}
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
    client.set_tag(run_id, SETTLED, f"{name}/{version}")
    if winner.study.record.get("parent_run"):
        parent = winner.study.record["parent_run"]
        client.set_tag(parent, SETTLED, f"{name}/{version}")
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
    client.log_text(run_id, text, f"{CARD}.md")
    client.log_text(run_id, json.dumps(card, indent=1), f"{CARD}.json")


@contextlib.contextmanager
def _registration_run(
    client: MlflowClient, experiment: str, winner: Winner, *, name: str
) -> Iterator[str]:
    """Id of an open run; it ends FINISHED, FAILED (with the error) or KILLED (interrupted).

    A run that a killed process of this machine left open is closed first.
    """
    _close_orphans(client, experiment)
    record = winner.study.record
    tags = {
        **origin_tags(),
        "gpdht.kind": "registration",
        "gpdht.study": winner.study.name,
        "study_run": str(record.get("parent_run") or ""),
        "model": name,
        _PROCESS: f"{os.getpid()} on {socket.gethostname()}",
    }
    run = client.create_run(experiment, tags=tags, run_name=f"register-{name}")
    run_id = run.info.run_id
    outcome, status, error = "failed", "FAILED", ""
    try:
        source = dataset_input(winner.dataset.name, winner.dataset.fingerprint)
        client.log_inputs(run_id, datasets=[source])
        yield run_id
        outcome, status = "complete", "FINISHED"
    except Exception as failure:
        error = f"{type(failure).__name__}: {' '.join(str(failure).split())}"
        raise
    except BaseException:
        outcome, status = "interrupted", "KILLED"
        raise
    finally:
        client.set_tag(run_id, "outcome", outcome)
        if error:
            client.set_tag(run_id, "error", error[:5000])
        client.set_terminated(run_id, status)


def _close_orphans(client: MlflowClient, experiment: str) -> None:
    query = "tags.`gpdht.kind` = 'registration' and attributes.status = 'RUNNING'"
    for run in client.search_runs([experiment], query):
        process, _, host = run.data.tags.get(_PROCESS, "").partition(" on ")
        if host == socket.gethostname() and process and not psutil.pid_exists(int(process)):
            client.set_tag(run.info.run_id, "outcome", "interrupted")
            client.set_terminated(run.info.run_id, "KILLED")
