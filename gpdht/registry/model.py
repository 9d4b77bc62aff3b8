"""A model as it is kept and used: replicates of one configuration, and what they know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.others import OTHER_SETS
from gpdht.data.priors import Prior
from gpdht.errors import ModelError
from gpdht.metrics.calibration import Platt
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.registry.distance import Distance
from gpdht.training.refit import refit

Progress = Callable[[str, int, int], None]
"""`progress(what, epoch, epochs)`: a piece of work, its epoch, and how many there are at most."""


@dataclass(frozen=True, eq=False)
class Model:
    """Replicates of one configuration, trained on all pairs with different seeds.

    Parameters
    ----------
    replicates : at least one; all have the same genes and cells.
    net : the known edges of training, `source, target`.
    tfs : the genes that may regulate.
    data : `name`, `fingerprint`, `expression` (`Dataset.matrix_fingerprint`), and `priors` and
        `others`, the fingerprint of each prior and other set by its name.
    epochs : of training.
    card : what is known about the model's scores; plain data.
    """

    replicates: tuple[FittedGPDHT, ...]
    net: pd.DataFrame
    tfs: np.ndarray
    data: Mapping[str, Any]
    epochs: int
    card: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        replicates: Sequence[FittedGPDHT],
        dataset: Dataset,
        *,
        epochs: int,
        card: Mapping[str, Any] | None = None,
    ) -> Model:
        """The model that replicates trained on a dataset make."""
        return cls(
            replicates=tuple(replicates),
            net=dataset.net[["source", "target"]].reset_index(drop=True),
            tfs=np.array(dataset.tfs, dtype=str),
            data={
                "name": dataset.name,
                "fingerprint": dataset.fingerprint,
                "expression": dataset.matrix_fingerprint,
                "priors": {prior.name: prior.fingerprint for prior in dataset.priors},
                "others": {other.name: other.fingerprint for other in dataset.others},
            },
            epochs=epochs,
            card=dict(card or {}),
        )

    @property
    def config(self) -> Config:
        """The configuration; each replicate's has its own ``train.seed``."""
        return self.replicates[0].config

    @property
    def genes(self) -> np.ndarray:
        """Names of the genes that it can score."""
        return self.replicates[0].genes

    @property
    def cells(self) -> np.ndarray:
        """Names of the cells that it was trained on."""
        return self.replicates[0].cells

    @property
    def calibration(self) -> Platt | None:
        """How often its weights are right; None if its card does not say, or is of other cells."""
        found = self.card.get("calibration")
        return Platt(**found) if found else None

    def score(self, dataset: Dataset, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """float32 mean over replicates of the probability of an edge, (P,).

        Parameters
        ----------
        dataset : with the expression matrix of training, or any that `on` takes; its edge list may
            differ.
        tf_P, target_P : positions in ``dataset.genes``.

        Raises
        ------
        ModelError
            As `on` does.
        """
        return self.on(dataset).score_positions(tf_P, target_P)

    def score_positions(self, tf_P: np.ndarray, target_P: np.ndarray) -> np.ndarray:
        """As `score`, for positions in the model's own `genes`."""
        total_P = np.zeros(len(tf_P))
        for replicate in self.replicates:
            total_P += replicate.score(tf_P, target_P)
        return (total_P / len(self.replicates)).astype(np.float32)

    def is_of(self, dataset: Dataset) -> bool:
        """Whether it was trained on this expression matrix."""
        return bool(dataset.matrix_fingerprint == self.data["expression"])

    def check_fits(self, dataset: Dataset) -> None:
        """Refuse another expression matrix than one that the model can read.

        With one-hot nodes that is the one of training: a gene's embedding is that gene in those
        cells. With features it is any that is not too far from it; see `distance_to`.

        Raises
        ------
        ModelError
            Saying how the two differ.
        """
        if self.is_of(dataset):
            return
        if self.replicates[0].transfer is not None:
            self.distance_to(dataset).check()
            return
        found = f"{dataset.num_genes} genes × {dataset.num_cells} cells"
        known = np.isin(dataset.genes, self.genes)
        shared = f"{int(known.sum())} of its genes are the model's"
        if not known.all():
            shared += f' ("{dataset.genes[~known][0]}" is not)'
        raise ModelError(
            f'the model was trained on "{self.data["name"]}" ({len(self.genes)} genes × '
            f'{len(self.cells)} cells); "{dataset.name}" has {found}, other values or names, and '
            f"{shared}. This GP-DHT learned an embedding for each gene in the cells it was trained "
            "on; give that expression matrix (the edge list may differ), train the model's "
            "configuration again on this one (`gpdht predict --retrain`, `Model.retrained_on`), or "
            "train one that can be carried to other data (`--set encoder.features=loadings`)."
        )

    def distance_to(self, dataset: Dataset) -> Distance:
        """How far other data lie from those of training.

        Raises
        ------
        ModelError
            If the model has one-hot nodes, to which no other data are near.
        """
        if self.replicates[0].transfer is None:
            self.check_fits(dataset)
            raise ModelError("a model with one-hot nodes knows its own data alone.")
        tfs = self.net["source"].unique().astype(str)
        return Distance.of(self.replicates[0], tfs, dataset, self.data["name"])

    def on(self, dataset: Dataset) -> Model:
        """The model for the genes and cells of a dataset, without training.

        On the matrix of training it is the model itself. With ``encoder.features`` it is carried to
        others: cells are read by what the features of training say of them, and what labels said of
        a gene goes with its name. How often its weights are right is not known there.

        Raises
        ------
        ModelError
            If the model cannot read these data (`check_fits`), or a prior or other set of training
            is missing.
        """
        if self.is_of(dataset):
            return self
        self.check_fits(dataset)
        self._check_knowledge(dataset)
        given = {prior.name: prior for prior in dataset.priors}
        self._check_coordinates(given)
        others = {other.name: other for other in dataset.others}
        net = self.net[self.net.isin(set(dataset.genes.tolist())).all(axis=1)]
        there = replace(
            dataset,
            net=net.reset_index(drop=True),
            tfs=np.union1d(dataset.tfs, net["source"].to_numpy(dtype=str)),
            priors=tuple(given[name] for name in self.data.get("priors", ()) if name in given),
            others=tuple(others[name] for name in self.data.get("others", ())),
        )
        replicates = [one.on(there) for one in self.replicates]
        return Model.of(replicates, there, epochs=self.epochs, card=self._uncalibrated())

    def retrained_on(self, dataset: Dataset, *, progress: Progress | None = None) -> Model:
        """The model's configuration trained on another matrix, with the model's known edges.

        Only edges between genes of `dataset` are used, and none of its own; genes that are new are
        taken for unknown, not for genes without an edge. On the matrix of training it is the model
        itself.

        Raises
        ------
        ModelError
            If none of the model's edges is between genes of `dataset`, or a prior or other set
            is missing.
        """
        if self.is_of(dataset):
            return self
        self._check_knowledge(dataset)
        there = self.net.isin(set(dataset.genes.tolist())).all(axis=1)
        if not there.any():
            raise ModelError(
                f"0 of the model's {len(self.net)} known edges are between genes of "
                f'"{dataset.name}" (e.g. "{self.net["source"].iloc[0]}"; the matrix has '
                f'"{dataset.genes[0]}"). Check species and symbols (--symbols upper).'
            )
        net = self.net[there].reset_index(drop=True)
        known = replace(dataset, net=net, tfs=np.unique(net["source"].to_numpy(dtype=str)))
        replicates = []
        for number, old in enumerate(self.replicates, start=1):
            what = f"training {number} of {len(self.replicates)}"

            def report(epoch: int, _: dict[str, float], what: str = what) -> None:
                if progress is not None:
                    progress(what, epoch, self.epochs)

            seed = old.config.train.seed
            replicates.append(
                refit(
                    old.config,
                    known,
                    epochs=self.epochs,
                    seed=seed,
                    report=report,
                    labelled=self.genes,
                )
            )
        return Model.of(replicates, known, epochs=self.epochs, card=self._uncalibrated())

    def _uncalibrated(self) -> dict[str, Any]:
        """The card without what is known of the cells of training alone."""
        return {name: said for name, said in self.card.items() if name != "calibration"}

    def _check_coordinates(self, given: Mapping[str, Prior]) -> None:
        """Refuse a spectral embedding of another network: its coordinates mean something else."""
        known = self.data.get("priors", {}) if self.config.prior.embedding else {}
        changed = [name for name in known if given[name].fingerprint != known[name]]
        if changed:
            raise ModelError(
                f"prior.embedding={self.config.prior.embedding}: the coordinates are those of the "
                f"network {changed[0]} among the genes of training, and its edges that reach these "
                "genes are others. Train the model's configuration again on these data "
                "(gpdht predict --retrain, or Model.retrained_on), or train with "
                "prior.embedding=0."
            )

    def _check_knowledge(self, dataset: Dataset) -> None:
        for what, option, given in (
            ("priors", "--prior", dataset.priors),
            ("others", "--with", dataset.others),
        ):
            missing = set(self.data.get(what, ())) - {one.name for one in given} - {OTHER_SETS}
            if missing:
                named = "priors" if what == "priors" else "other sets"
                raise ModelError(
                    f"the model was trained with the {named} {', '.join(sorted(missing))}, which "
                    f'"{dataset.name}" comes without. Give them ({option}), under these names.'
                )
