"""What a search would be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gpdht.execution.placement import Placement
from gpdht.execution.sharing import GpusPerTrial
from gpdht.search.trainable import TrialFunction


@dataclass(frozen=True)
class Asked:
    """The options of `gpdht.search.run.run_search` that the checks are about.

    Parameters
    ----------
    name : None where the data, which could not be opened, would have given it.
    placement : without GPUs, whose number is `gpus`.
    """

    studies: Path
    name: str | None
    trials: int | None
    resume: bool
    warm_start: Sequence[str | Path]
    placement: Placement
    gpus: GpusPerTrial
    gpu_budget_s: float | None
    replicates: int
    trial: TrialFunction

    @property
    def storage(self) -> str:
        """Where Ray Tune would keep its files: an absolute path or a URL."""
        given = self.placement.storage
        if given and "://" in given:
            return given
        default = self.studies / self.name / "ray" if self.name else self.studies
        return str(Path(given or default).absolute())
