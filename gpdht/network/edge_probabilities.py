"""How probable an edge is by its weight, learned from the labels of other folds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from gpdht.errors import DataError
from gpdht.network.edge_tables import EdgeTable


def edge_probabilities(table: EdgeTable, name: str) -> pd.DataFrame:
    """`source, target, probability` of all pairs of out-of-fold scores.

    Weights of a fold are calibrated by a logistic regression on the pairs of the others (Platt
    1999), so that no pair's own label is in its probability.

    Parameters
    ----------
    name : of the table's file, for messages.

    Raises
    ------
    DataError
        If the weights are not out of fold, or of one fold.
    """
    if not table.out_of_fold:
        raise DataError(
            f"{name}: the weights are not out of fold, so they do not tell how often such weights "
            "are right. Give a file of `gpdht fit --scores`, or pass --by chance."
        )
    edges = table.edges
    folds = edges["fold"].unique()
    if len(folds) < 2:
        raise DataError(
            f"{name}: all pairs are of fold {folds[0]}; expected several, so that each is "
            "calibrated by the others. Pass --by chance, or fit with more folds."
        )
    probability = pd.Series(0.0, index=edges.index)
    for fold in folds:
        here = edges["fold"] == fold
        probability[here] = _calibrated(edges[~here], edges.loc[here, "weight"].to_numpy())
    return edges[["source", "target"]].assign(probability=probability)


def _calibrated(others: pd.DataFrame, weight_P: np.ndarray) -> np.ndarray:
    known = others["known"].to_numpy()
    if known.all() or not known.any():
        return np.full(len(weight_P), known.mean())
    weight = others["weight"].to_numpy()
    centre, spread = weight.mean(), weight.std() or 1.0
    model = LogisticRegression(C=1e6).fit(((weight - centre) / spread)[:, None], known)
    probability_P: np.ndarray = model.predict_proba(((weight_P - centre) / spread)[:, None])[:, 1]
    return probability_P
