"""Net tables to files; nothing is half-written, and a bad path is refused before the work."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gpdht.errors import GpdhtError

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
    """Write a table in the format of its name: to a temporary file beside it, then renamed."""
    check_output(path)
    suffix = next(ending for ending in FORMATS if path.name.endswith(ending))
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, suffix=suffix)
    os.close(handle)
    try:
        if suffix == ".parquet":
            table.to_parquet(name, index=False)
        else:
            table.to_csv(name, index=False, sep="\t" if ".tsv" in suffix else ",")
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)  # what a plain open() would have given
        Path(name).replace(path)
    except OSError as error:
        raise GpdhtError(f"{path} could not be written: {error}") from error
    finally:
        Path(name).unlink(missing_ok=True)
