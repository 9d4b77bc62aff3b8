"""All problems of a search space's document at once, each with its path and a remedy."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gpdht.config import field_default
from gpdht.search.costs import Constraints, Cost
from gpdht.search.params import KINDS, Param, is_among, refusals, text_hint
from gpdht.search.sections import SCHEDULERS, Objective, Race, Sampler, Trials, one_of
from gpdht.unread import RULES

PARTS = (
    "objective",
    "costs",
    "constraints",
    "trials",
    "sampler",
    "scheduler",
    "fixed",
    "params",
    "start_from",
)
_SHAPES = {
    ".int": "[low, high]",
    ".float": "[low, high]",
    ".choice": "a list of values",
    ".when": "{path: value} or {path: [values]}",
}
_MISSHAPEN = ("tuple_type", "dict_type", "missing", "too_short", "too_long")


class SpaceDocument:
    """The parts of a space as read from YAML, and `problems`: everything that is wrong with them.

    What is wrong is left out, so that the rest can be checked.
    """

    def __init__(self, raw: Any) -> None:
        self.problems: list[str] = []
        self.left_out: set[str] = set()
        if not isinstance(raw, dict):
            found = "nothing" if raw is None else f"a {type(raw).__name__}"
            self.problems.append(f"found {found} at the top; expected the keys {', '.join(PARTS)}.")
            raw = {}
        for key in raw:
            if key not in PARTS:
                self.problems.append(f"{key} is not known; {one_of(key, PARTS)}")
        given = {key: value for key, value in raw.items() if value is not None}
        self.objective = self._read("objective", Objective, given.get("objective", {}))
        self.costs = self._read("costs", list[Cost], given.get("costs", [])) or []
        self.constraints = (
            self._read("constraints", Constraints, given.get("constraints", {})) or {}
        )
        self.trials = self._read("trials", Trials, raw.get("trials", 1)) or 1
        self.sampler = self._read("sampler", Sampler, given.get("sampler", {}))
        self.scheduler = self._read_scheduler(given.get("scheduler", {}))
        self.fixed = self._read_fixed(given.get("fixed", {}))
        self.params = self._read_params(given.get("params", {}))
        self.start_from = self._read_start(given.get("start_from", []))
        if self.trials > 1 and not given.get("params"):
            self.problems.append(
                f"params: nothing to search, so {self.trials} trials would all be the same; "
                "add parameters or set trials: 1."
            )
        self.problems += [*self._costs(), *self._never_pruned(), *self._unread()]

    def parts(self) -> dict[str, Any]:
        """The parts by name."""
        return {name: getattr(self, name) for name in PARTS}

    def _read(self, where: str, kind: Any, raw: Any) -> Any:
        """The value as this kind; None if it cannot be."""
        try:
            return TypeAdapter(kind).validate_python(raw)
        except ValidationError as error:
            self.problems += [_in_words(where, kind, item) for item in error.errors()]
            return None

    def _read_scheduler(self, raw: Any) -> Any:
        name = str(raw.get("name", "asha")) if isinstance(raw, dict) else "asha"
        if name in SCHEDULERS:
            return self._read("scheduler", SCHEDULERS[name], raw)
        self.problems.append(f"scheduler.name={name!r}; {one_of(name, SCHEDULERS)}")
        return None

    def _read_fixed(self, raw: Any) -> dict[str, Any]:
        fixed = self._read("fixed", dict[str, Any], raw) or {}
        refused = {path: list(refusals(path, [value])) for path, value in fixed.items()}
        self.problems += [f"fixed.{line}" for lines in refused.values() for line in lines]
        self.left_out.update(path for path, lines in refused.items() if lines)
        return {path: value for path, value in fixed.items() if not refused[path]}

    def _read_params(self, raw: Any) -> tuple[Param, ...]:
        params = {}
        specs = self._read("params", dict[str, Any], raw) or {}
        for path, spec in specs.items():
            found = list(_unsearchable(path, self.fixed))
            param = None if found else self._read_param(path, spec)
            found += param.problems() if param else []
            found += param.prior_problems() if param and not found else []
            self.problems += [f"params.{line}" for line in found]
            if param and not found:
                params[path] = param
        self.left_out |= specs.keys() - params.keys()
        self.problems += [
            f"params.{line}"
            for param in params.values()
            for line in _condition_problems(param, params, self.fixed, set(specs))
        ]
        return self._ordered(params)

    def _read_param(self, path: str, spec: Any) -> Param | None:
        kinds = [kind for kind in KINDS if isinstance(spec, dict) and kind in spec]
        if len(kinds) == 1:
            return self._read(f"params.{path}", KINDS[kinds[0]], {**spec, "(path)": path})
        self.problems.append(
            f"params.{path}: expected one of int: [low, high], float: [low, high], choice: […]."
        )
        return None

    def _ordered(self, params: dict[str, Param]) -> tuple[Param, ...]:
        """The parameters, each after those its conditions name."""
        before = {p.path: [other for other in p.when if other in params] for p in params.values()}
        depth: dict[str, int] = {}
        try:
            for path in TopologicalSorter(before).static_order():
                depth[path] = 1 + max((depth[other] for other in before[path]), default=0)
        except CycleError as error:
            cycle = " → ".join(error.args[1])
            self.problems.append(f"params: the conditions of {cycle} wait for each other.")
            return tuple(params.values())
        return tuple(sorted(params.values(), key=lambda param: depth[param.path]))

    def _read_start(self, raw: Any) -> tuple[dict[str, Any], ...]:
        points = self._read("start_from", list[dict[str, Any]], raw) or []
        params = {param.path: param for param in self.params}
        self.problems += [
            f"start_from[{i}].{line}"
            for i, point in enumerate(points)
            for line in _start_problems(point, params, self.fixed)
        ]
        return tuple(points)

    def _costs(self) -> Iterator[str]:
        for name in {name for name in self.costs if self.costs.count(name) > 1}:
            yield f"costs: {name} appears twice; keep one."
        if self.costs and self.sampler and self.sampler.name == "cmaes":
            yield "sampler.name=cmaes knows one objective alone; use tpe, or leave out costs."

    def _never_pruned(self) -> Iterator[str]:
        """A scheduler that could give no trial up."""
        epochs = max(self._possible("train.epochs"), default=math.inf)
        grace = getattr(self.scheduler, "grace_epochs", -math.inf)
        if grace >= epochs:
            yield (
                f"scheduler.grace_epochs={grace} is not below train.epochs={epochs:g}, so no trial "
                "would ever be pruned; lower it or set scheduler.name: none."
            )
        if isinstance(self.scheduler, Race) and self._possible("cv.split") == ("set",):
            yield (
                "scheduler.name=race: a trial is judged by its first fold before it gets the "
                "others, and cv.split=set has one fold; use asha, median or none."
            )

    def _unread(self) -> Iterator[str]:
        """Settings that no point of the space reads."""
        for path in (*self.fixed, *(param.path for param in self.params)):
            for rule in RULES:
                possible = self._possible(rule.when)
                if rule.covers(path) and possible and not set(possible) & set(rule.values):
                    yield (
                        f"{'fixed' if path in self.fixed else 'params'}.{path} changes nothing: "
                        f"it is {rule.reason}, and {rule.when} is "
                        f"{' or '.join(map(str, possible))}; remove it."
                    )
                    break

    def _possible(self, path: str) -> tuple[Any, ...]:
        """The values that a setting has in some point, of a range its bounds; () if unknown."""
        if path in self.left_out:
            return ()
        for param in self.params:
            if param.path == path:
                return param.choices if param.kind == "choice" else param.bounds
        return (self.fixed.get(path, field_default(path)),)


def _in_words(where: str, kind: Any, item: Any) -> str:
    """An error of pydantic as a line with its path."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in item["loc"]]
    path, value, context = where + "".join(parts), item["input"], item.get("ctx", {})
    if item["type"] == "extra_forbidden":
        return _unknown_key(path, kind)
    if item["type"] == "literal_error":
        names = re.findall("'([^']+)'", context["expected"])
        return f"{path}={value!r}; {one_of(value, names)}"
    says = context.get("error", f"{item['msg']}.")
    if item["type"] in _MISSHAPEN and parts and parts[0] in _SHAPES:
        path, says = f"{where}{parts[0]}", f"expected {_SHAPES[parts[0]]}."
    return f"{path}={value!r}: {says}{text_hint(value)}"


