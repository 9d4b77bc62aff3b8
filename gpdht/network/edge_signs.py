"""Whether an edge activates or represses, as far as anything says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gpdht.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from gpdht.data.dataset import Dataset

Sign = Literal["none", "known", "correlation"]
PROBABILITY = "probability of an edge (0 to 1); without a sign, and no strength of regulation"
SIGNED = "probability of an edge × sign (1 activates, -1 represses)"
_ROUNDING = 1e-9
"""A variance below this part of the mean square, or such a correlation, is rounding."""


def add_signs(
    edges: pd.DataFrame, dataset: Dataset, *, by: Literal["known", "correlation"]
) -> pd.DataFrame:
    """The edges that have a sign, with a column `sign` (1 or −1) and `weight` times it.

    The model itself learns no signs. Edges without one are left out: a weight that means
    activation in one row and nothing known in the next is worse than none.

    Parameters
    ----------
    edges : `source, target, weight, …`; weights are probabilities.
    by : ``known`` takes the sign of the weights of the dataset's known edges; ``correlation``
        that of the Pearson correlation of TF and target over the dataset's cells.

    Raises
    ------
    DataError
        If weights have signs already, or by ``known`` no known edge has a negative weight, so that
        those weights are no signs.
    """
    if (edges["weight"] < 0).any():
        raise DataError("--sign: the network's weights have signs already; leave the option out.")
    sign_P = _known(edges, dataset) if by == "known" else _correlated(edges, dataset)
    signed = edges.assign(sign=sign_P.astype(int), weight=edges["weight"] * sign_P)
    return signed[sign_P != 0]


def check_signs(dataset: Dataset) -> None:
    """Make sure that the known edges of a dataset have signs.

    Raises
    ------
    DataError
        If none has a negative weight.
    """
    net = dataset.net
    if "weight" not in net or not (net["weight"] < 0).any():
        raise DataError(
            f"0 of {len(net)} known edges of {dataset.name} have a negative weight, so they have "
            "no signs. Give an edge list with signs (--net; a column of + and -, or of weights "
            "below 0), or take --sign correlation."
        )


def _known(edges: pd.DataFrame, dataset: Dataset) -> np.ndarray:
    import numpy as np
    import pandas as pd

    check_signs(dataset)
    net = dataset.net
    signs = pd.Series(
        np.sign(net["weight"].to_numpy(np.float32)),
        index=pd.MultiIndex.from_frame(net[["source", "target"]]),
    )
    found = signs.reindex(pd.MultiIndex.from_frame(edges[["source", "target"]]))
    return found.fillna(0).to_numpy(np.float32)


def _correlated(edges: pd.DataFrame, dataset: Dataset) -> np.ndarray:
    """Sign of the correlation of each pair; 0 where a gene is constant or not in the matrix."""
    import numpy as np
    import pandas as pd

    cells = dataset.expression.astype(np.float64)
    index = pd.Series(dataset.gene_index)
    tf_P, target_P = (
        edges[end].map(index).fillna(-1).to_numpy(np.int64) for end in ("source", "target")
    )
    tf_T, row_P = np.unique(tf_P, return_inverse=True)
    mean_G = np.asarray(cells.mean(axis=0)).ravel()
    square_G = np.asarray(cells.multiply(cells).mean(axis=0)).ravel()
    variance_G = square_G - mean_G**2
    sd_G = np.where(variance_G > _ROUNDING * square_G, np.sqrt(variance_G.clip(0)), np.inf)
    product_TG = (cells[:, tf_T].T @ cells).toarray() / dataset.num_cells
    covariance_P = product_TG[row_P, target_P] - mean_G[tf_P] * mean_G[target_P]
    correlation_P = covariance_P / (sd_G[tf_P] * sd_G[target_P])
    there_P = (tf_P >= 0) & (target_P >= 0) & (np.abs(correlation_P) > _ROUNDING)
    return np.where(there_P, np.sign(correlation_P), 0).astype(np.float32)
