"""A comparison's charts as files, with the runs that they are about."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpdht.comparison.run import Comparison
    from gpdht.comparison.tracker import ComparisonTracker

logger = logging.getLogger(__name__)

FOLDER = "figures"  # in the comparison's folder, and of a run's artifacts
OF_A_JOB = ("network", "heat_map")


def keep_figures(
    comparison: Comparison, tracker: ComparisonTracker, numbers: Mapping[str, int]
) -> None:
    """Draw the charts into the comparison's folder, and attach them to their runs.

    A network and a heat map belong to GP-DHT's job on a set, all others to the comparison. A
    chart that cannot be drawn costs a warning, never the comparison.

    Parameters
    ----------
    numbers : of the jobs, by their addresses.
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
        tracker.attach([path], trial=numbers[_address(comparison, split, dataset)], folder=FOLDER)


def draw_figures(comparison: Comparison) -> dict[str, Path]:
    """`comparison_charts` as svg files in the comparison's folder, by the charts' names."""
    from gpdht.comparison.charts import comparison_charts
    from gpdht.plots import save

    folder = comparison.folder / FOLDER
    folder.mkdir(exist_ok=True)
    charts = comparison_charts(comparison)
    return {
        name: save(chart, folder / f"{name.replace('/', '-')}.svg")
        for name, chart in charts.items()
    }


def _address(comparison: Comparison, split: str, dataset: str) -> str:
    """Of the job whose scores the charts of a cell are drawn from: GP-DHT's first seed."""
    results = comparison.results
    here = (results["split"] == split) & (results["set"] == dataset) & (results["model"] == "gpdht")
    return str(results.loc[here & (results["state"] == "complete"), "address"].iloc[0])
