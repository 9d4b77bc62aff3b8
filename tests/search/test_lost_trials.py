"""A study whose storage is put back to its copy keeps nothing of the trials that are lost by it."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from journal import Journal
from small_inputs import SPACE, tiny_dataset

from gpdht.execution.progress import Progress
from gpdht.search.replicates import keep_replicate, missing_replicates, read_replicates
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.storage import keep_copy, trials_file
from gpdht.search.trial_queue import TrialQueue
from gpdht.trial import TrialResult


@pytest.fixture(autouse=True, params=["database", "journal"])
def kept_in(request, monkeypatch):
    on_network = request.param == "journal"
    monkeypatch.setattr("gpdht.search.study.is_on_network_drive", lambda _: on_network)


def make_queue(folder, *, resume=False) -> TrialQueue:
    study = prepare_study(
        tiny_dataset(), load_space(SPACE), name="s", studies=folder, resume=resume
    )
    shown = Progress(6, "val/auprc", shown=False)
    return TrialQueue(study, tracker=Journal(folder / "journal.jsonl"), progress=shown)


def run_one(queue: TrialQueue) -> int:
    """A trial with everything that a folder keeps of one."""
    number, _ = queue.ask()
    queue.observe(number, 1, {"val/auprc": 0.5})
    pd.DataFrame({"score": [0.5]}).to_parquet(queue.study.scores_path(number))
    queue.close(number, TrialResult("complete", {"val/auprc": 0.5}))
    result = TrialResult("complete", {"test/auprc": 0.5})
    keep_replicate(queue.study, tiny_dataset(), number, 1000, result)
    return number


def kept(study) -> set[str]:
    return {
        str(path.relative_to(study.folder))
        for path in study.folder.rglob("*")
        if (path.is_file() and "trial" in path.name) or path.parent.name in {"corrected", "cache"}
    }


def test_trials_that_a_copy_does_not_have_leave_no_files_to_others_of_their_numbers(tmp_path):
    queue = make_queue(tmp_path)
    study, path = queue.study, trials_file(queue.study.folder)
    run_one(queue)
    cut_off, _ = queue.ask()
    queue.observe(cut_off, 1, {"val/auprc": 0.4})
    keep_copy(study.folder)
    at_copy = kept(study)
    run_one(queue)
    for table in ("corrected/auprc.parquet", "cache/importances-2.parquet"):
        (study.folder / table).parent.mkdir(exist_ok=True)
        (study.folder / table).touch()
    shutil.copy(path.with_name(path.name + ".copy"), path)
    again = make_queue(tmp_path, resume=True)
    assert missing_replicates(again.study, [0], 1) == []
    assert again.recover() == [cut_off]
    assert kept(again.study) == at_copy
    assert not read_replicates(again.study, 2)
    assert again.study.epochs(cut_off) == {1: {"val/auprc": 0.4}}


def test_a_resume_of_a_whole_study_removes_nothing(tmp_path):
    queue = make_queue(tmp_path)
    run_one(queue)
    corrected = queue.study.folder / "corrected" / "auprc.parquet"
    corrected.parent.mkdir()
    corrected.touch()
    queue.ask()
    before = kept(queue.study)
    make_queue(tmp_path, resume=True).recover()
    assert kept(queue.study) == before
