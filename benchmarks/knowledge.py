"""What prior networks and other sets add, on BEELINE's sets: a comparison with everything known.

Priors are, for both species, the union over cell types of BEELINE's non-specific ChIP networks and
of its STRING networks, each set taking its own species', and the labels of all other cell types
(those of a set's own are recognised and left out). With --others the other sets train along
instead: all, or those of the other species alone.

usage: python benchmarks/knowledge.py BEELINE ORTHOLOGS OUT [--sets mDC/500,hESC/500]
           [--others all|other-species] [--models …] [--splits target,tf] [--seeds 0]
           [--set PATH=VALUE …]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

import gpdht as gp
from gpdht.cli.settings import parse_settings
from gpdht.comparison.printed_table import markdown
from gpdht.config import Config
from gpdht.data.dataset import Dataset

CELLS = {"human": ("hESC", "hHEP"), "mouse": ("mDC", "mESC", "mHSC-L")}
KINDS = {"chip": "Non-Specific Dataset", "string": "STRING Dataset"}
MODELS = (
    "gpdht,gpdht_without_priors,gpdht_permuted_priors,boosted_expression,boosted_priors,"
    "prior_link,prior_degree,prior_logistic,target_rate,tf_rate,one_hot_logistic,"
    "matrix_factorisation,boosted_label_rows"
)


def species_of(cell: str) -> str:
    return next(species for species, cells in CELLS.items() if cell in cells)


def write_networks(beeline: Path, out: Path) -> list[str]:
    """The networks of each kind and species, as places that `open_dataset` takes for priors."""
    places = []
    for kind, folder in KINDS.items():
        for species, cells in CELLS.items():
            found = [
                pd.read_csv(file, usecols=["Gene1", "Gene2"])
                for cell in cells
                for file in sorted((beeline / folder / cell).glob("*/BL--network.csv*"))
            ]
            path = out / "networks" / species / f"{kind}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            pd.concat(found).drop_duplicates().to_csv(path, index=False)
            places.append(f"{species}:{path}")
    return places


def label_sets(beeline: Path) -> dict[str, str]:
    """The largest set with labels of each cell type, by cell type."""
    sets = {}
    for species, cells in CELLS.items():
        for cell in cells:
            folders = (beeline / "Specific Dataset" / cell).glob("TFs+*")
            largest = max(folders, key=lambda folder: int(folder.name.removeprefix("TFs+")))
            sets[cell] = f"{species}:{largest}"
    return sets


def open_set(
    beeline: Path, name: str, priors: list[str], orthologs: Path, *, others: str | None
) -> Dataset:
    """A set such as ``mDC/500`` with all that is known from elsewhere."""
    cell, size = name.split("/")
    labels = [
        place
        for other, place in label_sets(beeline).items()
        if others != "other-species" or species_of(other) != species_of(cell)
    ]
    return gp.open_dataset(
        f"{species_of(cell)}:{beeline / 'Specific Dataset' / cell / f'TFs+{size}'}",
        symbols="upper",  # BEELINE's mouse symbols are upper case
        priors=priors if others else [*priors, *labels],
        others=labels if others else (),
        orthologs=orthologs,
        name=name.replace("/", ""),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("beeline", type=Path)
    parser.add_argument("orthologs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", default="mDC/500,mHSC-L/500,hESC/500,hHEP/500")
    parser.add_argument("--others", choices=("all", "other-species"))
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--splits", default="target,tf")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--set", dest="settings", action="append", default=[])
    given = parser.parse_args()
    priors = write_networks(given.beeline, given.out)
    datasets = [
        open_set(given.beeline, name, priors, given.orthologs, others=given.others)
        for name in given.sets.split(",")
    ]
    comparison = gp.compare(
        datasets,
        models=given.models,
        splits=given.splits,
        seeds=given.seeds,
        config=Config.from_flat(parse_settings(given.settings)),
        out=given.out / "comparison",
    )
    print(markdown(comparison))


if __name__ == "__main__":
    main()
