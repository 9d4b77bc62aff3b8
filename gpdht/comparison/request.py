"""What a comparison is asked for: sets, models, splits and seeds, checked before anything runs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from gpdht.comparison.jobs import Job, make_jobs
from gpdht.comparison.store import check_store
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.set_names import name_sets
from gpdht.errors import ConfigError, DataError
from gpdht.metrics.names import HIGHER_IS_BETTER, LOWER_IS_BETTER
from gpdht.models.catalogue import GROUPS, MODELS, NEEDS_PRIORS
from gpdht.pairs.splits import Split
from gpdht.training.cross_validation import draw_folds

SPLITS: tuple[str, ...] = get_args(Split)
BY_GRID = {
    "cv.split": "--splits",
    "cv.seed": "--seeds",
    "train.seed": "--seeds",
    "model.name": "--models",
}


@dataclass(frozen=True)
class Request:
    """What `compare` was asked for; see there.

    Parameters
    ----------
    models, splits, seeds : as a user writes them, with commas or as sequences.
    """

    models: str | Sequence[str] = ("gpdht", "baselines")
    splits: str | Sequence[str] = SPLITS
    seeds: str | Sequence[int] = (0,)
    config: Config = field(default_factory=Config)
    metric: str = "auprc"

    def check(
        self, datasets: Sequence[Dataset], out: str | Path
    ) -> tuple[dict[str, Dataset], list[Job]]:
        """The named sets and all jobs on them, once each can begin; nothing is written.

        Raises
        ------
        GpdhtError
            For what cannot be compared.
        """
        known = (*HIGHER_IS_BETTER, *LOWER_IS_BETTER)
        if self.metric not in known:
            raise ConfigError(
                f'"{self.metric}" is no score to rank by; use one of {", ".join(known)}.'
            )
        defaults, values = Config().flat(), self.config.flat()
        check_settings({path for path in values if values[path] != defaults[path]})
        splits, seeds = choose_splits(self.splits), choose_seeds(self.seeds)
        sets = name_sets(datasets)
        without = [name for name, dataset in sets.items() if not dataset.priors]
        models = choose_models(self.models, without_priors=without)
        check_store(out, sets, self.config)
        jobs = make_jobs(sets, models=models, splits=splits, seeds=seeds, config=self.config)
        _check_folds(jobs, sets)
        return sets, jobs


def check_settings(paths: set[str]) -> None:
    """Refuse settings that the grid sets itself.

    Raises
    ------
    ConfigError
        Naming the option that sets them.
    """
    for path, option in BY_GRID.items():
        if path in paths:
            raise ConfigError(f"{path} is a part of the comparison's grid; use {option}.")


def choose_splits(splits: str | Sequence[str]) -> tuple[str, ...]:
    """The splits that are named, each once, in the order given.

    Raises
    ------
    ConfigError
        For an empty choice or an unknown split.
    """
    asked = dict.fromkeys(_split_list(splits))
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
    asked = _split_list(seeds) if isinstance(seeds, str) else [str(seed) for seed in seeds]
    bad = [text for text in asked if not (text.isascii() and text.isdecimal())]
    if bad or not asked:
        found = f"{', '.join(bad)} cannot be a seed" if bad else "no seed is named"
        raise ConfigError(f"{found}; write whole numbers from 0, e.g. 0,1,2.")
    return tuple(dict.fromkeys(map(int, asked)))


def choose_models(
    names: str | Sequence[str], *, without_priors: Sequence[str] = ()
) -> tuple[str, ...]:
    """The models that names and groups mean, each once, in the order of the tables.

    Parameters
    ----------
    names : e.g. ``"gpdht,label"`` or ``["gpdht", "label"]``.
    without_priors : sets that have none; groups then leave out what needs priors.

    Raises
    ------
    ConfigError
        For an empty choice, and for unknown names, all at once, with the nearest valid ones; for
        models that need priors where a set has none.
    """
    asked = _split_list(names)
    known = [*GROUPS, *MODELS]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise ConfigError("\n".join(_unknown(name, known) for name in unknown))
    if not asked:
        raise ConfigError(f"no model is named; use {', '.join(known)}.")
    unable = [name for name in asked if name in (*NEEDS_PRIORS, "priors")]
    if without_priors and unable:
        raise ConfigError(
            f"{', '.join(unable)}: needs priors, and {', '.join(without_priors)} has none; pass "
            "--prior NET, or leave it out."
        )
    chosen = {model for name in asked for model in GROUPS.get(name, (name,))}
    if without_priors:
        chosen -= set(NEEDS_PRIORS)
    return tuple(name for name in MODELS if name in chosen)


def _split_list(items: str | Sequence[str]) -> list[str]:
    """The parts of a list that may be written with commas, without blanks and empty parts."""
    texts = [items] if isinstance(items, str) else items
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f'did you mean "{near[0]}"?' if near else f"use {', '.join(known)}."
    return f'unknown model "{name}"; {hint}'


def _check_folds(jobs: Sequence[Job], datasets: Mapping[str, Dataset]) -> None:
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
