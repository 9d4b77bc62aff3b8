"""What a comparison does and does not show, in sentences made of its numbers."""

from __future__ import annotations

import pandas as pd

from gpdht.comparison.chart_tables import ComparisonTables
from gpdht.metrics.names import is_better, mode_of
from gpdht.models.catalogue import title_of
from gpdht.presentation import between, count, number, signed
from gpdht.registry.card import SPLITS
from gpdht.report.words import Verdict, judge, title, where_zero_is

MEANING = {
    "label-only": "the best model that sees the known edges but no expression",
    "expression-only": "the best model that sees the expression of the two genes but not "
    "which genes they are",
    "prior-informed": "the best other model that sees the priors",
}
SHOWN = {
    "label-only": "the expression adds something to what the known edges alone tell",
    "expression-only": "GP-DHT finds more than the expression of the two genes alone tells",
    "prior-informed": "GP-DHT makes more of the priors than the baselines that see them",
}


def say_gains(tables: ComparisonTables, split: str, against: str) -> list[str]:
    """GP-DHT beside the best baseline of a kind, in all sets of a split: verdict and figures."""
    rows = tables.gains[(tables.gains["split"] == split) & (tables.gains["against"] == against)]
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return []
    if len(rows) == 1:
        return _of_one(tables, rows.iloc[0], against)
    metric, score = tables.metric, title(tables.metric)
    verdicts = {row["set"]: judge(row["low"], row["high"], metric) for _, row in rows.iterrows()}
    ahead = sum(is_better(metric, value, 0.0) for value in rows["value"])
    text = (
        f"GP-DHT’s {score} is {'above' if mode_of(metric) == 'max' else 'below'} that of "
        f"{MEANING[against]} in {ahead} of {len(rows)} sets; the difference is "
        f"{signed(rows['value'].mean())} on average over the sets, "
        f"{between(rows['value'].min(), rows['value'].max(), sign=True)}. "
        f"{_clear_sets(verdicts)}{_test(tables, split, against)}"
    )
    return [_verdict(verdicts, against), text]


def say_split(split: str) -> str:
    """What a split tests."""
    return SPLITS.get(split, "")


def say_choice() -> str:
    """What the choice of the baselines, and many intervals, do to the figures."""
    return (
        "The best baseline of a set is chosen by its test score, so differences from it are too "
        "low rather than too high. Of many intervals, about one in twenty excludes zero by chance "
        "alone. Intervals are bootstrap 95 % intervals over targets: they cover the choice of "
        "genes, not of cells or of another network."
    )


def say_progress(tables: ComparisonTables) -> str:
    """That a comparison is not finished; empty if it is."""
    about = tables.comparison.about
    if tables.comparison.is_finished:
        return ""
    return (
        f"Unfinished: {about['ended']} of {count(about['jobs'], 'job')} have ended. Everything "
        "below is of those; models whose seeds have not all ended have no score yet."
    )


def _of_one(tables: ComparisonTables, row: pd.Series, against: str) -> list[str]:
    metric = tables.metric
    own = tables.leaderboard(row["split"], row["set"]).set_index("model")["value"]
    figures = f"{number(own['gpdht'])} against {number(own[row['baseline']])}"
    ends = between(row["low"], row["high"], sign=True)
    text = (
        f"On {row['set']}, GP-DHT’s {title(metric)} minus that of {MEANING[against]} "
        f"({title_of(row['baseline'])}) is {signed(row['value'])} ({figures}"
        + (f"; 95 % interval {ends}" if ends else "")
        + f"). {where_zero_is(row['low'], row['high'])}"
    )
    return [_verdict({row["set"]: judge(row["low"], row["high"], metric)}, against), text]


def _verdict(verdicts: dict[str, Verdict], against: str) -> str:
    """One sentence: what the intervals together allow to say."""
    found = list(verdicts.values())
    better, worse, sets = found.count("better"), found.count("worse"), len(found)
    where = "" if sets == 1 else f" in {'all' if better == sets else better} of {sets} sets"
    where = " in all sets" if better == sets > 1 else where
    lost = "" if sets == 1 else f" in {worse} of {sets} sets"
    lost = " in all sets" if worse == sets > 1 else lost
    label = f"Against the {against} baseline: "
    if better and not worse:
        return f"{label}by this score, {SHOWN[against]}{where}."
    if worse and not better:
        return f"{label}GP-DHT is worse{lost}; no set shows that {SHOWN[against]}."
    if better and worse:
        rest = sets - better - worse
        open_ = f", and the other {rest} leave it open" if rest else ""
        return f"{label}the sets disagree: GP-DHT is better{where} and worse{lost}{open_}."
    return f"{label}this does not show that {SHOWN[against]}."


def _clear_sets(verdicts: dict[str, Verdict]) -> str:
    """In which sets the intervals exclude zero."""
    parts = []
    for verdict, word in (("better", "in favour of GP-DHT"), ("worse", "against it")):
        sets = [name for name, found in verdicts.items() if found == verdict]
        if sets:
            parts.append(f"{word} in {len(sets)} ({', '.join(sets)})")
    if not parts:
        return f"The 95 % interval of the difference includes zero in all {len(verdicts)} sets."
    return f"The 95 % interval of the difference excludes zero {' and '.join(parts)}."


def _test(tables: ComparisonTables, split: str, against: str) -> str:
    """The test over sets, if there is one."""
    tests = tables.comparison.tests
    rows = tests[
        (tests["split"] == split)
        & (tests["metric"] == tables.metric)
        & (tests["test"] == "wilcoxon")
        & (tests["second"] == f"best {against}")
    ]
    if rows.empty:
        return ""
    p = float(rows["p"].iloc[0])
    return (
        f" Wilcoxon’s signed-rank test over the sets: p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}."
    )
