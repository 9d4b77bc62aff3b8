"""Everything `gpdht modules` finds in an edge table: hubs, recovery, circuit, absent regulators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from gpdht.errors import DataError
from gpdht.network.edge_tables import EdgeTable
from gpdht.network.hubs import gene_hubs, hub_correlation, tf_hubs
from gpdht.network.recovery import RANDOM, circuit, nearest_tfs, recovered_targets


@dataclass(frozen=True)
class Absent:
    """A regulator asked about that is no TF of the table."""

    name: str
    is_gene: bool
    nearest: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Modules:
    """The network of the `top` best edges of a table.

    Parameters
    ----------
    tfs, genes, correlation : see `tf_hubs`, `gene_hubs` and `hub_correlation`.
    recovery : see `recovered_targets`; `by_labels` is that of the label-only network of equal size.
    circuit : see `circuit`; the edges among the regulators asked about.
    """

    table: EdgeTable
    top: int
    random: int
    tfs: pd.DataFrame
    genes: pd.DataFrame
    correlation: float
    recovery: pd.DataFrame
    by_labels: pd.DataFrame | None
    circuit: pd.DataFrame
    absent: tuple[Absent, ...]

    def recoveries(self) -> pd.DataFrame:
        """Both recovery tables in one, with the column `network`: ``model`` or ``labels``."""
        both = {"model": self.recovery, "labels": self.by_labels}
        parts = [part.assign(network=name) for name, part in both.items() if part is not None]
        return pd.concat(parts, ignore_index=True)


def find_modules(
    table: EdgeTable,
    tfs: Sequence[str] = (),
    *,
    top: int | None = None,
    random: int = RANDOM,
    seed: int = 0,
    report: Callable[[str, int], None] | None = None,
) -> Modules:
    """Hubs of the network of the `top` best edges, and what it recovers of the targets of `tfs`.

    Parameters
    ----------
    top : as many edges as are known, unless told otherwise.
    report : called with the network's name and the number of random networks done.

    Raises
    ------
    DataError
        If no edge of the table is known, or it has fewer than `top`.
    """
    if not table.num_known:
        raise DataError(
            f"0 of the {len(table.edges)} edges are known; expected some, for recovery is of known "
            "targets. Give a table of data with a network."
        )
    top = table.num_known if top is None else top

    def recovered(by: str) -> pd.DataFrame:
        def done(number: int) -> None:
            if report is not None:
                report("model" if by == "weight" else "labels", number)

        return recovered_targets(table, tfs, top=top, by=by, random=random, seed=seed, report=done)

    return Modules(
        table,
        top,
        random,
        tf_hubs(table, top),
        gene_hubs(table, top),
        hub_correlation(table, top),
        recovered("weight"),
        recovered("baseline") if table.has_baseline else None,
        circuit(table, tfs, top=top),
        _absent(table, tfs),
    )


def _absent(table: EdgeTable, tfs: Sequence[str]) -> tuple[Absent, ...]:
    sources, targets = set(table.edges["source"]), set(table.edges["target"])
    return tuple(
        Absent(name, name in targets, tuple(nearest_tfs(table, name)))
        for name in dict.fromkeys(tfs)
        if name not in sources
    )
