"""Table 2 and Figure 2: scores beside the paper's and beside what labels alone reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from gpdht.comparison.names import PEERS
from gpdht.comparison.run import Comparison
from gpdht.comparison.store import Store
from gpdht.data.dataset import Dataset
from gpdht.metric_names import spoken
from gpdht.models.choice import TITLES
from gpdht.plots import leaderboard
from gpdht.reproduction.drawn import Drawn
from gpdht.reproduction.published import TABLE2, Encoding, published_set
from gpdht.text_tables import Block, short, signed
from gpdht.training.intervals import paired_interval

Setting = Literal["published", "default"]

SPLIT = "edge"  # the paper's: pairs are drawn into folds at random
ENCODINGS: dict[Setting, dict[Encoding, str]] = {
    "published": {
        "uniform": "gpdht_published",
        "cumulative": "gpdht_published_cumulative",
    },
    "default": {"uniform": "gpdht", "cumulative": "gpdht_cumulative"},
}
"""The models of a comparison that Table 2 is about."""
GAINED = ("", "paper", "here", "95 % interval")
_METRICS = ("auroc", "auprc")
_TITLES: dict[str, str] = dict(TITLES.items())


def draw_encodings(
    comparison: Comparison, datasets: Mapping[str, Dataset], setting: Setting
) -> Drawn:
    """Table 2: uniform against cumulative levels."""
    table = encoding_table(comparison, datasets, setting)
    return Drawn(encoding_blocks(table, setting), table)


def draw_peers(comparison: Comparison, datasets: Mapping[str, Dataset]) -> Drawn:
    """Figure 2: GP-DHT and its peers."""
    table = comparison.summary
    charts = {name: leaderboard(peer_rows(comparison, name), metric="auprc") for name in datasets}
    return Drawn(tuple(peer_block(comparison, datasets).cut()), table, charts)


def encoding_table(
    comparison: Comparison, datasets: Mapping[str, Dataset], setting: Setting
) -> pd.DataFrame:
    """Table 2: one row for each set and score.

    Columns: `set, metric, uniform, cumulative` (mean over seeds), `difference, low, high` (uniform
    minus cumulative, with its 95 % interval over resampled targets), `published_uniform,
    published_cumulative`, `label_only, label_line` (the best label-only line and its name).
    """
    rows = []
    models = ENCODINGS[setting]
    for name, dataset in datasets.items():
        printed = published_set(name, dataset)
        for metric in _METRICS:
            row = {"set": name, "metric": metric, **best_label_only(comparison, name, metric)}
            for encoding, model in models.items():
                row[encoding] = _mean(comparison, name, model, metric)
                scores = TABLE2[encoding].get(printed or "")
                row[f"published_{encoding}"] = getattr(scores, metric) if scores else np.nan
            row["difference"] = row["uniform"] - row["cumulative"]
            row["low"], row["high"] = _interval(comparison, name, tuple(models.values()), metric)
            rows.append(row)
    columns = ["set", "metric", "uniform", "cumulative", "difference", "low", "high"]
    more = ["published_uniform", "published_cumulative", "label_only", "label_line"]
    return pd.DataFrame(rows, columns=columns + more)


def encoding_blocks(table: pd.DataFrame, setting: Setting) -> tuple[Block, Block]:
    """Table 2 in print: the scores, and what uniform levels gain."""
    scores, gains = [], []
    for name in dict.fromkeys(table["set"]):
        part = table[table["set"] == name].set_index("metric").reindex(_METRICS)
        columns = ("published_uniform", "uniform", "published_cumulative", "cumulative")
        digits = (2, 3, 2, 3)
        cells = [cell(part[column], n) for column, n in zip(columns, digits, strict=True)]
        scores.append((name, *cells, cell(part["label_only"])))
        gains.append((name, *_gain(part.loc["auprc"])))
    header = ("", "uniform: paper", "here", "cumulative: paper", "here", "labels only")
    title = f"Table 2: uniform against cumulative levels, {setting} settings (AUROC/AP)"
    return (
        Block(title, header, tuple(scores)),
        Block("AP gained by uniform levels", GAINED, tuple(gains), _in_words(table)),
    )


def peer_block(comparison: Comparison, datasets: Mapping[str, Dataset]) -> Block:
    """Figure 2 as a table: models × sets, the paper's GP-DHT first, labels alone last."""
    models = {"gpdht_published": "GP-DHT, published settings", "gpdht": "GP-DHT, our settings"}
    models |= {peer: _TITLES[peer] for peer in PEERS}
    printed = {
        name: TABLE2["uniform"].get(published_set(name, d) or "") for name, d in datasets.items()
    }
    paper = tuple("–" if scores is None else cell(scores, 2) for scores in printed.values())
    rows = [("GP-DHT, the paper's figure", *paper)]
    rows += [
        (title, *(_model_cell(comparison, name, model) for name in datasets))
        for model, title in models.items()
    ]
    best = [
        [best_label_only(comparison, name, metric)["label_only"] for metric in _METRICS]
        for name in datasets
    ]
    rows.append(("best label-only line", *(cell(pair) for pair in best)))
    title = "Figure 2: GP-DHT, its peers and labels alone (AUROC/AP)"
    return Block(title, ("", *datasets), tuple(rows), _peers_in_words(comparison, datasets))


