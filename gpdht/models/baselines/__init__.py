"""What any model must beat: predictors from the labels alone and from the expression alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.pairs.candidates import Pairs

if TYPE_CHECKING:
    from gpdht.models.protocol import FoldModel

Make = Callable[[Dataset, Pairs, np.ndarray, int], "FoldModel"]


@dataclass(frozen=True)
class Baseline:
    """A baseline's name, what it sees, and how to make one for a fold.

    Parameters
    ----------
    kind : ``label`` sees no expression; ``expression`` does not know which gene is which.
    probabilities : whether the sigmoid of a score is a probability; else only the ranking counts.
    """

    name: str
    kind: Literal["label", "expression"]
    build: Make
    probabilities: bool = True

    def make(self, dataset: Dataset, pairs: Pairs, train: np.ndarray, *, seed: int) -> FoldModel:
        """One untrained model of a fold, whose training pairs are `train` (positions in `pairs`).

        Equal arguments give equal scores.
        """
        return self.build(dataset, pairs, train, seed)


def _tf_rate(dataset: Dataset, pairs: Pairs, train: np.ndarray, _: int) -> FoldModel:
    from gpdht.models.baselines.tf_rate import TFRate

    return TFRate(pairs, train, num_genes=dataset.num_genes)


def _target_rate(dataset: Dataset, pairs: Pairs, train: np.ndarray, _: int) -> FoldModel:
    from gpdht.models.baselines.target_rate import TargetRate

    return TargetRate(pairs, train, num_genes=dataset.num_genes)


def _one_hot_logistic(dataset: Dataset, pairs: Pairs, train: np.ndarray, _: int) -> FoldModel:
    from gpdht.models.baselines.one_hot_logistic import OneHotLogistic

    return OneHotLogistic(pairs, train, num_genes=dataset.num_genes)


def _factorisation(dataset: Dataset, pairs: Pairs, train: np.ndarray, seed: int) -> FoldModel:
    from gpdht.models.baselines.matrix_factorisation import MatrixFactorisation

    return MatrixFactorisation(pairs, train, num_genes=dataset.num_genes, seed=seed)


def _label_rows(dataset: Dataset, pairs: Pairs, train: np.ndarray, seed: int) -> FoldModel:
    from gpdht.models.baselines.boosted_label_rows import BoostedLabelRows

    return BoostedLabelRows(pairs, train, num_genes=dataset.num_genes, seed=seed)


def _correlation(dataset: Dataset, pairs: Pairs, train: np.ndarray, seed: int) -> FoldModel:
    from gpdht.models.baselines.correlation import Correlation

    return Correlation(dataset, pairs, train, seed=seed)


def _information(dataset: Dataset, pairs: Pairs, train: np.ndarray, seed: int) -> FoldModel:
    from gpdht.models.baselines.mutual_information import MutualInformation

    return MutualInformation(dataset, pairs, train, seed=seed)


def _importance(dataset: Dataset, pairs: Pairs, train: np.ndarray, seed: int) -> FoldModel:
    from gpdht.models.baselines.tree_importance import TreeImportance

    return TreeImportance(dataset, pairs, train, seed=seed)


def _boosted_expression(dataset: Dataset, pairs: Pairs, train: np.ndarray, seed: int) -> FoldModel:
    from gpdht.models.baselines.boosted_expression import BoostedExpression

    return BoostedExpression(dataset, pairs, train, seed=seed)


BASELINES: dict[str, Baseline] = {
    baseline.name: baseline
    for baseline in (
        Baseline("tf_rate", "label", _tf_rate),
        Baseline("target_rate", "label", _target_rate),
        Baseline("one_hot_logistic", "label", _one_hot_logistic),
        Baseline("matrix_factorisation", "label", _factorisation),
        Baseline("boosted_label_rows", "label", _label_rows),
        Baseline("correlation", "expression", _correlation, probabilities=False),
        Baseline("mutual_information", "expression", _information, probabilities=False),
        Baseline("tree_importance", "expression", _importance, probabilities=False),
        Baseline("boosted_expression", "expression", _boosted_expression),
    )
}
