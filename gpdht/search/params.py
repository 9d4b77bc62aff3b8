"""One searched setting: its range or choices, and when it applies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, Strict, TypeAdapter, ValidationError

from gpdht.config import field_paths
from gpdht.search.sections import Section, Whole
from gpdht.setting_messages import unknown_path

_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")

Number: TypeAlias = Annotated[float, Strict()]
_OneOrMany: TypeAlias = Annotated[
    tuple[Any, ...], BeforeValidator(lambda v: v if isinstance(v, list) else [v])
]


class _Param(Section):
    """A searched setting of the config.

    Parameters
    ----------
    path : dotted path; also the Optuna name and the MLflow parameter.
    when : the setting is searched only if each of these settings has one of its values.
    prior : the value that is believed to be good, if any; see `gpdht.search.beliefs`.
    confidence : how firmly it is believed.
    """

    path: str = Field(alias="(path)", exclude=True)  # the YAML has it outside: no key of its own
    when: dict[str, _OneOrMany] = Field({}, min_length=1)
    prior: Any = None
    confidence: Literal["low", "medium", "high"] = "medium"

    def contains(self, value: Any) -> bool:
        """Whether the search could propose this value."""
        raise NotImplementedError

    def applies(self, values: dict[str, Any]) -> bool:
        """Whether every condition holds; a setting that is itself off fulfils none."""
        return all(
            path in values and is_among(values[path], allowed)
            for path, allowed in self.when.items()
        )

    @property
    def condition(self) -> str:
        """When the setting is searched, in words; empty for always."""
        allowed = ((path, " or ".join(map(str, values))) for path, values in self.when.items())
        return " and ".join(f"{path} is {values}" for path, values in allowed)

    @property
    def belief(self) -> str:
        """The prior and its confidence, in words; empty for none."""
        return "" if self.prior is None else f"{self.prior} ({self.confidence})"

    def prior_problems(self) -> Iterator[str]:
        """What is wrong with the prior, with the setting's path."""
        if self.prior is None and self.model_fields_set & {"prior", "confidence"}:
            yield f"{self.path}.prior: no value is given; give one, or remove it and confidence."
        elif self.prior is not None and not self.contains(self.prior):
            yield f"{self.path}.prior={self.prior!r} lies outside {self}.{text_hint(self.prior)}"

    def content(self) -> dict[str, Any]:
        """The parameter as the YAML would spell it, without defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class _Range(_Param):
    """Numbers between two bounds, both included."""

    kind: ClassVar[Literal["int", "float"]]
    bounds: tuple[float, float]
    log: Annotated[bool, Strict()] = False
    step: float | None = None

    def __str__(self) -> str:
        low, high = self.bounds
        log = ", logarithmic" if self.log else ""
        step = f", in steps of {self.step:g}" if self.step else ""
        return f"{low:g} to {high:g}{log}{step}"

    def contains(self, value: Any) -> bool:
        """Whether the search could propose this value."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.kind == "int" and value != int(value):
            return False
        low, high = self.bounds
        return low <= value <= high and self._on_grid(value)

    def nearest(self, value: Any) -> Any:
        """What the search could propose that is nearest to a value; None is no limit, the most."""
        low, high = self.bounds
        value = high if value is None else min(max(value, low), high)
        if self.step is not None:
            value = min(low + self.step * round((value - low) / self.step), high)
        return round(value) if self.kind == "int" else float(value)

    def sample(self, rng: np.random.Generator) -> Any:
        """A uniform draw (uniform in the logarithm if `log`)."""
        low, high = self.bounds
        if self.step is not None:
            value = low + self.step * int(rng.integers(round((high - low) / self.step) + 1))
        elif self.log:
            value = math.exp(rng.uniform(math.log(low), math.log(high)))
        elif self.kind == "int":
            value = int(rng.integers(int(low), int(high) + 1))
        else:
            value = rng.uniform(low, high)
        return self.nearest(value)  # exp(log(x)) may leave the range by one rounding error

    def problems(self) -> Iterator[str]:
        """What cannot be searched, each with the setting's path."""
        low, high = self.bounds
        yield from refusals(self.path, self.bounds)
        if low > high:
            yield f"{self.path}.{self.kind}: low {low} is above high {high}; swap them."
        if self.log and low <= 0:
            yield f"{self.path}: a log scale needs low above 0; found {low}."
        if self.log and self.step:
            yield f"{self.path}: log and step exclude each other; keep one."
        elif not self._on_grid(high):
            yield f"{self.path}.step={self.step} does not divide the range {low} to {high}."

    def _on_grid(self, value: float) -> bool:
        steps = (value - self.bounds[0]) / self.step if self.step else 0
        return math.isclose(steps, round(steps), abs_tol=1e-8)


class IntParam(_Range):
    kind: ClassVar[Literal["int"]] = "int"
    bounds: tuple[Whole, Whole] = Field(alias="int")
    step: Whole | None = Field(None, gt=0)


class FloatParam(_Range):
    kind: ClassVar[Literal["float"]] = "float"
    bounds: tuple[Number, Number] = Field(alias="float")
    step: Number | None = Field(None, gt=0)


class ChoiceParam(_Param):
    """One of some values."""

    kind: ClassVar[Literal["choice"]] = "choice"
    choices: tuple[Any, ...] = Field(alias="choice", min_length=1)

    def __str__(self) -> str:
        return ", ".join(map(str, self.choices))

    def contains(self, value: Any) -> bool:
        """Whether the search could propose this value."""
        return is_among(value, self.choices)

    def nearest(self, value: Any) -> Any:
        """The value if it is one of the choices, else the first of them."""
        return value if self.contains(value) else self.choices[0]

    def sample(self, rng: np.random.Generator) -> Any:
        """A uniform draw."""
        return self.choices[int(rng.integers(len(self.choices)))]

    def problems(self) -> Iterator[str]:
        """What cannot be searched, each with the setting's path."""
        yield from refusals(self.path, self.choices)
        for i, value in enumerate(self.choices):
            if is_among(value, self.choices[:i]):
                yield f"{self.path}.choice: {value!r} appears twice; keep one."


Param: TypeAlias = IntParam | FloatParam | ChoiceParam
KINDS: dict[str, type[Param]] = {kind.kind: kind for kind in (IntParam, FloatParam, ChoiceParam)}


def is_among(value: Any, options: Iterable[Any]) -> bool:
    """Whether a value is one of these, with `True` kept apart from 1, as the config does."""
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in options)


def refusals(path: str, values: Iterable[Any]) -> Iterator[str]:
    """Why the config would refuse this setting or some of these values, if it would."""
    if path not in field_paths():
        yield f"{path}: {unknown_path(path, field_paths())}"
        return
    for value in values:
        try:
            _adapter(path).validate_python(value, strict=True)
        except ValidationError as error:
            yield f"{path}={value!r}: {error.errors()[0]['msg']}.{text_hint(value)}"


@cache
def _adapter(path: str) -> TypeAdapter[Any]:
    field = field_paths()[path]
    bounded: Any = Annotated[field.annotation, field]
    return TypeAdapter(bounded)


def text_hint(value: Any) -> str:
    """The hint for a number that YAML 1.1 reads as text, else nothing."""
    if isinstance(value, str) and _SCIENTIFIC.fullmatch(value):
        number = np.format_float_scientific(float(value), trim="0", exp_digits=1)
        return f" YAML 1.1 reads {value} as text; write {number}."
    return ""
