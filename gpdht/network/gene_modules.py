"""Genes of interest, and what two networks say of the edges among them.

The module of pluripotency, by human symbols, with where each gene's part in it was shown:

- POU5F1, SOX2, NANOG: the core circuit of human cells (Boyer et al. 2005, Cell 122:947).
- KLF4, MYC, NR0B1 (Dax1), ZFP42 (Rex1), ZNF281 (Zfp281), NACC1 (Nac1): with the core the nine
  factors whose targets Kim et al. mapped in mouse cells (2008, Cell 132:1049).
- ESRRB, TBX3, TCL1A (Tcl1), DPPA4: needed for self-renewal of mouse cells (Ivanova et al. 2006,
  Nature 442:533).
- SALL4: regulates Pou5f1 in mouse cells (Zhang et al. 2006, Nature Cell Biology 8:1114).
- PRDM14: regulates POU5F1 in human cells (Chia et al. 2010, Nature 468:316).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gpdht.data.symbols import Symbols, spell
from gpdht.data.tf_lists import read_tfs
from gpdht.errors import DataError
from gpdht.network.conservation import Conservation

PLURIPOTENCY = (
    *("POU5F1", "SOX2", "NANOG"),
    *("KLF4", "MYC", "NR0B1", "ZFP42", "ZNF281", "NACC1"),
    *("ESRRB", "TBX3", "TCL1A", "DPPA4"),
    *("SALL4", "PRDM14"),
)
MODULES = {"pluripotency": PLURIPOTENCY}
NOT_COMPARED = "not compared"


@dataclass(frozen=True, eq=False)
class ModuleEdges:
    """The edges among the genes of a module in both species.

    Parameters
    ----------
    edges : `tf_1, target_1, tf_2, target_2, in_1, in_2` (whether the network has the pair),
        `weight_1, weight_2, known_1, known_2, score_1, score_2, difference, class`; the class is
        ``not compared`` where only one network has the pair. Pairs that none has are left out.
    genes : `gene_1, gene_2, tf_1, tf_2, target_1, target_2`: whether it is a TF, a target.
    unknown : names without a one-to-one ortholog.
    """

    name: str
    edges: pd.DataFrame
    genes: pd.DataFrame
    unknown: tuple[str, ...]


def module_genes(text: str) -> tuple[str, tuple[str, ...]]:
    """Name and genes of a module: a shipped one, a file of gene names, or names with commas.

    Raises
    ------
    DataError
        If it is none of these.
    """
    if text in MODULES:
        return text, MODULES[text]
    if Path(text).is_file():
        return Path(text).stem, tuple(read_tfs(Path(text))[0])
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if len(names) < 2:
        raise DataError(
            f'module "{text}": no file and no module of this name; expected '
            f"{', '.join(MODULES)}, a file with a gene name on each line, or names with commas."
        )
    return "genes", names


def edges_among(
    found: Conservation, name: str, genes: Sequence[str], *, symbols: Symbols = "exact"
) -> ModuleEdges:
    """The edges among `genes`, by their names in either species.

    Parameters
    ----------
    symbols : as the networks were compared.
    """
    genes = spell(genes, symbols)
    there = found.joined.orthologs
    back = {ortholog: gene for gene, ortholog in there.items()}
    first = {gene: gene if gene in there else back.get(gene) for gene in genes}
    known = list(dict.fromkeys(gene for gene in first.values() if gene is not None))
    pairs = pd.DataFrame(
        [(one, other) for one in known for other in known if one != other],
        columns=["tf_1", "target_1"],
    )
    pairs = pairs.assign(tf_2=pairs["tf_1"].map(there), target_2=pairs["target_1"].map(there))
    for number, side in enumerate(found.sides, start=1):
        own = side.table.edges[["source", "target", "weight", "known"]].assign(candidate=True)
        own.columns = [f"{c}_{number}" for c in ("tf", "target", "weight", "known", "in")]
        pairs = pairs.merge(own, on=[f"tf_{number}", f"target_{number}"], how="left")
        for column in (f"in_{number}", f"known_{number}"):
            pairs[column] = pairs[column].eq(True)  # not NaN where there is no such pair
    columns = ["tf_1", "target_1", "score_1", "score_2", "difference", "class"]
    pairs = pairs.merge(found.pairs[columns], on=["tf_1", "target_1"], how="left")
    pairs["class"] = pairs["class"].fillna(NOT_COMPARED)
    edges = pairs[pairs["in_1"] | pairs["in_2"]].reset_index(drop=True)
    unknown = tuple(gene for gene, found_as in first.items() if found_as is None)
    return ModuleEdges(name, edges, _genes(found, known), unknown)


def _genes(found: Conservation, names: Sequence[str]) -> pd.DataFrame:
    """Where each gene is a TF and where a target."""
    genes = pd.DataFrame({"gene_1": list(names)}, dtype=object)
    genes["gene_2"] = genes["gene_1"].map(found.joined.orthologs)
    for number, side in enumerate(found.sides, start=1):
        for role, end in (("tf", "source"), ("target", "target")):
            genes[f"{role}_{number}"] = genes[f"gene_{number}"].isin(set(side.table.edges[end]))
    return genes
