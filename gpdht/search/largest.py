"""The configuration of a space that takes most memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gpdht.config import Config
from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError
from gpdht.models.memory_need import memory_need
from gpdht.presentation import setting
from gpdht.search.params import ChoiceParam, Param
from gpdht.search.space import Space

DRAWS = 200
_STARTS = 5
_SAVES = 0.05  # of the whole; what saves less is not worth naming


@dataclass(frozen=True, eq=False)
class Largest:
    """A point of a space and what a trial of it takes.

    Parameters
    ----------
    values : of the searched settings.
    need : bytes, by what takes them.
    decisive : the searched settings that would lower it, those that would most first.
    """

    values: dict[str, Any]
    config: Config
    need: dict[str, int]
    decisive: tuple[str, ...] = ()

    @cached_property
    def bytes(self) -> int:
        return sum(self.need.values())

    def __str__(self) -> str:
        """The decisive settings with their values."""
        return ", ".join(f"{path} {setting(self.values[path])}" for path in self.decisive)


def largest_config(space: Space, dataset: Dataset, *, draws: int = DRAWS, seed: int = 0) -> Largest:
    """The point with the largest estimate that can be found.

    Random points, then from the largest of them one setting after another is moved to the end or
    the choice that takes most. The estimate falls with no setting, so that ends at the top, but
    for values that exclude each other.

    Raises
    ------
    SpaceError
        By `load_space`, before: a space has at least one valid point.
    """
    rng = np.random.default_rng(seed)
    points = [space.reference or {}, *(space.sample(rng) for _ in range(draws))]
    found = [one for one in (_measured(space, dataset, point) for point in points) if one]
    starts = sorted(found, key=lambda one: -one.bytes)[:_STARTS]
    top = max((_climb(space, dataset, start) for start in starts), key=lambda one: one.bytes)
    return replace(top, decisive=_decisive(space, dataset, top))


def _climb(space: Space, dataset: Dataset, best: Largest) -> Largest:
    while True:
        before = best
        for param in space.params:
            if param.path in best.values:
                best = max(best, *_neighbours(space, dataset, best, param), key=lambda x: x.bytes)
        if best is before:
            return best


def _neighbours(space: Space, dataset: Dataset, point: Largest, param: Param) -> list[Largest]:
    """The point, and those where one setting is at another end or choice."""
    if isinstance(param, ChoiceParam):
        ends = param.choices
    else:
        ends = tuple(param.nearest(bound) for bound in param.bounds)
    moved = [_completed(space, {**point.values, param.path: value}) for value in ends]
    found = (_measured(space, dataset, values) for values in moved)
    return [point, *(one for one in found if one is not None)]


def _decisive(space: Space, dataset: Dataset, top: Largest) -> tuple[str, ...]:
    """The settings of a point that could each save a part of its memory, by how much."""
    least = {
        param.path: min(one.bytes for one in _neighbours(space, dataset, top, param))
        for param in space.params
        if param.path in top.values
    }
    saving = [path for path, size in least.items() if size < (1 - _SAVES) * top.bytes]
    return tuple(sorted(saving, key=lambda path: least[path]))


def _completed(space: Space, wanted: dict[str, Any]) -> dict[str, Any]:
    """The point with what now applies, and without what no longer does."""
    return dict(_walk(space, wanted, Config().flat()))


def _walk(
    space: Space, wanted: dict[str, Any], defaults: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    values = dict(space.fixed)
    for param in space.params:
        if param.applies(values):
            path = param.path
            values[path] = wanted.get(path, param.nearest(defaults[path]))
            yield path, values[path]


def _measured(space: Space, dataset: Dataset, values: dict[str, Any]) -> Largest | None:
    """The point with its estimate; None if its values do not go together."""
    try:
        config = space.config(values)
    except ConfigError:
        return None
    return Largest(values, config, memory_need(config, dataset))
