"""What a model gains over the lines beside it, split by split."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.theme import (
    COLOURS,
    FAINT,
    finish,
    interval_tips,
    nothing,
    row_axis,
    row_labels,
    rows_height,
    title_of,
    with_values,
)

AGAINST = {
    "label-only": COLOURS["label"],
    "expression-only": COLOURS["expression"],
    "prior-informed": COLOURS["prior"],
}
_STEP = 16  # px from one point to the next in a row


def gains(rows: pd.DataFrame, *, metric: str) -> Any:
    """Differences with intervals, and a rule at zero.

    Parameters
    ----------
    rows : `split, set, against` (``label-only``, ``expression-only`` or ``prior-informed``),
        `value, low, high`; a row of the chart for each split, or split and set, in the order of
        the table.
    metric : the axis' title.
    """
    shown = with_values(rows, "value")
    if shown.empty:
        return nothing("Nothing to hold the scores against.")
    table = _with_lines(shown[["split", "set", "against", "value", "low", "high"]])
    kinds = [kind for kind in AGAINST if kind in set(table["against"])]
    title = f"{title_of(metric)} gained"
    shared: dict[str, Any] = {
        "y": row_axis(table["label"], scale=alt.Scale(paddingInner=0.3, paddingOuter=0.15)),
        "yOffset": alt.YOffset("against:N", sort=kinds, scale=alt.Scale(paddingOuter=0.3)),
        "color": alt.Color(
            "against:N",
            scale=alt.Scale(domain=kinds, range=[AGAINST[kind] for kind in kinds]),
            legend=alt.Legend(
                labelExpr="'minus best ' + datum.label + ' baseline'",
                # a third entry in a second row would be cut off: the height is laid out before
                columns=1 if len(kinds) > 2 else alt.ExprRef("max(1, floor(width / 240))"),
            ),
        ),
        "tooltip": ["split:N", "set:N", "against:N", *interval_tips("gained")],
    }
    zero = alt.Chart(alt.Data(values=[{"zero": 0}]))
    whole = alt.Chart(rows_of(with_values(table, "low", "high")))
    chart = alt.layer(
        zero.mark_rule(color=FAINT, strokeDash=[4, 3]).encode(x="zero:Q"),
        whole.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=title), x2="high:Q", **shared),
        alt.Chart(rows_of(table))
        .mark_point(filled=True, size=60, opacity=1)
        .encode(x=alt.X("value:Q", title=title), **shared),
    )
    return finish(
        chart, height=rows_height(table["label"], least=10 + _STEP * len(kinds)), has_rows=True
    )


def _with_lines(rows: pd.DataFrame) -> pd.DataFrame:
    """With `line`, what a row is called: what all rows share in split or set is left out."""
    several_splits, several_sets = (rows[name].nunique() > 1 for name in ("split", "set"))
    if several_splits and several_sets:
        line = rows["split"] + " · " + rows["set"]
    else:
        line = rows["set"] if several_sets else rows["split"]
    return rows.assign(line=line, label=line.map(row_labels(line)))
