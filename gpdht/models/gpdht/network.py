"""All that a fold trains on pairs: the pair Transformer and what stands beside it.

Shape letters: G genes · P pairs · S tokens of a gene · D channels · X channels with statistics ·
K features of priors.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from gpdht.config import Config
from gpdht.models.gpdht.gene_effects import GeneEffects
from gpdht.models.gpdht.prior_head import PriorHead, PriorTable
from gpdht.models.gpdht.tokens import STATISTICS, tokens_of_gene
from gpdht.models.gpdht.transformer import PairTransformer


class PairOutput(NamedTuple):
    """What a loss is made of; `penalty` stands beside a sum over all training pairs."""

    logit_P: torch.Tensor
    projection_PD: torch.Tensor
    penalty: torch.Tensor


class PairNetwork(nn.Module):
    """Scores pairs from the tokens of their genes, what labels say about the genes, and priors.

    A token is the gene's embedding and, behind it, its statistics, which a linear map adds to the
    embedding. A TF can be hidden: its tokens are zero and it has no effects of its own, so the
    score says what *some* TF does to the target. TFs without a training pair are always hidden if
    training hid some; there are too few TFs to learn what a TF's own expression means (they are
    tens, targets are hundreds).

    Parameters
    ----------
    statistics : how many there are in a token.
    effects : None for none.
    hides : whether training hides TFs.
    """

    def __init__(
        self,
        transformer: PairTransformer,
        *,
        dim: int,
        genes: int,
        statistics: int = 0,
        effects: GeneEffects | None = None,
        hides: bool = False,
    ) -> None:
        super().__init__()
        self.prior: PriorHead | None = None
        self.transformer, self.effects, self.dim, self.hides = transformer, effects, dim, hides
        self.embed = nn.Linear(statistics, dim) if statistics else None
        self.register_buffer("known_tf_G", torch.ones(genes, dtype=torch.bool))
        self.known_tf_G: torch.Tensor

    @classmethod
    def from_config(
        cls,
        config: Config,
        *,
        genes: int,
        priors: PriorTable | None = None,
        reduced: bool = False,
    ) -> PairNetwork:
        """An untrained network."""
        tokens = tokens_of_gene(
            context=config.model.context,
            relation=config.prior.relation and priors is not None,
        )
        model = config.model
        effects = None
        if model.effects != "none":
            rank = model.effects_rank if model.effects == "factors" else 0
            effects = GeneEffects(
                genes=genes,
                rank=rank,
                penalty=model.effects_penalty,
                optimizer=config.train.optimizer,
            )
        network = cls(
            PairTransformer.from_config(config, tokens=2 * tokens, reduced=reduced),
            dim=config.encoder.dim,
            genes=genes,
            statistics=len(STATISTICS) if model.statistics else 0,
            effects=effects,
            hides=model.hidden_tfs > 0,
        )
        # drawn last, so that the other weights are those of a network without
        network.prior = PriorHead.from_config(config, len(priors or ()))
        return network

    def keep(self, row_G: torch.Tensor) -> PairNetwork:
        """The network itself, after it has forgotten all but some genes, in a new order.

        A gene of row −1 is new: as a TF it is hidden if training hid some, and it has no effects.
        """
        known_G = self.known_tf_G[row_G.clamp(min=0)]
        self.known_tf_G = known_G & (row_G >= 0) if self.hides else torch.ones_like(known_G)
        if self.effects is not None:
            self.effects.keep(row_G)
        return self

    def train_on(self, tf_P: torch.Tensor) -> None:
        """Take note of the TFs of the training pairs."""
        if self.hides:
            self.known_tf_G.zero_()
            self.known_tf_G[tf_P] = True

    def forward(
        self,
        token_PSX: torch.Tensor,
        tf_P: torch.Tensor,
        target_P: torch.Tensor,
        shown_P: torch.Tensor,
        *,
        seed: int = 0,
        prior_PK: torch.Tensor | None = None,
    ) -> PairOutput:
        """The TF's tokens come first; `shown_P` is 0 where it is hidden, else 1."""
        added_P, beside_PD = self._of_priors(prior_PK)
        tf_PSX, target_PSX = token_PSX.chunk(2, dim=-2)
        token_PSX = torch.cat([tf_PSX * shown_P[..., None, None], target_PSX], dim=-2)
        logit_P, projection_PD = self.transformer(self._embedded(token_PSX), seed, beside_PD)
        logit_P = logit_P if added_P is None else logit_P + added_P
        if self.effects is None:
            return PairOutput(logit_P, projection_PD, logit_P.new_zeros(()))
        logit_P = logit_P + self._remembered(tf_P, target_P, shown_P)
        return PairOutput(logit_P, projection_PD, self.effects.penalty())

    def logits(
        self,
        table_GSX: torch.Tensor,
        tf_P: torch.Tensor,
        target_P: torch.Tensor,
        prior_PK: torch.Tensor | None = None,
        *,
        tf_table_GSX: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """logit_P of pairs of genes, without dropout.

        Parameters
        ----------
        tf_table_GSX : the tokens of genes as TFs, where these are others than as targets.
        """
        added_P, beside_PD = self._of_priors(prior_PK)
        known_P, row_P = self.known_tf_G[tf_P], tf_P
        if tf_table_GSX is not None:
            row_P = row_P + len(table_GSX)
            table_GSX = torch.cat([table_GSX, tf_table_GSX])
        hidden = len(table_GSX)
        table_GSX = torch.cat([table_GSX, table_GSX.new_zeros(1, *table_GSX.shape[1:])])
        row_P = torch.where(known_P, row_P, hidden)
        logit_P = self.transformer.logits(self._embedded(table_GSX), row_P, target_P, beside_PD)
        logit_P = logit_P if added_P is None else logit_P + added_P
        if self.effects is None:
            return logit_P
        return logit_P + self._remembered(tf_P, target_P, known_P.to(logit_P.dtype))

    def _of_priors(
        self, prior_PK: torch.Tensor | None
    ) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        if self.prior is None:
            return None, None
        assert prior_PK is not None, "the network was made for data with priors"
        return self.prior(prior_PK)

    def _embedded(self, token_PSX: torch.Tensor) -> torch.Tensor:
        if self.embed is None:
            return token_PSX
        return token_PSX[..., : self.dim] + self.embed(token_PSX[..., self.dim :])

    def _remembered(
        self, tf_P: torch.Tensor, target_P: torch.Tensor, shown_P: torch.Tensor
    ) -> torch.Tensor:
        assert self.effects is not None
        of_tf_P, of_target_P = self.effects(tf_P, target_P).unbind(-1)
        return shown_P * of_tf_P + of_target_P
