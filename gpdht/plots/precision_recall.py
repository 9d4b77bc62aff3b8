"""Precision–recall curves with bands."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.theme import FAINT, finish, kind_scale, named_kinds, nothing, rows_of

CHOICES = ("set", "split")


def precision_recall(rows: pd.DataFrame, *, prevalence: float | None = None) -> Any:
    """Curves with 95 % bands, and a dashed rule at the precision of chance.

    Parameters
    ----------
    rows : `line, kind, recall, precision, low, high`; with `set` or `split` of several values,
        a menu for each chooses what is shown.
    prevalence : where the rule is; or a column of that name, where it differs.
    """
    shown = rows[rows["precision"].notna()]
    if shown.empty:
        return nothing("No out-of-fold scores.")
    menus = [name for name in CHOICES if name in shown and shown[name].nunique() > 1]
    columns = ["line", "kind", "recall", "precision", "low", "high", *menus]
    table = named_kinds(shown)
    if prevalence is not None:
        table = table.assign(prevalence=prevalence)
    if "prevalence" in table:
        columns.append("prevalence")
    base = alt.Chart(rows_of(table[columns]))
    params = []
    for name in menus:
        values = list(dict.fromkeys(shown[name]))
        chosen = alt.param(
            name=f"chosen_{name}",
            value=values[0],
            bind=alt.binding_select(options=values, name=f"{name} "),
        )
        params.append(chosen)
        base = base.transform_filter(f"datum['{name}'] === chosen_{name}")
    percent = alt.Scale(domain=[0, 1])
    x = alt.X("recall:Q", scale=percent, title="recall")
    legend = alt.Legend(symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3)
    colour = alt.Color("kind:N", scale=kind_scale(shown["kind"]), legend=legend)
    tip = [
        alt.Tooltip("line:N"),
        alt.Tooltip("recall:Q"),
        alt.Tooltip("precision:Q"),
        alt.Tooltip("low:Q", title="95 % from"),
        alt.Tooltip("high:Q", title="to"),
    ]
    layers = [
        base.mark_area(opacity=0.16).encode(
            x=x,
            y=alt.Y("low:Q", scale=percent, title="precision"),
            y2="high:Q",
            color=colour,
            detail="line:N",
        ),
        base.mark_line(strokeWidth=2).encode(
            x=x,
            color=colour,
            detail="line:N",
            y=alt.Y("precision:Q", scale=percent, title="precision"),
            tooltip=tip,
        ),
    ]
    if "prevalence" in columns:
        chance = base.mark_rule(color=FAINT, strokeDash=[5, 4]).encode(
            y=alt.Y("min(prevalence):Q", scale=percent, title="precision")
        )
        layers.insert(0, chance)
    chart = alt.layer(*layers)
    if params:
        chart = chart.add_params(*params)
    return finish(chart, height=340)
