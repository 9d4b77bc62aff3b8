"""A search over two sets: what it keeps, chooses by, shows and registers."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score
from small_inputs import SMALL, another_set, small_set

from gpdht.cli.trials import summary_of
from gpdht.data.together import each_alone, together
from gpdht.errors import StudyError
from gpdht.execution.worker import own_cache
from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.over_sets import scores_by_set
from gpdht.presentation import WIDTH
from gpdht.registry.card import card_text
from gpdht.registry.registration import register
from gpdht.report.card import winners_gains
from gpdht.report.registered import find_registered
from gpdht.report.writing import write_report
from gpdht.search.cache_entries import cache_entries
from gpdht.search.corrected import draw_trials
from gpdht.search.leaderboard import say_sets, sets_tables
from gpdht.search.replicates import read_replicates, replicate_scores
from gpdht.search.run import run_search
from gpdht.search.study import open_study
from gpdht.search.study_tables import StudyTables
from gpdht.search.tracked import trial_run
from gpdht.search.verdict import judge_search
from gpdht.search.verdict_words import verdict_tables
from gpdht.tracking import open_tracker
from gpdht.training import baselines
from gpdht.trial import run_trial

pytestmark = pytest.mark.slow

SPACE = {
    "trials": 3,
    "sampler": {"name": "random", "seed": 1},
    "scheduler": {"name": "none"},
    "fixed": {
        **SMALL,
        "cv.split": "target",
        "train.lr": 0.01,
        "train.epochs": 6,
        "train.patience": 1,
    },
    "params": {"encoder.tau": {"float": [0.5, 2.0], "log": True}},
    "start_from": [{"encoder.tau": 0.5}],
}
SETS = [small_set("first"), another_set("second", seed=5, genes=30)]


@pytest.fixture(scope="module")
def place(blank_database, tmp_path_factory):
    """The studies' folder, with an MLflow database."""
    folder = tmp_path_factory.mktemp("sets")
    shutil.copy(blank_database, folder / "mlflow.db")
    return folder


@pytest.fixture
def ended(small_ray, place):
    """A finished study, searched by the first test that asks for it, and where it is tracked."""
    uri = f"sqlite:///{place / 'mlflow.db'}"
    if not (place / "both").exists():
        run_search(
            SETS,
            SPACE,
            name="both",
            studies=place,
            tracker=open_tracker(uri, "e"),
            replicates=1,
            max_concurrent=1,
            progress=False,
        )
    return open_study("both", place), uri


def test_each_trial_is_what_the_sets_come_to_together(ended):
    study, _ = ended
    for number in range(3):
        result = study.result(number)
        expected = run_trial(study.config(number), together(SETS))
        assert result.metrics == pytest.approx(expected.metrics, abs=1e-6)
        assert study.trials()["objective"][number] == pytest.approx(
            np.mean([one["metrics"]["val/auprc"] for one in result.sets.values()])
        )


def test_the_study_knows_its_sets_and_goes_on_with_the_same_ones_alone(ended):
    study, _ = ended
    assert study.record["dataset"]["name"] == "first + second"
    assert [one["fingerprint"] for one in study.record["sets"]] == [s.fingerprint for s in SETS]
    protocol = study.record["protocol"]
    alone = [run_trial(study.config(0), one).scores for one in SETS]
    assert protocol["pairs"] == sum(map(len, alone))
    assert protocol["positives"] == sum(int(table["label"].sum()) for table in alone)
    assert protocol["universe"].startswith("first: known TFs × genes")
    options = {"name": "both", "studies": study.folder.parent, "resume": True, "progress": False}
    options |= {"replicates": 1}
    for others in (SETS[0], SETS[::-1]):
        with pytest.raises(StudyError, match=r'data "first \+ second" .* not "'):
            run_search(others, SPACE, **options)
    again = run_search(SETS, SPACE, **options)
    assert again.num_ended == 3


def test_the_verdict_is_of_means_over_the_sets(ended):
    study, _ = ended
    verdict = judge_search(study)
    assert verdict.winner != verdict.reference == 0
    assert verdict.sets == ("first", "second")
    number = verdict.winner
    parts = scores_by_set(read_scores(study, number))
    (inside_B,) = draw_trials(study, [number], "auprc").inside_TB
    units = [np.unique(part["target"]) for part in parts.values()]
    assert inside_B[:3] == pytest.approx(on_draws(parts, units, number=len(inside_B)))
    whole = np.mean([average_precision_score(p["label"], p["score"]) for p in parts.values()])
    assert study.result(number).metrics["test/auprc"] == pytest.approx(whole)
    (replicate,) = read_replicates(study, number).values()
    again = scores_by_set(replicate_scores(study, number, [replicate.seed]))
    expected = on_draws(again, [one.genes for one in SETS], number=len(replicate.drawn_B))
    assert replicate.drawn_B[:3] == pytest.approx(expected)
    assert list(replicate.result.sets) == ["first", "second"]
    (table,) = verdict_tables(verdict)
    assert "means over first, second" in table.note


