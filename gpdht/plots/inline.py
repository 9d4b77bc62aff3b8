"""Tables as a chart holds them: small, complete, with nothing in them that JSON lacks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

DIGITS = 4


def rows_of(table: pd.DataFrame) -> alt.Data:
    """A table as a list of rows; numbers have four digits, what is missing is null.

    Unlike a table given to Altair as it is, inline values are not limited in number.
    """
    names = [str(name) for name in table.columns]
    return _Rows(
        values=[
            {name: _small(value) for name, value in zip(names, row, strict=True)}
            for row in table.itertuples(index=False, name=None)
        ]
    )


def long_layer(
    rows: pd.DataFrame, layers: Sequence[alt.Chart], *, key: str, lists: Sequence[str]
) -> Any:
    """Layers over a long table that is held once, in a fifth of the size of its rows.

    What is the same in all rows of a key stands there once, the rest in lists; Vega flattens them.

    Parameters
    ----------
    rows : all columns but the lists are taken from the first row of a key.
    layers : without data of their own.
    lists : the columns that differ from row to row.
    """
    groups = rows.groupby(key, sort=False)
    short = groups.first().reset_index()[[name for name in rows.columns if name not in lists]]
    short = short.assign(**{name: list(groups[name].agg(list)) for name in lists})
    return alt.layer(*layers, data=rows_of(short)).transform_flatten(list(lists))


class _Rows(alt.Data):
    """Plain rows that no chart changes: Altair would copy them, value by value, with each layer."""

    def __deepcopy__(self, memo: Any) -> _Rows:
        return self

    def to_dict(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"values": self.values}


def _small(value: Any) -> Any:
    if isinstance(value, list):
        return [_small(item) for item in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | str):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
