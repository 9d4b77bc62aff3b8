"""Precision–recall curves with bands."""

from __future__ import annotations

from itertools import product
from typing import Any

import altair as alt
import pandas as pd

from gpdht.plots.inline import long_layer, rows_of
from gpdht.plots.theme import (
    COLOURS,
    FAINT,
    finish,
    kind_scale,
    nothing,
    with_values,
)
from gpdht.presentation import KINDS

CHOICES = ("set", "split")
POINT = ("recall", "precision", "low", "high")
NAMED = 9
"""How many lines a legend names; of more it names the kinds."""

DASHES = ([1, 0], [8, 3], [2, 2], [9, 3, 2, 3], [4, 3], [14, 3])
SHADES = (0.0, 0.4, 0.2, 0.6, 0.0, 0.4)
"""The lines of a kind, one after the other: towards black by this share of the way."""

_UNIT = alt.Scale(domain=[0, 1])


def precision_recall(rows: pd.DataFrame, *, prevalence: float | None = None) -> Any:
    """Curves with 95 % bands, and a dashed rule at the precision of chance.

    Parameters
    ----------
    rows : `name, kind, recall, precision, low, high`; with `set` or `split` of several values,
        a menu for each chooses what is shown.
    prevalence : where the rule is; or a column of that name, where it differs.
    """
    shown = with_values(rows, "recall", "precision")
    if shown.empty:
        return nothing("No out-of-fold scores.")
    if prevalence is not None:
        shown = shown.assign(prevalence=prevalence)
    menus = [name for name in CHOICES if name in shown and shown[name].nunique() > 1]
    points = _numbered(shown, menus)
    lines = points.drop_duplicates("id").drop(columns=list(POINT))
    chosen = {name: _menu(name, list(dict.fromkeys(shown[name]))) for name in menus}
    curves = long_layer(points, _curves(lines), key="id", lists=POINT)
    layers: list[Any] = [_only(curves, chosen)]
    if "prevalence" in lines:
        chance = _only(alt.Chart(rows_of(lines.drop_duplicates([*menus, "prevalence"]))), chosen)
        layers = [*_chance(chance), *layers]
    gaps = _gaps(lines, menus)
    if len(gaps):
        layers.append(_gap_text(_only(alt.Chart(rows_of(gaps)), chosen)))
    chart = alt.layer(*layers)
    return finish(chart.add_params(*chosen.values()) if chosen else chart, height=340)


def _numbered(rows: pd.DataFrame, menus: list[str]) -> pd.DataFrame:
    """`id`, the number of a line in a cell, then what is told of it, then its points."""
    words = ["name", "kind", *menus]
    rows = rows.assign(
        id=rows.groupby(words, sort=False).ngroup(),
        kind=rows["kind"].map(lambda kind: KINDS.get(kind, kind)),
    )
    chance = ["prevalence"] if "prevalence" in rows else []
    return rows[["id", *words, *chance, *POINT]]


def _menu(name: str, values: list[str]) -> alt.Parameter:
    return alt.param(
        name=f"chosen_{name}",
        value=values[0],
        bind=alt.binding_select(options=values, name=f"{name} "),
    )


def _only(base: Any, chosen: dict[str, alt.Parameter]) -> Any:
    for name, parameter in chosen.items():
        base = base.transform_filter(alt.datum[name] == parameter)
    return base


def _curves(lines: pd.DataFrame) -> list[alt.Chart]:
    base = alt.Chart()
    x = alt.X("recall:Q", scale=_UNIT, title="recall")
    tip = [
        alt.Tooltip("name:N", title="model"),
        alt.Tooltip("recall:Q"),
        alt.Tooltip("precision:Q"),
        alt.Tooltip("low:Q", title="95 % from"),
        alt.Tooltip("high:Q", title="to"),
    ]
    look = _look(lines)
    band = alt.Y("low:Q", scale=_UNIT, title="precision")
    line = alt.Y("precision:Q", scale=_UNIT, title="precision")
    shared: dict[str, Any] = {"x": x, "detail": "id:N", "color": look["color"]}
    return [
        base.mark_area(opacity=1, fillOpacity=0.16 if lines["name"].nunique() < 4 else 0.09).encode(
            **shared, y=band, y2="high:Q"
        ),
        base.mark_line(strokeWidth=2).encode(**{**shared, **look}, y=line),
        # wide and unseen, for the pointer
        base.mark_line(strokeWidth=9, strokeOpacity=0, aria=False).encode(
            x=x, y=line, detail="id:N", tooltip=tip
        ),
    ]


def _look(lines: pd.DataFrame) -> dict[str, Any]:
    """Colours by kind; of few lines each has its own dashes and its name in the legend."""
    named = lines.drop_duplicates(["name", "kind"])
    colours = {KINDS[kind]: colour for kind, colour in COLOURS.items()}
    legend = alt.Legend(symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=2.5, symbolSize=300)
    if len(named) > NAMED:
        kinds = [kind for kind, name in KINDS.items() if name in set(named["kind"])]
        return {"color": alt.Color("kind:N", scale=kind_scale(kinds), legend=legend)}
    names = named["name"].tolist()
    turn = named.groupby("kind", sort=False).cumcount()
    hues = [
        _darker(colours.get(kind, FAINT), SHADES[number % len(SHADES)])
        for kind, number in zip(named["kind"], turn, strict=True)
    ]
    dashes = [DASHES[number % len(DASHES)] for number in turn]
    return {
        "color": alt.Color("name:N", scale=alt.Scale(domain=names, range=hues), legend=legend),
        "strokeDash": alt.StrokeDash(
            "name:N", scale=alt.Scale(domain=names, range=dashes), legend=legend
        ),
    }


def _darker(colour: str, share: float) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * (1 - share)):02x}" for part in parts)


def _chance(base: alt.Chart) -> list[alt.Chart]:
    y = alt.Y("prevalence:Q", scale=_UNIT, title="precision")
    named = base.transform_calculate(text="'chance ' + format(datum.prevalence, '.3~g')")
    name = named.mark_text(align="left", dx=3, dy=-7, fontSize=11, color=FAINT)
    return [
        base.mark_rule(color=FAINT, strokeDash=[5, 4]).encode(y=y),
        name.encode(x=alt.value(0), y=y, text="text:N"),
    ]


def _gaps(lines: pd.DataFrame, menus: list[str]) -> pd.DataFrame:
    """What the menus can choose although there is no curve of it."""
    if len(menus) < 2:
        return pd.DataFrame()
    there = set(zip(*(lines[name] for name in menus), strict=True))
    every = product(*(dict.fromkeys(lines[name]) for name in menus))
    return pd.DataFrame([pair for pair in every if pair not in there], columns=menus)


def _gap_text(base: alt.Chart) -> alt.Chart:
    middle = {"x": alt.XValue(alt.ExprRef("width / 2")), "y": alt.YValue(alt.ExprRef("height / 2"))}
    return base.mark_text(text="No scores of this set and split.", fontSize=13, color=FAINT).encode(
        **middle
    )
