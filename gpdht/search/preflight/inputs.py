"""Data, space, study and tracking: what can be checked without Ray."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gpdht.data.dataset import Dataset
from gpdht.data.together import each_alone, together
from gpdht.presentation import count
from gpdht.search.preflight.asked import Asked
from gpdht.search.resume import existing_study, new_record
from gpdht.search.run import check_priors
from gpdht.search.space import Space, load_space
from gpdht.search.study import Study
from gpdht.tracking.connection import tracked_at
from gpdht.tracking.look import look_at

Data = Dataset | Sequence[Dataset]


def open_data(data: Data | Callable[[], Dataset]) -> tuple[Dataset, str]:
    """The dataset, and what it holds in words."""
    dataset = data() if callable(data) else together(data)
    return dataset, "; ".join(
        f"{one.name}: {one.num_cells:,} cells × {one.num_genes:,} genes, "
        f"{count(len(one.net), 'known edge')}, {count(len(one.priors), 'prior')}, "
        f"fingerprint {one.fingerprint[:12]}"
        for one in each_alone(dataset)
    )


def open_space(
    source: Space | str | Path | Mapping[str, Any], seed: int | None, dataset: Dataset | None
) -> tuple[Space, str]:
    """The space, and what it searches in words; the data, if there are any, have its priors."""
    space = source if isinstance(source, Space) else load_space(source)
    space = space if seed is None else space.with_seed(seed)
    if dataset is not None:
        check_priors(space, dataset)
    return space, (
        f"{count(len(space.params), 'setting')}, {count(space.trials, 'trial')}, "
        f"sampler {space.sampler.name}, scheduler {space.scheduler.name}, hash {space.hash}"
    )


def find_study(asked: Asked, dataset: Dataset, space: Space) -> tuple[int, str]:
    """How many trials remain, and whether the study is new; its pairs and folds are drawn."""
    name, studies = str(asked.name), asked.studies
    study = existing_study(
        dataset,
        space,
        name=name,
        studies=studies,
        trials=asked.trials,
        resume=asked.resume,
        warm_start=asked.warm_start,
    )
    if study is not None:
        total, ended = asked.trials or study.space.trials, study.num_ended
        return total - ended, f'"{name}" goes on: {ended} of {total} trials have ended'
    record = new_record(dataset, space, name, studies=studies, warm_start=asked.warm_start)
    protocol = record["protocol"]
    return asked.trials or space.trials, (
        f'"{name}" is new; {protocol["pairs"]:,} candidate pairs, {protocol["positives"]:,} of '
        f"them known, in {protocol['cv.folds']} folds ({protocol['cv.split']})"
    )


def find_tracking(asked: Asked, uri: str | None, experiment: str | None) -> tuple[bool, str]:
    """What is there: as asked, else where the study was tracked so far, else the default."""
    folder = asked.studies / str(asked.name)
    kept = Study.read(folder).record["tracking"] if Study.exists_in(folder) else {}
    return True, look_at(*tracked_at(kept, uri, experiment))
