"""The table a search ends with: best trials, with the label-only baseline beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from gpdht.search.study import Study

TOP = 10


def print_leaderboard(study: Study, *, top: int | None = TOP, console: Console) -> None:
    """Print the best complete trials, then how all trials ended."""
    trials = study.trials()
    metric = study.space.objective.metric.removeprefix("val/")
    console.print(_leaderboard(study, _ranked(trials), metric, top))
    console.print(endings(trials, study.space.trials), highlight=False)


def endings(trials: pd.DataFrame, total: int) -> str:
    """How the trials ended, in one sentence, and what they cost."""
    counts = trials["state"].value_counts()
    words = ", ".join(f"{count} {state}" for state, count in counts.items())
    seconds = trials["seconds"].astype(float)
    in_vain = float(seconds[trials["state"] != "complete"].sum())
    memory = trials["peak_memory_mb"].astype(float).max()
    text = f"{len(trials)} of {total} trials: {words or 'none'}; {seconds.sum():.0f} s in trials"
    if in_vain > 0:
        text += f", {in_vain:.0f} s of them in trials that did not complete"
    return text + ("" if math.isnan(memory) else f"; at most {memory:.0f} MB") + "."


def summary_of(study: Study) -> dict[str, Any]:
    """The study as plain data: protocol, winner, trials."""
    trials = study.trials()
    rows = [_plain(row) for _, row in trials.iterrows()]
    done = "complete" in set(trials["state"])
    return {
        "study": study.name,
        "folder": str(study.folder),
        "objective": study.space.objective.metric,
        "total": study.space.trials,
        "protocol": study.record["protocol"],
        "winner": _plain(study.winner()[1]) if done else None,
        "trials": rows,
    }


def _ranked(trials: pd.DataFrame) -> pd.DataFrame:
    complete = trials[trials["state"] == "complete"]
    return complete.sort_values("objective", ascending=False, kind="stable")


def _leaderboard(study: Study, ranked: pd.DataFrame, metric: str, top: int | None) -> Table:
    split = study.record["protocol"].get("cv.split")
    table = Table(
        title=f"{study.name}: {metric} on {study.record['dataset']['name']}, split {split}",
        caption="val: selection score, mean ± sd over folds; test and label-only: the same folds, "
        "out of fold, pooled.",
        box=None,
    )
    shown = ranked if top is None else ranked.head(top)
    params = [p.path for p in study.space.params if shown.get(p.path) is not None]
    leaves = [path.split(".")[-1] for path in params]
    for name in ("trial", "val", "test", "label-only", "lift", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for path, leaf in zip(params, leaves, strict=True):
        table.add_column(leaf if leaves.count(leaf) == 1 else path, justify="right")
    for _, row in shown.iterrows():
        table.add_row(
            str(row["number"]),
            f"{_score(row, f'val/{metric}')} ± {_score(row, f'val/{metric}_sd', 3)}",
            f"{_score(row, f'test/{metric}')}",
            f"{_score(row, f'null/{metric}')}",
            f"{_score(row, f'lift/{metric}', sign='+')}",
            f"{row['seconds']:.1f}",
            *(_value(row[path]) for path in params),
        )
    return table


def _score(row: pd.Series, name: str, digits: int = 4, sign: str = "") -> str:
    value = row.get(name)
    missing = value is None or math.isnan(float(value))
    return "–" if missing else f"{float(value):{sign}.{digits}f}"


def _value(value: Any) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return "–"
        return f"{value:.0f}" if value == int(value) and abs(value) >= 1 else f"{value:.3g}"
    return "–" if value is None else str(value)


def _plain(row: pd.Series) -> dict[str, Any]:
    """A row as JSON has it: no NaN, Python's own numbers."""
    values = {
        str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()
    }
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }
