"""A comparison opened from its folder: the same tables, finished or not, and nothing written."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from comparison_makers import COMMAND, make_comparison

from gpdht.comparison.result import TABLES
from gpdht.comparison.tables import open_comparison
from gpdht.errors import StudyError

MODELS = ("gpdht", "tf_rate", "correlation", "gpdht_permuted_labels")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished comparison: its store and its tables."""
    folder = tmp_path_factory.mktemp("c") / "o"
    return make_comparison(folder, models=MODELS, seeds=(0, 1), fail_seed=1)


def files(folder):
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_a_finished_comparison_has_the_tables_of_its_folder_and_stays_as_it_is(made):
    store, comparison = made
    before = files(store.folder)
    opened = open_comparison(store.folder)
    assert files(store.folder) == before
    for name in TABLES:
        written = pd.read_parquet(store.folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(getattr(opened, name), written)
    assert opened.is_finished
    assert opened.about["command"] == COMMAND
    assert opened.about["versions"]["torch"] == comparison.about["versions"]["torch"]
    assert opened.metric == "auprc"


def test_tables_made_of_the_jobs_are_those_of_the_run(made, tmp_path):
    store, comparison = made
    (store.folder / "results.parquet").rename(tmp_path / "results.parquet")
    try:
        opened = open_comparison(store.folder)
    finally:
        (tmp_path / "results.parquet").rename(store.folder / "results.parquet")
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(opened, name), getattr(comparison, name))


def test_an_unfinished_comparison_has_what_has_ended(made, tmp_path):
    store, _ = made
    copy = tmp_path / "o"
    (copy / "jobs").mkdir(parents=True)
    record = {**store.record, "outcome": None, "command": None}
    (copy / "comparison.json").write_text(json.dumps(record))
    digest = next(a for a in store.record["numbers"] if store.load(a)["model"] == "tf_rate")
    for path in (store.folder / "jobs").glob(f"{digest}*"):
        (copy / "jobs" / path.name).write_bytes(path.read_bytes())
    opened = open_comparison(copy)
    assert set(opened.results["model"]) == {"tf_rate"}
    assert (opened.about["ended"], opened.about["jobs"]) == (1, 16)
    assert not opened.is_finished
    assert opened.about["command"] is None


def test_a_comparison_of_which_nothing_has_ended_has_empty_tables(made, tmp_path):
    store, _ = made
    record = {**store.record, "outcome": None}
    (tmp_path / "comparison.json").write_text(json.dumps(record))
    opened = open_comparison(tmp_path)
    assert all(getattr(opened, name).empty for name in TABLES)


def test_a_folder_without_a_readable_comparison_is_refused_with_what_was_expected(tmp_path):
    with pytest.raises(StudyError, match=r"no comparison\.json; expected the --out folder"):
        open_comparison(tmp_path)
    path = tmp_path / "comparison.json"
    path.write_text("[")
    with pytest.raises(StudyError, match="cannot be read"):
        open_comparison(tmp_path)
    path.write_text('{"format": 99}')
    with pytest.raises(StudyError, match="format 99"):
        open_comparison(tmp_path)


def test_a_model_of_another_version_is_named(made, tmp_path):
    store, _ = made
    (tmp_path / "jobs").mkdir()
    digest = next(iter(store.record["numbers"]))
    record = {**store.record, "outcome": None}
    (tmp_path / "comparison.json").write_text(json.dumps(record))
    job = {**store.load(digest), "model": "gpdht_of_tomorrow"}
    (tmp_path / "jobs" / f"{digest}.json").write_text(json.dumps(job))
    with pytest.raises(StudyError, match=r'"gpdht_of_tomorrow".*unknown'):
        open_comparison(tmp_path)