def on_draws(parts, units, *, number):
    """Average precision on the first three draws of each set's own units, mean over the sets."""
    found = []
    for seed, (part, among) in enumerate(zip(parts.values(), units, strict=True)):
        drawn = draw_resamples(part["target"].to_numpy(), among=among, number=number, seed=seed)
        weights = drawn.counts()[:3, drawn.unit_P]
        score = average_precision_score
        found.append([score(part["label"], part["score"], sample_weight=w) for w in weights])
    return np.mean(found, axis=0)


def read_scores(study, number):
    return pd.read_parquet(study.scores_path(number))


def test_tables_pages_and_plain_data_show_each_set_beside_its_own_baseline(ended, tmp_path):
    study, _ = ended
    tables = StudyTables(study)
    (table,) = sets_tables(tables)
    winner = study.result(tables.winner)
    row = next(r for r in table.rows if r[:2] == ("second", f"trial {tables.winner}"))
    metrics = winner.of_set("second").metrics
    assert row[3] == f"{metrics['test/auprc']:.3f}"
    assert row[4] == f"{metrics['baseline/auprc']:.3f}"
    assert all(len(line) <= WIDTH for line in table.cut()[0].markdown().splitlines()[:3])
    assert "means over 2 sets (first, second)" in say_sets(tables)
    plain = json.loads(json.dumps(summary_of(study)))["sets"]
    assert {one["set"] for one in plain} == {"first", "second"}
    assert len(tables.network) == len(scores_by_set(read_scores(study, tables.winner))["first"])
    write_report(study.folder, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "Set by set" in text
    assert "on first, the first set" in text


def test_the_tracker_has_each_sets_figures(ended):
    study, _ = ended
    run = trial_run(study, study.optuna.trials[0])
    result = study.result(0)
    assert run.metrics["sets/second/test/auprc"] == result.sets["second"]["metrics"]["test/auprc"]
    assert run.metrics["val/auprc"] == result.metrics["val/auprc"]


def test_the_cache_of_every_set_is_known(ended):
    study, _ = ended
    named = {path.name for path in cache_entries(study, own_cache())}
    for fingerprint in (one["fingerprint"] for one in study.record["sets"]):
        key = baselines.cache_key(study.config(0), fingerprint)
        assert f"label-only-{key}.parquet" in named


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_registered_model_is_of_one_set_and_scored_on_it_alone(ended, name):
    study, uri = ended
    version = register(study, SETS, name=f"m-{name}", of=name, replicates=1, tracking_uri=uri)
    card = version.card
    one = next(one for one in each_alone(together(SETS)) if one.name == name)
    assert card["data"]["fingerprint"] == one.fingerprint
    assert (
        card["study"]["best_epoch"] == study.result(card["study"]["winner"]).of_set(name).best_epoch
    )
    (kept,) = read_replicates(study, card["study"]["winner"]).values()
    expected = kept.result.of_set(name).metrics["test/auprc"]
    assert card["replicated"]["test/auprc"]["pooled"] == pytest.approx(expected)
    assert "mean over first, second" in card_text(card, title="m")


def test_a_set_that_the_study_has_not_is_refused(ended):
    study, uri = ended
    with pytest.raises(StudyError, match=r'no set "third" \(it has first, second\)'):
        register(study, SETS, name="m", of="third", tracking_uri=uri)
    with pytest.raises(StudyError, match="was made on"):
        register(study, SETS[0], name="m", tracking_uri=uri)


def test_gains_on_fresh_folds_are_means_also_where_the_model_is_of_one_set(ended):
    study, uri = ended
    register(study, SETS, name="m", of="second", replicates=1, tracking_uri=uri)
    found = find_registered(study, uri)
    (kept,) = read_replicates(study, found.winner).values()
    gains = winners_gains(found, study, found.winner)
    assert gains["auprc"] == [kept.result.metrics["gain/auprc"]]
    assert found.card["gain"]["auprc"]["per_seed"] != gains["auprc"]
