"""The final model: one configuration trained on all pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.models.catalogue import check_can_be_kept
from gpdht.models.gpdht.fitted import FittedGPDHT
from gpdht.models.gpdht.model import fold_trainer, make_fold_models
from gpdht.training.cross_validation import own_random_state, training_pairs
from gpdht.training.loop import EpochReport, train_for


def refit(
    config: Config,
    dataset: Dataset,
    *,
    epochs: int,
    seed: int,
    cache_dir: Path | None = None,
    report: EpochReport | None = None,
    labelled: np.ndarray | None = None,
) -> FittedGPDHT:
    """GP-DHT trained on all candidate pairs for a number of epochs.

    No part is held out, so there is nothing to stop on: `epochs` is the best epoch that
    cross-validation found. An epoch over all pairs takes more steps than one over a fold's.

    Parameters
    ----------
    seed : replaces ``train.seed``.
    report : called after every epoch with the loss; its answer is ignored.
    labelled : names of the genes that were looked at as targets; nothing is learned of pairs of
        others, which are not without an edge but unknown. None for all genes.

    Raises
    ------
    ConfigError
        If the config's model is not GP-DHT.

    Examples
    --------
    >>> import gpdht as gp
    >>> dataset = gp.toy(genes=40, tfs=5, cells=30)
    >>> config = gp.Config.from_flat({"encoder.dim": 8})
    >>> fitted = gp.refit(config, dataset, epochs=2, seed=0)
    >>> model = gp.Model.of([fitted], dataset, epochs=2)
    """
    check_can_be_kept(config)
    config = config.replace({"train.seed": seed})
    pairs = training_pairs(config, dataset)
    train = np.arange(len(pairs))
    if labelled is not None:
        known_P = np.isin(dataset.genes[pairs.target_P[: pairs.own]], labelled)
        train = np.concatenate([np.flatnonzero(known_P), train[pairs.own :]])
    with own_random_state():
        (model,) = make_fold_models(config, dataset, pairs, [train], cache_dir=cache_dir)
        train_for(epochs, fold_trainer([model]), report=report)
        return FittedGPDHT.from_fold(model, dataset)
