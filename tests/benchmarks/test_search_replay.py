"""Searches in memory: what they cost, whom they choose, and what the tables say of them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_problems import (
    BEST,
    GAIN,
    KINDS,
    Curve,
    Simulated,
    axes_of,
    patient,
    places,
    simulated_space,
)
from search_recorded import Recorded, Surrogate, _epoch, noise, read_table, record, worth
from search_replay import Method, at_times, parsed, search
from search_results import against, chart, cost_to_reach, missing, overview, per_problem
from study_makers import StudyMaker

from gpdht.errors import SpaceError, StudyError
from gpdht.search.space import load_space

SPACE = load_space(
    {
        "trials": 4,
        "fixed": {"train.epochs": 9},
        "params": {
            "model.dropout": {"float": [0.0, 0.5]},
            "graph.levels": {"int": [5, 25]},
            "encoder.dim": {"choice": [32, 64]},
            "model.context": {"choice": ["none", "cells"]},
        },
        "start_from": [
            {"model.dropout": 0.5, "graph.levels": 5, "encoder.dim": 32, "model.context": "none"}
        ],
    }
)


class Straight:
    """10 s, six epochs of 1 s, 1.25 s for each again, 4 s; reaches one minus the dropout."""

    name, space, default, best = "straight", SPACE, 0.5, 1.0

    def trial(self, values):
        worth_E = (1 - values["model.dropout"]) * np.arange(1, 7) / 6
        return Curve(np.repeat(worth_E[:, None], 3, axis=1), before_s=10, epoch_s=1, after_s=4)

    def fresh(self, values):
        return 1 - values["model.dropout"]

    worth = fresh


def recorded_table(path: Path, trials: int = 24) -> pd.DataFrame:
    """A table of random points whose worth falls with the dropout, with noise of .001."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(trials):
        point = SPACE.sample(rng)
        scores = 0.2 - 0.1 * point["model.dropout"] + rng.normal(0, 0.001, 6)
        mean_E1 = np.array([[0.05], [0.1], [scores[0] + 0.02]])
        apart_F = np.array([-0.01, 0, 0.01])
        row = {"number": number, **point, "val_EF": (mean_E1 + apart_F).tolist()}
        row |= {"test_F": list(scores[:3]), "fresh_test_F": list(scores[3:])}
        rows.append({**row, "fresh_val": 0.1, "before_s": 5.0, "epoch_s": 2.0, "after_s": 1.0})
    table = pd.DataFrame(rows)
    table.attrs = {"name": "made up", "space": SPACE.content()}
    table.to_parquet(path)
    return read_table(path)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 4))
def test_patience_ends_a_curve_after_so_many_epochs_without_a_rise(values, patience):
    best, at, end = -1, 0, len(values)
    for epoch, value in enumerate(values):
        if value > best:
            best, at = value, epoch
        elif epoch - at >= patience:
            end = epoch + 1
            break
    value_EF = np.repeat(np.array(values, float)[:, None], 2, axis=1)
    assert np.array_equal(patient(value_EF, patience), value_EF[:end])


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(list(KINDS)), st.integers(0, 500))
def test_no_point_is_better_than_the_best_and_the_default_is_where_it_is_said_to_be(kind, seed):
    problem, rng = Simulated(kind, seed), np.random.default_rng(seed)
    points = [simulated_space().sample(rng) for _ in range(20)]
    scores = [problem.worth(point) for point in points]
    default = problem.worth(simulated_space().start_from[0])
    assert max(scores) <= BEST
    assert default == pytest.approx(BEST if kind == "flat" else BEST - GAIN)
    assert problem.default == pytest.approx(default)


def test_a_place_is_a_share_of_the_way_on_the_settings_own_scale_and_absent_where_it_is_off():
    space = simulated_space()
    point = dict(space.start_from[0]) | {"train.lr": math.sqrt(1e-4 * 2e-3), "encoder.dim": 128}
    del point["model.effects_penalty"]
    at = dict(zip(axes_of(space), places(axes_of(space), point), strict=True))
    assert at["train.lr"] == pytest.approx(0.5)
    assert at["encoder.dim"] == 1
    assert math.isnan(at["model.effects_penalty"])


