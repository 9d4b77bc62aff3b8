"""Short names that tell several sets apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gpdht.data.dataset import Dataset
from gpdht.errors import ConfigError

_SIZE = re.compile(r"TFs\+(\d+)")


def name_sets(datasets: Sequence[Dataset]) -> dict[str, Dataset]:
    """The datasets by a short name each, in the order given.

    ``Specific Dataset/mDC/TFs+500`` becomes ``mDC500``; where two would be called the same, as
    much of the full name is kept as tells them apart (``mDC500-STRING``), elsewhere the start of
    the fingerprint (``toy-3f0a``), at last a number.

    Raises
    ------
    ConfigError
        If there is none, or two hold the same data.
    """
    if not datasets:
        raise ConfigError("no data are given; give at least one DATA.")
    seen: dict[str, Dataset] = {}
    for dataset in datasets:
        twin = seen.get(dataset.fingerprint)
        if twin is not None:
            raise ConfigError(
                f'"{twin.name}" and "{dataset.name}" are the same data '
                f"({dataset.fingerprint[:12]}); give each set once."
            )
        seen[dataset.fingerprint] = dataset
    choices = [_names(dataset.name, dataset.fingerprint) for dataset in datasets]
    names = [choice[0] for choice in choices]
    for level in (1, 2):
        names = [
            choice[level] if names.count(name) > 1 else name
            for name, choice in zip(names, choices, strict=True)
        ]
    return dict(zip(_numbered(names), datasets, strict=True))


def _names(full: str, fingerprint: str) -> tuple[str, str, str]:
    """A set's name, from short to long."""
    clean = re.sub(r"[^A-Za-z0-9+._/-]+", "-", full).strip("-")
    parts = full.split("/")
    size = _SIZE.fullmatch(parts[-1])
    if size and len(parts) > 1:
        short = parts[-2] + size[1]
        network = parts[-3].removesuffix(" Dataset") if len(parts) > 2 else ""
        return short, f"{short}-{network}".strip("-").replace(" ", "-"), clean
    short = re.sub(r"[^A-Za-z0-9+._-]+", "-", parts[-1].partition(" (")[0]).strip("-") or "set"
    return short, f"{short}-{fingerprint[:4]}", clean


def _numbered(names: list[str]) -> list[str]:
    return [
        name if names.count(name) == 1 else f"{name}-{names[: i + 1].count(name)}"
        for i, name in enumerate(names)
    ]
