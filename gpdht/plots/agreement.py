"""The scores of ortholog pairs in two species, held against chance."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from gpdht.plots.inline import rows_of
from gpdht.plots.theme import BLUE, GREEN, RED, finish, nothing, with_values

BINS = 10
MOST = 4
"""Times as many as by chance, or as few, from where the colour stays the same."""

LOOKS = ((GREEN, "circle"), (BLUE, "square"), (RED, "triangle-up"))
HEIGHT, SHOWN = 300, 150  # px; called pairs of a class that have a dot


def agreement(pairs: pd.DataFrame, *, species: tuple[str, str], classes: tuple[str, ...]) -> Any:
    """Pairs in a square of both scores: how many more than by chance, and the ones that are called.

    Parameters
    ----------
    pairs : `tf_1, target_1, score_1, score_2, class`, scores from 0 to 1.
    species : what the axes are called.
    classes : conserved, specific to the first, specific to the second species; a class has dots
        for the pairs with the most extreme scores.
    """
    shown = with_values(pairs, "score_1", "score_2")
    if shown.empty:
        return nothing("No pairs are in both networks.")
    tiles = (
        alt.Chart(rows_of(_tiles(shown)))
        .mark_rect()
        .encode(
            x=_axis("x", species[0]),
            x2="x2:Q",
            y=_axis("y", species[1]),
            y2="y2:Q",
            color=_ratio(),
            tooltip=[
                alt.Tooltip("pairs:Q"),
                alt.Tooltip("expected:Q", title="by chance", format=",.1f"),
                alt.Tooltip("ratio:Q", title="times", format=".2f"),
            ],
        )
    )
    dots = _dots(shown, species, classes)
    return finish(alt.layer(tiles, *([dots] if dots is not None else [])), height=HEIGHT)


def _tiles(pairs: pd.DataFrame) -> pd.DataFrame:
    """`x, x2, y, y2, pairs, expected, ratio, shade` of each tile of the square."""
    at_1P, at_2P = (
        np.minimum((pairs[name].to_numpy(float) * BINS).astype(int), BINS - 1)
        for name in ("score_1", "score_2")
    )
    found = np.zeros((BINS, BINS))
    np.add.at(found, (at_1P, at_2P), 1)
    expected = np.outer(found.sum(1), found.sum(0)) / len(pairs)
    one, other = np.divmod(np.arange(BINS * BINS), BINS)
    table = pd.DataFrame(
        {
            "x": one / BINS,
            "x2": (one + 1) / BINS,
            "y": other / BINS,
            "y2": (other + 1) / BINS,
            "pairs": found.ravel().astype(int),
            "expected": expected.ravel(),
        }
    )
    table = table[table["expected"] > 0]
    ratio = table["pairs"] / table["expected"]
    return table.assign(ratio=ratio, shade=np.log2(ratio.clip(1 / MOST, MOST)))


def _dots(
    pairs: pd.DataFrame, species: tuple[str, str], classes: tuple[str, ...]
) -> alt.Chart | None:
    called = list(classes[:3])
    clearest = pairs.assign(clear=(pairs["score_1"] - 0.5).abs() + (pairs["score_2"] - 0.5).abs())
    clearest = clearest.sort_values("clear", ascending=False, kind="stable")
    dots = clearest[clearest["class"].isin(called)].groupby("class").head(SHOWN)
    if dots.empty:
        return None
    rows = dots[["tf_1", "target_1", "score_1", "score_2"]].assign(called=dots["class"])
    legend = alt.Legend(symbolStrokeWidth=1, symbolSize=60)
    found = set(rows["called"])
    looks = {name: look for name, look in zip(called, LOOKS, strict=True) if name in found}
    domain, (colours, shapes) = list(looks), zip(*looks.values(), strict=True)
    return (
        alt.Chart(rows_of(rows))
        .mark_point(filled=True, size=18, opacity=1, stroke="white", strokeWidth=0.4)
        .encode(
            x=_axis("score_1", species[0]),
            y=_axis("score_2", species[1]),
            fill=alt.Fill(
                "called:N",
                scale=alt.Scale(domain=domain, range=list(colours)),
                legend=legend,
            ),
            shape=alt.Shape(
                "called:N",
                scale=alt.Scale(domain=domain, range=list(shapes)),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("tf_1:N", title="TF"),
                alt.Tooltip("target_1:N", title="target"),
                alt.Tooltip("score_1:Q", title=species[0]),
                alt.Tooltip("score_2:Q", title=species[1]),
                alt.Tooltip("called:N", title="class"),
            ],
        )
    )


def _axis(name: str, species: str) -> Any:
    channel = alt.X if name in ("x", "score_1") else alt.Y
    return channel(
        f"{name}:Q",
        title=f"score, {species}",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(grid=False, tickCount=5, format=".1f"),
    )


def _ratio() -> alt.Color:
    most = float(np.log2(MOST))
    scale = alt.Scale(domain=[-most, 0, most], range=["#c9bfd9", "#f7f7f7", "#f0b95b"], clamp=True)
    legend = alt.Legend(
        title="pairs, times chance",
        values=[-most, 0, most],
        labelExpr=f"datum.value === 0 ? '1' : datum.value < 0 ? '≤ 1/{MOST}' : '≥ {MOST}'",
        gradientLength=130,
    )
    return alt.Color("shade:Q", scale=scale, legend=legend)
