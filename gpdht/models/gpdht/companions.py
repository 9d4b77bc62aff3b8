"""Baselines with the same knowledge that score along, as they err differently than the network.

For TFs with training pairs these are boosted trees on simple statistics and priors. With tens of
TFs trees take a new one for another; for TFs without training pairs it is a logistic regression
on labels and priors, which then says what target and priors say. A pair's logit is the mean of
the network's and its companion's.

Shape letters: T TFs · G genes · P pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.models.baselines.boosted_priors import BoostedPriors
from gpdht.models.baselines.fit_once import FitOnce
from gpdht.models.baselines.prior_logistic import PriorLogistic
from gpdht.pairs.candidates import Pairs


@dataclass(frozen=True, eq=False)
class CompanionTable:
    """What companions say of all pairs of some TFs; the network is alone for others.

    Parameters
    ----------
    logit_TG : float32.
    row_G : each gene's row as a TF; −1 for none.
    """

    logit_TG: np.ndarray
    row_G: np.ndarray

    def beside(self, logit_P: np.ndarray, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 means of the network's logits and the companions', (P,).

        Pairs of other sets' rows have no companion.
        """
        genes = len(self.row_G)
        own_P = (tf_P < genes) & (target_P < genes)
        row_P = np.where(own_P, self.row_G[np.where(own_P, tf_P, 0)], -1)
        if not len(self.logit_TG):
            return logit_P
        companion_P = self.logit_TG[row_P, np.where(own_P, target_P, 0)]
        return np.where(row_P >= 0, (logit_P + companion_P) / 2, logit_P).astype(np.float32)

    def tensors(self) -> dict[str, torch.Tensor]:
        """For safetensors."""
        return {
            "companions.logit_TG": torch.from_numpy(self.logit_TG),
            "companions.row_G": torch.from_numpy(self.row_G),
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, torch.Tensor]) -> CompanionTable | None:
        """Back from `tensors`; None where there are none."""
        if "companions.logit_TG" not in tensors:
            return None
        return cls(tensors["companions.logit_TG"].numpy(), tensors["companions.row_G"].numpy())


def has_companions(config: Config) -> bool:
    """Whether companions score along where there are priors; they cannot go to other data."""
    return config.prior.companions and config.encoder.features == "one-hot"


class Companions:
    """The companions of one fold, fitted on its training pairs when first asked.

    What they say is kept with the dataset, for all models of equal folds.
    """

    def __init__(self, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> None:
        self.dataset, self.known = dataset, set(pairs.tf_P[train].tolist())
        self._made = dataset, pairs, train, seed
        self._models: dict[type, FitOnce] = {}
        key = "companions", hash(train.tobytes()), hash(pairs.label_P.tobytes()), seed
        self._logit_G: dict[int, np.ndarray] = once(dataset, key, dict)

    @classmethod
    def of(
        cls, config: Config, dataset: Dataset, pairs: Pairs, train: np.ndarray
    ) -> Companions | None:
        """Those that a config asks for; none for data without priors."""
        if not has_companions(config) or not dataset.priors:
            return None
        return cls(dataset, pairs, train, seed=config.train.seed)

    def beside(self, logit_P: np.ndarray, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """See `CompanionTable.beside`."""
        own = np.unique(tf_P)
        return self.table(own[own < self.dataset.num_genes].tolist()).beside(
            logit_P, tf_P, target_P
        )

    def table(self, tfs: Sequence[int]) -> CompanionTable:
        """What they say of all pairs of these TFs, positions in `Dataset.genes`."""
        row_G = np.full(self.dataset.num_genes, -1)
        row_G[list(tfs)] = np.arange(len(tfs))
        logits = [self._of_tf(tf) for tf in tfs]
        table = np.array(logits, np.float32).reshape(len(tfs), self.dataset.num_genes)
        return CompanionTable(table, row_G)

    def _of_tf(self, tf: int) -> np.ndarray:
        """float32 logits of a TF's pairs with all genes, (G,)."""
        if tf not in self._logit_G:
            model = self._model(BoostedPriors if tf in self.known else PriorLogistic)
            genes = np.arange(self.dataset.num_genes)
            self._logit_G[tf] = model.learn_and_score(np.full(len(genes), tf), genes)
        return self._logit_G[tf]

    def _model(self, kind: type[BoostedPriors | PriorLogistic]) -> FitOnce:
        if kind not in self._models:
            dataset, pairs, train, seed = self._made
            self._models[kind] = kind(dataset, pairs, train, seed=seed)
        return self._models[kind]
