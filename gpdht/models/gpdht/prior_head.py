"""What GP-DHT makes of prior networks: features of a pair beside the tokens of its genes.

Shape letters: T TFs · G genes · P pairs · K features · D hidden width of the pair Transformer.
"""

from __future__ import annotations

import torch
from torch import nn

from gpdht.config import Config
from gpdht.graph.build import Bags
from gpdht.models.prior_features import PriorFeatures


class PriorTable(nn.Module):
    """`PriorFeatures` on a device; nothing of it is learned.

    Parameters
    ----------
    regulators : of each gene, for tokens; scoring does not need them.
    """

    def __init__(
        self,
        pair_TGK: torch.Tensor,
        gene_GK: torch.Tensor,
        row_G: torch.Tensor,
        regulators: Bags | None = None,
    ) -> None:
        super().__init__()
        self.regulators = regulators
        for name, tensor in (("pair_TGK", pair_TGK), ("gene_GK", gene_GK), ("row_G", row_G)):
            self.register_buffer(name, tensor)
        self.pair_TGK: torch.Tensor
        self.gene_GK: torch.Tensor
        self.row_G: torch.Tensor

    @classmethod
    def of(cls, features: PriorFeatures, device: torch.device, *, relation: bool) -> PriorTable:
        """The features on a device; with `relation` also the regulators."""
        regulators = None
        if relation:
            bags = features.regulator_E, features.start_G
            regulators = Bags(*map(torch.from_numpy, bags)).to(device)
        table = cls(
            torch.from_numpy(features.pair_TGK),
            torch.from_numpy(features.gene_GK),
            torch.from_numpy(features.row_G),
            regulators,
        )
        return table.to(device)

    def __len__(self) -> int:
        return self.pair_TGK.shape[-1] + self.gene_GK.shape[-1]

    def forward(self, tf_P: torch.Tensor, target_P: torch.Tensor) -> torch.Tensor:
        """(…, K) of pairs given as positions among the genes."""
        row_P = self.row_G[tf_P]
        pair_PK = self.pair_TGK[row_P, target_P] * (row_P >= 0)[..., None]
        return torch.cat([pair_PK, self.gene_GK[target_P]], dim=-1)


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
