"""A table that is computed once and then found in a folder."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

logger = logging.getLogger(__name__)


def cached_table(
    path: Path | None, compute: Callable[[], pd.DataFrame], *, fits: Callable[[pd.DataFrame], bool]
) -> pd.DataFrame:
    """The table in a parquet file if there is one, else a computed one, which is then kept there.

    The file appears whole or not at all, so that processes may compute the same at once. One
    that cannot be read is computed again, with a warning.

    Parameters
    ----------
    path : None computes without keeping.
    fits : whether a table that was found is one that `compute` could give.
    """
    if path is None:
        return compute()
    if path.exists():
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError, pa.ArrowException) as error:
            logger.warning("%s is unreadable (%s); computing it again", path, error)
        else:
            if fits(table):
                return table
            logger.warning("%s does not hold what its name says; computing it again", path)
    table = compute()
    _save_atomically(table, path)
    return table


def _save_atomically(table: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    try:
        table.to_parquet(temporary, index=False)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
