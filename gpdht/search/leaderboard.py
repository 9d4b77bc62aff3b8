"""A study in print: its best trials, and how all its trials ended."""

from __future__ import annotations

import math
from collections.abc import Callable

from gpdht.metrics.names import TITLES
from gpdht.models.catalogue import title_of
from gpdht.presentation import Table, between, count, number, seconds, signed, spread
from gpdht.search.study_tables import OPEN, TOP, StudyTables

COST_CELLS: dict[str, Callable[[float], str]] = {
    "seconds": seconds,
    "peak_memory_mb": lambda value: f"{value:.0f} MiB",
    "parameters": lambda value: f"{value:,.0f}",
    "epochs": lambda value: f"{value:.0f}",
}


def trial_table(tables: StudyTables, top: int | None = TOP) -> Table:
    """The best trials by selection score, their test scores, and the label-only baseline.

    Parameters
    ----------
    top : how many trials; None for all.
    """
    board = tables.leaderboard(top)
    is_trial = board["trial"].notna()
    rows = [
        (
            row.name,
            spread(row.selection, row.selection_sd),
            number(row.value),
            between(row.low, row.high),
            signed(row.gain),
            between(row.gain_low, row.gain_high, sign=True),
            seconds(row.seconds),
            row.settings,
        )
        for row in board[is_trial].itertuples()
    ]
    rows += [
        (row.name, "–", number(row.value), between(row.low, row.high), "–", "–", "–", "–")
        for row in board[~is_trial].itertuples()
    ]
    objective, score = tables.study.space.objective, TITLES[tables.metric]
    header = ("", "selection ± sd", "test", "95 % interval", "gain", "95 % interval", "time")
    return Table(
        f"The {is_trial.sum()} best of {len(tables.ranked)} complete trials",
        (*header, "settings"),
        rows,
        f"In the order of the selection score, which chose them: {objective.metric}, mean over "
        f"folds{', lower is better' if objective.mode == 'min' else ''}. Test: {score} out of "
        "fold, pooled over folds. Gain: over the best label-only baseline on the same folds.",
        words=(0, 7),
    )


def sets_tables(tables: StudyTables) -> list[Table]:
    """The winner and the reference on each of several sets; none for a study of one."""
    rows = [
        (
            row.set,
            f"trial {row.trial}",
            number(row.selection),
            number(row.test),
            number(row.baseline),
            title_of(row.against) if row.against else "–",
            signed(row.gain),
            between(row.gain_low, row.gain_high, sign=True),
        )
        for row in tables.by_set.itertuples()
    ]
    header = ("set", "trial", "selection", "test", "label-only", "which", "gain", "95 % interval")
    note = (
        f"All other tables have means over these sets. Test: {TITLES[tables.metric]} out of fold, "
        "each set's pairs pooled over its folds."
    )
    return [Table("Set by set", header, rows, note, words=(0, 1, 5))] if rows else []


def say_sets(tables: StudyTables) -> str:
    """That scores are means over several sets; empty for a study of one."""
    names = tables.study.sets
    if not names:
        return ""
    return (
        f"Scores are means over {count(len(names), 'set')} ({', '.join(names)}), each with folds, "
        "models and baselines of its own; their intervals take the sets as they are, and the "
        "errors on them as independent."
    )


def pareto_table(tables: StudyTables) -> Table:
    """The trials that no other beats in objective and costs at once."""
    front, objective = tables.pareto_front, tables.study.space.objective
    costs = list(tables.study.space.costs)
    rows = [
        (
            tables.trial_name(int(row["trial"])),
            number(row["objective"]),
            *(COST_CELLS[name](row[name]) for name in costs),
            row["settings"],
        )
        for _, row in front.iterrows()
    ]
    return Table(
        f"Pareto front: {objective.metric} against {', '.join(costs)}",
        ("", objective.metric, *costs, "settings"),
        rows,
        "No trial that keeps the constraints is as good in all of these and better in one.",
        words=(0, len(costs) + 2),
    )


def say_broken(tables: StudyTables) -> str:
    """Which trials the constraints exclude; empty if none."""
    out = tables.trials[(tables.trials["state"] == "complete") & (tables.trials["broken"] != "")]
    if out.empty:
        return ""
    reasons = "; ".join(f"trial {row['number']}: {row['broken']}" for _, row in out.iterrows())
    return f"Excluded by the constraints: {reasons}."


def say_endings(tables: StudyTables) -> str:
    """How the trials ended and what they cost, in one sentence."""
    endings = tables.endings
    words = ", ".join(f"{row.trials} {row.state}" for row in endings.itertuples())
    ended = endings[~endings["state"].isin(OPEN)]
    total = float(ended["seconds"].sum())
    in_vain = float(ended.loc[ended["state"] != "complete", "seconds"].sum())
    memory = float(tables.trials["peak_memory_mb"].astype(float).max())
    text = f"{tables.ended} of {tables.study.space.trials} trials ended: {words or 'none'}"
    text += f"; {seconds(total)} in trials"
    if in_vain:
        text += f", {in_vain / total:.0%} of it in trials that were given up or failed"
    return text + ("" if math.isnan(memory) else f"; at most {memory:.0f} MiB") + "."
