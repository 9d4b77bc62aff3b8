"""Whole reproductions through Ray, with a trial that needs no training."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from fake_trials import label_trial
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score
from small_inputs import small_set

from gpdht.errors import ConfigError, StudyError
from gpdht.reproduction import published
from gpdht.reproduction.published import count_pairs
from gpdht.reproduction.run import models_of, reproduce

LABEL = ("tf_rate", "target_rate", "one_hot_logistic", "matrix_factorisation", "boosted_label_rows")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproduction")


@pytest.fixture
def again(small_ray, folder, monkeypatch):
    """Reproduce something on a set that passes for mDC500."""
    monkeypatch.setitem(published.TABLE1, "mDC500", count_pairs(small_set()))
    monkeypatch.setattr("gpdht.reproduction.run.name_sets", named)
    monkeypatch.setattr("gpdht.comparison.request.name_sets", named)

    def run(what, **changes):
        options = {
            "out": folder,
            "setting": "default",
            "trial": label_trial(signal=2, cumulative=0.3),
            "progress": False,
        }
        return reproduce(what, [small_set()], **{**options, **changes})

    return run


def named(datasets):
    return {"mDC500": datasets[0]}


def out_of_fold(folder, model):
    results = pd.read_parquet(folder / "comparison" / "results.parquet")
    job = results.loc[results["model"] == model, "job"].iloc[0]
    return pd.read_parquet(folder / "comparison" / "jobs" / f"{job}.scores.parquet")


@pytest.mark.slow
def test_table_2_has_the_scores_of_both_encodings_beside_the_papers_and_labels_alone(again, folder):
    made = again("table2")
    for metric, score in (("auroc", roc_auc_score), ("auprc", average_precision_score)):
        row = made.table.set_index("metric").loc[metric]
        found = {}
        for model in ("gpdht", "gpdht_cumulative", *LABEL):
            pairs = out_of_fold(folder, model)
            found[model] = score(pairs["label"], pairs["score"])
        assert row["uniform"] == pytest.approx(found["gpdht"])
        assert row["cumulative"] == pytest.approx(found["gpdht_cumulative"])
        assert row["difference"] == pytest.approx(found["gpdht"] - found["gpdht_cumulative"])
        assert 0 < row["low"] < row["difference"] < row["high"]
        assert row["label_only"] == pytest.approx(max(found[model] for model in LABEL))
        assert found[row["label_baseline"]] == pytest.approx(row["label_only"])
        for encoding in ("uniform", "cumulative"):
            printed = getattr(published.TABLE2[encoding]["mDC500"], metric)
            assert row[f"published_{encoding}"] == printed
    text = (folder / "table2.md").read_text()
    assert "| mDC500 | .82/.19 |" in text
    assert "above zero for sure in 1 and below in 0 of 1 sets" in text
    assert "seeds 0" in text


@pytest.mark.slow
def test_a_second_figure_runs_only_what_the_first_had_not(again, folder):
    def jobs():
        files = (folder / "comparison" / "jobs").glob("*.json")
        return {path.name: path.stat().st_mtime_ns for path in files}

    again("table2")
    before = jobs()
    again("figure2")
    after = jobs()
    assert before.items() <= after.items()
    assert len(after) - len(before) == 6  # the published setting and five peers
    again("figure2")
    assert jobs() == after


@pytest.mark.slow
def test_figure_2_has_every_peer_the_paper_and_labels_alone(again, folder):
    made = again("figure2")
    rows = [row[0] for row in made.tables[0].rows]
    assert rows[0] == "GP-DHT, the paper's figure"
    assert rows[-1] == "best label-only baseline"
    assert {"GENELink", "GMFGRN", "IGEGRNS", "GATCL", "HGATLink"} < set(rows)
    pairs = out_of_fold(folder, "genelink")
    expected = f"{average_precision_score(pairs['label'], pairs['score']):.3f}"[1:]
    assert dict(made.tables[0].rows)["GENELink"].endswith(expected)
    assert {path.name for path in made.files} == {
        "figure2-mDC500.svg",
        "figure2-mDC500.html",
        "figure2.md",
        "figure2.parquet",
    }
    assert all(path.is_file() for path in made.files)


@pytest.mark.slow
def test_figure_3_has_a_curve_with_a_band_for_the_model_and_labels_alone(again):
    made = again("figure3")
    for _, curve in made.table.groupby("name"):
        assert (curve["low"] <= curve["high"]).all()
        assert curve["recall"].is_monotonic_increasing
    assert set(made.table["kind"]) == {"gpdht", "label"}
    assert made.tables[0].rows[0][1] == ".19"


@pytest.mark.slow
def test_figure_4_has_the_best_edges_and_their_hubs(again, folder):
    made = again("figure4")
    pairs = out_of_fold(folder, "gpdht").sort_values("score", ascending=False).head(100)
    assert set(zip(made.table["source"], made.table["target"], strict=True)) == set(
        zip(pairs["source"], pairs["target"], strict=True)
    )
    assert int(made.table["known"].sum()) == int(pairs["label"].sum())
    counts = pairs["source"].value_counts()
    assert {row[0]: int(row[1]) for row in made.tables[0].rows} == counts.to_dict()
    assert re.search(r"Of the 100 best pairs \d+ are known edges; of the", made.tables[0].note)


@pytest.mark.slow
def test_figure_5_says_how_much_labels_alone_would_have_drawn(again, folder):
    made = again("figure5")
    name, line, rho, _ = made.tables[0].rows[0]
    assert name == "mDC500"
    keys = ["source", "target"]
    own, other = (
        out_of_fold(folder, model).sort_values(keys)["score"].to_numpy()
        for model in ("gpdht", line.replace(" ", "_").replace("one-hot", "one_hot").lower())
    )
    assert float(rho) == pytest.approx(spearmanr(own, other).statistic, abs=6e-4)
    assert np.isfinite(made.table["weight"]).all()


@pytest.mark.slow
def test_a_model_that_failed_is_named_with_its_error(again, tmp_path):
    def failing(config, dataset, *, report=None, cache_dir=None):
        from gpdht.trial import TrialResult

        return TrialResult("failed", error="RuntimeError: no luck", seconds=0.1)

    with pytest.raises(StudyError, match="gpdht on mDC500 ended as failed: RuntimeError: no luck"):
        again("figure4", out=tmp_path, trial=failing)
    assert again("table2", out=tmp_path, trial=failing).table["uniform"].isna().all()


def test_table_1_needs_no_training(tmp_path):
    made = reproduce("table1", [small_set()], out=tmp_path / "new", command="gpdht reproduce")
    assert sorted(path.name for path in tmp_path.joinpath("new").iterdir()) == [
        "table1.md",
        "table1.parquet",
    ]
    assert "command: gpdht reproduce" in made.markdown()
    assert models_of("table1", "published") == ()


@pytest.mark.parametrize(
    ("what", "setting", "message"),
    [("table3", "default", 'what "table3"'), ("table2", "paper", 'setting "paper"')],
)
def test_what_the_paper_has_not_is_refused_before_anything_is_written(
    tmp_path, what, setting, message
):
    with pytest.raises(ConfigError, match=message):
        reproduce(what, [small_set()], out=tmp_path / "new", setting=setting)
    assert not (tmp_path / "new").exists()
