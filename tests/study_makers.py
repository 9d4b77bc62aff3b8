"""Studies with every sort of ending, told to the queue without Ray or a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import create_trial
from small_inputs import SPACE, small_set

from gpdht.data.dataset import Dataset
from gpdht.execution.progress import Progress
from gpdht.metrics.out_of_fold import out_of_fold_metrics
from gpdht.search.resume import prepare_study
from gpdht.search.space import Space, load_space
from gpdht.search.study import Study, open_study
from gpdht.search.trial_queue import TrialQueue
from gpdht.tracking import MemoryStudyTracker
from gpdht.training.cross_validation import draw_folds
from gpdht.trial import TrialResult


class StudyMaker:
    """Makes a study in a folder, trial by trial."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "s",
        dataset: Dataset | None = None,
        resamples: int = 20,
        **changes,
    ) -> None:
        self.dataset, self.resamples = dataset or small_set("small", cells=10), resamples
        self.space: Space = load_space({**SPACE, **changes})
        self.study: Study = prepare_study(
            self.dataset,
            self.space,
            name=name,
            studies=folder,
            extra={"source": {}, "tracking": {}},
        )
        self.queue = TrialQueue(
            self.study,
            tracker=MemoryStudyTracker(),
            progress=Progress(6, self.space.objective.metric, shown=False),
        )

    def complete(
        self,
        selection: float,
        *,
        signal: float = 1.0,
        baseline: float = 0.5,
        seconds: float = 2.0,
        peak_memory_mb: float = 100.0,
    ) -> int:
        """A complete trial, whose scores are the labels, `signal` strong, in noise; its number.

        Labels alone know the labels `baseline` strong.
        """
        number = self._begin(selection)
        scores = self.scores_of(number, signal, baseline)
        metrics, models = out_of_fold_metrics(
            scores.drop(columns="baseline"),
            {"tf_rate": scores["baseline"].to_numpy()},
            resamples=self.resamples,
        )
        scores.to_parquet(self.study.scores_path(number))
        metric = self.space.objective.metric
        result = TrialResult(
            "complete",
            {metric: selection, f"{metric}_sd": 0.01, **metrics},
            epochs=3,
            best_epoch=2,
            seconds=seconds,
            peak_memory_mb=peak_memory_mb,
            baseline_models=models,
        )
        self.queue.close(number, result)
        return number

    def add(self, values: Sequence[float]) -> None:
        """Complete trials at random points, without test scores; quick, past the queue."""
        distributions = {
            "encoder.tau": FloatDistribution(0.05, 2.0, log=True),
            "graph.levels": IntDistribution(5, 25),
        }
        trials = []
        for number, value in enumerate(values):
            rng = np.random.default_rng(number)
            params = {"encoder.tau": float(np.exp(value)), "graph.levels": int(rng.integers(5, 26))}
            metrics = {self.space.objective.metric: float(value)}
            attributes = {"state": "complete", "metrics": metrics, "seconds": 1.0}
            if number % 2:  # a setting that only some trials have
                params["train.momentum"] = 0.5
            trials.append(
                create_trial(
                    value=float(value),
                    params=params,
                    distributions=distributions
                    | ({"train.momentum": FloatDistribution(0.0, 0.99)} if number % 2 else {}),
                    user_attrs=attributes,
                    intermediate_values={1: float(value) / 2, 2: float(value)},
                )
            )
        self.study.optuna.add_trials(trials)

    def end(self, state: str, error: str | None = None) -> int:
        """A trial that ends otherwise."""
        number = self._begin(0.1)
        self.queue.close(number, TrialResult(state, error=error, seconds=1.0))
        return number

    def run(self) -> int:
        """A trial that has not ended."""
        return self._begin(0.2)

    def done(self) -> Study:
        """The study, opened anew."""
        return open_study(self.study.folder)

    def _begin(self, value: float) -> int:
        asked = self.queue.ask()
        assert asked is not None
        for epoch in (1, 2):
            metric = self.space.objective.metric
            self.queue.observe(asked[0], epoch, {metric: value * epoch / 3})
        return asked[0]

    def scores_of(
        self, number: int, signal: float, baseline: float, *, seed: int = 0
    ) -> pd.DataFrame:
        """Out-of-fold scores of a trial, on the folds and with the noise of a seed."""
        config = self.study.config(number).replace({"cv.seed": seed})
        pairs, folds = draw_folds(config, self.dataset)
        at = np.concatenate([fold.test for fold in folds])
        label, rng = pairs.label_P[at], np.random.default_rng(seed)
        return pd.DataFrame(
            {
                "source": self.dataset.genes[pairs.tf_P[at]].astype(object),
                "target": self.dataset.genes[pairs.target_P[at]].astype(object),
                "label": label,
                "fold": np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds]),
                "score": signal * label + rng.normal(size=len(at)),
                "baseline": baseline * label + rng.normal(size=len(at)),
            }
        )
