"""The candidate pairs that scores are of, and their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from gpdht.data.dataset import Dataset
from gpdht.data.expression import nonzero_moments
from gpdht.errors import ConfigError, DataError

Negatives = Literal["all", "cooccurrence"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Candidate (TF, target) pairs; P of them.

    Parameters
    ----------
    tf_P, target_P : int32 positions in `Dataset.genes`.
    label_P : int8; 1 for a known edge, else 0.
    universe : a sentence about which pairs these are; logged with every score.
    others : how many of the last pairs are of other sets, for training; see
        `gpdht.pairs.other_sets`.
    """

    tf_P: np.ndarray
    target_P: np.ndarray
    label_P: np.ndarray
    universe: str
    others: int = 0

    @property
    def own(self) -> int:
        """How many of the first pairs are the set's own."""
        return len(self) - self.others

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
    negatives : ``all`` keeps every pair without a known edge, as the paper's table does;
        ``cooccurrence``, the rule of its text, drops those whose genes are both above their own
        mean non-zero expression in at least the share `cooccurrence` of cells, then draws `ratio`
        negatives per positive from the rest (all of the rest, if fewer).
    seed : of that draw.

    Raises
    ------
    DataError
        If the labels have one class only.

    Examples
    --------
    >>> import gpdht as gp
    >>> dataset = gp.toy(genes=40, tfs=5, cells=30)
    >>> pairs = gp.make_pairs(dataset)
    >>> len(pairs) == 5 * 39, int(pairs.label_P.sum()) == len(dataset.net)
    (True, True)
    """
    tf_P, target_P, label_P = _all_pairs(dataset)
    universe = "known TFs × genes, no self pairs, all negatives"
    if negatives == "cooccurrence":
        dropped_P = jointly_high(dataset.expression, tf_P, target_P, share=cooccurrence)
        kept = draw_negatives(label_P, dropped_P, ratio=ratio, seed=seed)
        tf_P, target_P, label_P = tf_P[kept], target_P[kept], label_P[kept]
        universe = (
            f"known TFs × genes, no self pairs, up to {ratio:g} negatives per positive, drawn with "
            f"seed {seed} from pairs whose genes are both high in less than {100 * cooccurrence:g} "
            "% of cells"
        )
    elif negatives != "all":
        raise ConfigError(
            f'pairs.negatives="{negatives}" is no rule for negatives; use "all" or "cooccurrence".'
        )
    pairs = Pairs(tf_P, target_P, label_P, universe)
    _check_two_classes(dataset, pairs, cooccurrence if negatives == "cooccurrence" else None)
    return pairs


def _all_pairs(dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


def jointly_high(
    expression: sparse.csr_matrix, tf_P: np.ndarray, target_P: np.ndarray, *, share: float
) -> np.ndarray:
    """Which pairs (bool, P) are both highly expressed in at least `share` of all cells.

    A gene is highly expressed in a cell if it is above its mean over the cells that express it.

    Parameters
    ----------
    expression : (cells, genes) CSR without explicit zeros.
    """
    mean_G, _ = nonzero_moments(expression, expression.data)
    high = (expression.data > mean_G[expression.indices]).astype(np.int32)
    # Copies: eliminate_zeros writes to them.
    pattern = (high, expression.indices.copy(), expression.indptr.copy())
    high_CG = sparse.csr_matrix(pattern, shape=expression.shape)
    high_CG.eliminate_zeros()
    tf_T, row_P = np.unique(tf_P, return_inverse=True)
    column = sparse.csc_matrix(high_CG)
    both_TG = (column[:, tf_T].T @ column).toarray()
    return both_TG[row_P, target_P] / expression.shape[0] >= share


def draw_negatives(
    label_P: np.ndarray, dropped_P: np.ndarray, *, ratio: float, seed: int
) -> np.ndarray:
    """Positions, ascending, of all positives and of `ratio` negatives per positive.

    Negatives come from those not dropped; all of them, if they are fewer.
    """
    positives = np.flatnonzero(label_P == 1)
    negatives = np.flatnonzero((label_P == 0) & ~dropped_P)
    wanted = min(len(negatives), round(ratio * len(positives)))
    drawn = np.random.default_rng(seed).choice(negatives, wanted, replace=False)
    return np.sort(np.concatenate([positives, drawn]))
