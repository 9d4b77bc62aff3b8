"""From embeddings to the tokens of a pair.

Shape letters: G genes · C cells · P pairs · S tokens of a gene · D channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from gpdht.graph.build import GeneCellGraph


@dataclass(frozen=True, eq=False)
class Scale:
    """Mean and sd of each channel over genes, (S, D); tokens are standardised by them.

    It makes `augment.noise` a strength in units of the embedding's sd, whatever the encoder.
    """

    mean_SD: torch.Tensor
    sd_SD: torch.Tensor

    @classmethod
    def of(cls, table_GSD: torch.Tensor) -> Scale:
        sd_SD = table_GSD.std(dim=0, correction=0)
        return cls(table_GSD.mean(dim=0), torch.where(sd_SD > 1e-6, sd_SD, 1.0))

    def apply(self, table_GSD: torch.Tensor) -> torch.Tensor:
        return (table_GSD - self.mean_SD) / self.sd_SD


def gene_table(
    x_GD: torch.Tensor, x_CD: torch.Tensor, graph: GeneCellGraph, *, context: str
) -> torch.Tensor:
    """(G, S, D): the gene's embedding; with context ``cells`` also the mean of its cells."""
    if context == "none":
        return x_GD[:, None]
    expressed = graph.nonzeros
    mean_GD = F.embedding_bag(
        expressed.cell_E, x_CD, expressed.starts_G, mode="mean", include_last_offset=True
    )
    return torch.stack([x_GD, mean_GD], dim=1)


def pair_tokens(
    table_GSD: torch.Tensor, tf_P: torch.Tensor, target_P: torch.Tensor
) -> torch.Tensor:
    """(P, 2S, D): the TF's tokens, then the target's."""
    return torch.cat([table_GSD[tf_P], table_GSD[target_P]], dim=1)
