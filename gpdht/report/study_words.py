"""What the scores of a study do and do not show, in sentences made of its numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import pandas as pd

from gpdht.metrics.low_overlap import say_low_overlap
from gpdht.metrics.names import is_better
from gpdht.models.catalogue import title_of
from gpdht.presentation import between, count, number, signed
from gpdht.registry.card import SPLITS
from gpdht.report.words import Verdict, judge, title, where_zero_is
from gpdht.search.leaderboard import say_broken
from gpdht.search.study_tables import StudyTables

VERDICTS: dict[Verdict, str] = {
    "better": "the expression adds something to what the known edges alone tell.",
    "unclear": "this study does not show that the expression adds anything to what the known "
    "edges alone tell.",
    "worse": "the trial finds less than the known edges alone tell, so here the expression does "
    "more harm than good.",
}


def say_gain(tables: StudyTables) -> list[str]:
    """What the winner's gain allows to say, and the figures that it is made of."""
    row = _main_gain(tables)
    if tables.winner is None:
        why = "keeps the constraints" if say_broken(tables) else "is complete yet"
        return [f"No trial {why}, so there is no score to speak of."]
    if row is None:
        return [
            f"Trial {tables.winner} has the best selection score. This study holds no test score "
            "of it beside a label-only baseline, so nothing can be said about what the expression "
            "adds."
        ]
    metric, value = str(row["metric"]), float(row["value"])
    score, ends = title(metric), tables.with_ends(tables.winner, f"test/{metric}")
    found = judge(row["low"], row["high"], metric)
    lead = (
        f"In {score}, trial {tables.winner}, the winner, is {number(abs(value))} "
        f"{'above' if value >= 0 else 'below'} the best label-only baseline (95 % interval of the "
        f"difference {between(row['low'], row['high'], sign=True)}). "
        f"{where_zero_is(row['low'], row['high'])} By this score, {VERDICTS[found]}"
    )
    interval = between(*ends[1:])
    figures = (
        f"Trial {tables.winner} has the best selection score. On pairs whose labels its models "
        f"did not see, it reaches {_article(score)} of {number(ends[0])}"
        + (f" (95 % interval {interval})" if interval else "")
        + f"{_chance(tables, metric)}. The best model that sees the known edges but no expression "
        f"({_against(tables, row)}) reaches {number(row['baseline'])} on the same pairs. The "
        "difference, "
        f"{signed(value)}, is called the gain."
    )
    return [lead, figures]


def say_split(tables: StudyTables) -> str:
    """What the split tests."""
    meaning = SPLITS.get(tables.split)
    return f"Split “{tables.split}”. {meaning}" if meaning else f"Split “{tables.split}”."


def say_selection(tables: StudyTables) -> str:
    """That the selection score is none to quote."""
    if tables.winner is None:
        return ""
    metric, complete = tables.study.space.objective.metric, len(tables.ranked)
    best = tables.figure(tables.winner, "objective")
    text = (
        f"The search chose by the selection score, {metric}, on the validation part of each "
        f"training fold: {number(best)} for trial {tables.winner}. It is no test score"
    )
    if complete > 1:
        text += (
            f", and as the best of {complete} complete trials it is biased upward, the more the "
            "more trials there are"
        )
    return (
        f"{text}. Within the search test pairs chose no trial; but all trials "
        "share the same folds, so a little of that bias may reach the winner’s test scores too. "
        "“Whether the search paid” has scores that are corrected for that, and scores on fresh "
        "folds."
    )


def say_again(tables: StudyTables, again: Mapping[str, Sequence[float]]) -> str:
    """What the gain was on fresh folds of the same pairs; empty without such folds.

    Parameters
    ----------
    again : the gain with each fresh seed, by score.
    """
    row = _main_gain(tables)
    values = again.get(str(row["metric"]), ()) if row is not None else ()
    if row is None or not values:
        return ""
    better = sum(is_better(str(row["metric"]), value, 0.0) for value in values)
    return (
        "Scored again on fresh folds of the same labelled pairs, the gain in "
        f"{title(str(row['metric']))} is {signed(statistics.fmean(values))} on average, "
        f"{between(min(values), max(values), sign=True)} over "
        f"{count(len(values), 'seed')}: better than labels alone with {better} of {len(values)}."
    )


def say_overlap(tables: StudyTables) -> str:
    """What is left of the winner's gain where priors have few of the known edges."""
    if tables.winner is None:
        return ""
    row = tables.trials.set_index("number").loc[tables.winner].dropna()
    named = {str(name): row[name] for name in row.index if "/" in str(name)}
    return say_low_overlap(named)


def say_pairs(tables: StudyTables) -> str:
    """Which pairs all scores are about."""
    protocol = tables.study.record["protocol"]
    text = f"All scores are about these pairs: {protocol.get('universe', 'unknown')}."
    if protocol.get("pairs") and protocol.get("positives") is not None:
        text += (
            f" {protocol['positives']:,} of {protocol['pairs']:,} are known edges. The others "
            "count as negatives, though some may be edges that nobody has found yet."
        )
    return text


def say_progress(tables: StudyTables) -> str:
    """That a study is not finished; empty if it is."""
    if tables.is_finished:
        return ""
    states = tables.trials["state"].value_counts()
    running, total = int(states.get("running", 0)), tables.study.space.trials
    going = f" ({running} marked as running)" if running else ""
    return (
        f"Unfinished: {tables.ended} of {count(total, 'trial')} have ended{going}. Everything "
        "below is of those; a trial that ends later may change it."
    )


def _main_gain(tables: StudyTables) -> pd.Series | None:
    """The gain in the objective's score, else in average precision, else none."""
    by_metric = tables.gains.set_index("metric", drop=False)
    for metric in (tables.metric, "auprc"):
        if metric in by_metric.index:
            return by_metric.loc[metric]
    return None


def _against(tables: StudyTables, row: pd.Series) -> str:
    if row["against"]:
        return title_of(row["against"])
    return "on each set its own" if tables.study.sets else "which one is not recorded"


def _chance(tables: StudyTables, metric: str) -> str:
    """What a random order would score, where that is known."""
    assert tables.winner is not None
    share = tables.figure(tables.winner, "test/prevalence")
    chance = {"auroc": 0.5, "auroc_per_tf": 0.5, "auprc_ratio": 1.0, "early_precision_ratio": 1.0}
    value = share if metric in ("auprc", "early_precision") else chance.get(metric, math.nan)
    return "" if math.isnan(value) else f"; a random order would reach {number(value)}"


def _article(text: str) -> str:
    return f"an {text}" if text[0] in "aeioAEIO" else f"a {text}"
