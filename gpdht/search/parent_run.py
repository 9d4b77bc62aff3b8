"""What a tracker's run of a whole study holds: the shared settings, the winner, the counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gpdht.config import Config
from gpdht.search.study import Study

if TYPE_CHECKING:
    from gpdht.tracking import StudyTracker


def open_parent_run(study: Study, tracker: StudyTracker) -> str:
    """Open the tracker's run of the whole study; returns its id."""
    record, space = study.record, study.space
    searched = {param.path for param in space.params}
    shared = Config().flat() | space.base
    return tracker.start_study(
        study.name,
        params={
            **{path: value for path, value in shared.items() if path not in searched},
            "trials": space.trials,
            "sampler": space.sampler.name,
            "sampler.seed": space.sampler.seed,
            "scheduler": space.scheduler.name,
            "objective": space.objective.metric,
            "objective.mode": space.objective.mode,
        },
        tags={
            "dataset": record["dataset"]["name"],
            "dataset_fingerprint": record["dataset"]["fingerprint"],
            "space_hash": record["space_hash"],
            "study_id": record["id"],
        },
        artifacts={
            "space.yaml": (study.folder / "space.yaml").read_text(),
            "study.json": (study.folder / "study.json").read_text(),
        },
    )


def standing(study: Study) -> tuple[list[str], tuple[int, float] | None]:
    """How earlier runs' trials ended, and the best of them."""
    trials = study.trials()
    states = [state for state in trials["state"] if state not in ("running", "waiting")]
    if "complete" not in states:
        return states, None
    _, row = study.winner()
    return states, (int(row["number"]), float(row["objective"]))


def summary(study: Study) -> tuple[dict[str, float], dict[str, str]]:
    """Metrics and tags of the parent run: the winner's, and how many trials ended how.

    The tag `baseline/auprc` names the label-only baseline that the metric of that name is of.
    """
    trials = study.trials()
    metrics = {
        f"trials/{state}": float(count) for state, count in trials["state"].value_counts().items()
    }
    metrics["trials/seconds"] = float(trials["seconds"].astype(float).sum())
    if "complete" not in set(trials["state"]):
        return metrics, {}
    _, row = study.winner()
    names = [
        name for name in row.index if str(name).startswith(("val/", "test/", "baseline/", "gain/"))
    ]
    metrics |= {name: float(row[name]) for name in names if math.isfinite(float(row[name]))}
    number = int(row["number"])
    baseline_models = study.result(number).baseline_models
    tags = {f"baseline/{metric}": model for metric, model in baseline_models.items()}
    return metrics, {"winner": str(number), **tags}
