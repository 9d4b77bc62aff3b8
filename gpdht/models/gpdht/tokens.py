"""From embeddings to the tokens of a pair.

Shape letters: G genes · R rows (the genes of all sets) · C cells · P pairs · S tokens of a gene ·
D channels · X channels with statistics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import sparse
from torch.nn import functional as F

from gpdht.data.dataset import Dataset
from gpdht.data.others import own_genes, sets_of
from gpdht.graph.build import Bags, GeneCellGraph
from gpdht.models.gene_statistics import moments

STATISTICS = ("mean", "detection", "sd", "mean_expressed", "sd_expressed")


@dataclass(frozen=True, eq=False)
class Scale:
    """What tokens are standardised by, (S, D) each.

    It makes `augment.noise` a strength in units of the embedding's sd, whatever the encoder.
    """

    mean_SD: torch.Tensor
    sd_SD: torch.Tensor

    @classmethod
    def of(cls, table_GSD: torch.Tensor, *, common: bool = False) -> Scale:
        """Mean and sd of each channel over genes.

        Parameters
        ----------
        common : all channels of a token share the root of their mean variance, so directions
            along which genes differ little stay small.
        """
        sd_SD = table_GSD.std(dim=0, correction=0)
        if common:
            sd_SD = sd_SD.square().mean(dim=-1, keepdim=True).sqrt().expand_as(sd_SD)
        return cls(table_GSD.mean(dim=0), torch.where(sd_SD > 1e-6, sd_SD, 1.0))

    def apply(self, table_GSD: torch.Tensor) -> torch.Tensor:
        return (table_GSD - self.mean_SD) / self.sd_SD


def tokens_of_gene(*, context: str, relation: bool) -> int:
    """How many tokens `gene_table` gives a gene."""
    return 1 + (context == "cells") + relation


def gene_table(
    x_GD: torch.Tensor,
    x_CD: torch.Tensor,
    graph: GeneCellGraph,
    *,
    context: str,
    regulators: Bags | None = None,
) -> torch.Tensor:
    """(G, S, D): the gene's embedding, then means of its cells' and of its regulators'.

    Parameters
    ----------
    context : with ``cells``, the mean over the cells that express it is a token.
    regulators : with bags of each gene's regulators in the priors, their mean is one; it is 0 for
        a gene without.
    """
    tokens = [x_GD]
    if context == "cells":
        expressed = graph.nonzeros
        tokens.append(_means(x_CD, Bags(expressed.cell_E, expressed.starts_G)))
    if regulators is not None:
        tokens.append(_means(x_GD, regulators))
    return torch.stack(tokens, dim=1)


def _means(x_UD: torch.Tensor, bags: Bags) -> torch.Tensor:
    return F.embedding_bag(bags.indices, x_UD, bags.offsets, mode="mean", include_last_offset=True)


def raw_statistics(expression: sparse.csr_matrix) -> np.ndarray:
    """`STATISTICS` of each gene, (G, 5) float64: what z-scores of the non-zeros have lost.

    Mean, detection rate and sd over all cells; mean and sd over the cells that express the gene.
    """
    mean_G, detected_G, _ = moments(expression)
    expressed_G = mean_G / np.maximum(detected_G, 1 / expression.shape[0])
    # a mean of squares minus a squared mean would leave noise where all values are equal
    deviation_E = expression.data.astype(np.float64) - expressed_G[expression.indices]
    number_G = np.bincount(expression.indices, minlength=len(mean_G))
    square_G = np.bincount(expression.indices, deviation_E**2, minlength=len(mean_G))
    variance_G = square_G / np.maximum(number_G, 1)
    sd_G = np.sqrt(detected_G * (variance_G + (1 - detected_G) * expressed_G**2))
    return np.column_stack([mean_G, detected_G, sd_G, expressed_G, np.sqrt(variance_G)])


@dataclass(frozen=True, eq=False)
class StatisticScale:
    """Mean and sd of each statistic over the genes of some cells, (5,) float64."""

    mean_X: np.ndarray
    sd_X: np.ndarray

    @classmethod
    def of(cls, raw_GX: np.ndarray) -> StatisticScale:
        return cls(raw_GX.mean(axis=0), raw_GX.std(axis=0))

    def apply(self, raw_GX: np.ndarray) -> torch.Tensor:
        """(G, 5) float32; a statistic in which genes do not differ is 0."""
        scaled_GX = (raw_GX - self.mean_X) / np.where(self.sd_X > 1e-9, self.sd_X, np.inf)
        return torch.from_numpy(scaled_GX.astype(np.float32))


def expression_statistics(expression: sparse.csr_matrix) -> torch.Tensor:
    """`raw_statistics` standardised over genes, (G, 5) float32."""
    raw_GX = raw_statistics(expression)
    return StatisticScale.of(raw_GX).apply(raw_GX)


@dataclass(frozen=True, eq=False)
class RowInputs:
    """What makes tokens of all rows from the embeddings of the dataset's genes.

    Genes are shared between sets: a row of another set has the embedding that its gene has in the
    dataset's own cells, zero if it is no gene there, and the statistics of its own set.

    Parameters
    ----------
    statistic_RX : see `expression_statistics`, of each row in its own set; None for tokens without.
    gene_R : each row's gene in the dataset, −1 for none; None where all rows are the dataset's.
    """

    statistic_RX: torch.Tensor | None
    gene_R: torch.Tensor | None

    @classmethod
    def of(cls, dataset: Dataset, device: torch.device, *, statistics: bool) -> RowInputs:
        statistic_RX = gene_R = None
        if statistics:
            of_sets = [expression_statistics(one.expression) for one in sets_of(dataset)]
            statistic_RX = torch.cat(of_sets).to(device)
        if dataset.others:
            gene_R = torch.from_numpy(own_genes(dataset)).to(device)
        return cls(statistic_RX, gene_R)

    def __call__(self, table_GSD: torch.Tensor) -> torch.Tensor:
        """(R, S, X) from the standardised tokens of the dataset's genes."""
        if self.gene_R is not None:
            known_R = (self.gene_R >= 0).to(table_GSD)
            table_GSD = table_GSD[self.gene_R.clamp(min=0)] * known_R[:, None, None]
        return with_statistics(table_GSD, self.statistic_RX)


def with_statistics(table_GSD: torch.Tensor, statistic_GX: torch.Tensor | None) -> torch.Tensor:
    """(G, S, D + 5): the statistics behind each of a gene's tokens; None adds nothing."""
    if statistic_GX is None:
        return table_GSD
    behind = statistic_GX[:, None].expand(-1, table_GSD.shape[1], -1)
    return torch.cat([table_GSD, behind], dim=-1)


def pair_tokens(
    table_GSX: torch.Tensor, tf_P: torch.Tensor, target_P: torch.Tensor
) -> torch.Tensor:
    """(P, 2S, X): the TF's tokens, then the target's."""
    return torch.cat([table_GSX[tf_P], table_GSX[target_P]], dim=1)
