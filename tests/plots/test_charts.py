"""Each chart shows the numbers of its table, and says so where there are none."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from chart_views import layer, layers, says
from hypothesis import given
from hypothesis import strategies as st

from gpdht import plots
from gpdht.plots.theme import COLOURS, KINDS, rows_of


def scores(**changes):
    table = {
        "line": ["GP-DHT", "TF rate", "chance"],
        "kind": ["gpdht", "label", "control"],
        "value": [0.5, 0.7, 0.1],
        "low": [0.4, 0.6, math.nan],
        "high": [0.6, 0.8, math.nan],
    }
    return pd.DataFrame({**table, **changes})


def edges(number=12):
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame(
        {
            "source": [f"TF{i % 3}" for i in range(number)],
            "target": [f"g{i // 3}" for i in range(number)],
            "weight": rng.random(number),
            "known": rng.random(number) < 0.5,
        }
    )
    return pairs.sort_values("weight", ascending=False, ignore_index=True)


EMPTY = {
    "leaderboard": (plots.leaderboard, scores().head(0), {"metric": "auprc"}),
    "lifts": (
        plots.lifts,
        pd.DataFrame(columns=["split", "set", "against", "value", "low", "high"]),
        {"metric": "auprc"},
    ),
    "learning_curves": (
        plots.learning_curves,
        pd.DataFrame(columns=["trial", "epoch", "value", "state"]),
        {"metric": "val/auprc"},
    ),
    "parallel_coordinates": (
        lambda rows, **more: plots.parallel_coordinates(rows, [], **more),
        pd.DataFrame({"trial": [0], "objective": [None]}),
        {"metric": "val/auprc"},
    ),
    "importances": (plots.importances, pd.DataFrame(columns=["param", "importance"]), {}),
    "precision_recall": (
        plots.precision_recall,
        pd.DataFrame(columns=["line", "kind", "recall", "precision", "low", "high"]),
        {},
    ),
    "network": (plots.network, edges().head(0), {}),
    "heat_map": (plots.heat_map, edges().head(0), {}),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_chart_of_nothing_says_so_in_words(name):
    draw, rows, options = EMPTY[name]
    assert says(draw(rows, **options)).endswith(".")


@pytest.mark.parametrize(("metric", "first"), [("auprc", "TF rate"), ("brier", "chance")])
def test_the_leaderboard_has_every_line_and_starts_with_the_best(metric, first):
    dots = layer(plots.leaderboard(scores(), metric=metric), "point")
    assert dots["rows"].set_index("line")["value"].to_dict() == {
        "GP-DHT": 0.5,
        "TF rate": 0.7,
        "chance": 0.1,
    }
    assert dots["encoding"]["y"]["sort"][0] == first
    scale = dots["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        KINDS[kind]: COLOURS[kind] for kind in ("gpdht", "label", "control")
    }


def test_a_score_without_an_interval_has_a_dot_alone():
    rows = layer(plots.leaderboard(scores(), metric="auprc"), "rule")["rows"]
    assert rows.set_index("line").loc["chance", ["low", "high"]].isna().all()


def test_lifts_name_split_and_set_where_both_differ_and_stand_beside_zero():
    table = pd.DataFrame(
        {
            "split": ["edge", "edge", "target"],
            "set": ["a", "b", "a"],
            "against": ["label-only", "expression-only", "label-only"],
            "value": [0.1, -0.2, 0.0],
            "low": -0.3,
            "high": 0.3,
        }
    )
    chart = plots.lifts(table, metric="auprc")
    dots = layer(chart, "point")
    assert dots["rows"]["line"].tolist() == ["edge · a", "edge · b", "target · a"]
    assert dots["rows"]["value"].tolist() == [0.1, -0.2, 0.0]
    assert layers(chart)[0]["rows"]["zero"].tolist() == [0]
    alone = plots.lifts(table[table["set"] == "a"], metric="auprc")
    assert layer(alone, "point")["rows"]["line"].tolist() == ["edge", "target"]


def test_learning_curves_are_lines_a_single_epoch_is_a_dot_and_the_chosen_trial_is_named():
    table = pd.DataFrame(
        {
            "trial": [0, 0, 1, 2, 2],
            "epoch": [1, 2, 1, 1, 2],
            "value": [0.1, 0.2, 0.3, 0.4, math.nan],
            "state": ["complete", "complete", "failed", "pruned", "pruned"],
        }
    )
    chart = plots.learning_curves(table, metric="val/auprc", chosen=0)
    thin, dots, bold, name = layers(chart)
    assert thin["rows"]["trial"].unique().tolist() == [0]
    assert dots["rows"]["trial"].tolist() == [1, 2]  # what is undefined is no epoch
    assert bold["rows"]["value"].tolist() == [0.1, 0.2]
    assert name["rows"]["text"].tolist() == ["trial 0"]


@given(st.floats(0, 1), st.floats(1e-3, 1), st.floats(1.01, 1e3))
def test_a_log_axis_places_by_ratios(share, low, factor):
    axis = plots.Axis("p", "float", low, low * factor, log=True)
    assert axis.place(low * factor**share) == pytest.approx(share, abs=1e-6)


def test_axes_place_values_from_the_low_end_to_the_high_one():
    levels = plots.Axis("graph.levels", "int", 5, 25)
    assert [levels.place(v) for v in (5, 10, 25)] == [0, 0.25, 1]
    assert levels.marks() == [(0.0, "5"), (1.0, "25")]
    choice = plots.Axis("o", "choice", choices=("adam", "sgd", "none"))
    assert [choice.place(v) for v in ("adam", "sgd", "none")] == [0, 0.5, 1]
    assert math.isnan(choice.place("other"))
    assert plots.Axis("o", "choice", choices=("one",)).place("one") == 0.5
    assert plots.Axis("p", "int", 3, 3).place(3) == 0.5
    assert math.isnan(levels.place(None))


@pytest.mark.parametrize(("metric", "best"), [("val/auprc", 2), ("val/brier", 0)])
def test_parallel_coordinates_rank_trials_and_leave_out_those_without_an_objective(metric, best):
    table = pd.DataFrame(
        {"trial": [0, 1, 2, 3], "objective": [0.1, 0.2, 0.3, None], "a.b[c]": [1, 2, None, 4]}
    )
    chart = plots.parallel_coordinates(table, [plots.Axis("a.b[c]", "int", 1, 4)], metric=metric)
    points = layer(chart, "line")["rows"]
    assert points["trial"].unique().tolist() == [0, 1, 2]
    assert points.loc[points["rank"] == 1, "trial"].unique().tolist() == [best]
    place = points[points["axis"] == "a.b[c]"].set_index("trial")["place"]
    assert place[0] == 0
    assert place[1] == pytest.approx(1 / 3, abs=1e-4)
    assert math.isnan(place[2])  # a setting that the trial had not
    assert chart.to_dict()["title"] == "3 trials; 1 without an objective left out"


def test_importances_are_ordered():
    rows = pd.DataFrame({"param": ["a", "b"], "importance": [0.25, 0.75]})
    (bars,) = layers(plots.importances(rows))
    assert bars["encoding"]["y"]["sort"] == ["b", "a"]


def curves(sets=("a",)):
    return pd.concat(
        pd.DataFrame(
            {
                "set": name,
                "split": "edge",
                "line": line,
                "kind": line,
                "recall": [0.0, 0.5, 1.0],
                "precision": [1.0, 0.6, 0.2],
                "low": [0.9, 0.5, 0.1],
                "high": [1.0, 0.7, 0.3],
            }
        )
        for name in sets
        for line in ("gpdht", "label")
    )


def test_precision_recall_has_bands_lines_and_the_precision_of_chance():
    chart = plots.precision_recall(curves(), prevalence=0.25)
    assert [one["kind"] for one in layers(chart)] == ["rule", "area", "line"]
    rows = layer(chart, "line")["rows"]
    assert rows["precision"].tolist() == [1.0, 0.6, 0.2] * 2
    assert set(rows["prevalence"]) == {0.25}
    assert "params" not in chart.to_dict()


def test_several_sets_get_a_menu_and_one_split_none():
    spec = plots.precision_recall(curves(("a", "b"))).to_dict()
    (menu,) = spec["params"]
    assert menu["bind"]["options"] == ["a", "b"]
    assert menu["value"] == "a"


def test_the_network_has_every_edge_between_its_genes_and_names_the_hubs():
    table = edges()
    chart = plots.network(table, hubs=1)
    lines, points = layer(chart, "rule")["rows"], layer(chart, "point")["rows"]
    assert len(lines) == len(table)
    at = points.set_index("gene")
    for _, line in lines.iterrows():
        for end, x, y in (("source", "x", "y"), ("target", "x2", "y2")):
            assert (at.loc[line[end], "x"], at.loc[line[end], "y"]) == (line[x], line[y])
    counts = table["source"].value_counts()
    assert points[points["role"] == "TF"].set_index("gene")["targets"].to_dict() == counts.to_dict()
    assert layer(chart, "text")["rows"]["gene"].tolist() == [counts.index[0]]
    assert points[["x", "y"]].abs().max().max() <= 1


def test_a_layout_is_the_same_whenever_it_is_drawn():
    first, again = (plots.network(edges()).to_dict() for _ in range(2))
    assert first == again


def test_a_network_of_one_edge_can_be_drawn():
    rows = layer(plots.network(edges().head(1)), "point")["rows"]
    assert np.isfinite(rows[["x", "y"]].to_numpy(float)).all()


def test_the_heat_map_shows_the_heaviest_targets_of_the_tfs_asked_for():
    table = edges(30)
    chart = plots.heat_map(table, tfs=["TF0", "TF1"], targets=3)
    tiles = layer(chart, "rect")
    here = table[table["source"].isin(["TF0", "TF1"])]
    heaviest = here.groupby("target")["weight"].sum().nlargest(3).index.tolist()
    assert tiles["encoding"]["x"]["sort"] == heaviest
    assert len(tiles["rows"]) == 6
    found = tiles["rows"].set_index(["source", "target"])["weight"]
    expected = here.set_index(["source", "target"])["weight"]
    for pair, weight in found.items():
        assert weight == pytest.approx(expected[pair], rel=1e-3)


def test_rows_are_small_and_plain():
    table = pd.DataFrame(
        {"a": [1 / 3, math.inf], "b": [np.int64(3), 4], "c": ["x", None], "d": [True, False]}
    )
    assert rows_of(table).to_dict()["values"] == [
        {"a": 0.3333, "b": 3, "c": "x", "d": True},
        {"a": None, "b": 4, "c": None, "d": False},
    ]
