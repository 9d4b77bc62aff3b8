"""A predicted network held against a true one, as BEELINE defines it."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

from gpdht.data.edges import read_edges, read_ranking
from gpdht.errors import DataError
from gpdht.metrics.beeline import beeline_metrics

logger = logging.getLogger(__name__)


def evaluate(predicted: str | Path | pd.DataFrame, truth: str | Path | pd.DataFrame) -> dict:
    """BEELINE's scores of a network in each of its three universes; see `beeline_metrics`.

    Parameters
    ----------
    predicted : edges with weights, a file or a table, in any dialect of edge lists.
    truth : edges, with or without weights; what is read as no edge is logged.

    Raises
    ------
    DataError
        If a file is no edge list, predictions have no weights, or a score is undefined.

    Examples
    --------
    >>> import pandas as pd
    >>> import gpdht as gp
    >>> truth = pd.DataFrame({"source": ["A", "A", "B"], "target": ["C", "D", "C"]})
    >>> predicted = truth.assign(weight=[0.9, 0.8, 0.1])
    >>> scores = gp.evaluate(predicted, truth)
    >>> scores["beeline_tf/auprc"], scores["beeline_tf/early_precision"]
    (1.0, 1.0)
    """
    true_edges, doubts = read_edges(truth, ())
    for problem in doubts:
        logger.warning("%s. %s", problem.found, problem.remedy)
    edges, problems = read_ranking(predicted)
    if "weight" not in edges:
        found = problems[0].found if problems else "the predictions have no column of weights"
        raise DataError(f"{found}; expected source, target, weight. A ranking needs weights.")
    return beeline_metrics(true_edges, edges)
