"""What a reader repairs, doubts or refuses."""

from __future__ import annotations

from dataclasses import dataclass
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
