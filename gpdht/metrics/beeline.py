"""The scores of a whole network as BEELINE defines them, for comparison with its literature.

BEELINE counts over another universe than ours, and its ratios change with it severalfold, so
each name carries it:

- ``beeline_all/…``: all ordered pairs of two genes of the true network (BEELINE's default);
- ``beeline_tf/…``: the true network's TFs × its genes, no self pairs;
- ``beeline_listed/…``: only the predicted pairs, whatever was missed (its version 1.1, AUPRC only).

Definitions follow BLEval: AUROC.py and EarlyPrecision.py of version 1.1, computeAUC.py and AUPRC.py
(Pratapa et al. 2020, DOI 10.1038/s41592-019-0690-6).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import auc, precision_recall_curve, roc_auc_score

from gpdht.errors import DataError


def beeline_metrics(truth: pd.DataFrame, predicted: pd.DataFrame) -> dict[str, float]:
    """`auroc`, `auprc`, `early_precision` and their ratios to chance, per universe of BEELINE.

    Self edges and repeated edges count nowhere. A prediction is as strong as its absolute weight,
    the strongest if repeated; a pair of the universe without one has strength 0.

    - `auprc`: area under the precision–recall points by trapezoids, not average precision; its
      ratio is to the share of true edges.
    - `early_precision`: share of true edges among the k strongest predictions with all that tie
      with the k-th, k (`early_precision_k`) being the number of true edges; never among
      predictions of strength 0. Over all pairs, predictions about genes outside the true network
      take part, as false ones; over TFs × genes they do not.

    Parameters
    ----------
    truth : columns `source, target`.
    predicted : columns `source, target, weight`.

    Raises
    ------
    DataError
        If no true edge, or no pair that is not one, is left to score.
    """
    nodes = pd.Index(np.unique(truth[["source", "target"]].to_numpy(dtype=str)))
    edges = truth[truth["source"] != truth["target"]].drop_duplicates(["source", "target"])
    known_NN = np.zeros((len(nodes), len(nodes)), dtype=np.int8)
    known_NN[nodes.get_indexer(edges["source"]), nodes.get_indexer(edges["target"])] = 1
    table = _strongest(predicted)
    row, column = nodes.get_indexer(table["source"]), nodes.get_indexer(table["target"])
    inside = (row >= 0) & (column >= 0)
    strength_NN = np.zeros(known_NN.shape)
    strength_NN[row[inside], column[inside]] = table["strength"].to_numpy()[inside]
    is_true = np.zeros(len(table), dtype=bool)
    is_true[inside] = known_NN[row[inside], column[inside]] == 1
    other_NN = ~np.eye(len(nodes), dtype=bool)
    is_tf_N = np.any(known_NN, axis=1)
    from_tf_NN = other_NN & np.expand_dims(is_tf_N, 1)
    listed = inside & np.isin(row, np.flatnonzero(is_tf_N))
    out: dict[str, float] = {}
    for name, universe_NN, taken in (
        ("beeline_all", other_NN, np.ones(len(table), dtype=bool)),
        ("beeline_tf", from_tf_NN, listed),
    ):
        label, strength = known_NN[universe_NN], strength_NN[universe_NN]
        if not 0 < label.sum() < len(label):
            raise DataError(
                f"{name}: {int(label.sum())} of {len(label)} pairs of the true network's "
                f"{len(nodes)} genes are true edges; a score needs both kinds. Give a truth with "
                "edges between different genes that leaves some of their pairs out."
            )
        early = _early_precision(table["strength"].to_numpy()[taken], is_true[taken], label.sum())
        out |= _named(name, label, strength, early)
    out["beeline_listed/auprc"] = _area(is_true, table["weight"].to_numpy())
    return out


def _strongest(predicted: pd.DataFrame) -> pd.DataFrame:
    """Predictions between different genes, strongest first, each pair once."""
    table = predicted[predicted["source"] != predicted["target"]]
    table = table.assign(strength=table["weight"].abs().astype(float))
    table = table.sort_values("strength", ascending=False, kind="stable")
    return table.drop_duplicates(["source", "target"])


def _named(name: str, label: np.ndarray, strength: np.ndarray, early: float) -> dict[str, float]:
    chance, area = float(label.mean()), _area(label, strength)
    return {
        f"{name}/auroc": float(roc_auc_score(label, strength)),
        f"{name}/auprc": area,
        f"{name}/auprc_ratio": area / chance,
        f"{name}/early_precision": early,
        f"{name}/early_precision_ratio": early / chance,
        f"{name}/early_precision_k": float(label.sum()),
    }


def _area(label: np.ndarray, score: np.ndarray) -> float:
    """Trapezoids under the precision–recall points; NaN without a positive."""
    if not label.any():
        return np.nan
    precision, recall, _ = precision_recall_curve(label, score)
    return float(auc(recall, precision))


def _early_precision(strength: np.ndarray, is_true: np.ndarray, k: int) -> float:
    """Of predictions, strongest first; 0 without any."""
    if not len(strength):
        return 0.0
    at_k = strength[min(len(strength), int(k)) - 1]
    detected = strength[strength > 0]
    taken = strength >= max(at_k, detected.min(initial=np.inf) if len(detected) else 0.0)
    return float(is_true[taken].mean())
