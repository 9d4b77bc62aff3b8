"""The registered model of a study, found again by the study's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpdht.errors import TrackingError
from gpdht.search.study import Study


@dataclass(frozen=True)
class Registered:
    """A registered version of a study's winner.

    Parameters
    ----------
    ref : ``NAME/VERSION``.
    aliases, reason : what it is called beside its number, and why.
    winner : the trial that was registered.
    card : see `gpdht.registry.card.make_card`.
    """

    ref: str
    aliases: tuple[str, ...]
    reason: str
    winner: int
    card: Mapping[str, Any]


def find_registered(study: Study, tracking_uri: str | None = None) -> Registered | str:
    """The latest registered version of a study's winner, or a sentence that says why there is none.

    Parameters
    ----------
    tracking_uri : of the registry; None for where the study is tracked.

    Raises
    ------
    TrackingError
        If a registry that was named cannot be reached; the study's own is excused.
    """
    uri = tracking_uri or (study.record.get("tracking") or {}).get("uri")
    if not uri or not study.record.get("id"):
        return "The study is not tracked in MLflow, so no registered model was looked for."
    # MLflow would make a database that is not there.
    if tracking_uri is None and not _may_exist(uri):
        return "The database that the study is tracked in is gone, so no model was looked for."
    try:
        return _look_up(study, uri)
    except TrackingError as error:
        if tracking_uri is not None:
            raise
        return f"No registered model could be looked for: {str(error).splitlines()[0]}"


def _may_exist(uri: str) -> bool:
    return not uri.startswith("sqlite:///") or Path(uri.removeprefix("sqlite:///")).is_file()


def _look_up(study: Study, uri: str) -> Registered | str:
    from gpdht.registry.versions import read_card
    from gpdht.tracking.connection import connect, explained

    client = connect(uri)
    with explained(client.tracking_uri):
        found = client.search_model_versions(f"tags.study_id = '{study.record['id']}'")
        if not found:
            return "No model of this study is registered."
        latest = max(found, key=lambda version: version.creation_timestamp)
        # only the one that is asked for by name comes with its aliases
        stored = client.get_model_version(latest.name, latest.version)
        return Registered(
            f"{stored.name}/{stored.version}",
            tuple(sorted(stored.aliases)),
            stored.tags.get("reason", ""),
            int(stored.tags.get("winner", -1)),
            read_card(client, stored.run_id or ""),
        )
