"""Net tables to files; nothing is half-written, and a bad path is refused before the work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gpdht.errors import GpdhtError
from gpdht.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")


def check_output(path: Path) -> None:
    """Make sure that `path` can be written and has a known format.

    Raises
    ------
    GpdhtError
        Naming the formats, or what is wrong with the folder.
    """
    if not path.name.endswith(FORMATS):
        raise GpdhtError(f"{path}: unknown format; end the name in one of {', '.join(FORMATS)}.")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise GpdhtError(f"{path}: the folder {folder} does not exist; make it first.")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise GpdhtError(f"{path} cannot be written; choose another place or change its rights.")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table in the format of its name, whole or not at all."""
    check_output(path)
    suffix = next(ending for ending in FORMATS if path.name.endswith(ending))

    def write(part: Path) -> None:
        if suffix == ".parquet":
            table.to_parquet(part, index=False)
        else:
            separator = "\t" if ".tsv" in suffix else ","
            compression = "gzip" if suffix.endswith(".gz") else None
            table.to_csv(part, index=False, sep=separator, compression=compression)

    try:
        write_whole(path, write)
    except OSError as error:
        raise GpdhtError(f"{path} could not be written: {error}") from error
