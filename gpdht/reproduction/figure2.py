"""Figure 2: GP-DHT and the five models that the paper compares with."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gpdht.comparison.result import Comparison
from gpdht.data.dataset import Dataset
from gpdht.models.catalogue import names_of, title_of
from gpdht.plots import leaderboard
from gpdht.presentation import Table
from gpdht.reproduction.artifact import (
    METRICS,
    SPLIT,
    Artifact,
    best_label_only,
    cell,
    mean_of,
    scores_of,
)
from gpdht.reproduction.published import TABLE2, published_set

MODELS = ("gpdht_published", "gpdht", *names_of("peer"))
TRAINED = ("gpdht", "variant", "peer")  # kinds


def draw_peers(comparison: Comparison, datasets: Mapping[str, Dataset]) -> Artifact:
    """Figure 2: GP-DHT and the models that the paper compares with."""
    table = comparison.summary
    charts = {name: leaderboard(peer_rows(comparison, name), metric="auprc") for name in datasets}
    return Artifact(tuple(published_models(comparison, datasets).cut()), table, charts)


def published_models(comparison: Comparison, datasets: Mapping[str, Dataset]) -> Table:
    """Figure 2 as a table: models × sets, the paper's GP-DHT first, labels alone last."""
    printed = {
        name: TABLE2["uniform"].get(published_set(name, d) or "") for name, d in datasets.items()
    }
    paper = tuple("–" if scores is None else cell(scores, 2) for scores in printed.values())
    rows = [("GP-DHT, the paper's figure", *paper)]
    for model in MODELS:
        scores = [
            [mean_of(comparison, name, model, metric) for metric in METRICS] for name in datasets
        ]
        rows.append((_title(model), *map(cell, scores)))
    best = [
        [best_label_only(comparison, name, metric)["label_only"] for metric in METRICS]
        for name in datasets
    ]
    rows.append(("best label-only baseline", *(cell(pair) for pair in best)))
    title = "Figure 2: GP-DHT, published models and labels only (AUROC/AP)"
    return Table(title, ("", *datasets), tuple(rows), _peers_in_words(comparison, datasets))


def peer_rows(comparison: Comparison, name: str) -> pd.DataFrame:
    """A set's models in average precision, for a chart: `name, kind, value, low, high`."""
    part = scores_of(comparison, name, "auprc")
    shown = part[part["kind"].isin([*TRAINED, "label"])]
    return pd.DataFrame(
        {
            "name": [_title(model) for model in shown["model"]],
            "kind": shown["kind"].to_numpy(),
            "value": shown["mean"].to_numpy(),
            "low": shown["low"].to_numpy(),
            "high": shown["high"].to_numpy(),
        }
    )


def _peers_in_words(comparison: Comparison, datasets: Mapping[str, Dataset]) -> str:
    summary = comparison.summary
    part = summary[(summary["metric"] == "auprc") & (summary["split"] == SPLIT)]
    part = part[part["kind"].isin(TRAINED) & part["set"].isin(list(datasets))]
    above = part[part["label_low"] > 0]
    names = ", ".join(f"{_title(row.model)} on {row.set}" for row in above.itertuples())
    return (
        f"{len(above)} of {len(part)} results are above the best label-only baseline of their set "
        f"for sure in AP (95 % interval over targets){': ' + names if names else ''}. What the "
        "paper prints for the other models is not at hand."
    )


def _title(model: str) -> str:
    return "GP-DHT, our settings" if model == "gpdht" else title_of(model)
