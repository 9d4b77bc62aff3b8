"""What describes genes or cells and stands among them: lengths, positions, counts, clusters."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from gpdht.data.matrices import Matrix
from gpdht.data.problems import Problem
from gpdht.data.stored import Values, blocks_of, in_memory
from gpdht.presentation import count

# Names in small letters without signs: nCount_RNA is ncountrna.
OF_GENES = re.compile(
    r"basemean|log2?(fold(change)?|fc)|(adj)?p(val(ue)?|adj)(adj)?|fdr|qval(ue)?|highlyvariable"
)
MAYBE_OF_GENES = re.compile(
    r"(gene|exon|effective|transcript)?length|chr|chrom(osome)?|seqnames?|start|end|strand|width"
    r"|gc(content)?|gene(id|name|symbol|type|biotype)|symbol|biotype|description|entrez(gene)?(id)?"
    r"|means?|dispersions(norm)?|ncells(bycounts)?|meancounts|pctdropoutbycounts"
    r"|average|avg|total|sum"
)
OF_CELLS = re.compile(
    r"n(count|feature)(rna|sct|adt|spatial)?s?|n(genes?|umis?)(bycounts)?|(log1p)?ngenesbycounts"
    r"|(log1p)?totalcounts\w*|pctcounts\w+|percent(mt|mito\w*|ribo\w*|rb|rp|hb)|mitopercent"
    r"|clusters?(id)?|seuratclusters|cellclusters?|(leiden|louvain)\w*|\w*snnres\d+|origident"
    r"|celltypes?|\w*pseudotime\d*|(x?umap|t?sne)\d+|sscore|g2mscore|(predicted)?doublets?(score)?s?"
    r"|sizefactors?|n?(nofeature|ambiguous|unmapped|multimapping)|toolowaqual|notaligned"
    r"|alignmentnotunique"
)
MAYBE_OF_CELLS = re.compile(
    r"batch|sample|phase|age|sex|day|time(point)?|condition|group|size|(pc|dim)a?\d+|totals?|sum"
)
COUNTER = re.compile(r"unnamed\d*|index|level\d|rownames?|ids?|x")
"""Row numbers that a table was written with, if the values are that too."""


def is_gene_annotation(name: str) -> bool:
    """Whether a column of this name usually describes genes, as those of featureCounts."""
    return _fits(OF_GENES, name) or _fits(MAYBE_OF_GENES, name)


def leave_out_metadata(matrix: Matrix, net_genes: set[str]) -> Matrix:
    """The matrix without what only describes genes or cells, judged by name and by values.

    A gene of the edge list is never left out. What has such a name, but values like all others,
    is kept and doubted.

    Parameters
    ----------
    matrix : cells × genes; what is left out stays known in its tables of cells and genes.
    """
    out, doubted = _judge(matrix, OF_GENES, MAYBE_OF_GENES, set(), axis=0)
    matrix = _without_rows(matrix, out, "genes")
    doubts = _doubt(matrix.where, "cell", doubted)
    out, doubted = _judge(matrix, OF_CELLS, MAYBE_OF_CELLS, net_genes, axis=1)
    if out:
        matrix = _without_rows(matrix.transposed(), out, "cells").transposed()
    return matrix.with_problem(*doubts, *_doubt(matrix.where, "gene", doubted))


def _judge(
    matrix: Matrix, certain: re.Pattern[str], maybe: re.Pattern[str], known: set[str], *, axis: int
) -> tuple[list[int], list[str]]:
    """Rows (axis 0) or columns that are no expression, and the names of those that may be none."""
    names = (matrix.rows, matrix.columns)[axis]
    sure, suspects = [], []
    for i, name in enumerate(names):
        if name in known:
            continue
        if _fits(certain, name) or (_fits(COUNTER, name) and _counts(matrix, i, axis)):
            sure.append(i)
        elif _fits(maybe, name):
            suspects.append(i)
    rest = np.delete(np.arange(len(names)), [*sure, *suspects])
    if not len(rest):
        return [], [names[i] for i in (*sure, *suspects)]
    other = [i for i in suspects if _differs(matrix.values, i, rest, axis)]
    return sorted([*sure, *other]), [names[i] for i in suspects if i not in other]


def _counts(matrix: Matrix, place: int, axis: int) -> bool:
    """Whether a row (axis 0) or column has values that rise by 1 from each to the next."""
    values = matrix.values[[place]] if axis == 0 else matrix.values[:, [place]]
    steps = np.diff(_dense(values).ravel())
    return len(steps) > 0 and bool((steps == 1).all())


def _without_rows(matrix: Matrix, rows: list[int], described: str) -> Matrix:
    """The matrix without rows, which become known in its table of columns."""
    if not rows:
        return matrix
    names = [matrix.rows[i] for i in rows]
    dense = _dense(matrix.values[rows])
    table = matrix.column_table.copy()
    if table.empty:
        table = pd.DataFrame(index=range(len(matrix.columns)))
    for name, values in zip(names, dense, strict=True):
        table[name] = values
    shown = ", ".join(f'"{name}"' for name in names[:6]) + (", …" if len(names) > 6 else "")
    describe = count(len(names), "column or line describes", "columns or lines describe")
    found = f"{matrix.where}: {describe} {described}, left out of the expression: {shown}"
    remedy = "Nothing to do; if one of them is expression, give it another name."
    rest = np.delete(np.arange(len(matrix.rows)), rows)
    picked = replace(matrix, column_table=table).pick(rows=rest)
    return picked.with_problem(Problem("repaired", found, remedy))


def _differs(values: Values, place: int, rest: np.ndarray, axis: int) -> bool:
    """Whether a row (axis 0) or column is of another kind than all the rest.

    It is if it alone is whole, or alone is not, or alone is negative; if it is nowhere 0 and each
    other is; or if its mean is above their highest value.
    """
    own, others = (values[at] if axis == 0 else values[:, at] for at in (np.array([place]), rest))
    own = _dense(own)
    whole, low, high, nonzero = True, 0.0, 0.0, np.zeros(len(rest), dtype=int)
    for *at, block in blocks_of(others):
        block.eliminate_zeros()
        whole = whole and _is_whole(block.data)
        low, high = np.minimum(low, block.data.min(initial=0)), max(high, block.data.max(initial=0))
        nonzero[at[axis]] += block.getnnz(axis=1 - axis)
    return bool(
        _is_whole(own) != whole
        or (own.min() < 0 <= low)
        or (own.all() and (nonzero < values.shape[1 - axis]).all())
        or own.mean() > high
    )


def _doubt(where: str, kind: str, names: list[str]) -> list[Problem]:
    if not names:
        return []
    found = (
        f"{where}: {count(len(names), f'{kind} has the name', f'{kind}s have names')} of what "
        f'describes {kind}s, e.g. "{names[0]}", and kept: the values are like those of the others'
    )
    return [Problem("warning", found, f"Remove them from the file if they are no {kind}s.")]


def _is_whole(values: np.ndarray) -> bool:
    return bool((values == np.rint(values)).all())


def _dense(values: Values) -> np.ndarray:
    found = in_memory(values)
    return sparse.csr_matrix(found).toarray() if sparse.issparse(found) else np.asarray(found)


def _fits(names: re.Pattern[str], name: str) -> bool:
    return names.fullmatch(re.sub(r"[^a-z0-9]", "", name.lower())) is not None