def test_a_search_spends_what_its_trials_cost_and_its_winner_has_the_best_selection_score():
    rows = search(Straight(), Method("random", "none"), seed=3, budget_s=120)
    assert list(rows["seconds"]) == [27.5 * n for n in range(1, 6)]  # the last begins at 110 s
    assert list(rows["fresh"]) == pytest.approx(list(rows["value"].cummax()))
    assert list(rows["tried"]) == pytest.approx(list(rows["worth"]))
    assert rows["winner"].iloc[0] == 0
    assert rows["value"].iloc[0] == pytest.approx(0.5)  # the default comes first


def test_a_pruned_trial_costs_its_epochs_and_the_reference_is_never_pruned():
    rows = search(
        Straight(),
        Method("random", "asha,grace_epochs=2,reduction=2"),
        seed=0,
        budget_s=1e9,
        most=12,
    )
    spent = rows["seconds"].diff().fillna(rows["seconds"].iloc[0])
    assert set(spent[rows["state"] == "complete"]) == {27.5}
    assert set(spent[rows["state"] == "pruned"]) <= {12.0, 14.0}  # rungs at 2 and 4 epochs
    assert rows["state"].iloc[0] == "complete"
    assert (rows["state"] == "pruned").any()
    assert rows.loc[rows["state"] == "pruned", "value"].isna().all()


def test_a_search_is_a_function_of_its_seed():
    one, two, other = (
        search(Simulated("few", 1), Method("tpe", "median"), seed=seed, budget_s=1e9, most=14)
        for seed in (5, 5, 6)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_methods_are_spelled_with_options_and_misspelled_ones_are_refused():
    assert parsed("asha,grace_epochs=5,reduction=2") == (
        "asha",
        {"grace_epochs": 5, "reduction": 2},
    )
    assert Method("tpe,multivariate=false,group=false", "none").ask(0, 0)._multivariate is False
    with pytest.raises(SpaceError, match="did you mean"):
        Method("tep", "none")
    with pytest.raises(SpaceError, match="scheduler ashes"):
        Method("tpe", "ashes")


def test_winners_are_those_of_the_last_trial_that_had_ended():
    rows = pd.DataFrame({"seconds": [24.0, 60.0, 96.0], "fresh": [0.5, 0.8, 0.7]})
    rows = rows.assign(worth=[0.4, 0.6, 0.7], tried=[0.4, 0.6, 0.9])
    found = at_times(rows, np.array([10, 24, 59, 60, 200]), default=0.4)
    assert list(found["fresh"]) == pytest.approx([0, 0.1, 0.1, 0.4, 0.3])
    assert list(found["worth"]) == pytest.approx([0, 0, 0, 0.2, 0.3])
    assert list(found["tried"]) == pytest.approx([0, 0, 0, 0.2, 0.5])
    assert list(found["trials"]) == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("middle", "cost"),
    [([0, 2, 1, 3], 1.0), ([2, 2, 2, 2], 0.25), ([0, 3, 3, 1], math.nan), ([0, 0, 2, 3], 0.75)],
)
def test_a_figure_is_reached_where_the_median_stays_above_it(middle, cost):
    table = pd.DataFrame({"share": [0.25, 0.5, 0.75, 1.0], "middle": middle})
    assert cost_to_reach(table, 2) == pytest.approx(cost, nan_ok=True)


