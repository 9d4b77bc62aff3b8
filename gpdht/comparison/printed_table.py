"""The tables of a comparison, cut to fit a page, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gpdht.comparison.result import Comparison
from gpdht.comparison.statistics import AGAINST, BASELINE_KINDS
from gpdht.metrics.names import LOW_OVERLAP, TITLES, mode_of
from gpdht.models.catalogue import MODELS
from gpdht.presentation import Table, p_value, short, short_signed

APART = "without the TFs of which more than half of the known edges stand in a prior"
MARKS = {"label": "†", "expression": "‡"}
LEGEND = (
    "† best label-only, ‡ best expression-only baseline of the set; * best of all that are ranked. "
    "Controls are not ranked."
)


def printed_tables(comparison: Comparison) -> list[Table]:
    """Per split: scores (in groups of sets), then GP-DHT's differences, then what the sets say."""
    summary = comparison.summary
    tables = []
    for split in dict.fromkeys(comparison.results["split"]):
        part = summary[summary["split"] == split]
        tables += _score_tables(comparison, split, part)
        chosen = part[part["metric"] == comparison.metric]
        apart = part[part["metric"] == f"{LOW_OVERLAP}{comparison.metric}"]
        gains = (
            _gain_table(f"{split} split", chosen),
            _gain_table(f"{split} split, {APART}", apart),
        )
        tables += [table for table in gains if table.rows]
        tables += [table for table in (_ranks_table(comparison, split),) if table.rows]
    return tables


def markdown(comparison: Comparison) -> str:
    """The whole table as a markdown file."""
    parts = ["# Comparison", *(table.markdown() for table in printed_tables(comparison))]
    parts += [LEGEND, "\n".join(f"- {line}" for line in footer(comparison))]
    return "\n\n".join(parts) + "\n"


def footer(comparison: Comparison) -> list[str]:
    """What the figures are about, what failed, and how to get them again."""
    results = comparison.results
    about = comparison.about
    universes = results["universe"].dropna().unique()
    seeds = ", ".join(map(str, dict.fromkeys(results["seed"])))
    lines = [
        f"pairs: {'; '.join(universes) or '–'}",
        f"negatives {_all(results, 'negatives')}; {_all(results, 'folds')} folds; seeds {seeds}; "
        f"settings {about['config_hash']}",
        "scores: out of fold, pooled; ± sd over seeds; intervals: bootstrap 95 % over targets",
        "versions: " + ", ".join(f"{name} {text}" for name, text in about["versions"].items()),
    ]
    if about.get("command"):
        lines.append(f"command: {about['command']}")
    return lines + [
        f"not complete: {row.set} {row.split} seed {row.seed} {row.model}: {row.state}: {row.error}"
        for row in comparison.failures().itertuples()
    ]


def _score_tables(comparison: Comparison, split: str, part: pd.DataFrame) -> list[Table]:
    metric, results = comparison.metric, comparison.results
    here = results[results["split"] == split]
    sets, ran = list(dict.fromkeys(here["set"])), set(here["model"])
    models = [name for name in MODELS if name in ran]
    cells = {name: [_cell(part, here, name, m, metric) for m in models] for name in sets}
    order = _order(part, models, metric)
    extra = "" if metric in ("auroc", "auprc") else f"/{metric}"
    title = f"{split} split: AUROC/AP{extra}, ranked by {TITLES[metric]}"
    title += ", lower is better" if mode_of(metric) == "min" else ""
    rows = tuple((models[at], *(cells[name][at] for name in sets)) for at in order)
    return Table(title, ("", *sets), rows).cut()


def _order(part: pd.DataFrame, models: Sequence[str], metric: str) -> list[int]:
    """Models by mean rank over the sets of the split; unranked ones last, as they come."""
    chosen = part[part["metric"] == metric]
    rank = chosen.groupby("model")["rank"].mean()
    return sorted(range(len(models)), key=lambda i: _or_last(rank.get(models[i])))


def _or_last(rank: float | None) -> float:
    return float("inf") if rank is None or pd.isna(rank) else rank


def _cell(part: pd.DataFrame, results: pd.DataFrame, name: str, model: str, metric: str) -> str:
    rows = part[(part["set"] == name) & (part["model"] == model)].set_index("metric")
    if metric not in rows.index:
        jobs = results[(results["set"] == name) & (results["model"] == model)]
        states = [state for state in dict.fromkeys(jobs["state"]) if state != "complete"]
        return states[0] if states else "–"
    shown = ["auroc", "auprc", *([metric] if metric not in ("auroc", "auprc") else [])]
    text = "/".join(short(rows.at[m, "mean"]) if m in rows.index else "–" for m in shown)
    sd = rows.at[metric, "sd"]
    text += "" if pd.isna(sd) else f" ±{short(sd)}"
    return text + _marks(rows.loc[metric], model)


def _marks(row: pd.Series, model: str) -> str:
    marks = "*" if row["rank"] == 1 else ""
    return marks + "".join(mark for kind, mark in MARKS.items() if row[f"{kind}_baseline"] == model)


def _gain_table(pairs: str, chosen: pd.DataFrame) -> Table:
    """What is trained, and the controls, beside the best baselines, set by set."""
    own = chosen[~chosen["kind"].isin(BASELINE_KINDS)]
    kinds = [kind for kind in BASELINE_KINDS if chosen[f"{kind}_baseline"].notna().any()]
    rows = []
    for _, row in own.iterrows():
        name = row["model"].removeprefix("gpdht_").replace("_", " ")
        against = [cell for kind in kinds for cell in _against(row, kind)]
        rows.append((f"{row['set']} {name}", short(row["mean"]), *against))
    header = ("", "mean", *(cell for kind in kinds for cell in (f"− best {AGAINST[kind]}", "p")))
    title = f"{pairs}: minus the best baselines, with 95 % intervals" if rows else ""
    return Table(title, header, tuple(rows))


def _against(row: pd.Series, kind: str) -> tuple[str, str]:
    gain, low, high, p = (row[f"{kind}_{part}"] for part in ("diff", "low", "high", "p"))
    if pd.isna(gain):
        return "–", "–"
    ends = "" if pd.isna(low) else f" ({short_signed(low)} … {short_signed(high)})"
    return f"{short_signed(gain)}{ends}", p_value(p)


def _ranks_table(comparison: Comparison, split: str) -> Table:
    metric = comparison.metric
    ranks, tests = (
        table[(table["split"] == split) & (table["metric"] == metric)]
        for table in (comparison.ranks, comparison.tests)
    )
    if ranks.empty or ranks["sets"].max() < 2:
        return Table("", (), ())
    rows = tuple(
        (row.model, f"{row.mean_rank:.2f}", short(row.mean))
        for row in ranks.sort_values("mean_rank", kind="stable").itertuples()
    )
    sets = int(ranks["sets"].max())
    title = f"{split} split: mean rank over {sets} sets"
    return Table(title, ("", "mean rank", "mean"), rows, _tests_in_words(tests))


def _tests_in_words(tests: pd.DataFrame) -> str:
    texts = []
    for row in tests.itertuples():
        if row.test == "wilcoxon":
            texts.append(
                f"GP-DHT minus {row.second}: {short_signed(row.difference)} on average, better in "
                f"{row.wins:.0f} of {row.sets} sets (Wilcoxon signed-rank over sets, "
                f"p {p_value(row.p)})."
            )
        else:
            texts.append(f"{row.first} differ: Friedman test over sets, p {p_value(row.p)}.")
    return " ".join(texts)


def _all(results: pd.DataFrame, column: str) -> str:
    return ", ".join(str(value) for value in dict.fromkeys(results[column]))
