"""Searches towards less, and towards gain: pruned, won, shown and resumed the right way round."""

from __future__ import annotations

import io

import numpy as np
import optuna
import pytest
from journal import Journal
from optuna.trial import TrialState
from rich.console import Console
from small_inputs import SMALL, SPACE, tiny_dataset
from test_trial_queue import make_queue, states

from gpdht.cli.trials import print_leaderboard, summary_of
from gpdht.data.toy import toy
from gpdht.search.run import _standing, run_search
from gpdht.search.samplers import make_pruner
from gpdht.search.sections import Median
from gpdht.search.study import open_study
from gpdht.search.tracked import summary
from gpdht.tracking import MemoryStudyTracker
from gpdht.trial import TrialResult

ASHA = {"name": "asha", "grace_epochs": 2}
BRIER = {"objective": {"metric": "val/brier"}, "scheduler": ASHA}
LIFT = {"objective": {"metric": "val/gain_auprc"}, "scheduler": ASHA}
MODELS = {"auprc": "tf_rate", "brier": "matrix_factorisation"}


def ended(metric: str, value: float) -> TrialResult:
    metrics = {
        metric: value,
        f"{metric}_sd": 0.01,
        "test/brier": 0.2,
        "baseline/brier": 0.3,
        "test/auprc": 0.6,
        "baseline/auprc": 0.5,
        "gain/auprc": 0.1,
    }
    return TrialResult("complete", metrics, best_epoch=3, baseline_models=MODELS)


@pytest.mark.parametrize(
    ("changes", "values", "best"),
    [(BRIER, (0.3, 0.2, 0.4, 0.1), 3), (LIFT, (-0.2, 0.1, -0.3, 0.3), 3)],
)
def test_the_worse_are_pruned_and_the_best_wins(tmp_path, changes, values, best):
    queue = make_queue(tmp_path, {**changes, "trials": 4})
    metric = changes["objective"]["metric"]
    pruned = []
    for value in values:
        number, _ = queue.ask()
        if any(queue.observe(number, epoch, {metric: value}) for epoch in range(1, 4)):
            pruned.append(number)
        else:
            queue.receive(number, ended(metric, value))
        queue.close(number)
    assert pruned == [2]  # worse than all before it
    assert states(queue).count(TrialState.PRUNED) == 1
    study = open_study("s", tmp_path)
    assert study.winner()[1]["number"] == study.optuna.best_trial.number == best
    assert _standing(study)[1] == (f"trial {best}", values[best])
    metrics, tags = summary(study)
    assert metrics[metric] == values[best]
    worse = abs(values[best] - values[0])
    assert f"Trial {best} is {worse:.3f} better than the reference (trial 0)" in tags.pop("verdict")
    named = {f"baseline/{m}": name for m, name in MODELS.items()}
    assert tags == {"winner": str(best), "reference": "0", **named}
    assert queue.study.optuna.trials[0].user_attrs["baseline_models"] == MODELS


@pytest.mark.parametrize(
    ("changes", "row", "words"),
    [
        (BRIER, ["0.100", "±", "0.010", "0.200", "–"], ("matrix factorisation) – 0.300", "Brier")),
        (LIFT, ["0.300", "±", "0.010", "0.600", "+0.100"], ("(TF rate) – 0.500", "average pre")),
    ],
)
def test_the_leaderboard_starts_with_the_best_and_shows_the_score_it_is_about(
    tmp_path, changes, row, words
):
    queue = make_queue(tmp_path, {**changes, "trials": 3})
    metric = changes["objective"]["metric"]
    for value in (0.2, 0.1, 0.3):
        number, _ = queue.ask()
        queue.close(number, ended(metric, value))
    study, file = open_study("s", tmp_path), io.StringIO()
    print_leaderboard(study, console=Console(file=file, width=200))
    shown = " ".join(file.getvalue().split())
    best = study.winner()[1]["number"]
    first = file.getvalue().splitlines()[3].split()
    assert first[: 3 + len(row)] == ["trial", str(best), "(winner)", *row]
    assert all(text in shown for text in words)
    assert ("lower is better" in shown) == (changes is BRIER)
    plain = summary_of(study)
    assert (plain["mode"], plain["winner"]["number"]) == (study.space.objective.mode, best)
    assert plain["baseline_models"] == MODELS


def falling_trial():
    """A trial whose Brier score is its τ, and falls a little with the epochs."""

    def trial(config, dataset, *, report=None, cache_dir=None, staged=False):
        from gpdht.trial import TrialResult

        assert config.train.monitor == "brier"
        value = config.encoder.tau
        for epoch in range(1, 5):
            value = config.encoder.tau - epoch / 1000
            report(epoch, {"val/brier": value, "val/brier_sd": 0.0})
        models = {"brier": "tf_rate"}
        return TrialResult("complete", {"val/brier": value}, best_epoch=4, baseline_models=models)

    return trial


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_minimised_search_runs_to_its_end_and_resumes(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    options = {
        "name": "s",
        "studies": tmp_path,
        "tracker": journal,
        "progress": False,
        "trial": falling_trial(),
    }
    space = {**SPACE, **BRIER}
    study = run_search(tiny_dataset(), space, trials=5, **options)
    table = study.trials()
    complete = table[table["state"] == "complete"]
    assert set(table["state"]) <= {"complete", "pruned"}
    assert study.winner()[1]["number"] == complete["encoder.tau"].idxmin()
    more = run_search(tiny_dataset(), space, trials=8, resume=True, **options)
    assert len(more.trials()) == 8
    assert more.optuna.best_value == more.trials().query("state == 'complete'")["val/brier"].min()
    _, metrics, tags = journal.named("end_study")[-1]
    assert metrics["val/brier"] == more.optuna.best_value
    assert tags["baseline/brier"] == "tf_rate"


@pytest.mark.slow
@pytest.mark.usefixtures("small_ray")
def test_a_real_search_for_gain_has_one_label_only_line_and_tracks_its_scores(tmp_path):
    tracker = MemoryStudyTracker()
    study = run_search(
        toy(genes=60, tfs=6, cells=40, seed=0),
        {
            "objective": {"metric": "val/gain_auprc"},
            "trials": 2,
            "scheduler": {"name": "none"},
            "fixed": {**SMALL, "cv.split": "target"},
            "params": {"graph.levels": {"int": [3, 9]}},
        },
        name="gain",
        studies=tmp_path,
        tracker=tracker,
        progress=False,
    )
    table = study.trials()
    assert set(table["state"]) == {"complete"}, table["error"]
    line = table["val/auprc"] - table["val/gain_auprc"]
    assert np.ptp(line) < 1e-12  # one label-only baseline for all trials
    assert study.winner()[1]["number"] == table["val/gain_auprc"].idxmax()
    epoch = tracker.trials[0].epochs[1]
    assert {"val/gain_auprc", "val/brier", "val/auroc_per_tf_sd"} <= epoch.keys()
    assert tracker.study.tags["baseline/auprc"] == study.result(0).baseline_models["auprc"]
    assert study.result(0).universe.startswith("known TFs × genes")


def test_the_median_rule_begins_at_the_end_of_the_grace():
    rule = Median(grace_epochs=3, startup_trials=1)
    study = optuna.create_study(direction="maximize", pruner=make_pruner(rule))
    for value in (1.0, 0.0):
        trial = study.ask()
        asked = []
        for epoch in range(1, 6):
            trial.report(value, epoch)
            asked.append(trial.should_prune())
        study.tell(trial, value)
    assert asked == [False, False, True, True, True]
