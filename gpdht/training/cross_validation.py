"""Cross-validation with folds in lockstep.

All folds train side by side, epoch by epoch, and report the mean of their validation scores, so
a pruner compares like with like from the first epoch. The best epoch is that of the best mean.
Where the caller asks for stages, the first fold trains alone before that, to be judged by itself.
Then each fold trains again for as many epochs, with its validation part too: the baselines learn
from both. Test parts are scored once, at the end, and choose nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.overlap import overlapping_tfs
from gpdht.devices import chosen_device
from gpdht.errors import ConfigError
from gpdht.metrics.low_overlap import low_overlap_metrics
from gpdht.metrics.out_of_fold import out_of_fold_metrics
from gpdht.models.catalogue import prepare_model
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.other_sets import (
    draw_others,
    leave_set_out,
    train_on_others,
    with_other_sets,
)
from gpdht.pairs.splits import Folds, make_folds
from gpdht.training.baselines import label_only_scores
from gpdht.training.loop import EpochReport, train_folds, train_for
from gpdht.training.validation import Validation


@dataclass(frozen=True, eq=False)
class CVResult:
    """What cross-validation found.

    Parameters
    ----------
    metrics : `val/…` at the best epoch (means over folds), `test/…`, `baseline/…`, `gain/…`, and
        with priors `low_overlap/…`; empty if pruned.
    scores : out-of-fold `source, target, label, fold, score, baseline`; None if pruned. `baseline`
        is of the label-only baseline with the best average precision.
    universe : which pairs all of these are about, in words.
    parameters : how many weights a fold's training on labels sets.
    baseline_models : which label-only baseline `baseline/…` is of, by metric.
    """

    metrics: dict[str, float]
    epochs: int
    best_epoch: int
    scores: pd.DataFrame | None
    pruned: bool
    universe: str
    parameters: int
    baseline_models: dict[str, str] = field(default_factory=dict)


def cross_validate(
    config: Config,
    dataset: Dataset,
    *,
    report: EpochReport | None = None,
    cache_dir: Path | None = None,
    staged: bool = False,
) -> CVResult:
    """The config's model and the label-only baselines, cross-validated on the same folds.

    Parameters
    ----------
    report : called after every epoch with means over folds; returning True stops the run.
    cache_dir : where label-free pre-training and the label-only baselines' scores are kept.
    staged : train the first fold alone before the others, to the same result; see `train_folds`.

    Raises
    ------
    ConfigError
        If the folds cannot be drawn, or their validation parts have no ``train.monitor``.

    Examples
    --------
    >>> import gpdht as gp
    >>> config = gp.Config.from_flat({"encoder.dim": 8, "train.epochs": 2, "cv.folds": 2})
    >>> result = gp.cross_validate(config, gp.toy(genes=40, tfs=5, cells=30))
    >>> result.scores["fold"].nunique()
    2
    """
    pairs, folds = draw_folds(config, dataset)
    Validation(pairs, folds).check_defined(config.train.monitor)
    with own_random_state():
        prepared = prepare_model(config, dataset, folds=len(folds), cache_dir=cache_dir)
        models = prepared.models(pairs, [fold.train for fold in folds])
        weights = models[0].num_weights
        label_only = label_only_scores(config, dataset, pairs, folds, cache_dir=cache_dir)
        best = train_folds(
            models,
            prepared.trainer,
            pairs,
            folds,
            epochs=config.train.epochs,
            patience=config.train.patience,
            monitor=config.train.monitor,
            report=report,
            baselines=label_only.validation,
            staged=staged,
            restore=not config.train.refit,
        )
        if best.pruned:
            return CVResult({}, best.epochs, best.epoch, None, True, pairs.universe, weights)
        if config.train.refit:
            both = [np.concatenate([fold.train, fold.validation]) for fold in folds]
            models = prepared.models(pairs, both)
            train_for(best.epoch, prepared.trainer(models))
        tested = [
            model.score(pairs.tf_P[f.test], pairs.target_P[f.test])
            for model, f in zip(models, folds, strict=True)
        ]
    scores = score_table(dataset, pairs, folds, tested)
    tested_metrics, baseline_models = out_of_fold_metrics(
        scores, label_only.test, genes=dataset.genes, kept=label_only.file("resampled")
    )
    if dataset.priors:
        tested_metrics |= low_overlap_metrics(
            scores,
            label_only.test,
            overlapping=overlapping_tfs(dataset),
            genes=dataset.genes,
            kept=label_only.file("low_overlap"),
        )
    scores["baseline"] = label_only.test[baseline_models["auprc"]]
    return CVResult(
        {**best.metrics, **tested_metrics},
        best.epochs,
        best.epoch,
        scores,
        pruned=False,
        universe=pairs.universe,
        parameters=weights,
        baseline_models=baseline_models,
    )


def candidate_pairs(config: Config, dataset: Dataset) -> Pairs:
    """The universe of a config's scores."""
    return make_pairs(
        dataset,
        negatives=config.pairs.negatives,
        ratio=config.pairs.ratio,
        cooccurrence=config.pairs.cooccurrence,
        seed=config.cv.seed,
    )


