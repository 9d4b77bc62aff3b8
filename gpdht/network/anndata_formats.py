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


def write_h5ad(edges: pd.DataFrame, part: Path, *, dataset: Dataset | None, **_: Any) -> None:
    """The dataset's cells with the network in `varp`, or its genes alone without a dataset."""
    import anndata

    if dataset is None:
        genes = pd.unique(edges[["source", "target"]].to_numpy().ravel())
        adata = anndata.AnnData(var=pd.DataFrame(index=pd.Index(genes, dtype=object)))
    else:
        adata = dataset.adata
    adata.varp[KEY] = _matrix(edges, adata)
    adata.uns[KEY] = {
        "weight": SIGNED if "sign" in edges else PROBABILITY,
        "rows": "source: TFs",
        "columns": "target: genes",
        "edges": len(edges),
        "dataset": "" if dataset is None else dataset.name,
    }
    adata.write_h5ad(part)


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
