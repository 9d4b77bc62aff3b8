"""A search that is only tried: every check before a GPU-hour is spent, and one short trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gpdht.data.dataset import Dataset
from gpdht.data.together import joint_name
from gpdht.execution.placement import Placement
from gpdht.execution.sharing import GpusPerTrial
from gpdht.search.preflight.asked import Asked
from gpdht.search.preflight.checks import Check, Checks
from gpdht.search.preflight.cluster import Inputs, check_cluster
from gpdht.search.preflight.inputs import Data, find_study, find_tracking, open_data, open_space
from gpdht.search.preflight.one_trial import Estimate
from gpdht.search.preflight.studies_folder import check_folder
from gpdht.search.replicates import REPLICATES
from gpdht.search.space import Space
from gpdht.search.study import STUDIES, default_name
from gpdht.search.trainable import TrialFunction
from gpdht.trial import run_trial


@dataclass(frozen=True)
class Preflight:
    """What was checked of a search, and what it would take."""

    checks: tuple[Check, ...]
    estimate: Estimate | None

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not any(check.state == "failed" for check in self.checks)

    def plain(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "passed": self.passed,
            "checks": [asdict(check) for check in self.checks],
            "estimate": None if self.estimate is None else asdict(self.estimate),
        }


def preflight_search(
    data: Data | Callable[[], Dataset],
    space: Space | str | Path | Mapping[str, Any],
    *,
    name: str | None = None,
    studies: str | Path = STUDIES,
    trials: int | None = None,
    resume: bool = False,
    warm_start: Sequence[str | Path] = (),
    tracking_uri: str | None = None,
    experiment: str | None = None,
    cpus_per_trial: float = 1,
    gpus_per_trial: GpusPerTrial = "auto",
    max_concurrent: int | None = None,
    trial_timeout_s: float | None = None,
    gpu_budget_s: float | None = None,
    address: str | None = None,
    storage: str | None = None,
    price_per_hour: float | None = None,
    journal: bool | None = None,
    seed: int | None = None,
    replicates: int = REPLICATES,
    trial: TrialFunction = run_trial,
    tell: Callable[[str], None] = lambda _: None,
) -> Preflight:
    """What would keep a search from running well, found without writing a study or a run.

    Parameters
    ----------
    data : as in `run_search`, or a function that opens them, whose failure is then one of the
        checks.
    name : of the study; None for that of the data and the space's file.
    tracking_uri, experiment : where it would be tracked; None for where the study was so far, else
        the default.
    tell : told what takes long.
    others : as in `gpdht.search.run.run_search`.
    """
    checks = Checks()
    dataset = checks.attempt("data", partial(open_data, data))
    opened = checks.attempt("space", partial(open_space, space, seed, dataset))
    if name is None and dataset is not None:
        name = default_name(
            joint_name(dataset), space if isinstance(space, str | Path) else "space"
        )
    asked = Asked(
        studies=Path(studies),
        name=name,
        trials=trials,
        resume=resume,
        warm_start=warm_start,
        placement=Placement(
            cpus_per_trial,
            max_concurrent=max_concurrent,
            address=address,
            storage=storage,
            trial_timeout_s=trial_timeout_s,
            price_per_hour=price_per_hour,
        ),
        gpus=gpus_per_trial,
        gpu_budget_s=gpu_budget_s,
        replicates=replicates,
        trial=trial,
    )
    remaining = checks.attempt("study", partial(find_study, asked), dataset, opened)
    checks.add([check_folder(asked.studies, name, journal)])
    checks.attempt("tracking", partial(find_tracking, asked, tracking_uri, experiment))
    made = check_cluster(checks, Inputs(dataset, opened, remaining), asked, tell)
    return Preflight(tuple(checks.rows), made)
