"""What every later step works on: an expression matrix and a net of known edges."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    import anndata

Severity = Literal["repaired", "warning"]


@dataclass(frozen=True)
class Problem:
    """Something a reader repaired or doubts; `remedy` says what the user can do about it."""

    severity: Severity
    found: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """An expression matrix and the known edges between its genes.

    Parameters
    ----------
    expression : (cells, genes) CSR, float32, log-normalised, non-negative, no explicit zeros.
    cells, genes : unique names, `str` arrays in the order of the matrix.
    net : `source, target[, weight]`; both ends in `genes`, no self edges, no duplicates.
    tfs : the genes that may regulate: the TF list given, else the sources of `net`; always
        contains the sources of `net`.
    name, species : for the log.
    problems : what reading repaired or doubts.
    """

    expression: sparse.csr_matrix
    cells: np.ndarray
    genes: np.ndarray
    net: pd.DataFrame
    tfs: np.ndarray
    name: str
    species: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def num_cells(self) -> int:
        return len(self.cells)

    @property
    def num_genes(self) -> int:
        return len(self.genes)

    @cached_property
    def gene_index(self) -> dict[str, int]:
        """Position of each gene in `genes`."""
        return {gene: i for i, gene in enumerate(self.genes.tolist())}

    @cached_property
    def known_tfs(self) -> np.ndarray:
        """The TFs with at least one known edge, in the order of `genes`."""
        sources = set(self.net["source"])
        return np.array([gene for gene in self.genes.tolist() if gene in sources], dtype=str)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over values, names and edges; equal data have equal fingerprints."""
        return self._digest(lambda key: key not in ("name", "species"))

    @cached_property
    def matrix_fingerprint(self) -> str:
        """sha256 over the expression alone: values and names, without any edge or TF list."""
        return self._digest({"data", "indices", "indptr", "cells", "genes"}.__contains__)

    def _digest(self, covers: Callable[[str], bool]) -> str:
        digest = hashlib.sha256()
        for key, array in self.parts().items():
            if not covers(key):
                continue
            digest.update(f"{key}:{array.dtype.kind}:{array.shape};".encode())
            if array.dtype.kind == "U":
                digest.update("\0".join(array.tolist()).encode())
            else:
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @property
    def adata(self) -> anndata.AnnData:
        """The matrix as AnnData (cells × genes); `net` and `tfs` stay here."""
        import anndata

        return anndata.AnnData(
            X=self.expression.copy(),
            obs=pd.DataFrame(index=pd.Index(self.cells, dtype=object)),
            var=pd.DataFrame(index=pd.Index(self.genes, dtype=object)),
        )

    def parts(self) -> dict[str, np.ndarray]:
        """Plain arrays from which `from_parts` rebuilds the dataset.

        Ray's object store shares plain arrays between trials without a copy, and hands them out
        read-only. Problems are not part of the data and stay behind.
        """
        position = self.gene_index
        parts = {
            "data": self.expression.data.astype(np.float32, copy=False),
            "indices": self.expression.indices.astype(np.int32, copy=False),
            "indptr": self.expression.indptr.astype(np.int64, copy=False),
            "cells": self.cells.astype(str),
            "genes": self.genes.astype(str),
            "tfs": self.tfs.astype(str),
            "source": self.net["source"].map(position).to_numpy(np.int32),
            "target": self.net["target"].map(position).to_numpy(np.int32),
            "name": np.array(self.name),
            "species": np.array(self.species or ""),
        }
        if "weight" in self.net:
            parts["weight"] = self.net["weight"].to_numpy(np.float64)
        return parts

    @classmethod
    def from_parts(cls, parts: dict[str, np.ndarray]) -> Dataset:
        """Rebuild a dataset over the arrays of `parts()` without copying the matrix."""
        genes, cells = parts["genes"], parts["cells"]
        expression = sparse.csr_matrix((len(cells), len(genes)), dtype=np.float32)
        expression.data, expression.indices = parts["data"], parts["indices"]
        expression.indptr = parts["indptr"]
        net: dict[str, Any] = {
            "source": genes[parts["source"]].astype(object),
            "target": genes[parts["target"]].astype(object),
        }
        if "weight" in parts:
            net["weight"] = parts["weight"]
        return cls(
            expression=expression,
            cells=cells,
            genes=genes,
            net=pd.DataFrame(net),
            tfs=parts["tfs"],
            name=str(parts["name"]),
            species=str(parts["species"]) or None,
        )
