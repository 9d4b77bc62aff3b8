"""The charts of a study, by name; as files, with the runs that they are about."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from gpdht import plots
from gpdht.search.costs import losses, pareto_front
from gpdht.search.params import Param
from gpdht.search.study import Study
from gpdht.search.study_tables import StudyTables
from gpdht.tracking import StudyTracker

logger = logging.getLogger(__name__)

SHORT = {
    "auroc": "AUROC",
    "auprc": "average precision",
    "early_precision": "early precision",
    "auroc_per_tf": "AUROC per TF",
    "auprc_per_tf": "AP per TF",
}
"""Scores between 0 and 1, whose gains stand on one axis, by names that fit beside it."""

COST_TITLES = {
    "seconds": "seconds of a trial",
    "peak_memory_mb": "peak memory, MiB",
    "parameters": "trained weights",
    "epochs": "epochs of a trial",
}

FOLDER = "figures"  # in the study's folder, and of a run's artifacts
OF_THE_WINNER = ("precision_recall", "network", "heat_map")


def study_charts(study: Study, *, tables: StudyTables | None = None) -> dict[str, Any]:
    """The charts that the study has the numbers for, by name.

    `leaderboard`, `gains`, `learning_curves`, `pareto_front`, `parallel_coordinates`,
    `importances`, `precision_recall`, `network`, `heat_map`.

    Parameters
    ----------
    tables : those of the study, if they are there already.
    """
    tables = tables or StudyTables(study)
    return _of_scores(tables) | _of_trials(tables) | _of_pairs(tables)


def _of_scores(tables: StudyTables) -> dict[str, Any]:
    charts = {}
    board = tables.leaderboard()
    if len(board):
        charts["leaderboard"] = plots.leaderboard(board, metric=tables.metric)
    rows = gain_rows(tables)
    if len(rows):
        charts["gains"] = plots.gains(rows, metric="score")  # of several scores
    return charts


def _of_trials(tables: StudyTables) -> dict[str, Any]:
    charts = {}
    objective = tables.study.space.objective.metric
    if len(tables.learning_curves):
        charts["learning_curves"] = plots.learning_curves(
            tables.learning_curves, metric=objective, chosen=tables.winner
        )
    if len(tables.pareto_front):
        charts["pareto_front"] = _front(tables)
    params = tables.study.space.params
    if params and len(tables.ranked) > 1:
        rows = tables.ranked.rename(columns={"number": "trial"})
        charts["parallel_coordinates"] = plots.parallel_coordinates(
            rows, [axis_of(param) for param in params], metric=objective
        )
    importances, _ = tables.importances
    if len(importances):
        charts["importances"] = plots.importances(importances)
    return charts


def _front(tables: StudyTables) -> Any:
    """The objective against the first of the costs, and the front of these two."""
    space, cost = tables.study.space, tables.study.space.costs[0]
    rows = tables.ranked[["number", "objective", cost]].set_axis(["trial", "value", "cost"], axis=1)
    loss = losses(rows["value"], space.objective.mode, rows[["cost"]])
    return plots.pareto(
        rows.assign(front=pareto_front(loss)), metric=space.objective.metric, cost=COST_TITLES[cost]
    )


def _of_pairs(tables: StudyTables) -> dict[str, Any]:
    charts = {}
    if len(tables.precision_recall) and tables.scores is not None:
        prevalence = float(tables.scores["label"].mean())
        charts["precision_recall"] = plots.precision_recall(
            tables.precision_recall, prevalence=prevalence
        )
    return charts | plots.ranking_charts(tables.network)


def gain_rows(tables: StudyTables) -> pd.DataFrame:
    """The winner's gains as `plots.gains` takes them, one row of the chart for each score."""
    shown = tables.gains[tables.gains["metric"].isin(list(SHORT))]
    return pd.DataFrame(
        {
            "split": [SHORT[metric] for metric in shown["metric"]],
            "set": f"trial {tables.winner}",
            "against": "label-only",
            "value": shown["value"].to_numpy(),
            "low": shown["low"].to_numpy(),
            "high": shown["high"].to_numpy(),
        }
    )


def axis_of(param: Param) -> plots.Axis:
    """A searched setting as an axis of parallel coordinates."""
    if param.kind == "choice":
        return plots.Axis(param.path, "choice", choices=param.choices)
    low, high = param.bounds
    return plots.Axis(param.path, param.kind, low, high, log=param.log)


def keep_figures(study: Study, tracker: StudyTracker) -> None:
    """Draw the charts into the study's folder, and attach them to its run and to the winner's.

    A chart that cannot be drawn costs a warning, never the study.
    """
    try:
        files = draw_figures(study)
    except Exception:
        logger.warning("the study's figures could not be drawn", exc_info=True)
        return
    winners = [path for path in files if path.stem in OF_THE_WINNER]
    tracker.attach([path for path in files if path not in winners], folder=FOLDER)
    if winners:
        tracker.attach(winners, trial=int(study.winner()[1]["number"]), folder=FOLDER)


def draw_figures(study: Study) -> list[Path]:
    """`study_charts` as svg files in the study's folder."""
    folder = study.folder / FOLDER
    folder.mkdir(exist_ok=True)
    charts = study_charts(study)
    return [plots.save(chart, folder / f"{name}.svg") for name, chart in charts.items()]
