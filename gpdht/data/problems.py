"""What a reader repairs, doubts or refuses."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from gpdht.errors import DataError

Severity = Literal["repaired", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """Something a reader repaired, doubts, or did as it was told (`note`), and what can be done."""

    severity: Severity
    found: str
    remedy: str


def check_choice(option: str, value: str, choices: Any) -> None:
    """Raise `DataError` unless `value` is one of the `Literal` `choices`."""
    if value not in get_args(choices):
        known = ", ".join(get_args(choices))
        raise DataError(f'{option} "{value}" is unknown; use one of {known}.')


def check_places(option: str, places: Any, *, in_memory: str) -> None:
    """Raise `DataError` unless `places` is a list of texts and paths.

    Parameters
    ----------
    in_memory : what to do with a table or a dataset.
    """
    inside = places if isinstance(places, Sequence | Set) and not isinstance(places, str) else ()
    wrong = [one for one in inside if not isinstance(one, str | Path)]
    if inside is places and not wrong:
        return
    found = f"a {type(wrong[0]).__name__} in it" if wrong else f"a {type(places).__name__}"
    raise DataError(
        f"{option}: expected a list of files or folders, found {found}. Write e.g. "
        f'{option}=["PLACE"]. {in_memory}'
    )


def check_file(option: str, file: Any) -> None:
    """Raise `DataError` unless `file` is the place of one, or None."""
    if file is not None and not isinstance(file, str | Path):
        raise DataError(
            f"{option}: expected a file, found a {type(file).__name__}. Write it to one, and give "
            "its path."
        )
