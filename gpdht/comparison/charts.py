"""The charts of a comparison, by name."""

from __future__ import annotations

from typing import Any

from gpdht import plots
from gpdht.comparison.comparison_tables import ComparisonTables
from gpdht.comparison.run import Comparison
from gpdht.search.charts import network_charts


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
        found = network_charts(tables.network(split, name))
        charts |= {f"{kind}/{split}/{name}": chart for kind, chart in found.items()}
    return charts
