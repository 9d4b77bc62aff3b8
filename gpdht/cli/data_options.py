"""How every verb is told about data: shared options, and opening what they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from gpdht.cli.bundled_options import bundle
from gpdht.cli.matrix_options import of_record, takes_matrix_options
from gpdht.cli.net_options import takes_net_options
from gpdht.data.matrix_options import AS_STORED, MatrixOptions
from gpdht.data.net_options import AS_FOUND, NetOptions

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.data.dataset import Dataset
    from gpdht.data.problems import Problem

PLACES = (
    "A folder (BL--, BEELINE or 10x layout), an .h5ad, 10x .h5, loom, csv, tsv or parquet "
    "matrix, or toy (toy:genes=300,cells=500,seed=1 for another size)."
)
DataArg = Annotated[str, typer.Argument(metavar="DATA", help=PLACES)]
NetOpt = Annotated[
    Path | None,
    typer.Option("--net", metavar="FILE", help="Edge list TF → target; needed beside a matrix."),
]
TfsOpt = Annotated[
    Path | None, typer.Option("--tfs", metavar="FILE", help="TF list, one name per line.")
]
SymbolsOpt = Annotated[
    str,
    typer.Option(
        "--symbols",
        metavar="exact|upper",
        help="upper: compare all gene names in upper case; results have the matrix's own.",
    ),
]
PriorsOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--prior",
        metavar="NET",
        help="A network that models may see beside the labels: an edge list, or a dataset's folder "
        "(its labels). human:NET says its species. May be given several times.",
    ),
]
OthersOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="SET",
        help="Another set to learn from: its labels and expression train the model too. human:SET "
        "says its species. May be given several times; variants of DATA itself are left out.",
    ),
]
OrthologsOpt = Annotated[
    Path | None,
    typer.Option(
        "--orthologs",
        metavar="FILE",
        help="Table (csv, tsv, parquet) of one-to-one orthologs (human_symbol,mouse_symbol) for "
        "priors and sets of another species; the data are then given as mouse:DATA.",
    ),
]
OrientationOpt = Annotated[
    str,
    typer.Option(
        "--orientation",
        metavar="auto|genes|cells",
        help="What the rows of a matrix file are; auto looks for the edge list's genes.",
    ),
]


@dataclass(frozen=True)
class DataOptions:
    """What the shared options say of data, whatever is opened with them.

    Parameters
    ----------
    priors, others : places, ``human:PLACE`` for those of another species.
    net_options, matrix_options : what is said of the edge list and of the matrix.
    """

    net: Path | None = None
    tfs: Path | None = None
    symbols: str = "exact"
    orientation: str = "auto"
    priors: Sequence[str] | None = None
    orthologs: Path | None = None
    others: Sequence[str] | None = None
    net_options: NetOptions = AS_FOUND
    matrix_options: MatrixOptions = AS_STORED

    def open(
        self,
        data: str,
        *,
        show_problems: bool = True,
        default_net: pd.DataFrame | None = None,
        needs_net: bool = True,
    ) -> Dataset:
        """The dataset; its problems go to stderr if they are shown."""
        from gpdht.data.source import open_dataset

        dataset = open_dataset(
            data,
            net=self.net,
            tfs=self.tfs,
            symbols=cast(Any, self.symbols),  # open_dataset refuses what it does not know
            orientation=cast(Any, self.orientation),
            priors=self.priors or (),
            orthologs=self.orthologs,
            others=self.others or (),
            default_net=default_net,
            net_options=self.net_options,
            matrix_options=self.matrix_options,
            needs_net=needs_net,
        )
        if show_problems:
            print_problems(dataset.problems, Console(stderr=True, highlight=False, soft_wrap=True))
        return dataset

    def open_together(self, data: Sequence[str]) -> Dataset:
        """The dataset, or several as trials score them together, under the same options."""
        from gpdht.data.together import together

        return together([self.open(one) for one in data])

    def record(self, *data: str) -> dict[str, Any]:
        """Plain values that open the same data from any folder; `reopen` takes them."""
        from gpdht.data.source import absolute

        first, *rest = map(absolute, data)
        files = {"net": self.net, "tfs": self.tfs, "orthologs": self.orthologs}
        return {
            "data": first,
            **({"together": rest} if rest else {}),
            **{name: file and str(file.absolute()) for name, file in files.items()},
            "symbols": self.symbols,
            "orientation": self.orientation,
            "priors": [absolute(prior) for prior in self.priors or ()],
            "others": [absolute(other) for other in self.others or ()],
            "net_options": asdict(self.net_options),
            "matrix_options": asdict(self.matrix_options),
        }


def reopen(record: Mapping[str, Any], *, moved: Sequence[str] = ()) -> Dataset:
    """The data of a `DataOptions.record`, or those at `moved` under the same options."""
    from gpdht.data.together import together

    files = {
        name: Path(record[name]) if record.get(name) else None
        for name in ("net", "tfs", "orthologs")
    }
    options = DataOptions(
        **files,
        symbols=record.get("symbols") or "exact",
        orientation=record.get("orientation") or "auto",
        priors=record.get("priors"),
        others=record.get("others"),
        net_options=NetOptions(**record.get("net_options") or {}),
        matrix_options=of_record(record),
    )
    places = moved or [record["data"], *record.get("together", ())]
    return together([options.open(place, show_problems=False) for place in places])


@takes_net_options
@takes_matrix_options
def _of_own(
    *,
    net: NetOpt = None,
    tfs: TfsOpt = None,
    symbols: SymbolsOpt = "exact",
    orientation: OrientationOpt = "auto",
    net_options: NetOptions,
    matrix_options: MatrixOptions,
) -> DataOptions:
    return DataOptions(
        net, tfs, symbols, orientation, net_options=net_options, matrix_options=matrix_options
    )


@bundle(_of_own, _of_own, "own")
def _of_all(
    *,
    own: DataOptions,
    priors: PriorsOpt = None,
    orthologs: OrthologsOpt = None,
    others: OthersOpt = None,
) -> DataOptions:
    return replace(own, priors=priors, orthologs=orthologs, others=others)


takes_own_data = bundle(_of_own, _of_own, "data_options")
"""Gives a verb the options of data without those of other networks and sets, as `data_options`."""

takes_data = bundle(_of_all, _of_all, "data_options")
"""Gives a verb all options of data, which it gets as `data_options`."""


def print_problems(problems: tuple[Problem, ...], console: Console) -> None:
    """Each problem with its remedy below it."""
    for problem in problems:
        console.print(f"{problem.severity}: {problem.found}", markup=False)
        console.print(f"  → {problem.remedy}", markup=False)
