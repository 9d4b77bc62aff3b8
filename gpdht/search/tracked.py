"""A study as its tracker shows it: the parent run, and a run of each trial."""

from __future__ import annotations

import math
import re
from typing import Literal

from optuna.trial import FrozenTrial

from gpdht.config import Config
from gpdht.execution.mirror import bring_up_to_date
from gpdht.metrics.names import MONITORS
from gpdht.search.charts import keep_figures
from gpdht.search.ledger import ledger_of
from gpdht.search.study import Study, eligible, result_of
from gpdht.search.study_tables import StudyTables
from gpdht.search.verdict import judge_search
from gpdht.search.verdict_words import say_verdict
from gpdht.tracking import StudyTracker, TrialRun
from gpdht.trial import TrialResult
from gpdht.unread import applied


def sync_study(study: Study, tracker: StudyTracker) -> int:
    """Make the tracker show a study as its folder has it, each trial, epoch and file once.

    For a study that ended, or was left, while its tracking server was away. Nothing is trained, and
    what the tracker has is not touched. Returns how many entries are missing still.

    Raises
    ------
    StudyError
        If a driver runs the study: it keeps the tracker up to date itself.
    TrackingError
        If the server cannot be reached.
    """
    with study.locked():
        parent = open_parent_run(study, tracker)
        trials = study.optuna.get_trials(deepcopy=False)
        bring_up_to_date(tracker, (trial_run(study, trial) for trial in trials))
        why = (study.record.get("ended") or {}).get("why")
        ended = why == "flat" or study.num_ended >= study.space.trials
        if ended:
            keep_figures(study, tracker)
        outcome: Literal["complete", "interrupted"] = "complete" if ended else "interrupted"
        missing = tracker.end_study(outcome, *summary(study, judged=ended))
        Study.read(study.folder).update(parent_run=parent, untracked=missing)
    return missing


def open_parent_run(study: Study, tracker: StudyTracker) -> str:
    """Open the tracker's run of the whole study; returns its id."""
    record, space = study.record, study.space
    searched = {param.path for param in space.params}
    shared = applied(Config().flat() | space.base)  # alone these may not be a configuration
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
            **({"costs": ", ".join(space.costs)} if space.costs else {}),
            **{f"constraint.{name}": limit for name, limit in space.constraints.items()},
        },
        tags={
            "dataset": record["dataset"]["name"],
            "dataset_fingerprint": record["dataset"]["fingerprint"],
            "space_hash": record["space_hash"],
            "study_id": record["id"],
        },
        artifacts={
            name: (study.folder / name).read_text(encoding="utf-8")
            for name in ("space.yaml", "study.json")
        },
    )


def summary(study: Study, *, judged: bool = True) -> tuple[dict[str, float], dict[str, str]]:
    """Metrics and tags of the parent run: the winner's, and how many trials ended how.

    The tag `baseline/auprc` names the label-only baseline that the metric of that name is of. Where
    it is `judged`, `winner/…`, `reference/…` and the tag `verdict` say whether the search paid.
    """
    trials = study.trials()
    metrics = {
        f"trials/{state}": float(count) for state, count in trials["state"].value_counts().items()
    }
    metrics["trials/seconds"] = float(trials["seconds"].astype(float).sum())
    metrics |= ledger_of(study).metrics()
    if eligible(trials).empty:
        return metrics, {}
    _, row = study.winner()
    kinds = ("val/", "test/", "baseline/", "gain/")
    names = [name for name in row.index if str(name).startswith(kinds)]
    metrics |= {name: float(row[name]) for name in names if math.isfinite(float(row[name]))}
    number = int(row["number"])
    models = study.result(number).baseline_models
    tags = {f"baseline/{metric}": model for metric, model in models.items()}
    front = StudyTables(study).pareto_front["trial"]
    if len(front):
        tags["pareto_front"] = ", ".join(map(str, front))
    verdict = judge_search(study) if judged else None
    if verdict is not None:
        metrics |= verdict.metrics()
        tags |= {"reference": str(verdict.reference), "verdict": say_verdict(verdict)}
    return metrics, {"winner": str(number), **tags}


def trial_run(study: Study, trial: FrozenTrial) -> TrialRun:
    """A trial as the study keeps it; one that has not ended is only a number."""
    number = trial.number
    if not trial.state.is_finished():
        return TrialRun(number)
    result, scores = result_of(trial), study.scores_path(number)
    return TrialRun(
        number,
        dict(trial.params),
        result.state,
        {**result.metrics, **result.costs(), **set_figures(result)},
        study.epochs(number),
        [scores] if scores.exists() else [],
        result.error,
        tags={"node": result.usage["node"]} if result.usage.get("node") else {},
    )


def set_figures(result: TrialResult) -> dict[str, float]:
    """What each of several sets came to, as a tracker names it: ``sets/mDC500/test/auprc``."""
    return {
        f"sets/{re.sub(r'[^A-Za-z0-9_. -]', '-', name)}/{metric}": value
        for name, one in result.sets.items()
        for metric, value in one["metrics"].items()
        if re.fullmatch(rf"(val|test|baseline|gain)/({'|'.join(MONITORS)})", metric)
    }
