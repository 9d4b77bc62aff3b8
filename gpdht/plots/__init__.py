"""Charts of plain tables, for a page (interactive) and for files: one chart, one module."""

from gpdht.plots.agreement import agreement
from gpdht.plots.axes import Axis
from gpdht.plots.gains import gains
from gpdht.plots.heat_map import heat_map
from gpdht.plots.importances import importances
from gpdht.plots.leaderboard import leaderboard
from gpdht.plots.learning_curves import learning_curves
from gpdht.plots.network import network
from gpdht.plots.parallel_coordinates import parallel_coordinates
from gpdht.plots.pareto import pareto
from gpdht.plots.precision_recall import precision_recall
from gpdht.plots.ranking_charts import ranking_charts
from gpdht.plots.save import javascript, save, spec

__all__ = [
    "Axis",
    "agreement",
    "gains",
    "heat_map",
    "importances",
    "javascript",
    "leaderboard",
    "learning_curves",
    "network",
    "parallel_coordinates",
    "pareto",
    "precision_recall",
    "ranking_charts",
    "save",
    "spec",
]