def _unknown_key(path: str, kind: Any) -> str:
    key = path.rpartition(".")[2]
    owners = [name for name, other in SCHEDULERS.items() if key in other.model_fields]
    if owners and path.startswith("scheduler."):
        name = kind.model_fields["name"].default
        return f"{path} is an option of {' and '.join(owners)}, not of {name}; remove it."
    fields = kind.model_fields.items()
    return f"{path} is not known; {one_of(key, [f.alias or n for n, f in fields if not f.exclude])}"


def _unsearchable(path: str, fixed: dict[str, Any]) -> Iterator[str]:
    yield from refusals(path, [])
    if path.startswith(("cv.", "pairs.")) or path == "train.monitor":
        yield (
            f"{path} decides what a score means, so trials could not be compared; "
            "put it under fixed."
        )
    elif path == "train.seed":
        yield f"{path}: the best seed is luck, not a setting; put it under fixed."
    if path in fixed:
        yield f"{path} is under fixed as well; keep one."


def _condition_problems(
    param: Param, params: dict[str, Param], fixed: dict[str, Any], named: set[str]
) -> Iterator[str]:
    for path, allowed in param.when.items():
        where = f"{param.path}.when.{path}"
        if path not in named and path not in fixed:
            near = difflib.get_close_matches(path, [*named, *fixed], n=1)
            hint = f'did you mean "{near[0]}"?' if near else "it must be under params or fixed."
            yield f"{where}: unknown; {hint}"
        elif path in fixed and not is_among(fixed[path], allowed):
            yield f"{where}: never true, since {path} is fixed at {fixed[path]!r}."
        elif path in params:
            for option in allowed:
                if not params[path].contains(option):
                    yield f"{where}: {option!r} is not a value that {path} can take."


def _start_problems(
    point: dict[str, Any], params: dict[str, Param], fixed: dict[str, Any]
) -> Iterator[str]:
    known = {**fixed, **point}
    for path, value in point.items():
        if path not in params:
            yield f"{path} is not under params; {one_of(path, params)}"
            continue
        param = params[path]
        if not param.contains(value):
            yield f"{path}={value!r} lies outside {param}.{text_hint(value)}"
        elif any(other in known for other in param.when) and not param.applies(known):
            yield f"{path} is given although its condition does not hold at this point."
