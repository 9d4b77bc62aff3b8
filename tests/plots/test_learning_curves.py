"""Trials, epoch by epoch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from chart_tables import epochs
from chart_views import layer, layers, texts
from scenes import draw

from gpdht import plots


def test_trials_are_lines_and_those_of_one_epoch_are_dots():
    chart = plots.learning_curves(epochs(), metric="val/auprc")
    line, dot = layer(chart, "line")["rows"], layer(chart, "point")["rows"]
    # complete trials last, over the others
    assert line[["trial", "epoch", "value"]].to_numpy().tolist() == [
        [3, 1, 0.5],
        [3, 2, 0.6],
        [0, 1, 0.1],
        [0, 2, 0.2],
    ]
    assert dot["trial"].tolist() == [1, 2]  # what is undefined is no epoch
    assert dict(zip(dot["trial"], dot["state"], strict=True)) == {1: "out of memory", 2: "pruned"}
    assert line.set_index("trial")["last"].to_dict() == {0: 0.2, 3: 0.6}


def test_the_chosen_trial_is_bold_and_named():
    chart = plots.learning_curves(epochs(), metric="val/auprc", chosen=0)
    bold = [one for one in layers(chart) if one["mark"].get("strokeWidth") == 3]
    own = [one for one in bold if one["kind"] == "line" and "last" not in one["rows"]]
    assert [one["rows"]["value"].tolist() for one in own] == [[0.1, 0.2]]
    assert texts(chart) == ["trial 0"]
    assert texts(plots.learning_curves(epochs(), metric="auprc", chosen=1)) == ["trial 1"]


def test_a_trial_that_reported_nothing_cannot_be_chosen():
    chart = plots.learning_curves(epochs(), metric="val/auprc", chosen=17)
    assert not [one for one in layers(chart) if one["kind"] == "text"]


def test_the_best_value_stands_highest():
    scene = draw(plots.learning_curves(epochs(), metric="val/auprc"))
    shown = [item for item in scene.items["line"] if item["strokeWidth"] == 1.2]
    assert len(shown) == 4
    by_value = sorted(shown, key=lambda item: item["y"])
    assert "value: 0.6" in by_value[0]["description"]


@pytest.mark.parametrize("last", [1, 2, 12, 14])
def test_epochs_are_counted_in_whole_numbers_and_each_once(last):
    rows = pd.DataFrame({"trial": 0, "epoch": range(1, last + 1), "value": 0.5, "state": "pruned"})
    scene = draw(plots.learning_curves(rows, metric="auprc"), width=1000)
    bottom = max(word.top for word in scene.words if word.role == "axis-label")
    shown = [w.text for w in scene.words if w.role == "axis-label" and w.top == bottom and w.text]
    numbers = [int(text) for text in shown]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == last


def test_two_hundred_trials_stay_small():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "trial": np.repeat(np.arange(200), 50),
            "epoch": np.tile(np.arange(1, 51), 200),
            "value": rng.random(10_000),
            "state": "complete",
        }
    )
    chart = plots.learning_curves(rows, metric="val/auprc", chosen=7)
    found = layer(chart, "line")["rows"]
    assert len(found) == 10_000
    assert np.abs(found["value"] - rows["value"]).max() < 1e-4
    assert len(plots.spec(chart)) < 170_000
