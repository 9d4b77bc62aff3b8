"""What is said of settings that do not exist or cannot be."""

from __future__ import annotations

import difflib
from typing import Any


def unknown_path(path: str, known: dict[str, Any]) -> str:
    """One line that says a path is unknown and which one was probably meant."""
    leaf = path.rpartition(".")[2]
    by_leaf = [candidate for candidate in known if candidate.partition(".")[2] == leaf]
    near = by_leaf or difflib.get_close_matches(path, known, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else "`gpdht config` lists all settings."
    return f'unknown setting "{path}"; {hint}'


def bad_value(item: Any) -> str:
    """One line of what pydantic says of a value."""
    path = ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    return f"{path}={item['input']!r}: {message}" if path else message
