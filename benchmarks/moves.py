"""Which settings of a space matter: each moved alone from a point, on the same folds of sets.

The point is the space's reference, or another one of its `start_from` (--point 1 is the second).

A setting is moved to each other choice, or to both ends of its range; one search over all sets
tries these points without pruning, and without the second training (`train.refit`), which selection
scores do not see. What a move changes is told set by set; a setting of which no move changes
anything on any set can be dropped from the space, and one that is better on all sets is wrong in
the point. With --joint one more point has several settings moved at once. A second run goes on
where the first ended, and prints what there is.

usage: python benchmarks/moves.py OUT --sets DATA… [--space generalise] [--split target] [--seed 0]
           [--point 0] [--settings model.scale graph.encoding …] [--joint PATH=VALUE …]
           [--priors NET…] [--orthologs FILE] [--symbols upper] [--at-once 1] [--only-show]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import gpdht as gp
from gpdht.cli.settings import parse_settings
from gpdht.metrics.names import score_of
from gpdht.presentation import Table, number, setting, signed
from gpdht.search.params import ChoiceParam, Param
from gpdht.search.space import Space, load_space
from gpdht.search.study import Study, open_study


def moved_from(
    point: dict[str, Any], space: Space, settings: list[str], joint: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """The point, then with each setting moved alone, then with several."""
    yield point
    for param in space.params:
        if param.path in point and (not settings or param.path in settings):
            for value in others(param, point[param.path]):
                yield {**point, param.path: value}
    if joint:
        yield {**point, **joint}


def others(param: Param, value: Any) -> list[Any]:
    """The other choices of a setting, or the ends of its range."""
    ends = param.choices if isinstance(param, ChoiceParam) else map(param.nearest, param.bounds)
    return [end for end in ends if end != value]


def effects(study: Study) -> pd.DataFrame:
    """What each complete move changes on each set: `setting, value, set, val, test`.

    A joint move has all its settings in `setting`, and in `value` their values.
    """
    objective, sets = study.space.objective.metric, study.sets or [""]
    table = study.trials()
    numbers = [int(n) for n in table.loc[table["state"] == "complete", "number"]]
    point = study.space.reference or {}
    rows = []
    for trial in numbers if 0 in numbers else ():
        moved = {k: v for k, v in study.values(trial).items() if v != point[k]}
        for name in sets if moved else ():
            paths, values = ", ".join(moved), ", ".join(map(setting, moved.values()))
            one, there = (study.result(n).of_set(name).metrics for n in (trial, 0))
            difference = (one[m] - there[m] for m in (objective, f"test/{score_of(objective)}"))
            rows.append((paths, values, name, *difference))
    return pd.DataFrame(rows, columns=["setting", "value", "set", "val", "test"])


def show(study: Study) -> None:
    changed = effects(study)
    rows = []
    for (path, value), part in changed.groupby(["setting", "value"], sort=False):
        val = part["val"].to_numpy()
        error = val.std(ddof=1) / np.sqrt(len(val)) if len(val) > 1 else np.nan
        ends = f"{signed(val.min(), 4)} to {signed(val.max(), 4)}"
        better = f"{(val > 0).sum()} of {len(val)}"
        test = signed(float(part["test"].mean()), 4)
        rows.append((path, value, signed(val.mean(), 4), number(error, 4), ends, better, test))
    head = (
        "setting",
        "moved to",
        "selection score",
        "standard error",
        "over sets",
        "better",
        "test",
    )
    title = (
        f"{study.space.objective.metric} less the point's, mean over {len(study.sets) or 1} sets"
    )
    print(Table(title, head, rows, words=(0, 1)).markdown())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", nargs="+", default=[])
    parser.add_argument("--space", default="generalise")
    parser.add_argument("--split", default="target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--point", type=int, default=0)
    parser.add_argument("--settings", nargs="+", default=[])
    parser.add_argument("--joint", nargs="+", default=[])
    parser.add_argument("--priors", nargs="+", default=[])
    parser.add_argument("--orthologs", type=Path)
    parser.add_argument("--symbols", default="exact")
    parser.add_argument("--at-once", type=int, default=None)
    parser.add_argument("--only-show", action="store_true")
    asked = parser.parse_args()
    name = f"moves-{asked.split}-{asked.seed}"
    if not asked.only_show:
        space = load_space(asked.space)
        point = space.start_from[asked.point] if asked.point else {}
        point = {**(space.reference or {}), **point}
        joint = parse_settings(asked.joint)
        points = list(moved_from(point, space, asked.settings, joint))
        fixed = {**space.content().get("fixed", {}), "cv.split": asked.split, "train.refit": False}
        fixed |= {"cv.seed": asked.seed, "train.seed": asked.seed}
        content = space.content() | {
            "trials": len(points),
            "scheduler": {"name": "none"},
            "fixed": fixed,
            "start_from": points,
        }
        known = {
            "priors": asked.priors,
            "orthologs": asked.orthologs,
            "symbols": asked.symbols,
        }
        gp.run_search(
            [gp.open_dataset(one, **known) for one in asked.sets],
            content,
            name=name,
            studies=asked.out,
            resume=True,
            replicates=0,
            max_concurrent=asked.at_once,
        )
    show(open_study(name, asked.out))


if __name__ == "__main__":
    main()
