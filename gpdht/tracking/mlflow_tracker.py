"""A study in MLflow: a parent run, nested runs, batches; through clients only, no global state."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag

from gpdht.tracking.buffer import EpochBuffer
from gpdht.tracking.connection import explained, to_keep
from gpdht.tracking.outbox import Outbox
from gpdht.tracking.protocol import STATUS, Outcome, TrialRun, finite
from gpdht.tracking.provenance import dataset_input, environment, origin_tags

_STUDY, _STUDY_ID, _TRIAL, _PARENT = "gpdht.study", "study_id", "gpdht.trial", "mlflow.parentRunId"
_KIND = "gpdht.kind"
_EPOCH = "epoch/"  # the curves' names; a final score stands apart, under its plain name
_MAX_PARAMS = 100  # of one batch; MLflow allows 1000 metrics and 100 of each other kind
_MAX_TAG, _MAX_PARAM = 5000, 6000
_PAGE = 1000


class MlflowStudyTracker:
    """Meets `StudyTracker`; `open_tracker` makes one.

    Opening a study raises TrackingError; afterwards a server that stops answering is waited for
    in the background, and `end_study` tells if it does not come back. What a run shows already is
    not logged again, so that each point is there once.
    """

    def __init__(self, client: MlflowClient, experiment_id: str) -> None:
        self.client, self.experiment_id = client, experiment_id
        self.outbox = Outbox(client.tracking_uri)
        self.buffer = EpochBuffer(self._send_epochs)
        self._parent = ""
        self._tags: dict[str, str] = {}
        self._runs: dict[int, str] = {}
        self._finals: dict[str, dict[str, float]] = {}  # what runs show, by their ids

    @property
    def place(self) -> dict[str, str]:
        uri = self.client.tracking_uri
        with explained(uri):
            return to_keep(uri, self.client.get_experiment(self.experiment_id).name)

    def start_study(
        self,
        name: str,
        *,
        params: dict[str, Any],
        tags: dict[str, str],
        artifacts: dict[str, str],
    ) -> str:
        tags = {**origin_tags(), _KIND: "study", **tags, _STUDY: name}
        shared = ("mlflow.", "dataset")
        self._tags = {name: text for name, text in tags.items() if name.startswith(shared)}
        with explained(self.client.tracking_uri):
            run = self._find_study(name, tags) or self._create(name, tags)
            self._forget(run.info.run_id)
            self._reopen(run, tags)
            self._log_new_params(run, params)
            self._log_dataset(self._parent, tags)
            for file, text in {"environment.txt": environment(), **artifacts}.items():
                self.client.log_text(self._parent, text, file)
        return self._parent

    def start_trial(self, run: TrialRun) -> str:
        self.outbox.put(partial(self._open_trial, run))
        return self._runs.get(run.number, "")

    def log_epoch(self, number: int, epoch: int, metrics: dict[str, float]) -> None:
        self.buffer.add(number, epoch, finite(metrics))

    def end_trial(self, run: TrialRun) -> None:
        self.buffer.flush()
        self.attach(run.files, trial=run.number)
        self.outbox.put(partial(self._close_trial, run, _now()))

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        self.outbox.put(partial(self._add_metrics, number, finite(metrics), _now()))

    def attach(
        self, files: Sequence[Path], *, trial: int | None = None, folder: str | None = None
    ) -> None:
        for path in files:
            self.outbox.put(partial(self._log_file, trial, path, folder))

    def end_study(self, outcome: Outcome, metrics: dict[str, float], tags: dict[str, str]) -> int:
        self.buffer.flush()
        self.outbox.put(self._close_running)
        entries = {**tags, "outcome": outcome}
        self.outbox.put(partial(self._log, self._parent, finite(metrics), entries, _now()))
        self.outbox.put(partial(self.client.set_terminated, self._parent, STATUS[outcome]))
        return self.outbox.close()

    def outcomes(self) -> dict[int, str | None]:
        with explained(self.client.tracking_uri):
            return {number: _outcome(run) for number, run in self._trials().items()}

    def _forget(self, parent: str) -> None:
        """Begin with a parent run; what is known of another study's trials is not of this one's."""
        self._parent, self._runs = parent, {}
        self.buffer = EpochBuffer(self._send_epochs)
        self.outbox = Outbox(self.client.tracking_uri, retry_s=self.outbox.retry_s)

    def _find_study(self, name: str, tags: Mapping[str, str]) -> Run | None:
        text, study_id = name.replace("'", r"\'"), tags.get(_STUDY_ID)
        for run in self._search(f"tags.`{_STUDY}` = '{text}' and tags.`{_KIND}` = '{tags[_KIND]}'"):
            if study_id in (None, run.data.tags.get(_STUDY_ID)):
                return run
        return None

    def _search(self, query: str) -> Iterable[Run]:
        token: str | None = None
        while True:
            page = self.client.search_runs(
                [self.experiment_id], query, max_results=_PAGE, page_token=token
            )
            yield from page
            token = page.token
            if not token:
                return

    def _trials(self, number: int | None = None) -> dict[int, Run]:
        """The runs of all trials, or of one, by number."""
        one = "" if number is None else f" and tags.`{_TRIAL}` = '{number}'"
        found = self._search(f"tags.`{_PARENT}` = '{self._parent}'{one}")
        return {int(run.data.tags[_TRIAL]): run for run in found if _TRIAL in run.data.tags}

    def _create(self, name: str, tags: dict[str, Any]) -> Run:
        return self.client.create_run(
            self.experiment_id, tags=_cut(tags), run_name=name, start_time=_now()
        )

    def _reopen(self, run: Run, tags: dict[str, Any]) -> None:
        """Make a run RUNNING again, as if it had not ended."""
        run_id = run.info.run_id
        self._finals[run_id] = dict(run.data.metrics)
        if run.info.status != "RUNNING":
            self.client.update_run(run_id, status="RUNNING")
        for tag in {"outcome", "error"} & set(run.data.tags):
            self.client.delete_tag(run_id, tag)
        self._log(run_id, {}, {k: v for k, v in _cut(tags).items() if run.data.tags.get(k) != v})

    def _log_new_params(self, run: Run, params: dict[str, Any]) -> None:
        """Log parameters; MLflow's cannot change, so a changed one becomes a tag of its name."""
        known = run.data.params
        texts = {name: str(value)[:_MAX_PARAM] for name, value in params.items()}
        new = [Param(name, text) for name, text in texts.items() if name not in known]
        for start in range(0, len(new), _MAX_PARAMS):
            self.client.log_batch(run.info.run_id, params=new[start : start + _MAX_PARAMS])
        changed = {n: text for n, text in texts.items() if known.get(n, text) != text}
        self._log(run.info.run_id, {}, tags=changed)

    def _log_dataset(self, run_id: str, tags: Mapping[str, str]) -> None:
        if "dataset_fingerprint" in tags:
            dataset = dataset_input(tags.get("dataset", "dataset"), tags["dataset_fingerprint"])
            self.client.log_inputs(run_id, datasets=[dataset])

    def _open_trial(self, run: TrialRun) -> None:
        number = run.number
        nested = {_TRIAL: str(number), _PARENT: self._parent, _KIND: "trial"}
        tags = {**self._tags, **run.tags, **nested}
        known = self._trials(number).get(number)
        shown = known or self._create(run.name or f"trial-{number:03d}", tags)
        self._runs[number] = shown.info.run_id
        self._reopen(shown, tags)
        self._log_new_params(shown, run.params)
        if known is None:
            self._log_dataset(shown.info.run_id, tags)
        else:
            self._remember_epochs(number, known)

    def _remember_epochs(self, number: int, run: Run) -> None:
        """Which epochs an earlier driver logged: all metrics of an epoch travel together."""
        curves = [name for name in run.data.metrics if name.startswith(_EPOCH)]
        history = [self.client.get_metric_history(run.info.run_id, name) for name in curves]
        self.buffer.known(number, {point.step for points in history for point in points})

    def _known_run(self, number: int) -> str | None:
        """Id of a trial's run as it is, open or ended; None if there is none."""
        if number not in self._runs:
            run = self._trials(number).get(number)
            if run is None:
                return None
            self._runs[number] = run.info.run_id
            self._finals[run.info.run_id] = dict(run.data.metrics)
        return self._runs[number]

    def _run_id(self, number: int) -> str:
        """Id of a trial's run, opened if it is not."""
        if number not in self._runs:
            self._open_trial(TrialRun(number))
        return self._runs[number]

    def _send_epochs(self, number: int, epochs: dict[int, dict[str, float]]) -> None:
        self.outbox.put(partial(self._log_epochs, number, epochs, _now()))

    def _log_epochs(self, number: int, epochs: dict[int, dict[str, float]], at: int) -> None:
        run_id, known = self._run_id(number), self.buffer.sent(number)
        points = [
            Metric(_EPOCH + name, value, at, epoch)
            for epoch, metrics in epochs.items()
            if epoch not in known
            for name, value in metrics.items()
        ]
        self.client.log_batch(run_id, metrics=points)
        self.buffer.known(number, epochs)

    def _log_file(self, number: int | None, path: Path, folder: str | None) -> None:
        run_id = self._parent if number is None else self._known_run(number)
        if run_id is not None:
            self.client.log_artifact(run_id, str(path), folder)

    def _add_metrics(self, number: int, metrics: dict[str, float], at: int) -> None:
        run_id = self._known_run(number)
        if run_id is not None:
            self._log(run_id, metrics, {}, at)

    def _close_trial(self, run: TrialRun, at: int) -> None:
        run_id = self._run_id(run.number)
        self._log(run_id, finite(run.metrics), run.end_tags, at)
        self.client.set_terminated(run_id, STATUS[run.ending])

    def _close_running(self) -> None:
        for number, run in self._trials().items():
            if run.info.status == "RUNNING":
                self._runs[number] = run.info.run_id
                self._close_trial(TrialRun(number), _now())

    def _log(
        self, run_id: str, metrics: dict[str, float], tags: Mapping[str, Any], at: int = 0
    ) -> None:
        """Log final metrics and tags; a call that is tried again has the same time, and is one."""
        known = self._finals.setdefault(run_id, {})
        new = {name: value for name, value in metrics.items() if known.get(name) != value}
        points = [Metric(name, value, at, 0) for name, value in new.items()]
        entries = [RunTag(name, text) for name, text in _cut(tags).items()]
        if points or entries:
            self.client.log_batch(run_id, metrics=points, tags=entries)
        known.update(new)


def _outcome(run: Run) -> str | None:
    """How a run ended; None if it is open."""
    return None if run.info.status == "RUNNING" else run.data.tags.get("outcome", "interrupted")


def _cut(tags: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:_MAX_TAG] for name, value in tags.items()}


def _now() -> int:
    return int(time.time() * 1000)
