"""Cross-validation with folds in lockstep.

All folds train side by side, epoch by epoch, and report the mean of their validation scores, so
a pruner compares like with like from the first epoch. The best epoch is that of the best mean.
Where the caller asks for stages, the first fold trains alone before that, to be judged by itself.
Then each fold trains again for as many epochs, with its validation part too: the baselines learn
from both. Test parts are scored once, at the end, and choose nothing. Sets that stand together
(`gpdht.data.together`) go through all of this side by side.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone, errors_name
from gpdht.devices import chosen_device
from gpdht.errors import ConfigError
from gpdht.pairs.candidates import Pairs, make_pairs
from gpdht.pairs.other_sets import (
    draw_others,
    leave_set_out,
    train_on_others,
    with_other_sets,
)
from gpdht.pairs.splits import Folds, make_folds
from gpdht.training.cv_result import CVResult, joined
from gpdht.training.loop import EpochReport, train_sets
from gpdht.training.one_set import OneSet
from gpdht.training.validation import Validation


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
    staged : train the first fold alone before the others, to the same result; see `train_sets`.

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
    drawn = draw_each(config, dataset)
    with own_random_state():
        several = len(drawn) > 1
        sets = [OneSet(config, *one, cache_dir=cache_dir, among_others=several) for one in drawn]
        pruned = train_sets([one.training for one in sets], report=report, staged=staged)
        found = [one.given_up() if pruned else one.tested() for one in sets]
    return found[0] if len(found) == 1 else joined([one.dataset.name for one in sets], found)


def candidate_pairs(config: Config, dataset: Dataset) -> Pairs:
    """The universe of a config's scores."""
    return make_pairs(
        dataset,
        negatives=config.pairs.negatives,
        ratio=config.pairs.ratio,
        cooccurrence=config.pairs.cooccurrence,
        seed=config.cv.seed,
    )


def draw_each(config: Config, dataset: Dataset) -> list[tuple[Dataset, Pairs, Folds]]:
    """Each set alone with its pairs and folds.

    Raises
    ------
    ConfigError, DataError
        If they cannot be drawn, or their validation parts have no ``train.monitor``; of several
        sets naming the one.
    """
    drawn = []
    for one in each_alone(dataset):
        with errors_name(one.name if dataset.together else ""):
            pairs, folds = draw_folds(config, one)
            Validation(pairs, folds).check_defined(config.train.monitor)
        drawn.append((one, pairs, folds))
    return drawn


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
