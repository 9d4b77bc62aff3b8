"""How far other data lie from those that a model was trained on, and when that is too far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gpdht.data.dataset import Dataset
from gpdht.data.problems import Problem
from gpdht.errors import ModelError
from gpdht.graph.sample import sample_cells
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.tokens import STATISTICS

FEW_GENES, TOO_FEW_GENES = 0.5, 0.1
"""Shares of the genes of training that the data have, below which one is warned or refused."""

SHIFTED, TOO_SHIFTED = 0.5, 3.0
"""Shifts of a statistic, in sd's over the genes of training, above which one is warned or refused.

In BEELINE's five cell types: two halves of one set's cells differ by at most .13, two human cell
types by .7; half of the non-zeros lost shifts by 1.4 to 2.3, log2 in place of ln by .8 to 3.8, and
values that are no logarithms by 100 and more.
"""

RETRAIN = "gpdht predict --retrain, or Model.retrained_on"


@dataclass(frozen=True)
class Distance:
    """What a model knows of other data.

    Parameters
    ----------
    name, trained_on : of the data, and of those of training.
    genes, shared, of_training : how many genes the data have, how many of these training had, and
        how many training had in all.
    tfs, known_tfs : the TFs of the data, and those of them that had a known edge in training.
    shift : of each statistic's mean over genes, in sd's over the genes of training.
    """

    name: str
    trained_on: str
    genes: int
    shared: int
    of_training: int
    tfs: int
    known_tfs: int
    shift: Mapping[str, float]

    @classmethod
    def of(cls, one: FittedGPDHT, known_tfs: np.ndarray, dataset: Dataset, name: str) -> Distance:
        """From the data that a model with features was trained on, called `name`.

        Parameters
        ----------
        known_tfs : with a known edge in training.
        """
        assert one.transfer is not None
        sample = sample_cells(dataset, one.config.graph.max_cells)
        shift_X = one.transfer.standardised(sample).double().mean(dim=0).tolist()
        return cls(
            name=dataset.name,
            trained_on=name,
            genes=dataset.num_genes,
            shared=int(np.isin(dataset.genes, one.genes).sum()),
            of_training=len(one.genes),
            tfs=len(dataset.tfs),
            known_tfs=int(np.isin(dataset.tfs, known_tfs).sum()),
            shift=dict(zip(STATISTICS, shift_X, strict=True)),
        )

    @property
    def largest_shift(self) -> tuple[str, float]:
        """The statistic that is shifted most, and by how much."""
        return max(self.shift.items(), key=lambda item: abs(item[1]))

    def __str__(self) -> str:
        statistic, shift = self.largest_shift
        return (
            f"{self.shared} of the {self.of_training} genes of training are there, "
            f"{self.genes - self.shared} of {self.genes} genes are new; {self.known_tfs} of "
            f"{self.tfs} TFs had known edges in training; statistics of expression are shifted by "
            f"at most {abs(shift):.2f} sd ({_words(statistic)})."
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What casts doubt on the scores."""
        found = []
        statistic, shift = self.largest_shift
        if self.shared < FEW_GENES * self.of_training:
            found.append(
                f"only {self.shared} of the {self.of_training} genes of training "
                f'({self.shared / self.of_training:.0%}) are genes of "{self.name}"'
            )
        if abs(shift) > SHIFTED:
            found.append(
                f'the {_words(statistic)} of the genes of "{self.name}" is {shift:+.2f} sd from '
                f'that of "{self.trained_on}"'
            )
        if self.known_tfs < self.tfs:
            found.append(
                f"{self.tfs - self.known_tfs} of {self.tfs} TFs had no known edge in training, so "
                "their scores say what some TF does to a target"
            )
        remedy = f"Hold the network against one that was trained on these cells ({RETRAIN})."
        return tuple(Problem("warning", one, remedy) for one in found)

    def check(self) -> None:
        """Refuse data of which nothing can be said.

        Raises
        ------
        ModelError
            If nearly none of the genes of training are there, or the values are on another scale.
        """
        statistic, shift = self.largest_shift
        if self.shared < TOO_FEW_GENES * self.of_training:
            raise ModelError(
                f'{self.shared} of the {self.of_training} genes of "{self.trained_on}", on which '
                f'the model was trained, are genes of "{self.name}"; expected at least '
                f"{TOO_FEW_GENES:.0%}. Check species and symbols (--symbols upper), or train the "
                f"model's configuration again on these cells ({RETRAIN})."
            )
        if not abs(shift) <= TOO_SHIFTED:
            raise ModelError(
                f'the {_words(statistic)} of the genes of "{self.name}" is {shift:+.1f} sd from '
                f'that of "{self.trained_on}", on which the model was trained; expected at most '
                f"{TOO_SHIFTED:g}. The values are on another scale: normalise them as those of "
                "training were (--normalize log1p for counts), or train the model's configuration "
                f"again on these cells ({RETRAIN})."
            )


def _words(statistic: str) -> str:
    return {
        "mean": "mean expression",
        "detection": "detection rate",
        "sd": "sd of expression",
        "mean_expressed": "mean where expressed",
        "sd_expressed": "sd where expressed",
    }[statistic]