def draw_folds(config: Config, dataset: Dataset) -> tuple[Pairs, Folds]:
    """Candidate pairs and folds of a config; equal for all trials of a study.

    Where GP-DHT learns from other sets too, their pairs stand behind the own ones, in training
    parts alone.

    Raises
    ------
    ConfigError, DataError
        If they cannot be drawn.
    """
    pairs, cv, ratio = candidate_pairs(config, dataset), config.cv, config.train.others
    if cv.split == "set" and config.model.name != "gpdht":
        raise ConfigError(
            f"cv.split=set: {config.model.name} knows the genes of one set alone; only GP-DHT and "
            "the baselines learn from other sets."
        )
    joined = dataset.others and ratio and config.model.name == "gpdht"
    everything = with_other_sets(pairs, dataset) if joined else pairs
    if cv.split == "set":
        folds = leave_set_out(
            everything, dataset, ratio=ratio, validation=cv.validation, seed=cv.seed
        )
        return everything, folds
    folds = make_folds(
        pairs, split=cv.split, folds=cv.folds, validation=cv.validation, seed=cv.seed
    )
    if joined:
        folds = train_on_others(folds, everything, dataset, ratio=ratio, seed=cv.seed)
    return everything, folds


def training_pairs(config: Config, dataset: Dataset) -> Pairs:
    """All of a set's own pairs, and those of other sets that a final model is trained on too."""
    pairs, ratio = candidate_pairs(config, dataset), config.train.others
    if not dataset.others or not ratio:
        return pairs
    everything = with_other_sets(pairs, dataset)
    rng = np.random.default_rng([config.cv.seed, 1])
    among = np.arange(len(pairs), len(everything))
    wanted = round(ratio * len(pairs))
    at = np.concatenate(
        [
            np.arange(len(pairs)),
            draw_others(everything, dataset, among, wanted=wanted, rng=rng),
        ]
    )
    return replace(
        everything,
        tf_P=everything.tf_P[at],
        target_P=everything.target_P[at],
        label_P=everything.label_P[at],
        others=len(at) - len(pairs),
    )


def score_table(
    dataset: Dataset, pairs: Pairs, folds: Folds, tested: list[np.ndarray]
) -> pd.DataFrame:
    """The scores of each fold's tested pairs: `source, target, label, fold, score`."""
    at = np.concatenate([fold.test for fold in folds])
    return pd.DataFrame(
        {
            "source": dataset.genes[pairs.tf_P[at]].astype(object),
            "target": dataset.genes[pairs.target_P[at]].astype(object),
            "label": pairs.label_P[at],
            "fold": np.repeat(np.arange(len(folds)), [len(f.test) for f in folds]),
            "score": np.concatenate(tested),
        }
    )


@contextlib.contextmanager
def own_random_state() -> Iterator[None]:
    """Dropout draws from torch's global generators; the caller's state comes back afterwards.

    A chosen GPU is torch's current one inside. Seeding is for all GPUs that CUDA has started with,
    so all their generators come back; that takes no memory on them.
    """
    device = chosen_device()
    current = torch.cuda.device(device) if device.type == "cuda" else contextlib.nullcontext()
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with current, torch.random.fork_rng(devices=gpus):
        yield
