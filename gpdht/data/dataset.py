"""What every later step works on: an expression matrix and a net of known edges."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.checks import checked
from gpdht.data.coverage import Coverage
from gpdht.data.edges import Net, read_labels
from gpdht.data.matrices import Matrix, Orientation, orient, with_gene_names
from gpdht.data.matrix_files import matrix_of_anndata
from gpdht.data.matrix_options import AS_STORED, MatrixOptions
from gpdht.data.net_options import AS_FOUND, NetOptions
from gpdht.data.number_tables import matrix_of_frame
from gpdht.data.parts import FURTHER_SETS, arrays_of, arrays_of_sets, fields_of
from gpdht.data.priors import Orthologs, Prior, read_prior
from gpdht.data.problems import Problem
from gpdht.data.symbols import Symbols

if TYPE_CHECKING:
    import anndata

Names = str | Path | Iterable[str] | None
FINGERPRINTS = ("fingerprint", "matrix_fingerprint")


@dataclass(frozen=True, eq=False)
class Dataset:
    """An expression matrix and the known edges between its genes.

    Parameters
    ----------
    expression : (cells, genes) CSR, float32, log-normalised, non-negative, no explicit zeros.
    cells, genes : unique names, `str` arrays in the order of the matrix.
    net : `source, target[, weight]`; both ends in `genes`, no self edges, no duplicates.
    tfs : the genes that may regulate: those of the TF list given, and the sources of `net`.
    name, species, problems : for the log; what reading repaired or doubts.
    priors : networks that models may see beside the labels; `with_priors` adds them.
    others : other sets to learn from, under this one's gene names; see `gpdht.data.others`.
    together : further sets that trials score along with this one; see `gpdht.data.together`.
    own_names : of the genes in the matrix, where `genes` spells them otherwise.
    coverage : how much of the edge list that was given is in the matrix.
    """

    expression: sparse.csr_matrix
    cells: np.ndarray
    genes: np.ndarray
    net: pd.DataFrame
    tfs: np.ndarray
    name: str
    species: str | None = None
    problems: tuple[Problem, ...] = ()
    priors: tuple[Prior, ...] = ()
    others: tuple[Dataset, ...] = ()
    together: tuple[Dataset, ...] = ()
    own_names: np.ndarray | None = None
    coverage: Coverage | None = None

    @classmethod
    def from_anndata(
        cls,
        adata: anndata.AnnData,
        net: Net,
        *,
        tfs: Names = None,
        layer: str | None = None,
        symbols: Symbols = "exact",
        net_options: NetOptions = AS_FOUND,
        matrix_options: MatrixOptions = AS_STORED,
        name: str | None = None,
    ) -> Dataset:
        """The dataset of an AnnData in memory, checked and cleaned as `open_dataset` does.

        Parameters
        ----------
        adata : cells × genes, log-normalised or counts.
        net : known edges: a table with the columns of an edge list in any dialect, or a file.
        tfs : names of TFs, or a file of them; else the sources of `net`.
        layer : taken instead of `X`.
        symbols : ``upper`` writes all gene names in upper case before they are compared.
        net_options : what is to be said of the net: its columns, which of its rows are edges.
        matrix_options : raw values, gene names, cells, duplicates, normalisation.

        Raises
        ------
        DataError
            With what was found, what was expected and what to do.

        Examples
        --------
        >>> import gpdht as gp
        >>> simulated = gp.toy(genes=30, tfs=4, cells=25)
        >>> dataset = gp.Dataset.from_anndata(simulated.adata, simulated.net, name="mine")
        >>> dataset.num_cells, dataset.num_genes, dataset.known_tfs.tolist()
        (25, 30, ['TF01', 'TF02', 'TF03', 'TF04'])
        """
        if layer is not None:
            matrix_options = replace(matrix_options, layer=layer)
        matrix = matrix_of_anndata(adata, matrix_options, where="AnnData")
        said: Any = {"net_options": net_options, "matrix_options": matrix_options}
        return cls.from_matrix(matrix, net, tfs=tfs, symbols=symbols, name=name, **said)

    @classmethod
    def from_frame(
        cls,
        matrix: pd.DataFrame,
        net: Net,
        *,
        tfs: Names = None,
        orientation: Orientation = "auto",
        symbols: Symbols = "exact",
        net_options: NetOptions = AS_FOUND,
        matrix_options: MatrixOptions = AS_STORED,
        name: str | None = None,
    ) -> Dataset:
        """The dataset of a table in memory, checked and cleaned as `open_dataset` does.

        Parameters
        ----------
        matrix : log-normalised or counts; names are the columns and the index, or the first
            column beside a plain index.
        orientation : what the rows are; ``auto`` looks for the net's genes.
        net, tfs, symbols, net_options, matrix_options : as `from_anndata` takes them.

        Raises
        ------
        DataError
            With what was found, what was expected and what to do.

        Examples
        --------
        >>> import pandas as pd
        >>> import gpdht as gp
        >>> genes = ["SOX2", "NANOG", "KLF4"]
        >>> cells = pd.DataFrame([[1.5, 0, 2], [0, 1, 0.5]], index=["c1", "c2"], columns=genes)
        >>> net = pd.DataFrame({"TF": ["SOX2"], "target": ["NANOG"]})
        >>> gp.Dataset.from_frame(cells, net).net
          source target
        0   SOX2  NANOG
        """
        read = matrix_of_frame(matrix, where="DataFrame")
        said: Any = {"net_options": net_options, "matrix_options": matrix_options}
        return cls.from_matrix(
            read, net, tfs=tfs, orientation=orientation, symbols=symbols, name=name, **said
        )

    @classmethod
    def from_matrix(
        cls,
        matrix: Matrix,
        net: Net | None,
        *,
        tfs: Names = None,
        orientation: Orientation = "auto",
        symbols: Symbols = "exact",
        net_options: NetOptions = AS_FOUND,
        matrix_options: MatrixOptions = AS_STORED,
        name: str | None = None,
        species: str | None = None,
    ) -> Dataset:
        """The dataset of a matrix as it was read: what all readers share.

        Without a net it has no edges, and nothing can be trained on it.
        """
        matrix = with_gene_names(matrix, matrix_options.gene_names)
        known_names = {*matrix.rows, *matrix.columns}
        labels = read_labels(net, tfs, known_names, symbols=symbols, options=net_options)
        matrix = orient(matrix, labels.genes, orientation=orientation, symbols=symbols)
        found = checked(matrix, labels, matrix_options, species=species)
        return cls(**found, name=name or matrix.where)

    def with_priors(
        self,
        priors: Mapping[str, Net],
        *,
        symbols: Symbols = "exact",
        orthologs: Mapping[str, Orthologs] | None = None,
    ) -> Dataset:
        """The dataset with more prior networks, by name, beside its labels.

        Arguments and errors are those of `read_prior`; `orthologs` are by the priors' names.
        """
        genes, tables = self.genes.tolist(), orthologs or {}
        read = [
            read_prior(n, self.net, genes, name=k, symbols=symbols, orthologs=tables.get(k))
            for k, n in priors.items()
        ]
        problems = (problem for _, found in read for problem in found)
        return replace(
            self,
            priors=(*self.priors, *(prior for prior, _ in read if prior is not None)),
            problems=(*self.problems, *problems),
        )

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
        """sha256 over values, names, edges, priors and other sets; equal data have equal ones."""
        name = re.compile(r"((other|together)\d+\.)*(name|species)")
        return self._digest(lambda key: not name.fullmatch(key))

    @cached_property
    def matrix_fingerprint(self) -> str:
        """sha256 over the expression alone: values and names, without any edge or TF list."""
        return self._digest({"data", "indices", "indptr", "cells", "genes"}.__contains__)

    def _digest(self, covers: Callable[[str], bool]) -> str:
        digest = hashlib.sha256()
        for key, array in arrays_of(self._fields()).items():
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

        The fingerprints go along, so that no trial hashes the data again. Problems are not part of
        the data and stay behind.
        """
        return arrays_of(self._fields()) | {
            key: np.array(getattr(self, key)) for key in FINGERPRINTS
        }

    def _fields(self) -> dict[str, Any]:
        return {**vars(self), **{k: [d._fields() for d in getattr(self, k)] for k in FURTHER_SETS}}

    def summary(self) -> dict[str, Any]:
        """Sizes, density and sparsity.

        `positives` and `negatives` count the candidate pairs, known TFs × genes without self
        pairs; `density` is the positives' share of them, None without edges, `sparsity` that of
        zeros in the matrix.
        """
        edges, pairs = len(self.net), len(self.known_tfs) * (self.num_genes - 1)
        return {
            "name": self.name,
            "species": self.species,
            "fingerprint": self.fingerprint,
            "genes": self.num_genes,
            "cells": self.num_cells,
            "tfs": len(self.tfs),
            "known_tfs": len(self.known_tfs),
            "edges": edges,
            "positives": edges,
            "negatives": pairs - edges,
            "density": edges / pairs if pairs else None,
            "sparsity": 1 - self.expression.nnz / (self.num_genes * self.num_cells),
        }

    @classmethod
    def from_parts(cls, parts: dict[str, np.ndarray]) -> Dataset:
        """Rebuild a dataset over the arrays of `parts()` without copying the matrix."""
        sets = {key: tuple(map(cls.from_parts, arrays_of_sets(parts, key))) for key in FURTHER_SETS}
        dataset = cls(**fields_of(parts) | sets)
        vars(dataset).update({key: str(parts[key]) for key in FINGERPRINTS if key in parts})
        return dataset
