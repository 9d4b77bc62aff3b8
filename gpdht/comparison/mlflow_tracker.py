"""A comparison in MLflow: a parent run, and one nested run per job."""

from __future__ import annotations

from functools import partial

from gpdht.tracking.in_memory import finite
from gpdht.tracking.mlflow_tracker import MlflowStudyTracker
from gpdht.tracking.provenance import dataset_input


class MlflowComparisonTracker(MlflowStudyTracker):
    """Meets `ComparisonTracker`; `open_comparison_tracker` makes one.

    A job's run is found again by the tag `gpdht.trial`, its number, under the parent run.
    """

    def describe_trial(self, number: int, name: str, tags: dict[str, str]) -> None:
        self.outbox.put(partial(self._describe, number, name, tags))

    def add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        self.outbox.put(partial(self._add_metrics, number, finite(metrics)))

    def complete_trials(self) -> set[int]:
        query = f"tags.`mlflow.parentRunId` = '{self._parent}' and tags.`outcome` = 'complete'"
        return {
            int(run.data.tags["gpdht.trial"])
            for run in self._search(query)
            if run.info.status == "FINISHED"
        }

    def _describe(self, number: int, name: str, tags: dict[str, str]) -> None:
        run_id = self._run_id(number)
        self.client.update_run(run_id, name=name)
        self._log(run_id, {}, step=0, tags=tags)
        if "dataset_fingerprint" in tags:
            dataset = dataset_input(tags.get("dataset", name), tags["dataset_fingerprint"])
            self.client.log_inputs(run_id, datasets=[dataset])

    def _add_metrics(self, number: int, metrics: dict[str, float]) -> None:
        run_id = self._known_run(number)
        if run_id is not None:
            self._log(run_id, metrics, step=0, tags={})
