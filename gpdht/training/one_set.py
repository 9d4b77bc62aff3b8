"""One set of a cross-validation: its folds' models, trained, and scored on the test parts once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.overlap import overlapping_tfs
from gpdht.data.together import errors_name
from gpdht.metrics.low_overlap import low_overlap_metrics
from gpdht.metrics.out_of_fold import out_of_fold_metrics
from gpdht.models.catalogue import prepare_model
from gpdht.pairs.candidates import Pairs
from gpdht.pairs.splits import Folds
from gpdht.training.baselines import label_only_scores
from gpdht.training.cv_result import CVResult
from gpdht.training.loop import FoldsOfSet, train_for


class OneSet:
    """A set with its folds' models, ready to be trained.

    Parameters
    ----------
    pairs, folds : those that the config draws of it.
    cache_dir : where label-free pre-training and the label-only baselines' scores are kept.
    among_others : whether it is one of several sets, so that errors of its training name it.
    """

    def __init__(
        self,
        config: Config,
        dataset: Dataset,
        pairs: Pairs,
        folds: Folds,
        *,
        cache_dir: Path | None,
        among_others: bool,
    ) -> None:
        self.config, self.dataset, self.pairs, self.folds = config, dataset, pairs, folds
        self._prepared = prepare_model(config, dataset, folds=len(folds), cache_dir=cache_dir)
        models = self._prepared.models(pairs, [fold.train for fold in folds])
        self._weights = models[0].num_weights
        self._label_only = label_only_scores(config, dataset, pairs, folds, cache_dir=cache_dir)
        self.training = FoldsOfSet(
            models,
            self._prepared.trainer,
            pairs,
            folds,
            epochs=config.train.epochs,
            patience=config.train.patience,
            monitor=config.train.monitor,
            baselines=self._label_only.validation,
            restore=not config.train.refit,
            name=dataset.name if among_others else "",
        )

    def given_up(self) -> CVResult:
        """The result of a set whose training was pruned."""
        best, universe = self.training.best, self.pairs.universe
        return CVResult({}, best.epochs, best.epoch, None, True, universe, self._weights)

    def tested(self) -> CVResult:
        """The result of the trained set; with ``train.refit`` the folds train again before."""
        best, baselines = self.training.best, self._label_only
        tested_F = self._score_test_parts(best.epoch)
        scores = score_table(self.dataset, self.pairs, self.folds, tested_F)
        tested, models = out_of_fold_metrics(
            scores, baselines.test, genes=self.dataset.genes, kept=baselines.file("resampled")
        )
        if self.dataset.priors:
            tested |= low_overlap_metrics(
                scores,
                baselines.test,
                overlapping=overlapping_tfs(self.dataset),
                genes=self.dataset.genes,
                kept=baselines.file("low_overlap"),
            )
        scores["baseline"] = baselines.test[models["auprc"]]
        return CVResult(
            {**best.metrics, **tested},
            best.epochs,
            best.epoch,
            scores,
            pruned=False,
            universe=self.pairs.universe,
            parameters=self._weights,
            baseline_models=models,
        )

    def _score_test_parts(self, epochs: int) -> list[np.ndarray]:
        pairs, folds = self.pairs, self.folds
        if self.config.train.refit:
            self.training.release()
            both = [np.concatenate([fold.train, fold.validation]) for fold in folds]
            models = self._prepared.models(pairs, both)
            with errors_name(self.training.name):
                train_for(epochs, self._prepared.trainer(models))
        else:
            models = self.training.restored()
        return [
            model.score(pairs.tf_P[fold.test], pairs.target_P[fold.test])
            for model, fold in zip(models, folds, strict=True)
        ]


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
