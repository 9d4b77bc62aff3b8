"""What GP-DHT makes of prior networks: features of a pair beside the tokens of its genes.

Shape letters: E pairs of TFs and genes · R rows (the genes of all sets) · P pairs · K features ·
D hidden width of the pair Transformer.
"""

from __future__ import annotations

import torch
from torch import nn

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.graph.build import Bags
from gpdht.models.prior_features import prior_features, regulator_bags


class PriorTable(nn.Module):
    """`PriorFeatures` on a device; nothing of it is learned.

    Parameters
    ----------
    pair_EK, gene_RK, start_R, column_R : as those of `PriorFeatures`.
    regulators : of each gene of the dataset, for tokens; scoring does not need them.
    """

    def __init__(
        self,
        pair_EK: torch.Tensor,
        gene_RK: torch.Tensor,
        start_R: torch.Tensor,
        column_R: torch.Tensor,
        regulators: Bags | None = None,
    ) -> None:
        super().__init__()
        self.regulators = regulators
        self.pair_EK: torch.Tensor
        self.gene_RK: torch.Tensor
        self.start_R: torch.Tensor
        self.column_R: torch.Tensor
        self.register_buffer("pair_EK", pair_EK)
        self.register_buffer("gene_RK", gene_RK)
        self.register_buffer("start_R", start_R)
        self.register_buffer("column_R", column_R)

    @classmethod
    def of(cls, dataset: Dataset, config: Config, device: torch.device) -> PriorTable | None:
        """What a config sees of a dataset's priors, on a device; None without priors."""
        if not dataset.priors and not dataset.others:
            return None
        features = prior_features(dataset, config.prior)
        regulators = None
        if config.prior.relation:
            regulators = Bags(*map(torch.from_numpy, regulator_bags(dataset))).to(device)
        table = cls(
            torch.from_numpy(features.pair_EK),
            torch.from_numpy(features.gene_RK),
            torch.from_numpy(features.start_R),
            torch.from_numpy(features.column_R),
            regulators,
        )
        return table.to(device)

    def __len__(self) -> int:
        return self.pair_EK.shape[-1] + self.gene_RK.shape[-1]

    def forward(self, tf_P: torch.Tensor, target_P: torch.Tensor) -> torch.Tensor:
        """(…, K) of pairs given as rows."""
        start_P = self.start_R[tf_P]
        is_tf_P = start_P >= 0
        pair_PK = self.pair_EK[torch.where(is_tf_P, start_P + self.column_R[target_P], 0)]
        return torch.cat([pair_PK * is_tf_P[..., None], self.gene_RK[target_P]], dim=-1)

    def own(self, genes: int) -> PriorTable:
        """The part of the first rows, those of the dataset itself."""
        pairs = int((self.start_R[:genes] >= 0).sum()) * genes
        return PriorTable(
            self.pair_EK[:pairs], self.gene_RK[:genes], self.start_R[:genes], self.column_R[:genes]
        )


class PriorHead(nn.Module):
    """Adds to the Transformer's trunk, where features meet the genes' tokens, and to the logit.

    The logit's part starts at zero.
    """

    def __init__(self, features: int, *, hidden: int, trunk: int) -> None:
        super().__init__()
        self.beside = nn.Linear(features, trunk)
        self.combine = nn.Sequential(nn.Linear(features, hidden), nn.GELU(), nn.Linear(hidden, 1))
        nn.init.zeros_(self.beside.bias)
        for parameter in self.combine[-1].parameters():
            nn.init.zeros_(parameter)

    @classmethod
    def from_config(cls, config: Config, features: int) -> PriorHead | None:
        if not features:
            return None
        return cls(features, hidden=config.prior.hidden, trunk=config.model.hidden)

    def forward(self, prior_PK: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """logit_P and beside_PD."""
        return self.combine(prior_PK).squeeze(-1), self.beside(prior_PK)


def hide_features(prior_PK: torch.Tensor, drawn_PK: torch.Tensor, share: float) -> torch.Tensor:
    """Dropout of single features, given uniform draws."""
    return prior_PK * (drawn_PK >= share) / (1 - share)
