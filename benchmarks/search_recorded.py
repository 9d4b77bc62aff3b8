"""Recorded trials for `search.py`: a small table of two studies, and a problem made of it.

A sampler proposes points that were not recorded, so a surrogate answers: extremely randomised
trees for what a point is worth (the mean of its test scores on both draws of folds, which no
selection touched) and for its seconds, and the recorded curve whose trial shares most leaves with
the point, shifted to its worth. Folds keep their distances from the curve. Noise
is drawn with the sizes that the table shows, of the selection score and of the replicated one
about a point's worth.
`quality` says how well the trees predict trials that were left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from search_problems import Curve, axes_of, places
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from gpdht.errors import StudyError
from gpdht.files import write_whole
from gpdht.search.space import Space, load_space
from gpdht.search.study import Study, open_study
from gpdht.tracking.connection import connect

DIGITS = 5
TREES, LEAF = 200, 2
_ABSENT = -1.0  # the place of a setting that does not apply
_SEARCHED = 1000  # random points among which the best known one is looked for


def record(study_folder: Path, fresh_folder: Path, path: Path) -> pd.DataFrame:
    """The table of a study and of the same points on other folds, written whole.

    Columns: `number`, the settings, `val_EF` (the objective in each fold after each epoch),
    `test_F` and `fresh_test_F` (the objective's score of the test folds, in the study and in the
    fresh one), `fresh_val`, and `before_s, epoch_s, after_s`, of each the lesser in the two
    studies, which other work on the machine disturbed less.

    Raises
    ------
    StudyError
        If the points differ, or fewer than four of them are complete in both.
    """
    study, fresh = open_study(study_folder), open_study(fresh_folder)
    numbers = sorted(set(_complete(study)) & set(_complete(fresh)))
    different = [n for n in numbers if study.values(n) != fresh.values(n)]
    if different or len(numbers) < 4:
        raise StudyError(
            f"{study.name} and {fresh.name}: {len(numbers)} trials are complete in both, "
            f"{len(different)} of them at different points; expected at least 4, at the same ones. "
            "Run one space twice with a random sampler and another cv.seed."
        )
    table = pd.DataFrame([_row(study, fresh, number) for number in numbers])
    table.attrs = {"name": study.name, "space": study.space.content()}
    write_whole(path, lambda part: table.to_parquet(part, index=False, compression="zstd"))
    return table


def _complete(study: Study) -> list[int]:
    trials = study.trials()
    return [int(number) for number in trials.loc[trials["state"] == "complete", "number"]]


def _row(study: Study, fresh: Study, number: int) -> dict[str, Any]:
    metric = study.space.objective.metric
    test = f"test/{metric.removeprefix('val/')}"
    epochs = study.epochs(number)
    folds = study.space.config(study.values(number)).cv.folds
    return {
        "number": number,
        **study.values(number),
        "val_EF": [_epoch(epochs[epoch], metric, folds) for epoch in sorted(epochs)],
        "test_F": _folds(study.result(number).metrics, test, folds),
        "fresh_test_F": _folds(fresh.result(number).metrics, test, folds),
        "fresh_val": round(fresh.result(number).metrics[metric], DIGITS),
        **pd.DataFrame([_seconds(one, number) for one in (study, fresh)]).min().to_dict(),
    }


def _epoch(metrics: Mapping[str, float], metric: str, folds: int) -> list[float]:
    """The objective of each fold; evenly about the mean, by its sd, if a study has no more."""
    if f"{metric}_fold0" in metrics:
        return _folds(metrics, metric, folds)
    apart_F = np.arange(folds) - (folds - 1) / 2
    value_F = metrics[metric] + metrics[f"{metric}_sd"] * apart_F / apart_F.std(ddof=1)
    return [round(float(value), DIGITS) for value in value_F]


def _folds(metrics: Mapping[str, float], name: str, folds: int) -> list[float]:
    """A score of each fold."""
    return [round(float(metrics[f"{name}_fold{fold}"]), DIGITS) for fold in range(folds)]


def _seconds(study: Study, number: int) -> dict[str, float]:
    """What a trial cost, by when the tracker was told of its epochs."""
    client, tracking = connect(study.record["tracking"]["uri"]), study.record["tracking"]
    experiment = client.get_experiment_by_name(tracking["experiment"])
    parent = client.search_runs(
        [experiment.experiment_id], f"tags.study_id = '{study.record['id']}'"
    )[0]
    (run,) = client.search_runs(
        [experiment.experiment_id],
        f"tags.`mlflow.parentRunId` = '{parent.info.run_id}' and tags.`gpdht.trial` = '{number}'",
    )
    history = client.get_metric_history(run.info.run_id, f"epoch/{study.space.objective.metric}")
    told = sorted(point.timestamp / 1000 for point in history)
    whole = study.result(number).seconds
    epoch_s = (told[-1] - told[0]) / max(1, len(told) - 1)
    after_s = min(run.info.end_time / 1000 - told[-1], whole)
    before_s = max(0.0, whole - after_s - epoch_s * len(told))
    return {
        "before_s": round(before_s, 2),
        "epoch_s": round(epoch_s, 3),
        "after_s": round(after_s, 2),
    }


def read_table(path: Path) -> pd.DataFrame:
    """A recorded table, with its name and space in `attrs`."""
    return pd.read_parquet(path)


class Surrogate:
    """What a table says of any point of its space."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table, self.space = table, load_space(table.attrs["space"])
        self._axes = axes_of(self.space)
        self.points = [point_of(self.space, row) for _, row in table.iterrows()]
        at_ND = self.places(self.points)
        self._worth = _trees().fit(at_ND, worth(table))
        self._cost = _trees().fit(at_ND, np.log(table[["before_s", "epoch_s"]] + 0.01))
        self._leaf_NT = self._worth.apply(at_ND)

    def places(self, points: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Points in the unit cube, a row for each."""
        return np.nan_to_num([places(self._axes, point) for point in points], nan=_ABSENT)

    def worth(self, point: Mapping[str, Any]) -> float:
        """What a point scores without noise."""
        return float(_predicted(self._worth, self.places([point]))[0])

    def nearest(self, point: Mapping[str, Any]) -> pd.Series:
        """The recorded trial that shares most leaves with a point."""
        (leaf_T,) = _leaves(self._worth, self.places([point]))
        return self.table.iloc[int((self._leaf_NT == leaf_T).sum(axis=1).argmax())]

    def seconds(self, point: Mapping[str, Any]) -> tuple[float, float]:
        """Before training, and of an epoch."""
        before_s, epoch_s = np.exp(_predicted(self._cost, self.places([point])))
        return float(before_s), float(epoch_s)

    @cached_property
    def best(self) -> float:
        """The worth of the best of the recorded and of many random points."""
        rng = np.random.default_rng(0)
        others = [self.space.sample(rng) for _ in range(_SEARCHED)]
        return float(self._worth.predict(self.places([*self.points, *others])).max())


def _leaves(forest: ExtraTreesRegressor, at_ND: np.ndarray) -> np.ndarray:
    """`forest.apply`, which starts threads for every tree, without them."""
    at_ND = at_ND.astype(np.float32)
    return np.stack([one.tree_.apply(at_ND) for one in forest.estimators_], axis=1)


def _predicted(forest: ExtraTreesRegressor, at_1D: np.ndarray) -> np.ndarray:
    """`forest.predict` of one point, one value for each output."""
    trees = zip(forest.estimators_, _leaves(forest, at_1D)[0], strict=True)
    return np.mean([one.tree_.value[leaf, :, 0] for one, leaf in trees], axis=0)


def point_of(space: Space, row: pd.Series) -> dict[str, Any]:
    """The settings of a recorded trial, with their own types."""
    values = {param.path: row[param.path] for param in space.params if not _absent(row, param.path)}
    return {
        path: value.item() if hasattr(value, "item") else value for path, value in values.items()
    }


def _absent(row: pd.Series, path: str) -> bool:
    value = row.get(path)
    return value is None or (isinstance(value, float) and math.isnan(value))


def worth(table: pd.DataFrame) -> np.ndarray:
    """The mean of each trial's test scores over both draws of folds."""
    return (_mean(table["test_F"]) + _mean(table["fresh_test_F"])) / 2


def noise(table: pd.DataFrame) -> dict[str, float]:
    """Sizes of what is drawn for a replay, and by how much validation lies above test.

    `selection` and `fresh`: sd of the selection score and of the replicated score about a
    trial's worth; `offset`: the selection score minus the worth, in the mean.
    """
    selected = np.array([_matrix(curve).mean(axis=1).max() for curve in table["val_EF"]]) - worth(
        table
    )
    apart = _mean(table["test_F"]) - _mean(table["fresh_test_F"])
    return {
        "selection": float(np.std(selected, ddof=1)),
        "fresh": float(np.std(apart, ddof=1) / math.sqrt(2)),
        "offset": float(selected.mean()),
    }


def quality(table: pd.DataFrame) -> str:
    """How well the trees predict the worth of trials that were left out, in a sentence."""
    surrogate = Surrogate(table)
    at_ND = surrogate.places(surrogate.points)
    found = cross_val_predict(_trees(), at_ND, worth(table), cv=LeaveOneOut())
    error = worth(table) - found
    r2 = 1 - float((error**2).sum() / ((worth(table) - worth(table).mean()) ** 2).sum())
    rank = pd.Series(found).corr(pd.Series(worth(table)), method="spearman")
    size = noise(table)
    return (
        f"{len(table)} trials; left out, trees reach R² {r2:.2f}, rank correlation {rank:.2f}; "
        f"sd between trials {np.std(worth(table), ddof=1):.4f}, of the selection score about a "
        f"trial's worth {size['selection']:.4f}, of the replicated score {size['fresh']:.4f}"
    )


class Recorded:
    """A problem of recorded trials; every instance draws its noise anew.

    Parameters
    ----------
    surrogate : of the table.
    seed : of the noise.
    """

    def __init__(self, surrogate: Surrogate, seed: int) -> None:
        self.name, self.space = surrogate.table.attrs["name"], surrogate.space
        self._surrogate, self._noise = surrogate, noise(surrogate.table)
        self._rng = np.random.default_rng(seed)
        self._order_F = self._rng.permutation(len(surrogate.table["test_F"].iloc[0]))
        self.default = surrogate.worth(self.space.start_from[0])
        self.best = surrogate.best

    def trial(self, values: Mapping[str, Any]) -> Curve:
        near = self._surrogate.nearest(values)
        before_s, epoch_s = self._surrogate.seconds(values)
        value_EF = _matrix(near["val_EF"])
        mean_E = value_EF.mean(axis=1)
        aim = self.worth(values) + self._noise["offset"]
        aim += self._rng.normal(0, self._noise["selection"])
        # from the same start: what differs grows as the curve does
        grown_E = (mean_E - mean_E[0]) / max(mean_E.max() - mean_E[0], 1e-9)
        value_EF = value_EF + ((aim - mean_E.max()) * grown_E)[:, None]
        return Curve(value_EF[:, self._order_F], before_s, epoch_s, near["after_s"])

    def fresh(self, values: Mapping[str, Any]) -> float:
        return self.worth(values) + self._rng.normal(0, self._noise["fresh"])

    def worth(self, values: Mapping[str, Any]) -> float:
        return self._surrogate.worth(values)


def _matrix(rows: Any) -> np.ndarray:
    """A list of lists, as a table that was read holds it."""
    return np.stack([np.asarray(row, float) for row in rows])


def _mean(lists: pd.Series) -> np.ndarray:
    return np.array([np.mean(values) for values in lists])


def _trees() -> ExtraTreesRegressor:
    return ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=0)
