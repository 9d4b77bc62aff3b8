"""Files that hold trials: damaged, cut off, copied, shared, full."""

from __future__ import annotations

import gc
import json
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import optuna
import psutil
import pytest
from fake_trials import fake_trial
from journal import Journal
from small_inputs import SPACE, tiny_dataset

from gpdht.errors import StudyError
from gpdht.search.resume import prepare_study
from gpdht.search.run import run_search
from gpdht.search.space import load_space
from gpdht.search.storage import (
    DATABASE,
    JOURNAL,
    is_on_network_drive,
    keep_copy,
    make_storage,
    mend_journal,
    open_storage,
    trials_file,
)
from gpdht.search.study import Study, open_study

KINDS = pytest.mark.parametrize("journal", [False, True], ids=["database", "journal"])


def new_study(folder: Path, *, journal: bool, trials: int = 3) -> Study:
    """A study with some trials that ended, and a copy of its file."""
    space = load_space({**SPACE, "trials": trials})
    study = prepare_study(tiny_dataset(), space, name="s", studies=folder, journal=journal)
    for _ in range(trials):
        study.optuna.tell(study.optuna.ask(), 0.5)
    keep_copy(study.folder)
    return study


def damage(path: Path) -> None:
    """Overwrite the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle - 200 : middle + 200] = b"\x00" * 400
    path.write_bytes(content)


@KINDS
def test_a_damaged_file_is_one_clear_error_and_the_copy_it_names_opens(tmp_path, journal):
    study = new_study(tmp_path, journal=journal)
    path = trials_file(study.folder)
    damage(path)
    with pytest.raises(StudyError, match=r"cannot be read .* `mv .*copy") as caught:
        open_study("s", tmp_path)
    command = str(caught.value).split("`")[1].split()
    assert command[0] == "mv"
    shutil.move(*command[1:])
    assert len(open_study("s", tmp_path).trials()) == 3


def test_a_damaged_database_does_not_take_the_place_of_its_good_copy(tmp_path):
    study = new_study(tmp_path, journal=False)
    path = trials_file(study.folder)
    before = path.with_name(path.name + ".copy").read_bytes()
    damage(path)
    with pytest.raises(sqlite3.DatabaseError):
        keep_copy(study.folder)
    assert path.with_name(path.name + ".copy").read_bytes() == before
    assert not list(study.folder.glob(".*part"))


def test_a_missing_file_is_told_with_its_copy(tmp_path):
    study = new_study(tmp_path, journal=False)
    trials_file(study.folder).unlink()
    with pytest.raises(StudyError, match=r"optuna\.db .* is missing\. .* `mv .*optuna\.db\.copy"):
        open_study("s", tmp_path)


def test_reading_a_study_writes_nothing(tmp_path):
    study = new_study(tmp_path, journal=True)
    before = trials_file(study.folder).read_bytes()
    assert len(open_study("s", tmp_path).trials()) == 3
    assert trials_file(study.folder).read_bytes() == before


def test_a_line_that_a_killed_writer_left_unfinished_costs_nothing(tmp_path):
    study = new_study(tmp_path, journal=True)
    path = trials_file(study.folder)
    with path.open("a") as file:
        file.write('{"op_code": 6, "trial_')
    assert len(open_study("s", tmp_path).trials()) == 3
    mend_journal(study.folder)
    again = open_study("s", tmp_path)
    again.optuna.tell(again.optuna.ask(), 0.7)
    values = [trial.value for trial in open_study("s", tmp_path).optuna.trials]
    assert values == [0.5, 0.5, 0.5, 0.7]


def test_a_study_that_nobody_uses_leaves_no_connection_open(tmp_path):
    study = new_study(tmp_path, journal=False)
    engine = study.optuna._storage._backend.engine
    assert engine.pool.checkedin()
    del study
    gc.collect()
    assert not engine.pool.checkedin()


@pytest.mark.slow
@KINDS
def test_writers_that_share_a_file_lose_and_mix_nothing(tmp_path, journal):
    storage = make_storage(tmp_path, journal=journal)
    optuna.create_study(study_name="s", storage=storage)
    code = (
        "import sys, optuna\n"
        "from pathlib import Path\n"
        "from gpdht.search.storage import open_storage\n"
        "optuna.logging.set_verbosity(optuna.logging.ERROR)\n"
        "study = optuna.load_study(study_name='s', storage=open_storage(Path(sys.argv[1])))\n"
        "for _ in range(20):\n"
        "    trial = study.ask()\n"
        "    trial.set_user_attr('writer', int(sys.argv[2]))\n"
        "    trial.report(trial.suggest_float('x', 0, 1), 1)\n"
        "    study.tell(trial, trial.params['x'])\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)])
        for number in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    trials = optuna.load_study(study_name="s", storage=open_storage(tmp_path)).trials
    assert [trial.number for trial in trials] == list(range(60))
    assert sorted(trial.user_attrs["writer"] for trial in trials) == sorted([0, 1, 2] * 20)
    assert all(trial.value == trial.intermediate_values[1] == trial.params["x"] for trial in trials)


def test_a_study_on_a_network_drive_keeps_its_trials_in_a_journal(tmp_path, monkeypatch):
    def mounted(path, kind):
        return psutil._ntuples.sdiskpart("there", str(path), kind, "rw")

    drives = [mounted("/", "ext4"), mounted(tmp_path / "nfs", "nfs4"), mounted("/x", "tmpfs")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: drives)
    assert is_on_network_drive(tmp_path / "nfs" / "studies" / "new")
    assert not is_on_network_drive(tmp_path / "studies")
    space = load_space(SPACE)
    shared = prepare_study(tiny_dataset(), space, name="s", studies=tmp_path / "nfs")
    local = prepare_study(tiny_dataset(), space, name="s", studies=tmp_path)
    assert trials_file(shared.folder).name == JOURNAL
    assert trials_file(local.folder).name == DATABASE


def search(folder: Path, wait_for: Path, **options) -> Study:
    return run_search(
        tiny_dataset(),
        SPACE,
        name="s",
        studies=folder,
        resume=True,
        tracker=Journal(folder / "journal.jsonl"),
        max_concurrent=2,
        progress=False,
        trial=fake_trial(epochs=6, wait_for=str(wait_for)),
        **options,
    )


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
@KINDS
def test_a_full_drive_ends_the_search_with_one_error_and_costs_no_ended_trial(tmp_path, journal):
    first = search(tmp_path, tmp_path, trials=2, journal=journal)
    before = first.trials()
    full = trials_file(first.folder).stat().st_size + 4096  # room for the other files
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (full, hard))
    try:
        with pytest.raises(StudyError, match=r"cannot be written .* --resume"):
            search(tmp_path, tmp_path, trials=14)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    journal_file = Journal(tmp_path / "journal.jsonl")
    assert journal_file.named("end_study")[-1][0] == "failed"
    after = search(tmp_path, tmp_path, trials=14).trials()
    assert list(after["state"]) == ["complete"] * 14
    assert json.loads(after.iloc[:2].to_json()) == json.loads(before.to_json())
    starts = [number for number, _ in journal_file.named("start_trial")]
    assert starts.count(0) == starts.count(1) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_folder_that_cannot_be_written_ends_the_search_with_one_error(tmp_path):
    scores = search(tmp_path, tmp_path, trials=2).folder / "scores"
    scores.rename(tmp_path / "scores")
    scores.write_text("not a folder")
    with pytest.raises(StudyError, match=r"cannot be written .*scores.* --resume"):
        search(tmp_path, tmp_path, trials=4)
    scores.unlink()
    (tmp_path / "scores").rename(scores)
    study = search(tmp_path, tmp_path, trials=4)
    assert list(study.trials()["state"]) == ["complete"] * 4
    assert len(list(scores.glob("*.parquet"))) == 4
