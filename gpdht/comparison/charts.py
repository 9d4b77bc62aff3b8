"""The charts of a comparison, by name; as files, with the runs that they are about."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpdht import plots
from gpdht.comparison.chart_tables import ComparisonTables
from gpdht.comparison.result import Comparison
from gpdht.tracking import StudyTracker

logger = logging.getLogger(__name__)

FOLDER = "figures"  # in the comparison's folder, and of a run's artifacts
OF_A_JOB = ("network", "heat_map")


def comparison_charts(
    comparison: Comparison, *, tables: ComparisonTables | None = None
) -> dict[str, Any]:
    """The charts that the comparison has the numbers for, by name.

    `gains`, `precision_recall`; for each split and set ``leaderboard/SPLIT/SET``, and with GP-DHT
    among the models ``network/SPLIT/SET`` and ``heat_map/SPLIT/SET``.

    Parameters
    ----------
    tables : those of the comparison, if they are there already.
    """
    tables = tables or ComparisonTables(comparison)
    charts: dict[str, Any] = {}
    if len(tables.gains):
        charts["gains"] = plots.gains(tables.gains, metric=tables.metric)
    if len(tables.precision_recall):
        charts["precision_recall"] = plots.precision_recall(tables.precision_recall)
    for split, name in tables.cells:
        charts[f"leaderboard/{split}/{name}"] = plots.leaderboard(
            tables.leaderboard(split, name), metric=tables.metric
        )
        found = plots.ranking_charts(tables.network(split, name))
        charts |= {f"{kind}/{split}/{name}": chart for kind, chart in found.items()}
    return charts


def keep_figures(comparison: Comparison, tracker: StudyTracker, numbers: Mapping[str, int]) -> None:
    """Draw the charts into the comparison's folder, and attach them to their runs.

    A network and a heat map belong to GP-DHT's job on a set, all others to the comparison. A
    chart that cannot be drawn costs a warning, never the comparison.

    Parameters
    ----------
    numbers : of the jobs, by their digests.
    """
    try:
        files = draw_figures(comparison)
    except Exception:
        logger.warning("the comparison's figures could not be drawn", exc_info=True)
        return
    jobs = {name: path for name, path in files.items() if name.partition("/")[0] in OF_A_JOB}
    tracker.attach([path for name, path in files.items() if name not in jobs], folder=FOLDER)
    for name, path in jobs.items():
        _, split, dataset = name.split("/", 2)
        job = comparison.first_job(dataset, split, "gpdht")
        tracker.attach([path], trial=numbers[str(job)], folder=FOLDER)


def draw_figures(comparison: Comparison) -> dict[str, Path]:
    """`comparison_charts` as svg files in the comparison's folder, by the charts' names."""
    folder = comparison.folder / FOLDER
    folder.mkdir(exist_ok=True)
    return {
        name: plots.save(chart, folder / f"{name.replace('/', '-')}.svg")
        for name, chart in comparison_charts(comparison).items()
    }
