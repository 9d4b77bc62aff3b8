"""One line for each trial that has an objective."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from chart_tables import AXES, trials
from chart_views import layer, layers, texts
from scenes import draw

from gpdht import plots


def chart_of(table=None, axes=AXES, metric="val/auprc"):
    return plots.parallel_coordinates(trials() if table is None else table, axes, metric=metric)


def lines_of(scene) -> dict[int, list[tuple[float, float]]]:
    """The corners of each trial's line."""
    thin = [item for item in scene.items["line"] if item["strokeWidth"] == 1.5]
    found: dict[int, list] = {}
    for item in thin:
        found.setdefault(int(item["description"].split("trial: ")[1]), []).append(item)
    return {trial: [(i["x"], i["y"]) for i in items] for trial, items in found.items()}


@pytest.mark.parametrize(("metric", "order"), [("val/auprc", [2, 1, 0]), ("brier", [0, 1, 2])])
def test_trials_are_ranked_and_those_without_an_objective_left_out(metric, order):
    chart = chart_of(metric=metric)
    rows = layer(chart, "line")["rows"]
    assert rows.sort_values("rank")["trial"].tolist() == order
    assert rows["trial"].tolist() == order[::-1]  # the best is drawn last, over the others
    assert chart.to_dict()["title"] == "3 trials; 1 without an objective left out"


def test_a_line_crosses_every_axis_at_its_value():
    scene = draw(chart_of())
    rules = sorted((item for item in scene.items["rule"] if "x2" in item), key=lambda i: i["y"])
    rules = [item for item in rules if item.get("strokeWidth") != 9]
    assert len(rules) == 5  # four settings and the objective
    left = rules[0]["x"]
    corners = lines_of(scene)
    assert set(corners) == {0, 1, 2}
    heights = [rule["y"] for rule in rules]
    assert all([y for _, y in line] == pytest.approx(heights) for line in corners.values())
    length = scene_length(scene)
    for trial, (tau, levels, objective) in {
        0: (0, 0, 0),
        1: (0.5, 0.25, 0.5),
        2: (1, 1, 1),
    }.items():
        shares = [(x - left) / length for x, _ in corners[trial]]
        assert [shares[0], shares[1], shares[4]] == pytest.approx([tau, levels, objective])


def scene_length(scene) -> float:
    """Of an axis in px, from its texts: the high end's stands at its right end."""
    places = {word.text: word for word in scene.words}
    return places["25"].right - places["5"].left


def test_trials_of_one_choice_lie_side_by_side_close_to_it():
    rows = layer(chart_of(), "line")["rows"].set_index("trial")
    adam = rows.loc[[0, 2], "p2"]
    assert adam.nunique() == 2
    assert adam.abs().max() < 0.05
    assert rows.loc[1, "p2"] == 1


def test_a_setting_that_a_trial_had_not_is_off_its_axis_and_says_so():
    chart = chart_of()
    rows = layer(chart, "line")["rows"].set_index("trial")
    assert (rows.loc[[0, 2], "p3"] < -0.1).all()
    assert rows.loc[1, "p3"] == 0.5
    assert rows["v3"].to_dict() == {0: "not set", 1: "0.45", 2: "not set"}
    assert texts(chart).count("not set") == 1
    assert "not set" not in texts(chart_of(axes=AXES[:3]))


def test_a_tooltip_tells_all_settings_by_their_paths():
    catch = next(one for one in layers(chart_of()) if "tooltip" in one["encoding"])
    told = {tip.get("title"): tip["field"] for tip in catch["encoding"]["tooltip"]}
    row = catch["rows"].set_index("trial").loc[1]
    assert {axis.path: row[told[axis.path]] for axis in AXES} == {
        "encoder.tau": "0.1",
        "graph.levels": "10",
        "train.optimizer": "sgd",
        "train.momentum": "0.45",
    }


def test_a_slider_leaves_the_best_trials():
    spec = chart_of().to_dict()
    slider = next(one for one in spec["params"] if one["name"] == "best")
    assert slider["bind"] | {"name": ""} == {
        "input": "range", "min": 1, "max": 3, "step": 1, "name": ""
    }  # fmt: skip
    slider["value"] = 2

    class Moved:
        def to_dict(self):
            return spec

    assert set(lines_of(draw(Moved()))) == {1, 2}


def test_one_trial_and_equal_objectives_can_be_drawn():
    one = chart_of(trials().head(1))
    assert set(lines_of(draw(one))) == {0}
    assert "best" not in {param["name"] for param in one.to_dict()["params"]}
    equal = trials().assign(objective=0.5)
    assert set(lines_of(draw(chart_of(equal)))) == {0, 1, 2, 3}


def test_a_path_that_the_table_lacks_is_not_set_anywhere():
    rows = layer(chart_of(axes=[plots.Axis("a.b[c]", "int", 1, 4)]), "line")["rows"]
    assert set(rows["v0"]) == {"not set"}


def test_long_choices_are_whole_and_apart():
    axis = plots.Axis(
        "encoder.training", "choice", choices=("reconstruct", "joint", "reconstruct+finetune", "no")
    )
    table = trials().assign(**{"encoder.training": "joint"})
    scene = draw(chart_of(table, [axis]))
    shown = [word for word in scene.words if word.text in axis.choices]
    assert {word.text for word in shown} == set(axis.choices)
    assert not any(a.meets(b) for a in shown for b in shown if a is not b)


def test_two_hundred_trials_stay_small():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"trial": range(200), "objective": rng.random(200)})
    axes = [plots.Axis(f"section.setting{i}", "float", 0, 1) for i in range(15)]
    for axis in axes:
        table[axis.path] = rng.random(200)
    assert len(plots.spec(chart_of(table, axes))) < 130_000
