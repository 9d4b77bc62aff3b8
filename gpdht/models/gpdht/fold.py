"""GP-DHT on the training pairs of one fold."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from gpdht.config import Config
from gpdht.graph.build import GeneCellGraph
from gpdht.models.gpdht.companions import Companions
from gpdht.models.gpdht.encoder import LevelEncoder
from gpdht.models.gpdht.features import FeatureEncoder
from gpdht.models.gpdht.losses import pair_loss
from gpdht.models.gpdht.network import PairNetwork
from gpdht.models.gpdht.prior_head import PriorTable, hide_features
from gpdht.models.gpdht.tokens import RowInputs, Scale, gene_table, pair_tokens
from gpdht.pairs.candidates import Pairs

Encoder = LevelEncoder | FeatureEncoder
Encode = Callable[[GeneCellGraph], tuple[torch.Tensor, torch.Tensor]]
SCORE_CHUNK = 8192  # pairs scored at a time; bounds memory, changes nothing else


class GPDHTFold:
    """The pair network of one fold over embeddings that are frozen or trained along.

    Meets `FoldModel`. With ``encoder.training`` = ``reconstruct`` the pre-trained encoder and
    its token table are shared by the folds and stay as they are; with ``joint`` and
    ``reconstruct+finetune`` the fold owns the encoder it is given and trains it with the labels
    of its training pairs.

    Parameters
    ----------
    inputs : what tokens are made of beside embeddings.
    table_RSX : the frozen token table; None where the encoder is trained.
    priors : what priors say of pairs; None without.
    companions : baselines that score along; None without.
    """

    def __init__(
        self,
        config: Config,
        graph: GeneCellGraph,
        encoder: Encoder,
        pairs: Pairs,
        train: np.ndarray,
        *,
        seed: int,
        inputs: RowInputs,
        table_RSX: torch.Tensor | None = None,
        priors: PriorTable | None = None,
        companions: Companions | None = None,
    ) -> None:
        self.companions = companions
        self.config, self.graph, self.encoder, self.seed = config, graph, encoder, seed
        self.device = graph.degree_G.device
        self.tf_P = torch.tensor(pairs.tf_P[train], dtype=torch.int64, device=self.device)
        self.target_P = torch.tensor(pairs.target_P[train], dtype=torch.int64, device=self.device)
        self.label_P = torch.tensor(pairs.label_P[train], dtype=torch.float32, device=self.device)
        self.epoch_pairs = min(len(train), config.train.epoch_pairs)
        self.num_steps = -(-self.epoch_pairs // config.train.batch_size)
        self.inputs, self.table_RSX = inputs, table_RSX
        self.rows = len(graph.degree_G if inputs.gene_R is None else inputs.gene_R)
        torch.manual_seed(int(self.epoch_random(0).integers(2**63)))
        reduced = runs_reduced(config, self.device)
        network = PairNetwork.from_config(config, genes=self.rows, priors=priors, reduced=reduced)
        self.priors = priors
        self.network = network.to(self.device)
        self.network.train_on(self.tf_P)
        self.trains_encoder = trains_encoder(config)
        self.parameters = list(self.network.parameters())
        if self.trains_encoder:
            self.parameters += list(encoder.parameters())
        self.num_weights = sum(one.numel() for one in self.parameters)
        self._optimizer: torch.optim.Optimizer | None = None

    def steps(self, epoch: int) -> Iterator[float]:
        """One epoch over training pairs in a seeded order; the loss of each batch."""
        random = self.epoch_random(epoch)
        self._optimizer = self._optimizer or make_optimizer(self.config, self.parameters)
        self.network.train()
        for batch in self.order(random).split(self.config.train.batch_size):
            self._optimizer.zero_grad(set_to_none=True)
            loss = self._batch_loss(batch, random)
            loss.backward()
            self._optimizer.step()
            self.forget_tokens()
            yield float(loss.detach())

    def epoch_random(self, epoch: int) -> np.random.Generator:
        """The source of order, noise and dropout of an epoch, whatever ran before it."""
        return np.random.default_rng([self.seed, epoch])

    def order(self, random: np.random.Generator) -> torch.Tensor:
        """Positions among the training pairs, shuffled: all of them, or as many as fit."""
        order = random.permutation(len(self.label_P))[: self.epoch_pairs]
        return torch.from_numpy(order).to(self.device)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        logit_P = score_pairs(self.network, self.token_table(), tf_P, target_P, self.priors)
        if self.companions is None:
            return logit_P
        return self.companions.beside(logit_P, tf_P, target_P)

    def token_table(self) -> torch.Tensor:
        """(R, S, X): the tokens of each gene under the present weights."""
        if self.table_RSX is None:
            with torch.no_grad():
                self.table_RSX = self.tokens_from(self.encoder)
        return self.table_RSX

    def forget_tokens(self) -> None:
        """Make the tokens anew when they are next asked for, if the encoder has been trained."""
        if self.trains_encoder:
            self.table_RSX = None

    def tokens_from(self, encoder: Encode) -> torch.Tensor:
        """(R, S, X), with gradients where the encoder has them."""
        return token_table(encoder, self.graph, self.config, self.inputs, self.priors)

    def snapshot(self) -> dict[str, Any]:
        """Copies of all weights that training changes."""
        state = {"network": copy.deepcopy(self.network.state_dict())}
        if self.trains_encoder:
            state["encoder"] = copy.deepcopy(self.encoder.state_dict())
        return state

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go back to a snapshot."""
        self.network.load_state_dict(snapshot["network"])
        if self.trains_encoder:
            self.encoder.load_state_dict(snapshot["encoder"])
        self.forget_tokens()

    def _batch_loss(self, batch: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
        table_RSX = self.tokens_from(self.encoder) if self.trains_encoder else self.token_table()
        tf_P, target_P = self.tf_P[batch], self.target_P[batch]
        clean = pair_tokens(table_RSX, tf_P, target_P)
        views = [clean]
        if self.config.augment.noise:
            noise = torch.Generator(self.device).manual_seed(int(random.integers(2**63)))
            drawn = torch.empty_like(clean).normal_(generator=noise)
            views.append(clean + self.config.augment.noise * drawn)
        shown = random.random(len(views) * len(batch)) >= self.config.model.hidden_tfs
        both = tf_P.repeat(len(views)), target_P.repeat(len(views))
        output = self.network(
            torch.cat(views),
            *both,
            torch.from_numpy(shown).to(clean),
            seed=int(random.integers(2**63)),
            prior_PK=self._prior_features(*both, random),
        )
        loss = pair_loss(
            output.logit_P.view(len(views), -1),
            output.projection_PD.view(len(views), len(batch), -1),
            self.label_P[batch],
            contrast_weight=self.config.loss.contrast_weight,
            temperature=self.config.loss.temperature,
            positives_only=self.config.loss.positives_only,
        )
        return loss + output.penalty / len(self.label_P)

    def _prior_features(
        self, tf_P: torch.Tensor, target_P: torch.Tensor, random: np.random.Generator
    ) -> torch.Tensor | None:
        if self.priors is None or not len(self.priors):
            return None
        prior_PK = self.priors(tf_P, target_P)
        drawn_PK = torch.from_numpy(random.random(tuple(prior_PK.shape), np.float32))
        return hide_features(prior_PK, drawn_PK.to(self.device), self.config.prior.dropout)


def trains_encoder(config: Config) -> bool:
    """Whether folds train encoders of their own; features are what they are."""
    if config.encoder.features != "one-hot":
        return False
    return config.encoder.training in ("joint", "reconstruct+finetune")


def token_table(
    encoder: Encode,
    graph: GeneCellGraph,
    config: Config,
    inputs: RowInputs,
    priors: PriorTable | None,
) -> torch.Tensor:
    """(R, S, X): each gene's standardised tokens, its statistics behind them."""
    raw_GSD = raw_table(encoder, graph, config, priors)
    scale = Scale.of(raw_GSD, common=config.model.scale == "common")
    return inputs(scale.apply(raw_GSD))


def raw_table(
    encoder: Encode, graph: GeneCellGraph, config: Config, priors: PriorTable | None
) -> torch.Tensor:
    """(G, S, D): the tokens of the dataset's genes as the encoder leaves them."""
    x_GD, x_CD = encoder(graph)
    if isinstance(encoder, LevelEncoder) and config.encoder.training == "random":
        seeded = torch.Generator().manual_seed(config.train.seed)
        x_GD, x_CD = (torch.randn(x.shape, generator=seeded).to(x) for x in (x_GD, x_CD))
    regulators = None if priors is None else priors.regulators
    return gene_table(x_GD, x_CD, graph, context=config.model.context, regulators=regulators)


@torch.no_grad()
def score_pairs(
    network: PairNetwork,
    table_RSX: torch.Tensor,
    tf_P: np.ndarray,
    target_P: np.ndarray,
    priors: PriorTable | None = None,
    *,
    tf_table_GSX: torch.Tensor | None = None,
) -> np.ndarray:
    """float32 logits of pairs under a token table, (P,); see `PairNetwork.logits`."""
    network.eval()
    device = table_RSX.device
    tf = torch.tensor(tf_P, dtype=torch.int64, device=device).split(SCORE_CHUNK)
    target = torch.tensor(target_P, dtype=torch.int64, device=device).split(SCORE_CHUNK)
    logits = [
        network.logits(
            table_RSX,
            a,
            b,
            None if priors is None else priors(a, b),
            tf_table_GSX=tf_table_GSX,
        )
        for a, b in zip(tf, target, strict=True)
    ]
    return torch.cat(logits).cpu().numpy() if logits else np.empty(0, np.float32)


def runs_reduced(config: Config, device: torch.device) -> bool:
    """Whether matrix products run in bfloat16."""
    precision = config.train.precision
    return precision == "bfloat16" or (precision == "auto" and device.type == "cuda")


def make_optimizer(config: Config, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """The optimiser of a config, as one fused kernel."""
    train = config.train
    if train.optimizer == "sgd":
        return torch.optim.SGD(
            parameters,
            lr=train.lr,
            momentum=train.momentum,
            weight_decay=train.weight_decay,
            fused=True,
        )
    return torch.optim.Adam(parameters, lr=train.lr, weight_decay=train.weight_decay, fused=True)
