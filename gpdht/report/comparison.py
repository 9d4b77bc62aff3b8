"""A comparison as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gpdht.comparison.chart_tables import ComparisonTables
from gpdht.comparison.charts import comparison_charts
from gpdht.comparison.printed_table import MARKS
from gpdht.comparison.result import Comparison
from gpdht.models.catalogue import title_of
from gpdht.presentation import KINDS, Table, between, number, with_interval
from gpdht.report.comparison_parts import cost_parts, fact_parts
from gpdht.report.comparison_words import (
    MEANING,
    say_choice,
    say_gains,
    say_progress,
    say_split,
)
from gpdht.report.page import Choice, Figure, Folded, Page, Paragraph, Part, Section
from gpdht.report.pairs import HONEST, network_parts
from gpdht.report.words import made, title


def comparison_page(comparison: Comparison) -> Page:
    """The page of a comparison, finished or not."""
    tables = ComparisonTables(comparison)
    charts = comparison_charts(comparison, tables=tables)
    return Page(
        title=comparison.folder.resolve().name,
        subtitle="Models on the same folds of the same sets (comparison)",
        notice=say_progress(tables),
        sections=[
            Section("What the scores show", _summary(tables)),
            Section("What was done", fact_parts(tables)),
            Section("Leaderboard", _leaderboards(tables, charts)),
            Section("Gain over the best baselines", _gains(tables, charts)),
            Section("Precision and recall", _curves(charts)),
            Section("Network", _networks(tables, charts)),
            Section("Cost and failures", cost_parts(tables)),
        ],
        made=made(),
    )


def _summary(tables: ComparisonTables) -> list[Part]:
    if not tables.cells:
        return [Paragraph("No model has a score yet.", lead=True)]
    parts: list[Part] = []
    if tables.gains.empty:
        parts.append(
            Paragraph(
                "GP-DHT is not among the models that have a score, or has no baseline to be held "
                "against, so the page says only how the models stand.",
                lead=True,
            )
        )
    for split in tables.splits:
        found = [say_gains(tables, split, kind) for kind in MEANING]
        verdicts = " ".join(texts[0] for texts in found if texts)
        if verdicts:
            parts.append(Paragraph(f"Split “{split}”. {verdicts}", lead=True))
        parts += [Paragraph(text) for texts in found for text in texts[1:]]
        parts.append(Paragraph(say_split(split)))
    return [*parts, Paragraph(say_choice())]


def _leaderboards(tables: ComparisonTables, charts: Mapping[str, Any]) -> list[Part]:
    if not tables.cells:
        return [Paragraph("No job is complete yet, so there is no leaderboard.")]
    score = title(tables.metric)
    options = []
    for split, name in tables.cells:
        figure = Figure(
            f"{score[0].upper()}{score[1:]} on {name}, split “{split}”",
            charts[f"leaderboard/{split}/{name}"],
            "A dot is a model’s score on the tested pairs and the bar its 95 % interval; the "
            "colour says what the model sees. Where bars overlap widely, the order may be chance.",
        )
        options.append((f"{name}, {split}", [figure]))
    return [Choice("Set and split", options), *_overviews(tables)]


def _overviews(tables: ComparisonTables) -> list[Part]:
    """A table for each split, models × sets; in a fold those of AUROC."""
    metrics = [tables.metric, *(["auroc"] if tables.metric != "auroc" else [])]
    made_of = {
        metric: [_overview(tables, split, metric) for split in tables.splits] for metric in metrics
    }
    first, *rest = metrics
    folded = [Folded(f"The same in {title(metric)}", made_of[metric]) for metric in rest]
    return [*made_of[first], *folded]


def _overview(tables: ComparisonTables, split: str, metric: str) -> Table:
    sets = [name for there, name in tables.cells if there == split]
    boards = {name: tables.leaderboard(split, name, metric).set_index("model") for name in sets}
    order = _order(boards)
    best = {kind: _best_baselines(tables, split, metric, kind) for kind in MARKS}
    rows = []
    for model, kind in order:
        cells = [
            _cell(
                boards[name],
                model,
                [MARKS[kind] for kind in MARKS if best[kind].get(name) == model],
            )
            for name in sets
        ]
        rows.append((_row_name(model, kind), *cells))
    return Table(
        f"Split “{split}”: {title(metric)} with its 95 % interval. "
        f"{MARKS['label']} best label-only, {MARKS['expression']} best expression-only model of "
        "the set; * best of all but the controls.",
        ("model", *sets),
        rows,
    )


def _row_name(model: str, kind: str) -> str:
    return title_of(model) if kind == "gpdht" else f"{title_of(model)}\n({KINDS[kind]})"


def _order(boards: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Models by their mean rank over the sets; unranked ones last."""
    together = pd.concat(boards.values())
    grouped = together.groupby(level=0, sort=False)
    ranks = grouped["rank"].mean().fillna(float("inf")).sort_values(kind="stable")
    kinds = grouped["kind"].first()
    return [(str(model), str(kinds[model])) for model in ranks.index]


