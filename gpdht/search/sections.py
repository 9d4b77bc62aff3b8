"""What a space says besides its settings: the objective, the sampler, the scheduler."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gpdht.metrics.names import MONITORS, mode_of

METRICS = tuple(f"val/{name}" for name in MONITORS)
Whole: TypeAlias = Annotated[int, Strict()]
Trials: TypeAlias = Annotated[Whole, Field(ge=1)]


class Section(BaseModel):
    """A part of a space, spelled as in its YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Objective(Section):
    """What is optimised: a validation metric, never a test metric; `mode` agrees with it."""

    metric: str = "val/auprc"
    mode: Literal["max", "min"] = "max"

    @model_validator(mode="before")
    @classmethod
    def _mode_follows_metric(cls, raw: Any) -> Any:
        return {"mode": mode_of(str(raw.get("metric"))), **raw} if isinstance(raw, dict) else raw

    @field_validator("metric", mode="before")
    @classmethod
    def _is_a_validation_score(cls, metric: Any) -> Any:
        if str(metric).startswith(("test/", "baseline/", "gain/")):
            raise ValueError(
                "the test folds are never used to choose, or their score would no longer be a "
                f"test; use one of {', '.join(METRICS)}."
            )
        if metric not in METRICS:
            raise ValueError(one_of(metric, METRICS))
        return metric

    @field_validator("mode")
    @classmethod
    def _agrees_with_metric(cls, mode: str, info: ValidationInfo) -> str:
        metric = info.data.get("metric", "")
        right = mode_of(metric)
        if metric and mode != right:
            way = "higher" if right == "max" else "lower"
            raise ValueError(f"{metric} is better when {way}; use {right}, or leave mode out.")
        return mode

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        return "maximize" if self.mode == "max" else "minimize"


class Sampler(Section):
    """How points are proposed."""

    name: Literal["tpe", "gp", "random", "cmaes"] = "tpe"
    seed: Whole = Field(0, ge=0)


class Asha(Section):
    """At `grace_epochs`, and again at each later rung, the best 1/`reduction` of trials go on."""

    name: Literal["asha"] = "asha"
    grace_epochs: Whole = Field(5, ge=1)
    reduction: Whole = Field(3, ge=2)


class Median(Section):
    """From `grace_epochs` on, a trial that is worse than the median of the others is given up.

    The first `startup_trials` run to their end.
    """

    name: Literal["median"] = "median"
    grace_epochs: Whole = Field(5, ge=1)
    startup_trials: Whole = Field(5, ge=1)


class Race(Section):
    """A trial shows itself on its first fold; the others are for those that may still win.

    A trial goes on if its chance to beat the best mean over all folds is at least `chance`. The
    first `startup_trials` run to their end.
    """

    name: Literal["race"] = "race"
    chance: float = Field(0.1, ge=0, lt=1)
    startup_trials: Whole = Field(4, ge=2)


class NoScheduler(Section):
    """Every trial runs to its end."""

    name: Literal["none"] = "none"


Scheduler: TypeAlias = Asha | Median | Race | NoScheduler
SCHEDULERS: dict[str, type[Scheduler]] = {
    "asha": Asha,
    "median": Median,
    "race": Race,
    "none": NoScheduler,
}


def one_of(value: Any, names: Iterable[str]) -> str:
    """The valid names, and the nearest one."""
    names = tuple(names)
    near = difflib.get_close_matches(str(value), names, n=1)
    hint = f' (did you mean "{near[0]}"?)' if near else ""
    return f"expected one of {', '.join(names) or 'none'}{hint}."
