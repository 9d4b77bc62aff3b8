"""The formats that a predicted network is written in, each for the tools that read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpdht.errors import DataError
from gpdht.network.export import FORMATS as TABLES
from gpdht.network.export import check_output, write_file
from gpdht.presentation import count

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.data.dataset import Dataset

GENERNIB_EDGES = 50_000
"""geneRNIB scores no more edges than these."""
GRAPH_EDGES = 200_000
"""A graph of so many takes a gigabyte of memory, and more of its readers'."""


@dataclass(frozen=True)
class Format:
    """A way to write a network.

    Parameters
    ----------
    endings : of a file's name.
    writer : module and function of gpdht.network that write it.
    signs : whether the format has a place for a sign.
    limit : how many edges its readers take at most.
    """

    endings: tuple[str, ...]
    writer: tuple[str, str]
    signs: bool = True
    limit: int | None = None


NETWORK_FORMATS = {
    "table": Format(TABLES, ("text_formats", "write_plain")),
    "decoupler": Format(TABLES, ("text_formats", "write_decoupler")),
    "arboreto": Format((".tsv", ".csv"), ("text_formats", "write_arboreto"), signs=False),
    "celloracle": Format((".parquet",), ("text_formats", "write_celloracle"), signs=False),
    "beeline": Format((".csv", ".tsv"), ("text_formats", "write_beeline")),
    "genernib": Format((".h5ad",), ("anndata_formats", "write_genernib"), limit=GENERNIB_EDGES),
    "graphml": Format((".graphml",), ("graph_formats", "write_graphml"), limit=GRAPH_EDGES),
    "sif": Format((".sif",), ("graph_formats", "write_sif")),
    "cytoscape": Format(
        (".cyjs", ".json"), ("graph_formats", "write_cytoscape"), limit=GRAPH_EDGES
    ),
    "h5ad": Format((".h5ad",), ("anndata_formats", "write_h5ad")),
}
BY_ENDING = {
    **dict.fromkeys(TABLES, "table"),
    ".graphml": "graphml",
    ".sif": "sif",
    ".cyjs": "cytoscape",
    ".h5ad": "h5ad",
}
"""The format of a file whose format is not named."""


def check_network_output(
    path: Path, name: str | None = None, *, signed: bool = False, top: int | None = None
) -> str:
    """The format's name, if such a network can be written there.

    Parameters
    ----------
    name : of the format; None to tell it from the path's ending.
    signed : whether the weights will have signs.
    top : how many edges are asked for, if that is said.

    Raises
    ------
    GpdhtError
        If the format is unknown, is another than the ending's, has no place for signs or for so
        many edges, or the file cannot be written.
    """
    if name is None:
        found = [one for ending, one in BY_ENDING.items() if path.name.endswith(ending)]
        if not found:
            raise DataError(
                f"{path}: unknown format; end the name in one of {', '.join(BY_ENDING)}, or name "
                f"the format (--format): {', '.join(NETWORK_FORMATS)}."
            )
        name = found[0]
    if name not in NETWORK_FORMATS:
        raise DataError(f'--format "{name}" is unknown; use one of {", ".join(NETWORK_FORMATS)}.')
    found_format = NETWORK_FORMATS[name]
    if not path.name.endswith(found_format.endings):
        raise DataError(
            f"{path}: a network for {name} ends in {' or '.join(found_format.endings)}; rename it, "
            "or name another --format."
        )
    if signed and not found_format.signs:
        raise DataError(
            f"--format {name} has no place for a sign; leave out --sign, or write another format."
        )
    if top is not None and found_format.limit is not None and top > found_format.limit:
        raise DataError(
            f"--top {top}: {name} takes at most {found_format.limit:,} edges; ask for no more."
        )
    check_output(path, found_format.endings)
    return name


def write_network(
    edges: pd.DataFrame,
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (what the option is called)
    dataset: Dataset | None = None,
) -> None:
    """Write a predicted network for the tools that read it, whole or not at all.

    Parameters
    ----------
    edges : a net table of `predict`, or a part of it, in the order to be written.
    path : its ending tells the format, except for those that must be named.
    format : ``table``, ``decoupler``, ``arboreto``, ``celloracle``, ``beeline``, ``genernib``,
        ``graphml``, ``sif``, ``cytoscape`` or ``h5ad``.
    dataset : what the network was predicted for: its name, what its matrix calls the genes and, in
        an ``.h5ad``, its cells.

    Raises
    ------
    GpdhtError
        If the format is unknown or does not fit ending or edges, or the file cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> import gpdht as gp
    >>> net = pd.DataFrame({"source": ["A", "A"], "target": ["B", "C"], "weight": [0.9, 0.4]})
    >>> net = net.assign(rank=[1, 2], known=[True, False])
    >>> gp.write_network(net, "net.sif")
    >>> pd.read_csv("net.sif", sep="\\t", header=None).values.tolist()
    [['A', 'regulates', 'B'], ['A', 'regulates', 'C']]
    """
    from importlib import import_module

    from gpdht.data.own_names import as_own, in_own_names

    path = Path(path)
    name = check_network_output(path, format, signed="sign" in edges)
    if dataset is not None:
        edges, dataset = in_own_names(edges, dataset), as_own(dataset)
    _check_edges(edges, name)
    module, function = NETWORK_FORMATS[name].writer
    write: Callable[..., Any] = getattr(import_module(f"gpdht.network.{module}"), function)
    write_file(path, lambda part: write(edges, part, path=path, dataset=dataset))


def _check_edges(edges: pd.DataFrame, name: str) -> None:
    limit = NETWORK_FORMATS[name].limit
    if limit is not None and len(edges) > limit:
        raise DataError(
            f"{len(edges):,} edges, but {name} takes at most {limit:,}; choose the best of them "
            f"(--top {limit}, EdgeChoice(top={limit}))."
        )
    pairs = edges[["source", "target"]]
    if pairs.duplicated().any():
        source, target = pairs[pairs.duplicated()].iloc[0]
        raise DataError(f"{source} → {target} stands twice among the edges; expected it once.")
    for end in pairs:
        odd = edges[end].astype(str).str.contains(r"[\x00-\x1f\x7f]")
        if odd.any():
            raise DataError(
                f"{count(odd.sum(), 'gene name holds', 'gene names hold')} a tab, a line break or "
                f"another control character, e.g. {edges[end][odd].iloc[0]!r}; most formats cannot "
                "have them. Rename these."
            )
