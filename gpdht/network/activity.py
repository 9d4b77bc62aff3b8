"""How active each TF is in each cell, by decoupler on a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gpdht.data.dataset import Dataset
from gpdht.data.edges import read_ranking
from gpdht.data.problems import Problem, check_choice
from gpdht.errors import DataError, GpdhtError

if TYPE_CHECKING:
    import anndata

Method = Literal["ulm", "mlm", "waggr", "zscore", "viper"]


def estimate_activities(
    data: Dataset | anndata.AnnData,
    net: pd.DataFrame,
    *,
    method: Method = "ulm",
    min_targets: int = 5,
) -> anndata.AnnData:
    """The cells with the activity of each TF in `obsm`, as decoupler names it.

    A positive activity means that targets of positive weight are high and those of negative weight
    low in the cell. Where weights have no sign, targets that a TF represses count as activated.

    Parameters
    ----------
    data : cells × genes, log-normalised; an AnnData is copied.
    net : `source, target, weight`, each pair once. Targets that are not genes of `data` are left
        out.
    method : of decoupler: ``ulm`` (the t-value of a linear model for each TF), ``mlm`` (one for
        all TFs together), ``waggr``, ``zscore`` or ``viper``.
    min_targets : TFs with fewer targets in `data` are left out.

    Returns
    -------
    `obsm["score_ulm"]`, cells × TFs, and, of methods that test, `obsm["padj_ulm"]`. Cells in which
    nothing is expressed have NaN.

    Raises
    ------
    DataError
        If the net lacks a column, repeats a pair, or no TF has enough targets in `data`.
    GpdhtError
        If decoupler is not installed.

    Examples
    --------
    >>> import gpdht as gp
    >>> cells = gp.toy(genes=60, tfs=4, cells=30)
    >>> gp.estimate_activities(cells, cells.net).obsm["score_ulm"].shape
    (30, 4)
    """
    check_choice("--method", method, Method)
    decoupler = load_decoupler()
    adata = data.adata if isinstance(data, Dataset) else data.copy()
    known = _checked(net, adata.var_names, min_targets)
    done = getattr(decoupler.mt, method)(adata, known, tmin=min_targets)
    scored = adata if done is None else done  # decoupler drops cells in which all is zero
    for key in (f"score_{method}", f"padj_{method}"):
        if key in scored.obsm:
            adata.obsm[key] = scored.obsm[key].reindex(adata.obs_names)
    return adata


def read_network(path: Path) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """`source, target, weight` of a file of edges in any dialect, the largest weights first.

    Raises
    ------
    DataError
        If the file is no edge list, or has no weights.
    """
    edges, problems = read_ranking(path)
    if "weight" not in edges:
        raise DataError(f"{path}: no column of weights; expected source, target, weight.")
    order = edges["weight"].abs().sort_values(ascending=False, kind="stable").index
    return edges.loc[order].reset_index(drop=True), tuple(problems)


def load_decoupler() -> Any:
    """The package, if it is installed.

    Raises
    ------
    GpdhtError
        With how to install it.
    """
    try:
        import decoupler
    except ImportError as error:
        raise GpdhtError(
            f"TF activities are decoupler's, which cannot be imported ({error}). Install it: "
            "pip install 'gpdht[activity]'."
        ) from error
    return decoupler


def _checked(net: pd.DataFrame, genes: pd.Index, min_targets: int) -> pd.DataFrame:
    missing = {"source", "target", "weight"} - set(net)
    if missing:
        raise DataError(
            f"the network lacks {', '.join(sorted(missing))}; expected source, target, weight."
        )
    edges = net[["source", "target", "weight"]]
    if edges.duplicated(["source", "target"]).any():
        raise DataError("the network names a pair twice; expected each pair of TF and target once.")
    if not np.isfinite(edges["weight"].to_numpy(float)).all():
        raise DataError("the network has weights that are no finite numbers; remove these edges.")
    if not genes.is_unique:
        raise DataError(f'gene "{genes[genes.duplicated()][0]}" stands twice; make names unique.')
    here = edges[edges["target"].isin(genes)]
    targets = here["source"].value_counts()
    if not (targets >= min_targets).any():
        raise DataError(
            f"0 of {edges['source'].nunique()} TFs have {min_targets} targets among the "
            f"{len(genes)} genes of the data (the most is {targets.max() if len(targets) else 0}; "
            f'the network has "{edges["target"].iloc[0]}", the data "{genes[0]}"). Take more edges '
            "or a smaller --min-targets, and check species and symbols (--symbols upper)."
        )
    return here.reset_index(drop=True)
