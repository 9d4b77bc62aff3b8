"""One searched setting as written in a space, and everything that is wrong with it."""

from __future__ import annotations

import difflib
import math
import re
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError

from gpdht.config import field_paths, unknown_path
from gpdht.search.params import Kind, Param, same

_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")


def refusal(path: str, value: Any) -> str | None:
    """Why a config would refuse this value under this path, if it would."""
    known = field_paths()
    if path not in known:
        return f"{path}: {unknown_path(path, known)}"
    try:
        _adapter(path).validate_python(value, strict=True)
    except ValidationError as error:
        return f"{path}={value!r}: {error.errors()[0]['msg']}.{text_hint(value)}"
    return None


def text_hint(value: Any) -> str:
    """The hint for a number that YAML 1.1 reads as text, else nothing."""
    if isinstance(value, str) and _SCIENTIFIC.fullmatch(value):
        mantissa, exponent = re.split("[eE]", value)
        number = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
        return f" YAML 1.1 reads {value} as text; write {number}."
    return ""


def read_param(path: str, spec: Any) -> tuple[Param | None, list[str]]:
    """One line of `params`, and what is wrong with it."""
    kinds: list[Kind] = [kind for kind in get_args(Kind) if isinstance(spec, dict) and kind in spec]
    if len(kinds) != 1:
        return None, [f"{path}: expected one of int: [low, high], float: [low, high], choice: […]."]
    kind = kinds[0]
    allowed = (kind, "when") if kind == "choice" else (kind, "log", "step", "when")
    problems = [
        f"{path}.{key} is not known; {one_of(key, allowed)}" for key in spec if key not in allowed
    ]
    when, found = _read_when(path, spec.get("when"))
    problems += found
    if kind == "choice":
        values, found = _read_choices(path, spec["choice"])
        param = Param(path, "choice", choices=values, when=when)
    else:
        found = _range_problems(path, kind, spec)
        number = int if kind == "int" else float
        low, high = (0, 0) if found else map(number, spec[kind])
        log, step = spec.get("log", False), spec.get("step")
        param = Param(path, kind, low, high, log=log, step=step, when=when)
    problems += found
    return (None if problems else param), problems


def _read_choices(path: str, raw: Any) -> tuple[tuple[Any, ...], list[str]]:
    if not isinstance(raw, list) or not raw:
        return (), [f"{path}.choice: found {kind_of(raw)}; expected a list of values."]
    problems = [problem for value in raw if (problem := refusal(path, value))]
    for i, value in enumerate(raw):
        if any(same(value, other) for other in raw[:i]):
            problems.append(f"{path}.choice: {value!r} appears twice; keep one.")
    return tuple(raw), problems


def _range_problems(path: str, kind: str, spec: dict[str, Any]) -> list[str]:
    bounds = spec[kind]
    if not isinstance(bounds, list) or len(bounds) != 2:
        return [f"{path}.{kind}: expected [low, high]; found {bounds!r}."]
    types = int if kind == "int" else (int, float)
    for bound in bounds:
        if isinstance(bound, bool) or not isinstance(bound, types) or not math.isfinite(bound):
            noun = "a whole number" if kind == "int" else "a number"
            return [f"{path}.{kind}: {bound!r} is not {noun}.{text_hint(bound)}"]
    low, high = bounds
    problems = [problem for bound in bounds if (problem := refusal(path, bound))]
    if low > high:
        problems.append(f"{path}.{kind}: low {low} is above high {high}; swap them.")
    return problems + _scale_problems(path, low, high, spec)


def _scale_problems(path: str, low: float, high: float, spec: dict[str, Any]) -> list[str]:
    log, step = spec.get("log", False), spec.get("step")
    problems = []
    if not isinstance(log, bool):
        problems.append(f"{path}.log={log!r}; expected true or false.")
    elif log and low <= 0:
        problems.append(f"{path}: a log scale needs low above 0; found {low}.")
    if step is None:
        return problems
    if isinstance(step, bool) or not isinstance(step, int | float) or step <= 0:
        problems.append(f"{path}.step={step!r}; expected a number above 0.{text_hint(step)}")
    elif "int" in spec and not isinstance(step, int):
        problems.append(f"{path}.step={step!r}; expected a whole number.")
    elif log is True:
        problems.append(f"{path}: log and step exclude each other; keep one.")
    elif not math.isclose((high - low) / step, round((high - low) / step), abs_tol=1e-8):
        problems.append(f"{path}.step={step} does not divide the range {low} to {high}.")
    return problems


def _read_when(path: str, raw: Any) -> tuple[tuple[tuple[str, tuple[Any, ...]], ...], list[str]]:
    if raw is None:
        return (), []
    if not isinstance(raw, dict) or not raw:
        return (), [f"{path}.when: expected {{path: value}} or {{path: [values]}}."]
    return tuple(
        (str(key), tuple(value) if isinstance(value, list) else (value,))
        for key, value in raw.items()
    ), []


@cache
def _adapter(path: str) -> TypeAdapter[Any]:
    info = field_paths()[path]
    bounds = tuple(info.metadata)
    annotation: Any = Annotated[info.annotation, *bounds] if bounds else info.annotation
    return TypeAdapter(annotation)


def one_of(value: Any, names: tuple[str, ...]) -> str:
    """The valid names, and the nearest one."""
    near = difflib.get_close_matches(str(value), names, n=1)
    hint = f' (did you mean "{near[0]}"?)' if near else ""
    return f"expected one of {', '.join(names) or 'none'}{hint}."


def kind_of(value: Any) -> str:
    """What a YAML value is, in words."""
    return "nothing" if value is None else f"a {type(value).__name__}"
