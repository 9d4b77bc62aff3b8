"""The graph of genes that peers learn from: the positives among a fold's training pairs.

No other label is in it. Shape letters: G genes · E edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from gpdht.pairs.candidates import Pairs


@dataclass(frozen=True, eq=False)
class PositiveGraph:
    """Edges between genes as neighbourhoods.

    Those of gene v are ``source_E[starts_G[v] : starts_G[v + 1]]``, ascending and distinct.

    Parameters
    ----------
    destination_E : the gene of each neighbour.
    starts_G : (G + 1,); the last entry is the number of edges.
    """

    source_E: torch.Tensor
    destination_E: torch.Tensor
    starts_G: torch.Tensor

    @classmethod
    def of(
        cls,
        pairs: Pairs,
        train: np.ndarray,
        *,
        num_genes: int,
        undirected: bool = False,
        self_loops: bool = False,
        loops_if_isolated: bool = False,
    ) -> PositiveGraph:
        """The graph of the positives among the pairs at `train`, from TF to target.

        Parameters
        ----------
        undirected : also from target to TF.
        self_loops : also from each gene to itself.
        loops_if_isolated : the same, but only for genes that no edge reaches.
        """
        positive = train[pairs.label_P[train] == 1]
        source = pairs.tf_P[positive].astype(np.int64)
        destination = pairs.target_P[positive].astype(np.int64)
        if undirected:
            source, destination = np.r_[source, destination], np.r_[destination, source]
        looped = np.arange(num_genes) if self_loops else np.empty(0, np.int64)
        if loops_if_isolated:
            looped = np.union1d(looped, np.setdiff1d(np.arange(num_genes), destination))
        code = np.unique(np.r_[destination * num_genes + source, looped * (num_genes + 1)])
        destination, source = np.divmod(code, num_genes)
        starts_G = np.r_[0, np.bincount(destination, minlength=num_genes).cumsum()]
        return cls(*map(torch.from_numpy, (source, destination, starts_G)))

    @property
    def num_genes(self) -> int:
        return len(self.starts_G) - 1

    def to(self, device: torch.device) -> PositiveGraph:
        return PositiveGraph(
            self.source_E.to(device), self.destination_E.to(device), self.starts_G.to(device)
        )
