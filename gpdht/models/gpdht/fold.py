"""GP-DHT on the training pairs of one fold."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch

from gpdht.config import Config
from gpdht.graph.build import GeneCellGraph
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.losses import pair_loss
from gpdht.models.gpdht.tokens import Scale, gene_table, pair_tokens
from gpdht.models.gpdht.transformer import PairTransformer
from gpdht.pairs.candidates import Pairs

SCORE_CHUNK = 8192  # pairs scored at a time; bounds memory, changes nothing else


class GPDHTFold:
    """The pair Transformer of one fold over embeddings that are frozen or trained along.

    Meets `FoldModel`. With ``encoder.training`` = ``reconstruct`` the pre-trained encoder is
    shared by the folds and stays as it is; with ``joint`` and ``reconstruct+finetune`` the fold
    owns the encoder it is given and trains it with the labels of its training pairs.
    """

    def __init__(
        self,
        config: Config,
        graph: GeneCellGraph,
        encoder: LevelEncoder,
        pairs: Pairs,
        train: np.ndarray,
        *,
        seed: int,
    ) -> None:
        self.config, self.graph, self.encoder, self.seed = config, graph, encoder, seed
        self.device = graph.degree_G.device
        self.tf_P = torch.tensor(pairs.tf_P[train], dtype=torch.int64, device=self.device)
        self.target_P = torch.tensor(pairs.target_P[train], dtype=torch.int64, device=self.device)
        self.label_P = torch.tensor(pairs.label_P[train], dtype=torch.float32, device=self.device)
        torch.manual_seed(_mix(seed, 0))
        self.transformer = PairTransformer.from_config(config).to(self.device)
        self.trains_encoder = config.encoder.training != "reconstruct"
        self.parameters = list(self.transformer.parameters())
        if self.trains_encoder:
            self.parameters += list(encoder.parameters())
        self.optimizer = _optimizer(config, self.parameters)
        self.table_GSD: torch.Tensor | None = None if self.trains_encoder else self._frozen_table()

    def train_epoch(self, epoch: int) -> float:
        """One pass over the training pairs in a seeded order; the mean loss per batch.

        The same epoch of the same fold is the same computation, whatever ran before it: the
        generator behind order, noise and dropout is set here.
        """
        torch.manual_seed(_mix(self.seed, epoch))
        self.transformer.train()
        order = torch.randperm(len(self.label_P)).to(self.device)
        batches = order.split(self.config.train.batch_size)
        total = torch.zeros((), device=self.device)
        for batch in batches:
            self.optimizer.zero_grad(set_to_none=True)
            loss = self._batch_loss(batch)
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        if self.trains_encoder:
            self.table_GSD = None
        return float(total) / len(batches)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        return score_pairs(self.transformer, self.token_table(), tf_P, target_P)

    def token_table(self) -> torch.Tensor:
        """(G, S, D): the standardised tokens of each gene under the present weights."""
        if self.table_GSD is None:
            self.table_GSD = self._frozen_table()
        return self.table_GSD

    def snapshot(self) -> dict[str, Any]:
        """Copies of all weights that training changes."""
        state = {"transformer": copy.deepcopy(self.transformer.state_dict())}
        if self.trains_encoder:
            state["encoder"] = copy.deepcopy(self.encoder.state_dict())
        return state

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go back to a snapshot."""
        self.transformer.load_state_dict(snapshot["transformer"])
        if self.trains_encoder:
            self.encoder.load_state_dict(snapshot["encoder"])
            self.table_GSD = None

    def _batch_loss(self, batch: torch.Tensor) -> torch.Tensor:
        table_GSD = self._table() if self.table_GSD is None else self.table_GSD
        clean = pair_tokens(table_GSD, self.tf_P[batch], self.target_P[batch])
        noised = clean + self.config.augment.noise * torch.randn_like(clean)
        views = (clean, noised) if self.config.augment.noise else (clean,)
        logit_P, projection_PD = self.transformer(torch.cat(views))
        return pair_loss(
            logit_P.view(len(views), -1),
            projection_PD.view(len(views), len(batch), -1),
            self.label_P[batch],
            contrast_weight=self.config.loss.contrast_weight,
            temperature=self.config.loss.temperature,
            positives_only=self.config.loss.positives_only,
        )

    def _raw_table(self) -> torch.Tensor:
        x_GD, x_CD = self.encoder(self.graph)
        return gene_table(x_GD, x_CD, self.graph, context=self.config.model.context)

    def _table(self) -> torch.Tensor:
        raw_GSD = self._raw_table()
        return Scale.of(raw_GSD).apply(raw_GSD)

    @torch.no_grad()
    def _frozen_table(self) -> torch.Tensor:
        return self._table()

    @torch.no_grad()
    def scale(self) -> Scale:
        """The standardisation that the tokens had in training."""
        return Scale.of(self._raw_table())


@torch.no_grad()
def score_pairs(
    transformer: PairTransformer, table_GSD: torch.Tensor, tf_P: np.ndarray, target_P: np.ndarray
) -> np.ndarray:
    """float32 logits of pairs under a token table, (P,)."""
    transformer.eval()
    device = table_GSD.device
    tf = torch.tensor(tf_P, dtype=torch.int64, device=device).split(SCORE_CHUNK)
    target = torch.tensor(target_P, dtype=torch.int64, device=device).split(SCORE_CHUNK)
    logits = [
        transformer.logits(pair_tokens(table_GSD, a, b)) for a, b in zip(tf, target, strict=True)
    ]
    return torch.cat(logits).cpu().numpy() if logits else np.empty(0, np.float32)


def _mix(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)


def _optimizer(config: Config, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    train = config.train
    if train.optimizer == "sgd":
        return torch.optim.SGD(
            parameters, lr=train.lr, momentum=train.momentum, weight_decay=train.weight_decay
        )
    return torch.optim.Adam(parameters, lr=train.lr, weight_decay=train.weight_decay)
