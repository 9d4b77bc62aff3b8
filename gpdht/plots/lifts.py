"""What a model gains over the lines beside it, split by split."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from gpdht.metric_names import TITLES
from gpdht.plots.theme import COLOURS, FAINT, finish, nothing, rows_of

AGAINST = {"label-only": COLOURS["label"], "expression-only": COLOURS["expression"]}


def lifts(rows: pd.DataFrame, *, metric: str) -> Any:
    """Differences with intervals, and a rule at zero.

    Parameters
    ----------
    rows : `split, set, against` (``label-only`` or ``expression-only``), `value, low, high`.
    metric : the axis' title.
    """
    shown = rows[rows["value"].notna()]
    if shown.empty:
        return nothing("Nothing to hold the scores against.")
    columns = ["split", "set", "against", "value", "low", "high"]
    lines = list(dict.fromkeys(zip(shown["split"], shown["set"], strict=True)))
    several = shown["split"].nunique() > 1 and shown["set"].nunique() > 1
    alone = shown["set"].nunique() == 1

    def line(split: str, name: str) -> str:
        return f"{split} · {name}" if several else split if alone else name

    named = shown[columns].assign(
        line=[line(s, n) for s, n in zip(shown["split"], shown["set"], strict=True)]
    )
    kinds = [kind for kind in AGAINST if kind in set(shown["against"])]
    base = alt.Chart(rows_of(named))
    y = alt.Y(
        "line:N",
        sort=[line(*pair) for pair in lines],
        title=None,
        axis=alt.Axis(labelLimit=170, grid=True),
    )
    offset = alt.YOffset("against:N", sort=kinds)
    colour = alt.Color(
        "against:N",
        scale=alt.Scale(domain=kinds, range=[AGAINST[kind] for kind in kinds]),
        legend=alt.Legend(labelExpr="'minus best ' + datum.label + ' line'", columns=1),
    )
    title = f"{TITLES.get(metric.rpartition('/')[2], metric)} gained"
    tip = [
        alt.Tooltip("split:N"),
        alt.Tooltip("set:N"),
        alt.Tooltip("against:N"),
        alt.Tooltip("value:Q", title="gained"),
        alt.Tooltip("low:Q", title="95 % from"),
        alt.Tooltip("high:Q", title="to"),
    ]
    zero = (
        alt.Chart(alt.Data(values=[{"zero": 0}]))
        .mark_rule(color=FAINT, strokeDash=[4, 3])
        .encode(x="zero:Q")
    )
    marks = [
        base.mark_rule(strokeWidth=2).encode(
            y=y,
            yOffset=offset,
            x=alt.X("low:Q", title=title),
            x2="high:Q",
            color=colour,
            tooltip=tip,
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(
            y=y, yOffset=offset, x=alt.X("value:Q", title=title), color=colour, tooltip=tip
        ),
    ]
    step = 18 if len(kinds) > 1 else 24
    return finish(alt.layer(zero, *marks), height=max(90, step * len(kinds) * len(lines)))
