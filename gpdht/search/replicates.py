"""Trials cross-validated again, on folds and with seeds that their search has not seen.

What comes out is kept in the study's folder, so that a search, a registration and a page all speak
of the same replicates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone
from gpdht.files import write_table, write_text
from gpdht.metrics.bootstrap import draw_resamples
from gpdht.metrics.names import score_of
from gpdht.metrics.out_of_fold import scored_pairs
from gpdht.metrics.over_sets import scores_by_set
from gpdht.search.study import Study
from gpdht.trial import TrialResult

REPLICATES = 3
FIRST_SEED = 1000
"""Fresh seeds are the study's plus 1000, 1001, …: the same for all models of one protocol."""


@dataclass(frozen=True, eq=False)
class Replicate:
    """A complete trial on fresh folds.

    Parameters
    ----------
    result : without the out-of-fold scores, which are in a file beside it.
    drawn_B : the objective's score on draws of the dataset's genes, the same for all replicates;
        the mean over several sets.
    """

    number: int
    seed: int
    result: TrialResult
    drawn_B: np.ndarray


def fresh_seeds(config: Config, replicates: int) -> tuple[int, ...]:
    """The seeds of a protocol's replicates: of folds, sampled negatives, weights and batches."""
    return tuple(config.cv.seed + FIRST_SEED + r for r in range(replicates))


def with_seed(config: Config, seed: int) -> Config:
    """The same configuration on the folds, and with the weights, of a seed."""
    return config.replace({"cv.seed": seed, "train.seed": seed})


def missing_replicates(
    study: Study, numbers: Iterable[int], replicates: int
) -> list[tuple[int, int]]:
    """The trials and fresh seeds that have not been run yet."""
    return [
        (number, seed)
        for number in dict.fromkeys(numbers)
        for seed in fresh_seeds(study.config(number), replicates)
        if not _path(study, number, seed, "json").exists()
    ]


def keep_replicate(
    study: Study, dataset: Dataset, number: int, seed: int, result: TrialResult
) -> None:
    """Keep a complete trial's account and scores, and what it scores on draws of the genes."""
    _path(study, number, seed, "json").parent.mkdir(exist_ok=True)
    drawn: list[float | None] = []
    if result.scores is not None:
        write_table(_path(study, number, seed, "parquet"), result.scores)
        drawn = _draw(result.scores, score_of(study.space.objective.metric), dataset)
    content = {"account": result.account(), "drawn": drawn}
    write_text(_path(study, number, seed, "json"), json.dumps(content))


def read_replicates(study: Study, number: int) -> Mapping[int, Replicate]:
    """The replicates of a trial that are kept, by seed."""
    found = {}
    for path in sorted((study.folder / "replicates").glob(f"{_stem(number)}-seed-*.json")):
        seed, content = int(path.stem.rpartition("-")[2]), json.loads(path.read_text("utf-8"))
        result = TrialResult.from_account(content["account"])
        drawn_B = np.array([np.nan if v is None else v for v in content["drawn"]])
        found[seed] = Replicate(number, seed, result, drawn_B)
    return found


def replicate_scores(study: Study, number: int, seeds: Iterable[int]) -> pd.DataFrame | None:
    """The out-of-fold scores of a trial's replicates, one below the other; None without any."""
    paths = [_path(study, number, seed, "parquet") for seed in seeds]
    kept = [pd.read_parquet(path) for path in paths if path.is_file()]
    return pd.concat(kept, ignore_index=True) if kept else None


def _draw(scores: pd.DataFrame, metric: str, dataset: Dataset) -> list[float | None]:
    of_sets = []
    parts = zip(scores_by_set(scores).values(), each_alone(dataset), strict=True)
    for seed, (part, one) in enumerate(parts):
        resamples = draw_resamples(part["target"].to_numpy(), among=one.genes, seed=seed)
        of_sets.append(scored_pairs(part).on_draws(resamples.unit_P, resamples.counts())[metric])
    drawn_B = np.mean(of_sets, axis=0)
    return [value if np.isfinite(value) else None for value in drawn_B.tolist()]


def _path(study: Study, number: int, seed: int, ending: str) -> Path:
    return study.folder / "replicates" / f"{_stem(number)}-seed-{seed}.{ending}"


def _stem(number: int) -> str:
    return f"trial-{number:05d}"
