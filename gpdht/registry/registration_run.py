"""The MLflow run of a registration: opened, linked to its study, and always closed."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil

from gpdht.registry.winner import Winner
from gpdht.tracking.provenance import dataset_input, origin_tags

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PROCESS = "gpdht.process"


@contextlib.contextmanager
def registration_run(
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
