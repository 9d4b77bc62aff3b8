"""The grid of a comparison: one job for each set, split, seed and model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import product
from typing import Any, get_args

from gpdht.comparison.names import KINDS, PEERS, RANDOM_EMBEDDING, Kind, split_list
from gpdht.comparison.published import PUBLISHED
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError, DataError
from gpdht.models.baselines import BASELINES
from gpdht.pairs.splits import Split
from gpdht.training.cross_validation import draw_folds

FORMAT = 1  # of a job's files; raise when what a job computes changes
SPLITS: tuple[str, ...] = get_args(Split)
BY_GRID = {
    "cv.split": "--splits",
    "cv.seed": "--seeds",
    "train.seed": "--seeds",
    "model.name": "--models",
}
_SHARED = ("pairs.", "cv.")  # the same for all models; a baseline depends on nothing else
_CHANGES: dict[str, dict[str, Any]] = {
    RANDOM_EMBEDDING: {"encoder.training": "random"},
    "gpdht_cumulative": {"graph.encoding": "cumulative"},
}
_PUBLISHED: dict[str, dict[str, Any]] = {
    **{name: PUBLISHED[name] for name in PEERS},
    "gpdht_published": PUBLISHED["gpdht"],
    "gpdht_published_cumulative": PUBLISHED["gpdht"] | {"graph.encoding": "cumulative"},
}


@dataclass(frozen=True)
class Job:
    """One cell of the grid: a model on the folds of one split, drawn from one seed.

    Parameters
    ----------
    set : the dataset's name in this comparison.
    fingerprint : of the dataset.
    config : all settings, with the job's split and seeds.
    """

    set: str
    split: str
    seed: int
    model: str
    fingerprint: str
    config: Config

    @property
    def kind(self) -> Kind:
        return KINDS[self.model]

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings that the job depends on, by path: of a baseline, only pairs and folds."""
        values = self.config.flat()
        return _shared(values) if self.model in BASELINES else values

    @cached_property
    def config_hash(self) -> str:
        """sha256 of `settings`, 16 hex digits; GP-DHT's is `Config.hash`."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()[:16]

    @cached_property
    def address(self) -> str:
        """Content address of the job's result: everything that it depends on."""
        content = [
            FORMAT,
            version("gpdht"),
            self.fingerprint,
            self.config_hash,
            self.split,
            self.seed,
            self.model,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]

    def __str__(self) -> str:
        return f"{self.set} {self.split} seed {self.seed} {self.model}"


def make_jobs(
    datasets: Mapping[str, Dataset],
    *,
    models: Sequence[str],
    splits: Sequence[str],
    seeds: Sequence[int],
    config: Config,
) -> list[Job]:
    """All jobs, in the order of the tables: set, split, seed, model."""
    return [
        Job(
            name,
            split,
            seed,
            model,
            datasets[name].fingerprint,
            _job_config(config, split=split, seed=seed, model=model),
        )
        for name, split, seed, model in product(datasets, splits, seeds, models)
    ]


def _job_config(config: Config, *, split: str, seed: int, model: str) -> Config:
    cell = {"cv.split": split, "cv.seed": seed, "train.seed": seed}
    if model in _PUBLISHED:
        return Config.from_flat(_PUBLISHED[model] | _shared(config.flat()) | cell)
    return config.replace(_CHANGES.get(model, {}) | cell)


def _shared(values: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in values.items() if path.startswith(_SHARED)}


def longest_first(jobs: Sequence[Job], datasets: Mapping[str, Dataset]) -> list[Job]:
    """Jobs in the order to start them, so that none that takes long is left for the end.

    What is trained takes longer than any baseline; among the like, larger sets take longer. Jobs
    of one model on one set follow each other: what it makes of the expression alone, a worker
    makes once.
    """
    pairs = {name: len(data.known_tfs) * data.num_genes for name, data in datasets.items()}
    quick = {"expression": 1, "label": 2}
    place = {model: i for i, model in enumerate(KINDS)}
    return sorted(
        jobs, key=lambda job: (quick.get(job.kind, 0), -pairs[job.set], job.set, place[job.model])
    )


def choose_splits(splits: str | Sequence[str]) -> tuple[str, ...]:
    """The splits that are named, each once, in the order given.

    Raises
    ------
    ConfigError
        For an empty choice or an unknown split.
    """
    asked = dict.fromkeys(split_list(splits))
    unknown = [name for name in asked if name not in SPLITS]
    if unknown or not asked:
        found = f"unknown split {', '.join(unknown)}" if unknown else "no split is named"
        raise ConfigError(f"{found}; use {', '.join(SPLITS)}.")
    return tuple(asked)


def choose_seeds(seeds: str | Sequence[int]) -> tuple[int, ...]:
    """The seeds, each once, in the order given.

    Raises
    ------
    ConfigError
        For an empty choice, or what is no whole number from 0.
    """
    asked = split_list(seeds) if isinstance(seeds, str) else [str(seed) for seed in seeds]
    bad = [text for text in asked if not (text.isascii() and text.isdecimal())]
    if bad or not asked:
        found = f"{', '.join(bad)} cannot be a seed" if bad else "no seed is named"
        raise ConfigError(f"{found}; write whole numbers from 0, e.g. 0,1,2.")
    return tuple(dict.fromkeys(map(int, asked)))


def check_config(config: Config) -> None:
    """Refuse settings that the grid sets itself.

    Raises
    ------
    ConfigError
        Naming the option that sets them.
    """
    defaults, values = Config().flat(), config.flat()
    check_settings({path for path in values if values[path] != defaults[path]})


def check_settings(paths: set[str]) -> None:
    """Refuse paths that the grid sets itself; see `check_config`."""
    for path, option in BY_GRID.items():
        if path in paths:
            raise ConfigError(f"{path} is a part of the comparison's grid; use {option}.")


def check_folds(jobs: Sequence[Job], datasets: Mapping[str, Dataset]) -> None:
    """Draw every job's folds once, so that a split that cannot be made is known at the start.

    Raises
    ------
    ConfigError, DataError
        Naming the set.
    """
    wanted = {(job.set, job.split, job.seed): job for job in jobs}
    for (name, _, _), job in wanted.items():
        try:
            draw_folds(job.config, datasets[name])
        except (ConfigError, DataError) as error:
            raise type(error)(f"{name}: {error}") from error
