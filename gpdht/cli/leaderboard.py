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
FILE_WIDTH = 160


def result_console() -> Console:
    """A console for stdout; wide where no terminal says how wide it is."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=FILE_WIDTH)


def print_leaderboard(study: Study, *, top: int | None = TOP, console: Console) -> None:
    """Print the best complete trials, then how all trials ended."""
    trials = study.trials()
    ranked = _ranked(trials, study.space.objective.mode)
    console.print(_leaderboard(study, ranked, top))
    console.print(endings(trials, study.space.trials), highlight=False, soft_wrap=True)


def endings(trials: pd.DataFrame, total: int) -> str:
    """How the trials ended, in one sentence, and what they cost."""
    counts = trials["state"].value_counts()
    words = ", ".join(f"{count} {state}" for state, count in counts.items())
    seconds = trials["seconds"].astype(float)
    in_vain = float(seconds[trials["state"] != "complete"].sum())
    memory = trials["peak_memory_mb"].astype(float).max()
    ended = int((~trials["state"].isin(["running", "waiting"])).sum())
    text = f"{ended} of {total} trials ended: {words or 'none'}; {seconds.sum():.0f} s in trials"
    if in_vain > 0:
        text += f", {in_vain:.0f} s of them in trials that did not complete"
    return text + ("" if math.isnan(memory) else f"; at most {memory:.0f} MiB") + "."


def summary_of(study: Study) -> dict[str, Any]:
    """The study as plain data: protocol, winner, trials."""
    trials = study.trials()
    rows = [_plain(row) for _, row in trials.iterrows()]
    done = "complete" in set(trials["state"])
    return {
        "study": study.name,
        "folder": str(study.folder),
        "objective": study.space.objective.metric,
        "mode": study.space.objective.mode,
        "total": study.space.trials,
        "protocol": study.record["protocol"],
        "winner": _plain(study.winner()[1]) if done else None,
        "baseline_models": _baseline_models(study, trials),
        "trials": rows,
    }


def _ranked(trials: pd.DataFrame, mode: str) -> pd.DataFrame:
    complete = trials[trials["state"] == "complete"]
    return complete.sort_values("objective", ascending=mode == "min", kind="stable")


def _baseline_models(study: Study, trials: pd.DataFrame) -> dict[str, str]:
    """Which label-only baseline is best, by metric: the same for all trials of a study."""
    complete = trials.loc[trials["state"] == "complete", "number"]
    return study.result(int(complete.iloc[0])).baseline_models if len(complete) else {}


def _leaderboard(study: Study, ranked: pd.DataFrame, top: int | None) -> Table:
    from gpdht.execution.progress import short_values
    from gpdht.metrics.names import score_of
    from gpdht.models.catalogue import title_of

    objective = study.space.objective
    # the test scores beside a validation gain are of the score that it is a gain in
    metric = score_of(objective.metric)
    split = study.record["protocol"].get("cv.split")
    against = _baseline_models(study, ranked).get(metric)
    table = Table(
        title=f"{study.name}: {objective.metric.removeprefix('val/')} on "
        f"{study.record['dataset']['name']}, split {split}"
        + (", lower is better" if objective.mode == "min" else ""),
        caption=f"val: selection score, mean ± sd over folds; test and label-only"
        f"{f' ({title_of(against)})' if against else ''}: {metric} out of fold, pooled, on the "
        "same folds",
        title_justify="left",
        caption_justify="left",
        box=None,
        pad_edge=False,
    )
    for name in ("trial", "val", "test", "label-only", "gain", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("settings", overflow="fold")
    for _, row in ranked.head(len(ranked) if top is None else top).iterrows():
        table.add_row(
            str(row["number"]),
            f"{_score(row, objective.metric)} ± {_score(row, f'{objective.metric}_sd')}",
            _score(row, f"test/{metric}"),
            _score(row, f"baseline/{metric}"),
            _score(row, f"gain/{metric}", sign="+"),
            f"{row['seconds']:.1f}",
            short_values(study.values(int(row["number"]))),
        )
    return table


def _score(row: pd.Series, name: str, digits: int = 3, sign: str = "") -> str:
    value = row.get(name)
    missing = value is None or math.isnan(float(value))
    return "–" if missing else f"{float(value):{sign}.{digits}f}"


def _plain(row: pd.Series) -> dict[str, Any]:
    """A row as JSON has it: no NaN, Python's own numbers."""
    values = {
        str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()
    }
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }
