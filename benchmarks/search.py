"""What samplers and schedulers are worth: replicated score of the winner against compute seconds.

`simulate` runs searches on simulated objectives, `replay` on tables of recorded trials, `record`
makes such a table of two studies with the same points on different folds. Every search runs in
memory with the product's samplers and schedulers until it has spent what random points without
pruning cost for --trials of them; its winner has the best selection score, and is measured by a
score that the selection never saw.

usage: python benchmarks/search.py simulate [KIND…] -o FOLDER [--replays 10] [--seed 0]
           [--samplers tpe tpe,n_startup_trials=5 …] [--schedulers none asha,grace_epochs=5 …]
       python benchmarks/search.py replay TABLE… -o FOLDER [the same options]
       python benchmarks/search.py record STUDY FRESH_STUDY -o TABLE
       python benchmarks/search.py show FOLDER… -o FOLDER [--problems NAME …]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from search_problems import KINDS, Problem, Simulated
from search_recorded import Recorded, Surrogate, quality, read_table, record
from search_replay import Method, replays
from search_results import against, chart, missing, overview, per_problem

from gpdht.plots import save

SCHEDULERS = ("none", "asha,grace_epochs=15", "asha,grace_epochs=5", "median", "race")
SHIPPED = ("tpe", "asha,grace_epochs=15")


def instances(given: argparse.Namespace) -> list[Callable[[int], Problem]]:
    """For each problem what makes one instance of it from a seed."""
    if given.command == "simulate":
        return [lambda seed, kind=kind: Simulated(kind, seed) for kind in given.problems]
    tables = [read_table(path) for path in given.problems]
    for path, table in zip(given.problems, tables, strict=True):
        print(f"{path}: {quality(table)}", file=sys.stderr)
    surrogates = [Surrogate(table) for table in tables]
    return [lambda seed, one=one: Recorded(one, seed) for one in surrogates]


def run(given: argparse.Namespace) -> pd.DataFrame:
    """All methods on all problems; what is done stands in the folder after each."""
    methods = [Method(a, b) for a in given.samplers for b in given.schedulers]
    done: list[pd.DataFrame] = []
    for make in instances(given):
        for method in methods:
            problems = [make(given.seed + replay) for replay in range(given.replays)]
            whole = method == Method("random", "none")
            rows = replays(
                problems,
                method,
                trials=given.trials,
                until=1.0 if whole else given.until,
                seed=given.seed,
            )
            done.append(rows)
            pd.concat(done).to_parquet(given.output / "replays.parquet", index=False)
            end = rows[np.isclose(rows["share"], 0.25)]
            print(
                f"{problems[0].name} {method.sampler} {method.scheduler}: at a quarter "
                f"{end['gain'].median():+.4f} of {end['possible'].median():+.4f}",
                file=sys.stderr,
                flush=True,
            )
    return pd.concat(done, ignore_index=True)


def show(rows: pd.DataFrame, folder: Path) -> None:
    """Tables as Markdown, and the chart."""
    tables = [overview(rows), against(rows, SHIPPED), missing(rows), *per_problem(rows)]
    text = "\n\n".join(table.markdown() for table in tables)
    (folder / "search.md").write_text(text + "\n", encoding="utf-8")
    save(chart(rows), folder / "search.svg")
    print(text)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("simulate", "replay"):
        command = commands.add_parser(name)
        if name == "simulate":
            command.add_argument("problems", nargs="*", default=list(KINDS), metavar="KIND")
        else:
            command.add_argument("problems", nargs="+", type=Path, metavar="TABLE")
        command.add_argument("--samplers", nargs="+", default=["random", "tpe", "cmaes"])
        command.add_argument("--schedulers", nargs="+", default=SCHEDULERS)
        command.add_argument("--replays", type=int, default=10)
        command.add_argument("--trials", type=int, default=32)
        command.add_argument("--until", type=float, default=0.5, help="of the budget, for most")
        command.add_argument("--seed", type=int, default=0)
    command = commands.add_parser("record")
    command.add_argument("study", type=Path)
    command.add_argument("fresh", type=Path)
    command = commands.add_parser("show")
    command.add_argument("folders", nargs="+", type=Path)
    command.add_argument("--problems", nargs="+", help="those shown; all by default")
    for command in commands.choices.values():
        command.add_argument("-o", "--output", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    given = parse()
    if given.command == "record":
        print(quality(record(given.study, given.fresh, given.output)))
        return
    given.output.mkdir(parents=True, exist_ok=True)
    if given.command == "show":
        done = [pd.read_parquet(folder / "replays.parquet") for folder in given.folders]
        rows = pd.concat(done, ignore_index=True)
        rows = rows[rows["problem"].isin(given.problems or rows["problem"])]
    else:
        rows = run(given)
    show(rows, given.output)


if __name__ == "__main__":
    main()
