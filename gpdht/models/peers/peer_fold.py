"""What all peers share: seeded steps on the training pairs of a fold.

Shape letters: G genes · P pairs.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from gpdht.config import Config
from gpdht.models.gpdht.fold import SCORE_CHUNK, make_optimizer
from gpdht.models.peers.seeded_dropout import seed_dropout
from gpdht.models.protocol import FoldTrainer
from gpdht.models.threaded import ThreadedTrainer
from gpdht.pairs.candidates import Pairs


class PeerNetwork(nn.Module, ABC):
    """Embeds all genes, then scores pairs of them."""

    score_chunk = SCORE_CHUNK  # pairs scored at a time; bounds memory, changes nothing else

    @abstractmethod
    def embed(self) -> tuple[torch.Tensor, ...]:
        """What scores are made of: one row per gene in each, or one row for all."""

    @abstractmethod
    def logits(
        self, embedded: tuple[torch.Tensor, ...], tf_P: torch.Tensor, target_P: torch.Tensor
    ) -> torch.Tensor:
        """logit_P of pairs, from what `embed` gave."""

    def loss(self, logit_P: torch.Tensor, label_P: torch.Tensor) -> torch.Tensor:
        """Binary cross-entropy."""
        return F.binary_cross_entropy_with_logits(logit_P, label_P)


class PeerFold:
    """A peer's network on the training pairs of one fold; meets `FoldModel`.

    Batches are of equal size, within one pair, so that none is a single pair, of which batch
    normalisation could make nothing.

    Parameters
    ----------
    make : the untrained network, with weights from torch's global generator.
    """

    def __init__(
        self,
        config: Config,
        make: Callable[[], PeerNetwork],
        pairs: Pairs,
        train: np.ndarray,
        *,
        seed: int,
    ) -> None:
        self.config, self.seed = config, seed
        torch.manual_seed(int(self._epoch_random(0).integers(2**63)))
        self.network = make()
        self.num_weights = sum(one.numel() for one in self.network.parameters())
        self.device = next(self.network.parameters()).device
        self.tf_P = torch.tensor(pairs.tf_P[train], dtype=torch.int64, device=self.device)
        self.target_P = torch.tensor(pairs.target_P[train], dtype=torch.int64, device=self.device)
        self.label_P = torch.tensor(pairs.label_P[train], dtype=torch.float32, device=self.device)
        batches = -(-len(train) // config.train.batch_size)
        self.num_steps = max(min(batches, len(train) // 2), 1)
        self._optimizer: torch.optim.Optimizer | None = None
        self._embedded: tuple[torch.Tensor, ...] | None = None

    def steps(self, epoch: int) -> Iterator[float]:
        """One pass over the training pairs in a seeded order; the loss of each batch."""
        random = self._epoch_random(epoch)
        parameters = list(self.network.parameters())
        self._optimizer = self._optimizer or make_optimizer(self.config, parameters)
        order = torch.from_numpy(random.permutation(len(self.label_P))).to(self.device)
        for step, batch in enumerate(order.tensor_split(self.num_steps)):
            self._optimizer.param_groups[0]["lr"] = self._lr(epoch, step)
            seed_dropout(self.network, int(random.integers(2**63)))
            yield self._step(self._optimizer, batch)

    def score(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 logits, (P,)."""
        if not len(tf_P):
            return np.empty(0, np.float32)
        self.network.eval()
        size = self.network.score_chunk
        tf = torch.tensor(tf_P, dtype=torch.int64, device=self.device).split(size)
        target = torch.tensor(target_P, dtype=torch.int64, device=self.device).split(size)
        with torch.no_grad():
            self._embedded = self._embedded or self.network.embed()
            logits = [
                self.network.logits(self._embedded, a, b) for a, b in zip(tf, target, strict=True)
            ]
        return torch.cat(logits).cpu().numpy()

    def snapshot(self) -> dict[str, Any]:
        """Copies of all weights that training changes."""
        return copy.deepcopy(self.network.state_dict())

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go back to a snapshot."""
        self.network.load_state_dict(snapshot)
        self._embedded = None

    def _step(self, optimizer: torch.optim.Optimizer, batch: torch.Tensor) -> float:
        self.network.train()
        self._embedded = None
        optimizer.zero_grad(set_to_none=True)
        embedded = self.network.embed()
        logit_P = self.network.logits(embedded, self.tf_P[batch], self.target_P[batch])
        loss = self.network.loss(logit_P, self.label_P[batch])
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    def _lr(self, epoch: int, step: int) -> float:
        peer, done = self.config.peer, (epoch - 1) * self.num_steps + step
        decays = (epoch - 1) // peer.decay_epochs
        return self.config.train.lr * peer.batch_decay**done * peer.epoch_decay**decays

    def _epoch_random(self, epoch: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, epoch])


@dataclass(frozen=True, eq=False)
class PeerGroundwork:
    """A peer's label-free work, inside the function that makes its networks; a `PreparedModel`.

    Parameters
    ----------
    make : the network of a fold, from the candidate pairs and the positions of those whose labels
        it may see.
    """

    config: Config
    make: Callable[[Pairs, np.ndarray], PeerNetwork]

    def models(self, pairs: Pairs, train_parts: Sequence[np.ndarray]) -> list[PeerFold]:
        """One untrained peer for each array of training pairs."""

        def model(fold: int, train: np.ndarray) -> PeerFold:
            seed = self.config.train.seed * 1009 + fold
            return PeerFold(self.config, lambda: self.make(pairs, train), pairs, train, seed=seed)

        return [model(fold, train) for fold, train in enumerate(train_parts)]

    def trainer(self, models: Sequence[PeerFold]) -> FoldTrainer:
        """Folds in threads."""
        return ThreadedTrainer(models)
