"""A finished study's charts as files, with the runs that they are about."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from gpdht.search.study import Study

if TYPE_CHECKING:
    from gpdht.tracking import StudyTracker

logger = logging.getLogger(__name__)

FOLDER = "figures"  # in the study's folder, and of a run's artifacts
OF_THE_WINNER = ("precision_recall", "network", "heat_map")


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
        number = int(study.winner()[1]["number"])
        tracker.attach(winners, trial=number, folder=FOLDER)


def draw_figures(study: Study) -> list[Path]:
    """`study_charts` as svg files in the study's folder."""
    from gpdht.plots import save
    from gpdht.search.charts import study_charts

    folder = study.folder / FOLDER
    folder.mkdir(exist_ok=True)
    files = []
    for name, chart in study_charts(study).items():
        files.append(folder / f"{name}.svg")
        save(chart, files[-1])
    return files
