"""Several sets on which one configuration is scored: settings that are good on all of them.

Each keeps its own folds, models and baselines; nothing is learned from one for another, unless
`gpdht.data.others` adds it. A score is the mean over the sets.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gpdht.data.dataset import Dataset
from gpdht.data.derived import once
from gpdht.data.set_names import name_sets
from gpdht.errors import GpdhtError

_NAMED = 3


def together(data: Dataset | Sequence[Dataset]) -> Dataset:
    """The first set, with the others beside it under short names; a single set is itself.

    Raises
    ------
    ConfigError
        If there is none, or two hold the same data.
    """
    if isinstance(data, Dataset):
        return data
    alone = [one for given in data for one in each_alone(given)]
    if len(alone) == 1:
        return alone[0]
    first, *rest = (replace(one, name=name) for name, one in name_sets(alone).items())
    return replace(first, together=tuple(rest))


def each_alone(dataset: Dataset) -> tuple[Dataset, ...]:
    """The sets that stand together, each by itself; the same objects with every call."""
    if not dataset.together:
        return (dataset,)
    return once(dataset, "alone", lambda: (replace(dataset, together=()), *dataset.together))


def joint_name(dataset: Dataset) -> str:
    """The names of the sets that stand together, of many the first ones."""
    names = [one.name for one in each_alone(dataset)]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED + 1 else []
    return " + ".join([*names[:_NAMED], *more] if more else names)


@contextlib.contextmanager
def errors_name(one: str) -> Iterator[None]:
    """Inside, the message of an error begins with the name of a set; unless the name is empty."""
    try:
        yield
    except GpdhtError as error:
        if not one:
            raise
        raise type(error)(f"{one}: {error}") from error
