"""Which study a search goes into: a new one, or the same one again."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gpdht import __version__
from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone, joint_name
from gpdht.errors import StudyError
from gpdht.presentation import count
from gpdht.search.space import Space
from gpdht.search.study import Study, check_name, create_study, open_study
from gpdht.search.warm_start import check_same_start, find_start
from gpdht.training.cross_validation import draw_each


def prepare_study(
    dataset: Dataset,
    space: Space,
    *,
    name: str,
    studies: str | Path,
    trials: int | None = None,
    resume: bool = False,
    warm_start: Sequence[str | Path] = (),
    journal: bool | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Study:
    """The study to run: a new one, or the one of this name if it is the same and may go on.

    Parameters
    ----------
    trials : the total; None for the space's, or for what the study was last asked for.
    warm_start : earlier studies, by name or folder, whose best points a new one tries first.
    journal : keep a new study's trials in a journal; None: on a network drive.
    extra : further entries of a new study's record.

    Raises
    ------
    ConfigError, DataError
        If the data cannot give the pairs or the folds that the space asks for.
    StudyError
        If the study exists and `resume` is off, or it has other data, another space, or more
        trials, or began from other studies than those of `warm_start`; if another driver runs it
        and something would be written.
    """
    study = existing_study(
        dataset,
        space,
        name=name,
        studies=studies,
        trials=trials,
        resume=resume,
        warm_start=warm_start,
    )
    if study is None:
        space = space if trials is None else space.with_trials(trials)
        record = new_record(dataset, space, name, studies=studies, warm_start=warm_start)
        with _new_folder(Path(studies) / name):
            return create_study(studies, record | dict(extra or {}), space, journal=journal)
    if trials is None:
        return study
    total = study.space.with_trials(trials).trials
    with study.locked():
        return Study.read(study.folder).update(trials=total)


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """A folder in which no other driver makes, or has made, a study."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Study(folder, {}).locked():
            if Study.exists_in(folder):
                raise StudyError(
                    f'study "{folder.name}" was begun by another command just now; pass --resume '
                    "to go on with it, or another --name."
                )
            yield
    except OSError as error:
        raise StudyError(f"{folder}: cannot be written ({error}); choose --studies.") from error


def existing_study(
    dataset: Dataset,
    space: Space,
    *,
    name: str,
    studies: str | Path,
    trials: int | None = None,
    resume: bool = False,
    warm_start: Sequence[str | Path] = (),
) -> Study | None:
    """The study of this name, if there is one and it may go on; nothing is written.

    Raises
    ------
    StudyError
        See `prepare_study`.
    """
    if not Study.exists_in(Path(studies) / name):
        return None
    study = open_study(Path(studies) / name)
    _check_same(study, dataset, space)
    if not resume:
        raise StudyError(
            f'study "{name}" exists with this space and these data '
            f"({study.num_ended} of {study.record['trials']} trials); "
            "pass --resume to go on with it, or another --name."
        )
    check_same_start(study, warm_start, studies)
    have = len(study.optuna.get_trials(deepcopy=False))
    if trials is not None and trials < have:
        raise StudyError(
            f'study "{name}" has {count(have, "trial")} already; --trials {trials} is the '
            "total and cannot be lower."
        )
    return study


def _check_same(study: Study, dataset: Dataset, space: Space) -> None:
    """Refuse to mix two searches in one study."""
    there = study.record["dataset"]
    differs = []
    if there["fingerprint"] != dataset.fingerprint:
        differs.append(
            f'data "{there["name"]}" ({there["fingerprint"][:12]}), '
            f'not "{joint_name(dataset)}" ({dataset.fingerprint[:12]})'
        )
    if study.record["space_hash"] != space.hash:
        differs.append(
            f"another space ({study.record['space_hash']}, in {study.folder / 'space.yaml'}), "
            f"not this one ({space.hash}; a --seed counts)"
        )
    if differs:
        raise StudyError(
            f'study "{study.name}" exists with {" and ".join(differs)}; '
            "use another --name, or give what it was made with."
        )


def new_record(
    dataset: Dataset,
    space: Space,
    name: str,
    *,
    studies: str | Path,
    warm_start: Sequence[str | Path] = (),
) -> dict[str, Any]:
    """What a new study keeps of its data, space and protocol, and what it begins from.

    Raises
    ------
    ConfigError, DataError, StudyError
        See `prepare_study`.
    """
    check_name(name)
    record = _record(dataset, space, name)
    if warm_start:
        record["warm_start"] = find_start(warm_start, studies, space, record["protocol"])
    return record


def _record(dataset: Dataset, space: Space, name: str) -> dict[str, Any]:
    config = Config.from_flat(
        {path: value for path, value in space.fixed.items() if path.startswith(("pairs.", "cv."))}
    )
    return {
        "name": name,
        "id": secrets.token_hex(8),  # tells it from an earlier study of the same name
        "gpdht": __version__,
        "dataset": {**_data(dataset), "name": joint_name(dataset)},
        **({"sets": [_data(one) for one in each_alone(dataset)]} if dataset.together else {}),
        "space": space.content(),
        "space_hash": space.hash,
        "trials": space.trials,
        "protocol": _protocol(dataset, config),
        "source": {},
        "tracking": {},
    }


def _data(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "expression": dataset.matrix_fingerprint,
        "cells": dataset.num_cells,
        "genes": dataset.num_genes,
    }


def _protocol(dataset: Dataset, config: Config) -> dict[str, Any]:
    """What a score of this study means; folds that these data cannot give fail here already."""
    drawn = [(one.name, pairs) for one, pairs, _ in draw_each(config, dataset)]
    universes = [f"{name}: {pairs.universe}" for name, pairs in drawn]
    return {
        "universe": "; ".join(universes) if dataset.together else drawn[0][1].universe,
        "pairs": sum(pairs.own for _, pairs in drawn),
        "positives": sum(int(pairs.label_P[: pairs.own].sum()) for _, pairs in drawn),
        **{
            path: value
            for path, value in config.applied().items()
            if path.startswith(("pairs.", "cv."))
        },
    }
