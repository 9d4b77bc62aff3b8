"""What a tracker shows, read back independently of it."""

from __future__ import annotations

from dataclasses import dataclass

from gpdht.tracking import MemoryStudyTracker


@dataclass
class View:
    """One run: status, params (as text), tags, curves `{metric: {step: value}}`, last values."""

    status: str
    params: dict[str, str]
    tags: dict[str, str]
    curves: dict[str, list[tuple[int, float]]]
    metrics: dict[str, float]
    artifacts: set[str]

    def finals(self) -> dict[str, float]:
        """The scores beside the curves."""
        return {k: v for k, v in self.metrics.items() if not k.startswith("epoch/")}


def view_trials(tracker) -> dict[int, View]:
    """Every trial's run, by number."""
    if isinstance(tracker, MemoryStudyTracker):
        return {number: _view_memory(run) for number, run in tracker.trials.items()}
    runs = _fresh_client(tracker).search_runs(
        [tracker.experiment_id], "tags.`gpdht.kind` = 'trial'", max_results=1000
    )
    views = {}
    for run in runs:
        number = int(run.data.tags["gpdht.trial"])
        assert number not in views, f"trial {number} has two runs"
        views[number] = _view_mlflow(tracker, run)
    return views


def view_study(tracker) -> View:
    """The parent run; there is one."""
    if isinstance(tracker, MemoryStudyTracker):
        return _view_memory(tracker.study)
    (run,) = _fresh_client(tracker).search_runs(
        [tracker.experiment_id], "tags.`gpdht.kind` = 'study'"
    )
    return _view_mlflow(tracker, run)


def _fresh_client(tracker):
    from mlflow import MlflowClient

    return MlflowClient(tracker.client.tracking_uri)


def _view_memory(run) -> View:
    curves: dict[str, list[tuple[int, float]]] = {}
    for epoch, metrics in run.epochs.items():
        for name, value in metrics.items():
            curves.setdefault(f"epoch/{name}", []).append((epoch, value))
    params = {name: str(value) for name, value in run.params.items()}
    return View(run.status, params, run.tags, curves, run.metrics, set(run.artifacts))


def _view_mlflow(tracker, run) -> View:
    client, run_id = _fresh_client(tracker), run.info.run_id
    curves = {
        name: [(point.step, point.value) for point in client.get_metric_history(run_id, name)]
        for name in run.data.metrics
    }
    files = _files(client, run_id)
    data = run.data
    return View(run.info.status, data.params, data.tags, curves, data.metrics, files)


def _files(client, run_id, folder=None) -> set[str]:
    items = client.list_artifacts(run_id, folder)
    inside = (_files(client, run_id, item.path) for item in items if item.is_dir)
    return {item.path for item in items if not item.is_dir}.union(*inside)
