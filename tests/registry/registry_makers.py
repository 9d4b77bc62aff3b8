"""Studies and trial results by hand."""

from __future__ import annotations

from gpdht.execution.progress import Progress
from gpdht.registry import load, register
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.trial_queue import TrialQueue
from gpdht.tracking import MemoryStudyTracker
from gpdht.trial import TrialResult

SMALL = {
    "encoder.dim": 8,
    "encoder.iterations": 2,
    "model.layers": 1,
    "model.feedforward": 8,
    "model.hidden": 8,
    "model.projection": 4,
    "train.epochs": 2,
    "cv.folds": 2,
}


def finished_study(
    dataset,
    studies,
    *,
    name="s",
    levels=4,
    fixed=None,
    objective="val/auprc",
    score=0.7,
    others=(),
):
    """A study whose trials are complete, each with a validation score at epoch 1.

    The reference has `levels` levels and scores 0.7; `others` are further levels and scores. A
    fixed setting that is None is left out.
    """
    points = [(levels, score), *others]
    settings = {**SMALL, **(fixed or {})}
    space = load_space(
        {
            "objective": {"metric": objective},
            "trials": len(points),
            "scheduler": {"name": "none"},
            "params": {"graph.levels": {"int": [2, 8]}},
            "start_from": [{"graph.levels": levels} for levels, _ in points],
            "fixed": {path: value for path, value in settings.items() if value is not None},
        }
    )
    study = prepare_study(dataset, space, name=name, studies=studies)
    progress = Progress(len(points), objective, shown=False)
    queue = TrialQueue(study, tracker=MemoryStudyTracker(), progress=progress)
    for _, value in points:
        number, _ = queue.ask()
        metrics = {objective: value, "test/auprc": 0.6}
        queue.close(number, TrialResult("complete", metrics, epochs=2, best_epoch=1, seconds=5.0))
    return study


def result(test, baseline=0.3, *, folds=(-0.01, 0.01), seconds=1.0, model="matrix_factorisation"):
    """A complete trial with the pooled scores given, and folds around them."""
    scores = ("auprc", "auroc", "brier")
    metrics = {}
    for kind, value in (("test", test), ("baseline", baseline)):
        for metric in scores:
            metrics[f"{kind}/{metric}"] = value
            for i, shift in enumerate(folds):
                metrics[f"{kind}/{metric}_fold{i}"] = value + shift
    return TrialResult(
        "complete",
        metrics,
        epochs=2,
        best_epoch=1,
        seconds=seconds,
        baseline_models=dict.fromkeys(scores, model),
    )


class Registry:
    """An MLflow database, and registration of studies made for it."""

    def __init__(self, uri, dataset, make_study):
        from gpdht.tracking.connection import connect

        self.uri, self.dataset, self.make_study = uri, dataset, make_study
        self.client = connect(uri)

    def register(self, study=None, *, name="net", **options):
        study = study or self.make_study()
        return register(study, self.dataset, name=name, tracking_uri=self.uri, **options)

    def load(self, ref):
        return load(ref, tracking_uri=self.uri)

    def runs(self):
        found = [experiment.experiment_id for experiment in self.client.search_experiments()]
        return self.client.search_runs(found)

    def aliases(self):
        found = self.client.get_registered_model("net").aliases
        return {alias: int(at) for alias, at in found.items()}
