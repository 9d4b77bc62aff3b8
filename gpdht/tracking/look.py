"""A look at a tracking server that changes nothing there."""

from __future__ import annotations

from gpdht.tracking.connection import (
    active,
    check_writable,
    connect,
    database,
    explained,
    resolve_uri,
    shown,
)


def look_at(tracking_uri: str | None, experiment: str) -> str:
    """What is there for a study to be tracked in, in words.

    Parameters
    ----------
    tracking_uri : None for the variable MLFLOW_TRACKING_URI, else a database in the working
        directory; one that is not there yet is not made.

    Raises
    ------
    TrackingError
        Within seconds, if a study could not be tracked there.
    """
    uri = resolve_uri(tracking_uri)
    file = database(uri)
    if file is not None and not file.exists():
        with explained(uri):
            check_writable(uri)
        return f"{shown(uri)} will be made"
    client = connect(uri)
    with explained(client.tracking_uri):
        found = client.get_experiment_by_name(experiment)
    if found is None:
        return f'{shown(uri)} answers; the experiment "{experiment}" will be made'
    active(found, experiment, uri)
    return f'{shown(uri)} answers; the experiment "{experiment}" is there'
