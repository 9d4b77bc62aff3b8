"""What a model with features keeps of its training data, so that it can read others.

Shape letters: G genes · M components · S tokens of a gene · D channels · X statistics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.graph.build import graph_of
from gpdht.graph.sample import sample_cells
from gpdht.models.gpdht.features import Basis, FeatureEncoder, graph_settings
from gpdht.models.gpdht.fold import GPDHTFold, raw_table
from gpdht.models.gpdht.prior_head import PriorTable
from gpdht.models.gpdht.tokens import Scale, StatisticScale, raw_statistics, with_statistics


@dataclass(frozen=True, eq=False)
class Transfer:
    """How tokens of any data are made as those of training were.

    Parameters
    ----------
    basis : of the components.
    scale : of the embeddings of training.
    statistics : over the genes of training.
    """

    basis: Basis
    scale: Scale
    statistics: StatisticScale

    @classmethod
    def of(cls, model: GPDHTFold, dataset: Dataset) -> Transfer | None:
        """Of a trained fold model and the data of training; None with one-hot nodes."""
        if not isinstance(model.encoder, FeatureEncoder):
            return None
        raw_GSD = raw_table(model.encoder, model.graph, model.config, model.priors).cpu()
        sample = sample_cells(dataset, model.config.graph.max_cells)
        return cls(
            model.encoder.basis,
            Scale.of(raw_GSD, common=model.config.model.scale == "common"),
            StatisticScale.of(raw_statistics(sample.expression)),
        )

    def table(self, dataset: Dataset, config: Config, priors: PriorTable | None) -> torch.Tensor:
        """(G, S, D + X): the tokens of a dataset's genes, on the CPU."""
        dataset = sample_cells(dataset, config.graph.max_cells)
        encoder = FeatureEncoder(self.basis, dataset, dim=config.encoder.dim)
        raw_GSD = raw_table(encoder, graph_of(dataset, graph_settings(config)), config, priors)
        statistic_GX = self.standardised(dataset) if config.model.statistics else None
        return with_statistics(self.scale.apply(raw_GSD), statistic_GX)

    def at(self, genes: np.ndarray) -> Transfer:
        """The same for a model of other genes, which makes the same tokens of their data."""
        return replace(self, basis=self.basis.at(genes))

    def standardised(self, dataset: Dataset) -> torch.Tensor:
        """(G, X): the statistics of a dataset's genes in sd's over the genes of training."""
        return self.statistics.apply(raw_statistics(dataset.expression))

    def tensors(self) -> dict[str, torch.Tensor]:
        """For safetensors; `Basis.genes` are the model's own."""
        arrays = (self.basis.weight_GM, self.statistics.mean_X, self.statistics.sd_X)
        kept = (*map(torch.from_numpy, arrays), self.scale.mean_SD, self.scale.sd_SD)
        return dict(zip(_NAMES, kept, strict=True))

    @classmethod
    def from_tensors(cls, genes: np.ndarray, tensors: dict[str, torch.Tensor]) -> Transfer | None:
        """Back from `tensors`; None where there are none."""
        if _NAMES[0] not in tensors:
            return None
        weight, mean, sd, *scale = (tensors[name] for name in _NAMES)
        statistics = StatisticScale(mean.numpy(), sd.numpy())
        return cls(Basis(genes, weight.numpy()), Scale(*scale), statistics)


_NAMES = tuple(
    f"transfer.{name}"
    for name in ("weight_GM", "statistic_mean_X", "statistic_sd_X", "mean_SD", "sd_SD")
)
