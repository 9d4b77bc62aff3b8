"""A search space: what to search, in which order, towards which objective."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field

from gpdht.config import Config
from gpdht.errors import ConfigError, SpaceError
from gpdht.published import find_space
from gpdht.search.costs import Constraints, Cost
from gpdht.search.params import Param
from gpdht.search.sections import Objective, Sampler, Scheduler, Trials
from gpdht.search.space_checks import SpaceDocument
from gpdht.unread import unread

_FEASIBILITY_DRAWS = 200


class Space(BaseModel):
    """A checked search space; `load_space` makes one.

    Parameters
    ----------
    costs : further objectives, each lower is better; the sampler proposes towards all of them.
    constraints : what a trial has to keep to be the winner, e.g. ``<= 4000`` by the name of a cost
        or of a validation score.
    params : in an order in which every condition comes before what depends on it.
    fixed : settings that differ from the config's defaults in every trial.
    start_from : points to try first.
    """

    model_config = ConfigDict(frozen=True)

    objective: Objective
    costs: tuple[Cost, ...] = ()
    constraints: Constraints = {}
    trials: Trials
    sampler: Sampler
    scheduler: Scheduler = Field(discriminator="name")
    fixed: dict[str, Any]
    params: tuple[Param, ...]
    start_from: tuple[dict[str, Any], ...]

    def config(self, values: dict[str, Any]) -> Config:
        """The config of one point; its best epoch is chosen by the objective's metric.

        Raises
        ------
        ConfigError
            If the values do not go together, e.g. heads that do not divide the width.
        """
        return Config.from_flat({**self.base, **values})

    @property
    def base(self) -> dict[str, Any]:
        """What all trials share and does not follow from the config's defaults."""
        return {"train.monitor": self.objective.metric.removeprefix("val/"), **self.fixed}

    @property
    def reference(self) -> dict[str, Any] | None:
        """The point that a study tries first, whole, and holds its winner against.

        The first of `start_from`, or the priors if every setting has one; what that leaves out is
        at the config's defaults, or at what is nearest to them in the space. None if nothing is
        searched, or if those values do not go together.
        """
        if not self.params:
            return None
        given = self.start_from[0] if self.start_from else self._prior_point()
        defaults, values = Config().flat(), dict(self.fixed)
        for param in self.params:
            if param.applies(values):
                path = param.path
                values[path] = given.get(path, param.nearest(defaults[path]))
        point = {path: value for path, value in values.items() if path not in self.fixed}
        return point if self._feasible(point) else None

    def _prior_point(self) -> dict[str, Any]:
        """The priors, if every setting has one; else nothing."""
        believed = {p.path: p.nearest(p.prior) for p in self.params if p.prior is not None}
        return believed if len(believed) == len(self.params) else {}

    def sample(self, rng: np.random.Generator) -> dict[str, Any]:
        """One random point; parameters whose condition does not hold are absent."""
        values = dict(self.fixed)
        for param in self.params:
            if param.applies(values):
                values[param.path] = param.sample(rng)
        return {path: value for path, value in values.items() if path not in self.fixed}

    def feasible_share(self, *, draws: int = _FEASIBILITY_DRAWS, seed: int = 0) -> float:
        """Share of random points that are valid configs."""
        rng = np.random.default_rng(seed)
        return sum(self._feasible(self.sample(rng)) for _ in range(draws)) / draws

    def unread_notes(self, *, draws: int = _FEASIBILITY_DRAWS, seed: int = 0) -> list[str]:
        """A sentence for each searched setting that a part of random points does not read."""
        rng = np.random.default_rng(seed)
        reasons: dict[str, list[str]] = {param.path: [] for param in self.params}
        for _ in range(draws):
            point = self.sample(rng)
            for path, reason in unread(Config().flat() | self.fixed | point).items():
                if path in point:
                    reasons[path].append(reason)
        return [
            f"params.{path} changes nothing in {len(found) / draws:.0%} of random points: it is "
            f"{found[0]}; give it a `when`."
            for path, found in reasons.items()
            if found
        ]

    def with_trials(self, trials: int) -> Space:
        """The same space with another number of trials."""
        if trials < 1:
            raise SpaceError(f"trials is {trials}; expected at least 1.")
        if trials > 1 and not self.params:
            raise SpaceError(
                f"the space has one point, so {trials} trials would all be the same; use 1 trial."
            )
        return self.model_copy(update={"trials": trials})

    def with_seed(self, seed: int) -> Space:
        """The same space with one seed for the sampler, the folds, and the weights."""
        seeds = {"cv.seed": seed, "train.seed": seed}
        sampler = self.sampler.model_copy(update={"seed": seed})
        return self.model_copy(update={"sampler": sampler, "fixed": {**self.fixed, **seeds}})

    def content(self) -> dict[str, Any]:
        """The space as plain data that `load_space` reads back to an equal space."""
        params = {param.path: param.content() for param in self.params}
        unused = {name for name in ("costs", "constraints") if not getattr(self, name)}
        return {**self.model_dump(mode="json", exclude={"params", *unused}), "params": params}

    @property
    def hash(self) -> str:
        """sha256 of the content, 16 hex digits; the number of trials does not count."""
        content = {key: value for key, value in self.content().items() if key != "trials"}
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _feasible(self, values: dict[str, Any]) -> bool:
        try:
            self.config(values)
        except ConfigError:
            return False
        return True


def load_space(source: str | Path | Mapping[str, Any]) -> Space:
    """A checked space from a YAML file, a shipped one's name, or the same content as a mapping.

    Raises
    ------
    SpaceError
        With every problem at once, each under its dotted path.

    Examples
    --------
    >>> import gpdht as gp
    >>> space = gp.load_space("quick")
    >>> space.trials, [param.path for param in space.params][:2]
    (12, ['graph.levels', 'encoder.tau'])
    >>> mine = gp.load_space({"trials": 4, "params": {"encoder.dim": {"choice": [16, 32]}}})
    """
    if isinstance(source, Mapping):
        name, raw = "space", dict(source)
    else:
        name, raw = str(source), _read_yaml(find_space(source))
    document = SpaceDocument(raw)
    if document.problems:
        raise SpaceError(_describe(name, document.problems))
    space = Space(**document.parts())
    _check_feasible(name, space)
    return space


def _check_feasible(name: str, space: Space) -> None:
    if space.feasible_share(draws=_FEASIBILITY_DRAWS if space.params else 1) > 0:
        return
    example = space.sample(np.random.default_rng(0))
    try:
        space.config(example)
    except ConfigError as error:
        problem = f"no point is a valid configuration; e.g. {example or space.fixed}: {error}"
        raise SpaceError(_describe(name, [problem])) from error


def _describe(name: str, problems: list[str]) -> str:
    if len(problems) == 1:
        return f"{name}: {problems[0]}"
    return "\n  - ".join([f"{name}: {len(problems)} problems", *problems])


class _StrictLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys without a word; this one refuses."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise SpaceError(f'line {line}: "{key}" appears twice; keep one of them.')
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _read_yaml(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpaceError(
            f"{path}: cannot be read ({error}); expected a YAML file such as "
            "`gpdht space show quick` prints."
        ) from error
    try:
        # _StrictLoader derives from SafeLoader
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506
    except SpaceError as error:
        raise SpaceError(f"{path}: {error}") from None
    except yaml.YAMLError as error:
        raise SpaceError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
