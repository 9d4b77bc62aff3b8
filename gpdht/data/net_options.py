"""How an edge list is to be read where its file does not say it, or says it wrongly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from gpdht.errors import DataError

ROLES = ("tf", "target", "weight", "label")
NOT_READ = "none"


@dataclass(frozen=True)
class NetOptions:
    """What the user says of an edge list; what is not said is judged by the file.

    Parameters
    ----------
    columns : ``tf=NAME,target=NAME[,weight=NAME][,label=NAME]``, or a part of it; each by its
        number from 1 or by its name in the header. ``weight=none`` and ``label=none`` leave that
        column unread.
    label_column : the column that says whether a row is an edge, by name or number.
    min_weight : rows whose weight is smaller, whatever its sign, are no edges.
    only_tfs : edges of TFs outside the TF list are no edges.

    Raises
    ------
    DataError
        If `columns` names no role twice or an unknown one, or `min_weight` is no number ≥ 0.

    Examples
    --------
    >>> from gpdht import NetOptions
    >>> NetOptions(columns="tf=2,target=1", label_column="bound").chosen
    {'tf': '2', 'target': '1', 'label': 'bound'}
    """

    columns: str | None = None
    label_column: str | None = None
    min_weight: float | None = None
    only_tfs: bool = False

    def __post_init__(self) -> None:
        _ = self.chosen
        if self.min_weight is not None and not 0 <= self.min_weight < math.inf:
            raise DataError(
                f"--min-weight {self.min_weight:g}: expected a number ≥ 0; edges whose weight is "
                "smaller, whatever its sign, are dropped."
            )

    @cached_property
    def chosen(self) -> dict[str, str]:
        """Name or number of the column of each role that was given one."""
        chosen: dict[str, str] = {}
        for item in self.columns.split(",") if self.columns is not None else ():
            role, _, column = (part.strip() for part in item.partition("="))
            if role not in ROLES or not column or role in chosen:
                raise DataError(
                    f'--columns "{self.columns}": "{item}" is not understood; expected '
                    "tf=NAME,target=NAME[,weight=NAME][,label=NAME], each once, with the names of "
                    "the header or numbers from 1."
                )
            chosen[role] = column
        label = self.label_column
        if label is not None and chosen.setdefault("label", label) != label:
            raise DataError(
                f"--columns label={chosen['label']} and --label-column {label} disagree; give one "
                "of them."
            )
        return chosen


AS_FOUND = NetOptions()
"""Nothing is said of the edge list."""
