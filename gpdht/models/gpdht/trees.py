"""Boosted trees that score along: what simple statistics and priors say of TFs with labels.

The network and the trees err differently, and the mean of their logits is better than either. Of a
TF without training pairs the trees say nothing: with tens of TFs they take one for another.

Shape letters: T TFs with training pairs · G genes · P pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.models.baselines.boosted_priors import BoostedPriors
from gpdht.pairs.candidates import Pairs


@dataclass(frozen=True, eq=False)
class TreeTable:
    """The trees' logits of all pairs of the TFs that they know, and each gene's row among these.

    Parameters
    ----------
    logit_TG : float32.
    row_G : −1 for a gene that is no TF with training pairs.
    """

    logit_TG: np.ndarray
    row_G: np.ndarray

    @classmethod
    def fit(cls, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> TreeTable:
        """Trees on the training pairs of a fold; the same ones are fitted once for a dataset."""
        key = "trees", hash(train.tobytes()), hash(pairs.label_P.tobytes()), seed

        def make() -> TreeTable:
            model = BoostedPriors(dataset, pairs, train, seed=seed)
            for _ in model.steps(1):
                pass
            tfs = np.unique(pairs.tf_P[train])
            tfs = tfs[tfs < dataset.num_genes]
            genes = np.arange(dataset.num_genes)
            logits = [model.score(np.full(len(genes), tf), genes) for tf in tfs]
            row_G = np.full(dataset.num_genes, -1)
            row_G[tfs] = np.arange(len(tfs))
            table = np.array(logits, np.float32).reshape(len(tfs), len(genes))
            return cls(table, row_G)

        table: TreeTable = once(dataset, key, make)
        return table

    @classmethod
    def from_tensors(cls, tensors: dict[str, torch.Tensor]) -> TreeTable | None:
        """Back from `tensors`; None where there are none."""
        if "trees.logit_TG" not in tensors:
            return None
        return cls(tensors["trees.logit_TG"].numpy(), tensors["trees.row_G"].numpy())

    def tensors(self) -> dict[str, torch.Tensor]:
        """For safetensors."""
        return {
            "trees.logit_TG": torch.from_numpy(self.logit_TG),
            "trees.row_G": torch.from_numpy(self.row_G),
        }

    def beside(self, logit_P: np.ndarray, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """Mean of the network's and the trees' logits, the network's alone for other TFs."""
        own_P = (tf_P < len(self.row_G)) & (target_P < len(self.row_G))
        row_P = np.where(own_P, self.row_G[np.where(own_P, tf_P, 0)], -1)
        tree_P = self.logit_TG[row_P, np.where(own_P, target_P, 0)] if len(self.logit_TG) else 0
        return np.where(row_P >= 0, (logit_P + tree_P) / 2, logit_P).astype(np.float32)


def trees_of(config: Config, dataset: Dataset, pairs: Pairs, train: np.ndarray) -> TreeTable | None:
    """The trees that a config asks for."""
    if not config.model.trees:
        return None
    return TreeTable.fit(dataset, pairs, train, seed=config.train.seed)
