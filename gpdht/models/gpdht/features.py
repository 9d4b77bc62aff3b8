"""Features of genes and cells that other data have too: what stands in place of one-hot nodes.

The level encoder's tables know each cell and gene by name, so nothing of them can be carried to
others. Features can: a principal component of the training genes is a weighted sum of genes, which
scores any cell that has (most of) them; and any gene, known or new, correlates more or less with
these scores. Neither depends on how many cells there are or how deeply they were sequenced.

Shape letters: G genes · C cells · M components · D channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import Config, GraphConfig
from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.graph.build import GeneCellGraph
from gpdht.models.gene_statistics import components, moments

COMPONENTS = 15  # as the boosted trees on expression see


def graph_settings(config: Config) -> GraphConfig:
    """Of the graph that a config's encoder reads; features ask nothing of its levels."""
    return config.graph if config.encoder.features == "one-hot" else GraphConfig(levels=1)


@dataclass(frozen=True, eq=False)
class Basis:
    """Weights of genes in components, by which cells are scored.

    Parameters
    ----------
    genes : names.
    weight_GM : float64; without any component, features are 0.
    """

    genes: np.ndarray
    weight_GM: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset, config: Config) -> Basis:
        """The first principal components of a dataset's cells, none for statistics alone."""
        number = min(COMPONENTS, config.encoder.dim, dataset.num_cells - 1, dataset.num_genes - 1)
        if config.encoder.features != "loadings" or number < 1:
            return cls(dataset.genes, np.empty((dataset.num_genes, 0)))

        def weights() -> np.ndarray:
            return components(dataset.expression, number=number, seed=0)

        return cls(dataset.genes, once(dataset, "feature basis", weights, settings=number))

    def at(self, genes: np.ndarray) -> Basis:
        """The weights of other genes; those that it does not know have none."""
        at_G = pd.Index(self.genes).get_indexer(pd.Index(genes))
        return Basis(genes, np.where((at_G >= 0)[:, None], self.weight_GM[at_G], 0.0))

    def of_dataset(self, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
        """Loadings of genes, (G, M), and scores of cells, (C, M), of any dataset; float64.

        A cell's score is the weighted sum of its genes' z-scores, standardised over cells. A gene's
        loading is its correlation with the scores. What is constant is 0.
        """
        expression, weight_GM = (
            dataset.expression.astype(np.float64),
            self.at(dataset.genes).weight_GM,
        )
        mean_G, _, sd_G = moments(expression)
        scale_G = np.where(sd_G > 1e-12, sd_G, np.inf)
        scaled_GM = weight_GM / scale_G[:, None]
        score_CM = expression @ scaled_GM - mean_G @ scaled_GM
        sd_M = score_CM.std(axis=0)
        unit_CM = score_CM / np.where(sd_M > 1e-9, sd_M, np.inf)
        product_GM = expression.T @ unit_CM - np.outer(mean_G, unit_CM.sum(axis=0))
        return product_GM / (scale_G * dataset.num_cells)[:, None], unit_CM


class FeatureEncoder(nn.Module):
    """Embeddings of genes and cells that are their features; nothing of it is trained.

    Stands where `LevelEncoder` does; features a narrow embedding has no room for do not exist.
    """

    def __init__(self, basis: Basis, dataset: Dataset, *, dim: int) -> None:
        super().__init__()
        self.basis = basis
        of_genes, of_cells = basis.of_dataset(dataset)
        for name, feature_NM in (("x_GD", of_genes), ("x_CD", of_cells)):
            wide = F.pad(torch.from_numpy(feature_NM), (0, dim - feature_NM.shape[1]))
            self.register_buffer(name, wide.float())
        self.x_GD: torch.Tensor
        self.x_CD: torch.Tensor

    def forward(self, _: GeneCellGraph) -> tuple[torch.Tensor, torch.Tensor]:
        """x_GD and x_CD."""
        return self.x_GD, self.x_CD
