"""Networks in AnnData: beside the cells they are of, or as geneRNIB's predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.errors import DataError
from gpdht.network.edge_signs import PROBABILITY, SIGNED

if TYPE_CHECKING:
    import anndata

    from gpdht.data.dataset import Dataset

KEY = "gpdht"


def to_anndata(
    edges: pd.DataFrame, cells: Dataset | anndata.AnnData | None = None
) -> anndata.AnnData:
    """The cells with a network in `varp["gpdht"]`, genes × genes with TFs in rows.

    `uns["gpdht"]` says what a weight means. What ``gpdht predict -o net.h5ad`` writes is this.

    Parameters
    ----------
    edges : a net table of `predict`, or a part of it.
    cells : what the network was predicted for; an AnnData is copied, with all that it holds. None
        for the genes of the edges alone.

    Raises
    ------
    DataError
        If an edge is not between genes of the cells.

    Examples
    --------
    >>> import pandas as pd
    >>> import gpdht as gp
    >>> cells = gp.toy(genes=30, tfs=4, cells=20).adata
    >>> net = pd.DataFrame({"source": ["TF01"], "target": ["TF02"], "weight": [0.9]})
    >>> with_network = gp.to_anndata(net, cells)
    >>> with_network.varp["gpdht"].shape, with_network.varp["gpdht"].nnz
    ((30, 30), 1)
    """
    import anndata

    if cells is None:
        genes = pd.unique(edges[["source", "target"]].to_numpy().ravel())
        adata = anndata.AnnData(var=pd.DataFrame(index=pd.Index(genes, dtype=object)))
    else:
        adata = cells.copy() if isinstance(cells, anndata.AnnData) else cells.adata
    adata.varp[KEY] = _matrix(edges, adata)
    adata.uns[KEY] = {
        "weight": SIGNED if "sign" in edges else PROBABILITY,
        "rows": "source: TFs",
        "columns": "target: genes",
        "edges": len(edges),
        "dataset": getattr(cells, "name", ""),
    }
    return adata


def write_h5ad(edges: pd.DataFrame, part: Path, *, dataset: Dataset | None, **_: Any) -> None:
    """The dataset's cells with the network in `varp`, or its genes alone without a dataset."""
    to_anndata(edges, dataset).write_h5ad(part)


def write_genernib(edges: pd.DataFrame, part: Path, *, dataset: Dataset | None, **_: Any) -> None:
    """geneRNIB's prediction: `uns` with `dataset_id`, `method_id` and the table `prediction`.

    Its weights are text, as geneRNIB's guide asks for.
    """
    import anndata

    table = edges[["source", "target", "weight"]].astype({"weight": str}).astype(object)
    content = {
        "dataset_id": "unknown" if dataset is None else dataset.name,
        "method_id": KEY,
        "prediction": table.set_axis(table.index.astype(str)),
    }
    anndata.AnnData(X=None, uns=content).write_h5ad(part)


def _matrix(edges: pd.DataFrame, adata: anndata.AnnData) -> sparse.csr_matrix:
    """(genes, genes) weights, TFs in rows."""
    if not adata.var_names.is_unique:
        name = adata.var_names[adata.var_names.duplicated()][0]
        raise DataError(f'gene "{name}" stands twice in the cells; make names unique.')
    rows, columns = (adata.var_names.get_indexer(edges[end]) for end in ("source", "target"))
    missing = np.flatnonzero((rows < 0) | (columns < 0))
    if len(missing):
        source, target = edges[["source", "target"]].iloc[missing[0]]
        raise DataError(
            f"{len(missing)} of {len(edges)} edges are not between genes of the dataset, e.g. "
            f"{source} → {target}; give the dataset that the network was predicted for."
        )
    size = adata.n_vars
    weights = edges["weight"].to_numpy(np.float32)
    return sparse.csr_matrix((weights, (rows, columns)), shape=(size, size))
