"""The candidate pairs that a score is about, and their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError, DataError
from gpdht.pairs.negatives import draw_negatives, jointly_high

Negatives = Literal["all", "cooccurrence"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Candidate (TF, target) pairs; P of them.

    Parameters
    ----------
    tf_P, target_P : int32 positions in `Dataset.genes`.
    label_P : int8; 1 for a known edge, else 0.
    universe : which pairs these are, in words; logged with every score.
    """

    tf_P: np.ndarray
    target_P: np.ndarray
    label_P: np.ndarray
    universe: str

    def __len__(self) -> int:
        return len(self.tf_P)


def make_pairs(
    dataset: Dataset,
    *,
    negatives: Negatives = "all",
    ratio: float = 5.0,
    cooccurrence: float = 0.05,
    seed: int = 0,
) -> Pairs:
    """Every TF with a known edge × every gene, minus self pairs, ordered by (TF, target).

    Parameters
    ----------
    negatives : ``all`` keeps every pair without a known edge; ``cooccurrence`` drops those whose
        genes are both above their own mean non-zero expression in at least the share
        `cooccurrence` of cells, then draws `ratio` negatives per positive from the rest (all of
        the rest, if fewer).
    seed : of that draw.

    Raises
    ------
    DataError
        If the labels have one class only.
    """
    tf_P, target_P, label_P = _full_universe(dataset)
    universe = "known TFs × genes, no self pairs, all negatives"
    if negatives == "cooccurrence":
        dropped_P = jointly_high(dataset.expression, tf_P, target_P, share=cooccurrence)
        kept = draw_negatives(label_P, dropped_P, ratio=ratio, seed=seed)
        tf_P, target_P, label_P = tf_P[kept], target_P[kept], label_P[kept]
        universe = (
            "known TFs × genes, no self pairs, negatives: jointly high in "
            f"< {100 * cooccurrence:g} % of cells, up to {ratio:g} per positive, seed {seed}"
        )
    elif negatives != "all":
        raise ConfigError(
            f'pairs.negatives="{negatives}" is no rule for negatives; use "all" or "cooccurrence".'
        )
    pairs = Pairs(tf_P, target_P, label_P, universe)
    _check_two_classes(dataset, pairs, cooccurrence if negatives == "cooccurrence" else None)
    return pairs


def _full_universe(dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    position, num_genes = dataset.gene_index, dataset.num_genes
    tf_T = np.array([position[tf] for tf in dataset.known_tfs.tolist()], dtype=np.int32)
    tf_P = np.repeat(tf_T, num_genes)
    target_P = np.tile(np.arange(num_genes, dtype=np.int32), len(tf_T))
    known_TG = np.zeros((len(tf_T), num_genes), dtype=np.int8)
    source = np.searchsorted(tf_T, dataset.net["source"].map(position).to_numpy(np.int32))
    known_TG[source, dataset.net["target"].map(position).to_numpy(np.int32)] = 1
    other = tf_P != target_P
    return tf_P[other], target_P[other], known_TG.ravel()[other]


def _check_two_classes(dataset: Dataset, pairs: Pairs, cooccurrence: float | None) -> None:
    positives = int(pairs.label_P.sum())
    if 0 < positives < len(pairs):
        return
    found = f"{dataset.name}: {positives} of {len(pairs)} candidate pairs are known edges"
    if positives == 0:
        remedy = "Give an edge list whose TFs and targets are genes of the expression matrix."
    elif cooccurrence is None:
        first = f"{dataset.net['source'].iloc[0]} → {dataset.net['target'].iloc[0]}"
        remedy = (
            f"Every TF × gene pair (e.g. {first}) is in the edge list; give only the edges that "
            "have evidence, or keep only those above a weight."
        )
    else:
        remedy = (
            f"No negative is jointly high in less than {100 * cooccurrence:g} % of cells; raise "
            "pairs.cooccurrence or set pairs.negatives to all."
        )
    raise DataError(f"{found}; a score needs both classes. {remedy}")