def _best_baselines(tables: ComparisonTables, split: str, metric: str, kind: str) -> dict[str, str]:
    summary = tables.comparison.summary
    part = summary[(summary["split"] == split) & (summary["metric"] == metric)]
    part = part[(part["kind"] == kind) & (part[f"{kind}_baseline"] == part["model"])]
    return dict(zip(part["set"], part["model"], strict=True))


def _cell(board: pd.DataFrame, model: str, marks: Sequence[str]) -> str:
    if model not in board.index:
        return "–"
    row = board.loc[model]
    text = number(row["value"]) + ("*" if row["rank"] == 1 else "") + "".join(marks)
    return f"{text}\n{between(row['low'], row['high'], dash=True)}".rstrip()


def _gains(tables: ComparisonTables, charts: Mapping[str, Any]) -> list[Part]:
    if "gains" not in charts:
        return [Paragraph("Without GP-DHT and a baseline there is no gain.")]
    rows = [
        (
            row.set,
            row.split,
            row.against,
            title_of(row.baseline),
            with_interval(row.value, row.low, row.high, sign=True),
        )
        for row in tables.gains.itertuples()
    ]
    return [
        Figure(
            f"GP-DHT’s {title(tables.metric)} minus that of the best baselines",
            charts["gains"],
            "A dot is GP-DHT’s score minus that of the best baseline of a kind on the set, with "
            "its 95 % interval; an interval that crosses the line at zero leaves open which is "
            "better.",
        ),
        Folded(
            "The differences as a table",
            [
                Table(
                    "GP-DHT minus the best baseline of each kind.",
                    ("set", "split", "against", "that baseline", "difference (95 % interval)"),
                    rows,
                    words=(0, 1, 2, 3),
                )
            ],
        ),
    ]


def _curves(charts: Mapping[str, Any]) -> list[Part]:
    if "precision_recall" not in charts:
        return [Paragraph("No out-of-fold scores are in the comparison’s folder.")]
    return [
        Figure(
            "Precision and recall",
            charts["precision_recall"],
            "Going down a ranking, recall is the share of the known edges found so far, precision "
            "the share of known edges among the pairs taken; the higher the line the better, and "
            "the dashed line is a random order. Bands: 95 %, point by point; of several seeds the "
            "first. Choose set and split below the chart.",
        )
    ]


def _networks(tables: ComparisonTables, charts: Mapping[str, Any]) -> list[Part]:
    options = []
    for split, name in tables.cells:
        edges = tables.network(split, name)
        if len(edges):
            parts = network_parts(
                edges, charts, end=f"/{split}/{name}", where=f", {name}, split “{split}”"
            )
            options.append((f"{name}, {split}", parts))
    if not options:
        return [Paragraph("There are no out-of-fold scores of GP-DHT to draw a network of.")]
    return [Paragraph(HONEST), Choice("Set and split", options)]
