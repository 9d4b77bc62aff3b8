"""Whether searching a shipped space pays, on several sets and splits: winner minus default.

Each study is one search; the verdict is its own: the winner and the space's default trained again
on fresh folds. A second run goes on where the first ended, and prints what there is.

usage: python benchmarks/spaces.py OUT --sets DATA… [--spaces generalise] [--splits target tf edge]
           [--trials 12] [--replicates 3] [--only-show]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import gpdht as gp
from gpdht.errors import GpdhtError
from gpdht.presentation import Table, number, signed
from gpdht.search.importance import weigh_params
from gpdht.search.several_studies import settings_table, studies_table, study_rows
from gpdht.search.space import load_space
from gpdht.search.study import Study, open_study, study_names
from gpdht.search.study_tables import StudyTables


def searches(asked: argparse.Namespace) -> Iterator[tuple[str, str, dict]]:
    """Name, data and space of each study; all sets of a split come before the next split."""
    for space in asked.spaces:
        content = load_space(space).content()
        for split in asked.splits:
            for data in asked.sets:
                fixed = {**content.get("fixed", {}), "cv.split": split}
                name = "".join(Path(data).parts[-2:]).replace("TFs+", "")
                yield f"{space}-{split}-{name}", data, {**content, "fixed": fixed}


def search_all(asked: argparse.Namespace) -> None:
    for name, data, space in searches(asked):
        try:
            gp.run_search(
                gp.open_dataset(data),
                space,
                name=name,
                studies=asked.out,
                trials=asked.trials,
                resume=True,
                replicates=asked.replicates,
                max_concurrent=asked.at_once,
            )
        except GpdhtError as error:  # a set whose TFs cannot be split so
            print(f"{name}: {error}")
        show(asked.out)


def show(out: Path) -> None:
    """What every study found, whether it paid on average, and which settings mattered."""
    studies = [open_study(name, out) for name in study_names(out)]
    ended = [study for study in studies if study.record.get("ended")]
    tables = [StudyTables(study) for study in ended]
    if not tables:
        return
    settings = settings_table(tables)
    printed = [studies_table(study_rows(tables)), mean_table(tables), importance_table(ended)]
    print("\n\n".join(one.markdown() for one in [*printed, *([settings] if settings else [])]))


def mean_table(tables: list[StudyTables]) -> Table:
    """Winner minus default on fresh folds over sets, by space and split; 0 where they are one."""
    rows = []
    for one in tables:
        kind, verdict = "-".join(one.study.name.split("-")[:2]), one.verdict
        if verdict and (verdict.paid == "same" or verdict.replicated):
            difference = verdict.replicated.difference if verdict.replicated else 0.0
            rows.append((kind, difference, verdict.paid))
    found = pd.DataFrame(rows, columns=["kind", "difference", "paid"])
    cells = []
    for kind, part in found.groupby("kind", sort=True):
        error = part["difference"].std() / np.sqrt(len(part)) if len(part) > 1 else np.nan
        counts = ", ".join(f"{n} {paid}" for paid, n in part["paid"].value_counts().items())
        mean = signed(float(part["difference"].mean()), 4)
        cells.append((kind, str(len(part)), mean, number(float(error), 4), counts))
    head = ("space, split", "sets", "winner − default", "standard error over sets", "verdicts")
    return Table("Winner minus default on fresh folds", head, cells, words=(0, 4))


def importance_table(studies: list[Study]) -> Table:
    """The mean share of each setting (functional ANOVA) over the studies with enough trials."""
    shares = [found.set_index("param")["importance"] for found, _ in map(weigh_params, studies)]
    shares = [share for share in shares if len(share)]
    found = pd.concat(shares, axis=1).fillna(0.0) if shares else pd.DataFrame()
    rows = [
        (str(path), number(float(row.mean()), 3), number(float(row.max()), 3))
        for path, row in sorted(found.iterrows(), key=lambda item: -item[1].mean())
    ]
    title = f"Importance of the settings over {len(shares)} studies"
    return Table(title, ("setting", "mean share", "largest"), rows, words=(0,))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", nargs="+", default=[])
    parser.add_argument("--spaces", nargs="+", default=["generalise"])
    parser.add_argument("--splits", nargs="+", default=["target", "tf", "edge"])
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--replicates", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=None)
    parser.add_argument("--only-show", action="store_true")
    asked = parser.parse_args()
    if not asked.only_show:
        search_all(asked)
    show(asked.out)


if __name__ == "__main__":
    main()
