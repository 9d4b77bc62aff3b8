"""Tables to files; nothing is half-written, and a bad path is refused before the work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gpdht.errors import GpdhtError
from gpdht.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")


def check_output(path: Path, endings: tuple[str, ...] = FORMATS) -> None:
    """Make sure that `path` can be written and has a known format.

    Raises
    ------
    GpdhtError
        Naming the formats, or what is wrong with the folder.
    """
    if not path.name.endswith(endings):
        raise GpdhtError(f"{path}: unknown format; end the name in one of {', '.join(endings)}.")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise GpdhtError(f"{path}: the folder {folder} does not exist; make it first.")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise GpdhtError(f"{path} cannot be written; choose another place or change its rights.")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table in the format of its name, whole or not at all."""
    check_output(path)
    write_file(path, lambda part: write_part(table, part, path))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    GpdhtError
        If the disk refuses.
    """
    try:
        write_whole(path, write)
    except OSError as error:
        raise GpdhtError(f"{path} could not be written: {error}") from error


def write_part(table: pd.DataFrame, part: Path, path: Path, separator: str | None = None) -> None:
    """Write the table of `path` to `part`; the name of `path` says format and compression."""
    if path.suffix == ".parquet":
        table.to_parquet(part, index=False)
        return
    found = "\t" if ".tsv" in path.suffixes[-2:] else ","
    compression = "gzip" if path.suffix == ".gz" else None
    table.to_csv(part, index=False, sep=separator or found, compression=compression)
