"""All problems of a search space's document at once, each with its path and a remedy."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any

from gpdht.config import field_default, field_paths, unknown_path
from gpdht.metrics.names import MONITORS, mode_of
from gpdht.search.param_checks import kind_of, one_of, read_param, refusal, text_hint
from gpdht.search.params import Param, same
from gpdht.unread import RULES

SECTIONS = ("objective", "trials", "sampler", "scheduler", "fixed", "params", "start_from")
METRICS = tuple(f"val/{name}" for name in MONITORS)
SAMPLERS = ("tpe", "gp", "random", "cmaes")
SCHEDULERS = {
    "asha": ("grace_epochs", "reduction"),
    "median": ("grace_epochs", "startup_trials"),
    "none": (),
}
"""The options of each scheduler."""


def describe(name: str, problems: list[str]) -> str:
    """One message for a list of problems."""
    if len(problems) == 1:
        return f"{name}: {problems[0]}"
    return "\n  - ".join([f"{name}: {len(problems)} problems", *problems])


@dataclass
class SpaceDocument:
    """The parts of a space as read, and everything that is wrong with them."""

    problems: list[str] = field(default_factory=list)
    objective: dict[str, Any] = field(default_factory=dict)
    trials: int = 1
    sampler: dict[str, Any] = field(default_factory=dict)
    scheduler: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    params: tuple[Param, ...] = ()
    start_from: tuple[dict[str, Any], ...] = ()

    @classmethod
    def read(cls, raw: Any) -> SpaceDocument:
        """Check a parsed YAML document."""
        document = cls()
        if not isinstance(raw, dict):
            document.problems.append(
                f"found {kind_of(raw)} at the top; expected the keys {', '.join(SECTIONS)}."
            )
            return document
        document._known_keys("", raw, SECTIONS)
        document._read_objective(document._section(raw, "objective"))
        document._read_search(raw)
        document._read_fixed(document._section(raw, "fixed"))
        document._read_params(document._section(raw, "params"))
        document._read_start(raw.get("start_from"))
        document._check_grace()
        document._check_read()
        return document

    def _read_objective(self, raw: dict[str, Any]) -> None:
        self._known_keys("objective", raw, ("metric", "mode"))
        metric = raw.get("metric", "val/auprc")
        right = mode_of(str(metric))
        mode = raw.get("mode", right)
        if str(metric).startswith(("test/", "baseline/", "gain/")):
            self.problems.append(
                f"objective.metric={metric}: the test folds are never used to choose, or their "
                f"score would no longer be a test; use one of {', '.join(METRICS)}."
            )
        elif metric not in METRICS:
            self.problems.append(f"objective.metric={metric!r}; {one_of(metric, METRICS)}")
        if mode not in ("max", "min"):
            self.problems.append(f"objective.mode={mode!r}; {one_of(mode, ('max', 'min'))}")
        elif metric in METRICS and mode != right:
            way = "higher" if right == "max" else "lower"
            self.problems.append(
                f"objective.mode={mode!r}: {metric} is better when {way}; use {right}, or leave "
                "mode out."
            )
        self.objective = {"metric": metric, "mode": mode}

    def _read_search(self, raw: dict[str, Any]) -> None:
        self.trials = self._whole("trials", raw.get("trials", 1), 1)
        if not raw.get("params") and self.trials > 1:
            self.problems.append(
                f"params: nothing to search, so {self.trials} trials would all be the same; "
                "add parameters or set trials: 1."
            )
        sampler = self._section(raw, "sampler")
        self._known_keys("sampler", sampler, ("name", "seed"))
        name = self._named("sampler.name", sampler.get("name", "tpe"), SAMPLERS)
        self.sampler = {"name": name, "seed": self._whole("sampler.seed", sampler.get("seed", 0))}
        self._read_scheduler(self._section(raw, "scheduler"))

    def _read_scheduler(self, raw: dict[str, Any]) -> None:
        name = self._named("scheduler.name", raw.get("name", "asha"), tuple(SCHEDULERS))
        self.scheduler = {"name": name}
        for key, value in raw.items():
            owners = [other for other, options in SCHEDULERS.items() if key in options]
            if key in SCHEDULERS[name]:
                least = 2 if key == "reduction" else 1
                self.scheduler[key] = self._whole(f"scheduler.{key}", value, least)
            elif key != "name" and owners:
                self.problems.append(
                    f"scheduler.{key} is an option of {' and '.join(owners)}, not of {name}; "
                    "remove it."
                )
            elif key != "name":
                known = ("name", *SCHEDULERS[name])
                self.problems.append(f"scheduler.{key} is not known; {one_of(key, known)}")

    def _read_fixed(self, raw: dict[str, Any]) -> None:
        for path, value in raw.items():
            if problem := refusal(path, value):
                self.problems.append(f"fixed.{problem}")
            else:
                self.fixed[path] = value

    def _read_params(self, raw: dict[str, Any]) -> None:
        params: dict[str, Param] = {}
        for path, spec in raw.items():
            found = list(_searchable(path, self.fixed))
            param = None
            if not found:
                param, found = read_param(path, spec)
            self.problems += [f"params.{problem}" for problem in found]
            if param is not None:
                params[path] = param
        self.problems += [
            f"params.{problem}"
            for param in params.values()
            for problem in _condition_problems(param, params, self.fixed, set(raw))
        ]
        self.params = self._ordered(params)

    def _ordered(self, params: dict[str, Param]) -> tuple[Param, ...]:
        """The parameters, each after those its conditions name."""
        done: dict[str, Param] = {}
        waiting = dict(params)
        while waiting:
            ready = [
                param
                for param in waiting.values()
                if not any(path in waiting for path, _ in param.when)
            ]
            if not ready:
                cycle = " → ".join(waiting)
                self.problems.append(f"params: the conditions of {cycle} wait for each other.")
                break
            for param in ready:
                done[param.path] = waiting.pop(param.path)
        return tuple(done.values())

    def _read_start(self, raw: Any) -> None:
        if raw is None:
            return
        if not isinstance(raw, list) or not all(isinstance(point, dict) for point in raw):
            self.problems.append("start_from: expected a list of points, each {path: value}.")
            return
        params = {param.path: param for param in self.params}
        for i, point in enumerate(raw):
            for path, value in point.items():
                if problem := _start_problem(path, value, point, params, self.fixed):
                    self.problems.append(f"start_from[{i}].{problem}")
        self.start_from = tuple(raw)

    def _check_grace(self) -> None:
        searched = [param.high for param in self.params if param.path == "train.epochs"]
        epochs = searched[0] if searched else self.fixed.get("train.epochs", 200)
        grace = self.scheduler.get("grace_epochs", 5)
        if self.scheduler["name"] != "none" and grace >= epochs:
            self.problems.append(
                f"scheduler.grace_epochs={grace} is not below train.epochs={epochs:g}, so no trial "
                "would ever be pruned; lower it or set scheduler.name: none."
            )

    def _check_read(self) -> None:
        """Refuse settings that no point of the space reads."""
        for path in (*self.fixed, *(param.path for param in self.params)):
            where = "fixed" if path in self.fixed else "params"
            rules = [rule for rule in RULES if rule.covers(path)]
            self.problems += [
                f"{where}.{path} changes nothing: it is {rule.reason}, and {rule.when} "
                f"is {' or '.join(map(str, self._possible(rule.when)))}; remove it."
                for rule in rules
                if not any(value in rule.values for value in self._possible(rule.when))
            ]

    def _possible(self, path: str) -> tuple[Any, ...]:
        """The values that a setting of choices has in some point."""
        searched = [param.choices for param in self.params if param.path == path]
        if searched:
            return searched[0]
        return (self.fixed.get(path, field_default(path)),)

    def _section(self, raw: dict[str, Any], name: str) -> dict[str, Any]:
        section = raw.get(name)
        if section is None:
            return {}
        if not isinstance(section, dict):
            self.problems.append(f"{name}: found {kind_of(section)}; expected key: value lines.")
            return {}
        return {str(key): value for key, value in section.items()}

    def _known_keys(self, where: str, raw: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in raw:
            if key not in known:
                path = f"{where}.{key}" if where else str(key)
                self.problems.append(f"{path} is not known; {one_of(key, known)}")

    def _whole(self, path: str, value: Any, least: int = 0) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.problems.append(f"{path}={value!r}; expected a whole number from {least}.")
        return least

    def _named(self, path: str, value: Any, names: tuple[str, ...]) -> str:
        if value not in names:
            self.problems.append(f"{path}={value!r}; {one_of(value, names)}")
            return names[0]
        return value


def _searchable(path: str, fixed: dict[str, Any]):
    known = field_paths()
    if path not in known:
        yield f"{path}: {unknown_path(path, known)}"
    elif path.startswith(("cv.", "pairs.")) or path == "train.monitor":
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
):
    for path, allowed in param.when:
        where = f"{param.path}.when.{path}"
        if path not in named and path not in fixed:
            near = difflib.get_close_matches(path, [*named, *fixed], n=1)
            hint = f'did you mean "{near[0]}"?' if near else "it must be under params or fixed."
            yield f"{where}: unknown; {hint}"
        elif path in fixed and not any(same(fixed[path], option) for option in allowed):
            yield f"{where}: never true, since {path} is fixed at {fixed[path]!r}."
        elif path in params:
            for option in allowed:
                if not params[path].contains(option):
                    yield f"{where}: {option!r} is not a value that {path} can take."


def _start_problem(
    path: str, value: Any, point: dict[str, Any], params: dict[str, Param], fixed: dict[str, Any]
) -> str | None:
    if path not in params:
        return f"{path} is not under params; {one_of(path, tuple(params))}"
    param = params[path]
    if not param.contains(value):
        return f"{path}={value!r} lies outside {param.content()}.{text_hint(value)}"
    known = {**fixed, **point}
    if any(p in known for p, _ in param.when) and not param.applies(known):
        return f"{path} is given although its condition does not hold at this point."
    return None
