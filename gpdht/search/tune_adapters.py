"""Ray Tune's side of a search: thin adapters that pass everything on to the trial queue.

Not `ray.tune.search.optuna.OptunaSearch`: that tells Optuna a trial stopped early is COMPLETE
with its early value, drops its last report, and leaves a trial with a NaN objective RUNNING for
ever. Not one of Ray's schedulers either: their rungs are lost on a resume.

For every result Tune calls the stopper first, then (unless stopped) the scheduler and
`Searcher.on_trial_result`, then the callbacks; when a trial is stopped, `on_trial_complete` of
the searcher, then of the callbacks. A checkpoint reported with a result is handled by
`Callback.on_checkpoint` before the trial completes. So the stopper is the one place that sees
every report, also the one at which a trial is pruned, and scores are in the study's folder
before their trial is told COMPLETE.
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq
from ray import tune
from ray.tune.experiment import Trial
from ray.tune.result import DONE, EXPR_ERROR_FILE
from ray.tune.search import Searcher

from gpdht.execution.event_log import note, relay
from gpdht.files import write_whole
from gpdht.search.trainable import LAST_WORDS, SCORES_FILE
from gpdht.search.trial_queue import TrialQueue
from gpdht.trial import TrialResult, lost

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOST_NODES = 20  # so many nodes may go while a trial runs on them


class _Unpickled:
    """Tune pickles these parts for `Tuner.restore`; a study is resumed from Optuna instead."""

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __deepcopy__(self, memo: dict[int, Any]) -> _Unpickled:
        return self


class QueueSearcher(_Unpickled, Searcher):
    """Proposes what the queue asks for.

    Attributes
    ----------
    failure : what the queue raised, e.g. because the drive is full; no call follows it.
    """

    def __init__(self, queue: TrialQueue) -> None:
        super().__init__()
        self.queue = queue
        self.numbers: dict[str, int] = {}
        self.failure: Exception | None = None

    def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """What the queue answers; None once it has failed.

        Tune would take an error of the queue for one of the trial, and run that again.
        """
        if self.failure is None:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                self.failure = error
        return None

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        asked = self.call(self.queue.ask)
        if asked is None:
            return cast("None", Searcher.FINISHED)  # a string, although Ray's annotation differs
        number, values = asked
        self.numbers[trial_id] = number
        return {"number": number, "params": values}

    def on_trial_complete(self, trial_id: str, *_: Any, error: bool = False, **__: Any) -> None:
        # After an error the callback, called next, knows the reason.
        if not error:
            self.call(self.queue.close, self.numbers[trial_id])

    def save_to_dir(self, *_: Any, **__: Any) -> None:
        """Nothing: the state is in Optuna."""


class QueueStopper(_Unpickled, tune.Stopper):
    """Hands every report to the queue, and stops a trial that the queue gives up.

    Parameters
    ----------
    searcher : knows which trial is which.
    stop_requested : true as soon as the whole search is to end.
    """

    def __init__(self, searcher: QueueSearcher, stop_requested: Callable[[], bool]) -> None:
        self.searcher, self.stop_requested = searcher, stop_requested

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        queue, number = self.searcher.queue, self.searcher.numbers[trial_id]
        usage = result["result"]["usage"] if "result" in result else result["usage"]
        if result.get(DONE):  # Tune repeats the last report when a trial has returned
            return False
        for entry in result["warnings"]:
            relay(entry, trial=number, node=usage.get("node"))
        if "result" in result:
            queue.receive(number, TrialResult.from_account(result["result"]))
            return False
        given_up = self.searcher.call(
            queue.observe,
            number,
            result["epoch"],
            result["metrics"],
            seconds=result["time_total_s"],
            peak_memory_mb=result["peak_memory_mb"],
            usage=usage,
        )
        return bool(given_up)

    def stop_all(self) -> bool:
        return self.searcher.failure is not None or self.stop_requested()


class QueueCallback(_Unpickled, tune.Callback):
    """Collects scores, keeps progress alive, and closes trials whose process died for good."""

    def __init__(self, searcher: QueueSearcher) -> None:
        self.searcher, self.queue = searcher, searcher.queue
        self.lost_nodes, self.deaths = Counter[int](), Counter[int]()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.queue.progress.tick()
        self.queue.watch()

    def on_trial_start(self, *_: Any, **info: Any) -> None:
        note("trial started", trial=info["trial"].config["number"])

    def on_trial_result(self, *_: Any, **info: Any) -> None:
        if info["result"].get(LAST_WORDS):
            info["trial"].max_failures = 0

    def on_checkpoint(self, *_: Any, **info: Any) -> None:
        self.searcher.call(self._keep_scores, info["trial"], info["checkpoint"])

    def _keep_scores(self, trial: Trial, checkpoint: tune.Checkpoint) -> None:
        number = trial.config["number"]
        try:
            with checkpoint.as_directory() as folder:
                content = (Path(folder) / SCORES_FILE).read_bytes()
            pq.read_metadata(io.BytesIO(content))
        except (OSError, pa.ArrowException) as error:
            self.queue.receive(number, lost(f"its scores are damaged on their way ({error})"))
            return
        write_whole(self.queue.study.scores_path(number), lambda part: part.write_bytes(content))

    def on_trial_complete(self, *_: Any, **info: Any) -> None:
        checkpoint = info["trial"].checkpoint
        if checkpoint:
            checkpoint.filesystem.delete_dir(checkpoint.path)

    def on_trial_recover(self, *_: Any, **info: Any) -> None:
        trial = info["trial"]
        number = trial.config["number"]
        self.searcher.call(self.queue.cut_off, number)
        lost_node = _node_is_lost(trial)
        if lost_node and self.lost_nodes[number] < LOST_NODES:
            self.lost_nodes[number] += 1
        else:
            self.deaths[number] += 1
        trial.run_metadata.num_failures = self.deaths[number]  # Tune counts lost nodes too
        about = {"event": "trial restarted", "trial": number}
        what = "node" if lost_node else "process"
        logger.warning("trial %d lost its %s and starts again", number, what, extra=about)

    def on_trial_error(self, *_: Any, **info: Any) -> None:
        trial = info["trial"]
        self.searcher.call(self.queue.close, trial.config["number"], lost(_why_lost(trial)))


def _node_is_lost(trial: Trial) -> bool:
    """Whether Tune lost a trial with its node, and not because the trial's own process died.

    Of a process on a living node Ray knows that it died. Of one whose node no longer answers it
    first says `ActorUnavailableError`, and later that the node has died.
    """
    error = _last_error(trial)
    return "is unavailable" in error or "node has died" in error


def _why_lost(trial: Trial) -> str:
    """One line on why Tune gave a trial up."""
    error = _last_error(trial)
    fact = error.rpartition("The actor is dead because ")[2]  # before it are ids, behind it advice
    fact = fact.partition(" Some common causes")[0][-400:]
    return f"its process died: {fact}" if fact else "its process died"


def _last_error(trial: Trial) -> str:
    """What Tune wrote of the last error of a trial, as one line."""
    file = Path(trial.local_path or "", EXPR_ERROR_FILE)
    if not file.is_file():
        return ""
    text = file.read_text(errors="replace").rpartition("Failure # ")[2]
    return " ".join(text.split())