def test_the_tables_hold_medians_over_replays_and_leave_out_problems_without_a_gain():
    share = np.arange(1, 5) / 4
    rows = pd.concat(
        [
            pd.DataFrame(
                {"problem": problem, "sampler": sampler, "scheduler": "none", "replay": replay,
                 "share": share, "seconds": 3600 * share, "gain": gain * share,
                 "possible": possible, "trials": 4 * share,
                 "worth": gain * share, "tried": 0.02 * share}
            )
            for problem, possible in (("a", 0.02), ("flat", 0.0))
            for sampler, gains_ in (("random", (0.0, 0.004, 0.02)), ("tpe", (0.01, 0.02, 0.02)))
            for replay, gain in enumerate(gains_)
        ]
    )  # fmt: skip
    lines = {line[0]: line for line in overview(rows).rows}
    assert lines["random"][4] == "0.10 (0.05 … 0.30)"
    assert lines["tpe"][4] == "0.50 (0.38 … 0.50)"
    assert lines["tpe"][5:] == ["1.00 (0.75 … 1.00)", "1.00", ".25"]
    assert [table.title.partition(":")[0] for table in per_problem(rows)] == ["a", "flat"]
    assert "+0.020" in per_problem(rows)[0].markdown()
    apart = [0.01, 0.016, 0.0] * 2  # at the whole budget, on both problems
    quarter, half, text = (
        f"+{part * np.mean(apart):.4f} ± {part * 1.96 * np.std(apart, ddof=1) / 6**0.5:.4f}"
        for part in (0.25, 0.5, 1)
    )
    assert against(rows, ("random", "none")).rows == [["tpe", "none", "", quarter, half, text]]
    left = ["4", "+0.0167", "+0.0033", "+0.0000"]  # of .02 at the end, without the flat problem
    assert missing(rows, mark=1.0).rows[1] == ["tpe", "none", *left]
    assert chart(rows).to_dict()["layer"]


def test_the_surrogate_knows_its_points_and_ranks_others_as_the_truth_does(tmp_path):
    table = recorded_table(tmp_path / "table.parquet")
    surrogate = Surrogate(table)
    points = surrogate.points
    assert [surrogate.nearest(point)["number"] for point in points] == list(range(len(points)))
    assert all(SPACE.config(point) for point in points)  # with their own types
    rng = np.random.default_rng(7)
    fresh = [SPACE.sample(rng) for _ in range(60)]
    found = pd.Series([surrogate.worth(point) for point in fresh])
    assert found.corr(-pd.Series([p["model.dropout"] for p in fresh]), method="spearman") > 0.8
    forest, at_ND = surrogate._worth, surrogate.places(fresh)
    assert list(found) == pytest.approx(list(forest.predict(at_ND)))
    assert surrogate.seconds(fresh[0]) == pytest.approx((5.0, 2.0), rel=0.01)


def test_replays_of_a_table_have_the_noise_that_the_table_shows(tmp_path):
    table = recorded_table(tmp_path / "table.parquet")
    problem, point = Recorded(Surrogate(table), 0), SPACE.start_from[0]
    curves = [problem.trial(point) for _ in range(200)]
    tops = np.array([curve.means.max() for curve in curves])
    size, expected = noise(table), Surrogate(table).worth(point)
    assert tops.mean() == pytest.approx(expected + size["offset"], abs=4 * size["selection"] / 14)
    assert tops.std() == pytest.approx(size["selection"], rel=0.2)
    assert np.sort(curves[0].value_EF - curves[0].means[:, None]) == pytest.approx(
        np.tile([-0.01, 0, 0.01], (3, 1))
    )
    fresh = np.array([problem.fresh(point) for _ in range(200)])
    assert fresh.std() == pytest.approx(size["fresh"], rel=0.2)
    assert problem.best >= worth(table).max() - 0.01
    assert problem.default < problem.best


def test_folds_of_an_epoch_are_those_recorded_or_have_the_recorded_mean_and_sd():
    told = {"val/auprc": 0.2, "val/auprc_sd": 0.03}
    folds = {f"val/auprc_fold{i}": value for i, value in enumerate((0.21, 0.17, 0.22))}
    assert _epoch(told | folds, "val/auprc", 3) == [0.21, 0.17, 0.22]
    value_F = _epoch(told, "val/auprc", 3)
    assert (np.mean(value_F), np.std(value_F, ddof=1)) == pytest.approx((0.2, 0.03))


def test_recording_refuses_studies_that_have_too_little_in_common(tmp_path):
    maker = StudyMaker(tmp_path)
    maker.end("pruned")
    folder = maker.done().folder
    with pytest.raises(StudyError, match="0 trials are complete in both"):
        record(folder, folder, tmp_path / "table.parquet")
    assert not (tmp_path / "table.parquet").exists()
