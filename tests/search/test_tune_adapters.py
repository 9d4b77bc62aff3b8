"""What Ray Tune hands over, where it is damaged on its way."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from journal import Journal
from ray import tune
from small_inputs import SPACE, tiny_dataset

from gpdht.execution.progress import Progress
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.trainable import SCORES_FILE
from gpdht.search.trial_queue import TrialQueue
from gpdht.search.tune_adapters import LOST_NODES, QueueCallback, QueueSearcher, QueueStopper
from gpdht.trial import TrialResult


@pytest.mark.parametrize(
    "content", [None, b"", b"PAR1 and no more"], ids=["missing", "empty", "cut"]
)
def test_a_trial_whose_scores_are_damaged_on_their_way_has_failed(tmp_path, content):
    study = prepare_study(tiny_dataset(), load_space(SPACE), name="s", studies=tmp_path)
    queue = TrialQueue(
        study,
        tracker=Journal(tmp_path / "journal.jsonl"),
        progress=Progress(6, "val/auprc", shown=False),
    )
    searcher = QueueSearcher(queue)
    number = searcher.suggest("a")["number"]
    (tmp_path / "checkpoint").mkdir()
    if content is not None:
        (tmp_path / "checkpoint" / SCORES_FILE).write_bytes(content)
    queue.receive(number, TrialResult("complete", {"val/auprc": 0.5}))
    QueueCallback(searcher).on_checkpoint(
        trial=SimpleNamespace(config={"number": number}),
        checkpoint=tune.Checkpoint.from_directory(tmp_path / "checkpoint"),
    )
    # when the trial has returned, Tune hands its last report over once more
    account = TrialResult("complete", {"val/auprc": 0.5}).account()
    repeated = {"result": account, "warnings": [], "done": True}
    assert QueueStopper(searcher, lambda: False)("a", repeated) is False
    searcher.on_trial_complete("a")
    row = study.trials().iloc[0]
    assert row["state"] == "failed"
    assert "its scores are damaged on their way" in row["error"]
    assert searcher.failure is None
    assert not study.scores_path(number).exists()


def test_after_the_queue_has_failed_nothing_more_is_asked_of_it(tmp_path):
    asked = []
    searcher = QueueSearcher(SimpleNamespace(ask=lambda: asked.append(1) or 1 / 0))
    assert searcher.suggest("a") == searcher.suggest("b") == searcher.FINISHED
    assert isinstance(searcher.failure, ZeroDivisionError)
    assert asked == [1]


def failures_counted(folder, error: str, times: int) -> int:
    """What Tune has counted against a trial that was lost so many times with the same error."""
    trial = SimpleNamespace(
        config={"number": 0},
        local_path=str(folder),
        run_metadata=SimpleNamespace(num_failures=0),
    )
    callback = QueueCallback(QueueSearcher(SimpleNamespace(cut_off=lambda _: None)))
    for _ in range(times):
        trial.run_metadata.num_failures += 1
        with (folder / "error.txt").open("a") as file:
            file.write(f"Failure # {trial.run_metadata.num_failures} (occurred at …)\n{error}\n")
        callback.on_trial_recover(trial=trial)
    return trial.run_metadata.num_failures


def test_a_node_that_is_lost_does_not_count_against_its_trial(tmp_path):
    error = "The actor 01 is unavailable: RpcError: Socket closed. The task may or may not have …"
    assert failures_counted(tmp_path, error, LOST_NODES) == 0
    assert failures_counted(tmp_path, error, LOST_NODES + 2) == 2


def test_a_process_that_dies_counts_against_its_trial(tmp_path):
    error = "The actor died.\nThe actor is dead because its worker process has died."
    assert failures_counted(tmp_path, error, 2) == 2
