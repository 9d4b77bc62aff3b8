"""A study on disk: found, refused, read, locked."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

import pytest
from small_inputs import SPACE, tiny_dataset
from test_trial_queue import complete, make_queue, run_all
from tracker_views import view_study

from gpdht.errors import ConfigError, SpaceError, StudyError
from gpdht.search.resume import prepare_study
from gpdht.search.space import load_space
from gpdht.search.study import Study, open_study
from gpdht.search.tracked import open_parent_run
from gpdht.tracking import MemoryStudyTracker


def test_an_existing_name_is_refused_with_what_to_do(tmp_path):
    make_queue(tmp_path)
    with pytest.raises(StudyError, match=r'"s" exists .* pass --resume'):
        make_queue(tmp_path)


def test_another_space_or_other_data_under_the_name_are_refused_even_on_a_resume(tmp_path):
    make_queue(tmp_path)
    with pytest.raises(StudyError, match="another space"):
        make_queue(tmp_path, {"sampler": {"name": "tpe"}}, resume=True)
    other = load_space(SPACE)
    data = tiny_dataset()
    data.expression.data[0] += 1
    with pytest.raises(StudyError, match='data "tiny"'):
        prepare_study(data, other, name="s", studies=tmp_path, resume=True)


def test_a_total_below_what_exists_is_refused(tmp_path):
    run_all(make_queue(tmp_path), 3)
    with pytest.raises(StudyError, match="has 3 trials already"):
        make_queue(tmp_path, resume=True, trials=2)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "with space"])
def test_a_name_that_is_no_folder_name_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(StudyError, match="cannot be a study's name"):
        prepare_study(tiny_dataset(), load_space(SPACE), name=name, studies=tmp_path / "studies")
    assert not (tmp_path / "studies").exists()


def test_many_trials_of_a_one_point_space_are_refused(tmp_path):
    space = load_space({"fixed": {"encoder.dim": 32}})
    with pytest.raises(SpaceError, match="all be the same"):
        prepare_study(tiny_dataset(), space, name="s", studies=tmp_path, trials=4)


def test_what_trials_share_need_not_be_a_configuration_without_what_they_search(tmp_path):
    widths = {"encoder.dim": {"choice": [12, 24]}}
    heads = {"encoder.heads": 3, "model.heads": 3}  # do not divide the default of encoder.dim
    space = load_space({"fixed": heads, "params": widths})
    study = prepare_study(tiny_dataset(), space, name="s", studies=tmp_path)
    tracker = MemoryStudyTracker()
    open_parent_run(study, tracker)
    params = view_study(tracker).params
    assert (params["encoder.heads"], params["model.heads"]) == ("3", "3")
    assert "encoder.dim" not in params


def test_a_missing_and_a_foreign_study_are_named(tmp_path):
    with pytest.raises(StudyError, match=r'no study "x" .*found none'):
        open_study("x", tmp_path)
    make_queue(tmp_path)
    with pytest.raises(StudyError, match=r"found s\)"):
        open_study("x", tmp_path)
    (tmp_path / "s" / "optuna.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(StudyError, match=r"optuna\.db .* which holds the trials, is missing"):
        open_study("s", tmp_path)
    file = tmp_path / "s" / "study.json"
    file.write_text(json.dumps({"format": 99}))
    with pytest.raises(StudyError, match="format 99"):
        open_study("s", tmp_path)
    file.write_text("{")
    with pytest.raises(StudyError, match="cannot be read"):
        open_study("s", tmp_path)


@pytest.mark.parametrize("journal", [False, True])
def test_what_a_driver_left_that_died_before_its_study_was_whole_is_not_gone_on_with(
    journal, tmp_path
):
    first = {"graph.levels": 20, "encoder.tau": 0.5, "train.optimizer": "adam"}
    second = first | {"graph.levels": 9}
    other = {"objective": {"metric": "val/brier", "mode": "min"}, "start_from": [second]}
    prepare = partial(prepare_study, tiny_dataset(), name="s", studies=tmp_path, journal=journal)
    begun = prepare(load_space({**SPACE, "start_from": [first]}))
    begun.folder.joinpath("study.json").unlink()
    study = prepare(load_space({**SPACE, **other}))
    assert study.optuna.direction.name == "MINIMIZE"
    assert study.optuna.trials[0].system_attrs["fixed_params"] == second
    study.optuna.ask()
    study.folder.joinpath("study.json").unlink()
    with pytest.raises(StudyError, match=r"optuna\..* has trials, but the study\.json .* missing"):
        prepare(load_space({**SPACE, "start_from": [first]}))
    assert load_space(study.folder / "space.yaml").start_from[0]["graph.levels"] == 9


def test_the_table_has_a_row_per_trial_and_the_winner_its_config(tmp_path):
    queue = make_queue(tmp_path)
    for value in (0.2, 0.8, 0.8):
        number, _ = queue.ask()
        queue.close(number, complete(value))
    queue.ask()
    study = open_study(tmp_path / "s")
    table = study.trials()
    assert list(table["state"]) == ["complete"] * 3 + ["running"]
    assert list(table["val/auprc"][:3]) == [0.2, 0.8, 0.8]
    config, row = study.winner()
    assert row["number"] == 1
    assert config.encoder.tau == pytest.approx(row["encoder.tau"])
    assert isinstance(config.graph.levels, int)


def test_a_study_without_a_complete_trial_has_no_winner(tmp_path):
    make_queue(tmp_path).ask()
    with pytest.raises(StudyError, match="no complete trial"):
        open_study("s", tmp_path).winner()


def test_a_second_driver_is_kept_out_until_the_first_ends(tmp_path):
    make_queue(tmp_path)
    study = open_study("s", tmp_path)
    code = (
        "import sys\nfrom gpdht.search.study import open_study\n"
        f"with open_study('s', {str(tmp_path)!r}).locked():\n print('in')"
    )
    command = [sys.executable, "-c", code]
    with study.locked():
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "is being run by process" in refused.stderr
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "in\n"


def test_a_driver_that_is_kept_out_changes_nothing(tmp_path):
    prepare = partial(
        prepare_study, tiny_dataset(), load_space(SPACE), name="s", studies=tmp_path, resume=True
    )
    (tmp_path / "s").mkdir()
    with Study(tmp_path / "s", {}).locked(), pytest.raises(StudyError, match="is being run by"):
        prepare()
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["lock"]
    study = prepare()
    with study.locked(), pytest.raises(StudyError, match="is being run by"):
        prepare(trials=50)
    assert open_study("s", tmp_path).record["trials"] == SPACE["trials"]
    assert prepare(trials=50).space.trials == 50


def test_folds_that_the_data_cannot_give_are_refused_before_anything_is_written(tmp_path):
    space = load_space({**SPACE, "fixed": {"cv.split": "tf", "cv.folds": 3}})
    with pytest.raises(ConfigError, match=r"cv\.folds"):
        prepare_study(tiny_dataset(), space, name="s", studies=tmp_path / "studies")
    assert not (tmp_path / "studies").exists()


def test_the_record_says_what_a_score_means(tmp_path):
    make_queue(tmp_path)
    protocol = open_study("s", tmp_path).record["protocol"]
    assert protocol["pairs"] == 2 * 11
    assert protocol["positives"] == 12
    assert (protocol["cv.split"], protocol["cv.folds"]) == ("edge", 3)
    assert "no self pairs" in protocol["universe"]


def test_a_changed_record_does_not_make_the_trials_be_read_again(tmp_path):
    study = prepare_study(tiny_dataset(), load_space(SPACE), name="s", studies=tmp_path)
    asked = study.optuna
    assert study.update(trials=9).optuna is asked
