"""The grid of a comparison: one job for each set, split, seed and model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any

from gpdht import __version__
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.models.catalogue import BASELINES, MODELS, names_of
from gpdht.presentation import Kind
from gpdht.published import published_settings
from gpdht.unread import settings_hash

FORMAT = 2  # of a job's files; raise when what a job computes changes
_SHARED = ("pairs.", "cv.")  # the same for all models; a baseline depends on nothing else
_CHANGES: dict[str, dict[str, Any]] = {
    "gpdht_random_embedding": {"encoder.training": "random"},
    "gpdht_cumulative": {"graph.encoding": "cumulative"},
    "gpdht_without_priors": {
        "prior.links": False,
        "prior.neighbours": False,
        "prior.degrees": False,
        "prior.embedding": 0,
        "prior.companions": False,
        "train.others": 0,
    },
}
_PUBLISHED: dict[str, dict[str, Any]] = {
    **{name: {} for name in names_of("peer")},
    "gpdht_published": {},
    "gpdht_published_cumulative": {"graph.encoding": "cumulative"},
}
"""Models with their published settings, and what is changed in them."""


@dataclass(frozen=True)
class JobKey:
    """Which job: a model on the folds of one split of a set, drawn from one seed.

    Parameters
    ----------
    set : the dataset's name in this comparison.
    digest : content hash of everything that the job's result depends on; names its files.
    """

    set: str
    split: str
    seed: int
    model: str
    digest: str

    @property
    def kind(self) -> Kind:
        return MODELS[self.model].kind

    def __str__(self) -> str:
        return f"{self.set} {self.split} seed {self.seed} {self.model}"


@dataclass(frozen=True)
class Job:
    """A job to run: its cell of the grid, with all settings and the dataset's fingerprint."""

    set: str
    split: str
    seed: int
    model: str
    fingerprint: str
    config: Config

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings that the job depends on, by path: of a baseline, only pairs and folds."""
        values = self.config.applied()
        return _shared(values) if self.model in BASELINES else values

    @cached_property
    def config_hash(self) -> str:
        """sha256 of `settings`, 16 hex digits; GP-DHT's is `Config.hash`."""
        return settings_hash(self.settings)

    @cached_property
    def key(self) -> JobKey:
        content = [FORMAT, __version__, code_digest(), self.fingerprint, self.config_hash]
        text = json.dumps([*content, self.split, self.seed, self.model])
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        return JobKey(self.set, self.split, self.seed, self.model, digest)


@cache
def code_digest() -> str:
    """sha256 over the code that makes scores: a changed model never reuses an old job's result."""
    digest = hashlib.sha256()
    for room in ("graph", "kernels", "models", "pairs", "training"):
        for path in sorted((Path(__file__).parents[1] / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


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


def longest_first(jobs: Sequence[Job], datasets: Mapping[str, Dataset]) -> list[Job]:
    """Jobs in the order to start them, so that none that takes long is left for the end.

    What is trained takes longer than any baseline; among the like, larger sets take longer. Jobs
    of one model on one set follow each other: what it makes of the expression alone, a worker
    makes once.
    """
    pairs = {name: len(data.known_tfs) * data.num_genes for name, data in datasets.items()}
    quick = {"expression": 1, "label": 2}
    place = {model: i for i, model in enumerate(MODELS)}
    return sorted(
        jobs,
        key=lambda job: (
            quick.get(job.key.kind, 0),
            -pairs[job.set],
            job.set,
            place[job.model],
        ),
    )


def _job_config(config: Config, *, split: str, seed: int, model: str) -> Config:
    cell = {"cv.split": split, "cv.seed": seed, "train.seed": seed}
    if model in _PUBLISHED:
        published = published_settings("gpdht" if model.startswith("gpdht") else model)
        return Config.from_flat(published | _PUBLISHED[model] | _shared(config.flat()) | cell)
    changes = dict(_CHANGES.get(model, {}))
    if split == "set":
        changes.pop("train.others", None)  # nothing else trains there
    return config.replace(changes | cell)


def _shared(values: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in values.items() if path.startswith(_SHARED)}
