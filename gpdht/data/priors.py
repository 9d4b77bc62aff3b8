"""Prior networks: edges from elsewhere that a model may see, beside this set's own labels."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from gpdht.data.edge_doubts import doubt_direction
from gpdht.data.edges import Net, read_labels
from gpdht.data.options_of_data import PRIOR, advise, advising
from gpdht.data.problems import Problem
from gpdht.data.symbols import Symbols, check_case, explain_mismatch
from gpdht.data.text_tables import read_named, shorten
from gpdht.errors import DataError

SAME, FEW = 0.9, 10
"""Networks whose edges agree to this share (Jaccard), where both speak, are the same labels; fewer
common edges can be chance."""

Orthologs: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Prior:
    """A network over gene names that says something about a dataset's genes.

    Parameters
    ----------
    edges : `source, target, weight`; no self edges, no duplicates, no weight 0; at least one end
        is a gene of the dataset. A negative weight is a repressing edge.
    """

    name: str
    edges: pd.DataFrame

    @property
    def fingerprint(self) -> str:
        """sha256 over the edges and their weights."""
        text = self.edges.to_csv(index=False, lineterminator="\n")
        return hashlib.sha256(text.encode()).hexdigest()


def read_prior(
    net: Net,
    known: pd.DataFrame,
    genes: Sequence[str],
    *,
    name: str,
    symbols: Symbols = "exact",
    orthologs: Orthologs | None = None,
) -> tuple[Prior | None, list[Problem]]:
    """A prior for a dataset, and what reading it left out.

    A set never helps itself: a network that is the dataset's own labels, or those of a variant of
    it, is left out (None).

    Parameters
    ----------
    net : a file or a table of edges.
    known, genes : the dataset's own edges and genes.
    symbols : ``upper`` compares names in upper case, as the dataset's were.
    orthologs : for a network of another species: its genes to the dataset's.

    Raises
    ------
    DataError
        If the net cannot be read, has no gene of the dataset, or far more if case is ignored, or
        nothing tells its TFs from its targets.
    """
    with advising(PRIOR):
        labels = read_labels(net, None, genes, symbols=symbols)
    edges, problems, ends = labels.edges, labels.problems, ["source", "target"]
    if orthologs is not None:
        edges, problem = translated(edges, orthologs, name)
        problems = problems + problem
    if "weight" not in edges:
        edges = edges.assign(weight=1.0)
    here = edges["source"].isin(genes) | edges["target"].isin(genes)
    if not here.any():
        names = pd.unique(edges[ends].to_numpy().ravel()).tolist()
        hint = explain_mismatch(names, genes, matrix_has=f'"{genes[0]}"')
        raise DataError(f"prior {name}: 0 of {len(names)} genes are genes of the dataset{hint}")
    check_case(edges[ends].to_numpy().ravel(), genes, f"prior {name}")
    kept = edges[here & (edges["source"] != edges["target"]) & (edges["weight"] != 0)]
    strongest = kept.assign(strength=kept["weight"].abs()).sort_values(
        "strength", ascending=False, kind="stable"
    )
    kept = strongest.drop_duplicates(ends).sort_index()[[*ends, "weight"]].reset_index(drop=True)
    with advising(PRIOR):
        doubts = doubt_direction(kept, None, labels.columns, f"prior {name}")
    problems = advise([*problems, *doubts], PRIOR)
    inside = kept[kept["source"].isin(genes) & kept["target"].isin(genes)]
    if are_own_labels(inside, known):
        return None, [*problems, _left_out(name, inside, known)]
    if inside.empty:
        problems = [*problems, _apart(name, edges, genes)]
    return Prior(name, kept), problems


def read_orthologs(path: Path, *, source: str, target: str, symbols: Symbols = "exact") -> dict:
    """One species' gene symbol to another's, one-to-one pairs alone.

    Parameters
    ----------
    path : csv, tsv or parquet with the columns ``{species}_symbol``, as Ensembl's BioMart gives
        them.
    symbols : ``upper`` writes the symbols of both in upper case, as a dataset's.

    Raises
    ------
    DataError
        If it is no table, lacks a species or names it twice, or has no one-to-one pair.
    """
    table = read_named(path)
    columns = [f"{species}_symbol" for species in (source, target)]
    missing = [column for column in columns if column not in table]
    if missing:
        known = [c.removesuffix("_symbol") for c in table if c.endswith("_symbol")]
        has = f"has the species {', '.join(known)}" if known else f"begins {shorten(list(table))}"
        raise DataError(
            f"{path}: no column {missing[0]}; the table {has}. Expected the columns "
            f"{' and '.join(columns)}: rename them, or name the species as the table does."
        )
    twice = [column for column in columns if list(table).count(column) > 1]
    if twice:
        raise DataError(
            f"{path}: the column {twice[0]} stands there more than once; expected each species "
            "once. Leave all but one out."
        )
    pairs = table[columns].replace("", np.nan).dropna()
    if symbols == "upper":
        pairs = pairs.apply(lambda names: names.str.upper())
    found = dict(one_to_one(pairs.drop_duplicates()).itertuples(index=False))
    if not found:
        raise DataError(
            f"{path}: 0 of {len(table)} lines are one-to-one pairs of {source} and {target}; "
            "expected a symbol of each species per line, none of them in two different pairs."
        )
    return found


def translation(
    species: str | None,
    own: str | None,
    orthologs: str | Path | None,
    *,
    symbols: Symbols,
    what: str,
) -> dict[str, str] | None:
    """From another species' genes to the dataset's `own`; None if that is the same.

    Parameters
    ----------
    what : is of the species, in messages.

    Raises
    ------
    DataError
        If the dataset's species is not known, or the table of orthologs not given or not fit.
    """
    if species in (None, own):
        return None
    if own is None:
        raise DataError(
            f"{what}: the species of the data is not said. Write e.g. mouse:DATA, and pass "
            "--orthologs FILE if it is another."
        )
    if orthologs is None:
        raise DataError(
            f"{what} is of another species than the data ({own}); translating it takes a table of "
            "orthologs. Pass --orthologs FILE."
        )
    return read_orthologs(Path(orthologs), source=str(species), target=own, symbols=symbols)


def one_to_one(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs of which both genes stand in no other; two columns of names, no pair twice."""
    several = [pairs[column].duplicated(keep=False) for column in pairs]
    return pairs[~(several[0] | several[1])]


