"""One searched setting: its range or choices, and when it applies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Kind = Literal["int", "float", "choice"]


@dataclass(frozen=True)
class Param:
    """One searched setting of the config.

    Parameters
    ----------
    path : dotted path; also the Optuna name and the MLflow parameter.
    kind : `int` and `float` have `low`, `high` (both included), `log`, `step`; `choice` has
        `choices`.
    when : `(path, allowed values)`: the setting is searched only if all of these hold.
    """

    path: str
    kind: Kind
    low: float = 0
    high: float = 0
    log: bool = False
    step: float | None = None
    choices: tuple[Any, ...] = ()
    when: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def contains(self, value: Any) -> bool:
        """Whether the search could propose this value."""
        if self.kind == "choice":
            return any(same(value, choice) for choice in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.kind == "int" and value != int(value):
            return False
        return self.low <= value <= self.high and self._on_grid(value)

    def sample(self, rng: np.random.Generator) -> Any:
        """A uniform draw (uniform in the logarithm if `log`)."""
        if self.kind == "choice":
            return self.choices[int(rng.integers(len(self.choices)))]
        if self.step is not None:
            steps = round((self.high - self.low) / self.step)
            value = self.low + self.step * int(rng.integers(steps + 1))
        elif self.log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        elif self.kind == "int":
            value = int(rng.integers(int(self.low), int(self.high) + 1))
        else:
            value = rng.uniform(self.low, self.high)
        # exp(log(x)) may leave the range by one rounding error
        value = min(max(value, self.low), self.high)
        return round(value) if self.kind == "int" else float(value)

    def applies(self, values: dict[str, Any]) -> bool:
        """Whether every condition holds; a setting that is itself off fulfils none."""
        return all(
            path in values and any(same(values[path], option) for option in allowed)
            for path, allowed in self.when
        )

    def content(self) -> dict[str, Any]:
        """The parameter as the YAML would spell it, without defaults."""
        if self.kind == "choice":
            spec: dict[str, Any] = {"choice": list(self.choices)}
        else:
            spec = {self.kind: [self.low, self.high]}
        if self.log:
            spec["log"] = True
        if self.step is not None:
            spec["step"] = self.step
        if self.when:
            spec["when"] = {path: list(allowed) for path, allowed in self.when}
        return spec

    def _on_grid(self, value: float) -> bool:
        if self.step is None:
            return True
        steps = (value - self.low) / self.step
        return math.isclose(steps, round(steps), abs_tol=1e-8)


def same(a: Any, b: Any) -> bool:
    """Equality that keeps `True` apart from 1, as the config does."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)
