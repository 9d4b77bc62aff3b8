"""A model and data in, the ranked network out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from gpdht.errors import DataError

Mode = Literal["same data", "new data"]

if TYPE_CHECKING:
    from gpdht.data.dataset import Dataset
    from gpdht.registry.model import Model


def predict(
    model: Model, dataset: Dataset, *, tfs: Literal["known", "all"] | Sequence[str] = "known"
) -> pd.DataFrame:
    """All TF × gene pairs of `dataset` without self pairs, best first.

    Parameters
    ----------
    model : trained on the expression of `dataset`, whose edge list may differ, or with
        ``encoder.features`` on other cells (`Model.on`).
    tfs : the TFs with a known edge, all TFs of the dataset, or the ones named.

    Returns
    -------
    `source, target, weight, rank, known`: weight is the mean probability over the model's
    replicates, rank counts from 1, ties are in the order of the names, known says whether the
    pair is an edge of the dataset's net. Genes are called as in the dataset; `write_network` gives
    them the names of its matrix, as `gpdht.data.own_names.in_own_names` does. Its `attrs` have the
    `mode`, ``same data`` or ``new data``, and `notices`: what is to be said of new data, a sentence
    each.

    Raises
    ------
    DataError
        When a TF that was named is not a gene of the dataset.
    ModelError
        When the model was trained on another expression matrix and cannot read this one.

    Examples
    --------
    >>> import gpdht as gp
    >>> dataset = gp.toy(genes=40, tfs=5, cells=30)
    >>> fitted = gp.refit(gp.Config.from_flat({"encoder.dim": 8}), dataset, epochs=2, seed=0)
    >>> net = gp.predict(gp.Model.of([fitted], dataset, epochs=2), dataset)
    >>> net.columns.tolist(), len(net) == 5 * 39
    (['source', 'target', 'weight', 'rank', 'known'], True)
    """
    tf_P, target_P = _pairs(_positions(dataset, tfs), dataset.num_genes)
    weight_P = model.score(dataset, tf_P, target_P)
    edges = rank_edges(_edges(dataset.genes, tf_P, target_P, weight_P), known=dataset.net)
    edges.attrs = {"mode": mode_of(model, dataset), "notices": notices(model, dataset)}
    return edges


def mode_of(model: Model, dataset: Dataset) -> Mode:
    """Whether the model scores the data of its training, or is carried to new ones."""
    return "same data" if model.is_of(dataset) else "new data"


def notices(model: Model, dataset: Dataset) -> list[str]:
    """What is to be said of new data: how far they lie from those of training, and doubts."""
    if model.is_of(dataset):
        return []
    distance = model.distance_to(dataset)
    doubts = [f"warning: {one.found}. {one.remedy}" for one in distance.problems]
    return [f"new data, read by their features: {distance}", *doubts]


def own_network(model: Model) -> pd.DataFrame:
    """What `predict` gives on the data of training with the known edges of training.

    It needs none of these data, so that the network can be held against other cells.
    """
    tf = np.flatnonzero(np.isin(model.genes, model.net["source"])).astype(np.int32)
    tf_P, target_P = _pairs(tf, len(model.genes))
    weight_P = model.score_positions(tf_P, target_P)
    return rank_edges(_edges(model.genes, tf_P, target_P, weight_P), known=model.net)


def _pairs(tf: np.ndarray, genes: int) -> tuple[np.ndarray, np.ndarray]:
    """Each TF with each gene but itself."""
    tf_P, target_P = np.repeat(tf, genes), np.tile(np.arange(genes), len(tf))
    other = tf_P != target_P
    return tf_P[other], target_P[other]


def _edges(
    genes: np.ndarray, tf_P: np.ndarray, target_P: np.ndarray, weight_P: np.ndarray
) -> pd.DataFrame:
    ends = {"source": genes[tf_P].astype(object), "target": genes[target_P].astype(object)}
    return pd.DataFrame({**ends, "weight": weight_P})


def check_calibrated_tfs(
    model: Model, dataset: Dataset, tfs: Literal["known", "all"] | Sequence[str]
) -> None:
    """Refuse TFs whose edges the model's calibration says nothing of.

    Raises
    ------
    DataError
        If a TF had no known edge in training, and so none in the pairs that were tested.
    """
    names = dataset.genes[_positions(dataset, tfs)]
    untested = names[~np.isin(names, model.net["source"])]
    if len(untested):
        raise DataError(
            f"{len(untested)} of {len(names)} TFs had no known edge when the model was trained "
            f'(e.g. "{untested[0]}"), so how often their edges are right was not tested. Leave out '
            "--min-precision, or name others with --sources."
        )


def rank_edges(edges: pd.DataFrame, *, known: pd.DataFrame) -> pd.DataFrame:
    """`edges` by falling weight, with their rank and whether they are in `known`."""
    ranked = edges.sort_values(
        ["weight", "source", "target"], ascending=[False, True, True], ignore_index=True
    )
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    pairs = pd.MultiIndex.from_frame(ranked[["source", "target"]])
    ranked["known"] = pairs.isin(pd.MultiIndex.from_frame(known[["source", "target"]]))
    return ranked


def _positions(dataset: Dataset, tfs: Literal["known", "all"] | Sequence[str]) -> np.ndarray:
    if isinstance(tfs, str):
        names = dataset.known_tfs if tfs == "known" else dataset.tfs
    else:
        names = np.array(list(dict.fromkeys(tfs)), dtype=str)
    missing = [name for name in names.tolist() if name not in dataset.gene_index]
    if missing or not len(names):
        example = f' (e.g. "{missing[0]}"; the matrix has "{dataset.genes[0]}")' if missing else ""
        raise DataError(
            f"{len(names) - len(missing)} of {len(names)} TFs are genes of {dataset.name}"
            f"{example}. Name genes of the expression matrix, or use --tfs known."
        )
    return np.array([dataset.gene_index[name] for name in names.tolist()], dtype=np.int32)