def translated(
    edges: pd.DataFrame, orthologs: Orthologs, name: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The edges whose both ends have a one-to-one ortholog, under its name.

    Raises
    ------
    DataError
        If there is none.
    """
    ends = {end: edges[end].map(orthologs) for end in ("source", "target")}
    translated = edges.assign(**ends).dropna(subset=list(ends))
    lost = len(edges) - len(translated)
    if translated.empty:
        raise DataError(
            f"prior {name}: 0 of {len(edges)} edges have orthologs at both ends (e.g. "
            f'"{edges["source"].iloc[0]}"; the table has "{next(iter(orthologs))}"). Check the '
            "species, and whether both spell names alike (--symbols upper)."
        )
    if not lost:
        return translated, []
    found = f"prior {name}: {lost} of {len(edges)} edges have an end without one-to-one ortholog"
    return translated, [Problem("repaired", found, "Nothing to do: they were left out.")]


def _shared(edges: pd.DataFrame, known: pd.DataFrame) -> tuple[int, float]:
    """Common edges, and their share of all edges of either, where both networks speak.

    That is: of TFs that both have, to genes of which the prior has an edge at all. So a subset of
    the genes or TFs of one network counts as that network.

    Parameters
    ----------
    edges : of a prior, with both ends among the genes of the dataset.
    """
    speaks = {*edges["source"], *edges["target"]}
    tfs = set(edges["source"]) & set(known["source"])
    own, other = (
        _pairs(table[table["source"].isin(tfs)])
        for table in (known[known["target"].isin(speaks)], edges)
    )
    common = len(own & other)
    return common, common / max(len(own | other), 1)


def are_own_labels(edges: pd.DataFrame, known: pd.DataFrame) -> bool:
    """Whether a prior is the dataset's own labels, or those of a variant of it."""
    common, share = _shared(edges, known)
    return common >= FEW and share >= SAME


def _apart(name: str, edges: pd.DataFrame, genes: Sequence[str]) -> Problem:
    """A warning: what meets may be a symbol that other genes share by chance, such as F3."""
    others = {*edges["source"], *edges["target"]} - set(genes)
    hint = explain_mismatch(sorted(others), genes, matrix_has=f'"{genes[0]}"') if others else "."
    found = f"prior {name}: 0 of {len(edges)} edges have both ends among the dataset's genes{hint}"
    return Problem("warning", found, "Check the species too: the prior says next to nothing here.")


def _left_out(name: str, edges: pd.DataFrame, known: pd.DataFrame) -> Problem:
    _, share = _shared(edges, known)
    tfs = len(set(edges["source"]) & set(known["source"]))
    return Problem(
        "repaired",
        f"prior {name}: {share:.0%} of its edges and of the known edges, where both speak "
        f"({tfs} TFs), are the same; it is the set's own labels or those of a variant of it",
        "Nothing to do: it was left out, as every score with it would be of memory.",
    )


def _pairs(table: pd.DataFrame) -> set[tuple[str, str]]:
    return set(table[["source", "target"]].itertuples(index=False, name=None))


def prior_arrays(priors: Sequence[Prior]) -> dict[str, np.ndarray]:
    """Plain arrays from which `priors_of` rebuilds them."""
    arrays = {}
    for i, prior in enumerate(priors):
        arrays[f"prior{i}.name"] = np.array(prior.name)
        for end in ("source", "target"):
            arrays[f"prior{i}.{end}"] = prior.edges[end].to_numpy(str)
        arrays[f"prior{i}.weight"] = prior.edges["weight"].to_numpy(np.float64)
    return arrays


def priors_of(arrays: Mapping[str, np.ndarray]) -> tuple[Prior, ...]:
    """The priors back from `prior_arrays`, among other arrays."""
    return tuple(
        Prior(
            str(arrays[f"prior{i}.name"]),
            pd.DataFrame(
                {
                    "source": arrays[f"prior{i}.source"].astype(object),
                    "target": arrays[f"prior{i}.target"].astype(object),
                    "weight": arrays[f"prior{i}.weight"],
                }
            ),
        )
        for i in range(sum(bool(re.fullmatch(r"prior\d+\.name", key)) for key in arrays))
    )
