"""`gpdht inspect`: what is in a dataset, and what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from gpdht.cli.data_options import DataArg, DataOptions, print_problems, takes_data
from gpdht.cli.job_options import JsonOpt
from gpdht.cli.tables import print_tables
from gpdht.presentation import Table

if TYPE_CHECKING:
    from gpdht.data.coverage import Coverage
    from gpdht.data.dataset import Dataset

BAR_WIDTH = 40


@takes_data
def inspect(
    data: DataArg,
    *,
    data_options: DataOptions,
    levels: Annotated[
        int, typer.Option(min=1, max=64, help="Bin count K of the level histogram.")
    ] = 15,
    as_json: JsonOpt = False,
) -> None:
    """Show sizes, density, sparsity and expression levels; each problem comes with its remedy."""
    dataset = data_options.open(data, show_problems=False, needs_net=False)
    summary = {**dataset.summary(), "signs": _count_signs(dataset)}
    histogram = _count_levels(dataset, levels)
    if as_json:
        problems = [asdict(problem) for problem in dataset.problems]
        coverage = dataset.coverage
        found: dict[str, Any] = {
            "levels": histogram,
            "priors": _priors(dataset),
            "others": _others(dataset),
        }
        found |= {"problems": problems, "coverage": asdict(coverage) if coverage else None}
        print(json.dumps(summary | found))
        return
    console = Console(highlight=False, soft_wrap=True)
    _print_summary(summary, dataset.coverage, console)
    console.print(f"problems    {len(dataset.problems) or 'none'}")
    print_problems(dataset.problems, console)
    _print_levels(histogram, console)
    if dataset.priors:
        console.print()
        print_tables([_prior_table(dataset)], console)
    if dataset.others:
        console.print()
        print_tables([_other_table(dataset)], console)


def _count_levels(dataset: Dataset, levels: int) -> list[int]:
    """How many expression values fall into each level, from 1."""
    import numpy as np

    from gpdht.graph.levels import assign_levels

    level = assign_levels(dataset.expression, levels=levels)
    return np.bincount(level, minlength=levels + 1)[1:].tolist()


def _count_signs(dataset: Dataset) -> dict[str, int] | None:
    """Activating and repressing edges; None where all could be either."""
    net = dataset.net
    if "weight" not in net or not (net["weight"] < 0).any():
        return None
    minus = int((net["weight"] < 0).sum())
    return {"plus": len(net) - minus, "minus": minus}


def _signs_in_words(signs: dict[str, int] | None) -> str:
    return "" if signs is None else f", signed: {signs['plus']:,} +, {signs['minus']:,} −"


def _priors(dataset: Dataset) -> list[dict[str, Any]]:
    from gpdht.data.overlap import overlap_by_prior

    return json.loads(overlap_by_prior(dataset).to_json(orient="records"))


def _others(dataset: Dataset) -> list[dict[str, Any]]:
    """Sizes of the other sets, and how many of their genes and TFs with edges are shared."""
    genes, tfs = set(dataset.genes.tolist()), set(dataset.known_tfs.tolist())
    return [
        {
            "name": other.name,
            "species": other.species,
            "cells": other.num_cells,
            "genes": other.num_genes,
            "shared_genes": len(genes & set(other.genes.tolist())),
            "known_tfs": len(other.known_tfs),
            "shared_tfs": len(tfs & set(other.known_tfs.tolist())),
            "edges": len(other.net),
        }
        for other in dataset.others
    ]


def _other_table(dataset: Dataset) -> Table:
    rows = [
        (
            other["name"],
            other["species"] or "–",
            f"{other['cells']:,}",
            f"{other['shared_genes']:,} of {other['genes']:,}",
            f"{other['shared_tfs']:,} of {other['known_tfs']:,}",
            f"{other['edges']:,}",
        )
        for other in _others(dataset)
    ]
    header = ("", "species", "cells", "genes shared", "TFs shared", "edges")
    return Table("other sets", header, rows, words=(0, 1))


def _prior_table(dataset: Dataset) -> Table:
    """How much of the known edges each prior has, and how much a random one would have."""
    rows = [
        (
            prior["prior"],
            f"{prior['edges']:,}",
            f"{prior['found']:,}",
            f"{prior['share']:.1%}",
            f"{prior['chance']:.1%}",
            f"{prior['tfs']} of {len(dataset.known_tfs)}",
        )
        for prior in _priors(dataset)
    ]
    return Table(
        "priors",
        ("", "edges here", "known edges", "share", "by chance", "TFs above half"),
        rows,
        "Scores are given with and without the TFs of which more than half of the known edges "
        "stand in a prior.",
    )


def _print_summary(summary: dict[str, Any], coverage: Coverage | None, console: Console) -> None:
    rows = {
        "name": summary["name"],
        "fingerprint": summary["fingerprint"][:16],
        "genes": f"{summary['genes']:,}",
        **({} if coverage is None else {"names": str(coverage.matrix_naming)}),
        "cells": f"{summary['cells']:,}",
        **_labels_in_words(summary),
        **_coverage_in_words(coverage),
        "sparsity": f"{summary['sparsity']:.1%} of expression values are zero",
    }
    for key, text in rows.items():
        console.print(f"{key:<12}{text}", markup=False)


def _labels_in_words(summary: dict[str, Any]) -> dict[str, str]:
    if not summary["edges"]:
        return {"TFs": f"{summary['tfs']:,}", "edges": "none, so nothing can be trained"}
    pairs = summary["positives"] + summary["negatives"]
    return {
        "TFs": f"{summary['tfs']:,}, of which {summary['known_tfs']:,} have known edges",
        "edges": f"{summary['edges']:,}" + _signs_in_words(summary["signs"]),
        "pairs": f"{pairs:,} (known TFs × genes, no self pairs): "
        f"{summary['positives']:,} positive, {summary['negatives']:,} negative",
        "density": f"{summary['density']:.1%} of these pairs are known edges",
    }


def _coverage_in_words(coverage: Coverage | None) -> dict[str, str]:
    """How much of the edge list the matrix has, and how the list names genes."""
    if coverage is None or coverage.naming is None:
        return {}
    counts = (("TFs", coverage.tfs), ("targets", coverage.targets), ("edges", coverage.edges))
    parts = [f"{found:,} of {total:,} {what}" for what, (found, total) in counts]
    return {
        "edge list": f"{', '.join(parts)} of {coverage.where} are in the matrix",
        "its names": str(coverage.naming),
    }


def _print_levels(histogram: list[int], console: Console) -> None:
    console.print(f"\nlevels      of the non-zero values, K = {len(histogram)}")
    total, highest = sum(histogram), max(histogram)
    for level, count in enumerate(histogram, start=1):
        bar = "█" * round(BAR_WIDTH * count / highest)
        console.print(f"{level:>10}  {count / total:>6.1%} {bar}")