def peer_rows(comparison: Comparison, name: str) -> pd.DataFrame:
    """A set's models in average precision, for a chart: `line, kind, value, low, high`."""
    part = scores_of(comparison, name, "auprc")
    shown = part[part["kind"].isin(["gpdht", "variant", "peer", "label"])]
    titles = _TITLES | {"gpdht": "GP-DHT, our settings", "gpdht_published": "GP-DHT, published"}
    return pd.DataFrame(
        {
            "line": [titles.get(model, spoken(model)) for model in shown["model"]],
            "kind": shown["kind"].to_numpy(),
            "value": shown["mean"].to_numpy(),
            "low": shown["low"].to_numpy(),
            "high": shown["high"].to_numpy(),
        }
    )


def _in_words(table: pd.DataFrame) -> str:
    part = table[(table["metric"] == "auprc") & table["difference"].notna()]
    gained, printed = (part["published_uniform"] - part["published_cumulative"], len(part))
    better, worse = int((part["low"] > 0).sum()), int((part["high"] < 0).sum())
    text = (
        "Uniform minus cumulative, with a 95 % interval over targets, is above zero "
        f"for sure in {better} and below in {worse} of {printed} sets, "
        f"{signed(part['difference'].mean())} on average"
    )
    if gained.notna().any():
        text += f" (in the paper {signed(gained.mean(), 2)}, over the sets that it prints)"
    above = int((part["uniform"] > part["label_only"]).sum())
    return text + (
        ". Uniform levels are above the best label-only line, chosen by its test score, in "
        f"{above} of {printed} sets."
    )


def _peers_in_words(comparison: Comparison, datasets: Mapping[str, Dataset]) -> str:
    summary = comparison.summary
    part = summary[(summary["metric"] == "auprc") & (summary["split"] == SPLIT)]
    part = part[part["kind"].isin(["gpdht", "variant", "peer"]) & part["set"].isin(list(datasets))]
    above = part[part["label_low"] > 0]
    names = ", ".join(f"{row.model} on {row.set}" for row in above.itertuples())
    return (
        f"{len(above)} of {len(part)} results are above the best label-only line of their set for "
        f"sure in AP (95 % interval over targets){': ' + names if names else ''}. The paper shows "
        "its peers as bars without numbers."
    )


def best_label_only(comparison: Comparison, name: str, metric: str) -> dict[str, Any]:
    """`label_only`, `label_line`: the best label-only score of a set, and the name of its line."""
    part = scores_of(comparison, name, metric)
    labels = part[part["kind"] == "label"]
    if labels.empty:
        return {"label_only": np.nan, "label_line": None}
    best = labels.loc[labels["mean"].idxmax()]
    return {"label_only": float(best["mean"]), "label_line": best["model"]}


def _mean(comparison: Comparison, name: str, model: str, metric: str) -> float:
    found = scores_of(comparison, name, metric)
    values = found.loc[found["model"] == model, "mean"]
    return float(values.iloc[0]) if len(values) else np.nan


def scores_of(comparison: Comparison, name: str, metric: str) -> pd.DataFrame:
    """The summary of a set in one score, a row for each model."""
    table = comparison.summary
    here = (table["set"] == name) & (table["split"] == SPLIT) & (table["metric"] == metric)
    return table[here]


def _interval(
    comparison: Comparison, name: str, models: Sequence[str], metric: str
) -> tuple[float, float]:
    """Of first − second, each the mean over seeds on the same resamples."""
    drawn = []
    for model in models:
        table = comparison.results
        here = (table["set"] == name) & (table["model"] == model) & (table["metric"] == metric)
        jobs = table[here & (table["split"] == SPLIT)]
        if jobs.empty or (jobs["state"] != "complete").any():
            return np.nan, np.nan
        store = Store(comparison.folder, {})
        columns = [store.resampled(address)[metric].to_numpy() for address in jobs["address"]]
        drawn.append(np.mean(columns, axis=0))
    return paired_interval(drawn[0], drawn[1])


def _model_cell(comparison: Comparison, name: str, model: str) -> str:
    return cell([_mean(comparison, name, model, metric) for metric in _METRICS])


def cell(values: Sequence[float] | pd.Series, digits: int = 3) -> str:
    """Scores with strokes between them; a dash where there are none."""
    if pd.isna(np.asarray(values)).all():
        return "–"
    return "/".join(short(value, digits) for value in values)


def _gain(row: pd.Series) -> tuple[str, str, str]:
    """The paper's gain, ours, and its interval."""
    printed = row["published_uniform"] - row["published_cumulative"]
    paper = "–" if pd.isna(printed) else signed(printed, 2)
    if pd.isna(row["difference"]):
        return paper, "–", "–"
    ends = "–" if pd.isna(row["low"]) else f"{signed(row['low'])} … {signed(row['high'])}"
    return paper, signed(row["difference"]), ends
