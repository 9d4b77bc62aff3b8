"""Which edges of a predicted network are written, and with what sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpdht.data.problems import check_choice
from gpdht.errors import DataError
from gpdht.network.edge_signs import Sign, add_signs

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.data.dataset import Dataset
    from gpdht.metrics.calibration import Platt

NO_CALIBRATION = (
    "the model has no calibration, so its weights do not tell how often they are right "
    "(--min-precision). Register its study again, or save it again by `gpdht fit --save`; --top "
    "and --top-per-tf need none."
)


@dataclass(frozen=True)
class EdgeChoice:
    """What is kept of a net table; conditions combine, in this order.

    Parameters
    ----------
    new : only pairs that are not known.
    sign : where `weight` gets a sign from; edges without one are then left out. See `add_signs`.
    min_precision : the least expected precision of an edge; see `Platt`.
    top_per_tf : the best so many edges of each TF.
    top : the best so many edges.

    Raises
    ------
    DataError
        If a number is out of its range, or `sign` is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from gpdht import EdgeChoice
    >>> net = {"source": ["A", "A", "B"], "target": ["x", "y", "x"], "weight": [0.9, 0.8, 0.7]}
    >>> EdgeChoice(top_per_tf=1).of(pd.DataFrame(net).assign(known=False))[["source", "target"]]
      source target
    0      A      x
    1      B      x
    """

    new: bool = False
    sign: Sign = "none"
    min_precision: float | None = None
    top_per_tf: int | None = None
    top: int | None = None

    def __post_init__(self) -> None:
        check_choice("--sign", self.sign, Sign)
        if self.min_precision is not None and not 0 < self.min_precision < 1:
            raise DataError(f"--min-precision {self.min_precision:g}: expected a number in (0, 1).")
        for option, value in (("--top-per-tf", self.top_per_tf), ("--top", self.top)):
            if value is not None and value < 1:
                raise DataError(f"{option} {value}: expected a number of edges, at least 1.")

    def of(
        self,
        edges: pd.DataFrame,
        *,
        dataset: Dataset | None = None,
        calibration: Platt | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> pd.DataFrame:
        """The edges chosen, in their order, with the rank that they have among all.

        Parameters
        ----------
        edges : a net table of `predict`, best first.
        dataset : with the known signs or the cells; needed for a sign.
        calibration : of the model, `Model.calibration`; needed for `min_precision`, which adds a
            column `precision`.
        say : gets one sentence for each condition: how many edges it leaves.

        Raises
        ------
        DataError
            If nothing is left, or what a condition needs is missing.
        """
        steps: list[tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = []
        if self.new:
            if "known" not in edges:
                raise DataError("--new: the network does not say which of its edges are known.")
            steps.append(("--new", lambda table: table[~table["known"].astype(bool)]))
        if self.sign != "none":
            if dataset is None:
                raise DataError(f'sign "{self.sign}" needs the dataset: pass dataset=.')
            by, source = self.sign, dataset
            steps.append((f"--sign {by}", lambda table: add_signs(table, source, by=by)))
        if self.min_precision is not None:
            if calibration is None:
                raise DataError(NO_CALIBRATION)
            at_least, platt = self.min_precision, calibration
            steps.append(
                (
                    f"--min-precision {at_least:g}",
                    lambda table: _at_least(table, at_least, platt),
                )
            )
        if (per_tf := self.top_per_tf) is not None:
            steps.append(
                (
                    f"--top-per-tf {per_tf}",
                    lambda table: table[table.groupby("source").cumcount() < per_tf],
                )
            )
        if (top := self.top) is not None:
            steps.append((f"--top {top}", lambda table: table.head(top)))
        for option, keep in steps:
            kept = keep(edges)
            if kept.empty:
                raise DataError(
                    f"{option} leaves 0 of {len(edges):,} edges{_best(edges, option, calibration)}."
                    " Nothing is left to write; ask for less."
                )
            say(f"{option}: {len(kept):,} of {len(edges):,} edges")
            edges = kept.reset_index(drop=True)
        return edges


def _at_least(edges: pd.DataFrame, precision: float, calibration: Platt) -> pd.DataFrame:
    if calibration.slope <= 0:
        raise DataError(
            "out of fold, pairs with higher weights of this model were not known edges more often, "
            "so no weight stands for a precision. Choose by --top or --top-per-tf."
        )
    expected = calibration.of_probability(edges["weight"].abs().to_numpy())
    return edges.assign(precision=expected)[expected >= precision]


def _best(edges: pd.DataFrame, option: str, calibration: Platt | None) -> str:
    if calibration is None or not option.startswith("--min-precision"):
        return ""
    expected = calibration.of_probability(edges["weight"].abs().to_numpy())
    return f" (the highest expected precision is {expected.max():.2f})"
